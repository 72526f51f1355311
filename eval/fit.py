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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.config import Settings
from corpus.load import load_article
from corpus.types import Language
from eval.gold import GOLD_DIR, Nugget, ResolvedItem, load_suite
from eval.pools import Pool, Restated, as_added, open_without, prose_pools, restated_questions, without_evidence
from eval.retrieval import COVERED
from eval.runs import to_json, write
from eval.spans import share
from ingest.build import parse_article
from ingest.lexicon import Floats
from rag.compose import compose
from rag.engine import Engine, Turn
from rag.features import FEATURES
from rag.further import FURTHER_FEATURES, further_features
from rag.retrieve import SIGNALS, WEIGHTS
from rag.select import ANSWER_FEATURES, Model, answer_features, further

_FOLDS = 5
_NEGATIVES = 60
_STRENGTH = 0.3  # inverse of the L2 penalty
_SEED = 0
_RESTATED = 0.3  # what a question from the restatements counts of a gold one
_CLOSE = 8  # candidates that may be added to an answer, the best among them
_AS_GOOD = 0.005  # a mean F1 of so much less is as good
_RIGHT_REFUSALS = 0.9
_WORDS = 45  # the median length that answers should have


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


def fit_selection(some: Sequence[Pool], more: Sequence[Restated] = ()) -> Floats:
    """Return the weights that tell evidence from other candidates; questions without any are left out.

    Args:
        more: questions from the restatements. They show what pieces of all parts of the article
            answer, where gold questions are few, and count less.
    """
    kept = [(pool.found, pool.labels, 1.0) for pool in some if pool.labels.any()]
    kept += [(question.found, question.labels, _RESTATED) for question in more]
    rows = np.concatenate([found.features for found, _, _ in kept])
    labels = np.concatenate([right for _, right, _ in kept])
    # Each gold question weighs the same, and so do its right and its wrong candidates.
    importance = np.concatenate(
        [weight * np.where(right, 1 / right.sum(), 3 / len(right)) for _, right, weight in kept]
    )
    return _logistic(rows, labels, importance, strength=0.1, names=FEATURES)


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
        strength=0.05,
        names=ANSWER_FEATURES,
    )


def _answer_rows(some: Sequence[Pool], selection: Floats) -> tuple[Floats, Any]:
    rows = [
        answer_features(pool.question, pool.retriever, pool.found, _sigmoid(pool.found.features @ selection))
        for pool in some
    ]
    return np.array(rows), np.array([pool.value.item.answerable for pool in some])


def fit_further(some: Sequence[tuple[Pool, Floats]]) -> Floats:
    """Return the weights that tell whether one more piece brings a fact, from probabilities of candidates."""
    rows, labels = zip(*(_further_rows(pool, probabilities) for pool, probabilities in some), strict=True)
    together = np.concatenate(rows)
    return _logistic(together, np.concatenate(labels), np.ones(len(together)), strength=0.05, names=FURTHER_FEATURES)


def _further_rows(pool: Pool, probabilities: Floats) -> tuple[Floats, Any]:
    """Return the features of the best candidates after the first, and which bring a vital fact not yet stated."""
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")[:_CLOSE]]
    vital = [nugget for nugget in pool.value.nuggets if nugget.vital]
    chosen = order[:1]
    held = _stated(pool, chosen, vital)
    rows: list[Floats] = []
    labels: list[bool] = []
    for rank, row in enumerate(order[1:]):
        rows.append(
            further_features(
                pool.question,
                pool.retriever,
                pool.found,
                probabilities,
                shape=pool.shape,
                chosen=chosen,
                row=row,
                rank=rank,
            )
        )
        now = _stated(pool, [*chosen, row], vital)
        labels.append(now > held)
        if now > held:
            chosen, held = [*chosen, row], now
    return np.array(rows).reshape(len(rows), len(FURTHER_FEATURES)), np.array(labels, dtype=bool)


def _stated(pool: Pool, rows: Sequence[int], vital: Sequence[Nugget]) -> int:
    text = _text(pool, rows)
    return sum(nugget.held_by(text) for nugget in vital)


def _text(pool: Pool, rows: Sequence[int]) -> str:
    chunks = [pool.retriever.chunks[int(pool.found.positions[row])] for row in rows]
    return " ".join(sentence.text for sentence in compose(chunks, language=pool.value.item.lang)[0])


def further_held_out(some: Sequence[Pool], more: Sequence[Restated]) -> tuple[Floats, float, dict[str, float]]:
    """Return the weights for further pieces, the threshold that gives answers of the wanted length, and figures.

    The threshold is the lowest one at which the median answer has no more than `_WORDS` words. All
    is judged by models that did not see the question.
    """
    judged: list[list[tuple[Pool, Floats]]] = []
    for train, test in _folds(some):
        selection = fit_selection(train, more)
        judged.append(
            [
                (pool, _sigmoid(pool.found.features @ selection))
                for pool in test
                if pool.value.item.answerable and any(nugget.vital for nugget in pool.value.nuggets)
            ]
        )
    models = [fit_further([one for m, fold in enumerate(judged) if m != n for one in fold]) for n in range(len(judged))]
    for threshold in (round(t, 3) for t in np.arange(0.03, 0.5, 0.005)):
        lengths: list[int] = []
        shares: list[float] = []
        for weights, fold in zip(models, judged, strict=True):
            for pool, probabilities in fold:
                chosen = further(
                    pool.question,
                    pool.retriever,
                    pool.found,
                    probabilities,
                    shape=pool.shape,
                    fitted=Model(weights, threshold),
                )
                vital = [nugget for nugget in pool.value.nuggets if nugget.vital]
                lengths.append(len(_text(pool, chosen).split()))
                shares.append(_stated(pool, chosen, vital) / len(vital))
        if np.median(lengths) <= _WORDS:
            break
    figures = {"vital recall": float(np.mean(shares)), "median words": float(np.median(lengths))}
    return fit_further([one for fold in judged for one in fold]), threshold, figures


