"""The learned index: from questions to pieces, by what was learned of other questions for them."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given as given_text
from hypothesis import settings
from hypothesis import strategies as st

from corpus.types import Document, Language
from eval.learn import LESSONS, Material, WordVectors, asked, folds, learn, main, material, unseen
from eval.network import Shape, log_probabilities, train
from eval.practice import PracticeQuestion
from ingest.embedder.static import StaticEmbedder
from rag.engine import Engine
from rag.retrieval.learned import FEATURES, NONE, SOURCES, TABLE, Learned, features, load, located, rounded, told

SL, EN = Language.SL, Language.EN
TEXTS = [
    ("Kako velike so te kroglice?", SL, ("size",)),
    ("Kolikšen premer imajo mehurčki?", SL, ("size",)),
    ("How big are the little bubbles?", EN, ("size",)),
    ("What is the diameter of the bubbles?", EN, ("size",)),
    ("Kdo je dobil kapljice za nos?", SL, ("drops",)),
    ("Kako bolnikom dajo kapljice v nos?", SL, ("drops",)),
    ("Who was given the nose drops?", EN, ("drops",)),
    ("Are the drops for the nose safe?", EN, ("drops",)),
    ("Koliko stane vstopnica za kino?", SL, (NONE,)),
    ("Kdaj odpre trgovina?", SL, (NONE,)),
    ("When does the shop open?", EN, (NONE,)),
    ("What does a cinema ticket cost?", EN, (NONE,)),
]


SMALL = Shape(width=32, layers=2, heads=4, nets=2, epochs=60, batch=8, drop=0.1, rate=5e-3)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small take many times as long when two test processes share the cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def word_vectors() -> WordVectors:
    return StaticEmbedder().word_vectors


@pytest.fixture(scope="module")
def given(word_vectors: WordVectors) -> Material:
    return material(TEXTS * 2, word_vectors)


@pytest.fixture(scope="module")
def learned(given: Material) -> Learned:
    return learn(given, shape=SMALL)


@pytest.mark.parametrize(
    ("text", "language", "piece"),
    [
        ("Kakšen je premer kroglic?", SL, "size"),
        ("kapljice za nos", SL, "drops"),
        ("Kdaj odprejo kino?", SL, NONE),
        ("bubble diameter", EN, "size"),
        ("Did anybody get nose drops?", EN, "drops"),
        ("When is the cinema open?", EN, NONE),
    ],
)
def test_other_questions_find_the_piece_or_none(
    learned: Learned, word_vectors: WordVectors, text: str, language: Language, piece: str
) -> None:
    assert learned.pieces[int(np.argmax(learned.log_probabilities(text, language, word_vectors)))] == piece


def test_a_saved_index_says_the_same(learned: Learned, word_vectors: WordVectors, tmp_path: Path) -> None:
    learned.save(tmp_path / "learned.npz")
    again = load(tmp_path / "learned.npz")
    assert (again.pieces, again.vocabulary, again.heads) == (learned.pieces, learned.vocabulary, learned.heads)
    np.testing.assert_allclose(
        again.log_probabilities("kapljice za nos", SL, word_vectors),
        learned.log_probabilities("kapljice za nos", SL, word_vectors),
        atol=0.02,
    )


def test_numpy_says_what_the_trained_networks_say(given: Material, word_vectors: WordVectors) -> None:
    rows = np.arange(len(TEXTS))
    networks = [train(given.texts, given.labels, rows, SMALL, seed=seed, device="cpu") for seed in (1, 2)]
    index = Learned(
        given.pieces,
        given.vocabulary,
        given.rarity,
        tuple(rounded(network.arrays()) for network in networks),
        SMALL.heads,
    )
    own = np.array([index.log_probabilities(text, language, word_vectors) for text, language, _ in TEXTS])
    np.testing.assert_allclose(own, log_probabilities(networks, given.texts, rows, device="cpu"), atol=0.02)


def test_practice_is_judged_by_indexes_that_did_not_see_it(word_vectors: WordVectors) -> None:
    practice = [
        PracticeQuestion(need=f"n-{n // 2}", lang=language, question=text, pieces=() if piece == NONE else (piece,))
        for n, (text, language, (piece,)) in enumerate(TEXTS)
    ]
    fold = folds(practice)
    assert all(fold[n] == fold[n + 1] for n in range(0, len(practice), 2))
    given = material(asked({}, practice), word_vectors)
    # With the one question for a piece held out no index knows of that piece.
    single = [*practice, PracticeQuestion(need="single", lang=EN, question="What is left over?", pieces=("rest",))]
    alone = material(asked({}, single), word_vectors)
    said = unseen(alone, single, 0, SMALL)
    assert said.shape == (len(single), len(given.pieces) + 1)
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1.0, atol=1e-4)
    assert np.argmax(said[-1]) != alone.pieces.index("rest")


def test_the_command_writes_an_index_and_what_is_said_of_practice_unseen(
    index_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word_vectors: WordVectors
) -> None:
    practice = [
        PracticeQuestion(need=f"n-{n // 2}", lang=language, question=text, pieces=() if piece == NONE else (piece,))
        for n, (text, language, (piece,)) in enumerate(TEXTS)
    ]
    lessons = [one.model_copy(update={"question": f"{one.question} {n}"}) for n in range(3) for one in practice]
    monkeypatch.setattr("eval.learn.load_article", lambda: SimpleNamespace(restatements={}))
    monkeypatch.setattr("eval.learn.load_practice", lambda path=None: lessons if path == LESSONS else practice)
    monkeypatch.setenv("EVIDENCA_INDEX", str(index_dir))
    main(["--into", str(tmp_path / "new"), "--epochs", "12"])
    index = load(tmp_path / "new" / "learned.npz")
    told_of = index.log_probabilities("Kolikšen premer imajo kroglice?", SL, word_vectors)
    assert index.pieces[int(np.argmax(told_of))] == "size"
    with np.load(tmp_path / "new" / "practice_unseen.npz") as stored:
        assert str(stored["questions"]).split("\n") == [text for text, _, _ in TEXTS]
        assert stored["said"].shape == (len(TEXTS), len(index.pieces))


@settings(max_examples=60, deadline=None)
@given_text(text=st.text(max_size=60), language=st.sampled_from([SL, EN]))
def test_any_text_has_probabilities(learned: Learned, word_vectors: WordVectors, text: str, language: Language) -> None:
    places, values = located(text, language, {term: n for n, term in enumerate(learned.vocabulary)}, learned.rarity)
    assert len(places) == len(values) <= len(told(text, language))
    told_of = learned.log_probabilities(text, language, word_vectors)
    assert np.exp(told_of).sum() == pytest.approx(1.0, abs=1e-4)
    found = dict(zip(FEATURES, features(learned.pieces, told_of, ["size", "drops", "not learned"]), strict=True))
    assert 0 < found["learned_share"].sum() <= 1.001
    assert found["learned_best"].sum() >= 1
    assert found["learned"][2] == -9.0
    assert len(set(found["learned_any"])) == 1


def test_what_the_table_tells_is_no_answer_in_prose() -> None:
    told_of = np.log([0.1, 0.2, 0.3, 0.4])
    found = dict(zip(FEATURES, features([NONE, SOURCES, TABLE, "size"], told_of, ["size"]), strict=True))
    assert found["learned_answered"][0] == pytest.approx(np.log(0.4) - np.log(0.6))
    assert found["learned_any"][0] == pytest.approx(np.log(0.4) - np.log(0.6))


def test_the_shipped_index_is_of_this_article(document: Document) -> None:
    shipped = load()
    assert set(shipped.pieces) <= {piece.id for piece in document.pieces()} | {NONE, TABLE, SOURCES}
    assert len(shipped.pieces) > 200
    for network in shipped.networks:
        assert network["terms"].shape == (len(shipped.vocabulary), network["lift.weight"].shape[0])
        assert network["exit.bias"].shape == (len(shipped.pieces),)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "language", "piece"),
    [
        ("Kaj piše o najmanjših mehurčkih, eksosomih: kako veliki so?", SL, "figure-1:1.1"),
        ("Is anything paid by the maker, any conflict of interest?", EN, "conflict-of-interest:1.1"),
    ],
)
def test_the_engine_asks_it(engine: Engine, text: str, language: Language, piece: str) -> None:
    told_of = engine.retriever.learned(text, language)
    position = engine.retriever.position[piece]
    assert told_of.shape == (len(FEATURES), len(engine.retriever.chunks))
    assert told_of[0][position] >= np.sort(told_of[0])[-5]
