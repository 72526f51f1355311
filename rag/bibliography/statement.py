"""What a question asks the citations for: "which reference is cited for …", "… carries a citation; which?" """

import re
from dataclasses import dataclass

from corpus.terms import STOP_WORDS, words
from corpus.types import Language
from rag.bibliography.entities import level
from rag.bibliography.lexicon import Lexicon

# The stop of an abbreviation ends no sentence: "Krause et al. cited".
_ABBREVIATED = "".join(rf"(?<!\b{word}\.)" for word in ("al", "sod", "idr", "npr", "st", "No", "no", "dr", "vs"))
_SENTENCE = re.compile(
    rf"(?:(?<=[.?!;:]){_ABBREVIATED}|(?<=\s[–—-]))\s+(?=[^\W\d])|\s+(?=\((?i:sources?|refs?|references?|citations?|vir|viri|referenc[aei]|citat)\b)"
)
_MARKS = ' ?.!»«"“”„,:;–—-()'


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement within a question.

    Attributes:
        text: what is said; "" when there is none.
        start, end: the stretch of the question that says it; the rest frames the question.
    """

    text: str
    start: int
    end: int


def read_statement(text: str, language: Language, cues: Lexicon) -> Statement:
    """Return what a question asks the citations for.

    The statement follows its cue ("which work is cited for …"), or precedes a question that tells
    nothing by itself ("… . Which source is that?", "… carries a citation. Which?").
    """
    folded = level(text)
    before = _before(text, language, cues)
    if before is not None:
        return before
    asked_for = cues.says("statement", folded) or cues.says("foundation", folded)
    lead = cues.cues["lead"].match(folded) if asked_for else None
    if lead is None:
        return Statement("", len(text), len(text))
    rest = text[lead.end() :]
    # "…? Name the first author": what follows asks, it states nothing.
    stated = rest
    for end in (match.start() for match in _SENTENCE.finditer(rest)):
        if not telling(rest[end:], language, cues):
            stated = rest[:end]
            break
    said = stated.strip(_MARKS)
    if not telling(said, language, cues) or cues.cues["cites"].match(level(said)):
        return Statement("", len(text), len(text))  # the latter: "what does it say when it cites X"
    return Statement(said, lead.end(), lead.end() + len(stated))


def telling(text: str, language: Language, cues: Lexicon) -> list[str]:
    """Return the words of `text` that say something rather than shape a question."""
    found = [word for word in words(text) if word not in STOP_WORDS[language] and len(word) > 1]
    shaping = (cues.scaffolding, cues.cues["claim"], cues.cues["navigates"])
    return [word for word in found if not any(pattern.fullmatch(word) for pattern in shaping)]


def _before(text: str, language: Language, cues: Lexicon) -> Statement | None:
    """The statement that a question without words of its own refers back to."""
    breaks = [match.start() for match in _SENTENCE.finditer(text)]
    for end in breaks:
        asked = text[end:]
        folded = level(asked)
        refers = cues.says("strong", folded) or cues.says("weak", folded) or cues.says("cites", folded)
        refers = refers or cues.says("which_works", folded) or cues.says("foundation", folded)
        if not refers or telling(asked, language, cues):
            continue
        said = text[:end].strip(_MARKS)
        folded_said = level(said)
        besides = cues.cues["source_too"].match(level(asked)) and not _asks_for_sources(folded_said, cues)
        if "?" in text[:end] and not besides:
            return None
        carries = cues.cues["carries"].match(folded_said)
        if not carries and (cues.says("strong", folded_said) or cues.says("which_works", folded_said)):
            return None
        if carries:
            said = said[: carries.end("said")]
        stated = _unframed(said, cues)
        return Statement(stated, 0, end) if telling(stated, language, cues) else None
    return None


def _asks_for_sources(folded: str, cues: Lexicon) -> bool:
    """Whether a folded question asks by itself what something rests on."""
    return any(cues.says(cue, folded) for cue in ("statement", "foundation", "cites", "strong"))


def _unframed(said: str, cues: Lexicon) -> str:
    """ "The authors say that …" without what introduces it."""
    left = said.strip(_MARKS)
    while (match := cues.cues["frame"].match(level(left))) is not None and match.end() < len(left):
        left = left[match.end() :].strip(_MARKS)
    return left
