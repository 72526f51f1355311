"""Turn a source file into a Document: sections, sentences, tables, references, with exact spans.

`ingest.blocks` tells what each block is; here blocks become paragraphs (those that a page break,
table, figure or front matter cuts are rejoined), paragraphs become sentences, and sentences learn
what they cite.
"""

import re
from dataclasses import dataclass, field, replace

from corpus.text import SpannedText, quote, trim
from corpus.types import Document, Kind, Language, Reference, Section, Sentence, Span, Spans, Table
from ingest.bibliography import parse_reference
from ingest.blocks import Block, BlockKind, is_finished, read_blocks
from ingest.citations import cited_numbers, passage_references, trial_ids
from ingest.sentences import split_sentences
from ingest.tables import parse_table, table_items, typed_trials

_ENGLISH_FIELDS = frozenset({"title-en", "keywords-en"})


@dataclass(slots=True)
class _Paragraph:
    """A paragraph under construction: its blocks, and for list items where each one starts."""

    id: str
    section: str
    language: Language
    kind: Kind
    parts: list[list[Span]]  # one entry per list item; running text has a single one
    item_kinds: list[Kind]


@dataclass(slots=True)
class _OpenSection:
    id: str
    number: str | None
    title: str
    language: Language
    parent: str | None
    spans: list[Span] = field(default_factory=list)
    n_paragraphs: int = 0


def parse(source: str, *, document_id: str, language: Language = Language.SL) -> Document:
    """Return the Document in `source`.

    Args:
        source: the text exactly as received.
        document_id: short name of the article.
        language: of parts that do not say otherwise (an "Abstract" is English anyway).
    """
    return _Assembler(source, document_id, language).document()


