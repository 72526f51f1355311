"""Regular expressions that are compiled when a text may hold what they match: a question needs a tenth of them.

Compiling the patterns of all data files takes longer than answering. Most of them match nothing in most questions,
and that can be told without compiling: every match of "trials? of (drugs|vaccines)" holds "drug" or "vaccine".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

# The parts of a pattern: escapes, sets, groups, what quantifies, plain characters.
_PARTS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|P<\w+>)|\(\?|\(|[|)]|[*+?][?+]?|\{\d*,?\d*\}[?+]?|[.^$]|[^\\\[\]()|*+?{}.^$]+",
    re.DOTALL,
)
_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
# Escapes that stand for a place, not for characters.
_PLACES = frozenset("bBAZ")
_OPTIONAL = re.compile(r"\{(?:0|,)")
# Shorter letters stand in any text.
_TELLING = 2

Held = frozenset[str] | None


class Patterns(dict[str, re.Pattern[str]]):
    """Patterns of a data file, by name.

    Only what was asked for is held; go through the file's own mapping to see all of them.
    """

    def __init__(self, raw: Mapping[str, str], *, form: str = "{}") -> None:
        """`form` says where in a larger pattern each is to stand, "\\b{}\\b"."""
        super().__init__()
        self._raw = raw
        self._form = form

    def __missing__(self, name: str) -> re.Pattern[str]:
        """Read a pattern; raises KeyError when there is none of that name."""
        self[name] = late(self._form.replace("{}", self._raw[name]))
        return self[name]


def late(pattern: str) -> re.Pattern[str]:
    """Return a pattern that is compiled when a text may hold a match; methods of patterns work, functions of re do not.

    It must not ignore case.
    """
    return cast("re.Pattern[str]", _Late(pattern))


class _Late:
    """A pattern that is not compiled yet."""

    __slots__ = ("_compiled", "_held", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled: re.Pattern[str] | None = None
        self._held: Held | bool = False  # not known yet

    def _for(self, text: str) -> re.Pattern[str] | None:
        """Return the compiled pattern; None where this text cannot hold a match."""
        if self._compiled is not None:
            return self._compiled
        if self._held is False:
            self._held = held(self.pattern)
        if isinstance(self._held, frozenset) and not any(letters in text for letters in self._held):
            return None
        return self._compile()

    def _compile(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.pattern)
        return self._compiled

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compile(), name)

    def search(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.search(text, *place) if found is not None else None

    def match(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.match(text, *place) if found is not None else None

    def fullmatch(self, text: str, *place: int) -> re.Match[str] | None:
        found = self._for(text)
        return found.fullmatch(text, *place) if found is not None else None

    def finditer(self, text: str, *place: int) -> Iterator[re.Match[str]]:
        found = self._for(text)
        return found.finditer(text, *place) if found is not None else iter(())

    def findall(self, text: str, *place: int) -> list[Any]:
        found = self._for(text)
        return found.findall(text, *place) if found is not None else []

    def split(self, text: str) -> list[Any]:
        found = self._for(text)
        return found.split(text) if found is not None else [text]

    def sub(self, put: Any, text: str, count: int = 0) -> str:
        found = self._for(text)
        return found.sub(put, text, count) if found is not None else text


def held(pattern: str) -> Held:
    """Return letters of which every match of a pattern holds one group; None where that cannot be told.

    What is optional, a set of characters or looked at around the match is passed over, so nothing that matches is
    ever missed.
    """
    verbose = pattern.startswith("(?x)")
    if pattern.startswith("(?") and not verbose and not pattern.startswith(("(?:", "(?P<", *_AROUND)):
        return None  # a flag
    parts = _PARTS.findall(pattern[4:] if verbose else pattern)
    if sum(map(len, parts)) != len(pattern) - (4 if verbose else 0) or "(?" in parts or (verbose and "#" in pattern):
        return None
    if verbose:
        parts = [kept for part in parts if (kept := "".join(part.split()) if part[0] not in "[\\" else part)]
    found, end = _of_any(parts, 0)
    return found if end == len(parts) else None


def _of_any(parts: list[str], start: int) -> tuple[Held, int]:
    """Return what every match holds of the alternatives that begin at `start`, and where these end."""
    told: set[str] = set()
    known = True
    place = start
    while True:
        found, place = _of_one(parts, place)
        known = known and found is not None
        told |= found or frozenset()
        if place >= len(parts) or parts[place] == ")":
            return frozenset(told) if known else None, place
        place += 1  # the bar


def _of_one(parts: list[str], start: int) -> tuple[Held, int]:
    """Return what every match holds of one alternative, and where it ends: its most telling part."""
    best: Held = None
    run = ""
    place = start
    n = len(parts)
    while place < n and (part := parts[place]) != "|" and part != ")":
        place += 1
        inner: Held = None
        letters = part
        first = part[0]
        if first == "(":
            inner, place = _of_any(parts, place)
            place += 1  # its end
            if part in _AROUND:
                continue
            letters = ""
        elif first == "\\":
            if part[1] in _PLACES:
                continue
            letters = "" if part[1].isalnum() else part[1]
        elif first == "[":
            letters = part[1] if len(part) == len("[a]") else ""
        elif first in "^$*+?{":  # a place, or what quantifies one
            continue
        elif first == ".":
            letters = ""
        follows = parts[place][0] if place < n else ""
        if follows and follows in "*+?{":
            optional = follows in "*?" or _OPTIONAL.match(parts[place]) is not None
            place += 1
            run += letters[:-1] if optional else letters
        elif letters:
            run += letters
            continue
        else:
            optional = False
        if len(run) >= _TELLING:
            best = _better(best, frozenset({run}))
        run = ""
        if inner is not None and not optional:
            best = _better(best, inner)
    return _better(best, frozenset({run})), place


def _better(one: Held, other: Held) -> Held:
    """Return which of two is rarer in a text: that of the longer letters, then that of the fewer ones."""
    if other is None or min(map(len, other), default=0) < _TELLING:
        return one
    if one is None:
        return other
    ours, theirs = ((min(map(len, letters)), -len(letters)) for letters in (one, other))
    return max((ours, one), (theirs, other), key=lambda pair: pair[0])[1]
