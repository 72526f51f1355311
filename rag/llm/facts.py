"""The facts of a sentence that its source must hold to the letter: numbers, units, ids, phases.

Both sides are read alike in either language ("80 odstotkov" is "80 %", "five months" is "5 mesecev",
"faza I/II" is "phase 1/2"), so a translation keeps its facts and a slip does not.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import digits, searchable
from corpus.types import Language

# Not the end of a name: "IL-10".
_NUMBER = re.compile(r"(?<![\w.,])(?<![^\W\d]-)\d+(?:[.,]\d+)*(?!\w)")
# "30-150 nm", "6 ali 12 mesecev": the unit belongs to the first number, too.
_LIST = re.compile(r"\s*(?:-|,|/|do|to|in|and|ali|or)\s*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
# A word with a digit in it: a trial, a molecule, a cell line. "6-month" is a number and a unit.
_CODE = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_COUNTED = re.compile(r"\d+(?:[.,]\d+)?-[^\W\d_]+")
_PHASE_NUMBER = r"(\d|i{1,3}|iv)(?:\s*(?:[-/–]|in|and|do|to)\s*(\d|i{1,3}|iv))?"
# "V 2. fazi"; without the full stop "4 faze" counts them.
_PHASE = re.compile(rf"\b(?:faz\w*|phases?)\s*{_PHASE_NUMBER}\b|\b{_PHASE_NUMBER}\.\s*faz\w*")
# What something is said of stands among so many words after it; forms of a word share so many letters.
_ABOUT = 3
_STEM = 5
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a text states that may not change.

    Attributes:
        numbers: each with its unit, "" for none.
        codes: words with a digit in them, folded and without hyphens.
        phases: of clinical trials, "1" or "1/2".
    """

    numbers: frozenset[tuple[str, str]]
    codes: frozenset[str]
    phases: frozenset[str]


def facts(text: str) -> Facts:
    """Return the facts of a text in either language; the article's own citations "(24-26)" are none."""
    folded = _with_number_words(digits(searchable(text).translate(_DASHES)))
    phases = frozenset(
        "/".join(_ROMAN.get(part, part) for part in match.groups() if part) for match in _PHASE.finditer(folded)
    )
    rest = _PHASE.sub(" ", folded)
    found = list(_NUMBER.finditer(rest))
    units = [_unit(rest, match.end()) for match in found]
    for place in range(len(found) - 2, -1, -1):  # from the end, so that a unit reaches all of a list
        if not units[place] and _LIST.fullmatch(rest, found[place].end(), found[place + 1].start()):
            units[place] = units[place + 1]
    numbers = {(_plain(match.group()), unit) for match, unit in zip(found, units, strict=True)}
    words = [word for word in _CODE.findall(rest) if not _COUNTED.fullmatch(word)]
    codes = frozenset(
        word.replace("-", "").replace("/", "")
        for word in words
        if any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
    )
    return Facts(numbers=frozenset(numbers), codes=codes, phases=phases)


def missing(said: Facts, held: Facts) -> tuple[str, ...]:
    """Return the facts of a sentence that its sources do not hold; () when they hold all.

    "80" is not "80 %": a number without a unit must stand without one in the sources, too.
    """
    lacking = [f"{value} {unit}".strip() for value, unit in sorted(said.numbers - held.numbers)]
    lacking += sorted(said.codes - held.codes)
    lacking += sorted(f"phase {phase}" for phase in said.phases - held.phases)
    return tuple(lacking)


def turned(said: str, held: str) -> tuple[str, ...]:
    """Return the words of a sentence by which something goes up or down, where its source has it otherwise.

    A direction must stand in the source, and there be said of what the sentence says it of: of the
    words that follow, as many as possible must be the same.
    """
    theirs = _directions(held)
    lost = []
    for way, word, about in _directions(said):
        overlaps = [(len(about & other), kind) for kind, _, other in theirs]
        most = max((overlap for overlap, _ in overlaps), default=0)
        if way not in {kind for overlap, kind in overlaps if overlap == most}:
            lost.append(word)
    return tuple(dict.fromkeys(lost))


def _directions(text: str) -> list[tuple[str, str, frozenset[str]]]:
    """Return each word of direction: its way, itself, and the beginnings of the words after it."""
    folded = searchable(text)
    found = []
    for way, pattern in _data()["directions"].items():
        for match in re.finditer(pattern, folded):
            after = [word for word in _CODE.findall(folded[match.end() :]) if len(word) > 3][:_ABOUT]
            found.append((way, match.group(), frozenset(word[:_STEM] for word in after)))
    return found


def _plain(number: str) -> str:
    """Return a number with a decimal point and without the separators of thousands."""
    plain = number.replace(",", ".")
    return plain.replace(".", "") if _THOUSANDS.fullmatch(plain) else plain


def _unit(text: str, end: int) -> str:
    rest = text[end:]
    match = re.match(r"[\s-]{0,2}", rest)
    start = match.end() if match else 0
    return next((name for name, pattern in _patterns().items() if pattern.match(rest, start)), "")


# Written so that they are read as codes: a share must stand in the source as a share.
_SHARES = {"half": "share0half", "third": "share0third", "quarter": "share0quarter", "double": "share0double"}


def _with_number_words(text: str) -> str:
    for value, pattern in _number_words().items():
        text = pattern.sub(_SHARES.get(value, value), text)
    return text


@cache
def cue(name: str, language: Language) -> re.Pattern[str]:
    """Return a pattern of `facts.toml` over searchable text."""
    return re.compile(str(_data()[language][name]))


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(f"(?:{pattern})") for name, pattern in _data()["units"].items()}


@cache
def _number_words() -> Mapping[str, re.Pattern[str]]:
    return {value: re.compile(rf"\b(?:{pattern})\b") for value, pattern in _data()["numbers"].items()}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
