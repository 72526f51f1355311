"""The answer object: the stable contract of `evidenca ask --json`, the page and the evaluation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from corpus.types import Kind, Language, Spans


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
    EMPTY_QUESTION = "empty_question"
    QUESTION_TOO_LONG = "question_too_long"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    INVALID_INPUT = "invalid_input"
    INTERNAL_ERROR = "internal_error"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Evidenca says to one question.

    Attributes:
        id: given with the question, or "".
        language: of the answer, which is that of the question.
        reason: why there is no answer; None when `outcome` is answered.
        answer: the text, each sentence with its marker; for an abstention, what the user is told.
        engine: what composed the text: "extractive" copies sentences and never rewrites.
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
    engine: str = "extractive"
    citations: tuple[Citation, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract as plain values, ready for `json.dumps`."""
        values = asdict(self)
        values["timings_ms"] = {name: round(value, 1) for name, value in self.timings_ms.items()}
        return values
