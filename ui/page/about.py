"""The tab "About": what answers, about what, how, its limits, and what leaves the machine."""

import html
import re
from collections.abc import Iterable

from corpus.config import VERSION
from rag.engine import EngineDescription
from ui.page.markup import both, outward

_LICENCE_LINKS = {"CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/"}
_DOI = re.compile(r"https://doi\.org/[\w./()-]+\w")
_N_STEPS = 4
_N_LIMITS = 4
# What to press, and what it does. The letters are read by their place on the keyboard (static/chat.js).
_KEYS = (
    (("Enter",), "keys.send"),
    (("Shift", "Enter"), "keys.line"),
    (("Alt", "Shift", "Q"), "keys.question"),
    (("Alt", "Shift", "1–9"), "keys.source"),
    (("Alt", "Shift", "C / E / A"), "keys.tabs"),
    (("Esc",), "keys.back"),
)


def about_html(description: EngineDescription, *, rated: bool) -> str:
    """Return the content of the tab.

    Args:
        rated: verdicts on answers are kept.
    """
    cards = (
        _card("about.how", _list("ol", (both(f"about.how.{n}") for n in range(1, _N_STEPS + 1)))),
        _card("about.engine", _engine(description)),
        _card("about.article", _article(description)),
        _card("about.limits", _list("ul", (both(f"about.limits.{n}") for n in range(1, _N_LIMITS + 1)))),
        _card("about.privacy", _list("ul", _privacy(description, rated=rated))),
        _card("history.title", _history()),
        _card("keys.title", _keys()),
    )
    return (
        f'<div class="ev-page"><h2>{both("about.title")}</h2><p class="ev-lead">{both("about.lead")}</p>'
        f'<div class="ev-about">{"".join(cards)}</div></div>'
    )


def _card(title: str, content: str) -> str:
    return f"<section><h3>{both(title)}</h3>{content}</section>"


def _list(tag: str, items: Iterable[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


def _terms(rows: Iterable[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{both(key)}</dt><dd>{text}</dd>' for key, text in rows)}</dl>"


def _engine(description: EngineDescription) -> str:
    model = description.language_model
    return _terms(
        (
            ("about.composing", both("about.model", model=model) if model else both("about.extractive")),
            ("about.search", both("about.search_text", model=description.embedding_model)),
            ("about.network", both("about.privacy.model" if model else "about.offline")),
            ("about.version", html.escape(VERSION)),
        )
    )


def _article(description: EngineDescription) -> str:
    citation = _DOI.sub(lambda doi: outward(doi.group(), doi.group()), html.escape(description.article))
    licence = html.escape(description.licence)
    if link := _LICENCE_LINKS.get(description.licence):
        licence = outward(link, licence)
    counts = both("about.counts", n_references=description.n_references, n_trials=description.n_trials)
    return _terms((("about.cite", citation), ("about.licence", licence))) + f"<p>{counts}</p>"


def _privacy(description: EngineDescription, *, rated: bool) -> tuple[str, ...]:
    return (
        both("about.privacy.model" if description.language_model else "about.privacy.extractive"),
        both("about.privacy.links"),
        both("about.privacy.feedback" if rated else "about.privacy.no_feedback"),
    )


def _history() -> str:
    return (
        f'<label class="ev-check"><input type="checkbox" data-keep-history><span>{both("history.keep")}</span></label>'
        f"<p>{both('history.text')}</p>"
        f'<button type="button" class="ev-button" data-delete-history>{both("history.delete")}</button>'
        '<p role="status" data-history-status></p>'
    )


def _keys() -> str:
    rows = "".join(
        f"<dt>{' + '.join(f'<kbd>{html.escape(key)}</kbd>' for key in keys)}</dt><dd>{both(meaning)}</dd>"
        for keys, meaning in _KEYS
    )
    return f'<dl class="ev-keys">{rows}</dl>'
