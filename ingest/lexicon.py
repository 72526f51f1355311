"""The words of an index, prepared for ranking: soft matching, BM25 and character n-grams.

Everything a question is compared with word by word is computed once, at ingestion, and read back
as arrays: `lexicon.npz` in the index folder.
"""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.terms import STOP_WORDS, lemma, searchable, terms, words
from corpus.text import fold
from corpus.types import Language
from ingest.chunk import Chunk

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int32]

# BM25 as in Lucene (Robertson & Zaragoza 2009).
_K1, _B = 1.5, 0.75
NGRAMS = (3, 4, 5)


@dataclass(frozen=True)
class Postings:
    """An inverted index: for each term, the units that hold it and what it weighs there.

    Attributes:
        terms: the vocabulary; term i owns `rows[starts[i]:starts[i + 1]]`.
        n_units: how many units there are.
    """

    terms: tuple[str, ...]
    starts: Integers
    rows: Integers
    weights: Singles
    n_units: int

    @cached_property
    def _position(self) -> dict[str, int]:
        return {term: position for position, term in enumerate(self.terms)}

    def __contains__(self, term: str) -> bool:
        return term in self._position

    def place(self, term: str) -> int:
        """Return where `term` stands in `terms`; raises KeyError when it is not there."""
        return self._position[term]

    def scores(self, query: Mapping[str, float]) -> Floats:
        """Return the inner product of the query's term weights with every unit, shape (n_units,)."""
        found = np.zeros(self.n_units)
        for term, weight in query.items():
            position = self._position.get(term)
            if position is not None:
                part = slice(self.starts[position], self.starts[position + 1])
                found[self.rows[part]] += weight * self.weights[part]
        return found

    @classmethod
    def build(cls, units: Sequence[Mapping[str, float]]) -> "Postings":
        """Return the inverted index of units given as weights by term."""
        vocabulary = tuple(sorted({term for unit in units for term in unit}))
        position = {term: number for number, term in enumerate(vocabulary)}
        n_entries = sum(map(len, units))
        held = np.fromiter((position[term] for unit in units for term in unit), dtype=np.int64, count=n_entries)
        weights = np.fromiter((weight for unit in units for weight in unit.values()), np.float64, count=n_entries)
        rows = np.repeat(np.arange(len(units)), [len(unit) for unit in units])
        order = np.argsort(held, kind="stable")
        return cls(
            terms=vocabulary,
            starts=np.cumsum([0, *np.bincount(held, minlength=len(vocabulary))], dtype=np.int32),
            rows=rows[order].astype(np.int32),
            weights=weights[order].astype(np.float32),
            n_units=len(units),
        )


