"""A server whose answers wait for a file, for tests of how a server ends. Run it as a process of its own.

Usage: python -m tests.slow_server INDEX GATE GRACE_S
"""

import sys
import time
from pathlib import Path
from typing import Any

from corpus.config import Settings
from rag.answer import Answer
from rag.inspect import Contents
from tests.page_double import StubEngine
from ui.api.app import create_api
from ui.commands.serve import leave_if_stuck
from ui.http.options import ServerOptions
from ui.server import serve


def say(line: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class WaitingEngine(StubEngine):
    """Says on standard output that it was asked, and answers once the file is there."""

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self.file = gate

    def ask(self, question: str, **options: Any) -> Answer:
        say("asked")
        while not self.file.exists():
            time.sleep(0.02)
        return super().ask(question, **options)

    def check(self, claim: str, **options: Any) -> Answer:
        return self.ask(claim, **options)

    def search(self, question: str, **options: Any) -> list[Any]:
        return []


if __name__ == "__main__":
    index, gate, grace_s = sys.argv[1:]
    engine = WaitingEngine(Path(gate))
    options = ServerOptions(grace_s=int(grace_s))
    api = create_api(engine, Contents.open(Settings(index_dir=Path(index))), options)
    serve(engine, api=api, port=0, options=options, on_ready=say)
    leave_if_stuck()
