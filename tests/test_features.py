"""What speaks for a piece: one row of features for each candidate, in the order of the weights."""

import json

import numpy as np
import pytest

from corpus.types import Kind, Language
from rag.engine import Engine, Turn
from rag.prose.features import FEATURES, Candidates, candidates
from rag.prose.select import ANSWER_FEATURES, Directions, answer_features, model
from rag.questions.question import Question
from rag.retrieval.retrieve import PRIORS, SIGNALS, STANDARDISED, WEIGHTS

pytestmark = pytest.mark.model

QUESTIONS = {
    "sl": "Kako uspešni so ZV-MSC pri perianalnih fistulah?",
    "en": "How many patients with fistulas were treated in NCT05499156?",
    "sl definition": "Kaj so eksosomi?",
    "en definition": "What are exosomes?",
    "sl article": "Kdo so avtorji tega članka?",
    "en references": "Which references deal with osteoarthritis?",
    "unknown words": "Qqqq zzzz?",
}
# What is either so or not.
FLAGS = (
    "concepts_none", "gives", "gives_not", "gives_strictly_not", "numbers_missing", "identifiers",
    "identifiers_missing", "told", "after_told", "defines", "abstract", "caption", "cell", "front", "front_asked",
    "reference", "reference_asked", "row", "unanchored", "bias",
)  # fmt: skip
SHARES = ("share", "context", "before", "after", "unmatched", "unmatched_context", "concepts", "concepts_context",
          "words_unknown", "numbers", "unanchored_missing", "foreign", "foreign_far", "unanchored_foreign")  # fmt: skip


def _of(engine: Engine, text: str, **options: object) -> tuple[Question, Candidates]:
    question = engine.plan(text).question
    found = candidates(question, engine.retriever, engine.retriever.score(question), **options)  # type: ignore[arg-type]
    return question, found


def _column(found: Candidates, name: str) -> np.ndarray:
    return found.features[:, FEATURES.index(name)]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_row_for_each_candidate(engine: Engine, name: str) -> None:
    _, found = _of(engine, QUESTIONS[name])
    n = len(found.positions)
    assert 0 < n <= 60
    assert found.features.shape == (n, len(FEATURES))
    assert found.features.dtype == np.float64
    assert np.isfinite(found.features).all()
    assert len(set(found.positions.tolist())) == n
    kinds = {engine.retriever.chunks[int(place)].kind for place in found.positions}
    assert kinds.isdisjoint({Kind.PASSAGE, Kind.HEADING, Kind.TABLE})
    for flag in FLAGS:
        assert set(np.unique(_column(found, flag))) <= {0.0, 1.0}, flag
    for share in SHARES:
        assert -1e-9 <= _column(found, share).min() <= _column(found, share).max() <= 1 + 1e-9, share
    np.testing.assert_array_equal(_column(found, "bias"), np.ones(n))
    assert (_column(found, "context") >= _column(found, "share") - 1e-9).all()


def test_names_are_told_apart() -> None:
    for names in (FEATURES, ANSWER_FEATURES, SIGNALS):
        assert len(set(names)) == len(names)
    assert FEATURES[: len(STANDARDISED)] == STANDARDISED
    assert (*STANDARDISED, *PRIORS) == SIGNALS
    assert ANSWER_FEATURES[: len(FEATURES)] == FEATURES


def test_every_fitted_weight_is_of_a_feature_there_is() -> None:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert set(stored["retrieval"]) == set(Language)
    for weights in stored["retrieval"].values():
        assert set(weights) <= set(SIGNALS)
    for name, features in (("selection", FEATURES), ("answer", ANSWER_FEATURES)):
        for key in (name, f"{name}_bare"):
            assert set(stored[key]["weights"]) <= set(features)
            assert model(key).weights.shape == (len(features),)
            assert 0 < model(key).threshold < 1


def test_fewer_can_be_asked_for(engine: Engine) -> None:
    _, all_of_them = _of(engine, QUESTIONS["sl"])
    _, found = _of(engine, QUESTIONS["sl"], n=5)
    assert found.positions.tolist() == all_of_them.positions[:5].tolist()


@pytest.mark.parametrize("section", ["4", "abstract-en", "3.1.4.1"])
def test_a_section_can_be_asked_for(engine: Engine, section: str) -> None:
    _, found = _of(engine, QUESTIONS["sl"], section=section)
    assert {engine.retriever.chunks[int(place)].section for place in found.positions} == {section}


def test_a_section_that_is_not_there_has_no_candidates(engine: Engine) -> None:
    _, found = _of(engine, QUESTIONS["sl"], section="99")
    assert found.features.shape == (0, len(FEATURES))


def test_the_piece_that_defines_is_marked(engine: Engine) -> None:
    for name in ("sl definition", "en definition"):
        question, found = _of(engine, QUESTIONS[name])
        marked = {engine.retriever.chunks[int(p)].id for p in found.positions[_column(found, "defines") == 1]}
        assert marked
        assert marked <= set(question.defines)


