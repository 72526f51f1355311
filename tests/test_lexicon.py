"""The lexicon of an index: BM25 and n-grams as independent libraries compute them, kept on disk faithfully."""

from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from corpus.terms import STOP_WORDS, searchable, terms, words
from corpus.types import Language
from ingest.chunk import Chunk
from ingest.embed import FloatMatrix
from ingest.embedder.static import StaticEmbedder
from ingest.lexicon import NGRAMS, Lexicon, Postings, build_lexicon, char_ngrams, dump, load, word_trigrams
from rag.retrieval.lexical import bm25, ngram_cosine

QUESTIONS = {
    Language.SL: [
        "Kako uspešni so ZV-MSC pri perianalnih fistulah?",
        "kako uspesni so zv msc pri fistulah",
        "V kateri državi poteka NCT05354141?",
        "Čemu služi miR-146a?",
        "žžžž",
    ],
    Language.EN: [
        "How well do MSC-EVs work in perianal fistulas?",
        "Which trial is in phase 1/2?",
        "What does TGF-β do?",
        "Who wrote about liver cirrhosis?",
        "qqqq",
    ],
}
CASES = [(language, question) for language in Language for question in QUESTIONS[language]]


@pytest.fixture(scope="module")
def lexicon(chunks: list[Chunk]) -> Lexicon:
    return build_lexicon(chunks, StaticEmbedder().word_vectors)


def _letters(words_: Sequence[str]) -> FloatMatrix:
    """A double of word vectors: counts of the letters a to d, so that many words have none."""
    return np.array([[word.count(letter) for letter in "abcd"] for word in words_], dtype=np.float32).reshape(-1, 4)


@pytest.mark.parametrize(("language", "question"), CASES)
def test_bm25_is_that_of_bm25s(lexicon: Lexicon, chunks: list[Chunk], language: Language, question: str) -> None:
    reference = bm25s.BM25(method="lucene", k1=1.5, b=0.75, dtype="float64")
    reference.index([terms(chunk.side(language), language) for chunk in chunks], show_progress=False)
    asked = list(dict.fromkeys(terms(question, language)))
    known = [term for term in asked if term in reference.vocab_dict]
    expected = reference.get_scores(known) if known else np.zeros(len(chunks))
    np.testing.assert_allclose(bm25(lexicon.sides[language], question, language), expected, rtol=1e-5, atol=1e-6)
    assert bool(known) == (question not in ("žžžž", "qqqq"))


@pytest.mark.parametrize(("language", "question"), CASES)
def test_ngrams_are_those_of_scikit_learn(
    lexicon: Lexicon, chunks: list[Chunk], language: Language, question: str
) -> None:
    """Fold as we do, and its n-grams within words with TF-IDF are ours."""
    reference = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(NGRAMS[0], NGRAMS[-1]), sublinear_tf=True, preprocessor=searchable
    )
    units = reference.fit_transform([chunk.side(language) for chunk in chunks])
    side = lexicon.sides[language]
    assert list(side.ngrams.terms) == sorted(reference.vocabulary_)
    idf = dict(zip(reference.get_feature_names_out(), reference.idf_, strict=True))
    np.testing.assert_allclose(side.ngram_idf, [idf[term] for term in side.ngrams.terms], rtol=1e-6)
    expected = (units @ reference.transform([question]).T).toarray()[:, 0]
    np.testing.assert_allclose(ngram_cosine(side, question), expected, atol=1e-6)


def test_a_unit_is_most_like_itself(lexicon: Lexicon, chunks: list[Chunk]) -> None:
    for language in Language:
        scores = ngram_cosine(lexicon.sides[language], chunks[40].side(language))
        assert scores[40] == pytest.approx(1.0, abs=1e-6)
        assert scores.max() <= 1 + 1e-6


@given(text=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=40))
def test_ngrams_of_any_text_are_those_of_scikit_learn(text: str) -> None:
    analyse = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), preprocessor=searchable).build_analyzer()
    assert char_ngrams(text) == Counter(analyse(text))


@pytest.mark.parametrize(
    ("word", "grams"),
    [("žito", {" zi", "zit", "ito", "to "}), ("ab", {" ab", "ab "}), ("a", {" a "})],
)
def test_trigrams_of_a_word(word: str, grams: set[str]) -> None:
    (folded,) = words(word)
    assert word_trigrams(folded) == grams


def test_postings_are_an_inner_product() -> None:
    units = [{"a": 1.0, "b": 2.0}, {}, {"b": 0.5}]
    postings = Postings.build(units)
    assert (postings.terms, postings.n_units) == (("a", "b"), 3)
    np.testing.assert_allclose(postings.scores({"a": 3.0, "b": 1.0, "unknown": 9.0}), [5.0, 0.0, 0.5])
    np.testing.assert_array_equal(postings.scores({}), np.zeros(3))
    assert ("a" in postings, "c" in postings, postings.place("b")) == (True, False, 1)
    with pytest.raises(KeyError):
        postings.place("c")


