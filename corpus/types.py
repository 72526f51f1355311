"""The vocabulary: what an article consists of, as frozen values.

All positions are spans: half-open `[start, end)` in characters (code points) of
`Document.text`, the source exactly as received. A thing that a page break cuts in two has two
spans. `corpus.text.quote` renders spans; nothing is ever retyped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """The two languages Evidenca reads and answers in."""

    SL = "sl"
    EN = "en"


class Kind(StrEnum):
    """What a citable piece of the article is."""

    HEADING = "heading"
    PASSAGE = "passage"
    SENTENCE = "sentence"
    LIST_ITEM = "list_item"
    CAPTION = "caption"
    LEGEND = "legend"
    TABLE_CELL = "table_cell"
    TABLE_ROW = "table_row"
    TABLE = "table"
    REFERENCE = "reference"
    METADATA = "metadata"


class Span(NamedTuple):
    """Half-open range of code points in `Document.text`."""

    start: int
    end: int


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The smallest citable unit of an article.

    Attributes:
        id: stable within the document, e.g. `3.1.4.1:2.3` (section, paragraph, sentence),
            `table-2:NCT05499156`, `ref:56`, `front:authors`.
        section: id of the section it belongs to.
        spans: where it stands in the source, in order; two or more when a page break cuts it.
        text: the quote form of the spans (white space collapsed, Markdown emphasis removed).
    """

    id: str
    kind: Kind
    section: str
    language: Language
    spans: Spans
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Piece):
    """A sentence, list item, heading, caption, legend, table-cell item or metadata field.

    Attributes:
        paragraph: id of the paragraph it stands in (`3.1.4.1:2`).
        references: numbers of the bibliography cited in the sentence itself, ranges expanded.
        passage_references: numbers cited only at the end of the passage this sentence opens or
            continues; empty when the sentence carries a citation of its own.
        trials: registry ids named in the sentence.
        context: words a reader needs that stand elsewhere (a table row and column, the sentence
            that introduces a list); for searching and display, never part of the quote.
    """

    paragraph: str
    references: tuple[int, ...] = ()
    passage_references: tuple[int, ...] = ()
    trials: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table row; `items` are the ids of its list items, if it holds a list."""

    column: str
    spans: Spans
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow(Piece):
    """A row of a table, with its cells in the order of the columns."""

    cells: tuple[Cell, ...]
    references: tuple[int, ...] = ()
    trials: tuple[str, ...] = ()

    def cell(self, column: str) -> str:
        """Return the text of the cell under `column`; raises KeyError when there is none."""
        for cell in self.cells:
            if cell.column == column:
                return cell.text
        raise KeyError(column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its caption and legend are Sentences, named here by id.

    Attributes:
        abbreviations: what the legend spells out, as (abbreviation, meaning) in its order.
    """

    id: str
    caption: str
    legend: str | None
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    abbreviations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Piece):
    """An entry of the bibliography.

    Attributes:
        authors: as printed ("Buzas EI"), in order, without "et al.".
        et_al: the list of authors is cut short.
        group: a collective author ("MISEV Consortium"), or "".
        container: journal, or book for a chapter.
        pages: page range or article number as printed, or "".
        doi, pmid: bare identifiers, or None.
    """

    number: int
    authors: tuple[str, ...]
    et_al: bool
    group: str
    title: str
    container: str
    year: int | None
    volume: str
    issue: str
    pages: str
    publisher: str
    editors: str
    doi: str | None
    pmid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A row of the table of clinical trials, typed. Raw cells stay in `Document.row(row_id)`.

    Attributes:
        status: code of the status as printed; `status_text` is its meaning from the legend.
        country, condition: normalised names (Slovene); the raw cell stays beside them.
        phases: numbered phases (1..4), empty when there is none.
        early: the phase is "early phase 1".
        observational: the row is an observational study or register.
    """

    id: str
    row_id: str
    title: str
    condition: str
    condition_raw: str
    status: str
    status_text: str
    country: str
    country_raw: str
    enrolment: int
    phase_raw: str
    phases: tuple[int, ...]
    early: bool
    observational: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of the article.

    Attributes:
        id: the number ("3.1.4.1") or a name ("abstract-en", "figure-1", "table-2", "references").
        number: as printed, or None for an unnumbered part.
        parent: id of the section above, or None.
        spans: the blocks of text that belong to this section itself, heading included, without
            those of its subsections.
    """

    id: str
    number: str | None
    title: str
    language: Language
    parent: str | None
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article: its text as received, and everything that was found in it.

    Attributes:
        joins: passages that a page break, table, figure or front matter cuts in two and that
            were rejoined: (end of the first piece, start of the second).
        problems: what could not be parsed soundly, one sentence each; reported, never guessed.
    """

    id: str
    text: str
    language: Language
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    references: tuple[Reference, ...]
    trials: tuple[Trial, ...]
    joins: Spans
    problems: tuple[str, ...] = ()

    def pieces(self) -> Iterator[Sentence | TableRow | Reference]:
        """Yield every citable piece: sentences in reading order, table rows, references."""
        yield from self.sentences
        for table in self.tables:
            yield from table.rows
        yield from self.references
