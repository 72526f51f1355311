"""Make karstin.pdf from karstin.nxml: a journal page in two columns, with all that makes PDFs hard.

Run it by hand when the article changes: python tests/data/make_pdf.py. It needs fpdf2 and the
DejaVu Serif fonts (their licence permits embedding).
"""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))
from ingest.formats import read_source  # noqa: E402

FONTS = Path("/usr/share/fonts/truetype/dejavu")
PAGE = (420, 560)
LEFT, TOP, BOTTOM, WIDTH, GUTTER = 36.0, 50.0, 510.0, 348.0, 20.0
COLUMN = (WIDTH - GUTTER) / 2
HEAD = "Novak AM, Žagar Č. Karstin in chronic wounds"
FIRST_PAGE = 17
# Hyphenated although it occurs once: a reader of the PDF cannot know whether the hyphen is its own.
ONCE = "indirectly"


class Maker:
    def __init__(self, blocks: list[str]) -> None:
        self.blocks = blocks
        self.pdf = FPDF(unit="pt", format=PAGE)
        self.pdf.set_creation_date(datetime(2025, 4, 28, tzinfo=UTC))
        self.pdf.set_auto_page_break(False)
        self.pdf.add_font("serif", "", FONTS / "DejaVuSerifCondensed.ttf")
        self.pdf.add_font("serif", "B", FONTS / "DejaVuSerifCondensed-Bold.ttf")
        self.words = Counter(word.strip(".,;:()").casefold() for block in blocks for word in block.split())
        self.column = 0
        self.floats = {key: self._take(key) for key in ("Figure 1", "Table 1")}

    def _take(self, label: str) -> list[str]:
        """Take a figure or table out of the text: it moves to the head of a column or page."""
        start = next(n for n, block in enumerate(self.blocks) if block.startswith(label))
        taken = self.blocks[start : start + (1 if label.startswith("Figure") else 3)]
        del self.blocks[start : start + len(taken)]
        return taken

    def make(self) -> bytes:
        self._page()
        body = next(n for n, block in enumerate(self.blocks) if block.startswith("## 1 "))
        for number, block in enumerate(self.blocks[:body]):
            if block.startswith("# "):
                self._full(block[2:], 14, bold=True, after=6)
            elif block.startswith("## "):
                self._full(block[3:], 10.5, bold=True, after=3)
            else:
                is_abstract = number > self.blocks.index("## Abstract")
                self._full(block, 11 if number == 1 else 9 if is_abstract or number == 2 else 7.5, after=5)
        self.top = self.y = self.y + 10
        references = False
        for block in self.blocks[body:]:
            if block.startswith("#"):
                level, title = block.split(" ", 1)
                references = title == "References"
                self._heading(title, 11 if level == "##" else 9.5)
            elif references:
                for entry in block.replace("*", "").split("\n"):
                    self._text(entry, 7.5, hanging=12)
            else:
                for paragraph in block.split("\n"):
                    is_item = paragraph[0].isdigit()
                    self._text(paragraph, 9, indent=0 if is_item else 9, hanging=12 if is_item else 0)
        return bytes(self.pdf.output())

    def _page(self) -> None:
        self.pdf.add_page()
        self.y = self.top = TOP
        self._line(HEAD if self.pdf.page_no() % 2 else "J Invent Med 2025;4(2)", LEFT, 32, 7)
        self._line(str(FIRST_PAGE + self.pdf.page_no() - 1), LEFT + WIDTH / 2, 535, 8)

    def _line(self, text: str, x: float, y: float, size: float, *, bold: bool = False) -> None:
        self.pdf.set_font("serif", "B" if bold else "", size)
        self.pdf.text(x, y, text)

    def _full(self, text: str, size: float, *, bold: bool = False, after: float = 0.0) -> None:
        for line in self._broken(text, size, WIDTH, bold=bold):
            self.y += size * 1.25
            self._line(line, LEFT, self.y, size, bold=bold)
        self.y += after

    def _broken(
        self, text: str, size: float, width: float, *, bold: bool = False, indent: float = 0.0, hanging: float = 0.0
    ) -> list[str]:
        """Break a text into lines, words at hyphens and, where they occur again, in their middle."""
        self.pdf.set_font("serif", "B" if bold else "", size)
        lines: list[str] = []
        current = ""
        words = text.split()
        while words:
            word = words.pop(0)
            room = width - (hanging if lines else indent)
            longer = f"{current} {word}".strip()
            if self.pdf.get_string_width(longer) <= room:
                current = longer
                continue
            head = self._head(word, lambda part, c=current, r=room: self.pdf.get_string_width(f"{c} {part}") <= r)
            if head:
                current = f"{current} {head}".strip()
                words.insert(0, word[len(head.rstrip("-")) + (word[len(head) - 1 : len(head)] == "-") :])
            else:
                words.insert(0, word)
            lines.append(current)
            current = ""
        return [*lines, current]

    def _head(self, word: str, fits: object) -> str:
        core = word.strip(".,;:()").casefold()
        cuts = [n for n in range(3, len(word) - 2) if word[n - 1] == "-"]
        if word.isascii() and core.isalpha() and len(core) > 7 and (self.words[core] > 1 or core == ONCE):
            cuts = list(range(4, len(core) - 3))
        for cut in reversed(cuts):
            head = word[:cut] if word[cut - 1] == "-" else f"{word[:cut]}-"
            if fits(head):
                return head
        return ""

    def _room(self, height: float) -> None:
        """Go on in the next column or page when `height` does not fit."""
        if self.y + height <= BOTTOM:
            return
        if self.column == 0:
            self.column, self.y = 1, self.top
            if self.pdf.page_no() == 1:
                self._figure()
            return
        self.column = 0
        self._page()
        if self.pdf.page_no() == 2:
            self._table()

    @property
    def x(self) -> float:
        return LEFT + self.column * (COLUMN + GUTTER)

    def _heading(self, title: str, size: float) -> None:
        self._room(size * 4)
        self.y += size * 1.8
        self._line(title, self.x, self.y, size, bold=True)
        self.y += size * 0.6

    def _text(self, text: str, size: float, *, indent: float = 0.0, hanging: float = 0.0) -> None:
        for number, line in enumerate(self._broken(text, size, COLUMN, indent=indent, hanging=hanging)):
            self._room(size * 1.25)
            self.y += size * 1.25
            self._line(line, self.x + (hanging if number else indent), self.y, size)

    def _figure(self) -> None:
        self.pdf.rect(self.x, self.y + 4, COLUMN, 60)
        self.y += 68
        for line in self._broken(self.floats["Figure 1"][0], 8, COLUMN):
            self.y += 10
            self._line(line, self.x, self.y, 8)
        self.y += 8

    def _table(self) -> None:
        caption, table, legend = self.floats["Table 1"]
        self.y += 12
        self._line(caption, LEFT, self.y, 8, bold=True)
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.split("\n")]
        places = [LEFT + part * WIDTH for part in (0.01, 0.2, 0.4, 0.5, 0.65, 0.82)]
        self.y += 4
        for number, row in enumerate(rows):
            if number in (0, 1):
                self.pdf.line(LEFT, self.y + 2, LEFT + WIDTH, self.y + 2)
            if number == 1:
                continue
            # The last cell is narrow, so its text goes over two lines.
            lines = [[*row[:-1], row[-1][:7]], [""] * 5 + [row[-1][8:]]] if len(row[-1]) > 8 else [row]
            for cells in lines:
                self.y += 12
                for place, cell in zip(places, cells, strict=True):
                    if cell:
                        self._line(cell, place, self.y, 8, bold=number == 0)
            self.y += 2
        self.pdf.line(LEFT, self.y + 2, LEFT + WIDTH, self.y + 2)
        self.y += 14
        self._line(legend, LEFT, self.y, 8)
        self.y += 14
        self.top = self.y


if __name__ == "__main__":
    source = read_source(HERE / "karstin.nxml")
    made = Maker(source.text.strip().split("\n\n")).make()
    (HERE / "karstin.pdf").write_bytes(made)
