"""Header and footer of the page as HTML. Everything that was not written here is escaped."""

import html
import re

from corpus.types import Language
from rag.engine import EngineDescription
from ui.markup import both, outward

_LICENCE_LINKS = {"CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/"}


def header_html() -> str:
    """Return the top of the page."""
    languages = "".join(
        f'<button type="button" data-language="{code}" lang="{code}" title="{name}">{code.upper()}</button>'
        for code, name in ((Language.SL, "Slovenščina"), (Language.EN, "English"))
    )
    return f"""<a class="ev-skip" href="#ev-question" data-skip>{both("header.skip")}</a>
<header class="ev-top"><span class="ev-mark" aria-hidden="true">E</span>
<div class="ev-name"><h1>Evidenca</h1><p>{both("article.short")}</p></div>
<div class="ev-segments" role="group" data-label="header.language">{languages}</div>
<button type="button" class="ev-icon" data-theme data-label="header.theme">◐</button></header>"""


def footer_html(description: EngineDescription) -> str:
    """Return the line under the question: what this is not, and on demand what it is."""
    article = re.sub(
        r"https://doi\.org/[\w./()-]+\w",
        lambda doi: outward(doi.group(), doi.group()),
        html.escape(description.article),
    )
    licence = html.escape(description.licence)
    if link := _LICENCE_LINKS.get(description.licence):
        licence = outward(link, licence)
    counts = both("about.counts", n_references=description.n_references, n_trials=description.n_trials)
    rows = (
        ("about.engine", both("about.engine_text")),
        ("about.search", both("about.search_text", model=description.embedding_model)),
        ("about.offline", both("about.offline_text")),
        ("about.article", f"{article} {counts}"),
        ("about.licence", licence),
    )
    terms = "".join(f"<dt>{both(key)}</dt><dd>{text}</dd>" for key, text in rows)
    return (
        f'<div class="ev-foot"><p class="ev-scope">{both("scope")}</p><details class="ev-about">'
        f"<summary>{both('about.title')}</summary><dl>{terms}</dl></details></div>"
    )
