"""Read a text source into typed blocks: the first half of parsing.

Understands the layout of Zdravniški vestnik as extracted to text (plain numbered headings, tables
as TAB lines, captions and legends as paragraphs, front matter in the middle of an abstract) and
ordinary Markdown (# and underlined headings, pipe tables, bibliographies over several lines).
Blocks carry spans only; `ingest.parse` gives them meaning. Nothing here knows a line number or a
word of one particular article.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from corpus.language import detect_language
from corpus.text import plain, trim
from corpus.types import Language, Span


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
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of source text.

    Attributes:
        name: of FRONT the field ("authors"), of HEADING the section id ("3.1.4", "references",
            "h-results"), of a caption the number ("2"), of REFERENCE its printed number or "",
            of IGNORED what it is ("code", "comment", "rule", "image", "metadata").
        level: of HEADING, its depth; 0 for a plain one without a number.
        number: of HEADING, its printed number or "".
        title: of HEADING, what a reader sees of it, number included.
        rows: of TABLE, the lines that hold cells.
        language: what the words of a heading or label decide, else None.
    """

    kind: BlockKind
    span: Span
    name: str = ""
    level: int = 0
    number: str = ""
    title: Span | None = None
    language: Language | None = None
    rows: tuple[Span, ...] = ()


REFERENCES = "references"
_ABSTRACTS = ("abstract-sl", "abstract-en")
_NAMED = {
    "izvleček": ("abstract-sl", Language.SL),
    "povzetek": ("abstract-sl", Language.SL),
    "abstract": ("abstract-en", Language.EN),
    "summary": ("abstract-en", Language.EN),
    "izjava o navzkrižju interesov": ("conflict-of-interest", Language.SL),
    "navzkrižje interesov": ("conflict-of-interest", Language.SL),
    "conflict of interest": ("conflict-of-interest", Language.EN),
    "conflicts of interest": ("conflict-of-interest", Language.EN),
    "competing interests": ("conflict-of-interest", Language.EN),
    "declaration of interests": ("conflict-of-interest", Language.EN),
    "zahvala": ("acknowledgements", Language.SL),
    "acknowledgements": ("acknowledgements", Language.EN),
    "acknowledgments": ("acknowledgements", Language.EN),
    "literatura": (REFERENCES, Language.SL),
    "viri": (REFERENCES, Language.SL),
    "viri in literatura": (REFERENCES, Language.SL),
    "literatura in viri": (REFERENCES, Language.SL),
    "seznam literature": (REFERENCES, Language.SL),
    "references": (REFERENCES, Language.EN),
    "reference list": (REFERENCES, Language.EN),
    "bibliography": (REFERENCES, Language.EN),
    "literature": (REFERENCES, Language.EN),
    "literature cited": (REFERENCES, Language.EN),
    "works cited": (REFERENCES, Language.EN),
}
# Headings that plain text may have without a number or "#".
KNOWN_HEADINGS = frozenset(
    {
        *_NAMED,
        *(
            "uvod|namen|izhodišča|metode|material in metode|materiali in metode|bolniki in metode|preiskovanci in "
            "metode|rezultati|razprava|razpravljanje|sklep|sklepi|zaključek|zaključki|omejitve|financiranje|"
            "seznam kratic|seznam okrajšav|okrajšave|priloga|dodatek|prispevki avtorjev|"
            "introduction|background|objective|objectives|aim|aims|methods|materials and methods|"
            "material and methods|patients and methods|subjects and methods|results|results and discussion|"
            "discussion|limitations|conclusion|conclusions|concluding remarks|funding|abbreviations|"
            "list of abbreviations|author contributions|authors' contributions|data availability|ethics statement|"
            "supplementary material|appendix|highlights|key points"
        ).split("|"),
    }
)
# What stands above titles.
ARTICLE_TYPES = frozenset(
    "article|research article|review article|review|original article|original research|original paper|case report|"
    "short communication|editorial|open access|systematic review|članek|pregledni članek|izvirni članek|"
    "pregledni znanstveni članek|izvirni znanstveni članek|strokovni članek|prikaz primera|uvodnik".split("|")
)
_FRONT = (
    ("correspondence", None, re.compile(r"(?:Korespondenca|Correspond(?:ence|ing author))\b[^.:]{0,60}:", re.I)),
    ("keywords-sl", Language.SL, re.compile(r"Ključne besede\s*:", re.I)),
    ("keywords-en", Language.EN, re.compile(r"Key\s?words\s*:", re.I)),
    (
        "dates",
        None,
        re.compile(r"(?:Prispelo|Sprejeto|Objavljeno|Received|Accepted|Published)\b[^:.]{0,30}:.{0,30}\d", re.I),
    ),
    ("citation", None, re.compile(r"(?:Citirajte kot|Cite as)\b", re.I)),
    ("licence", None, re.compile(r"(?:Avtorske pravice|Copyright)\b.{0,60}(?:\(c\)|©|\d{4})|©\s*\S", re.I)),
    ("authors", None, re.compile(r"(?:Avtor(?:ji|ice|ica)?|Authors?)\s*:", re.I)),
    ("affiliation", None, re.compile(r"(?:Ustanov[ae]|Affiliations?)\s*:", re.I)),
)
# "2020 guidelines" is no section number, nor is "5.25 ml".
_NUMBERED_HEADING = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,5})\.?[ \t]+(?=[^\W\d_])(?P<title>\S.*)")
_MARKDOWN_HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>.*?)(?:[ \t]+#+)?[ \t]*\Z")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LABEL = r"(?P<label>Slika|Figure|Fig\.?|Tabela|Preglednica|Table)\s+(?P<number>S?\d+[a-z]?|[IVXL]+)\b"
_CAPTION = re.compile(rf"\*{{0,3}}{_LABEL}\*{{0,3}}\s*[:.|–—]", re.I)
_LEGEND = re.compile(r"\*{0,3}(?:Legenda|Legend|Opombe|Notes?|Okrajšave|Abbreviations)\*{0,3}\s*:", re.I)
_LIST_ITEM = re.compile(r"(?:(?P<number>\d{1,2})[.)]|[-*•])\s+\S")
_ENTRY = re.compile(
    r"(?:(?P<dash>[-*•]\s+)|\\?\[(?P<bracketed>\d{1,3})\\?\]\s*|(?P<number>\d{1,3})(?:[.)](?:\s+|(?=[^\W\d_]{2}))|\t\s*))(?=\S)"
)
_TABLE_RULE = re.compile(r"\|?[\s:|+=-]+\|?")
_THEMATIC_BREAK = re.compile(r"([-*_])(?:[ \t]*\1){2,}")
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\([^)]*\)(?:\{[^}]*\})?")
_FENCE = re.compile(r"[ ]{0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`\r\n]*)")
_METADATA_TITLE = re.compile(r"title\s*:\s*(?P<quote>[\"']?)(?P<title>.+?)(?P=quote)\s*\Z")
_PIPE = re.compile(r"(?<!\\)\|")
_TABBED_ITEM = re.compile(r"\s*(?:\d{1,3}[.)]|[-*•]|\[\d{1,3}\])\t[^\t]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
# "1 Univerza v Ljubljani, …" above the first heading is an affiliation, not a section.
_INSTITUTION = re.compile(
    r"\b(?:univer|fakultet|inštitut|klinik|klinični|oddelek|katedra|zavod|bolnišnic|institut|department|faculty|"
    r"hospital|clinic|cent(?:er|re)\b|school\b|laborator)",
    re.I,
)
_IDENTIFIED = re.compile(r"(?:PMID:?\s*\[?\d+|\b10\.\d{4,9}/\S+)\S*\Z")
_IMPRINT = re.compile(r"\d{4}|\bdoi\b|\bISSN\b|https?:|@", re.I)
_NAME_MARKS = re.compile(r"[\d*†‡§¹²³⁰⁴-⁹ᵃ-ᶻ]+")
_NAME_PARTICLES = frozenset(
    "van von der den de da di del della la le el al bin ibn dr prof mag assoc asist izr".split()
)
_MAX_HEADING = 150
_MAX_OPENING = 300  # longer text before the first heading is prose
TERMINATORS = ".!?…:;"


def read_blocks(source: str) -> list[Block]:
    """Return the blocks of `source` in order.

    They do not overlap, and together hold everything but marks: of headings (#), bullets and
    numbers of the bibliography, rules of tables. What is no text of the article (code, comments)
    is IGNORED.
    """
    return _Reader(source).read()


def is_finished(text: str) -> bool:
    """Return whether a paragraph ends as paragraphs do, so nothing of it follows elsewhere."""
    return text.rstrip(" \t\"'»”’)]*")[-1:] in tuple(TERMINATORS) or text.rstrip().endswith(
        tuple(mark + closer for mark in ".!?" for closer in ')"»”’')
    )


def entry_starts(lines: Sequence[tuple[str, bool]]) -> list[bool]:
    """Return for each line of a bibliography whether it opens an entry.

    Numbers at the start of a line may also belong to the entry above ("2. izd. Ljubljana"), so a
    number counts when it continues the numbering, or when nothing else can explain it: a gap, a
    number given twice, a numbering that starts again.

    Args:
        lines: the lines, and for each whether it stands after a blank line.
    """
    matches = [_ENTRY.match(text) for text, _ in lines]
    numbers = [int(m["bracketed"] or m["number"] or 0) if m else None for m in matches]
    places: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        if number:
            places.setdefault(number, []).append(place)
    numbered = [place for place, number in enumerate(numbers) if number]

    def comes_later(number: int, place: int) -> bool:
        found = places.get(number, [])
        return bisect_right(found, place) < len(found)

    def next_number(place: int) -> int | None:
        after = bisect_right(numbered, place)
        return numbers[numbered[after]] if after < len(numbered) else None

    starts: list[bool] = []
    last = 0
    counts = False
    for place, ((text, apart), match, number) in enumerate(zip(lines, matches, numbers, strict=True)):
        # A dash in a numbered list is no entry.
        start = match is not None and not (number == 0 and counts)
        if match is not None and number:
            opens_like_entry = not text[match.end()].islower() and not text[match.end()].isdigit()
            if number == last + 1:
                start = opens_like_entry or not comes_later(number, place)
            elif number > last:
                # A list may start at 12, but a lone "526." is the last page of an article.
                start = not comes_later(last + 1, place) and (last > 0 or next_number(place) == number + 1)
            else:
                start = apart or number == last or (number == 1 and next_number(place) == 2)
            start = start and (opens_like_entry or apart or number == last + 1)
        if start:
            last = number or last + 1
            counts = counts or bool(number)
        starts.append(start)
    return starts


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.ignored = _ignored(source)
        self.groups = [part for lines in _line_groups(source, self.ignored) for part in self._split(lines)]
        self.blocks: list[Block] = [block for block in self.ignored if block.kind is BlockKind.FRONT]
        self.section = ""
        self.numbers: list[str] = []
        self.names: set[str] = set()
        self.entries: set[int] = set()  # where entries of the bibliography start
        self.started = False  # the first heading or the first prose has been seen
        marks = [mark for lines in self.groups if (mark := _MARKDOWN_HEADING.match(self._text(lines[0])))]
        # "# Title" may stand above plain text; with more than that, only "#" makes a heading.
        self.is_markdown = len(marks) > 1 or any(len(mark["marks"]) > 1 for mark in marks)

    def read(self) -> list[Block]:
        for index, lines in enumerate(self.groups):
            if self._heading(index, lines):
                continue
            if self.section == REFERENCES:
                self._references(index, lines)
            elif self.started:
                self._body(index, lines)
            else:
                self._opening(index, lines)
        self._name_titles()
        ignored = (block for block in self.ignored if block.kind is BlockKind.IGNORED)
        return sorted([*self.blocks, *ignored], key=lambda block: block.span)

    def _text(self, span: Span) -> str:
        return self.source[span.start : span.end]

    def _add(self, kind: BlockKind, span: Span, **fields: object) -> None:
        self.blocks.append(Block(kind, span, **fields))  # type: ignore[arg-type]

    def _ignore(self, span: Span, name: str) -> None:
        if span.start < span.end:
            self.ignored.append(Block(BlockKind.IGNORED, span, name=name))

    def _split(self, lines: list[Span]) -> list[list[Span]]:
        """Cut a run of lines where a heading, table, rule or image stands in it without blank lines."""
        parts: list[list[Span]] = [[]]
        position = 0
        while position < len(lines):
            line = trim(self.source, lines[position])
            text = self._text(line)
            if n_rows := self._table_rows(lines, position):
                parts += [lines[position : position + n_rows], []]
                position += n_rows
                continue
            if _UNDERLINE.fullmatch(text) and len(parts[-1]) == 1 and self._is_underlined(parts[-1][0]):
                parts[-1].append(line)
                parts.append([])
            elif _THEMATIC_BREAK.fullmatch(text):
                self._ignore(line, "rule")
                parts.append([])
            elif image := _IMAGE.fullmatch(text):
                alt = Span(line.start + image.start("alt"), line.start + image.end("alt"))
                if _CAPTION.match(image["alt"]):  # pandoc keeps captions there
                    self._ignore(Span(line.start, alt.start), "image")
                    self._ignore(Span(alt.end, line.end), "image")
                    parts += [[alt], []]
                else:
                    self._ignore(line, "image")
                    parts.append([])
            elif (mark := _MARKDOWN_HEADING.match(text)) and not mark["title"][:1].islower():
                parts.append([line])
            else:
                parts[-1].append(line)
            position += 1
        return [part for part in parts if part]

    def _table_rows(self, lines: list[Span], position: int) -> int:
        """Return how many lines from `position` on are rows of one table, or 0.

        Rows are lines in pipes, or with pipes around a rule (---|---); by themselves or after a
        caption also lines with TABs.
        """
        first = self._text(lines[position])
        second = self._text(lines[position + 1]) if position + 1 < len(lines) else ""
        is_row: Callable[[str], bool]
        if first.startswith("|") and second.startswith("|"):
            is_row = _is_in_pipes
        elif _has_cells(first) and "|" in second and "-" in second and is_rule(second):
            is_row = _has_cells
        elif _is_tabbed(first) and (position == 0 or _CAPTION.match(self._text(lines[position - 1]))):
            is_row = _is_tabbed
        else:
            return 0
        n_rows = 0
        while position + n_rows < len(lines) and is_row(self._text(lines[position + n_rows])):
            n_rows += 1
        if n_rows == 1 and not (is_row is _is_tabbed and self._after_row(lines[position].start)):
            return 0
        return n_rows

    def _after_row(self, start: int) -> bool:
        """Whether the last line before `start` has TABs too: blank lines may stand between rows."""
        before = self.source[max(0, start - 2000) : start].rstrip()
        return "\t" in before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]

    def _is_underlined(self, line: Span) -> bool:
        """Whether a line above "---" or "===" can be a heading."""
        text = self._text(line)
        return (
            len(text) <= _MAX_HEADING
            and not text.endswith((".", ";", ","))
            and not text.startswith(("|", "#"))
            and _LIST_ITEM.match(text) is None
        )

    def _heading(self, index: int, lines: list[Span]) -> bool:
        """Take the group as a heading; a Markdown heading may be followed by its text at once."""
        line, rest = lines[0], lines[1:]
        whole = title = line
        level = 0
        if mark := _MARKDOWN_HEADING.match(self._text(line)):
            level = len(mark["marks"])
            title = Span(line.start + mark.start("title"), line.start + mark.end("title"))
        elif len(lines) == 2 and _UNDERLINE.fullmatch(self._text(lines[1])) and self._is_underlined(line):
            level = 1 if self._text(lines[1]).startswith("=") else 2
            whole, rest = Span(line.start, lines[1].end), []
        elif rest:
            return False
        words = self._text(title).strip(" *")
        numbered = _NUMBERED_HEADING.fullmatch(words)
        number, name = (numbered["number"], numbered["title"]) if numbered else ("", words)
        known = name.strip(" *:").casefold()
        if not level and not self._is_plain_heading(index, self._text(line), number, known):
            return False
        if not words:
            self._ignore(whole, "rule")
        elif level == 1 and not number and known not in KNOWN_HEADINGS and self._is_title(words):
            if self.blocks:
                self._ignore(whole, "title")
            else:
                self._add(BlockKind.FRONT, title, name="title")
            if rest:
                self._opening(index, rest)
            return True
        else:
            self._open_section(whole, title, level, number, known)
        self.started = True
        if self.section == REFERENCES:
            self._find_entries(index, rest)
        if rest:
            (self._references if self.section == REFERENCES else self._body)(index, rest)
        return True

    def _is_title(self, words: str) -> bool:
        """Whether a first heading is the title, or gives that of the metadata again."""
        if not self.blocks:
            return True
        return len(self.blocks) == 1 and plain(words).casefold() == plain(self._text(self.blocks[0].span)).casefold()

    def _is_plain_heading(self, index: int, text: str, number: str, known: str) -> bool:
        """Whether a line without "#" is a heading: one of known name, or the next in the numbering."""
        if len(text) > _MAX_HEADING or text.endswith(tuple(TERMINATORS)):
            return False
        if self.section == REFERENCES and _ENTRY.match(text):
            return False
        if known in _NAMED:
            return True
        if self.is_markdown:
            return False
        if not number:
            return known in KNOWN_HEADINGS
        if not self.started and _INSTITUTION.search(text):
            return False
        following = self._text(self.groups[index + 1][0]) if index + 1 < len(self.groups) else ""
        item = _LIST_ITEM.match(following)
        if item and item["number"] == str(int(number.split(".")[0]) + 1) and "." not in number:
            return False  # items of a list with blank lines between them
        return self._follows(number)

    def _follows(self, number: str) -> bool:
        """Whether `number` continues the numbering: 1, then 1.1 or 2, after 3.1.9 also 3.2 or 4.

        A dotted number may skip some: "2.3" after "2.1" is a heading, while "5" after "2" may be
        anything.
        """
        if not self.numbers:
            return number == "1"
        last = [int(part) for part in self.numbers[-1].split(".")]
        this = [int(part) for part in number.split(".")]
        if len(this) > 1:
            return this > last and this[0] <= last[0] + 1
        return this == [last[0] + 1]

    def _open_section(self, whole: Span, title: Span, level: int, number: str, known: str) -> None:
        language: Language | None = None
        section = number or "h-" + (re.sub(r"\W+", "-", known).strip("-") or "untitled")
        if known in _NAMED:
            named, named_language = _NAMED[known]
            # A "Summary" after the first sections is not the abstract.
            if known not in ("summary", "povzetek") or self.names <= {*_ABSTRACTS}:
                section, language = named, named_language
        if number:
            self.numbers.append(number)
        if section != REFERENCES:
            base, n = section, 1
            while section in self.names:
                n += 1
                section = f"{base}-{n}"
        self.names.add(section)
        self.section = section
        self._add(
            BlockKind.HEADING,
            whole,
            name=section,
            level=level or (number.count(".") + 1 if number else 0),
            number=number,
            title=title,
            language=language,
        )

    def _opening(self, index: int, lines: list[Span]) -> None:
        """Before the first heading: titles, authors and labelled fields, until prose begins."""
        whole = Span(lines[0].start, lines[-1].end)
        text = self._text(whole)
        if front := self._front(index, text):
            self._add(BlockKind.FRONT, whole, name=front[0], language=front[1])
        elif self._is_body(lines):
            self.started = True
            self._body(index, lines)
        else:
            self._title_page(lines)

    def _is_body(self, lines: list[Span]) -> bool:
        text = self._text(Span(lines[0].start, lines[-1].end))
        names = {block.name for block in self.blocks}
        has_titles = "title" in names
        if has_titles and "authors" not in names and are_names(text):
            return False
        return (
            len(text) > _MAX_OPENING
            or _CAPTION.match(text) is not None
            or _LEGEND.match(text) is not None
            or _LIST_ITEM.match(text) is not None
            or self._table_rows(lines, 0) > 0
            or (is_finished(text) and (len(text) > _MAX_HEADING or (has_titles and len(text.split()) > 4)))
        )

    def _title_page(self, lines: list[Span]) -> None:
        text = self._text(Span(lines[0].start, lines[-1].end))
        titles = [block for block in self.blocks if block.name == "title"]
        has_authors = any(block.name == "authors" for block in self.blocks)
        name = f"opening-{sum(block.kind is BlockKind.FRONT for block in self.blocks) + 1}"
        if text.strip(" *").casefold() in ARTICLE_TYPES:
            pass
        elif not titles:
            name = "title"
        elif are_names(text) and not has_authors:
            name = "authors"
        elif len(titles) == 1 and not has_authors and not _IMPRINT.search(text):
            first = titles[0].span.end - titles[0].span.start
            if first / 2 <= len(text) <= first * 2:
                name = "title"
        # The authors may stand in the line under the title.
        n_lines = next((n for n in range(1, len(lines)) if name == "title" and are_names(self._text(lines[n]))), None)
        used = lines[:n_lines]
        self._add(BlockKind.FRONT, Span(used[0].start, used[-1].end), name=name)
        if n_lines:
            self._title_page(lines[n_lines:])

    def _name_titles(self) -> None:
        """Tell two titles apart by their languages; a second one in the same language is a subtitle."""
        places = [place for place, block in enumerate(self.blocks) if block.name == "title"]
        if len(places) < 2:
            return
        first, second = (self.blocks[place] for place in places[:2])
        language = detect_language(self._text(first.span), default=Language.SL) or Language.SL
        other = Language.EN if language is Language.SL else Language.SL
        if detect_language(self._text(second.span), default=other) is other:
            self.blocks[places[0]] = replace(first, name=f"title-{language}", language=language)
            self.blocks[places[1]] = replace(second, name=f"title-{other}", language=other)
        else:
            self.blocks[places[1]] = replace(second, name="subtitle")

    def _body(self, index: int, lines: list[Span]) -> None:
        whole = Span(lines[0].start, lines[-1].end)
        text = self._text(whole)
        if front := self._front(index, text):
            self._add(BlockKind.FRONT, whole, name=front[0], language=front[1])
        elif self._table_rows(lines, 0) == len(lines):
            self._table(lines)
        elif caption := _CAPTION.match(text):
            is_figure = caption["label"][0] in "SsFf"
            kind = BlockKind.FIGURE_CAPTION if is_figure else BlockKind.TABLE_CAPTION
            language = Language.EN if caption["label"][0] in "Ff" or caption["label"][-1] in "Ee" else Language.SL
            self._add(kind, whole, name=caption["number"].casefold(), language=language)
        elif _LEGEND.match(text):
            self._add(BlockKind.LEGEND, whole)
        else:
            self._plain(lines)

    def _table(self, lines: list[Span]) -> None:
        """Take the lines as a table, without its rules and, below its head, empty rows."""
        head, *others = lines
        rows = [line for line in others if not is_rule(self._text(line))]
        if not is_rule(self._text(head)) or "-" not in self._text(head):  # "| | |" is a head too
            rows.insert(0, head)
        if rows:
            self._add(BlockKind.TABLE, Span(head.start, lines[-1].end), rows=tuple(rows))
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
        """A paragraph, or list items each from its marker to the next.

        Inside a group a number is a marker only where it counts on: a wrapped line may well begin
        with "12. 3. 2024".
        """
        current: list[Span] = []
        last = 0
        for line in lines:
            item = _LIST_ITEM.match(self._text(line))
            number = int(item["number"]) if item and item["number"] else None
            if item and current and (number is None or number in (1, last + 1)):
                self._paragraph(current)
                current = []
            if number is not None and not current:
                last = number
            current.append(line)
        self._paragraph(current)

    def _paragraph(self, lines: list[Span]) -> None:
        whole = Span(lines[0].start, lines[-1].end)
        kind = BlockKind.LIST_ITEM if _LIST_ITEM.match(self._text(whole)) else BlockKind.PARAGRAPH
        self._add(kind, whole)

    def _find_entries(self, index: int, rest: list[Span]) -> None:
        """Find where the entries of the bibliography start that begins in group `index`."""
        lines: list[Span] = list(rest)
        for group in self.groups[index + 1 :]:
            text = self._text(group[0])
            if _MARKDOWN_HEADING.match(text) or (len(group) == 1 and text.strip(" *:").casefold() in KNOWN_HEADINGS):
                break
            lines.extend(group)
        starts = entry_starts([(self._text(line), self._stands_apart(line)) for line in lines])
        self.entries.update(line.start for line, start in zip(lines, starts, strict=True) if start)

    def _stands_apart(self, line: Span) -> bool:
        """Whether a blank line (or the start of the text) comes before the line."""
        before = self.source[max(0, line.start - 200) : line.start]
        blank = before[len(before.rstrip()) :]
        return len(blank) == len(before) or len(_LINE_END.findall(blank)) > 1

    def _references(self, index: int, lines: list[Span]) -> None:
        whole = Span(lines[0].start, lines[-1].end)
        text = self._text(whole)
        if lines[0].start not in self.entries and (
            any(pattern.match(text) for _, _, pattern in _FRONT)
            or _CAPTION.match(text)
            or _LEGEND.match(text)
            or self._table_rows(lines, 0) == len(lines)
        ):
            self._body(index, lines)  # manuscripts have their tables and captions at the end
            return
        for line in lines:
            mark = _ENTRY.match(self._text(line))
            if mark and line.start in self.entries:
                number = mark["bracketed"] or mark["number"] or ""
                self._add(BlockKind.REFERENCE, Span(line.start + mark.end(), line.end), name=number)
            elif self.blocks and self.blocks[-1].kind is BlockKind.REFERENCE and self._continues(line):
                last = self.blocks.pop()
                self._add(BlockKind.REFERENCE, Span(last.span.start, line.end), name=last.name)
            else:
                self._add(BlockKind.PARAGRAPH, line)

    def _continues(self, line: Span) -> bool:
        """Whether the line continues the entry before it: at once, indented, or in mid-sentence."""
        last = self.blocks[-1].span
        between = self.source[last.end : line.start]
        if between.strip():
            return False
        if len(_LINE_END.findall(between)) < 2 or between[-1:] in (" ", "\t"):
            return True
        entry = self._text(last)
        return not is_finished(entry) and _IDENTIFIED.search(entry) is None


