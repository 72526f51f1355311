"""Runs on disk: repeatable byte for byte, taken up after a kill, refused when they no longer fit."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from corpus.load import Article
from corpus.types import Document
from eval import baseline
from eval.baseline import bless, open_run
from eval.gold import Suite, load_suite
from eval.metrics import VERSION as METRICS_VERSION
from eval.run import Choice, directions
from eval.runs import Run, RunError, read_info, read_run, record_line, write
from eval.systems import EvidencaSystem
from ingest.chunk import Chunk
from rag.answer import Answer
from rag.engine import Engine, Turn
from tests.eval_helpers import QUOTE, BenchSystem, bench_lines, gold, pair, run_bench, unanswerable, write_lines

N_PAIRS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def suite(article: Article, document: Document, folder: Path) -> Suite:
    path = write_lines(folder / "bench.jsonl", bench_lines(document, article, n_pairs=N_PAIRS))
    return load_suite(path, article, document)


@pytest.fixture(scope="module")
def whole(article: Article, document: Document, chunks: list[Chunk], suite: Suite, folder: Path) -> Run:
    return run_bench(suite, BenchSystem(suite, chunks), folder / "whole", article=article, document=document)


def test_a_run_says_what_was_run(whole: Run, suite: Suite, article: Article) -> None:
    info = read_info(whole.folder)
    assert info == whole.info
    assert (info.id, info.system, info.suite, info.n_items) == ("whole", "bench", "bench.jsonl", len(suite))
    assert (info.gold_sha256, info.corpus_sha256) == (suite.sha256, article.sha256)
    assert (info.metrics_version, info.complete, info.chosen) == (METRICS_VERSION, True, "")
    assert set(info.platform) == {"evidenca", "python", "machine", "cores", "calibration_ms"}
    assert sorted(path.name for path in whole.folder.iterdir()) == [
        "items.jsonl",
        "metrics.json",
        "qrels.trec",
        "retrieval.trec",
        "run.json",
        "timings.json",
    ]


def test_what_is_read_is_what_was_written(whole: Run, suite: Suite) -> None:
    read = read_run(whole.folder)
    assert list(read.records) == list(suite.items)
    assert [record_line(found) for found in read.records.values()] == [
        record_line(found) for found in whole.records.values()
    ]
    assert set(read.timings) == set(suite.items)
    assert all(found.passed for found in read.records.values())


def test_means_of_a_run_by_hand(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, folder: Path
) -> None:
    wrong = ["place-01-sl", "place-02-sl", "place-03-en"]
    run = run_bench(
        suite, BenchSystem(suite, chunks, blind=wrong), folder / "means", article=article, document=document
    )
    summary = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    n = {"sl": N_PAIRS + 4 + 2, "en": N_PAIRS + 4}
    assert summary["n"] == sum(n.values())
    assert summary["n_pairs"] == N_PAIRS + 4 + 1
    passed = {key: summary["by_language"][key]["passed"] for key in ("sl", "en")}
    assert (passed["sl"]["n"], passed["sl"]["mean"]) == (n["sl"], pytest.approx((n["sl"] - 2) / n["sl"]))
    assert (passed["en"]["n"], passed["en"]["mean"]) == (n["en"], pytest.approx((n["en"] - 1) / n["en"]))
    assert summary["overall"]["passed"]["mean"] == pytest.approx((sum(n.values()) - 3) / sum(n.values()))
    gap = summary["gap"]["passed"]
    assert (gap["n"], gap["mean"]) == (N_PAIRS + 4, pytest.approx(-1 / (N_PAIRS + 4)))
    assert summary["refusals"]["all"]["precision"]["mean"] == summary["refusals"]["all"]["recall"]["mean"] == 1.0
    assert summary["stages"] == {"retrieval": 3}
    assert summary["consistency"] == {
        "n": N_PAIRS,
        "same_facts": pytest.approx((N_PAIRS - 3) / N_PAIRS),
        "shared_evidence": pytest.approx((N_PAIRS - 3) / N_PAIRS),
    }
    assert summary["by_type"]["multi"]["passed"] == {"n": 4, "mean": 1.0}
    assert summary["risk_coverage"]["auroc"] == 1.0
    assert summary["latency"]["n"] == len(suite)


def test_means_of_a_run_hold_no_numbers_that_are_none(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, folder: Path
) -> None:
    """One item, one pair, everything crashed: metrics.json stays JSON."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    some = {
        "one": Choice(ids=frozenset({"place-01-sl"})).apply(suite),
        "refusal": Choice(ids=frozenset({"none-1-sl"})).apply(suite),
        "two": Choice(ids=frozenset({"place-01-sl", "place-02-sl"})).apply(suite),
    }
    for name, chosen in some.items():
        for crashing in ((), chosen.items):
            system = BenchSystem(chosen, chunks, crashing=crashing, blind=["place-02-sl"])
            run = run_bench(chosen, system, folder / f"{name}-{len(crashing)}", article=article, document=document)
            json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"), parse_constant=refuse)


