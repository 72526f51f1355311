"""Plain text and Markdown: decoded, and otherwise left exactly as received."""

import re
import unicodedata
from pathlib import Path

from corpus.errors import CorpusError

_MARKDOWN_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# The older encodings of Slovene text, and where č, š and ž stand in each.
_LEGACY = (
    ("Windows-1250", "cp1250", b"\xe8\xc8\x9a\x8a\x9e\x8e"),
    ("ISO 8859-2", "iso-8859-2", b"\xe8\xc8\xb9\xa9\xbe\xae"),
    ("Windows-1252", "cp1252", b"\x91\x92\x93\x94\x96\x97\xb5\xb0\xe9"),
)


def decode(path: Path, raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text in `raw` and what was changed: a byte order mark left out, NFD composed.

    Line ends stay as they are.

    Args:
        path: for messages only.

    Raises:
        CorpusError: the bytes are no UTF-8 text; names line and byte.
    """
    problems: list[str] = []
    if raw.startswith(_UTF_16_MARKS):
        raise CorpusError(f"{path} is UTF-16, not UTF-8.", hint=_conversion("UTF-16", path))
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
        problems.append("the byte order mark at the start of the file was left out")
    zero = raw.find(b"\0")
    if zero >= 0:
        raise CorpusError(
            f"{path} is a binary file (line {_line(raw, zero)} holds a zero byte).",
            hint="Give the article as text (UTF-8), JATS XML or PDF.",
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        likely = _likely_encoding(raw)
        raise CorpusError(
            f"{path}, line {_line(raw, error.start)}: not UTF-8 (byte 0x{raw[error.start]:02X} at {error.start}).",
            hint=f"It looks like {likely}. {_conversion(likely, path)}" if likely else "Save the file as UTF-8.",
        ) from error
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
        problems.append("letters written with combining accents were composed (Unicode NFC)")
    return text, tuple(problems)


def looks_like_markdown(text: str) -> bool:
    """Return whether any line is a "#" heading."""
    return _MARKDOWN_HEADING.search(text) is not None


def _line(raw: bytes, position: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", raw[:position])) + 1


def _conversion(encoding: str, path: Path) -> str:
    name = encoding.upper().replace("ISO ", "ISO-")
    return f"Save it as UTF-8, for example: iconv -f {name} -t UTF-8 {path.name} > utf8-{path.name}"


def _likely_encoding(raw: bytes) -> str | None:
    """Return the older encoding whose own letters the text has most of, if any decodes it."""
    candidates: list[tuple[int, int, str]] = []
    for rank, (name, codec, letters) in enumerate(_LEGACY):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue
        candidates.append((sum(raw.count(letter) for letter in letters), -rank, name))
    best = max(candidates, default=(0, 0, ""))
    return best[2] if best[0] else None