def _logistic(rows: Floats, labels: Any, importance: Floats, *, strength: float, names: Sequence[str]) -> Floats:
    """Return weights for raw features; they were fitted on standardised ones, with an L2 penalty."""
    from sklearn.linear_model import LogisticRegression

    spread = rows.std(axis=0)
    bias = spread < 1e-9  # the constant feature stays as it is
    scale = np.where(bias, 1.0, spread)
    fitted = LogisticRegression(C=strength, max_iter=5000).fit(
        (rows - np.where(bias, 0.0, rows.mean(axis=0))) / scale, labels, sample_weight=importance
    )
    weights = fitted.coef_[0] / scale
    constant = names.index("bias")
    weights[constant] = float(fitted.intercept_[0]) - float(
        sum(
            w * m
            for n, (w, m) in enumerate(zip(weights, rows.mean(axis=0), strict=True))
            if n != constant and not bias[n]
        )
    )
    return np.asarray(weights, dtype=np.float64)


def best_threshold(probabilities: Floats, answerable: Any) -> float:
    """Return the threshold with about the best mean F1 of answering and of refusing.

    The curve is flat around its top. Of thresholds about as good as the best one the highest is
    taken at which nine of ten refusals are right; the best one itself where there is none.
    """

    def quality(threshold: float) -> float:
        said = probabilities >= threshold
        scores = []
        for yes, truth in ((said, answerable), (~said, ~answerable)):
            hits = float((yes & truth).sum())
            scores.append(2 * hits / max(1.0, float(yes.sum() + truth.sum())))
        return sum(scores) / 2

    tried = {round(t, 2): quality(round(t, 2)) for t in np.arange(0.05, 0.96, 0.01)}
    best = max(tried, key=lambda t: tried[t])
    right = [
        t
        for t, value in tried.items()
        if value >= tried[best] - _AS_GOOD and (~answerable)[probabilities < t].mean() >= _RIGHT_REFUSALS
    ]
    return max(right, default=best)


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
    prose = prose_pools(Engine.open(Settings.from_environment()), values)
    stored.update(_models(prose, restated_questions(), ""))
    with tempfile.TemporaryDirectory() as folder:
        bare = [
            as_added(pool) for pool in prose_pools(open_without(Path(folder), restatements={}, translations={}), values)
        ]
        stored.update(_models(bare, [], "_bare"))
    write(WEIGHTS, to_json(stored))


def _models(prose: Sequence[Pool], more: Sequence[Restated], suffix: str) -> dict[str, Any]:
    """Return the fitted models of selection and answerability by name, as `weights.json` holds them."""
    _say(f"selection{suffix}, held out: " + _figures(_selection_held_out(prose, more)))
    selection = fit_selection(prose, more)
    answer = fit_answer(prose, selection)
    probabilities, answerable = _answer_held_out(prose, more)
    threshold = best_threshold(probabilities, answerable)
    refused = probabilities < threshold
    quality = {
        "AUC": _auc(probabilities, answerable),
        "refusal precision": float((~answerable)[refused].mean()),
        "refusal recall": float(refused[~answerable].mean()),
    }
    _say(f"answer{suffix}, held out at {threshold}: " + _figures(quality))
    adds, length, figures = further_held_out(prose, more)
    _say(f"further{suffix}, held out at {length}: " + _figures(figures))
    return {
        f"selection{suffix}": {"weights": _named(FEATURES, selection), "threshold": 0.5},
        f"answer{suffix}": {"weights": _named(ANSWER_FEATURES, answer), "threshold": threshold},
        f"further{suffix}": {"weights": _named(FURTHER_FEATURES, adds), "threshold": length},
    }


def _auc(probabilities: Floats, answerable: Any) -> float:
    """Return how often an answerable question is held more probable than an unanswerable one."""
    yes, no = probabilities[answerable][:, None], probabilities[~answerable][None, :]
    return float(((yes > no) + 0.5 * (yes == no)).mean())


def _selection_held_out(some: Sequence[Pool], more: Sequence[Restated]) -> dict[str, float]:
    """Share of questions whose evidence is the best candidate, or among the best three."""
    first: list[float] = []
    three: list[float] = []
    for train, test in _folds(some):
        weights = fit_selection(train, more)
        for pool in test:
            if pool.value.item.answerable and pool.value.needed:
                order = np.argsort(-(pool.found.features @ weights), kind="stable")
                first.append(float(pool.labels[order[0]]))
                three.append(float(pool.labels[order[:3]].any()))
    return {"first": float(np.mean(first)), "in three": float(np.mean(three)), "n": float(len(first))}


def _answer_held_out(some: Sequence[Pool], more: Sequence[Restated]) -> tuple[Floats, Any]:
    probabilities: list[float] = []
    answerable: list[bool] = []
    for train, test in _folds(some):
        selection = fit_selection(train, more)
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
