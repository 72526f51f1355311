"""Choose the pieces that answer a question, or decide that none does.

Each candidate gets the probability of being evidence from its features and fitted weights; whether
the article answers at all is judged from the best candidate, and a further piece is added when it
probably brings something (`rag.prose.further`). All three are logistic regressions, fitted on practice
and development questions by `eval/fit.py` and stored in `weights.json`.
Articles without restatements have weights of their own, fitted on the same questions without them.
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from corpus.types import Kind, Language
from ingest.chunk import Chunk
from ingest.lexicon import Floats
from rag.prose.announce import announces, asks_for_outline
from rag.prose.claim import conflicts
from rag.prose.cues import points_back
from rag.prose.features import FEATURES, Candidates, candidates
from rag.prose.further import FURTHER_FEATURES, further_features
from rag.prose.gather import gathered
from rag.prose.grid import asks_for_a_side, asks_for_display, displays_named, telling_words
from rag.prose.twins import alike
from rag.questions.plan import Shape
from rag.questions.question import Question
from rag.retrieval.retrieve import WEIGHTS, Retriever, Scores

# What the model of answerability sees besides the features of the best candidate.
ANSWER_FEATURES = (
    *FEATURES, "best", "second", "n_words", "strict", "expects", "opposed", "negated", "elsewhere", "slovene",
    "asked", "lacking",
)  # fmt: skip


_FEATURES_OF = {"selection": FEATURES, "answer": ANSWER_FEATURES, "further": FURTHER_FEATURES}


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks that answer, in the order to be read.

    Attributes:
        confidence: probability that the article answers the question.
        answers: whether that is enough to answer.
        probabilities: of each chunk, that it is evidence.
        likely: the most probable candidates, chosen or not, the best first, with their probabilities.
    """

    chunks: tuple[Chunk, ...]
    confidence: float
    answers: bool
    probabilities: tuple[float, ...]
    likely: tuple[tuple[Chunk, float], ...] = ()


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
class Directions:
    """Directions of the space of word vectors, shape (dim,) each, along which questions are answered or not.

    A word that no sentence holds tells the more the likelier questions with words like it go
    unanswered: a dose, a price, a number of women. `asked` judges the whole question in this way,
    `lacking` the words of it that the best candidate does not hold.
    """

    asked: Floats
    lacking: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression: weights by feature, and the threshold for a yes.

    Attributes:
        directions: those of the features "asked" and "lacking"; None where these are 0.
    """

    weights: Floats
    threshold: float
    directions: Directions | None = None

    def probability(self, features: Floats) -> Floats:
        """Return probabilities for rows of features."""
        return np.asarray(1 / (1 + np.exp(-np.clip(features @ self.weights, -30, 30))))


@cache
def model(name: str) -> Model:
    """Return a fitted model: "selection", "answer" or "further", with "_bare" for articles without restatements."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))[name]
    names = _FEATURES_OF[name.removesuffix("_bare")]
    weights = np.array([float(stored["weights"].get(key, 0.0)) for key in names])
    directions = stored.get("directions")
    return Model(
        weights,
        float(stored["threshold"]),
        Directions(np.array(directions["asked"]), np.array(directions["lacking"])) if directions else None,
    )


@dataclass(frozen=True, slots=True)
class Extent:
    """How long an answer may get: at most so many pieces, of so many words."""

    pieces: int
    words: int


EXTENTS = {
    Shape.SHORT: Extent(4, 110),
    Shape.DEFINITION: Extent(3, 90),
    Shape.CLAIM: Extent(3, 90),
    Shape.COMPARISON: Extent(5, 140),
    Shape.LIST: Extent(6, 150),
    Shape.OVERVIEW: Extent(7, 190),
}
# An overview gathers so many pieces at least: the one best of them is none.
_GATHERED = 3
_CLOSE = 8
_LIKELY = 6
# A sentence of the abstract sums up one with so much in common.
_SUMMED_UP = 0.5
# A cell states what is asked when it holds a word that tells more than what it is about: by meaning, or by form.
_HELD, _SAID = 0.7, 0.9
# Answers of these shapes leave out what only leads up to them: what adds so little of the question.
_BRIEF = frozenset({Shape.SHORT, Shape.DEFINITION})
_NOTHING = 0.05
# Where the second item of a list is this nearly as probable as the first, the list is asked for.
_LISTED = 0.75