def is_rule(text: str) -> bool:
    """Return whether a line of a table is a rule (|---|---|) or holds nothing but pipes."""
    return _TABLE_RULE.fullmatch(plain(text)) is not None


def _has_cells(text: str) -> bool:
    """Whether a line holds at least one cell between pipes, or on one side of a pipe."""
    n_pipes = len(_PIPE.findall(text))
    return n_pipes > 1 or (n_pipes == 1 and text.strip() != "|" and not (text[0] == "|" and text[-1] == "|"))


def _is_in_pipes(text: str) -> bool:
    return text.startswith("|") and _has_cells(text)


def _is_tabbed(text: str) -> bool:
    """Whether a line holds cells parted by TABs; one TAB after a bullet or number parts none."""
    return "\t" in text and _TABBED_ITEM.fullmatch(text) is None


def are_names(text: str) -> bool:
    """Return whether a text can be a list of authors: names of two to five words, mostly capitalised."""
    names = [name for part in re.split(r"[,;&·]| and | in ", text) if (name := _NAME_MARKS.sub("", part).strip(" ."))]
    if not names or len(text) > 2000:
        return False
    for name in names:
        words = [word for word in re.split(r"[\s.]+", name) if word and word.casefold() not in _NAME_PARTICLES]
        if not 1 <= len(words) <= 5 or not all(word[0].isupper() for word in words):
            return False
    # Degrees ("PhD") are single words; at least one name has two.
    return any(len(name.split()) > 1 for name in names)


