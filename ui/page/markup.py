"""Small pieces of HTML that every part of the page is made of. Everything given is escaped."""

import html
from urllib.parse import quote

from corpus.types import Language
from ui.strings import counted, string


def either(texts: dict[Language, str]) -> str:
    """Return HTML that shows the text of the interface language; the style sheet hides the other.

    Args:
        texts: HTML, escaped already; once where both are the same.
    """
    if len(set(texts.values())) == 1:
        return texts[Language.SL]
    return "".join(f'<span class="t-{language}">{text}</span>' for language, text in texts.items())


def both(key: str, **values: object) -> str:
    """Return the text of `key` in both languages; the style sheet hides one of them."""
    return "".join(
        f'<span class="t-{language}">{html.escape(string(key, language, **values))}</span>' for language in Language
    )


def both_counted(key: str, n: int) -> str:
    """Return the text of `key` for `n` things in both languages, each in its grammatical number."""
    return "".join(
        f'<span class="t-{language}">{html.escape(counted(key, n, language))}</span>' for language in Language
    )


def outward(url: str, text: str) -> str:
    """Return a link that leaves the page: in a new tab, which learns nothing about this one.

    Args:
        text: HTML, escaped already.
    """
    return f'<a class="ev-out" href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'


def doi_url(doi: str) -> str:
    """Return the address of a DOI; parentheses and other signs in it are encoded."""
    return f"https://doi.org/{quote(doi, safe='/')}"


def pubmed_url(pmid: str) -> str:
    """Return the address of an entry of PubMed."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{quote(pmid)}/"


def registry_url(trial: str) -> str:
    """Return the address of a trial in its registry."""
    return f"https://clinicaltrials.gov/study/{quote(trial)}"
