"""Which fields of an entry a question asks for: in a question of their own, or enumerated by name."""

import re

from rag.bibliography.lexicon import Lexicon
from rag.bibliography.query import Field

# A field asked for more narrowly makes the wider one superfluous.
_NARROWER = {Field.AUTHORS: frozenset({Field.FIRST_AUTHOR, Field.N_AUTHORS})}
_NAMES = {
    "doi": Field.DOI,
    "digital": Field.DOI,
    "pmid": Field.PMID,
    "pubmed": Field.PMID,
    "volume": Field.IMPRINT,
    "letnik": Field.IMPRINT,
    "letnic": Field.YEAR,
    "page": Field.IMPRINT,
    "strani": Field.IMPRINT,
}


def fields_asked(frame: str, words: Lexicon, *, enumerated: str = "") -> tuple[Field, ...]:
    """Return the fields that a folded question asks for, each once.

    Args:
        enumerated: text in which fields may also be asked for by their bare names ("author, journal
            and year", "navedi revijo"); other names may stand in it unasked.
    """
    found = {field for field, pattern in words.fields.items() if pattern.search(frame)}
    for match in words.enumerated.finditer(enumerated):
        found |= _named(match.group(), words)
    kept = (field for field in Field if field in found)
    return tuple(field for field in kept if not (_NARROWER.get(field, frozenset()) & found))


def fields_named(frame: str, words: Lexicon) -> tuple[Field, ...]:
    """Return the fields whose bare names stand in a folded text: "source 5 authors"."""
    found = _named(frame, words)
    return tuple(field for field in Field if field in found)


def fields_lacking(pattern: re.Pattern[str], frame: str) -> tuple[Field, ...]:
    """Return the fields that the groups of `pattern` name, in order."""
    names = (next(group for group in match.groups() if group) for match in pattern.finditer(frame))
    return tuple(dict.fromkeys(next(f for start, f in _NAMES.items() if name.startswith(start)) for name in names))


def _named(text: str, words: Lexicon) -> set[Field]:
    """The fields in an enumeration; "first author" names no author besides."""
    found: set[Field] = set()
    left = text
    for field in sorted(words.nouns, key=lambda field: field is not Field.FIRST_AUTHOR):
        if words.nouns[field].search(left):
            found.add(field)
            left = words.nouns[field].sub(" ", left)
    return found
