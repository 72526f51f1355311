"""Look into an index: what it holds under an id, as values; `ui.commands.inspect` turns them into text.

Ids are those of the pieces and chunks. Blanks around an id and its case do not matter. What belongs
to an added article has the id of that article in front ("smith-2024/2:1.3"), here as in the chunks.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.cited import cited_by
from corpus.config import Settings
from corpus.errors import UnknownIdError
from corpus.load import Article, load_article
from corpus.types import Document, Kind, Language, Reference, Section, Sentence, Table, TableRow
from ingest.chunk import Chunk, cell_translation, row_translation
from ingest.fresh import check_fresh
from ingest.index import ArticleEntry, Index
from rag.views import (
    ArticleOutline,
    ChunkView,
    CitedReference,
    ConceptName,
    ConceptView,
    NoteView,
    Outline,
    Place,
    ReferenceView,
    RowView,
    SectionLine,
    SectionView,
    SentenceView,
    Slice,
    TableLine,
    TableView,
    TrialField,
    TrialView,
    View,
)

_MAX_SHOWN = 60  # characters of a wrong id that a message repeats
_SEE_OUTLINE = "See what there is: evidenca inspect outline"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is looked into.

    Attributes:
        article: the bundled one, with its translations, glossary and notes.
        entries: the articles of the index, the bundled one first.
    """

    article: Article
    entries: tuple[ArticleEntry, ...]
    documents: Mapping[str, Document]
    chunks: Mapping[str, Chunk]

    @classmethod
    def open(cls, settings: Settings) -> "Contents":
        """Read the index that the settings name; no embedding model is loaded or compared.

        Raises:
            IndexMismatchError: it is absent, damaged or stale.
            CorpusError: the article's files cannot be read.
        """
        article = load_article()
        index = Index.open(settings.index_dir)
        check_fresh(index.manifest, article, replace(settings, embedding_model=None))
        return cls(article=article, entries=index.manifest.articles, documents=index.documents, chunks=index.chunks)

    def is_bundled(self, document: Document) -> bool:
        """Whether it is the article that translations, glossary and notes are about."""
        return document.id == self.article.id

    def full_id(self, document: Document, local: str) -> str:
        """Return the id as it is given on the command line and used in chunks."""
        return local if self.is_bundled(document) else f"{document.id}/{local}"


def outline(contents: Contents) -> Outline:
    """Return the articles of the index with their sections, tables and references."""
    return Outline(
        articles=tuple(_article_outline(contents, entry, contents.documents[entry.id]) for entry in contents.entries)
    )


def section(contents: Contents, given: str) -> SectionView:
    """Return a section by its id: a number ("3.1.4"), or a name ("abstract-en", "table-2").

    Raises:
        UnknownIdError: there is none; the message names near ones.
    """
    document, local = _document(contents, given)
    sections = {item.id: item for item in document.sections}
    found = sections[_known(contents, "section", document, local, sections)]
    return SectionView(
        id=contents.full_id(document, found.id),
        number=found.number,
        title=found.title,
        parent=contents.full_id(document, found.parent) if found.parent else None,
        language=found.language,
        subsections=tuple(contents.full_id(document, s.id) for s in document.sections if s.parent == found.id),
        pieces=tuple(_place(contents, document, piece) for piece in document.pieces() if piece.section == found.id),
    )


def sentence(contents: Contents, given: str) -> SentenceView:
    """Return a sentence by its id; table rows and references have ids too ("ref:12").

    Raises:
        UnknownIdError: there is none; the message names near ones.
    """
    document, local = _document(contents, given)
    pieces = _pieces(document)
    piece = pieces[_known(contents, "sentence", document, local, pieces)]
    place = _place(contents, document, piece)
    return SentenceView(
        id=place.id,
        kind=piece.kind,
        language=piece.language,
        section=place.section,
        section_title=place.section_title,
        text=piece.text,
        context=piece.context if isinstance(piece, Sentence) else "",
        spans=tuple(
            Slice(
                start=start,
                end=end,
                line=document.text.count("\n", 0, start) + 1,
                source=document.text[start:end],
            )
            for start, end in piece.spans
        ),
        references=() if isinstance(piece, Reference) else _cited(contents, document, piece.references),
        passage_references=(
            _cited(contents, document, piece.passage_references) if isinstance(piece, Sentence) else ()
        ),
        trials=() if isinstance(piece, Reference) else piece.trials,
        translation=_translation(contents, document, piece),
        restatements=_restatements(contents, document, piece.id),
        notes=_notes(contents, document, [piece.id]),
        chunks=tuple(chunk.id for chunk in contents.chunks.values() if place.id in chunk.pieces),
    )