def test_two_runs_are_equal_byte_for_byte(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, whole: Run, folder: Path
) -> None:
    again = run_bench(suite, BenchSystem(suite, chunks), folder / "again", article=article, document=document)
    for name in ("items.jsonl", "qrels.trec", "retrieval.trec"):
        assert (again.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name
    first, second = (json.loads((run.folder / "metrics.json").read_text(encoding="utf-8")) for run in (again, whole))
    for summary in (first, second):
        del summary["latency"]
    assert first == second


def real_lines() -> list[dict[str, Any]]:
    """A few questions of our own, for the real engine; one is cut off, one a dialogue, one hopeless."""
    table = {"operation": "count", "where": [{"column": "country", "test": "eq", "value": "Iran"}]}
    lines = [
        *pair(question="Kolikšen delež bolnikov s fistulami je imel korist?"),
        *pair(
            pair="iran", type="aggregate", question="Koliko študij je v Iranu?", recipe=table, evidence=[], nuggets=[]
        ),
        *pair(**unanswerable(pair="none", refusal="off_topic", question="Kdo je osvojil Triglav?")),
        *(
            gold(id=f"talk-{turn}", pair="talk", dialogue="talk", turn=turn, question=question)
            for turn, question in ((1, "Kaj je Crohnova bolezen?"), (2, "In kako jo zdravijo z vezikli?"))
        ),
    ]
    english = {"share-en": "How many patients with fistulas improved?", "iran-en": "How many trials are in Iran?"}
    english["none-en"] = "Who won the chess world cup?"
    return [{**line, "question": english.get(line["id"], line["question"])} for line in lines]


@pytest.mark.model
def test_two_runs_of_the_real_engine_are_equal_byte_for_byte(
    article: Article, document: Document, engine: Engine, index_dir: Path, tmp_path: Path
) -> None:
    from corpus.config import Settings

    path = write_lines(tmp_path / "real.jsonl", real_lines())
    suite = load_suite(path, article, document)
    for name, asked, jobs in (("a", engine, 1), ("b", Engine.open(Settings(index_dir=index_dir)), 2)):
        system = EvidencaSystem(asked)
        run = run_bench(suite, system, tmp_path / name, article=article, document=document, jobs=jobs)  # type: ignore[arg-type]
    assert len(run.records) == 8
    for name in ("items.jsonl", "qrels.trec", "retrieval.trec"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert {found.outcome for found in run.records.values()} == {"answered", "abstained"}
    # Whatever the engine says, its own rules hold.
    assert {key: found.hard for key, found in run.records.items() if found.hard} == {}
    assert all(found.retrieved for key, found in run.records.items() if key.startswith("share"))
    system = EvidencaSystem(engine)
    assert all(system.covers(spans) for value in suite for alternatives in value.needed for spans in alternatives)
    assert system.search("", [], k=3) == []


def test_a_dialogue_is_asked_in_order_with_its_history(
    article: Article, document: Document, chunks: list[Chunk], tmp_path: Path
) -> None:
    turns = [
        gold(id=f"talk-{turn}", pair="talk", dialogue="talk", turn=turn, question=f"In {turn}?") for turn in (1, 2, 3)
    ]
    first, second = pair()
    # Lines of other items between the turns change nothing.
    lines = [turns[0], first, turns[1], second, turns[2]]
    suite = load_suite(write_lines(tmp_path / "own.jsonl", lines), article, document)
    system = BenchSystem(suite, chunks)
    run = run_bench(suite, system, tmp_path / "r", article=article, document=document)
    assert system.asked == ["talk-1", "talk-2", "talk-3", "share-sl", "share-en"]
    assert list(run.records) == list(suite.items)
    said = [(Turn("user", f"In {n}?"), Turn("assistant", run.records[f"talk-{n}"].answer)) for n in (1, 2)]
    assert system.histories["talk-1"] == system.histories["share-sl"] == []
    assert system.histories["talk-2"] == [*said[0]]
    assert system.histories["talk-3"] == [*said[0], *said[1]]


def test_a_crash_is_recorded_and_the_others_are_asked(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, tmp_path: Path
) -> None:
    run = run_bench(
        suite, BenchSystem(suite, chunks, crashing=["place-01-en"]), tmp_path / "r", article=article, document=document
    )
    assert [key for key, found in run.records.items() if found.error] == ["place-01-en"]
    assert run.records["place-01-en"].error == "RuntimeError: planted"
    assert [key for key, found in run.records.items() if not found.passed] == ["place-01-en"]


class Killed(BaseException):
    """Stands for the end of the process."""


class DyingSystem(BenchSystem):
    """Dies before answering its n-th question."""

    def __init__(self, suite: Suite, chunks: Sequence[Chunk], *, after: int, **options: Any) -> None:
        super().__init__(suite, chunks, **options)
        self._after = after

    def answer(self, question: str, history: Sequence[Turn]) -> Answer:
        if len(self.asked) == self._after:
            raise Killed
        return super().answer(question, history)


@pytest.fixture
def killed(article: Article, document: Document, chunks: list[Chunk], suite: Suite, tmp_path: Path) -> Path:
    """A run killed after nine questions."""
    with pytest.raises(Killed):
        run_bench(suite, DyingSystem(suite, chunks, after=9), tmp_path / "killed", article=article, document=document)
    return tmp_path / "killed"


@pytest.mark.parametrize("n_cut", [0, 1, 2, 40, 400], ids=lambda n: f"{n} bytes cut off")
def test_a_killed_run_is_taken_up_where_it_was(
    article: Article,
    document: Document,
    chunks: list[Chunk],
    suite: Suite,
    whole: Run,
    killed: Path,
    n_cut: int,
) -> None:
    partial = killed / "partial" / "items.jsonl"
    content = partial.read_bytes()
    n_lines = content.count(b"\n")
    assert n_lines == 9
    partial.write_bytes(content[: len(content) - n_cut])
    (killed / "partial" / ".items.jsonl-abc").write_text("left by the kill")
    system = BenchSystem(suite, chunks)
    run_bench(suite, system, killed, article=article, document=document, resume=True)
    assert system.asked == list(suite.items)[n_lines - (n_cut > 0) :]
    assert (killed / "items.jsonl").read_bytes() == (whole.folder / "items.jsonl").read_bytes()
    assert sorted(path.name for path in killed.iterdir()) == sorted(path.name for path in whole.folder.iterdir())
    assert read_info(killed).complete


def test_every_cut_of_the_last_line_is_survived(killed: Path) -> None:
    from eval.runs import read_partial

    partial = killed / "partial" / "items.jsonl"
    content = partial.read_bytes()
    start = content.rstrip(b"\n").rindex(b"\n") + 1
    within_a_letter = [end for end in range(start, len(content)) if content[end] & 0xC0 == 0x80]
    assert within_a_letter
    for end in (start, start + 1, *range(start, len(content), 211), *within_a_letter[:20], len(content) - 1):
        partial.write_bytes(content[:end])
        assert len(read_partial(killed)) == 8


def test_a_dialogue_that_was_cut_is_asked_whole(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, tmp_path: Path, whole: Run
) -> None:
    after = list(suite.items).index("talk-2")
    with pytest.raises(Killed):
        run_bench(suite, DyingSystem(suite, chunks, after=after), tmp_path / "r", article=article, document=document)
    system = BenchSystem(suite, chunks)
    run_bench(suite, system, tmp_path / "r", article=article, document=document, resume=True)
    assert system.asked == ["talk-1", "talk-2"]
    assert len(system.histories["talk-2"]) == 2
    assert (tmp_path / "r" / "items.jsonl").read_bytes() == (whole.folder / "items.jsonl").read_bytes()


def test_a_run_is_not_resumed_when_something_changed(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, killed: Path, tmp_path: Path
) -> None:
    def resume(asked: Suite, system: BenchSystem, **options: Any) -> str:
        before = {path: path.read_bytes() for path in sorted(killed.rglob("*")) if path.is_file()}
        with pytest.raises(RunError) as caught:
            run_bench(asked, system, killed, article=article, document=document, resume=True, **options)
        assert {path: path.read_bytes() for path in sorted(killed.rglob("*")) if path.is_file()} == before
        return str(caught.value)

    lines = [*bench_lines(document, article, n_pairs=N_PAIRS), *pair(evidence=[{"any_of": [QUOTE]}])]
    other = load_suite(write_lines(tmp_path / "bench.jsonl", lines), article, document)
    assert "gold_sha256 changed" in resume(other, BenchSystem(other, chunks))
    assert "description changed" in resume(suite, BenchSystem(suite, chunks, version="2"))
    assert "chosen changed" in resume(suite, BenchSystem(suite, chunks), chosen="lang sl")
    renamed = BenchSystem(suite, chunks)
    renamed.name = "another"
    assert "system changed" in resume(suite, renamed)


def test_runs_are_never_overwritten_or_resumed_by_mistake(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, whole: Run, tmp_path: Path
) -> None:
    before = (whole.folder / "items.jsonl").read_bytes()
    for folder, resume, message in (
        (whole.folder, False, "holds a run already"),
        (whole.folder, True, "is complete"),
        (tmp_path / "none", True, "no run to resume"),
    ):
        with pytest.raises(RunError, match=message):
            run_bench(suite, BenchSystem(suite, chunks), folder, article=article, document=document, resume=resume)
    assert (whole.folder / "items.jsonl").read_bytes() == before


def _copy(run: Run, to: Path) -> Path:
    to.mkdir()
    for path in run.folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def _edit(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return edit


def _line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return changed


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_edit("items.jsonl", _line(3, lambda line: line[:-5])), r"items.jsonl, line 3: not a record"),
        (_edit("items.jsonl", _line(1, lambda line: line.replace(b'"id"', b'"di"'))), r"line 1: not a record"),
        (_edit("items.jsonl", _line(2, lambda line: b"\xff" + line)), r"line 2: not a record"),
        (_edit("items.jsonl", _line(4, lambda line: b"")), r"line 4: not a record"),
        (_edit("items.jsonl", lambda content: content[:-7]), r"items.jsonl, line \d+: not a record"),
        (_edit("items.jsonl", lambda content: content[: content.rstrip().rindex(b"\n") + 1]), r"holds \d+ items, not"),
        (_edit("items.jsonl", _line(1, lambda line: line + b"\n" + line)), None),
        (_edit("run.json", lambda content: content[:-9]), r"run.json is damaged"),
        (_edit("run.json", lambda content: content.replace(b'"seed"', b'"sead"')), r"run.json is damaged"),
        (lambda folder: (folder / "items.jsonl").unlink(), r"items.jsonl cannot be read"),
        (lambda folder: (folder / "run.json").unlink(), r"holds no run"),
    ],
)  # fmt: skip
def test_damage_is_named(whole: Run, tmp_path: Path, damage: Callable[[Path], None], message: str | None) -> None:
    folder = _copy(whole, tmp_path / "copy")
    damage(folder)
    if message is None:  # a line twice is the same record
        assert list(read_run(folder).records) == list(whole.records)
        return
    with pytest.raises(RunError, match=message):
        read_run(folder)


