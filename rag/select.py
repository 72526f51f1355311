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
from rag.plan import Shape
from rag.question import Question
from rag.retrieve import WEIGHTS, Retriever, Scores

# A further piece must be this probable, and at least this share of the best one's probability.
_PROBABLE = 0.3
_NEARLY = 0.5
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


# How many pieces an answer of each shape may have.
_MOST = {Shape.SHORT: 3, Shape.DEFINITION: 2, Shape.CLAIM: 3, Shape.OVERVIEW: 5, Shape.COMPARISON: 4}


def select(question: Question, retriever: Retriever, scores: Scores, *, shape: Shape) -> Selection:
    """Return the fewest chunks that answer the question; none when nothing matches at all."""
    found = candidates(question, retriever, scores)
    if not len(found.positions) or not question.words:
        return Selection((), 0.0, ())
    probabilities = model("selection").probability(found.features)
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")]
    chosen = _further(order, probabilities, found, retriever, most=_MOST[shape])
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
    order: Sequence[int], probabilities: Floats, found: Candidates, retriever: Retriever, *, most: int
) -> list[int]:
    best = order[0]
    chunk = retriever.chunks[int(found.positions[best])]
    if chunk.kind is Kind.TABLE_CELL:  # a list answers as a whole
        return [row for row in order if _paragraph(retriever.chunks[int(found.positions[row])]) == _paragraph(chunk)]
    chosen = [best]
    for row in order[1:]:
        if len(chosen) == most or probabilities[row] < max(_PROBABLE, _NEARLY * probabilities[best]):
            break
        other = retriever.chunks[int(found.positions[row])]
        if not any(_repeats(other, retriever.chunks[int(found.positions[kept])]) for kept in chosen):
            chosen.append(row)
    return chosen


def _repeats(one: Chunk, other: Chunk) -> bool:
    """Whether two pieces say the same: the abstract in one language and in the other."""
    return {one.section, other.section} == {"abstract-sl", "abstract-en"}


def _paragraph(chunk: Chunk) -> str:
    return chunk.id.rsplit(".", 1)[0]
