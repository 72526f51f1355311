"""Answers about the article itself: its title, authors, journal, licence."""

from dataclasses import replace

from corpus.types import Language
from rag.answer import Answer, AnswerSentence, Grounding, Reason, Support
from rag.assemble import from_article
from rag.messages import UNSAID, WRITTEN_IN
from rag.questions import about
from rag.questions.about import Fact, Held
from rag.questions.plan import Plan
from rag.routes.desk import Desk


def about_article(plan: Plan, desk: Desk) -> Answer:
    """Answer with the pieces that hold the facts asked for, and say which of them the article lacks."""
    asked = plan.question.about
    assert asked is not None
    held = {fact: _held(fact, plan.language, asked.edition, desk) for fact in asked.facts}
    missing = tuple(about.unsaid(fact, plan.language) for fact, found in held.items() if not found)
    unsaid = [UNSAID[plan.language].format(what=what) for what in missing]
    assembled = from_article([item for found in held.values() for item in found])
    if not assembled.citations:
        return replace(desk.abstain(plan, Reason.NOT_IN_ARTICLE), answer=" ".join(unsaid))
    before = [WRITTEN_IN[plan.language][desk.document.language]] if Fact.LANGUAGE in asked.facts else []
    opening, closing = (
        [AnswerSentence(text=text, markers=(), support=Support.NOTICE) for text in texts] for texts in (before, unsaid)
    )
    answer = desk.said(
        plan,
        (*opening, *assembled.sentences, *closing),
        assembled.citations,
        listed=assembled.listed,
        confidence=1.0,
    )
    return replace(answer, grounding=Grounding.PARTLY if missing else Grounding.GROUNDED, missing=missing)


def _held(fact: Fact, language: Language, edition: Language | None, desk: Desk) -> list[Held]:
    """Return what of the bundled article holds a fact; "this article" is that one, as for its tables."""
    chunks = [chunk for chunk in desk.retriever.chunks if chunk.article == desk.article.id]
    if fact is Fact.LANGUAGE:
        edition = desk.document.language
    return about.held(fact, chunks, language, edition=edition)