def reference(contents: Contents, given: str) -> ReferenceView:
    """Return an entry of the bibliography by its number; "ref:12" is accepted too.

    Raises:
        UnknownIdError: there is none; the message says which numbers there are.
    """
    document, local = _document(contents, given)
    entries = {str(item.number): item for item in document.references}
    number = local.casefold().removeprefix("ref:").strip()
    number = number.lstrip("0") or number
    if number not in entries:
        raise UnknownIdError(
            f"There is no reference {_shown(contents.full_id(document, local))}; {_bibliography(document)}."
        )
    found = entries[number]
    citing = cited_by(document)[found.number]
    links = []
    if found.doi:
        links.append(f"https://doi.org/{found.doi}")
    if found.pmid:
        links.append(f"https://pubmed.ncbi.nlm.nih.gov/{found.pmid}/")
    return ReferenceView(
        id=contents.full_id(document, found.id),
        reference=found,
        links=tuple(links),
        cited_by=_places(contents, document, citing.own),
        cited_by_passage=_places(contents, document, citing.passage),
    )


def trial(contents: Contents, given: str) -> TrialView:
    """Return a trial by its registry id, whether it is in a table or only named in the text.

    Raises:
        UnknownIdError: the article names no such trial; the message names near ones.
    """
    document, local = _document(contents, given)
    naming: dict[str, list[str]] = {}
    for piece in document.pieces():
        for trial_id in () if isinstance(piece, Reference) else piece.trials:
            naming.setdefault(trial_id, []).append(piece.id)
    trials = {item.id: item for item in document.trials}
    trial_id = _known(contents, "trial", document, local, [*trials, *naming])
    found = trials.get(trial_id)
    piece_ids = naming.get(trial_id, [])
    return TrialView(
        id=contents.full_id(document, trial_id),
        trial=found,
        fields=_trial_fields(contents, document, found.row_id) if found else (),
        places=_places(contents, document, piece_ids),
        notes=_notes(contents, document, piece_ids),
    )


def chunk(contents: Contents, given: str) -> ChunkView:
    """Return a chunk by its id ("3.1.4.1:2.3", or "3.1.4.1:2.1-6" for a passage).

    Raises:
        UnknownIdError: there is none; the message names near ones.
    """
    document, local = _document(contents, given)
    prefix = contents.full_id(document, "")
    own = {item.id.removeprefix(prefix): item for item in contents.chunks.values() if item.article == document.id}
    found = own[_known(contents, "chunk", document, local, own)]
    neighbours = sorted(
        (
            item
            for item in own.values()
            if item.section == found.section and (item.kind is Kind.PASSAGE) == (found.kind is Kind.PASSAGE)
        ),
        key=lambda item: item.spans[0].start if item.spans else 0,
    )
    ids = [None, *(item.id for item in neighbours), None]
    position = ids.index(found.id)
    names = {concept.key: concept for concept in contents.article.glossary}
    return ChunkView(
        chunk=found,
        concepts=tuple(
            ConceptName(key=key, sl=names[key].sl[0], en=names[key].en[0]) for key in found.concepts if key in names
        ),
        before=ids[position - 1],
        after=ids[position + 1],
    )


def table(contents: Contents, given: str) -> TableView:
    """Return a table by its number or id ("2", "table-2").

    Raises:
        UnknownIdError: there is none; the message says which tables there are.
    """
    document, local = _document(contents, given)
    tables = {item.id: item for item in document.tables}
    table_id = _match(local, tables) or _match(f"table-{local}", tables)
    if table_id is None:
        there = ", ".join(contents.full_id(document, key) for key in tables) or "none"
        raise UnknownIdError(
            f"There is no table {_shown(contents.full_id(document, local))}; the tables of the article: {there}."
        )
    found = tables[table_id]
    pieces = _pieces(document)
    article = _own_article(contents, document)
    return TableView(
        id=contents.full_id(document, found.id),
        caption=_text(pieces, found.caption),
        legend=_text(pieces, found.legend),
        columns=found.columns,
        abbreviations=found.abbreviations,
        rows=tuple(
            RowView(
                id=contents.full_id(document, row.id),
                cells=tuple(cell.text for cell in row.cells),
                translation=row_translation(row, article) if article else None,
                references=row.references,
                trials=row.trials,
            )
            for row in found.rows
        ),
    )


