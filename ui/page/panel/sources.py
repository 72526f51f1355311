"""The sources of the answers: a card for each citation. Everything that was not written here is escaped."""

import html

from corpus.types import Kind, Language
from rag.answer import Answer, AnswerSentence, Citation, Support
from ui.page.conversation import Conversation, Engine
from ui.page.markup import both, both_counted, either, outward, registry_url
from ui.page.panel.anchors import find_row, full_id, reference_anchor, section_mark, shown_pieces, trial_anchor
from ui.page.panel.computed import computed_html, is_about_works
from ui.page.panel.frame import pane_html
from ui.page.panel.prose import emphasised, rich
from ui.page.panel.references import reference_html, reference_links_html
from ui.page.panel.rows import row_html
from ui.strings import N_STEPS

# Text and shape of a badge, never colour alone.
_BADGES = {
    Support.QUOTE: ("✓", "card.verbatim"),
    Support.TRANSLATION: ("⇄", "support.translation"),
    Support.ROW: ("▦", "support.row"),
    Support.COMPUTED: ("∑", "support.computed"),
    Support.REWORDED: ("◐", "support.reworded"),
    Support.NOTICE: ("i", "support.notice"),
}
# What a sentence in words was made of, when it is not the row of a table.
_ROWS = {Kind.REFERENCE: "support.work", Kind.TABLE_CELL: "support.cell"}


def steps_html() -> str:
    """Return the three steps of the empty panel."""
    return "".join(
        (
            '<ol class="ev-steps">',
            *(
                f'<li><span class="ev-number" aria-hidden="true">{n}</span>'
                f"<span><strong>{both(f'step.{n}.lead')}</strong> {both(f'step.{n}.rest')}</span></li>"
                for n in range(1, N_STEPS + 1)
            ),
            "</ol>",
        )
    )


def sources_html(engine: Engine, conversation: Conversation) -> str:
    """Return the sources of every answer, so that an old citation works; the last ones are shown."""
    title = f'<h2 class="ev-hidden">{both("sources.title")}</h2>'
    if not conversation.answers:
        return pane_html("sources", title + steps_html())
    last = conversation.answers[-1]
    answers = (_exchange_html(engine, answer, hidden=answer is not last) for answer in conversation.answers)
    return pane_html("sources", title + "".join(answers))


def _exchange_html(engine: Engine, answer: Answer, *, hidden: bool) -> str:
    cards = "".join(card_html(engine, answer, citation) for citation in answer.citations)
    nothing = f'<p class="ev-none">{both("sources.none")}</p>'
    return (
        f'<section class="ev-cards" data-answer="{html.escape(answer.id)}"{" hidden" if hidden else ""}>'
        f'<h3 class="ev-asked" lang="{answer.language}">{html.escape(answer.question.strip())}</h3>'
        f"{computed_html(engine, answer)}{cards or nothing}</section>"
    )


def card_html(engine: Engine, answer: Answer, citation: Citation) -> str:
    """Return the card of a citation: the verbatim quote, its translation, what the article cites there."""
    titles = {
        language: html.escape(engine.section_title(citation.section, language, citation.article))
        for language in Language
    }
    key = html.escape(f"{answer.id}-{citation.marker}")
    references = _references_html(engine, citation) + _references_html(engine, citation, closing=True)
    if citation.kind is Kind.REFERENCE:  # the quote is the work itself
        references = ""
    return (
        f'<article class="ev-card" id="src-{key}" tabindex="-1" aria-labelledby="head-{key}"'
        f"{_place_attributes(engine, citation)}>"
        f'<header id="head-{key}"><span class="ev-number">{citation.marker}</span>'
        f'<span class="ev-section">{either(titles)}</span>{_badges_html(answer, citation)}</header>'
        f"{_quoted_html(engine, citation)}{_notes_html(answer, citation)}{_buttons_html(engine, citation)}"
        f"{_supported_html(answer, citation)}{references}</article>"
    )


def _place_attributes(engine: Engine, citation: Citation) -> str:
    """Return where the quote stands in the article, for static/panel.js."""
    document = engine.documents.get(citation.article)
    mark = section_mark(engine, document, citation.section) if document else dict.fromkeys(Language, citation.section)
    attributes = {
        "article": citation.article,
        "at": " ".join(shown_pieces(engine, citation)),
        **{f"mark-{language}": mark[language] for language in Language},
    }
    return "".join(f' data-{name}="{html.escape(value)}"' for name, value in attributes.items() if value)


def _badges_html(answer: Answer, citation: Citation) -> str:
    supports = dict.fromkeys(sentence.support for sentence in _supported(answer, citation))
    badges = []
    for support in supports or (Support.QUOTE,):
        shape, key = _BADGES[support]
        if support is Support.ROW:
            key = _ROWS.get(citation.kind, key)
        elif support is Support.COMPUTED and is_about_works(answer):
            key = "support.counted"
        badges.append(
            f'<span class="ev-badge is-{support}"><span class="ev-shape" aria-hidden="true">{shape}</span> '
            f"{both(key)}</span>"
        )
    return "".join(badges)


def _supported(answer: Answer, citation: Citation) -> list[AnswerSentence]:
    return [sentence for sentence in answer.sentences if citation.marker in sentence.markers]


