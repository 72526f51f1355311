"""A vector store for LlamaIndex: FAISS for the vectors, the nodes beside them, one file on disk.

It exists because FaissMapVectorStore (llama-index-vector-stores-faiss 0.7) cannot be cited from: it
looks a document's id up among node ids, so deleted documents stay; and it numbers a new vector by
the present count, so after a deletion an old vector can return a new node, the wrong source.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # llama_index brings it
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.constants import DATA_KEY
from llama_index.core.schema import BaseNode
from llama_index.core.storage.docstore.utils import doc_to_json, json_to_doc
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from corpus.errors import IndexMismatchError
from ingest.embed import FloatMatrix
from rag.llama import storefile
from rag.llama.filters import predicate

# What StorageContext.persist and load_index_from_storage call the file of a vector store.
_FILE = "{namespace}__vector_store.json"


@dataclass(frozen=True, slots=True)
class _Record:
    """A node as kept: its JSON (so that nobody can change it from outside) and what is looked up.

    Attributes:
        document: id of the document it comes from; its own id when it comes from none.
    """

    node_id: str
    document: str
    content: str
    metadata: dict[str, Any]


class FaissStore(BasePydanticVectorStore):
    """Exact vector search over nodes with their text and metadata.

    Vectors are brought to unit length, so a similarity is a cosine, -1 to 1. Every vector has a
    number from a counter that only grows, also across `persist`; a number is never given twice.
    Meant for up to about 100,000 nodes, which are searched and filtered one by one.

    Threads may share a store: each call sees it whole, before or after any other. Nodes come back
    as copies, without their vectors.

    Attributes:
        dimension: length of the vectors.
        fingerprint: of the model that makes them, "" when unknown; checked on loading.
    """

    # No __len__: an empty store would then be false, and StorageContext would take another one.
    stores_text: bool = True
    is_embedding_query: bool = True
    dimension: int = Field(description="Length of the vectors.", gt=0)
    fingerprint: str = Field(default="", description="Of the model that makes the vectors.")
    _vectors: Any = PrivateAttr()
    _records: dict[int, _Record] = PrivateAttr(default_factory=dict)
    _numbers: dict[str, int] = PrivateAttr(default_factory=dict)
    _documents: dict[str, dict[int, None]] = PrivateAttr(default_factory=dict)
    _next: int = PrivateAttr(default=0)
    _lock: Any = PrivateAttr(default_factory=RLock)

    def model_post_init(self, context: Any, /) -> None:
        """Begin with no vectors."""
        import faiss

        super().model_post_init(context)
        self._vectors = faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex serialises this class under."""
        return "FaissStore"

    @property
    def client(self) -> Any:
        """The FAISS index; changing it past this class breaks the store."""
        return self._vectors

    @property
    def n_nodes(self) -> int:
        """How many nodes there are."""
        return len(self._records)

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their embeddings and return their ids; a node with a known id takes its place.

        Raises:
            ValueError: an embedding is missing, of another length, or not finite, or a node cannot
                be written as JSON. Nothing is added then.
        """
        import faiss  # noqa: F401  (its Python wrappers put add_with_ids on the index)

        latest = {node.node_id: node for node in nodes}  # of two with one id the last counts
        if not latest:
            return []
        records = [_record(node) for node in latest.values()]
        vectors = self._unit([_embedding(node) for node in latest.values()])
        with self._lock:
            replaced = [self._numbers[node_id] for node_id in latest if node_id in self._numbers]
            numbers = range(self._next, self._next + len(records))
            self._next += len(records)
            self._vectors.add_with_ids(vectors, np.array(numbers, dtype=np.int64))
            self._forget(replaced)
            for number, record in zip(numbers, records, strict=True):
                self._keep(number, record)
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Delete the nodes of a document; a node that comes from none counts as its own document."""
        with self._lock:
            self._forget(list(self._documents.get(ref_doc_id, ())))

    def delete_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **_: Any) -> None:
        """Delete nodes by id, by metadata, or those that meet both; unknown ids are no error.

        Raises:
            ValueError: neither is given (`clear` deletes all), or a filter is malformed.
        """
        if node_ids is None and filters is None:
            raise ValueError("delete_nodes needs node_ids or filters; clear() deletes all nodes")
        with self._lock:
            self._forget(self._chosen(node_ids, filters))

    def get_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None) -> list[BaseNode]:
        """Return nodes by id in the order asked, or in that of adding; unknown ids are left out.

        Raises:
            ValueError: a filter is malformed.
        """
        with self._lock:
            records = [self._records[number] for number in self._chosen(node_ids, filters)]
        return [_node(record) for record in records]

    def clear(self) -> None:
        """Delete all nodes. The counter goes on."""
        with self._lock:
            self._vectors.reset()
            self._records.clear()
            self._numbers.clear()
            self._documents.clear()

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Return the most similar nodes, best first; of equals the one added first.

        Filters, `doc_ids` and `node_ids` choose before the search, so as many nodes come back as
        asked whenever there are. Empty lists of ids choose nothing away: VectorStoreIndex always
        passes one for a store that holds the text.

        Raises:
            ValueError: the query has no embedding, or one of another length or not finite; asks for
                fewer than one node or for another mode than the default; or a filter is malformed.
        """
        import faiss

        if query.mode != VectorStoreQueryMode.DEFAULT:
            raise ValueError(f"FaissStore has the query mode default only, not {query.mode.value}")
        if query.query_embedding is None:
            raise ValueError("FaissStore needs a query with an embedding")
        if query.similarity_top_k < 1:
            raise ValueError(f"similarity_top_k is {query.similarity_top_k}; it must be at least 1")
        vector = self._unit([query.query_embedding])
        with self._lock:
            options, n = None, len(self._records)
            if query.node_ids or query.doc_ids or query.filters is not None:
                chosen = self._chosen(query.node_ids or None, query.filters, documents=query.doc_ids or None)
                selector = faiss.IDSelectorBatch(np.array(chosen, dtype=np.int64))
                options, n = faiss.SearchParameters(), len(chosen)
                options.sel = selector
            k = min(query.similarity_top_k, n)
            if k == 0:
                return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])
            scores, numbers = self._vectors.search(vector, k, params=options)
            best = sorted(zip(-scores[0].clip(-1, 1), numbers[0], strict=True))
            records = [self._records[int(number)] for _, number in best]
        return VectorStoreQueryResult(
            nodes=[_node(record) for record in records],
            similarities=[-float(score) for score, _ in best],
            ids=[record.node_id for record in records],
        )

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """Return what `query` returns, in a thread."""
        return await asyncio.to_thread(self.query, query, **kwargs)

    def persist(self, persist_path: str | Path, fs: AbstractFileSystem | None = None) -> None:
        """Write the store to a file, at once: after a crash the old file or the new one is there.

        Raises:
            ValueError: `fs` is not the local file system; others cannot replace a file at once.
            OSError: the place cannot be written; an old file is untouched.
        """
        _check_local(fs)
        storefile.write(Path(persist_path), self._dump())

    @classmethod
    def from_persist_path(
        cls, persist_path: str | Path, fs: AbstractFileSystem | None = None, *, fingerprint: str = ""
    ) -> "FaissStore":
        """Load the store that `persist` wrote.

        Args:
            fingerprint: of the model that will make the queries; "" to trust.

        Raises:
            IndexMismatchError: the file is absent, damaged, of another version or another model.
            ValueError: `fs` is not the local file system.
        """
        _check_local(fs)
        store = cls._load(storefile.read(Path(persist_path)), name=str(persist_path))
        if fingerprint not in ("", store.fingerprint):
            raise IndexMismatchError(
                f"The store at {persist_path} was made with the model {store.fingerprint or '(unknown)'}, "
                f"not {fingerprint}.",
                hint="Load it with the model it was made with, or build it again.",
            )
        return store

    @classmethod
    def from_persist_dir(
        cls,
        persist_dir: str | Path,
        namespace: str = "default",
        fs: AbstractFileSystem | None = None,
        *,
        fingerprint: str = "",
    ) -> "FaissStore":
        """Load the store that `StorageContext.persist` wrote to a folder; see `from_persist_path`."""
        path = Path(persist_dir) / _FILE.format(namespace=namespace)
        return cls.from_persist_path(path, fs, fingerprint=fingerprint)

    def __reduce__(self) -> tuple[Any, ...]:
        # The base class drops in silence what pickle cannot take: here the vectors and the lock.
        return type(self)._load, (self._dump(),)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "FaissStore":
        return type(self)._load(self._dump())

    def _dump(self) -> bytes:
        import faiss

        with self._lock:
            content = {
                "dimension": self.dimension,
                "fingerprint": self.fingerprint,
                "next": self._next,
                "nodes": [
                    [number, record.node_id, record.document, record.content]
                    for number, record in self._records.items()
                ],
            }
            return storefile.pack(content, faiss.serialize_index(self._vectors).tobytes())

    @classmethod
    def _load(cls, raw: bytes, *, name: str = "the copy") -> "FaissStore":
        import faiss

        content, vectors = storefile.unpack(raw, name=name)
        store = cls(dimension=content["dimension"], fingerprint=content["fingerprint"])
        store._vectors = faiss.deserialize_index(np.frombuffer(vectors, dtype=np.uint8))
        for number, node_id, document, text in content["nodes"]:
            store._keep(number, _Record(node_id, document, text, json.loads(text)[DATA_KEY]["metadata"]))
        store._next = content["next"]
        return store

    def _keep(self, number: int, record: _Record) -> None:
        self._records[number] = record
        self._numbers[record.node_id] = number
        self._documents.setdefault(record.document, {})[number] = None

    def _forget(self, numbers: Sequence[int]) -> None:
        """Remove vectors and records of these numbers, all of them known."""
        if not numbers:
            return
        self._vectors.remove_ids(np.array(numbers, dtype=np.int64))
        for number in numbers:
            record = self._records.pop(number)
            del self._numbers[record.node_id]
            of_document = self._documents[record.document]
            del of_document[number]
            if not of_document:
                del self._documents[record.document]

    def _chosen(
        self,
        node_ids: Iterable[str] | None,
        filters: MetadataFilters | None,
        *,
        documents: Iterable[str] | None = None,
    ) -> list[int]:
        """Return the numbers of the nodes that meet all conditions; None is no condition."""
        passes = predicate(filters) if filters is not None else None
        numbers: Iterable[int] = self._records
        if node_ids is not None:
            numbers = [self._numbers[node_id] for node_id in dict.fromkeys(node_ids) if node_id in self._numbers]
        if documents is not None:
            wanted = set(documents)
            numbers = [number for number in numbers if self._records[number].document in wanted]
        return [number for number in numbers if passes is None or passes(self._records[number].metadata)]

    def _unit(self, embeddings: Sequence[Sequence[float]]) -> FloatMatrix:
        """Return vectors at unit length, shape (n, dimension), float32; a zero vector stays zero."""
        for embedding in embeddings:
            if len(embedding) != self.dimension:
                raise ValueError(f"an embedding has {len(embedding)} values; the store holds {self.dimension}")
        vectors = np.array(embeddings, dtype=np.float64)
        if not np.isfinite(vectors).all():
            raise ValueError("an embedding holds values that are not finite")
        # By the largest value first: squares of huge or tiny ones leave the range of numbers.
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        vectors /= np.where(largest == 0, 1, largest)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.ascontiguousarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)


def _embedding(node: BaseNode) -> list[float]:
    if node.embedding is None:
        raise ValueError(f"the node {node.node_id} has no embedding")
    return node.embedding


def _record(node: BaseNode) -> _Record:
    try:
        # JSON mode writes dates and bytes as text, where the plain one would fail on them.
        values = {**doc_to_json(node), DATA_KEY: {**node.to_dict(mode="json"), "embedding": None}}
        content = json.dumps(values, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the node {node.node_id} cannot be written as JSON: {error}") from error
    metadata = json.loads(content)[DATA_KEY]["metadata"]
    return _Record(node.node_id, node.ref_doc_id or node.node_id, content, metadata)


def _node(record: _Record) -> BaseNode:
    return json_to_doc(json.loads(record.content))


def _check_local(fs: AbstractFileSystem | None) -> None:
    if fs is not None and not isinstance(fs, LocalFileSystem):
        raise ValueError("FaissStore is kept in the local file system only; leave fs out")