def concept(contents: Contents, given: str) -> ConceptView:
    """Return a concept of the glossary by its key.

    Raises:
        UnknownIdError: there is none; the message names those of that name, or near keys.
    """
    concepts = {item.key: item for item in contents.article.glossary}
    wanted = " ".join(given.split())
    key = _match(wanted, concepts)
    if key is None:
        named = [
            item.key
            for item in concepts.values()
            if wanted.casefold() in {name.casefold() for name in (*item.sl, *item.en)}
        ]
        raise _unknown(
            "concept",
            wanted,
            named or _near(wanted, concepts),
            hint=f"The keys are in {contents.article.folder.name}/glossary.tsv.",
        )
    found = concepts[key]
    naming = [item.collection for item in contents.chunks.values() if key in item.concepts]
    document = contents.documents[contents.article.id]
    definitions = _places(contents, document, [found.definition])
    return ConceptView(
        key=found.key,
        sl=found.sl,
        en=found.en,
        abbreviations=found.abbreviations,
        kind=found.kind,
        definition_id=found.definition,
        definition=definitions[0] if definitions else None,
        n_chunks=len(naming),
        n_chunks_by_collection={str(name): naming.count(name) for name in dict.fromkeys(naming)},
    )


# What can be inspected by id; the outline takes none.
BY_ID: Mapping[str, Callable[[Contents, str], View]] = {
    "section": section,
    "sentence": sentence,
    "reference": reference,
    "trial": trial,
    "chunk": chunk,
    "table": table,
    "concept": concept,
}


def _document(contents: Contents, given: str) -> tuple[Document, str]:
    """Return the document that an id belongs to, and the id within it."""
    wanted = " ".join(given.split())
    front, slash, local = wanted.partition("/")
    if not slash:
        return contents.documents[contents.article.id], wanted
    found = _match(front.strip(), contents.documents)
    if found is None:
        raise UnknownIdError(
            f"There is no article {_shown(front)} in the index; there are: {', '.join(contents.documents)}."
        )
    return contents.documents[found], local.strip()


def _match(given: str, known: Iterable[str]) -> str | None:
    """Return the known id that was meant: the very same, or the same but for case."""
    ids = list(known)
    return given if given in ids else {item.casefold(): item for item in ids}.get(given.casefold())


def _known(contents: Contents, what: str, document: Document, local: str, known: Iterable[str]) -> str:
    """Return the id that was meant, or raise UnknownIdError."""
    ids = list(known)
    found = _match(local, ids)
    if found is None:
        near = [contents.full_id(document, item) for item in _near(local, ids)]
        raise _unknown(what, contents.full_id(document, local), near)
    return found


def _near(given: str, known: Iterable[str]) -> list[str]:
    forms = {item.casefold(): item for item in known}
    # Beyond this length no id can be alike, and the comparison takes quadratic time.
    return [forms[form] for form in difflib.get_close_matches(given.casefold()[:200], forms, n=3)]


def _unknown(what: str, given: str, near: Sequence[str], *, hint: str = _SEE_OUTLINE) -> UnknownIdError:
    message = f"There is no {what} {_shown(given)}"
    if near:
        return UnknownIdError(f"{message}; near it: {', '.join(near)}.")
    return UnknownIdError(f"{message}.", hint=hint)


def _shown(given: str) -> str:
    """The id for a message of one line."""
    if not given:
        return "of no id"
    return given if len(given) <= _MAX_SHOWN else given[: _MAX_SHOWN - 1] + "…"


def _bibliography(document: Document) -> str:
    numbers = [item.number for item in document.references]
    if not numbers:
        return "the article has no bibliography"
    lowest, highest = min(numbers), max(numbers)
    if len(numbers) == highest - lowest + 1:
        return f"the bibliography has {lowest} to {highest}"
    return f"the bibliography has {len(numbers)} entries between {lowest} and {highest}"


