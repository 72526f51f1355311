"""The models are fitted on what they should be, and learn what there is to learn."""

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import GoldSetError
from corpus.load import Article
from corpus.terms import words
from corpus.types import Document, Language
from eval import fit
from eval.gold import GOLD_DIR, load_suite
from eval.learn import LESSONS
from eval.pools import Pool, every_other, practice_pools
from eval.practice import load_practice
from rag.engine import Engine
from rag.prose.features import FEATURES
from rag.prose.select import ANSWER_FEATURES
from rag.retrieval.learned import SOURCES, TABLE


@pytest.fixture(scope="module")
def some(engine: Engine) -> list[Pool]:
    """Every twentieth need, in both languages."""
    asked = load_practice()
    needs = sorted({question.need for question in asked})[::20]
    return practice_pools(engine, [question for question in asked if question.need in needs])


def test_practice_questions_are_sound(engine: Engine) -> None:
    needs = defaultdict(list)
    for question in load_practice():
        assert question.question.strip() == question.question != ""
        assert set(question.pieces) <= set(engine.retriever.position), question.need
        needs[question.need].append(question)
    for need, versions in needs.items():
        assert {question.lang for question in versions} == set(Language), need
        assert len(versions) == 2, need
        assert len({bool(question.pieces) for question in versions}) == 1, need
    answered = [bool(versions[0].pieces) for versions in needs.values()]
    assert 0.4 < np.mean(answered) < 0.6


def test_no_gold_question_is_practised(article: Article, document: Document) -> None:
    gold = {" ".join(words(value.item.question)) for value in load_suite(GOLD_DIR, article, document)}
    practised = [*load_practice(), *load_practice(LESSONS)]
    assert not gold & {" ".join(words(question.question)) for question in practised}


def test_lessons_are_sound(engine: Engine) -> None:
    lessons, practice = load_practice(LESSONS), load_practice()
    classes = {*engine.retriever.position, TABLE, SOURCES}
    for question in lessons:
        assert question.question.strip() == question.question != ""
        assert set(question.pieces) <= classes, question.need
        assert not ({TABLE, SOURCES} & set(question.pieces)) or len(question.pieces) == 1, question.need
    # Nothing is learned that selection is fitted on later.
    assert not {question.need for question in lessons} & {question.need for question in practice}
    asked = Counter(question.lang for question in lessons)
    assert asked[Language.SL] == pytest.approx(asked[Language.EN], rel=0.02)
    assert 0.3 < np.mean([not question.pieces for question in lessons]) < 0.6


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"need": "x", "lang": "de", "question": "?", "pieces": []}',
        '{"need": "x", "lang": "sl", "question": "?"}',
        '{"need": "x", "lang": "sl", "question": "?", "pieces": [], "answer": "y"}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"need": "x", "lang": "sl", "question": "Kaj?", "pieces": []}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(GoldSetError, match=r"Line 2 of mine\.jsonl"):
        load_practice(path)
    with pytest.raises(GoldSetError, match=r"none\.jsonl cannot be read"):
        load_practice(tmp_path / "none.jsonl")


def test_of_the_restatements_half_are_left(article: Article) -> None:
    thinned = every_other(article.restatements)
    assert set(thinned) == set(article.restatements)
    for piece, sides in article.restatements.items():
        for language, texts in sides.items():
            left = thinned[piece][language]
            assert set(left) <= set(texts)
            assert len(left) == (len(texts) + 1) // 2


def test_listwise_weights_put_evidence_first() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([5, 9, 7] * 30)
    features = rng.normal(size=(int(sizes.sum()), 4))
    signal = features[:, 0] - 2 * features[:, 1]  # the other two are noise
    starts = np.cumsum(sizes) - sizes
    labels = np.zeros(len(features), dtype=bool)
    for start, size in zip(starts, sizes, strict=True):
        labels[start + int(np.argmax(signal[start : start + size]))] = True
    weights = fit.listwise(features, labels, sizes)
    assert weights[1] < 0 < weights[0] < abs(weights[1])
    assert np.abs(weights[2:]).max() < 0.2 * weights[0]
    scores = features @ weights
    best = [start + int(np.argmax(scores[start : start + size])) for start, size in zip(starts, sizes, strict=True)]
    assert labels[best].mean() > 0.9


@pytest.mark.model
def test_selection_learns_from_labels(some: list[Pool]) -> None:
    weights = fit.fit_selection(some)
    assert weights.shape == (len(FEATURES),)
    first = [pool.labels[int(np.argmax(pool.found.features @ weights))] for pool in some if pool.labels.any()]
    assert np.mean(first) > 0.7
    shuffled = [replace(pool, labels=np.roll(pool.labels, 7)) for pool in some]
    wrong = fit.fit_selection(shuffled)
    assert np.mean([pool.labels[int(np.argmax(pool.found.features @ wrong))] for pool in some if pool.labels.any()]) < (
        np.mean(first) - 0.3
    )


@pytest.mark.model
def test_directions_learn_what_the_features_do_not_tell(some: list[Pool]) -> None:
    """Whether a question is answered is made to hang on the direction of its vector alone."""
    along = np.random.default_rng(1).normal(size=some[0].found.asked.shape)
    middle = float(np.median([pool.found.asked @ along for pool in some]))
    told = [replace(pool, answerable=bool(pool.found.asked @ along > middle)) for pool in some]
    selection = np.zeros(len(FEATURES))
    quality = {}
    for directions in (False, True):
        fitted = fit.fit_answer(told, selection, directions=directions)
        rows, labels = fit._answer_rows(told, selection, fitted.directions)
        assert rows.shape == (len(told), len(ANSWER_FEATURES))
        quality[directions] = fit._auc(fitted.probability(rows), labels)
    assert quality[True] > quality[False] + 0.05


@pytest.mark.model
def test_what_is_held_out_is_not_fitted_on(some: list[Pool]) -> None:
    development = [replace(pool, practice=False, pair=f"d{n}") for n, pool in enumerate(some[:40])]
    folds = fit._folds([*some, *development], development)
    for fold in folds:
        assert not {pool.pair for pool in fold.test} & {pool.pair for pool in fold.train}
        assert {pool.pair for pool in some} <= {pool.pair for pool in fold.train}
    assert sorted(pool.pair for fold in folds for pool in fold.test) == sorted(pool.pair for pool in development)


def test_the_threshold_lies_in_the_middle_of_those_as_good() -> None:
    """Twenty right refusals below .3 and as many right answers above .7: between them one is as good as another."""
    probabilities = np.concatenate([np.linspace(0.0, 0.3, 20), np.linspace(0.7, 1.0, 20)])
    answerable = np.arange(40) >= 20
    assert fit.best_threshold(probabilities, answerable) == pytest.approx(0.5, abs=0.02)
    assert fit.best_threshold(probabilities, ~answerable) == 0.05  # where no threshold refuses rightly
