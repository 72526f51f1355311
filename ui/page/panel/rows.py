"""A row of a table as terms: each column with its cell, codes with their meaning, in both languages."""

import html

from corpus.load import Article
from corpus.types import Language, Table, TableRow
from rag.inspect import row_fields
from rag.views import TrialField
from ui.page.markup import either, outward, registry_url
from ui.strings import string


def row_html(table: Table, row: TableRow, article: Article | None) -> str:
    """Return the cells of a row as terms.

    Args:
        article: the one whose translations are about the table; None for an added article.
    """
    terms = "".join(
        f"<dt>{column_html(table, field.column, article)}</dt><dd>{_cell_html(field, row)}</dd>"
        for field in row_fields(table, row, article)
    )
    return f'<dl class="ev-row">{terms}</dl>'


def column_html(table: Table, column: str, article: Article | None) -> str:
    """Return the heading of a column."""
    english = article.translations.get(f"{table.id}.column:{column}", column) if article else column
    return either({Language.SL: html.escape(column), Language.EN: html.escape(english)})


def _cell_html(field: TrialField, row: TableRow) -> str:
    if field.printed in row.trials:
        return outward(registry_url(field.printed), f"{html.escape(field.printed)} ↗")
    shown = {language: html.escape(text) for language, text in cell_texts(field).items()}
    return either(shown)


def cell_texts(field: TrialField) -> dict[Language, str]:
    """Return what a cell says: the code with its meaning, the right form of a slip with what is printed."""
    slovene = f"{field.printed} – {field.meaning}" if field.meaning else field.printed
    if field.normal != field.printed:
        slovene = f"{field.normal} ({string('trials.as_printed', Language.SL, printed=field.printed)})"
    english = field.english
    if field.meaning and not english.casefold().startswith(field.printed.casefold()):
        english = f"{field.printed} – {english}"
    return {Language.SL: slovene, Language.EN: english}
