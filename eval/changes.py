"""A comparison of two runs as text for a terminal or a build log."""

from eval.compare import Comparison, Flip, MetricChange
from eval.gold import Suite
from eval.runs import Run

_MOVED = 0.0005


def comparison_text(found: Comparison) -> str:
    """Return the verdict, every flipped item by name, broken rules, and the metrics that moved."""
    lines = [f"{found.base} -> {found.candidate}: {found.n_items} items, {found.n_pairs} pairs and dialogues", ""]
    worse = [flip for flip in found.flips if not flip.better]
    better = [flip for flip in found.flips if flip.better]
    lines += _section("Worse", [_flip(flip) for flip in worse])
    lines += _section("Better", [_flip(flip) for flip in better])
    lines += _section("Hard rules broken", [f"{key}: {rule}" for key, rule in found.hard])
    lines += _section("Citations lost", list(found.lost_citations))
    lines += _section("Crashed", list(found.errors))
    moved = [change for change in found.metrics if change.primary or abs(change.difference.mean) > _MOVED]
    lines += ["Metrics (candidate - base, with 95 % interval; * is tested):", *map(_change, moved), "", found.verdict]
    return "\n".join(lines)


def _section(title: str, entries: list[str]) -> list[str]:
    return [f"{title} ({len(entries)}):", *(f"  {entry}" for entry in entries), ""] if entries else []


def _flip(flip: Flip) -> str:
    why = f"  [{'; '.join(flip.reasons)}]" if flip.reasons else ""
    return f"{flip.id}: {flip.question}{why}"


def _change(change: MetricChange) -> str:
    star = "*" if change.primary else " "
    gap = change.difference
    p = f"  p {change.p:.3f}" if change.primary else ""
    failed = "  FAILED" if change.failed else ""
    return (
        f" {star} {change.title:36} {change.base:8.3f} -> {change.candidate:8.3f}  "
        f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]{p}{failed}"
    )


def failures_text(run: Run, suite: Suite) -> str:
    """Return the items of a run that were not right, one a line, with what happened."""
    lines = ["", "Not right:"]
    for key, record in run.records.items():
        if not record.passed:
            item = suite.items[key].item
            lines.append(f"  {key} ({item.type}; {record.stage}): {item.question}  [{'; '.join(record.reasons)}]")
    return "\n".join(lines)
