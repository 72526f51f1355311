"""What each part of retrieval and answering is worth: `python -m eval.ablate`, Markdown on stdout.

One thing is taken away at a time and everything else fitted anew. Weights come from
cross-validation over pairs, so that no question is ranked by weights that saw it, and start from
equal ones. Only the development split is read. `--misses` lists the evidence that the whole search
does not bring among the first five.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np

import rag.engine
import rag.prose.answers
import rag.prose.select
from corpus.config import Settings
from corpus.load import Article, load_article
from corpus.types import Language
from eval import fit, pools, retrieval
from eval.fit import Example
from eval.gold import GOLD_DIR, ResolvedItem, Suite, Type, Variant, load_suite
from eval.record import Record, record
from eval.run import evaluate, score
from eval.spans import share
from eval.stats import clustered_mean
from eval.summary import refusals, scored
from eval.systems import EvidencaSystem, Retrieved, open_system
from ingest.build import parse_article
from ingest.lexicon import Floats
from rag.engine import Engine, Turn
from rag.prose.select import Model
from rag.questions.plan import Route
from rag.questions.planner import Planner
from rag.questions.question import Question
from rag.retrieval.learned import FEATURES as LEARNED_FEATURES
from rag.retrieval.retrieve import PRIORS, SIGNALS, STANDARDISED, Retriever, Scores
from rag.routes.meant import Answered

FOLDS = 5
BASELINES = ("bm25", "minilm", "llama-index")
SHOWN_TYPES = (
    Type.FACT,
    Type.PARAPHRASE,
    Type.DEFINITION,
    Type.MULTI,
    Type.OVERVIEW,
    Type.REFERENCE,
    Type.LOOKUP,
)
SHOWN_VARIANTS = (Variant.NO_DIACRITICS, Variant.TYPO)
# What is taken away: the names of signals that go, by row of the table.
OFF: Mapping[str, tuple[str, ...]] = {
    "dense off": ("dense",),
    "late, form, meaning, sentence off": ("late", "form", "meaning", "sentence"),
    "bm25 off": ("bm25",),
    "ngrams off": ("ngrams",),
    "restatements off (both signals)": ("restated", "restated_dense"),
    "priors off": PRIORS,
}
_SEED = 0
_RRF = 60  # Cormack et al. 2009

Values = Mapping[str, Mapping[str, float]]
"""By item, then by measure."""
Orders = Mapping[str, Sequence[int]]
"""By item, the positions of the units, best first."""


def load_dev(article: Article) -> Suite:
    """Return the development questions; the test split is not read."""
    return load_suite(GOLD_DIR / "dev.jsonl", article, parse_article(article))


def folds(suite: Suite) -> dict[str, int]:
    """Return the fold of each pair; both languages, twins and all turns of a dialogue share one."""
    pairs = sorted({value.item.pair for value in suite})
    order = np.random.default_rng(_SEED).permutation(len(pairs))
    return {pairs[position]: rank % FOLDS for rank, position in enumerate(order)}


def open_without(folder: Path, **changes: Mapping[str, object]) -> Engine:
    """Return an engine as `pools.open_without` does, which computes the signals of a question only once."""
    engine = pools.open_without(folder, **changes)
    _remember_signals(engine.retriever)
    return engine


def _remember_signals(retriever: Retriever) -> None:
    """Compute the signals of a question once, however many weights are tried on them."""
    known: dict[Question, Scores] = {}
    score_anew = retriever.score

    def remembered(question: Question) -> Scores:
        if question not in known:
            known[question] = score_anew(question)
        scores = known[question]
        return replace(scores, fused=retriever.weights[question.language] @ scores.signals)

    vars(retriever)["score"] = remembered


def understood(engine: Engine, suite: Suite) -> dict[str, Question]:
    """Return every question as the engine understands it, turns of dialogues with their history."""
    history: dict[str, list[Turn]] = {}
    found: dict[str, Question] = {}
    for value in suite:
        turns = history.setdefault(value.item.dialogue, []) if value.item.dialogue else []
        found[value.item.id] = engine.plan(value.item.question, history=turns).question
        turns += [Turn("user", value.item.question), Turn("assistant", "")]
    return found


def examples(retriever: Retriever, suite: Suite, questions: Mapping[str, Question]) -> list[Example]:
    """Return the signals of all listed units for each item with evidence."""
    listed = np.flatnonzero(retriever.listed)
    units = [retriever.chunks[position].spans for position in listed]
    found: list[Example] = []
    for value in _judged(suite):
        covers = [
            [any(share(spans, unit) >= retrieval.COVERED for spans in alternatives) for unit in units]
            for alternatives in value.needed
        ]
        signals = retriever.score(questions[value.item.id]).signals[:, listed]
        found.append(Example(value.item.id, value.item.pair, value.item.lang, signals, np.array(covers)))
    return found


def kept(some: Sequence[Example], columns: Floats) -> list[Example]:
    """Return the examples with other signals: sums of the old ones, weighted by the rows of `columns`.

    Args:
        columns: shape (n_new, n_signals).
    """
    return [replace(example, signals=columns @ example.signals) for example in some]


def only(names: Sequence[str]) -> Floats:
    """Return the columns that keep the signals of these names, for `kept`."""
    return np.eye(len(SIGNALS))[[SIGNALS.index(name) for name in names]]


def learnt(some: Sequence[Example], fold: Mapping[str, int]) -> dict[tuple[Language, int], Floats]:
    """Return for each language and fold the weights fitted on the other folds."""
    start = np.ones(len(some[0].signals))
    return {
        (language, held_out): fit.fit([e for e in some if e.lang is language and fold[e.pair] != held_out], start)
        for language in Language
        for held_out in range(FOLDS)
    }


def crossed(some: Sequence[Example], fold: Mapping[str, int]) -> dict[str, Sequence[int]]:
    """Return the ranking of each example by weights fitted on the other folds."""
    weights = learnt(some, fold)
    return {e.id: _order(weights[e.lang, fold[e.pair]] @ e.signals) for e in some}


def summed(some: Sequence[Example]) -> dict[str, Sequence[int]]:
    """Return the ranking of each example by the plain sum of its signals."""
    return {e.id: _order(e.signals.sum(axis=0)) for e in some}


def by_ranks(some: Sequence[Example]) -> dict[str, Sequence[int]]:
    """Return the ranking of each example by reciprocal rank fusion of its signals."""
    found: dict[str, Sequence[int]] = {}
    for e in some:
        ranks = np.argsort(np.argsort(-e.signals, axis=1, kind="stable"), axis=1, kind="stable")
        found[e.id] = _order((1 / (_RRF + 1 + ranks)).sum(axis=0))
    return found


def measured(retriever: Retriever, suite: Suite, orders: Orders) -> Values:
    """Return the measures of rankings of the listed units, as `eval.run` takes them."""
    listed = [retriever.chunks[position] for position in np.flatnonzero(retriever.listed)]
    return _measures(suite, {key: [(listed[n].id, listed[n].spans) for n in order] for key, order in orders.items()})


def searched(
    engine: Engine, suite: Suite, weights: Mapping[tuple[Language, int], Floats], fold: Mapping[str, int]
) -> dict[str, list[Retrieved]]:
    """Return what the whole `Engine.search` finds, each question by the weights of its fold."""
    system = EvidencaSystem(engine)
    found: dict[str, list[Retrieved]] = {}
    for held_out in range(FOLDS):
        with _weights(engine, {language: weights[language, held_out] for language in Language}):
            history: dict[str, list[Turn]] = {}
            for value in suite:
                item = value.item
                if fold[item.pair] != held_out:
                    continue
                turns = history.setdefault(item.dialogue, []) if item.dialogue else []
                found[item.id] = system.search(item.question, turns, k=retrieval.DEPTH)
                turns += [Turn("user", item.question), Turn("assistant", "")]
    return found


def baseline(name: str, suite: Suite, article: Article, folder: Path) -> Values:
    """Return the measures of a baseline, asked through `eval.run`."""
    judged = suite.only(value.item.id for value in _judged(suite))
    system = open_system(name, Settings(index_dir=folder))
    vars(system)["_scores"] = cache(
        vars(type(system))["_scores"].__get__(system)
    )  # it is asked to answer and to search
    run = evaluate(judged, system, article=article, document=parse_article(article), folder=folder / name)
    return {
        key: {measure: found.metrics[measure] or 0.0 for measure in ("R@5", "RR@10")}
        for key, found in run.records.items()
    }


@contextmanager
def changed_engine(engine: Engine, name: str) -> Iterator[None]:
    """Take a part of answering away while the block runs; what was remembered with it is forgotten.

    Args:
        name: one of `ANSWER_PARTS`.
    """
    target, attribute, replacement = ANSWER_PARTS[name]
    engine.forget()
    with patch.object(target, attribute, replacement):
        yield
    engine.forget()


def _prose_route(self: Planner, question: Question, reading: object = None) -> tuple[Route, str]:
    route, why = _ROUTE(self, question, reading)  # type: ignore[arg-type]
    return (Route.PROSE, "ablation") if route in (Route.TABLE, Route.BIBLIOGRAPHY) else (route, why)


def _as_form_tells(some: Sequence[Answered], **_: object) -> Answered | None:
    return some[0] if some[0].refusal is None else None


_ROUTE = Planner.route
# What is patched, and with what, by row of the table.
ANSWER_PARTS: Mapping[str, tuple[object, str, Callable[..., object]]] = {
    "no veto of unmet names, numbers, kinds": (rag.prose.answers, "unmet", lambda *_: ()),
    "no part-by-part": (rag.prose.answers, "part_by_part", lambda *_: None),
    "parts not asked by themselves": (rag.engine, "in_parts", lambda *_: None),
    "follow-ups as their form tells": (rag.engine, "choose", _as_form_tells),
    "no dialogue resolution": (Engine, "_previous", lambda *_: (None, None)),
    "tables and bibliography off": (Planner, "route", _prose_route),
}


def answered(engine: Engine, suite: Suite, article: Article, *, fold: Mapping[str, int] | None = None) -> list[float]:
    """Return vital nugget recall, and precision and recall of refusals; twins are left out.

    Args:
        fold: ask each question with all weights, of retrieval, selection and answerability, fitted
            on the other folds; None for those that are shipped.
    """
    system = EvidencaSystem(engine)
    originals = suite.only(value.item.id for value in suite if value.item.variant is None)
    records: dict[str, Record] = {}

    def ask(some: Suite) -> None:
        history: dict[str, list[Turn]] = {}
        engine.forget()  # answers of the same question by other parts or weights
        for value in some:
            turns = history.setdefault(value.item.dialogue, []) if value.item.dialogue else []
            answer = engine.ask(value.item.question, history=turns)
            records[value.item.id] = record(value.item, answer, [])
            turns += [Turn("user", value.item.question), Turn("assistant", answer.answer)]
        engine.forget()

    if fold is None:
        ask(originals)
    else:
        some = examples(engine.retriever, suite, understood(engine, suite))
        for held_out in range(FOLDS):
            train = [value.item.id for value in suite if fold[value.item.pair] != held_out]
            with _fitted_on(engine, suite.only(train), [e for e in some if e.id in train]):
                ask(originals.only(v.item.id for v in originals if fold[v.item.pair] == held_out))
    judged = score(originals, records, system, article=article, document=engine.documents[article.id])
    found = scored(originals, {one.id: one for one in judged})
    sides = [[one for one in found if one.value.item.lang is language] for language in Language]
    recall = [float(np.mean([_vital(one.record) for one in some if one.value.item.answerable])) for some in sides]
    refused = refusals(found)
    return [*recall, refused["precision"]["mean"], refused["recall"]["mean"]]


@contextmanager
def _fitted_on(engine: Engine, train: Suite, some: Sequence[Example]) -> Iterator[None]:
    """Let the engine work with weights fitted on these questions; the threshold stays."""
    start = np.ones(len(SIGNALS))
    weights = {language: fit.fit([e for e in some if e.lang is language], start) for language in Language}
    with _weights(engine, weights):
        prose = pools.prose_pools(engine, list(train))
        selection = fit.fit_selection(prose)
        shipped = rag.prose.select.model
        models = {
            "selection": Model(selection, shipped("selection").threshold),
            "answer": replace(fit.fit_answer(prose, selection), threshold=shipped("answer").threshold),
            "further": shipped("further"),
        }
        # An index without restatements is judged by these as well.
        with patch.object(rag.prose.select, "model", lambda name: models[name.removesuffix("_bare")]):
            yield


@contextmanager
def _weights(engine: Engine, weights: Mapping[Language, Floats]) -> Iterator[None]:
    """Let the retriever fuse by these weights while the block runs."""
    held = vars(engine.retriever)
    before = engine.retriever.weights
    held["weights"] = weights
    engine.forget()
    try:
        yield
    finally:
        held["weights"] = before
        engine.forget()


def _vital(found: Record) -> float:
    return found.metrics.get("vital_recall") or 0.0


def _judged(suite: Suite) -> list[ResolvedItem]:
    return [value for value in suite if value.item.answerable and value.needed]


def _order(values: Floats) -> Sequence[int]:
    return [int(n) for n in np.argsort(-values, kind="stable")[: retrieval.DEPTH]]


def _measures(suite: Suite, found: Mapping[str, Sequence[tuple[str, object]]]) -> Values:
    records = [
        Record.model_validate(
            {"id": key, "retrieved": [{"id": name, "score": 0.0, "spans": spans} for name, spans in units]}
        )
        for key, units in found.items()
    ]
    return retrieval.scores(retrieval.qrels(suite.only(found)), retrieval.run(suite.items, records))


def retrieval_rows(rows: Mapping[str, Values], suite: Suite, *, reference: str) -> list[str]:
    """Return the lines of two Markdown tables: by language, and by type and twin.

    Args:
        rows: the first of them what the others are compared with.
        reference: its name.
    """
    pairs = [value for value in _judged(suite) if value.item.variant is None]
    head = ["", "R@5 sl", "en", "gap", "RR@10 sl", "en", "gap", "change of RR@10 [95 %]"]
    lines = _head(head)
    for name, values in rows.items():
        cells = []
        for measure in ("R@5", "RR@10"):
            cells += [_mean(values, measure, [v for v in pairs if v.item.lang is language]) for language in Language]
            cells.append(_gap(values, measure, pairs))
        lines.append(_line([name, *cells, "" if name == reference else _change(rows[reference], values, pairs)]))
    groups: dict[str, list[ResolvedItem]] = {
        str(kind): [value for value in pairs if value.item.type is kind] for kind in SHOWN_TYPES
    }
    for variant in SHOWN_VARIANTS:
        twins = [value for value in _judged(suite) if value.item.variant is variant]
        groups[f"{variant} twins".replace("_", " ")] = twins
        groups[f"their originals ({variant})".replace("_", " ")] = [
            suite.items[original] for original in dict.fromkeys(value.item.variant_of or "" for value in twins)
        ]
    lines += ["", *_head(["R@5 / RR@10", *(f"{name}, n = {len(some)}" for name, some in groups.items())])]
    for name, values in rows.items():
        cells = [
            f"{_mean(values, 'R@5', some)} / {_mean(values, 'RR@10', some)}" if some else "" for some in groups.values()
        ]
        lines.append(_line([name, *cells]))
    return lines


def misses(engine: Engine, suite: Suite, found: Mapping[str, Sequence[Retrieved]]) -> list[str]:
    """Return for each question lacking needed evidence among the first five: what lacks and what is there."""
    lines: list[str] = []
    for value in _judged(suite):
        units = found[value.item.id]
        ranks = [
            next(
                (
                    rank
                    for rank, unit in enumerate(units, start=1)
                    if any(share(spans, unit.spans) >= retrieval.COVERED for spans in alternatives)
                ),
                0,
            )
            for alternatives in value.needed
        ]
        lacking = [alternatives[0] for alternatives, rank in zip(value.needed, ranks, strict=True) if not 0 < rank <= 5]
        if lacking:
            text = engine.documents[engine.article.id].text
            lines.append(
                f"- {value.item.id} ({value.item.type}): {value.item.question} "
                f"Ranks of the evidence: {', '.join(str(rank or '> 10') for rank in ranks)}. "
                f"Lacking: {'; '.join(text[spans[0].start : spans[-1].end][:160] for spans in lacking)}. "
                f"In place: {', '.join(unit.id for unit in units[:5])}."
            )
    return lines


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--misses", action="store_true", help="list the evidence not among the first five instead")
    options = parser.parse_args()
    article = load_article()
    suite = load_dev(article)
    fold = folds(suite)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_without(folder / "index")
        questions = understood(engine, suite)
        full = examples(engine.retriever, suite, questions)
        whole = searched(engine, suite, learnt(full, fold), fold)
        lines = (
            misses(engine, suite, whole)
            if options.misses
            else _tables(engine, article, suite, fold, questions, full, whole, folder)
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _tables(
    engine: Engine,
    article: Article,
    suite: Suite,
    fold: Mapping[str, int],
    questions: Mapping[str, Question],
    full: Sequence[Example],
    whole: Mapping[str, Sequence[Retrieved]],
    folder: Path,
) -> list[str]:
    def rank(orders: Orders) -> Values:
        return measured(engine.retriever, suite, orders)

    rows: dict[str, Values] = {"full": rank(crossed(full, fold))}
    for name, off in OFF.items():
        rows[name] = rank(crossed(kept(full, only([s for s in SIGNALS if s not in off])), fold))
    for name, engine_without in (
        ("translation not indexed", open_without(folder / "source", translations={})),
        ("neither translation nor restatements", open_without(folder / "bare", translations={}, restatements={})),
    ):
        rows[name] = rank(crossed(examples(engine_without.retriever, suite, questions), fold))
    same = only(STANDARDISED).sum(axis=0, keepdims=True)
    rows["equal weights, priors fitted"] = rank(crossed(kept(full, np.vstack([same, only(PRIORS)])), fold))
    rows["equal weights, no priors"] = rank(summed(kept(full, same)))
    rows["reciprocal rank fusion, no priors"] = rank(by_ranks(kept(full, only(STANDARDISED))))
    for name in STANDARDISED:
        rows[f"{name} alone"] = rank(summed(kept(full, only([name]))))
    rows["whole search (computed rows first)"] = _measures(
        suite, {key: [(unit.id, unit.spans) for unit in units] for key, units in whole.items()}
    )
    for name in BASELINES:
        rows[f"baseline {name}"] = baseline(name, suite, article, folder)
    lines = retrieval_rows(rows, suite, reference="full")
    lines += ["", *_head(["answers", "vital recall sl", "en", "refusal precision", "refusal recall"])]

    def say(name: str, values: Sequence[float]) -> None:
        lines.append(_line([name, *(_number(value) for value in values)]))

    say("weights as shipped (fitted on these questions)", answered(engine, suite, article))
    for name in ANSWER_PARTS:
        with changed_engine(engine, name):
            say(name, answered(engine, suite, article))
    say("all weights fitted on the other folds", answered(engine, suite, article, fold=fold))
    with patch.object(Retriever, "learned", lambda self, *_: np.zeros((len(LEARNED_FEATURES), len(self.chunks)))):
        say("the same without the learned index", answered(engine, suite, article, fold=fold))
    plain = open_without(folder / "plain", restatements={})
    say("the same without restatements and the learned index", answered(plain, suite, article, fold=fold))
    return lines


def _mean(values: Values, measure: str, some: Sequence[ResolvedItem]) -> str:
    return _number(float(np.mean([values[value.item.id][measure] for value in some])) if some else 0.0)


def _gap(values: Values, measure: str, some: Sequence[ResolvedItem]) -> str:
    """Mean of Slovene minus English over the pairs; turns of dialogues are no pairs."""
    sides: dict[str, dict[Language, float]] = {}
    for value in some:
        if value.item.dialogue is None:
            sides.setdefault(value.item.pair, {})[value.item.lang] = values[value.item.id][measure]
    both = [side for side in sides.values() if len(side) == len(Language)]
    return f"{np.mean([side[Language.SL] - side[Language.EN] for side in both]):+.3f}" if both else ""


def _change(base: Values, values: Values, some: Sequence[ResolvedItem]) -> str:
    differences: dict[str, list[float]] = {}
    for value in some:
        key = value.item.id
        differences.setdefault(value.item.pair, []).append(values[key]["RR@10"] - base[key]["RR@10"])
    found = clustered_mean(differences, resamples=1_999)
    return f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def _number(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.000"


def _head(cells: Sequence[str]) -> list[str]:
    return [_line(cells), "|" + "---|" * len(cells)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