def test_damage_before_the_last_line_of_a_killed_run_is_named(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, killed: Path
) -> None:
    _edit("partial/items.jsonl", _line(2, lambda line: line[9:]))(killed)
    with pytest.raises(RunError, match=r"line 2: not a record"):
        run_bench(suite, BenchSystem(suite, chunks), killed, article=article, document=document, resume=True)
    _edit("run.json", lambda content: content[:50])(killed)
    with pytest.raises(RunError, match="damaged"):
        run_bench(suite, BenchSystem(suite, chunks), killed, article=article, document=document, resume=True)


def test_timings_that_cannot_be_read_are_done_without(whole: Run, tmp_path: Path) -> None:
    for number, content in enumerate((b"{", b"[]", b'{"a": "x"}')):
        folder = _copy(whole, tmp_path / str(number))
        (folder / "timings.json").write_bytes(content)
        assert read_run(folder).timings == {}


def test_answers_with_odd_characters_are_kept(tmp_path: Path, whole: Run) -> None:
    folder = _copy(whole, tmp_path / "copy")
    key, found = next(iter(whole.records.items()))
    odd = found.model_copy(update={"answer": 'a\u2028b\u0085c\x0cd\n"e"\\ \U0001f600 č'})
    records = [odd, *list(whole.records.values())[1:]]
    (folder / "items.jsonl").write_text("".join(map(record_line, records)), encoding="utf-8", newline="\n")
    assert read_run(folder).records[key].answer == odd.answer


