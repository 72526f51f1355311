"""Fit the weights of retrieval on the development questions: `python -m eval.fit`.

Pairwise logistic regression (RankSVM's idea, Joachims 2002, with the logistic loss): for each
question, a unit that covers needed evidence should score above one that covers none. The figures
printed are from cross-validation over pairs, so that no question is ranked by weights that saw it.
The test split is never read.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.config import Settings
from corpus.load import load_article
from corpus.types import Language
from eval.gold import GOLD_DIR, ResolvedItem, Split, load_suite
from eval.retrieval import COVERED
from eval.runs import to_json, write
from eval.spans import share
from ingest.build import parse_article
from ingest.lexicon import Floats
from rag.engine import Engine, Turn
from rag.retrieve import SIGNALS, WEIGHTS

_FOLDS = 5
_NEGATIVES = 60
_STRENGTH = 0.3  # inverse of the L2 penalty
_SEED = 0


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
            question = engine.understand(item.question, history=turns)
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


def main() -> None:
    """Fit on the development split and write the weights."""
    article = load_article()
    engine = Engine.open(Settings.from_environment())
    suite = load_suite(GOLD_DIR, article, parse_article(article))
    some = examples(engine, [value for value in suite if value.item.split is Split.DEV])
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    for language in Language:
        own = [example for example in some if example.value.item.lang is language]
        start = np.array([stored["retrieval"][language].get(name, 0.0) for name in SIGNALS])
        before = {
            "R@5": float(np.mean([recall(e, start, 5) for e in own])),
            "RR@10": float(np.mean([reciprocal_rank(e, start) for e in own])),
        }
        held_out = cross_validated(own, start)
        weights = fit(own, start)
        stored["retrieval"][language] = dict(zip(SIGNALS, (round(float(w), 3) for w in weights), strict=True))
        print(f"{language}: {len(own)} questions; before {before}; held out {held_out}")  # noqa: T201
    write(WEIGHTS, to_json(stored))


if __name__ == "__main__":
    main()
