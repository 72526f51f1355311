"""Ask the gold questions, score what comes back, and keep it as a run."""

import multiprocessing
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.config import VERSION
from corpus.load import Article
from corpus.types import Document, Language
from eval import retrieval
from eval.gold import GoldItem, ResolvedItem, Suite
from eval.metrics import VERSION as METRICS_VERSION
from eval.metrics import judge
from eval.record import Record, record
from eval.runs import (
    PARTIAL,
    SCHEMA,
    Run,
    RunError,
    RunInfo,
    read_info,
    read_partial,
    record_line,
    to_json,
    write,
    write_records,
)
from eval.stats import SEED
from eval.summary import scored, summarise
from eval.support import Verifier
from eval.systems import System
from rag.engine import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which items are asked; an item of a dialogue brings the whole dialogue along."""

    split: str | None = None
    lang: str | None = None
    type: str | None = None
    tag: str | None = None
    ids: frozenset[str] | None = None
    limit: int | None = None

    def describe(self) -> str:
        """Return the filters in words, "" when there is none."""
        parts = [
            f"{name} {value}"
            for name, value in (("split", self.split), ("lang", self.lang), ("type", self.type), ("tag", self.tag))
            if value
        ]
        if self.ids is not None:
            parts.append(f"{len(self.ids)} named items")
        if self.limit is not None:
            parts.append(f"the first {self.limit}")
        return ", ".join(parts)

    def apply(self, suite: Suite) -> Suite:
        """Return the chosen items.

        Raises:
            RunError: no item is left.
        """
        kept = [value.item for value in suite if self._fits(value.item)][: self.limit]
        dialogues = {item.dialogue for item in kept if item.dialogue}
        wanted = {item.id for item in kept}
        wanted |= {value.item.id for value in suite if value.item.dialogue in dialogues}
        if not wanted:
            raise RunError(f"No item of {suite.name} fits: {self.describe()}.", hint="Loosen the filters.")
        return suite.only(wanted)

    def _fits(self, item: GoldItem) -> bool:
        return (
            (self.split in (None, item.split))
            and (self.lang in (None, item.lang))
            and (self.type in (None, item.type))
            and (self.tag is None or self.tag in item.tags)
            and (self.ids is None or item.id in self.ids)
        )


def evaluate(
    suite: Suite,
    system: System,
    *,
    article: Article,
    document: Document,
    folder: Path,
    chosen: str = "",
    jobs: int = 1,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Ask every item of `suite`, score the answers, and write the run into `folder`.

    Args:
        chosen: the filters that made the suite, in words.
        jobs: processes that ask side by side, where the system allows it; the run is the same.
        resume: take up a run in that folder that was killed; what it asked is not asked again.
        on_progress: gets (items done, items in all).

    Raises:
        RunError: the folder holds another run, or what is to be resumed does not fit.
        OSError: the folder cannot be written.
    """
    info = _info(suite, system, article=article, folder=folder, chosen=chosen)
    done, timings = _begin(folder, info, resume=resume)
    n_all = len(suite)
    n_done = 0
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "run.json", info.model_dump_json(indent=1) + "\n")
    records: dict[str, Record] = {}
    with (folder / PARTIAL).joinpath("items.jsonl").open("a", encoding="utf-8", newline="\n") as file:
        todo = []
        for group in _groups(suite):
            if all(value.item.id in done for value in group):
                records.update({value.item.id: done[value.item.id] for value in group})
                n_done += len(group)
            else:
                todo.append(group)
        for asked in _asked(todo, system, jobs if system.forks else 1):
            for found, milliseconds in asked:
                records[found.id] = found
                timings[found.id] = milliseconds
                file.write(record_line(found))
                file.flush()
            n_done += len(asked)
            if on_progress is not None:
                on_progress(n_done, n_all)
    ordered = score(suite, records, system, article=article, document=document)
    return _finish(folder, info, suite, ordered, timings, document)


def score(
    suite: Suite, records: Mapping[str, Record], system: System, *, article: Article, document: Document
) -> list[Record]:
    """Return the records with their metrics, in the order of the suite."""
    verifier = Verifier(article, document)
    judged = retrieval.qrels(suite)
    values = retrieval.scores(judged, retrieval.run(suite.items, records.values()))
    ordered: list[Record] = []
    for value in suite:
        found = records[value.item.id]
        indexed = all(any(system.covers(spans) for spans in alternatives) for alternatives in value.needed)
        verdict = judge(value, found, verifier=verifier, retrieval=values.get(value.item.id, {}), indexed=indexed)
        ordered.append(
            found.model_copy(
                update={
                    "metrics": {
                        name: None if number is None else round(number, 6) for name, number in verdict.metrics.items()
                    },
                    "nuggets": dict(verdict.nuggets),
                    "passed": verdict.passed,
                    "stage": str(verdict.stage),
                    "reasons": verdict.reasons,
                    "hard": verdict.hard,
                }
            )
        )
    return ordered


def directions(suite: Iterable[ResolvedItem], document: Document) -> dict[str, str]:
    """Return for each item with evidence the languages of question and first evidence, as "en-sl"."""
    pieces = [(span, piece.language) for piece in document.pieces() for span in piece.spans]

    def language(value: ResolvedItem) -> Language:
        start = value.needed[0][0][0].start
        return next((found for span, found in pieces if span.start <= start < span.end), document.language)

    return {
        value.item.id: f"{value.item.lang}-{language(value)}"
        for value in suite
        if value.item.answerable and value.needed
    }


