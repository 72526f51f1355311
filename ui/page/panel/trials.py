"""The table of clinical trials to browse: filters, a chart that follows them, and a card for each trial."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.types import Document, Language, Table, TableRow, Trial
from ingest.chunk import cell_translation
from ui.page.conversation import Engine
from ui.page.markup import both, either, outward, registry_url
from ui.page.panel.anchors import piece_anchor, section_mark, trial_anchor
from ui.page.panel.frame import pane_html
from ui.page.panel.rows import row_html
from ui.strings import string

Texts = dict[Language, str]
FACETS = ("country", "status", "phase")
_COLUMNS = (
    ("id", "trials.column.id"),
    ("title", "trials.column.title"),
    ("status", "trials.status"),
    ("country", "trials.country"),
    ("n", "trials.column.n"),
    ("phase", "trials.phase"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A trial with what is shown and sorted by: keys of its facets, and their names in both languages."""

    trial: Trial
    table: Table
    row: TableRow
    condition: Texts
    keys: Mapping[str, str]
    names: Mapping[str, Texts]


def trials_html(engine: Engine) -> str:
    """Return the pane of the trials of the bundled article."""
    document = engine.documents[engine.article.id]
    title = f'<h2 class="ev-hidden">{both("trials.title")}</h2>'
    shown = _shown(engine, document)
    if not shown:
        return pane_html("trials", f'{title}<p class="ev-none">{both("trials.none")}</p>')
    return pane_html("trials", f"{title}{_tools_html(shown)}{_chart_html(shown)}{_table_html(engine, document, shown)}")


def _shown(engine: Engine, document: Document) -> list[_Shown]:
    rows = {row.id: (table, row) for table in document.tables for row in table.rows}
    found = []
    for trial in document.trials:
        table, row = rows[trial.row_id]

        def english(printed: str, row: TableRow = row) -> str:
            column = next((cell.column for cell in row.cells if cell.text == printed), "")
            return cell_translation(row, column, printed, engine.article)

        found.append(
            _Shown(
                trial=trial,
                table=table,
                row=row,
                condition={Language.SL: trial.condition, Language.EN: english(trial.condition_raw)},
                keys={"country": trial.country, "status": trial.status, "phase": phase_key(trial)},
                names={
                    "country": {Language.SL: trial.country, Language.EN: english(trial.country_raw)},
                    "status": {
                        Language.SL: trial.status_text or trial.status,
                        Language.EN: english(trial.status),
                    },
                    "phase": phase_names(trial),
                },
            )
        )
    return found


def phase_key(trial: Trial) -> str:
    """Return what trials of one phase have in common; the keys sort as the phases do."""
    if trial.early:
        return "0"
    if trial.phases:
        return "/".join(map(str, trial.phases))
    return "O" if trial.observational else "N"


def phase_names(trial: Trial) -> Texts:
    """Return what the phase of a trial is called."""
    phases = "/".join(map(str, trial.phases))
    if trial.early:
        key = "phase.early"
    elif trial.phases:
        key = "phase.numbered"
    else:
        key = "phase.observational" if trial.observational else "phase.none"
    return {language: string(key, language, phases=phases) for language in Language}


def _escaped(texts: Mapping[Language, str]) -> Texts:
    return {language: html.escape(text) for language, text in texts.items()}


def _facet(shown: Sequence[_Shown], facet: str) -> list[tuple[str, Texts, int]]:
    """Return key, names and count of each value: phases in their order, others by count."""
    counts = Counter(item.keys[facet] for item in shown)
    names = {item.keys[facet]: item.names[facet] for item in shown}
    order = sorted(counts) if facet == "phase" else [key for key, _ in counts.most_common()]
    return [(key, names[key], counts[key]) for key in order]


# --- Filters and chart ---


def _tools_html(shown: Sequence[_Shown]) -> str:
    selects = "".join(
        f'<label>{both(f"trials.{facet}")} <select data-filter="{facet}"><option value="" data-text="trials.any">'
        f"</option>{_options(shown, facet)}</select></label>"
        for facet in FACETS
    )
    return (
        '<div class="ev-tools" data-tools="trials">'
        '<input type="search" class="ev-search" data-search data-label="trials.search" autocomplete="off">'
        f"{selects}"
        f'<button type="button" class="ev-button" data-only hidden>{both("trials.of_answer")} ✕</button>'
        f'<button type="button" class="ev-button" data-reset hidden>{both("trials.reset")}</button>'
        '<p class="ev-count" role="status" data-count></p></div>'
    )


