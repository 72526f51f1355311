"""Lexical signals: BM25 over lemmas, and late interaction over words.

Late interaction follows ColBERT (Khattab & Zaharia 2020): each word of the question meets its best
partner in the chunk; here words are alike by form (`corpus.terms.similarity`), lemma or glossary
concept, and each counts by a soft inverse document frequency, so the result is a share of the
question that the chunk covers, 0 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.terms import lemma, similarity, terms, words
from corpus.text import fold
from corpus.types import Language

Floats = NDArray[np.float64]
# Words less alike than this have nothing to do with each other.
_FLOOR = 0.6
# A word that names a concept is known; what only looks like it ("stane", "stanje") is another word.
_CONCEPT_FLOOR = 0.78
_LEMMA = 0.95
_CONCEPT = 0.9
# An ordinary word that the article never uses ("green light") counts this much of its weight.
_ABSENT_ORDINARY = 0.35


class Bm25:
    """BM25 (Robertson & Zaragoza 2009, Lucene variant) over words and lemmas of one language side."""

    def __init__(self, texts: Sequence[str], language: Language) -> None:
        import bm25s

        self._language = language
        self._size = len(texts)
        self._bm25 = bm25s.BM25(method="lucene")
        tokens = [terms(text, language) or [""] for text in texts]
        self._vocabulary = {token for document in tokens for token in document}
        self._bm25.index(tokens, show_progress=False)

    def scores(self, question: str) -> Floats:
        """Return the score of every text, shape (n_texts,), 0 where nothing matches."""
        known = [term for term in terms(question, self._language) if term in self._vocabulary]
        if not known:
            return np.zeros(self._size)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word of the question that carries meaning.

    Attributes:
        concepts: glossary concepts it helps to name.
        ordinary: a dictionary word in lower case, so that its absence from the article tells less
            than that of a name or term.
    """

    text: str
    concepts: tuple[str, ...]
    ordinary: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a question each text covers.

    Attributes:
        matches: likeness of each question word's best partner, shape (n_words, n_texts).
        weights: soft inverse document frequency of each question word, shape (n_words,).
    """

    matches: Floats
    weights: Floats

    def share(self, matches: Floats | None = None) -> Floats:
        """Return the weighted share of the question covered, shape (n_texts,), 0 to 1.

        Args:
            matches: instead of `self.matches`; of shape (n_words,) for one text gives a scalar array.
        """
        chosen = self.matches if matches is None else matches
        total = float(self.weights.sum())
        return np.asarray(self.weights @ chosen / total if total else np.zeros(chosen.shape[1:]))


class LateInteraction:
    """Word-by-word matching of a question against many texts of one language side."""

    def __init__(self, texts: Sequence[str], concepts: Sequence[frozenset[str]], language: Language) -> None:
        self._language = language
        per_text = [sorted(set(words(text))) for text in texts]
        self._vocabulary = sorted({word for found in per_text for word in found})
        self._lemmas = [self._lemma(word) for word in self._vocabulary]
        position = {word: index for index, word in enumerate(self._vocabulary)}
        # Texts one after another, each followed by a sentinel column, so that empty ones work.
        flat: list[int] = []
        starts: list[int] = []
        for found in per_text:
            starts.append(len(flat))
            flat.extend(position[word] for word in found)
            flat.append(len(self._vocabulary))
        self._flat = np.array(flat, dtype=np.int64)
        self._starts = np.array(starts, dtype=np.int64)
        self._holders: dict[str, list[int]] = {}
        for index, keys in enumerate(concepts):
            for key in keys:
                self._holders.setdefault(key, []).append(index)

    def _lemma(self, word: str) -> str:
        return fold(lemma(word, self._language))

    def coverage(self, question: Sequence[QuestionWord]) -> Coverage:
        """Return how well each text covers each word of the question."""
        n_texts = len(self._starts)
        alike = np.zeros((len(question), len(self._vocabulary) + 1))
        for row, word in enumerate(question):
            base = self._lemma(word.text)
            floor = _CONCEPT_FLOOR if word.concepts else _FLOOR
            for column, candidate in enumerate(self._vocabulary):
                if word.text == candidate:
                    value = 1.0
                elif self._lemmas[column] == base:
                    value = _LEMMA
                else:
                    value = similarity(word.text, candidate)
                if value >= floor:
                    alike[row, column] = value
        if not question or not n_texts:
            return Coverage(np.zeros((len(question), n_texts)), np.zeros(len(question)))
        matches = np.maximum.reduceat(alike[:, self._flat], self._starts, axis=1)
        for row, word in enumerate(question):
            for concept in word.concepts:
                holders = self._holders.get(concept, [])
                matches[row, holders] = np.maximum(matches[row, holders], _CONCEPT)
        frequency = matches.sum(axis=1)
        weights = np.log1p((n_texts - frequency + 0.5) / (frequency + 0.5))
        absent = np.array([word.ordinary for word in question]) & (frequency == 0)
        weights = np.where(absent, _ABSENT_ORDINARY * weights, weights)
        return Coverage(matches, weights)
