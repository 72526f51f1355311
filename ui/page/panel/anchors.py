"""Where things stand in the panel: ids of elements, and the short names by which links call a place."""

from corpus.types import Document, Kind, Language, Table, TableRow
from rag.answer import Citation
from rag.messages import SECTION_NAMES
from ui.page.conversation import Engine

_MAX_MARK = 40  # characters of a section title that serves as the name of a link


def full_id(engine: Engine, article: str, local: str) -> str:
    """Return the id of a piece as citations have it: in an added article with that article's id in front."""
    return local if article == engine.article.id else f"{article}/{local}"


def piece_anchor(engine: Engine, article: str, local: str) -> str:
    """Return the id of the element that shows a sentence or row in the article."""
    return f"at-{full_id(engine, article, local)}"


def reference_anchor(engine: Engine, article: str, number: int) -> str:
    """Return the id of the card of a reference."""
    return f"ref-{full_id(engine, article, str(number))}"


def trial_anchor(trial: str) -> str:
    """Return the id of a trial's row in the table of trials."""
    return f"trial-{trial}"


def shown_pieces(engine: Engine, citation: Citation) -> tuple[str, ...]:
    """Return the full ids of the elements of the article that a citation quotes, in reading order.

    A passage has no element of its own: what counts is which sentences its spans lie in. Nothing is
    ever looked for by its text. References stand in their own pane.
    """
    if citation.kind is Kind.REFERENCE:
        return ()
    if citation.kind is not Kind.PASSAGE:
        return (citation.id,)
    document = engine.documents.get(citation.article)
    return tuple(
        full_id(engine, citation.article, sentence.id)
        for sentence in (document.sentences if document else ())
        if any(first < end and start < last for start, end in citation.spans for first, last in sentence.spans)
    )


def find_row(engine: Engine, citation: Citation) -> tuple[Table, TableRow] | None:
    """Return the table row that a citation quotes, with its table; None when it quotes something else."""
    document = engine.documents.get(citation.article)
    if citation.kind is not Kind.TABLE_ROW or document is None:
        return None
    return next(
        (
            (table, row)
            for table in document.tables
            for row in table.rows
            if full_id(engine, document.id, row.id) == citation.id
        ),
        None,
    )


def section_mark(engine: Engine, document: Document, section_id: str) -> dict[Language, str]:
    """Return what a link calls a section: "§ 3.1.4", "Tabela 2", or the beginning of its title."""
    section = next((item for item in document.sections if item.id == section_id), None)
    if section is None:
        return dict.fromkeys(Language, section_id)
    if section.number:
        return dict.fromkeys(Language, f"§ {section.number}")
    names = SECTION_NAMES.get(section_id)
    if names is not None:
        return {language: names[language] for language in Language}
    titles = {Language.SL: section.title, Language.EN: section.title}
    if document.id == engine.article.id:
        translations = engine.article.translations
        english = translations.get(f"{section_id}:title") or translations.get(f"{section_id}:caption")
        titles[Language.EN] = english or section.title
    return {language: _short(title) for language, title in titles.items()}


def _short(title: str) -> str:
    title = title.split(":", 1)[0]
    return title if len(title) <= _MAX_MARK else f"{title[: _MAX_MARK - 1].rstrip()}…"