def _groups(suite: Suite) -> list[list[ResolvedItem]]:
    """The items as they are asked: dialogues whole and in order, everything else one by one."""
    groups: dict[str, list[ResolvedItem]] = {}
    for value in suite:
        groups.setdefault(value.item.dialogue or f"item {value.item.id}", []).append(value)
    return list(groups.values())


def _asked(groups: Sequence[Sequence[ResolvedItem]], system: System, jobs: int) -> Iterator[list[tuple[Record, float]]]:
    """Yield each group's records in order, asked in this process or in several that it forks."""
    if jobs < 2 or len(groups) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        for group in groups:
            yield list(_ask(group, system))
        return
    _shared[:] = [(groups, system)]
    try:
        # A fork has the opened index as it is; nothing is loaded or sent twice.
        with multiprocessing.get_context("fork").Pool(min(jobs, len(groups))) as pool:
            yield from pool.imap(_ask_shared, range(len(groups)), chunksize=4)
    finally:
        _shared.clear()


# What the forked processes find in their memory: the groups, and whom to ask.
_shared: list[tuple[Sequence[Sequence[ResolvedItem]], System]] = []


def _ask_shared(number: int) -> list[tuple[Record, float]]:
    groups, system = _shared[0]
    return list(_ask(groups[number], system))


def _ask(group: Sequence[ResolvedItem], system: System) -> Iterable[tuple[Record, float]]:
    history: list[Turn] = []
    for value in group:
        question = value.item.question
        started = time.perf_counter()
        try:
            answer = system.answer(question, history)
            milliseconds = (time.perf_counter() - started) * 1000
            retrieved = system.search(question, history, k=retrieval.DEPTH)
        except Exception as error:
            yield Record(id=value.item.id, error=f"{type(error).__name__}: {error}"), 0.0
            continue
        yield record(value.item, answer, retrieved), milliseconds
        history += [Turn("user", question), Turn("assistant", answer.answer)]


def _begin(folder: Path, info: RunInfo, *, resume: bool) -> tuple[dict[str, Record], dict[str, float]]:
    """Prepare the folder; return what a killed run asked already."""
    partial = folder / PARTIAL
    if (folder / "run.json").exists():
        if not resume:
            raise RunError(f"{folder} holds a run already.", hint="Give another --id, or --resume a killed one.")
        before = read_info(folder)
        if before.complete:
            raise RunError(f"The run in {folder} is complete.", hint="Start a new one without --resume.")
        same = ("system", "suite", "gold_sha256", "chosen", "corpus_sha256", "description", "metrics_version")
        changed = [name for name in same if getattr(before, name) != getattr(info, name)]
        if changed:
            raise RunError(
                f"The run in {folder} cannot be resumed: {', '.join(changed)} changed since.", hint="Start a new one."
            )
        done = read_partial(folder)
        write_records(partial, list(done.values()))  # without a line that was cut short
        return done, {}
    if resume:
        raise RunError(f"There is no run to resume in {folder}.", hint="Start one without --resume.")
    write(partial / "items.jsonl", "")
    return {}, {}


def _finish(
    folder: Path,
    info: RunInfo,
    suite: Suite,
    records: Sequence[Record],
    timings: Mapping[str, float],
    document: Document,
) -> Run:
    judged = retrieval.qrels(suite)
    ranked = retrieval.run(suite.items, records)
    by_id = {found.id: found for found in records}
    summary = summarise(scored(suite, by_id), directions=directions(suite, document), timings=timings)
    write_records(folder, records)
    write(folder / "timings.json", to_json({key: round(value, 1) for key, value in timings.items()}))
    write(folder / "qrels.trec", retrieval.trec_qrels(judged))
    write(folder / "retrieval.trec", retrieval.trec_run(ranked, tag=info.system))
    write(folder / "metrics.json", to_json(summary))
    complete = info.model_copy(update={"complete": True})
    write(folder / "run.json", complete.model_dump_json(indent=1) + "\n")
    shutil.rmtree(folder / PARTIAL)
    return Run(folder=folder, info=complete, records=by_id, timings=timings)


def _info(suite: Suite, system: System, *, article: Article, folder: Path, chosen: str) -> RunInfo:
    return RunInfo(
        schema_version=SCHEMA,
        id=folder.name,
        system=system.name,
        description=dict(system.describe()),
        suite=suite.name,
        gold_sha256=suite.sha256,
        n_items=len(suite),
        chosen=chosen,
        corpus_sha256=article.sha256,
        metrics_version=METRICS_VERSION,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        commit=_commit(),
        platform=_platform(),
        seed=SEED,
        complete=False,
    )


def _commit() -> str:
    """The commit of the code, with "+" when files have changed since; "" outside a checkout."""
    root = Path(__file__).parent.parent
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+" if changed else "")


def _platform() -> dict[str, str]:
    """What speed depends on, with the time of a fixed piece of work to compare machines by."""
    started = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number * number
    return {
        "evidenca": VERSION,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": str(os.cpu_count() or 1),
        "calibration_ms": f"{(time.perf_counter() - started) * 1000:.0f}",
    }
