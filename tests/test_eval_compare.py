"""Two runs compared: planted regressions are found and named, and the exit code follows the verdict."""

import json
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.load import Article
from corpus.types import Document
from eval import baseline
from eval.baseline import bless
from eval.changes import comparison_text
from eval.compare import EXIT_CODES, Comparison, Outcome, compare
from eval.draft import drafts, read_feedback
from eval.gold import GoldSetError, Suite, load_suite, problems
from eval.run import Choice
from eval.runs import NotComparableError, Run, read_run
from ingest.chunk import Chunk
from tests.eval_helpers import QUOTE, BenchSystem, bench_lines, gold, pair, run_bench, write_lines
from tests.test_cli import evidenca
from ui import cli
from ui.commands import evaluate

Bench = Callable[..., Run]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def suite(article: Article, document: Document, folder: Path) -> Suite:
    return load_suite(write_lines(folder / "bench.jsonl", bench_lines(document, article)), article, document)


@pytest.fixture(scope="module")
def bench(article: Article, document: Document, chunks: list[Chunk], suite: Suite, folder: Path) -> Bench:
    """Make (once) the run of a bench system with planted faults."""
    made: dict[str, Run] = {}

    def make(name: str, **faults: Any) -> Run:
        if name not in made:
            system = BenchSystem(suite, chunks, **faults)
            made[name] = run_bench(suite, system, folder / "runs" / name, article=article, document=document)
        return made[name]

    return make


@pytest.fixture(scope="module")
def base(bench: Bench) -> Run:
    return bench("base")


def pairs_of(suite: Suite, numbers: Collection[int]) -> list[str]:
    return [key for key, value in suite.items.items() if value.item.pair in {f"place-{n:02}" for n in numbers}]


def worse(found: Comparison) -> list[str]:
    return [flip.id for flip in found.flips if not flip.better]


def test_the_same_again_passes_and_says_what_may_go_unseen(base: Run, bench: Bench, suite: Suite) -> None:
    found = compare(base, bench("same"), suite)
    assert (found.outcome, found.flips, found.hard, found.lost_citations, found.errors) == (
        Outcome.PASS,
        (),
        (),
        (),
        (),
    )
    assert (found.n_items, found.n_pairs) == (len(suite), 29)
    assert {change.difference.mean for change in found.metrics} == {0.0}
    assert [change.name for change in found.metrics if change.primary] == [
        "passed",
        "vital_recall",
        "citation_precision",
        "refusal_right",
        "R@5",
    ]
    assert {change.p for change in found.metrics} == {1.0}
    points = round(100 * found.smallest_drop)
    assert points >= 1
    assert f"a drop under {points} points may go unseen" in found.verdict


def test_two_swapped_citations_in_one_answer_fail_the_gate(base: Run, bench: Bench, suite: Suite) -> None:
    found = compare(base, bench("swapped", swapped=["place-04-en"]), suite)
    assert found.outcome is Outcome.FAIL
    assert worse(found) == ["place-04-en"]
    assert found.hard == (("place-04-en", "a sentence is not supported by what it cites"),)
    # No average shows it: the rule does.
    assert not any(change.failed for change in found.metrics)
    text = comparison_text(found)
    assert "Worse (1):\n  place-04-en: " in text
    assert "Hard rules broken (1):\n  place-04-en: a sentence is not supported" in text
    assert text.splitlines()[-1].startswith("FAIL: 1 hard rules broken; 0 better, 1 worse of 58 items")


def test_a_weaker_retriever_fails_the_gate_by_its_metrics(base: Run, bench: Bench, suite: Suite) -> None:
    blind = pairs_of(suite, range(1, 12, 1))
    found = compare(base, bench("weak", blind=blind), suite)
    assert found.outcome is Outcome.FAIL
    assert worse(found) == blind
    assert {change.name for change in found.metrics if change.failed} == {"passed", "vital_recall", "R@5"}
    recall = next(change for change in found.metrics if change.name == "R@5")
    assert (recall.n, recall.base, recall.candidate) == (50, 1.0, pytest.approx(28 / 50))
    assert recall.difference.mean == pytest.approx(-22 / 50)
    assert recall.difference.low < recall.difference.mean < recall.difference.high < 0
    assert recall.p == pytest.approx(5 * 2**-11)  # eleven pairs fell, none rose; Holm over five
    assert list(found.lost_citations) == blind
    text = comparison_text(found)
    assert all(f"\n  {key}: " in text for key in blind)
    assert text.count("FAILED") == 3


