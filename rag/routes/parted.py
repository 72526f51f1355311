"""A question of several parts, answered part by part as if they were asked one after another.

Where the answer to the whole leaves a part out that is answered by itself, that is added; where the whole is not
answered but a part is, this is given and the rest is named. A later part is understood as a follow-up of those before
it: "… and how many people take part?".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.concepts import ConceptMatcher
from corpus.types import Language
from rag.answer import Answer, AnswerSentence, Grounding, Outcome, Support
from rag.assemble import joined
from rag.messages import MISSING
from rag.prose.compose import caveats, is_list, text_of
from rag.prose.parts import asks_by_itself, parts
from rag.prose.several import THINGS, topic_of
from rag.questions.dialogue import Link
from rag.questions.plan import Plan, Route, Shape
from rag.routes.desk import Desk

_OF_CONTENT = (Route.PROSE, Route.TABLE, Route.BIBLIOGRAPHY, Route.ARTICLE)
_WHOLE = (Shape.CLAIM, Shape.COMPARISON, Shape.OVERVIEW)
_TWO = 2
# Answers to the parts may make one of so many words together.
_MAX_WORDS = 160


def in_parts(plan: Plan, whole: Answer, ask: Callable[[str, Sequence[str]], Answer], desk: Desk) -> Answer | None:
    """Return the answer to a question with what its parts bring; None where the whole says all that they do.

    Args:
        ask: answers a question after those before it.
    """
    if plan.link is not Link.NONE or plan.route not in _OF_CONTENT or plan.shape in _WHOLE:
        return None
    pieces = _questions(plan)
    if len(pieces) < _TWO:
        return None
    answers = [ask(piece, pieces[:place]) for place, piece in enumerate(pieces)]
    told = [answer for answer in answers if answer.outcome is Outcome.ANSWERED]
    if whole.outcome is Outcome.ANSWERED:
        cited = _cited(whole)
        added = [answer for answer in told if not (cited & _cited(answer) or _is_of_all(answer, desk))]
        # What says that a part is not answered gives way to the answers of all parts.
        together = (told if whole.missing else [whole, *added]) if added and len(told) == len(pieces) else []
    else:
        together = told = _own_ones(pieces, answers, plan.language, desk.matcher)
    missing = tuple(piece for piece, answer in zip(pieces, answers, strict=True) if answer not in told)
    return _together(plan, together, () if whole.outcome is Outcome.ANSWERED else missing, desk)


def _cited(answer: Answer) -> set[str]:
    return {citation.id for citation in answer.citations}


def _is_of_all(answer: Answer, desk: Desk) -> bool:
    """Whether an answer is of all trials: a part of a question that means one of them was not understood."""
    return answer.computation is not None and len(answer.computation.rows) == len(desk.document.trials)


def _own_ones(
    pieces: Sequence[str], answers: Sequence[Answer], language: Language, matcher: ConceptMatcher
) -> list[Answer]:
    """Return the answers to parts that say what they are about, or go on from one that is answered and does."""
    told: list[Answer] = []
    for piece, answer in zip(pieces, answers, strict=True):
        if answer.outcome is Outcome.ANSWERED and (told or topic_of(piece, language, matcher, kinds=THINGS)):
            told.append(answer)
    return told


def _questions(plan: Plan) -> list[str]:
    """Return the parts that ask something; what only leads up to them ("In NCT…: …") stands before each."""
    text, language = plan.question.text, plan.question.language
    pieces = parts(text, language)
    lead = pieces[0] if not asks_by_itself(pieces[0], text, language) else ""
    asking = [f"{lead}, {piece}" if lead else piece for piece in pieces[1:]] if lead else pieces
    return asking if all(asks_by_itself(piece, text, language) for piece in (pieces[1:] if lead else pieces)) else []


def _together(plan: Plan, answers: Sequence[Answer], missing: tuple[str, ...], desk: Desk) -> Answer | None:
    computed = [answer.computation for answer in answers if answer.computation is not None]
    if not answers or len(computed) > 1:
        return None
    sentences, citations = joined(*((answer.sentences, answer.citations) for answer in answers))
    sentences = tuple({sentence.text: sentence for sentence in sentences}.values())
    if sum(len(re.findall(r"\w+", sentence.text)) for sentence in sentences) > _MAX_WORDS:
        return None
    notices = tuple(
        AnswerSentence(text=MISSING[plan.language].format(part=f"»{part}«"), markers=(), support=Support.NOTICE)
        for part in missing
    )
    computation = computed[0] if computed else None
    return replace(
        answers[0],
        question=plan.question.text,
        resolved_question=plan.question.resolved,
        answer=text_of((*sentences, *notices), listed=len(answers) > 1 or is_list(citations)),
        sentences=(*sentences, *notices),
        citations=citations,
        computation=computation,
        grounding=Grounding.PARTLY if missing else Grounding.GROUNDED,
        missing=missing,
        confidence=min(answer.confidence for answer in answers),
        caveats=caveats(
            citations,
            desk.article.notes_by_piece,
            language=plan.language,
            question=plan.question,
            computation=computation,
        ),
    )
