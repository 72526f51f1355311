"""The point of a question: the word it turns on, what it counts, which period it names.

A sentence may share every topic word with a question and still not answer it: it names the disease
and the treatment, and the question asks for the hospital, the number of mice, the state after a year.
These are read from the question by its form and looked for in the words of a sentence, so that
`rag/prose/features.py` can tell a topic that is treated from a point that is stated.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import STOP_WORDS, digits, searchable, words
from corpus.types import Language

# What is counted stands at most so many words after its number.
_REACH = 4
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
_MONTHS_OF_A_YEAR = 12
# An English group ends in its noun, and has mostly no more words.
_GROUP = 2


@dataclass(frozen=True, slots=True)
class Point:
    """What a question turns on; all empty when its form does not tell.

    Attributes:
        focus: the first telling word after the question word: "hospital" of "In which hospital …".
        sought: what kind of thing is asked for by name: "antibiotic" of "Which antibiotic was given?".
        counted: what "how many" asks the number of, as a folded word.
        periods: the spans of time it names, as "6 months".
    """

    focus: str
    sought: str
    counted: str
    periods: frozenset[str]


def point_of(question: str, language: Language) -> Point:
    """Return the point of a question."""
    folded = searchable(question)
    cues = _cues(language)
    stop = STOP_WORDS[language]
    focus = ""
    if asked := re.search(cues["asks"], folded):
        focus = next((word for word in words(folded[asked.end() :]) if word not in stop and len(word) > 1), "")
    sought, run = "", list[str]()
    if named := re.search(cues["which"], folded):
        run = []
        for word in words(folded[named.end() :]):
            if word in stop or len(run) == _GROUP:
                break
            run.append(word)
        sought = run[-1] if run and language is Language.EN else run[0] if run else ""
    counted = ""
    if number := re.search(cues["how_many"], folded):
        run = []
        for word in words(folded[number.end() :]):
            if word in stop:
                break
            run.append(word)
        # The noun closes its group: "how many healthy volunteers were …".
        counted = run[min(len(run), _REACH) - 1] if run else ""
    return Point(focus, sought, counted, periods(question))


def periods(text: str) -> frozenset[str]:
    """Return the spans of time that a text of either language names, in days, weeks or months."""
    folded = digits(searchable(_CITATION_GROUP.sub("", text)))
    found: set[str] = set()
    for entry in _data()["periods"]:
        for match in re.finditer(entry["pattern"], folded):
            value = match.groupdict().get("number") or "1"
            number = float(value.replace(",", ".")) if _DIGITS.fullmatch(value) else 1.0
            unit, number = entry["unit"], number * float(entry["times"])
            if unit == "year":
                unit, number = "month", number * _MONTHS_OF_A_YEAR
            found.add(f"{number:g} {unit}")
    return frozenset(found)


def counts(text: str, counted: Iterable[str]) -> bool:
    """Return whether a text gives a number of any of the words `counted` (folded, as they stand in it)."""
    wanted = set(counted)
    tokens = words(_CITATION_GROUP.sub("", text))
    return any(
        _DIGITS.fullmatch(token) is not None and not wanted.isdisjoint(tokens[place + 1 : place + 1 + _REACH])
        for place, token in enumerate(tokens)
    )


@cache
def _cues(language: Language) -> dict[str, str]:
    cues: dict[str, str] = _data()[language]
    return cues


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "point.toml").read_text(encoding="utf-8"))
