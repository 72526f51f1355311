"""What one reader asked and was answered, and what the page needs of the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Protocol, Self

from corpus.config import MAX_QUESTION_CHARS
from corpus.load import Article
from corpus.types import Document, Language, Reference
from rag.answer import Answer
from rag.engine import EngineDescription, Turn
from rag.progress import Progress
from ui.strings import string

MAX_EXCHANGES = 30


class Engine(Protocol):
    """What the page needs of `rag.engine`."""

    @property
    def article(self) -> Article:
        """The bundled article, with its translations and notes."""
        ...

    @property
    def documents(self) -> Mapping[str, Document]:
        """The parsed articles by id, the bundled one first."""
        ...

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        """Return the answer to `question`, asked after `history`."""
        ...

    def extract(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the answer in sentences of the article, whatever words the others."""
        ...

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), question_id: str = ""
    ) -> Iterator[Progress | Answer]:
        """Yield the steps towards the answer and, last, the answer."""
        ...

    def reference(self, number: int, article: str = "") -> Reference:
        """Return an entry of the bibliography of an article; raises KeyError when there is none."""
        ...

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        """Return the number and title of a section of an article, for a reader of `language`."""
        ...

    def describe(self) -> EngineDescription:
        """Return what answers, and about what."""
        ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges of one reader, oldest first.

    It stays on the server, and both the chat and the sources are drawn from it alone: the history
    that a browser sends along could put words into an answer.

    Attributes:
        n_asked: questions asked so far; the ids of answers count on after an answer was taken back.
        asking: the question that is being answered, or "".
        making: names the making of its answer, at random.
        key: names this conversation, at random, where its feedback is kept; "" until something was answered.
    """

    answers: tuple[Answer, ...] = ()
    n_asked: int = 0
    asking: str = ""
    making: str = ""
    key: str = ""

    def with_answer(self, answer: Answer) -> Self:
        """Return the conversation with one more exchange; beyond `MAX_EXCHANGES` the oldest go."""
        return replace(
            self,
            answers=(*self.answers, answer)[-MAX_EXCHANGES:],
            n_asked=self.n_asked + 1,
            asking="",
            key=self.key or token_hex(6),
        )

    def up_to(self, position: int) -> Self:
        """Return the conversation before the exchange at `position`; negative ones count from the end."""
        return replace(self, answers=self.answers[:position])

    def with_question(self, text: str) -> Self:
        """Return the conversation while `text` is being answered."""
        return replace(self, asking=text, making=token_hex(6))

    def next_id(self) -> str:
        """Return the id of the next answer."""
        return f"a{self.n_asked + 1}"

    def history(self) -> list[Turn]:
        """Return what was said, as the engine wants it."""
        return [
            turn
            for answer in self.answers
            for turn in (Turn(role="user", content=answer.question), Turn(role="assistant", content=answer.answer))
        ]


def question_problem(question: str, language: Language) -> str:
    """Return what is wrong with `question`, for a reader of `language`; "" when nothing is."""
    n_chars = len(question.strip())
    if n_chars == 0:
        return string("question.empty", language)
    if n_chars > MAX_QUESTION_CHARS:
        return string("question.too_long", language, n_chars=n_chars, limit=MAX_QUESTION_CHARS)
    return ""
