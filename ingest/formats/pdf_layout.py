"""The lines of a PDF, without running heads.

The only home of pdfminer.six, which gives characters with their places; what makes a line and
a running head is decided here.
"""

import io
import logging
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError, MissingExtraError
from ingest.formats.scripts import superscript

# In parts of the font size (em):
_SPACE = 0.17  # a gap that is a blank although no blank is printed
_WORD_GAP = 2.0  # a wider gap in a line parts it in two
GUTTER = 0.6  # the narrowest gap between columns of text or of a table
_SAME_LINE = 0.45  # difference of base lines within one line
_RAISED_BY = 0.8  # the same, to smaller type: superscripts
_MARK_GAP = 4.0  # between the number of an entry or item and its text
_MIN_COUNTING = 3
_EDGE = 0.13  # running heads stand within this part of the page from its edges
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# TeX's old fonts set the caron as a character of its own before the letter.
_SPACING_CARON = re.compile(r"ˇ\s?([cszCSZ])")
_CARONS = dict(zip("cszCSZ", "čšžČŠŽ", strict=True))
UNREADABLE = re.compile(r"\(cid:\d+\)|\ufffd")
_MARK = re.compile(r"\[\d{1,3}\]|\(?\d{1,3}[.)]|[•▪◦–]")
_BARE_MARK = re.compile(r"\d{1,3}")
_BOLD = re.compile(r"bold|black|heavy|semib|demi", re.I)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as printed: its place in points from the lower left corner of the page."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool


@dataclass(frozen=True)
class Line:
    """Characters on one base line, as far as no wide gap parts them."""

    page: int
    glyphs: tuple[Glyph, ...]

    @cached_property
    def size(self) -> float:
        """The font size of most of the line."""
        sizes = Counter(round(glyph.size, 1) for glyph in self.glyphs if glyph.text.strip())
        return max(sizes, key=lambda size: (sizes[size], size)) if sizes else self.glyphs[0].size

    @cached_property
    def base(self) -> float:
        """The base line, that of most characters of the main size."""
        return statistics.median(glyph.base for glyph in self.glyphs if abs(glyph.size - self.size) < 0.2)

    @property
    def x0(self) -> float:
        """Where it starts."""
        return self.glyphs[0].x0

    @cached_property
    def x1(self) -> float:
        """Where it ends, blanks left out."""
        return max((glyph.x1 for glyph in self.glyphs if glyph.text.strip()), default=self.glyphs[-1].x1)

    @property
    def first_word_width(self) -> float:
        """How wide its first word is."""
        word = self.split(_SPACE)[0]
        return word.x1 - word.x0

    @cached_property
    def is_bold(self) -> bool:
        """Whether all its letters are bold."""
        return all(glyph.bold for glyph in self.glyphs if glyph.text.strip())

    @cached_property
    def text(self) -> str:
        """The text, blanks collapsed, superscripts as such."""
        parts: list[str] = []
        raised: list[str] = []

        def close() -> None:
            parts.append(superscript("".join(raised)))
            raised.clear()

        previous: Glyph | None = None
        for glyph in self.glyphs:
            is_raised = glyph.size < 0.85 * self.size and glyph.base > self.base + 0.15 * self.size
            if raised and not is_raised:
                close()
            if previous is not None and glyph.x0 - previous.x1 > _SPACE * max(glyph.size, previous.size):
                (raised if is_raised and raised else parts).append(" ")
            (raised if is_raised else parts).append(glyph.text)
            previous = glyph
        close()
        text = " ".join("".join(parts).split())
        return _SPACING_CARON.sub(lambda match: _CARONS[match.group(1)], text)

    def split(self, gap: float) -> list["Line"]:
        """Return the line cut where it has gaps of at least `gap` em."""
        places = [
            after for before, after in pairwise(self._printed) if self._gap_between(before, after) >= gap * self.size
        ]
        return self._parts(places)

    def has_gap(self, x: float) -> bool:
        """Whether a gap as wide as one between columns stands at `x`."""
        return self._gap(x) is not None

    def cut(self, x: float) -> list["Line"]:
        """Return the line cut at `x` when a gap as wide as one between columns is there, else whole."""
        place = self._gap(x)
        return [self] if place is None else self._parts([place])

    @cached_property
    def _printed(self) -> list[int]:
        return [place for place, glyph in enumerate(self.glyphs) if glyph.text.strip()]

    def _gap_between(self, before: int, after: int) -> float:
        return self.glyphs[after].x0 - self.glyphs[before].x1

    def _gap(self, x: float) -> int | None:
        """Return the place of the character after a wide gap at `x`, unless only a number comes before it."""
        for before, after in pairwise(self._printed):
            stands_there = self.glyphs[before].x1 <= x + 1 and self.glyphs[after].x0 >= x - 1
            if stands_there and self._gap_between(before, after) >= GUTTER * self.size:
                head = "".join(glyph.text for glyph in self.glyphs[:after]).strip()
                return None if _MARK.fullmatch(head) or _BARE_MARK.fullmatch(head) else after
        return None

    def _parts(self, places: list[int]) -> list["Line"]:
        """Return the line cut before the characters at `places`, without blanks at the ends of its parts."""
        bounds = [0, *places, len(self.glyphs)]
        parts: list[Line] = []
        for start, end in pairwise(bounds):
            printed = [place for place in self._printed if start <= place < end]
            parts.append(replace(self, glyphs=self.glyphs[printed[0] : printed[-1] + 1]))
        return parts


