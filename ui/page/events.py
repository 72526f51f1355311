"""What the page does when a reader acts: plain functions from a conversation to what is shown next.

`ui.page.web` ties them to the components. Everything that comes with an event (texts, positions, verdicts)
comes from a browser and is taken for what it is: a wish, never a fact about the conversation.
"""

import json
import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from corpus.types import Language
from rag.answer import Answer, Citation, Reason
from rag.engine import failed
from rag.progress import Progress, Stage
from ui.page.conversation import MAX_EXCHANGES, Conversation, Engine, question_problem
from ui.page.feedback import FeedbackLog, Verdict
from ui.page.messages import MESSAGES_PER_EXCHANGE, Message, chat_messages, pending_messages

logger = logging.getLogger(__name__)

# A partial answer is redrawn at most this often: each time the whole chat is compared.
_REDRAW_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the page shows next; None leaves a part as it is.

    Attributes:
        question: the text in the question box.
        messages: the whole chat.
        conversation: what the page remembers.
        sources_of: the conversation whose sources the panel shows.
        busy: a question is being answered, and may be stopped.
    """

    question: str | None = None
    messages: list[Message] | None = None
    conversation: Conversation | None = None
    sources_of: Conversation | None = None
    busy: bool | None = None


class Events:
    """The acts of a reader. One object serves all readers: what is theirs stands in their conversation."""

    def __init__(self, engine: Engine, *, feedback: FeedbackLog | None = None) -> None:
        self.engine = engine
        self.feedback = feedback
        self._being_made: set[str] = set()
        # Sentences that are only chosen follow at once upon their finding; to show both would cost more than it tells.
        self._shows_found = bool(engine.describe().language_model)

    def ask(self, text: str, conversation: Conversation) -> Generator[Frame]:
        """Answer `text` and show how far it has come. While another question is answered nothing happens."""
        if self._is_busy(conversation) or question_problem(text, Language.SL):
            return
        pending = conversation.with_question(text)
        self._being_made.add(pending.making)
        try:
            said = chat_messages(self.engine, conversation)
            yield Frame(question="", messages=said + pending_messages(text), conversation=pending, busy=True)
            yield from self._answering(text, conversation, said)
        finally:
            self._being_made.discard(pending.making)

    def _is_busy(self, conversation: Conversation) -> bool:
        """Whether an answer is being made; one whose reader was cut off is not, though the conversation says so."""
        return bool(conversation.asking) and conversation.making in self._being_made

    def _answering(self, text: str, conversation: Conversation, said: list[Message]) -> Generator[Frame]:
        answer: Answer | None = None
        cited: tuple[Citation, ...] = ()
        shown = time.monotonic() - _REDRAW_S
        with closing(self._steps(text, conversation)) as steps:
            for step in steps:
                if isinstance(step, Answer):
                    answer = step
                elif step.stage is Stage.FOUND and self._shows_found:
                    yield Frame(messages=said + pending_messages(text, n_passages=step.n_passages))
                elif step.stage is Stage.WRITING and time.monotonic() - shown >= _REDRAW_S:
                    partial = step.answer
                    if partial is None:
                        yield Frame()  # nothing to show, but here the making can be stopped
                    else:
                        messages = pending_messages(text, n_passages=step.n_passages, partial=partial)
                        grown = conversation.with_answer(partial) if partial.citations != cited else None
                        yield Frame(messages=said + messages, sources_of=grown)
                        cited = partial.citations
                    shown = time.monotonic()
        assert answer is not None
        yield self._shown(conversation.with_answer(answer))

    def _steps(self, text: str, conversation: Conversation) -> Generator[Progress | Answer]:
        """Yield the steps of the engine; whatever fails becomes a failed answer."""
        question_id = conversation.next_id()
        try:
            # Closing this closes the engine's steps too, and with them the call of a language model.
            yield from self.engine.stream(text, history=conversation.history(), question_id=question_id)
        except Exception:
            # The door of the house: a reader gets a sentence, the log the details (never the question).
            logger.exception("No answer could be made.")
            yield failed(text, Reason.INTERNAL_ERROR, question_id=question_id)

    def retry(self, conversation: Conversation) -> Generator[Frame]:
        """Answer the last question again."""
        if conversation.answers:
            yield from self.ask(conversation.answers[-1].question, conversation.up_to(-1))

    def edit(self, position: int, text: str, conversation: Conversation) -> Generator[Frame]:
        """Ask `text` in place of a question asked before; what came after it is gone.

        Args:
            position: of the message in the chat.
        """
        exchange = self._exchange(position, conversation)
        if exchange is None or self._is_busy(conversation) or question_problem(text, Language.SL):
            yield replace(self._shown(conversation), busy=None)
        else:
            yield from self.ask(text, conversation.up_to(exchange))

    def undo(self, conversation: Conversation) -> Frame:
        """Take the last exchange, or the question being answered, back; its text returns to the box."""
        if conversation.asking:
            return self.stop(conversation)
        text = conversation.answers[-1].question if conversation.answers else ""
        return replace(self._shown(conversation.up_to(-1)), question=text)

    def clear(self) -> Frame:
        """Begin anew."""
        return replace(self._shown(Conversation()), question="")

    def stop(self, conversation: Conversation) -> Frame:
        """Stop answering; the question returns to the box."""
        return replace(self._shown(replace(conversation, asking="")), question=conversation.asking or None)

    def restore(self, stored: str, conversation: Conversation) -> Generator[Frame]:
        """Ask the questions that a browser has kept, one after another; their answers are made anew.

        Args:
            stored: a JSON array of texts; whatever else it is, nothing happens.
        """
        for text in _stored_questions(stored):
            for frame in self.ask(text, conversation):
                yield frame
                if frame.conversation is not None and not frame.conversation.asking:
                    conversation = frame.conversation

    def rate(self, position: int, liked: object, conversation: Conversation) -> None:
        """Keep a verdict on an answer, if the operator has asked for verdicts.

        Args:
            position: of the message in the chat.
            liked: as the chat sends it: True, False, a verdict in words, or "" for one taken back.
        """
        exchange = self._exchange(position, conversation)
        if self.feedback is None or exchange is None:
            return
        answer = conversation.answers[exchange]
        if liked == "":
            self.feedback.withdraw(conversation.key, answer)
        elif (verdict := Verdict.of(liked)) is not None:
            self.feedback.add(conversation.key, answer, verdict)

    def _exchange(self, position: int, conversation: Conversation) -> int | None:
        """Return which exchange the message at `position` of the chat belongs to."""
        exchange = position // MESSAGES_PER_EXCHANGE
        return exchange if 0 <= exchange < len(conversation.answers) else None

    def _shown(self, conversation: Conversation) -> Frame:
        return Frame(
            messages=chat_messages(self.engine, conversation),
            conversation=conversation,
            sources_of=conversation,
            busy=False,
        )


def _stored_questions(stored: str) -> Sequence[str]:
    try:
        values = json.loads(stored) if len(stored) < 1_000_000 else None
    except ValueError:
        return ()
    if not isinstance(values, list):
        return ()
    texts = [value for value in values if isinstance(value, str) and not question_problem(value, Language.SL)]
    return texts[-MAX_EXCHANGES:]
