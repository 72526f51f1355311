"""The answer object: the stable contract of `evidenca ask --json`, the page and the evaluation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from corpus.types import Kind, Language, Spans
from rag.prose.claim import Check

# What composes the text of an answer.
EXTRACTIVE = "extractive"
LANGUAGE_MODEL = "language_model"


class Outcome(StrEnum):
    """How a question ended. An abstention is an outcome, not an error."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a question was not answered."""

    NOT_IN_ARTICLE = "not_in_article"
    OUT_OF_SCOPE = "out_of_scope"
    MEDICAL_ADVICE = "medical_advice"
    SMALL_TALK = "small_talk"
    EMPTY_QUESTION = "empty_question"
    QUESTION_TOO_LONG = "question_too_long"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    INVALID_INPUT = "invalid_input"
    INTERNAL_ERROR = "internal_error"


class Grounding(StrEnum):
    """How much of the question the answer covers; shown to the user beside it."""

    GROUNDED = "grounded"
    PARTLY = "partly"
    NONE = "none"


class Support(StrEnum):
    """What vouches for a sentence of an answer, and so how it can be checked."""

    QUOTE = "quote"
    """It is the quote of its citation, or a part of it."""
    TRANSLATION = "translation"
    """It is our working translation of the quote, or a part of it."""
    ROW = "row"
    """It gives cells of the cited table row in words, codes with their meaning."""
    COMPUTED = "computed"
    """It states the answer's computation, which anyone can repeat."""
    REWORDED = "reworded"
    """A language model worded it; numbers, names, negations and meaning were verified against its citations."""
    NOTICE = "notice"
    """It speaks of the answer itself, not of the article's subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSentence:
    """A sentence of an answer.

    Attributes:
        text: without markers.
        markers: of the citations it rests on; empty only for a notice.
    """

    text: str
    markers: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """What was computed over the rows of a table.

    Attributes:
        operation: "count", "list", "sum", "mean", "median", "min", "max", "distinct", "group" ….
        column: what was summed, compared or counted apart; "" for counts and lists.
        rows: ids of the rows that met the filter, in the order of the table; references alike.
        shown: those of them the answer names: all, or the largest, the first ten ….
        value: the result; None for a list of rows.
        groups: (name, count) for each group; of a share its part and its whole; empty otherwise.
        filter: the filter as understood, in the language of the answer.
    """

    operation: str
    column: str
    rows: tuple[str, ...]
    shown: tuple[str, ...]
    value: float | None
    groups: tuple[tuple[str, float], ...]
    filter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A marker of the answer resolved to a piece of the article.

    Attributes:
        marker: the n of `[n]` in the answer, from 1.
        article: id of the article quoted.
        id: the piece, e.g. `3.1.4.1:2.5`, `table-2:NCT05499156`, `ref:56`.
        language: of the quote.
        quote: verbatim source text; the slices of `spans` joined by a blank, up to white space and
            Markdown emphasis.
        translation: our working translation into English of a Slovene quote, or None.
        references: numbers the article cites in that sentence.
        passage_references: numbers it cites only at the end of the passage around the sentence.
        trials: registry ids named in the quote.
    """

    marker: int
    id: str
    article: str
    kind: Kind
    section: str
    language: Language
    quote: str
    spans: Spans
    translation: str | None
    references: tuple[int, ...]
    passage_references: tuple[int, ...]
    trials: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A known contradiction or weak spot of the article that concerns what is cited.

    Attributes:
        id: of the note in `notes.jsonl`.
        text: in the language of the answer; our words, not the article's.
        markers: the citations it concerns.
    """

    id: str
    text: str
    markers: tuple[int, ...]


class WritingStatus(StrEnum):
    """What became of the text of a language model."""

    WRITTEN = "written"
    """The answer is its text, as far as it was verified."""
    FALLBACK = "fallback"
    """The answer is sentences of the article, since its text could not be had or not be shown."""
    DECLINED = "declined"
    """It said that the evidence does not answer, and so the question is not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a language model did for an answer.

    Attributes:
        model: its name.
        reason: why it was fallen back from (`rag.llm.messages.Fallback`), or None.
        n_verified: its sentences that were shown.
        removed: why each of the others was not (`rag.llm.verify.Doubt`).
        complete: it brought its text to an end.
        prompt_tokens, completion_tokens: what was read and written.
        estimated: the endpoint did not count them, so these are a guess.
    """

    model: str
    status: WritingStatus
    reason: str | None
    n_verified: int = 0
    removed: tuple[str, ...] = ()
    complete: bool = True
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Evidenca says to one question.

    Attributes:
        id: given with the question, or "".
        language: of the answer, which is that of the question.
        reason: why there is no answer; None when `outcome` is answered.
        grounding: how much of the question the answer covers; "none" unless answered.
        missing: what was asked for and not found, in the user's words; not empty when partly.
        answer: the text, each sentence with its marker; for an abstention, what the user is told.
        sentences: the same, piece by piece, with what vouches for each; empty unless answered.
        computation: what the answer computed over a table, if it did.
        check: how a claim stands to the article, when the question puts one up.
        confidence: 0 to 1, how surely the cited evidence answers; abstentions have a low one.
        engine: what composed the text: "extractive" copies sentences and never rewrites,
            "language_model" words them, each sentence verified.
        writing: what a language model did, when one was asked for this answer.
        citations: in order of their markers; empty unless answered.
        caveats: what the reader should know of the cited places; empty for most answers.
        timings_ms: at least "total".
    """

    id: str
    question: str
    resolved_question: str
    language: Language
    outcome: Outcome
    reason: Reason | None
    answer: str
    grounding: Grounding = Grounding.NONE
    missing: tuple[str, ...] = ()
    sentences: tuple[AnswerSentence, ...] = ()
    computation: Computation | None = None
    check: Check | None = None
    confidence: float = 0.0
    engine: str = EXTRACTIVE
    writing: Writing | None = None
    citations: tuple[Citation, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract as plain values, ready for `json.dumps`."""
        values = asdict(self)
        values["confidence"] = round(self.confidence, 4)
        values["timings_ms"] = {name: round(value, 1) for name, value in self.timings_ms.items()}
        return values
