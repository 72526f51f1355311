"""The commands `evidenca eval ...`. Only `ui.cli` knows of them; nothing else of ui meets eval.

Exit codes: 0 pass; 1 a gate failed, or a gold set has problems; 2 wrong usage or an unreadable file;
3 two runs are not comparable; 4 inconclusive: something crashed.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from corpus.config import Settings
from corpus.errors import EvidencaError
from ui.commands.llm import add_llm_arguments, connect

GATE_FAILED, UNUSABLE, NOT_COMPARABLE, INCONCLUSIVE = 1, 2, 3, 4
SYSTEMS = ("evidenca", "bm25", "minilm", "llama-index")


def add_parser(
    commands: Any,
    shared: argparse.ArgumentParser,
    *,
    settings: Callable[[argparse.Namespace], Settings],
    progress: Callable[[], AbstractContextManager[Any]],
) -> None:
    """Add `eval` and its actions to the commands.

    Args:
        shared: options that every command takes.
        settings: makes the settings from the options.
        progress: makes a progress bar.
    """
    evaluation = commands.add_parser("eval", help="score the answers on gold questions, compare runs, keep a baseline")
    actions = evaluation.add_subparsers(title="actions", metavar="ACTION", required=True)

    def action(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = actions.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + ".", parents=[shared]
        )
        added.set_defaults(run=_translated(run), settings=settings, progress=progress)
        added.add_argument(
            "--suite", type=Path, metavar="PATH", help="gold set: a folder or a JSON Lines file (default: our own)"
        )
        added.add_argument(
            "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (default: runs)"
        )
        return added

    running = action("run", _run, "ask the gold questions, score the answers, and write a run with its reports")
    running.add_argument("--system", choices=SYSTEMS, default="evidenca", help="what is asked (default: evidenca)")
    running.add_argument("--split", choices=("dev", "test"), help="only this split")
    running.add_argument("--lang", choices=("sl", "en"), help="only questions in this language")
    running.add_argument("--type", metavar="TYPE", help="only questions of this type")
    running.add_argument("--tag", help="only questions with this tag")
    running.add_argument("--item", action="append", default=[], metavar="ID", help="only this item (repeatable)")
    running.add_argument("--failing-from", metavar="RUN", help="only what that run got wrong")
    running.add_argument("--limit", type=int, metavar="N", help="only the first N")
    running.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        default=os.cpu_count() or 1,
        help="processes that ask side by side (default: one per core); the answers are the same",
    )
    add_llm_arguments(running)
    running.add_argument(
        "--repeats", type=int, default=1, metavar="N", help="with --llm, ask N times and show the spread (default: 1)"
    )
    running.add_argument("--id", metavar="NAME", help="name of the run (default: date, time and system)")
    running.add_argument("--resume", metavar="RUN", help="take up a run that was killed")
    running.add_argument("--beside", action="append", default=[], metavar="RUN", help="show this run in the report too")
    running.add_argument("--failures", action="store_true", help="also list the items that were not right")
    running.add_argument("--json", action="store_true", help="print the means as JSON")

    comparing = action("compare", _compare, "say what got better or worse from one run to another; exit 1 if worse")
    comparing.add_argument("base", help="run id, folder, or 'baseline'")
    comparing.add_argument("candidate", help="run id or folder")
    comparing.add_argument(
        "--tolerance", type=float, default=None, metavar="SHARE", help="drop of a mean that is let pass (default: 0.02)"
    )
    comparing.add_argument("--json", action="store_true", help="print the comparison as JSON")

    blessing = action("bless", _bless, "make a run the baseline that the gate compares with")
    blessing.add_argument("candidate", metavar="RUN", help="run id or folder")
    blessing.add_argument("--why", required=True, metavar="REASON", help="kept beside the baseline")

    reporting = action("report", _report, "write the reports of a run again, with other runs beside it")
    reporting.add_argument("candidate", metavar="RUN", help="run id, folder, or 'baseline'")
    reporting.add_argument("--beside", action="append", default=[], metavar="RUN", help="another run (repeatable)")

    showing = action("show", _show, "show one item: question, gold, answer and spans side by side")
    showing.add_argument("item", metavar="ITEM", help="id of a gold item")
    showing.add_argument("--run", dest="run_id", metavar="RUN", help="from this run (default: the newest)")

    action("validate", _validate, "check a gold set; name file and line of every problem")

    powering = action("power", _power, "say how large a drop a comparison with this run would show")
    powering.add_argument("candidate", metavar="RUN", help="run id, folder, or 'baseline'")

    drafting = action("draft", _draft, "turn feedback from the chat into draft gold items")
    drafting.add_argument("feedback", type=Path, metavar="FEEDBACK.jsonl")


def _translated(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Give the errors of an evaluation their exit codes."""

    def translated(options: argparse.Namespace) -> int:
        from corpus.errors import GoldSetError
        from eval.runs import NotComparableError, RunError

        try:
            return run(options)
        except (RunError, GoldSetError) as error:
            if options.debug:
                raise
            print(f"evidenca: {error}", file=sys.stderr)
            return NOT_COMPARABLE if isinstance(error, NotComparableError) else UNUSABLE

    return translated


