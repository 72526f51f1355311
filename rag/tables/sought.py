"""What a question asks of trials that no column of the table holds: a date, an age, an endpoint.

Names of attributes are data (`attributes.toml`). Words of the rows themselves are none: "men and women"
is how one title speaks.
"""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.concepts import same_word
from corpus.terms import searchable, words
from corpus.types import Language, Trial
from rag.tables.data import whole
from rag.tables.query import Label, Sought
from rag.tables.scan import Scan

# An answer names at most so many of them.
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something a registry tells of a trial and the table does not."""

    sought: Sought
    patterns: dict[Language, re.Pattern[str]]
    titles_only: bool = False
    """Only the title of a trial may be asked for it; elsewhere the words say nothing of the kind."""


def sought(
    scan: Scan,
    language: Language,
    trials: Iterable[Trial] = (),
    *,
    aside: frozenset[str] = frozenset(),
    is_asked: Callable[[re.Match[str]], bool] = bool,
    outside: Iterable[tuple[int, int]] = (),
) -> tuple[Sought, ...]:
    """Return what a question asks for that no column holds, at most two of it.

    Args:
        scan: the question; what was read in it as a condition on rows asks for nothing.
        trials: those it is about; words of their titles are none of the question's own.
        aside: words of sentences that only lead up to the question; they ask for nothing either.
        is_asked: whether words that name an attribute ask for it.
        outside: parts of the text that ask for something else.
    """
    titles = frozenset(word for trial in trials for word in words(trial.title))
    found: list[Sought] = []
    taken = list(outside)
    for attribute in attributes():
        if attribute.titles_only:
            continue
        for match in attribute.patterns[language].finditer(scan.text):
            start, end = match.span()
            asked = words(match.group())
            inside = any(start < other_end and other_start < end for other_start, other_end in taken)
            if (
                inside
                or aside.issuperset(asked)
                or scan.is_condition(start, end)
                or told_by(asked, titles)
                or not is_asked(match)
            ):
                continue
            taken.append((start, end))
            found.append(attribute.sought)
    return tuple(dict.fromkeys(found))[:_NAMED]


def asked_of_titles(
    scan: Scan, language: Language, is_asked: Callable[[re.Match[str]], bool]
) -> tuple[tuple[Sought, ...], tuple[tuple[int, int], ...]]:
    """Return what a question asks for that the title of a trial may tell (a source, what is prevented), and where."""
    found: dict[Sought, tuple[int, int]] = {}
    for attribute in attributes():
        for match in attribute.patterns[language].finditer(scan.text) if attribute.sought.title else ():
            if not scan.is_condition(*match.span()) and is_asked(match):
                found[attribute.sought] = match.span()
    return tuple(found), tuple(found.values())


def told_by(asked: Iterable[str], told: Iterable[str]) -> bool:
    """Return whether each of `asked` is, in some form, one of the words `told`; both folded."""
    known = tuple(told)
    return all(word in known or any(same_word(word, other) for other in known) for word in asked)


def quoted(text: str) -> Sought:
    """Return words of the question as the name of what it asks for."""
    return Sought(Label(f"»{text}«", f"“{text}”"))


def gives(text: str, item: Sought) -> bool:
    """Return whether a text of either language can tell what is sought."""
    return not item.given or re.search(item.given, searchable(text)) is not None


def told_by_title(trial: Trial, item: Sought) -> bool:
    """Return whether the title of a trial tells what is sought."""
    return bool(item.title) and re.search(item.title, searchable(trial.title)) is not None


@cache
def attributes() -> tuple[Attribute, ...]:
    """Return the attributes, in the order they are tried."""
    data = tomllib.loads((Path(__file__).parent / "attributes.toml").read_text(encoding="utf-8"))
    return tuple(
        Attribute(
            sought=Sought(
                Label(entry["name"]["sl"], entry["name"]["en"]),
                entry.get("given", ""),
                entry.get("title", ""),
                entry.get("by_itself", False),
                entry.get("registry", False),
            ),
            patterns={language: whole(entry[language.value]) for language in Language},
            titles_only=entry.get("titles_only", False),
        )
        for entry in data.values()
    )
