"""Tables: rows and cells with spans, list items inside cells, and the trials of a trial table."""

import re
from itertools import pairwise

from corpus.text import plain, quote, trim
from corpus.types import Cell, Kind, Language, Sentence, Span, Spans, Table, TableRow, Trial
from ingest.blocks import Block
from ingest.citations import cited_numbers, trial_ids

_LIST_OPENING = re.compile(r"<ul\b[^>]*>\s*", re.IGNORECASE)
_BULLET = re.compile(r"•\s*")
_ABBREVIATION = re.compile(r"\s*(?P<short>[^;–]+?)\s+[–-]\s+(?P<meaning>[^;]+?)\s*(?:;|\.?\s*\Z)")
_EARLY = re.compile(r"\b(?:zgodnja faza|early phase)\s*1\b", re.IGNORECASE)
_RULE = re.compile(r"\|?[\s:|-]+\|?")

# What the columns of a table of clinical trials are called, by the words their headers contain.
_TRIAL_COLUMNS = {
    "id": ("oznaka", "identifier", "nct"),
    "title": ("naslov", "title"),
    "condition": ("cilj", "bolezen", "condition", "indication"),
    "status": ("status",),
    "country": ("država", "country", "location"),
    "enrolment": ("število", "enrolment", "enrollment", "participants"),
    "phase": ("vrsta", "faza", "phase", "study type"),
}


def parse_table(
    source: str,
    table_id: str,
    blocks: list[Block],
    *,
    language: Language,
    legend: Sentence | None,
    n_references: int,
) -> tuple[Table, list[str]]:
    """Join the pieces of a table that pages cut, and return it with the problems found.

    A header repeated at the head of a later piece is not a row. A row with too few or too many
    cells is kept as far as it goes and reported.
    """
    lines = [line for block in blocks for line in block.rows if not _is_rule(source, line)]
    header = [quote(source, (cell,)) for cell in _cells(source, lines[0])]
    rows: list[TableRow] = []
    problems: list[str] = []
    for line in lines[1:]:
        spans = _cells(source, line)
        texts = [quote(source, _printed(source, span)) for span in spans]
        if texts == header:
            continue
        if len(spans) != len(header):
            number = source.count("\n", 0, line.start) + 1
            problems.append(f"line {number}: a row of {table_id} has {len(spans)} cells, its header {len(header)}")
        rows.append(_row(source, table_id, len(rows) + 1, header, spans, language, n_references))
    return (
        Table(
            id=table_id,
            caption=f"{table_id}:caption",
            legend=legend.id if legend else None,
            columns=tuple(header),
            rows=tuple(rows),
            abbreviations=abbreviations(legend.text) if legend else (),
        ),
        problems,
    )


def table_items(source: str, table: Table, language: Language) -> list[Sentence]:
    """Return the items of the lists inside cells as Sentences, each with its row and column."""
    items: list[Sentence] = []
    for row in table.rows:
        for cell in row.cells:
            # A bullet in a cell that is no list ("a • b") makes no items.
            spans = _items(source, cell.spans) if cell.items else []
            for item_id, span in zip(cell.items, spans, strict=True):
                items.append(
                    Sentence(
                        id=item_id,
                        kind=Kind.TABLE_CELL,
                        section=table.id,
                        language=language,
                        spans=(span,),
                        text=quote(source, (span,)),
                        paragraph=item_id.rsplit(".", 1)[0],
                        context=f"{row.cells[0].text} – {cell.column}",
                    )
                )
    return items


