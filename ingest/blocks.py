"""Read a text source into typed blocks: the first half of parsing.

Understands the layout of Zdravniški vestnik as extracted to text (plain numbered headings, tables
as TAB lines, captions and legends as paragraphs, front matter in the middle of an abstract) and
ordinary Markdown (# headings, pipe tables). Blocks carry spans only; `ingest.parse` gives them
meaning. Nothing here knows a line number or a word of one particular article.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from corpus.text import trim
from corpus.types import Language, Span
from ingest.bibliography import ENTRY_MARK


class BlockKind(StrEnum):
    """What a block is, as far as its own shape and its neighbours tell."""

    FRONT = "front"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    FIGURE_CAPTION = "figure_caption"
    TABLE_CAPTION = "table_caption"
    TABLE = "table"
    LEGEND = "legend"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of source text.

    Attributes:
        name: of FRONT the field ("authors"), of HEADING the section id ("3.1.4", "references",
            "h-results"), of a caption the number ("2"), of REFERENCE its printed number or "".
        rows: of TABLE, the lines.
    """

    kind: BlockKind
    span: Span
    name: str = ""
    level: int = 0
    language: Language | None = None
    rows: tuple[Span, ...] = ()


_UNNUMBERED = {
    "izvleček": ("abstract-sl", Language.SL),
    "povzetek": ("abstract-sl", Language.SL),
    "abstract": ("abstract-en", Language.EN),
    "summary": ("abstract-en", Language.EN),
    "izjava o navzkrižju interesov": ("conflict-of-interest", Language.SL),
    "navzkrižje interesov": ("conflict-of-interest", Language.SL),
    "conflict of interest": ("conflict-of-interest", Language.EN),
    "conflicts of interest": ("conflict-of-interest", Language.EN),
    "competing interests": ("conflict-of-interest", Language.EN),
    "zahvala": ("acknowledgements", Language.SL),
    "acknowledgements": ("acknowledgements", Language.EN),
    "acknowledgments": ("acknowledgements", Language.EN),
    "literatura": ("references", Language.SL),
    "viri": ("references", Language.SL),
    "references": ("references", Language.EN),
    "bibliography": ("references", Language.EN),
}
_FRONT = (
    ("correspondence", None, re.compile(r"(?:Korespondenca|Correspondence)\b", re.IGNORECASE)),
    ("keywords-sl", Language.SL, re.compile(r"Ključne besede\s*:", re.IGNORECASE)),
    ("keywords-en", Language.EN, re.compile(r"Key\s?words\s*:", re.IGNORECASE)),
    ("dates", None, re.compile(r"(?:Prispelo|Received)\b.*:", re.IGNORECASE)),
    ("citation", None, re.compile(r"(?:Citirajte kot|Cite as)\b", re.IGNORECASE)),
    ("licence", None, re.compile(r"(?:Avtorske pravice|Copyright)\b", re.IGNORECASE)),
)
_NUMBERED_HEADING = re.compile(r"(\d+(?:\.\d+)*)\.?[ \t]+(?=[^\W\d_])(\S.*)")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*\Z")
_CAPTION = re.compile(r"(?:\*\*)?(Slika|Figure|Fig\.|Tabela|Table)\s+(\d+)(?:\*\*)?\s*[:.]", re.IGNORECASE)
_LEGEND = re.compile(r"(?:Legenda|Legend|Opombe|Note|Notes)\s*:", re.IGNORECASE)
_LIST_ITEM = re.compile(r"(?:\d{1,2}[.)]|[-*•])\s+\S")
_MAX_HEADING = 150
TERMINATORS = ".!?…:;"


def read_blocks(source: str) -> list[Block]:
    """Return the blocks of `source` in order; together they hold every non-blank character."""
    return _Reader(source).read()