@dataclass(frozen=True, kw_only=True)
class Side:
    """One language side of the index: what questions in that language are matched with.

    A unit without text in the language takes part with the text it has.

    Attributes:
        bm25: words and lemmas, weighted by BM25.
        ngrams: character n-grams within words, TF-IDF of unit length.
        ngram_idf: inverse document frequency of each n-gram, in the order of `ngrams.terms`.
    """

    bm25: Postings
    ngrams: Postings
    ngram_idf: Singles


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """The words of all units, both sides pooled, and the two sides.

    Attributes:
        words: distinct folded words, without stop words.
        lemmas: for each word its folded dictionary form in each language.
        vectors: of unit length, zero for a word the embedder knows nothing of; shape (n_words, dim).
        starts, members: unit i holds the words `members[starts[i]:starts[i + 1]]`. The chunks come
            first, then their restatements.
        restated: for each restatement, the chunk it restates.
    """

    words: tuple[str, ...]
    lemmas: Mapping[Language, tuple[str, ...]]
    vectors: Singles
    starts: Integers
    members: Integers
    restated: Integers
    sides: Mapping[Language, Side]

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each word stands in `words`."""
        return {word: position for position, word in enumerate(self.words)}

    @cached_property
    def by_lemma(self) -> Mapping[Language, Mapping[str, list[int]]]:
        """The words of each lemma."""
        found: dict[Language, dict[str, list[int]]] = {}
        for language, lemmas in self.lemmas.items():
            table: dict[str, list[int]] = {}
            for position, base in enumerate(lemmas):
                table.setdefault(base, []).append(position)
            found[language] = table
        return found

    @cached_property
    def _written(self) -> tuple[str, Integers]:
        """All words one after another, their ends marked by blanks, and where each begins."""
        marked = [f" {word} " for word in self.words]
        return "\n".join(marked), np.cumsum([0, *(len(word) + 1 for word in marked)], dtype=np.int64)

    def _holders(self, gram: str) -> Integers:
        """Return the words that hold a character trigram, word ends marked by a blank."""
        if gram not in self._found:  # a question has a few dozen, the words ten thousand
            text, starts = self._written
            places = []
            place = text.find(gram)
            while place >= 0:
                places.append(place)
                place = text.find(gram, place + 1)
            held = np.searchsorted(starts, places, side="right").astype(np.int32) - 1
            self._found[gram] = held[np.flatnonzero(np.diff(held, prepend=-1))]  # each word once
        return self._found[gram]

    @cached_property
    def _found(self) -> dict[str, Integers]:
        return {}

    def look_alikes(self, word: str, *, least: float) -> Integers:
        """Return the words that share at least this part of the trigrams of `word`."""
        grams = word_trigrams(word)
        if not grams:
            return np.empty(0, dtype=np.int32)
        held = np.concatenate([self._holders(gram) for gram in grams])
        counts = np.bincount(held, minlength=len(self.words))
        return np.flatnonzero(counts >= max(1.0, least * len(grams))).astype(np.int32)


def word_trigrams(word: str) -> frozenset[str]:
    """Return the character trigrams of a folded word, its ends marked by blanks."""
    padded = f" {word} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def char_ngrams(text: str) -> Counter[str]:
    """Return the character n-grams within the words of `text`, folded, ends marked by blanks."""
    return Counter(gram for word in searchable(text).split() for gram in _word_ngrams(word))


@lru_cache(maxsize=20_000)
def _word_ngrams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    found: list[str] = []
    for size in NGRAMS:
        if len(padded) <= size:
            return (*found, padded)
        found += (padded[start : start + size] for start in range(len(padded) - size + 1))
    return tuple(found)


def build_lexicon(chunks: Sequence[Chunk], word_vectors: Any) -> Lexicon:
    """Return the lexicon of `chunks`, units in their order.

    Args:
        word_vectors: gives the vectors of words, shape (n, dim), float32, of any length.
    """
    pooled: list[list[str]] = []
    for chunk in chunks:
        found: dict[str, None] = {}
        for language, text in chunk.search.items():
            found.update(dict.fromkeys(word for word in words(text) if word not in STOP_WORDS[language]))
        pooled.append(list(found))
    stop = frozenset().union(*STOP_WORDS.values())
    restated: list[int] = []
    for row, chunk in enumerate(chunks):
        for text in chunk.restated:
            restated.append(row)
            pooled.append(list(dict.fromkeys(word for word in words(text) if word not in stop)))
    vocabulary = tuple(sorted({word for unit in pooled for word in unit}))
    position = {word: index for index, word in enumerate(vocabulary)}
    vectors = np.asarray(word_vectors(vocabulary), dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Lexicon(
        words=vocabulary,
        lemmas={language: tuple(fold(lemma(word, language)) for word in vocabulary) for language in Language},
        vectors=np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32),
        starts=np.cumsum([0, *map(len, pooled)], dtype=np.int32),
        members=np.array([position[word] for unit in pooled for word in unit], dtype=np.int32),
        restated=np.array(restated, dtype=np.int32),
        sides={language: _side([chunk.side(language) for chunk in chunks], language) for language in Language},
    )


def _side(texts: Sequence[str], language: Language) -> Side:
    counts = [Counter(terms(text, language)) for text in texts]
    lengths = [sum(unit.values()) for unit in counts]
    mean = sum(lengths) / len(lengths) if lengths else 1.0
    n = len(texts)
    holders = Counter(term for unit in counts for term in unit)
    bm25 = [
        {
            term: float(np.log1p((n - holders[term] + 0.5) / (holders[term] + 0.5)))
            * count
            / (count + _K1 * (1 - _B + _B * length / (mean or 1.0)))
            for term, count in unit.items()
        }
        for unit, length in zip(counts, lengths, strict=True)
    ]
    grams = [char_ngrams(text) for text in texts]
    idf = ngram_idf(grams)
    ngrams = Postings.build([_unit({gram: _damped(c) * idf[gram] for gram, c in unit.items()}) for unit in grams])
    return Side(
        bm25=Postings.build(bm25),
        ngrams=ngrams,
        ngram_idf=np.array([idf[term] for term in ngrams.terms], dtype=np.float32),
    )


def ngram_idf(units: Sequence[Counter[str]]) -> dict[str, float]:
    """Return the smoothed inverse document frequency of each n-gram, as scikit-learn defines it."""
    holders = Counter(gram for unit in units for gram in unit)
    return {gram: float(np.log((1 + len(units)) / (1 + count)) + 1) for gram, count in holders.items()}


@cache
def _damped(count: int) -> float:
    """Return the sublinear weight of a term that occurs so often."""
    return float(1 + np.log(count))


def _unit(weights: Mapping[str, float]) -> dict[str, float]:
    norm = float(np.sqrt(sum(weight * weight for weight in weights.values())))
    return {term: weight / norm for term, weight in weights.items()} if norm else {}


def dump(lexicon: Lexicon) -> bytes:
    """Return a lexicon as the content of its file."""
    arrays: dict[str, Any] = {
        "words": _text(lexicon.words),
        "vectors": lexicon.vectors.astype(np.float16),
        "starts": lexicon.starts,
        "members": lexicon.members,
        "restated": lexicon.restated,
    }
    for language in Language:
        arrays[f"{language}.lemmas"] = _text(lexicon.lemmas[language])
        side = lexicon.sides[language]
        arrays[f"{language}.ngram_idf"] = side.ngram_idf
        for name, postings in (("bm25", side.bm25), ("ngrams", side.ngrams)):
            arrays[f"{language}.{name}.terms"] = _text(postings.terms)
            arrays[f"{language}.{name}.starts"] = postings.starts
            arrays[f"{language}.{name}.rows"] = postings.rows
            arrays[f"{language}.{name}.weights"] = postings.weights.astype(np.float16)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def load(content: bytes) -> Lexicon:
    """Return the lexicon that `dump` wrote; its arrays have half precision where they are weights."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        starts = stored["starts"]
        n_chunks = len(starts) - 1 - len(stored["restated"])
        sides: dict[Language, Side] = {}
        for language in Language:
            postings = {
                name: Postings(
                    terms=_strings(stored[f"{language}.{name}.terms"]),
                    starts=stored[f"{language}.{name}.starts"],
                    rows=stored[f"{language}.{name}.rows"],
                    weights=stored[f"{language}.{name}.weights"].astype(np.float32),
                    n_units=n_chunks,
                )
                for name in ("bm25", "ngrams")
            }
            sides[language] = Side(
                bm25=postings["bm25"], ngrams=postings["ngrams"], ngram_idf=stored[f"{language}.ngram_idf"]
            )
        return Lexicon(
            words=_strings(stored["words"]),
            lemmas={language: _strings(stored[f"{language}.lemmas"]) for language in Language},
            vectors=stored["vectors"].astype(np.float32),
            starts=starts,
            members=stored["members"],
            restated=stored["restated"],
            sides=sides,
        )


def _text(strings: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(strings).encode("utf-8"), dtype=np.uint8)


def _strings(array: NDArray[np.uint8]) -> tuple[str, ...]:
    text = array.tobytes().decode("utf-8")
    return tuple(text.split("\n")) if text else ()
