"""Parse entries of a numbered bibliography (Vancouver style) into References.

Three layouts occur in one article: a dash list whose numbers are its positions, numbered entries
with the full stop inside the italics of the journal and outside; DOI and PMID as Markdown links
or bare. An entry that does not fit keeps its quote, and what was found of its fields.
"""

import re
from dataclasses import dataclass

from corpus.text import plain, quote, trim
from corpus.types import Kind, Language, Reference, Span, Spans

ENTRY_MARK = re.compile(r"(?:[-*•]|\[(?P<bracketed>\d{1,3})\]|(?P<number>\d{1,3})[.)])\s+")

# The target of a Markdown link may hold one level of parentheses: "…JSCR.2021.2(2)-21".
_LINK = re.compile(r"\[(?P<label>(?:\\.|[^\]\\])*)\]\((?P<target>(?:[^()\s]|\([^()\s]*\))+)\)")
_DOI_TARGET = re.compile(r"https?://(?:dx\.)?doi\.org/", re.IGNORECASE)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>\"]+")
_PMID = re.compile(r"\bPMID:?\s*(\d{1,8})\b")
_IDENTIFIERS = re.compile(r"\s*\b(?:DOI|PMID)\b:?.*\Z|\s*https?://(?:dx\.)?doi\.org/.*\Z", re.DOTALL | re.IGNORECASE)
_ITALICS = re.compile(r"(?<!\*)\*(?!\*)([^*]+)\*(?!\*)")
_IMPRINT = re.compile(
    r"(?P<year>(?:18|19|20)\d{2})(?:\s*;\s*(?P<volume>\d+[\w-]*)?(?:\((?P<issue>[^)]+)\))?(?:\s*:\s*(?P<pages>[\w-]+(?:[-–]\w+)?))?)?"
)
_EDITORS = re.compile(r"\s*\bIn:\s*(?P<editors>.*?),?\s*eds?\.?\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Imprint:
    year: int | None
    volume: str
    issue: str
    pages: str
    publisher: str


def parse_reference(source: str, span: Span, number: int) -> Reference:
    """Return the Reference that stands at `span` of `source` (list marker excluded)."""
    spans, doi, pmid = _printed(source, span)
    printed = quote(source, spans)
    body = _IDENTIFIERS.sub("", _LINK.sub(lambda link: link.group("label"), source[span.start : span.end]))
    authors_text, et_al, group, rest = _split_authors(body)
    title, container, tail = _split_title(rest)
    editors = ""
    if found := _EDITORS.search(title):
        editors = plain(found.group("editors"))
        title = title[: found.start()]
    imprint = _imprint(tail)
    return Reference(
        id=f"ref:{number}",
        kind=Kind.REFERENCE,
        section="references",
        language=Language.EN,
        spans=spans,
        text=printed,
        number=number,
        authors=authors_text,
        et_al=et_al,
        group=group,
        title=_without_stop(plain(title)),
        container=_without_stop(plain(container)),
        year=imprint.year,
        volume=imprint.volume,
        issue=imprint.issue,
        pages=imprint.pages,
        publisher=imprint.publisher,
        editors=editors,
        doi=doi,
        pmid=pmid,
    )


def _printed(source: str, span: Span) -> tuple[Spans, str | None, str | None]:
    """Return the spans a reader sees (link syntax left out) and the identifiers found.

    Of a link to doi.org the target is shown, not the label: labels escape parentheses.
    """
    start, end = span
    spans: list[Span] = []
    doi: str | None = None
    pmid: str | None = None
    position = start
    for link in _LINK.finditer(source, start, end):
        if link.start() > position:
            spans.append(Span(position, link.start()))
        shown = Span(*link.span("label"))
        if resolver := _DOI_TARGET.match(link.group("target")):
            shown = Span(link.start("target") + resolver.end(), link.end("target"))
            doi = source[shown.start : shown.end]
        elif "pubmed" in link.group("target") and link.group("label").isdigit():
            pmid = link.group("label")
        spans.append(shown)
        position = link.end()
    if position < end:
        spans.append(Span(position, end))
    text = source[start:end]
    if doi is None and (bare := _DOI.search(text)):
        doi = bare.group().rstrip(".,;")
    if pmid is None and (found := _PMID.search(text)):
        pmid = found.group(1)
    return tuple(trim(source, part) for part in spans if source[part.start : part.end].strip()), doi, pmid


def _split_authors(body: str) -> tuple[tuple[str, ...], bool, str, str]:
    """Split "A B, C D, et al.; Group. Title …" at the first full stop followed by a blank."""
    text = body.strip()
    stop = re.search(r"\.\s+(?=\S)", text)
    if stop is None:
        return (), False, "", text
    head, rest = text[: stop.start()], text[stop.end() :]
    group = ""
    if ";" in head:
        head, group = (part.strip() for part in head.split(";", 1))
    names = [name.strip() for name in head.rstrip(".").split(",") if name.strip()]
    et_al = bool(names) and names[-1] in ("et al", "in sod")
    if et_al:
        names.pop()
    return tuple(plain(name) for name in names), et_al, group, rest


def _split_title(rest: str) -> tuple[str, str, str]:
    """Return title, container and imprint; the container stands in italics, or after the title."""
    if italics := _ITALICS.search(rest):
        return rest[: italics.start()], italics.group(1), rest[italics.end() :]
    imprint = re.search(r"\.\s+([^.]+?)[.,]?\s*((?:18|19|20)\d{2}\s*[;.].*)\Z", rest, re.DOTALL)
    if imprint is None:
        return rest, "", rest
    return rest[: imprint.start()], imprint.group(1), imprint.group(2)


def _imprint(tail: str) -> _Imprint:
    match = _IMPRINT.search(tail)
    if match is None:
        return _Imprint(None, "", "", "", "")
    publisher = plain(tail[: match.start()]).strip(" .;")
    return _Imprint(int(match["year"]), match["volume"] or "", match["issue"] or "", match["pages"] or "", publisher)


def _without_stop(text: str) -> str:
    return text.strip().removesuffix(".").strip()