def _ignored(source: str) -> list[Block]:
    """Return what is no text of the article: metadata at its head, fenced code, HTML comments.

    The title among the metadata comes back as a FRONT block. A fence or comment that is never
    closed hides nothing but its own line or mark.
    """
    blocks: list[Block] = []
    lines = [Span(match.start(), match.start() + len(match.group().rstrip("\r\n"))) for match in _lines(source)]
    position = 0
    if lines and source[lines[0].start : lines[0].end].rstrip() == "---":
        end = next((n for n in range(1, min(len(lines), 60)) if _text(source, lines[n]) in ("---", "...")), None)
        keys = [":" in _text(source, lines[n]) for n in range(1, end or 1)]
        if end and any(keys):
            blocks.extend(_metadata(source, lines[: end + 1]))
            position = end + 1
    closings: dict[str, list[int]] = {}  # by character, the lines that can close a fence
    for number, line in enumerate(lines):
        text = _text(source, line)
        if text[:3] in ("```", "~~~") and not text.strip(text[0]):
            closings.setdefault(text[0], []).append(number)
    while position < len(lines):
        if fence := _FENCE.fullmatch(source, *lines[position]):
            marks = fence["marks"]
            candidates = closings.get(marks[0], [])
            after = islice(candidates, bisect_right(candidates, position), None)
            end = next((n for n in after if len(_text(source, lines[n])) >= len(marks)), position)
            blocks.append(Block(BlockKind.IGNORED, Span(lines[position].start, lines[end].end), name="code"))
            position = end
        position += 1
    hidden = [block.span for block in blocks]
    start = source.find("<!--")
    while start >= 0:
        end = source.find("-->", start + 4)
        if end < 0:
            break
        inside = bisect_right(hidden, start, key=lambda span: span.start)
        if inside and hidden[inside - 1].end > start:
            start = source.find("<!--", hidden[inside - 1].end)
            continue
        blocks.append(Block(BlockKind.IGNORED, Span(start, end + 3), name="comment"))
        start = source.find("<!--", end + 3)
    # Code within a comment is part of the comment.
    comments = [block.span for block in blocks if block.name == "comment"]
    return [
        block
        for block in blocks
        if block.name == "comment" or not any(c.start < block.span.end and block.span.start < c.end for c in comments)
    ]


