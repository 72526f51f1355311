"""The bibliography of the article as cards."""

import html

from ui.conversation import Engine
from ui.panel.frame import pane_html


def references_html(engine: Engine) -> str:
    """Return the bibliography."""
    document = engine.documents[engine.article.id]
    return pane_html(
        "references",
        "".join(f"<p>{reference.number}. {html.escape(reference.title)}</p>" for reference in document.references),
    )
