"""The frame of the panel: the tabs above its panes."""

from rag.engine import EngineDescription
from ui.markup import both

PANES = ("sources", "article", "references", "trials")
# The strings that static/panel.js writes into attributes and counts.
SCRIPT_STRINGS = ("panel.label", "sources.close", "sources.title")


def panel_head_html(description: EngineDescription) -> str:
    """Return the tabs of the panel; the button closes the sheet on narrow screens."""
    counts = {"references": description.n_references, "trials": description.n_trials}
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{pane}" data-pane-tab="{pane}" aria-controls="pane-{pane}" '
        f'aria-selected="{"true" if pane == PANES[0] else "false"}">{both(f"panel.{pane}")}'
        f"{f' ({counts[pane]})' if pane in counts else ''}</button>"
        for pane in PANES
    )
    return (
        f'<div class="ev-panel-head"><div class="ev-segments" role="tablist" data-label="panel.label">{tabs}</div>'
        '<button type="button" class="ev-icon ev-close" data-close data-label="sources.close">✕</button></div>'
    )


def pane_html(pane: str, content: str) -> str:
    """Return a pane with its content."""
    return f'<div role="tabpanel" id="pane-{pane}" aria-labelledby="tab-{pane}">{content}</div>'
