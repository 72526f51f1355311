"""The index folder: vectors, chunks, the parsed article and a manifest. The only home of FAISS.

    manifest.json     what the index was built from and with, and the SHA-256 of each file
    <id>.article.json the parsed articles, each with its text as read
    chunks.jsonl      the chunks, in order
    lexicon.npz       their words, prepared for ranking (see ingest.lexicon)
    spellings.json    how their words are written (see ingest.spellings)
    languages.npz     the language identifier, ready to load (see corpus.language)
    sl.dic, en.dic    the dictionaries of both languages, ready to load (see corpus.terms)
    <collection>.faiss, <collection>.rows.json
                      unit vectors (inner product = cosine) and, for each, its chunk and language side

The folder is written beside its place and renamed, so a reader sees the old index or the new one,
never half of one. FAISS files carry no checksum of their own; the manifest's is checked first.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from corpus.errors import IndexMismatchError
from corpus.language import dump_identifier, use_identifier
from corpus.terms import use_dictionaries, write_dictionaries
from corpus.types import Document, Language
from ingest.chunk import Chunk, Collection
from ingest.embed import FloatMatrix
from ingest.lexicon import Lexicon, dump, load
from ingest.spellings import Spellings
from ingest.spellings import dump as dump_spellings
from ingest.spellings import load as load_spellings

SCHEMA = 3
LEXICON = "lexicon.npz"
SPELLINGS = "spellings.json"
LANGUAGES = "languages.npz"
REBUILD = "Rebuild it: evidenca ingest"
SIDES: tuple[Language | None, ...] = (*Language, None)
"""What a vector may be of: a language side of a chunk, or its restatements (None)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleEntry:
    """An article of the index.

    Attributes:
        sha256: of the file it was read from; of all files of its folder for the bundled article.
        path: that file, absolute; None for the bundled article.
    """

    id: str
    title: str
    citation: str
    sha256: str
    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an index was built from and with; two equal manifests mean the same index.

    Attributes:
        articles: the bundled one first.
        code: version of Evidenca and of the schema of this folder.
        model, model_fingerprint, dimension: of the embedder.
        words_fingerprint: of the bundled embedder, whose word vectors the lexicon holds.
        counts: chunks by collection, and vectors.
        versions: of the libraries that wrote the files.
        files: SHA-256 by file name.
    """

    articles: tuple[ArticleEntry, ...]
    code: str
    model: str
    model_fingerprint: str
    dimension: int
    words_fingerprint: str
    counts: dict[str, int]
    versions: dict[str, str]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class VectorRow:
    """What one vector of a collection stands for; the side is None for a restatement."""

    chunk_id: str
    side: Language | None


class Index:
    """An index on disk, checked and opened for reading."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def open(cls, folder: Path) -> "Index":
        """Open the index in `folder`, checking every file against the manifest.

        Raises:
            IndexMismatchError: there is no index, a file is missing or damaged, or the index was
                written by another version; the hint says how to rebuild it.
        """
        manifest = read_manifest(folder)
        with ThreadPoolExecutor() as pool:  # hashing lets other threads run
            digests = {name: pool.submit(_digest, folder / name) for name in manifest.files}
        for name, digest in manifest.files.items():
            try:
                actual = digests[name].result()
            except OSError as error:
                raise IndexMismatchError(f"The index in {folder} lacks {name}.", hint=REBUILD) from error
            if actual != digest:
                raise IndexMismatchError(f"The index in {folder} is damaged: {name} was changed.", hint=REBUILD)
        return cls(folder, manifest)

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The parsed articles by id, the bundled one first."""
        adapter = TypeAdapter(Document)
        return {
            entry.id: adapter.validate_json((self.folder / _document_file(entry.id)).read_bytes())
            for entry in self.manifest.articles
        }

    @cached_property
    def chunks(self) -> Mapping[str, Chunk]:
        """All chunks by id, in order."""
        adapter = TypeAdapter(Chunk)
        lines = (self.folder / "chunks.jsonl").read_text(encoding="utf-8").splitlines()
        return {chunk.id: chunk for chunk in map(adapter.validate_json, lines)}

    def use_language_data(self) -> None:
        """Let `corpus` use the language identifier and dictionaries in this index: the same ones, loaded faster."""
        use_identifier(self.folder / LANGUAGES)
        use_dictionaries(self.folder)

    @cached_property
    def spellings(self) -> Spellings:
        """How the words of all articles are written."""
        return load_spellings((self.folder / SPELLINGS).read_bytes())

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of all chunks, units in the order of `chunks`."""
        return load((self.folder / LEXICON).read_bytes())

    @cached_property
    def _collections(self) -> list["_Vectors"]:
        import faiss

        # One thread per query: on few cores OpenMP workers only wait for each other.
        faiss.omp_set_num_threads(1)
        places = {chunk_id: place for place, chunk_id in enumerate(self.chunks)}
        opened = []
        for collection in Collection:
            rows = json.loads((self.folder / f"{collection}.rows.json").read_text(encoding="utf-8"))
            flat = faiss.read_index(str(self.folder / f"{collection}.faiss"))
            if flat.ntotal != len(rows) or flat.d != self.manifest.dimension:
                raise IndexMismatchError(
                    f"The index in {self.folder} is damaged: {collection} holds {flat.ntotal} vectors of "
                    f"{flat.d} dimensions, expected {len(rows)} of {self.manifest.dimension}.",
                    hint=REBUILD,
                )
            chunks = np.array([places[chunk_id] for chunk_id, _ in rows], dtype=np.intp)
            sides = [Language(side) if side else None for _, side in rows]
            of_side = {side: np.array([other is side for other in sides], dtype=bool) for side in SIDES}
            opened.append(_Vectors(flat, {side: (np.flatnonzero(of), chunks[of]) for side, of in of_side.items()}))
        return opened

    def cosines(self, vector: FloatMatrix) -> dict[Language | None, FloatMatrix]:
        """Return how similar every chunk is to a query, by language side; None is that of its restatements.

        Args:
            vector: unit-length query vector, shape (1, dim), float32.

        Returns:
            The cosine of each chunk's best vector of that side, shape (n_chunks,) in the order of
            `chunks`; minus infinity where it has none.

        Raises:
            ValueError: dim differs from the index dimension.
        """
        if vector.shape != (1, self.manifest.dimension):
            raise ValueError(f"query vector of shape {vector.shape}; the index needs (1, {self.manifest.dimension})")
        found = {side: np.full(len(self.chunks), -np.inf, dtype=np.float32) for side in SIDES}
        for vectors in self._collections:
            if not vectors.flat.ntotal:
                continue
            scores, order = vectors.flat.search(np.ascontiguousarray(vector, dtype=np.float32), vectors.flat.ntotal)
            by_row = np.empty(vectors.flat.ntotal, dtype=np.float32)
            by_row[order[0]] = scores[0]
            for side, (rows, chunks) in vectors.sides.items():
                np.maximum.at(found[side], chunks, by_row[rows])
        return found


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The vectors of one collection and, by side, which rows they are and of which chunks (positions)."""

    flat: Any
    sides: dict[Language | None, tuple[NDArray[np.intp], NDArray[np.intp]]]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the index in `folder`, without checking its files.

    Raises:
        IndexMismatchError: there is no index, or its manifest is damaged or of another schema.
    """
    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise IndexMismatchError(f"There is no index in {folder}.", hint="Build it: evidenca ingest") from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexMismatchError(f"The index in {folder} cannot be read: {error}.", hint=REBUILD) from error
    try:
        return TypeAdapter(Manifest).validate_json(text)
    except ValidationError as error:
        raise IndexMismatchError(
            f"The index in {folder} has a manifest that this version cannot read.", hint=REBUILD
        ) from error


