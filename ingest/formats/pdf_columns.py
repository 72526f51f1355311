"""The reading order of a page: columns found as corridors that no line crosses.

The widest-reaching corridor parts what stands beside it into a left and a right side; what stands
above and below, and the two sides, are searched for corridors again. That finds two and three
columns, below titles and around tables and figures.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.formats.pdf_layout import GUTTER, Line

_MIN_LINES = 4
# Characters in the lines that hold most of the text: cells of tables are shorter than lines of a column.
_MIN_LENGTH = 18
_STEP = 2.0  # points
_MAX_STEPS = 400


@dataclass(frozen=True, slots=True)
class Column:
    """A region of a page that is read from top to bottom.

    Attributes:
        left, right: where its text begins and ends.
    """

    left: float
    right: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Band:
    """A corridor at `x` beside the lines from `start` to `end`."""

    x: float
    start: int
    end: int
    n_lines: int  # on the side that has fewer
    width: float

    @property
    def rank(self) -> tuple[int, int, float]:
        return self.n_lines, self.end - self.start, self.width


def columns(lines: Sequence[Line], *, blocks: dict[int, tuple[float, float]] | None = None) -> list[Column]:
    """Return the columns of a page in reading order.

    Args:
        lines: from top to bottom.
        blocks: by id of a line, how far from left to right it counts (a table, by its caption);
            such lines are not cut.
    """
    return _columns(list(lines), blocks or {})


def _columns(lines: list[Line], blocks: dict[int, tuple[float, float]]) -> list[Column]:
    band = _widest_band(lines, blocks)
    if band is None:
        if not lines:
            return []
        extents = [_extent(line, blocks) for line in lines]
        return [Column(min(x0 for x0, _ in extents), max(x1 for _, x1 in extents), tuple(lines))]
    start = band.start
    # The last line of a paragraph above the columns is short, and stands beside nothing.
    while start < band.end and _ends_paragraph(lines, start, band, blocks):
        start += 1
    inside = [part for line in lines[start : band.end] for part in _cut(line, band.x, blocks)]
    sides = (
        [line for line in inside if _extent(line, blocks)[1] <= band.x + 1],
        [line for line in inside if _extent(line, blocks)[1] > band.x + 1],
    )
    return [
        *_columns(lines[:start], blocks),
        *_columns(sides[0], blocks),
        *_columns(sides[1], blocks),
        *_columns(lines[band.end :], blocks),
    ]


def _extent(line: Line, blocks: dict[int, tuple[float, float]]) -> tuple[float, float]:
    return blocks.get(id(line)) or (line.x0, line.x1)


def _cut(line: Line, x: float, blocks: dict[int, tuple[float, float]]) -> list[Line]:
    return [line] if id(line) in blocks else line.cut(x)


def _widest_band(lines: list[Line], blocks: dict[int, tuple[float, float]]) -> _Band | None:
    """Return the corridor with the most lines beside it, and among equals the widest."""
    if len(lines) < 2 * _MIN_LINES:
        return None
    extents = [_extent(line, blocks) for line in lines]
    left, right = min(x0 for x0, _ in extents), max(x1 for _, x1 in extents)
    best: _Band | None = None
    step = max(_STEP, (right - left) / _MAX_STEPS)  # a damaged file may claim a page of kilometres
    x = left + step
    while x < right:
        crossed = [
            place
            for place, (line, (x0, x1)) in enumerate(zip(lines, extents, strict=True))
            if x0 < x - 1 and x1 > x + 1 and (id(line) in blocks or not line.has_gap(x))
        ]
        bounds = [-1, *crossed, len(lines)]
        for before, after in pairwise(bounds):
            if after - before - 1 >= 2 * _MIN_LINES:
                band = _band(lines, extents, before + 1, after, x)
                if band and (best is None or band.rank > best.rank):
                    best = band
        x += step
    return best


def _band(lines: list[Line], extents: list[tuple[float, float]], start: int, end: int, x: float) -> _Band | None:
    """Return the corridor at `x` beside these lines when there is text on both of its sides."""
    sides: tuple[list[Line], list[Line]] = ([], [])
    edges: tuple[list[float], list[float]] = ([], [])
    for line, (x0, x1) in zip(lines[start:end], extents[start:end], strict=True):
        if x1 <= x + 1:
            sides[0].append(line)
            edges[0].append(x1)
        elif x0 >= x - 1:
            sides[1].append(line)
            edges[1].append(x0)
        else:  # two lines side by side that were taken for one
            for side, part in zip(sides, line.cut(x), strict=True):
                side.append(part)
    smaller = min(len(side) for side in sides)
    if smaller < _MIN_LINES or not edges[0] or not edges[1]:
        return None
    width = min(edges[1]) - max(edges[0])
    size = statistics.median(line.size for line in lines[start:end])
    if width < GUTTER * size or any(_usual_length(side) < _MIN_LENGTH for side in sides):
        return None
    tops = [max(line.base for line in side) for side in sides]
    bottoms = [min(line.base for line in side) for side in sides]
    if min(tops) - max(bottoms) < 2 * size:  # they stand one above the other
        return None
    return _Band(x, start, end, smaller, width)


def _usual_length(lines: Sequence[Line]) -> int:
    """Return the length of line that at least half of the characters stand in."""
    lengths = sorted(len(line.text) for line in lines)
    total = 0
    for length in lengths:
        total += length
        if 2 * total >= sum(lengths):
            return length
    return 0


def _ends_paragraph(lines: list[Line], place: int, band: _Band, blocks: dict[int, tuple[float, float]]) -> bool:
    if place == 0 or id(lines[place]) in blocks or id(lines[place - 1]) in blocks:
        return False
    line, above = lines[place], lines[place - 1]
    is_next = 0 < above.base - line.base < 1.75 * line.size and abs(above.size - line.size) < 0.4
    is_wide = place == band.start and above.x0 < band.x < above.x1
    is_beside = any(
        other is not line and abs(other.base - line.base) < 0.4 * line.size for other in lines[place + 1 : band.end]
    )
    return is_next and is_wide and not is_beside and abs(above.x0 - line.x0) < 3 * line.size
