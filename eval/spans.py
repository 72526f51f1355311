"""Spans as sets of characters: sizes and overlaps, none counted twice."""

from collections.abc import Iterable

from corpus.types import Span, Spans


def merged(spans: Iterable[Span]) -> Spans:
    """Return the same characters as sorted spans that do not overlap."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Span(start, end))
    return tuple(found)


def size(spans: Iterable[Span]) -> int:
    """Return how many characters the spans hold."""
    return sum(end - start for start, end in merged(spans))


def overlap(first: Iterable[Span], second: Iterable[Span]) -> int:
    """Return how many characters both hold."""
    others = merged(second)
    return sum(max(0, min(end, stop) - max(start, begin)) for start, end in merged(first) for begin, stop in others)


def share(wanted: Spans, held: Iterable[Span]) -> float:
    """Return the share of `wanted` that `held` covers, 0 to 1; 0 when nothing is wanted."""
    whole = size(wanted)
    return overlap(wanted, held) / whole if whole else 0.0
