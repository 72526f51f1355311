"""Retrieval metrics: by hand, by a computation of our own, and by ir_measures on the files written."""

import math
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from corpus.load import Article
from corpus.types import Document, Kind, Sentence, Span
from eval import retrieval
from eval.gold import ResolvedItem, Suite, load_suite
from eval.record import Record, RetrievedRecord
from ingest.chunk import Chunk
from tests.eval_helpers import BenchSystem, bench_lines, resolved, run_bench, unanswerable, write_lines


@pytest.fixture(scope="module")
def pieces(document: Document) -> list[Sentence]:
    """Sentences far apart, each of which occurs once."""
    found = [
        piece
        for piece in document.sentences
        if piece.kind is Kind.SENTENCE and len(piece.spans) == 1 and document.text.count(piece.text) == 1
    ]
    return found[::5]


def unit(name: str, *spans: Span) -> RetrievedRecord:
    return RetrievedRecord(id=name, score=1.0, spans=spans)


def record(*units: RetrievedRecord) -> Record:
    return Record(id="share-sl", retrieved=units)


def evidence(*pieces: Sentence) -> list[dict[str, Any]]:
    return [{"any_of": [piece.text]} for piece in pieces]


def scores(value: ResolvedItem, found: Record) -> dict[str, float]:
    judged = retrieval.qrels([value])
    return retrieval.scores(judged, retrieval.run({value.item.id: value}, [found]))[value.item.id]


def half(piece: Sentence, share: float) -> Span:
    (span,) = piece.spans
    return Span(span.start, span.start + math.ceil((span.end - span.start) * share))


def test_a_unit_stands_for_what_it_covers_by_half(
    article: Article, document: Document, tmp_path: Path, pieces: list[Sentence]
) -> None:
    a, b, c = pieces[:3]
    value = resolved(article, document, tmp_path, evidence=evidence(a, b))

    def ranked(*units: RetrievedRecord) -> list[str]:
        return retrieval.ranking(value, record(*units))

    assert ranked(unit("x", *c.spans), unit("y", *b.spans)) == ["x", "evidence-2"]
    assert ranked(unit("x", half(a, 0.5))) == ["evidence-1"]
    assert ranked(unit("x", half(a, 0.4))) == ["x"]
    assert ranked(unit("x", *a.spans, *b.spans)) == ["evidence-1", "evidence-2"]
    assert ranked(unit("x", *a.spans), unit("y", *a.spans)) == ["evidence-1", "y"]
    assert ranked(*(unit(f"x{n}", *c.spans) for n in range(30))) == [f"x{n}" for n in range(10)]
    assert ranked() == []


def test_alternatives_are_one_place_and_grades_are_kept(
    article: Article, document: Document, tmp_path: Path, pieces: list[Sentence]
) -> None:
    a, b, c = pieces[:3]
    wanted = [{"any_of": [a.text, b.text]}, {"any_of": [c.text], "grade": 1}]
    value = resolved(article, document, tmp_path, evidence=wanted)
    assert retrieval.qrels([value]) == {"share-sl": {"evidence-1": 2, "evidence-2": 1}}
    assert retrieval.ranking(value, record(unit("x", *b.spans), unit("y", *a.spans))) == ["evidence-1", "y"]
    # What only supports is not recalled, but weighs in nDCG.
    found = scores(value, record(unit("x", *c.spans), unit("y", *a.spans)))
    assert (found["R@1"], found["R@3"], found["RR@10"], found["Success@5"]) == (0.0, 1.0, 0.5, 1.0)
    assert found["nDCG@10"] == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ab", {"R@1": 0.5, "R@3": 1.0, "RR@10": 1.0, "nDCG@10": 1.0}),
        ("xxa", {"R@1": 0.0, "R@3": 0.5, "R@10": 0.5, "RR@10": 1 / 3}),
        ("xxxxxaxb", {"R@5": 0.0, "R@10": 1.0, "RR@10": 1 / 6, "Success@5": 0.0}),
        ("xxxxxxxxxxab", {"R@10": 0.0, "RR@10": 0.0, "nDCG@10": 0.0}),
        ("", dict.fromkeys(retrieval.MEASURES, 0.0)),
    ],
)
def test_measures_by_hand(
    article: Article,
    document: Document,
    tmp_path: Path,
    pieces: list[Sentence],
    order: str,
    expected: dict[str, float],
) -> None:
    by_name = {"a": pieces[0], "b": pieces[1], "x": pieces[2]}
    value = resolved(article, document, tmp_path, evidence=evidence(pieces[0], pieces[1]))
    found = scores(value, record(*(unit(f"u{n}", *by_name[name].spans) for n, name in enumerate(order))))
    assert set(found) == set(retrieval.MEASURES)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_characters_of_the_evidence_among_the_first_units(
    article: Article, document: Document, tmp_path: Path, pieces: list[Sentence]
) -> None:
    a, b = pieces[:2]
    value = resolved(article, document, tmp_path, evidence=evidence(a, b))
    length = a.spans[0].end - a.spans[0].start
    part = half(a, 0.25)
    expected = (part.end - part.start) / length / 2
    assert retrieval.character_recall(value, record(unit("x", part)), k=5) == pytest.approx(expected)
    assert retrieval.character_recall(value, record(unit("x", part), unit("y", part)), k=5) == pytest.approx(expected)
    late = record(*(unit(f"x{n}", Span(0, 4)) for n in range(5)), unit("y", *a.spans))
    assert (retrieval.character_recall(value, late, k=5), retrieval.character_recall(value, late, k=6)) == (0.0, 0.5)


