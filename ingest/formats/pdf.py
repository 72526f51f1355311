"""PDF, written out as our canonical Markdown as far as its layout tells what is what.

Paragraphs are put together over columns and pages; headings show by number, name or type;
captions, tables and footnotes come after the paragraph they interrupt. Where the layout does not
tell, the text stays as it stands and the reader is told.
"""

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from ingest.blocks import ARTICLE_TYPES, KNOWN_HEADINGS, entry_starts, heading_names_references, is_finished
from ingest.citations import cited_numbers
from ingest.formats.pdf_columns import columns
from ingest.formats.pdf_layout import UNREADABLE, Line, Page, read_layout
from ingest.formats.pdf_tables import FoundTable, find_tables, is_table_caption
from ingest.formats.pdf_words import Joiner
from ingest.formats.scripts import place_citation

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?P<title>[^\W\d_].*)")
_FIGURE = re.compile(r"(?:Slika|Figure|Fig\.)\s+(?:S?\d+[a-z]?)\s*[:.|–—]", re.I)
_ITEM = re.compile(r"(?:(?P<number>\d{1,2})[.)]|[-–•▪◦*])\s+\S")
_BULLET = re.compile(r"[–•▪◦*]\s+")
_ENTRY_WITHOUT_STOP = re.compile(r"(\d{1,3})\s+(?=[^\W\d_])")
_NUMBERED_ENTRY = re.compile(r"\[?(?P<number>\d{1,3})(?:\]|[.)]\s)")
_RAISED_GROUP = re.compile(
    r"(?<=[^\W\d_⁰¹²³⁴-⁹]|[.,;:)\]”\"])(?P<numbers>[⁰¹²³⁴-⁹]{1,3}(?:(?:[,⁻]\s?|\s)[⁰¹²³⁴-⁹]{1,3})*)(?![⁰¹²³⁴-⁹⁺⁻])"
)
_UNIT_BEFORE = re.compile(r"(?:^|[\s\d(/·×])(?:[mcdkµμn]?m|k?g|[mcdµμ]?[lL]|mol|s|min|h|M|x)\Z")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_ROUND_OR_SQUARE = re.compile(r"[(\[]\d[\d\s,–-]*[)\]]")
_MAX_HEADING = 150
_MIN_RAISED = 4
_MAX_KEPT_HYPHENS = 20


