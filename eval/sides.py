"""What the gold set wants beside what an answer cites: the view that `eval show` and the reports share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.types import Language, Span, Spans
from eval.gold import Nugget, ResolvedItem
from eval.record import CitationRecord, Record
from eval.retrieval import COVERED
from eval.spans import merged, overlap, share, size


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a quote; `shared` when both the gold set and the answer quote it."""

    text: str
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuote:
    """A piece of gold evidence, by the alternative that the answer cites best.

    Attributes:
        number: its place among the item's evidence, from 1.
        needed: whether the answer needs it (grade 2).
        n_others: alternatives that would do as well.
        cited: the share of its characters that the answer cites, 0 to 1.
        rank: of the first retrieved unit that covers half of it or more, or None.
    """

    number: int
    needed: bool
    n_others: int
    parts: tuple[Part, ...]
    cited: float
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedQuote:
    """A citation of the answer.

    Attributes:
        verbatim: its quote equals its spans; when not, `parts` is the quote as the answer gave it.
        gold: the numbers of the gold quotes it overlaps.
        share: the share of its characters that gold quotes hold, 0 to 1.
    """

    marker: int
    id: str
    language: str
    translation: str | None
    verbatim: bool
    parts: tuple[Part, ...]
    gold: tuple[int, ...]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUnit:
    """A retrieved unit with the numbers of the gold quotes it covers by half or more."""

    rank: int
    id: str
    score: float
    text: str
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A nugget in words, and whether the answer holds it."""

    id: str
    text: str
    vital: bool
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """An item and its record, side by side.

    Attributes:
        rows: for a question over the table of trials, each row it draws on and whether it was cited.
    """

    gold: tuple[GoldQuote, ...]
    rows: tuple[tuple[str, bool], ...]
    cited: tuple[CitedQuote, ...]
    found: tuple[FoundUnit, ...]
    facts: tuple[Fact, ...]


def sides(value: ResolvedItem, record: Record, *, source: str, n_found: int = 5) -> Sides:
    """Return the item and its record side by side.

    Args:
        source: the text of the article that all spans point into.
        n_found: how many retrieved units to show.
    """
    cited = tuple(span for citation in record.citations for span in citation.spans)
    best = [max(alternatives, key=lambda spans: share(spans, cited)) for alternatives in value.evidence]
    everything = tuple(span for alternatives in value.evidence for spans in alternatives for span in spans)
    named = {citation.id.rsplit(":", 1)[-1] for citation in record.citations}
    named |= {str(row).rsplit(":", 1)[-1] for row in (record.computation or {}).get("rows", ())}
    return Sides(
        gold=tuple(
            GoldQuote(
                number=n,
                needed=entry.grade == 2,
                n_others=len(value.evidence[n - 1]) - 1,
                parts=_parts(spans, cited, source),
                cited=share(spans, cited),
                rank=next(
                    (rank for rank, unit in enumerate(record.retrieved, start=1) if _covers(value, n, unit.spans)), None
                ),
            )
            for n, (entry, spans) in enumerate(zip(value.item.evidence, best, strict=True), start=1)
        ),
        rows=tuple((row, row in named) for row in value.rows),
        cited=tuple(_cited(citation, value, everything, source) for citation in record.citations),
        found=tuple(
            FoundUnit(
                rank=rank,
                id=unit.id,
                score=unit.score,
                text=_text(unit.spans, source),
                gold=tuple(n for n in range(1, len(value.evidence) + 1) if _covers(value, n, unit.spans)),
            )
            for rank, unit in enumerate(record.retrieved[:n_found], start=1)
        ),
        facts=tuple(
            Fact(
                id=nugget.id,
                text=describe(nugget, value.item.lang),
                vital=nugget.vital,
                held=record.nuggets.get(nugget.id, False),
            )
            for nugget in value.nuggets
        ),
    )


def describe(nugget: Nugget, language: Language) -> str:
    """Return what a nugget wants in words: its first aliases in `language`, and its numbers."""
    aliases = (nugget.sl if language is Language.SL else nugget.en)[:3]
    return " + ".join(part for part in (" / ".join(aliases), ", ".join(nugget.numbers)) if part)


def _covers(value: ResolvedItem, number: int, spans: Spans) -> bool:
    return any(share(wanted, spans) >= COVERED for wanted in value.evidence[number - 1])


def _cited(citation: CitationRecord, value: ResolvedItem, everything: Spans, source: str) -> CitedQuote:
    verbatim = bool(citation.spans) and _bare(citation.quote) == _bare(_text(citation.spans, source))
    n_chars = size(citation.spans)
    return CitedQuote(
        marker=citation.marker,
        id=citation.id,
        language=citation.language,
        translation=citation.translation,
        verbatim=verbatim,
        parts=_parts(citation.spans, everything, source) if verbatim else (Part(text=citation.quote, shared=False),),
        gold=tuple(
            n
            for n, alternatives in enumerate(value.evidence, start=1)
            if any(overlap(spans, citation.spans) for spans in alternatives)
        ),
        share=overlap(citation.spans, everything) / n_chars if n_chars else 0.0,
    )


def _parts(spans: Spans, others: Sequence[Span], source: str) -> tuple[Part, ...]:
    """The text of `spans`, cut where `others` begin and end; parts of one kind in a row are one."""
    found: list[tuple[str, bool]] = []
    for number, (start, end) in enumerate(spans):
        if number:
            # The blank between two spans belongs to what both sides have in common.
            found.append((" ", found[-1][1] if found else False))
        at = start
        for begin, stop in merged(others):
            if stop <= at or begin >= end:
                continue
            found.append((source[at : max(at, begin)], False))
            found.append((source[max(at, begin) : min(stop, end)], True))
            at = min(stop, end)
        found.append((source[at:end], False))
    parts: list[Part] = []
    for text, shared in found:
        if text and parts and parts[-1].shared == shared:
            parts[-1] = Part(text=parts[-1].text + text, shared=shared)
        elif text:
            parts.append(Part(text=text, shared=shared))
    return tuple(Part(text=_plain(part.text), shared=part.shared) for part in parts)


def _text(spans: Spans, source: str) -> str:
    return _plain(" ".join(source[start:end] for start, end in spans)).strip()


def _plain(text: str) -> str:
    """The text as it is read: white space collapsed, Markdown emphasis removed."""
    return re.sub(r"\s+", " ", text.replace("*", ""))


def _bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)
