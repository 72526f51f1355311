"""Choose the sentences that answer, or decide that none do.

A sentence counts for what it covers of the question itself, and at a discount for what its passage
covers: the name of a disease often stands one sentence before the finding.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.types import Kind, Language
from ingest.chunk import Chunk, Collection
from rag.lexical import Coverage, Floats
from rag.question import Question
from rag.retrieve import Retriever, Scores

MAX_SENTENCES = 3
MAX_ROWS = 5
# What the passage covers counts this much of what the sentence covers.
_CONTEXT = 0.7
# ... and this much when it comes to whether the question is answered at all.
_TRUSTED = 0.9
_ASKED_REFERENCE = 0.3
# A question that wants a number is hardly answered by sentences without one.
_NO_NUMBER = 0.7
# While the chosen sentences themselves cover less than this, what follows in the passage is added.
_SELF_CONTAINED = 0.8
_FUSED = 0.4
_DENSE = {Language.SL: 0.0, Language.EN: 0.25}
_EXPECTED_TYPE = 0.08
_DEFINITION = 0.3
# A further sentence must cover this much more of the question, or be nearly as good next to the best.
_GAIN = 0.12
_NEARLY = 0.75
# Below this share of the question covered, the article does not answer it.
ENOUGH = {Language.SL: 0.5, Language.EN: 0.54}
# Below this share it is not even about the article.
ABOUT = 0.3

_PROSE = frozenset({Kind.SENTENCE, Kind.LIST_ITEM, Kind.CAPTION, Kind.LEGEND, Kind.TABLE_CELL, Kind.METADATA})
_YEAR = re.compile(r"\b(19|20)\d{2}\b")
# A quantity: no year, and no part of a name (covid-19, IL-1).
_NUMBER = re.compile(r"(?<![\w-])(?!(?:19|20)\d{2}\b)\d+(?:[.,]\d+)?(?![\w-])")
_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")


@dataclass(frozen=True, slots=True)
class Selection:
    """The chunks that answer, in the order to be read, and how much of the question they cover."""

    chunks: tuple[Chunk, ...]
    confidence: float


def select(question: Question, retriever: Retriever, scores: Scores) -> Selection:
    """Return the fewest chunks that cover the question; none when nothing matches at all."""
    if question.references:  # asked for by number: no likeness of words can tell more
        named = tuple(
            chunk
            for chunk in retriever.chunks
            if chunk.kind is Kind.REFERENCE and chunk.references[0] in question.references
        )
        return Selection(named, float(bool(named)))
    allowed = _allowed(question, retriever)
    if not allowed.any() or not question.words:
        return Selection((), 0.0)
    context = _with_context(retriever, scores.coverage.matches, _CONTEXT)
    ranking = (
        scores.coverage.share(context)
        + _FUSED / (1 + np.exp(-(scores.fused - 4.0)))
        + _DENSE[question.language] * scores.dense
        + _EXPECTED_TYPE * _expected_type(question, retriever.chunks)
    )
    if question.defines:
        ranking = ranking + _DEFINITION * np.array([chunk.id in question.defines for chunk in retriever.chunks])
    if question.wants_references:
        ranking = ranking + _ASKED_REFERENCE * np.array([chunk.kind is Kind.REFERENCE for chunk in retriever.chunks])
    ranking = np.where(allowed, ranking, -1.0)
    best = int(np.argmax(ranking))
    chosen = _rows(best, ranking, retriever) if retriever.chunks[best].kind is Kind.TABLE_ROW else None
    if chosen is None:
        chosen = _sentences(best, ranking, context, scores.coverage, retriever)
    return Selection(
        tuple(retriever.chunks[position] for position in chosen), _confidence(question, chosen, scores, retriever)
    )


def _confidence(question: Question, chosen: list[int], scores: Scores, retriever: Retriever) -> float:
    """How surely the chosen chunks answer: what they and their passages cover, and likeness in meaning."""
    trusted = _with_context(retriever, scores.coverage.matches, _TRUSTED)
    confidence = float(scores.coverage.share(trusted[:, chosen].max(axis=1)))
    if _DENSE[question.language] and not question.identifiers:
        confidence = (confidence + float(scores.dense[chosen].max())) / 2
    if (
        question.wants_number
        and not _expected_type(question, [retriever.chunks[position] for position in chosen]).any()
    ):
        confidence *= _NO_NUMBER
    return confidence


def _allowed(question: Question, retriever: Retriever) -> np.ndarray:
    """Which chunks may answer: prose and rows; references only when the question asks for works."""
    kinds = {*_PROSE, Kind.REFERENCE} if question.wants_references else _PROSE
    # Of table rows only trials answer as a whole; a row of lists answers by its cells.
    allowed = np.array([chunk.kind in kinds or chunk.collection is Collection.TRIALS for chunk in retriever.chunks])
    if question.identifiers:
        holding = retriever.holds(question.identifiers)
        # The passage that names a trial goes on about it in its next sentences.
        nearby = {piece for position in np.flatnonzero(holding) for piece in retriever.chunks[position].pieces}
        allowed &= np.array([chunk.id in nearby for chunk in retriever.chunks])
    return allowed


def _with_context(retriever: Retriever, matches: Floats, discount: float) -> Floats:
    """Return `matches` raised, for each sentence, to what its passage covers, at a discount."""
    raised = matches.copy()
    for passage in retriever.chunks:
        if passage.kind is Kind.PASSAGE:
            members = [retriever.position[piece] for piece in passage.pieces]
            around = discount * matches[:, retriever.position[passage.id]]
            raised[:, members] = np.maximum(matches[:, members], around[:, None])
    return raised


def _expected_type(question: Question, chunks: Sequence[Chunk]) -> Floats:
    """1 for chunks that hold the kind of thing asked for: a number, a year."""
    if question.wants_year:
        wanted = _YEAR
    elif question.wants_number:
        wanted = _NUMBER
    else:
        return np.zeros(len(chunks))
    return np.array([float(wanted.search(_CITATION_GROUP.sub("", chunk.text)) is not None) for chunk in chunks])


def _rows(best: int, ranking: Floats, retriever: Retriever) -> list[int]:
    """The best table row, and the others that fit as well as it does."""
    floor = ranking[best] - 0.02
    rows = [p for p, chunk in enumerate(retriever.chunks) if chunk.kind is Kind.TABLE_ROW and ranking[p] >= floor]
    return sorted(rows, key=lambda position: -ranking[position])[:MAX_ROWS]


def _sentences(best: int, ranking: Floats, context: Floats, coverage: Coverage, retriever: Retriever) -> list[int]:
    """The best sentence, what it leads to in its passage, and others that add to what is covered."""
    chosen = [best]
    chunks = retriever.chunks
    if chunks[best].kind in (Kind.REFERENCE, Kind.METADATA):
        return chosen
    if chunks[best].kind is Kind.TABLE_CELL:  # a list answers as a whole
        return [position for position, chunk in enumerate(chunks) if _cell(chunk) == _cell(chunks[best])]
    # A sentence whose citation stands further on opens a train of thought: "In trial … they studied …"
    # goes on with "The results showed …".
    while (
        len(chosen) < MAX_SENTENCES
        and chunks[chosen[-1]].passage_references
        and coverage.share(coverage.matches[:, chosen].max(axis=1)) < _SELF_CONTAINED
        and (following := retriever.following(chosen[-1])) is not None
    ):
        chosen.append(following)
    covered = context[:, chosen].max(axis=1)
    total = float(coverage.weights.sum()) or 1.0
    for position in map(int, np.argsort(-ranking, kind="stable")[:12]):
        if len(chosen) == MAX_SENTENCES:
            break
        if position in chosen or ranking[position] <= 0 or chunks[position].kind not in _PROSE - {Kind.METADATA}:
            continue
        gain = float(coverage.weights @ (np.maximum(covered, context[:, position]) - covered)) / total
        nearly = (
            _paragraph(chunks[position]) == _paragraph(chunks[best]) and ranking[position] >= _NEARLY * ranking[best]
        )
        if (gain >= _GAIN and ranking[position] >= 0.6 * ranking[best]) or nearly:
            chosen.append(position)
            covered = np.maximum(covered, context[:, position])
    first = _paragraph(chunks[best])
    return sorted(chosen, key=lambda position: (_paragraph(chunks[position]) != first, chunks[position].spans))


def _cell(chunk: Chunk) -> str | None:
    return chunk.id.rsplit(".", 1)[0] if chunk.kind is Kind.TABLE_CELL else None


def _paragraph(chunk: Chunk) -> str:
    return chunk.id.rsplit(".", 1)[0]
