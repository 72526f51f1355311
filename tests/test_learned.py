"""The learned index: from questions to pieces, by what was learned of other questions for them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from corpus.types import Document, Language
from eval.learn import learn
from ingest.embedder.static import StaticEmbedder
from rag.engine import Engine
from rag.retrieval.learned import FEATURES, NONE, Learned, features, load, located, told

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


def _vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    return StaticEmbedder().word_vectors(texts)


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(TEXTS * 2, _vectors)


def _best(learned: Learned, text: str, language: Language) -> str:
    vector = _vectors([text])[0].astype(np.float64)
    return learned.pieces[int(np.argmax(learned.margins(text, language, vector / np.linalg.norm(vector))))]


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
def test_other_questions_find_the_piece_or_none(learned: Learned, text: str, language: Language, piece: str) -> None:
    assert _best(learned, text, language) == piece


def test_a_saved_index_says_the_same(learned: Learned, tmp_path: Path) -> None:
    learned.save(tmp_path / "learned.npz")
    again = load(tmp_path / "learned.npz")
    vector = np.full(again.weights.shape[0] - len(again.vocabulary), 0.01)
    assert (again.pieces, again.vocabulary) == (learned.pieces, learned.vocabulary)
    np.testing.assert_allclose(again.margins("nos", SL, vector), learned.margins("nos", SL, vector), rtol=1e-5)


def test_rounded_weights_are_those_of_the_machines(learned: Learned) -> None:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    place = {term: number for number, term in enumerate(learned.vocabulary)}
    rows = np.zeros((2 * len(TEXTS), len(place)))
    for row, (text, language, _) in zip(rows, TEXTS * 2, strict=True):
        places, values = located(text, language, place, learned.rarity)
        row[places] = values
    dense = _vectors([text for text, _, _ in TEXTS * 2]).astype(np.float64)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    together = hstack([csr_matrix(rows), csr_matrix(dense)])
    machine = LinearSVC(C=0.3, random_state=7, max_iter=500).fit(together, [piece for _, _, (piece,) in TEXTS * 2])
    own = np.array([learned.margins(text, language, dense[n]) for n, (text, language, _) in enumerate(TEXTS)])
    np.testing.assert_allclose(own, machine.decision_function(together)[: len(TEXTS)], atol=0.02)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), language=st.sampled_from([SL, EN]))
def test_any_text_has_margins_and_shares(learned: Learned, text: str, language: Language) -> None:
    places, values = located(text, language, {term: n for n, term in enumerate(learned.vocabulary)}, learned.rarity)
    assert len(places) == len(values) <= len(told(text, language))
    margins = learned.margins(text, language, np.zeros(learned.weights.shape[0] - len(learned.vocabulary)))
    found = dict(zip(FEATURES, features(learned, margins, ["size", "drops", "not learned"]), strict=True))
    assert np.isfinite(margins).all()
    assert 0 < found["learned_share"].sum() <= 1.2
    assert found["learned_best"].sum() >= 1
    assert found["learned"][2] == found["learned"].min() or found["learned"].min() < -1.5


def test_the_shipped_index_is_of_this_article(document: Document) -> None:
    shipped = load()
    assert set(shipped.pieces) <= {piece.id for piece in document.pieces()} | {NONE}
    assert len(shipped.pieces) > 200
    assert shipped.weights.shape == (
        len(shipped.vocabulary) + _vectors(["x"]).shape[1],
        len(shipped.pieces),
    )


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "language", "piece"),
    [
        ("Kaj piše o najmanjših mehurčkih, eksosomih: kako veliki so?", SL, "figure-1:1.1"),
        ("Is anything paid by the maker, any conflict of interest?", EN, "conflict-of-interest:1.1"),
    ],
)
def test_the_engine_asks_it(engine: Engine, text: str, language: Language, piece: str) -> None:
    vector = engine.word_vectors([text])[0].astype(np.float64)
    told_of = engine.retriever.learned(text, language, vector / np.linalg.norm(vector))
    position = engine.retriever.position[piece]
    assert told_of.shape == (len(FEATURES), len(engine.retriever.chunks))
    assert told_of[0][position] >= np.sort(told_of[0])[-5]
