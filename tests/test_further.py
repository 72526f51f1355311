"""How many pieces an answer gets: the best one, and those that add to it."""

import numpy as np
import pytest

from rag.engine import Engine
from rag.prose.features import candidates
from rag.prose.further import FURTHER_FEATURES, further_features
from rag.prose.select import EXTENTS, Model, further, judge
from rag.questions.plan import Shape

QUESTIONS = [
    "Kateri so najpogostejši viri MSC?",
    "What are the main challenges in EV production?",
    "Kaj so ugotovili pri bolnikih z makularno luknjo?",
    "How do MSC-EVs act in inflammatory bowel disease?",
]
ALWAYS = Model(np.zeros(len(FURTHER_FEATURES)), 0.0)
NEVER = Model(np.zeros(len(FURTHER_FEATURES)), 1.0)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("shape", Shape)
def test_the_best_piece_comes_first_and_the_extent_is_kept(engine: Engine, question: str, shape: Shape) -> None:
    asked = engine.plan(question).question
    found = candidates(asked, engine.retriever, engine.retriever.score(asked))
    probabilities = judge(asked, engine.retriever, found).probabilities
    for fitted in (ALWAYS, NEVER, None):
        rows = further(asked, engine.retriever, found, probabilities, shape=shape, fitted=fitted)
        assert rows[0] == int(np.argmax(probabilities))
        assert len(set(rows)) == len(rows) <= EXTENTS[shape].pieces
        n_words = [len(engine.retriever.chunks[int(found.positions[row])].text.split()) for row in rows]
        assert sum(n_words) <= EXTENTS[shape].words or len(rows) == 1
        if fitted is NEVER and shape is not Shape.OVERVIEW:
            assert len(rows) == 1
        if fitted is ALWAYS or shape is Shape.OVERVIEW:
            assert len(rows) > 1


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_a_piece_brings_is_what_is_not_covered_yet(engine: Engine, question: str) -> None:
    asked = engine.plan(question).question
    found = candidates(asked, engine.retriever, engine.retriever.score(asked))
    probabilities = judge(asked, engine.retriever, found).probabilities
    order = [int(row) for row in np.argsort(-probabilities, kind="stable")]

    def features(chosen: list[int], row: int) -> dict[str, float]:
        values = further_features(
            asked, engine.retriever, found, probabilities, shape=Shape.SHORT, chosen=chosen, row=row, rank=0
        )
        return dict(zip(FURTHER_FEATURES, values, strict=True))

    assert features([order[0]], order[0])["gain"] == 0  # the same again
    alone, beside = features(order[:1], order[2]), features(order[:2], order[2])
    assert 0 <= beside["gain"] <= alone["gain"] <= 1
    assert beside["left"] <= alone["left"]
    assert alone["log_odds_best"] >= alone["log_odds"]
