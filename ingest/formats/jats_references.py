"""The list of references of JATS XML as numbered entries in Vancouver style."""

import re
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element

from ingest.formats.jats_inline import Inline, tidy

_NUMBER = re.compile(r"\[?\(?(\d{1,3})\)?\]?[.)]?")
_CITATIONS = ("element-citation", "mixed-citation", "nlm-citation", "citation")
_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.I)
_IDENTIFIERS = re.compile(r"(?:\s*(?:\bdoi\b:?|\bPMC?ID\b:?|https?://(?:dx\.)?doi\.org/)\s*[^\s;,]*[;,.]?)+\s*\Z", re.I)


def number_references(
    references: Iterable[Element], text: Callable[[Element | None], str]
) -> tuple[dict[str, int], list[int], list[str]]:
    """Return the number of each reference by its id, the numbers in order, and the problems.

    The printed numbers count where all references have one; else their order does.
    """
    found = list(references)
    labels = [_NUMBER.fullmatch(text(reference.find("label"))) for reference in found]
    problems: list[str] = []
    printed = [int(label.group(1)) for label in labels if label]
    if len(printed) == len(found) and len(set(printed)) == len(printed):
        numbers = printed
    else:
        numbers = list(range(1, len(found) + 1))
        if printed:
            problems.append("not every reference has a printed number of its own; they are numbered in their order")
    ids: dict[str, int] = {}
    for reference, number in zip(found, numbers, strict=True):
        for element in reference.iter():
            if key := element.get("id"):
                ids.setdefault(key, number)
    return ids, numbers, problems


def write_reference(reference: Element, inline: Inline) -> str:
    """Return one reference on a line, without its number."""
    alternatives = reference.find("citation-alternatives")
    parent = reference if alternatives is None else alternatives
    citations = [child for child in parent if child.tag in _CITATIONS]
    if alternatives is not None:
        citations = citations[:1]
    if not citations:
        return inline.text(reference, skip=frozenset({"label"}))
    return " ".join(_write(citation, inline) for citation in citations)


def _write(citation: Element, inline: Inline) -> str:
    def first(*tags: str) -> str:
        found = (element for tag in tags for element in citation.iter(tag))
        return next((text for element in found if (text := inline.text(element))), "")

    authors = _authors(citation, inline)
    title = first("article-title", "chapter-title", "part-title", "data-title")
    container = first("source")
    is_tagged = bool(container or title) and (citation.tag == "element-citation" or bool(authors and first("year")))
    doi, pmid = _identifiers(citation, inline)
    if not is_tagged:
        body = _IDENTIFIERS.sub("", _flat(citation, inline)) if doi or pmid else _flat(citation, inline)
        return ended(ended(body), _identifiers_text(doi, pmid))
    parts = [authors]
    if title:
        parts.append(title)
    edition = first("edition")
    if editors := _people(citation, "editor", inline):
        parts[-1] = f"{ended(parts[-1])} In: {editors}, editors"
    if container and (title or authors):
        parts.append(f"*{container.rstrip('.')}.*" if title else container)
    elif container:
        parts.append(container)
    if edition:
        parts.append(edition if "ed" in edition.casefold() or "izd" in edition.casefold() else f"{edition} ed")
    imprint = _imprint(first)
    if publisher := ": ".join(part for part in (first("publisher-loc"), first("publisher-name")) if part):
        imprint = f"{publisher}; {imprint}".rstrip("; ")
    parts.append(imprint)
    if comment := first("comment"):
        parts.append(comment)
    if (link := first("ext-link", "uri")) and not _DOI_PREFIX.match(link) and link not in comment:
        parts.append(link)
    if accessed := first("date-in-citation"):
        parts.append(accessed)
    parts.append(_identifiers_text(doi, pmid))
    return ended(*parts)


def _flat(citation: Element, inline: Inline) -> str:
    """Return the citation as printed, its journal or book emphasised."""
    parts = [inline.piece(citation.text)]
    for child in citation:
        content = inline.child(child)
        emphasised = child.tag == "source" and content.strip() and "∗" not in content
        parts.append(f"*{content.strip()}*" if emphasised else content)
        parts.append(inline.piece(child.tail))
    return tidy("".join(parts))


def _imprint(first: Callable[..., str]) -> str:
    """Return "2023;23(4):236-250" as far as it is known."""
    text = first("year")
    if volume := first("volume"):
        text += f";{volume}"
    if issue := first("issue"):
        text += f"({issue})" if volume else f";({issue})"
    start, end = first("fpage"), first("lpage")
    pages = f"{start}-{end}" if start and end and start != end else start or first("elocation-id")
    if pages := pages or first("page-range"):
        text += f":{pages}"
    return text.lstrip(";:")


def _authors(citation: Element, inline: Inline) -> str:
    return _people(citation, "author", inline)


def _people(citation: Element, kind: str, inline: Inline) -> str:
    """Return "Novak A, Kovač B, et al." of those named as `kind`; without a group, all are authors."""
    groups = [group for group in citation.iter("person-group") if group.get("person-group-type", "author") == kind]
    if not groups and kind == "author" and next(citation.iter("person-group"), None) is None:
        groups = [citation]
    names: list[str] = []
    collective: list[str] = []
    cut = False
    for group in groups:
        for element in group.iter():
            match element.tag:
                case "name":
                    names.append(short_name(element, inline))
                case "string-name":
                    names.append(short_name(element, inline) or inline.text(element))
                case "collab":
                    collective.append(inline.text(element))
                case "etal":
                    cut = True
    text = ", ".join([*(name for name in names if name), *(["et al."] if cut else [])])
    return "; ".join(part for part in (text, *collective) if part)


def short_name(element: Element, inline: Inline) -> str:
    """Return "Novak AM" of a name given in parts; "" when it has none."""
    surname = inline.text(element.find("surname"))
    given = inline.text(element.find("given-names"))
    suffix = inline.text(element.find("suffix"))
    initials = given if given.isupper() and " " not in given and "." not in given else _initials(given)
    return " ".join(part for part in (surname, initials, suffix) if part)


def _initials(given: str) -> str:
    return "".join(word[0] for word in re.split(r"[\s.-]+", given) if word[:1].isalpha())


def _identifiers(citation: Element, inline: Inline) -> tuple[str, str]:
    found = {"doi": "", "pmid": ""}
    for element in citation.iter("pub-id"):
        kind = element.get("pub-id-type", "")
        if kind in found and not found[kind]:
            found[kind] = inline.text(element)
    for element in (*citation.iter("ext-link"), *citation.iter("uri")):
        link = element.get("href") or inline.text(element)
        if not found["doi"] and _DOI_PREFIX.match(link):
            found["doi"] = link
    return _DOI_PREFIX.sub("", found["doi"]).strip(), found["pmid"].strip()


def _identifiers_text(doi: str, pmid: str) -> str:
    return " ".join(part for part in (f"DOI: {doi}" if doi else "", f"PMID: {pmid}" if pmid else "") if part)


def ended(*parts: str) -> str:
    """Join parts, each but the last ended with a full stop unless it has a stop of its own."""
    present = [part.strip() for part in parts if part.strip()]
    ended = [part if part.rstrip('*)”"').endswith((".", "?", "!")) else f"{part}." for part in present[:-1]]
    return " ".join([*ended, *present[-1:]])
