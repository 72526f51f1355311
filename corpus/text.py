"""Text and spans: how a quote is rendered, and how text cut in pieces stays traceable."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from corpus.types import Span, Spans

# A pair of one to three asterisks around something that neither starts nor ends with a blank.
_EMPHASIS = re.compile(r"(?<![\\*])(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*\\])\1(?!\*)", re.DOTALL)
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    """Return `text` without Markdown emphasis, white space collapsed and trimmed."""
    previous = ""
    while text != previous:  # emphasis within emphasis
        previous, text = text, _EMPHASIS.sub(r"\2", text)
    return _BLANKS.sub(" ", text).strip()


def quote(source: str, spans: Iterable[Span]) -> str:
    """Return the verbatim quote of `spans`: their slices joined by a blank, then `plain`."""
    return plain(" ".join(source[start:end] for start, end in spans))


def fold(text: str) -> str:
    """Return `text` lower-cased, without diacritics and compatibility forms, for searching.

    "Popkovničnih" and "popkovnicnih" fold to the same string, composed or decomposed;
    "µ" becomes "μ". Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return decomposed.translate(_MARKS)


class _Marks(dict[int, int | None]):
    """For `str.translate`: leaves combining marks out, each looked up once."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_MARKS = _Marks()


@dataclass(frozen=True, slots=True)
class SpannedText:
    """Text assembled from spans of a source, each character knowing where it came from.

    `offsets[i]` is the source position of `text[i]`, or -1 for a blank inserted at a join.
    """

    text: str
    offsets: tuple[int, ...]

    @classmethod
    def from_spans(cls, source: str, spans: Iterable[Span]) -> Self:
        """Join the slices of `spans` by single blanks."""
        text: list[str] = []
        offsets: list[int] = []
        for start, end in spans:
            if text:
                text.append(" ")
                offsets.append(-1)
            text.append(source[start:end])
            offsets.extend(range(start, end))
        return cls("".join(text), tuple(offsets))

    def spans(self, start: int, end: int) -> Spans:
        """Return the source spans of `text[start:end]`, in order, without inserted blanks."""
        found: list[Span] = []
        for position in self.offsets[start:end]:
            if position < 0:
                continue
            if found and found[-1].end == position:
                found[-1] = Span(found[-1].start, position + 1)
            else:
                found.append(Span(position, position + 1))
        return tuple(found)


def trim(source: str, span: Span) -> Span:
    """Return `span` without white space at either end."""
    start, end = span
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return Span(start, end)
