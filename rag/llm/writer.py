"""Words an answer with a language model: evidence in, verified sentences out, and a way back at every step."""

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable
from corpus.types import Language
from rag.answer import (
    LANGUAGE_MODEL,
    Answer,
    AnswerSentence,
    Citation,
    Grounding,
    Outcome,
    Reason,
    Support,
    Writing,
    WritingStatus,
)
from rag.llm.attribute import Attributed, attribute
from rag.llm.breaker import Breaker
from rag.llm.client import Message, Piece
from rag.llm.facts import cue
from rag.llm.failure import Failure, LlmError
from rag.llm.markers import Draft, Reader
from rag.llm.messages import Fallback, broke_off, instead, removed
from rag.llm.prompts import evidence, messages, n_tokens
from rag.llm.settings import LlmSettings
from rag.llm.verify import Doubt, Evidence, Verifier, WordVectors
from rag.messages import ABSTENTIONS
from rag.progress import Progress, Stage
from rag.prose.compose import text_of
from rag.questions.expect import Expectation

logger = logging.getLogger(__name__)

# At least this share of a model's sentences must be supported; a text with less is not to be trusted.
FLOOR = 0.5
# Nobody asked for more sentences than these; a model that goes on has lost its way.
MAX_SENTENCES = 12
MAX_CHARS = 20_000
# Said so often, a sentence shows that the model runs in circles.
_REPEATED = 3


class Model(Protocol):
    """What is needed of `rag.llm.client.Client`."""

    settings: LlmSettings

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        """Yield what the model writes."""


@dataclass
class _Draught:
    """What has come of a text so far."""

    kept: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    removed: list[Doubt] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    n_declined: int = 0
    n_chars: int = 0
    tokens: tuple[int, int] | None = None
    finish: str = ""
    cut_short: bool = False  # by the model, the line, or us
    failure: Failure | None = None
    first_ms: float | None = None


