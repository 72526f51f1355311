"""A question asked again, more widely, where the article does not answer it as it was put.

People who have not read the article say "exosomes" where it speaks of vesicles in general, leave out what everybody
asks about here ("How are they given?"), or type no more than the name of a disease. So a question is relaxed step by
step (query relaxation, Gaasterland 1997), and what was understood stands in the answer's resolved question: first of
vesicles in place of exosomes, then of vesicles where nothing is named, then of a disease as such, in text and table.
Last, where the learned index holds it likely that the table alone tells, its trials on the named disease are listed.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import STOP_WORDS, searchable, words
from corpus.types import Kind, Language
from rag.answer import Answer, AnswerSentence, Grounding, Outcome, Support
from rag.messages import IN_GENERAL, ONLY_TRIALS
from rag.prose.compose import is_list, text_of
from rag.prose.parts import parts
from rag.questions.dialogue import Link
from rag.questions.plan import Plan, Route, Shape
from rag.questions.question import Question, understand
from rag.questions.swap import without
from rag.routes.desk import Desk
from rag.routes.table import from_table
from rag.routes.text import Text
from rag.tables.query import Operation, TableQuery
from rag.tables.read import TableReader

# What an answer must be about; a question that names none of these is about the subject of the article.
_SUBJECTS = ("vesicle", "cell")
# What a question may be on as such.
_TOPICS = ("disease", "organ")
_COUNTRY = "country"
# Words between two topics, of which either will do.
_JOINING = {Language.SL: frozenset({"ali", "in"}), Language.EN: frozenset({"or", "and"})}
# How likely it must be that the table of trials alone tells, to list what it has on what a question names.
_LIKELY = 0.5
# What it may name beside its topic without asking for anything narrower: the beginning of "kind:key".
_BESIDE = ("vesicle", "cell", "study", "trial:trial", "other:patient", "other:human", "other:child", "other:adult")


class Wider:
    """Asks again what the text did not answer."""

    def __init__(self, desk: Desk, text: Text) -> None:
        self._desk = desk
        self._text = text
        self._tables = TableReader(desk.document, desk.article.glossary, desk.matcher)

    def answer(self, plan: Plan, told: Answer) -> Answer | None:
        """Return the answer to a question in prose put more widely; None where there is none either.

        Args:
            told: what the text answers to it as it is put. An answer gives way only to the table, where it is the
                less likely of the two.
        """
        question = plan.question
        if plan.route is not Route.PROSE or plan.trials or plan.sought or question.identifiers or question.told:
            return None
        answers = self._of_table(plan, told.confidence) if told.outcome is Outcome.ANSWERED else self._answers(plan)
        answer = next((answer for answer in answers if answer.outcome is Outcome.ANSWERED), None)
        return None if answer is None else replace(answer, question=question.text)

    def _answers(self, plan: Plan) -> Iterator[Answer]:
        question = plan.question
        if general := self._in_general(question):
            yield self._noticed(self._text.answer(self._asked(plan, general)), IN_GENERAL[plan.language])
        if plan.link is Link.NONE and (named := self._of_subject(question)):
            yield self._text.answer(self._asked(plan, named))
        if plan.shape is Shape.CLAIM or question.expects.strict or question.compares:
            return
        if self._is_as_such(question):
            told = self._text.answer(replace(plan, shape=Shape.OVERVIEW))
            if self._is_on_topic(told, question):
                yield told
        if self._names_only_concepts(question) and (query := self._trials(question)):
            told = from_table(replace(plan, route=Route.TABLE, table=query), self._desk)
            if told.computation is None or not told.computation.rows:
                return
            bare = not any(_is(question.language, "asking", word.text) for word in question.words)
            if bare or re.search(_cues()[question.language]["trying"], searchable(question.text)):
                yield told
            elif not self._is_told_of(question):
                yield self._noticed(told, ONLY_TRIALS[plan.language], missing=question.text)
        yield from self._of_table(plan)

    def _of_table(self, plan: Plan, confidence: float = 0.0) -> Iterator[Answer]:
        """Yield the trials on what a question names, if it is likely enough that the table alone tells.

        Args:
            confidence: of what the text answers.
        """
        question = plan.question
        if plan.shape is Shape.CLAIM or question.expects.strict or question.compares:
            return
        likely = self._desk.retriever.of_table(question.resolved, plan.language)
        if likely < max(_LIKELY, confidence) or (query := self._trials(question, strict=False)) is None:
            return
        told = from_table(replace(plan, route=Route.TABLE, table=query), self._desk)
        if told.computation is not None and told.computation.rows:
            yield self._noticed(told, ONLY_TRIALS[plan.language], missing=question.text)

    def _asked(self, plan: Plan, resolved: str) -> Plan:
        question = understand(resolved, plan.question.language, matcher=self._desk.matcher)
        return replace(plan, question=question)

    def _noticed(self, answer: Answer, notice: str, *, missing: str = "") -> Answer:
        """Put a notice before an answer."""
        if answer.outcome is not Outcome.ANSWERED:
            return answer
        sentences = (AnswerSentence(text=notice, markers=(), support=Support.NOTICE), *answer.sentences)
        return replace(
            answer,
            answer=text_of(sentences, listed=is_list(answer.citations)),
            sentences=sentences,
            grounding=Grounding.PARTLY if missing else answer.grounding,
            missing=(missing,) if missing else answer.missing,
        )

    def _in_general(self, question: Question) -> str:
        """Return a question with the subject in place of a kind of it that it names; "" where it names none such."""
        mentions = self._desk.matcher.find(question.resolved, language=question.language)
        narrow = [mention for mention in mentions if mention.key in _cues()["kinds"]]
        named = [self._desk.matcher.kind(mention.key).split(":", 1)[0] for mention in mentions]
        if not narrow or named.count("vesicle") > len(narrow):  # it tells them from others
            return ""
        tokens = words(question.resolved)
        gone = {tokens[place] for mention in narrow for place in mention.positions}
        subject = _cues()[question.language]["subject"]
        return re.sub(
            r"[\w-]+",
            lambda match: subject if gone & set(words(match.group())[:1]) else match.group(),
            question.resolved,
        )

    def _of_subject(self, question: Question) -> str:
        """Return a question with the subject of the article named in it; "" where it names one."""
        if _kinds(question) & set(_SUBJECTS) or question.asks_about_article:
            return ""
        if len(parts(question.resolved, question.language)) > 1:  # "it" is what the first part names
            return ""
        cues = _cues()[question.language]
        if not re.search(cues["left_out"], searchable(question.resolved)):
            return ""
        if question.language is Language.SL:  # forms of the words around it would have to change
            return f"{question.resolved} ({cues['subject']})"
        return re.sub(cues["left_out"], cues["subject"], question.resolved, count=1, flags=re.IGNORECASE)

    def _is_as_such(self, question: Question) -> bool:
        """Whether a question asks no more of a disease than whether anything is known or done about it."""
        kind = self._desk.matcher.kind
        return self._names_only_concepts(question) and all(
            _is(question.language, "asking", word.text)
            or any(kind(key).startswith((*_TOPICS, *_BESIDE)) for key in word.concepts)
            for word in question.words
        )

    def _names_only_concepts(self, question: Question) -> bool:
        """Whether a question names a disease, organ or country, and says no word of its own of it."""
        named = [word for word in question.words if word.concepts or not _is(question.language, "asking", word.text)]
        kinds = [self._desk.matcher.kind(key) for word in named for key in word.concepts]
        topics = (kind.startswith((*_TOPICS, _COUNTRY)) for kind in kinds)
        return any(topics) and all(word.concepts for word in named)

    def _is_on_topic(self, answer: Answer, question: Question) -> bool:
        """Whether a sentence of an answer names all that makes up the topic: "fibrosis" is not one of the lungs."""
        matcher, retriever = self._desk.matcher, self._desk.retriever
        named = [set(word.concepts) for word in question.words if any(map(_is_topic, map(matcher.kind, word.concepts)))]
        chunks = [retriever.chunks[retriever.position[citation.id]] for citation in answer.citations]
        return any(all(concepts & set(chunk.concepts) for concepts in named) for chunk in chunks)

    def _trials(self, question: Question, *, strict: bool = True) -> TableQuery | None:
        """Return the query for the trials on the disease that a question names; None where it names none of theirs.

        Args:
            strict: leave no word of it over.
        """
        language = question.language
        beside = {
            word.text
            for word in question.words
            if _is(language, "asking", word.text)
            or any(self._desk.matcher.kind(key).startswith(_BESIDE) for key in word.concepts)
        }
        topic = without(question.resolved, beside | STOP_WORDS[language] - _JOINING[language]).strip(" ?!.")
        if not topic:
            return None
        reading = self._tables.read(f"{_cues()[language]['trials']} {topic}?", language)
        if not strict and not any(kind.startswith("disease:") for kind in question.kinds):
            return None  # a field of medicine is too wide for a question half understood
        if reading.unread and not strict:
            topic = without(topic, reading.unread)
            reading = self._tables.read(f"{_cues()[language]['trials']} {topic}?", language)
        query = reading.query
        if query is None or reading.unread or not query.filters or query.operation is not Operation.LIST:
            return None
        return query

    def _is_told_of(self, question: Question) -> bool:
        """Whether the text tells of a disease that a question names."""
        diseases = {kind.split(":", 1)[1] for kind in question.kinds if kind.startswith("disease:")}
        return any(
            chunk.kind is Kind.SENTENCE and diseases & set(chunk.concepts) for chunk in self._desk.retriever.chunks
        )


def _is_topic(kind: str) -> bool:
    return kind.startswith(_TOPICS)


def _kinds(question: Question) -> set[str]:
    return {kind.split(":", 1)[0] for kind in question.kinds}


def _is(language: Language, cue: str, word: str) -> bool:
    return re.search(_cues()[language][cue], word) is not None


@cache
def _cues() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "wider.toml").read_text(encoding="utf-8"))