def _load(options: argparse.Namespace) -> Any:
    """Return (suite, article, document)."""
    from corpus.load import load_article
    from eval.gold import GOLD_DIR, load_suite
    from ingest.build import parse_article

    article = load_article()
    document = parse_article(article)
    return load_suite(options.suite or GOLD_DIR, article, document), article, document


def _run(options: argparse.Namespace) -> int:
    from eval.baseline import open_run
    from eval.changes import failures_text
    from eval.report import table_text
    from eval.run import Choice, evaluate
    from eval.runs import RunError
    from eval.systems import open_system

    if options.limit is not None and options.limit < 1:
        raise RunError(f"--limit is {options.limit}; it must be at least 1.")
    suite, article, document = _load(options)
    ids: frozenset[str] | None = None
    if options.failing_from:
        failing = open_run(options.failing_from, options.runs).records.values()
        ids = frozenset(record.id for record in failing if not record.passed)
    if options.item:
        unknown = [item for item in options.item if item not in suite.items]
        if unknown:
            raise RunError(f"There is no item {unknown[0]} in {suite.name}.", hint="evidenca eval validate lists it.")
        ids = frozenset(options.item) if ids is None else ids & frozenset(options.item)
    choice = Choice(
        split=options.split, lang=options.lang, type=options.type, tag=options.tag, ids=ids, limit=options.limit
    )
    chosen = choice.apply(suite)
    if options.llm is not None:
        return _run_with_model(options, chosen, choice.describe(), article, document)
    if options.repeats != 1:
        raise RunError("Without a language model every repeat is the same.", hint="Give --llm, or leave out --repeats.")
    system = open_system(options.system, options.settings(options))
    name = options.resume or options.id or f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{options.system}"
    folder = options.runs / Path(name).name
    with options.progress() as progress:
        run = evaluate(
            chosen,
            system,
            article=article,
            document=document,
            folder=folder,
            chosen=choice.describe(),
            jobs=options.jobs,
            resume=options.resume is not None,
            on_progress=progress.show,
        )
    summary = _write_reports(run, chosen, document, options)
    if options.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        print(table_text(run, summary))
        if options.failures:
            print(failures_text(run, chosen))
        print(f"\n{folder}/report.html")
    return INCONCLUSIVE if any(record.error for record in run.records.values()) else 0