def _metadata(source: str, lines: list[Span]) -> Iterator[Block]:
    """Yield the metadata block at the head of a Markdown file, around its title."""
    start = lines[0].start
    for line in lines:
        title = _METADATA_TITLE.match(source, *line)
        if title:
            span = Span(*title.span("title"))
            yield Block(BlockKind.IGNORED, Span(start, span.start), name="metadata")
            yield Block(BlockKind.FRONT, span, name="title")
            start = span.end
            break
    yield Block(BlockKind.IGNORED, Span(start, lines[-1].end), name="metadata")


def _text(source: str, span: Span) -> str:
    return source[span.start : span.end].strip()


def _lines(source: str) -> Iterator[re.Match[str]]:
    """Yield the lines with their ends; "\\n", "\\r\\n" and "\\r" end lines."""
    return re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", source)


def _line_groups(source: str, ignored: list[Block]) -> list[list[Span]]:
    """Return runs of non-blank lines, each line trimmed; what is ignored parts runs."""
    hidden = sorted(block.span for block in ignored)
    groups: list[list[Span]] = [[]]
    place = 0
    for match in _lines(source):
        line_end = match.start() + len(match.group().rstrip("\r\n"))
        start = match.start()
        while place < len(hidden) and hidden[place].end <= start:
            place += 1
        pieces: list[Span] = []
        ahead = place
        while ahead < len(hidden) and hidden[ahead].start <= line_end:
            pieces.append(Span(start, max(start, min(hidden[ahead].start, line_end))))
            start = max(start, min(hidden[ahead].end, line_end))
            ahead += 1
        pieces.append(Span(start, line_end))
        for number, piece in enumerate(pieces):
            if number and groups[-1]:
                groups.append([])
            line = trim(source, piece)
            if line.start < line.end:
                above = groups[-1][-1:]
                tabbed = "\t" in source[line.start : line.end]
                # Empty first and last cells count, also where only one cell of a row is filled.
                if tabbed or ("\t" in source[slice(*piece)] and above and "\t" in source[slice(*above[0])]):
                    line = piece
                groups[-1].append(line)
            elif groups[-1]:
                groups.append([])
    return [group for group in groups if group]


def heading_names_references(title: str) -> bool:
    """Return whether a heading ("6 References", "Literatura") opens the bibliography."""
    numbered = _NUMBERED_HEADING.fullmatch(title.strip(" *"))
    name = numbered["title"] if numbered else title
    return _NAMED.get(name.strip(" *:").casefold(), ("", None))[0] == REFERENCES
