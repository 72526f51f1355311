"""The ablation takes away what it says, leaves no trace, and is honest about who saw what."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.load import Article
from corpus.types import Document, Kind, Language
from eval import ablate
from eval.fit import Example
from eval.gold import Split, Suite, load_suite
from ingest.chunk import Chunk, chunk
from rag.engine import Engine, Turn
from rag.prose import answers
from rag.questions.plan import Route
from rag.retrieval.retrieve import SIGNALS
from tests.eval_helpers import bench_lines, write_lines


@pytest.fixture
def suite(article: Article, document: Document, tmp_path: Path) -> Suite:
    """24 pairs, 4 unanswerable ones and a dialogue, on sentences of the article."""
    return load_suite(write_lines(tmp_path / "gold.jsonl", bench_lines(document, article)), article, document)


def _examples(suite: Suite, rank_of_evidence: Mapping[str, int]) -> list[Example]:
    """Examples over 30 units: each named signal has the evidence, unit 7, at its rank; the others are flat."""
    found = []
    for value in suite:
        if not (value.item.answerable and value.needed):
            continue
        signals = np.zeros((len(SIGNALS), 30))
        for name, rank in rank_of_evidence.items():
            order = [n for n in range(30) if n != 7]
            order.insert(rank - 1, 7)
            signals[SIGNALS.index(name), order] = np.linspace(2, -2, 30)
        covers = np.zeros((len(value.needed), 30), dtype=bool)
        covers[:, 7] = True
        found.append(Example(value.item.id, value.item.pair, value.item.lang, signals, covers))
    return found


def test_only_development_questions_are_read(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        read.append(path.name)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    suite = ablate.load_dev(article)
    assert {value.item.split for value in suite} == {Split.DEV}
    assert [name for name in read if name.endswith(".jsonl") and "test" in name] == []
    assert "dev.jsonl" in read


def test_folds_keep_pairs_dialogues_and_twins_together(article: Article) -> None:
    suite = ablate.load_dev(article)
    fold = ablate.folds(suite)
    assert set(fold.values()) == set(range(ablate.FOLDS))
    assert set(fold) == {value.item.pair for value in suite}
    sizes = np.bincount(list(fold.values()))
    assert sizes.max() - sizes.min() <= 1
    assert all(
        value.item.pair == suite.items[value.item.variant_of].item.pair for value in suite if value.item.variant_of
    )


def test_no_question_is_ranked_by_weights_that_saw_it(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    some = _examples(suite, {"dense": 1})
    fold = ablate.folds(suite)
    trained: list[set[str]] = []

    def fit(seen: list[Example], start: np.ndarray) -> np.ndarray:
        trained.append({example.id for example in seen})
        return start

    monkeypatch.setattr("eval.fit.fit", fit)
    weights = ablate.learnt(some, fold)
    everything = {example.id for example in some}
    assert len(weights) == len(trained) == len(Language) * ablate.FOLDS
    for (language, held_out), seen in zip(weights, trained, strict=True):
        own = {value.item.id for value in suite if value.item.lang is language and fold[value.item.pair] != held_out}
        assert seen == own & everything


def test_a_signal_taken_away_is_missed(suite: Suite) -> None:
    some = _examples(suite, {"dense": 1, "bm25": 12})
    fold = ablate.folds(suite)
    without = ablate.kept(some, ablate.only([name for name in SIGNALS if name != "dense"]))
    assert {order[0] for order in ablate.crossed(some, fold).values()} == {7}
    assert all(list(order).index(7) > 0 if 7 in order else True for order in ablate.crossed(without, fold).values())
    assert len(without[0].signals) == len(SIGNALS) - 1


def test_fusions_by_hand(suite: Suite) -> None:
    some = ablate.kept(_examples(suite, {"dense": 1, "bm25": 20}), ablate.only(["dense", "bm25"]))
    summed = ablate.summed(some)
    ranks = ablate.by_ranks(some)
    key = some[0].id
    values = some[0].signals
    expected = np.argsort(-(values[0] + values[1]), kind="stable")[:10]
    assert list(summed[key]) == list(expected)
    by_hand = {unit: sum(1 / (60 + 1 + int((row > row[unit]).sum())) for row in values) for unit in range(30)}
    assert list(ranks[key]) == sorted(by_hand, key=lambda unit: -by_hand[unit])[:10]


@pytest.mark.model
def test_measures_are_those_of_the_whole_evaluation(engine: Engine, suite: Suite) -> None:
    questions = ablate.understood(engine, suite)
    some = ablate.examples(engine.retriever, suite, questions)
    weights = {(language, n): engine.retriever.weights[language] for language in Language for n in range(ablate.FOLDS)}
    found = ablate.searched(engine, suite, weights, ablate.folds(suite))
    assert set(found) == set(suite.items)
    # What shares nothing with the question is left out of a search, so compare where it is long.
    orders = {
        example.id: ablate._order(engine.retriever.weights[questions[example.id].language] @ example.signals)
        for example in some
    }
    listed = [engine.retriever.chunks[n].id for n in np.flatnonzero(engine.retriever.listed)]
    prose = [key for key in orders if engine.plan(suite.items[key].item.question).route is Route.PROSE]
    long = [key for key in prose if len(found[key]) == 10 and suite.items[key].item.dialogue is None]
    assert len(long) > 20
    for key in long:
        assert [unit.id for unit in found[key]] == [listed[n] for n in orders[key]]
    values = ablate.measured(engine.retriever, suite, orders)
    by_hand = {
        example.id: float(example.covers[0, orders[example.id][0]]) for example in some if len(example.covers) == 1
    }
    assert {key: values[key]["R@1"] for key in by_hand} == by_hand


@pytest.mark.model
def test_weights_come_back(engine: Engine) -> None:
    before = engine.retriever.weights
    changed = {language: -before[language] for language in Language}
    question = "Kaj so eksosomi?"
    first = [hit.chunk.id for hit in engine.search(question)]

    def fail() -> None:
        with ablate._weights(engine, changed):
            assert [hit.chunk.id for hit in engine.search(question)] != first
            raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        fail()
    assert engine.retriever.weights is before
    assert [hit.chunk.id for hit in engine.search(question)] == first


PARTS = {
    "veto sl": ("no veto of unmet names, numbers, kinds", "Kako ZV zdravijo bolezen Kreutzfeldtovo?", ()),
    "veto en": ("no veto of unmet names, numbers, kinds", "How do EVs treat Creutzfeldt disease?", ()),
    "dialogue sl": ("no dialogue resolution", "In v kateri državi?", ("Katera študija preučuje ALS?",)),
    "dialogue en": ("no dialogue resolution", "And in which country?", ("Which trial studies ALS?",)),
    "readings sl": (
        "follow-ups as their form tells",
        "v kateri fazi je študija na ljudeh?",
        ("Kaj so vezikli naredili z meniskusom pri miših?",),
    ),
    "readings en": (
        "follow-ups as their form tells",
        "koliko pa je bila stara?",
        ("What did vesicles do for the girl with a tethered cord?",),
    ),
    "table sl": ("tables and bibliography off", "Koliko študij poteka v Iranu?", ()),
    "table en": ("tables and bibliography off", "How many trials are in Iran?", ()),
    "bibliography sl": ("tables and bibliography off", "Katero delo je vir 56?", ()),
    "bibliography en": ("tables and bibliography off", "Which work is reference 56?", ()),
}


@pytest.mark.model
@pytest.mark.parametrize(("name", "question", "before"), PARTS.values(), ids=PARTS.keys())
def test_a_part_of_answering_goes_and_comes_back(
    engine: Engine, name: str, question: str, before: tuple[str, ...]
) -> None:
    history = [Turn("user", text) for text in before]

    def state() -> object:
        engine.forget()
        plan = engine.plan(question, history=history)
        return plan.route, plan.question.resolved, engine._prose.find(plan).unmet

    whole = state()
    with ablate.changed_engine(engine, name):
        assert state() != whole
    assert state() == whole
    engine.forget()


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Kako veliki so eksosomi in zakaj se na tkiva vežejo integrini?", id="sl"),
        pytest.param("How large are exosomes, and why do integrins bind to tissues?", id="en"),
    ],
)
def test_part_by_part_goes_and_comes_back(engine: Engine, question: str) -> None:
    plan = engine.plan(question)
    whole, _ = engine._prose._select(plan.question, plan.shape)
    with ablate.changed_engine(engine, "no part-by-part"):
        assert answers.part_by_part(plan, whole, engine.retriever, engine.matcher) is None
    apart = answers.part_by_part(plan, whole, engine.retriever, engine.matcher)
    assert apart is not None
    assert apart.missing


@pytest.fixture(scope="module")
def bare(article: Article, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("bare") / "index"
    return ablate.open_without(folder, translations={}, restatements={})


@pytest.mark.model
def test_an_index_without_translation_and_restatements(bare: Engine, chunks: list[Chunk], article: Article) -> None:
    assert [item.id for item in bare.index.chunks.values()] == [item.id for item in chunks]
    assert not any(item.restated for item in bare.index.chunks.values())
    assert any(item.restated for item in chunks)
    # The English side of a table row is made of its cells and our words for the columns.
    translated = [item.id for item in chunks if item.translation and item.kind is not Kind.TABLE_ROW]
    assert len(translated) > 100
    assert {bare.index.chunks[key].translation for key in translated} == {None}
    assert {len(bare.index.chunks[key].search) for key in translated} == {1}
    assert bare.article.translations == article.translations
    plain = replace(article, translations={}, restatements={})
    assert [item.concepts for item in bare.index.chunks.values()] == [
        item.concepts for item in chunk(next(iter(bare.documents.values())), plain)
    ]


@pytest.mark.model
def test_remembered_signals_follow_the_weights(bare: Engine) -> None:
    question = bare.plan("How do vesicles cross the blood-brain barrier?").question
    scores = bare.retriever.score(question)
    doubled = {language: 2 * bare.retriever.weights[language] for language in Language}
    with ablate._weights(bare, doubled):
        again = bare.retriever.score(question)
    assert again.signals is scores.signals
    np.testing.assert_allclose(again.fused, 2 * scores.fused)


def test_the_tables_name_every_row_and_compare_with_the_first(suite: Suite) -> None:
    judged = [value.item.id for value in suite if value.item.answerable and value.needed]
    rows = {
        "full": {key: {"R@5": 1.0, "RR@10": 0.5 if key.endswith("-sl") else 1.0} for key in judged},
        "worse": {key: {"R@5": 0.0, "RR@10": 0.0} for key in judged},
    }
    lines = ablate.retrieval_rows(rows, suite, reference="full")
    full, worse = (next(line for line in lines if line.startswith(f"| {name} |")).split(" | ") for name in rows)
    # Two turns of a dialogue are asked in Slovene besides the pairs, and count as no pair.
    assert full[1:4] == ["1.000", "1.000", "+0.000"]
    assert full[5:7] == ["1.000", "-0.500"]
    assert worse[1:3] == [".000", ".000"]
    assert worse[7].startswith("-0.7")
    assert sum(line.startswith("| worse |") for line in lines) == 2


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(
            "Kaj je GvHD in katere slabosti imajo vezikli?",
            id="sl",
        ),
        pytest.param("Which cells can MSCs turn into, and which tissues are they mostly taken from?", id="en"),
    ],
)
def test_parts_asked_by_themselves_go_and_come_back(engine: Engine, question: str) -> None:
    def cited() -> set[str]:
        return {citation.id for citation in engine.ask(question).citations}

    whole = cited()
    with ablate.changed_engine(engine, "parts not asked by themselves"):
        assert cited() < whole
    assert cited() == whole
    engine.forget()