def test_a_weaker_retriever_whose_answers_stay_right_fails_too(
    article: Article, document: Document, chunks: list[Chunk], base: Run, suite: Suite, folder: Path
) -> None:
    """Only the search is weaker: the answers, and so the items, stay right."""
    blind = pairs_of(suite, range(12, 22))

    class Weak(BenchSystem):
        def search(self, question: str, history: Any, *, k: int) -> Any:
            found = super().search(question, history, k=k)
            return found[3:] if self._by_question[question].item.id in blind else found

    run = run_bench(suite, Weak(suite, chunks), folder / "runs" / "search", article=article, document=document)
    found = compare(base, run, suite)
    assert (found.outcome, found.flips, found.hard) == (Outcome.FAIL, (), ())
    assert [change.name for change in found.metrics if change.failed] == ["R@5"]
    assert "retrieval R@5" in found.verdict


def test_the_reverse_is_an_improvement(base: Run, bench: Bench, suite: Suite) -> None:
    blind = pairs_of(suite, range(1, 12))
    found = compare(bench("weak", blind=blind), base, suite)
    assert (found.outcome, worse(found)) == (Outcome.PASS, [])
    assert [flip.id for flip in found.flips] == blind
    assert {flip.reasons != () for flip in found.flips} == {True}  # why they failed before
    assert "Better (22):" in comparison_text(found)


def test_one_lost_item_is_named_but_fails_only_by_its_lost_citation(base: Run, bench: Bench, suite: Suite) -> None:
    found = compare(base, bench("one", blind=["place-07-sl"]), suite)
    assert (worse(found), found.lost_citations) == (["place-07-sl"], ("place-07-sl",))
    assert found.outcome is Outcome.FAIL
    assert "1 citations lost" in found.verdict
    passed = next(change for change in found.metrics if change.name == "passed")
    assert (passed.failed, passed.difference.mean) == (False, pytest.approx(-1 / 58))


def test_a_rule_that_was_broken_before_is_no_regression(bench: Bench, suite: Suite) -> None:
    before = bench("swapped", swapped=["place-04-en"])
    same = compare(before, bench("swapped-again", swapped=["place-04-en"]), suite)
    assert (same.outcome, same.hard) == (Outcome.PASS, ())
    more = compare(before, bench("swapped-more", swapped=["place-04-en", "place-08-sl"]), suite)
    assert [key for key, _ in more.hard] == ["place-08-sl"]


def test_the_tolerance_and_chance_must_both_be_exceeded(base: Run, bench: Bench, suite: Suite) -> None:
    weak = bench("weak", blind=pairs_of(suite, range(1, 12)))
    tolerant = compare(base, weak, suite, tolerance=0.5)
    assert not any(change.failed for change in tolerant.metrics)
    few = compare(base, bench("few", blind=pairs_of(suite, [1, 2, 3])), suite, tolerance=0.0)
    recall = next(change for change in few.metrics if change.name == "R@5")
    assert (recall.failed, recall.p) == (False, pytest.approx(5 / 8))


def test_a_crash_fails_and_is_not_an_answer(base: Run, bench: Bench, suite: Suite) -> None:
    found = compare(base, bench("crash", crashing=["place-03-sl"]), suite)
    assert (found.outcome, found.errors, found.hard) == (Outcome.FAIL, ("place-03-sl",), ())
    assert "1 crashed" in found.verdict
    assert found.lost_citations == ()