def _article_outline(contents: Contents, entry: ArticleEntry, document: Document) -> ArticleOutline:
    counts: dict[str, int] = {}
    for item in document.sentences:
        if item.kind is not Kind.HEADING:
            counts[item.section] = counts.get(item.section, 0) + 1
    pieces = _pieces(document)
    return ArticleOutline(
        id=entry.id,
        title=entry.title,
        citation=entry.citation,
        path=entry.path,
        sections=tuple(
            SectionLine(
                id=contents.full_id(document, item.id),
                number=item.number,
                title=item.title,
                parent=contents.full_id(document, item.parent) if item.parent else None,
                language=item.language,
                n_sentences=counts.get(item.id, 0),
            )
            for item in document.sections
        ),
        tables=tuple(
            TableLine(
                id=contents.full_id(document, item.id),
                caption=_text(pieces, item.caption),
                columns=item.columns,
                n_rows=len(item.rows),
            )
            for item in document.tables
        ),
        references=tuple((contents.full_id(document, item.id), item.title) for item in document.references),
        n_trials=len(document.trials),
        n_chunks=sum(item.article == document.id for item in contents.chunks.values()),
        problems=document.problems,
    )


def _pieces(document: Document) -> dict[str, Sentence | TableRow | Reference]:
    return {piece.id: piece for piece in document.pieces()}


def _text(pieces: Mapping[str, Sentence | TableRow | Reference], piece_id: str | None) -> str:
    return pieces[piece_id].text if piece_id is not None and piece_id in pieces else ""


def _place(contents: Contents, document: Document, piece: Sentence | TableRow | Reference) -> Place:
    titles = {item.id: _printed(item) for item in document.sections}
    return Place(
        id=contents.full_id(document, piece.id),
        kind=piece.kind,
        section=contents.full_id(document, piece.section),
        section_title=titles.get(piece.section, ""),
        text=piece.text,
    )


def _places(contents: Contents, document: Document, piece_ids: Iterable[str]) -> tuple[Place, ...]:
    pieces = _pieces(document)
    return tuple(_place(contents, document, pieces[item]) for item in piece_ids if item in pieces)


def _printed(item: Section) -> str:
    return f"{item.number} {item.title}" if item.number else item.title


def _own_article(contents: Contents, document: Document) -> Article | None:
    """The article whose translations and notes are about `document`; an added one has none."""
    return contents.article if contents.is_bundled(document) else None


def _translation(contents: Contents, document: Document, piece: Sentence | TableRow | Reference) -> str | None:
    article = _own_article(contents, document)
    if article is None or piece.language is Language.EN:
        return None
    return row_translation(piece, article) if isinstance(piece, TableRow) else article.translations.get(piece.id)


def _restatements(contents: Contents, document: Document, piece: str) -> tuple[str, ...]:
    texts = contents.article.restatements.get(piece, {}) if contents.is_bundled(document) else {}
    return tuple(text for language in Language for text in texts.get(language, ()))


def _notes(contents: Contents, document: Document, piece_ids: Iterable[str]) -> tuple[NoteView, ...]:
    article = _own_article(contents, document)
    if article is None:
        return ()
    found = {note.id: note for item in piece_ids for note in article.notes_by_piece.get(item, ())}
    return tuple(NoteView(id=note.id, text=dict(note.text)) for note in found.values())


def _cited(contents: Contents, document: Document, numbers: Iterable[int]) -> tuple[CitedReference, ...]:
    titles = {item.number: item.title for item in document.references}
    return tuple(
        CitedReference(id=contents.full_id(document, f"ref:{number}"), number=number, title=titles.get(number, ""))
        for number in numbers
    )


def _trial_fields(contents: Contents, document: Document, row_id: str) -> tuple[TrialField, ...]:
    article = _own_article(contents, document)
    rows = ((item, row) for item in document.tables for row in item.rows if row.id == row_id)
    return next((row_fields(item, row, article) for item, row in rows), ())


def row_fields(table: Table, row: TableRow, article: Article | None) -> tuple[TrialField, ...]:
    """Return the cells of a row as printed, their right forms, the meanings of codes and their English.

    Args:
        article: the one whose translations are about the table; None for an added article.
    """
    meanings = dict(table.abbreviations)
    normal: Mapping[str, str] = article.normal_forms if article else {}
    return tuple(
        TrialField(
            column=cell.column,
            printed=cell.text,
            normal=normal.get(f"{row.section}.{cell.column}:{cell.text}", cell.text),
            meaning=meanings.get(cell.text, ""),
            english=cell_translation(row, cell.column, cell.text, article) if article else cell.text,
        )
        for cell in row.cells
    )
