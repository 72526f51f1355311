"""Split running text into sentences, aware of Slovene and English abbreviations.

A full stop ends a sentence when what follows starts like one and what precedes is neither an
abbreviation, an initial, nor an ordinal or a date ("20. stoletja", "18. 12. 2024").
"""

import re

# Abbreviations after which a sentence goes on even before a capital letter or a digit. Words that
# are also common words ("nos", "med", "let", "no") or that often end a sentence ("itd", "etc") stay out.
ABBREVIATIONS = frozenset(
    # Slovene
    "npr oz tj sod angl lat gr nem slov prim gl str št čl odst pogl razd sl pribl ca cca dr mag prof doc asist "
    "dipl univ inž sv ga gdč tel ur "
    # English
    "al eg ie vs cf approx fig figs tab ref refs vol eds pp mr mrs ms jr".split()
)

# Slovene closes quotations with «, » or “ (»…«, «…», „…“), English with ”.
_TERMINATOR = re.compile(r"[.!?…]+[\"'»«“”’)\]*]*(?=\s)")
_WORD_BEFORE = re.compile(r"[^\W\d_]+\Z")
# A letter that is a word of its own ("B. Novak", "J.-P. Novak", "t. i."), not the end of "TGF-β".
_LONE_LETTER = re.compile(r"(?:^|[\s.\"'«»“„‘(\[]|\.-)[^\W\d_α-ωΑ-Ω]\Z")
_NUMBER_BEFORE = re.compile(r"(?:^|[\s(])\d{1,2}\Z")
_OPENERS = "\"'«»“„‘(["


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of `text` as half-open ranges, in order, without outer white space.

    Every character that is not white space belongs to exactly one range. Text without a single
    sentence end is one sentence; blank text gives an empty list.
    """
    ranges: list[tuple[int, int]] = []
    start = 0
    for match in _TERMINATOR.finditer(text):
        if _ends_sentence(text, start, match):
            ranges.append((start, match.end()))
            start = match.end()
    ranges.append((start, len(text)))
    return [trimmed for begin, end in ranges if (trimmed := _trim(text, begin, end)) is not None]


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether `match` ends the sentence that starts at `start`."""
    following = text[match.end() :].lstrip()
    if not following:
        return True
    head = following.lstrip(_OPENERS + "*")[:1]
    if not (head.isupper() or head.isdigit()):
        return False
    mark = match.group()
    if mark[0] in "!?":
        return True
    if mark.startswith(("...", "…")):
        return head.isupper()
    before = text[: match.start()]
    if _NUMBER_BEFORE.search(before):
        # "5. stopnja" never gets here (lower case follows); "18. 12. 2024" must not end either,
        # but "… v letu 20. Nato" may. "1." that opens its sentence or line is the marker of
        # a list item.
        opening = max(start, before.rfind("\n") + 1)
        return head.isupper() and not before[opening:].strip().isdigit()
    word = _WORD_BEFORE.search(before)
    if word is None:
        return True
    token = word.group()
    if _in_parentheses_end(mark):
        return True
    if _LONE_LETTER.search(before):
        if token.islower():
            return False  # "t. i.", "e.g."
        # An initial ("B. Novak"), unless it is the name of a class or type ("limfocitov T. ZV").
        return before[: word.start()].rstrip()[-1:].islower()
    return token.casefold() not in ABBREVIATIONS


def _in_parentheses_end(mark: str) -> bool:
    return mark.endswith((")", "]"))


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
