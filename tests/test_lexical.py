"""Word by word: what covers a question, by form, by concept, by meaning, and by restatement."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.terms import STOP_WORDS, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from ingest.embed import FloatMatrix
from ingest.embedder.static import StaticEmbedder
from ingest.lexicon import Lexicon, build_lexicon
from rag.questions.question import understand
from rag.retrieval.lexical import LateInteraction, QuestionWord

PIECE = "3.1.4.1:2.6"
STOP = STOP_WORDS[Language.SL] | STOP_WORDS[Language.EN]


def _nothing(words_: Sequence[str]) -> FloatMatrix:
    """A double of word vectors that knows no meaning."""
    return np.zeros((len(words_), 2), dtype=np.float32)


@pytest.fixture(scope="module")
def lexicon(chunks: list[Chunk]) -> Lexicon:
    return build_lexicon(chunks, StaticEmbedder().word_vectors)


def _matching(lexicon: Lexicon, chunks: Sequence[Chunk], embed: object = None) -> LateInteraction:
    counted = np.array([float(chunk.kind is not Kind.PASSAGE) for chunk in chunks])
    return LateInteraction(
        lexicon,
        [frozenset(chunk.concepts) for chunk in chunks],
        _nothing if embed is None else embed,  # type: ignore[arg-type]
        counted=counted,
    )


@pytest.fixture(scope="module")
def by_form(chunks: list[Chunk]) -> LateInteraction:
    return _matching(build_lexicon(chunks, _nothing), chunks)


@pytest.fixture(scope="module")
def by_all(lexicon: Lexicon, chunks: list[Chunk]) -> LateInteraction:
    return _matching(lexicon, chunks, StaticEmbedder().word_vectors)


def _asked(*texts: str) -> list[QuestionWord]:
    return [QuestionWord(text, ()) for text in texts]


def _place(chunks: Sequence[Chunk], piece: str) -> int:
    return next(place for place, chunk in enumerate(chunks) if chunk.id == piece)


def _holders(lexicon: Lexicon, word: str) -> list[int]:
    """The chunks that hold a word."""
    n_chunks = len(lexicon.starts) - 1 - len(lexicon.restated)
    found = [
        place
        for place, (start, end) in enumerate(zip(lexicon.starts[:n_chunks], lexicon.starts[1:], strict=False))
        if lexicon.position[word] in lexicon.members[start:end]
    ]
    assert found
    return found


@pytest.mark.parametrize(
    ("asked", "held", "language", "least", "most"),
    [
        pytest.param("fistul", "fistul", Language.SL, 1.0, 1.0, id="equal"),
        pytest.param("celica", "celicami", Language.SL, 0.95, 0.95, id="lemma sl"),
        pytest.param("cell", "cells", Language.EN, 0.95, 0.95, id="lemma en"),
        pytest.param("eksosommi", "eksosomi", Language.SL, 0.6, 0.99, id="typo sl"),
        pytest.param("exosmes", "exosomes", Language.EN, 0.6, 0.99, id="typo en"),
    ],
)
def test_words_are_alike_by_form(
    by_form: LateInteraction,
    lexicon: Lexicon,
    asked: str,
    held: str,
    language: Language,
    least: float,
    most: float,
) -> None:
    found = by_form.coverage(_asked(asked), language).form[0, _holders(lexicon, held)]
    assert least <= found.min() <= most


@pytest.mark.parametrize("word", ["qqqq", "2031", "nct00000000"])
def test_what_the_article_does_not_know_has_no_partner(by_form: LateInteraction, word: str) -> None:
    coverage = by_form.coverage(_asked(word), Language.SL)
    assert coverage.matches.max() == 0
    assert coverage.share().max() == 0


def test_a_number_is_only_itself(by_form: LateInteraction) -> None:
    found = by_form.coverage(_asked("80"), Language.SL).form
    assert set(np.unique(found)) == {0.0, 1.0}


def test_a_concept_is_found_under_any_of_its_names(
    by_form: LateInteraction, chunks: list[Chunk], article: Article
) -> None:
    """In Slovene "neželeni učinki", asked as "side effects"; no word of either is like the other's."""
    matcher = ConceptMatcher(article.glossary)
    question = understand("side effects", Language.EN, matcher=matcher)
    (key,) = {key for word in question.words for key in word.concepts}
    found = by_form.coverage(question.words, Language.EN).form
    holders = [place for place, chunk in enumerate(chunks) if key in chunk.concepts]
    assert holders
    assert found[:, holders].min() >= 0.9


def test_a_word_that_names_a_concept_needs_a_closer_look_alike(by_form: LateInteraction, lexicon: Lexicon) -> None:
    word = "stanje"
    near = [other for other in lexicon.words if 0.6 <= similarity(word, other) < 0.78]
    assert near
    free = by_form.coverage([QuestionWord(word, ())], Language.SL).form
    named = by_form.coverage([QuestionWord(word, ("no-such-concept",))], Language.SL).form
    assert (named <= free).all()
    assert named.sum() < free.sum()


@pytest.mark.parametrize(
    ("asked", "language", "held"),
    [
        pytest.param("lungs", Language.EN, "pljucnih", id="en to sl"),
        pytest.param("oko", Language.SL, "eye", id="sl to en"),
        pytest.param("kidney", Language.EN, "ledvic", id="en to sl kidney"),
    ],
)
def test_words_are_alike_by_meaning_across_languages(
    by_all: LateInteraction, by_form: LateInteraction, lexicon: Lexicon, asked: str, language: Language, held: str
) -> None:
    """As alike as their vectors, from a floor on."""
    question, other = StaticEmbedder().word_vectors([asked, held])
    cosine = float(question @ other / np.linalg.norm(question) / np.linalg.norm(other))
    assert cosine > 0.45
    units = _holders(lexicon, held)
    assert by_all.coverage(_asked(asked), language).meaning[0, units].min() >= cosine - 2e-3
    assert by_all.coverage(_asked("qqqq", asked), language).meaning[1, units].min() >= cosine - 2e-3