class LlmWriter:
    """A `rag.writing.Writer` on a language model. Safe to use from several threads."""

    def __init__(
        self, model: Model, *, matcher: ConceptMatcher, word_vectors: WordVectors, breaker: Breaker | None = None
    ) -> None:
        self.model = model
        self.breaker = breaker or Breaker()
        self._verifier = Verifier(matcher, word_vectors)

    @property
    def name(self) -> str:
        """Name of the language model."""
        return self.model.settings.model

    def write(
        self,
        answer: Answer,
        *,
        expects: Expectation,
        around: Callable[[Citation], str],
        nearest: Callable[[], str],
    ) -> Generator[Progress, None, Answer]:
        """Yield what is verified so far and return the answer in the end; see `rag.writing.Writer`."""
        n_passages = len(answer.citations)
        started = time.perf_counter()
        if not self.breaker.allows():
            reason = Fallback(self.breaker.reason or Fallback.PAUSED)
            return self._fallen_back(answer, reason, _Draught(), ())
        yield Progress(stage=Stage.WRITING, n_passages=n_passages)
        draught = _Draught()
        sent: Sequence[Message] = ()
        try:
            pieces = evidence(answer.citations, around=around, asked=answer.resolved_question)
            sent = messages(answer.resolved_question, pieces, answer.language)
            for _ in self._read(sent, pieces, answer.language, draught, started):
                shown = self._written(answer, draught) if draught.kept else None
                yield Progress(stage=Stage.WRITING, n_passages=n_passages, answer=shown)
            found = self._decide(answer, draught, sent, expects, nearest)
        except Exception:
            # A slip of ours must not cost the reader the answer there is; the text itself is not logged.
            logger.exception("The text of the language model could not be worked on.")
            self.breaker.abandoned()
            found = self._fallen_back(answer, Fallback.GARBLED, draught, sent)
        timings = {**answer.timings_ms, "writing": (time.perf_counter() - started) * 1000}
        if draught.first_ms is not None:
            timings["first_words"] = draught.first_ms
        return replace(found, timings_ms=timings)

    def _read(
        self,
        sent: Sequence[Message],
        pieces: Sequence[Evidence],
        language: Language,
        draught: _Draught,
        started: float,
    ) -> Iterator[None]:
        """Fill the draught; yield whenever a sentence was verified, and at every beat of silence."""
        settings = self.model.settings
        if n_tokens(sent) > settings.context_window - settings.max_tokens:
            draught.failure = Failure.TOO_LONG
            self.breaker.abandoned()
            return
        reader = Reader()
        try:
            with closing(self.model.stream(sent)) as stream:  # type: ignore[type-var]
                for piece in stream:
                    draught.tokens = piece.tokens or draught.tokens
                    draught.finish = piece.finish or draught.finish
                    draught.n_chars += len(piece.text)
                    if piece.text and draught.first_ms is None:
                        draught.first_ms = (time.perf_counter() - started) * 1000
                    before, n_restarts = len(draught.kept), reader.n_restarts
                    drafts = reader.feed(piece.text) if piece.text else []
                    if reader.n_restarts > n_restarts:  # what it thought aloud was no answer
                        draught.kept, draught.removed, draught.said, draught.n_declined = [], [], [], 0
                    for draft in drafts:
                        self._take(draft, pieces, language, draught)
                    if piece.beat or len(draught.kept) != before:
                        yield
                    if self._goes_astray(draught) or reader.n_said > MAX_CHARS:
                        draught.cut_short = True
                        break
            self.breaker.succeeded()
        except LlmError as error:
            draught.failure = error.failure
            if error.failure.is_the_endpoints:
                self.breaker.failed(certainly=error.failure if error.failure is Failure.UNREACHABLE else "")
            else:
                self.breaker.abandoned()
        except GeneratorExit:
            self.breaker.abandoned()
            raise
        finished = draught.failure is None and draught.finish == "stop" and not draught.cut_short
        draught.cut_short = not finished
        for draft in reader.end(finished=finished):
            before = len(draught.kept)
            if draft.complete:
                self._take(draft, pieces, language, draught)
            if len(draught.kept) != before:
                yield

    def _take(self, draft: Draft, pieces: Sequence[Evidence], language: Language, draught: _Draught) -> None:
        """Verify a sentence, and keep or count it."""
        folded = searchable(draft.text)
        repeated = folded in draught.said
        draught.said.append(folded)
        if repeated:
            return
        if cue("no_answer", language).search(folded):
            draught.n_declined += 1
            return
        if "?" in draft.text:  # small models say the question again; it states nothing
            return
        found: Attributed = attribute(self._verifier, draft, pieces, language)
        if found.doubt is Doubt.EMPTY:
            return
        if found.doubt is not None:
            logger.debug("not shown (%s %s): %s", found.doubt, found.detail, draft.text)
            draught.removed.append(found.doubt)
            return
        text = draft.text if draft.text[-1] in ".!?…»”\"'" else draft.text.rstrip(" ,;:") + "."
        draught.kept.append((text, found.numbers))

    def _goes_astray(self, draught: _Draught) -> bool:
        said = draught.said
        return len(said) >= MAX_SENTENCES or any(said.count(one) >= _REPEATED for one in said[-1:])

    def _decide(
        self,
        answer: Answer,
        draught: _Draught,
        sent: Sequence[Message],
        expects: Expectation,
        nearest: Callable[[], str],
    ) -> Answer:
        """Return the model's text, a refusal, or the answer there was with the reason."""
        n_kept, n_removed = len(draught.kept), len(draught.removed)
        if not n_kept and not n_removed and draught.n_declined and draught.failure is None:
            # Said once and no more it is a judgement; over and over it is a model that has lost its way.
            if len(draught.said) == 1 and not draught.cut_short:
                return self._declined(answer, draught, sent, nearest)
            return self._fallen_back(answer, Fallback.UNSUPPORTED, draught, sent)
        if not n_kept and draught.failure is not None:
            return self._fallen_back(answer, Fallback(draught.failure), draught, sent)
        if not n_kept and not n_removed:
            nothing = Fallback.CUT if draught.n_chars and not draught.finish else Fallback.EMPTY
            return self._fallen_back(answer, nothing, draught, sent)
        if n_kept < FLOOR * (n_kept + n_removed):
            foreign = draught.removed.count(Doubt.LANGUAGE)
            reason = Fallback.WRONG_LANGUAGE if 2 * foreign >= n_kept + n_removed else Fallback.UNSUPPORTED
            return self._fallen_back(answer, reason, draught, sent)
        text = " ".join(text for text, _ in draught.kept)
        if expects.strict and not expects.given_by(text, (), asked=()):
            return self._fallen_back(answer, Fallback.INCOMPLETE, draught, sent)
        return self._written(answer, draught, sent, final=True)

    def _written(
        self, answer: Answer, draught: _Draught, sent: Sequence[Message] = (), *, final: bool = False
    ) -> Answer:
        """Return the answer in the verified sentences, citations numbered in the order they are used."""
        used = list(dict.fromkeys(number for _, numbers in draught.kept for number in numbers))
        marker = {number: place for place, number in enumerate(used, start=1)}
        cited = [answer.citations[number - 1] for number in used]
        citations = tuple(replace(citation, marker=place) for place, citation in enumerate(cited, start=1))
        new_marker = {citation.marker: place for place, citation in enumerate(cited, start=1)}
        sentences = [
            AnswerSentence(
                text=text,
                markers=tuple(sorted(marker[number] for number in numbers)),
                support=_support(text, [answer.citations[number - 1] for number in numbers]),
            )
            for text, numbers in draught.kept
        ]
        notices = [
            *([removed(len(draught.removed), answer.language)] if final and draught.removed else ()),
            *([broke_off(answer.language)] if final and draught.cut_short else ()),
        ]
        # What only leads in to the article's sentences ("Trial NCT…:") leads in to no others.
        notes = [sentence for sentence in answer.sentences if sentence.support is Support.NOTICE]
        sentences += [note for note in notes if not note.text.endswith(":")]
        sentences += [AnswerSentence(text=text, markers=(), support=Support.NOTICE) for text in notices]
        return replace(
            answer,
            answer=text_of(sentences, listed=False),
            sentences=tuple(sentences),
            citations=citations,
            caveats=tuple(
                replace(caveat, markers=tuple(sorted(kept)))
                for caveat in answer.caveats
                if (kept := [new_marker[old] for old in caveat.markers if old in new_marker])
            ),
            engine=LANGUAGE_MODEL,
            writing=self._writing(WritingStatus.WRITTEN, None, draught, sent),
        )

    def _declined(
        self, answer: Answer, draught: _Draught, sent: Sequence[Message], nearest: Callable[[], str]
    ) -> Answer:
        """Return a refusal: a model may find that the evidence does not answer, never that other text does."""
        return Answer(
            id=answer.id,
            question=answer.question,
            resolved_question=answer.resolved_question,
            language=answer.language,
            outcome=Outcome.ABSTAINED,
            reason=Reason.NOT_IN_ARTICLE,
            answer=f"{ABSTENTIONS[Reason.NOT_IN_ARTICLE][answer.language]} {nearest()}".strip(),
            grounding=Grounding.NONE,
            engine=LANGUAGE_MODEL,
            writing=self._writing(WritingStatus.DECLINED, None, draught, sent),
            timings_ms=answer.timings_ms,
        )

    def _fallen_back(self, answer: Answer, reason: Fallback, draught: _Draught, sent: Sequence[Message]) -> Answer:
        notice = AnswerSentence(text=instead(reason, answer.language), markers=(), support=Support.NOTICE)
        # In a list the notice is a line of its own, as it would be run into the last item otherwise.
        listed = answer.answer.startswith("- ") or "\n- " in answer.answer
        sentences = (*answer.sentences, notice)
        logger.info("fell back from the language model: %s", reason)
        return replace(
            answer,
            answer=text_of(sentences, listed=listed),
            sentences=sentences,
            writing=self._writing(WritingStatus.FALLBACK, reason, draught, sent),
        )

    def _writing(
        self, status: WritingStatus, reason: Fallback | None, draught: _Draught, sent: Sequence[Message]
    ) -> Writing:
        guess = (n_tokens(sent), round(draught.n_chars / 2.5))
        read, written = draught.tokens or guess
        return Writing(
            model=self.model.settings.model,
            status=status,
            reason=reason,
            n_verified=len(draught.kept) if status is WritingStatus.WRITTEN else 0,
            removed=tuple(draught.removed),
            complete=not draught.cut_short,
            prompt_tokens=read,
            completion_tokens=written,
            estimated=draught.tokens is None and bool(read or written),
        )


def _support(text: str, cited: Sequence[Citation]) -> Support:
    """Return what vouches for a verified sentence: the article's very words, if it kept to them."""
    if any(text in citation.quote for citation in cited):
        return Support.QUOTE
    if any(text in (citation.translation or "") for citation in cited):
        return Support.TRANSLATION
    return Support.REWORDED