def test_a_file_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file.json"
    write(path, "č\n")
    assert path.read_bytes() == "č\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(path, "new")
    monkeypatch.undo()
    assert path.read_bytes() == "č\n".encode()
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]


@pytest.mark.parametrize(
    ("choice", "kept", "words"),
    [
        (Choice(), None, ""),
        (Choice(lang="en", type="refusal"), [f"none-{n}-en" for n in range(4)], "lang en, type refusal"),
        (Choice(ids=frozenset({"place-02-sl"})), ["place-02-sl"], "1 named items"),
        (Choice(ids=frozenset({"talk-2"})), ["talk-1", "talk-2"], "1 named items"),
        (Choice(limit=3), ["place-00-sl", "place-00-en", "place-01-sl"], "the first 3"),
        (
            Choice(type="multi", split="dev"),
            ["place-00-sl", "place-00-en", "place-04-sl", "place-04-en"],
            "split dev, type multi",
        ),
    ],
)  # fmt: skip
def test_choosing_items(suite: Suite, choice: Choice, kept: list[str] | None, words: str) -> None:
    chosen = choice.apply(suite)
    assert list(chosen.items) == (list(suite.items) if kept is None else kept)
    assert choice.describe() == words
    assert chosen.sha256 == suite.sha256


@pytest.mark.parametrize("choice", [Choice(tag="none"), Choice(split="test"), Choice(ids=frozenset())])
def test_choosing_nothing_is_said(suite: Suite, choice: Choice) -> None:
    with pytest.raises(RunError, match=r"No item of bench\.jsonl fits"):
        choice.apply(suite)


