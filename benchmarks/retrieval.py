"""What a question costs, from a cold process to a warm engine, beside all-MiniLM-L6-v2 on torch.

    python benchmarks/retrieval.py [--runs 5]

Every measurement runs in a process of its own; the median of the runs is shown, and how many times
as much MiniLM takes in the same run, which means more than the times of one machine. Both columns search an index
of the same article through the same engine; only the embedder differs. `ask` is the whole command,
from start to exit. `first` is the first answer of an engine just opened; `warm` are answers to
questions whose words were met before. Page cache is warm: the disk is not measured.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
QUESTIONS = [
    "Kako zunajcelični vezikli vplivajo na celjenje ran?",
    "How do extracellular vesicles cross the blood-brain barrier?",
    "Koliko udeležencev je bilo vključenih v klinične študije?",
    "Which diseases are treated with exosomes?",
    "Kaj so eksosomi?",
    "Who wrote reference 56?",
    "Kateri izzivi ostajajo pri proizvodnji veziklov?",
    "What is the dose of aspirin against headache?",
]
MODELS = {"bundled": "evidenca-static", "MiniLM": "all-MiniLM-L6-v2"}
_TIMES = 5  # each question, warm


def measure(folder: Path, model: str) -> dict[str, float]:
    sys.path.insert(0, str(ROOT))
    started = time.perf_counter()
    from corpus.config import Settings
    from rag.engine import Engine

    imported = time.perf_counter()
    engine = Engine.open(Settings(index_dir=folder, embedding_model=model))
    opened = time.perf_counter()
    engine.ask(QUESTIONS[0])
    first = time.perf_counter()
    for question in QUESTIONS:
        engine.ask(question)
        engine.search(question)
    asked, searched = [], []
    for _ in range(_TIMES):
        for question in QUESTIONS:
            begun = time.perf_counter()
            engine.ask(question)
            middle = time.perf_counter()
            engine.search(question)
            asked.append(middle - begun)
            searched.append(time.perf_counter() - middle)
    return {
        "import ms": 1000 * (imported - started),
        "open ms": 1000 * (opened - imported),
        "first answer ms": 1000 * (first - opened),
        "warm answer p50 ms": 1000 * _quantile(asked, 0.5),
        "warm answer p95 ms": 1000 * _quantile(asked, 0.95),
        "warm search p50 ms": 1000 * _quantile(searched, 0.5),
        "warm search p95 ms": 1000 * _quantile(searched, 0.95),
        "RSS MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _evidenca(folder: Path, model: str, *arguments: str) -> float:
    """Return the milliseconds of a command as a process."""
    environment = {**os.environ, "EVIDENCA_INDEX": str(folder), "EVIDENCA_EMBEDDING_MODEL": model}
    command = [sys.executable, "-m", "ui.cli", *arguments]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    return 1000 * (time.perf_counter() - started)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("FOLDER", "MODEL"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Path(options.one[0]), options.one[1])))
        return
    rows: dict[str, dict[str, float]] = {}
    sizes: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for name, model in MODELS.items():
            folder = Path(temporary) / name / "index"
            # Not here: on Linux a child's peak memory begins with that of its parent.
            _evidenca(folder, model, "ingest")
            sizes[name] = _sizes(folder)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in MODELS}
        for _ in range(options.runs):  # in turns, so that a busy moment hits both
            for name, model in MODELS.items():
                folder = Path(temporary) / name / "index"
                command = [sys.executable, __file__, "--one", str(folder), model]
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                runs[name].append({"ask ms": _evidenca(folder, model, "ask", QUESTIONS[0]), **json.loads(output)})
        rows = {
            name: {key: statistics.median(run[key] for run in some) for key in some[0]} for name, some in runs.items()
        }
    print(f"{'':>20}" + "".join(f"{name:>12}" for name in rows) + f"{'ratio':>8}")
    for key in rows["bundled"]:
        values = [row[key] for row in rows.values()]
        print(f"{key:>20}" + "".join(f"{value:12.1f}" for value in values) + f"{values[1] / values[0]:8.1f}")
    print("\nindex, kB")
    for key in dict.fromkeys(file for some in sizes.values() for file in some):
        print(f"{key:>32}" + "".join(f"{some.get(key, 0) / 1000:10.0f}" for some in sizes.values()))
    print(f"{'together':>32}" + "".join(f"{sum(some.values()) / 1000:10.0f}" for some in sizes.values()))


if __name__ == "__main__":
    main()
