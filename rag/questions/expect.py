"""What kind of answer a question expects (a price, a duration, a tissue, a reason), and who gives it.

The cues are data in `rag/questions/expect.toml`. A sentence that does not hold the kind of thing asked for
hardly answers, however much its words resemble the question's.
"""

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Language
from rag.questions.patterns import late

_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
# Quantities that the article must state as such: without one, the question is not answered.
STRICT = frozenset(
    "money temperature percentage age duration frequency dose people product funder institution discoverer statistic "
    "setting animals sex scale gestation passage name".split()
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A kind of answer; `name` is "" when the question shows none."""

    name: str
    strict: bool

    @property
    def names_things(self) -> bool:
        """Whether things of the glossary are asked for: tissues, molecules, countries."""
        return bool(self.name) and bool(_kinds()[self.name].concepts)

    def given_by(self, text: str, concepts: Collection[str], *, asked: Collection[str]) -> bool:
        """Return whether a text gives an answer of this kind.

        Args:
            text: of the sentence, in any of its languages, not folded.
            concepts: kinds of the glossary concepts it names, by key, as "kind:key".
            asked: the same of the question.
        """
        if not self.name:
            return False
        kind = _kinds()[self.name]
        if kind.concepts:
            return any(concept not in asked and concept.split(":", 1)[0] in kind.concepts for concept in concepts)
        return kind.gives.search(searchable(_CITATION_GROUP.sub("", text))) is not None


NOTHING = Expectation("", False)
# Kinds whose cue says only what kind of answer is wanted, and nothing of what it is about: a sentence
# that gives a percentage need not say "percentage".
_BARE = frozenset({"percentage", "count", "year", "duration", "frequency", "money", "age"})


@dataclass(frozen=True, slots=True)
class _Kind:
    asks: dict[Language, re.Pattern[str]]
    gives: re.Pattern[str]
    concepts: frozenset[str]


def expected(question: str, language: Language) -> Expectation:
    """Return what kind of answer a question expects."""
    folded = searchable(question)
    for name, kind in _kinds().items():
        if kind.asks[language].search(folded):
            return Expectation(name, name in STRICT)
    return NOTHING


def asked_by(question: str, language: Language) -> str:
    """Return the words of a question (folded) that only tell what kind of answer it expects; "" for none."""
    folded = searchable(question)
    for name, kind in _kinds().items():
        if cue := kind.asks[language].search(folded):
            return cue.group() if name in _BARE else ""
    return ""


def names() -> tuple[str, ...]:
    """Return the kinds there are, in the order they are tried."""
    return tuple(_kinds())


@cache
def _kinds() -> dict[str, _Kind]:
    data = tomllib.loads((Path(__file__).parent / "expect.toml").read_text(encoding="utf-8"))
    return {
        name: _Kind(
            asks={language: late(entry["asks"][language]) for language in Language},
            gives=late(entry["gives"] or r"(?!)"),
            concepts=frozenset(entry.get("kinds", ())),
        )
        for name, entry in data.items()
    }