def test_directions_of_question_and_evidence(article: Article, document: Document, tmp_path: Path) -> None:
    english = next(
        piece.text
        for piece in document.sentences
        if piece.section == "abstract-en" and len(piece.text) > 60 and document.text.count(piece.text) == 1
    )
    lines = [
        *pair(),
        *pair(pair="e", question="Angleško?", evidence=[{"any_of": [english]}]),
        *pair(**unanswerable(pair="n", question="Nič?")),
    ]
    suite = load_suite(write_lines(tmp_path / "own.jsonl", lines), article, document)
    assert directions(suite, document) == {"share-sl": "sl-sl", "share-en": "en-sl", "e-sl": "sl-en", "e-en": "en-en"}


# --- The baseline


def test_a_blessing_needs_a_reason_and_is_kept_with_it(whole: Run, tmp_path: Path) -> None:
    folder = tmp_path / "baseline"
    with pytest.raises(RunError, match="needs a reason"):
        bless(whole, " ", folder=folder)
    assert not folder.exists()
    bless(whole, "first", folder=folder)
    bless(whole, " second ", folder=folder)
    kept = read_run(folder)
    assert (folder / "items.jsonl").read_bytes() == (whole.folder / "items.jsonl").read_bytes()
    assert (dict(kept.info.platform), kept.timings) == ({}, {})
    blessings = [json.loads(line) for line in (folder / "blessings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["why"] for entry in blessings] == ["first", "second"]
    assert {(entry["run"], entry["passed"], entry["items"]) for entry in blessings} == {
        ("whole", len(whole.records), len(whole.records))
    }
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["latency"] == {"n": 0}


def test_parts_crashes_and_killed_runs_are_not_blessed(
    article: Article, document: Document, chunks: list[Chunk], suite: Suite, killed: Path, tmp_path: Path
) -> None:
    choice = Choice(lang="sl")
    chosen = choice.apply(suite)
    part = run_bench(
        chosen,
        BenchSystem(chosen, chunks),
        tmp_path / "part",
        article=article,
        document=document,
        chosen=choice.describe(),
    )
    crashed = run_bench(
        suite, BenchSystem(suite, chunks, crashing=["talk-1"]), tmp_path / "crashed", article=article, document=document
    )
    for run, message in (
        (part, "does not cover the whole gold set"),
        (read_run(killed), "does not cover the whole gold set"),
        (crashed, r"has crashes \(talk-1\)"),
    ):
        with pytest.raises(RunError, match=message):
            bless(run, "because", folder=tmp_path / "baseline")
    assert not (tmp_path / "baseline").exists()


def test_runs_are_opened_by_id_by_folder_and_as_the_baseline(
    whole: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline, "BASELINE", tmp_path / "baseline")
    bless(whole, "x", folder=tmp_path / "baseline")
    assert open_run("whole", folder).folder == folder / "whole"
    assert open_run(str(folder / "whole"), Path("nowhere")).folder == folder / "whole"
    assert open_run("baseline", folder).folder == tmp_path / "baseline"
    with pytest.raises(RunError, match="holds no run"):
        open_run("unknown", folder)
