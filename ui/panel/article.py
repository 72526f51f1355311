"""The article as a whole, sentence by sentence, for reading a source where it stands."""

import html

from ui.conversation import Engine
from ui.messages import readable
from ui.panel.frame import pane_html


def article_html(engine: Engine) -> str:
    """Return the article."""
    document = engine.documents[engine.article.id]
    return pane_html(
        "article", "".join(f"<p>{html.escape(readable(sentence.text))}</p>" for sentence in document.sentences)
    )