def select(question: Question, retriever: Retriever, scores: Scores, *, shape: Shape, section: str = "") -> Selection:
    """Return the fewest chunks that answer the question; none when nothing matches at all.

    Args:
        section: only pieces of this section of the article; "" for all of it.
    """
    found = considered(question, retriever, scores, section=section)
    if not len(found.positions) or not question.words:
        return Selection((), 0.0, False, ())
    judged = judge(question, retriever, found)
    probabilities = judged.probabilities
    chosen = further(question, retriever, found, probabilities, shape=shape)
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
        tuple(
            (retriever.chunks[int(found.positions[row])], float(probabilities[row]))
            for row in np.argsort(-probabilities, kind="stable")[:_LIKELY]
        ),
    )


def considered(question: Question, retriever: Retriever, scores: Scores, *, section: str = "") -> Candidates:
    """Return the candidates for an answer.

    Cells of a table of advantages and drawbacks are among them only where these are asked for, or
    where a cell says itself what is: it names the things that most questions are about, by its row,
    and little else. The caption of a table or figure is none, unless it is asked for; nor is a sentence
    that only announces what follows, unless the question is about the article.

    Args:
        section: only pieces of this section of the article; "" for all of it.
    """
    found = candidates(question, retriever, scores, section=section)
    if not asks_for_display(question):
        content = np.array([retriever.chunks[int(n)].kind is not Kind.CAPTION for n in found.positions], dtype=bool)
        found = found.only(content) if content.any() else found
    elif named := displays_named(question):
        meant = [retriever.chunks[int(n)] for n in found.positions]
        content = np.array([chunk.kind is not Kind.CAPTION or chunk.section in named for chunk in meant], dtype=bool)
        found = found.only(content) if content.any() else found
    if not asks_for_outline(question):
        content = np.array([not announces(retriever.chunks[int(n)]) for n in found.positions], dtype=bool)
        found = found.only(content) if content.any() else found
    cells = retriever.is_cell[found.positions] > 0
    if not cells.any() or asks_for_a_side(question):
        return found
    telling = np.array(telling_words(question), dtype=bool)
    said = scores.coverage.said[:, found.positions]
    states = ((found.matches >= _HELD) | (said >= _SAID))[telling].any(axis=0)
    keep = ~cells | states
    return found.only(keep) if keep.any() else found


def judge(question: Question, retriever: Retriever, found: Candidates) -> Judgement:
    """Return how probable each candidate is, and whether the best one answers. There must be some."""
    bare = retriever.is_bare[found.positions]
    probabilities = model("selection").probability(found.features)
    if bare.any():
        probabilities = np.where(bare, model("selection_bare").probability(found.features), probabilities)
    answer = model("answer_bare" if bare[int(np.argmax(probabilities))] else "answer")
    features = answer_features(question, retriever, found, probabilities, answer.directions)
    confidence = float(answer.probability(features[None])[0])
    return Judgement(probabilities, confidence, confidence >= answer.threshold)


def answer_features(
    question: Question,
    retriever: Retriever,
    found: Candidates,
    probabilities: Floats,
    directions: Directions | None = None,
) -> Floats:
    """Return what answerability is judged from, in the order of `ANSWER_FEATURES`."""
    order = np.argsort(-probabilities, kind="stable")
    best = order[0]
    second = float(probabilities[order[1]]) if len(order) > 1 else 0.0
    chunk = retriever.chunks[int(found.positions[best])]
    opposed, negated = conflicts(question.text, chunk.side(question.language), question.language)
    # The best candidate of another passage: one place that answers stands out, mentions are everywhere.
    passages = retriever.passage_of[found.positions]
    others = probabilities[(passages != passages[best]) | (passages < 0) & (np.arange(len(passages)) != best)]
    extra = [
        float(probabilities[best]),
        second,
        np.log1p(len(question.words)),
        float(question.expects.strict),
        float(bool(question.expects.name)),
        float(opposed),
        float(negated),
        float(others.max()) if len(others) else 0.0,
        float(question.language is Language.SL),
        float(directions.asked @ found.asked) if directions else 0.0,
        float(directions.lacking @ found.lacking(int(best))) if directions else 0.0,
    ]
    return np.concatenate([found.features[best], extra])


