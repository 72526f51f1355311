"""The bibliography of the article: cards with what is known of each work, and where it is cited."""

import html
from collections import Counter

from corpus.cited import CitedBy, cited_by
from corpus.types import Document, Language, Reference
from ui.page.conversation import Engine
from ui.page.markup import both, doi_url, either, outward, pubmed_url
from ui.page.panel.anchors import piece_anchor, reference_anchor, section_mark
from ui.page.panel.frame import pane_html


def references_html(engine: Engine) -> str:
    """Return the pane of the references of the bundled article, with its filters."""
    document = engine.documents[engine.article.id]
    return pane_html(
        "references",
        f'<h2 class="ev-hidden">{both("references.title")}</h2>{_tools_html(document)}'
        f"{reference_list_html(engine, document)}",
    )


def _tools_html(document: Document) -> str:
    years = Counter(reference.year for reference in document.references if reference.year)
    choices = "".join(f'<option value="{year}">{year} ({years[year]})</option>' for year in sorted(years, reverse=True))
    orders = "".join(
        f'<option value="{order}" data-text="references.sort.{order}"></option>'
        for order in ("number", "year", "author")
    )
    return (
        '<div class="ev-tools" data-tools="references">'
        '<input type="search" class="ev-search" data-search data-label="references.search" autocomplete="off">'
        f"<label>{both('references.year')} <select data-year>"
        f'<option value="" data-text="references.any_year"></option>{choices}</select></label>'
        f"<label>{both('references.sort')} <select data-sort>{orders}</select></label>"
        '<p class="ev-count" role="status" data-count></p></div>'
    )


def reference_list_html(engine: Engine, document: Document) -> str:
    """Return the cards of all references of an article."""
    citing = cited_by(document)
    cards = "".join(
        _card_html(engine, document, reference, citing[reference.number]) for reference in document.references
    )
    return f'<ol class="ev-works">{cards}</ol>'


def _card_html(engine: Engine, document: Document, reference: Reference, citing: CitedBy) -> str:
    anchor = html.escape(reference_anchor(engine, document.id, reference.number))
    first = reference.authors[0] if reference.authors else reference.group
    return (
        f'<li id="{anchor}" tabindex="-1" data-number="{reference.number}" data-year="{reference.year or ""}" '
        f'data-author="{html.escape(first)}">{reference_html(reference)}'
        f'<p class="ev-citing">{_citing_html(engine, document, citing)}</p></li>'
    )


def _citing_html(engine: Engine, document: Document, citing: CitedBy) -> str:
    """Return links to the sentences and rows that cite a work; a second one in a section has a number."""
    if not citing.own:
        return both("reference.uncited")
    sections = {piece.id: piece.section for piece in document.pieces()}
    seen: Counter[str] = Counter()
    links = []
    for piece in citing.own:
        section = sections[piece]
        seen[section] += 1
        again = f" ({seen[section]})" if seen[section] > 1 else ""
        mark = section_mark(engine, document, section)
        anchor = html.escape(piece_anchor(engine, document.id, piece))
        text = either({language: html.escape(mark[language]) + again for language in Language})
        links.append(f'<a href="#{anchor}">{text}</a>')
    return f"{both('reference.cited_in')} {' '.join(links)}"


def reference_html(reference: Reference) -> str:
    """Return number, title, imprint and links of a work."""
    return (
        f'<strong>{reference.number}. <span lang="{reference.language}">'
        f"{html.escape(reference.title or reference.text)}</span></strong>"
        f'<span class="ev-muted">{html.escape(imprint(reference))}</span>{reference_links_html(reference)}'
    )


def reference_links_html(reference: Reference) -> str:
    """Return the links to a work, or that there are none."""
    hidden_number = f'<span class="ev-hidden"> {reference.number}</span>'
    links = []
    if reference.doi:
        links.append(outward(doi_url(reference.doi), f"DOI{hidden_number} ↗"))
    if reference.pmid:
        links.append(outward(pubmed_url(reference.pmid), f"PubMed{hidden_number} ↗"))
    return f'<span class="ev-links">{" ".join(links) or both("reference.no_links")}</span>'


def imprint(reference: Reference) -> str:
    """Return authors, journal and year of a reference, as far as they are known."""
    authors = ", ".join((*reference.authors, *(("et al.",) if reference.et_al else ())))
    volume = reference.volume + (f"({reference.issue})" if reference.issue else "")
    year = str(reference.year or "") + (f";{volume}" if volume else "")
    printed = ". ".join(part for part in (reference.container, reference.publisher) if part)
    place = ". ".join(part for part in (printed, f"{year}:{reference.pages}" if reference.pages else year) if part)
    return " · ".join(part for part in ("; ".join(filter(None, (authors, reference.group))), place) if part)
