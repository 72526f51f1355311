"""Build the index of the article: parse, chunk, embed what is new, write. Safe to interrupt."""

import hashlib
import importlib.metadata
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.config import BUNDLED_MODEL, VERSION, Settings
from corpus.errors import CorpusError, IndexMismatchError
from corpus.load import Article, load_article
from corpus.types import Document, Language
from ingest.chunk import Chunk, Collection, chunk
from ingest.embed import Embedder, FloatMatrix, load_embedder
from ingest.index import SCHEMA, Index, Manifest, VectorRow, read_manifest, write_index
from ingest.parse import parse

CODE = f"{VERSION}/{SCHEMA}"
_CHECKPOINT = 128  # texts embedded between two savings of the cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an ingestion did.

    Attributes:
        built: False when the index was up to date already.
        n_embedded: vectors computed now; the others were taken from the cache.
        problems: what the parser could not read soundly.
    """

    folder: Path
    manifest: Manifest
    built: bool
    n_embedded: int
    problems: tuple[str, ...]


def build(
    settings: Settings,
    *,
    force: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    embedder: Embedder | None = None,
) -> Report:
    """Bring the index in `settings.index_dir` up to date.

    An index that fits article, code and model is left alone. Vectors of unchanged texts are taken
    from a cache beside the index, which is saved as the work goes on: an interrupted build resumes.

    Args:
        force: build even when the index is up to date, and embed everything anew.
        on_progress: called with (texts done, texts in all).
        embedder: instead of the one that `settings.embedding_model` names.

    Raises:
        CorpusError: the article cannot be read or parsed.
        ConfigError: the embedding model cannot be loaded.
        OSError: the index cannot be written; the old one, if any, is untouched.
    """
    article = load_article()
    if not force and embedder is None:
        current = _current(settings, article)
        if current is not None:
            return Report(
                folder=settings.index_dir,
                manifest=current.manifest,
                built=False,
                n_embedded=0,
                problems=current.document.problems,
            )
    document = parse_article(article)
    chunks = chunk(document, article)
    embedder = embedder or load_embedder(settings.embedding_model)
    rows, texts = _plan(chunks)
    cache = _Cache(settings.index_dir, embedder, fresh=force)
    flat = [text for collection in Collection for text in texts[collection]]
    n_embedded = cache.fill(flat, on_progress)
    manifest = Manifest(
        article_id=article.id,
        corpus_sha256=article.sha256,
        code=CODE,
        model=embedder.name,
        model_fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        counts={
            **{str(c): sum(chunk.collection is c for chunk in chunks) for c in Collection},
            "vectors": len(flat),
        },
        versions={
            name: importlib.metadata.version(name) for name in ("faiss-cpu", "numpy", "sentence-transformers", "torch")
        },
        files={},
    )
    complete = write_index(
        settings.index_dir,
        manifest=manifest,
        document=document,
        chunks=chunks,
        rows=rows,
        vectors={collection: cache.vectors(texts[collection]) for collection in Collection},
    )
    cache.keep_only(flat)
    return Report(
        folder=settings.index_dir,
        manifest=complete,
        built=True,
        n_embedded=n_embedded,
        problems=document.problems,
    )


def parse_article(article: Article) -> Document:
    """Return the article parsed, with the normal forms of its table cells in the trials.

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


def check_fresh(manifest: Manifest, article: Article, settings: Settings) -> None:
    """Raise IndexMismatchError, with both values, unless the index fits article, code and settings."""
    if manifest.code != CODE:
        raise IndexMismatchError(
            f"The index was built by Evidenca {manifest.code.split('/')[0]} in another format; this is {VERSION}.",
            hint="Rebuild it: evidenca ingest",
        )
    if manifest.article_id != article.id or manifest.corpus_sha256 != article.sha256:
        raise IndexMismatchError(
            "The index is stale: the article's files have changed since it was built.",
            hint="Rebuild it: evidenca ingest",
        )
    if settings.embedding_model is not None and settings.embedding_model != manifest.model:
        raise IndexMismatchError(
            f"The index was built with the embedding model {manifest.model} ({manifest.dimension} dimensions), but "
            f"{settings.embedding_model} is asked for.",
            hint=f"Rebuild it: evidenca ingest --embedding-model {settings.embedding_model}",
        )


def _current(settings: Settings, article: Article) -> Index | None:
    """Return the index when it is whole and up to date, else None."""
    wanted = replace(settings, embedding_model=settings.embedding_model or BUNDLED_MODEL)
    try:
        check_fresh(read_manifest(settings.index_dir), article, wanted)
        return Index.open(settings.index_dir)
    except IndexMismatchError:
        return None


def _plan(chunks: Sequence[Chunk]) -> tuple[dict[Collection, list[VectorRow]], dict[Collection, list[str]]]:
    """Return, by collection, what each vector stands for and the text it is made from."""
    rows: dict[Collection, list[VectorRow]] = {collection: [] for collection in Collection}
    texts: dict[Collection, list[str]] = {collection: [] for collection in Collection}
    for item in chunks:
        for side in sorted(item.search):
            rows[item.collection].append(VectorRow(item.id, Language(side)))
            texts[item.collection].append(item.search[side])
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
            with np.load(self.path, allow_pickle=False) as stored:
                keys, vectors = stored["keys"].tolist(), stored["vectors"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError):  # damaged: it is only a cache
            return
        if vectors.shape == (len(keys), self.embedder.dimension) and vectors.dtype == np.float32:
            self.known = dict(zip(keys, vectors, strict=True))

    def fill(self, texts: Sequence[str], on_progress: Callable[[int, int], None] | None) -> int:
        """Embed the texts not known yet, saving now and then; return how many those were."""
        missing = {key: text for text in texts if (key := _key(text)) not in self.known}
        done, total = 0, len(missing)
        keys = list(missing)
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
