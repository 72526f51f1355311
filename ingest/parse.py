"""Turn a source file into a Document: sections, sentences, tables, references, with exact spans.

`ingest.blocks` tells what each block is; here blocks become paragraphs (those that a page break,
table, figure or front matter cuts are rejoined), paragraphs become sentences, and sentences learn
what they cite. What cannot be read soundly is listed in `Document.problems`.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TypeVar

from corpus.language import detect_language
from corpus.text import SpannedText, quote, trim
from corpus.types import Document, Kind, Language, Piece, Reference, Section, Sentence, Span, Spans, Table, TableRow
from ingest.bibliography import parse_reference
from ingest.blocks import REFERENCES, Block, BlockKind, is_finished, read_blocks
from ingest.citations import cited_numbers, passage_references, trial_ids
from ingest.sentences import split_sentences
from ingest.tables import parse_table, table_items, typed_trials

_P = TypeVar("_P", bound=Piece)
_LINE_END = re.compile(r"\r\n|\r|\n")
_ROUND_GROUP = re.compile(r"\((?=\d[\d\s,–-]*\))")
_SQUARE_GROUP = re.compile(r"\[\d[\d\s,–-]*\](?!\()")
# Shorter text tells too little about its language.
_MIN_TELLING = 60
_MAX_TELLING = 5000
# A shorter paragraph without a full stop may be whole: a label, an address.
_MIN_CUT = 80


@dataclass(slots=True)
class _Paragraph:
    """A paragraph under construction: its blocks, and for list items where each one starts."""

    id: str
    section: str
    parts: list[list[Span]]  # one entry per list item; running text has a single one
    item_kinds: list[Kind]


@dataclass(slots=True)
class _OpenSection:
    """A section under construction; its language is None until its text has been read."""

    id: str
    number: str | None
    title: str
    language: Language | None
    parent: str | None
    level: int = 0
    spans: list[Span] = field(default_factory=list)
    n_paragraphs: int = 0


@dataclass(frozen=True, slots=True)
class _Single:
    """A piece that is one block: a heading, caption, legend or field of the front matter."""

    id: str
    kind: Kind
    section: str
    span: Span
    language: Language | None


def parse(source: str, *, document_id: str, language: Language | None = None) -> Document:
    """Return the Document in `source`; any text gives one, with its problems listed.

    Args:
        source: the text exactly as received.
        document_id: short name of the article.
        language: of sections whose heading and text do not tell; None: that of most of the text.
    """
    return _Assembler(source, document_id, language).document()


class _Assembler:
    def __init__(self, source: str, document_id: str, language: Language | None) -> None:
        self.source = source
        self.document_id = document_id
        self.given_language = language
        self.line_ends = [match.end() for match in _LINE_END.finditer(source)]
        blocks = read_blocks(source)
        self.blocks = [block for block in blocks if block.kind is not BlockKind.IGNORED]
        self.ignored = [block for block in blocks if block.kind is BlockKind.IGNORED]
        self.sections: dict[str, _OpenSection] = {}
        self.paragraphs: list[_Paragraph] = []
        self.singles: list[_Single] = []
        self.joins: list[Span] = []
        self.problems: list[str] = []
        self.tables: dict[str, list[list[Block]]] = {}
        self.legends: dict[str, str] = {}
        self.captions_below: set[int] = set()  # blocks
        self.n_unnamed_tables = 0
        self.figure: str | None = None
        self.open: _Paragraph | None = None
        self.references: tuple[Reference, ...] = ()
        self.numbers: frozenset[int] = frozenset()
        self.only_square = False

    def document(self) -> Document:
        self._read_references()
        current = self._section("front", None, "", None, None)
        table = ""
        for place, block in enumerate(self.blocks):
            if block.kind is BlockKind.REFERENCE:
                self._section(REFERENCES, None, "", None, None).spans.append(block.span)
            elif block.kind is BlockKind.HEADING:
                current = self._heading(block)
            elif block.kind is BlockKind.FRONT:
                self._front(block)
            elif block.kind is BlockKind.FIGURE_CAPTION:
                self._caption(block, "figure")
            elif block.kind is BlockKind.TABLE_CAPTION:
                if place not in self.captions_below:
                    table = self._caption(block, "table")
            elif block.kind is BlockKind.TABLE:
                table = self._table(place, table)
            elif block.kind is BlockKind.LEGEND and table and self._is_beside_table(place):
                self.sections[table].spans.append(block.span)
                self._single(f"{table}:legend", Kind.LEGEND, table, block.span, None)
                self.legends.setdefault(table, f"{table}:legend")
                table = ""
            else:
                self._paragraph(block, current)
        if self.open is not None and not self._is_finished(self.open):
            self._cut_problem(self.open, "the text ends in mid-sentence")
        return self._finish()

    # Blocks

    def _read_references(self) -> None:
        found: list[Reference] = []
        copies: Counter[int] = Counter()
        for block in self.blocks:
            if block.kind is not BlockKind.REFERENCE:
                continue
            expected = found[-1].number + 1 if found else 1
            number = int(block.name) if block.name else expected
            copies[number] += 1
            if copies[number] > 1:
                self._problem(block.span.start, f"reference {number} occurs again")
            elif number != expected:
                self._problem(block.span.start, f"reference {number} where {expected} was expected")
            reference = parse_reference(self.source, block.span, number)
            if copies[number] > 1:
                reference = replace(reference, id=f"{reference.id}-{copies[number]}")
            found.append(reference)
        self.references = tuple(found)
        self.numbers = frozenset(copies)
        self.only_square = self._cites_in_square_brackets()

    def _cites_in_square_brackets(self) -> bool:
        """Whether the article cites as "[1]", so that "(1)" only counts something up."""
        n_references = max(self.numbers, default=0)
        first = min((block.span.start for block in self.blocks if block.name == REFERENCES), default=len(self.source))
        cited = {
            number
            for group in _SQUARE_GROUP.findall(self.source[:first])
            for number in cited_numbers(group, n_references)
        }
        return 2 * len(cited & self.numbers) > len(self.numbers)

    def _cited(self, text: str) -> tuple[int, ...]:
        """Return the numbers cited in `text` that the bibliography has."""
        if self.only_square:
            text = _ROUND_GROUP.sub(" ", text)
        numbers = cited_numbers(text, max(self.numbers, default=0))
        return tuple(number for number in numbers if number in self.numbers)

    def _line(self, position: int) -> int:
        return bisect_right(self.line_ends, position) + 1

    def _problem(self, position: int, text: str) -> None:
        self.problems.append(f"line {self._line(position)}: {text}")

    def _cut_problem(self, paragraph: _Paragraph, text: str) -> None:
        if paragraph.item_kinds[-1] is Kind.SENTENCE:  # items of lists often have no full stop
            self._problem(paragraph.parts[-1][-1].end - 1, text)

    def _section(
        self, section_id: str, number: str | None, title: str, language: Language | None, parent: str | None
    ) -> _OpenSection:
        if section_id not in self.sections:
            self.sections[section_id] = _OpenSection(section_id, number, title, language, parent)
        return self.sections[section_id]

    def _heading(self, block: Block) -> _OpenSection:
        if self.open is not None and not self._is_finished(self.open):
            self._cut_problem(self.open, "the text before the next heading ends in mid-sentence")
        self.open = None
        span = trim(self.source, block.title or block.span)
        text = quote(self.source, (span,))
        title = text
        if block.number:
            title = text.removeprefix(block.number).lstrip(". ")
        if block.name == REFERENCES and REFERENCES in self.sections:
            self._problem(block.span.start, "a second bibliography; both are read as one")
        elif block.number and block.name.startswith(f"{block.number}-"):
            self._problem(block.span.start, f"section number {block.number} occurs again")
        known = block.name in self.sections
        section = self._section(block.name, block.number or None, title, block.language, self._parent(block))
        if not known:
            section.level = block.level
        section.spans.append(block.span)
        self._single(f"{section.id}:title", Kind.HEADING, section.id, span, block.language)
        return section

    def _parent(self, block: Block) -> str | None:
        """Return the section above: by number, or by the level of "#" headings."""
        if "." in block.number:
            above = block.number.rsplit(".", 1)[0]
            if above in self.sections:
                return above
            self._problem(block.span.start, f"section {block.number} has no section {above}")
        elif block.level and not (block.number and self.source[block.span.start] != "#"):
            for section in reversed(self.sections.values()):
                if 0 < section.level < block.level:
                    return section.id
        return None

    def _front(self, block: Block) -> None:
        section = self.sections["front"]
        section.spans.append(block.span)
        self._single(f"front:{block.name}", Kind.METADATA, "front", block.span, block.language)

    def _caption(self, block: Block, what: str) -> str:
        section = self._section(f"{what}-{block.name}", None, "", block.language, None)
        text = quote(self.source, (block.span,))
        if not section.spans:
            section.title = text.split("(", 1)[0].strip(" .") if what == "table" else text.strip(" .")
        section.spans.append(block.span)
        self._single(f"{section.id}:caption", Kind.CAPTION, section.id, block.span, block.language)
        self.figure = section.id if what == "figure" else None
        return section.id

    def _table(self, place: int, table: str) -> str:
        """Take the table at `place` and return its section: that of its caption, or one of its own.

        A caption stands above, or where there is none right below. A further table under the same
        caption continues it when its head or, without rules, its number of columns is the same.
        """
        block = self.blocks[place]
        if table in self.tables and not self._goes_on(self.tables[table][-1], block):
            table = ""
        below = place + 1
        if not table and below < len(self.blocks) and self.blocks[below].kind is BlockKind.TABLE_CAPTION:
            self.captions_below.add(below)
            table = self._caption(self.blocks[below], "table")
        if not table:
            self.n_unnamed_tables += 1
            table = self._section(f"table-unnamed-{self.n_unnamed_tables}", None, "", None, None).id
        self.tables.setdefault(table, []).append([])
        self.tables[table][-1].append(block)
        self.sections[table].spans.append(block.span)
        return table
