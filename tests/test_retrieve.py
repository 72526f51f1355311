"""Ranking: the early candidates of a large index lose little of what comparing everything finds."""

import numpy as np
import pytest

import rag.retrieval.retrieve
from rag.engine import Engine

QUESTIONS = (
    "Katere celice izločajo vezikle in kaj vsebujejo?",
    "Kako aerosolna inhalacija deluje pri pljučnih boleznih?",
    "What do apoptotic bodies measure?",
    "How were fistulas treated with vesicles?",
    "Kdo je prvi avtor vira 12?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_candidates_stand_for_the_whole_index(engine: Engine, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [hit.chunk.id for hit in engine.search(question, k=5)]
    monkeypatch.setattr(rag.retrieval.retrieve, "EXHAUSTIVE", 0)
    monkeypatch.setattr(rag.retrieval.retrieve, "CANDIDATES", 40)
    some = [hit.chunk.id for hit in engine.search(question, k=5)]
    assert everything[0] in some[:2]
    assert len(set(everything) & set(some)) >= 4


def test_what_holds_an_id_is_always_a_candidate(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.retrieval.retrieve, "EXHAUSTIVE", 0)
    monkeypatch.setattr(rag.retrieval.retrieve, "CANDIDATES", 1)
    scores = engine.retriever.score(engine.plan("NCT05499156").question)
    holding = engine.retriever.holds(("nct05499156",))
    assert (scores.coverage.matches[:, holding] == 1.0).all()


def test_only_candidates_are_compared_word_by_word(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.retrieval.retrieve, "EXHAUSTIVE", 0)
    monkeypatch.setattr(rag.retrieval.retrieve, "CANDIDATES", 10)
    scores = engine.retriever.score(engine.plan("Kako ZV vplivajo na jetrno fibrozo?").question)
    looked_at = (scores.coverage.matches > 0).any(axis=0)
    assert 0 < looked_at.sum() < 0.7 * len(engine.retriever.chunks)
    assert np.isfinite(scores.fused).all()


def test_what_was_computed_from_stands_first(engine: Engine) -> None:
    found = engine.search("Which trials are in Germany?", k=3)
    assert found[0].chunk.id.startswith("table-2:NCT")
    assert found[0].score == 1.0
    assert [hit.rank for hit in found] == [1, 2, 3]
