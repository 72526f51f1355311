"""References as BibTeX, RIS, CSL-JSON and Markdown, ready for a reference manager.

The homes of bibtexparser (layout and LaTeX escapes of BibTeX, by way of pylatexenc) and rispy (RIS).
The bibliography prints initials, not given names, and abbreviated journal titles; both are passed on
as they are. Abbreviated page ranges are completed ("236-50" becomes "236-250").
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote

from corpus.text import fold
from corpus.types import Kind, Reference
from rag.answer import Answer

_PARTICLE = re.compile(r"(?:[a-z’']+\s+)+(?=\S)")
_RANGE = re.compile(r"(?P<letters>[A-Za-z]*)(?P<start>\d+)[-–](?P<end>\d+)")
# Of Markdown what a name or title may hold by accident.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>])")


class CitationFormat(StrEnum):
    """A format that reference managers read."""

    BIBTEX = "bibtex"
    RIS = "ris"
    CSL_JSON = "csl-json"
    MARKDOWN = "markdown"

    @property
    def extension(self) -> str:
        """The usual file name extension, with its full stop."""
        return {"bibtex": ".bib", "ris": ".ris", "csl-json": ".json", "markdown": ".md"}[self.value]


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name split as CSL and BibTeX want it.

    Attributes:
        particle: lower-case words before the family name ("van der"), or "".
        given: initials with full stops ("E. I."), or "" when none are printed.
    """

    particle: str
    family: str
    given: str


def export(references: Iterable[Reference], citation_format: CitationFormat) -> str:
    """Return the references in a format, in the order given; each text ends with a line feed.

    No references give an empty text ("[]" in CSL-JSON).
    """
    write: dict[CitationFormat, Callable[[Sequence[Reference]], str]] = {
        CitationFormat.BIBTEX: to_bibtex,
        CitationFormat.RIS: to_ris,
        CitationFormat.CSL_JSON: to_csl_json,
        CitationFormat.MARKDOWN: to_markdown,
    }
    return write[citation_format](list(references))


def references_behind(answer: Answer, reference: Callable[[int, str], Reference]) -> tuple[Reference, ...]:
    """Return the references that an answer rests on, each once, by article and number.

    These are entries it quotes, and works the article cites in the sentences it quotes; where a
    sentence cites none itself, those at the end of its passage.

    Args:
        reference: entry of the bibliography by number and article, as `Engine.reference`.

    Raises:
        KeyError: the bibliography lacks a number that the article cites.
    """
    found: dict[tuple[str, int], Reference] = {}
    for citation in answer.citations:
        if citation.kind is Kind.REFERENCE:
            numbers: tuple[int, ...] = (int(citation.id.rsplit(":", 1)[1]),)
        else:
            numbers = citation.references or citation.passage_references
        for number in numbers:
            found.setdefault((citation.article, number), reference(number, citation.article))
    return tuple(found[key] for key in sorted(found))


def person(name: str) -> PersonName:
    """Split a printed name: "van der Worp HB" into "van der", "Worp" and "H. B.".

    A name without initials (a group) is all family name.
    """
    family, _, initials = name.rpartition(" ")
    if not family or not (initials.isalpha() and initials.isupper()):
        return PersonName("", name, "")
    particle = _PARTICLE.match(family)
    end = particle.end() if particle else 0
    return PersonName(family[:end].strip(), family[end:], " ".join(f"{letter}." for letter in initials))


def full_pages(pages: str) -> str:
    """Return a page range with its end in full: "236-50" as "236-250", "e250-349" as "e250-e349".

    Single pages and article numbers stay as they are.
    """
    match = _RANGE.fullmatch(pages)
    if match is None:
        return pages
    letters, start, end = match["letters"], match["start"], match["end"]
    if len(end) < len(start):
        end = start[: len(start) - len(end)] + end
    return f"{letters}{start}-{letters}{end}"


def is_chapter(reference: Reference) -> bool:
    """Whether an entry is a chapter of a book."""
    return bool(reference.editors or reference.publisher)


def is_abstract(reference: Reference) -> bool:
    """Whether an entry is, by its looks, a conference abstract in a journal.

    Such abstracts get neither a DOI nor a place in PubMed and fill part of one page.
    """
    return not (is_chapter(reference) or reference.doi or reference.pmid) and reference.pages.isdigit()


# --- BibTeX --------------------------------------------------------------------------------------


