"""The article as a whole, sentence by sentence, each with its working translation.

A sentence is one element with the original (`o`) and its translation (`w`); the style sheet sets
them as running text, side by side, or one under the other. A source is shown by the id of its
element, which is that of the piece; nothing is looked for by its text.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from corpus.load import Article
from corpus.types import Cell, Document, Kind, Language, Section, Sentence, Table, TableRow
from ingest.chunk import cell_translation
from ui.page.conversation import Engine
from ui.page.markup import both, both_counted, doi_url, either, outward, registry_url
from ui.page.panel.anchors import piece_anchor, reference_anchor, section_mark, trial_anchor
from ui.page.panel.frame import pane_html
from ui.page.panel.prose import emphasised, rich
from ui.page.panel.references import reference_list_html
from ui.page.panel.rows import column_html
from ui.strings import string


def article_html(engine: Engine) -> str:
    """Return the pane of the article: the bundled one; added ones are loaded when they are first read."""
    bundled = engine.documents[engine.article.id]
    return pane_html(
        "article",
        f'<h2 class="ev-hidden">{both("article.title")}</h2>{document_html(engine, bundled)}<div data-added></div>',
    )


def document_html(engine: Engine, document: Document) -> str:
    """Return one article of the index. An added one has no translation, and its bibliography stands at its end."""
    return _Reader(engine, document).article()


@dataclass(frozen=True)
class _Reader:
    """Writes one article as HTML."""

    engine: Engine
    document: Document

    @property
    def own(self) -> Article | None:
        """The bundled article, if this is it: only that one has translations, notes and an attribution."""
        return self.engine.article if self.document.id == self.engine.article.id else None

    def article(self) -> str:
        """Return the whole article."""
        plain = "" if self.own else " data-plain"
        note = f'<p class="ev-original-only">{both("article.original_only")}</p>' if plain else ""
        sections = "".join(self._section(section) for section in self.document.sections)
        return (
            f'<article class="ev-article" data-article="{html.escape(self.document.id)}"{plain}>'
            f"{self._contents()}{note}{sections}{self._attribution()}</article>"
        )

    # --- Sections ---

    def _contents(self) -> str:
        headings = [sentence for sentence in self.document.sentences if sentence.kind is Kind.HEADING]
        tables = [s for table in self.document.tables for s in self.document.sentences if s.id == table.caption]
        links = []
        for section in self.document.sections:
            title = next((s for s in (*headings, *tables) if s.section == section.id), None)
            if title is None:
                continue
            english = self._translation(title) or title.text
            if title.kind is Kind.CAPTION:
                texts = {lang: html.escape(mark) for lang, mark in self._mark(section).items()}
            else:
                texts = {Language.SL: html.escape(title.text), Language.EN: html.escape(english)}
            links.append(
                f'<li class="ev-depth-{_depth(section)}"><a href="#{self._anchor(title.id)}">{either(texts)}</a></li>'
            )
        if len(links) < 2:
            return ""
        return (
            f'<details class="ev-contents"><summary>{both("article.contents")}</summary>'
            f"<ol>{''.join(links)}</ol></details>"
        )

    def _mark(self, section: Section) -> dict[Language, str]:
        return section_mark(self.engine, self.document, section.id)

    def _section(self, section: Section) -> str:
        sentences = [sentence for sentence in self.document.sentences if sentence.section == section.id]
        table = next((table for table in self.document.tables if table.id == section.id), None)
        if section.id == "front":
            body = self._front(sentences)
        elif table is not None:
            body = self._table(table, sentences)
        else:
            body = self._blocks(section, sentences)
            if section.id.startswith("figure"):
                body = f'<div class="ev-figure">{body}<p class="ev-muted">{both("article.no_figure")}</p></div>'
            if section.id == "references":
                body += self._references()
        return f'<section class="ev-part">{body}</section>'

    def _blocks(self, section: Section, sentences: list[Sentence]) -> str:
        """Return headings, paragraphs and lists in order; sentences of one paragraph run on."""
        blocks = []
        for (_, kind), group in groupby(sentences, key=lambda s: (s.paragraph, _block(s))):
            members = list(group)
            units = [self._unit(sentence) for sentence in members]
            flow = "" if any(self._is_translatable(sentence) for sentence in members) else " ev-flow"
            if kind is Kind.HEADING:
                level = min(3 + _depth(section), 6)
                blocks.append(f'<h{level} class="ev-par{flow}">{" ".join(units)}</h{level}>')
            elif kind is Kind.LIST_ITEM:
                items = "".join(f'<li class="ev-par{flow}">{unit}</li>' for unit in units)
                blocks.append(f'<ul class="ev-items">{items}</ul>')
            else:
                flow += " ev-caption" if kind is Kind.CAPTION else ""
                blocks.append(f'<p class="ev-par{flow}">{" ".join(units)}</p>')
            blocks.append(self._notes(sentence.id for sentence in members))
        return "".join(blocks)

    def _front(self, sentences: list[Sentence]) -> str:
        """Return title, authors and the other facts; the printed English stands where our translation would."""
        printed = {sentence.id: sentence for sentence in sentences} if self.own else {}
        twins = {
            sentence.id: printed[f"{sentence.id.removesuffix('-sl')}-en"]
            for sentence in sentences
            if sentence.id.endswith("-sl") and f"{sentence.id.removesuffix('-sl')}-en" in printed
        }
        beside = {twin.id for twin in twins.values()}
        blocks = [f'<h3 class="ev-hidden">{both("article.front")}</h3>']
        for sentence in sentences:
            if sentence.id in beside:
                continue
            style = "ev-headline" if sentence.id.startswith("front:title") else "ev-fact"
            flow = "" if self._is_translatable(sentence) else " ev-flow"
            blocks.append(f'<p class="ev-par {style}{flow}">{self._unit(sentence, twin=twins.get(sentence.id))}</p>')
        return "".join(blocks)

    def _notes(self, pieces: Iterable[str]) -> str:
        """Return the notes on contradictions and weak spots of these places, each once."""
        by_piece = self.own.notes_by_piece if self.own else {}
        notes = {note.id: note for piece in pieces for note in by_piece.get(piece, ())}
        return "".join(
            f'<p class="ev-note"><strong>{both("article.note")}:</strong> '
            f"{either({language: html.escape(note.text[language]) for language in Language})}</p>"
            for note in notes.values()
        )

    def _references(self) -> str:
        if self.own is None:
            return reference_list_html(self.engine, self.document)
        count = both_counted("article.references", len(self.document.references))
        return f'<p><button type="button" class="ev-button" data-goto="references">{count} →</button></p>'

    # --- Sentences ---

    def _anchor(self, piece: str) -> str:
        return html.escape(piece_anchor(self.engine, self.document.id, piece))

    def _is_translatable(self, sentence: Sentence) -> bool:
        """Return whether there is or should be a translation; where there is not, the original takes all the room."""
        return self.own is not None and sentence.language is not Language.EN

    def _translation(self, sentence: Sentence) -> str | None:
        own = self.own if self._is_translatable(sentence) else None
        return own.translations.get(sentence.id) if own else None

    def _unit(self, sentence: Sentence, *, twin: Sentence | None = None) -> str:
        """Return a sentence with its translation, or with its `twin`, the printed text in the other language."""
        anchor = self._anchor(sentence.id)
        original = self._text(sentence.text, sentence)
        if twin is not None:
            anchor_en = self._anchor(twin.id)
            return (
                f'<span class="u" id="{anchor}">{_side("o", sentence.language, original)} '
                f'<span class="w" lang="{twin.language}" id="{anchor_en}">'
                f"<span>{self._text(twin.text, twin)}</span></span></span>"
            )
        if not self._is_translatable(sentence):
            return f'<span class="u eo" id="{anchor}">{_side("o", sentence.language, original)}</span>'
        translation = self._translation(sentence)
        if translation is None:
            missing = f'<span class="w no"><span>{both("article.untranslated")}</span></span>'
            return f'<span class="u un" id="{anchor}">{_side("o", sentence.language, original)} {missing}</span>'
        english = _side("w", Language.EN, self._text(translation, sentence))
        return f'<span class="u" id="{anchor}">{_side("o", sentence.language, original)} {english}</span>'

    def _text(self, text: str, sentence: Sentence) -> str:
        return rich(
            text,
            italics=() if sentence.kind is Kind.METADATA else emphasised(self.document, sentence.spans),
            numbers=sentence.references,
            number_link=self._number_link,
            trial_link=self._trial_link,
        )

    def _number_link(self, number: int) -> str:
        return f'<a href="#{html.escape(reference_anchor(self.engine, self.document.id, number))}">{number}</a>'

    def _trial_link(self, trial: str) -> str:
        if self.own and any(known.id == trial for known in self.document.trials):
            return f'<a href="#{html.escape(trial_anchor(trial))}">{html.escape(trial)}</a>'
        return outward(registry_url(trial), html.escape(trial))

    # --- Tables ---

    def _table(self, table: Table, sentences: list[Sentence]) -> str:
        pieces = {sentence.id: sentence for sentence in sentences}
        others = [s for s in sentences if s.id not in (table.caption, table.legend) and s.kind is not Kind.TABLE_CELL]
        caption = self._unit(pieces[table.caption]) if table.caption in pieces else ""
        legend = self._unit(pieces[table.legend]) if table.legend in pieces else ""
        heads = "".join(f'<th scope="col">{column_html(table, c, self.own)}</th>' for c in table.columns)
        rows = "".join(self._row(row, pieces) for row in table.rows)
        rest = "".join(f'<p class="ev-par">{self._unit(sentence)}</p>' for sentence in others)
        return (
            f'<p class="ev-par ev-caption">{caption}</p>'
            f'<div class="ev-table" role="region" tabindex="0" aria-labelledby="{self._anchor(table.caption)}"><table>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
            f'<p class="ev-par ev-legend">{legend}</p>'
            f"{rest}{self._notes([table.caption])}"
        )

    def _row(self, row: TableRow, pieces: dict[str, Sentence]) -> str:
        cells = "".join(f"<td>{self._cell(row, cell, pieces)}</td>" for cell in row.cells)
        return f'<tr id="{self._anchor(row.id)}" tabindex="-1">{cells}</tr>'

    def _cell(self, row: TableRow, cell: Cell, pieces: dict[str, Sentence]) -> str:
        items = [pieces[item] for item in cell.items if item in pieces]
        if items:
            return f"<ul>{''.join(f'<li>{self._unit(item)}</li>' for item in items)}</ul>"
        text = rich(cell.text, numbers=row.references, number_link=self._number_link, trial_link=self._trial_link)
        english = cell_translation(row, cell.column, cell.text, self.own) if self.own else cell.text
        if english == cell.text or row.language is Language.EN:
            return text
        return (
            f'<span class="u">{_side("o", row.language, text)} {_side("w", Language.EN, html.escape(english))}</span>'
        )

    # --- Foot ---

    def _attribution(self) -> str:
        if self.own is None:
            return ""
        licence = outward(self.own.licence_url, html.escape(self.own.licence))
        texts = {
            language: html.escape(string("article.attribution", language, licence="\0")).replace("\0", licence)
            for language in Language
        }
        link = outward(doi_url(self.own.doi), html.escape(f"https://doi.org/{self.own.doi}"))
        return f'<div class="ev-attribution"><p>{html.escape(self.own.citation)} {link}</p><p>{either(texts)}</p></div>'


def _side(style: str, language: Language, text: str) -> str:
    """Return one side of a unit; the inner element is what is marked, line by line."""
    return f'<span class="{style}" lang="{language}"><span>{text}</span></span>'


def _block(sentence: Sentence) -> Kind:
    """Return what decides whether sentences of a paragraph run on."""
    return sentence.kind if sentence.kind in (Kind.HEADING, Kind.LIST_ITEM, Kind.CAPTION) else Kind.SENTENCE


def _depth(section: Section) -> int:
    """Return how far a section is below the top: "3.1.4" is at depth 2."""
    return section.number.count(".") if section.number else 0
