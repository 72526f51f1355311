"""Answers from the text and the table of trials together: each is asked its part of the question."""

from dataclasses import replace

from corpus.types import Kind
from rag.answer import Answer, AnswerSentence, Grounding, Outcome, Support
from rag.assemble import joined
from rag.bibliography.read import asks_for_fields
from rag.messages import MISSING, NOT_OF_TRIAL
from rag.prose.compose import caveats, compose, is_list, text_of
from rag.prose.parts import asks_by_itself, may_be_of_trials, parts
from rag.prose.several import THINGS, topic_of
from rag.questions import about
from rag.questions.plan import Beside, Plan, Route, shape_of
from rag.questions.question import understand
from rag.routes.article import about_article
from rag.routes.desk import Desk
from rag.routes.table import from_table
from rag.routes.text import Text
from rag.routes.works import CitedWorks
from rag.tables.grammar import listed as joined_names
from rag.tables.query import Column, Operation

# Of a question in two parts the table answers one when it is about so many trials at most.
_FEW_TRIALS = 4
# Concepts of these kinds are what a trial is about; a sentence on one names it with such a concept.
_TOPICS = ("disease:", "organ:", "tissue:", "other:")
_GENERAL = ("disease:disease", "other:patient", "other:human")
_TRIAL = "trial:clinical-trial"


def from_both(plan: Plan, text: Text, works: CitedWorks, desk: Desk) -> Answer | None:
    """Return what both say, by the first way of dividing the question that lets them; None where none does."""
    if plan.route is Route.ARTICLE:
        return _beside_facts(plan, text, desk)
    if plan.route is Route.TABLE and (beyond := _beyond_the_table(plan, desk)) is not None:
        return beyond
    if plan.route is Route.BIBLIOGRAPHY:
        return _beside_works(plan, text, works, desk)
    answers = (_divided(plan, beside, text, desk) for beside in plan.beside)
    return next((answer for answer in answers if answer is not None), None)


def _beside_facts(plan: Plan, text: Text, desk: Desk) -> Answer | None:
    """Return what the text says to the one part that asks for no fact of the article, and these facts."""
    question, language = plan.question, plan.question.language
    pieces = parts(question.text, language)
    rest = [part for part in pieces if about.read(part, language) is None and topic_of(part, language, desk.matcher)]
    if len(rest) != 1 or len(pieces) == 1:
        return None
    told, facts = _alone(plan, rest[0], text, desk), about_article(plan, desk)
    if told.outcome is not Outcome.ANSWERED or facts.outcome is not Outcome.ANSWERED:
        return None
    if {citation.id for citation in told.citations} & {citation.id for citation in facts.citations}:
        return None
    both = (told, facts) if rest[0] == pieces[0] else (facts, told)
    sentences, citations = joined(*((answer.sentences, answer.citations) for answer in both))
    return replace(
        facts,
        answer=text_of(sentences, listed=is_list(citations)),
        sentences=sentences,
        citations=citations,
        caveats=caveats(citations, desk.article.notes_by_piece, language=plan.language, question=question),
    )


def _beyond_the_table(plan: Plan, desk: Desk) -> Answer | None:
    """Return what the text says of a trial on something that no row is about, before that the table has none."""
    query, kinds = plan.table, plan.question.kinds
    goals = [item for item in query.filters if item.column is Column.CONDITION] if query is not None else []
    topics = {kind for kind in kinds if kind.startswith(_TOPICS) and kind not in _GENERAL}
    if not topics or not any(item.unmatched and not item.values and not item.titles for item in goals):
        return None
    telling = [
        chunk
        for chunk in desk.retriever.chunks
        if chunk.kind is Kind.SENTENCE
        and not chunk.section.startswith("abstract")
        and topics | {_TRIAL} <= desk.retriever.kinds_of(chunk)
    ]
    if not telling:
        return None
    cells = from_table(plan, desk)
    sentences, citations = joined(compose(telling[:1], language=plan.language), (cells.sentences, cells.citations))
    return replace(
        cells,
        answer=text_of(sentences, listed=False),
        sentences=sentences,
        citations=citations,
        caveats=caveats(
            citations,
            desk.article.notes_by_piece,
            language=plan.language,
            question=plan.question,
            computation=cells.computation,
        ),
    )


