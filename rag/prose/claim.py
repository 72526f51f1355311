"""Check a claim against the sentences that decide it: numbers, ids, negations and opposites.

No inference beyond what can be shown: a claim is contradicted when a sentence on the same point
gives another number or says the opposite, supported when the sentence covers it and nothing
differs, and partly supported when the sentence covers only a part of it. Who is compared with whom
counts: "cells are dearer than vesicles" is not what "vesicles are dearer than cells" says. Where
this cannot be told from the words, or the sentence speaks of the other of two things that the
article sets against each other, the reader is left to judge.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import digits, searchable
from corpus.types import Language
from rag.prose.shares import Compared, compare_shares, content, is_limited, shares, without_excluded
from rag.questions.patterns import late

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)?(?![\w-])")
_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
_TIMES = re.compile(r"\b(\d+)-?(krat|fold)\b")
_TRIAL = re.compile(r"\bnct\d+\b")
# A sentence that covers this share of a claim's words decides all of it.
_WHOLE = 0.6
# What a word like "increase" is said of stands among so many words after it.
_OBJECT = 6
# Letters that two forms of a word share at least.
_STEM = 5
_WORD = re.compile(r"[\w-]+")
# What turns an adjective into its opposite ("unclear", "nejasne"); of it so many letters stand in both forms, and
# their endings are no longer than this. Words like "nekateri" are none.
_UN = re.compile(r"(?:ne(?!kater|koli|kdo|kaj|kaks)|un|non-?)")
_LIMIT = re.compile(r" ?\d[\d.,]*+(?! (?:krat|times|fold)\b)")
_ROOT, _ENDING = 4, 3
# What a number counts stands among so many words after it.
_UNIT = 2
# Of sentences less than so probable as the best one, none decides; nor one that covers less of the claim.
_NEAR = 0.3
_SAME_POINT, _SAME_WORDS = 0.35, 0.3
_EQUAL = 0.9
# Of a share tells no sentence that is less probable than this, as a part of the best one's probability.
_AS_PROBABLE = 0.8


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
            paired with "". Shares that cannot both hold ("all patients", "4 of 5 patients") are such a pair.
    """

    verdict: Verdict
    covered: float
    matching: tuple[str, ...]
    differing: tuple[str, ...]
    opposed: tuple[tuple[str, str], ...]


def statement(text: str, language: Language) -> str:
    """Return a question about a claim without the words that only ask whether it holds."""
    kept = text
    for cue in ("announced", "frame"):
        kept = _without(kept, _cues(language)[cue])
    return kept or text


def is_announced(folded: str, language: Language) -> bool:
    """Return whether a folded text says of itself that it is a claim to be checked: "Fact check: …"."""
    return _announced(language).search(folded) is not None


def _without(text: str, cue: str) -> str:
    folded, kept = searchable(text), text.split()
    for match in re.finditer(cue, folded):
        # Folding keeps the words at both ends, so a frame is as many words of the text as of its folded form.
        n_words = len(match.group().strip(",;.!? ").split())
        if match.start() == 0:
            kept = kept[n_words:]
        elif not (folded[match.start() - 1] + match.group()[0]).isalnum():  # "right?", not the end of "bright?"
            kept = kept[:-n_words]
    return " ".join(kept).rstrip("?").rstrip(" ,;")


def compare(claim: str, sentence: str, language: Language, *, covered: float) -> Check:
    """Return how a claim stands to a sentence in the same language.

    Args:
        covered: share of the claim's words that the sentence covers.
    """
    said, found = _TIMES.sub(r"\1 \2", searchable(claim)), _stated(sentence)
    wanted, held = set(_NUMBER.findall(digits(said))), set(_NUMBER.findall(digits(found)))
    ids, other_ids = set(_TRIAL.findall(said)), set(_TRIAL.findall(found))
    matching = tuple(sorted((wanted & held) | {identifier.upper() for identifier in ids & other_ids}))
    elsewhere = ids - other_ids if other_ids else set()  # it speaks of other trials
    differing = (*(sorted(wanted - held) if held else ()), *sorted(identifier.upper() for identifier in elsewhere))
    said, found = without_excluded(said, language), without_excluded(found, language)
    opposed, unclear = _opposed(said, found, language)
    share = _shares(said, found, language, covered)
    if share is None:
        unclear = unclear or _unconfirmed(said, found, opposed, language)
    else:  # what is denied is part of the share
        opposed = tuple(pair for pair in opposed if "" not in pair)
        unclear = unclear or share.agree is None or bool(opposed and not share.agree)
        opposed += ((share.claimed, share.stated),) if share.agree is False else ()
        same = set(_NUMBER.findall(digits(share.claimed))) if share.agree and share.exact else set()
        wanted -= same - held  # "80 %" is "4 of 5"
        differing = tuple(number for number in differing if number not in same)
    other_number = _other_number(said, found, wanted - held, language) and not (share and share.agree)
    if other_number or (len(opposed) % 2 and not unclear):
        verdict = Verdict.CONTRADICTED
    elif covered >= _WHOLE and not wanted - held and not elsewhere and not opposed and not unclear:
        verdict = Verdict.SUPPORTED
    else:
        verdict = Verdict.PARTLY
    return Check(verdict=verdict, covered=covered, matching=matching, differing=differing, opposed=opposed)