def abbreviations(legend: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs (abbreviation, meaning) of a legend "Legenda: ZU – zbiranje …; N – …"."""
    body = legend.split(":", 1)[-1]
    return tuple((m["short"].strip(), m["meaning"].strip()) for m in _ABBREVIATION.finditer(body))


def typed_trials(table: Table) -> list[Trial]:
    """Return the rows of `table` as Trials; none when it is not a table of trials."""
    columns = {name: _column(table.columns, words) for name, words in _TRIAL_COLUMNS.items()}
    if columns["id"] is None or columns["phase"] is None:
        return []
    meanings = dict(table.abbreviations)
    trials: list[Trial] = []
    for row in table.rows:
        raw = {
            name: row.cell(column) if column in {c.column for c in row.cells} else ""
            for name, column in columns.items()
        }
        if not trial_ids(raw["id"]):
            continue
        enrolment = re.sub(r"\D", "", raw["enrolment"])
        trials.append(
            Trial(
                id=raw["id"],
                row_id=row.id,
                title=raw["title"],
                condition=raw["condition"],
                condition_raw=raw["condition"],
                status=raw["status"],
                status_text=meanings.get(raw["status"], ""),
                country=raw["country"],
                country_raw=raw["country"],
                enrolment=int(enrolment) if enrolment else 0,
                phase_raw=raw["phase"],
                phases=_phases(raw["phase"]),
                early=_EARLY.search(raw["phase"]) is not None,
                observational=raw["phase"].strip() == "O",
            )
        )
    return trials


def _phases(text: str) -> tuple[int, ...]:
    """Return the numbered phases of "Faza 1 Faza 2"; none for "Zgodnja Faza 1", "O" and "N/A"."""
    if _EARLY.search(text):
        return ()
    return tuple(int(number) for number in re.findall(r"\b(?:faza|phase)\s*(\d)", text, re.IGNORECASE))


def _column(columns: tuple[str, ...], words: tuple[str, ...]) -> str | None:
    return next((column for column in columns if any(word in column.casefold() for word in words)), None)


def _row(
    source: str,
    table_id: str,
    number: int,
    header: list[str],
    spans: list[Span],
    language: Language,
    n_references: int,
) -> TableRow:
    first = quote(source, (spans[0],))
    key = first if trial_ids(first) == (first,) else str(number)
    cells: list[Cell] = []
    for position, (column, span) in enumerate(zip(header, spans, strict=False), start=1):
        printed = _printed(source, span)
        n_items = len(_items(source, printed)) if _LIST_OPENING.match(source, span.start, span.end) else 0
        cells.append(
            Cell(
                column=column,
                spans=printed,
                text=quote(source, printed),
                items=tuple(f"{table_id}:{number}.{position}.{item}" for item in range(1, n_items + 1)),
            )
        )
    row_spans = tuple(span for cell in cells for span in cell.spans)
    text = quote(source, row_spans)
    return TableRow(
        id=f"{table_id}:{key}",
        kind=Kind.TABLE_ROW,
        section=table_id,
        language=language,
        spans=row_spans,
        text=text,
        cells=tuple(cells),
        references=cited_numbers(text, n_references),
        trials=trial_ids(text),
    )


def _cells(source: str, line: Span) -> list[Span]:
    """Return the spans of the cells of a TAB line or a pipe line; empty cells are empty spans."""
    text = source[line.start : line.end]
    if "\t" in text:
        bounds = [line.start - 1, *(line.start + m.start() for m in re.finditer("\t", text)), line.end]
    else:
        inner = [line.start + m.start() for m in re.finditer(r"(?<!\\)\|", text)]
        bounds = inner if text.rstrip().endswith("|") else [*inner, line.end]
        if not text.startswith("|"):
            bounds = [line.start - 1, *bounds]
    return [trim(source, Span(a + 1, b)) for a, b in pairwise(bounds)]


def _printed(source: str, cell: Span) -> Spans:
    """Return the spans of a cell without the opening tag of an (unclosed) HTML list."""
    opening = _LIST_OPENING.match(source, cell.start, cell.end)
    start = opening.end() if opening else cell.start
    return (Span(start, cell.end),) if start < cell.end else ()


def _items(source: str, spans: Spans) -> list[Span]:
    """Return the list items of a cell, without bullets and the comma or full stop between them."""
    items: list[Span] = []
    for start, end in spans:
        marks = [*_BULLET.finditer(source, start, end)]
        ends = [*(mark.start() for mark in marks), end][1:]
        for mark, stop in zip(marks, ends, strict=True):
            item = trim(source, Span(mark.end(), stop))
            while item.end > item.start and source[item.end - 1] in ",.;":
                item = Span(item.start, item.end - 1)
            items.append(item)
    return items


def _is_rule(source: str, line: Span) -> bool:
    """Whether the line is the rule under a Markdown table header (|---|---|)."""
    text = source[line.start : line.end]
    return "-" in text and _RULE.fullmatch(plain(text)) is not None
