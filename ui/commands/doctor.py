"""What `evidenca doctor` prints: the checks as text, in English, or as JSON."""

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ingest.doctor import Check, Status

_MARKS = {Status.OK: "ok", Status.WARNING: "warning", Status.PROBLEM: "PROBLEM"}
_INDENT = " " * 9


def checks_dict(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks as one JSON object, with the worst status of them all."""
    worst = max((check.status for check in checks), key=list(Status).index, default=Status.OK)
    return {"status": worst, "checks": [asdict(check) for check in checks]}


def checks_text(checks: Sequence[Check], *, width: int) -> str:
    """Return the checks as text, and a line that sums them up; commands keep to their own line."""
    lines: list[str] = []
    for check in checks:
        lines.extend(
            textwrap.wrap(
                f"{check.name}: {check.message}",
                width=width,
                initial_indent=f"{_MARKS[check.status]:<9}",
                subsequent_indent=_INDENT,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
        if check.mend:
            lines.append(f"{_INDENT}mend it: {check.mend}")
    counts = {status: sum(check.status is status for check in checks) for status in Status}
    lines.extend(["", f"{len(checks)} checks: problems {counts[Status.PROBLEM]}, warnings {counts[Status.WARNING]}."])
    return "\n".join(lines)
