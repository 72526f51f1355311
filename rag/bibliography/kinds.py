"""Kinds of works: how a question asks for them, and which entries say by their titles that they are of one."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.text import fold
from corpus.types import Language, Reference, Span
from rag.questions.patterns import late


@dataclass(frozen=True, slots=True)
class _Kind:
    title: re.Pattern[str]
    asked: dict[Language, re.Pattern[str]]
    name: dict[Language, str]


def kinds_asked(folded: str, language: Language) -> dict[str, tuple[Span, ...]]:
    """Return the kinds that a folded question asks for, each with its stretches of the question.

    A narrower kind within the words of a wider one stands alone: "systematic review", "randomised trial".
    """
    found: dict[str, tuple[Span, ...]] = {}
    taken: list[Span] = []
    for key, kind in _kinds().items():
        spans = tuple(Span(*match.span()) for match in kind.asked[language].finditer(folded))
        free = tuple(s for s in spans if not any(s.start < other.end and other.start < s.end for other in taken))
        if free:
            found[key] = free
            taken.extend(free)
    return found


def is_of_kind(reference: Reference, kind: str) -> bool:
    """Whether the title of an entry says that it is of a kind."""
    return _kinds()[kind].title.search(fold(reference.title)) is not None


def kind_name(kind: str, language: Language) -> str:
    """Return what an answer calls a kind."""
    return _kinds()[kind].name[language]


@cache
def _kinds() -> dict[str, _Kind]:
    data = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8"))
    return {
        key: _Kind(
            title=late(entry["title"]),
            asked={language: late(entry[language]) for language in Language},
            name={language: entry["name"][language] for language in Language},
        )
        for key, entry in data.items()
    }
