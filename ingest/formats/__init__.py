"""Read an article from a file: plain text and Markdown as they are, JATS XML and PDF as text of ours."""

import stat
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError
from ingest.formats.jats import convert
from ingest.formats.pdf import extract
from ingest.formats.text import decode, looks_like_markdown

__all__ = ["MAX_BYTES", "SourceText", "read_source"]

MAX_BYTES = 20_000_000
_SUPPORTED = "Give an article as Markdown or plain text (UTF-8), JATS XML or PDF."
_XML_OPENINGS = (b"<?xml", b"<!DOCTYPE article", b"<article", b"<pmc-articleset", b"<OAI-PMH")
_BINARY = (
    (b"PK\x03\x04", "a ZIP archive (a Word, OpenDocument or EPUB file?)", "Save it as PDF or as plain text (UTF-8)."),
    (b"\xd0\xcf\x11\xe0", "an old Word document", "Save it as PDF or as plain text (UTF-8)."),
    (b"{\\rtf", "an RTF document", "Save it as PDF or as plain text (UTF-8)."),
    (b"\x1f\x8b", "compressed with gzip", "Decompress it: gunzip FILE"),
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of one article, which all its spans index.

    Attributes:
        format: "text", "markdown", "jats" or "pdf".
        extracted: the text was produced by us from XML or PDF, so its wording is the article's
            but its layout is ours.
        problems: what a reader should know about how the text was obtained, one sentence each.
    """

    text: str
    format: str
    extracted: bool
    problems: tuple[str, ...]


def read_source(path: Path) -> SourceText:
    """Return the text of the article in `path`.

    What the file is shows in its content first; its name decides between text and Markdown.

    Raises:
        CorpusError: the file cannot be read, is empty, too large, damaged or of another kind; the
            message names it, and the line where there is one.
        MissingExtraError: it is a PDF and pdfminer.six is not installed.
    """
    raw = _read(path)
    suffix = path.suffix.lower()
    head = raw[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in raw[:1024] or suffix == ".pdf":
        return SourceText(*_parts(extract(path, raw), "pdf", extracted=True))
    if head.startswith(_XML_OPENINGS) or suffix in (".xml", ".nxml"):
        return SourceText(*_parts(convert(path, raw), "jats", extracted=True))
    for magic, what, hint in _BINARY:
        if raw.startswith(magic):
            raise CorpusError(f"{path} is {what}, not an article Evidenca can read.", hint=hint)
    if head[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise CorpusError(f"{path} is a web page (HTML).", hint=f"Save its text, or find its PDF or XML. {_SUPPORTED}")
    content, problems = decode(path, raw)
    is_markdown = suffix in (".md", ".markdown") or (suffix != ".txt" and looks_like_markdown(content))
    return SourceText(content, "markdown" if is_markdown else "text", False, problems)


def _parts(
    result: tuple[str, tuple[str, ...]], source_format: str, *, extracted: bool
) -> tuple[str, str, bool, tuple[str, ...]]:
    return result[0], source_format, extracted, result[1]


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise CorpusError(f"{path} is a folder.", hint="Name the article's file.")
        if not stat.S_ISREG(status.st_mode):
            raise CorpusError(f"{path} is not a regular file.", hint=_SUPPORTED)
        if status.st_size > MAX_BYTES:
            raise CorpusError(
                f"{path} has {status.st_size / 1e6:.0f} MB; an article may have at most {MAX_BYTES / 1e6:.0f} MB.",
                hint="Give one article, not a collection; a PDF may shrink without its images.",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error
    if not raw.strip(b"\xef\xbb\xbf \t\r\n\f\v"):
        raise CorpusError(f"{path} is empty.", hint=_SUPPORTED)
    return raw
