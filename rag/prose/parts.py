"""The questions that one question consists of: "What is X and why …?", "X: route and dose?", "A and B: … each?"."""

import re
import tomllib
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Language
from rag.questions.patterns import Patterns
from rag.questions.question import content_words

# A part must carry so many telling words of its own, or it is no question by itself.
_OWN_WORDS = 1
_MAX_PARTS = 3
# An item of a list that is asked for has no more words.
_ITEM = 4
_PUNCTUATION = " ,;–-."


def parts(text: str, language: Language) -> list[str]:
    """Return the questions that one question consists of; the question itself where it is one.

    It is cut before a question word that follows a conjunction, comma, dash or full stop; pieces
    without telling words of their own are no questions, and at most three are kept. What follows a
    colon may be a list of what is asked, or ask the same of each thing named before it.
    """
    cues = _cues(language)
    folded = searchable(text)
    if len(folded) != len(text):  # Greek letters are spelled out: the places would not fit
        return [text]
    if apart := _apart(text, folded, cues):
        return apart
    starts = [0, *(match.end(1) for match in cues["cut"].finditer(folded))]
    between = zip(starts, [*starts[1:], len(text)], strict=True)
    pieces = [_without_joint(text[start:end], cues) for start, end in between]
    telling = [piece for piece in pieces if len(content_words(piece, language)) >= _OWN_WORDS]
    return telling[:_MAX_PARTS] if len(telling) > 1 else [text]


def asks(part: str, language: Language) -> bool:
    """Return whether a part of a question asks something, or only leads up to the rest."""
    return part.endswith("?") or _cues(language)["asks"].search(searchable(part)) is not None


def asks_by_itself(part: str, text: str, language: Language) -> bool:
    """Return whether a part of a question asks something: "…, in which 7 patients took part" only tells of the rest."""
    cues = _cues(language)
    after_comma = re.search(rf",\s*{re.escape(part)}", text) is not None
    folded = searchable(part)
    tells = (after_comma and cues["relative"].match(folded)) or cues["supposes"].match(folded)
    return asks(part, language) and not tells


def may_be_of_trials(part: str, language: Language) -> bool:
    """Return whether a part of a question speaks of trials, so that the table of trials may answer it."""
    return _cues(language)["of_trials"].search(searchable(part)) is not None


def _apart(text: str, folded: str, cues: Patterns) -> list[str]:
    """Return the parts of a question that a colon divides; none where it does not."""
    place = folded.find(":")
    if place < 0 or folded.count(":") > 1 or cues["asks"].search(folded[:place]):
        return []
    head, tail = text[:place], text[place + 1 :].strip()
    if cues["asks"].search(folded[place:]):
        return _of_each(head, tail, cues) if cues["each"].search(folded[place:]) else []
    items = [item for item in cues["list"].split(tail.rstrip("?. ")) if item]
    if len(items) < 2 or any(len(item.split()) > _ITEM for item in items):
        return []
    return [f"{head}: {item}?" for item in items[:_MAX_PARTS]]


def _of_each(head: str, tail: str, cues: Patterns) -> list[str]:
    """Return a question for each of two things: "Nasal delivery: …", "inhaled delivery: …"."""
    pair = cues["pair"].search(searchable(head))
    if pair is None:
        return []
    before, after = head[: pair.start()], head[pair.end() :]
    left, right = (head[slice(*pair.span(name))] for name in ("left", "right"))
    if not after.strip():  # "nose drops or inhalation": what stands before belongs to the first
        return [f"{before}{left}: {tail}", f"{right}: {tail}"]
    return [f"{before}{left}{after}: {tail}", f"{before}{right}{after}: {tail}"]


def _without_joint(piece: str, cues: Patterns) -> str:
    """Return a piece of a question without the conjunction that joins it to the next one."""
    piece = piece.strip(_PUNCTUATION)
    joint = cues["joint"].search(searchable(piece))
    return piece[: joint.start()].strip(_PUNCTUATION) if joint else piece


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "parts.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])
