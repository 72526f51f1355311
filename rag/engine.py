"""The engine: from a question to an Answer. The plan says which route answers; see `rag.questions` and `rag.routes`."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.concepts import ConceptMatcher
from corpus.config import MAX_QUESTION_CHARS, Settings
from corpus.errors import IndexMismatchError, QuestionError
from corpus.language import detect_language
from corpus.load import Article, load_article
from corpus.types import Language, Reference
from ingest.embed import Embedder, load_embedder
from ingest.embedder.static import StaticEmbedder
from ingest.fresh import check_fresh
from ingest.index import REBUILD, Index
from rag.answer import Answer, Citation, Outcome, Reason
from rag.messages import (
    FAILURES,
)
from rag.progress import Progress, Stage
from rag.prose.answers import Prose
from rag.questions.plan import Plan, Route, Shape
from rag.questions.planner import Planner
from rag.questions.question import Turn, clean
from rag.questions.spelling import speller
from rag.retrieval.retrieve import Retriever, ScoredChunk
from rag.routes.article import about_article
from rag.routes.both import from_both
from rag.routes.desk import Desk
from rag.routes.meant import Answered, answered, choose, decides_at_once
from rag.routes.parted import in_parts
from rag.routes.table import from_table
from rag.routes.text import Text
from rag.routes.wider import Wider
from rag.routes.works import CitedWorks
from rag.writing import Writer, is_wordable

__all__ = ["Engine", "EngineDescription", "Turn"]

# Questions about what the article says, whatever holds it.
_OF_CONTENT = (Route.PROSE, Route.TABLE, Route.BIBLIOGRAPHY)
# How many dialogues are remembered, so that a follow-up does not answer the earlier turns again.
_REMEMBERED = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDescription:
    """What stands behind the answers, for a banner.

    Attributes:
        language_model: what words the answers; "" when they are sentences of the article.
    """

    embedding_model: str
    article: str
    licence: str
    n_references: int
    n_trials: int
    language_model: str = ""


class Engine:
    """Answers questions from one index. Use `Engine.open`."""

    def __init__(self, article: Article, index: Index, embedder: Callable[[], Embedder]) -> None:
        """`embedder` is called once, when a question first needs it: bad questions never do."""
        self.writer: Writer | None = None  # words the answers; see rag.llm
        self.article = article
        self.index = index
        self.documents = index.documents
        self.matcher = ConceptMatcher(article.glossary)
        self._answered: dict[tuple[str, ...], tuple[Plan | None, Answer]] = {}
        self._planned: tuple[tuple[str, ...], Plan, Answer | None] | None = None
        self.embedder = embedder
        self.word_vectors = StaticEmbedder().word_vectors
        self.retriever = Retriever(index, embedder, self.word_vectors, kind_of=self.matcher.kind)
        self._desk = Desk(article, index, self.retriever, self.matcher)
        self._prose = Prose(self.retriever, self.matcher)
        self._works = CitedWorks(self._desk)
        self._text = Text(self._desk, self._prose, self._works)
        self._wider = Wider(self._desk, self._text)
        self.planner = Planner(
            self._desk,
            self._works,
            speller(index.spellings, self.documents),
            lambda earlier: self._previous(earlier),  # looked up each time, so that it can be replaced
        )
        self._references = {
            (document.id, reference.number): reference
            for document in self.documents.values()
            for reference in document.references
        }

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Open the index that the settings name.

        Raises:
            IndexMismatchError: it is absent, damaged, stale, or made with another model.
            CorpusError: the article's files cannot be read.
        """
        article = load_article()
        index = Index.open(settings.index_dir)
        check_fresh(index.manifest, article, settings)
        index.use_language_data()

        def embedder() -> Embedder:
            loaded = load_embedder(index.manifest.model)
            if loaded.fingerprint != index.manifest.model_fingerprint:
                raise IndexMismatchError(
                    f"The weights of {index.manifest.model} have changed since the index was built.",
                    hint=f"{REBUILD} --force",  # without it, vectors of unchanged texts would be kept
                )
            return loaded

        return cls(article, index, embedder)

    def plan(self, question: str, *, history: Sequence[Turn] = ()) -> Plan:
        """Return what would be done with a question.

        Raises:
            QuestionError: it is empty, too long, or in neither Slovene nor English.
        """
        return self._meant(question, history)[0]

    def _meant(self, question: str, history: Sequence[Turn]) -> tuple[Plan, Answer | None]:
        """Return what a question means, and the answer where one was needed to tell."""
        earlier = [turn.content for turn in history if turn.role == "user"]
        key = (question, *earlier)
        known = self._planned
        if known is None or known[0] != key:  # `ask` and `search` of one question follow each other
            known = self._planned = (key, *self._weighed(question, earlier))
        return known[1:]

    def _weighed(self, question: str, earlier: Sequence[str]) -> tuple[Plan, Answer | None]:
        """Return the reading of a question that is meant, of several with its answer."""
        some = self.readings(question, earlier)
        if len(some) == 1:
            return some[0].plan, some[0].answer
        best = choose(some, told=self.told(earlier), retriever=self.retriever)
        if best is not None:
            return best.plan, best.answer
        form = replace(some[0].plan, assured=False)
        return form, some[0].refusal or self._text.refusal(form)

    def told(self, earlier: Sequence[str]) -> list[str]:
        """Return the ids of the pieces that the answer to the last of these questions cites."""
        _, previous = self._previous(earlier)
        return [citation.id for citation in previous.citations] if previous is not None else []

    def readings(self, question: str, earlier: Sequence[str]) -> list[Answered]:
        """Return what a question may mean after those before it, with the answers; with none where one thing is meant.

        Raises:
            QuestionError: it is empty, too long, or in neither Slovene nor English.
        """
        ways = self.planner.readings(question, earlier)
        if len(ways) == 1 or decides_at_once(ways[0][1]):
            return [Answered(*ways[0])]
        return answered(ways, self._answer)

    def _previous(self, earlier: Sequence[str]) -> tuple[Plan | None, Answer | None]:
        """Plan and answer the question before again: what it cited is what "it" refers to."""
        if not earlier:
            return None, None
        key = tuple(earlier)
        found = self._answered.get(key)  # looked up once: another thread may forget it in between
        if found is None:
            found = self._ask(earlier[-1], history=[Turn("user", text) for text in earlier[:-1]])
            if len(self._answered) > _REMEMBERED:
                self._answered.clear()
            self._answered[key] = found
        return found

    def forget(self) -> None:
        """Drop what is remembered of questions; for whoever changes the weights or parts of a running engine."""
        self._answered.clear()
        self._planned = None
        self.retriever.forget()

    def warm_up(self) -> None:
        """Load what a question needs, so that the first one is as fast as the others.

        Raises:
            IndexMismatchError, ConfigError: the embedding model is not the index's, or not there.
        """
        self.extract("Kaj so zunajcelični vezikli?")

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        """Return the answer; bad questions give a failed one, never an exception."""
        *_, last = self.stream(question, history=history, question_id=question_id)
        assert isinstance(last, Answer)
        return last

    def extract(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the answer in sentences of the article, whatever words the others; quick, and free of cost."""
        return self._ask(question, history=history)[1]

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), question_id: str = ""
    ) -> Iterator[Progress | Answer]:
        """Yield the steps towards the answer and, last, the answer that `ask` returns."""
        yield Progress(stage=Stage.SEARCHING)
        plan, answer = self._ask(question, history=history, question_id=question_id)
        yield Progress(stage=Stage.FOUND, n_passages=len(answer.citations))
        if self.writer is not None and plan is not None and is_wordable(plan, answer):
            answer = yield from self._write(self.writer, plan, answer)
        yield answer

    def _write(self, writer: Writer, plan: Plan, answer: Answer) -> Generator[Progress, None, Answer]:
        """Have an answer worded; its evidence, and that there is one, stand already."""
        started = time.perf_counter()
        worded = yield from writer.write(
            answer,
            expects=plan.question.expects,
            around=self.around,
            nearest=lambda: self._desk.nearest([(c.article, c.section) for c in answer.citations], answer.language),
        )
        total = answer.timings_ms["total"] + (time.perf_counter() - started) * 1000
        return replace(worded, timings_ms={**worded.timings_ms, "total": total})

    def _ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> tuple[Plan | None, Answer]:
        started = time.perf_counter()
        try:
            plan, known = self._meant(question, history)
        except QuestionError as error:
            return None, failed(question, Reason(error.reason), question_id=question_id)
        answer = known or self._answer(plan)
        answer = in_parts(plan, answer, self._ask_part, self._desk) or answer
        answer = replace(answer, question=clean(question))
        total = (time.perf_counter() - started) * 1000
        return plan, replace(answer, id=question_id, timings_ms={**answer.timings_ms, "total": total})

    def _ask_part(self, part: str, before: Sequence[str]) -> Answer:
        return self._ask(part, history=[Turn("user", text) for text in before])[1]

    def check(self, claim: str, *, question_id: str = "") -> Answer:
        """Return how a claim stands to the article, with the sentences that decide it."""
        started = time.perf_counter()
        try:
            plan = self.plan(claim)
        except QuestionError as error:
            return failed(claim, Reason(error.reason), question_id=question_id)
        why = "a claim to be checked"
        plan = replace(plan, route=Route.PROSE, shape=Shape.CLAIM, why=why, trials=(), sought=(), beside=())
        answer = self._text.answer(plan)
        total = (time.perf_counter() - started) * 1000
        return replace(answer, id=question_id, timings_ms={**answer.timings_ms, "total": total})

    def search(self, question: str, *, history: Sequence[Turn] = (), k: int = 10) -> list[ScoredChunk]:
        """Return the k best passages, table rows and references for a question.

        Rows and references that an answer is computed from stand at the head of the list.

        Raises:
            QuestionError: the question is empty, too long, or in another language.
            ValueError: k is below 1.
        """
        plan = self.plan(question, history=history)
        first: list[str] = []
        if plan.route in (Route.TABLE, Route.BIBLIOGRAPHY, Route.ARTICLE):  # what holds the answer comes first
            answer = self._answer(plan)
            shown = answer.computation.shown if answer.computation else ()
            first = [*shown, *(citation.id for citation in answer.citations)]
        return self.retriever.search(plan.question, k=k, first=first)

    def reference(self, number: int, article: str = "") -> Reference:
        """Return an entry of the bibliography of an article (default: the bundled one).

        Raises:
            KeyError: there is none of that number.
        """
        return self._references[article or self.article.id, number]

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        """Return number and title of a section for display, in `language` where there is one.

        With several articles in the index, the title of the article stands in front.

        Raises:
            KeyError: there is no such section.
        """
        return self._desk.section_title(section_id, language, article)

    def around(self, citation: Citation) -> str:
        """Return the passage a citation stands in, in its languages, with the title of its section."""
        passage = self.retriever.around(self.retriever.position[citation.id])
        titles = [self.section_title(citation.section, language, citation.article) for language in Language]
        return " ".join([*titles, passage.text, passage.translation or ""])

    def describe(self) -> EngineDescription:
        """Return what stands behind the answers."""
        return EngineDescription(
            embedding_model=self.index.manifest.model,
            article=f"{self.article.citation} https://doi.org/{self.article.doi}",
            licence=self.article.licence,
            n_references=sum(len(document.references) for document in self.documents.values()),
            n_trials=sum(len(document.trials) for document in self.documents.values()),
            language_model=self.writer.name if self.writer is not None else "",
        )

    def _answer(self, plan: Plan) -> Answer:
        if plan.route in _OF_CONTENT and (sides := self._text.contradicting(plan)) is not None:
            return sides
        if (both := from_both(plan, self._text, self._works, self._desk)) is not None:
            return both
        match plan.route:
            case Route.ADVICE:
                return self._text.no_advice(plan)
            case Route.ORDERS:
                return self._desk.abstain(plan, Reason.OUT_OF_SCOPE)
            case Route.SMALL_TALK:
                return self._desk.abstain(plan, Reason.SMALL_TALK)
            case Route.TABLE:
                return from_table(plan, self._desk)
            case Route.BIBLIOGRAPHY:
                return self._works.answer(plan)
            case Route.ARTICLE:
                return about_article(plan, self._desk)
            case _:
                answer = self._text.answer(plan)
                return self._wider.answer(plan, answer) or answer


def failed(question: str, reason: Reason, *, question_id: str = "", detail: str = "") -> Answer:
    """Return the answer to input that cannot be answered."""
    language = detect_language(question[:200]) or Language.SL
    return Answer(
        id=question_id,
        question=question,
        resolved_question=question,
        language=language,
        outcome=Outcome.FAILED,
        reason=reason,
        answer=FAILURES[reason][language].format(limit=MAX_QUESTION_CHARS, detail=detail),
        timings_ms={"total": 0.0},
    )