def test_who_holds_the_registry_id(engine: Engine) -> None:
    _, found = _of(engine, QUESTIONS["en"])
    for place, holds in zip(found.positions, _column(found, "identifiers"), strict=True):
        assert (holds == 1) == ("NCT05499156" in engine.retriever.chunks[int(place)].trials)
    assert _column(found, "identifiers").any()
    assert not ((_column(found, "identifiers") == 1) & (_column(found, "identifiers_missing") == 1)).any()


def test_what_gives_the_kind_of_answer_asked_for(engine: Engine) -> None:
    question, found = _of(engine, "Koliko bolnikov so zdravili?")
    assert question.expects.strict
    gives, lacks = _column(found, "gives"), _column(found, "gives_not")
    np.testing.assert_array_equal(gives + lacks, np.ones(len(gives)))
    np.testing.assert_array_equal(_column(found, "gives_strictly_not"), lacks)
    assert 0 < gives.sum() < len(gives)
    _, plain = _of(engine, "Kaj so eksosomi?")
    assert not _column(plain, "gives").any()
    assert not _column(plain, "gives_not").any()


@pytest.mark.parametrize(("text", "asked"), [(QUESTIONS["sl article"], True), (QUESTIONS["sl"], False)])
def test_the_front_matter_is_for_those_who_ask_about_the_article(engine: Engine, text: str, asked: bool) -> None:
    _, found = _of(engine, text)
    assert _column(found, "front_asked").any() == asked
    assert not _column(found, "front").any()


@pytest.mark.parametrize(
    ("first", "follow_up"),
    [
        ("Kako uspešni so ZV-MSC pri perianalnih fistulah?", "In kakšni so bili neželeni učinki?"),
        ("How well do MSC-EVs work in perianal fistulas?", "And what were the side effects?"),
    ],
)
def test_what_was_told_before_is_marked(engine: Engine, first: str, follow_up: str) -> None:
    question = engine.plan(follow_up, history=[Turn("user", first)]).question
    assert question.told
    assert question.told >= {citation.id for citation in engine.ask(first).citations}
    found = candidates(question, engine.retriever, engine.retriever.score(question))
    for place, told in zip(found.positions, _column(found, "told"), strict=True):
        assert (told == 1) == (engine.retriever.chunks[int(place)].id in question.told)
    assert _column(found, "told").any()


def test_answerability_is_judged_from_the_best_candidate(engine: Engine) -> None:
    question, found = _of(engine, QUESTIONS["sl"])
    probabilities = model("selection").probability(found.features)
    assert ((probabilities > 0) & (probabilities < 1)).all()
    features = answer_features(question, engine.retriever, found, probabilities)
    assert features.shape == (len(ANSWER_FEATURES),)
    best, second = np.sort(probabilities)[::-1][:2]
    values = dict(zip(ANSWER_FEATURES, features, strict=True))
    assert (values["best"], values["second"]) == (best, second)
    assert values["n_words"] == pytest.approx(np.log1p(len(question.words)))
    assert (values["slovene"], values["asked"], values["lacking"]) == (1.0, 0.0, 0.0)
    np.testing.assert_array_equal(features[: len(FEATURES)], found.features[probabilities.argmax()])


@pytest.mark.parametrize("name", ["sl", "en", "unknown words"])
def test_the_words_that_a_piece_does_not_hold_point_somewhere(engine: Engine, name: str) -> None:
    question, found = _of(engine, QUESTIONS[name])
    n_words, dim = found.words.shape
    assert (n_words, found.held.shape) == (len(question.words), (n_words, len(found.positions)))
    assert found.asked.shape == (dim,)
    assert np.linalg.norm(found.asked) in (0.0, pytest.approx(1, abs=1e-5))
    assert (found.held >= found.matches).all()
    for row in (0, len(found.positions) - 1):
        by_hand = sum(
            weight * (1 - held) * vector
            for weight, held, vector in zip(found.weights, found.held[:, row], found.words, strict=True)
        )
        np.testing.assert_allclose(found.lacking(row), by_hand)


def test_directions_count_with_the_vectors_they_are_of(engine: Engine) -> None:
    question, found = _of(engine, QUESTIONS["en"])
    probabilities = model("selection").probability(found.features)
    along = Directions(found.asked * 2, np.ones(len(found.asked)))
    values = dict(
        zip(ANSWER_FEATURES, answer_features(question, engine.retriever, found, probabilities, along), strict=True)
    )
    assert values["slovene"] == 0.0
    assert values["asked"] == pytest.approx(2, abs=1e-4)
    assert values["lacking"] == pytest.approx(found.lacking(int(probabilities.argmax())).sum())


def test_some_are_kept_with_all_that_is_known_of_them(engine: Engine) -> None:
    _, found = _of(engine, QUESTIONS["sl"])
    keep = np.arange(len(found.positions)) % 3 == 1
    some = found.only(keep)
    np.testing.assert_array_equal(some.positions, found.positions[keep])
    np.testing.assert_array_equal(some.features, found.features[keep])
    np.testing.assert_array_equal(some.lacking(0), found.lacking(1))
