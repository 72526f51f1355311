"""From computed sentences to an answer: markers, citations and the computation anyone can repeat."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.types import Language
from ingest.chunk import Chunk
from rag.answer import AnswerSentence, Citation, Computation, Support
from rag.bibliography.compose import BibliographySentence
from rag.bibliography.compose import describe as describe_query
from rag.bibliography.query import BibliographyResult
from rag.bibliography.query import Operation as BibliographyOperation
from rag.prose.compose import cite
from rag.questions.about import Held
from rag.tables.compose import SentenceKind, TableSentence, describe_all
from rag.tables.execute import TableResult

# With more rows than this the table is cited as a whole; the computation still names every row.
MAX_CITED_ROWS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """The parts of an answer that come from computed sentences."""

    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    computation: Computation | None
    listed: bool


def from_table(
    result: TableResult, sentences: Sequence[TableSentence], *, chunks: Mapping[str, Chunk], language: Language
) -> Assembled:
    """Return the answer that a table query gives."""
    markers = _Markers(chunks)
    caption = f"{result.table}:caption"
    found: list[AnswerSentence] = []
    for sentence in sentences:
        many = len(sentence.row_ids) > MAX_CITED_ROWS or not sentence.row_ids
        pieces = [*((caption,) if many else sentence.row_ids), *sentence.piece_ids]
        if sentence.kind is SentenceKind.NOTE:
            pieces = list(sentence.piece_ids)
        support = {
            SentenceKind.COMPUTED: Support.COMPUTED,
            SentenceKind.ROW: Support.ROW,
            SentenceKind.NOTE: Support.NOTICE,
        }[sentence.kind]
        found.append(AnswerSentence(text=sentence.text, markers=markers.of(pieces), support=support))
    operation = result.operation
    return Assembled(
        sentences=tuple(found),
        citations=markers.citations(),
        computation=Computation(
            operation=str(operation),
            column=str(result.column) if result.column else "",
            rows=tuple(trial.row_id for trial in result.rows),
            shown=tuple(trial.row_id for trial in (result.shown or result.rows)),
            value=result.value,
            groups=tuple((group.key, round(group.value, 1)) for group in result.groups),
            filter=describe_all(result, language),
        ),
        listed=len(found) > 1,
    )


def from_bibliography(
    result: BibliographyResult,
    sentences: Sequence[BibliographySentence],
    *,
    chunks: Mapping[str, Chunk],
    language: Language,
) -> Assembled:
    """Return the answer that a query of the bibliography gives."""
    markers = _Markers(chunks)
    found = tuple(
        AnswerSentence(text=sentence.text, markers=markers.of(sentence.pieces), support=sentence.support)
        for sentence in sentences
    )
    counted = any(sentence.support is Support.COMPUTED for sentence in sentences)
    return Assembled(
        sentences=found,
        citations=markers.citations(),
        computation=Computation(
            operation=str(result.query.operation),
            column="",
            rows=tuple(reference.id for reference in result.references),
            shown=tuple(reference.id for reference in result.references),
            value=float(len(result.references)),
            groups=_counted(result),
            filter=describe_query(result.query, language=language),
        )
        if counted
        else None,
        listed=len(found) > 1,
    )


def _counted(result: BibliographyResult) -> tuple[tuple[str, int], ...]:
    """What was counted: groups, works of the year found, or the places that cite each work or section."""
    if result.query.operation in (BibliographyOperation.OLDEST, BibliographyOperation.NEWEST):
        years = Counter(str(reference.year) for reference in result.references)
        return tuple(years.items())
    if result.times:
        return tuple((f"ref:{r.number}", n) for r, n in zip(result.references, result.times, strict=True))
    if result.query.operation in (BibliographyOperation.CITING, BibliographyOperation.SECTIONS):
        sections = Counter(piece.section for piece in result.pieces if piece.id in result.own)
        return (("places", len(result.own)), *sections.items())
    return tuple((name, len(numbers)) for name, numbers in result.groups)


def from_article(held: Sequence[Held]) -> Assembled:
    """Return the answer that consists of facts of the article itself, each part of a piece once."""
    markers = _Markers({item.chunk.id: item.chunk for item in held})
    found = tuple(
        AnswerSentence(
            text=item.text,
            markers=markers.of([item.chunk.id]),
            support=Support.TRANSLATION if item.translated else Support.QUOTE,
        )
        for item in _distinct(held)
    )
    return Assembled(sentences=found, citations=markers.citations(), computation=None, listed=len(found) > 1)


def _distinct(held: Sequence[Held]) -> list[Held]:
    """Leave out what another item of the same piece says already, in as many words or more."""
    kept: list[Held] = []
    for place, item in enumerate(held):
        others = [other for other in (*kept, *held[place + 1 :]) if other.chunk.id == item.chunk.id]
        if not any(item.text in other.text for other in others):
            kept.append(item)
    return kept


def joined(
    *parts: tuple[Sequence[AnswerSentence], Sequence[Citation]],
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return parts of an answer one after another, with markers counted through and each piece cited once."""
    citations: dict[str, Citation] = {}
    sentences: list[AnswerSentence] = []
    for said, cited in parts:
        renamed: dict[int, int] = {}
        for citation in cited:
            own = citations.setdefault(citation.id, replace(citation, marker=len(citations) + 1))
            renamed[citation.marker] = own.marker
        sentences += [replace(one, markers=tuple(renamed[marker] for marker in one.markers)) for one in said]
    return tuple(sentences), tuple(citations.values())


class _Markers:
    """Numbers citations in the order they are first used."""

    def __init__(self, chunks: Mapping[str, Chunk]) -> None:
        self._chunks = chunks
        self._numbers: dict[str, int] = {}

    def of(self, pieces: Iterable[str]) -> tuple[int, ...]:
        """Return the markers of pieces, new ones numbered on; a piece that is not in the index has none."""
        return tuple(
            self._numbers.setdefault(piece, len(self._numbers) + 1)
            for piece in dict.fromkeys(pieces)
            if piece in self._chunks
        )

    def citations(self) -> tuple[Citation, ...]:
        """Return the citations of all markers, in order."""
        return tuple(cite(self._chunks[piece], number) for piece, number in self._numbers.items())