def write_index(
    folder: Path,
    *,
    manifest: Manifest,
    documents: Sequence[Document],
    chunks: Sequence[Chunk],
    lexicon: Lexicon,
    spellings: Spellings,
    rows: Mapping[Collection, Sequence[VectorRow]],
    vectors: Mapping[Collection, FloatMatrix],
) -> Manifest:
    """Write the whole index and put it in place at once; return the manifest with file hashes.

    Raises:
        OSError: the disk is full or the place cannot be written; nothing is left behind and an
            index that was there before is untouched.
    """
    import faiss

    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for document in documents:
            _write(temporary / _document_file(document.id), TypeAdapter(Document).dump_json(document, indent=1))
        adapter = TypeAdapter(Chunk)
        _write(temporary / "chunks.jsonl", b"".join(adapter.dump_json(chunk) + b"\n" for chunk in chunks))
        _write(temporary / LEXICON, dump(lexicon))
        _write(temporary / SPELLINGS, dump_spellings(spellings))
        _write(temporary / LANGUAGES, dump_identifier())
        write_dictionaries(temporary)
        for collection in Collection:
            flat = faiss.IndexFlatIP(manifest.dimension)
            if len(vectors[collection]):
                flat.add(vectors[collection])
            _write(temporary / f"{collection}.faiss", faiss.serialize_index(flat).tobytes())
            pairs = [[row.chunk_id, row.side] for row in rows[collection]]
            _write(temporary / f"{collection}.rows.json", json.dumps(pairs, ensure_ascii=False).encode())
        files = {path.name: _digest(path) for path in sorted(temporary.iterdir())}
        complete = replace(manifest, files=files)
        _write(temporary / "manifest.json", TypeAdapter(Manifest).dump_json(complete, indent=1))
        temporary.chmod(0o755)
        _swap(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return complete


def _document_file(article_id: str) -> str:
    return f"{article_id}.article.json"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _swap(new: Path, place: Path) -> None:
    """Rename `new` to `place`; an old index there is moved aside first and removed afterwards."""
    if not place.exists():
        new.rename(place)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{place.name}-old-", dir=place.parent)) / place.name
    place.rename(old)
    try:
        new.rename(place)
    except OSError:
        old.rename(place)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
