"""Find the evidence: several signals for every unit, put together by fitted weights.

Signals: cosine of sentence vectors, late interaction by form and by meaning, BM25 over lemmas,
character n-grams, and what kind of unit the question asks for. Each is standardised over the units
of the index (z-scores keep a strong first hit, which ranks would flatten). The weights are data,
`weights.json`, fitted on the development questions by `eval/fit.py`.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Collection_
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from corpus.terms import searchable, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk, Collection
from ingest.embed import Embedder, FloatMatrix
from ingest.index import Index
from ingest.lexicon import Floats
from rag.prose.claim import things
from rag.prose.study import Studies
from rag.questions.question import Question
from rag.retrieval.learned import SOURCES, TABLE, Learned, features, load
from rag.retrieval.lexical import Coverage, LateInteraction, WordVectors, bm25, ngram_cosine

# Words that begin alike up to here are forms of one word.
_STEM = 5
WEIGHTS = Path(__file__).parent.parent / "weights.json"
# Signals in the order of the weights. The first ones are standardised over the units.
STANDARDISED = ("dense", "late", "form", "meaning", "bm25", "ngrams", "sentence", "restated", "restated_dense")
PRIORS = ("reference", "reference_asked", "trial", "front", "front_asked", "abstract", "caption", "identifier")
SIGNALS = (*STANDARDISED, *PRIORS)
# Up to so many chunks all are compared word by word; of more, so many candidates of each early signal.
EXHAUSTIVE = 2_000
CANDIDATES = 200
# Kinds of concepts that cannot stand for each other.
_SPECIFIC = frozenset({"disease", "molecule", "tissue", "organ", "animal", "country", "organisation", "trial"})
# Words that report what was found, over searchable text of either language.
_RESULTS = re.compile(
    r"\b(rezultat\w*|pokaza\w*|ugotov\w*|dokaza\w*|potrdi\w*|opazi\w*|opazen\w*|zazna\w*|izboljsa\w*|zmanjsa\w*|poveca\w*"
    r"|results?|show(s|ed|n)|found|demonstrat\w*|confirm\w*|observ\w*|improv\w*|reduc\w*|increas\w*)\b"
)
# The score of a unit that is as good as certain; see `Retriever.search`.
_SCALE = 4.0


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk with its score (higher is better) and rank, from 1."""

    chunk: Chunk
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What the signals say of every chunk, all arrays in the order of `Retriever.chunks`.

    Attributes:
        signals: by name, standardised where `STANDARDISED` says so; shape (n_signals, n_chunks).
        fused: their weighted sum.
        dense: cosine similarity as it is.
        coverage: word by word.
        share: weighted share of the question covered, 0 to 1.
        restated: cosine of the question and the best restatement, 0 without one.
    """

    signals: Floats
    fused: Floats
    dense: Floats
    coverage: Coverage
    share: Floats
    restated: Floats


class Retriever:
    """Ranks the chunks of an index for a question."""

    def __init__(
        self,
        index: Index,
        embedder: Callable[[], Embedder],
        word_vectors: WordVectors,
        *,
        kind_of: Callable[[str], str],
    ) -> None:
        """Prepare ranking.

        Args:
            embedder: called once, at the first question.
            word_vectors: those the index's lexicon was made with.
            kind_of: gives a glossary concept with its kind in front.
        """
        self.index = index
        self._kind_of = kind_of
        self._things: dict[int, frozenset[str]] = {}
        self._embedder = cache(embedder)
        self.word_vectors = word_vectors
        # One question is scored for its answer, for its parts and for a search; the next is another.
        self._kept_scores = lru_cache(maxsize=8)(self._score)
        self._told_of = lru_cache(maxsize=32)(self._ask_learned)
        self.chunks: list[Chunk] = list(index.chunks.values())
        self.position = {chunk.id: position for position, chunk in enumerate(self.chunks)}
        n = len(self.chunks)
        self.passage_of = np.full(n, -1)
        self.following_of = np.full(n, -1)
        self.preceding_of = np.full(n, -1)
        self._passages: list[tuple[int, list[int]]] = []
        for position, chunk in enumerate(self.chunks):
            if chunk.kind is Kind.PASSAGE:
                members = [self.position[piece] for piece in chunk.pieces]
                self._passages.append((position, members))
                self.passage_of[members] = position
                for first, second in pairwise(members):
                    self.following_of[first] = second
                    self.preceding_of[second] = first
        self.listed = self.passage_of < 0
        self.is_reference = self.flags([chunk.collection is Collection.REFERENCES for chunk in self.chunks])
        self.is_trial = self.flags([chunk.collection is Collection.TRIALS for chunk in self.chunks])
        self.is_front = self.flags([chunk.section == "front" for chunk in self.chunks])
        self.is_abstract = self.flags([chunk.section.startswith("abstract") for chunk in self.chunks])
        self.is_caption = self.flags([chunk.kind in (Kind.CAPTION, Kind.LEGEND) for chunk in self.chunks])
        self.is_cell = self.flags([chunk.kind is Kind.TABLE_CELL for chunk in self.chunks])
        # What can be cited in an answer by itself: no passages, and of table rows only trials.
        self.is_piece = np.array(
            [
                chunk.kind not in (Kind.PASSAGE, Kind.HEADING, Kind.TABLE)
                and (chunk.kind is not Kind.TABLE_ROW or chunk.collection is Collection.TRIALS)
                for chunk in self.chunks
            ],
            dtype=bool,
        )
        self.opens = self.flags([bool(chunk.passage_references) for chunk in self.chunks])
        restated = {chunk.article for chunk in self.chunks if chunk.restated}
        # Added articles: neither restatements nor a translation of ours lifts their pieces.
        self.is_bare = np.array([chunk.article not in restated for chunk in self.chunks], dtype=bool)
        self.log_length = np.log1p([len(chunk.text.split()) for chunk in self.chunks])
        self._holders: dict[str, list[int]] = {}
        for position, chunk in enumerate(self.chunks):
            for concept in chunk.concepts:
                self._holders.setdefault(concept, []).append(position)

    @cached_property
    def _late(self) -> LateInteraction:
        """Compares word by word; what is computed over a table needs none of it."""
        return LateInteraction(
            self.index.lexicon,
            [frozenset(chunk.concepts) for chunk in self.chunks],
            self.word_vectors,
            counted=self.listed.astype(np.float64),
        )

    @cached_property
    def gives_results(self) -> Floats:
        """Which chunks report what was found."""
        return self.flags([_RESULTS.search(searchable(chunk.text)) is not None for chunk in self.chunks])

    @cached_property
    def studies(self) -> Studies:
        """Which sentences tell of one study, and how they follow each other."""
        return Studies(self.chunks)

    @cached_property
    def _stems(self) -> frozenset[str]:
        """How the longer words begin that added articles have and the bundled one has not."""
        held: tuple[set[str], set[str]] = (set(), set())
        if not self.is_bare.any():
            return frozenset()
        for chunk, bare in zip(self.chunks, self.is_bare, strict=True):
            for form in chunk.search.values():
                held[int(bare)].update(word[:_STEM] for word in words(form) if len(word) >= _STEM)
        return frozenset(held[True] - held[False])

    def is_of_added(self, text: str) -> bool:
        """Return whether a question has a word that only added articles have, so that only these may answer it."""
        return bool(self._stems) and any(len(word) >= _STEM and word[:_STEM] in self._stems for word in words(text))

    @cached_property
    def _learned(self) -> Learned:
        return load()

    def learned(self, text: str, language: Language) -> Floats:
        """Return what the learned index says of each chunk, shape (n_features, n_chunks).

        Of added articles it knows nothing: 0.
        """
        told_of = self._told_of(text, language)
        found = features(self._learned.pieces, told_of, [chunk.id for chunk in self.chunks])
        return np.where(self.is_bare, 0.0, found)

    def _ask_learned(self, text: str, language: Language) -> Floats:
        return self._learned.log_probabilities(text, language, self.word_vectors)

    def of_table(self, text: str, language: Language) -> float:
        """Return how likely it is, for the learned index, that the table of trials alone answers a question."""
        return self._of(TABLE, text, language)

    def of_sources(self, text: str, language: Language) -> float:
        """Return how likely it is, for the learned index, that a question asks for literature."""
        return self._of(SOURCES, text, language)

    def _of(self, label: str, text: str, language: Language) -> float:
        told_of = self._told_of(text, language)
        return float(np.exp(told_of[self._learned.pieces.index(label)]))

    @cached_property
    def weights(self) -> Mapping[Language, Floats]:
        """The fitted weights of the signals, by language of the question."""
        stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))["retrieval"]
        return {
            language: np.array([float(stored[language].get(name, 0.0)) for name in SIGNALS]) for language in Language
        }

    def score(self, question: Question) -> Scores:
        """Return all signals for all chunks; not to be written to, for the last few are kept."""
        return self._kept_scores(question)

    def forget(self) -> None:
        """Drop the scores that are kept; they are of the weights at the time."""
        self._kept_scores.cache_clear()
        self._told_of.cache_clear()

    def _score(self, question: Question) -> Scores:
        language = question.language
        side = self.index.lexicon.sides[language]
        cosines = self.index.cosines(self._embedder().encode_query(question.resolved))
        dense = self._dense([cosines[one] for one in Language])
        terms = bm25(side, question.resolved, language)
        grams = ngram_cosine(side, question.resolved)
        among = self._candidates(question, dense, terms, grams)
        coverage = self._late.coverage(question.words, language, among=among)
        share = coverage.share()
        sentence = share.copy()
        for passage, members in self._passages:
            sentence[passage] = share[members].max()
        raw = {
            "dense": dense,
            "late": share,
            "form": coverage.share(coverage.form),
            "meaning": coverage.share(coverage.meaning),
            "bm25": terms,
            "ngrams": grams,
            "sentence": sentence,
            "restated": self._lifted(coverage.restated),
            "restated_dense": self._dense([cosines[None]]),
        }
        asked = float(question.wants_references)
        about_article = float(question.asks_about_article)
        holds = self.holds(question.identifiers) if question.identifiers else np.zeros(len(self.chunks), dtype=bool)
        priors = {
            "reference": self.is_reference * (1 - asked),
            "reference_asked": self.is_reference * asked,
            "trial": self.is_trial,
            "front": self.is_front * (1 - about_article),
            "front_asked": self.is_front * about_article,
            "abstract": self.is_abstract,
            "caption": self.is_caption,
            "identifier": holds.astype(float),
        }
        signals = np.stack([*(self._standardised(raw[name]) for name in STANDARDISED), *(priors[n] for n in PRIORS)])
        fused = self.weights[language] @ signals
        return Scores(signals, fused, dense, coverage, share, raw["restated_dense"])

    def _candidates(
        self, question: Question, dense: Floats, terms: Floats, grams: Floats
    ) -> "np.ndarray[tuple[int], np.dtype[np.bool_]] | None":
        """Return which chunks are compared word by word: None, all of them, unless there are many.

        Of many, those that FAISS, BM25 or character n-grams put among their first, with everything
        that belongs to the same passage, and those that hold an id asked for.
        """
        n = len(self.chunks)
        if n <= EXHAUSTIVE:
            return None
        chosen = np.zeros(n, dtype=bool)
        for scores in (dense, terms, grams):
            chosen[np.argpartition(-scores, CANDIDATES)[:CANDIDATES]] = True
        if question.identifiers:
            chosen |= self.holds(question.identifiers)
        for passage, members in self._passages:
            if chosen[passage] or chosen[members].any():
                chosen[passage] = True
                chosen[members] = True
        return chosen

    def holds(self, identifiers: Sequence[str]) -> np.ndarray:
        """Return which chunks contain all of the (folded) registry ids."""
        return np.array([set(identifiers) <= {trial.casefold() for trial in chunk.trials} for chunk in self.chunks])

    @staticmethod
    def flags(values: Sequence[bool]) -> Floats:
        """Return truth values as numbers, 1.0 and 0.0."""
        return np.array(values, dtype=np.float64)

    def concept_share(self, concepts: Collection_[str]) -> Floats:
        """Return the share of these glossary concepts that each chunk names, weighted by rarity."""
        shares = np.zeros(len(self.chunks))
        total = 0.0
        for concept in concepts:
            holders = self._holders.get(concept, [])
            weight = float(np.log1p(len(self.chunks) / (1 + len(holders))))
            shares[holders] += weight
            total += weight
        return shares / total if total else shares

    def kinds_of(self, chunk: Chunk) -> frozenset[str]:
        """Return the glossary concepts a chunk names, with their kinds, as "kind:key"."""
        return frozenset(map(self._kind_of, chunk.concepts))

    def things_of(self, position: int) -> frozenset[str]:
        """Return which of the things that the article sets against each other a chunk speaks of."""
        if position not in self._things:
            text = next(iter(self.chunks[position].search.values()), "")
            self._things[position] = frozenset(things(searchable(text)))
        return self._things[position]

    def is_specific(self, concept: str) -> bool:
        """Return whether a concept is one thing among others of its kind: a disease, a tissue, a country."""
        return self._kind_of(concept).split(":", 1)[0] in _SPECIFIC

    def around(self, position: int) -> Chunk:
        """Return the passage a piece stands in, or the piece itself."""
        passage = int(self.passage_of[position])
        return self.chunks[passage if passage >= 0 else position]

    def search(self, question: Question, *, k: int, first: Sequence[str] = ()) -> list[ScoredChunk]:
        """Return the k best passages, table rows and references, best first.

        Sentences are not listed beside the passage they belong to. What shares nothing with the
        question is left out. The score is the logistic of the fused one, 0 to 1.

        Args:
            first: ids of chunks that stand at the head of the list, in this order, with score 1; in
                the place of a sentence its passage.

        Raises:
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        scores = self.score(question)
        alike = self.listed & ((scores.share > 0) | (scores.dense > 0))
        fused = np.where(alike, scores.fused, -np.inf)
        values = 1 / (1 + np.exp(-(fused - _SCALE)))
        known = [self.position[name] for name in first if name in self.position]
        head = list(dict.fromkeys(p if self.listed[p] else int(self.passage_of[p]) for p in known))
        values[head] = 1.0
        tail = [int(p) for p in np.argsort(-fused, kind="stable")[: k + len(head)] if alike[p] and p not in set(head)]
        order = [*head, *tail][:k]
        return [ScoredChunk(self.chunks[p], round(float(values[p]), 4), rank) for rank, p in enumerate(order, start=1)]

    def _standardised(self, values: Floats) -> Floats:
        """Return z-scores over the listed units; zeros where all are the same."""
        some = values[self.listed]
        spread = float(some.std())
        return (values - some.mean()) / spread if spread > 1e-9 else np.zeros(len(values))

    def _dense(self, vectors: Sequence[FloatMatrix]) -> Floats:
        """The best cosine of every chunk, 0 for one without; a passage has at least that of its best sentence."""
        scores = np.max(vectors, axis=0).astype(np.float64)
        return self._lifted(np.where(np.isneginf(scores), 0.0, scores))

    def _lifted(self, scores: Floats) -> Floats:
        """Return scores with each passage raised to its best member."""
        lifted = scores.copy()
        for passage, members in self._passages:
            lifted[passage] = max(lifted[passage], lifted[members].max())
        return lifted
