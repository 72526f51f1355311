"""Turn a source file into a Document: sections, sentences, tables, references, with exact spans.

`ingest.blocks` tells what each block is; here blocks become paragraphs (those that a page break,
table, figure or front matter cuts are rejoined), paragraphs become sentences, and sentences learn
what they cite. What cannot be read soundly is listed in `Document.problems`.
"""

import re
import sys
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
_MIN_RUNNING = 200
_LINK_END = re.compile(r"(?:https?://|www\.|\bdoi\b|@)\S*\Z|\b10\.\d{4,9}/\S+\Z", re.I)


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
        self.tables: dict[str, list[Block]] = {}
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
        """Report a paragraph without an end, unless it may be a label, a link or an item of a list."""
        if paragraph.item_kinds[-1] is not Kind.SENTENCE:
            return
        whole = quote(self.source, paragraph.parts[-1])
        is_running = len(split_sentences(whole)) > 1 or len(whole) >= _MIN_RUNNING or whole.endswith((",", "-"))
        if is_running and not _LINK_END.search(whole):
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
        if table in self.tables and not self._continues_table(self.tables[table][0], block):
            table = ""
        if not table and self._has_caption_below(place):
            self.captions_below.add(place + 1)
            table = self._caption(self.blocks[place + 1], "table")
        if not table:
            self.n_unnamed_tables += 1
            table = self._section(f"table-unnamed-{self.n_unnamed_tables}", None, "", None, None).id
        self.tables.setdefault(table, []).append(block)
        self.sections[table].spans.append(block.span)
        return table

    def _continues_table(self, first: Block, block: Block) -> bool:
        heads = [self.source[rows[0].start : rows[0].end] for rows in (first.rows, block.rows)]
        same_head = heads[0].split() == heads[1].split()
        return same_head or heads[0].count("\t") == heads[1].count("\t") > 0

    def _has_caption_below(self, place: int) -> bool:
        """Whether captions stand below: tables and captions take turns, and a caption is the last."""
        n_captions = 0
        while self._kind(place + 1) is BlockKind.TABLE_CAPTION:
            n_captions += 1
            place += 2
            if self._kind(place) is not BlockKind.TABLE:
                return True
        return False

    def _kind(self, place: int) -> BlockKind | None:
        return self.blocks[place].kind if 0 <= place < len(self.blocks) else None

    def _is_beside_table(self, place: int) -> bool:
        return self._kind(place - 1) in (BlockKind.TABLE, BlockKind.TABLE_CAPTION)

    def _single(self, piece_id: str, kind: Kind, section: str, span: Span, language: Language | None) -> None:
        self.singles.append(_Single(piece_id, kind, section, trim(self.source, span), language))

    def _is_finished(self, paragraph: _Paragraph) -> bool:
        last = paragraph.parts[-1][-1]
        return is_finished(self.source[last.start : last.end])

    def _is_continued(self, paragraph: _Paragraph, text: str, section: _OpenSection) -> bool:
        """Whether `text` can go on where the unfinished `paragraph` stops.

        A small letter or bracket always can, and an abbreviation; another beginning only where the
        paragraph is too long for a label and is no item of a list.
        """
        if text[0].islower() or text[0] in "(,;:)" or text[:2].isupper():
            return True
        last = paragraph.parts[-1][-1]
        is_cut = paragraph.item_kinds[-1] is Kind.SENTENCE and last.end - last.start >= _MIN_CUT
        return is_cut and section.id != REFERENCES

    def _paragraph(self, block: Block, current: _OpenSection) -> None:
        text = self.source[block.span.start : block.span.end]
        if self.open is not None and not self._is_finished(self.open):
            continues = not text[0].isupper() or self.figure is None
            if continues and block.kind is BlockKind.PARAGRAPH and self._is_continued(self.open, text, current):
                part = self.open.parts[-1]
                self.joins.append(Span(part[-1].end, block.span.start))
                part.append(block.span)
                self.sections[self.open.section].spans.append(block.span)
                self.figure = None
                return
        if self.figure is not None and self.open is not None and not self._is_finished(self.open):
            # The explanatory text of a figure that stands in the middle of a sentence.
            self._new_paragraph(self.sections[self.figure], block)
            return
        self.figure = None
        if block.kind is BlockKind.LIST_ITEM and self.open is not None and self.open.section == current.id:
            introduced = self.source[self.open.parts[-1][-1].end - 1] in ":;," or (
                self.open.item_kinds[-1] is Kind.LIST_ITEM
            )
            if introduced:
                self.open.parts.append([block.span])
                self.open.item_kinds.append(Kind.LIST_ITEM)
                current.spans.append(block.span)
                return
        self.open = self._new_paragraph(current, block)

    def _new_paragraph(self, section: _OpenSection, block: Block) -> _Paragraph:
        section.n_paragraphs += 1
        section.spans.append(block.span)
        kind = Kind.LIST_ITEM if block.kind is BlockKind.LIST_ITEM else Kind.SENTENCE
        paragraph = _Paragraph(f"{section.id}:{section.n_paragraphs}", section.id, [[block.span]], [kind])
        self.paragraphs.append(paragraph)
        return paragraph

    # Languages

    def _decide_languages(self) -> Language:
        """Give every section a language and return that of the document."""
        texts: dict[str, list[str]] = {}
        for paragraph in self.paragraphs:
            spans = (span for part in paragraph.parts for span in part)
            texts.setdefault(paragraph.section, []).append(quote(self.source, spans))
        for table_id, blocks in self.tables.items():
            texts[table_id] = [quote(self.source, (block.span for block in blocks))]
        undecided = [text for key, parts in texts.items() if self.sections[key].language is None for text in parts]
        everything = " ".join(undecided)
        if len(everything) < _MIN_TELLING:
            everything = " ".join([*(quote(self.source, (single.span,)) for single in self.singles), everything])
        language = self.given_language
        if language is None:
            language = detect_language(everything[: 4 * _MAX_TELLING])
            if language is None:
                self.problems.append("the text seems to be neither Slovene nor English; it is searched as Slovene")
                language = Language.SL
        for section in self.sections.values():
            if section.language is not None:
                continue
            above = self.sections[section.parent].language if section.parent else None
            fallback = above or language
            text = " ".join(texts.get(section.id, ()))[:_MAX_TELLING]
            section.language = fallback
            if len(text) >= _MIN_TELLING:
                section.language = detect_language(text, default=fallback) or fallback
        return language

    def _single_language(self, single: _Single, document_language: Language) -> Language:
        if single.language is not None:
            return single.language
        if single.id in ("front:title", "front:subtitle"):
            title = quote(self.source, (single.span,))
            return detect_language(title, default=document_language) or document_language
        if single.section == "front":
            return document_language
        return self.sections[single.section].language or document_language

    # The document

    def _finish(self) -> Document:
        language = self._decide_languages()
        sentences: list[Sentence] = []
        for single in self.singles:
            sentence = Sentence(
                id=single.id,
                kind=single.kind,
                section=single.section,
                language=self._single_language(single, language),
                spans=(single.span,),
                text=quote(self.source, (single.span,)),
                paragraph=single.id,
            )
            sentences.append(self._cite(sentence))
        for paragraph in self.paragraphs:
            sentences.extend(self._sentences(paragraph, self.sections[paragraph.section].language or language))
        tables: list[Table] = []
        for table_id, blocks in self.tables.items():
            legend = next((s for s in sentences if s.id == self.legends.get(table_id)), None)
            table_language = self.sections[table_id].language or language
            table, problems = parse_table(
                self.source,
                table_id,
                blocks,
                language=table_language,
                legend=legend,
                n_references=max(self.numbers, default=0),
            )
            self.problems.extend(problems)
            rows = [replace(row, references=self._cited(row.text)) for row in table.rows if row.spans]
            table = replace(table, rows=_with_own_ids(rows))
            tables.append(table)
            sentences.extend(self._cite(item) for item in table_items(self.source, table, table_language))
        sentences.sort(key=lambda sentence: sentence.spans[0].start)
        self._check_numbers(sentences, tables)
        self._check_ignored()
        return Document(
            id=self.document_id,
            text=self.source,
            language=language,
            sections=tuple(
                Section(
                    id=s.id,
                    number=s.number,
                    title=s.title,
                    language=s.language or language,
                    parent=s.parent,
                    spans=tuple(sorted(s.spans)),
                )
                for s in self.sections.values()
                if s.spans
            ),
            sentences=_with_own_ids(sentences),
            tables=tuple(tables),
            references=self.references,
            trials=tuple(trial for table in tables for trial in typed_trials(table)),
            joins=tuple(self.joins),
            problems=tuple(sorted(self.problems, key=_problem_line)),
        )

    def _cite(self, sentence: Sentence) -> Sentence:
        if sentence.kind is Kind.METADATA:
            return sentence
        return replace(sentence, references=self._cited(sentence.text), trials=trial_ids(sentence.text))

    def _sentences(self, paragraph: _Paragraph, language: Language) -> list[Sentence]:
        found: list[Sentence] = []
        for spans, kind in zip(paragraph.parts, paragraph.item_kinds, strict=True):
            joined = SpannedText.from_spans(self.source, spans)
            ranges = split_sentences(joined.text) if kind is Kind.SENTENCE else [(0, len(joined.text))]
            running = [sentence for sentence in found if sentence.kind is Kind.SENTENCE]
            introduction = running[-1].text if kind is Kind.LIST_ITEM and running else ""
            for start, end in ranges:
                sentence_spans: Spans = tuple(
                    part for span in joined.spans(start, end) if (part := trim(self.source, span)).start < part.end
                )
                found.append(
                    Sentence(
                        id=f"{paragraph.id}.{len(found) + 1}",
                        kind=kind,
                        section=paragraph.section,
                        language=language,
                        spans=sentence_spans,
                        text=quote(self.source, sentence_spans),
                        paragraph=paragraph.id,
                        context=introduction,
                    )
                )
        cited = [self._cite(sentence) for sentence in found]
        closing = passage_references([sentence.references for sentence in cited])
        return [replace(s, passage_references=numbers) for s, numbers in zip(cited, closing, strict=True)]

    # Problems

    def _check_numbers(self, sentences: list[Sentence], tables: list[Table]) -> None:
        if not self.references:
            heading = next((block for block in self.blocks if block.name == REFERENCES), None)
            if heading is None:
                self.problems.append("no bibliography was found (a heading such as 'Literatura' or 'References')")
            else:
                self._problem(heading.span.start, "the bibliography has no numbered entries, so nothing can cite them")
            return
        pieces: list[Sentence | TableRow] = [*sentences, *(row for table in tables for row in table.rows)]
        missing: dict[int, int] = {}
        for piece in pieces:
            for number in self._missing(piece):
                missing.setdefault(number, self._line(piece.spans[0].start))
        if missing:
            named = ", ".join(f"{number} (line {line})" for number, line in missing.items())
            self.problems.append(f"cited, but not in the bibliography: {named}")
        cited = {number for piece in pieces for number in piece.references}
        uncited = [str(number) for number in dict.fromkeys(r.number for r in self.references) if number not in cited]
        if uncited:
            start = self.references[0].spans[0].start
            self._problem(start, f"references never cited in the text: {', '.join(uncited)}")

    def _missing(self, piece: Sentence | TableRow) -> list[int]:
        """Return the numbers cited that the bibliography lacks; only "[99]" may lie beyond its end."""
        if piece.kind in (Kind.METADATA, Kind.HEADING) or piece.section == REFERENCES:
            return []
        found = dict.fromkeys(cited_numbers(piece.text, max(self.numbers))) if not self.only_square else {}
        if self.only_square:
            for group in _SQUARE_GROUP.findall(piece.text):
                found.update(dict.fromkeys(cited_numbers(group, 999)))
        return [number for number in found if number not in self.numbers]

    def _check_ignored(self) -> None:
        code = [block.span for block in self.ignored if block.name == "code"]
        if code:
            lines = ", ".join(f"{self._line(span.start)}–{self._line(span.end - 1)}" for span in code)
            self.problems.append(f"lines {lines}: code is left out")


def _problem_line(problem: str) -> int:
    """Return the line a problem names; those of the whole article come last."""
    found = re.match(r"lines? (\d+)", problem)
    return int(found.group(1)) if found else sys.maxsize


def _with_own_ids(pieces: list[_P]) -> tuple[_P, ...]:
    """Return the pieces, those whose id occurs again with "-2", "-3" after it."""
    seen: Counter[str] = Counter()
    taken = {piece.id for piece in pieces}
    result: list[_P] = []
    for piece in pieces:
        seen[piece.id] += 1
        if seen[piece.id] > 1:
            own = f"{piece.id}-{seen[piece.id]}"
            while own in taken:
                seen[piece.id] += 1
                own = f"{piece.id}-{seen[piece.id]}"
            taken.add(own)
            piece = replace(piece, id=own)
        result.append(piece)
    return tuple(result)
