"""Text of an article as HTML: emphasis as printed, Greek letters, and links for what it cites and names."""

import html
import re
from collections.abc import Callable, Collection, Iterable

from corpus.types import Document, Spans
from ui.page.markup import outward
from ui.page.messages import readable

# Groups of citations as in "(11,12,27-30)" and "[3]", and registry ids of trials.
_CITED = r"(?<![\w)])[(\[]\d{1,3}(?:\s*[-–,]\s*\d{1,3})*[)\]]"
_TRIAL = r"\bNCT\d{8}\b"
_DOI = r"<?(?P<url>https://doi\.org/[\w./()-]*\w)>?"
_NUMBER = re.compile(r"\d+")
_EMPHASIS = re.compile(r"(?<![\\*])(\*{1,3})(?=[^\s*])(.+?)(?<=[^\s*\\])\1(?!\*)", re.DOTALL)
_BLANKS = re.compile(r"\s+")


def emphasised(document: Document, spans: Spans) -> tuple[str, ...]:
    """Return the words that the article prints in italics or bold within `spans`."""
    source = " ".join(document.text[start:end] for start, end in spans)
    return tuple(dict.fromkeys(_BLANKS.sub(" ", found[2]) for found in _EMPHASIS.finditer(source)))


def rich(
    text: str,
    *,
    italics: Iterable[str] = (),
    numbers: Collection[int] = (),
    number_link: Callable[[int], str] | None = None,
    trial_link: Callable[[str], str] | None = None,
) -> str:
    """Return `text` as HTML, escaped, with emphasis and links; a DOI that it spells out is one too.

    Args:
        italics: words to set in italics where they stand.
        numbers: what the text cites; other numbers in parentheses are no citations.
        number_link: makes the link of a cited number.
        trial_link: makes the link of a registry id.
    """
    text = readable(text)
    words = sorted((readable(word) for word in italics), key=len, reverse=True)
    patterns = [rf"(?P<word>(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w))"] if words else []
    patterns += [rf"(?P<cited>{_CITED})", rf"(?P<trial>{_TRIAL})", rf"(?P<doi>{_DOI})"]
    parts: list[str] = []
    end = 0
    for found in re.finditer("|".join(patterns), text):
        parts.append(html.escape(text[end : found.start()]))
        parts.append(_marked(found, numbers, number_link, trial_link))
        end = found.end()
    return "".join((*parts, html.escape(text[end:])))


def _marked(
    found: re.Match[str],
    numbers: Collection[int],
    number_link: Callable[[int], str] | None,
    trial_link: Callable[[str], str] | None,
) -> str:
    text = html.escape(found.group())
    if found.lastgroup == "word":
        return f"<em>{text}</em>"
    if found.lastgroup in ("doi", "url"):
        return outward(found["url"], html.escape(found["url"]))
    if found.lastgroup == "trial":
        return trial_link(found.group()) if trial_link else text
    if number_link is None or not all(int(number) in numbers for number in _NUMBER.findall(text)):
        return text
    return _NUMBER.sub(lambda number: number_link(int(number.group())), text)
