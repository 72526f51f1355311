"""Fit which reading of a follow-up is meant (`rag.routes.meant`): `python -m eval.fit_readings`.

Every reading of every follow-up of the practice dialogues and of the development set is answered and judged as an
evaluation would judge it; right answers should then have the largest share of the softmax of their list
(`eval.fit.listwise`). The figures printed are cross-validated over dialogues: how many follow-ups are right with the
reading that is chosen, with the one that the form of the question tells, and with the best of all.
`eval/suites/dialogues.jsonl` and the test split are never read.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.config import Settings
from corpus.load import load_article
from eval.fit import listwise
from eval.gold import GOLD_DIR, RefusalKind, ResolvedItem, Type, load_suite
from eval.match import holds
from eval.runs import to_json, write
from ingest.build import parse_article
from ingest.lexicon import Floats
from rag.answer import Answer, Outcome
from rag.engine import Engine
from rag.retrieval.retrieve import WEIGHTS
from rag.routes.meant import READING_FEATURES, reading_features, weights

DIALOGUES = Path(__file__).parent / "dialogues.jsonl"
_FOLDS = 5
_SEED = 0
_PENALTY = 3.0  # L2 penalty of the listwise loss, in follow-ups
_LESSER = 0.3  # what a follow-up counts that no reading answers rightly
_FAR = 4  # a table answer of so many times the rows asked for is not what was asked
_OFFSETS = np.arange(-1.0, 1.01, 0.1)
_AS_GOOD = 0.005  # a share of right ones so much smaller is as good
_ROUNDS = 2  # what a chain goes on from depends on how its earlier turns are read


@dataclass(frozen=True)
class FollowUp:
    """A follow-up and its readings, the one that its form tells first.

    Attributes:
        dialogue: which one it belongs to.
        features: shape (n_readings, n_features).
        answered: whether a reading has an answer, shape (n_readings,).
        right: whether that is right, same shape.
        answerable: whether refusing is wrong.
    """

    id: str
    dialogue: str
    features: Floats
    answered: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    right: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    answerable: bool


def is_right(value: ResolvedItem, answer: Answer) -> bool:
    """Return whether an answer is right as a whole, as an evaluation judges it."""
    item = value.item
    if answer.language is not item.lang or any(holds(text, answer.answer, threshold=1.0) for text in item.must_not):
        return False
    # What lists everything gives the right row, too.
    n_rows = len(answer.computation.rows) if answer.computation is not None else 0
    if item.type is not Type.AGGREGATE and n_rows > _FAR * (len(value.nuggets) + 1):
        return False
    vital = [nugget.held_by(answer.answer) for nugget in value.nuggets if nugget.vital]
    if item.answerable:
        return all(vital)
    return item.refusal is RefusalKind.FALSE_PREMISE and bool(vital) and all(vital)


def follow_ups(engine: Engine, values: Sequence[ResolvedItem]) -> Iterator[FollowUp]:
    """Yield the follow-ups that may mean several things, with what may be chosen from."""
    earlier: dict[str, list[str]] = {}
    for value in values:
        item = value.item
        if not item.dialogue:
            continue
        before = earlier.setdefault(item.dialogue, [])
        some = engine.readings(item.question, before) if before else []
        if len(some) > 1:
            told = engine.told(before)
            answers = [one.answer for one in some]
            yield FollowUp(
                item.id,
                item.dialogue,
                np.array([reading_features(one, some, told=told, retriever=engine.retriever) for one in some]),
                np.array([answer is not None and answer.outcome is Outcome.ANSWERED for answer in answers]),
                np.array([answer is not None and is_right(value, answer) for answer in answers]),
                item.answerable,
            )
        before.append(item.question)


def fit(some: Sequence[FollowUp]) -> Floats:
    """Return the weights by which right answers have the largest share among the readings and a refusal.

    A refusal scores 0. Where none of the answers is right it is the lesser evil, and counts less.
    """
    lists = [one for one in some if one.answered.any()]
    refusal = np.zeros((1, len(READING_FEATURES)))
    rows = [np.concatenate([one.features[one.answered], refusal]) for one in lists]
    labels = [np.append(one.right[one.answered], not (one.answerable and one.right.any())) for one in lists]
    counts = np.array([_LESSER if one.answerable and not one.right.any() else 1.0 for one in lists])
    sizes = np.array([len(row) for row in rows])
    return listwise(np.concatenate(rows), np.concatenate(labels), sizes, penalty=_PENALTY, counts=counts)


def is_passed(one: FollowUp, fitted: Floats, offset: float = 0.0) -> bool:
    """Return whether the reading chosen gives what is right.

    Args:
        offset: what is added to the score of every reading, and so taken from that of a refusal.
    """
    scores = np.where(one.answered, one.features @ fitted + offset, -np.inf)
    best = int(np.argmax(scores))
    return bool(one.right[best]) if scores[best] > 0 else not one.answerable


def cross_validated(some: Sequence[FollowUp]) -> tuple[float, list[bool]]:
    """Return the best offset, and which follow-ups are right with it, read with weights fitted on other dialogues.

    Of the offsets with which nearly the most are right, it is the one in the middle.
    """
    dialogues = sorted({one.dialogue for one in some})
    order = np.random.default_rng(_SEED).permutation(len(dialogues))
    fold = {dialogues[place]: rank % _FOLDS for rank, place in enumerate(order)}
    fitted = [fit([one for one in some if fold[one.dialogue] != held_out]) for held_out in range(_FOLDS)]
    right = [[is_passed(one, fitted[fold[one.dialogue]], offset) for one in some] for offset in _OFFSETS]
    shares = np.mean(right, axis=1)
    good = np.flatnonzero(shares >= shares.max() - _AS_GOOD)
    middle = int(good[len(good) // 2])
    return float(_OFFSETS[middle]), right[middle]


def main() -> None:
    """Fit, print how well it does, and store the weights."""
    article = load_article()
    document = parse_article(article)
    values = [value for path in (DIALOGUES, GOLD_DIR / "dev.jsonl") for value in load_suite(path, article, document)]
    engine = Engine.open(Settings.from_environment())
    for _ in range(_ROUNDS):
        engine.forget()
        some = list(follow_ups(engine, values))
        offset, passed = cross_validated(some)
        right = np.array(passed)
        answerable = np.array([one.answerable for one in some])
        by_form = np.mean([bool(one.right[0]) if one.features[0, _STRICT] else not one.answerable for one in some])
        best = np.mean([bool(one.right.any()) or not one.answerable for one in some])
        sys.stdout.write(
            f"{len(some)} follow-ups, right: by form {by_form:.3f}, chosen {right.mean():.3f}, at best {best:.3f}; "
            f"of the answerable {right[answerable].mean():.3f}, of the others {right[~answerable].mean():.3f}\n"
        )
        fitted = dict(zip(READING_FEATURES, (round(float(value), 4) for value in fit(some)), strict=True))
        fitted["bias"] = round(fitted["bias"] + offset, 4)
        stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        stored["readings"] = fitted
        write(WEIGHTS, to_json(stored))
        weights.cache_clear()


_STRICT = READING_FEATURES.index("strict")


if __name__ == "__main__":
    main()
