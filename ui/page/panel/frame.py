"""The frame of the panel: the tabs above its panes."""

from ui.page.conversation import Engine
from ui.page.markup import both
from ui.strings.panel import PANEL_STRINGS

PANES = ("sources", "article", "references", "trials")
_TITLES = {"sources": "sources.title"}
_READINGS = (("sl", "SL"), ("both", "SL | EN"), ("en", "EN"))

# The strings that static/panel.js writes itself: names of buttons, choices of lists, counts.
SCRIPT_STRINGS = (
    "article.failed",
    "article.loading",
    "article.next",
    "article.previous",
    "article.reading",
    "card.source",
    "panel.label",
    "references.any_year",
    "references.search",
    "sources.close",
    "sources.title",
    "trials.any",
    "trials.search",
    *(key for key in PANEL_STRINGS if key.startswith(("references.sort.", "references.shown.", "reading."))),
    *(key for key in PANEL_STRINGS if key.startswith("trials.shown.")),
)


def panel_head_html(engine: Engine) -> str:
    """Return the tabs of the panel and the bar under them; the cross closes the sheet on narrow screens."""
    document = engine.documents[engine.article.id]
    counts = {"references": len(document.references), "trials": len(document.trials)}
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{pane}" data-pane-tab="{pane}" aria-controls="pane-{pane}" '
        f'aria-selected="{"true" if pane == PANES[0] else "false"}">{both(_TITLES.get(pane, f"panel.{pane}"))}'
        f"{f'<span> ({counts[pane]})</span>' if pane in counts else ''}</button>"
        for pane in PANES
    )
    return (
        f'<div class="ev-panel-head"><div class="ev-segments" role="tablist" data-label="panel.label">{tabs}</div>'
        '<button type="button" class="ev-icon ev-close" data-close data-label="sources.close">✕</button></div>'
        f"{_bar_html()}"
    )


def _bar_html() -> str:
    """Return the way back, the walk through the sources of an answer, and the language of the article."""
    readings = "".join(
        f'<button type="button" data-reading="{reading}" data-title-of="reading.{reading}" '
        f'aria-pressed="{"true" if reading == "both" else "false"}">{label}</button>'
        for reading, label in _READINGS
    )
    return (
        '<div class="ev-trail" data-trail hidden>'
        '<button type="button" class="ev-button" data-back><span aria-hidden="true">←</span> '
        f'<span data-back-name="back"><span class="ev-to-source">{both("article.back")}</span>'
        f'<span class="ev-to-back">{both("panel.back")}</span></span></button>'
        '<span class="ev-walk" data-walk>'
        '<button type="button" class="ev-icon" data-step="-1" data-label="article.previous">‹</button>'
        '<span class="ev-where" data-where role="status"></span>'
        '<button type="button" class="ev-icon" data-step="1" data-label="article.next">›</button></span>'
        f'<button type="button" class="ev-button" data-contents>{both("article.contents")}</button>'
        f'<div class="ev-segments" role="group" data-reading-choice data-label="article.reading">{readings}</div></div>'
    )


def open_button_html() -> str:
    """Return what opens the panel on narrow screens before there is a citation to tap."""
    return f'<button type="button" class="ev-button ev-open" data-open-panel>{both("panel.label")}</button>'


def pane_html(pane: str, content: str) -> str:
    """Return a pane with its content."""
    return f'<div role="tabpanel" id="pane-{pane}" aria-labelledby="tab-{pane}">{content}</div>'