def extract(path: Path, raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the article as Markdown, and what could not be read soundly.

    Args:
        path: for messages only.

    Raises:
        CorpusError: the file is damaged, encrypted, or has no text layer.
        MissingExtraError: pdfminer.six is not installed.
    """
    layout = read_layout(path, raw)
    writer = _Writer(layout.pages)
    text = writer.markdown()
    return unicodedata.normalize("NFC", text), (*layout.problems, *writer.problems)


@dataclass(frozen=True, slots=True)
class _Measures:
    """Left and right edge of a column's text."""

    left: float
    right: float


@dataclass(slots=True)
class _Run:
    """Lines that belong together within one column."""

    lines: list[Line]
    measures: _Measures
    text: str = ""
    is_first: bool = False  # of its column
    gap: float = 0.0  # above it, in em
    level: int = 0  # of a heading

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def is_bold(self) -> bool:
        return all(line.is_bold for line in self.lines)


class _Writer:
    def __init__(self, pages: list[Page]) -> None:
        self.pages = pages
        self.problems: list[str] = []
        self.joiner = Joiner(line.text for page in pages for line in page.lines)
        sizes: Counter[float] = Counter()
        bold = 0
        for page in pages:
            for line in page.lines:
                sizes[line.size] += len(line.text)
                bold += len(line.text) if line.is_bold else 0
        self.size = sizes.most_common(1)[0][0]
        self.is_bold = 2 * bold > sizes.total()
        self.out: list[str] = []
        self.open: _Run | None = None  # the last paragraph, while it may go on
        self.floats: list[str] = []
        self.entries: list[_Run] = []  # of the bibliography
        self.bibliography = 0  # where in `out` they belong
        self.n_references = 0
        self.numbers: list[str] = []
        self.in_front = True
        self.in_references = False
        self.styles: dict[tuple[float, bool], int] = {}
        self.indents = False

    def markdown(self) -> str:
        runs: list[_Run | FoundTable] = [run for page in self.pages for run in self._runs(page)]
        text_runs = [run for run in runs if isinstance(run, _Run)]
        title = self._title(text_runs)
        self._find_headings([run for run in text_runs if run is not title])
        self.indents = self._indents_paragraphs(text_runs)
        for run in runs:
            if isinstance(run, FoundTable):
                self._table(run)
            elif run is title:
                self.out.append(f"# {run.text}")
            else:
                self._run(run)
        self._close()
        self._bibliography()
        self._raised_citations()
        if self.joiner.kept:
            words = list(self.joiner.kept)
            more = f" and {len(words) - _MAX_KEPT_HYPHENS} more" if len(words) > _MAX_KEPT_HYPHENS else ""
            self.problems.append(
                "hyphens at line ends kept, because nothing tells whether they belong to the word: "
                f"{', '.join(words[:_MAX_KEPT_HYPHENS])}{more}"
            )
        return "\n\n".join(self.out) + "\n"

    def _join(self, lines: Sequence[Line]) -> str:
        return self._join_texts([line.text for line in lines])

    def _join_texts(self, texts: Sequence[str]) -> str:
        return self.joiner.join(texts).replace("*", "∗")  # asterisks mark significance, not emphasis

    # Runs of lines

    def _runs(self, page: Page) -> list[_Run | FoundTable]:
        first = columns(page.lines)
        lines = [line for column in first for line in column.lines]
        page = replace(page, lines=tuple(sorted(lines, key=lambda line: (-round(line.base), line.x0))))
        tables = {id(table.caption[0]): table for table in find_tables(page, first, self._join_texts)}
        for table in tables.values():
            if not table.rows:
                label = table.caption[0].text[:40]
                self.problems.append(
                    f"page {page.number}: the cells of '{label}' cannot be told apart; its lines stand as text"
                )
        used = {id(line) for table in tables.values() for line in table.lines} - set(tables)
        runs: list[_Run | FoundTable] = []
        for column in columns(
            [line for line in page.lines if id(line) not in used],
            blocks={key: table.extent for key, table in tables.items()},
        ):
            measures = _measures([line for line in column.lines if id(line) not in tables])
            last: Line | None = None
            for line in column.lines:
                if id(line) in tables:
                    runs.append(tables[id(line)])
                    last = None
                    continue
                run = runs[-1] if runs else None
                if last is None or not isinstance(run, _Run) or self._breaks(run, last, line):
                    gap = (last.base - line.base) / line.size if last else 9.0
                    runs.append(_Run([line], measures, is_first=last is None, gap=gap))
                else:
                    run.lines.append(line)
                last = line
        for run in runs:
            if isinstance(run, _Run):
                run.text = self._join(run.lines)
        return runs

    def _breaks(self, run: _Run, last: Line, line: Line) -> bool:
        """Whether a new paragraph begins with `line`."""
        em = line.size
        gap = (last.base - line.base) / em
        if gap > 1.75 or gap < 0 or abs(last.size - em) > 0.08 * em or last.is_bold != line.is_bold:
            return True
        if _FIGURE.match(line.text) and is_finished(last.text):
            return True
        if _is_known_heading(last.text) or (_is_known_heading(line.text) and is_finished(last.text)):
            return True
        in_item = _ITEM.match(run.lines[0].text) is not None
        item = _ITEM.match(line.text)
        if item and (in_item or is_finished(last.text)) and not _is_sentence_number(item, run):
            return True
        left, right = run.measures.left, run.measures.right
        if in_item:
            return line.x0 < run.lines[0].x0 + 0.3 * em and line.x0 < last.x0 - 0.5 * em
        if abs(em - self.size) > 0.1 * self.size:  # titles, captions and notes are centred, ragged, anything
            return False
        is_indented = line.x0 > left + 0.6 * em and line.x0 > last.x0 + 0.6 * em
        # A line stops early only where a paragraph ends: the next word would still have had room.
        room = right - last.x1 - 0.3 * em
        is_short = room > max(line.first_word_width, 0.05 * (right - left)) and is_finished(last.text)
        return is_indented or is_short

    # Headings

    def _title(self, runs: list[_Run]) -> _Run | None:
        """Return the largest type of the first page, when it is larger than the text."""
        first = [run for run in runs if run.lines[0].page == 1]
        first = list(takewhile(lambda run: not _is_known_heading(run.text), first))
        first = [run for run in first if len(run.text) > 10 and run.text.casefold() not in ARTICLE_TYPES]
        largest = max(first, key=lambda run: run.size, default=None)
        return largest if largest is not None and largest.size > 1.12 * self.size else None

    def _find_headings(self, runs: list[_Run]) -> None:
        """Give headings their levels: by number, by name, and others by the type they are set in."""
        sure: list[_Run] = []
        numbers: list[str] = []
        in_references = False
        for run in runs:
            name = run.text.strip(" :.").casefold()
            numbered = _NUMBERED.fullmatch(run.text)
            if numbered:
                name = numbered["title"].strip(" :.").casefold()
            if not self._can_head(run):
                continue
            known = name in KNOWN_HEADINGS
            if (
                numbered
                and not in_references
                and (self._stands_out(run) or known or (_continues(numbers, numbered["number"]) and _is_apart(run)))
            ):
                run.level = numbered["number"].count(".") + 2
                numbers.append(numbered["number"])
            elif known and (not numbered or (in_references and self._stands_out(run))):
                run.level = 2
            if run.level:
                in_references = heading_names_references(run.text)
                sure.append(run)
        for run in sure:
            self.styles.setdefault((run.size, run.is_bold), run.level)
        first = runs.index(sure[0]) if sure else 0
        others = [run for run in runs[first:] if not run.level and self._stands_out(run) and self._can_head(run)]
        sizes = sorted({run.size for run in others}, reverse=True)
        for run in others:
            run.level = self.styles.get((run.size, run.is_bold), 3 if sure else sizes.index(run.size) + 2)

    def _can_head(self, run: _Run) -> bool:
        text = run.text
        return (
            len(text) <= _MAX_HEADING
            and len(run.lines) <= 3
            and not text.endswith((".", ";", ",", "-"))
            and sum(char.isalpha() for char in UNREADABLE.sub("", text)) > 2
            and (run.gap > 1.3 or _is_known_heading(text))
            and not _FIGURE.match(text)
            and not is_table_caption(text)
        )

    def _stands_out(self, run: _Run) -> bool:
        return run.size > 1.08 * self.size or (run.is_bold and not self.is_bold and run.size > 0.92 * self.size)

    # Writing

    def _run(self, run: _Run) -> None:
        if run.level:
            self._close()
            self._bibliography()
            self.in_front = False
            self.in_references = heading_names_references(run.text)
            self.out.append(f"{'#' * min(run.level, 6)} {run.text}")
            self.bibliography = len(self.out)
        elif self.in_references and (not self.entries or abs(run.size - self.entries[0].size) < 0.08 * run.size):
            self._close()
            self.entries.append(run)
        elif self.in_front:
            self.out.append(_escaped(run.text))
        elif _FIGURE.match(run.text) or run.size < 0.92 * self.size:
            self._float(_escaped(run.text))
        elif self.open is not None and self._goes_on(run):
            self.open = _Run([*self.open.lines, *run.lines], run.measures)
            self.open.text = self._join(self.open.lines)
        else:
            self._close()
            self.open = run

    def _goes_on(self, run: _Run) -> bool:
        """Whether the open paragraph goes on in a run after a column, page, caption or footnote."""
        assert self.open is not None
        last = self.open.lines[-1]
        if not (run.is_first or self.floats) or _ITEM.match(run.text):
            return False
        if run.text[0].islower():
            return True
        if self.indents:
            return not self._is_indented(run)
        return not is_finished(last.text) and last.x1 > self.open.measures.right - 2 * last.size

    def _is_indented(self, run: _Run) -> bool:
        return run.lines[0].x0 > run.measures.left + 0.6 * run.size

    def _indents_paragraphs(self, runs: list[_Run]) -> bool:
        """Whether paragraphs begin indented, so that one that does not goes on from the column before."""
        inner = [
            run
            for run in runs
            if not (run.is_first or run.level or _ITEM.match(run.text)) and abs(run.size - self.size) < 0.1 * self.size
        ]
        return len(inner) > 2 and sum(self._is_indented(run) for run in inner) > 0.6 * len(inner)

    def _close(self) -> None:
        if self.open is not None:
            text = _escaped(
                _BULLET.sub("- ", self.open.text, count=1) if _BULLET.match(self.open.text) else self.open.text
            )
            if _ITEM.match(text) and self.out and _ITEM.match(self.out[-1].rsplit("\n", 1)[-1]):
                self.out[-1] += f"\n{text}"
            else:
                self.out.append(text)
            self.open = None
        self.out.extend(self.floats)
        self.floats.clear()

    def _float(self, *blocks: str) -> None:
        """Keep what may interrupt a paragraph until that ends; without one, write it."""
        (self.out if self.open is None else self.floats).extend(blocks)

    def _table(self, table: FoundTable) -> None:
        caption = self._join(table.caption)
        bare = re.match(r"(\w+\s+\d+)\s+(?=\S)", caption)
        blocks = [f"{bare.group(1)}: {caption[bare.end() :]}" if bare else caption]
        if table.rows:
            width = len(table.rows[0])
            rows = [table.rows[0], ["---"] * width, *table.rows[1:]]
            blocks.append("\n".join(f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |" for row in rows))
        else:
            blocks.extend(_escaped(line.text) for line in table.loose)
        if table.legend:
            blocks.append(self._join(table.legend))
        self._float(*blocks)

    # Bibliography

    def _bibliography(self) -> None:
        """Write the entries gathered since the heading of the bibliography, one on a line."""
        if not self.entries:
            return
        texts = [line.text for run in self.entries for line in run.lines]
        texts = _with_stops(texts)
        # With a hanging indent, what stands further in is no number of an entry.
        inside = [line.x0 > run.measures.left + 0.5 * line.size for run in self.entries for line in run.lines]
        is_hanging = len(texts) / 5 < sum(inside) < len(texts)
        shown = [f"x{text}" if is_hanging and further else text for text, further in zip(texts, inside, strict=True)]
        starts = entry_starts([(text, False) for text in shown])
        last_start = max((place for place, start in enumerate(starts) if start), default=-1)
        entries: list[list[str]] = []
        after: list[list[str]] = []  # what stands apart below the last entry is none
        place = 0
        for run in self.entries:
            if place > last_start >= 0 and (after or run.gap > 1.75):
                after.append([])
            for _ in run.lines:
                if after:
                    after[-1].append(texts[place])
                elif starts[place] or not entries:
                    entries.append([texts[place]])
                else:
                    entries[-1].append(texts[place])
                place += 1
        self.n_references = max(self.n_references, sum(starts))
        written = ["\n".join(self._join_texts(entry) for entry in entries)]
        written += [_escaped(self._join_texts(text)) for text in after]
        self.out[self.bibliography : self.bibliography] = written
        self.entries = []

    # Citations set as superscripts

    def _raised_citations(self) -> None:
        """Write superscript numbers as "(1)" when nothing else cites and they fit the bibliography."""
        n_references = self.n_references
        body = [
            place
            for place, block in enumerate(self.out)
            if not block.startswith("#") and not (place and heading_names_references(self.out[place - 1].lstrip("# ")))
        ]
        bracketed = {
            number
            for place in body
            for group in _ROUND_OR_SQUARE.findall(self.out[place])
            for number in cited_numbers(group, n_references)
        }
        groups = [group for place in body for group in self._raised_groups(self.out[place], n_references)]
        raised = {number for group in groups for number in cited_numbers(f"({_lowered(group)})", n_references)}
        if 2 * len(raised) <= n_references or len(raised) <= 2 * len(bracketed) or len(groups) < _MIN_RAISED:
            return
        for place in body:
            self.out[place] = self._with_brackets(self.out[place], n_references)
        self.problems.append(f"{len(groups)} superscript numbers are read as citations and stand in brackets")

    def _raised_groups(self, text: str, n_references: int) -> list[re.Match[str]]:
        return [
            match
            for match in _RAISED_GROUP.finditer(text)
            if cited_numbers(f"({_lowered(match)})", n_references) and not _UNIT_BEFORE.search(text[: match.start()])
        ]

    def _with_brackets(self, text: str, n_references: int) -> str:
        for match in reversed(self._raised_groups(text, n_references)):
            before, after = text[: match.start()], text[match.end() :]
            text = "".join(place_citation(before, f"({_lowered(match)})", after, attached=True))
        return text


def _with_stops(texts: list[str]) -> list[str]:
    """Put a full stop after bare numbers that count the entries up ("1 Novak A"), where they do."""
    result: list[str] = []
    expected: int | None = None
    n_bare = 0
    for text in texts:
        bare = _ENTRY_WITHOUT_STOP.match(text)
        stopped = _NUMBERED_ENTRY.match(text)
        number = int(bare.group(1)) if bare else int(stopped["number"]) if stopped else None
        if number is not None and number == (expected or 1):
            expected = number + 1
            if bare:
                n_bare += 1
                text = f"{bare.group(1)}. {text[bare.end() :]}"
        result.append(text)
    return result if n_bare > 2 else texts


def _is_known_heading(text: str) -> bool:
    numbered = _NUMBERED.fullmatch(text)
    return (numbered["title"] if numbered else text).strip(" :.").casefold() in KNOWN_HEADINGS


def _is_apart(run: _Run) -> bool:
    """Whether a numbered line in the type of the text can be a heading: short, capitalised, with room above."""
    title = run.text.lstrip("0123456789. ")
    return len(run.lines) == 1 and len(title) <= 80 and title[:1].isupper() and run.gap > 1.6


def _lowered(match: re.Match[str]) -> str:
    return re.sub(r",?\s+", ",", match["numbers"].translate(_LOWERED))


def _measures(lines: Sequence[Line]) -> _Measures:
    """Return where most lines start, and how far the longest ones reach."""
    if not lines:
        return _Measures(0.0, 0.0)
    starts = Counter(round(line.x0) for line in lines)
    left = max(starts, key=lambda x: (starts[x], -x))
    right = statistics.quantiles([line.x1 for line in lines], n=10)[-1] if len(lines) > 1 else lines[0].x1
    return _Measures(left, right)


def _continues(numbers: list[str], number: str) -> bool:
    """Whether `number` is the next in the numbering of sections."""
    if not numbers:
        return number == "1"
    last = numbers[-1].split(".")
    following = {".".join([*last, "1"])}
    for depth in range(1, len(last) + 1):
        following.add(".".join([*last[: depth - 1], str(int(last[depth - 1]) + 1)]))
    return number in following


def _is_sentence_number(item: re.Match[str], run: _Run) -> bool:
    """Whether "12." that opens a line only goes on a sentence ("18.\\n12. 2024")."""
    if item["number"] is None:
        return False
    first = _ITEM.match(run.lines[0].text)
    last = int(first["number"]) if first and first["number"] else 0
    return int(item["number"]) not in (1, last + 1)


def _escaped(text: str) -> str:
    """Return a paragraph that does not pass for a heading or table."""
    return f"\\{text}" if text.startswith(("#", "|")) else text
