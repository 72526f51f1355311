"""What the charts of the HTML report show, as plain values; the templates draw them.

Shares are 0 to 1 and positions percentages of the plot, so that charts fit any width.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.figures import (
    BY_NAME,
    LANGUAGES,
    NONE,
    PRIMARY,
    REFUSALS,
    SECONDARY,
    STAGES,
    VARIANTS,
    Means,
    Summary,
    asked,
    bounds,
    gap_text,
    milliseconds,
    n_right,
    number,
    percent,
    stages,
)
from eval.gold import Suite
from eval.metrics import Metric
from eval.runs import Run
from eval.stats import wilson
from rag.answer import Outcome

_CUTOFFS = (1, 3, 5, 10)
_SHAPES = ("circle", "square", "diamond", "triangle", "cross")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value of a forest plot; `x`, `low`, `high` are percentages of the axis, None without a value."""

    label: str
    shape: str
    x: float | None
    low: float | None
    high: float | None
    text: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """A line of a forest plot: a few marks on one axis."""

    title: str
    primary: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field of the heat map; `share` is None where the metric does not apply."""

    share: float | None
    text: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A curve: its points as an SVG polyline in a plot of 100 by 100, y downwards."""

    label: str
    own: bool
    polyline: str
    dots: tuple[tuple[float, float, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A small plot with its curves, the run's own first."""

    title: str
    n: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a stacked bar, in percent of its width."""

    stage: str
    width: float
    n: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A headline figure with its interval and the figures of both languages."""

    title: str
    value: str
    interval: str
    n: str
    share: tuple[float, float, float] | None
    beside: tuple[tuple[str, str], ...]


def tiles(summary: Summary) -> list[Tile]:
    """Return the headline figures."""
    found = []
    for name, title in (
        ("passed", "of the questions handled right"),
        ("vital_recall", "of the vital facts held"),
        ("citation_precision", "of the citations support their sentence"),
        ("refusal_right", "answered or refused as they should be"),
        ("R@5", "of the needed evidence in the first 5"),
    ):
        means = summary["overall"].get(name)
        if means:
            metric = BY_NAME[name]
            low, high = means.get("low", means["mean"]), means.get("high", means["mean"])
            found.append(
                Tile(
                    title=title,
                    value=number(metric, means["mean"], digits=0),
                    interval=bounds(metric, means),
                    n=f"n {means['n']}",
                    share=(100 * means["mean"], 100 * low, 100 * high),
                    beside=tuple(
                        (LANGUAGES[key], number(metric, some[name]["mean"], digits=0))
                        for key, some in summary["by_language"].items()
                        if name in some
                    ),
                )
            )
    latency, words = summary["latency"], summary["median_words"]
    if latency["n"]:
        found.append(
            Tile(
                title="half of the answers come within",
                value=milliseconds(latency["p50"]),
                interval="",
                n=f"n {latency['n']}",
                share=None,
                beside=(
                    ("95 % within", milliseconds(latency["p95"])),
                    *((("median words", f"{words:.0f}"),) if words is not None else ()),
                ),
            )
        )
    return found


def forest(summary: Summary) -> list[ForestRow]:
    """Return the metrics with their intervals: all, Slovene, English."""
    groups = {"all": summary["overall"], **summary["by_language"]}
    return [
        _forest_row(metric, groups)
        for metric in (*PRIMARY, *SECONDARY)
        if any(metric.name in means for means in groups.values())
    ]


def systems(name: str, summary: Summary, others: Mapping[str, Summary]) -> list[ForestRow]:
    """Return the primary metrics of several systems side by side, this run's first."""
    groups = {name: summary["overall"], **{other: found["overall"] for other, found in others.items()}}
    chosen = (*PRIMARY, BY_NAME["evidence_f1"], BY_NAME["nDCG@10"])
    return [_forest_row(metric, groups) for metric in chosen if any(metric.name in some for some in groups.values())]


def _forest_row(metric: Metric, groups: Mapping[str, Means]) -> ForestRow:
    return ForestRow(
        title=metric.title,
        primary=metric.primary,
        marks=tuple(
            _mark(LANGUAGES.get(key, key), position, metric, means.get(metric.name))
            for position, (key, means) in enumerate(groups.items())
        ),
    )


def _mark(label: str, position: int, metric: Metric, found: Mapping[str, float] | None) -> Mark:
    shape = _SHAPES[position % len(_SHAPES)]
    if not found or not found["n"]:
        return Mark(label=label, shape=shape, x=None, low=None, high=None, text=NONE, n=0)
    spread = bool(bounds(metric, found))
    return Mark(
        label=label,
        shape=shape,
        x=100 * found["mean"],
        low=100 * found["low"] if spread else None,
        high=100 * found["high"] if spread else None,
        text=" ".join(filter(None, (number(metric, found["mean"]), bounds(metric, found)))),
        n=int(found["n"]),
    )


def gap(summary: Summary) -> tuple[float, list[ForestRow]]:
    """Return the differences Slovene minus English, and the points at which the axis ends on both sides."""
    found = summary["gap"]
    reach = max((abs(one[end]) for one in found.values() for end in ("low", "high")), default=0.0)
    limit = max(10.0, 10 * math.ceil(10 * reach - 1e-9))

    def place(share: float) -> float:
        return 50 + 50 * (100 * share) / limit

    return limit, [
        ForestRow(
            title=BY_NAME[name].title,
            primary=BY_NAME[name].primary,
            marks=(
                Mark(
                    label="sl − en",
                    shape="circle",
                    x=place(one["mean"]),
                    low=place(one["low"]) if spread else None,
                    high=place(one["high"]) if spread else None,
                    text=gap_text(one),
                    n=one["n"],
                ),
            ),
        )
        for name, one in found.items()
        for spread in (one["low"] != one["high"],)
    ]


def heat_map(summary: Summary) -> list[tuple[str, tuple[Cell, ...]]]:
    """Return for each type: items right in Slovene and English, vital facts held in both."""
    return [
        (
            kind,
            tuple(
                _cell(name, summary["by_type_and_language"].get(f"{kind} {language}", {}))
                for name in ("passed", "vital_recall")
                for language in summary["by_language"]
            ),
        )
        for kind in summary["by_type"]
    ]


def _cell(name: str, means: Means) -> Cell:
    found = means.get(name)
    if not found:
        return Cell(share=None, text=NONE, n=0)
    return Cell(share=found["mean"], text=f"{percent(found['mean'], digits=0)} %", n=int(found["n"]))


def recall(name: str, summary: Summary, others: Mapping[str, Summary]) -> list[Panel]:
    """Return recall by the number of units read, a panel for each direction of languages."""
    panels = []
    for direction, own in summary["by_direction"].items():
        if "R@10" not in own:
            continue
        every = {name: own, **{other: found["by_direction"].get(direction, {}) for other, found in others.items()}}
        question, evidence = direction.split("-")
        panels.append(
            Panel(
                title=f"{LANGUAGES[question]} question, {LANGUAGES[evidence]} evidence",
                n=int(own["R@10"]["n"]),
                lines=tuple(
                    _recall_line(label, means, own=label == name)
                    for label, means in every.items()
                    if all(f"R@{k}" in means for k in _CUTOFFS)
                ),
            )
        )
    return panels


def _recall_line(label: str, means: Means, *, own: bool) -> Line:
    dots = tuple(
        (100 * (k - 1) / 9, 100 - 100 * means[f"R@{k}"]["mean"], percent(means[f"R@{k}"]["mean"], digits=0))
        for k in _CUTOFFS
    )
    return Line(
        label=label,
        own=own,
        polyline=_polyline([(x, y) for x, y, _ in dots]),
        dots=dots,
        notes=tuple(t for *_, t in dots),
    )


def risk(name: str, summary: Summary, others: Mapping[str, Summary]) -> list[Line]:
    """Return risk by coverage; the notes are the AUROC and the risk at a quarter, a half, three quarters and all."""
    lines = []
    for label, one in {name: summary, **others}.items():
        curve: Sequence[tuple[float, float]] = one["risk_coverage"]["curve"]
        if not curve:
            continue
        auroc = one["risk_coverage"]["auroc"]
        at = [_risk_at(curve, share) for share in (0.25, 0.5, 0.75, 1.0)]
        lines.append(
            Line(
                label=label,
                own=label == name,
                polyline=_polyline([(100 * x, 100 - 100 * y) for x, y in curve]),
                dots=(),
                notes=(NONE if auroc is None else f"{auroc:.2f}", *(f"{percent(one_, digits=0)} %" for one_ in at)),
            )
        )
    return lines


def _risk_at(curve: Sequence[tuple[float, float]], coverage: float) -> float:
    return min((abs(share - coverage), value) for share, value in curve)[1]


def latency(run: Run) -> tuple[list[tuple[float, str]], Line] | None:
    """Return the ticks of a logarithmic axis and the share of answers that came within each time."""
    times = sorted(max(value, 0.1) for key, value in run.timings.items() if key in run.records)
    if not times:
        return None
    first = math.floor(math.log10(times[0]))
    last = max(first + 1, math.ceil(math.log10(times[-1])))

    def place(time: float) -> float:
        return 100 * (math.log10(time) - first) / (last - first)

    steps = [(place(times[0]), 100.0)]
    for n, time in enumerate(times, start=1):
        steps += [(place(time), steps[-1][1]), (place(time), 100 - 100 * n / len(times))]
    steps.append((100.0, 0.0))
    p50 = times[len(times) // 2]
    p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
    ticks = [(place(10.0**power), milliseconds(10.0**power).replace(".0 ", " ")) for power in range(first, last + 1)]
    return ticks, Line(
        label="answers",
        own=True,
        polyline=_polyline(steps),
        dots=((place(p50), 50.0, f"half: {milliseconds(p50)}"), (place(p95), 5.0, f"95 %: {milliseconds(p95)}")),
        notes=(milliseconds(p50), milliseconds(p95), milliseconds(times[-1])),
    )


def _polyline(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)


def stage_bars(name: str, summary: Summary, others: Mapping[str, Summary]) -> list[tuple[str, tuple[Segment, ...]]]:
    """Return for each system the shares of items right and of those that failed at each stage."""
    bars = []
    for label, one in {name: summary, **others}.items():
        right, n = n_right(one["overall"])
        counts = [("right", right), *stages(one)]
        bars.append(
            (
                label,
                tuple(
                    Segment(
                        stage=stage,
                        width=100 * count / n,
                        n=count,
                        text=f"{stage}: {count} of {n} ({percent(count / n)} %)",
                    )
                    for stage, count in counts
                    if n and count
                ),
            )
        )
    return bars


def stage_rows(run: Run, suite: Suite, summary: Summary) -> list[tuple[str, str, int, dict[str, int]]]:
    """Return for each stage that occurs: name, meaning, items, and items by language."""
    originals = [(value, record) for value, record in asked(run, suite) if value.item.variant is None]
    return [
        (
            stage,
            STAGES[stage],
            count,
            {
                language: sum(record.stage == stage and value.item.lang == language for value, record in originals)
                for language in summary["by_language"]
            },
        )
        for stage, count in stages(summary)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Refusals of a run.

    Attributes:
        matrix: items by (answerable, outcome).
        rows: precision, recall, and refusals of what the article says.
        kinds: kind in words, items, and the share handled rightly.
    """

    matrix: Mapping[tuple[bool, str], int]
    rows: tuple[ForestRow, ...]
    kinds: tuple[tuple[str, ForestRow], ...]


def refusals(run: Run, suite: Suite, summary: Summary) -> Refusals:
    """Return what was refused and what should have been."""
    matrix: dict[tuple[bool, str], int] = {}
    for value, record in asked(run, suite):
        if value.item.variant is None:
            outcome = "crashed" if record.error else record.outcome
            key = (value.item.answerable, outcome if outcome in (Outcome.ANSWERED, "crashed") else "refused")
            matrix[key] = matrix.get(key, 0) + 1
    keys = ["all", *summary["by_language"]]
    metric = BY_NAME["refusal_right"]
    rows = [
        ForestRow(
            title=title,
            primary=True,
            marks=tuple(
                _mark(LANGUAGES[key], position, metric, {**found[name], "n": found[counted]})
                for position, key in enumerate(keys)
                for found in (summary["refusals"][key],)
            ),
        )
        for name, title, counted in (
            ("precision", "of the refusals are right (precision)", "n_refused"),
            ("recall", "of what must be refused is (recall)", "n_unanswerable"),
        )
    ]
    means = {"all": summary["overall"], **summary["by_language"]}
    rows.append(
        ForestRow(
            title="of what the article says is refused",
            primary=False,
            marks=tuple(_mark(LANGUAGES[key], n, metric, means[key].get("error")) for n, key in enumerate(keys)),
        )
    )
    kinds = []
    for kind, some in summary["by_refusal"].items():
        found = some["refusal_right"]
        n = int(found["n"])
        share = wilson(round(found["mean"] * n), n)
        mark = _mark("handled rightly", 0, metric, {"mean": share.mean, "low": share.low, "high": share.high, "n": n})
        kinds.append((kind, ForestRow(title=REFUSALS.get(kind, kind), primary=False, marks=(mark,))))
    return Refusals(matrix=matrix, rows=tuple(rows), kinds=tuple(kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a metric differs between original questions and their twins, in percent."""

    title: str
    before: float
    after: float
    text: str


def twins(summary: Summary) -> list[tuple[str, int, tuple[Change, ...]]]:
    """Return for each kind of robustness twin: its name, n, and what changed."""
    found = []
    for variant, row in summary["variants"].items():
        changes = []
        for name in ("passed", "vital_recall", "R@5"):
            if name in row:
                before, after = row[f"{name}_original"], row[name]
                changes.append(
                    Change(
                        title=BY_NAME[name].title,
                        before=100 * before,
                        after=100 * after,
                        text=f"{percent(before, digits=0)} → {percent(after, digits=0)} %",
                    )
                )
        found.append((VARIANTS.get(variant, variant), int(row["n"]), tuple(changes)))
    return found
