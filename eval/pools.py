"""Questions with their candidates for an answer: what the models of selection are fitted on.

Development questions come as they are asked, dialogue turns with their history; practice questions
(`eval/practice.py`) tell only which pieces answer them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

import ingest.build
from corpus.config import Settings
from corpus.errors import QuestionError
from corpus.load import load_article
from corpus.types import Language, Spans
from eval.gold import Nugget, ResolvedItem
from eval.practice import PracticeQuestion
from eval.retrieval import COVERED
from eval.spans import overlap, size
from ingest.build import build
from rag.engine import Engine, Turn
from rag.prose.features import FEATURES, Candidates
from rag.prose.select import considered
from rag.questions.plan import Plan, Route, Shape
from rag.questions.question import Question
from rag.retrieval.learned import FEATURES as LEARNED_FEATURES
from rag.retrieval.retrieve import Retriever

# Features made from the bundled article's own glossary and questions, definitions of terms above all.
_OWN = ("told", "after_told", "defines", *LEARNED_FEATURES)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A question with its candidates for an answer.

    Attributes:
        pair: what its versions in both languages share.
        labels: which candidates are evidence.
        vital: facts that the answer must hold; none of practice questions.
        has_evidence: the gold tells where its answer stands, among the candidates or not.
        practice: it is no development question.
    """

    pair: str
    language: Language
    answerable: bool
    question: Question
    shape: Shape
    retriever: Retriever
    found: Candidates
    labels: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    vital: tuple[Nugget, ...] = ()
    has_evidence: bool = True
    practice: bool = False


def pools(engine: Engine, values: Sequence[ResolvedItem]) -> list[Pool]:
    """Return the candidates of every development question; dialogue turns come with their history."""
    history: dict[str, list[Turn]] = {}
    gathered: list[Pool] = []
    retriever = engine.retriever
    for value in values:
        item = value.item
        turns = history.setdefault(item.dialogue, []) if item.dialogue else []
        plan = engine.plan(item.question, history=turns)
        found = considered(plan.question, retriever, retriever.score(plan.question))
        labels = [
            any(
                _same_place(spans, retriever.chunks[position].spans)
                for alternatives in value.evidence
                for spans in alternatives
            )
            for position in found.positions
        ]
        gathered.append(
            Pool(
                pair=item.pair,
                language=item.lang,
                answerable=item.answerable,
                question=plan.question,
                shape=plan.shape,
                retriever=retriever,
                found=found,
                labels=np.array(labels, dtype=bool),
                vital=tuple(nugget for nugget in value.nuggets if nugget.vital),
                has_evidence=bool(value.needed),
            )
        )
        if item.dialogue:
            turns += [Turn("user", item.question), Turn("assistant", "")]
    return gathered


def practice_pools(engine: Engine, questions: Iterable[PracticeQuestion]) -> list[Pool]:
    """Return the candidates of practice questions; without those not understood as prose in their own language."""
    gathered: list[Pool] = []
    retriever = engine.retriever
    for asked in questions:
        plan = _plan(engine, asked)
        if plan is None:
            continue
        found = considered(plan.question, retriever, retriever.score(plan.question))
        labels = np.array([retriever.chunks[position].id in asked.pieces for position in found.positions], dtype=bool)
        gathered.append(
            Pool(
                pair=asked.need,
                language=asked.lang,
                answerable=bool(asked.pieces),
                question=plan.question,
                shape=plan.shape,
                retriever=retriever,
                found=found,
                labels=labels,
                has_evidence=bool(asked.pieces),
                practice=True,
            )
        )
    return gathered


def _plan(engine: Engine, asked: PracticeQuestion) -> Plan | None:
    try:
        plan = engine.plan(asked.question)
    except QuestionError:
        return None
    return plan if plan.route is Route.PROSE and plan.language is asked.lang else None


def _same_place(quote: Spans, piece: Spans) -> bool:
    """Whether a quote and a piece share half of the shorter one."""
    return overlap(quote, piece) >= COVERED * min(size(quote), size(piece))


def open_without(folder: Path, **changes: Mapping[str, object]) -> Engine:
    """Return an engine on a new index of the bundled article with these of its fields changed.

    Args:
        changes: fields of `Article`, such as `translations={}`; the engine itself keeps the article.
    """
    changed = replace(load_article(), **changes)  # type: ignore[arg-type]
    with patch.object(ingest.build, "load_article", lambda: changed):
        build(Settings(index_dir=folder))
    return Engine.open(Settings(index_dir=folder))


def every_other(
    restatements: Mapping[str, Mapping[Language, tuple[str, ...]]],
) -> dict[str, dict[Language, tuple[str, ...]]]:
    """Return half of the restatements of each piece.

    Practice questions, development questions and restatements were written of the same sentences by
    the same kind of writer, so that they are more alike than what readers ask. Models fitted where
    half of the restatements are missing lean less on that likeness.
    """
    return {piece: {lang: texts[::2] for lang, texts in sides.items()} for piece, sides in restatements.items()}


def prose_pools(
    engine: Engine, values: Sequence[ResolvedItem], practice: Iterable[PracticeQuestion] = ()
) -> list[Pool]:
    """Return the pools of questions that no table, bibliography or scope guard answers: only these reach the models."""
    own = [pool for pool in pools(engine, values) if engine.planner.route(pool.question)[0] is Route.PROSE]
    return own + practice_pools(engine, practice)


def as_added(pool: Pool) -> Pool:
    """Return a question as it would be asked of an added article, for which no terms are defined."""
    features = pool.found.features.copy()
    features[:, [FEATURES.index(name) for name in _OWN]] = 0.0
    return replace(pool, found=replace(pool.found, features=features))