def _quoted_html(engine: Engine, citation: Citation) -> str:
    """Return the quote with its translation; a table row cell by cell, which says what its codes mean."""
    found = find_row(engine, citation)
    if found is not None:
        article = engine.article if citation.article == engine.article.id else None
        return f'<blockquote class="ev-quote">{row_html(*found, article)}</blockquote>'
    document = engine.documents.get(citation.article)
    italics = emphasised(document, citation.spans) if document else ()

    def registry_link(trial: str) -> str:
        return outward(registry_url(trial), html.escape(trial))

    text = rich(citation.quote, italics=italics, trial_link=registry_link)
    quoted = f'<blockquote class="ev-quote" lang="{citation.language}">{text}</blockquote>'
    if citation.kind is Kind.REFERENCE:
        return quoted + _work_links_html(engine, citation)
    translation = _translation_html(citation, rich(citation.translation or "", italics=italics))
    return _context_html(engine, citation) + quoted + ("" if citation.language is Language.EN else translation)


def _work_links_html(engine: Engine, citation: Citation) -> str:
    links = [reference_links_html(engine.reference(number, citation.article)) for number in citation.references]
    return f'<p class="ev-work-links">{"".join(links)}</p>'


def _context_html(engine: Engine, citation: Citation) -> str:
    """Return row and column of a cell: without them its words mean nothing."""
    document = engine.documents.get(citation.article)
    if citation.kind is not Kind.TABLE_CELL or document is None:
        return ""
    cell = next((item for item in document.sentences if full_id(engine, document.id, item.id) == citation.id), None)
    if cell is None or not cell.context:
        return ""
    label, _, column = cell.context.partition(" – ")
    translations = engine.article.translations if citation.article == engine.article.id else {}
    english = " – ".join(
        translations.get(f"{citation.section}.{kind}:{text}", text)
        for kind, text in (("row", label), ("column", column))
        if text
    )
    texts = {Language.SL: html.escape(cell.context), Language.EN: html.escape(english)}
    return f'<p class="ev-context">{either(texts)}</p>'


def _translation_html(citation: Citation, text: str) -> str:
    label = f'<span class="ev-label">{both("card.translation")}</span>'
    if citation.translation is None:
        return f'<div class="ev-translation">{label}<p>{both("card.no_translation")}</p></div>'
    return f'<div class="ev-translation">{label}<p lang="en">{text}</p></div>'


def _notes_html(answer: Answer, citation: Citation) -> str:
    """Return what the reader should know of this place, in the language of the answer."""
    return "".join(
        f'<p class="ev-note"><strong>{both("card.note")}:</strong> '
        f'<span lang="{answer.language}">{html.escape(caveat.text)}</span></p>'
        for caveat in answer.caveats
        if citation.marker in caveat.markers
    )


def _buttons_html(engine: Engine, citation: Citation) -> str:
    buttons = []
    if citation.article in engine.documents and citation.kind is not Kind.REFERENCE:
        buttons.append(f'<button type="button" class="ev-button ev-main" data-context>{both("card.context")}</button>')
    bundled = citation.article == engine.article.id
    if bundled and citation.kind is Kind.TABLE_ROW and citation.trials:
        anchor = html.escape(trial_anchor(citation.trials[0]))
        buttons.append(f'<a class="ev-button" href="#{anchor}">{both("card.to_trial")}</a>')
    if bundled and citation.kind is Kind.REFERENCE and citation.references:
        anchor = html.escape(reference_anchor(engine, citation.article, citation.references[0]))
        buttons.append(f'<a class="ev-button ev-main" href="#{anchor}">{both("card.to_reference")}</a>')
    return f'<p class="ev-buttons">{"".join(buttons)}</p>' if buttons else ""


def _supported_html(answer: Answer, citation: Citation) -> str:
    """Return the sentences of the answer that rest on this source; open where they are not its very words."""
    supported = _supported(answer, citation)
    if not supported:
        return ""
    own_words = any(sentence.text not in (citation.quote, citation.translation) for sentence in supported)
    items = "".join(f'<li lang="{answer.language}">{rich(sentence.text)}</li>' for sentence in supported)
    return (
        f'<details class="ev-supports"{" open" if own_words else ""}>'
        f"<summary>{both_counted('card.supports', len(supported))}</summary><ul>{items}</ul></details>"
    )


def _references_html(engine: Engine, citation: Citation, *, closing: bool = False) -> str:
    """Return what the article cites in the quote or, marked apart, only at the end of its passage."""
    numbers, title, style = citation.references, "card.references", "ev-references"
    if closing:
        numbers, title, style = citation.passage_references, "card.passage_references", "ev-references ev-closing"
    if not numbers or (citation.kind is Kind.REFERENCE and closing):
        return ""
    items = "".join(f"<li>{_reference_html(engine, number, citation.article)}</li>" for number in numbers)
    return (
        f'<details class="{style}"{" open" if len(numbers) == 1 else ""}>'
        f"<summary>{both(title, n_references=len(numbers))}</summary><ul>{items}</ul></details>"
    )


def _reference_html(engine: Engine, number: int, article: str) -> str:
    try:
        return reference_html(engine.reference(number, article))
    except KeyError:
        return f'<strong>{number}.</strong> <span class="ev-muted">{both("reference.missing")}</span>'
