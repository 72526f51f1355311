"""Word by word: what covers a question, by form, by concept, by meaning, and by restatement."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.terms import similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from ingest.embed import FloatMatrix
from ingest.embedder.static import StaticEmbedder
from ingest.lexicon import Lexicon, build_lexicon
from rag.lexical import Coverage, LateInteraction, QuestionWord
from rag.question import understand

PIECE = "3.1.4.1:2.6"


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
def by_form(lexicon: Lexicon, chunks: list[Chunk]) -> LateInteraction:
    return _matching(lexicon, chunks)


@pytest.fixture(scope="module")
def by_all(lexicon: Lexicon, chunks: list[Chunk]) -> LateInteraction:
    return _matching(lexicon, chunks, StaticEmbedder().word_vectors)


def _asked(*texts: str) -> list[QuestionWord]:
    return [QuestionWord(text, ()) for text in texts]


def _place(chunks: Sequence[Chunk], piece: str) -> int:
    return next(place for place, chunk in enumerate(chunks) if chunk.id == piece)


def _word(coverage: Coverage, lexicon: Lexicon, chunks: Sequence[Chunk], word: str) -> float:
    """The value of the first question word in the units that hold `word`."""
    holders = [
        place
        for place, (start, end) in enumerate(zip(lexicon.starts[:-1], lexicon.starts[1:], strict=True))
        if place < len(chunks) and lexicon.position[word] in lexicon.members[start:end]
    ]
    assert holders
    return float(coverage.form[0, holders].min())


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
    chunks: list[Chunk],
    asked: str,
    held: str,
    language: Language,
    least: float,
    most: float,
) -> None:
    assert least <= _word(by_form.coverage(_asked(asked), language), lexicon, chunks, held)
    if most < 1:
        others = by_form.coverage(_asked(asked), language).form[0]
        assert others[others < 1].max() <= most


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
    ("asked", "language", "held"), [("expensive", Language.EN, "cene"), ("draga", Language.SL, "expensive")]
)
def test_words_are_alike_by_meaning_across_languages(
    by_all: LateInteraction, lexicon: Lexicon, asked: str, language: Language, held: str
) -> None:
    """Where the embedder knows them to be near; the article's words of cost are what it should find."""
    coverage = by_all.coverage(_asked(asked), language)
    vectors = StaticEmbedder().word_vectors([asked])
    cosine = lexicon.vectors @ (vectors[0] / np.linalg.norm(vectors[0]))
    best = float(cosine.max())
    expected = best if best >= 0.45 else 0.0
    if asked in lexicon.position:
        expected = 1.0
    assert max(float(coverage.meaning.max()), 0.0) <= max(expected, 1e-9) + 2e-3
    assert coverage.meaning.max() > 0


@pytest.mark.parametrize("language", Language)
def test_a_unit_covers_all_of_its_own_words(by_form: LateInteraction, chunks: list[Chunk], language: Language) -> None:
    place = _place(chunks, PIECE)
    own = dict.fromkeys(word for word in words(chunks[place].side(language)) if len(word) > 3)
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
        coverage = by_form.coverage(_asked(*dict.fromkeys(w for w in words(text) if len(w) > 4)), language)
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
    coverage = by_all.coverage(_asked(*texts), language)
    assert coverage.form.min() >= 0
    assert coverage.form.max() == coverage.matches.max() == 1
    assert 0 <= coverage.share().min() <= coverage.share().max() <= 1 + 1e-9
    assert 0 <= coverage.restated.min() <= coverage.restated.max() <= 1 + 1e-9
    place = data.draw(st.integers(0, len(chunks) - 1))
    members = lexicon.members[lexicon.starts[place] : lexicon.starts[place + 1]]
    alike = by_all._alike(QuestionWord(texts[0], ()), language)
    assert coverage.form[0, place] == (max(alike[members]) if len(members) else 0)