def test_when_everything_crashed_nothing_is_concluded(base: Run, bench: Bench, suite: Suite) -> None:
    found = compare(base, bench("dead", crashing=list(suite.items)), suite)
    assert (found.outcome, EXIT_CODES[found.outcome]) == (Outcome.INCONCLUSIVE, 4)
    assert found.verdict == "INCONCLUSIVE: every item crashed (58)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gold_sha256": "0" * 64}, "the gold set of base is .* that of same is 000000000000"),
        ({"corpus_sha256": "0" * 64}, "the corpus of base"),
        ({"metrics_version": 999}, "the definition of the metrics of base is .* that of same is 999"),
        ({"complete": False}, "The run same is not complete"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_runs_under_other_rules_are_not_compared(
    base: Run, bench: Bench, suite: Suite, change: dict[str, Any], message: str
) -> None:
    same = bench("same")
    other = replace(same, info=same.info.model_copy(update=change))
    with pytest.raises(NotComparableError, match=message):
        compare(base, other, suite)


def test_runs_are_compared_on_their_own_gold_set_only(
    article: Article, document: Document, base: Run, bench: Bench, folder: Path
) -> None:
    other = load_suite(write_lines(folder / "other.jsonl", pair()), article, document)
    with pytest.raises(NotComparableError, match="made with another gold set"):
        compare(base, bench("same"), other)


def test_too_few_pairs_say_nothing_and_a_part_is_compared_on_what_is_common(
    article: Article, document: Document, chunks: list[Chunk], base: Run, suite: Suite, folder: Path
) -> None:
    def part(name: str, n: int) -> Run:
        choice = Choice(lang="sl", limit=n)
        chosen = choice.apply(suite)
        system = BenchSystem(chosen, chunks)
        return run_bench(
            chosen, system, folder / "runs" / name, article=article, document=document, chosen=choice.describe()
        )

    with pytest.raises(NotComparableError, match="have 9 pairs in common; 10 are needed"):
        compare(base, part("nine", 9), suite)
    found = compare(base, part("ten", 10), suite)
    assert (found.n_items, found.n_pairs, found.outcome) == (10, 10, Outcome.PASS)


# --- The real command


def command(suite: Suite, folder: Path, action: str, *arguments: str) -> list[str]:
    return ["eval", action, "--suite", str(folder / suite.name), "--runs", str(folder / "runs"), *arguments]


def test_exit_codes_follow_the_verdict(base: Run, bench: Bench, suite: Suite, folder: Path) -> None:
    bench("swapped", swapped=["place-04-en"])
    done = evidenca(*command(suite, folder, "compare", "base", "swapped"))
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (1, b"")
    assert "place-04-en: Kaj stoji na mestu 4? (en)" in text
    assert text.splitlines()[-1].startswith("FAIL: ")
    kept = json.loads((folder / "runs" / "swapped" / "compare.json").read_text(encoding="utf-8"))
    assert (kept["outcome"], [flip["id"] for flip in kept["flips"]]) == ("fail", ["place-04-en"])


def run_here(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, str, str]:
    """Run the command in this process, for speed."""
    code = cli.main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_other_exit_codes(
    base: Run, bench: Bench, suite: Suite, folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bench("same")
    bench("dead", crashing=list(suite.items))
    cases = [
        (command(suite, folder, "compare", "base", "same"), 0, "PASS: no regression shown", ""),
        (command(suite, folder, "compare", "base", "same", "--json"), 0, '"outcome": "pass"', ""),
        (command(suite, folder, "compare", "base", "dead"), 4, "INCONCLUSIVE", ""),
        (command(suite, folder, "compare", "base", "nobody"), 2, "", "holds no run"),
        (command(suite, folder, "bless", "base", "--why", ""), 2, "", "needs a reason"),
        (command(suite, folder, "power", "base"), 0, "58 items in 29 pairs and dialogues", ""),
        (command(suite, folder, "validate"), 0, "58 items in 29 pairs and dialogues, all sound", ""),
    ]
    other = write_lines(tmp_path / "other.jsonl", pair())
    elsewhere = ["--suite", str(other), "--runs", str(folder / "runs")]
    cases += [
        (["eval", "compare", *elsewhere, "base", "same"], 3, "", "made with another gold set"),
        (["eval", "power", *elsewhere, "base"], 1, "", "has no item of other.jsonl"),
    ]
    bad = write_lines(tmp_path / "bad.jsonl", [*pair(), "{"])
    cases += [
        (["eval", "validate", "--suite", str(bad)], 1, "bad.jsonl, line 3: item: Invalid JSON", "1 problems"),
        (["eval", "compare", "--suite", str(bad), "a", "b"], 2, "", "bad.jsonl, line 3"),
        (["eval", "validate", "--suite", str(tmp_path / "none.jsonl")], 2, "", "cannot be read"),
    ]
    for arguments, expected, printed, complaint in cases:
        code, out, err = run_here(capsys, arguments)
        assert code == expected, (arguments, out, err)
        assert printed in out, arguments
        assert complaint in err, arguments
        assert bool(complaint) == bool(err)


def test_comparisons_with_the_baseline(
    base: Run,
    bench: Bench,
    suite: Suite,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "baseline"
    monkeypatch.setattr(baseline, "BASELINE", kept)
    assert run_here(capsys, command(suite, folder, "compare", "baseline", "base"))[0] == 2  # there is none yet
    bless(base, "x", folder=kept)
    bench("swapped", swapped=["place-04-en"])
    before = sorted(path.name for path in kept.iterdir())
    code, out, _ = run_here(capsys, command(suite, folder, "compare", "baseline", "swapped"))
    assert (code, "place-04-en" in out) == (1, True)
    assert run_here(capsys, command(suite, folder, "compare", "swapped", "baseline"))[0] == 0
    assert sorted(path.name for path in kept.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval",),
        ("eval", "fly"),
        ("eval", "compare", "a"),
        ("eval", "bless", "a"),
        ("eval", "run", "--system", "gpt"),
        ("eval", "run", "--split", "train"),
        ("eval", "run", "--limit", "many"),
        ("eval", "compare", "a", "b", "--tolerance", "some"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: evidenca eval" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("limit", "item", "message"),
    [("0", "place-01-sl", "must be at least 1"), ("1", "nobody", "There is no item nobody")],
)
def test_what_cannot_be_asked_is_said_before_anything_is_loaded(
    suite: Suite, folder: Path, capsys: pytest.CaptureFixture[str], limit: str, item: str, message: str
) -> None:
    arguments = command(suite, folder, "run", "--limit", limit, "--item", item, "--id", "never")
    code, out, err = run_here(capsys, arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not (folder / "runs" / "never").exists()


@pytest.mark.model
def test_a_run_through_the_real_command(
    suite: Suite, folder: Path, index_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--item", "place-01-sl", "--item", "place-01-en", "--item", "none-1-sl", "--index", str(index_dir)]
    code, out, err = run_here(capsys, command(suite, folder, "run", *chosen, "--id", "real"))
    assert (code, err) == (0, "")
    run = read_run(folder / "runs" / "real")
    assert (list(run.records), run.info.chosen) == (["place-01-sl", "place-01-en", "none-1-sl"], "3 named items")
    written = {path.name for path in run.folder.iterdir()}
    assert {"report.md", "report.html", "junit.xml", "items.jsonl", "metrics.json", "run.json"} <= written
    assert "real" in out
    code, out, _ = run_here(capsys, command(suite, folder, "run", *chosen, "--id", "real"))
    assert code == 2  # never overwritten
    wrong = [key for key, found in run.records.items() if not found.passed]
    code, out, err = run_here(capsys, command(suite, folder, "show", "place-01-en", "--run", "real"))
    assert (code, err) == (0, "")
    assert "Kaj stoji na mestu 1? (en)" in out
    assert run_here(capsys, command(suite, folder, "show", "place-02-en", "--run", "real"))[0] == 2
    if wrong:
        again = ["--failing-from", "real", "--index", str(index_dir), "--id", "again"]
        run_here(capsys, command(suite, folder, "run", *again))
        assert list(read_run(folder / "runs" / "again").records) == wrong


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    script = (
        "import sys, ui.cli\n"
        "for action in ('', 'run', 'compare', 'bless', 'report', 'show', 'validate', 'power', 'draft'):\n"
        "    try: ui.cli.main(['eval', *filter(None, [action]), '--help'])\n"
        "    except SystemExit as end: assert end.code == 0, action\n"
        "heavy = 'numpy scipy torch faiss pandas pydantic ir_measures jinja2 llama_index eval.gold rag.engine'\n"
        "print(sorted(set(heavy.split()) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert done.stdout.splitlines()[-1] == "[]"
    for system in evaluate.SYSTEMS:
        assert system in done.stdout


def test_the_systems_offered_are_those_there_are() -> None:
    from corpus.config import Settings
    from corpus.errors import ConfigError
    from eval.systems import open_system

    with pytest.raises(ConfigError) as caught:
        open_system("gpt", Settings(index_dir=Path("nowhere")))
    assert caught.value.hint == f"Choose one of: {', '.join(evaluate.SYSTEMS)}."


# --- Drafts from feedback


def _feedback(**changes: Any) -> dict[str, Any]:
    return {
        "question": "Kolikšen delež bolnikov?",
        "language": "sl",
        "answer": "80 % [1]",
        "verdict": "good",
        "citations": [{"quote": QUOTE, "marker": 1}],
        "something": "more",
        **changes,
    }


@pytest.mark.parametrize(
    ("verdict", "n_quotes"),
    [("good", 1), ("incomplete", 1), ("wrong_language", 1), ("wrong_source", 0), ("wrong", 0)],
)
def test_a_draft_takes_over_what_is_known(tmp_path: Path, verdict: str, n_quotes: int) -> None:
    path = write_lines(tmp_path / "f.jsonl", [_feedback(verdict=verdict, comment="kje?"), ""])
    (draft,) = drafts(read_feedback(path))
    assert (draft["lang"], draft["question"]) == ("sl", "Kolikšen delež bolnikov?")
    assert draft["evidence"] == [{"any_of": [QUOTE]}] * n_quotes
    assert draft["nuggets"] == []
    assert verdict in draft["tags"]
    assert "kje?" in draft["note"]


def test_later_feedback_on_a_question_wins_and_ids_are_stable(tmp_path: Path) -> None:
    lines = [
        _feedback(verdict="wrong"),
        _feedback(language="en", question="What share?"),
        _feedback(question=" KOLIKŠEN  delež bolnikov?", verdict="good"),
    ]
    found = drafts(read_feedback(write_lines(tmp_path / "f.jsonl", lines)))
    assert [draft["tags"][1] for draft in found] == ["good", "good"]
    assert found == drafts(read_feedback(tmp_path / "f.jsonl"))
    assert len({draft["id"] for draft in found}) == 2


def test_a_draft_is_refused_until_a_person_completed_it(article: Article, document: Document, tmp_path: Path) -> None:
    (draft,) = drafts(read_feedback(write_lines(tmp_path / "f.jsonl", [_feedback()])))
    found = [text for _, text in problems(write_lines(tmp_path / "gold.jsonl", [draft]), article, document)]
    assert any("vital nugget" in text for text in found)
    nuggets = gold()["nuggets"]
    whole = [
        {**draft, "nuggets": nuggets},
        {**draft, "nuggets": nuggets, "id": "en", "lang": "en", "question": "What share of patients?"},
    ]
    assert problems(write_lines(tmp_path / "gold.jsonl", whole), article, document) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{"], "f.jsonl, line 1: line: Invalid JSON"),
        ([_feedback(), _feedback(verdict="meh")], "f.jsonl, line 2: verdict"),
        ([{"question": "x"}], "f.jsonl, line 1: language"),
        ([], "is empty"),
    ],
)
def test_feedback_that_does_not_fit_is_named(tmp_path: Path, lines: list[Any], message: str) -> None:
    with pytest.raises(GoldSetError, match=message):
        read_feedback(write_lines(tmp_path / "f.jsonl", lines))


def test_drafts_through_the_real_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [_feedback(comment="a\u2028b"), _feedback(question="Drugo?")]
    path = write_lines(tmp_path / "f.jsonl", lines)
    code, out, err = run_here(capsys, ["eval", "draft", str(path)])
    assert (code, err) == (0, "")
    printed = [json.loads(line) for line in out.split("\n") if line]
    assert printed == drafts(read_feedback(path))
    assert run_here(capsys, ["eval", "draft", str(tmp_path / "none")])[0] == 2
