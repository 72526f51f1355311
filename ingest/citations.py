"""Find what a sentence cites: numbers of the bibliography, and registry ids of trials."""

import re

_GROUP = re.compile(r"(?<![\w)])\((\d{1,3}(?:\s*[-–]\s*\d{1,3})?(?:\s*,\s*\d{1,3}(?:\s*[-–]\s*\d{1,3})?)*)\)")
_BRACKETS = re.compile(r"\[(\d{1,3}(?:\s*[-–]\s*\d{1,3})?(?:\s*,\s*\d{1,3}(?:\s*[-–]\s*\d{1,3})?)*)\](?!\()")
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
_TRIAL = re.compile(r"\bNCT\d{8}\b")


def cited_numbers(text: str, n_references: int) -> tuple[int, ...]:
    """Return the reference numbers cited in `text`, ranges expanded, in order, without repeats.

    A group counts only when all its numbers exist in the bibliography, so "(2022)" and
    "(100 – 1000 nm)" are not citations; nor is "147(1-2)", which hangs on a number.
    """
    numbers: dict[int, None] = {}
    for group in sorted((*_GROUP.finditer(text), *_BRACKETS.finditer(text)), key=re.Match.start):
        found: list[int] = []
        for part in _RANGE.finditer(group.group(1)):
            first = int(part.group(1))
            last = int(part.group(2) or first)
            found.extend(range(first, last + 1) if last >= first else (0,))
        if found and all(1 <= number <= n_references for number in found):
            numbers.update(dict.fromkeys(found))
    return tuple(numbers)


def trial_ids(text: str) -> tuple[str, ...]:
    """Return the ClinicalTrials.gov ids named in `text`, in order, without repeats."""
    return tuple(dict.fromkeys(_TRIAL.findall(text)))


def passage_references(own: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Attribute a closing citation to the sentences of the passage before it.

    Args:
        own: for each sentence of one paragraph, in order, the numbers it cites itself.

    Returns:
        For each sentence without a citation of its own, the numbers of the next sentence of the
        paragraph that has one; empty for the others, and after the last citation.
    """
    result: list[tuple[int, ...]] = []
    following: tuple[int, ...] = ()
    for numbers in reversed(own):
        result.append(() if numbers else following)
        following = numbers or following
    return result[::-1]
