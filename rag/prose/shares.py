"""Shares of a whole: "all patients", "4 of 5", "a small percentage", and whether two of them can both hold.

What a claim says of most patients does not hold where the article says it of a small percentage.
Every such quantity is read as an interval between none (0) and all (1). Two are set against each
other only when they are shares of the same whole and tell of the same thing; a denial turns a
share round: what 9 % did not show, 91 % showed.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import digits, searchable
from corpus.types import Language

# The whole is named among so many words from the quantity on.
_REACH = 4
# Letters that two forms of a word share at least.
_STEM = 5
# How far apart two exact shares may be, and how far "about" reaches.
_EXACT = 0.005
_ABOUT = 0.07
_WORD = re.compile(r"[\w-]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
# Kinds of which a denial leaves all open but the whole: "some did not", "all did not".
_OPEN_WHEN_DENIED = frozenset({"all", "some"})
# A statement without any quantity speaks of all, or of some.
_GENERAL = frozenset({"all", "not_all", "some", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a whole a text says something of.

    Attributes:
        kind: name in `shares.toml`; "" for an exact number.
        low, high: between none (0) and all (1), ends included.
        words: the quantity as it stands, with the word for the whole where that follows.
        whole: name of the whole; "" where none is named.
        group: who the whole is, as it follows: "with macular holes"; may be "".
        start, end: place of the quantity in the text.
        after: the text from the quantity to the end of its clause.
        scope: what is said of this share, without the quantity itself.
    """

    kind: str
    low: float
    high: float
    words: str
    whole: str
    group: str
    start: int
    end: int
    after: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """How the share in a claim stands to that in a sentence.

    Attributes:
        agree: whether both can hold; None where the sentence gives two for what the claim says, and only one fits.
        claimed, stated: their words.
        exact: both are numbers.
    """

    agree: bool | None
    claimed: str
    stated: str
    exact: bool


def compare_shares(
    said: str, found: str, language: Language, *, denies: Callable[[str], bool], same_point: bool
) -> Compared | None:
    """Return how the shares of a claim and of a sentence stand to each other; None where this cannot be told.

    Args:
        said, found: claim and sentence, searchable.
        denies: whether a text denies something.
        same_point: the sentence covers the claim, even if in other words.
    """
    theirs = shares(found, language)
    agreed: Compared | None = None
    for ours in shares(said, language):
        matches = _on_same_point(ours, theirs, language, found, same_point=same_point)
        if not matches:
            continue
        holding = [other for other in matches if _can_both_hold(ours, other, language, denies)]
        agree = bool(holding) if not holding or len(holding) == len(matches) else None
        other = (holding or matches)[0]
        result = Compared(agree, ours.words, other.words, exact=not ours.kind and not other.kind)
        if agree is False:
            return result
        agreed = agreed if agreed and agreed.agree is None else result
    return agreed


def is_limited(text: str, language: Language) -> bool:
    """Whether a text speaks of a certain share, which a sentence without any share does not confirm."""
    return any(share.kind not in _GENERAL for share in shares(text, language) if share.kind)


def shares(text: str, language: Language) -> list[Share]:
    """Return the shares that a searchable text speaks of, in order, each with what is said of it."""
    cues = _cues(language)
    plain = digits(text)
    found = sorted(_quantities(plain, language), key=lambda share: share.start)
    starts = [0, *(match.end() for match in re.finditer(cues["clause"], plain))]
    opened = [max(start for start in starts if start <= share.start) for share in found]
    placed: list[Share] = []
    for n, share in enumerate(found):
        begin = max(opened[n], found[n - 1].end if n else 0)
        end = len(plain)
        if n + 1 < len(found):
            end = opened[n + 1] if opened[n + 1] >= share.end else found[n + 1].start
        placed.append(replace(share, scope=f"{plain[begin : share.start]} {plain[share.end : end]}".strip()))
    return placed


def content(text: str, language: Language) -> set[str]:
    """Return the stems of what a searchable text tells of its shares, if any, without whose shares they are."""
    found = shares(text, language)
    told = _content(" ".join(share.scope for share in found) if found else text)
    return told - set().union(*(_content(share.group) for share in found))


def excluded(text: str, language: Language) -> list[str]:
    """Return what a text names to say that it does not speak of it: "Crohn's disease" of "not associated with …"."""
    return [match.group(1).strip() for match in re.finditer(_cues(language)["excludes"], searchable(text))]


def without_excluded(text: str, language: Language) -> str:
    """Return a searchable text without what it names to say that it does not speak of it: that denies nothing."""
    return re.sub(_cues(language)["excludes"], " ", text)