def further(
    question: Question,
    retriever: Retriever,
    found: Candidates,
    probabilities: Floats,
    *,
    shape: Shape,
    fitted: Model | None = None,
) -> list[int]:
    """Return the rows of the pieces chosen, the best first: it, and those that add to it.

    Args:
        fitted: what judges whether a piece adds; the stored model when left out.
    """
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")]
    chunk = retriever.chunks[int(found.positions[order[0]])]
    if chunk.kind is Kind.TABLE_CELL:
        items = [row for row in order if _paragraph(retriever.chunks[int(found.positions[row])]) == _paragraph(chunk)]
        # A list answers as a whole, unless the question asks for one of its items.
        if len(items) > 1 and probabilities[items[1]] >= _LISTED * probabilities[items[0]]:
            return items
    if shape is Shape.LIST and (items := gathered(question, retriever, found, order)):
        return items
    adds = fitted or model("further_bare" if retriever.is_bare[found.positions[order[0]]] else "further")
    extent = EXTENTS[shape]
    chosen = order[:1]
    n_words = _n_words(chunk)
    for rank, row in enumerate(order[1:_CLOSE]):
        other = retriever.chunks[int(found.positions[row])]
        if len(chosen) == extent.pieces:
            break
        if n_words + _n_words(other) > extent.words:
            continue
        if shape is Shape.DEFINITION and other.kind is Kind.TABLE_ROW and chunk.kind is Kind.SENTENCE:
            continue  # a row defines nothing
        if shape in _BRIEF and _only_leads_up(row, order[0], found, retriever):
            continue
        if any(_repeats(other, retriever.chunks[int(found.positions[kept])]) for kept in chosen):
            continue
        features = further_features(
            question, retriever, found, probabilities, shape=shape, chosen=chosen, row=row, rank=rank
        )
        needed = shape is Shape.OVERVIEW and len(chosen) < _GATHERED
        if needed or float(adds.probability(features[None])[0]) >= adds.threshold:
            chosen.append(row)
            n_words += _n_words(other)
    return chosen


def _only_leads_up(row: int, best: int, found: Candidates, retriever: Retriever) -> bool:
    """Whether a piece stands before the best one of its passage and holds nothing of the question beyond that.

    Where the best one points back ("This is a …"), it is read with the one before it, which so is none of these.
    """
    own, other = int(found.positions[row]), int(found.positions[best])
    passage = int(retriever.passage_of[own])
    if passage < 0 or passage != int(retriever.passage_of[other]) or own > other:
        return False
    held = found.matches[:, best]
    before = np.flatnonzero(found.positions == retriever.preceding_of[other])
    if len(before) and points_back(retriever.chunks[other]):
        if row == before[0]:
            return False
        held = np.maximum(held, found.matches[:, before[0]])
    gain = found.weights @ np.maximum(found.matches[:, row] - held, 0.0)
    return float(gain) < _NOTHING


def _n_words(chunk: Chunk) -> int:
    return len(chunk.text.split())


def _repeats(one: Chunk, other: Chunk) -> bool:
    """Whether two pieces say the same: the abstract in one language and in the other, or what it sums up."""
    if {one.section, other.section} == {"abstract-sl", "abstract-en"}:
        return True
    summed_up = one.section.startswith("abstract") != other.section.startswith("abstract")
    return summed_up and any(alike(one.side(language), other.side(language)) >= _SUMMED_UP for language in Language)


def _paragraph(chunk: Chunk) -> str:
    return chunk.id.rsplit(".", 1)[0]
