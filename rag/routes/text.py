"""Answers in sentences of the article, and what is said where it has none."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from corpus.terms import searchable
from corpus.types import Kind
from ingest.chunk import Chunk
from rag.answer import Answer, AnswerSentence, Citation, Grounding, Reason, Support
from rag.messages import (
    COLUMNS_THERE,
    DISPLAYS,
    MENTIONED,
    MISSING,
    NO_DISPLAY,
    NOT_LISTED,
    NOT_OF_TRIAL,
    VERDICTS,
    WHAT_IS_ASKED,
)
from rag.prose.answers import Found, Prose
from rag.prose.compose import compose, is_list
from rag.prose.noted import names_table, noted
from rag.prose.trials import giving, telling, tells_of, unnamed
from rag.questions.plan import Plan, Shape
from rag.routes.desk import Desk
from rag.routes.works import CitedWorks
from rag.tables.data import lexicon, whole
from rag.tables.grammar import listed as joined_names
from rag.tables.sought import gives
from rag.tables.words import column_names

logger = logging.getLogger(__name__)

# Who asks for advice is pointed to so many sections.
_POINTERS = 3

# What a row of the table of trials gives a number of.
_COUNTED_IN_ROWS = ("participant", "trial")


class Text:
    """Answers in sentences of the article."""

    def __init__(self, desk: Desk, prose: Prose, works: CitedWorks) -> None:
        self._desk = desk
        self._prose = prose
        self._works = works

    def answer(self, plan: Plan) -> Answer:
        """Return what the text says to a planned question."""
        if absent := self._desk.displays_lacking(plan.question):
            return self._no_display(plan, absent)
        found = _without_rows(self._prose.find(plan), plan)
        logger.debug("confidence %.3f, evidence %s", found.confidence, [chunk.id for chunk in found.chunks])
        answers = bool(found.chunks) and not found.unmet and found.answers
        if answers and all(chunk.kind is Kind.REFERENCE for chunk in found.chunks):
            answers = not self._works.asks_beyond(plan.question)
        if (plan.trials or plan.sought) and not (answers and self._speaks_of_trials(plan, found.chunks)):
            given = giving(plan.question, plan.trials, self._desk.retriever)
            if not given and any(not beside.rest for beside in plan.beside):
                given = telling(plan.sought, plan.trials, self._desk.retriever)
            if given:
                return self._desk.said(plan, *self._composed(plan, given), listed=False, confidence=found.confidence)
            return replace(self._not_told(plan), confidence=found.confidence)
        if not answers:
            return self._refused(plan, found)
        sentences, citations = self._composed(plan, found.chunks)
        notices = [
            AnswerSentence(text=text, markers=(), support=Support.NOTICE)
            for text in ([VERDICTS[found.check.verdict][plan.language]] if found.check else [])
        ]
        unanswered = [
            AnswerSentence(text=MISSING[plan.language].format(part=f"»{part}«"), markers=(), support=Support.NOTICE)
            for part in found.missing
        ]
        answer = self._desk.said(
            plan,
            (*notices, *sentences, *unanswered, *self._not_in_table(plan)),
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

    def refusal(self, plan: Plan) -> Answer:
        """Return that the article does not answer a question, and what comes closest."""
        return self._refused(plan, self._prose.find(plan))

    def _refused(self, plan: Plan, found: Found) -> Answer:
        in_domain = any(word.concepts for word in plan.question.words)
        reason = Reason.NOT_IN_ARTICLE if in_domain else Reason.OUT_OF_SCOPE
        answer = replace(self._desk.abstain(plan, reason), confidence=found.confidence)
        if in_domain and found.nearest:
            answer = replace(answer, answer=f"{answer.answer} {self._desk.nearest(found.nearest, plan.language)}")
        return answer

    def _not_in_table(self, plan: Plan) -> list[AnswerSentence]:
        """Say of trials that the table is asked about that it lacks them."""
        lacking = set(plan.trials) - {trial.id for trial in self._desk.document.trials}
        if not lacking or not names_table(plan.question):
            return []
        trials = joined_names([trial for trial in plan.trials if trial in lacking], plan.language)
        said = NOT_LISTED[plan.language].format(trials=trials)
        return [AnswerSentence(text=said, markers=(), support=Support.NOTICE)]

    def no_advice(self, plan: Plan) -> Answer:
        """Decline to advise anybody, and point to where the article speaks of the disease that is named."""
        answer = self._desk.abstain(plan, Reason.MEDICAL_ADVICE)
        diseases = {kind for kind in plan.question.kinds if kind.startswith("disease:")} - {"disease:disease"}
        sections = dict.fromkeys(
            (chunk.article, chunk.section)
            for chunk in self._desk.retriever.chunks
            if chunk.kind is Kind.SENTENCE
            and not chunk.section.startswith("abstract")
            and diseases & self._desk.retriever.kinds_of(chunk)
        )
        if not sections:
            return answer
        return replace(
            answer, answer=f"{answer.answer} {self._desk.nearest(list(sections)[:_POINTERS], plan.language)}"
        )

    def contradicting(self, plan: Plan) -> Answer | None:
        """Return the places that a question about contradictions means; None where it asks of none that is known."""
        chunks = noted(plan.question, self._desk.article.notes, self._desk.retriever, self._desk.matcher)
        if not chunks:
            return None
        said = self._composed(plan, chunks)
        return self._desk.said(plan, *said, listed=is_list(chunks), confidence=1.0)

    def _composed(self, plan: Plan, chunks: Sequence[Chunk]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
        return compose(chunks, language=plan.language, trials=unnamed(chunks, self._desk.retriever))

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
                or tells_of(chunk, plan.trials, self._desk.retriever)
                or (not plan.sought and not set(plan.trials).isdisjoint(chunk.trials))
                for chunk in chunks
            )
        )

    def _no_display(self, plan: Plan, absent: Sequence[str]) -> Answer:
        """Say that the article has no such table or figure, and which it has."""

        def named(ids: Iterable[str], *, by_itself: bool) -> list[str]:
            parts = (name.split("-") for name in ids)
            return [f"{DISPLAYS[kind][plan.language][by_itself]} {number}" for kind, number in parts]

        text = NO_DISPLAY[plan.language].format(
            absent=joined_names(named(absent, by_itself=False), plan.language),
            present=", ".join(named(self._desk.displays, by_itself=True)),
        )
        return replace(self._desk.abstain(plan, Reason.NOT_IN_ARTICLE), answer=text)

    def _not_told(self, plan: Plan) -> Answer:
        """Say what the article does not tell of the trials asked about, and what it does."""
        document, language = self._desk.document, plan.language
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
            sections = dict.fromkeys(self._desk.section_title(s.section, language) for s in mentioned)
            text.append(MENTIONED[language].format(sections="; ".join(sections)))
        return replace(self._desk.abstain(plan, Reason.NOT_IN_ARTICLE), answer=" ".join(text))


def _without_rows(found: Found, plan: Plan) -> Found:
    """Return what was found, without rows of trials where they tell nothing.

    That is beside sentences, unless one of these trials is named, and where they cannot tell the number asked for:
    "how many nurses".
    """
    rows = [chunk for chunk in found.chunks if chunk.kind is Kind.TABLE_ROW and chunk.trials]
    if found.best is not None and found.best.kind is Kind.SENTENCE:
        beside = [row for row in rows if set(row.trials).isdisjoint(plan.trials)]
        return replace(found, chunks=tuple(chunk for chunk in found.chunks if chunk not in beside))
    raw = lexicon(plan.question.language).raw
    nouns = "|".join(raw[name] for name in _COUNTED_IN_ROWS)
    counted = whole(rf"(?:{raw['how_many']})[ ](?:\w+[ ])?(?:{nouns})").search(searchable(plan.question.resolved))
    if not plan.question.point.counted or counted:
        return found
    return replace(found, chunks=tuple(chunk for chunk in found.chunks if chunk.kind is not Kind.TABLE_ROW))
