"""Fit the weights of retrieval and selection on development and practice questions: `python -m eval.fit`.

Pairwise logistic regression (RankSVM's idea, Joachims 2002, with the logistic loss): for each
question, a unit that covers needed evidence should score above one that covers none. The figures
printed are of development questions, cross-validated over pairs, so that none is ranked by weights that saw it.
The test split is never read.
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.config import Settings
from corpus.errors import QuestionError
from corpus.load import load_article
from corpus.types import Language
from eval.gold import GOLD_DIR, ResolvedItem, load_suite
from eval.learn import unlearned
from eval.pools import Pool, as_added, every_other, open_without, prose_pools
from eval.practice import PracticeQuestion, load_practice
from eval.retrieval import COVERED
from eval.runs import to_json, write
from eval.spans import share
from ingest.build import parse_article
from ingest.lexicon import Floats
from rag.engine import Engine, Turn
from rag.prose.compose import compose
from rag.prose.features import FEATURES
from rag.prose.further import FURTHER_FEATURES, further_features
from rag.prose.select import ANSWER_FEATURES, Directions, Model, answer_features, further
from rag.retrieval.retrieve import SIGNALS, WEIGHTS

_FOLDS = 5
# A reference that nobody asked for is never the likelier for that. Its prior would make up for restatements, which
# references have not; but then nor has an added article, whose references would stand before all it says.
_NO_GAIN = np.array([name == "reference" for name in SIGNALS])
_NEGATIVES = 30
# What a practice question counts in ranking: there are many, and none asks for a reference or a trial.
_PRACTISED = 0.15
_STRENGTH = 0.3  # inverse of the L2 penalty
_SEED = 0
_LISTWISE = 5.0  # L2 penalty of the listwise loss, in questions
_MAIN = 24  # main directions of questions and their words
_FLAT = 1e-9
_TINY = 1e-12
_CLOSE = 8  # candidates that may be added to an answer, the best among them
_AS_GOOD = 0.003  # a mean F1 of so much less is as good
_RIGHT_REFUSALS = 0.9
_WORDS = 45  # the median length that answers should have


@dataclass(frozen=True)
class Example:
    """A question with the signals of all listed units, and which pieces of evidence each covers.

    Attributes:
        id: of the question.
        pair: what its versions in both languages share.
        signals: shape (n_signals, n_units).
        covers: shape (n_evidence, n_units), True where a unit covers a needed piece of evidence.
        counts: its weight in a fit.
    """

    id: str
    pair: str
    lang: Language
    signals: Floats
    covers: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]"
    counts: float = 1.0


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
            found.append(Example(item.id, item.pair, item.lang, retriever.score(question).signals[:, listed], covers))
        if item.dialogue:
            turns += [Turn("user", item.question), Turn("assistant", "")]
    return found


def practice_examples(engine: Engine, questions: Iterable[PracticeQuestion]) -> list[Example]:
    """Return an example for each practice question that some pieces answer; any unit with one of them covers it."""
    retriever = engine.retriever
    listed = np.flatnonzero(retriever.listed)
    found: list[Example] = []
    for number, asked in enumerate(questions):
        try:
            plan = engine.plan(asked.question)
        except QuestionError:
            continue
        if not asked.pieces or plan.language is not asked.lang:
            continue
        holding = {int(retriever.passage_of[retriever.position[piece]]) for piece in asked.pieces}
        holding |= {retriever.position[piece] for piece in asked.pieces}
        covers = np.array([[int(position) in holding for position in listed]])
        signals = retriever.score(plan.question).signals[:, listed]
        found.append(Example(f"practice-{number}", asked.need, asked.lang, signals, covers, _PRACTISED))
    return found


def fit(some: Sequence[Example], start: Floats) -> Floats:
    """Return the weights that rank the evidence of these examples best."""
    from sklearn.linear_model import LogisticRegression

    weights = start
    no_gain = _NO_GAIN if len(start) == len(SIGNALS) else np.zeros(len(start), dtype=bool)
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
                importance += [example.counts / len(hard)] * len(hard)
        differences = np.concatenate(rows)
        both = np.concatenate([differences, -differences])
        labels = np.repeat([1, 0], len(differences))
        model = LogisticRegression(C=_STRENGTH * len(rows), fit_intercept=False, max_iter=2000)
        model.fit(both, labels, sample_weight=np.array(importance * 2))
        weights = np.where(no_gain & (model.coef_[0] > 0), 0.0, model.coef_[0])
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


def cross_validated(some: Sequence[Example], start: Floats, more: Sequence[Example] = ()) -> dict[str, float]:
    """Return R@5 and RR@10 over held-out folds of pairs; `more` is always fitted on."""
    pairs = sorted({example.pair for example in some})
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    fold = {pairs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    values: list[tuple[float, float]] = []
    for held_out in range(_FOLDS):
        weights = fit([*(e for e in some if fold[e.pair] != held_out), *more], start)
        values += [(recall(e, weights, 5), reciprocal_rank(e, weights)) for e in some if fold[e.pair] == held_out]
    return {"R@5": float(np.mean([v[0] for v in values])), "RR@10": float(np.mean([v[1] for v in values]))}


@dataclass(frozen=True)
class Fold:
    """Questions to fit on and questions held out, with the weights of selection fitted on the former."""

    train: Sequence[Pool]
    test: Sequence[Pool]
    selection: Floats


def fit_selection(some: Sequence[Pool]) -> Floats:
    """Return the weights that tell evidence from other candidates; questions without any are left out.

    Listwise: of the candidates of a question, evidence should have the largest share of the softmax
    (ListNet's top-one probability, Cao et al. 2007). A scale and an offset then make probabilities
    of the scores.
    """
    kept = [pool for pool in some if pool.labels.any()]
    features = np.concatenate([pool.found.features for pool in kept])
    labels = np.concatenate([pool.labels for pool in kept])
    sizes = np.array([len(pool.labels) for pool in kept])
    weights = listwise(features, labels, sizes)
    scores = features @ weights
    # Each question weighs the same, and so do its right and its wrong candidates.
    importance = np.concatenate([np.where(pool.labels, 1 / pool.labels.sum(), 3 / len(pool.labels)) for pool in kept])
    both = np.stack([scores, np.ones(len(scores))], axis=1)
    scale, offset = _logistic(both, labels, importance, strength=100.0, names=("score", "bias"))
    weights = weights * scale
    weights[FEATURES.index("bias")] += offset
    return np.asarray(weights)


def listwise(
    features: Floats, labels: Any, sizes: Any, *, penalty: float = _LISTWISE, counts: Floats | None = None
) -> Floats:
    """Return weights, for raw features, by which labelled rows have the largest share of the softmax of their list.

    Args:
        penalty: of squared weights, in lists.
        counts: what each list counts, shape (n_lists,); one each when left out.
    """
    from scipy.optimize import minimize

    spread = features.std(axis=0)
    scale = np.where(spread < _FLAT, 1.0, spread)
    rows = features / scale
    owner = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    each = np.ones(len(sizes)) if counts is None else counts

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        whole = np.add.reduceat(raised, starts)
        right = np.add.reduceat(raised * labels, starts) + _TINY
        gradient = (each[owner] * (raised / whole[owner] - raised * labels / right[owner])) @ rows
        value = float(each @ (np.log(whole) - np.log(right)) + penalty * (weights @ weights) / 2)
        return value, gradient + penalty * weights

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x / scale, dtype=np.float64)


def fit_answer(some: Sequence[Pool], selection: Floats, *, directions: bool = True) -> Model:
    """Return what tells whether the best candidate answers; its threshold is left at a half.

    Args:
        directions: learn also from the vectors of the question and of its words that are not held
            (`rag.prose.select.Directions`), each in the `_MAIN` main directions of these questions.
    """
    rows, labels = _answer_rows(some, selection)
    n_yes, n_no = float(labels.sum()), float((~labels).sum())
    importance = np.where(labels, 1.0, 0.8 * n_yes / max(1.0, n_no))
    if not directions:
        weights = _logistic(rows, labels, importance, strength=0.05, names=ANSWER_FEATURES)
        return Model(weights, 0.5)
    asked = np.stack([pool.found.asked for pool in some])
    lacking = np.stack([_lacking(pool, selection) for pool in some])
    main_asked = _main_directions(asked - asked.mean(axis=0))
    main_lacking = _main_directions(np.concatenate([pool.found.words for pool in some]))
    together = np.concatenate([rows, asked @ main_asked, lacking @ main_lacking], axis=1)
    names = (*ANSWER_FEATURES, *(f"asked {n}" for n in range(_MAIN)), *(f"lacking {n}" for n in range(_MAIN)))
    weights = _logistic(together, labels, importance, strength=0.05, names=names)
    own, along_asked, along_lacking = np.split(weights, [len(ANSWER_FEATURES), len(ANSWER_FEATURES) + _MAIN])
    for name in ("asked", "lacking"):
        own[ANSWER_FEATURES.index(name)] = 1.0
    return Model(own, 0.5, Directions(main_asked @ along_asked, main_lacking @ along_lacking))


def _main_directions(vectors: Floats) -> Floats:
    """Return the directions in which vectors differ most, shape (dim, `_MAIN`)."""
    return np.asarray(np.linalg.svd(vectors, full_matrices=False)[2][:_MAIN].T)


def _lacking(pool: Pool, selection: Floats) -> Floats:
    return pool.found.lacking(int(np.argmax(pool.found.features @ selection)))


def _answer_rows(some: Sequence[Pool], selection: Floats, directions: Directions | None = None) -> tuple[Floats, Any]:
    rows = [
        answer_features(
            pool.question, pool.retriever, pool.found, _sigmoid(pool.found.features @ selection), directions
        )
        for pool in some
    ]
    return np.array(rows), np.array([pool.answerable for pool in some])


def fit_further(some: Sequence[tuple[Pool, Floats]]) -> Floats:
    """Return the weights that tell whether one more piece brings a fact, from probabilities of candidates."""
    rows, labels = zip(*(_further_rows(pool, probabilities) for pool, probabilities in some), strict=True)
    together = np.concatenate(rows)
    return _logistic(together, np.concatenate(labels), np.ones(len(together)), strength=0.05, names=FURTHER_FEATURES)


def _further_rows(pool: Pool, probabilities: Floats) -> tuple[Floats, Any]:
    """Return the features of the best candidates after the first, and which bring a vital fact not yet stated."""
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")[:_CLOSE]]
    chosen = order[:1]
    held = _stated(pool, chosen)
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
        now = _stated(pool, [*chosen, row])
        labels.append(now > held)
        if now > held:
            chosen, held = [*chosen, row], now
    return np.array(rows).reshape(len(rows), len(FURTHER_FEATURES)), np.array(labels, dtype=bool)


def _stated(pool: Pool, rows: Sequence[int]) -> int:
    text = _text(pool, rows)
    return sum(nugget.held_by(text) for nugget in pool.vital)


def _text(pool: Pool, rows: Sequence[int]) -> str:
    chunks = [pool.retriever.chunks[int(pool.found.positions[row])] for row in rows]
    return " ".join(sentence.text for sentence in compose(chunks, language=pool.language)[0])


def further_held_out(folds: Sequence[Fold]) -> tuple[Floats, float, dict[str, float]]:
    """Return the weights for further pieces, the threshold that gives answers of the wanted length, and figures.

    The threshold is the lowest one at which the median answer has no more than `_WORDS` words. All
    is judged by models that did not see the question.
    """
    judged: list[list[tuple[Pool, Floats]]] = [
        [(pool, _sigmoid(pool.found.features @ fold.selection)) for pool in fold.test if pool.answerable and pool.vital]
        for fold in folds
    ]
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
                lengths.append(len(_text(pool, chosen).split()))
                shares.append(_stated(pool, chosen) / len(pool.vital))
        if np.median(lengths) <= _WORDS:
            break
    figures = {"vital recall": float(np.mean(shares)), "median words": float(np.median(lengths))}
    return fit_further([one for fold in judged for one in fold]), threshold, figures


def _logistic(rows: Floats, labels: Any, importance: Floats, *, strength: float, names: Sequence[str]) -> Floats:
    """Return weights for raw features; they were fitted on standardised ones, with an L2 penalty."""
    from sklearn.linear_model import LogisticRegression

    spread = rows.std(axis=0)
    bias = spread < _FLAT  # the constant feature stays as it is
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

    The curve is flat around its top. Of thresholds about as good as the best one, and at which nine
    of ten refusals are right, the middle one is taken, which favours neither; the best one itself where
    there is none.
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
    return sorted(right)[len(right) // 2] if right else best


def main() -> None:
    """Fit on the development split and the practice questions, and write the weights."""
    article = load_article()
    engine = Engine.open(Settings.from_environment())
    values = list(load_suite(GOLD_DIR / "dev.jsonl", article, parse_article(article)))
    practice = load_practice()
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    some, more = examples(engine, values), practice_examples(engine, practice)
    for language in Language:
        own, beside = ([example for example in few if example.lang is language] for few in (some, more))
        start = np.array([stored["retrieval"][language].get(name, 0.0) for name in SIGNALS])
        held_out = cross_validated(own, np.ones(len(SIGNALS)), beside)
        stored["retrieval"][language] = _named(SIGNALS, fit([*own, *beside], start))
        _say(f"retrieval {language}: {len(own)} questions; held out " + _figures(held_out))
    write(WEIGHTS, to_json(stored))
    with tempfile.TemporaryDirectory() as folder:
        thinned = open_without(Path(folder), restatements=every_other(article.restatements))
        asked = prose_pools(Engine.open(Settings.from_environment()), values)
        some_pools = unlearned(prose_pools(thinned, values, practice))
        stored.update(_models(some_pools, asked, "", directions=True))
    with tempfile.TemporaryDirectory() as folder:
        added = open_without(Path(folder), restatements={}, translations={})
        bare = [as_added(pool) for pool in prose_pools(added, values, practice)]
        stored.update(_models(bare, bare, "_bare", directions=False))
    write(WEIGHTS, to_json(stored))


def _models(prose: Sequence[Pool], asked: Sequence[Pool], suffix: str, *, directions: bool) -> dict[str, Any]:
    """Return the fitted models of selection and answerability by name, as `weights.json` holds them.

    Args:
        asked: the development questions as they are asked of the whole index, for thresholds and figures.
    """
    folds = _folds(prose, asked)
    _say(f"selection{suffix}, held out: " + _figures(_selection_held_out(folds)))
    selection = fit_selection(prose)
    answer = fit_answer(prose, selection, directions=directions)
    probabilities, answerable = _answer_held_out(folds, directions=directions)
    threshold = best_threshold(probabilities, answerable)
    refused = probabilities < threshold
    quality = {
        "AUC": _auc(probabilities, answerable),
        "refusal precision": float((~answerable)[refused].mean()),
        "refusal recall": float(refused[~answerable].mean()),
    }
    _say(f"answer{suffix}, held out at {threshold}: " + _figures(quality))
    if directions:
        _say(f"answer{suffix}, without directions: AUC {_auc(*_answer_held_out(folds, directions=False)):.3f}")
    adds, length, figures = further_held_out(folds)
    _say(f"further{suffix}, held out at {length}: " + _figures(figures))
    judged: dict[str, Any] = {"weights": _named(ANSWER_FEATURES, answer.weights), "threshold": threshold}
    if answer.directions is not None:
        judged["directions"] = {
            "asked": [round(float(value), 3) for value in answer.directions.asked],
            "lacking": [round(float(value), 3) for value in answer.directions.lacking],
        }
    return {
        f"selection{suffix}": {"weights": _named(FEATURES, selection), "threshold": 0.5},
        f"answer{suffix}": judged,
        f"further{suffix}": {"weights": _named(FURTHER_FEATURES, adds), "threshold": length},
    }


def _auc(probabilities: Floats, answerable: Any) -> float:
    """Return how often an answerable question is held more probable than an unanswerable one."""
    yes, no = probabilities[answerable][:, None], probabilities[~answerable][None, :]
    return float(((yes > no) + 0.5 * (yes == no)).mean())


def _selection_held_out(folds: Sequence[Fold]) -> dict[str, float]:
    """Share of questions whose evidence is the best candidate, or among the best three."""
    first: list[float] = []
    three: list[float] = []
    for fold in folds:
        for pool in fold.test:
            if pool.answerable and pool.has_evidence:
                order = np.argsort(-(pool.found.features @ fold.selection), kind="stable")
                first.append(float(pool.labels[order[0]]))
                three.append(float(pool.labels[order[:3]].any()))
    return {"first": float(np.mean(first)), "in three": float(np.mean(three)), "n": float(len(first))}


def _answer_held_out(folds: Sequence[Fold], *, directions: bool) -> tuple[Floats, Any]:
    probabilities: list[float] = []
    answerable: list[bool] = []
    for fold in folds:
        fitted = fit_answer(fold.train, fold.selection, directions=directions)
        rows, labels = _answer_rows(fold.test, fold.selection, fitted.directions)
        probabilities += list(fitted.probability(rows))
        answerable += list(labels)
    return np.array(probabilities), np.array(answerable)


def _folds(some: Sequence[Pool], asked: Sequence[Pool]) -> list[Fold]:
    """Return folds of the development questions by pair; all practice questions stand on the side fitted on.

    Args:
        some: what is fitted on.
        asked: what is held out of it.
    """
    pairs = sorted({pool.pair for pool in some if not pool.practice})
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    number = {pairs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    found: list[Fold] = []
    for n in range(_FOLDS):
        train = [pool for pool in some if pool.practice or number[pool.pair] != n]
        test = [pool for pool in asked if not pool.practice and number[pool.pair] == n]
        found.append(Fold(train, test, fit_selection(train)))
    return found


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