@dataclass(frozen=True)
class Page:
    """A page: its lines from top to bottom, and its horizontal rules as (y, x0, x1)."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    rules: tuple[tuple[float, float, float], ...] = ()


@dataclass(slots=True)
class Layout:
    """What was read from a PDF.

    Attributes:
        problems: what the reader should know: text left out or unreadable.
    """

    pages: list[Page]
    problems: list[str] = field(default_factory=list)


def read_layout(path: Path, raw: bytes) -> Layout:
    """Return the pages of a PDF without running heads, columns found.

    Raises:
        CorpusError: the file is damaged, encrypted, or has no text layer.
        MissingExtraError: pdfminer.six is not installed.
    """
    pages, n_turned = _pages(path, raw)
    problems: list[str] = []
    empty = [page.number for page in pages if not page.lines]
    n_characters = sum(len(line.glyphs) for page in pages for line in page.lines)
    if not n_characters:
        raise CorpusError(
            f"{path} has no text layer: its {len(pages)} page(s) are images, probably a scan.",
            hint="Run text recognition on it first, for example: ocrmypdf -l slv+eng in.pdf out.pdf",
        )
    n_unreadable = sum(len(UNREADABLE.findall(line.text)) for page in pages for line in page.lines)
    if n_unreadable > 0.2 * n_characters:
        raise CorpusError(
            f"{path}: the text layer cannot be read ({n_unreadable} of {n_characters} characters have no meaning).",
            hint="Run text recognition on it, for example: ocrmypdf --force-ocr -l slv+eng in.pdf out.pdf",
        )
    if n_unreadable:
        problems.append(f"{n_unreadable} characters of the PDF have no readable form and stand as (cid:…)")
    if empty:
        problems.append(f"pages without text: {', '.join(str(number) for number in empty)}")
    if n_turned:
        problems.append(f"{n_turned} characters set sideways are left out")
    pages, heads = _without_heads(pages)
    if heads:
        problems.append(f"running heads left out: {'; '.join(repr(head) for head in heads)}")
    return Layout(pages, problems)


# From characters to lines


def _pages(path: Path, raw: bytes) -> tuple[list[Page], int]:
    try:
        from pdfminer.converter import PDFPageAggregator
        from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
        from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
        from pdfminer.pdfpage import PDFPage
        from pdfminer.pdfparser import PDFParser
    except ImportError as error:
        raise MissingExtraError(
            f"Reading {path} needs the package pdfminer.six.", hint="Install it: pip install 'evidenca[pdf]'"
        ) from error
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns about every odd font
    damaged = f"{path} is damaged, or not a PDF at all"
    pages: list[Page] = []
    n_turned = 0
    try:
        document = PDFDocument(PDFParser(io.BytesIO(raw)))
        manager = PDFResourceManager()
        device = PDFPageAggregator(manager, laparams=None)
        interpreter = PDFPageInterpreter(manager, device)
        for number, page in enumerate(PDFPage.create_pages(document), start=1):
            interpreter.process_page(page)
            read, turned = _read_page(number, device.get_result())
            pages.append(read)
            n_turned += turned
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise CorpusError(
            f"{path} is encrypted.", hint="Save a copy without the password, for example: qpdf --decrypt in.pdf out.pdf"
        ) from error
    except Exception as error:  # on damaged files pdfminer fails in every way there is
        raise CorpusError(
            f"{damaged} ({type(error).__name__}: {str(error)[:80] or 'no details'}).", hint="Download it again."
        ) from error
    if not pages:
        raise CorpusError(f"{damaged} (it has no pages).", hint="Download it again.")
    return pages, n_turned


def _read_page(number: int, page: object) -> tuple[Page, int]:
    from pdfminer.layout import LTChar, LTContainer, LTCurve, LTPage

    assert isinstance(page, LTPage)
    glyphs: list[Glyph] = []
    rules: list[tuple[float, float, float]] = []
    n_turned = 0

    def visit(container: "LTContainer[Any]") -> None:
        nonlocal n_turned
        for item in container:
            if isinstance(item, LTChar):
                text = "".join(_LIGATURES.get(char, char) for char in item.get_text())
                if item.upright:
                    # Descenders reach about a fifth of the size below the base line.
                    base = item.y0 + 0.2 * item.size
                    glyphs.append(Glyph(text, item.x0, item.x1, base, item.size, bool(_BOLD.search(item.fontname))))
                elif text.strip():
                    n_turned += 1
            elif isinstance(item, LTContainer):
                visit(item)
            elif isinstance(item, LTCurve) and item.height < 2 and item.width > 20:
                rules.append((item.y0, item.x0, item.x1))

    visit(page)
    lines = _with_marks(sorted(_lines(number, glyphs), key=lambda line: (-round(line.base), line.x0)))
    rules.sort(reverse=True)
    return Page(number, page.width, page.height, tuple(lines), tuple(rules)), n_turned


def _lines(page: int, glyphs: Sequence[Glyph]) -> Iterator[Line]:
    """Yield lines of characters, which come as the PDF draws them: mostly line by line."""
    current: list[Glyph] = []
    main = Glyph("", 0.0, 0.0, 0.0, 0.0, False)  # the last one of the line's own size
    for glyph in glyphs:
        if current:
            last = current[-1]
            size = max(main.size, glyph.size)
            is_script = min(main.size, glyph.size) < 0.85 * size
            is_near = abs(glyph.base - main.base) < (_RAISED_BY if is_script else _SAME_LINE) * size
            if not is_near or not -0.5 * size < glyph.x0 - last.x1 < _WORD_GAP * size:
                yield from _line(page, current)
                current = []
        if not current or glyph.size >= main.size:
            main = glyph
        current.append(glyph)
    yield from _line(page, current)


def _line(page: int, glyphs: list[Glyph]) -> Iterator[Line]:
    printed = [place for place, glyph in enumerate(glyphs) if glyph.text.strip()]
    if printed:
        yield Line(page, tuple(glyphs[printed[0] : printed[-1] + 1]))


def _with_marks(lines: list[Line]) -> list[Line]:
    """Put numbers of entries and items that stand by themselves before what they count."""
    counting = _counting(lines)
    taken: set[int] = set()
    result: list[Line] = []
    for place, line in enumerate(lines):
        if id(line) in taken:
            continue
        if _MARK.fullmatch(line.text) or id(line) in counting:
            for other in lines[max(0, place - 4) : place + 5]:
                is_beside = abs(other.base - line.base) < 0.3 * line.size and abs(other.size - line.size) < 2
                if is_beside and id(other) not in taken and 0 < other.x0 - line.x1 < _MARK_GAP * line.size:
                    taken.add(id(other))
                    result = [kept for kept in result if kept is not other]
                    line = replace(line, glyphs=(*line.glyphs, *other.glyphs))
                    break
        result.append(line)
    return result


def _counting(lines: list[Line]) -> set[int]:
    """Return the ids of bare numbers that count on below one another, as before entries of a bibliography."""
    found: set[int] = set()
    numbers = [line for line in lines if _BARE_MARK.fullmatch(line.text)]
    for edge in ("x0", "x1"):
        chains: dict[int, list[Line]] = {}
        for line in numbers:
            chain = chains.setdefault(round(getattr(line, edge) / 2), [])
            if chain and int(line.text) != int(chain[-1].text) + 1:
                chain.clear()
            chain.append(line)
            if len(chain) >= _MIN_COUNTING:
                found.update(id(member) for member in chain)
    return found


# Running heads


def _without_heads(pages: list[Page]) -> tuple[list[Page], list[str]]:
    """Leave out page numbers, and lines at the edges that most pages repeat, whatever their numbers.

    On journals' pages left and right heads take turns, so half of the pages are enough; a line
    at the very height of a known head is one too. Page numbers count on from page to page: a
    number alone may as well be the cell of a table.
    """
    edges = {page.number: _edge_lines(page) for page in pages}
    texts: Counter[str] = Counter()
    offsets: Counter[int] = Counter()
    for page in pages:
        texts.update({_pattern(line.text) for line in edges[page.number]})
        offsets.update({number - page.number for line in edges[page.number] if (number := _page_number(line.text))})
    needed = max(2, (len(pages) - 1) // 2)
    dropped: dict[int, str] = {}
    heights: set[tuple[int, float]] = set()
    for page in pages:
        for line in edges[page.number]:
            number = _page_number(line.text)
            if number is not None:
                if offsets[number - page.number] >= needed or (len(pages) == 1 and _is_alone(line, page)):
                    dropped[id(line)] = ""
            elif texts[_pattern(line.text)] >= needed:
                dropped[id(line)] = line.text
                heights.add((round(line.base / 2), line.size))
    for page in pages:
        for line in edges[page.number]:
            if id(line) not in dropped and (round(line.base / 2), line.size) in heights:
                dropped[id(line)] = line.text
    kept = [replace(page, lines=tuple(line for line in page.lines if id(line) not in dropped)) for page in pages]
    heads = {_pattern(text): text for text in reversed(dropped.values()) if text}
    return kept, list(heads.values())[::-1]


def _edge_lines(page: Page) -> list[Line]:
    """Return the lines on the two outermost base lines at the top and at the bottom of a page."""
    heights = sorted({round(line.base) for line in page.lines})
    low = {height for height in heights[:2] if height < _EDGE * page.height}
    high = {height for height in heights[-2:] if height > (1 - _EDGE) * page.height}
    return [line for line in page.lines if round(line.base) in low | high]


def _page_number(text: str) -> int | None:
    core = text.strip("-–—| ")
    return int(core) if core.isdecimal() and len(core) < 6 else None


def _is_alone(line: Line, page: Page) -> bool:
    return all(other is line or abs(other.base - line.base) > 2 * line.size for other in page.lines)


def _pattern(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold())
