"""Put an answer together from chosen chunks: their sentences in the asker's language, with markers."""

from collections.abc import Sequence

from corpus.types import Document, Kind, Language, TableRow
from ingest.chunk import Chunk
from rag.answer import Citation


def compose(chunks: Sequence[Chunk], *, language: Language, document: Document) -> tuple[str, tuple[Citation, ...]]:
    """Return the text, each sentence closed by its marker, and the citations in order.

    Slovene answers copy the article; English ones copy it where it is English and use our working
    translation elsewhere. The quote is the original always.
    """
    rows = {row.id: row for table in document.tables for row in table.rows}
    lines: list[str] = []
    citations: list[Citation] = []
    for marker, chunk in enumerate(chunks, start=1):
        if chunk.id in rows:
            text = _row_text(rows[chunk.id], chunk, language)
        else:
            text = chunk.translation if language is Language.EN and chunk.translation else chunk.text
            if chunk.kind is Kind.TABLE_CELL:
                text = chunk.side(language)
        lines.append(f"{text} [{marker}]")
        citations.append(
            Citation(
                marker=marker,
                id=chunk.id,
                kind=chunk.kind,
                section=chunk.section,
                language=chunk.language,
                quote=chunk.text,
                spans=chunk.spans,
                translation=chunk.translation,
                references=chunk.references,
                passage_references=chunk.passage_references,
                trials=chunk.trials,
            )
        )
    listed = len(chunks) > 1 and any(
        chunk.kind in (Kind.TABLE_ROW, Kind.TABLE_CELL, Kind.REFERENCE) for chunk in chunks
    )
    return ("\n".join(f"- {line}" for line in lines) if listed else " ".join(lines)), tuple(citations)


def _row_text(row: TableRow, chunk: Chunk, language: Language) -> str:
    """A table row in words: "column: cell; …", cells as printed with the meaning of codes."""
    return chunk.side(language)
