"""Answers computed over the table of trials."""

from dataclasses import replace

from rag.answer import Answer, Reason
from rag.assemble import from_table as assembled_from
from rag.questions.plan import Plan
from rag.routes.desk import Desk
from rag.tables.compose import compose as compose_table
from rag.tables.execute import execute
from rag.tables.query import Operation


def from_table(plan: Plan, desk: Desk) -> Answer:
    """Return what a planned query gives over the table of trials."""
    query = plan.table
    assert query is not None
    result = execute(query, desk.document)
    sentences = compose_table(result, plan.language, translations=desk.article.translations)
    if query.operation is Operation.LOOKUP and not result.rows:
        # Nothing to look up: which ids there are instead is all that can be said.
        text = " ".join(sentence.text for sentence in sentences)
        return replace(desk.abstain(plan, Reason.NOT_IN_ARTICLE), answer=text)
    assembled = assembled_from(result, sentences, chunks=desk.index.chunks, language=plan.language)
    return desk.said(
        plan,
        assembled.sentences,
        assembled.citations,
        listed=assembled.listed,
        computation=assembled.computation,
        confidence=1.0,
    )
