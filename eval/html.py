"""report.html: a run as one page that needs nothing else, neither network nor fonts nor scripts.

Texts of questions and answers are escaped by the templates; the page's policy allows its own
script and nothing from elsewhere, should anything slip through.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpus.types import Document
from eval import charts
from eval.figures import (
    LANGUAGES,
    LETTERS,
    REFUSALS,
    STAGES,
    VARIANTS,
    Summary,
    about,
    asked,
    failures,
    hard_rules,
    n_right,
    percent,
    readable,
)
from eval.gold import GoldItem, ResolvedItem, Suite
from eval.record import Record
from eval.runs import Run
from eval.sides import Sides, sides

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An item that was not right, as the list shows it."""

    anchor: str
    item: GoldItem
    record: Record
    seen: Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """An item in the overview of all of them; `anchor` is "" when it was right."""

    id: str
    question: str
    stage: str
    anchor: str


def html(
    run: Run, suite: Suite, summary: Summary, *, document: Document, others: Mapping[str, Summary] | None = None
) -> str:
    """Return the report of a run as one HTML page.

    Args:
        summary: of the run, as in its metrics.json.
        document: the article, which all spans point into.
        others: summaries of other systems on the same gold set, by the name to show.
    """
    beside = others or {}
    name = run.info.system
    found = failures(run, suite)
    ids = {value.item.id: f"item-{_slug(value.item.id)}" for value, _ in found}
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        run=run,
        summary=summary,
        others=tuple(beside),
        script=script,
        script_hash=f"sha256-{digest}",
        about=about(run, summary),
        right=n_right(summary["overall"]),
        n_asked=len(asked(run, suite)),
        broken=hard_rules(list(run.records.values())),
        crashed=[record.id for record in run.records.values() if record.error],
        anchors=ids,
        tiles=charts.tiles(summary),
        forest=charts.forest(summary),
        systems=charts.systems(name, summary, beside) if beside else [],
        gap=charts.gap(summary),
        consistency=_consistency(summary),
        heat_map=charts.heat_map(summary),
        squares=_squares(run, suite, ids),
        recall=charts.recall(name, summary, beside),
        risk=charts.risk(name, summary, beside),
        latency=charts.latency(run),
        stage_bars=charts.stage_bars(name, summary, beside),
        stage_rows=charts.stage_rows(run, suite, summary),
        refusals=charts.refusals(run, suite, summary),
        twins=charts.twins(summary),
        failures=[
            Failure(
                anchor=ids[value.item.id],
                item=value.item,
                record=record,
                seen=sides(value, record, source=document.text),
            )
            for value, record in found
        ],
        languages=LANGUAGES,
        stages=STAGES,
        letters=LETTERS,
        variants=VARIANTS,
        refusal_kinds=REFUSALS,
    )


def _finalize(value: object) -> object:
    """What a template writes, without control characters; what is markup already stays so."""
    return readable(value) if type(value) is str else value


def _consistency(summary: Summary) -> tuple[int, str, str] | None:
    found = summary["consistency"]
    if not found["n"]:
        return None
    return found["n"], percent(found["same_facts"], digits=0), percent(found["shared_evidence"], digits=0)


def _squares(run: Run, suite: Suite, anchors: Mapping[str, str]) -> dict[str, dict[str, list[Square]]]:
    """The items by type and language, twins apart."""
    groups: dict[str, dict[str, list[Square]]] = {}

    def kind(value: ResolvedItem) -> str:
        return "twins" if value.item.variant else str(value.item.type)

    for value, record in sorted(asked(run, suite), key=lambda both: (kind(both[0]) == "twins", kind(both[0]))):
        languages = groups.setdefault(kind(value), {})
        languages.setdefault(str(value.item.lang), []).append(
            Square(
                id=value.item.id,
                question=value.item.question,
                stage="right" if record.passed else record.stage,
                anchor=anchors.get(value.item.id, ""),
            )
        )
    return groups


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]", "_", text)
