"""From a parsed article to chunks, the indexed units, in three collections.

The collections are kept apart so that 85 English references do not crowd out the Slovene text
when someone asks in English. Each chunk carries, beside its verbatim quote, a search form for each
language side: the original with its known slips repaired, and our working translation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Kind, Language, Reference, Sentence, Span, Spans, TableRow

MAX_PASSAGE_CHARS = 700
_T = TypeVar("_T")


# What the fields of the front matter are called by those who ask for them.
_FIELD_NAMES = {
    "title-sl": ("Naslov članka", "Title of the article"),
    "title-en": ("Naslov članka v angleščini", "Title of the article in English"),
    "title": ("Naslov članka", "Title of the article"),
    "authors": ("Avtorji, avtorice članka", "Authors of the article"),
    "affiliation": ("Ustanova, zaposlitev avtorjev, avtoric", "Affiliation, institution, employer of the authors"),
    "correspondence": ("Dopisni avtor, kontakt, elektronski naslov", "Corresponding author, contact, e-mail address"),
    "keywords-sl": ("Ključne besede", "Keywords in Slovene"),
    "keywords-en": ("Ključne besede v angleščini", "Keywords"),
    "dates": ("Datum prejema in sprejema članka", "Date the article was received and accepted"),
    "citation": (
        "Kako citirati članek: revija, letnik, strani, DOI",
        "How to cite the article: journal, volume, pages, DOI",
    ),
    "licence": ("Licenca, avtorske pravice", "Licence, copyright"),
}


class Collection(StrEnum):
    """What a chunk is evidence of."""

    ARTICLE = "article"
    TRIALS = "trials"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """An indexed unit.

    Attributes:
        id: of the piece it is, or of the first sentence and the number of the last for a passage
            ("3.1.4.1:2.3-5"); of an added article with its id in front ("smith-2024/2:1.3").
        article: id of the article.
        text: the verbatim quote of `spans`.
        translation: our working translation of the quote, None where the original is English.
        search: search form by language side; both sides are present only for translated chunks.
        restated: other ways to say or ask what a piece says, in both languages; for searching only.
        pieces: ids of the pieces it consists of.
        concepts: keys of the glossary concepts named in any of its search forms.
    """

    id: str
    article: str
    collection: Collection
    kind: Kind
    section: str
    language: Language
    spans: Spans
    text: str
    translation: str | None
    search: Mapping[Language, str]
    pieces: tuple[str, ...]
    references: tuple[int, ...]
    passage_references: tuple[int, ...]
    trials: tuple[str, ...]
    restated: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()

    def side(self, language: Language) -> str:
        """Return the search form for questions in `language`, or the only one there is."""
        return self.search.get(language) or next(iter(self.search.values()))


def chunk(document: Document, article: Article, *, bundled: bool = True) -> list[Chunk]:
    """Return all chunks of `document`: sentences, passages (with their section title), rows, references.

    Args:
        article: whose translations, repairs and glossary there are.
        bundled: whether `document` is that article; of an added one only the glossary applies.
    """
    if not bundled:
        article = replace(article, translations={}, normal_forms={}, repairs=(), notes=(), restatements={})
    maker = _Maker(document, article, prefix="" if bundled else f"{document.id}/")
    chunks = [maker.sentence(sentence) for sentence in document.sentences if sentence.kind is not Kind.HEADING]
    chunks.extend(maker.passage(group) for group in _passages(document.sentences))
    for table in document.tables:
        chunks.extend(maker.row(row) for row in table.rows)
    chunks.extend(maker.reference(reference) for reference in document.references)
    matcher = ConceptMatcher(article.glossary)
    return [
        replace(
            item,
            concepts=_union(
                tuple(m.key for m in matcher.find(text, language=side, nested=True))
                for side, text in item.search.items()
            ),
        )
        for item in chunks
    ]


def _passages(sentences: Iterable[Sentence]) -> list[list[Sentence]]:
    """Group consecutive sentences of one paragraph, at most `MAX_PASSAGE_CHARS` long together."""
    paragraphs: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        if sentence.kind in (Kind.SENTENCE, Kind.LIST_ITEM, Kind.TABLE_CELL):
            paragraphs.setdefault(sentence.paragraph, []).append(sentence)
    groups: list[list[Sentence]] = []
    for members in paragraphs.values():
        group: list[Sentence] = []
        for sentence in members:
            if group and sum(len(s.text) + 1 for s in group) + len(sentence.text) > MAX_PASSAGE_CHARS:
                groups.append(group)
                group = []
            group.append(sentence)
        groups.append(group)
    return groups


class _Maker:
    def __init__(self, document: Document, article: Article, *, prefix: str) -> None:
        self.document = document
        self.prefix = prefix
        self.article = article
        self.titles = {section.id: section.title for section in document.sections}

    def title(self, section: str, side: Language) -> str:
        """Return the title of a section in the language of `side`, or as printed."""
        translated = self.article.translations.get(f"{section}:title", "") if side is Language.EN else ""
        return translated.lstrip("0123456789. ") or self.titles[section]

    def _search(self, text: str, language: Language, translation: str | None) -> dict[Language, str]:
        search = {language: self.article.search_form(text)}
        if translation is not None:
            search[Language.EN] = translation
        return search

    def translation(self, piece_id: str, language: Language) -> str | None:
        """Return our translation of a Slovene piece; English ones need none."""
        return None if language is Language.EN else self.article.translations.get(piece_id)

    def sentence(self, sentence: Sentence) -> Chunk:
        translation = self.translation(sentence.id, sentence.language)
        search = self._search(sentence.text, sentence.language, translation)
        if sentence.kind is Kind.TABLE_CELL:
            search = {side: f"{context} – {search[side]}" for side, context in self._cell_context(sentence).items()}
        if sentence.kind is Kind.METADATA and (names := _FIELD_NAMES.get(sentence.id.split(":", 1)[1])):
            labels = dict(zip((Language.SL, Language.EN), names, strict=True))
            search = {side: f"{labels[side]}: {text}" for side, text in search.items()}
        return Chunk(
            id=self.prefix + sentence.id,
            article=self.document.id,
            collection=Collection.ARTICLE,
            kind=sentence.kind,
            section=sentence.section,
            language=sentence.language,
            spans=sentence.spans,
            text=sentence.text,
            translation=translation,
            search=search,
            pieces=(self.prefix + sentence.id,),
            references=sentence.references,
            passage_references=sentence.passage_references,
            trials=sentence.trials,
            restated=_union(self.article.restatements.get(sentence.id, {}).values()),
        )

    def _cell_context(self, sentence: Sentence) -> dict[Language, str]:
        """Row and column of a list item in a table cell, in each language there is."""
        label, column = sentence.context.split(" – ", 1)
        context = {sentence.language: sentence.context}
        table = sentence.section
        translated = [
            self.translation(f"{table}.row:{label}", sentence.language),
            self.translation(f"{table}.column:{column}", sentence.language),
        ]
        if all(translated):
            context[Language.EN] = " – ".join(part for part in translated if part)
        return context

    def passage(self, sentences: Sequence[Sentence]) -> Chunk:
        first, last = sentences[0], sentences[-1]
        members = [self.sentence(sentence) for sentence in sentences]
        sides = [side for side in Language if all(side in member.search for member in members)]
        between = "; " if first.kind is Kind.TABLE_CELL else " "
        return Chunk(
            id=f"{self.prefix}{first.id}-{last.id.rsplit('.', 1)[1]}",
            article=self.document.id,
            collection=Collection.ARTICLE,
            kind=Kind.PASSAGE,
            section=first.section,
            language=first.language,
            spans=merge_spans(self.document.text, [span for s in sentences for span in s.spans]),
            text=" ".join(sentence.text for sentence in sentences),
            translation=_joined([member.translation for member in members]),
            search={
                side: f"{self.title(first.section, side)}. {between.join(m.search[side] for m in members)}"
                for side in sides
            },
            pieces=tuple(self.prefix + sentence.id for sentence in sentences),
            references=_union(sentence.references for sentence in sentences),
            passage_references=_union(sentence.passage_references for sentence in sentences),
            trials=_union(sentence.trials for sentence in sentences),
        )

    def row(self, row: TableRow) -> Chunk:
        original: list[str] = []
        english: list[str] = []
        for cell in row.cells:
            normal = self.article.normal_forms.get(f"{row.section}.{cell.column}:{cell.text}", cell.text)
            meaning = dict(self._abbreviations(row.section)).get(cell.text, "")
            original.append(f"{cell.column}: {normal}" + (f" ({meaning})" if meaning else ""))
            column = self.article.translations.get(f"{row.section}.column:{cell.column}", cell.column)
            english.append(f"{column}: {self._cell_translation(row, cell.column, cell.text)}")
        return Chunk(
            id=self.prefix + row.id,
            article=self.document.id,
            collection=Collection.TRIALS if row.trials else Collection.ARTICLE,
            kind=row.kind,
            section=row.section,
            language=row.language,
            spans=row.spans,
            text=row.text,
            translation=row_translation(row, self.article),
            search={
                row.language: self.article.search_form("; ".join(original)),
                Language.EN: "; ".join(english),
            },
            pieces=(self.prefix + row.id,),
            references=row.references,
            passage_references=(),
            trials=row.trials,
        )

    def _abbreviations(self, table_id: str) -> tuple[tuple[str, str], ...]:
        return next(table.abbreviations for table in self.document.tables if table.id == table_id)

    def _cell_translation(self, row: TableRow, column: str, text: str) -> str:
        return cell_translation(row, column, text, self.article)

    def reference(self, reference: Reference) -> Chunk:
        return Chunk(
            id=self.prefix + reference.id,
            article=self.document.id,
            collection=Collection.REFERENCES,
            kind=reference.kind,
            section=reference.section,
            language=reference.language,
            spans=reference.spans,
            text=reference.text,
            translation=None,
            search={reference.language: self.article.search_form(reference.text)},
            pieces=(self.prefix + reference.id,),
            references=(reference.number,),
            passage_references=(),
            trials=(),
        )


def cell_translation(row: TableRow, column: str, text: str, article: Article) -> str:
    """Return the English of one cell: our translation of its value, or the cell as it is."""
    for key in (f"{row.section}.{column}:{text}", f"{row.section}.row:{text}"):
        if key in article.translations:
            return article.translations[key]
    return text


def row_translation(row: TableRow, article: Article) -> str | None:
    """Return the English of a table row, cells separated as in "a · b"; None for a row of lists."""
    if row.language is Language.EN or any(cell.items for cell in row.cells):
        return None
    return " · ".join(cell_translation(row, cell.column, cell.text, article) for cell in row.cells)


def merge_spans(source: str, spans: Iterable[Span]) -> Spans:
    """Join neighbouring spans that only white space separates within one block of the source."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].end <= span.start and source[merged[-1].end : span.start].strip(" ") == "":
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)


def _joined(parts: list[str | None]) -> str | None:
    present = [part for part in parts if part is not None]
    return " ".join(present) if len(present) == len(parts) else None


def _union(groups: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
