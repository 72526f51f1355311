"""Compare texts: one normaliser for quotes, tolerant matching for facts, numbers as values.

Deterministic strings only, no model. The recall of character trigrams for inflecting languages
follows Chirkova et al. 2024 ("Retrieval-augmented generation in multilingual settings", BERGEN).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from corpus.terms import searchable
from corpus.types import Span

# Share of an alias's character trigrams that the best window of the answer must hold. Fitted on the
# development split: see `eval/fit_match.py` and docs/evaluation.md.
NUGGET_THRESHOLD = 0.8
# Shorter words are compared whole: three letters say too little.
_WHOLE_WORD_CHARS = 4
# What the last vowel of a Slovene noun or adjective turns into, folded.
_ENDINGS = frozenset("a e i o u ah am ami ih im imi em om ega emu".split()) | {""}

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_QUOTES = dict.fromkeys(map(ord, "“”„«»"), '"') | dict.fromkeys(map(ord, "’‘‚"), "'")
_TABLE = {**_DASHES, **_QUOTES}
_DROPPED = frozenset("*\u00ad")
_WORD = re.compile(r"[^\W_]+(?:[-/.][^\W_]+)*")
# A number with its decimals; a full stop or comma at its end is punctuation.
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_MARKER = re.compile(r"\s*\[\d+(?:\s*[-,–]\s*\d+)*\]")
_CITATION_GROUP = re.compile(r"\s*\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")


def normalise(text: str) -> tuple[str, list[int]]:
    """Return `text` as quotes are compared, and for each character where it came from.

    NFC, white space collapsed, dashes and quotation marks of one kind, without soft hyphens and
    Markdown asterisks. Normalising twice changes nothing.
    """
    out: list[str] = []
    offsets: list[int] = []
    kept = [(offset, char) for offset, char in enumerate(text) if char not in _DROPPED]
    position = 0
    while position < len(kept):
        offset, letter = kept[position]
        position += 1
        if letter.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                offsets.append(offset)
            continue
        while position < len(kept) and unicodedata.combining(kept[position][1]):
            letter += kept[position][1]
            position += 1
        for part in unicodedata.normalize("NFC", letter).translate(_TABLE):
            out.append(part)
            offsets.append(offset)
    if out and out[-1] == " ":
        out.pop()
        offsets.pop()
    return "".join(out), offsets


def find_all(quote: str, text: str, *, normalised: tuple[str, list[int]] | None = None) -> list[Span]:
    """Return where `quote` occurs in `text` (after `normalise`), as spans of `text` itself.

    Args:
        normalised: `normalise(text)`, when it is at hand already.
    """
    wanted, _ = normalise(quote)
    haystack, offsets = normalised or normalise(text)
    if not wanted:
        return []
    found: list[Span] = []
    start = haystack.find(wanted)
    while start >= 0:
        end = offsets[start + len(wanted) - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        found.append(Span(offsets[start], end))
        start = haystack.find(wanted, start + 1)
    return found


def prose(text: str) -> str:
    """Return an answer without its markers [n] and the article's own citations (n)."""
    return _CITATION_GROUP.sub("", _MARKER.sub("", text))


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of `text`, decimal comma and point alike, ids and years included.

    Thousands count with their separator and without. Markers of citations and the article's
    reference numbers, such as "(24-26)", are not counted.
    """
    found = [number.replace(",", ".") for number in _NUMBER.findall(prose(text))]
    return frozenset((*found, *(number.replace(".", "") for number in found if _THOUSANDS.fullmatch(number))))


def holds(alias: str, text: str, *, threshold: float = NUGGET_THRESHOLD) -> bool:
    """Return whether `text` says `alias`, tolerating inflection, case and missing diacritics.

    The alias counts as said when some stretch of the text about as long holds at least `threshold`
    of its character trigrams. Aliases shorter than four letters must occur as a whole word; a number
    in the alias must occur in that stretch exactly.
    """
    return likeness(alias, text) >= threshold


def likeness(alias: str, text: str) -> float:
    """Return the trigram recall of `alias` in its best window of `text`, 0 to 1."""
    wanted = _words(alias)
    if not wanted:
        return 0.0
    said = _words(prose(text))
    return _likeness(wanted, said)


@lru_cache(maxsize=200_000)
def _likeness(wanted: tuple[str, ...], said: tuple[str, ...]) -> float:
    size = len(wanted) + (1 if len(wanted) > 1 else 0)
    exact = [word for word in wanted if len(word) < _WHOLE_WORD_CHARS or any(char.isdigit() for char in word)]
    inflected = [word for word in wanted if word not in exact]
    n_grams = sum(len(_trigrams(word)) for word in inflected)
    best = 0.0
    for start in range(max(1, len(said) - size + 1)):
        window = said[start : start + size]
        if not all(word in window for word in exact):
            continue
        if not n_grams:
            return 1.0
        held = {gram for word in window for gram in _trigrams(word)}
        n_held = sum(
            len(_trigrams(word)) if _declined(word, window) else sum(gram in held for gram in _trigrams(word))
            for word in inflected
        )
        best = max(best, n_held / n_grams)
    return best


def _declined(word: str, window: tuple[str, ...]) -> bool:
    """Whether a form of a word in a vowel is there: of "faza" the ending takes a third of the trigrams."""
    if word[-1] not in "aeiou":
        return False
    stem = word[:-1]
    return any(other.startswith(stem) and other[len(stem) :] in _ENDINGS for other in window)


def holds_any(aliases: Iterable[str], text: str) -> bool:
    """Return whether `text` says one of the aliases."""
    return any(holds(alias, text) for alias in aliases)


@lru_cache(maxsize=50_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(searchable(text).replace("–", "-")))


@lru_cache(maxsize=100_000)
def _trigrams(word: str) -> tuple[str, ...]:
    padded = f"^{word}"  # the beginning carries the meaning, the end the inflection
    return tuple(padded[start : start + 3] for start in range(len(padded) - 2))
