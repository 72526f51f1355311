"""Runs on disk: what was asked, what came back, what it is worth.

    runs/<id>/run.json         what was run: system, gold set, index, versions, machine
    runs/<id>/items.jsonl      one `Record` a line; two runs of one state are equal byte for byte
    runs/<id>/timings.json     milliseconds by item, apart because they never repeat
    runs/<id>/retrieval.trec   the rankings, and qrels.trec the judgements, as trec_eval reads them
    runs/<id>/metrics.json     the means with intervals
    runs/<id>/report.md, report.html, junit.xml

Every file is written beside its place and renamed. `items.jsonl` grows while a run goes on, so that
one that was killed can be taken up again.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import EvidencaError
from eval.record import Record

RUNS = Path("runs")
PARTIAL = "partial"  # of a run that goes on
SCHEMA = 1


class RunError(EvidencaError):
    """A run cannot be read, resumed or compared; the message names the file."""


class NotComparableError(RunError):
    """Two runs answer different questions, or were scored by different rules."""


class RunInfo(BaseModel):
    """What was run.

    Attributes:
        suite, gold_sha256, n_items: the gold set, and how many of its items were asked.
        chosen: the filters that chose them, in words; "" for the whole set.
        corpus_sha256: of the bundled article's files.
        metrics_version: of the definitions of the metrics.
        complete: every chosen item was asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int
    id: str
    system: str
    description: Mapping[str, str]
    suite: str
    gold_sha256: str
    n_items: int
    chosen: str
    corpus_sha256: str
    metrics_version: int
    created: str
    commit: str
    platform: Mapping[str, str]
    seed: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as read from its folder; `timings` are milliseconds by item."""

    folder: Path
    info: RunInfo
    records: Mapping[str, Record]
    timings: Mapping[str, float]


def read_run(folder: Path) -> Run:
    """Return the run in `folder`.

    Raises:
        RunError: it is no run, or a file of it is damaged; names file and line.
    """
    info = read_info(folder)
    if not info.complete:
        return Run(folder=folder, info=info, records=read_partial(folder), timings={})
    records = _records(folder / "items.jsonl")
    if len(records) != info.n_items:
        raise RunError(
            f"{folder / 'items.jsonl'} holds {len(records)} items, not {info.n_items}.",
            hint="Run the evaluation again.",
        )
    return Run(folder=folder, info=info, records=records, timings=_timings(folder))


def read_info(folder: Path) -> RunInfo:
    """Return what was run, of a run that may not be complete.

    Raises:
        RunError: it is no run, or its file is damaged.
    """
    path = folder / "run.json"
    try:
        return RunInfo.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(
            f"{folder} holds no run ({error.strerror}: run.json).", hint="Give the folder of a run, such as runs/<id>."
        ) from error
    except ValidationError as error:
        raise RunError(f"{path} is damaged, or of another version.", hint="Run the evaluation again.") from error


def read_partial(folder: Path) -> dict[str, Record]:
    """Return what a run that was killed had asked; a last line that is cut short is left out.

    Raises:
        RunError: the file is damaged before its last line; names the line.
    """
    path = folder / PARTIAL / "items.jsonl"
    return _records(path, cut_short=True) if path.exists() else {}


def _records(path: Path, *, cut_short: bool = False) -> dict[str, Record]:
    try:
        # Bytes and line feeds: a cut may fall within a letter, and an answer may hold U+2028.
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}.", hint="Run the evaluation again.") from error
    last = lines.pop()  # empty when the file ends as it should
    if last and not cut_short:
        lines.append(last)
    records: dict[str, Record] = {}
    for number, line in enumerate(lines, start=1):
        try:
            found = Record.model_validate_json(line)
        except ValidationError as error:
            raise RunError(
                f"{path}, line {number}: not a record of a run.", hint="Run the evaluation again."
            ) from error
        records[found.id] = found
    return records


def _timings(folder: Path) -> dict[str, float]:
    try:
        values = json.loads((folder / "timings.json").read_text(encoding="utf-8"))
        return {str(key): float(value) for key, value in values.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # a committed baseline has none


def record_line(record: Record) -> str:
    """Return a record as its line of `items.jsonl`; what no language model did is left out."""
    left_out = {"writing"} if record.writing is None else None
    return json.dumps(record.model_dump(mode="json", exclude=left_out), ensure_ascii=False, sort_keys=True) + "\n"


def write_records(folder: Path, records: Sequence[Record]) -> None:
    """Write `items.jsonl` whole."""
    write(folder / "items.jsonl", "".join(map(record_line, records)))


def write(path: Path, text: str) -> None:
    """Write a file beside its place and rename it, so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def to_json(value: Any) -> str:
    """Return a value as readable JSON."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
