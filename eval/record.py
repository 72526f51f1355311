"""What a system said to one question: one line of `items.jsonl`, deterministic, without timings."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from corpus.types import Span, Spans
from eval.gold import GoldItem
from eval.systems import Retrieved
from rag.answer import Answer


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SentenceRecord(_Record):
    """A sentence of the answer, with its markers and what vouches for it."""

    text: str
    markers: tuple[int, ...]
    support: str


class CitationRecord(_Record):
    """A citation of the answer."""

    marker: int
    id: str
    kind: str
    language: str
    spans: Spans
    quote: str
    translation: str | None
    references: tuple[int, ...]


class RetrievedRecord(_Record):
    """A unit of the index that the system retrieved."""

    id: str
    score: float
    spans: Spans


class Record(_Record):
    """One question of a run.

    Attributes:
        computation, writing: as in the answer object, or None.
        metrics: by name; None where a metric does not apply to the item.
        nuggets: which facts the answer held, by nugget id.
        stage: where it went wrong (`Stage`), or "" when it passed.
        reasons: what a person needs to know of each verdict, one sentence each.
        hard: the hard rules it breaks, one sentence each.
        error: what went wrong when the system failed, or "".
    """

    id: str
    resolved_question: str = ""
    language: str = ""
    outcome: str = ""
    reason: str | None = None
    grounding: str = ""
    confidence: float = 0.0
    answer: str = ""
    sentences: tuple[SentenceRecord, ...] = ()
    citations: tuple[CitationRecord, ...] = ()
    caveats: tuple[str, ...] = ()
    computation: Mapping[str, Any] | None = None
    writing: Mapping[str, Any] | None = None
    retrieved: tuple[RetrievedRecord, ...] = ()
    error: str = ""
    metrics: Mapping[str, float | None] = {}
    nuggets: Mapping[str, bool] = {}
    passed: bool = False
    stage: str = ""
    reasons: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()


def record(item: GoldItem, answer: Answer, retrieved: Sequence[Retrieved]) -> Record:
    """Return what `answer` and `retrieved` say, before it is scored."""
    values = answer.to_dict()
    return Record(
        id=item.id,
        resolved_question=answer.resolved_question,
        language=answer.language,
        outcome=answer.outcome,
        reason=answer.reason,
        grounding=answer.grounding,
        confidence=round(answer.confidence, 4),
        answer=answer.answer,
        sentences=tuple(
            SentenceRecord(text=sentence.text, markers=sentence.markers, support=sentence.support)
            for sentence in answer.sentences
        ),
        citations=tuple(
            CitationRecord(
                marker=citation.marker,
                id=citation.id,
                kind=citation.kind,
                language=citation.language,
                spans=citation.spans,
                quote=citation.quote,
                translation=citation.translation,
                references=tuple(dict.fromkeys((*citation.references, *citation.passage_references))),
            )
            for citation in answer.citations
        ),
        caveats=tuple(caveat.id for caveat in answer.caveats),
        computation=values["computation"],
        writing=values["writing"],
        retrieved=tuple(
            RetrievedRecord(id=hit.id, score=round(hit.score, 6), spans=tuple(Span(*span) for span in hit.spans))
            for hit in retrieved
        ),
    )
