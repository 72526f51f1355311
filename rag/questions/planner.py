"""From a question and those before it to the plan: what it leans on, what it asks of which source."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

from corpus.terms import searchable
from corpus.types import Language
from rag.answer import Answer, Outcome
from rag.prose.parts import asks, may_be_of_trials, parts
from rag.prose.several import topic_of
from rag.questions import about
from rag.questions.advice import asks_advice
from rag.questions.carry import Carrier
from rag.questions.dialogue import Link, Resolution, asks_for_trials, members, resolve, trials_of
from rag.questions.plan import Beside, Plan, Route, shape_of
from rag.questions.question import Question, clean, content_words, language_of, understand, written
from rag.questions.readings import Said, Way, readings
from rag.questions.spelling import Speller
from rag.questions.swap import asked_of
from rag.routes.desk import Desk
from rag.routes.works import CitedWorks
from rag.tables.asked import ALL_COLUMNS
from rag.tables.data import sources
from rag.tables.query import Column, Filter, Label, Operation, Operator, Sought, TableQuery, describe
from rag.tables.read import Reading, TableReader
from rag.tables.scan import asking
from rag.tables.words import COLUMN_NAMES

_TRIALS = {Language.SL: "študije", Language.EN: "trials"}
_TRIALS_ON = {Language.SL: "študije za", Language.EN: "trials on"}
# Kinds of concepts that a question is about.
_TOPICS = ("disease:", "organ:")
# Kinds of concepts that a question may name without saying what it is about.
_BY_THE_WAY = ("trial:", "study:", "other:", "property:")
# Kinds of concepts that only a question about trials names.
_OF_TRIALS = ("trial:", "study:", "country:", "kind:")
_TWO = 2
# Readings that ask the table anew, whatever was asked of it before.
_ANEW = (Way.ALONE, Way.TRIALS)
# From this confidence on, a question that was read without a word left over is one for the table alone.
_CERTAIN = 0.6
# A study told by its year; 2024 is that of the registry, too.
_DATED = re.compile(r"\b(19|20)[01]\d\b|\b202[0-35-9]\b")
# What nobody asks about their own health.
_NUMBERS = (Operation.COUNT, Operation.SUM, Operation.MEAN, Operation.MEDIAN, Operation.SHARE, Operation.GROUP)


class Planner:
    """Finds out what kind a question is, and so what answers it."""

    def __init__(
        self,
        desk: Desk,
        works: CitedWorks,
        speller: Speller,
        previous: Callable[[Sequence[str]], tuple[Plan | None, Answer | None]],
    ) -> None:
        """`previous` plans and answers the last of the questions before."""
        self.speller = speller
        self._desk = desk
        self._matcher = desk.matcher
        self._works = works
        self._tables = TableReader(desk.document, desk.article.glossary, desk.matcher)
        self._previous = previous
        self._carrier = Carrier(desk.matcher, desk.index.lexicon, desk.retriever.word_vectors)

    def readings(self, question: str, earlier: Sequence[str]) -> tuple[tuple[Way, Plan], ...]:
        """Return what may be done with a question after those before it; as its form tells first.

        Raises:
            QuestionError: it is empty, too long, or in neither Slovene nor English.
        """
        asked = clean(question)
        language = language_of(asked, earlier=earlier)
        cleaned = written(self.speller.mend(asked, language), language)
        last, previous = self._previous(earlier)
        said = self._said(earlier, language)
        subject = next((turn for turn in said if turn.answer.outcome is Outcome.ANSWERED), said[0] if said else None)
        before = subject.plan if subject else None

        def instead(topic: str) -> str:
            return asked_of(topic, cleaned, language, self._matcher)

        by_form = resolve(
            cleaned,
            language,
            n_content=len(content_words(cleaned, language)),
            previous=previous,
            subject=subject.answer if subject else None,
            topic=subject.topic if subject else "",
            listing=self._listing(earlier),
            names_topic=self._names_topic(cleaned, language),
            names_things=self._names_things(cleaned, language),
            instead=instead,
            nearest=self._works.meant,
        )
        if by_form.language is not None and last is not None:
            return ((Way.FORM, replace(last, link=Link.LANGUAGE, language=by_form.language)),)
        found = readings(
            cleaned,
            by_form,
            said,
            trial=self._trial(said),
            trials=self._trials_on(cleaned, language, subject) if subject else "",
            instead=instead,
        )
        plans = [
            (
                reading.way,
                self._planned(
                    asked, cleaned, language, reading.resolution, None if reading.way in _ANEW else before, previous
                ),
            )
            for reading in found
        ]
        # Of the trials on something, only the table tells.
        return tuple((way, plan) for way, plan in plans if way is not Way.TRIALS or plan.route is Route.TABLE)

    def _said(self, earlier: Sequence[str], language: Language) -> list[Said]:
        """Return the turns before that are about something themselves, the last one first."""
        found = []
        for end in range(len(earlier), 0, -1):
            plan, answer = self._previous(earlier[:end])
            if plan is None or answer is None or plan.link in (Link.SOURCE, Link.LANGUAGE):
                continue
            asked, whole, topic = (
                self._carrier.carried(text.rstrip(" ?!."), plan.question.language, language)
                for text in (plan.question.text, plan.question.resolved, plan.topic or answer.resolved_question)
            )
            found.append(Said(asked, whole, topic, plan, answer))
        return found

    def _trial(self, said: Sequence[Said]) -> str:
        """Return the one trial last spoken of, or the one that the last answer added to those before it."""
        told = [set(trials_of(turn.answer)) for turn in said if turn.answer.outcome is Outcome.ANSWERED]
        if not told:
            return ""
        added = told[0] - told[1] if len(told) > 1 else set()
        return next((one.pop() for one in (set(told[0]), added) if len(one) == 1), "")

    def _trials_on(self, question: str, language: Language, subject: Said) -> str:
        """Return in words the trials on the disease or organ last spoken of; "" where a question asks for none."""
        if not asks_for_trials(question, language) or self._names_topic(question, language):
            return ""
        chunks = self._desk.index.chunks
        cited = [" ".join(chunks[c.id].search.values()) for c in subject.answer.citations if c.id in chunks]
        for texts in ((subject.question, subject.whole, subject.topic), cited):
            for wanted, text in product((*_TOPICS, "tissue:"), texts):
                keys = dict.fromkeys(mention.key for mention in self._matcher.find(text))
                named = [key for key in keys if self._is_one(key, wanted)]
                if 0 < len(named) <= _TWO:
                    names = " ".join(self._matcher.name(key, language) for key in named)
                    return f"{_TRIALS_ON[language]} {names}"
        return ""

    def _is_one(self, key: str, of: str) -> bool:
        """Whether a concept is one thing of a kind, not the kind as such, nor what a preparation is made from."""
        kind = self._matcher.kind(key)
        return kind.startswith(of) and kind != f"{of}{of.removesuffix(':')}" and key not in sources()

    def _planned(
        self,
        asked: str,
        cleaned: str,
        language: Language,
        resolution: Resolution,
        before: Plan | None,
        previous: Answer | None,
    ) -> Plan:
        """Return what would be done with a question that is understood so."""
        told: frozenset[str] = frozenset()
        if previous is not None and resolution.link is Link.TOPIC:
            told = frozenset(citation.id for citation in previous.citations)
        reading, resolved = self._read_table(cleaned, language, resolution, before)
        understood = understand(cleaned, language, matcher=self._matcher, resolved=resolved, told=told)
        understood = replace(understood, text=asked, about=_about(understood))
        if resolution.references:
            understood = replace(understood, references=resolution.references, wants_references=True)
        route, why = self.route(understood, reading)
        trials: tuple[str, ...] = ()
        sought: tuple[Sought, ...] = ()
        if route is Route.PROSE:
            if _DATED.search(understood.resolved):  # the table has no years: "the study of 2013" is one of the text
                reading = replace(reading, trials=(), sought=(), beside=None)
            trials = reading.trials or tuple(name.upper() for name in understood.identifiers)
            if len(trials) == 1:
                understood = replace(understood, identifiers=(trials[0].casefold(),))
            sought = reading.sought or _cells(reading.query)
            if trials and not sought:
                sought = self._tables.sought(understood.resolved, language, reading.unread)
            if trials and not sought and reading.reason == "no_operation" and not reading.unread:
                whole = self._whole_rows(trials)
                if whole is not None:  # "Tell me about NCT…"
                    reading, route, why = Reading(query=whole, confidence=1.0), Route.TABLE, "it asks about a trial"
                    trials = ()
        return Plan(
            question=understood,
            route=route,
            shape=shape_of(understood),
            link=resolution.link,
            topic=resolution.topic,
            language=language,
            why=why,
            table=reading.query if route is Route.TABLE else None,
            trials=trials,
            sought=sought,
            beside=self._beside(understood, route, reading),
        )

    def _beside(self, question: Question, route: Route, reading: Reading) -> tuple[Beside, ...]:
        """Return how a question may be divided between the table and the text."""
        # What was read without a word left over asks nothing of the text.
        alone = route is Route.TABLE and not reading.unread and reading.confidence >= _CERTAIN
        if alone or route not in (Route.PROSE, Route.TABLE):
            return ()
        by_parts = self._by_parts(question, reading.query)
        by_cells = Beside(reading.beside) if reading.beside is not None and route is Route.PROSE else None
        return tuple(beside for beside in (by_parts, by_cells) if beside is not None)

    def _by_parts(self, question: Question, whole: TableQuery | None) -> Beside | None:
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
        about = about or topic_of(question.resolved, language, self._matcher, kinds=(*_TOPICS, "tissue:"))
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
            elif whole is None or (alone.reason == "no_trials" and asks(piece, language)):
                rest.append(piece)
            elif alone.reason == "no_trials":
                continue  # "Perianal fistulas – how many trials?": what it is about asks nothing
            else:
                return None
        query = _together(found)
        if query is None or not rest or not may_be_of_trials(question.text, language):
            return None
        return Beside(query, " ".join(rest))

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
            reading = self._tables.read(text, language)
            if reading.query is None and resolution.trials:
                reading = self._tables.read(resolution.trials, language)  # "Is there one on that in humans?"
            return reading, text
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
            if not trial:
                return alone, text
            of_one = self._tables.read(f"{trial} {question}", language)
            return (of_one if of_one.query is not None else alone), f"{trial} {question}"
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
        if question.asks_advice and not _only_reads(question, reading) and not about.is_of_use(question.about):
            return Route.ADVICE, "it asks what somebody should do about their health"
        if question.makes_small_talk:
            return Route.SMALL_TALK, "it is not about the article"
        if self._desk.displays_lacking(question):
            return Route.PROSE, "it asks about a table or figure that is not there"
        if question.about is not None and not self._works.is_of_one(question):
            return Route.ARTICLE, f"it asks about the article itself: {', '.join(question.about.facts)}"
        of_rows = reading is not None and reading.query is not None and (reading.of_titles or reading.of_listed)
        if not of_rows and self._works.query(question) is not None:
            return Route.BIBLIOGRAPHY, "it asks about the cited works"
        reading = reading or self._tables.read(question.resolved, question.language)
        of_trials = question.identifiers or any(kind.startswith(_OF_TRIALS) for kind in question.kinds)
        if question.defines and not of_trials:
            return Route.PROSE, "it asks what something is"
        if question.in_time and not question.identifiers:
            return Route.PROSE, "the table has no dates"
        if reading.query is not None and not self._only_in_text(reading.query):
            return Route.TABLE, f"it can be computed over the trials, {reading.confidence:.2f}"
        return Route.PROSE, f"no query over the trials ({reading.reason})"

    def _whole_rows(self, trials: Sequence[str]) -> TableQuery | None:
        """Return the look-up of all that the table says of trials of which the text says nothing."""
        document = self._desk.document
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
        document = self._desk.document
        wanted = {str(name) for item in query.filters if item.column is Column.ID for name in item.values}
        told = {trial for sentence in document.sentences for trial in sentence.trials}
        return wanted <= told and wanted.isdisjoint(trial.id for trial in document.trials)


def _about(question: Question) -> about.Asked | None:
    """Return the facts of the article that a question or a part of it by itself asks for."""
    asked, pieces = question.about, parts(question.text, question.language)
    if asked is None or len(pieces) < _TWO:
        return asked
    alone = [found for piece in pieces if (found := about.read(piece, question.language)) is not None]
    return replace(asked, facts=tuple(dict.fromkeys(fact for found in (*alone, asked) for fact in found.facts)))


def _together(queries: Sequence[TableQuery]) -> TableQuery | None:
    """Return what several parts of a question ask of the table: cells of the same trials at most."""
    if len(queries) < _TWO:
        return queries[0] if queries else None
    first = queries[0]
    if any(query.operation is not Operation.LOOKUP or query.filters != first.filters for query in queries):
        return None
    return replace(first, columns=tuple(dict.fromkeys(column for query in queries for column in query.columns)))


def _is_narrow(query: TableQuery) -> bool:
    """Whether a query is about certain trials or diseases."""
    return any(item.column in (Column.ID, Column.CONDITION) for item in query.filters)


def _cells(query: TableQuery | None) -> tuple[Sought, ...]:
    """Return the cells that are asked for of trials which the table lacks."""
    if query is None:
        return ()
    names = [COLUMN_NAMES[column] for column in query.columns]
    return tuple(Sought(Label(name[Language.SL][0], name[Language.EN][0])) for name in names)


def _only_reads(question: Question, reading: Reading | None) -> bool:
    """Whether a question, wholly understood, asks of trials what the table says.

    Either it asks for a number ("how many participants would I have?"), or what asks in it speaks of nobody's health:
    "Mum has melasma. Which trials on it are recruiting?".
    """
    if reading is None or reading.query is None or reading.unread or not reading.query.filters:
        return False
    told, asked = asking(question.text)
    return reading.query.operation in _NUMBERS or (bool(told) and not asks_advice(searchable(asked), question.language))
