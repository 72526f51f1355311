"""Choose the pieces that answer a question, or decide that none does.

Each candidate gets the probability of being evidence from its features and fitted weights; whether
the article answers at all is judged from the best candidate. Both are logistic regressions over
`rag.features`, fitted on the development questions by `eval/fit.py` and stored in `weights.json`.
Articles without restatements have weights of their own, fitted on the same questions without them.
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

# What the model of answerability sees besides the features of the best candidate.
ANSWER_FEATURES = (*FEATURES, "best", "second", "n_words", "strict", "expects")


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks that answer, in the order to be read.

    Attributes:
        confidence: probability that the article answers the question.
        answers: whether that is enough to answer.
        probabilities: of each chunk, that it is evidence.
    """

    chunks: tuple[Chunk, ...]
    confidence: float
    answers: bool
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the models say of the candidates of a question.

    Attributes:
        probabilities: of each candidate, that it is evidence; shape (n_candidates,).
        confidence, answers: as in `Selection`.
    """

    probabilities: Floats
    confidence: float
    answers: bool


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
    """Return a fitted model: "selection" or "answer", with "_bare" for articles without restatements."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))[name]
    names = FEATURES if name.startswith("selection") else ANSWER_FEATURES
    return Model(np.array([float(stored["weights"].get(key, 0.0)) for key in names]), float(stored["threshold"]))


@dataclass(frozen=True, slots=True)
class Extent:
    """How long an answer may get.

    A question whose best piece stands out is answered by it alone; where several come close, more
    are given: pieces are added until they hold `share` of the likelihood of all that come close.

    Attributes:
        pieces, words: at most so many.
        share: of the likelihood of the best eight pieces, 0 to 1.
        sharpness: the power probabilities are raised to first; the higher, the shorter the answer.
    """

    pieces: int
    words: int
    share: float
    sharpness: float


EXTENTS = {
    Shape.SHORT: Extent(4, 100, 0.7, 3.0),
    Shape.DEFINITION: Extent(3, 80, 0.7, 3.0),
    Shape.CLAIM: Extent(3, 80, 0.65, 3.0),
    Shape.COMPARISON: Extent(4, 110, 0.85, 2.0),
    Shape.LIST: Extent(5, 130, 0.85, 2.0),
    Shape.OVERVIEW: Extent(6, 170, 0.95, 1.0),
}
_CLOSE = 8
# Where the second item of a list is this nearly as probable as the first, the list is asked for.
_LISTED = 0.75


def select(question: Question, retriever: Retriever, scores: Scores, *, shape: Shape, section: str = "") -> Selection:
    """Return the fewest chunks that answer the question; none when nothing matches at all.

    Args:
        section: only pieces of this section of the article; "" for all of it.
    """
    found = candidates(question, retriever, scores, section=section)
    if not len(found.positions) or not question.words:
        return Selection((), 0.0, False, ())
    judged = judge(question, retriever, found)
    probabilities = judged.probabilities
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")]
    chosen = _further(order, probabilities, found, retriever, extent=EXTENTS[shape])
    chunks = [retriever.chunks[int(found.positions[row])] for row in chosen]
    # The paragraph of the best piece first, then the order of the article.
    reading = sorted(
        range(len(chosen)), key=lambda n: (_paragraph(chunks[n]) != _paragraph(chunks[0]), chunks[n].spans)
    )
    return Selection(
        tuple(chunks[n] for n in reading),
        judged.confidence,
        judged.answers,
        tuple(float(probabilities[chosen[n]]) for n in reading),
    )


def judge(question: Question, retriever: Retriever, found: Candidates) -> Judgement:
    """Return how probable each candidate is, and whether the best one answers. There must be some."""
    bare = retriever.is_bare[found.positions]
    probabilities = model("selection").probability(found.features)
    if bare.any():
        probabilities = np.where(bare, model("selection_bare").probability(found.features), probabilities)
    answer = model("answer_bare" if bare[int(np.argmax(probabilities))] else "answer")
    confidence = float(answer.probability(answer_features(question, found, probabilities)[None])[0])
    return Judgement(probabilities, confidence, confidence >= answer.threshold)


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
    extent: Extent,
) -> list[int]:
    """Return the rows of the pieces chosen, the best first."""
    chunk = retriever.chunks[int(found.positions[order[0]])]
    if chunk.kind is Kind.TABLE_CELL:
        items = [row for row in order if _paragraph(retriever.chunks[int(found.positions[row])]) == _paragraph(chunk)]
        # A list answers as a whole, unless the question asks for one of its items.
        if len(items) > 1 and probabilities[items[1]] >= _LISTED * probabilities[items[0]]:
            return items
    close = list(order[:_CLOSE])
    likelihood = probabilities[close] ** extent.sharpness
    total = float(likelihood.sum()) or 1.0
    chosen: list[int] = []
    held = 0.0
    n_words = 0
    for row, value in zip(close, likelihood, strict=True):
        other = retriever.chunks[int(found.positions[row])]
        if chosen and (held >= extent.share * total or len(chosen) == extent.pieces):
            break
        if chosen and (n_words + _n_words(other) > extent.words):
            continue
        held += float(value)
        if any(_repeats(other, retriever.chunks[int(found.positions[kept])]) for kept in chosen):
            continue
        chosen.append(row)
        n_words += _n_words(other)
    return chosen


def _n_words(chunk: Chunk) -> int:
    return len(chunk.text.split())


def _repeats(one: Chunk, other: Chunk) -> bool:
    """Whether two pieces say the same: the abstract in one language and in the other."""
    return {one.section, other.section} == {"abstract-sl", "abstract-en"}


def _paragraph(chunk: Chunk) -> str:
    return chunk.id.rsplit(".", 1)[0]
