"""Word by word: how well each unit of the index covers each word of a question.

Late interaction follows ColBERT (Khattab & Zaharia 2020): each word of the question meets its best
partner in the unit. Words are alike by form (equal, of one lemma, alike in spelling), by glossary
concept, or by meaning: the cosine of their vectors, which knows both languages. Each word counts by
a soft inverse document frequency, so the result is a share of the question that a unit covers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpus.terms import lemma, similarity, terms
from corpus.text import fold
from corpus.types import Language
from ingest.lexicon import Floats, Lexicon, Side, Singles, char_ngrams

WordVectors = Callable[[Sequence[str]], Singles]

# Words less alike in spelling than this have nothing to do with each other.
_FLOOR = 0.6
# A word that names a concept is known; what only looks like it ("stane", "stanje") is another word.
_CONCEPT_FLOOR = 0.78
_LEMMA = 0.95
_CONCEPT = 0.9
# Look-alikes share at least this part of a word's trigrams, or its beginning.
_TRIGRAMS = 0.3
# Vectors less alike than this have nothing to do with each other.
_MEANING_FLOOR = 0.45
# Few words have longer vectors.
_LONG = 20.0
# An ordinary word that the article never uses ("green light") counts this much of its weight.
_ABSENT_ORDINARY = 0.35
# ... and one that a follow-up has from the turn before it, this much.
_INHERITED = 0.5


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A word of the question that carries meaning.

    Attributes:
        concepts: glossary concepts it helps to name.
        ordinary: a dictionary word in lower case, so that its absence from the article tells less
            than that of a name or term.
        inherited: it comes from the turn before: it says what is spoken of, not what is asked.
    """

    text: str
    concepts: tuple[str, ...]
    ordinary: bool = False
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a question each unit covers.

    Attributes:
        form: likeness in form or concept of each question word's best partner, shape (n_words, n_units).
        meaning: likeness in meaning, same shape; at least that in form where words are equal.
        weights: soft inverse document frequency of each question word, shape (n_words,).
        restated: share of the question that the best restatement of each unit covers, 0 without
            one, shape (n_units,).
        said: likeness in form or concept to a unit or one of its restatements, shape (n_words, n_units).
        specific: how much each question word tells by itself, about 0 to 1: the length of its vector,
            which the embedder was trained to give rare and telling words.
        by_word: likeness in form or meaning to each word of the index, shape (n_words, n_index_words).
    """

    form: Floats
    meaning: Floats
    weights: Floats
    restated: Floats
    said: Floats
    specific: Floats
    by_word: Floats

    @property
    def matches(self) -> Floats:
        """The better of form and meaning."""
        return np.maximum(self.form, self.meaning)

    def share(self, matches: Floats | None = None) -> Floats:
        """Return the weighted share of the question covered, shape (n_units,), 0 to 1.

        Args:
            matches: instead of `self.matches`; of shape (n_words,) for one unit gives a scalar array.
        """
        chosen = self.matches if matches is None else matches
        total = float(self.weights.sum())
        return np.asarray(self.weights @ chosen / total if total else np.zeros(chosen.shape[1:]))


class LateInteraction:
    """Word-by-word matching of a question against all units of an index."""

    def __init__(
        self, lexicon: Lexicon, concepts: Sequence[frozenset[str]], embed: WordVectors, *, counted: Floats
    ) -> None:
        """Prepare matching.

        Args:
            concepts: the glossary concepts of each unit.
            embed: gives word vectors, shape (n, dim), of any length.
            counted: 1 for the units over which document frequency is taken, 0 for others, so that a
                sentence does not count again beside its passage.
        """
        self._lexicon = lexicon
        self._embed = embed
        self._counted = counted
        # The first words of all units, then the second ones of those that have two …; longest units first.
        sizes = np.diff(lexicon.starts)
        self._order = np.argsort(-sizes, kind="stable")
        starts = lexicon.starts[:-1][self._order]
        n_with = [int((sizes > place).sum()) for place in range(int(sizes.max(initial=0)))]
        self._columns = [lexicon.members[starts[:n] + place] for place, n in enumerate(n_with)]
        self._holders: dict[str, list[int]] = {}
        for index, keys in enumerate(concepts):
            for key in keys:
                self._holders.setdefault(key, []).append(index)

    def coverage(
        self, question: Sequence[QuestionWord], language: Language, *, among: NDArray[np.bool_] | None = None
    ) -> Coverage:
        """Return how well each unit covers each word of the question.

        Args:
            among: only these units are looked at, the others cover nothing; None for all. Document
                frequency is then estimated from the words of all units.
        """
        n_units = len(self._counted)
        if not question or not n_units:
            empty = np.zeros((len(question), n_units))
            nothing = np.zeros((len(question), len(self._lexicon.words)))
            none = np.zeros(len(question))
            return Coverage(empty, empty, none, np.zeros(n_units), empty, none, nothing)
        form_by_word = np.stack([self._alike(word, language) for word in question])
        vectors = self._embed([word.text for word in question])
        meaning_by_word = self._meaning([word.text for word in question], vectors)
        specific = np.linalg.norm(vectors, axis=1).astype(np.float64) / _LONG
        form, meaning = self._best(form_by_word, among), self._best(meaning_by_word, among)
        again = np.maximum(form, meaning)[:, n_units:]
        form, restated_form, meaning = form[:, :n_units], form[:, n_units:], meaning[:, :n_units]
        for row, word in enumerate(question):
            for concept in word.concepts:
                holders = self._holders.get(concept, [])
                form[row, holders] = np.maximum(form[row, holders], _CONCEPT)
        matches = np.maximum(form, meaning)
        n_counted = float(self._counted.sum())
        if among is None:
            frequency = matches @ self._counted
        else:
            frequency = np.minimum(n_counted, np.maximum(form_by_word, meaning_by_word) @ self._holders_of_words)
        weights = np.log1p((n_counted - frequency + 0.5) / (frequency + 0.5))
        absent = np.array([word.ordinary for word in question]) & (form.sum(axis=1) == 0)
        weights = np.where(absent, _ABSENT_ORDINARY * weights, weights)
        weights = np.where([word.inherited for word in question], _INHERITED * weights, weights)
        restated = np.zeros(n_units)
        np.maximum.at(restated, self._lexicon.restated, weights @ again / (float(weights.sum()) or 1.0))
        said = form.T.copy()
        np.maximum.at(said, self._lexicon.restated, restated_form.T)
        said = said.T
        return Coverage(form, meaning, weights, restated, said, specific, np.maximum(form_by_word, meaning_by_word))

    @cached_property
    def _holders_of_words(self) -> Floats:
        """How many of the counted units hold each word, shape (n_words,)."""
        lexicon = self._lexicon
        sizes = np.diff(lexicon.starts)
        counted = np.zeros(len(sizes))
        counted[: len(self._counted)] = self._counted
        held = np.bincount(lexicon.members, weights=np.repeat(counted, sizes), minlength=len(lexicon.words))
        return np.asarray(held, dtype=np.float64)

    def _best(self, alike: Floats, among: NDArray[np.bool_] | None) -> Floats:
        """Return each question word's best value in each unit, from its values for all words."""
        by_word = np.ascontiguousarray(alike.T)
        kept = np.arange(len(self._order))
        if among is not None:
            kept = np.flatnonzero(np.concatenate([among, among[self._lexicon.restated]])[self._order])
        best = np.zeros((len(kept), len(alike)))
        for column in self._columns:
            n = int(np.searchsorted(kept, len(column)))
            np.maximum(best[:n], by_word[column[kept[:n]]], out=best[:n])
        found = np.zeros((len(self._order), len(alike)))
        found[self._order[kept]] = best
        return np.ascontiguousarray(found.T)

    def _alike(self, word: QuestionWord, language: Language) -> Floats:
        """Likeness in form of a question word to every word of the index, shape (n_words,)."""
        lexicon = self._lexicon
        values = np.zeros(len(lexicon.words))
        floor = _CONCEPT_FLOOR if word.concepts else _FLOOR
        for position in lexicon.look_alikes(word.text, least=_TRIGRAMS):
            value = similarity(word.text, lexicon.words[position])
            if value >= floor:
                values[position] = value
        values[lexicon.by_lemma[language].get(fold(lemma(word.text, language)), [])] = _LEMMA
        if (same := lexicon.position.get(word.text)) is not None:
            values[same] = 1.0
        return values

    def _meaning(self, words: Sequence[str], vectors: Singles) -> Floats:
        """Likeness in meaning of question words to every word of the index, 0 under the floor."""
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = (vectors / np.where(norms == 0, 1, norms)) @ self._lexicon.vectors.T
        values = np.where(cosines >= _MEANING_FLOOR, cosines, 0.0).astype(np.float64)
        for row, word in enumerate(words):
            if (same := self._lexicon.position.get(word)) is not None:
                values[row, same] = 1.0
        return values


def bm25(side: Side, question: str, language: Language) -> Floats:
    """Return the BM25 score of every unit over words and lemmas, 0 where nothing matches."""
    return side.bm25.scores(dict.fromkeys(terms(question, language), 1.0))


def ngram_cosine(side: Side, question: str) -> Floats:
    """Return the cosine of the character n-grams of a question and every unit (TF-IDF, sublinear)."""
    counts = char_ngrams(question)
    idf = {term: side.ngram_idf[side.ngrams.place(term)] for term in counts if term in side.ngrams}
    weights = {term: (1 + np.log(counts[term])) * float(value) for term, value in idf.items()}
    norm = float(np.sqrt(sum(weight * weight for weight in weights.values())))
    return (
        side.ngrams.scores({term: weight / norm for term, weight in weights.items()})
        if norm
        else side.ngrams.scores({})
    )
