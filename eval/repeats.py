"""Runs with a language model beside the run without: means with their spread, and what became of its texts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval.figures import PRIMARY, SECONDARY, Summary, number
from eval.metrics import Metric
from eval.record import Record
from eval.runs import Run

# Beside the metrics of every report: the deterministic support of reworded sentences, and their length.
_SHOWN = (*PRIMARY, *(metric for metric in SECONDARY if metric.name not in ("RR@10", "nDCG@10", "R@5")))


def compare_repeats(base: tuple[Run, Summary], repeats: Sequence[tuple[Run, Summary]]) -> dict[str, Any]:
    """Return the figures of the repeats of one system beside those of another on the same items.

    Args:
        base: the run without a language model, with its summary.
        repeats: runs of the same items with one, at least one.
    """
    _, plain = base
    metrics = {}
    for metric in _SHOWN:
        values = [
            summary["overall"][metric.name]["mean"] for _, summary in repeats if metric.name in summary["overall"]
        ]
        if values and metric.name in plain["overall"]:
            metrics[metric.name] = {
                "without": plain["overall"][metric.name]["mean"],
                "mean": sum(values) / len(values),
                "least": min(values),
                "most": max(values),
                "n": plain["overall"][metric.name]["n"],
            }
    rates = _pass_rates([run for run, _ in repeats])
    return {
        "n_repeats": len(repeats),
        "metrics": metrics,
        "always_right": sum(rate == 1 for rate in rates.values()),
        "sometimes_right": sum(0 < rate < 1 for rate in rates.values()),
        "never_right": sum(rate == 0 for rate in rates.values()),
        "unsteady": sorted(key for key, rate in rates.items() if 0 < rate < 1),
        "median_words": {
            "without": plain["median_words"],
            "with": [summary["median_words"] for _, summary in repeats],
        },
        "writing": writing_counts([record for run, _ in repeats for record in run.records.values()]),
    }


def writing_counts(records: Sequence[Record]) -> dict[str, Any]:
    """Return what became of the texts of a language model, over all records."""
    asked = [record.writing for record in records if record.writing is not None]
    n_asked = len(asked)
    return {
        "n_answers": len(records),
        "n_asked": n_asked,
        "status": dict(Counter(str(one["status"]) for one in asked)),
        "fallbacks": dict(Counter(str(one["reason"]) for one in asked if one["reason"])),
        "n_verified": sum(int(one["n_verified"]) for one in asked),
        "removed": dict(Counter(str(doubt) for one in asked for doubt in one["removed"])),
        "incomplete": sum(not one["complete"] for one in asked),
        "tokens_per_question": {
            name: round(sum(int(one[f"{name}_tokens"]) for one in asked) / n_asked, 1) if n_asked else 0.0
            for name in ("prompt", "completion")
        },
    }


def _pass_rates(runs: Sequence[Run]) -> Mapping[str, float]:
    keys = set.intersection(*(set(run.records) for run in runs))
    return {key: sum(run.records[key].passed for run in runs) / len(runs) for key in keys}


def repeats_text(found: Mapping[str, Any], *, model: str) -> str:
    """Return the figures for a terminal, at most 100 columns wide."""
    lines = [
        f"with {model}, {found['n_repeats']} times, beside the answers without it",
        "",
        f"{'in %':36}{'without':>10}{'with':>10}{'least':>10}{'most':>10}{'n':>7}",
    ]
    by_name: dict[str, Metric] = {metric.name: metric for metric in _SHOWN}
    for name, values in found["metrics"].items():
        metric = by_name[name]
        cells = "".join(f"{number(metric, values[key]):>10}" for key in ("without", "mean", "least", "most"))
        lines.append(f"{metric.title[:36]:36}{cells}{values['n']:>7}")
    words = found["median_words"]
    shown = ", ".join("–" if value is None else f"{value:.0f}" for value in words["with"])
    lines += [
        "",
        f"items right every time: {found['always_right']}, sometimes: {found['sometimes_right']}, "
        f"never: {found['never_right']}",
        f"median length of an answer in words: {words['without'] or 0:.0f} without, {shown} with",
        *_writing_lines(found["writing"]),
    ]
    return "\n".join(lines)


def _writing_lines(counts: Mapping[str, Any]) -> list[str]:
    def listed(values: Mapping[str, int]) -> str:
        return ", ".join(f"{key} {n}" for key, n in sorted(values.items(), key=lambda pair: -pair[1])) or "none"

    tokens = counts["tokens_per_question"]
    status = listed(counts["status"])
    return [
        f"answers: {counts['n_answers']}, of which the model was asked for {counts['n_asked']}: {status}",
        f"fallbacks: {listed(counts['fallbacks'])}",
        f"its sentences: {counts['n_verified']} verified; removed: {listed(counts['removed'])}; "
        f"{counts['incomplete']} answers broke off",
        f"tokens a question: {tokens['prompt']:.0f} read, {tokens['completion']:.0f} written",
    ]
