"""The blessed baseline: a run that the project keeps, and why it was blessed.

It changes only by `evidenca eval bless`, never by itself; the reason is kept beside it.
"""

import json
import time
from pathlib import Path

from eval.runs import Run, RunError, read_run, to_json, write, write_records

BASELINE = Path(__file__).parent / "baseline"
_BLESSINGS = "blessings.jsonl"


def bless(run: Run, why: str, *, folder: Path = BASELINE) -> None:
    """Make `run` the baseline, without its timings and machine, and note why.

    Raises:
        RunError: the run is not complete, was made on a part of the gold set, had crashes, or no
            reason is given.
    """
    if not why.strip():
        raise RunError("A baseline needs a reason.", hint='Say why it changes: --why "..."')
    if not run.info.complete or run.info.chosen:
        raise RunError(
            f"The run {run.info.id} does not cover the whole gold set.", hint="Bless a complete run without filters."
        )
    if crashed := [key for key, record in run.records.items() if record.error]:
        raise RunError(f"The run {run.info.id} has crashes ({', '.join(crashed[:3])}).", hint="Mend them first.")
    info = run.info.model_copy(update={"platform": {}})
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["latency"] = {"n": 0}
    write_records(folder, list(run.records.values()))
    write(folder / "metrics.json", to_json(metrics))
    write(folder / "run.json", info.model_dump_json(indent=1) + "\n")
    blessing = {
        "run": info.id,
        "commit": info.commit,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "passed": sum(record.passed for record in run.records.values()),
        "items": len(run.records),
        "why": why.strip(),
    }
    history = folder / _BLESSINGS
    before = history.read_text(encoding="utf-8") if history.exists() else ""
    write(history, before + json.dumps(blessing, ensure_ascii=False) + "\n")


def open_run(name: str, runs: Path) -> Run:
    """Return a run by id, by folder, or the blessed one for "baseline".

    Raises:
        RunError: there is none.
    """
    if name == "baseline":
        return read_run(BASELINE)
    folder = Path(name)
    return read_run(folder if (folder / "run.json").exists() else runs / name)
