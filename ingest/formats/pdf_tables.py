"""Tables of a PDF: found by their captions, read by the places of their cells."""

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.formats.pdf_columns import Column
from ingest.formats.pdf_layout import GUTTER, Line, Page

TABLE_CAPTION = re.compile(r"(?:Tabela|Preglednica|Table)\s+(?:S?\d+[a-z]?|[IVXL]+)\s*[:.|–—]", re.I)
_BARE_CAPTION = re.compile(r"(?:Tabela|Preglednica|Table)\s+\d+\Z|(?:TABLE|TABELA)\s+\d+\b")
LEGEND = re.compile(r"(?:Legenda|Legend|Opombe|Notes?|Okrajšave|Abbreviations)\s*:", re.I)
_MAX_ROW_GAP = 3.5  # em between the base lines of rows
_MAX_LINE_GAP = 1.7  # em between lines of one caption or legend
_MAX_CAPTION_LINES = 6
_MARGIN = 3.0  # points that a line may stick out of its region


@dataclass(slots=True)
class FoundTable:
    """A table of a page.

    Attributes:
        caption: its lines; the first one marks where the table stands.
        rows: the texts of its cells, head first; empty when they could not be told apart.
        loose: lines of the table as they stand, when there are no rows.
        extent: how far it reaches from left to right.
    """

    caption: list[Line]
    extent: tuple[float, float]
    rows: list[list[str]] = field(default_factory=list)
    loose: list[Line] = field(default_factory=list)
    legend: list[Line] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """All lines it is made of."""
        return [*self.caption, *self.loose, *self.legend]


def is_table_caption(text: str) -> bool:
    """Return whether a line opens the caption of a table."""
    return TABLE_CAPTION.match(text) is not None or _BARE_CAPTION.match(text) is not None


def find_tables(page: Page, columns: Sequence[Column], join: Callable[[Sequence[str]], str]) -> list[FoundTable]:
    """Return the tables of a page that have a caption above them.

    Args:
        columns: of the page, made of its lines.
        join: makes running text of the lines of a cell.
    """
    places = {id(line): (column.left, column.right) for column in columns for line in column.lines}
    captions = [line for line in page.lines if is_table_caption(line.text) and _opens(line, page)]
    found: list[FoundTable] = []
    for caption in captions:
        floor = max((other.base for other in captions if other.base < caption.base - 1), default=-1.0)
        regions = _regions(page, caption, places[id(caption)])
        candidates = [_read(page, caption, region, floor, join) for region in regions]
        tables = [table for table in candidates if table is not None]
        if len(tables) > 1 and _goes_on_beside(tables[0], page):
            tables = tables[1:]
        best = next((table for table in tables if table.rows), next(iter(tables), None))
        if best is not None:
            found.append(best)
    return found


def _opens(line: Line, page: Page) -> bool:
    """Whether no line goes on right above, so that "Table 1." is not the middle of a sentence."""
    above = [
        other
        for other in page.lines
        if 0 < other.base - line.base < 1.5 * line.size and other.x0 < line.x1 and other.x1 > line.x0
    ]
    return all(other.text.endswith((".", ":", "!", "?")) or abs(other.size - line.size) > 0.4 for other in above)


def _goes_on_beside(table: FoundTable, page: Page) -> bool:
    """Whether cells stand beside a table of one column, so that it is half of a wider one."""
    own = {id(line) for line in table.lines}
    low, high = min(line.base for line in table.loose), max(line.base for line in table.loose)
    beside = [line for line in page.lines if id(line) not in own and low - 1 < line.base < high + 1]
    widths = [part.x1 - part.x0 for line in beside for part in line.split(GUTTER)]
    half = (max(line.x1 for line in page.lines) - min(line.x0 for line in page.lines)) / 2
    return bool(widths) and statistics.median(widths) < half / 2