def _run_with_model(options: argparse.Namespace, chosen: Any, filters: str, article: Any, document: Any) -> int:
    """Ask once without the language model and `--repeats` times with it; print both beside each other."""
    from eval.repeats import compare_repeats, repeats_text
    from eval.run import evaluate
    from eval.runs import RunError, read_run, to_json, write
    from eval.systems import EvidencaSystem
    from rag.engine import Engine

    if options.system != "evidenca" or options.repeats < 1:
        problem = "Only our engine is given a language model." if options.repeats > 0 else "--repeats is below 1."
        raise RunError(problem, hint="Leave out --system, and give at least one repeat.")
    engine = Engine.open(options.settings(options))
    engine.warm_up()
    connect(engine, options, required=True)
    writer, engine.writer = engine.writer, None
    name = Path(options.resume or options.id or f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-evidenca-llm").name
    done = []
    with options.progress() as progress:
        for part in ("without", *(f"with-{n}" for n in range(1, options.repeats + 1))):
            folder = options.runs / f"{name}-{part}"
            engine.writer = None if part == "without" else writer
            there = (folder / "run.json").exists() and options.resume is not None
            if there and (run := read_run(folder)).info.complete:
                done.append(run)
                continue
            run = evaluate(
                chosen,
                EvidencaSystem(engine),
                article=article,
                document=document,
                folder=folder,
                chosen=filters,
                jobs=options.jobs,
                resume=there,
                on_progress=progress.show,
            )
            done.append(run)
    base, *repeats = done
    options.beside = [*options.beside, str(base.folder)]
    plain = _summary(base)
    found = compare_repeats((base, plain), [(run, _write_reports(run, chosen, document, options)) for run in repeats])
    write(options.runs / f"{name}-with-1" / "repeats.json", to_json(found))
    print(json.dumps(found, ensure_ascii=False) if options.json else repeats_text(found, model=options.llm))
    if not options.json:
        print(f"\n{repeats[0].folder}/report.html")
    return INCONCLUSIVE if any(record.error for run in done for record in run.records.values()) else 0


def _write_reports(run: Any, suite: Any, document: Any, options: argparse.Namespace) -> dict[str, Any]:
    from eval.baseline import open_run
    from eval.html import html
    from eval.junit import junit
    from eval.report import markdown
    from eval.runs import write

    summary = _summary(run)
    others = {}
    for name in options.beside:
        other = open_run(name, options.runs)
        others[other.info.system if other.info.system != run.info.system else other.info.id] = _summary(other)
    write(run.folder / "report.md", markdown(run, suite, summary, others=others))
    write(run.folder / "report.html", html(run, suite, summary, document=document, others=others))
    write(run.folder / "junit.xml", junit(run, suite))
    return summary


def _summary(run: Any) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    return summary


def _compare(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from eval.baseline import open_run
    from eval.changes import comparison_text
    from eval.compare import EXIT_CODES, TOLERANCE, compare
    from eval.runs import to_json, write

    suite, _, _ = _load(options)
    base = open_run(options.base, options.runs)
    candidate = open_run(options.candidate, options.runs)
    tolerance = TOLERANCE if options.tolerance is None else options.tolerance
    found = compare(base, candidate, suite, tolerance=tolerance)
    if options.candidate != "baseline":
        write(candidate.folder / "compare.json", to_json(asdict(found)))
    print(json.dumps(asdict(found), ensure_ascii=False) if options.json else comparison_text(found))
    return EXIT_CODES[found.outcome]


def _bless(options: argparse.Namespace) -> int:
    from eval.baseline import BASELINE, bless, open_run

    run = open_run(options.candidate, options.runs)
    bless(run, options.why)
    print(f"The baseline is now {run.info.id}; commit {BASELINE.name}/.")
    return 0


def _report(options: argparse.Namespace) -> int:
    from eval.baseline import open_run

    suite, _, document = _load(options)
    run = open_run(options.candidate, options.runs)
    _write_reports(run, suite.only(run.records), document, options)
    print(f"{run.folder}/report.html")
    return 0


def _show(options: argparse.Namespace) -> int:
    from eval.baseline import open_run
    from eval.report import item_text
    from eval.runs import RunError

    suite, _, document = _load(options)
    name = options.run_id or _newest(options.runs)
    run = open_run(name, options.runs)
    if options.item not in suite.items or options.item not in run.records:
        raise RunError(f"The run {run.info.id} has no item {options.item}.", hint="Its items.jsonl lists them.")
    print(item_text(suite.items[options.item], run.records[options.item], document))
    return 0


def _newest(runs: Path) -> str:
    from eval.runs import RunError

    found = sorted(runs.glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise RunError(f"There is no run in {runs}.", hint="Make one: evidenca eval run")
    return str(found[-1].parent)


def _validate(options: argparse.Namespace) -> int:
    from corpus.load import load_article
    from eval.gold import GOLD_DIR, load_suite, problems
    from ingest.build import parse_article

    article = load_article()
    document = parse_article(article)
    path = options.suite or GOLD_DIR
    found = problems(path, article, document)
    for place, text in found:
        print(f"{place}: {text}")
    if found:
        print(f"{len(found)} problems in {path.name}.", file=sys.stderr)
        return GATE_FAILED
    suite = load_suite(path, article, document)
    pairs = len({value.item.pair for value in suite})
    print(f"{suite.name}: {len(suite)} items in {pairs} pairs and dialogues, all sound.")
    return 0


def _power(options: argparse.Namespace) -> int:
    from eval.baseline import open_run
    from eval.stats import detection_rate, smallest_drop

    suite, _, _ = _load(options)
    run = open_run(options.candidate, options.runs)
    passed: dict[str, list[bool]] = {}
    for key, record in run.records.items():
        if key in suite.items:
            passed.setdefault(suite.items[key].item.pair, []).append(record.passed)
    if not passed:
        raise EvidencaError(f"The run {run.info.id} has no item of {suite.name}.", hint="Give its --suite.")
    print(f"{run.info.id}: {len(run.records)} items in {len(passed)} pairs and dialogues")
    for points in (2, 3, 5, 8):
        print(f"  a true drop of {points} points is shown in {100 * detection_rate(passed, drop=points / 100):.0f} %")
    print(f"  smallest drop shown in 80 %: {100 * smallest_drop(passed):.0f} points")
    return 0


def _draft(options: argparse.Namespace) -> int:
    from eval.draft import drafts, read_feedback

    for item in drafts(read_feedback(options.feedback)):
        print(json.dumps(item, ensure_ascii=False))
    return 0
