"""What can be seen in an index, as frozen values: what `rag.inspect` returns.

Ids of an added article have its own id in front ("smith-2024/2:1.3"), as in the chunks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from corpus.types import Kind, Language, Reference, Trial
from ingest.chunk import Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A piece of an article, and the section where it stands, both by id."""

    id: str
    kind: Kind
    section: str
    section_title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLine:
    """A section in the outline; `n_sentences` counts all its sentences and items but the heading."""

    id: str
    number: str | None
    title: str
    parent: str | None
    language: Language
    n_sentences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """A table in the outline."""

    id: str
    caption: str
    columns: tuple[str, ...]
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleOutline:
    """One article of the index; `path` is None for the bundled one."""

    id: str
    title: str
    citation: str
    path: str | None
    sections: tuple[SectionLine, ...]
    tables: tuple[TableLine, ...]
    references: tuple[tuple[str, str], ...]
    n_trials: int
    n_chunks: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All articles of the index."""

    articles: tuple[ArticleOutline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section with its own pieces in reading order (sentences, then table rows and references)."""

    id: str
    number: str | None
    title: str
    parent: str | None
    language: Language
    subsections: tuple[str, ...]
    pieces: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A span and exactly what stands there in the source; `line` counts from 1."""

    start: int
    end: int
    line: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedReference:
    """An entry of the bibliography that a piece cites; the title is empty when it has none."""

    id: str
    number: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """A known weak spot of the article."""

    id: str
    text: Mapping[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """A sentence, or another citable piece, and everything that hangs on it.

    Attributes:
        passage_references: cited only at the end of the passage.
        translation: our working one; None where the original is English.
        restatements: in other words of ours, by which it is found, Slovene and English; never shown as its text.
        chunks: ids of the chunks it is part of.
    """

    id: str
    kind: Kind
    language: Language
    section: str
    section_title: str
    text: str
    context: str
    spans: tuple[Slice, ...]
    references: tuple[CitedReference, ...]
    passage_references: tuple[CitedReference, ...]
    trials: tuple[str, ...]
    translation: str | None
    restatements: tuple[str, ...]
    notes: tuple[NoteView, ...]
    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceView:
    """An entry of the bibliography and who cites it.

    Attributes:
        links: addresses at doi.org and PubMed, those it has.
        cited_by: pieces that carry its number themselves.
        cited_by_passage: sentences that it covers only as the closing citation of their passage.
    """

    id: str
    reference: Reference
    links: tuple[str, ...]
    cited_by: tuple[Place, ...]
    cited_by_passage: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialField:
    """A cell of the trial's row.

    Attributes:
        printed: as it stands in the table.
        normal: the right form of a slip or variant; else as printed.
        meaning: what the legend says of the code, or "".
        english: our translation; as printed where it has none.
    """

    column: str
    printed: str
    normal: str
    meaning: str
    english: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """A trial: its row, typed and as printed, and every place that names it.

    Attributes:
        trial: None when the article only names it in the text.
        places: sentences in reading order, then the table row.
    """

    id: str
    trial: Trial | None
    fields: tuple[TrialField, ...]
    places: tuple[Place, ...]
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptName:
    """A concept by key, with its preferred names."""

    key: str
    sl: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkView:
    """A chunk, and its neighbours of the same size (passage or single piece) in its section."""

    chunk: Chunk
    concepts: tuple[ConceptName, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row of a table; `translation` is None for a row of lists, or an English one."""

    id: str
    cells: tuple[str, ...]
    translation: str | None
    references: tuple[int, ...]
    trials: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table with its rows."""

    id: str
    caption: str
    legend: str
    columns: tuple[str, ...]
    abbreviations: tuple[tuple[str, str], ...]
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptView:
    """A concept of the glossary.

    Attributes:
        definition_id: of what defines it or spells it out, or "".
        definition: that piece; None when there is none, or when it is a column or cell of a table.
        n_chunks: how many chunks name it.
        n_chunks_by_collection: the same, by collection.
    """

    key: str
    sl: tuple[str, ...]
    en: tuple[str, ...]
    abbreviations: tuple[str, ...]
    kind: str
    definition_id: str
    definition: Place | None
    n_chunks: int
    n_chunks_by_collection: Mapping[str, int]


View = Outline | SectionView | SentenceView | ReferenceView | TrialView | ChunkView | TableView | ConceptView
