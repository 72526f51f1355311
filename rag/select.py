"""Choose the pieces that answer a question, or decide that none does.

Each candidate gets the probability of being evidence from its features and fitted weights; whether
the article answers at all is judged from the best candidate. Both are logistic regressions over
`rag.features`, fitted on the development questions by `eval/fit.py` and stored in `weights.json`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from corpus.types import Kind
from ingest.chunk import Chunk
from ingest.lexicon import Floats
from rag.features import FEATURES, Candidates, candidates
from rag.lexical import Coverage
from rag.plan import Shape
from rag.question import Question
from rag.retrieve import WEIGHTS, Retriever, Scores

# What the model of answerability sees besides the features of the best candidate.
ANSWER_FEATURES = (*FEATURES, "best", "second", "n_words", "strict", "expects")


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks that answer, in the order to be read.

    Attributes:
        confidence: probability that the article answers the question.
        probabilities: of each chunk, that it is evidence.
    """

    chunks: tuple[Chunk, ...]
    confidence: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression: weights by feature, and the threshold for a yes."""

    weights: Floats
    threshold: float

    def probability(self, features: Floats) -> Floats:
        """Return probabilities for rows of features."""
        return np.asarray(1 / (1 + np.exp(-np.clip(features @ self.weights, -30, 30))))


@cache
def model(name: str) -> Model:
    """Return a fitted model, "selection" or "answer"."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))[name]
    names = FEATURES if name == "selection" else ANSWER_FEATURES
    return Model(np.array([float(stored["weights"].get(key, 0.0)) for key in names]), float(stored["threshold"]))


@dataclass(frozen=True, slots=True)
class Extent:
    """How long an answer may get, and how probable a further piece must be.

    Attributes:
        pieces, words: at most so many.
        probable: least probability of a further piece.
        nearly: ... and least share of the best one's probability.
    """

    pieces: int
    words: int
    probable: float
    nearly: float


EXTENTS = {
    Shape.SHORT: Extent(3, 70, 0.3, 0.5),
    Shape.DEFINITION: Extent(2, 60, 0.4, 0.6),
    Shape.CLAIM: Extent(2, 70, 0.35, 0.5),
    Shape.COMPARISON: Extent(3, 90, 0.25, 0.35),
    Shape.OVERVIEW: Extent(5, 140, 0.1, 0.15),
}
# A piece that covers all that is still uncovered gains this much on one that covers nothing new.
_NEW = 0.4


def select(question: Question, retriever: Retriever, scores: Scores, *, shape: Shape) -> Selection:
    """Return the fewest chunks that answer the question; none when nothing matches at all."""
    found = candidates(question, retriever, scores)
    if not len(found.positions) or not question.words:
        return Selection((), 0.0, ())
    probabilities = model("selection").probability(found.features)
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")]
    chosen = _further(order, probabilities, found, retriever, coverage=scores.coverage, extent=EXTENTS[shape])
    confidence = model("answer").probability(answer_features(question, found, probabilities)[None])
    chunks = [retriever.chunks[int(found.positions[row])] for row in chosen]
    # The paragraph of the best piece first, then the order of the article.
    reading = sorted(
        range(len(chosen)), key=lambda n: (_paragraph(chunks[n]) != _paragraph(chunks[0]), chunks[n].spans)
    )
    return Selection(
        tuple(chunks[n] for n in reading),
        float(confidence[0]),
        tuple(float(probabilities[chosen[n]]) for n in reading),
    )


def answer_features(question: Question, found: Candidates, probabilities: Floats) -> Floats:
    """Return what answerability is judged from, in the order of `ANSWER_FEATURES`."""
    order = np.argsort(-probabilities, kind="stable")
    best = order[0]
    second = float(probabilities[order[1]]) if len(order) > 1 else 0.0
    extra = [
        float(probabilities[best]),
        second,
        np.log1p(len(question.words)),
        float(question.expects.strict),
        float(bool(question.expects.name)),
    ]
    return np.concatenate([found.features[best], extra])


def _further(
    order: Sequence[int],
    probabilities: Floats,
    found: Candidates,
    retriever: Retriever,
    *,
    coverage: Coverage,
    extent: Extent,
) -> list[int]:
    """Return the rows of the pieces chosen, the best first.

    Greedy: the next piece is the most probable one, raised by what it covers of the question that
    nothing chosen covers yet, as long as it is probable enough and the answer stays short.
    """
    chunk = retriever.chunks[int(found.positions[order[0]])]
    if chunk.kind is Kind.TABLE_CELL:  # a list answers as a whole
        return [row for row in order if _paragraph(retriever.chunks[int(found.positions[row])]) == _paragraph(chunk)]
    matches = coverage.matches[:, found.positions]
    weights = coverage.weights / (float(coverage.weights.sum()) or 1.0)
    chosen = [order[0]]
    covered = matches[:, order[0]]
    n_words = _n_words(chunk)
    floor = max(extent.probable, extent.nearly * probabilities[order[0]])
    open_rows = [row for row in order[1:] if probabilities[row] >= floor]
    while open_rows and len(chosen) < extent.pieces:
        gains = [
            probabilities[row] + _NEW * float(weights @ (np.maximum(covered, matches[:, row]) - covered))
            for row in open_rows
        ]
        row = open_rows.pop(int(np.argmax(gains)))
        other = retriever.chunks[int(found.positions[row])]
        if n_words + _n_words(other) > extent.words or other.kind is Kind.TABLE_CELL:
            continue
        if any(_repeats(other, retriever.chunks[int(found.positions[kept])]) for kept in chosen):
            continue
        chosen.append(row)
        covered = np.maximum(covered, matches[:, row])
        n_words += _n_words(other)
    return chosen


def _n_words(chunk: Chunk) -> int:
    return len(chunk.text.split())


def _repeats(one: Chunk, other: Chunk) -> bool:
    """Whether two pieces say the same: the abstract in one language and in the other."""
    return {one.section, other.section} == {"abstract-sl", "abstract-en"}


def _paragraph(chunk: Chunk) -> str:
    return chunk.id.rsplit(".", 1)[0]