class _Assembler:
    def __init__(self, source: str, document_id: str, language: Language) -> None:
        self.source = source
        self.document_id = document_id
        self.language = language
        self.blocks = read_blocks(source)
        self.sections: dict[str, _OpenSection] = {}
        self.paragraphs: list[_Paragraph] = []
        self.singles: list[Sentence] = []  # headings, captions, legends, front matter
        self.joins: list[Span] = []
        self.problems: list[str] = []
        self.tables: dict[str, list[Block]] = {}
        self.legends: dict[str, str] = {}
        self.figure: str | None = None
        self.open: _Paragraph | None = None

    def document(self) -> Document:
        references = self._references()
        current = self._section("front", None, "", self.language, None)
        table = ""
        for block in self.blocks:
            if block.kind is BlockKind.REFERENCE:
                self.sections["references"].spans.append(block.span)
                continue
            if block.kind is BlockKind.HEADING:
                current = self._heading(block)
            elif block.kind is BlockKind.FRONT:
                self._front(block)
            elif block.kind is BlockKind.FIGURE_CAPTION:
                self._caption(block, "figure", current.language)
            elif block.kind is BlockKind.TABLE_CAPTION:
                table = self._caption(block, "table", current.language)
            elif block.kind is BlockKind.TABLE:
                table = table or self._section(f"table-{len(self.tables) + 1}", None, "", current.language, None).id
                self.tables.setdefault(table, []).append(block)
                self.sections[table].spans.append(block.span)
            elif block.kind is BlockKind.LEGEND and table:
                self.sections[table].spans.append(block.span)
                self._single(f"{table}:legend", Kind.LEGEND, table, block.span, self.sections[table].language)
                self.legends[table] = f"{table}:legend"
                table = ""
            else:
                self._paragraph(block, current)
        return self._finish(references)

    def _references(self) -> tuple[Reference, ...]:
        found: list[Reference] = []
        for position, block in enumerate(
            (block for block in self.blocks if block.kind is BlockKind.REFERENCE), start=1
        ):
            number = int(block.name) if block.name else position
            if number != position and number != (found[-1].number + 1 if found else 1):
                expected = found[-1].number + 1 if found else 1
                self.problems.append(
                    f"line {self._line(block.span.start)}: reference {number} where {expected} was expected"
                )
            found.append(parse_reference(self.source, block.span, number))
        return tuple(found)

    def _line(self, position: int) -> int:
        return self.source.count("\n", 0, position) + 1

    def _section(
        self, section_id: str, number: str | None, title: str, language: Language, parent: str | None
    ) -> _OpenSection:
        if section_id not in self.sections:
            self.sections[section_id] = _OpenSection(section_id, number, title, language, parent)
        return self.sections[section_id]

    def _heading(self, block: Block) -> _OpenSection:
        if self.open is not None and not self._is_finished(self.open):
            self.problems.append(
                f"line {self._line(block.span.start)}: the text before this heading ends in mid-sentence"
            )
        self.open = None
        text = quote(self.source, (block.span,)).lstrip("# ")
        number, title = None, text
        if re.fullmatch(r"\d+(\.\d+)*", block.name):
            number = block.name
            title = text.removeprefix(number).lstrip(". ")
        parent = None
        if number and "." in number:
            above = number.rsplit(".", 1)[0]
            parent = above if above in self.sections else None
            if parent is None:
                self.problems.append(f"line {self._line(block.span.start)}: section {number} has no section {above}")
        section = self._section(block.name, number, title, block.language or self.language, parent)
        section.spans.append(block.span)
        start = block.span.start + (
            len(self.source[block.span.start :]) - len(self.source[block.span.start :].lstrip("# "))
        )
        self._single(f"{section.id}:title", Kind.HEADING, section.id, Span(start, block.span.end), section.language)
        return section

    def _front(self, block: Block) -> None:
        section = self.sections["front"]
        section.spans.append(block.span)
        language = Language.EN if block.name in _ENGLISH_FIELDS else (block.language or section.language)
        self._single(f"front:{block.name}", Kind.METADATA, "front", block.span, language)

    def _caption(self, block: Block, what: str, language: Language) -> str:
        section = self._section(f"{what}-{block.name}", None, "", language, None)
        text = quote(self.source, (block.span,))
        section.title = text.split("(", 1)[0].strip(" .") if what == "table" else text.strip(" .")
        section.spans.append(block.span)
        self._single(f"{section.id}:caption", Kind.CAPTION, section.id, block.span, language)
        self.figure = section.id if what == "figure" else None
        return section.id

    def _single(self, piece_id: str, kind: Kind, section: str, span: Span, language: Language) -> None:
        self.singles.append(
            Sentence(
                id=piece_id,
                kind=kind,
                section=section,
                language=language,
                spans=(trim(self.source, span),),
                text=quote(self.source, (span,)),
                paragraph=piece_id,
            )
        )

    def _is_finished(self, paragraph: _Paragraph) -> bool:
        last = paragraph.parts[-1][-1]
        return is_finished(self.source[last.start : last.end])

    def _paragraph(self, block: Block, current: _OpenSection) -> None:
        text = self.source[block.span.start : block.span.end]
        if self.open is not None and not self._is_finished(self.open):
            continues = not text[0].isupper() or self.figure is None
            if continues and block.kind is BlockKind.PARAGRAPH:
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
        paragraph = _Paragraph(
            f"{section.id}:{section.n_paragraphs}", section.id, section.language, kind, [[block.span]], [kind]
        )
        self.paragraphs.append(paragraph)
        return paragraph

    def _finish(self, references: tuple[Reference, ...]) -> Document:
        n_references = max((reference.number for reference in references), default=0)
        sentences = [self._cite(single, n_references) for single in self.singles]
        for paragraph in self.paragraphs:
            sentences.extend(self._sentences(paragraph, n_references))
        tables: list[Table] = []
        for table_id, blocks in self.tables.items():
            legend = next((s for s in sentences if s.id == self.legends.get(table_id)), None)
            table, problems = parse_table(
                self.source,
                table_id,
                blocks,
                language=self.sections[table_id].language,
                legend=legend,
                n_references=n_references,
            )
            self.problems.extend(problems)
            tables.append(table)
            sentences.extend(table_items(self.source, table, self.sections[table_id].language))
        sentences.sort(key=lambda sentence: sentence.spans[0].start)
        self._check_numbers(references, sentences)
        return Document(
            id=self.document_id,
            text=self.source,
            language=self.language,
            sections=tuple(
                Section(
                    id=s.id,
                    number=s.number,
                    title=s.title,
                    language=s.language,
                    parent=s.parent,
                    spans=tuple(sorted(s.spans)),
                )
                for s in self.sections.values()
                if s.spans
            ),
            sentences=tuple(sentences),
            tables=tuple(tables),
            references=references,
            trials=tuple(trial for table in tables for trial in typed_trials(table)),
            joins=tuple(self.joins),
            problems=tuple(self.problems),
        )

    def _cite(self, sentence: Sentence, n_references: int) -> Sentence:
        if sentence.kind is Kind.METADATA:
            return sentence
        return replace(
            sentence,
            references=cited_numbers(sentence.text, n_references),
            trials=trial_ids(sentence.text),
        )

    def _sentences(self, paragraph: _Paragraph, n_references: int) -> list[Sentence]:
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
                        language=paragraph.language,
                        spans=sentence_spans,
                        text=quote(self.source, sentence_spans),
                        paragraph=paragraph.id,
                        context=introduction,
                    )
                )
        cited = [self._cite(sentence, n_references) for sentence in found]
        closing = passage_references([sentence.references for sentence in cited])
        return [replace(s, passage_references=numbers) for s, numbers in zip(cited, closing, strict=True)]

    def _check_numbers(self, references: tuple[Reference, ...], sentences: list[Sentence]) -> None:
        if not references:
            self.problems.append("no bibliography was found (a heading such as 'Literatura' or 'References')")
            return
        cited = {number for sentence in sentences for number in sentence.references}
        uncited = [str(r.number) for r in references if r.number not in cited]
        if uncited:
            self.problems.append(f"references never cited in the text: {', '.join(uncited)}")