def test_units_are_the_chunks_then_their_restatements(lexicon: Lexicon, chunks: list[Chunk]) -> None:
    restated = [(row, text) for row, chunk in enumerate(chunks) for text in chunk.restated]
    assert list(lexicon.restated) == [row for row, _ in restated]
    assert len(lexicon.starts) == len(chunks) + len(restated) + 1
    held = [
        {lexicon.words[place] for place in lexicon.members[start:end]}
        for start, end in zip(lexicon.starts[:-1], lexicon.starts[1:], strict=True)
    ]
    stop = STOP_WORDS[Language.SL] | STOP_WORDS[Language.EN]
    assert held[len(chunks) :] == [set(words(text)) - stop for _, text in restated]
    for chunk, found in zip(chunks, held, strict=False):
        assert found == {
            word for side, text in chunk.search.items() for word in words(text) if word not in STOP_WORDS[side]
        }, chunk.id


def test_restatements_count_neither_in_bm25_nor_in_ngrams(lexicon: Lexicon, chunks: list[Chunk]) -> None:
    without = build_lexicon([_unrestated(chunk) for chunk in chunks], StaticEmbedder().word_vectors)
    assert len(without.words) < len(lexicon.words)
    for language in Language:
        one, other = lexicon.sides[language], without.sides[language]
        assert (one.bm25.terms, one.ngrams.terms) == (other.bm25.terms, other.ngrams.terms)
        np.testing.assert_array_equal(one.bm25.weights, other.bm25.weights)
        assert one.bm25.n_units == one.ngrams.n_units == len(chunks)


def _unrestated(chunk: Chunk) -> Chunk:
    from dataclasses import replace

    return replace(chunk, restated=())


def test_word_vectors_are_of_unit_length_or_zero(chunks: list[Chunk]) -> None:
    lexicon = build_lexicon(chunks[:50], _letters)
    expected = _letters(lexicon.words)
    norms = np.linalg.norm(expected, axis=1)
    assert 0 < (norms == 0).sum() < len(norms)
    np.testing.assert_allclose(np.linalg.norm(lexicon.vectors, axis=1), norms > 0, atol=1e-6)
    np.testing.assert_allclose(lexicon.vectors * norms[:, None], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("language", "form", "base"),
    [(Language.SL, "celicami", "celica"), (Language.SL, "bolniki", "bolnik"), (Language.EN, "cells", "cell")],
)
def test_words_are_found_by_their_lemma(lexicon: Lexicon, language: Language, form: str, base: str) -> None:
    assert lexicon.position[form] in lexicon.by_lemma[language][base]


@pytest.mark.parametrize("word", ["fistulah", "fistulami", "fistulas", "celic"])
def test_look_alikes_are_those_of_a_plain_search(lexicon: Lexicon, word: str) -> None:
    grams = word_trigrams(word)
    expected = [
        place
        for place, other in enumerate(lexicon.words)
        if len(grams & word_trigrams(other)) >= max(1, 0.3 * len(grams))
    ]
    assert list(lexicon.look_alikes(word, least=0.3)) == expected
    assert expected


def test_nothing_looks_like_what_shares_no_trigram(lexicon: Lexicon) -> None:
    assert len(lexicon.look_alikes("qqqq", least=0.3)) == 0


def test_a_lexicon_comes_back_from_its_file(lexicon: Lexicon) -> None:
    again = load(dump(lexicon))
    assert (again.words, again.lemmas) == (lexicon.words, dict(lexicon.lemmas))
    for name in ("starts", "members", "restated"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lexicon, name))
    np.testing.assert_allclose(again.vectors, lexicon.vectors, atol=1e-3)  # half precision
    for language in Language:
        one, other = lexicon.sides[language], again.sides[language]
        np.testing.assert_array_equal(other.ngram_idf, one.ngram_idf)
        for before, after in ((one.bm25, other.bm25), (one.ngrams, other.ngrams)):
            assert (after.terms, after.n_units) == (before.terms, before.n_units)
            np.testing.assert_array_equal(after.starts, before.starts)
            np.testing.assert_array_equal(after.rows, before.rows)
            np.testing.assert_allclose(after.weights, before.weights, rtol=1e-3, atol=1e-6)
            assert after.weights.dtype == np.float32


@pytest.mark.parametrize(("language", "question"), CASES)
def test_the_order_is_the_same_after_reading_back(lexicon: Lexicon, language: Language, question: str) -> None:
    before, after = lexicon.sides[language], load(dump(lexicon)).sides[language]
    np.testing.assert_allclose(bm25(after, question, language), bm25(before, question, language), atol=2e-2)
    assert bm25(after, question, language).argmax() == bm25(before, question, language).argmax()
    np.testing.assert_allclose(ngram_cosine(after, question), ngram_cosine(before, question), atol=1e-3)


def test_dumping_twice_gives_the_same_bytes(lexicon: Lexicon) -> None:
    assert dump(lexicon) == dump(lexicon) == dump(load(dump(lexicon)))


def test_an_index_of_nothing_has_an_empty_lexicon() -> None:
    empty = load(dump(build_lexicon([], lambda words_: np.zeros((len(words_), 4), dtype=np.float32))))
    assert (empty.words, len(empty.starts), len(empty.members)) == ((), 1, 0)
    for language in Language:
        assert bm25(empty.sides[language], "Kaj so eksosomi?", language).shape == (0,)
        assert ngram_cosine(empty.sides[language], "What are exosomes?").shape == (0,)
