"""The engine: from a question to an Answer. Connects retrieval, selection and composition."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.concepts import ConceptMatcher
from corpus.config import MAX_QUESTION_CHARS, Settings
from corpus.errors import IndexMismatchError, QuestionError
from corpus.language import detect_language
from corpus.load import Article, load_article
from corpus.types import Kind, Language, Reference, Sentence
from ingest.build import check_fresh
from ingest.chunk import Chunk
from ingest.embed import Embedder, load_embedder
from ingest.embedder.static import StaticEmbedder
from ingest.index import REBUILD, Index
from rag.answer import Answer, AnswerSentence, Citation, Computation, Grounding, Outcome, Reason, Support
from rag.assemble import from_article, from_bibliography, from_table, joined
from rag.bibliography.compose import compose as compose_bibliography
from rag.bibliography.described import Works
from rag.bibliography.execute import execute as execute_bibliography
from rag.bibliography.index import bibliography
from rag.bibliography.names import named_in
from rag.bibliography.places import Places
from rag.bibliography.query import BibliographyQuery
from rag.bibliography.query import Operation as BibliographyOperation
from rag.bibliography.read import (
    asks_beyond,
    read_described,
    read_subject,
    seeks_papers,
    without_opening,
    works_asked,
)
from rag.bibliography.read import read as read_bibliography
from rag.messages import (
    ABSTENTIONS,
    COLUMNS_THERE,
    FAILURES,
    MENTIONED,
    MISSING,
    NEAREST,
    NOT_LISTED,
    NOT_OF_TRIAL,
    SECTION_NAMES,
    UNSAID,
    VERDICTS,
    WHAT_IS_ASKED,
    WRITTEN_IN,
)
from rag.progress import Progress, Stage
from rag.prose.answers import Prose
from rag.prose.compose import caveats, compose, is_list, text_of
from rag.prose.parts import may_be_of_trials, parts
from rag.questions import about
from rag.questions.about import Fact, Held
from rag.questions.dialogue import Link, Resolution, members, resolve
from rag.questions.plan import Beside, Plan, Route, Shape
from rag.questions.question import Question, Turn, clean, content_words, language_of, understand
from rag.questions.spelling import speller
from rag.questions.swap import asked_of
from rag.retrieval.retrieve import Retriever, ScoredChunk
from rag.tables.asked import ALL_COLUMNS
from rag.tables.compose import compose as compose_table
from rag.tables.execute import execute
from rag.tables.grammar import listed as joined_names
from rag.tables.query import Column, Filter, Label, Operation, Operator, Sought, TableQuery, describe
from rag.tables.read import Reading, TableReader
from rag.tables.sought import gives
from rag.tables.words import COLUMN_NAMES, column_names
from rag.writing import Writer, is_wordable

__all__ = ["Engine", "EngineDescription", "Turn"]

_TRIALS = {Language.SL: "študije", Language.EN: "trials"}
# Kinds of concepts that a question is about.
_TOPICS = ("disease:", "organ:")
# Kinds of concepts that a question may name without saying what it is about.
_BY_THE_WAY = ("trial:", "study:", "other:")
# Kinds of concepts that only a question about trials names.
_OF_TRIALS = ("trial:", "study:", "country:", "kind:")
# Of a question in two parts the table answers one when it is about so many trials at most.
_FEW_TRIALS = 4
# How many dialogues are remembered, so that a follow-up does not answer the earlier turns again.
_REMEMBERED = 256
# What nobody asks about their own health.
_NUMBERS = (Operation.COUNT, Operation.SUM, Operation.MEAN, Operation.MEDIAN, Operation.SHARE, Operation.GROUP)

logger = logging.getLogger(__name__)


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
        self.matcher = self._matcher = ConceptMatcher(article.glossary)
        self._tables = TableReader(self.documents[article.id], article.glossary, self._matcher)
        self._answered: dict[tuple[str, ...], tuple[Plan | None, Answer]] = {}
        self._planned: tuple[tuple[str, ...], Plan] | None = None
        self.embedder = embedder
        self.word_vectors = StaticEmbedder().word_vectors
        self.retriever = Retriever(index, embedder, self.word_vectors, kind_of=self._matcher.kind)
        self._prose = Prose(self.retriever, self._matcher)
        shelf = bibliography(self.documents[article.id], self._matcher)
        self._works = Works(shelf, self.retriever, self._matcher)
        self._read_bibliography = lru_cache(maxsize=8)(self._read_works)
        self._speller = speller(index.spellings, self.documents)
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
        earlier = [turn.content for turn in history if turn.role == "user"]
        key = (question, *earlier)
        known = self._planned
        if known is None or known[0] != key:  # `ask` and `search` of one question follow each other
            known = self._planned = (key, self._plan(question, earlier))
        return known[1]

    def _plan(self, question: str, earlier: Sequence[str]) -> Plan:
        asked = clean(question)
        language = language_of(asked, earlier=earlier)
        cleaned = self._speller.mend(asked, language)
        before, previous = self._previous(earlier)
        resolution = resolve(
            cleaned,
            language,
            n_content=len(content_words(cleaned, language)),
            previous=previous,
            listing=self._listing(earlier),
            names_topic=self._names_topic(cleaned, language),
            names_things=self._names_things(cleaned, language),
            instead=lambda topic: asked_of(topic, cleaned, language, self._matcher),
            nearest=self._works_meant,
        )
        asked_in = language
        if resolution.link is Link.LANGUAGE:
            asked_in = language_of(resolution.text)
        told: frozenset[str] = frozenset()
        if previous is not None and resolution.link is Link.TOPIC:
            told = frozenset(citation.id for citation in previous.citations)
        reading, resolved = self._read_table(cleaned, asked_in, resolution, before)
        understood = understand(cleaned, asked_in, matcher=self._matcher, resolved=resolved, told=told)
        understood = replace(understood, text=asked)
        if resolution.references:
            understood = replace(understood, references=resolution.references, wants_references=True)
        route, why = self.route(understood, reading)
        trials: tuple[str, ...] = ()
        sought: tuple[Sought, ...] = ()
        if route is Route.PROSE:
            trials = reading.trials or tuple(name.upper() for name in understood.identifiers)
            if len(trials) == 1:
                understood = replace(understood, identifiers=(trials[0].casefold(),))
            sought = reading.sought or _cells(reading.query)
            if trials and not sought:
                sought = self._tables.sought(understood.resolved, asked_in, reading.unread)
            if trials and not sought and reading.reason == "no_operation" and not reading.unread:
                whole = self._whole_rows(trials)
                if whole is not None:  # "Tell me about NCT…"
                    reading, route, why = Reading(query=whole, confidence=1.0), Route.TABLE, "it asks about a trial"
                    trials = ()
        return Plan(
            question=understood,
            route=route,
            shape=_shape(understood),
            link=resolution.link,
            language=resolution.language or language,
            why=why,
            table=reading.query if route is Route.TABLE else None,
            trials=trials,
            sought=sought,
            beside=self._beside(understood, reading.query) if route in (Route.PROSE, Route.TABLE) else None,
            cells=reading.beside if route is Route.PROSE else None,
        )

    def _beside(self, question: Question, whole: TableQuery | None) -> Beside | None:
        """Return the part of a question that the table answers and the rest, where it asks for both.

        A part that names no trial or disease is about those of the other one.

        Args:
            whole: what the question as a whole asks of the table, which then passes over the rest.
        """
        language = question.language
        pieces = parts(question.text, language)
        if len(pieces) < 2 or question.text != question.resolved:
            return None
        about = " ".join(map(str.upper, question.identifiers))
        about = about or self._prose.topic(question.resolved, language, kinds=_TOPICS)
        found: list[TableQuery] = []
        rest: list[str] = []
        for piece in pieces:
            alone = self._tables.read(piece, language)
            reading = alone
            if alone.query is None or not alone.query.filters:
                reading = self._tables.read(f"{piece} {about}", language)
            if (
                (question.identifiers or alone.reason != "no_trials")
                and reading.query is not None
                and _is_narrow(reading.query)
            ):
                found.append(reading.query)
            elif whole is None or alone.reason == "no_trials":
                rest.append(piece)
            else:
                return None
        if len(found) != 1 or not rest or not may_be_of_trials(question.text, language):
            return None
        return Beside(found[0], " ".join(rest))

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

    def _works_meant(self, previous: Answer, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Return which of the works that an answer cites it is about: cited for results, and for what was asked."""
        position, gives_results = self.retriever.position, self.retriever.gives_results
        told = [c for c in previous.citations if c.id in position and gives_results[position[c.id]]]
        results = {number for citation in told for number in (*citation.references, *citation.passage_references)}
        chosen = tuple(number for number in numbers if number in results) or numbers
        return self._works.nearest(previous.resolved_question, previous.language, chosen)

    def _names_topic(self, question: str, language: Language) -> bool:
        mentions = self._matcher.find(question, language=language)
        kinds = (self._matcher.kind(mention.key) for mention in mentions)
        return any(
            kind.startswith(_TOPICS) and kind != "disease:disease" for kind in kinds
        )  # "which disease" names none

    def _names_things(self, question: str, language: Language) -> bool:
        mentions = self._matcher.find(question, language=language)
        return any(not self._matcher.kind(mention.key).startswith(_BY_THE_WAY) for mention in mentions)

    def _listing(self, earlier: Sequence[str]) -> Answer | None:
        """Return the last answer that named several things, if the turns since then go on from it."""
        for end in range(len(earlier), 0, -1):
            plan, answer = self._previous(earlier[:end])
            if answer is None or plan is None or len(members(answer)) > 1:
                return answer
            if plan.link is Link.NONE:
                return None
        return None

    def _read_table(
        self, question: str, language: Language, resolution: Resolution, before: Plan | None
    ) -> tuple[Reading, str]:
        """Return what a question asks of the table of trials, and the question as it is then understood."""
        text, table = resolution.text, before.table if before is not None else None
        if table is None or resolution.link is Link.SOURCE:
            return self._tables.read(text, language), text
        if resolution.link is Link.LANGUAGE:
            return Reading(query=table, confidence=1.0), text
        if resolution.link is Link.MEMBER:
            alone = self._tables.read(text, language)
            return (alone if alone.query is not None else self._tables.follow_up(text, language, table)), text
        going_on = self._tables.follow_up(question, language, table)
        if going_on.query is None:
            alone = self._tables.read(question, language)
            if alone.query is not None:
                return alone, question
            if going_on.reason == "no_column":
                return going_on, text
            trial = self._tables.picked(question, language, table)
            return alone, f"{trial} {question}" if trial else text
        named = all(item.column is Column.ID for item in going_on.query.filters)
        what = "" if named else describe(going_on.query, language)
        return going_on, f"{question} ({_TRIALS[language]} {what})" if what else question

    def route(self, question: Question, reading: Reading | None = None) -> tuple[Route, str]:
        """Return which part of the engine answers a question, and why.

        Args:
            reading: what it asks of the table of trials; None to read it from the question alone.
        """
        if question.gives_orders:
            return Route.ORDERS, "it instructs the assistant"
        if question.asks_advice and not _only_counts(reading) and not about.is_of_use(question.about):
            return Route.ADVICE, "it asks what somebody should do about their health"
        if question.makes_small_talk:
            return Route.SMALL_TALK, "it is not about the article"
        if question.about is not None and not self._asks_of_a_cited_work(question):
            return Route.ARTICLE, f"it asks about the article itself: {', '.join(question.about.facts)}"
        of_titles = reading is not None and reading.query is not None and reading.of_titles
        if not of_titles and self._bibliography_query(question) is not None:
            return Route.BIBLIOGRAPHY, "it asks about the cited works"
        reading = reading or self._tables.read(question.resolved, question.language)
        of_trials = question.identifiers or any(kind.startswith(_OF_TRIALS) for kind in question.kinds)
        if question.defines and not of_trials:
            return Route.PROSE, "it asks what something is"
        if reading.query is not None and not self._only_in_text(reading.query):
            return Route.TABLE, f"it can be computed over the trials, {reading.confidence:.2f}"
        return Route.PROSE, f"no query over the trials ({reading.reason})"

    def _asks_of_a_cited_work(self, question: Question) -> bool:
        """Whether the paper asked about is one by people who did not write the article: "the year of Zuk's paper"."""
        query = self._bibliography_query(question)
        if query is None:
            return False
        if query.described:
            return False
        if query.numbers or any(unknown.what in ("number", "doi", "pmid") for unknown in query.unknown):
            return True
        if query.journals:
            return True
        if query.kinds and query.topic and not self._is_vague(query, question.language):
            return True  # "the position paper on …"
        if not query.authors:
            return False
        document = self.documents[self.article.id]
        own = next((sentence.text for sentence in document.sentences if sentence.id == "front:authors"), "")
        return not any(named_in(own, author.names) for author in query.authors)

    def _whole_rows(self, trials: Sequence[str]) -> TableQuery | None:
        """Return the look-up of all that the table says of trials of which the text says nothing."""
        document = self.documents[self.article.id]
        if any(not set(trials).isdisjoint(sentence.trials) for sentence in document.sentences):
            return None
        if not set(trials) <= {trial.id for trial in document.trials}:
            return None
        label = Label(" in ".join(trials), " and ".join(trials))
        chosen = Filter(column=Column.ID, operator=Operator.IN, values=tuple(trials), label=label)
        return TableQuery(operation=Operation.LOOKUP, columns=(Column.TITLE, *ALL_COLUMNS), filters=(chosen,))

    def _only_in_text(self, query: TableQuery) -> bool:
        """Whether cells are asked for of trials that the table lacks and the text reports on."""
        if query.operation is not Operation.LOOKUP:
            return False
        document = self.documents[self.article.id]
        wanted = {str(name) for item in query.filters if item.column is Column.ID for name in item.values}
        told = {trial for sentence in document.sentences for trial in sentence.trials}
        return wanted <= told and wanted.isdisjoint(trial.id for trial in document.trials)

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
        self.search("zunajcelični vezikli", k=1)

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
            nearest=lambda: self._nearest([(c.article, c.section) for c in answer.citations], answer.language),
        )
        total = answer.timings_ms["total"] + (time.perf_counter() - started) * 1000
        return replace(worded, timings_ms={**worded.timings_ms, "total": total})

    def _ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> tuple[Plan | None, Answer]:
        started = time.perf_counter()
        try:
            plan = self.plan(question, history=history)
        except QuestionError as error:
            return None, failed(question, Reason(error.reason), question_id=question_id)
        answer = self._answer(plan)
        total = (time.perf_counter() - started) * 1000
        return plan, replace(answer, id=question_id, timings_ms={**answer.timings_ms, "total": total})

    def check(self, claim: str, *, question_id: str = "") -> Answer:
        """Return how a claim stands to the article, with the sentences that decide it."""
        started = time.perf_counter()
        try:
            plan = self.plan(claim)
        except QuestionError as error:
            return failed(claim, Reason(error.reason), question_id=question_id)
        why = "a claim to be checked"
        plan = replace(plan, route=Route.PROSE, shape=Shape.CLAIM, why=why, trials=(), sought=())
        answer = self._from_prose(plan)
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
        article = article or self.article.id
        front = ""
        if len(self.documents) > 1:
            titles = {entry.id: entry.title for entry in self.index.manifest.articles}
            front = f"{self.article.title[language] if article == self.article.id else titles[article]} – "
        if section_id in SECTION_NAMES:
            return front + SECTION_NAMES[section_id][language]
        sections = {section.id: section for section in self.documents[article].sections}
        section = sections[section_id]
        printed = f"{section.number} {section.title}" if section.number else section.title
        if language is Language.EN and section.language is Language.SL and article == self.article.id:
            caption = self.article.translations.get(f"{section_id}:caption", "").split(" (", 1)[0].strip(" .")
            printed = self.article.translations.get(f"{section_id}:title") or caption or printed
        return front + printed

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
        if plan.beside is not None and (both := self._from_both(plan, plan.beside)) is not None:
            return both
        match plan.route:
            case Route.ADVICE:
                return self._abstain(plan, Reason.MEDICAL_ADVICE)
            case Route.ORDERS:
                return self._abstain(plan, Reason.OUT_OF_SCOPE)
            case Route.SMALL_TALK:
                return self._abstain(plan, Reason.SMALL_TALK)
            case Route.TABLE:
                return self._from_table(plan)
            case Route.BIBLIOGRAPHY:
                return self._from_bibliography(plan)
            case Route.ARTICLE:
                return self._about_article(plan)
            case _:
                return self._from_prose(plan)

    def _from_table(self, plan: Plan) -> Answer:
        query = plan.table
        assert query is not None
        result = execute(query, self.documents[self.article.id])
        sentences = compose_table(result, plan.language, translations=self.article.translations)
        if query.operation is Operation.LOOKUP and not result.rows:
            # Nothing to look up: which ids there are instead is all that can be said.
            text = " ".join(sentence.text for sentence in sentences)
            return replace(self._abstain(plan, Reason.NOT_IN_ARTICLE), answer=text)
        assembled = from_table(result, sentences, chunks=self.index.chunks, language=plan.language)
        return self._said(
            plan,
            assembled.sentences,
            assembled.citations,
            listed=assembled.listed,
            computation=assembled.computation,
            confidence=1.0,
        )

    def _from_both(self, plan: Plan, beside: Beside) -> Answer | None:
        """Answer a question of which the text answers one part and the table the other; None where one does not."""
        question, language = plan.question, plan.language
        result = execute(beside.table, self.documents[self.article.id])
        if not 0 < len(result.rows) <= _FEW_TRIALS:
            return None
        topic = self._prose.topic(question.resolved, language)
        names = " ".join((topic, *map(str.upper, question.identifiers)))
        rest = understand(beside.rest, language, matcher=self._matcher, resolved=f"{beside.rest} {names}")
        found = self._prose.find(replace(plan, question=rest, shape=_shape(rest), trials=(), sought=()))
        if not found.chunks or not found.answers or found.unmet:
            return None
        table = from_table(
            result,
            compose_table(result, language, translations=self.article.translations),
            chunks=self.index.chunks,
            language=language,
        )
        said = compose(found.chunks, language=language, trials=found.trials)
        sentences, citations = joined(said, (table.sentences, table.citations))
        listed = is_list(found.chunks)
        return self._said(
            plan, sentences, citations, listed=listed, confidence=found.confidence, computation=table.computation
        )

    def _bibliography_query(self, question: Question) -> BibliographyQuery | None:
        return self._read_bibliography(question.resolved, question.language)

    def _read_works(self, resolved: str, language: Language) -> BibliographyQuery | None:
        """What a question asks of cited works; those it only describes are found by all that is said of them."""
        text = without_opening(about.without_opinion(resolved, language), language)
        document = self.documents[self.article.id]
        query = read_bibliography(text, language, self._matcher, document)
        if query is not None and not self._is_vague(query, language):
            return query
        asked = read_described(text, language, self._matcher, document)
        if asked is None:
            return query
        seeks = seeks_papers(text, language)
        subject = read_subject(text, language, self._matcher, document) if query is None and seeks else None
        if subject is not None and not self._is_vague(subject, language) and self._names_all(subject, language):
            return subject
        found = self._works.find(text, language, n=works_asked(text, language), whole=asked.cited)
        if found is None and seeks:
            query = query or subject
            found = None if query is not None and self._is_in_titles(query) else self._works.on(text, language)
        if found is None:
            return query
        return replace(asked, numbers=found.numbers, places=found.places)

    def _names_all(self, query: BibliographyQuery, language: Language) -> bool:
        """Whether a subject is all that a question tells: no word of it is left that some work might be told by."""
        told = self._works.told(query.question, language)
        named = {word for unit in query.topic for word in unit.text.split()}
        return bool(named) and named.issuperset(told)

    def _is_in_titles(self, query: BibliographyQuery) -> bool:
        shelf = bibliography(self.documents[self.article.id], self._matcher)
        return not query.topic or bool(shelf.by_topic(query.topic).numbers)

    def _is_vague(self, query: BibliographyQuery, language: Language) -> bool:
        """Whether no title names all that a query says of the works it asks for."""
        if query.operation not in (BibliographyOperation.FIELD, BibliographyOperation.LIST) or query.statement:
            return False
        named = query.numbers or query.authors or query.journals or query.unknown or query.sections
        if named or not query.topic:
            return False
        match = bibliography(self.documents[self.article.id], self._matcher).by_topic(query.topic)
        if match.numbers and any(unit.joined for unit in query.topic):
            return False  # titles that name one of several things answer
        return not match.whole or bool(match.unmatched) or len(match.numbers) < works_asked(query.question, language)

    def _asks_beyond_references(self, question: Question) -> bool:
        document = self.documents[self.article.id]
        return asks_beyond(question.resolved, question.language, self._matcher, document)

    def _from_bibliography(self, plan: Plan) -> Answer:
        query = self._bibliography_query(plan.question)
        assert query is not None
        document, language = self.documents[self.article.id], plan.question.language
        places = Places(document, self.retriever, self._matcher)
        result = execute_bibliography(
            query,
            document,
            matcher=self._matcher,
            find_sentences=lambda said: (
                (self._told(said, language) if query.statement else []) or places.sentences(said, language)
            ),
            find_entry=lambda subject: places.entry(subject, language),
        )
        sentences = compose_bibliography(result, language=plan.language, translations=self.article.translations)
        assembled = from_bibliography(result, sentences, chunks=self.index.chunks, language=plan.language)
        if not assembled.citations:
            text = " ".join(sentence.text for sentence in sentences)
            return replace(self._abstain(plan, Reason.NOT_IN_ARTICLE), answer=text)
        return self._said(
            plan,
            assembled.sentences,
            assembled.citations,
            listed=assembled.listed,
            computation=assembled.computation,
            confidence=1.0,
        )

    def _told(self, statement: str, language: Language) -> list[Sentence]:
        """Return where the article says something of a work that a statement fits best; none where none does."""
        found = self._works.find(statement, language, whole=True)
        sentences = self.documents[self.article.id].sentences
        return [sentence for sentence in sentences if found and sentence.id == found.said]

    def _about_article(self, plan: Plan) -> Answer:
        """Answer with the pieces that hold the facts asked for, and say which of them the article lacks."""
        asked = plan.question.about
        assert asked is not None
        held = {fact: self._held(fact, plan.language, asked.edition) for fact in asked.facts}
        missing = tuple(about.unsaid(fact, plan.language) for fact, found in held.items() if not found)
        unsaid = [UNSAID[plan.language].format(what=what) for what in missing]
        assembled = from_article([item for found in held.values() for item in found])
        if not assembled.citations:
            return replace(self._abstain(plan, Reason.NOT_IN_ARTICLE), answer=" ".join(unsaid))
        before = [WRITTEN_IN[plan.language][self._written_in]] if Fact.LANGUAGE in asked.facts else []
        opening, closing = (
            [AnswerSentence(text=text, markers=(), support=Support.NOTICE) for text in texts]
            for texts in (before, unsaid)
        )
        answer = self._said(
            plan,
            (*opening, *assembled.sentences, *closing),
            assembled.citations,
            listed=assembled.listed,
            confidence=1.0,
        )
        return replace(answer, grounding=Grounding.PARTLY if missing else Grounding.GROUNDED, missing=missing)

    def _held(self, fact: Fact, language: Language, edition: Language | None) -> list[Held]:
        """Return what of the bundled article holds a fact; "this article" is that one, as for its tables."""
        chunks = [chunk for chunk in self.retriever.chunks if chunk.article == self.article.id]
        if fact is Fact.LANGUAGE:
            edition = self._written_in
        return about.held(fact, chunks, language, edition=edition)

    @property
    def _written_in(self) -> Language:
        return self.documents[self.article.id].language

    def _from_prose(self, plan: Plan) -> Answer:
        told = self._told_in_text(plan)
        return told if plan.cells is None else self._with_cells(plan, told)

    def _with_cells(self, plan: Plan, told: Answer) -> Answer:
        """Add to what the text tells of trials, or does not, the cells that a question asks for as well."""
        cells = self._from_table(replace(plan, table=plan.cells))
        if told.outcome is not Outcome.ANSWERED:
            told = self._told_of_parts(plan, told)
        if told.outcome is not Outcome.ANSWERED:
            what = joined_names([item.name.of(plan.language) for item in plan.sought], plan.language)
            text = NOT_OF_TRIAL[True][plan.language].format(trials=joined_names(plan.trials, plan.language), what=what)
            unsaid = AnswerSentence(text=text, markers=(), support=Support.NOTICE)
            sentences = (*cells.sentences, unsaid)
            return replace(
                cells,
                answer=text_of(sentences, listed=True),
                sentences=sentences,
                grounding=Grounding.PARTLY,
                missing=(what,),
                confidence=told.confidence,
            )
        sentences, citations = joined((told.sentences, told.citations), (cells.sentences, cells.citations))
        return replace(
            told,
            answer=text_of(sentences, listed=True),
            sentences=sentences,
            citations=citations,
            computation=cells.computation,
        )

    def _told_of_parts(self, plan: Plan, told: Answer) -> Answer:
        """Answer the part of a question that is about no trial by itself: "Why should it help, and how many …?"."""
        question, language = plan.question, plan.language
        rest = [part for part in parts(question.text, language) if not may_be_of_trials(part, language)]
        if len(rest) != 1 or question.text != question.resolved:
            return told
        alone = understand(rest[0], language, matcher=self._matcher, resolved=rest[0])
        answer = self._told_in_text(replace(plan, question=alone, shape=_shape(alone), trials=(), sought=()))
        return answer if answer.outcome is Outcome.ANSWERED else told

    def _told_in_text(self, plan: Plan) -> Answer:
        found = self._prose.find(plan)
        logger.debug("confidence %.3f, evidence %s", found.confidence, [chunk.id for chunk in found.chunks])
        answers = bool(found.chunks) and not found.unmet and found.answers
        if answers and all(chunk.kind is Kind.REFERENCE for chunk in found.chunks):
            answers = not self._asks_beyond_references(plan.question)
        if (plan.trials or plan.sought) and not (answers and self._speaks_of_trials(plan, found.chunks)):
            given = self._prose.giving(plan.question, plan.trials)
            if plan.cells is not None and not given:
                given = self._prose.telling(plan.sought, plan.trials)
            if given:
                return self._said(
                    plan, *compose(given, language=plan.language), listed=False, confidence=found.confidence
                )
            return replace(self._not_told(plan), confidence=found.confidence)
        if not answers:
            in_domain = any(word.concepts for word in plan.question.words)
            reason = Reason.NOT_IN_ARTICLE if in_domain else Reason.OUT_OF_SCOPE
            answer = replace(self._abstain(plan, reason), confidence=found.confidence)
            if in_domain and found.nearest:
                answer = replace(answer, answer=f"{answer.answer} {self._nearest(found.nearest, plan.language)}")
            return answer
        sentences, citations = compose(found.chunks, language=plan.language, trials=found.trials)
        notices = [
            AnswerSentence(text=text, markers=(), support=Support.NOTICE)
            for text in ([VERDICTS[found.check.verdict][plan.language]] if found.check else [])
        ]
        unanswered = [
            AnswerSentence(text=MISSING[plan.language].format(part=f"»{part}«"), markers=(), support=Support.NOTICE)
            for part in found.missing
        ]
        answer = self._said(
            plan,
            (*notices, *sentences, *unanswered),
            citations,
            listed=is_list(found.chunks),
            confidence=found.confidence,
        )
        return replace(
            answer,
            grounding=Grounding.PARTLY if found.missing else Grounding.GROUNDED,
            missing=found.missing,
            check=found.check,
        )

    def _speaks_of_trials(self, plan: Plan, chunks: Sequence[Chunk]) -> bool:
        """Whether what was found tells of the trials asked about what is sought; definitions hold for all of them."""
        text = " ".join(form for chunk in chunks for form in chunk.search.values())
        if not all(gives(text, item) for item in plan.sought):
            return False
        return (
            not plan.trials
            or plan.shape is Shape.DEFINITION
            or any(
                chunk.kind is Kind.LEGEND
                or self._prose.tells_of(chunk, plan.trials)
                or (not plan.sought and not set(plan.trials).isdisjoint(chunk.trials))
                for chunk in chunks
            )
        )

    def _not_told(self, plan: Plan) -> Answer:
        """Say what the article does not tell of the trials asked about, and what it does."""
        document, language = self.documents[self.article.id], plan.language
        listed = {trial.id for trial in document.trials}
        mentioned = [s for s in document.sentences if not set(plan.trials).isdisjoint(s.trials)]
        what = joined_names([item.name.of(language) for item in plan.sought], language)
        trials = joined_names(plan.trials, language)
        text = [NOT_OF_TRIAL[bool(plan.trials)][language].format(trials=trials, what=what or WHAT_IS_ASKED[language])]
        if not plan.trials or listed.issuperset(plan.trials):
            columns = joined_names(column_names(document, language), language)
            text.append(COLUMNS_THERE[bool(plan.trials)][language].format(columns=columns))
        elif not listed & set(plan.trials):
            text.append(NOT_LISTED[language].format(trials=trials))
        if mentioned:
            sections = dict.fromkeys(self.section_title(s.section, language) for s in mentioned)
            text.append(MENTIONED[language].format(sections="; ".join(sections)))
        return replace(self._abstain(plan, Reason.NOT_IN_ARTICLE), answer=" ".join(text))

    def _nearest(self, sections: Iterable[tuple[str, str]], language: Language) -> str:
        """Return where the article comes closest, by article and section."""
        titles = (self.section_title(section, language, article) for article, section in dict.fromkeys(sections))
        return NEAREST[language].format(sections="; ".join(titles))

    def _said(
        self,
        plan: Plan,
        sentences: tuple[AnswerSentence, ...],
        citations: tuple[Citation, ...],
        *,
        listed: bool,
        confidence: float,
        computation: Computation | None = None,
    ) -> Answer:
        return Answer(
            id="",
            question=plan.question.text,
            resolved_question=plan.question.resolved,
            language=plan.language,
            outcome=Outcome.ANSWERED,
            reason=None,
            answer=text_of(sentences, listed=listed),
            grounding=Grounding.GROUNDED,
            sentences=sentences,
            computation=computation,
            confidence=confidence,
            citations=citations,
            caveats=caveats(
                citations,
                self.article.notes_by_piece,
                language=plan.language,
                question=plan.question,
                computation=computation,
            ),
        )

    def _abstain(self, plan: Plan, reason: Reason) -> Answer:
        return Answer(
            id="",
            question=plan.question.text,
            resolved_question=plan.question.resolved,
            language=plan.language,
            outcome=Outcome.ABSTAINED,
            reason=reason,
            answer=ABSTENTIONS[reason][plan.language],
        )


def _is_narrow(query: TableQuery) -> bool:
    """Whether a query is about certain trials or diseases."""
    return any(item.column in (Column.ID, Column.CONDITION) for item in query.filters)


def _cells(query: TableQuery | None) -> tuple[Sought, ...]:
    """Return the cells that are asked for of trials which the table lacks."""
    if query is None:
        return ()
    names = [COLUMN_NAMES[column] for column in query.columns]
    return tuple(Sought(Label(name[Language.SL][0], name[Language.EN][0])) for name in names)


def _only_counts(reading: Reading | None) -> bool:
    """Whether a question, wholly understood, asks for a number over trials: "how many participants would I have?"."""
    if reading is None or reading.query is None or reading.unread:
        return False
    return reading.query.operation in _NUMBERS and bool(reading.query.filters)


def _shape(question: Question) -> Shape:
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
