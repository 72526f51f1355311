"""Build the index: parse, chunk, embed what is new, write. Safe to interrupt, cheap to repeat."""

import hashlib
import importlib.metadata
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from corpus.config import BUNDLED_MODEL, Settings
from corpus.errors import ConfigError, CorpusError, IndexMismatchError
from corpus.load import Article, load_article
from corpus.text import fold
from corpus.types import Document, Language
from ingest.chunk import Chunk, Collection, chunk
from ingest.embed import Embedder, FloatMatrix, load_embedder
from ingest.embedder.static import StaticEmbedder
from ingest.fresh import CODE, sha256_of
from ingest.index import ArticleEntry, Index, Manifest, VectorRow, read_manifest, write_index
from ingest.lexicon import build_lexicon
from ingest.parse import parse
from ingest.spellings import spellings

_CHECKPOINT = 128  # texts embedded between two savings of the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an ingestion did.

    Attributes:
        built: False when the index was up to date already.
        n_embedded: vectors computed now; the others were taken from the cache.
        problems: what could not be read soundly, as (article id, sentence).
    """

    folder: Path
    manifest: Manifest
    built: bool
    n_embedded: int
    problems: tuple[tuple[str, str], ...]


def build(
    settings: Settings,
    *,
    add: Sequence[Path] = (),
    remove: Sequence[str] = (),
    force: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    embedder: Embedder | None = None,
) -> Report:
    """Bring the index in `settings.index_dir` up to date.

    It holds the bundled article and those added now or before; an added article whose file is gone
    stays as it was read. An index that fits articles, code and model is left alone. Vectors of
    unchanged texts come from a cache beside the index, which is saved as the work goes on, so an
    interrupted build resumes.

    Args:
        add: files of further articles, or of added ones that have changed.
        remove: ids of added articles to leave out.
        force: build even when the index is up to date, and embed everything anew.
        on_progress: called with (texts done, texts in all).
        embedder: instead of the one that `settings.embedding_model` names.

    Raises:
        CorpusError: an article cannot be read or parsed.
        ConfigError: the embedding model cannot be loaded, or an id to remove is unknown.
        OSError: the index cannot be written; the old one, if any, is untouched.
    """
    bundled = load_article()
    old = _readable(settings.index_dir)
    entries = _entries(bundled, old, add, remove)
    if not force and embedder is None:
        current = _current(settings, entries)
        if current is not None:
            return Report(
                folder=settings.index_dir,
                manifest=current.manifest,
                built=False,
                n_embedded=0,
                problems=_problems(list(current.documents.values())),
            )
    documents: list[Document] = []
    chunks: list[Chunk] = []
    titled: list[ArticleEntry] = []
    for entry in entries:
        document = parse_article(bundled) if entry.id == bundled.id else _added_document(entry, old)
        documents.append(document)
        titled.append(entry if entry.title else replace(entry, title=_title(document), citation=_title(document)))
        chunks.extend(chunk(document, bundled, bundled=entry.id == bundled.id))
    embedder = embedder or load_embedder(settings.embedding_model)
    word_embedder = StaticEmbedder()
    rows, texts = _plan(chunks)
    cache = _Cache(settings.index_dir, embedder, fresh=force)
    flat = [text for collection in Collection for text in texts[collection]]
    n_embedded = cache.fill(flat, on_progress)
    manifest = Manifest(
        articles=tuple(titled),
        code=CODE,
        model=embedder.name,
        model_fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        words_fingerprint=word_embedder.fingerprint,
        counts={
            **{str(c): sum(item.collection is c for item in chunks) for c in Collection},
            "vectors": len(flat),
            "restatements": sum(len(item.restated) for item in chunks),
        },
        versions={name: importlib.metadata.version(name) for name in ("faiss-cpu", "numpy", "simplemma")},
        files={},
    )
    complete = write_index(
        settings.index_dir,
        manifest=manifest,
        documents=documents,
        chunks=chunks,
        lexicon=build_lexicon(chunks, word_embedder.word_vectors),
        spellings=spellings(bundled, documents),
        rows=rows,
        vectors={collection: cache.vectors(texts[collection]) for collection in Collection},
    )
    cache.keep_only(flat)
    return Report(
        folder=settings.index_dir,
        manifest=complete,
        built=True,
        n_embedded=n_embedded,
        problems=_problems(documents),
    )


def parse_article(article: Article) -> Document:
    """Return the bundled article parsed, with the normal forms of its table cells in the trials.

    Raises:
        CorpusError: nothing was found in it.
    """
    document = parse(article.source, document_id=article.id, language=article.language)
    if not document.sentences:
        raise CorpusError(f"No text was found in the source of {article.id}.", hint="Is it the right file?")
    columns = {table.id: table.columns for table in document.tables}

    def normal(row_id: str, raw: str) -> str:
        table = row_id.split(":", 1)[0]
        candidates = (f"{table}.{column}:{raw}" for column in columns[table])
        return next((article.normal_forms[key] for key in candidates if key in article.normal_forms), raw)

    trials = tuple(
        replace(
            trial,
            condition=normal(trial.row_id, trial.condition_raw),
            country=normal(trial.row_id, trial.country_raw),
        )
        for trial in document.trials
    )
    return replace(document, trials=trials)


def _readable(folder: Path) -> Index | None:
    try:
        return Index.open(folder)
    except IndexMismatchError:
        return None


def _entries(bundled: Article, old: Index | None, add: Sequence[Path], remove: Sequence[str]) -> list[ArticleEntry]:
    """Return what the index is to hold: the bundled article, then the added ones in their order."""
    entries = {
        bundled.id: ArticleEntry(
            id=bundled.id,
            title=bundled.title[bundled.language],
            citation=bundled.citation,
            sha256=bundled.sha256,
            path=None,
        )
    }
    for entry in old.manifest.articles if old else ():
        if entry.path is not None:
            path = Path(entry.path)
            digest = sha256_of(path) if path.exists() else entry.sha256
            entries[entry.id] = (
                entry if digest == entry.sha256 else replace(entry, sha256=digest, title="", citation="")
            )
    for article_id in remove:
        if article_id not in entries or entries[article_id].path is None:
            known = ", ".join(key for key, entry in entries.items() if entry.path) or "none"
            raise ConfigError(f"No added article is called {article_id}.", hint=f"Added articles: {known}.")
        del entries[article_id]
    for given in add:
        path = given.expanduser().resolve()
        article_id = re.sub(r"[^a-z0-9]+", "-", fold(path.stem)).strip("-") or "article"
        if article_id in entries and entries[article_id].path != str(path):
            raise ConfigError(
                f"{given}: the index already holds an article called {article_id} "
                f"({entries[article_id].path or 'the bundled one'}).",
                hint="Rename the file, or remove the other one: evidenca ingest --remove " + article_id,
            )
        entries[article_id] = ArticleEntry(id=article_id, title="", citation="", sha256=sha256_of(path), path=str(path))
    return list(entries.values())


def _added_document(entry: ArticleEntry, old: Index | None) -> Document:
    """Return the document of an added article, from its file or, when that is gone, from the old index."""
    path = Path(entry.path or "")
    if not path.exists() and old is not None and entry.id in old.documents:
        return old.documents[entry.id]
    from ingest.formats import read_source  # asking a question needs no reader of XML and PDF

    source = read_source(path)
    document = parse(source.text, document_id=entry.id, language=None)
    if not any(sentence.text for sentence in document.sentences):
        raise CorpusError(
            f"{path}: no text was found.", hint="Give an article as Markdown, plain text, JATS XML or PDF."
        )
    return replace(document, problems=(*source.problems, *document.problems))


def _title(document: Document) -> str:
    titles = [sentence.text for sentence in document.sentences if sentence.id.startswith("front:title")]
    return titles[0] if titles else document.id


def _problems(documents: Sequence[Document]) -> tuple[tuple[str, str], ...]:
    return tuple((document.id, problem) for document in documents for problem in document.problems)


def _current(settings: Settings, entries: Sequence[ArticleEntry]) -> Index | None:
    """Return the index when it is whole and up to date, else None."""
    try:
        manifest = read_manifest(settings.index_dir)
        same = (
            manifest.code == CODE
            and manifest.model == (settings.embedding_model or BUNDLED_MODEL)
            # An update may bring other weights of the bundled embedder under the same name.
            and manifest.words_fingerprint == StaticEmbedder().fingerprint
        )
        return Index.open(settings.index_dir) if same and list(manifest.articles) == list(entries) else None
    except IndexMismatchError:
        return None


def _plan(chunks: Sequence[Chunk]) -> tuple[dict[Collection, list[VectorRow]], dict[Collection, list[str]]]:
    """Return, by collection, what each vector stands for and the text it is made from.

    A passage has a vector of its own and one for every two neighbouring sentences; those of its
    single sentences, and those of restatements, stand for the sentences.
    """
    by_id = {item.id: item for item in chunks}
    rows: dict[Collection, list[VectorRow]] = {collection: [] for collection in Collection}
    texts: dict[Collection, list[str]] = {collection: [] for collection in Collection}
    for item in chunks:
        for side in sorted(item.search):
            rows[item.collection].append(VectorRow(item.id, Language(side)))
            texts[item.collection].append(item.search[side])
            for first, second in pairwise(item.pieces):
                rows[item.collection].append(VectorRow(item.id, Language(side)))
                texts[item.collection].append(f"{by_id[first].search[side]} {by_id[second].search[side]}")
        for text in item.restated:
            rows[item.collection].append(VectorRow(item.id, None))
            texts[item.collection].append(text)
    return rows, texts


class _Cache:
    """Vectors by hash of text, for one embedder, in a file beside the index."""

    def __init__(self, index_dir: Path, embedder: Embedder, *, fresh: bool) -> None:
        self.embedder = embedder
        self.path = index_dir.with_name(f"{index_dir.name}-cache") / f"{embedder.fingerprint}.npz"
        self.known: dict[str, FloatMatrix] = {}
        if not fresh:
            self._read()

    def _read(self) -> None:
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                keys, vectors = stored["keys"].tolist(), stored["vectors"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # damaged: it is only a cache
            return
        if vectors.shape == (len(keys), self.embedder.dimension) and vectors.dtype == np.float32:
            self.known = dict(zip(keys, vectors, strict=True))

    def fill(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None) -> int:
        """Embed the texts not known yet, saving now and then; return how many those were."""
        missing = {key: text for text in texts if (key := _key(text)) not in self.known}
        done, total = 0, len(missing)
        # Texts of like length side by side: a batch costs as much as its longest text.
        keys = sorted(missing, key=lambda key: (-len(missing[key]), key))
        for start in range(0, total, _CHECKPOINT):
            part = keys[start : start + _CHECKPOINT]

            def advance(n: int) -> None:
                nonlocal done
                done += n
                if on_progress is not None:
                    on_progress(done, total)

            vectors = self.embedder.encode_documents([missing[key] for key in part], on_batch=advance)
            self.known.update(zip(part, vectors, strict=True))
            self._save()
        return total

    def vectors(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the vectors of known texts, shape (n_texts, dimension), float32."""
        if not texts:
            return np.empty((0, self.embedder.dimension), dtype=np.float32)
        return np.ascontiguousarray(np.stack([self.known[_key(text)] for text in texts]), dtype=np.float32)

    def keep_only(self, texts: Sequence[str]) -> None:
        """Forget the vectors of texts that are gone."""
        wanted = {_key(text) for text in texts}
        if set(self.known) != wanted:
            self.known = {key: vector for key, vector in self.known.items() if key in wanted}
            self._save()

    def _save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".cache-", suffix=".npz", dir=self.path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, keys=np.array(list(self.known)), vectors=np.stack(list(self.known.values())))
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
