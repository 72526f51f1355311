"""Fit the weights of retrieval and selection on the development questions: `python -m eval.fit`.

Pairwise logistic regression (RankSVM's idea, Joachims 2002, with the logistic loss): for each
question, a unit that covers needed evidence should score above one that covers none. The figures
printed are from cross-validation over pairs, so that no question is ranked by weights that saw it.
The test split is never read.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import ingest.build
from corpus.config import Settings
from corpus.load import load_article
from corpus.types import Language, Spans
from eval.gold import GOLD_DIR, ResolvedItem, load_suite
from eval.retrieval import COVERED
from eval.runs import to_json, write
from eval.spans import overlap, share, size
from ingest.build import build, parse_article
from ingest.lexicon import Floats
from rag.engine import Engine, Turn
from rag.features import FEATURES, Candidates, candidates
from rag.plan import Route
from rag.question import Question
from rag.retrieve import SIGNALS, WEIGHTS
from rag.select import ANSWER_FEATURES, answer_features

_FOLDS = 5
_NEGATIVES = 60
_STRENGTH = 0.3  # inverse of the L2 penalty
_SEED = 0
# Features made from the bundled article's own glossary, definitions of terms above all.
_OWN = ("told", "after_told", "defines")


@dataclass(frozen=True)
class Example:
    """A question with the signals of all listed units, and which pieces of evidence each covers.

    Attributes:
        signals: shape (n_signals, n_units).
        covers: shape (n_evidence, n_units), True where a unit covers a needed piece of evidence.
    """

    value: ResolvedItem
    signals: Floats
    covers: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"


def examples(engine: Engine, values: Sequence[ResolvedItem]) -> list[Example]:
    """Return an example for each item with evidence to find; dialogue turns come with their history."""
    history: dict[str, list[Turn]] = {}
    found: list[Example] = []
    retriever = engine.retriever
    listed = np.flatnonzero(retriever.listed)
    units = [retriever.chunks[position].spans for position in listed]
    for value in values:
        item = value.item
        turns = history.setdefault(item.dialogue, []) if item.dialogue else []
        if item.answerable and value.needed:
            question = engine.plan(item.question, history=turns).question
            covers = np.array(
                [
                    [any(share(spans, unit) >= COVERED for spans in alternatives) for unit in units]
                    for alternatives in value.needed
                ]
            )
            found.append(Example(value, retriever.score(question).signals[:, listed], covers))
        if item.dialogue:
            turns += [Turn("user", item.question), Turn("assistant", "")]
    return found


def fit(some: Sequence[Example], start: Floats) -> Floats:
    """Return the weights that rank the evidence of these examples best."""
    from sklearn.linear_model import LogisticRegression

    weights = start
    for _ in range(3):
        rows: list[Floats] = []
        importance: list[float] = []
        for example in some:
            right = np.flatnonzero(example.covers.any(axis=0))
            wrong = np.flatnonzero(~example.covers.any(axis=0))
            if not len(right):
                continue
            scores = weights @ example.signals
            hard = wrong[np.argsort(-scores[wrong], kind="stable")[:_NEGATIVES]]
            for evidence in example.covers:
                # Of the units that cover a piece of evidence, the best one is enough.
                holders = np.flatnonzero(evidence)
                if not len(holders):
                    continue
                best = holders[np.argmax(scores[holders])]
                rows.append((example.signals[:, [best]] - example.signals[:, hard]).T)
                importance += [1.0 / len(hard)] * len(hard)
        differences = np.concatenate(rows)
        both = np.concatenate([differences, -differences])
        labels = np.repeat([1, 0], len(differences))
        model = LogisticRegression(C=_STRENGTH * len(rows), fit_intercept=False, max_iter=2000)
        model.fit(both, labels, sample_weight=np.array(importance * 2))
        weights = model.coef_[0]
    return np.asarray(weights, dtype=np.float64)


def recall(example: Example, weights: Floats, k: int) -> float:
    """Return the share of the needed evidence among the first k units."""
    order = np.argsort(-(weights @ example.signals), kind="stable")[:k]
    return float(example.covers[:, order].any(axis=1).mean())


def reciprocal_rank(example: Example, weights: Floats) -> float:
    """Return 1 / rank of the first unit with evidence, 0 beyond ten."""
    order = np.argsort(-(weights @ example.signals), kind="stable")[:10]
    hits = np.flatnonzero(example.covers[:, order].any(axis=0))
    return 1.0 / (1 + int(hits[0])) if len(hits) else 0.0


def cross_validated(some: Sequence[Example], start: Floats) -> dict[str, float]:
    """Return R@5 and RR@10 over held-out folds of pairs."""
    pairs = sorted({example.value.item.pair for example in some})
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    fold = {pairs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    values: list[tuple[float, float]] = []
    for held_out in range(_FOLDS):
        weights = fit([e for e in some if fold[e.value.item.pair] != held_out], start)
        values += [
            (recall(e, weights, 5), reciprocal_rank(e, weights)) for e in some if fold[e.value.item.pair] == held_out
        ]
    return {"R@5": float(np.mean([v[0] for v in values])), "RR@10": float(np.mean([v[1] for v in values]))}


@dataclass(frozen=True)
class Pool:
    """A question with its candidates for an answer.

    Attributes:
        labels: which candidates are evidence.
        near: which are evidence or stand in a passage with it.
    """

    value: ResolvedItem
    question: Question
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
        question = engine.plan(item.question, history=turns).question
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
        gathered.append(Pool(value, question, found, np.array(labels, dtype=bool), np.array(near, dtype=bool)))
        if item.dialogue:
            turns += [Turn("user", item.question), Turn("assistant", "")]
    return gathered


def _same_place(quote: Spans, piece: Spans) -> bool:
    """Whether a quote and a piece share half of the shorter one."""
    return overlap(quote, piece) >= COVERED * min(size(quote), size(piece))


def fit_selection(some: Sequence[Pool]) -> Floats:
    """Return the weights that tell evidence from other candidates; questions without any are left out."""
    kept = [pool for pool in some if pool.labels.any()]
    rows = np.concatenate([pool.found.features for pool in kept])
    labels = np.concatenate([pool.labels for pool in kept])
    # Each question weighs the same, and so do its right and its wrong candidates.
    importance = np.concatenate([np.where(pool.labels, 1 / pool.labels.sum(), 3 / len(pool.labels)) for pool in kept])
    return _logistic(rows, labels, importance, strength=0.1)


def without_evidence(pool: Pool) -> Pool | None:
    """Return the question as if the article did not answer it: without its evidence and what is around it.

    Such a question is in the field, on topics the article treats, and yet not answered: the hard
    kind of unanswerable question, of which a gold set never has enough. None when there is nothing
    to take away, or nothing is left.
    """
    keep = ~pool.near
    if not pool.labels.any() or not keep.any():
        return None
    found = Candidates(pool.found.positions[keep], pool.found.features[keep])
    return Pool(pool.value, pool.question, found, pool.labels[keep], pool.near[keep])


def fit_answer(some: Sequence[Pool], selection: Floats) -> Floats:
    """Return the weights that tell whether the best candidate answers.

    Besides the unanswerable questions, those answerable ones count as unanswerable whose evidence
    was taken away.
    """
    rows, labels = _answer_rows(some, selection)
    bereft = [left for pool in some if pool.value.item.answerable and (left := without_evidence(pool)) is not None]
    more, _ = _answer_rows(bereft, selection)
    n_yes, n_no = float(labels.sum()), float((~labels).sum())
    importance = np.concatenate(
        [np.where(labels, 1.0, 0.8 * n_yes / max(1.0, n_no)), np.full(len(more), 0.2 * n_yes / max(1, len(more)))]
    )
    return _logistic(
        np.concatenate([rows, more]),
        np.concatenate([labels, np.zeros(len(more), dtype=bool)]),
        importance,
        strength=0.03,
    )


def _answer_rows(some: Sequence[Pool], selection: Floats) -> tuple[Floats, Any]:
    rows = [answer_features(pool.question, pool.found, _sigmoid(pool.found.features @ selection)) for pool in some]
    return np.array(rows), np.array([pool.value.item.answerable for pool in some])


def _logistic(rows: Floats, labels: Any, importance: Floats, *, strength: float) -> Floats:
    """Return weights for raw features; they were fitted on standardised ones, with an L2 penalty."""
    from sklearn.linear_model import LogisticRegression

    spread = rows.std(axis=0)
    bias = spread < 1e-9  # the constant feature stays as it is
    scale = np.where(bias, 1.0, spread)
    fitted = LogisticRegression(C=strength, max_iter=5000).fit(
        (rows - np.where(bias, 0.0, rows.mean(axis=0))) / scale, labels, sample_weight=importance
    )
    weights = fitted.coef_[0] / scale
    constant = FEATURES.index("bias")
    weights[constant] = float(fitted.intercept_[0]) - float(
        sum(
            w * m
            for n, (w, m) in enumerate(zip(weights, rows.mean(axis=0), strict=True))
            if n != constant and not bias[n]
        )
    )
    return np.asarray(weights, dtype=np.float64)


def best_threshold(probabilities: Floats, answerable: Any) -> float:
    """Return the threshold with the best mean F1 of answering and of refusing."""

    def quality(threshold: float) -> float:
        said = probabilities >= threshold
        scores = []
        for yes, truth in ((said, answerable), (~said, ~answerable)):
            hits = float((yes & truth).sum())
            scores.append(2 * hits / max(1.0, float(yes.sum() + truth.sum())))
        return sum(scores) / 2

    return max((round(t, 2) for t in np.arange(0.05, 0.96, 0.01)), key=quality)


def main() -> None:
    """Fit on the development split and write the weights."""
    article = load_article()
    engine = Engine.open(Settings.from_environment())
    values = list(load_suite(GOLD_DIR / "dev.jsonl", article, parse_article(article)))
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    some = examples(engine, values)
    for language in Language:
        own = [example for example in some if example.value.item.lang is language]
        start = np.array([stored["retrieval"][language].get(name, 0.0) for name in SIGNALS])
        held_out = cross_validated(own, np.ones(len(SIGNALS)))
        stored["retrieval"][language] = _named(SIGNALS, fit(own, start))
        _say(f"retrieval {language}: {len(own)} questions; held out " + _figures(held_out))
    write(WEIGHTS, to_json(stored))
    stored.update(_models(prose_pools(Engine.open(Settings.from_environment()), values), ""))
    with tempfile.TemporaryDirectory() as folder:
        bare = [
            as_added(pool) for pool in prose_pools(open_without(Path(folder), restatements={}, translations={}), values)
        ]
    stored.update(_models(bare, "_bare"))
    write(WEIGHTS, to_json(stored))


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


def _models(prose: Sequence[Pool], suffix: str) -> dict[str, Any]:
    """Return the fitted models of selection and answerability by name, as `weights.json` holds them."""
    _say(f"selection{suffix}, held out: " + _figures(_selection_held_out(prose)))
    selection = fit_selection(prose)
    answer = fit_answer(prose, selection)
    probabilities, answerable = _answer_held_out(prose)
    threshold = best_threshold(probabilities, answerable)
    refused = probabilities < threshold
    _say(
        f"answer{suffix}, held out at {threshold}: "
        + _figures(
            {
                "refusal precision": float((~answerable)[refused].mean()),
                "refusal recall": float(refused[~answerable].mean()),
            }
        )
    )
    return {
        f"selection{suffix}": {"weights": _named(FEATURES, selection), "threshold": 0.5},
        f"answer{suffix}": {"weights": _named(ANSWER_FEATURES, answer), "threshold": threshold},
    }


def _selection_held_out(some: Sequence[Pool]) -> dict[str, float]:
    """Share of questions whose evidence is the best candidate, or among the best three."""
    first: list[float] = []
    three: list[float] = []
    for train, test in _folds(some):
        weights = fit_selection(train)
        for pool in test:
            if pool.value.item.answerable and pool.value.needed:
                order = np.argsort(-(pool.found.features @ weights), kind="stable")
                first.append(float(pool.labels[order[0]]))
                three.append(float(pool.labels[order[:3]].any()))
    return {"first": float(np.mean(first)), "in three": float(np.mean(three)), "n": float(len(first))}


def _answer_held_out(some: Sequence[Pool]) -> tuple[Floats, Any]:
    probabilities: list[float] = []
    answerable: list[bool] = []
    for train, test in _folds(some):
        selection = fit_selection(train)
        weights = fit_answer(train, selection)
        rows, labels = _answer_rows(test, selection)
        probabilities += list(_sigmoid(rows @ weights))
        answerable += list(labels)
    return np.array(probabilities), np.array(answerable)


def _folds(some: Sequence[Pool]) -> list[tuple[list[Pool], list[Pool]]]:
    pairs = sorted({pool.value.item.pair for pool in some})
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    fold = {pairs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    return [
        (
            [pool for pool in some if fold[pool.value.item.pair] != n],
            [pool for pool in some if fold[pool.value.item.pair] == n],
        )
        for n in range(_FOLDS)
    ]


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return dict(zip(names, (round(float(weight), 4) for weight in weights), strict=True))


def _figures(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in values.items())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
