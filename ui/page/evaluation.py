"""The evaluation tab: tiles, tables with intervals, failures to ask again, a comparison. Everything given is escaped.

The evaluation is imported when the tab is first opened, and only here (and in `evidenca eval`).
"""

import html
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.types import Language
from ui.page.conversation import Engine
from ui.page.markup import both, either
from ui.strings import STRINGS, string

if TYPE_CHECKING:
    from eval.board import Board, Boards
    from eval.compare import Comparison

logger = logging.getLogger(__name__)

Means = Mapping[str, Mapping[str, float]]

# In the order of the table; the first ones are those that comparisons test.
_METRICS = (
    "passed",
    "vital_recall",
    "citation_precision",
    "refusal_right",
    "R@5",
    "citation_recall",
    "number_fidelity",
    "evidence_recall",
    "RR@10",
    "language_match",
    "hallucination",
    "error",
)
_BY_TYPE = ("passed", "vital_recall", "citation_precision", "R@5")
_MOVED = 0.0005


class EvaluationTab:
    """Makes the content of the tab, and keeps what it has made: a run never changes."""

    def __init__(self, engine: Engine, *, runs: Path = Path("runs")) -> None:
        """`runs` is the folder of `evidenca eval run`; it may not exist."""
        self._engine = engine
        self._runs = runs
        self._boards: Boards | None = None
        self._made: dict[tuple[str, str, tuple[str, ...]], str] = {}

    def content(self, *, run: str = "", other: str = "") -> str:
        """Return the content for a run (default: the baseline), compared with another if one is named."""
        from eval.board import Boards
        from eval.runs import NotComparableError, RunError

        if self._boards is None:
            article = self._engine.article
            self._boards = Boards(article, self._engine.documents[article.id], self._runs)
        offered = self._boards.offered()
        # Only names that are offered, so that what a browser sends cannot fill the memory.
        key = (run if run in offered else "", other if other in offered else "", tuple(offered))
        try:
            if key not in self._made:
                board = self._boards.board(name=key[0], other=key[1])
                self._made[key] = board_html(board, tuple(offered), chosen=key[1])
            return self._made[key]
        except NotComparableError:
            return _problem("evaluation.not_comparable")
        except RunError:
            logger.exception("The evaluation cannot be shown.")
            return _problem("evaluation.no_run")
        except ImportError:
            return _problem("evaluation.needs_extra")


def _problem(key: str) -> str:
    return f'<div class="ev-page"><h2>{both("evaluation.title")}</h2><p role="alert">{both(key)}</p></div>'


def board_html(board: "Board", offered: Sequence[str], *, chosen: str) -> str:
    """Return a run as HTML.

    Args:
        offered: names of all runs, for the choice of another.
        chosen: the one it is compared with, or "".
    """
    summary = board.summary
    lead = both(
        "evaluation.lead",
        n=int(summary["overall"]["passed"]["n"]),  # without robustness twins, which repeat questions
        n_pairs=summary["n_pairs"],
        system=board.info.system,
        created=board.info.created[:10],
    )
    parts = (
        f'<div class="ev-page"><h2>{both("evaluation.title")}</h2><p class="ev-lead">{lead}</p>',
        _choices(board, offered, chosen),
        _tiles(summary),
        _comparison(board.comparison) if board.comparison is not None else "",
        _section("evaluation.by_language", _language_table(summary)),
        _section("evaluation.by_type", _type_table(summary["by_type"])),
        _section("evaluation.by_refusal", _refusal_table(summary["by_refusal"])),
        _section("evaluation.failures", _failures(board)),
        "</div>",
    )
    return "".join(parts)


def _section(title: str, content: str) -> str:
    return f"<section><h3>{both(title)}</h3>{content}</section>"


# --- Choices and tiles ---


def _choices(board: "Board", offered: Sequence[str], chosen: str) -> str:
    runs = "".join(_option(name, name, name == board.name) for name in offered)
    others = "".join(_option(name, name, name == chosen) for name in board.others)
    nothing = _option("", "–", not chosen)
    return (
        f'<div class="ev-choices"><label>{both("evaluation.run")} <select data-run>{runs}</select></label>'
        f"<label>{both('evaluation.compare')} <select data-compare>{nothing}{others}</select></label></div>"
    )


def _option(value: str, text: str, selected: bool) -> str:
    return f'<option value="{html.escape(value)}"{" selected" if selected else ""}>{html.escape(text)}</option>'


def _tiles(summary: Mapping[str, Any]) -> str:
    overall, refusals = summary["overall"], summary["refusals"]["all"]
    by_language = summary["by_language"]
    counts = {f"n_{code}": int(by_language[code]["passed"]["n"]) for code in by_language}
    tiles = [
        (str(int(overall["passed"]["n"])), both("tile.questions", **counts)),
        (_percent(overall["passed"]["mean"]), both("tile.right")),
        (_percent(overall["citation_precision"]["mean"]), both("tile.citations")),
        (_percent(refusals["recall"]["mean"]), both("tile.refusals")),
    ]
    latency = summary["latency"]
    if latency["n"]:
        tiles.append((_decimal(f"{latency['p50']:.0f}\N{NO-BREAK SPACE}ms"), both("tile.latency")))
    elif summary["median_words"] is not None:
        tiles.append((f"{summary['median_words']:.0f}", both("tile.words")))
    cards = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for value, label in tiles)
    return f'<dl class="ev-tiles">{cards}</dl>'


# --- Tables ---