def test_vectors_that_are_far_apart_count_for_nothing(by_all: LateInteraction) -> None:
    meaning = by_all.coverage(_asked("football", "vezikli"), Language.SL).meaning
    assert ((meaning == 0) | (meaning >= 0.45)).all()
    assert (meaning == 0).any()


@pytest.mark.parametrize("language", Language)
def test_a_unit_covers_all_of_its_own_words(by_form: LateInteraction, chunks: list[Chunk], language: Language) -> None:
    place = _place(chunks, PIECE)
    own = dict.fromkeys(word for word in words(chunks[place].side(language)) if word not in STOP)
    coverage = by_form.coverage(_asked(*own), language)
    assert coverage.share()[place] == pytest.approx(1.0)
    assert coverage.share().argmax() == place
    # Its passage holds it whole.
    passage = next(n for n, chunk in enumerate(chunks) if PIECE in chunk.pieces and n != place)
    assert coverage.share()[passage] == pytest.approx(1.0)


@pytest.mark.parametrize("language", Language)
def test_every_restatement_leads_to_its_sentence(
    by_form: LateInteraction, chunks: list[Chunk], language: Language
) -> None:
    place = _place(chunks, PIECE)
    for text in chunks[place].restated:
        coverage = by_form.coverage(_asked(*dict.fromkeys(w for w in words(text) if w not in STOP)), language)
        assert coverage.restated[place] == pytest.approx(1.0), text
        assert coverage.said[:, place].min() == pytest.approx(1.0)
        assert coverage.share()[place] < 1


def test_what_is_not_restated_has_nothing(by_form: LateInteraction, chunks: list[Chunk]) -> None:
    coverage = by_form.coverage(_asked("vezikli", "celice"), Language.SL)
    without = [place for place, chunk in enumerate(chunks) if not chunk.restated]
    assert without
    assert coverage.restated[without].max() == 0
    np.testing.assert_array_equal(coverage.said[:, without], coverage.form[:, without])
    assert (coverage.said >= coverage.form).all()


def test_rare_words_weigh_more(by_form: LateInteraction) -> None:
    common, rare, unknown = by_form.coverage(_asked("celice", "popkovnice", "qqqq"), Language.SL).weights
    assert 0 < common < rare < unknown


def test_absent_ordinary_words_and_inherited_ones_weigh_less(by_form: LateInteraction) -> None:
    def weight(word: QuestionWord) -> float:
        return float(by_form.coverage([word], Language.EN).weights[0])

    name, ordinary = QuestionWord("zzyzx", ()), QuestionWord("zzyzx", (), ordinary=True)
    assert weight(ordinary) == pytest.approx(0.35 * weight(name))
    # A word the article knows weighs the same, ordinary or not.
    assert weight(QuestionWord("cells", (), ordinary=True)) == weight(QuestionWord("cells", ()))
    assert weight(QuestionWord("cells", (), inherited=True)) == pytest.approx(0.5 * weight(QuestionWord("cells", ())))


def test_nothing_asked_is_covered_nowhere(by_form: LateInteraction, chunks: list[Chunk]) -> None:
    coverage = by_form.coverage([], Language.SL)
    assert coverage.form.shape == coverage.matches.shape == (0, len(chunks))
    np.testing.assert_array_equal(coverage.share(), np.zeros(len(chunks)))
    np.testing.assert_array_equal(coverage.restated, np.zeros(len(chunks)))


def test_units_without_words_are_covered_by_nothing(chunks: list[Chunk]) -> None:
    """First, last and in between: the segments of the others must not shift."""
    blank = replace(chunks[0], search={Language.SL: "in"}, restated=(), concepts=())
    mixed = [blank, chunks[5], blank, blank, chunks[6], blank]
    alone = [chunks[5], chunks[6]]
    asked = _asked(*dict.fromkeys(words(chunks[5].side(Language.SL))))
    with_blanks = _matching(build_lexicon(mixed, _nothing), mixed).coverage(asked, Language.SL)
    without = _matching(build_lexicon(alone, _nothing), alone).coverage(asked, Language.SL)
    np.testing.assert_array_equal(with_blanks.form[:, [1, 4]], without.form)
    np.testing.assert_array_equal(with_blanks.form[:, [0, 2, 3, 5]], np.zeros((len(asked), 4)))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_segments_equal_a_plain_loop(
    by_all: LateInteraction, lexicon: Lexicon, chunks: list[Chunk], data: st.DataObject
) -> None:
    texts = data.draw(st.lists(st.sampled_from(lexicon.words), min_size=1, max_size=4, unique=True))
    language = data.draw(st.sampled_from(list(Language)))
    place = data.draw(st.integers(0, len(chunks) - 1))
    coverage = by_all.coverage(_asked(*texts), language)
    for values in (coverage.form, coverage.meaning, coverage.said, coverage.share(), coverage.restated):
        assert 0 <= values.min() <= values.max() <= 1 + 1e-6
    members = lexicon.members[lexicon.starts[place] : lexicon.starts[place + 1]]
    for row, text in enumerate(texts):
        alike = by_all._alike(QuestionWord(text, ()), language)
        assert coverage.form[row, place] == (max(alike[members]) if len(members) else 0)
