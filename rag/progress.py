"""What a reader may be shown while an answer is being made."""

from dataclasses import dataclass
from enum import StrEnum

from rag.answer import Answer


class Stage(StrEnum):
    """How far an answer has come, in this order."""

    SEARCHING = "searching"
    """The article is being searched."""
    FOUND = "found"
    """The evidence is chosen; `n_passages` is known."""
    WRITING = "writing"
    """A language model writes; `answer` holds the sentences verified so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step towards an answer.

    Attributes:
        n_passages: pieces of the article the answer rests on; 0 until they are known.
        answer: what may already be shown, never a sentence that was not verified; None for nothing.
    """

    stage: Stage
    n_passages: int = 0
    answer: Answer | None = None