def _beside_works(plan: Plan, text: Text, works: CitedWorks, desk: Desk) -> Answer | None:
    """Return what the text says to the parts that ask nothing of cited works, beside what these give to the others.

    A part that leaves out what it is about is about what the whole question is.
    """
    question, language = plan.question, plan.question.language
    pieces = parts(question.text, language)
    if len(pieces) == 1 or question.text != question.resolved:
        return None
    if not all(asks_by_itself(piece, question.text, language) for piece in pieces):
        return None
    topic = topic_of(question.text, language, desk.matcher)
    alone = [understand(f"{piece} {topic}", language, matcher=desk.matcher) for piece in pieces]
    of_works = [
        works.query(understood) is not None or asks_for_fields(piece, language)
        for piece, understood in zip(pieces, alone, strict=True)
    ]
    others = [piece for piece, known in zip(pieces, of_works, strict=True) if not known]
    if (
        all(of_works)
        or not any(of_works)
        or not all(asks_by_itself(piece, question.text, language) for piece in others)
    ):
        return None
    asked, rest = (
        "; ".join(piece for piece, known in zip(pieces, of_works, strict=True) if known is wanted)
        for wanted in (True, False)
    )
    entries = works.answer(replace(plan, question=understand(f"{asked} {topic}", language, matcher=desk.matcher)))
    names = topic_of(rest, language, desk.matcher, kinds=THINGS)
    told = _alone(plan, rest, text, desk, about="" if names else topic)
    if entries.outcome is not Outcome.ANSWERED or told.outcome is not Outcome.ANSWERED:
        return None
    answers = (entries, told) if of_works[0] else (told, entries)
    sentences, citations = joined(*((answer.sentences, answer.citations) for answer in answers))
    return replace(
        entries,
        question=question.text,
        resolved_question=question.resolved,
        answer=text_of(sentences, listed=is_list(citations)),
        sentences=sentences,
        citations=citations,
        caveats=caveats(citations, desk.article.notes_by_piece, language=plan.language, question=question),
    )


def _divided(plan: Plan, beside: Beside, text: Text, desk: Desk) -> Answer | None:
    """Return what the table says beside what the text does; None where a part of its own is not answered.

    What counts trials stands by itself: the part that the text does not answer is named.
    """
    cells = from_table(replace(plan, table=beside.table), desk)
    if beside.rest:
        if cells.computation is None or not 0 < len(cells.computation.rows) <= _FEW_TRIALS:
            return None
        question, language = plan.question, plan.question.language
        topic = topic_of(question.resolved, language, desk.matcher)
        told = _alone(plan, beside.rest, text, desk, about=" ".join((topic, *map(str.upper, question.identifiers))))
        if told.outcome is not Outcome.ANSWERED and beside.table.operation is not Operation.COUNT:
            return None
        if all(citation.kind is Kind.TABLE_ROW for citation in told.citations[:1]):
            said = MISSING[plan.language].format(part=f"»{beside.rest}«")  # they are the same rows again
            return _untold(cells, said, beside.rest, told.confidence)
    else:
        told = _of_trials(plan, text, desk)
        if told.outcome is not Outcome.ANSWERED:
            what = joined_names([item.name.of(plan.language) for item in plan.sought], plan.language)
            said = NOT_OF_TRIAL[True][plan.language].format(trials=joined_names(plan.trials, plan.language), what=what)
            return _untold(cells, said, what, told.confidence)
    sentences, citations = joined((told.sentences, told.citations), (cells.sentences, cells.citations))
    return replace(
        told,
        question=plan.question.text,
        resolved_question=plan.question.resolved,
        answer=text_of(sentences, listed=not beside.rest or is_list(told.citations)),
        sentences=sentences,
        citations=citations,
        computation=cells.computation,
        caveats=caveats(
            citations,
            desk.article.notes_by_piece,
            language=plan.language,
            question=plan.question,
            computation=cells.computation,
        ),
    )


def _of_trials(plan: Plan, text: Text, desk: Desk) -> Answer:
    """Return what the text tells of the trials; else of the part that is about none: "Why should it help, and …?"."""
    told = text.answer(plan)
    question = plan.question
    if told.outcome is Outcome.ANSWERED or question.text != question.resolved:
        return told
    rest = [part for part in parts(question.text, question.language) if not may_be_of_trials(part, question.language)]
    alone = _alone(plan, rest[0], text, desk) if len(rest) == 1 else told
    return alone if alone.outcome is Outcome.ANSWERED else told


def _alone(plan: Plan, part: str, text: Text, desk: Desk, *, about: str = "") -> Answer:
    """Return what the text says to a part of a question by itself, which may leave out what it is about."""
    resolved = f"{part} {about}" if about else part
    question = understand(part, plan.question.language, matcher=desk.matcher, resolved=resolved)
    return text.answer(replace(plan, question=question, shape=shape_of(question), trials=(), sought=(), beside=()))


def _untold(cells: Answer, said: str, what: str, confidence: float) -> Answer:
    """Return the cells, and that the text does not tell the rest."""
    sentences = (*cells.sentences, AnswerSentence(text=said, markers=(), support=Support.NOTICE))
    return replace(
        cells,
        answer=text_of(sentences, listed=True),
        sentences=sentences,
        grounding=Grounding.PARTLY,
        missing=(what,),
        confidence=confidence,
    )
