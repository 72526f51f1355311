"""How reports write what a run measured: percentages, intervals, counts, and the words for them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.gold import RefusalKind, ResolvedItem, Suite, Variant
from eval.metrics import METRICS, Metric, Stage
from eval.record import Record
from eval.runs import Run

Means = Mapping[str, Mapping[str, float]]
Summary = Mapping[str, Any]

NONE = "–"
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
PRIMARY: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.primary)
# Shown beneath the primary ones wherever there is room for more.
SECONDARY: tuple[Metric, ...] = tuple(
    BY_NAME[name]
    for name in (
        "citation_recall",
        "support",
        "number_fidelity",
        "evidence_precision",
        "evidence_recall",
        "reference_recall",
        "list_f1",
        "quote_labelled",
        "RR@10",
        "nDCG@10",
    )
)
STAGES: Mapping[str, str] = {
    Stage.ERROR: "the system crashed",
    Stage.PARSE: "needed evidence is not in the index",
    Stage.RETRIEVAL: "needed evidence is not among the first 10",
    Stage.SELECTION: "evidence was found, but a vital fact is not in the answer",
    Stage.REFUSAL: "refused what the article says, or answered what it does not",
    Stage.CITATION: "a hard rule on citations or wording is broken",
    Stage.LANGUAGE: "not in the question's language",
}
# Told apart without colours; retrieval and refusal begin with the same letter.
LETTERS: Mapping[str, str] = {
    "right": "✓",
    Stage.ERROR: "!",
    Stage.PARSE: "P",
    Stage.RETRIEVAL: "R",
    Stage.SELECTION: "S",
    Stage.REFUSAL: "F",
    Stage.CITATION: "C",
    Stage.LANGUAGE: "L",
}
REFUSALS: Mapping[str, str] = {
    RefusalKind.OFF_TOPIC: "off topic",
    RefusalKind.ABSENT: "not in the article",
    RefusalKind.FALSE_PREMISE: "false premise",
    RefusalKind.ADVICE: "medical advice",
    RefusalKind.INJECTION: "injected instructions",
}
VARIANTS: Mapping[str, str] = {
    Variant.NO_DIACRITICS: "without diacritics",
    Variant.TYPO: "with a typo",
    Variant.INFLECTION: "other inflection",
    Variant.TERM: "other term",
}
# What XML 1.0 cannot hold, also not as a character reference, and what drives a terminal.
_CONTROL = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LANGUAGES: Mapping[str, str] = {"sl": "Slovene", "en": "English", "all": "all"}


def readable(text: str) -> str:
    """Return text that every report can hold: control characters are replaced by U+FFFD."""
    return _CONTROL.sub("\ufffd", text)


def percent(share: float, *, digits: int = 1) -> str:
    """Return a share as a percentage without the sign; only all of them are written as 100, only none as 0."""
    text = f"{100 * share:.{digits}f}"
    step = 10.0**-digits
    if share < 1 and float(text) >= 100:
        text = f"{100 - step:.{digits}f}"
    if share > 0 and float(text) == 0:
        text = f"{step:.{digits}f}"
    return "0" if float(text) == 0 else "100" if text.startswith("100") else text


def number(metric: Metric, value: float | None, *, digits: int = 1) -> str:
    """Return a metric's value as a person reads it, such as "30.5 %" or "39.0"."""
    if value is None:
        return NONE
    return f"{percent(value, digits=digits)} %" if metric.percent else f"{value:.{digits}f}"


def bounds(metric: Metric, found: Mapping[str, float], *, digits: int = 0) -> str:
    """Return the interval of a mean, such as "[22–41]".

    "" when it has none, and when all values are equal: resampling them says nothing about others.
    """
    if "low" not in found or found["low"] == found["high"]:
        return ""
    if not metric.percent:
        return f"[{found['low']:.{digits}f}–{found['high']:.{digits}f}]"
    return f"[{percent(found['low'], digits=digits)}–{percent(found['high'], digits=digits)}]"


def points(value: float) -> str:
    """Return a difference of shares in points, always with its sign unless it is 0."""
    text = f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text[1:] == "0.0" else text


def gap_text(found: Mapping[str, float]) -> str:
    """Return a difference in points with its interval, if it has one."""
    spread = found["low"] != found["high"]
    return points(found["mean"]) + (f" [{points(found['low'])}, {points(found['high'])}]" if spread else "")


def mean_text(metric: Metric, means: Means) -> str:
    """Return mean, interval and n of a metric, or a dash where it does not apply."""
    found = means.get(metric.name)
    if not found:
        return NONE
    parts = (number(metric, found["mean"]), bounds(metric, found), f"n {found['n']}")
    return " ".join(part for part in parts if part)


def share_text(share: Mapping[str, float], n: int) -> str:
    """Return a share of n with its interval; a dash when there is nothing to take a share of."""
    if not n:
        return f"{NONE} n 0"
    return f"{percent(share['mean'])} % [{percent(share['low'], digits=0)}–{percent(share['high'], digits=0)}] n {n}"


def milliseconds(value: float) -> str:
    """Return a time with its unit, in three digits or fewer."""
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def asked(run: Run, suite: Suite) -> list[tuple[ResolvedItem, Record]]:
    """Return the items of the run with their records, in the order of the suite."""
    return [(value, run.records[value.item.id]) for value in suite if value.item.id in run.records]


def failures(run: Run, suite: Suite) -> list[tuple[ResolvedItem, Record]]:
    """Return the items that were not right, robustness twins included."""
    return [(value, record) for value, record in asked(run, suite) if not record.passed]


def n_right(means: Means) -> tuple[int, int]:
    """Return how many items were right, of how many."""
    found = means.get("passed", {"n": 0, "mean": 0.0})
    return round(found["mean"] * found["n"]), int(found["n"])


def stages(summary: Summary) -> list[tuple[str, int]]:
    """Return how many items failed at each stage that occurs, in the order of the pipeline."""
    return [(str(stage), summary["stages"][stage]) for stage in STAGES if summary["stages"].get(stage)]


def hard_rules(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return every broken hard rule as (item id, rule), crashes apart."""
    return [(record.id, rule) for record in records if not record.error for rule in record.hard]


def about(run: Run, summary: Summary) -> list[tuple[str, str]]:
    """Return what was run as (name, value): what a reader needs to repeat it, no name of a machine."""
    info = run.info
    rows = [
        ("System", info.system),
        *((key.replace("_", " ").capitalize(), value) for key, value in sorted(info.description.items())),
        ("Gold set", f"{info.suite} (SHA-256 {info.gold_sha256[:12]})"),
        ("Items", f"{summary['n']} in {summary['n_pairs']} pairs and dialogues"),
        ("Chosen", info.chosen or "all items"),
        ("Article", f"SHA-256 {info.corpus_sha256[:12]}"),
        ("Metrics", f"version {info.metrics_version}"),
        ("Code", info.commit or "not from a checkout"),
        ("Evidenca", info.platform.get("evidenca", NONE)),
        ("Python", info.platform.get("python", NONE)),
        ("Seed", str(info.seed)),
        ("Date", info.created),
    ]
    return rows if info.complete else [*rows, ("Complete", "no: this run was cut short")]