def decide(claim: str, sentences: Sequence[tuple[str, float, float]], language: Language) -> tuple[Check, int]:
    """Return how a claim stands to the best of several sentences, and which of them decides it.

    A sentence decides by how surely it is evidence and how much of the claim it covers; one that
    neither supports nor contradicts does so only when no other near it decides. Of a claim on a
    share of a whole those decide that speak of a share of it. Where two of about the same weight
    disagree, the reader is left to judge.

    Args:
        sentences: at least one: each with its probability of being evidence and the share of the
            claim's words that it covers.
    """
    best = max(probability for _, probability, _ in sentences)
    judged = [
        (compare(claim, text, language, covered=covered), probability * covered, place)
        for place, (text, probability, covered) in enumerate(sentences)
        if probability >= _NEAR * best
    ]
    sure = [
        entry
        for entry in judged
        if entry[0].verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED) and entry[0].covered >= _least(entry[0])
    ]
    judged = _telling(claim, judged, [text for text, _, _ in sentences], language)
    sure = [entry for entry in sure if entry in judged]
    check, weight, place = max(sure or judged, key=lambda entry: (entry[1], -entry[2]))
    against = [other for other in sure if other[0].verdict is not check.verdict and other[1] >= _EQUAL * weight]
    if against:
        return replace(check, verdict=Verdict.PARTLY), max(judged, key=lambda entry: (entry[1], -entry[2]))[2]
    return check, place


def _least(check: Check) -> float:
    """Return how much of a claim a sentence must cover to decide it: less where it says the opposite in a word."""
    return _SAME_WORDS if any(one and other for one, other in check.opposed) else _SAME_POINT


def _telling(
    claim: str, judged: list[tuple[Check, float, int]], texts: Sequence[str], language: Language
) -> list[tuple[Check, float, int]]:
    """Return the sentences that speak of the share in a claim, unless others have far more of its words; else all."""
    said = without_excluded(searchable(claim), language)
    if not shares(said, language):
        return judged
    told = content(said, language)
    overlap = {place: len(told & _stems(_WORD.findall(_stated(texts[place])))) for _, _, place in judged}
    most = max((weight / check.covered for check, weight, _ in judged if check.covered), default=0.0)
    telling = [
        entry
        for entry in judged
        if 2 * overlap[entry[2]] >= max(overlap.values())
        and entry[1] >= _AS_PROBABLE * most * entry[0].covered
        and _shares(said, without_excluded(_stated(texts[entry[2]]), language), language, entry[0].covered)
    ]
    return telling or judged


def _shares(said: str, found: str, language: Language, covered: float) -> Compared | None:
    return compare_shares(
        said,
        found,
        language,
        denies=lambda text: _negation(text, language) is not None,
        same_point=covered >= _WHOLE,
    )


def _unconfirmed(said: str, found: str, opposed: tuple[tuple[str, str], ...], language: Language) -> bool:
    """Whether a claim on a share is left open by a sentence that speaks of no such share.

    "Most patients" is not confirmed by "the patients", and "none of the patients had a fever" not
    refuted by whatever else is said of patients.
    """
    if any("" in pair for pair in opposed) and any(share.kind == "none" for share in shares(said, language)):
        told = content(said, language)
        return 2 * len(told & content(found, language)) <= len(told)
    return said != found and is_limited(said, language) and not len(opposed) % 2


def _stated(sentence: str) -> str:
    return _TIMES.sub(r"\1 \2", searchable(_CITATION_GROUP.sub("", sentence)))


def _other_number(said: str, found: str, missing: set[str], language: Language) -> bool:
    """Whether a sentence gives another number where the claim gives one of those it lacks.

    Numbers are set against each other when what is counted or measured is the same; where a
    text tells no more than the bare number, any other one counts.
    """
    held = set(_NUMBER.findall(digits(found)))
    wanted = set(_NUMBER.findall(digits(said)))
    if not held or not missing:
        return False
    ours = _measured(said)
    theirs = _measured(re.sub(rf"{_cues(language)['bound']} \d+(?:[.,]\d+)?", " ", found))
    for number, unit in ours:
        if number not in missing:
            continue
        others = {value for value, other in theirs if unit and other and unit & other}
        if others and number not in others and not others & wanted:
            return True
    return not wanted & held and not any(unit and other for _, unit in ours for _, other in theirs)


