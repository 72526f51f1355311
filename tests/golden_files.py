"""Golden files: what was found in the article, one item a line, read by a person before it is accepted.

Rewritten only on purpose: EVIDENCA_UPDATE_GOLDEN=1 python -m pytest, then read the diff line by line.
"""

import os
from collections.abc import Sequence
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def check_golden(name: str, lines: Sequence[str]) -> None:
    """Compare `lines` with the golden file `name`, or write it when that was asked for."""
    path = GOLDEN / name
    if os.environ.get("EVIDENCA_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    assert list(lines) == path.read_text(encoding="utf-8").split("\n")[:-1]
