"""What the engine needs of something that words its answers; `rag.llm` has one, and is not needed without."""

from collections.abc import Callable, Generator
from typing import Protocol

from corpus.types import Kind
from rag.answer import Answer, Citation, Outcome
from rag.progress import Progress
from rag.questions.expect import Expectation
from rag.questions.plan import Plan, Route

# What reads as prose, and so can be put in other words.
_PROSE = frozenset({Kind.SENTENCE, Kind.LIST_ITEM, Kind.CAPTION, Kind.LEGEND})


class Writer(Protocol):
    """Words an answer whose evidence is chosen."""

    @property
    def name(self) -> str:
        """Name of the language model."""

    def write(
        self, answer: Answer, *, expects: Expectation, around: Callable[[Citation], str], nearest: Callable[[], str]
    ) -> Generator[Progress, None, Answer]:
        """Yield what is verified so far and return the answer in the end; never raises.

        Args:
            answer: in sentences of the article; what is shown when wording it fails.
            expects: the kind of answer that the question asks for.
            around: gives the passage and section that a citation stands in.
            nearest: gives what to say of the nearest topics, should the evidence not answer after all.
        """
        ...


def is_wordable(plan: Plan, answer: Answer) -> bool:
    """Return whether other words may be found for an answer.

    Sentences of the article only. What is computed over a table or the bibliography, and how a claim
    stands to the article, is worded already, and exact: a model could only spoil it.
    """
    return (
        answer.outcome is Outcome.ANSWERED
        and plan.route is Route.PROSE
        and answer.computation is None
        and answer.check is None
        and all(citation.kind in _PROSE for citation in answer.citations)
    )
