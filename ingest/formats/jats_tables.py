"""Tables of JATS XML (the XHTML table model) as pipe tables."""

from xml.etree.ElementTree import Element

from ingest.formats.jats_inline import Inline

_MAX_SPAN = 100


def write_table(table: Element, label: str, inline: Inline) -> str:
    """Return a table as Markdown, every cell of a span filled with its text.

    Several rows of a head become one ("Dose – mg"). A row that is one cell as wide as the table
    keeps its text in the first column.

    Args:
        label: what the table is called in problems.
    """
    head = _grid(table.findall("thead/tr"), inline)
    rows = [*table.findall("tbody/tr"), *table.findall("tr"), *table.findall("tfoot/tr")]
    body = _grid(rows, inline)
    if not head and body:
        if not all(cell.tag == "th" for cell in rows[0]):
            inline.problems.append(f"line {inline.line(table)}: {label} has no head; its first row is taken for one")
        head, body = body[:1], body[1:]
    width = max((len(row) for row in (*head, *body)), default=0)
    if not width:
        return ""
    columns: list[str] = []
    for position in range(width):
        texts = dict.fromkeys(row[position] for row in head if position < len(row) and row[position])
        columns.append(" – ".join(texts))
    lines = [columns, ["---"] * width, *(row + [""] * (width - len(row)) for row in body if any(row))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _grid(rows: list[Element], inline: Inline) -> list[list[str]]:
    """Return the texts of rows of cells, spans written out."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}  # by column, rows still to fill and their text
    width = max((sum(_span(cell, "colspan") for cell in row) for row in rows), default=0)
    for row in rows:
        cells: list[str] = []
        for cell in row:
            _fill(cells, hanging)
            text = _cell(cell, inline)
            n_columns, n_rows = _span(cell, "colspan"), _span(cell, "rowspan")
            is_title = n_columns == width > 1
            for position in range(n_columns):
                shown = "" if is_title and position else text
                if n_rows > 1:
                    hanging[len(cells)] = (n_rows - 1, shown)
                cells.append(shown)
        _fill(cells, hanging)
        grid.append(cells)
    return grid


def _fill(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Append the cells that reach down from rows above, as far as they follow at once."""
    while (hung := hanging.pop(len(cells), None)) is not None:
        left, text = hung
        if left > 1:
            hanging[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1")
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 4 else 1


def _cell(cell: Element, inline: Inline) -> str:
    """Return the text of a cell; a list in it in the form that `ingest.tables` reads."""
    items = list(cell.iter("list-item"))
    if items:
        lead = " ".join(inline.text(child, skip=frozenset({"list"})) for child in cell if child.tag != "list")
        bullets = " ".join(f"• {inline.text(item, skip=frozenset({'label'}))}" for item in items)
        text = f"{lead} {bullets}" if lead.strip() else f"<ul> {bullets}"
    else:
        text = inline.text(cell)
    return " ".join(text.replace("|", "\\|").split())
