"""Find the evidence: dense, BM25 and late-interaction rankings, fused by rank.

Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009) with a weight for each signal and question
language: the bundled embedder is English, so for Slovene questions its ranking counts for little.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from corpus.config import BUNDLED_MODEL
from corpus.types import Kind, Language
from ingest.chunk import Chunk, Collection
from ingest.embed import Embedder
from ingest.index import Index
from rag.lexical import Bm25, Coverage, Floats, LateInteraction
from rag.question import Question

_RRF_K = 20
_WEIGHTS = {
    Language.SL: {"dense": 0.2, "bm25": 0.6, "late": 1.0},
    Language.EN: {"dense": 0.6, "bm25": 0.6, "late": 1.0},
}
# With any other embedder dense counts alike in both languages.
_MULTILINGUAL_DENSE = 0.6
# References only come first when the question asks for them.
_UNASKED_REFERENCE = 0.5


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
        fused: reciprocal rank fusion, scaled to 0..1.
        dense: cosine similarity.
        coverage: word by word.
        share: weighted share of the question covered, 0 to 1.
    """

    fused: Floats
    dense: Floats
    coverage: Coverage
    share: Floats


class Retriever:
    """Ranks the chunks of an index for a question."""

    def __init__(self, index: Index, embedder: Callable[[], Embedder]) -> None:
        """`embedder` is called once, at the first question."""
        self.index = index
        self._embedder = cache(embedder)
        self.chunks: list[Chunk] = list(index.chunks.values())
        self.position = {chunk.id: position for position, chunk in enumerate(self.chunks)}
        concepts = [frozenset(chunk.concepts) for chunk in self.chunks]
        self._bm25: dict[Language, Bm25] = {}
        self._late: dict[Language, LateInteraction] = {}
        for side in Language:
            texts = [chunk.side(side) for chunk in self.chunks]
            self._bm25[side] = Bm25(texts, side)
            self._late[side] = LateInteraction(texts, concepts, side)
        self._following: dict[int, int] = {}
        for passage in self.chunks:
            if passage.kind is Kind.PASSAGE:
                members = [self.position[piece] for piece in passage.pieces]
                self._following.update(pairwise(members))
        in_passages = {piece for chunk in self.chunks if chunk.kind is Kind.PASSAGE for piece in chunk.pieces}
        self._listed = np.array([chunk.id not in in_passages for chunk in self.chunks])
        self._is_reference = np.array([chunk.collection is Collection.REFERENCES for chunk in self.chunks])

    def score(self, question: Question) -> Scores:
        """Return all signals for all chunks."""
        language = question.language
        weights = dict(_WEIGHTS[language])
        if self.index.manifest.model != BUNDLED_MODEL:
            weights["dense"] = _MULTILINGUAL_DENSE
        dense = self._dense(question)
        coverage = self._late[language].coverage(question.words)
        share = coverage.share()
        signals = {"dense": dense, "bm25": self._bm25[language].scores(question.resolved), "late": share}
        fused = sum(
            (weights[name] * _reciprocal_ranks(values) for name, values in signals.items()), np.zeros(len(share))
        )
        fused = fused * (_RRF_K + 1) / sum(weights.values())
        if not question.wants_references:
            fused = np.where(self._is_reference, fused * _UNASKED_REFERENCE, fused)
        if question.identifiers:
            fused = np.where(self.holds(question.identifiers), fused, 0.0)
        return Scores(fused, dense, coverage, share)

    def holds(self, identifiers: Sequence[str]) -> np.ndarray:
        """Return which chunks contain all of the (folded) registry ids."""
        return np.array([set(identifiers) <= {trial.casefold() for trial in chunk.trials} for chunk in self.chunks])

    def following(self, position: int) -> int | None:
        """Return the sentence after a sentence in its passage, or None."""
        return self._following.get(position)

    def search(self, question: Question, *, k: int) -> list[ScoredChunk]:
        """Return the k best passages, table rows and references, best first.

        Sentences are not listed beside the passage they belong to.

        Raises:
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        fused = np.where(self._listed, self.score(question).fused, 0.0)
        order = [position for position in np.argsort(-fused, kind="stable") if fused[position] > 0][:k]
        return [ScoredChunk(self.chunks[p], round(float(fused[p]), 4), rank) for rank, p in enumerate(order, start=1)]

    def _dense(self, question: Question) -> Floats:
        bundled = self.index.manifest.model == BUNDLED_MODEL
        text = question.gloss or question.resolved if bundled else question.resolved
        vector = self._embedder().encode_query(text)
        scores = np.zeros(len(self.chunks))
        for collection in Collection:
            for hit in self.index.search(vector, collection=collection, k=len(self.chunks), sides=tuple(Language)):
                scores[self.position[hit.chunk_id]] = hit.score
        return scores


def _reciprocal_ranks(values: Floats) -> Floats:
    """Return 1 / (k + rank) by descending value; what has no positive value gets nothing."""
    order = np.argsort(-values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    return np.where(values > 0, 1.0 / (_RRF_K + ranks), 0.0)
