"""A run in words: report.md, the table that `eval run` prints, and one item as `eval show` prints it."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from corpus.types import Document
from eval.figures import (
    BY_NAME,
    LANGUAGES,
    NONE,
    PRIMARY,
    REFUSALS,
    SECONDARY,
    STAGES,
    VARIANTS,
    Summary,
    about,
    asked,
    bounds,
    failures,
    gap_text,
    hard_rules,
    mean_text,
    milliseconds,
    n_right,
    number,
    percent,
    readable,
    share_text,
    stages,
)
from eval.gold import ResolvedItem, Suite
from eval.metrics import METRICS, Metric
from eval.record import Record
from eval.runs import Run
from eval.sides import Part, sides
from rag.answer import Outcome

_NARROW = ("passed", "vital_recall", "citation_precision", "evidence_f1", "refusal_right", "R@5")


def markdown(run: Run, suite: Suite, summary: Summary, *, others: Mapping[str, Summary] | None = None) -> str:
    """Return the whole report as Markdown (report.md).

    Args:
        summary: of the run, as in its metrics.json.
        others: summaries of other systems on the same gold set, by the name to show.
    """
    blocks = [
        f"# Evaluation {_cell(run.info.id)}",
        _headline(run, summary),
        "## What was run",
        _table(("", ""), about(run, summary)),
        "## Results",
        "Mean, 95 % interval (bootstrap over pairs) and number of items. Robustness twins are not counted here.",
        _by_language(summary),
        *_systems(run, summary, others or {}),
        *_groups(summary),
        *_refusals(summary),
        *_robustness(summary),
        *_failure_stages(summary),
        *_latency(run, summary),
        *_failures(run, suite),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _headline(run: Run, summary: Summary) -> str:
    right, n = n_right(summary["overall"])
    broken = hard_rules(list(run.records.values()))
    crashed = sum(bool(record.error) for record in run.records.values())
    lines = [
        f"**{right} of {n} items right.** Hard rules broken: {len(broken)}. Crashed: {crashed}. "
        f"All {len(run.records)} items asked, twins included."
    ]
    lines += [f"- {_cell(key)}: {_cell(rule)}" for key, rule in broken]
    return "\n".join(lines[:1]) if len(lines) == 1 else "\n\n".join((lines[0], "\n".join(lines[1:])))


def _by_language(summary: Summary) -> str:
    columns = {**summary["by_language"], "all": summary["overall"]}
    return _table(
        ("Metric", *(LANGUAGES.get(key, key) for key in columns)),
        [
            (
                _Bold(metric.title) if metric.primary else metric.title,
                *(mean_text(metric, means) for means in columns.values()),
            )
            for metric in METRICS
            if any(metric.name in means for means in columns.values())
        ],
    )


def _systems(run: Run, summary: Summary, others: Mapping[str, Summary]) -> list[str]:
    if not others:
        return []
    columns = {run.info.system: summary, **others}
    shown = [*PRIMARY, *SECONDARY, BY_NAME["words"]]
    rows = [(metric.title, *(mean_text(metric, one["overall"]) for one in columns.values())) for metric in shown]
    rows.append(
        (
            "half of the answers within",
            *(milliseconds(one["latency"]["p50"]) if one["latency"]["n"] else NONE for one in columns.values()),
        )
    )
    return ["## Beside other systems", _table(("Metric", *columns), rows)]


def _groups(summary: Summary) -> list[str]:
    blocks = []
    if len(summary["by_split"]) > 1:
        rows = {
            f"{split}, {LANGUAGES.get(key, key)}": means
            for split, found in summary["by_split"].items()
            for key, means in found.items()
        }
        blocks += ["## By split", _means_table("Split", rows)]
    blocks += ["## By type", _means_table("Type", summary["by_type_and_language"])]
    if summary["by_direction"]:
        rows = {key.replace("-", " → "): means for key, means in summary["by_direction"].items()}
        names = ("passed", "vital_recall", "R@1", "R@3", "R@5", "R@10", "RR@10", "nDCG@10")
        blocks += ["## By direction", "Languages of question → evidence.", _means_table("Direction", rows, names)]
    if summary["dialogues"]:
        blocks += ["## Dialogues", _means_table("", {"all turns": summary["dialogues"]})]
    return blocks


def _means_table(
    title: str, rows: Mapping[str, Mapping[str, Mapping[str, float]]], names: Sequence[str] = _NARROW
) -> str:
    shown = [BY_NAME[name] for name in names if any(name in means for means in rows.values())]
    return _table(
        (title, *(metric.title for metric in shown)),
        [(key, *(mean_text(metric, means) for metric in shown)) for key, means in rows.items()],
    )


def _refusals(summary: Summary) -> list[str]:
    table = _table(
        ("", "precision", "recall", "F1", "refused though answerable"),
        [
            (
                LANGUAGES.get(key, key),
                share_text(found["precision"], found["n_refused"]),
                share_text(found["recall"], found["n_unanswerable"]),
                f"{percent(found['f1'])} %" if found["n_refused"] and found["n_unanswerable"] else NONE,
                mean_text(BY_NAME["error"], summary["overall"] if key == "all" else summary["by_language"][key]),
            )
            for key, found in summary["refusals"].items()
        ],
    )
    blocks = [
        "## Refusals",
        "Precision: of all refusals, those of unanswerable questions. Recall: of all unanswerable questions, those "
        "refused (a false premise may also be put right). Wilson intervals.",
        table,
    ]
    if summary["by_refusal"]:
        rows = [
            (REFUSALS.get(kind, kind), mean_text(BY_NAME["refusal_right"], means))
            for kind, means in summary["by_refusal"].items()
        ]
        blocks.append(_table(("Kind", "handled rightly"), rows))
    return blocks


def _robustness(summary: Summary) -> list[str]:
    blocks = []
    if summary["gap"]:
        rows = [(BY_NAME[name].title, f"{gap_text(gap)} n {gap['n']}") for name, gap in summary["gap"].items()]
        blocks += [
            "## Slovene minus English",
            "In points, over pairs that have a value in both languages.",
            _table(("Metric", "Slovene − English"), rows),
        ]
    together = summary["consistency"]
    if together["n"]:
        blocks.append(
            f"Of {together['n']} answerable pairs {percent(together['same_facts'])} % hold the same facts in both "
            f"languages, and {percent(together['shared_evidence'])} % share a citation."
        )
    if summary["variants"]:
        names = [BY_NAME[name] for name in ("passed", "vital_recall", "R@5")]
        rows = [
            (
                VARIANTS.get(variant, variant),
                *(
                    f"{number(metric, row[f'{metric.name}_original'])} → {number(metric, row[metric.name])}"
                    if metric.name in row
                    else NONE
                    for metric in names
                ),
                str(row["n"]),
            )
            for variant, row in summary["variants"].items()
        ]
        blocks += [
            "## Robustness twins",
            "The original question → the same question, changed.",
            _table(("Twin", *(metric.title for metric in names), "n"), rows),
        ]
    return blocks


def _failure_stages(summary: Summary) -> list[str]:
    found = stages(summary)
    if not found:
        return []
    right, n = n_right(summary["overall"])
    rows = [(name, STAGES[name], f"{count} ({percent(count / n)} %)") for name, count in found]
    return [
        "## Where it goes wrong first",
        f"The {n - right} of {n} items that are not right.",
        _table(("Stage", "Meaning", "Items"), rows),
    ]


def _latency(run: Run, summary: Summary) -> list[str]:
    found = summary["latency"]
    if not found["n"]:
        return ["## Latency", "No times were kept with this run."]
    pace = run.info.platform.get("calibration_ms")
    note = f" A fixed piece of work took {pace} ms on the machine." if pace else ""
    return [
        "## Latency",
        f"Of {found['n']} answers half came within {milliseconds(found['p50'])}, 95 % within "
        f"{milliseconds(found['p95'])}, the slowest in {milliseconds(found['max'])}.{note}",
    ]


def _failures(run: Run, suite: Suite) -> list[str]:
    found = failures(run, suite)
    if not found:
        return ["## Not right", "Every item is right."]
    rows = [
        (
            value.item.id,
            str(value.item.type) + (f" ({VARIANTS[value.item.variant]})" if value.item.variant else ""),
            value.item.question,
            record.stage,
            "; ".join(record.reasons),
        )
        for value, record in found
    ]
    return [
        "## Not right",
        f"{len(found)} of {len(asked(run, suite))} items asked, twins included.",
        _table(("Item", "Type", "Question", "Stage", "Reasons"), rows),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


class _Bold(str):
    """A cell of ours in bold."""


def _cell(text: str) -> str:
    """Text that stays in its cell and is no markup: questions and answers may hold anything."""
    flat = re.sub(r"[\\|`*_]|(?<=\])\(", r"\\\g<0>", " ".join(readable(text).split())).replace("<", "&lt;")
    return f"**{flat}**" if isinstance(text, _Bold) else flat


def table_text(run: Run, summary: Summary, *, others: Mapping[str, Summary] | None = None) -> str:
    """Return the short table for a terminal, at most 100 columns wide.

    Args:
        others: summaries of other systems on the same gold set, by the name to show.
    """
    info = run.info
    columns = {**summary["by_language"], "all": summary["overall"]}
    head = f"{info.system} on {info.suite} ({info.gold_sha256[:12]}): {summary['n']} items, {summary['n_pairs']} pairs"
    lines = [head[:100], "", _row("", [LANGUAGES.get(key, key) for key in columns], mark=" ")]
    lines.append(_row("in %, 95 % interval, n", ["" for _ in columns], mark=" ").rstrip())
    lines += [
        _row(metric.title, [_short(metric, means) for means in columns.values()])
        for metric in PRIMARY
        if any(metric.name in means for means in columns.values())
    ]
    for name, title, counted in (
        ("precision", "refusal precision", "n_refused"),
        ("recall", "refusal recall", "n_unanswerable"),
    ):
        found = [summary["refusals"].get(key) for key in columns]
        lines.append(_row(title, [_short_share(one[name], one[counted]) if one else NONE for one in found]))
    words = summary["median_words"]
    gap = summary["gap"].get("passed")
    lines.append("")
    if gap:
        lines.append(f"Slovene - English, items right: {gap_text(gap)} points, n {gap['n']} pairs")
    if words is not None:
        lines.append(f"median length of an answer: {words:.0f} words")
    if summary["latency"]["n"]:
        found = summary["latency"]
        lines.append(f"time: half within {milliseconds(found['p50'])}, 95 % within {milliseconds(found['p95'])}")
    for name, other in (others or {}).items():
        beside = ", ".join(
            f"{metric.title} {number(metric, other['overall'][metric.name]['mean'])}"
            for metric in PRIMARY[:3]
            if metric.name in other["overall"]
        )
        lines += textwrap.wrap(f"beside it, {name}: {beside}", 100, subsequent_indent="  ")
    right, n = n_right(summary["overall"])
    lines += ["", f"not right: {n - right} of {n}"]
    lines += [f"  {name:10} {count:4}  {STAGES[name]}" for name, count in stages(summary)]
    broken = hard_rules(list(run.records.values()))
    crashed = sum(bool(record.error) for record in run.records.values())
    lines.append(f"hard rules broken: {len(broken)}; crashed: {crashed}")
    return "\n".join(lines)


def _row(title: str, cells: Sequence[str], *, mark: str = " ") -> str:
    return f"{title:29}" + "".join(f"{mark}{cell:>22}" for cell in cells)


def _short(metric: Metric, means: Mapping[str, Mapping[str, float]]) -> str:
    found = means.get(metric.name)
    if not found:
        return f"{NONE}     "
    mean = percent(found["mean"]) if metric.percent else f"{found['mean']:.1f}"
    return f"{mean} {bounds(metric, found)} {found['n']:4}"


def _short_share(share: Mapping[str, float], n: int) -> str:
    if not n:
        return f"{NONE}    0"
    low, high = percent(share["low"], digits=0), percent(share["high"], digits=0)
    return f"{percent(share['mean'])} [{low}–{high}] {n:4}"


def item_text(value: ResolvedItem, record: Record, document: Document, *, width: int = 100) -> str:
    """Return everything about one item of a run as plain text: question, gold set, answer, verdict.

    Args:
        document: the article, which all spans point into.
        width: columns to wrap at, at least 40.
    """
    item = value.item
    seen = sides(value, record, source=document.text)
    page = _Page(max(40, width))
    verdict = "right" if record.passed else f"not right ({record.stage})"
    parts = (str(item.type), str(item.lang), str(item.split), VARIANTS.get(item.variant or "", ""), verdict)
    page.line(f"{item.id}: {', '.join(part for part in parts if part)}")
    page.head("Question")
    page.line(item.question, 1)
    if record.resolved_question and record.resolved_question != item.question:
        page.line(f"understood as: {record.resolved_question}", 1)
    page.head("Gold set")
    if not item.answerable:
        page.line(f"must be refused: {REFUSALS.get(item.refusal or '', '')}", 1)
    for gold in seen.gold:
        need = "needed" if gold.needed else "supporting"
        others = f", or {gold.n_others} other" if gold.n_others else ""
        page.line(f"evidence {gold.number} ({need}{others}; {percent(gold.cited, digits=0)} % cited)", 1)
        page.line(_marked(gold.parts), 2)
    if seen.rows:
        rows = ", ".join(f"{row}{' (cited)' if cited else ''}" for row, cited in seen.rows)
        page.line(f"rows: {rows}", 1)
    for fact in seen.facts:
        held = "held   " if fact.held else "missing"
        page.line(f"{held}  {fact.id}{'' if fact.vital else ' (not vital)'}: {fact.text}", 1)
    page.head(f"Answer ({_outcome(record)})")
    for paragraph in record.answer.splitlines() or [NONE]:
        page.line(paragraph, 1)
    if seen.cited:
        page.head("Citations beside the gold set (what both quote stands between ⟦ and ⟧)")
    by_number = {gold.number: gold for gold in seen.gold}
    for cited in seen.cited:
        page.line(f"[{cited.marker}] {cited.id}{'' if cited.verbatim else '  NOT the text of its spans'}", 1)
        page.line(f"cited: {_marked(cited.parts)}", 2)
        if cited.translation:
            page.line(f"translated: {cited.translation}", 2)
        for n in cited.gold:
            page.line(f"gold {n}: {_marked(by_number[n].parts)}", 2)
        if not cited.gold and seen.gold:
            page.line("gold: no evidence there", 2)
    page.head("Retrieved (* covers evidence)")
    for unit in seen.found:
        mark = "*" if unit.gold else " "
        which = f"  evidence {', '.join(map(str, unit.gold))}" if unit.gold else ""
        page.line(f"{unit.rank}. {mark} {unit.id}  {unit.score:.3f}{which}", 1)
        page.line(textwrap.shorten(unit.text, 160, placeholder=" …"), 3)
    if not seen.found:
        page.line("nothing", 1)
    page.head("Metrics")
    shown = [(name, found) for name, found in record.metrics.items() if found is not None]
    page.line("  ".join(f"{name} {found:g}".replace(" ", "\u00a0") for name, found in shown) or NONE, 1)
    page.head("Verdict")
    page.line(verdict + (f": {STAGES[record.stage]}" if record.stage in STAGES else ""), 1)
    for reason in record.reasons:
        page.line(f"- {reason}", 1)
    return page.text()


class _Page:
    """Lines wrapped at a width, indented by steps of two."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[str] = []

    def line(self, text: str, depth: int = 0) -> None:
        indent = "  " * depth
        self._lines += textwrap.wrap(
            readable(text), self._width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )

    def head(self, text: str) -> None:
        self._lines += ["", *textwrap.wrap(text, self._width)]

    def text(self) -> str:
        return "\n".join(self._lines).replace("\u00a0", " ")


def _marked(parts: Sequence[Part]) -> str:
    return "".join(f"⟦{part.text}⟧" if part.shared else part.text for part in parts)


def _outcome(record: Record) -> str:
    if record.error:
        return "crashed"
    if record.outcome == Outcome.ANSWERED:
        return f"answered, {record.grounding}, confidence {record.confidence:.2f}"
    return f"{record.outcome}: {(record.reason or '').replace('_', ' ')}"