def _measured(text: str) -> list[tuple[str, frozenset[str]]]:
    """Return the numbers of a text, each with the stems of the words that tell of what it is."""
    plain = digits(text)
    found: list[tuple[str, frozenset[str]]] = []
    for match in _NUMBER.finditer(plain):
        after = plain[match.end() :]
        if re.match(r" ?%", after):
            found.append((match.group(), frozenset({"%"})))
            continue
        unit = [word for word in re.findall(r"[^\W\d_]+", re.split(r"[,.;:()]", after)[0])[:_UNIT] if len(word) > 1]
        found.append((match.group(), frozenset(word[:_STEM] for word in unit)))
    return found


def conflicts(question: str, sentence: str, language: Language) -> tuple[int, int]:
    """Return how many opposites a question presupposes of what a sentence says, and whether one of them denies."""
    said, found = searchable(question), _stated(sentence)
    pairs, _ = _opposed(said, found, language)
    denied = [pair for pair in pairs if "" in pair]
    return len(pairs) - len(denied), len(denied)


def _opposed(said: str, found: str, language: Language) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return words of opposite meaning, and whether the words leave open how the two stand to each other.

    An even number of opposites cancel out ("not cheaper", "dearer").
    """
    ours, theirs = things(said), things(found)
    unclear = bool(ours and theirs) and not ours.keys() & theirs.keys()
    pairs: list[tuple[str, str]] = []
    if len(ours) > 1 and _standard(said, language):
        pairs, known = _compared(said, found, language)
        unclear = unclear or not known
    else:
        for one, other in _opposites():
            for first, second in ((one, other), (other, one)):
                claimed, stated = first.search(said), second.search(found)
                if not claimed or not stated or second.search(said):
                    continue
                nearer = _said_of(claimed, said, first, second, found)
                if nearer > 0:
                    pairs.append((claimed.group(), stated.group()))
                unclear = unclear or nearer == 0
    pairs += _negated_by_prefix(said, found)
    unclear = unclear or (bool(re.search(_cues(language)["compares"], said)) and not _compares(found, language))
    denied = _negation(said, language)
    near = _clauses_near(pairs[0][1] if pairs else said, found, language)
    denies = _negation(near[0], language)
    unclear = unclear or any(bool(_negation(clause, language)) != bool(denies) for clause in near)
    if bool(denied) != bool(denies):
        pairs.append((denied.group() if denied else "", denies.group() if denies else ""))
    return tuple(dict.fromkeys(pairs)), unclear


def is_negated(text: str, language: Language) -> bool:
    """Return whether a text denies something, in any of its clauses."""
    return _negation(searchable(text), language) is not None


def clauses(text: str, language: Language) -> list[str]:
    """Return the clauses of a text, folded: what is denied in one is not denied in the others."""
    parts = re.split(_cues(language)["clause"], searchable(text))
    return [part.strip() for part in parts if part.strip()]


def shared(one: str, other: str) -> int:
    """Return how many words two texts share, by their beginnings."""
    return len(_stems(_WORD.findall(searchable(one))) & _stems(_WORD.findall(searchable(other))))


def _negation(text: str, language: Language) -> re.Match[str] | None:
    """Return the first word that turns a statement into its opposite; "not only" does not."""
    cues = _cues(language)
    return re.search(cues["negation"], re.sub(cues["merely"], " ", text))


def _said_of(claimed: re.Match[str], said: str, first: re.Pattern[str], second: re.Pattern[str], found: str) -> int:
    """Return 1 when a sentence says `second` of what the claim says `first` of, -1 when it says `first`, else 0."""
    if first.search(found) is None:
        return 1
    wanted = _stems(_after(said, claimed.end()))
    same, opposite = (
        max(len(wanted & _stems(_after(found, match.end()))) for match in cue.finditer(found))
        for cue in (first, second)
    )
    return (opposite > same) - (opposite < same)


def _compared(said: str, found: str, language: Language) -> tuple[list[tuple[str, str]], bool]:
    """Return the opposites of two comparisons, and whether both say who is more and who is less."""
    pairs: list[tuple[str, str]] = []
    known = False
    for one, other in _opposites():
        ours = [(match, side, _bearer(said, match, language)) for side, match in _sides(said, one, other)]
        theirs = [(match, side, _bearer(found, match, language)) for side, match in _sides(found, one, other)]
        for match, side, bearer in ours:
            for stated, other_side, other_bearer in theirs:
                if not bearer or not other_bearer:
                    continue
                known = True
                if (side == other_side) != (bearer == other_bearer):
                    pairs.append((match.group(), stated.group()))
    return pairs[:1], known


def _sides(text: str, one: re.Pattern[str], other: re.Pattern[str]) -> list[tuple[bool, re.Match[str]]]:
    """Where one side of a pair of opposites is said; "less" before it makes it the other side."""
    return [
        ((cue is one) != bool(re.search(r"\b(less|manj) $", text[: match.start()])), match)
        for cue in (one, other)
        for match in cue.finditer(text)
    ]


def _bearer(text: str, match: re.Match[str], language: Language) -> str:
    """Return which of the things compared a word is said of: the one it stands before, else the subject."""
    named = things(text)
    for name, places in named.items():
        if any(re.fullmatch(r"\W+", text[match.end() : place]) for place in places):
            return name
    standard = _standard(text, language)
    return next((name for name in named if name != standard), "") if standard and len(named) == 2 else ""


def _standard(text: str, language: Language) -> str:
    """Return the thing that another is compared with, by name; "" where none is."""
    named = things(text)
    for marker in re.finditer(_cues(language)["than"], text):
        after = [(place, name) for name, places in named.items() for place in places if place >= marker.end()]
        if after:
            return min(after)[1]
    return ""


def things(text: str) -> dict[str, list[int]]:
    """Return where a searchable text names each of the things that the article sets against each other."""
    found: dict[str, list[int]] = {}
    for name, start, _ in _named(text):
        found.setdefault(name, []).append(start)
    return found


def thing_words(text: str) -> list[str]:
    """Return the stretches of a searchable text that name such a thing."""
    return [text[start:end] for _, start, end in _named(text)]


def _named(text: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for name, pattern in _things().items():
        found += [(name, match.start(), match.end()) for match in pattern.finditer(text)]
        # "Vesicles of stem cells" names vesicles only.
        text = pattern.sub(lambda match: "_" * len(match.group()), text)
    return found


def _negated_by_prefix(said: str, found: str) -> list[tuple[str, str]]:
    """Return words of which one denies the other by its beginning: "clear" and "unclear", "jasne" and "nejasne"."""
    ours, theirs = _WORD.findall(said), _WORD.findall(found)
    stated = [(word, other) for word, other in _denied(ours, theirs)]
    claimed = [(word, other) for other, word in _denied(theirs, ours)]
    return [(one, other) for one, other in (*stated, *claimed) if one not in theirs and other not in ours][:1]


def _denied(plain: Iterable[str], others: Iterable[str]) -> list[tuple[str, str]]:
    """Return each word with the other one that is it with a prefix of denial, up to their endings."""
    bare = [(other, other[cut.end() :]) for other in others if (cut := _UN.match(other))]
    return [
        (word, other)
        for word in plain
        for other, rest in bare
        if word[: max(_ROOT, len(word) - _ENDING)] == rest[: max(_ROOT, len(word) - _ENDING)]
        and abs(len(word) - len(rest)) <= _ENDING
    ]


def _compares(found: str, language: Language) -> bool:
    """Whether a sentence sets two things against each other; a limit ("smaller than 200 nm") is none."""
    return any(not _LIMIT.match(digits(found[match.end() :])) for match in re.finditer(_cues(language)["than"], found))


def _clauses_near(said: str, found: str, language: Language) -> list[str]:
    """Return the clauses of a sentence that share most with what was said: denied elsewhere is another matter.

    All of them where none shares anything: which one is meant cannot be told.
    """
    wanted = _stems(_WORD.findall(said))
    parts = [part for part in re.split(_cues(language)["clause"], found) if part.strip()] or [found]
    shares_with = [len(wanted & _stems(_WORD.findall(part))) for part in parts]
    return [part for part, n_shared in zip(parts, shares_with, strict=True) if n_shared == max(shares_with)]


def _after(text: str, start: int) -> list[str]:
    return _WORD.findall(text[start:])[:_OBJECT]


def _stems(words: list[str]) -> set[str]:
    return {word[:_STEM] for word in words if len(word) > 3}


def _cues(language: Language) -> dict[str, str]:
    cues: dict[str, str] = _data()[language]
    return cues


@cache
def _announced(language: Language) -> re.Pattern[str]:
    return late(_cues(language)["announced"])


@cache
def _opposites() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((late(first), late(second)) for first, second in _data()["opposites"])


@cache
def _things() -> dict[str, re.Pattern[str]]:
    return {name: late(pattern) for name, pattern in _data()["things"].items()}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "claim.toml").read_text(encoding="utf-8"))
