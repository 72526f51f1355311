"""Load an article's folder: the source as received, and what we made of it."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from corpus.config import ARTICLE_DIR
from corpus.errors import CorpusError
from corpus.glossary import Concept, read_glossary
from corpus.types import Language

TRANSLATION = "translation.en.jsonl"
REPAIRS = "repairs.tsv"
GLOSSARY = "glossary.tsv"
NOTES = "notes.jsonl"
RESTATEMENTS = "restatements.jsonl"
_DESCRIPTION = ("id", "source", "sha256", "language", "doi", "year", "licence", "licence_url", "citation", "title")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Note:
    """A known contradiction or weak spot of the article, and the pieces it concerns."""

    id: str
    pieces: tuple[str, ...]
    text: Mapping[Language, str]


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article of the corpus, before parsing.

    Attributes:
        source: its text exactly as received, line ends included.
        translations: our working translation into English, by id of the Slovene piece; cells of
            the trial table by `table-2.<column>:<value>`.
        normal_forms: correct Slovene form of cell values that are slips or variants, same ids.
        repairs: (source form, search form) pairs, applied to search texts only.
        restatements: other ways to say or ask what a piece says, by its id; for searching only.
        sha256: of all files of the folder that the index depends on.
    """

    id: str
    folder: Path
    language: Language
    title: Mapping[Language, str]
    citation: str
    doi: str
    year: int
    licence: str
    licence_url: str
    source: str
    translations: Mapping[str, str]
    normal_forms: Mapping[str, str]
    repairs: tuple[tuple[str, str], ...]
    glossary: tuple[Concept, ...]
    notes: tuple[Note, ...]
    restatements: Mapping[str, Mapping[Language, tuple[str, ...]]]
    sha256: str

    @cached_property
    def notes_by_piece(self) -> Mapping[str, tuple[Note, ...]]:
        """The notes that concern each piece."""
        found: dict[str, tuple[Note, ...]] = {}
        for note in self.notes:
            for piece in note.pieces:
                found[piece] = (*found.get(piece, ()), note)
        return found

    def search_form(self, text: str) -> str:
        """Return `text` with the known slips of the source repaired, for searching only."""
        for source, search in self.repairs:
            text = text.replace(source, search)
        return text


def load_article(folder: Path = ARTICLE_DIR) -> Article:
    """Return the article in `folder`.

    Raises:
        CorpusError: a file is missing, not UTF-8, malformed, or the source is not the one that
            `article.toml` names by its SHA-256; the message names file and line.
    """
    description = read_description(folder)
    source_path = folder / description["source"]
    raw = _read(source_path)
    digest = hashlib.sha256(raw).hexdigest()
    if digest != description["sha256"]:
        raise CorpusError(
            f"{source_path} is not the file described in article.toml (SHA-256 {digest[:12]}…, expected "
            f"{description['sha256'][:12]}…).",
            hint="Restore the source as received; it must never be edited.",
        )
    names = ["article.toml", description["source"], TRANSLATION, REPAIRS, GLOSSARY, NOTES, RESTATEMENTS]
    whole = hashlib.sha256()
    for name in names:
        whole.update(_read(folder / name))
    translations = read_translation(folder)
    return Article(
        id=description["id"],
        folder=folder,
        language=Language(description["language"]),
        title={Language(code): title for code, title in description["title"].items()},
        citation=description["citation"],
        doi=description["doi"],
        year=description["year"],
        licence=description["licence"],
        licence_url=description["licence_url"],
        source=_decode(source_path, raw),
        translations={row["id"]: row["en"] for row in translations},
        normal_forms={row["id"]: row["normal"] for row in translations if "normal" in row},
        repairs=read_repairs(folder),
        glossary=read_concepts(folder),
        notes=read_notes(folder),
        restatements=dict(read_restatements(folder)),
        sha256=whole.hexdigest(),
    )


def read_description(folder: Path) -> dict[str, Any]:
    """Return what article.toml says; raises CorpusError when it is missing, malformed or incomplete."""
    path = folder / "article.toml"
    description = _toml(path)
    missing = [key for key in _DESCRIPTION if key not in description]
    if missing:
        raise CorpusError(f"{path}: no {', '.join(missing)}.", hint="Mend the file.")
    if description["language"] not in set(Language):
        raise CorpusError(f"{path}: the language is {description['language']}, not sl or en.", hint="Mend the file.")
    return description


def read_translation(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the translation: `id`, `sl`, `en`, some with `normal`; raises CorpusError."""
    return _json_lines(folder / TRANSLATION, ("id", "sl", "en"))


def read_concepts(folder: Path) -> tuple[Concept, ...]:
    """Return the concepts of the glossary; raises CorpusError."""
    return read_glossary(folder / GLOSSARY, _text(folder / GLOSSARY))


def read_notes(folder: Path) -> tuple[Note, ...]:
    """Return the notes on weak spots of the article; raises CorpusError."""
    return tuple(
        Note(id=row["id"], pieces=tuple(row["pieces"]), text={Language.SL: row["sl"], Language.EN: row["en"]})
        for row in _json_lines(folder / NOTES, ("id", "pieces", "sl", "en"))
    )


def read_restatements(folder: Path) -> list[tuple[str, Mapping[Language, tuple[str, ...]]]]:
    """Return the restatements, as (id of the piece, texts by language), in file order; raises CorpusError."""
    path = folder / RESTATEMENTS
    found: list[tuple[str, Mapping[Language, tuple[str, ...]]]] = []
    for number, row in enumerate(_json_lines(path, ("id", *Language)), start=1):
        if any(not isinstance(row[side], list) or not all(isinstance(t, str) for t in row[side]) for side in Language):
            raise CorpusError(f"{path}, line {number}: sl and en must be lists of texts.", hint="Mend the line.")
        found.append((row["id"], {side: tuple(row[side]) for side in Language}))
    return found


def read_repairs(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the pairs (source form, search form); raises CorpusError."""
    path = folder / REPAIRS
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(_text(path).splitlines()[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 3 or not fields[0]:
            raise CorpusError(f"{path}, line {number}: expected source, search form and reason.", hint="Mend the line.")
        pairs.append((fields[0], fields[1]))
    return tuple(pairs)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be read: {error.strerror}.", hint="Reinstall Evidenca, or restore the file."
        ) from error


def _decode(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}, line {line}: not UTF-8.", hint="Save the file as UTF-8.") from error


def _text(path: Path) -> str:
    return _decode(path, _read(path))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{path}: {error}.", hint="Mend the file.") from error


def _json_lines(path: Path, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise CorpusError(f"{path}, line {number}: not JSON ({error.msg}).", hint="Mend the line.") from error
        missing = [key for key in keys if not isinstance(row, dict) or key not in row]
        if missing:
            raise CorpusError(f"{path}, line {number}: no {', '.join(missing)}.", hint="Mend the line.")
        rows.append(row)
    return rows
