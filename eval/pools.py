"""Development questions with their candidates for an answer: what the models of selection are fitted on.

Gold questions come as they are asked, dialogue turns with their history. Questions among the
restatements of a piece are further examples of what it answers: each is asked of an index that lacks
it, so that it is not found by itself.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

import ingest.build
from corpus.config import Settings
from corpus.errors import QuestionError
from corpus.load import load_article
from corpus.types import Language, Spans
from eval.gold import ResolvedItem
from eval.retrieval import COVERED
from eval.spans import overlap, size
from ingest.build import build
from rag.engine import Engine, Turn
from rag.features import FEATURES, Candidates, candidates
from rag.plan import Route, Shape
from rag.question import Question
from rag.retrieve import Retriever

# Features made from the bundled article's own glossary, definitions of terms above all.
_OWN = ("told", "after_told", "defines")
# The restatements are left out a third at a time.
_THIRDS = 3


@dataclass(frozen=True)
class Pool:
    """A question with its candidates for an answer.

    Attributes:
        labels: which candidates are evidence.
        near: which are evidence or stand in a passage with it.
    """

    value: ResolvedItem
    question: Question
    shape: Shape
    retriever: Retriever
    found: Candidates
    labels: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    near: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def pools(engine: Engine, values: Sequence[ResolvedItem]) -> list[Pool]:
    """Return the candidates of every item; dialogue turns come with their history."""
    history: dict[str, list[Turn]] = {}
    gathered: list[Pool] = []
    retriever = engine.retriever
    for value in values:
        item = value.item
        turns = history.setdefault(item.dialogue, []) if item.dialogue else []
        plan = engine.plan(item.question, history=turns)
        question = plan.question
        found = candidates(question, retriever, retriever.score(question))
        labels = [
            any(
                _same_place(spans, retriever.chunks[position].spans)
                for alternatives in value.evidence
                for spans in alternatives
            )
            for position in found.positions
        ]
        passages = retriever.passage_of[found.positions]
        holding = {int(passage) for passage, label in zip(passages, labels, strict=True) if label and passage >= 0}
        near = [label or int(passage) in holding for passage, label in zip(passages, labels, strict=True)]
        gathered.append(
            Pool(
                value, question, plan.shape, retriever, found, np.array(labels, dtype=bool), np.array(near, dtype=bool)
            )
        )
        if item.dialogue:
            turns += [Turn("user", item.question), Turn("assistant", "")]
    return gathered


def _same_place(quote: Spans, piece: Spans) -> bool:
    """Whether a quote and a piece share half of the shorter one."""
    return overlap(quote, piece) >= COVERED * min(size(quote), size(piece))


def without_evidence(pool: Pool) -> Pool | None:
    """Return the question as if the article did not answer it: without its evidence and what is around it.

    Such a question is in the field, on topics the article treats, and yet not answered: the hard
    kind of unanswerable question, of which a gold set never has enough. None when there is nothing
    to take away, or nothing is left.
    """
    keep = ~pool.near
    if not pool.labels.any() or not keep.any():
        return None
    return replace(pool, found=pool.found.only(keep), labels=pool.labels[keep], near=pool.near[keep])


@dataclass(frozen=True)
class Restated:
    """A question from the restatements with its candidates; `labels` marks the piece that it restates."""

    found: Candidates
    labels: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def restated_questions() -> list[Restated]:
    """Return the questions among the restatements, with their candidates.

    Which third a question belongs to is told by its place, so that siblings of it stay in the index.
    """
    restatements = load_article().restatements
    gathered: list[Restated] = []
    for third in range(_THIRDS):
        asked: list[tuple[str, Language, str]] = []
        kept: dict[str, dict[Language, tuple[str, ...]]] = {}
        place = 0
        for piece, sides in restatements.items():
            kept[piece] = {}
            for language, texts in sides.items():
                left = []
                for text in texts:
                    place += 1
                    if text.rstrip().endswith("?") and place % _THIRDS == third:
                        asked.append((piece, language, text))
                    else:
                        left.append(text)
                kept[piece][language] = tuple(left)
        with tempfile.TemporaryDirectory() as folder:
            engine = open_without(Path(folder), restatements=kept)
            gathered += [found for entry in asked if (found := _restated(engine, *entry)) is not None]
    return gathered


def _restated(engine: Engine, piece: str, language: Language, text: str) -> Restated | None:
    try:
        plan = engine.plan(text)
    except QuestionError:
        return None
    if plan.route is not Route.PROSE or plan.language is not language:
        return None
    retriever = engine.retriever
    found = candidates(plan.question, retriever, retriever.score(plan.question))
    labels = np.array([retriever.chunks[position].id == piece for position in found.positions], dtype=bool)
    return Restated(found, labels) if labels.any() else None


def open_without(folder: Path, **changes: Mapping[str, object]) -> Engine:
    """Return an engine on a new index of the bundled article with these of its fields changed.

    Args:
        changes: fields of `Article`, such as `translations={}`; the engine itself keeps the article.
    """
    changed = replace(load_article(), **changes)  # type: ignore[arg-type]
    with patch.object(ingest.build, "load_article", lambda: changed):
        build(Settings(index_dir=folder))
    return Engine.open(Settings(index_dir=folder))


def prose_pools(engine: Engine, values: Sequence[ResolvedItem]) -> list[Pool]:
    """Return the pools of questions that no table, bibliography or scope guard answers: only these reach the models."""
    return [pool for pool in pools(engine, values) if engine.route(pool.question)[0] is Route.PROSE]


def as_added(pool: Pool) -> Pool:
    """Return a question as it would be asked of an added article, for which no terms are defined."""
    features = pool.found.features.copy()
    features[:, [FEATURES.index(name) for name in _OWN]] = 0.0
    return replace(pool, found=replace(pool.found, features=features))