def _options(shown: Sequence[_Shown], facet: str) -> str:
    return "".join(
        f'<option value="{html.escape(key)}" data-sl="{html.escape(names[Language.SL])}" '
        f'data-en="{html.escape(names[Language.EN])}"></option>'
        for key, names, _ in _facet(shown, facet)
    )


def _chart_html(shown: Sequence[_Shown]) -> str:
    """Return bars of the number of trials; each is a button that filters, the number stands beside it."""
    groups = []
    for facet in FACETS:
        values = _facet(shown, facet)
        largest = max(count for _, _, count in values)
        bars = "".join(
            f'<li><button type="button" data-bar="{facet}" data-value="{html.escape(key)}" aria-pressed="false">'
            f'<span class="ev-bar-name">{either(_escaped(names))}</span>'
            f'<span class="ev-bar-track" aria-hidden="true">'
            f'<span style="width:{100 * count / largest:.0f}%"></span></span>'
            f'<span class="ev-bar-n" data-n>{count}</span></button></li>'
            for key, names, count in values
        )
        groups.append(f"<div><h3>{both(f'trials.{facet}')}</h3><ul>{bars}</ul></div>")
    return (
        f'<details class="ev-chart" open><summary>{both("trials.chart")}</summary>'
        f'<div class="ev-charts">{"".join(groups)}</div></details>'
    )


# --- Table ---


def _table_html(engine: Engine, document: Document, shown: Sequence[_Shown]) -> str:
    heads = "".join(
        f'<th scope="col" class="ev-col-{column}"><button type="button" data-order="{column}">{both(key)}'
        f'<span class="ev-arrow" aria-hidden="true"></span></button></th>'
        for column, key in _COLUMNS
    )
    bodies = "".join(_trial_html(engine, document, item) for item in shown)
    return f'<table class="ev-trials"><thead><tr>{heads}</tr></thead>{bodies}</table>'


def _trial_html(engine: Engine, document: Document, item: _Shown) -> str:
    trial = item.trial
    trial_id = html.escape(trial.id)
    anchor = html.escape(trial_anchor(trial.id))
    data = "".join(f' data-{facet}="{html.escape(key)}"' for facet, key in item.keys.items())
    cells = {
        "id": f'<button type="button" class="ev-more" data-more aria-expanded="false" aria-controls="{anchor}-card">'
        f'<span class="ev-arrow" aria-hidden="true">▸</span> {trial_id}</button>',
        "title": f'<span lang="en">{html.escape(trial.title)}</span>'
        f'<span class="ev-muted">{either(_escaped(item.condition))}</span>',
        "n": str(trial.enrolment),
        **{facet: either(_escaped(item.names[facet])) for facet in FACETS},
    }
    columns = "".join(f'<td class="ev-col-{column}">{cells[column]}</td>' for column, _ in _COLUMNS)
    return (
        f'<tbody data-trial="{trial_id}" data-n="{trial.enrolment}" data-title="{html.escape(trial.title)}"{data}>'
        f'<tr id="{anchor}" tabindex="-1">{columns}</tr>'
        f'<tr id="{anchor}-card" class="ev-detail" hidden><td colspan="{len(_COLUMNS)}">'
        f"{_detail_html(engine, document, item)}</td></tr></tbody>"
    )


def _detail_html(engine: Engine, document: Document, item: _Shown) -> str:
    row = item.row
    at = html.escape(piece_anchor(engine, document.id, row.id))
    notes = "".join(
        f'<p class="ev-note"><strong>{both("article.note")}:</strong> {either(_escaped(note.text))}</p>'
        for note in engine.article.notes_by_piece.get(row.id, ())
    )
    return (
        f"{row_html(item.table, row, engine.article)}{notes}{_named_html(engine, document, item.trial)}"
        f'<p class="ev-buttons">{outward(registry_url(item.trial.id), both("trials.registry") + " ↗")}'
        f'<a href="#{at}">{both("trials.in_article")}</a></p>'
    )


def _named_html(engine: Engine, document: Document, trial: Trial) -> str:
    """Return links to the sentences that name a trial."""
    links = []
    for sentence in document.sentences:
        if trial.id in sentence.trials:
            mark = either(_escaped(section_mark(engine, document, sentence.section)))
            links.append(f'<a href="#{html.escape(piece_anchor(engine, document.id, sentence.id))}">{mark}</a>')
    return f'<p class="ev-citing">{both("trials.named_in")} {" ".join(links)}</p>' if links else ""
