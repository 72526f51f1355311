"""What the API takes and gives beyond the values of `rag`; unknown keys are refused at this door."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from corpus.types import Kind, Span
from rag.answer import Answer
from rag.engine import Turn
from rag.progress import Progress, Stage
from rag.retrieval.retrieve import ScoredChunk
from rag.views import ReferenceView, TrialView
from ui.page.conversation import MAX_EXCHANGES


def _unicode(text: str) -> str:
    """Refuse half characters, which JSON can name and no answer can send back."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PydanticCustomError("string_unicode", "not valid Unicode") from error
    return text


_Text = Annotated[str, AfterValidator(_unicode)]
_Id = Annotated[_Text, Field(max_length=200, description="Given back with the answer.")]


class AnsweringEngine(Protocol):
    """What the API needs of `rag.engine`."""

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        """Return the answer to `question`, asked after `history`."""
        ...

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), question_id: str = ""
    ) -> Iterator[Progress | Answer]:
        """Yield the steps towards the answer and, last, the answer."""
        ...

    def check(self, claim: str, *, question_id: str = "") -> Answer:
        """Return how a claim stands to the article."""
        ...

    def search(self, question: str, *, history: Sequence[Turn] = (), k: int = 10) -> list[ScoredChunk]:
        """Return the k best passages; raises QuestionError."""
        ...


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TurnBody(_Body):
    """An earlier message of the dialogue."""

    role: Literal["user", "assistant"]
    content: Annotated[_Text, Field(max_length=20_000)]


_History = Annotated[
    tuple[TurnBody, ...],
    Field(max_length=2 * MAX_EXCHANGES, description="Earlier messages, oldest first, for follow-up questions."),
]
_Question = Annotated[_Text, Field(description="In Slovene or English, at most 2000 characters.")]


class AskBody(_Body):
    """A question about the article."""

    question: _Question
    history: _History = ()
    id: _Id = ""
    stream: Annotated[bool, Field(description="Send the steps towards the answer as server-sent events.")] = False


class CheckBody(_Body):
    """A claim to be checked against the article."""

    claim: Annotated[_Text, Field(description="In Slovene or English, at most 2000 characters.")]
    id: _Id = ""


class SearchBody(_Body):
    """A question to find passages for."""

    question: _Question
    history: _History = ()
    k: Annotated[int, Field(ge=1, le=100, description="How many passages.")] = 10
    id: _Id = ""


class Problem(BaseModel):
    """Why a request is refused, as problem details (RFC 9457); `detail` is in the language of Accept-Language."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A passage, sentence, table row or reference found for a question.

    Attributes:
        rank: from 1.
        score: 0 to 1, falling from rank 1 on.
        text: verbatim source text.
    """

    rank: int
    score: float
    id: str
    kind: Kind
    section: str
    spans: tuple[Span, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResults:
    """What was found for a question, best first; `id` is that of the question."""

    id: str
    results: tuple[SearchResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceList:
    """The entries of the bibliography that meet the filter, in its order."""

    n: int
    references: tuple[ReferenceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialList:
    """The trials that meet the filter, in the order of the table."""

    n: int
    trials: tuple[TrialView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressEvent:
    """The data of a `progress` event.

    Attributes:
        n_passages: pieces of the article the answer rests on; 0 until they are known.
        answer: what may already be shown, never a sentence that was not verified; None for nothing.
    """

    stage: Stage
    n_passages: int
    answer: Answer | None


def search_results(found: Sequence[ScoredChunk], question_id: str = "") -> SearchResults:
    """Return what `evidenca search --json` and the API print for what was found."""
    return SearchResults(
        id=question_id,
        results=tuple(
            SearchResult(
                rank=item.rank,
                score=item.score,
                id=item.chunk.id,
                kind=item.chunk.kind,
                section=item.chunk.section,
                spans=item.chunk.spans,
                text=item.chunk.text,
            )
            for item in found
        ),
    )


def progress_dict(progress: Progress) -> dict[str, Any]:
    """Return a step towards an answer as plain values."""
    answer = progress.answer.to_dict() if progress.answer is not None else None
    return {"stage": progress.stage, "n_passages": progress.n_passages, "answer": answer}
