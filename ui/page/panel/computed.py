"""What an answer computed over a table or the bibliography: its condition and the rows that met it."""

import html

from corpus.types import Document
from rag.answer import Answer
from ui.page.conversation import Engine
from ui.page.markup import both, both_counted
from ui.page.panel.anchors import reference_anchor, trial_anchor


def is_about_works(answer: Answer) -> bool:
    """Return whether the answer counted works of the bibliography, not rows of a table."""
    return answer.computation is not None and any(row.startswith("ref:") for row in answer.computation.rows)


def computed_html(engine: Engine, answer: Answer) -> str:
    """Return how the answer was computed, so that anyone can repeat it; "" when it was not."""
    computation = answer.computation
    if computation is None:
        return ""
    condition = (
        f'<span lang="{answer.language}">{html.escape(computation.filter)}</span>'
        if computation.filter
        else both("computed.all")
    )
    counting = "computed.works" if is_about_works(answer) else "computed.rows"
    document = engine.documents[engine.article.id]
    links = _links(engine, document, computation.rows)
    trials = [trial.id for trial in document.trials if trial.row_id in computation.rows]
    show = (
        f'<p class="ev-buttons"><button type="button" class="ev-button" data-rows="{html.escape(" ".join(trials))}">'
        f"{both('computed.show')}</button></p>"
        if trials
        else ""
    )
    return (
        f'<div class="ev-computed"><h4>{both("computed.title")}</h4><p>{both("computed.filter")}: {condition}</p>'
        f"<details{' open' if len(links) <= 12 else ''}><summary>{both_counted(counting, len(computation.rows))}"
        f'</summary><p class="ev-found">{" ".join(links)}</p></details>{show}</div>'
    )


def _links(engine: Engine, document: Document, rows: tuple[str, ...]) -> list[str]:
    """Return a link to each row in its pane."""
    trials = {trial.row_id: trial.id for trial in document.trials}
    links = []
    for row in rows:
        if row in trials:
            links.append(f'<a href="#{html.escape(trial_anchor(trials[row]))}">{html.escape(trials[row])}</a>')
        elif row.startswith("ref:") and row[4:].isdecimal():
            anchor = html.escape(reference_anchor(engine, document.id, int(row[4:])))
            links.append(f'<a href="#{anchor}">{row[4:]}</a>')
        else:
            links.append(html.escape(row))
    return links