def test_unanswerable_items_are_not_judged(article: Article, document: Document, tmp_path: Path) -> None:
    value = resolved(article, document, tmp_path, **unanswerable())
    assert retrieval.qrels([value]) == {}
    assert retrieval.run({"share-sl": value}, [record()]) == {}
    assert retrieval.scores({}, {}) == {}


@pytest.fixture(scope="module")
def suite(article: Article, document: Document, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    path = write_lines(tmp_path_factory.mktemp("gold") / "bench.jsonl", bench_lines(document, article))
    return load_suite(path, article, document)


def _direct(judged: dict[str, int], ranked: list[str]) -> dict[str, float]:
    """The measures from their definitions."""
    needed = {name for name, grade in judged.items() if grade == 2}
    hits = [rank for rank, name in enumerate(ranked[:10], start=1) if name in needed]
    gain = sum(judged.get(name, 0) / math.log2(rank + 1) for rank, name in enumerate(ranked[:10], start=1))
    best = sorted(judged.values(), reverse=True)[:10]
    ideal = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, start=1))
    return {
        **{f"R@{k}": sum(rank <= k for rank in hits) / len(needed) for k in (1, 3, 5, 10)},
        "RR@10": 1 / hits[0] if hits else 0.0,
        "nDCG@10": gain / ideal,
        "Success@5": float(any(rank <= 5 for rank in hits)),
    }


def test_a_run_agrees_with_the_definitions_and_with_its_own_trec_files(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, tmp_path: Path
) -> None:
    blind = [key for key in suite.items if key.startswith("place-0")]
    run = run_bench(suite, BenchSystem(suite, chunks, blind=blind), tmp_path / "r", article=article, document=document)
    judged_items = [value for value in suite if value.item.answerable]
    for value in judged_items:
        found = run.records[value.item.id]
        direct = _direct(retrieval.qrels([value])[value.item.id], retrieval.ranking(value, found))
        assert {name: found.metrics[name] for name in retrieval.MEASURES} == pytest.approx(direct, abs=1e-6)
    assert {run.records[key].metrics["R@10"] for key in blind} == {0.0}

    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "r" / "qrels.trec")))
    ranked = list(ir_measures.read_trec_run(str(tmp_path / "r" / "retrieval.trec")))
    assert {entry.query_id for entry in qrels} == {value.item.id for value in judged_items}
    names = {
        "R(rel=2)@1": "R@1",
        "R(rel=2)@5": "R@5",
        "RR(rel=2)@10": "RR@10",
        "nDCG@10": "nDCG@10",
        "Success(rel=2)@5": "Success@5",
    }
    measures = [ir_measures.parse_measure(name) for name in names]
    totals = {str(measure): value for measure, value in ir_measures.calc_aggregate(measures, qrels, ranked).items()}
    for name, ours in names.items():
        mean = sum(run.records[value.item.id].metrics[ours] or 0.0 for value in judged_items) / len(judged_items)
        assert totals[name] == pytest.approx(mean, abs=1e-6), name
    line = (tmp_path / "r" / "retrieval.trec").read_text(encoding="utf-8").splitlines()[0].split(" ")
    assert (len(line), line[1], line[3], line[5]) == (6, "Q0", "1", "bench")


def test_ids_of_units_fit_a_trec_file(chunks: list[Chunk]) -> None:
    assert not [chunk.id for chunk in chunks if len(chunk.id.split()) != 1]
