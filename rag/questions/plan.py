"""The plan for a question: what kind it is, and so what answers it.

Deterministic and explainable: `explain` says in one line per fact why a question is answered the way
it is. Cue words are data (`cues.toml`, `dialogue.toml`, `expect.toml`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from corpus.types import Language
from rag.questions.dialogue import Link
from rag.questions.question import Question
from rag.tables.query import Sought, TableQuery


class Route(StrEnum):
    """Which part of the engine answers."""

    ADVICE = "advice"
    """Personal medical questions: no advice, one sentence of scope."""
    ORDERS = "orders"
    """Instructions to the assistant: text, never obeyed."""
    SMALL_TALK = "small_talk"
    """Greetings, thanks, and questions about Evidenca itself."""
    TABLE = "table"
    """Computed over the table of trials."""
    BIBLIOGRAPHY = "bibliography"
    """Computed over the references."""
    ARTICLE = "article"
    """Facts of the article itself: title, authors, journal, licence …."""
    PROSE = "prose"
    """Sentences of the article."""


class Shape(StrEnum):
    """What form a prose answer takes."""

    SHORT = "short"
    """The fewest sentences that answer."""
    DEFINITION = "definition"
    """The sentence that defines or spells out a term first."""
    CLAIM = "claim"
    """A claim to be checked: the sentences that decide it."""
    LIST = "list"
    """Several of a kind: studies, organs, factors."""
    OVERVIEW = "overview"
    """The main points of a topic, section or the whole article."""
    COMPARISON = "comparison"
    """Both sides of what is compared."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a question asks of the table of trials beside what it asks of the text.

    Attributes:
        rest: the words left for the text; "" where it is asked of the same trials what no column holds ("the route of
            administration and the country").
    """

    table: TableQuery
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a question.

    Attributes:
        link: how it leaned on the turn before it.
        topic: the question before, or the thing, that it was completed with; "" where it stands by itself.
        language: of the answer.
        why: what decided the route, in a few words, for `--explain`.
        table: what is asked of the table of trials, on that route.
        trials: ids of the trials that a question for the text is about; what is said of others does not answer it.
        sought: what it asks of trials that no column of the table holds, in words.
        assured: that the article answers it is known, whatever the models of single questions say.
        beside: how it may be divided between the table of trials and the text, the likeliest first; empty where one
            of the two is asked all of it.
    """

    question: Question
    route: Route
    shape: Shape
    link: Link
    language: Language
    why: str
    topic: str = ""
    table: TableQuery | None = None
    trials: tuple[str, ...] = ()
    sought: tuple[Sought, ...] = ()
    beside: tuple[Beside, ...] = ()
    assured: bool = False

    def explain(self) -> Mapping[str, str]:
        """Return the plan as names and values, for people."""
        question = self.question
        facts = {
            "question": question.text,
            "resolved": question.resolved,
            "language": str(question.language),
            "route": f"{self.route} ({self.why})",
            "shape": str(self.shape),
            "link to the turn before": str(self.link),
            "words": ", ".join(word.text for word in question.words),
            "concepts": ", ".join(dict.fromkeys(key for word in question.words for key in word.concepts)),
            "identifiers": ", ".join(identifier.upper() for identifier in question.identifiers),
            "references": ", ".join(map(str, question.references)),
            "trials": ", ".join(self.trials),
            "no column for": ", ".join(item.name.of(self.language) for item in self.sought),
            "expects": question.expects.name,
            "asks for": question.point.sought or question.point.counted or question.point.focus,
            "asks of the article": ", ".join(question.about.facts) if question.about else "",
            "periods": ", ".join(sorted(question.point.periods)),
        }
        return {name: value for name, value in facts.items() if value}


def shape_of(question: Question) -> Shape:
    """Return what form an answer in prose to a question takes."""
    if question.checks_claim and not question.wants_overview:  # a claim may compare things, too
        return Shape.CLAIM
    if question.compares:
        return Shape.COMPARISON
    if question.wants_overview:
        return Shape.OVERVIEW
    if question.checks_claim:
        return Shape.CLAIM
    if question.enumerates:
        return Shape.LIST
    return Shape.DEFINITION if question.defines else Shape.SHORT
