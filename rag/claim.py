"""Check a claim against the sentences that decide it: numbers, ids, negations and opposites.

No inference beyond what can be shown: a claim is contradicted when a sentence on the same point
gives another number or says the opposite, supported when the sentence covers it and nothing
differs, and partly supported when the sentence covers only a part of it.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import searchable
from corpus.types import Language

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)?(?![\w-])")
_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
_TRIAL = re.compile(r"\bnct\d+\b")
# A sentence that covers this share of a claim's words decides all of it.
_WHOLE = 0.6


class Verdict(StrEnum):
    """What the article says of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    PARTLY = "partly"
    NOT_IN_ARTICLE = "not_in_article"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A claim compared with the sentences found for it.

    Attributes:
        covered: share of the claim's words that the sentences cover, 0 to 1.
        matching, differing: numbers and registry ids of the claim that the sentences hold, and
            those of which they give others.
        opposed: pairs of words that say the opposite, as (claim, sentence); a lone negation is
            paired with "".
    """

    verdict: Verdict
    covered: float
    matching: tuple[str, ...]
    differing: tuple[str, ...]
    opposed: tuple[tuple[str, str], ...]


def statement(text: str, language: Language) -> str:
    """Return a question about a claim without the words that only ask whether it holds."""
    match = re.search(_cues(language)["frame"], searchable(text))
    if match is None or match.start() != 0:
        return text.strip().rstrip("?").strip()
    # Folding keeps the number of words, so the frame is as many words of the text as of its folded form.
    n_words = len(match.group().split())
    return " ".join(text.split()[n_words:]).rstrip("?").strip() or text


def compare(claim: str, sentence: str, language: Language, *, covered: float) -> Check:
    """Return how a claim stands to a sentence in the same language.

    Args:
        covered: share of the claim's words that the sentence covers.
    """
    said, found = searchable(claim), searchable(_CITATION_GROUP.sub("", sentence))
    wanted, held = set(_NUMBER.findall(said)), set(_NUMBER.findall(found))
    ids, other_ids = set(_TRIAL.findall(said)), set(_TRIAL.findall(found))
    matching = tuple(sorted((wanted & held) | {identifier.upper() for identifier in ids & other_ids}))
    differing = tuple(sorted(wanted - held)) if held else ()
    opposed = _opposed(said, found, language)
    if (differing and not wanted & held) or len(opposed) % 2:
        verdict = Verdict.CONTRADICTED
    elif covered >= _WHOLE and not wanted - held:
        verdict = Verdict.SUPPORTED
    else:
        verdict = Verdict.PARTLY
    return Check(verdict=verdict, covered=covered, matching=matching, differing=differing, opposed=opposed)


def _opposed(said: str, found: str, language: Language) -> tuple[tuple[str, str], ...]:
    """Words of opposite meaning; an even number of them cancel out ("not cheaper", "dearer")."""
    pairs: list[tuple[str, str]] = []
    for one, other in _opposites():
        for first, second in ((one, other), (other, one)):
            claimed, stated = re.search(first, said), re.search(second, found)
            if claimed and stated and not re.search(second, said) and not re.search(first, found):
                pairs.append((claimed.group(), stated.group()))
    negation = _cues(language)["negation"]
    ours, theirs = re.search(negation, said), re.search(negation, found)
    if bool(ours) != bool(theirs):
        pairs.append((ours.group() if ours else "", theirs.group() if theirs else ""))
    return tuple(pairs)


def _cues(language: Language) -> dict[str, str]:
    cues: dict[str, str] = _data()[language]
    return cues


def _opposites() -> list[tuple[str, str]]:
    return [(first, second) for first, second in _data()["opposites"]]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "claim.toml").read_text(encoding="utf-8"))
