"""Small pieces of HTML that every part of the page is made of. Everything given is escaped."""

import html

from corpus.types import Language
from ui.strings import string


def both(key: str, **values: object) -> str:
    """Return the text of `key` in both languages; the style sheet hides one of them."""
    return "".join(
        f'<span class="t-{language}">{html.escape(string(key, language, **values))}</span>' for language in Language
    )


def outward(url: str, text: str) -> str:
    """Return a link that leaves the page: in a new tab, which learns nothing about this one.

    Args:
        text: HTML, escaped already.
    """
    return f'<a class="ev-out" href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'
