"""Which reading of a follow-up is meant: the one that the article answers best, or none.

Every reading (`rag.questions.readings`) is answered, and gets a score: from how sure the answer is of itself, from how
much of what the follow-up itself says stands in what is cited, and from how the reading completes the question. The
best one is given if it scores more than a refusal, which has 0. The weights are fitted listwise on practice dialogues
(`eval/fit_readings.py`) and stored in `rag/weights.json`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from corpus.types import Language
from ingest.lexicon import Floats
from rag.answer import Answer, Grounding, Outcome
from rag.questions.dialogue import Link, asks_for_trials
from rag.questions.plan import Plan, Route, Shape
from rag.questions.readings import Way
from rag.retrieval.retrieve import WEIGHTS, Retriever

# Who is asked for advice, given orders or greeted looks for no other meaning.
_AT_ONCE = (Route.ADVICE, Route.ORDERS, Route.SMALL_TALK)
# A word with so like a partner is said.
_SAID = 0.75
# Probabilities are kept so far from 0 and 1, and log-probabilities of the learned index so near to 0.
_NEARLY = 1e-3
_WIDEST = 8.0
# A score that lies so little below the best one is as good.
_NEAR = 1.0

_PLAIN = (
    "bias", *(f"is_{way}" for way in Way if way is not Way.FORM), "form", "alone", "form_alone", "form_member",
    "alone_member", "alone_topic", "strict", "table", "bibliography", "article", "claim", "confidence", "sure", "n_own",
    "none_own", "own", "own_missing", "own_nowhere", "own_around", "before", "told", "all_told", "same_place", "near",
    "rows", "empty", "partly", "table_told", "sources_told", "learned", "learned_alone", "any", "any_alone", "votes",
    "length", "expects", "expects_strict", "wants_works", "wants_trials", "slovene",
)  # fmt: skip
# Features that say more together.
_TOGETHER = (
    ("strict", "own"), ("strict", "form"), ("alone", "none_own"), ("alone", "n_own"), ("alone", "own"),
    ("alone", "confidence"), ("alone", "own_missing"), ("form", "n_own"), ("form", "none_own"), ("is_last", "n_own"),
    ("is_last", "none_own"), ("is_last", "own"), ("is_whole", "n_own"), ("is_root", "n_own"), ("table", "own"),
    ("table", "own_missing"), ("table", "wants_trials"), ("table", "alone"), ("table", "form"),
    ("bibliography", "own_missing"), ("bibliography", "wants_works"), ("bibliography", "alone"),
    ("article", "own_missing"), ("article", "alone"),
    ("expects_strict", "strict"), ("expects_strict", "own"), ("all_told", "own_missing"), ("all_told", "n_own"),
    ("votes", "alone"), ("own_missing", "n_own"),
)  # fmt: skip
READING_FEATURES = (*_PLAIN, *(f"{first} {second}" for first, second in _TOGETHER))


@dataclass(frozen=True, slots=True)
class Answered:
    """A reading of a follow-up and its answer.

    Attributes:
        answer: None where nothing else can be meant, so that none was needed to tell.
        refusal: what is said where the models of single questions see no answer; None where they see one.
    """

    way: Way
    plan: Plan
    answer: Answer | None = None
    refusal: Answer | None = None


def answered(ways: Sequence[tuple[Way, Plan]], answer: Callable[[Plan], Answer]) -> list[Answered]:
    """Return the readings with their answers; with what comes nearest where the models of single questions see none."""
    found = []
    for way, plan in ways:
        told = answer(plan)
        refusal = None if told.outcome is Outcome.ANSWERED else told
        if refusal is not None and plan.route is Route.PROSE:
            plan = replace(plan, assured=True)
            told = answer(plan)
        found.append(Answered(way, plan, told, refusal))
    return found


def decides_at_once(plan: Plan) -> bool:
    """Whether no other meaning of a question is looked for."""
    return plan.route in _AT_ONCE


def reading_features(one: Answered, some: Sequence[Answered], *, told: Sequence[str], retriever: Retriever) -> Floats:
    """Return what the choice is made from, in the order of `READING_FEATURES`, shape (n_features,).

    Args:
        some: all readings of the question, the one that its form tells first.
        told: ids of what the answer before cited; none where that was a refusal.
    """
    plan, answer, form = one.plan, one.answer, some[0].plan
    assert answer is not None
    alone = plan.link is Link.NONE
    values = dict.fromkeys(READING_FEATURES, 0.0)
    values["bias"] = 1.0
    values["form"], values["alone"] = float(one.way is Way.FORM), float(alone)
    if one.way is not Way.FORM:
        values[f"is_{one.way}"] = 1.0
    values["form_alone"] = float(one.way is Way.FORM and alone)
    values["form_member"] = float(one.way is Way.FORM and plan.link is Link.MEMBER)
    values["alone_member"] = float(one.way is Way.ALONE and form.link is Link.MEMBER)
    values["alone_topic"] = float(one.way is Way.ALONE and form.link is Link.TOPIC)
    values["strict"] = float(one.refusal is None)
    for name, route in (("table", Route.TABLE), ("bibliography", Route.BIBLIOGRAPHY), ("article", Route.ARTICLE)):
        values[name] = float(plan.route is route)
    values["claim"] = float(plan.shape is Shape.CLAIM)
    odds = float(np.clip(answer.confidence, _NEARLY, 1 - _NEARLY))
    prose = plan.route is Route.PROSE
    values["confidence"] = float(np.log(odds / (1 - odds))) if prose else 0.0
    values["sure"] = float(prose and answer.confidence >= 1.0)
    cited = [retriever.position[citation.id] for citation in answer.citations if citation.id in retriever.position]
    own, before = _held(plan, cited, retriever)
    values |= own
    values["before"] = before
    names = [citation.id for citation in answer.citations]
    repeated = sum(name in told for name in names) / len(names) if names else 0.0
    values["told"], values["all_told"] = repeated, float(bool(names) and repeated == 1.0)
    places = {name.rsplit(".", 1)[0] for name in told}
    values["same_place"] = float(any(name.rsplit(".", 1)[0] in places for name in names))
    sections = {name.split(":", 1)[0] for name in told}
    values["near"] = float(any(name.split(":", 1)[0] in sections for name in names))
    rows = len(answer.computation.rows) if answer.computation is not None else 0
    values["rows"], values["empty"] = float(np.log1p(rows)), float(plan.route is Route.TABLE and not rows)
    values["partly"] = float(answer.grounding is Grounding.PARTLY)
    values |= _learned(plan, cited, retriever)
    values["votes"] = float(np.mean([_cites_alike(one, other) for other in some if other is not one]))
    values["length"] = float(np.log1p(len(answer.answer.split())))
    expects = plan.question.expects
    values["expects"], values["expects_strict"] = float(bool(expects.name)), float(expects.strict)
    values["wants_works"] = float(plan.question.wants_references)
    values["wants_trials"] = float(asks_for_trials(plan.question.text, plan.question.language))
    values["slovene"] = float(plan.language is Language.SL)
    values |= {f"{first} {second}": values[first] * values[second] for first, second in _TOGETHER}
    return np.array([values[name] for name in READING_FEATURES])


def _learned(plan: Plan, cited: Sequence[int], retriever: Retriever) -> dict[str, float]:
    """Return what the learned index says of what is cited, to the question as completed and to its own words."""
    question, values = plan.question, {}
    for name, text in (("", question.resolved), ("_alone", question.text)):
        told_of = np.clip(retriever.learned(text, question.language), -_WIDEST, _WIDEST)
        prose = plan.route is Route.PROSE and bool(cited)
        values[f"learned{name}"] = float(told_of[1][list(cited)].max()) if prose else 0.0
        values[f"any{name}"] = float(told_of[-1].max())
    of_table, of_sources = (
        max(float(np.log(max(value, _NEARLY))), -_WIDEST)
        for value in (
            retriever.of_table(question.resolved, question.language),
            retriever.of_sources(question.resolved, question.language),
        )
    )
    values["table_told"] = of_table if plan.route is Route.TABLE else 0.0
    values["sources_told"] = of_sources if plan.route is Route.BIBLIOGRAPHY else 0.0
    return values


def _cites_alike(one: Answered, other: Answered) -> bool:
    return not _cited(one).isdisjoint(_cited(other))


def _cited(one: Answered) -> frozenset[str]:
    return frozenset(citation.id for citation in one.answer.citations) if one.answer is not None else frozenset()


def _held(plan: Plan, cited: Sequence[int], retriever: Retriever) -> tuple[dict[str, float], float]:
    """Return how much of what a question itself says stands in what is cited, and of what it was completed with."""
    question = plan.question
    own = np.array([not word.inherited for word in question.words], dtype=bool)
    values = {"n_own": float(np.log1p(own.sum())), "none_own": float(not own.any())}
    values |= {"own": 0.0, "own_missing": 0.0, "own_nowhere": 0.0, "own_around": 0.0}
    if not question.words or not cited:
        return values, 0.0
    coverage = retriever.score(question).coverage
    matches = np.maximum(coverage.matches, coverage.said)
    here = matches[:, list(cited)].max(axis=1)
    nearby = [position for piece in cited for position in _around(piece, retriever)]
    around = matches[:, nearby].max(axis=1)
    weights = coverage.weights

    def share(held: Floats, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
        total = float(weights[chosen].sum())
        return float(weights[chosen] @ held[chosen]) / total if total else 0.0

    values["own"], values["own_around"] = share(here, own), share(around, own)
    specific = coverage.specific * own
    values["own_missing"] = float((specific * (here < _SAID)).max(initial=0.0))
    values["own_nowhere"] = float((specific * (matches.max(axis=1) < _SAID)).max(initial=0.0))
    return values, share(here, ~own)


def _around(position: int, retriever: Retriever) -> list[int]:
    neighbours = (position, int(retriever.preceding_of[position]), int(retriever.following_of[position]))
    return [place for place in neighbours if place >= 0]


@cache
def weights() -> Floats:
    """Return the fitted weights, in the order of `READING_FEATURES`."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))["readings"]
    return np.array([float(stored.get(name, 0.0)) for name in READING_FEATURES])


def choose(some: Sequence[Answered], *, told: Sequence[str], retriever: Retriever) -> Answered | None:
    """Return the reading whose answer is the likeliest to be right; None where it is likelier that none is."""
    scores = [
        float(reading_features(one, some, told=told, retriever=retriever) @ weights())
        if one.answer is not None and one.answer.outcome is Outcome.ANSWERED
        else -np.inf
        for one in some
    ]
    best = int(np.argmax(scores))
    if scores[best] <= 0:
        return None
    # Of several that say as much, the plainest: a reader sees how the question was understood.
    near = [one for one, score in zip(some, scores, strict=True) if score > max(0.0, scores[best] - _NEAR)]
    return next((one for one in near if _cited(some[best]) <= _cited(one)), some[best])
