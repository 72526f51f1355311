"""The sources of the answers: a card for each citation. Everything that was not written here is escaped."""

import html
from urllib.parse import quote

from corpus.types import Language, Reference
from rag.answer import Answer, Citation
from ui.conversation import Conversation, Engine
from ui.markup import both, outward
from ui.messages import readable
from ui.panel.frame import pane_html
from ui.strings import N_STEPS


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
    if not conversation.answers:
        return pane_html("sources", steps_html())
    last = conversation.answers[-1]
    answers = (_exchange_html(engine, answer, hidden=answer is not last) for answer in conversation.answers)
    return pane_html("sources", "".join(answers))


def _exchange_html(engine: Engine, answer: Answer, *, hidden: bool) -> str:
    cards = "".join(card_html(engine, answer.id, citation) for citation in answer.citations)
    nothing = f'<p class="ev-none">{both("sources.none")}</p>'
    return (
        f'<section class="ev-cards" data-answer="{html.escape(answer.id)}"{" hidden" if hidden else ""}>'
        f'<h3 class="ev-asked" lang="{answer.language}">{html.escape(answer.question.strip())}</h3>'
        f"{cards or nothing}</section>"
    )


def card_html(engine: Engine, answer_id: str, citation: Citation) -> str:
    """Return the card of a citation: the verbatim quote, its translation, what the article cites there."""
    titles = {language: engine.section_title(citation.section, language, citation.article) for language in Language}
    section = "".join(f'<span class="t-{language}">{html.escape(title)}</span>' for language, title in titles.items())
    key = html.escape(f"{answer_id}-{citation.marker}")
    return (
        f'<article class="ev-card" id="src-{key}" tabindex="-1" aria-labelledby="head-{key}">'
        f'<header id="head-{key}"><span class="ev-number">{citation.marker}</span>'
        f'<span class="ev-section">{section}</span>'
        f'<span class="ev-badge"><span aria-hidden="true">✓</span> {both("card.verbatim")}</span></header>'
        f'<blockquote class="ev-quote" lang="{citation.language}">{_quote_html(citation)}</blockquote>'
        f"{_translation_html(citation)}"
        f"{_references_html(engine, citation)}{_references_html(engine, citation, closing=True)}</article>"
    )


def _quote_html(citation: Citation) -> str:
    quoted = html.escape(readable(citation.quote))
    for trial in citation.trials:
        name = html.escape(trial)
        quoted = quoted.replace(name, outward(f"https://clinicaltrials.gov/study/{quote(trial)}", name))
    return quoted


def _translation_html(citation: Citation) -> str:
    if citation.language is Language.EN:
        return ""
    label = f'<span class="ev-label">{both("card.translation")}</span>'
    if citation.translation is None:
        return f'<div class="ev-translation">{label}<p>{both("card.no_translation")}</p></div>'
    text = html.escape(readable(citation.translation))
    return f'<div class="ev-translation">{label}<p lang="en">{text}</p></div>'


def _references_html(engine: Engine, citation: Citation, *, closing: bool = False) -> str:
    """Return what the article cites in the quote or, marked apart, only at the end of its passage."""
    numbers, title, style = citation.references, "card.references", "ev-references"
    if closing:
        numbers, title, style = citation.passage_references, "card.passage_references", "ev-references ev-closing"
    if not numbers:
        return ""
    items = "".join(_reference_html(engine, number, citation.article) for number in numbers)
    return (
        f'<details class="{style}"{" open" if len(numbers) == 1 else ""}>'
        f"<summary>{both(title, n_references=len(numbers))}</summary><ul>{items}</ul></details>"
    )


def _reference_html(engine: Engine, number: int, article: str) -> str:
    try:
        reference = engine.reference(number, article)
    except KeyError:
        return f'<li><strong>{number}.</strong> <span class="ev-muted">{both("reference.missing")}</span></li>'
    hidden_number = f'<span class="ev-hidden"> {number}</span>'
    links = []
    if reference.doi:
        links.append(outward(f"https://doi.org/{quote(reference.doi, safe='/')}", f"DOI{hidden_number} ↗"))
    if reference.pmid:
        links.append(outward(f"https://pubmed.ncbi.nlm.nih.gov/{quote(reference.pmid)}/", f"PubMed{hidden_number} ↗"))
    return (
        f'<li><strong>{number}. <span lang="{reference.language}">'
        f"{html.escape(reference.title or reference.text)}</span></strong>"
        f'<span class="ev-muted">{html.escape(imprint(reference))}</span>'
        f"<span>{' '.join(links) or both('reference.no_links')}</span></li>"
    )


def imprint(reference: Reference) -> str:
    """Return authors, journal and year of a reference, as far as they are known."""
    authors = ", ".join((*reference.authors, *(("et al.",) if reference.et_al else ())))
    volume = reference.volume + (f"({reference.issue})" if reference.issue else "")
    year = str(reference.year or "") + (f";{volume}" if volume else "")
    printed = ". ".join(part for part in (reference.container, reference.publisher) if part)
    place = ". ".join(part for part in (printed, f"{year}:{reference.pages}" if reference.pages else year) if part)
    return " · ".join(part for part in ("; ".join(filter(None, (authors, reference.group))), place) if part)
