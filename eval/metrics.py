"""Metrics of one answer, and their means. Deterministic: strings and spans, no model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.text import fold
from corpus.types import Span
from eval.gold import GoldItem, evidence_spans
from rag.answer import Answer, Outcome

# A citation finds a quote when it covers this share of the quote's characters.
_COVERED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """How one answer did; a field that does not apply to the item is None.

    Attributes:
        correct: answered with every vital nugget (answerable), or abstained (unanswerable).
        evidence_recall: share of the gold quotes that a citation covers; 0 for an abstention. With
            `evidence_mode` "any" one of them is enough for 1.
        evidence_precision: share of the citations that touch a gold quote; None without citations.
        verbatim: every quote equals the slices of its spans (must always hold).
    """

    id: str
    pair_id: str
    lang: str
    type: str
    answerable: bool
    answered: bool
    correct: bool
    evidence_recall: float | None
    evidence_precision: float | None
    verbatim: bool
    language_match: bool
    total_ms: float


def score(item: GoldItem, answer: Answer, source: str) -> ItemScore:
    """Return the score of `answer` to the gold question `item`."""
    answered = answer.outcome is Outcome.ANSWERED
    recall: float | None = None
    precision: float | None = None
    if item.answerable:
        gold = evidence_spans(item, source)
        cited = [span for citation in answer.citations for span in citation.spans]
        found = [_overlap(quote, cited) >= _COVERED * (quote.end - quote.start) for quote in gold]
        recall = float(any(found)) if item.evidence_mode == "any" else sum(found) / len(found)
        if answer.citations:
            touching = [any(_overlap(quote, citation.spans) > 0 for quote in gold) for citation in answer.citations]
            precision = sum(touching) / len(touching)
    nuggets = all(any(_occurs(text, answer.answer) for text in n.any_of) for n in item.nuggets if n.vital)
    return ItemScore(
        id=item.id,
        pair_id=item.pair_id,
        lang=item.lang,
        type=item.type,
        answerable=item.answerable,
        answered=answered,
        correct=(answered and nuggets) if item.answerable else answer.outcome is Outcome.ABSTAINED,
        evidence_recall=recall,
        evidence_precision=precision,
        verbatim=all(_same(c.quote, " ".join(source[s:e] for s, e in c.spans)) for c in answer.citations),
        language_match=answer.language == item.lang,
        total_ms=answer.timings_ms["total"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Means over items; None where no item counts.

    Attributes:
        refusal_precision: abstentions that were right, of all abstentions.
        refusal_recall: unanswerable questions that were turned down, of all such.
    """

    n: int
    n_answerable: int
    accuracy: float | None
    evidence_recall: float | None
    evidence_precision: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    verbatim: float | None
    language_match: float | None
    median_ms: float | None


def summarise(scores: Sequence[ItemScore]) -> Summary:
    """Return the means; accuracy and evidence over answerable items, refusal over all."""
    answerable = [s for s in scores if s.answerable]
    unanswerable = [s for s in scores if not s.answerable]
    abstained = [s for s in scores if not s.answered]
    times = sorted(s.total_ms for s in scores)
    return Summary(
        n=len(scores),
        n_answerable=len(answerable),
        accuracy=_mean([s.correct for s in answerable]),
        evidence_recall=_mean([s.evidence_recall for s in answerable if s.evidence_recall is not None]),
        evidence_precision=_mean([s.evidence_precision for s in answerable if s.evidence_precision is not None]),
        refusal_precision=_mean([not s.answerable for s in abstained]),
        refusal_recall=_mean([s.correct for s in unanswerable]),
        verbatim=_mean([s.verbatim for s in scores]),
        language_match=_mean([s.language_match for s in scores]),
        median_ms=times[len(times) // 2] if times else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _overlap(quote: Span, spans: Sequence[Span]) -> int:
    """Return how many characters of `quote` the spans cover, none counted twice."""
    covered = {position for start, end in spans for position in range(max(start, quote.start), min(end, quote.end))}
    return len(covered)


def _occurs(text: str, answer: str) -> bool:
    """Whether `text` occurs in `answer` at the beginning of a word, folded."""
    return (
        re.search(r"(?<![^\W_])" + re.escape(" ".join(fold(text).split())), " ".join(fold(answer).split())) is not None
    )


def _same(quote: str, slices: str) -> bool:
    """Whether a quote equals its slices up to white space and Markdown emphasis, and no more."""
    return re.sub(r"[\s*]", "", quote) == re.sub(r"[\s*]", "", slices)