def to_bibtex(references: Sequence[Reference]) -> str:
    """Return BibTeX entries; keys such as "Nazari2022-56" stay the same whatever else is exported."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    entries: list[Any] = []
    keys: set[str] = set()
    for reference in references:
        kind = "incollection" if is_chapter(reference) else "article"
        fields = [Field(name, value) for name, value in _bibtex_fields(reference).items() if value]
        key = _bibtex_key(reference)
        while key in keys:  # the same number and name in another article
            key += "x"
        keys.add(key)
        entries.append(Entry(kind, key, fields))
    return write_string(Library(entries)).rstrip("\n") + "\n" if entries else ""


def _bibtex_fields(reference: Reference) -> dict[str, str]:
    chapter = is_chapter(reference)
    authors = [_bibtex_name(name) for name in reference.authors]
    if reference.group:
        authors.append(f"{{{_latex(reference.group)}}}")
    if reference.et_al:
        authors.append("others")
    place, publisher = _publisher(reference)
    return {
        "author": " and ".join(authors),
        "title": _bibtex_title(reference.title),
        "booktitle" if chapter else "journal": _latex(reference.container),
        "editor": " and ".join(_bibtex_name(name) for name in _names(reference.editors)),
        "publisher": _latex(publisher),
        "address": _latex(place),
        "year": str(reference.year or ""),
        "volume": _latex(reference.volume),
        "number": _latex(reference.issue),
        "pages": _latex(full_pages(reference.pages)).replace("-", "--"),
        "note": "Abstract" if is_abstract(reference) else "",
        # Identifiers are read verbatim, so they are not escaped.
        "doi": reference.doi or "",
        "pmid": reference.pmid or "",
    }


def _bibtex_name(name: str) -> str:
    split = person(name)
    if not split.given:
        return f"{{{_latex(name)}}}"
    return _latex(" ".join(filter(None, (split.particle, split.family))) + f", {split.given}")


def _bibtex_title(title: str) -> str:
    """Escape a title, words with capitals in braces, since styles put titles in lower case."""
    words = []
    for position, word in enumerate(title.split(" ")):
        capitals = word[1:] if position == 0 else word
        protected = any(char.isupper() for char in capitals)
        words.append(f"{{{_latex(word)}}}" if protected else _latex(word))
    return " ".join(words)


def _bibtex_key(reference: Reference) -> str:
    name = person(reference.authors[0]).family if reference.authors else reference.group or reference.container
    letters = re.sub(r"[^a-z]", "", fold(name)) or "ref"
    return f"{letters.capitalize()}{reference.year or ''}-{reference.number}"


def _latex(text: str) -> str:
    return str(_encoder().unicode_to_latex(text))


@cache
def _encoder() -> Any:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    # Bare braces around every macro: "{\v{c}}" is one letter to BibTeX, and eats no blank after it.
    return UnicodeToLatexEncoder(replacement_latex_protection="braces-all", unknown_char_policy="keep")


# --- RIS -----------------------------------------------------------------------------------------


def to_ris(references: Sequence[Reference]) -> str:
    """Return RIS records. RIS knows no "et al."; it stands in a note."""
    import rispy

    if not references:
        return ""
    lines = str(rispy.dumps([_ris_record(reference) for reference in references])).splitlines()
    # rispy numbers the records ("1."), which no other program expects.
    return "\n".join(line for line in lines if not re.fullmatch(r"\d+\.", line)) + "\n"


def _ris_record(reference: Reference) -> dict[str, Any]:
    chapter = is_chapter(reference)
    place, publisher = _publisher(reference)
    first, _, last = full_pages(reference.pages).partition("-")
    notes = ["et al."] if reference.et_al else []
    record: dict[str, Any] = {
        "type_of_reference": "CHAP" if chapter else "ABST" if is_abstract(reference) else "JOUR",
        "id": str(reference.number),
        "authors": [*map(_ris_name, reference.authors), *filter(None, (reference.group,))],
        "title": reference.title,
        "secondary_title": reference.container,
        "secondary_authors": [_ris_name(name) for name in _names(reference.editors)],
        "alternate_title2": "" if chapter else reference.container,
        "place_published": place,
        "publisher": publisher,
        "year": str(reference.year or ""),
        "volume": reference.volume,
        "number": reference.issue,
        "start_page": first,
        "end_page": last,
        "doi": reference.doi or "",
        "accession_number": reference.pmid or "",
        "urls": _links(reference),
        "notes": notes,
    }
    return {name: value for name, value in record.items() if value}


def _ris_name(name: str) -> str:
    split = person(name)
    family = " ".join(filter(None, (split.particle, split.family)))
    return f"{family}, {split.given}" if split.given else family


# --- CSL-JSON ------------------------------------------------------------------------------------


def to_csl_json(references: Sequence[Reference]) -> str:
    """Return a CSL-JSON array (Citation Style Language 1.0.2 input data), indented."""
    return json.dumps([csl_item(reference) for reference in references], ensure_ascii=False, indent=2) + "\n"


def csl_item(reference: Reference) -> dict[str, Any]:
    """Return one reference as a CSL-JSON item.

    CSL has no "et al." of its own: styles shorten lists themselves. That a list is cut short in the
    source is said in `note`.
    """
    place, publisher = _publisher(reference)
    authors = [_csl_name(name) for name in reference.authors]
    if reference.group:
        authors.append({"literal": reference.group})
    item: dict[str, Any] = {
        "id": _bibtex_key(reference),
        "type": "chapter" if is_chapter(reference) else "article-journal",
        "citation-number": reference.number,
        "title": reference.title,
        "author": authors,
        "container-title": reference.container,
        "editor": [_csl_name(name) for name in _names(reference.editors)],
        "publisher": publisher,
        "publisher-place": place,
        "issued": {"date-parts": [[reference.year]]} if reference.year else None,
        "volume": reference.volume,
        "issue": reference.issue,
        "page": full_pages(reference.pages),
        "genre": "Abstract" if is_abstract(reference) else "",
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "note": "Author list cut short in the source (et al.)." if reference.et_al else "",
    }
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    split = person(name)
    if not split.given:
        return {"literal": name}
    parts = {"family": split.family, "given": split.given}
    return {**parts, "non-dropping-particle": split.particle} if split.particle else parts


# --- Markdown ------------------------------------------------------------------------------------


def to_markdown(references: Sequence[Reference]) -> str:
    """Return one paragraph for each reference, with its number in the article and its links."""
    return "".join(f"{_markdown(reference)}\n\n" for reference in references).removesuffix("\n")


def _markdown(reference: Reference) -> str:
    authors = ", ".join(reference.authors) + (", et al." if reference.et_al else "" if reference.group else ".")
    if reference.group:
        authors = f"{authors}; {reference.group}.".removeprefix("; ")
    title = reference.title if reference.title.endswith(("?", "!")) else f"{reference.title}."
    place = f" {_plain(reference.publisher)};" if reference.publisher else ""
    editors = f" In: {_plain(reference.editors)}, ed." if reference.editors else ""
    imprint = f"{reference.year or ''}"
    if reference.volume:
        imprint += f";{reference.volume}" + (f"({reference.issue})" if reference.issue else "")
    if reference.pages:
        imprint += f":{reference.pages}"
    # "56\." is no list mark, so the number stays what it is wherever the paragraph is pasted.
    text = f"{reference.number}\\. {_plain(authors)} {_plain(title)}{editors} *{_plain(reference.container)}*."
    text += f"{place} {imprint}."
    doi, pmid = _doi_link(reference), _pmid_link(reference)
    if doi:
        text += f" DOI: [{_plain(reference.doi or '')}]({doi})"
    if pmid:
        text += f" PMID: [{reference.pmid}]({pmid})"
    return text


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


# --- shared --------------------------------------------------------------------------------------


def _names(printed: str) -> list[str]:
    return [name.strip() for name in printed.split(",") if name.strip()]


def _publisher(reference: Reference) -> tuple[str, str]:
    """Return (place, publisher) of "Berlin: Springer Nature"."""
    place, colon, publisher = reference.publisher.partition(": ")
    return (place, publisher) if colon else ("", reference.publisher)


def _doi_link(reference: Reference) -> str:
    # Parentheses of a DOI would end a Markdown link, so they are percent-encoded.
    return f"https://doi.org/{quote(reference.doi, safe='/:;.-_')}" if reference.doi else ""


def _pmid_link(reference: Reference) -> str:
    return f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/" if reference.pmid else ""


def _links(reference: Reference) -> list[str]:
    return [link for link in (_doi_link(reference), _pmid_link(reference)) if link]
