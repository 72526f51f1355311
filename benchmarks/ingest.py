"""What ingestion costs: time of each step and peak memory, for one article and for many.

    python benchmarks/ingest.py [--copies 1 4 16] [--embed]

Every size runs in a process of its own. The copies are of the real article, so time should grow
with their number; the last column says how much more than that it grew (1.0 = linear), a ratio
taken in this one run. `--embed` includes the embedding model, by far the slowest step.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def measure(copies: int, embed: bool) -> dict[str, float]:
    sys.path.insert(0, str(ROOT))
    from corpus.config import Settings
    from corpus.load import load_article
    from ingest.build import build, parse_article
    from ingest.chunk import chunk

    times: dict[str, float] = {}

    def step(name: str, started: float) -> None:
        times[name] = time.perf_counter() - started

    started = time.perf_counter()
    article = load_article()
    step("load", started)
    started = time.perf_counter()
    documents = [parse_article(article) for _ in range(copies)]
    step("parse", started)
    started = time.perf_counter()
    n_chunks = sum(len(chunk(document, article)) for document in documents)
    step("chunk", started)
    if embed:
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            build(Settings(index_dir=Path(folder) / "index"))
            step("build", started)
            started = time.perf_counter()
            build(Settings(index_dir=Path(folder) / "index"))
            step("again", started)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"copies": copies, "chunks": n_chunks, **times, "peak_mb": peak_mb}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--embed", action="store_true")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.embed)))
        return
    rows = []
    for copies in options.copies:
        command = [sys.executable, __file__, "--one", str(copies)] + (["--embed"] if options.embed else [])
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    names = [name for name in rows[0] if name not in ("copies", "chunks", "peak_mb")]
    print(
        f"{'copies':>7}{'chunks':>8}" + "".join(f"{name + ' s':>9}" for name in names) + f"{'peak MB':>9}{'growth':>8}"
    )
    for row in rows:
        work = row["parse"] + row["chunk"]
        growth = work / (rows[0]["parse"] + rows[0]["chunk"]) / (row["copies"] / rows[0]["copies"])
        cells = "".join(f"{row[name]:9.2f}" for name in names)
        print(f"{row['copies']:>7}{row['chunks']:>8}{cells}{row['peak_mb']:9.0f}{growth:8.2f}")


if __name__ == "__main__":
    main()
