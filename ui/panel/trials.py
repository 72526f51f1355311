"""The table of clinical trials."""

import html

from ui.conversation import Engine
from ui.panel.frame import pane_html


def trials_html(engine: Engine) -> str:
    """Return the trials."""
    document = engine.documents[engine.article.id]
    return pane_html(
        "trials", "".join(f"<p>{html.escape(trial.id)} {html.escape(trial.title)}</p>" for trial in document.trials)
    )
