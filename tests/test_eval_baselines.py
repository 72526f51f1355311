"""The baselines: what they quote stands in the article, and the same question gets the same answer."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from corpus.load import Article
from corpus.text import quote
from corpus.types import Document
from eval import baselines
from eval.baselines import SHOWN, Bm25System, LlamaIndexSystem, MiniLmSystem
from eval.gold import Suite, load_suite
from eval.run import Choice, evaluate
from eval.systems import System
from tests.eval_helpers import bench_lines, pair, unanswerable, write_lines

QUESTIONS = (
    "Kako ZV-MSC vplivajo na perianalne fistule pri Crohnovi bolezni?",
    "What do extracellular vesicles do in liver cirrhosis?",
)
MAKERS = {"bm25": Bm25System, "minilm": MiniLmSystem, "llama-index": LlamaIndexSystem}
# The embedding baselines get the first part of the article only: to embed all of it takes half a minute.
N_CHARS = 4_500


@pytest.fixture(scope="module")
def make(article: Article) -> Callable[[str], System]:
    source, units = baselines._passages()
    few = [unit for unit in units if unit[1][0].start < N_CHARS and len(quote(source, unit[1])) > 60]
    short = replace(article, source=article.source[:N_CHARS])

    def made(name: str) -> System:
        with pytest.MonkeyPatch.context() as patch:
            if name != "bm25":
                patch.setattr(baselines, "_passages", lambda: (source, few))
                patch.setattr(baselines, "load_article", lambda: short)
            return MAKERS[name]()

    return made


@pytest.fixture(
    scope="module",
    params=[
        "bm25",
        pytest.param("minilm", marks=pytest.mark.model),
        pytest.param("llama-index", marks=pytest.mark.model),
    ],
)
def system(request: pytest.FixtureRequest, make: Callable[[str], System]) -> System:
    return make(request.param)


def test_a_baseline_quotes_the_article_and_nothing_else(system: System, article: Article) -> None:
    assert MAKERS[system.name] is type(system)
    for question in QUESTIONS:
        found = system.search(question, [], k=10)
        scores = [hit.score for hit in found]
        assert scores == sorted(scores, reverse=True)
        assert all(score > 0 for score in scores)
        assert len({hit.id for hit in found}) == len(found) <= 10
        for hit in found:
            assert all(0 <= start < end <= len(article.source) for start, end in hit.spans)
        answer = system.answer(question, [])
        assert len(answer.citations) == min(SHOWN, len(found))
        assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
        for citation, hit, sentence in zip(answer.citations, found, answer.sentences, strict=False):
            assert (citation.id, citation.spans) == (hit.id, hit.spans)
            assert citation.quote == sentence.text == quote(article.source, citation.spans)
        assert answer.to_dict()["engine"] == system.name


def test_a_baseline_finds_what_is_asked_in_the_words_of_the_article(system: System, document: Document) -> None:
    piece = next(piece for piece in document.sentences if piece.section == "abstract-en" and len(piece.text) > 120)
    found = system.search(piece.text, [], k=3)
    assert any(start <= piece.spans[0].start < end for hit in found for start, end in hit.spans)
    assert system.covers(piece.spans)


@pytest.mark.parametrize("system", ["bm25", pytest.param("llama-index", marks=pytest.mark.model)], indirect=True)
def test_a_second_build_of_a_baseline_answers_the_same(system: System, make: Callable[[str], System]) -> None:
    again = make(system.name)
    assert dict(again.describe()) == dict(system.describe())
    first, second = (one.search(QUESTIONS[0], [], k=10) for one in (system, again))
    assert [(hit.id, hit.spans) for hit in first] == [(hit.id, hit.spans) for hit in second]
    assert np.allclose([hit.score for hit in first], [hit.score for hit in second])
    assert system.search(QUESTIONS[0], [], k=2) == first[:2]


def test_a_baseline_is_scored_like_any_system(
    system: System, article: Article, document: Document, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    lines = [
        *pair(question="Kolikšen delež bolnikov s perianalno fistulo je imel korist?"),
        *pair(**unanswerable(pair="none", question="Kdo je osvojil Triglav?")),
    ]
    suite: Suite = load_suite(write_lines(folder / "own.jsonl", lines), article, document)
    chosen = Choice(lang="sl").apply(suite)
    records = evaluate(chosen, system, article=article, document=document, folder=folder / "r").records
    assert not any(found.error for found in records.values())
    # It never refuses, and what it quotes is verbatim.
    assert {found.outcome for found in records.values()} == {"answered"}
    assert records["none-sl"].metrics["hallucination"] == 1.0
    said = [found for found in records.values() if found.citations]
    assert said
    assert all(found.metrics["citation_recall"] == found.metrics["citation_format"] == 1.0 for found in said)


def test_bm25_does_not_know_words_that_are_not_there(article: Article) -> None:
    bm25 = Bm25System()
    assert bm25.search("qwertz zzzyx", [], k=5) == []
    empty = bm25.answer("qwertz zzzyx", [])
    assert (empty.answer, empty.citations, empty.confidence) == ("", (), 0.0)
    assert bm25.search("", [], k=5) == []


def test_bm25_over_the_whole_bench_beats_chance(
    article: Article, document: Document, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Asked with the beginning of the sentence, it finds the sentence."""
    folder = tmp_path_factory.mktemp("runs")
    lines = bench_lines(document, article, n_pairs=6)
    for line in lines:
        if line.get("evidence"):
            words = line["evidence"][0]["any_of"][0].split()
            line["question"] = f"{line['id']}: {' '.join(words[:12])}"
    suite = load_suite(write_lines(folder / "bench.jsonl", lines), article, document)
    run = evaluate(suite, Bm25System(), article=article, document=document, folder=folder / "r")
    found = [record.metrics["R@5"] for key, record in run.records.items() if suite.items[key].item.type == "fact"]
    judged = [value for value in found if value is not None]
    assert sum(judged) / len(judged) >= 0.9