def _quantities(plain: str, language: Language) -> list[Share]:
    """Return the quantities of a text, each place read once: numbers first, then words in their order."""
    cues, ends = _cues(language), _data()["shares"]
    found: list[Share] = []

    def take(start: int, end: int, kind: str, low: float, high: float, total: int = 0) -> None:
        if all(end <= other.start or start >= other.end for other in found):
            low, high = _bounded(plain[:start], low, high, language)
            share = _share(plain, start, end, language)
            words = f"{total} … {share.words}" if total else share.words
            found.append(replace(share, kind=kind, low=low, high=high, words=words))

    total = 0
    for match in re.finditer(cues["of"], plain):
        part, total = _count(match.group(1)), int(match.group(2))
        if 0 < total >= part:
            take(match.start(), match.end(), "", part / total, part / total)
    for match in re.finditer(cues["again"], plain) if found else ():
        part = int(match.group(1))
        if part <= total and match.start() > found[0].end:
            take(match.start(1), match.end(1), "", part / total, part / total, total)
    for match in re.finditer(cues["whole"], plain):
        place = match.lastindex or 2
        total, part = int(match.group(1)), int(match.group(place))
        if 0 < total >= part:
            take(match.start(place), match.end(place), "", part / total, part / total, total)
    for match in re.finditer(cues["percent"], plain):
        value = min(float(match.group(1).replace(",", ".")) / 100, 1.0)
        take(match.start(), match.end(), "", value, value)
    for kind, pattern in cues["kinds"]:
        for match in re.finditer(pattern, plain):
            take(match.start(), match.end(), kind, *ends[kind])
    return found


def _share(plain: str, start: int, end: int, language: Language) -> Share:
    after = re.split(_cues(language)["clause"], plain[end:])[0]
    window = "".join(re.findall(r"\W*[\w-]+", after)[:_REACH])
    named = plain[start:end] + window
    places = [
        (match.start(), match.end(), name)
        for name, pattern in _data()["wholes"].items()
        if (match := re.search(pattern, named))
    ]
    _, stop, whole = min(places, default=(0, 0, ""))
    words = named[: max(stop, end - start)]
    group = re.match(_cues(language)["group"], (plain[start:end] + after)[len(words) :])
    return Share(
        kind="",
        low=0.0,
        high=1.0,
        words=words,
        whole=whole,
        group=group.group() if group else "",
        start=start,
        end=end,
        after=after,
    )


def _bounded(before: str, low: float, high: float, language: Language) -> tuple[float, float]:
    """Widen a quantity by the word before it: "more than", "up to", "about"."""
    cues = _cues(language)
    if re.search(cues["over"], before):
        return low, 1.0
    if re.search(cues["under"], before):
        return 0.0, high
    if re.search(cues["about"], before):
        return max(0.0, low - _ABOUT), min(1.0, high + _ABOUT)
    return low, high


def _on_same_point(
    ours: Share, theirs: list[Share], language: Language, found: str, *, same_point: bool
) -> list[Share]:
    """Return the shares of a sentence that tell of what a claim's share tells of, those nearest to it."""
    wanted = _content(ours.scope)
    same = [other for other in theirs if _same_whole(ours, other, language, found)]
    overlap = {other.start: len(wanted & _content(other.scope)) for other in same}
    most = max(overlap.values(), default=0)
    nearest = [other for other in same if overlap[other.start] == most]
    if len(nearest) > 1:  # what tells them apart is not who they are
        wanted -= _content(ours.group)
        overlap = {other.start: len(wanted & _content(other.scope) - _content(other.group)) for other in nearest}
        nearest = [other for other in nearest if overlap[other.start] == max(overlap.values())]
    if most or not wanted:
        return nearest
    return same if same_point and len(theirs) == 1 else []


def _same_whole(ours: Share, other: Share, language: Language, found: str) -> bool:
    """Whether two quantities are shares of one whole; one that names none may take up the whole named before it."""
    if ours.whole and other.whole:
        return ours.whole == other.whole
    part = _cues(language)["part"]
    if ours.whole:
        earlier = re.search(_data()["wholes"][ours.whole], digits(found)[: other.start])
        return earlier is not None and not re.search(part, other.after)
    if other.whole:
        return not ours.after.strip() or not re.search(part, ours.after)
    first, second = (_stems(_WORD.findall(share.after)[:3]) for share in (ours, other))
    return bool(first & second)


def _can_both_hold(ours: Share, other: Share, language: Language, denies: Callable[[str], bool]) -> bool:
    if (ours.words, ours.scope) == (other.words, other.scope):
        return True
    least, most = _data()["claimed"].get(ours.kind, (ours.low, ours.high))
    claimed = replace(ours, low=least, high=most)
    low, high = _turned(claimed, other, language, denies)
    other_low, other_high = _turned(other, ours, language, denies)
    return low <= other_high + _EXACT and other_low <= high + _EXACT


def _turned(share: Share, other: Share, language: Language, denies: Callable[[str], bool]) -> tuple[float, float]:
    """Return for how much something holds, where the clause may deny it; "none" and "not all" deny by themselves."""
    if share.kind in ("none", "not_all"):
        return share.low, share.high
    wanted = _content(other.scope)
    clauses = re.split(_cues(language)["clause"], share.scope)
    nearest = max(clauses, key=lambda clause: len(wanted & _content(clause)))
    if not denies(nearest):
        return share.low, share.high
    return (0.0, 0.99) if share.kind in _OPEN_WHEN_DENIED else (1 - share.high, 1 - share.low)


def _content(text: str) -> set[str]:
    """Return the stems of what a text tells, without the words for a whole."""
    for pattern in _data()["wholes"].values():
        text = re.sub(pattern, " ", text)
    return _stems(_WORD.findall(text))


def _stems(words: list[str]) -> set[str]:
    return {word[:_STEM] for word in words if len(word) > 3 and not _NUMBER.fullmatch(word)}


def _count(word: str) -> int:
    return int(word) if word.isdigit() else 1


def _cues(language: Language) -> dict[str, Any]:
    cues: dict[str, Any] = _data()[language]
    return cues


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "shares.toml").read_text(encoding="utf-8"))