def _regions(page: Page, caption: Line, column: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the ranges of x where the table can stand, likeliest first: its rules', its column, all."""
    left, right = min(line.x0 for line in page.lines), max(line.x1 for line in page.lines)
    rules = [rule for rule in page.rules if 0 < caption.base - rule[0] < 8 * caption.size and rule[2] > caption.x0]
    of_rules = [(rules[0][1], rules[0][2])] if rules else []
    return list(dict.fromkeys([*of_rules, column, (left, right)]))


def _read(
    page: Page, caption: Line, region: tuple[float, float], floor: float, join: Callable[[Sequence[str]], str]
) -> FoundTable | None:
    left, right = region[0] - _MARGIN, region[1] + _MARGIN
    rules = [y for y, x0, x1 in page.rules if floor < y < caption.base and x0 < region[0] + 9 and x1 > region[1] - 9]
    below = [line for line in page.lines if floor < line.base < caption.base and line.x1 > left and line.x0 < right]
    below = [line for line in below if line is not caption]
    table = FoundTable([caption], region)
    body: list[list[Line]] = []  # rows of fragments of lines
    last = caption
    for row in _rows(below):
        text = " ".join(line.text for line in row)
        fragments = [part for line in row for part in line.split(GUTTER)]
        gap = (last.base - row[0].base) / row[0].size
        inside = row[0].x0 >= left and row[-1].x1 <= right
        crosses_rule = any(row[0].base < y < last.base for y in rules)
        if table.legend:
            if not inside or gap > _MAX_LINE_GAP or crosses_rule or abs(row[0].size - last.size) > 0.4:
                break
            table.legend.extend(row)
        elif body and LEGEND.match(text):
            table.legend.extend(row)
        elif (
            not body
            and len(fragments) == 1
            and gap < _MAX_LINE_GAP
            and not crosses_rule
            and inside
            and len(table.caption) < _MAX_CAPTION_LINES
        ):
            table.caption.extend(row)
        elif not inside or gap > _MAX_ROW_GAP or _is_past(fragments, body, rules, region):
            break
        else:
            body.append(fragments)
            table.loose.extend(row)
        last = row[-1]
    if sum(len(fragments) > 1 for fragments in body) < 2:
        return None
    table.rows = _cells(body, rules, join)
    return table


def _is_past(fragments: list[Line], body: list[list[Line]], rules: list[float], region: tuple[float, float]) -> bool:
    """Whether a row is no longer of the table: below its last rule, of another size, or running text."""
    first = fragments[0]
    if body and abs(first.size - body[0][0].size) > 0.15 * first.size:
        return True
    if len(rules) > 1:
        return bool(body) and first.base < rules[-1]
    is_wide = first.x1 - first.x0 > 0.55 * (region[1] - region[0])
    return len(fragments) == 1 and is_wide and first.x0 < region[0] + 3 * first.size


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Return lines on one base line together, from top to bottom, each row from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.base):
        if rows and abs(rows[-1][0].base - line.base) < 0.4 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.x0) for row in rows]


def _cells(body: list[list[Line]], rules: list[float], join: Callable[[Sequence[str]], str]) -> list[list[str]]:
    """Return the texts of the cells, or nothing when fragments cannot be told apart into columns."""
    columns = _columns(body)
    if len(columns) < 2:
        return []
    grouped: list[list[list[str]]] = []
    header_rule = rules[1] if len(rules) > 2 else None
    inner = rules[1:-1] if len(rules) > 3 else []
    leading = statistics.median([a[0].base - b[0].base for a, b in pairwise(body)] or [0.0])
    previous: list[Line] | None = None
    for fragments in body:
        places = [_column(fragment, columns) for fragment in fragments]
        if None in places or len(set(places)) < len(places):
            return []
        continues = False
        if previous is not None:
            between = [y for y in rules if fragments[0].base < y < previous[0].base]
            gap = previous[0].base - fragments[0].base
            in_head = header_rule is not None and fragments[0].base > header_rule
            continues = not between and (
                in_head
                or bool(inner and len(inner) + 2 >= len(body) / 2)
                or 0 not in places
                or (len(fragments) == 1 and gap < 0.95 * leading)
            )
        if not continues:
            grouped.append([[] for _ in columns])
        for place, fragment in zip(places, fragments, strict=True):
            grouped[-1][place or 0].append(fragment.text)
        previous = fragments
    return [[join(cell) for cell in row] for row in grouped] if len(grouped) > 1 else []


def _columns(body: list[list[Line]]) -> list[tuple[float, float]]:
    """Return the ranges of x of the columns: what fragments that overlap cover together.

    Only the fullest rows tell; titles over several columns and wrapped lines do not.
    """
    most = max(len(fragments) for fragments in body)
    ranges: list[tuple[float, float]] = []
    for fragment in sorted((f for row in body if len(row) == most for f in row), key=lambda f: f.x0):
        if ranges and fragment.x0 < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], fragment.x1))
        else:
            ranges.append((fragment.x0, fragment.x1))
    return ranges if len(ranges) == most else []


def _column(fragment: Line, columns: list[tuple[float, float]]) -> int | None:
    """Return the column a fragment stands in; None when it reaches into a second one or stands in none."""
    overlaps = [min(fragment.x1, x1) - max(fragment.x0, x0) for x0, x1 in columns]
    reached = [place for place, overlap in enumerate(overlaps) if overlap > 1]
    if len(reached) > 1:
        return None
    if reached:
        return reached[0]
    # A short cell beside the others of its column ("5" under a centred head).
    nearest = max(range(len(columns)), key=lambda place: overlaps[place])
    return nearest if overlaps[nearest] > -2 * fragment.size else None
