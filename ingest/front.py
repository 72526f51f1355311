"""The front matter of an article, typed: from its metadata sentences to names, keywords and dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from corpus.types import Document, Kind, Language

_DATE = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})|(\d{4})-(\d{2})-(\d{2})")
_RECEIVED = re.compile(r"(?:Prispelo|Received)", re.IGNORECASE)
_ACCEPTED = re.compile(r"(?:Sprejeto|Accepted)", re.IGNORECASE)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s<>]+")
_LABEL = re.compile(r"\A[^:]{2,40}:\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the front of an article says of it; a field that is not there is empty or None.

    Attributes:
        titles, keywords: by the language they are in.
        authors: full names as printed.
        citation: "how to cite" as printed, slips included.
        doi: of the article itself.
    """

    titles: Mapping[Language, str]
    authors: tuple[str, ...]
    affiliation: str
    correspondence: str
    keywords: Mapping[Language, tuple[str, ...]]
    received: date | None
    accepted: date | None
    citation: str
    doi: str | None
    licence: str


def front_matter(document: Document) -> FrontMatter:
    """Return the front matter of `document`, read from its metadata sentences."""
    fields = {s.id.split(":", 1)[1]: s for s in document.sentences if s.kind is Kind.METADATA}
    text = {name: sentence.text for name, sentence in fields.items()}
    dates = text.get("dates", "")
    citation = _LABEL.sub("", text.get("citation", ""), count=1)
    doi = _DOI.search(citation)
    return FrontMatter(
        titles={fields[name].language: text[name] for name in ("title", "title-sl", "title-en") if name in text},
        authors=tuple(name.strip() for name in text.get("authors", "").split(",") if name.strip()),
        affiliation=text.get("affiliation", ""),
        correspondence=_LABEL.sub("", text.get("correspondence", ""), count=1),
        keywords={
            fields[name].language: tuple(
                part.strip(" .") for part in re.split(r"[;,]", _LABEL.sub("", text[name], count=1)) if part.strip(" .")
            )
            for name in ("keywords-sl", "keywords-en")
            if name in text
        },
        received=_date_after(_RECEIVED, dates),
        accepted=_date_after(_ACCEPTED, dates),
        citation=citation,
        doi=doi.group().rstrip(".,;>") if doi else None,
        licence=text.get("licence", ""),
    )


def _date_after(label: re.Pattern[str], text: str) -> date | None:
    """Return the first date after a label, or None when there is none or it is no date."""
    found = label.search(text)
    match = _DATE.search(text, found.end()) if found else None
    if match is None:
        return None
    day, month, year, iso_year, iso_month, iso_day = match.groups()
    try:
        return date(int(iso_year or year), int(iso_month or month), int(iso_day or day))
    except ValueError:
        return None