def _language_table(summary: Mapping[str, Any]) -> str:
    columns: dict[str, Means] = {"all": summary["overall"], **summary["by_language"]}
    rows = [
        (both(f"metric.{name}"), [_cell(means.get(name), strong=key == "all") for key, means in columns.items()])
        for name in _METRICS
        if name in summary["overall"]
    ]
    return _table("evaluation.by_language", "evaluation.metric", [f"evaluation.{key}" for key in columns], rows)


def _type_table(groups: Mapping[str, Means]) -> str:
    rows = [(_named("type", key), [_cell(means.get(name)) for name in _BY_TYPE]) for key, means in groups.items()]
    return _table("evaluation.by_type", "evaluation.type", [f"metric.{name}" for name in _BY_TYPE], rows)


def _refusal_table(groups: Mapping[str, Means]) -> str:
    rows = [(_named("refusal", key), [_cell(means.get("refusal_right"))]) for key, means in groups.items()]
    return _table("evaluation.by_refusal", "evaluation.refusal", ["tile.refusals"], rows)


def _named(group: str, key: str) -> str:
    """Return the text of a key, or the key itself where a later evaluation has a new one."""
    name = f"{group}.{key}"
    return both(name) if name in STRINGS else html.escape(key)


def _table(label: str, first: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    head = "".join(f'<th scope="col">{both(key)}</th>' for key in (first, *columns))
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, cells in rows
    )
    return (
        f'<div class="ev-scroll" tabindex="0" role="region" data-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(found: Mapping[str, float] | None, *, strong: bool = False) -> str:
    """Return a mean with its interval and n, and the same as a bar, which says nothing more."""
    if not found:
        return "–"
    low, high = found.get("low"), found.get("high")
    interval = ""
    ticks = ""
    if low is not None and high is not None and low != high:
        interval = f" [{_bare(low)}–{_bare(high)}]"
        ticks = "".join(f'<i style="left:{100 * share:.1f}%"></i>' for share in (low, high))
    bar = f'<b style="width:{100 * found["mean"]:.1f}%"></b>{ticks}'
    return (
        f'<strong>{_percent(found["mean"])}</strong><span class="ev-interval">{interval} n {int(found["n"])}</span>'
        f'<span class="ev-share{" ev-strong" if strong else ""}" aria-hidden="true">{bar}</span>'
    )


def _percent(share: float) -> str:
    from eval.figures import percent

    return _decimal(f"{percent(share)}\N{NO-BREAK SPACE}%")


def _bare(share: float) -> str:
    from eval.figures import percent

    return percent(share, digits=0)


def _decimal(text: str) -> str:
    """Return a number as each language writes it."""
    return either({Language.SL: text.replace(".", ","), Language.EN: text})


# --- Failures ---


def _failures(board: "Board") -> str:
    if not board.failures:
        return f"<p>{both('evaluation.no_failures')}</p>"
    groups: dict[str, list[str]] = {}
    for value, record in board.failures:
        # As it was understood a follow-up stands by itself, so it can be asked alone.
        question = record.resolved_question or value.item.question
        groups.setdefault(record.stage, []).append(_asking(question, value.item.lang, type_=str(value.item.type)))
    blocks = "".join(
        f"<details><summary>{_named('stage', stage)} ({len(items)})</summary><ul>{''.join(items)}</ul></details>"
        for stage, items in sorted(groups.items(), key=lambda entry: -len(entry[1]))
    )
    return f"<p>{both('evaluation.failures_lead')}</p>{blocks}"


def _asking(question: str, language: str, *, type_: str = "") -> str:
    """Return an entry that asks its question in the chat when it is clicked."""
    text = html.escape(question)
    kind = f' <span class="ev-kind">{_named("type", type_)}</span>' if type_ else ""
    return f'<li><button type="button" class="ev-link" lang="{language}" data-ask="{text}">{text}</button>{kind}</li>'


# --- Comparison ---


def _comparison(found: "Comparison") -> str:
    better = [flip for flip in found.flips if flip.better]
    worse = [flip for flip in found.flips if not flip.better]
    verdict = both(
        f"evaluation.{found.outcome}",
        better=len(better),
        worse=len(worse),
        n=found.n_items,
        smallest=f"{100 * found.smallest_drop:.0f}",
    )
    rows = [
        (
            both(f"metric.{change.name}"),
            [
                _percent(change.base),
                _percent(change.candidate),
                _decimal(_points(change.difference.mean, change.difference.low, change.difference.high)),
            ],
        )
        for change in found.metrics
        if f"metric.{change.name}" in STRINGS and (change.primary or abs(change.difference.mean) > _MOVED)
    ]
    columns = ("evaluation.before", "evaluation.after", "evaluation.difference")
    lists = "".join(
        f"<details><summary>{both(key)} ({len(flips)})</summary>"
        f"<ul>{''.join(_asking(flip.question, _language_of(flip.id)) for flip in flips)}</ul></details>"
        for key, flips in (("evaluation.worse", worse), ("evaluation.better", better))
        if flips
    )
    title = both("evaluation.comparison", base=found.base, candidate=found.candidate)
    table = _table("evaluation.compare", "evaluation.metric", columns, rows)
    return f'<section><h3>{title}</h3><p class="ev-verdict">{verdict}</p>{table}{lists}</section>'


def _points(mean: float, low: float, high: float) -> str:
    from eval.figures import points

    return points(mean) if low == high else f"{points(mean)} [{points(low)}, {points(high)}]"


def _language_of(item: str) -> str:
    """Return the language of a gold item, which ends its id."""
    return item.rsplit("-", 1)[-1] if item.endswith(("-sl", "-en")) else ""


def loading_html() -> str:
    """Return what stands in the tab until its content has come."""
    texts = {language: html.escape(string("evaluation.loading", language)) for language in Language}
    return f'<div id="ev-evaluation-content"><p class="ev-page">{either(texts)}</p></div>'