def is_finished(text: str) -> bool:
    """Return whether a paragraph ends as paragraphs do, so nothing of it follows elsewhere."""
    return text.rstrip(" \t\"'»”’)]*")[-1:] in tuple(TERMINATORS) or text.rstrip().endswith(
        tuple(mark + closer for mark in ".!?" for closer in ')"»”’')
    )


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.groups = _line_groups(source)
        self.blocks: list[Block] = []
        self.section = ""
        self.numbers: list[str] = []

    def read(self) -> list[Block]:
        heading_seen = False
        for index, lines in enumerate(self.groups):
            if self.section == "references":
                if not self._heading(lines):
                    self._references(lines)
                continue
            if self._heading(lines):
                heading_seen = True
                continue
            if not heading_seen:
                self._opening(lines)
            else:
                self._body(index, lines)
        return self.blocks

    def _text(self, span: Span) -> str:
        return self.source[span.start : span.end]

    def _add(self, kind: BlockKind, span: Span, **fields: object) -> None:
        self.blocks.append(Block(kind, span, **fields))  # type: ignore[arg-type]

    def _heading(self, lines: list[Span]) -> bool:
        """Take the group as a heading; a Markdown heading may be followed by its text at once."""
        line = lines[0]
        text = self._text(line)
        markdown = _MARKDOWN_HEADING.match(text)
        if markdown is None and len(lines) > 1:
            return False
        level = len(markdown.group(1)) if markdown else 0
        title = markdown.group(2) if markdown else text
        if len(title) > _MAX_HEADING or (not markdown and title.endswith(tuple(TERMINATORS))):
            return False
        named = _UNNUMBERED.get(title.strip(" *:").casefold())
        numbered = _NUMBERED_HEADING.fullmatch(title)
        if named:
            self.section, language = named
            self._add(BlockKind.HEADING, line, name=self.section, level=level, language=language)
        elif numbered and (markdown or self._follows(numbered.group(1))):
            self.section = numbered.group(1)
            self.numbers.append(self.section)
            self._add(BlockKind.HEADING, line, name=self.section, level=self.section.count(".") + 1)
        elif markdown and level == 1 and not self.blocks:
            self._add(BlockKind.FRONT, Span(line.start + 2, line.end), name="title")
        elif markdown:
            self.section = "h-" + (re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "untitled")
            taken = [block.name for block in self.blocks if block.kind is BlockKind.HEADING]
            if self.section in taken:
                self.section += f"-{taken.count(self.section) + 1}"
            self._add(BlockKind.HEADING, line, name=self.section, level=level)
        else:
            return False
        if len(lines) > 1:
            (self._references if self.section == "references" else self._plain)(lines[1:])
        return True

    def _follows(self, number: str) -> bool:
        """Whether `number` continues the numbering: 1, then 1.1 or 2, after 3.1.9 also 3.2 or 4."""
        if not self.numbers:
            return number == "1"
        last = self.numbers[-1].split(".")
        successors = {".".join([*last, "1"])}
        for depth in range(1, len(last) + 1):
            successors.add(".".join([*last[: depth - 1], str(int(last[depth - 1]) + 1)]))
        return number in successors

    def _opening(self, lines: list[Span]) -> None:
        """Before the first heading: titles, then the authors, last."""
        names = ("title-sl", "title-en", "authors")
        taken = sum(block.kind is BlockKind.FRONT for block in self.blocks)
        whole = Span(lines[0].start, lines[-1].end)
        name = names[taken] if taken < len(names) else f"opening-{taken + 1}"
        self._add(BlockKind.FRONT, whole, name=name)

    def _body(self, index: int, lines: list[Span]) -> None:
        whole = Span(lines[0].start, lines[-1].end)
        text = self._text(whole)
        if front := self._front(index, text):
            name, language = front
            self._add(BlockKind.FRONT, whole, name=name, language=language)
        elif caption := _CAPTION.match(text):
            is_figure = caption.group(1)[0] in "SsFf"
            kind = BlockKind.FIGURE_CAPTION if is_figure else BlockKind.TABLE_CAPTION
            self._add(kind, whole, name=caption.group(2))
        elif _LEGEND.match(text):
            self._add(BlockKind.LEGEND, whole)
        elif all("\t" in self._text(line) for line in lines) or (
            len(lines) > 1 and all(self._text(line).lstrip().startswith("|") for line in lines)
        ):
            self._add(BlockKind.TABLE, whole, rows=tuple(lines))
        else:
            self._plain(lines)

    def _front(self, index: int, text: str) -> tuple[str, Language | None] | None:
        for name, language, pattern in _FRONT:
            if pattern.match(text):
                return name, language
        if index + 1 < len(self.groups) and len(text) < 300 and not is_finished(text) and text[0].isupper():
            following = self._text(self.groups[index + 1][0])
            if _FRONT[0][2].match(following):
                return "affiliation", None
        return None

    def _plain(self, lines: list[Span]) -> None:
        """A paragraph, or list items each from its marker to the next."""
        current: list[Span] = []
        for line in lines:
            if _LIST_ITEM.match(self._text(line)) and current:
                self._paragraph(current)
                current = []
            current.append(line)
        self._paragraph(current)

    def _paragraph(self, lines: list[Span]) -> None:
        whole = Span(lines[0].start, lines[-1].end)
        kind = BlockKind.LIST_ITEM if _LIST_ITEM.match(self._text(whole)) else BlockKind.PARAGRAPH
        self._add(kind, whole)

    def _references(self, lines: list[Span]) -> None:
        for line in lines:
            text = self._text(line)
            mark = ENTRY_MARK.match(text)
            if mark:
                number = mark["bracketed"] or mark["number"] or ""
                self._add(BlockKind.REFERENCE, Span(line.start + mark.end(), line.end), name=number)
            elif self.blocks and self.blocks[-1].kind is BlockKind.REFERENCE:
                last = self.blocks.pop()
                self._add(BlockKind.REFERENCE, Span(last.span.start, line.end), name=last.name)
            else:
                self._add(BlockKind.PARAGRAPH, line)


def _line_groups(source: str) -> list[list[Span]]:
    """Return runs of non-blank lines, each line trimmed; "\\n", "\\r\\n" and "\\r" end lines."""
    groups: list[list[Span]] = [[]]
    for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", source):
        line = trim(source, Span(*match.span()))
        if line.start < line.end:
            if "\t" in source[line.start : line.end]:  # empty first and last cells count
                line = Span(match.start(), match.start() + len(match.group().rstrip("\r\n")))
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]
