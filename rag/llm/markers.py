"""Sentences with their markers out of what a model writes, as it comes, and whatever form they take.

Models write `[1]`, `[1, 2]`, `[1-3]`, `[Source 2]`, `[Vir 1]`, `(Source 2)`, `【2】`, `[^2]`, and leave the
last bracket open. `[2024]` and `(12,13)` are none of ours. Nothing here raises, whatever comes in.
"""

import re
import unicodedata
from dataclasses import dataclass

from ingest.sentences import split_sentences

# No more evidence than this is ever numbered; larger numbers are years or counts.
MAX_NUMBER = 99
_WORD = (
    r"(?:sources?|evidence|passages?|refs?\.?|references?|documents?|doc|quotes?"
    r"|vir(?:i|a|u)?|dokaz(?:i|a)?|stavek|stavki|odlomek|odlomki)"
)
_NUMBERS = r"\d{1,2}(?:\s*(?:[-–—,;]|in|and|ali|or)\s*\d{1,2})*"
_ITEM = rf"(?:\^|#|{_WORD}\s*:?\s*#?)?\s*"
_MARKER = re.compile(
    rf"[\[【]\s*{_ITEM}{_NUMBERS}(?:\s*[,;]\s*{_ITEM}{_NUMBERS})*(?:†[^\]】]{{0,20}})?\s*[\]】]"
    rf"|[\[【]\s*{_ITEM}{_NUMBERS}\s*$"
    rf"|\(\s*{_WORD}\s*:?\s*{_NUMBERS}\s*\)",
    re.IGNORECASE,
)
# What may become a marker when more comes.
_OPEN = re.compile(r"[\[【(][^\]】)\n]{0,40}\Z")
_RANGE = re.compile(r"(\d{1,2})\s*[-–—]\s*(\d{1,2})")
_CITATION_GROUP = re.compile(r"\s*\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
_THINKING = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_START = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
# Some servers leave out the opening tag.
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:think|thinking|thought|reasoning|answer|s|sl|en|p|br|cite|sup)\s*/?>", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*+|`+|__+")
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)+")
_LABEL = re.compile(r"^(?:answer|odgovor|response)\s*:\s*", re.IGNORECASE)
# Control characters, invisible ones, and those that turn the direction of writing.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_END = re.compile(r"[.!?…][\"'»«“”’)]*\s*\Z")
_SOURCES = re.compile(rf"^(?:{_WORD}|literatura|citations?|navedb\w*)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as a model wrote it.

    Attributes:
        text: without markers, emphasis and bullets.
        numbers: of the evidence it cites, in order, each once; they may lead nowhere.
        complete: it was brought to its end.
    """

    text: str
    numbers: tuple[int, ...]
    complete: bool = True


class Reader:
    """Turns a stream of text into sentences; each comes out when it is certain to be whole.

    Attributes:
        n_restarts: how often all that had come turned out to be no part of the answer.
        n_said: characters so far that were not thought aloud.
    """

    def __init__(self) -> None:
        self.n_restarts = 0
        self.n_said = 0
        self._raw = ""
        self._n_out = 0

    def feed(self, text: str) -> list[Draft]:
        """Return the sentences that a further bit of text completes."""
        self._raw += text
        if _is_thinking(self._raw):  # it may go on for long
            return []
        self.n_said += len(text)
        if (end := _unopened(self._raw)) is not None:
            self._raw = self._raw[end:]
            self._n_out = 0
            self.n_restarts += 1
        # The last sentence may go on, and its marker may still come, or be half there.
        return self._new(_drafts(_OPEN.sub("", self._raw))[0][:-1])

    def end(self, *, finished: bool) -> list[Draft]:
        """Return what is left when nothing more comes.

        Args:
            finished: the model brought its answer to an end; otherwise an open sentence is incomplete.
        """
        drafts, is_open = _drafts(self._raw)
        if drafts and is_open and not finished:
            drafts[-1] = Draft(drafts[-1].text, drafts[-1].numbers, complete=False)
        return self._new(drafts)

    def _new(self, drafts: list[Draft]) -> list[Draft]:
        new, self._n_out = drafts[self._n_out :], max(self._n_out, len(drafts))
        return new


def _is_thinking(raw: str) -> bool:
    """Return whether a text ends within a thought that is still open."""
    opened = [match.end() for match in _THOUGHT_START.finditer(raw)]
    return bool(opened) and _THOUGHT_END.search(raw, opened[-1]) is None


def _unopened(raw: str) -> int | None:
    """Return where thoughts end that were never opened, or None."""
    rest = _THINKING.sub(lambda match: "\0" * len(match.group()), raw)
    ends = [match.end() for match in _THOUGHT_END.finditer(rest)]
    return ends[-1] if ends else None


def _drafts(raw: str) -> tuple[list[Draft], bool]:
    """Return all sentences so far, and whether the last one has no end yet."""
    drafts: list[Draft] = []
    is_open = False
    for line in _cleaned(raw).split("\n"):
        said = _LABEL.sub("", _BULLET.sub("", line)).strip()
        if not said or _SOURCES.match(said):
            continue
        of_line: list[Draft] = []
        for start, end in _sentences(said):
            draft = _draft(said[start:end])
            if draft.text:
                of_line.append(draft)
            elif of_line and draft.numbers:  # a marker after the full stop belongs to what it closes
                last = of_line.pop()
                of_line.append(Draft(last.text, tuple(dict.fromkeys((*last.numbers, *draft.numbers)))))
        drafts += of_line
        is_open = _END.search(_MARKER.sub(" ", said)) is None if of_line else is_open
    return drafts, is_open


def numbers_of(text: str) -> tuple[int, ...]:
    """Return the numbers that the markers of a text give, each once, ranges expanded."""
    found: list[int] = []
    for marker in _MARKER.finditer(text):
        inside = marker.group()
        for first, last in _RANGE.findall(inside):
            if int(first) <= int(last) <= MAX_NUMBER:
                found.extend(range(int(first), int(last) + 1))
        found.extend(int(number) for number in re.findall(r"\d+", _RANGE.sub(" ", inside)))
    return tuple(dict.fromkeys(number for number in found if 0 < number <= MAX_NUMBER))


def _sentences(line: str) -> list[tuple[int, int]]:
    """Return the sentences of a line; markers are hidden from the splitter, which knows only prose."""
    hidden = _MARKER.sub(lambda match: "\u2063" * len(match.group()), line)
    # "…cells.[1] They": a full stop is followed by a blank where the splitter looks for one.
    spaced = re.sub(r"\u2063+", lambda match: " " * len(match.group()), hidden)
    ranges = split_sentences(spaced)
    # What lies between two sentences, markers above all, goes to the one before.
    starts = [start for start, _ in ranges]
    return [
        (start if place else 0, starts[place + 1] if place + 1 < len(ranges) else len(line))
        for place, start in enumerate(starts)
    ] or [(0, len(line))]


def _draft(piece: str) -> Draft:
    numbers = numbers_of(piece)
    # No bracket is left: in an answer those are our markers alone.
    text = re.sub(r"[\[\]【】]", " ", _CITATION_GROUP.sub("", _MARKER.sub(" ", piece)))
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
    text = re.sub(r"([.!?])\.+$", r"\1", text).strip()
    if not any(char.isalnum() for char in text):
        text = ""
    return Draft(text, numbers)


def _cleaned(raw: str) -> str:
    """Return text without thoughts, tags, emphasis and characters that do not show."""
    text = _EMPHASIS.sub("", _TAG.sub("", _THINKING.sub("", raw)))
    text = unicodedata.normalize("NFC", text.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))
    return "".join(
        " " if char == "\t" else char for char in text if char in "\n\t" or unicodedata.category(char) not in _UNSEEN
    )
