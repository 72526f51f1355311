"""The vector store for LlamaIndex: right after deletions, filtered, safe on disk and between threads."""

import asyncio
import copy
import datetime as dt
import json
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from llama_index.core import Document
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import BaseNode, IndexNode, Node, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from corpus.errors import IndexMismatchError
from corpus.types import Document as Article
from rag.llama import EvidencaEmbedding, FaissStore, storefile
from tests.conftest import WordEmbedder


def node(id_: str, vector: list[float], *, document: str = "", **metadata: Any) -> TextNode:
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)} if document else {}
    return TextNode(id_=id_, text=f"text of {id_}", embedding=vector, metadata=metadata, relationships=source)


def search(store: FaissStore, vector: list[float], k: int = 10, **options: Any) -> list[tuple[str, float]]:
    found = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=k, **options))
    assert found.nodes is not None
    assert found.ids == [item.node_id for item in found.nodes]
    return list(zip(found.ids, [round(score, 5) for score in found.similarities or []], strict=True))


def ids(store: FaissStore, **options: Any) -> list[str]:
    return sorted(id_ for id_, _ in search(store, [1.0] * store.dimension, k=1000, **options))


def one(key: str, operator: str, value: Any) -> MetadataFilters:
    return MetadataFilters(filters=[MetadataFilter(key=key, value=value, operator=FilterOperator(operator))])


@pytest.fixture
def three() -> FaissStore:
    """Three nodes of two documents at right angles."""
    store = FaissStore(dimension=3)
    store.add(
        [
            node("n0", [1, 0, 0], document="doc-a"),
            node("n1", [0, 2, 0], document="doc-a"),
            node("n2", [0, 0, 3], document="doc-b"),
        ]
    )
    return store


# --- the two faults of FaissMapVectorStore ---


def test_deleting_a_document_removes_its_nodes(three: FaissStore) -> None:
    three.delete("doc-a")
    assert ids(three) == ["n2"]
    assert three.client.ntotal == three.n_nodes == 1
    three.delete("doc-a")
    three.delete("n2")  # a node of another document is no document
    assert ids(three) == ["n2"]


def test_after_a_deletion_no_old_vector_returns_a_new_node(three: FaissStore) -> None:
    three.delete_nodes(["n0"])
    three.add([node("new", [1, 1, 0])])
    assert search(three, [0, 0, 1], k=1) == [("n2", 1.0)]
    assert search(three, [0, 1, 0]) == [("n1", 1.0), ("new", 0.70711), ("n2", 0.0)]


def numbers(store: FaissStore) -> list[int]:
    import faiss

    return sorted(faiss.vector_to_array(store.client.id_map).tolist())


def test_a_number_is_never_given_twice(three: FaissStore, tmp_path: Path) -> None:
    three.delete("doc-b")
    three.persist(tmp_path / "store")
    store = FaissStore.from_persist_path(tmp_path / "store")
    store.add([node("n2", [0, 1, 1]), node("n0", [0, 1, 0])])
    assert numbers(store) == [1, 3, 4]
    store.clear()
    store.add([node("n0", [1, 0, 0])])
    assert numbers(store) == [5]


# --- in an ingestion pipeline ---

TEXTS = [
    f"dokument {word} o zunajceličnih veziklih" for word in "ena dva tri štiri pet šest sedem osem devet deset".split()
]


def pipeline(store: FaissStore, strategy: DocstoreStrategy, *, split: bool) -> IngestionPipeline:
    splitter = [SentenceSplitter(chunk_size=64, chunk_overlap=0)] if split else []
    return IngestionPipeline(
        transformations=[*splitter, EvidencaEmbedding(WordEmbedder())],
        vector_store=store,
        docstore=SimpleDocumentStore(),
        docstore_strategy=strategy,
    )


def documents(texts: list[str]) -> list[Document]:
    return [Document(id_=f"d{position}", text=text) for position, text in enumerate(texts)]


def texts_of(store: FaissStore) -> list[str]:
    return sorted(item.get_content() for item in store.get_nodes())


@pytest.mark.parametrize("split", [True, False], ids=["split", "whole-documents"])
@pytest.mark.parametrize("strategy", [DocstoreStrategy.UPSERTS, DocstoreStrategy.UPSERTS_AND_DELETE])
@pytest.mark.parametrize("in_a_loop", [False, True], ids=["sync", "async"])
def test_a_changed_document_replaces_the_old_one(strategy: DocstoreStrategy, split: bool, in_a_loop: bool) -> None:
    store = FaissStore(dimension=64)
    ingestion = pipeline(store, strategy, split=split)

    def ingest(texts: list[str]) -> None:
        if in_a_loop:
            asyncio.run(ingestion.arun(documents=documents(texts)))
        else:
            ingestion.run(documents=documents(texts))

    ingest(TEXTS)
    ingest(TEXTS)
    assert texts_of(store) == sorted(TEXTS)
    changed = ["nov dokument", *TEXTS[1:]]
    ingest(changed)
    assert texts_of(store) == sorted(changed)
    ingest(changed[:4])
    kept = changed[:4] if strategy == DocstoreStrategy.UPSERTS_AND_DELETE else changed
    assert texts_of(store) == sorted(kept)
    assert store.client.ntotal == len(kept)
    vector = WordEmbedder().encode_query(kept[2])[0].tolist()
    found = store.query(VectorStoreQuery(query_embedding=vector, similarity_top_k=1))
    assert found.nodes is not None
    assert found.nodes[0].get_content() == kept[2]


# --- adding ---


def test_a_node_added_again_takes_the_place_of_the_old_one(three: FaissStore) -> None:
    added = three.add([node("n0", [0, 1, 0], document="doc-b"), node("x", [1, 0, 0]), node("x", [0, 0, 1], v=2)])
    assert added == ["n0", "x", "x"]
    assert ids(three) == ["n0", "n1", "n2", "x"]
    assert three.client.ntotal == 4
    assert three.get_nodes(["x"])[0].metadata == {"v": 2}
    three.delete("doc-a")
    assert ids(three) == ["n0", "n2", "x"]


BAD_NODES: dict[str, tuple[Callable[[], BaseNode], str]] = {
    "no-embedding": (lambda: TextNode(id_="bad", text="x"), "bad has no embedding"),
    "too-short": (lambda: node("bad", [1, 2]), "2 values; the store holds 3"),
    "not-finite": (lambda: node("bad", [1, float("nan"), 0]), "not finite"),
    "not-json": (lambda: node("bad", [1, 0, 0], thing=object()), "bad cannot be written as JSON"),
}


@pytest.mark.parametrize("case", BAD_NODES.values(), ids=BAD_NODES)
def test_a_bad_node_is_refused_and_nothing_is_added(
    three: FaissStore, case: tuple[Callable[[], BaseNode], str]
) -> None:
    make, message = case
    with pytest.raises(ValueError, match=message):
        three.add([node("good", [1, 0, 0]), make()])
    assert ids(three) == ["n0", "n1", "n2"]
    assert three.client.ntotal == 3


def test_vectors_of_any_length_are_compared_by_cosine() -> None:
    store = FaissStore(dimension=2)
    store.add([node("long", [0, 1e300]), node("short", [1e-300, 0]), node("none", [0, 0])])
    assert search(store, [3, 4]) == [("long", 0.8), ("short", 0.6), ("none", 0.0)]
    assert search(store, [-1, 0])[-1] == ("short", -1.0)


def test_nodes_come_back_as_they_were_and_as_copies() -> None:
    store = FaissStore(dimension=2)
    nodes: list[BaseNode] = [
        TextNode(id_="t", text="črka\nšč", metadata={"a": [1, "ž"], "b": None}, embedding=[1, 0], start_char_idx=3),
        Document(id_="d", text="dokument", embedding=[1, 0]),
        IndexNode(id_="i", text="index", index_id="other", embedding=[1, 0]),
        Node(id_="n", embedding=[1, 0]),
        TextNode(id_="w", text="date", metadata={"day": dt.date(2025, 1, 2)}, embedding=[1, 0]),
    ]
    store.add(nodes)
    nodes[0].metadata["a"] = "changed"
    found = store.get_nodes()
    assert [type(item) for item in found] == [type(item) for item in nodes]
    assert [item.get_content() for item in found] == [item.get_content() for item in nodes]
    assert found[0].metadata == {"a": [1, "ž"], "b": None}
    assert isinstance(found[0], TextNode)
    assert found[0].start_char_idx == 3
    assert found[4].metadata == {"day": "2025-01-02"}
    found[0].metadata["a"] = "changed"
    assert store.get_nodes(["t"])[0].metadata["a"] == [1, "ž"]
    assert ids(store, filters=one("a", "contains", "ž")) == ["t"]


# --- choosing ---


@pytest.fixture(scope="module")
def many() -> FaissStore:
    store = FaissStore(dimension=2)
    store.add(
        [
            node("a", [1, 0], document="x", year=2019, kind="review", tags=["liver", "skin"]),
            node("b", [1, 1], document="x", year=2021.5, kind="trial", tags=["liver"]),
            node("c", [0, 1], document="y", year=2024, kind="Trial of Škofja Loka", tags=[]),
            node("d", [1, 2], document="y", year="2024", kind=None),
            node("e", [2, 1]),
        ]
    )
    return store


FILTERS = {
    "equal": (one("kind", "==", "trial"), "b"),
    "equal-number": (one("year", "==", 2024), "c"),
    "unequal": (one("kind", "!=", "trial"), "acde"),
    "greater": (one("year", ">", 2019), "bc"),
    "at-least": (one("year", ">=", 2019), "abc"),
    "less": (one("year", "<", 2024), "ab"),
    "at-most-text": (one("year", "<=", "2024"), "d"),
    "in": (one("kind", "in", ["trial", "review"]), "ab"),
    "in-none": (one("kind", "in", []), ""),
    "not-in": (one("kind", "nin", ["trial", "review"]), "cde"),
    "contains-member": (one("tags", "contains", "skin"), "a"),
    "contains-part": (one("kind", "contains", "rial"), "bc"),
    "contains-in-number": (one("year", "contains", 2), ""),
    "any": (one("tags", "any", ["skin", "liver"]), "ab"),
    "all": (one("tags", "all", ["skin", "liver"]), "a"),
    "text": (one("kind", "text_match", "Trial"), "c"),
    "text-any-case": (one("kind", "text_match_insensitive", "ŠKOFJA"), "c"),
    "empty": (one("tags", "is_empty", None), "cde"),
    "absent-key": (one("nothing", "==", "x"), ""),
    "no-filter": (MetadataFilters(filters=[]), "abcde"),
    "and": (
        MetadataFilters(
            filters=[
                MetadataFilter(key="year", value=2019, operator=FilterOperator.GT),
                MetadataFilter(key="tags", value="liver", operator=FilterOperator.CONTAINS),
            ]
        ),
        "b",
    ),
    "or-of-ands": (
        MetadataFilters(
            filters=[
                MetadataFilters(filters=[one("year", ">", 2019), one("tags", "contains", "liver")]),
                MetadataFilter(key="kind", value="review"),
            ],
            condition=FilterCondition.OR,
        ),
        "ab",
    ),
    "not": (
        MetadataFilters(
            filters=[MetadataFilter(key="kind", value="review"), MetadataFilter(key="year", value=2024)],
            condition=FilterCondition.NOT,
        ),
        "bde",
    ),
}


@pytest.mark.parametrize("case", FILTERS.values(), ids=FILTERS)
def test_filters_choose_before_the_search(many: FaissStore, case: tuple[MetadataFilters, str]) -> None:
    filters, expected = case
    assert "".join(ids(many, filters=filters)) == expected
    assert "".join(item.node_id for item in many.get_nodes(filters=filters)) == expected
    best = [id_ for id_, _ in search(many, [1, 0])]
    assert [id_ for id_, _ in search(many, [1, 0], k=1, filters=filters)] == [id_ for id_ in best if id_ in expected][
        :1
    ]
    left = copy.deepcopy(many)
    left.delete_nodes(filters=filters)
    assert "".join(ids(left)) == "".join(id_ for id_ in "abcde" if id_ not in expected)


def test_ids_choose_too(many: FaissStore) -> None:
    assert ids(many, doc_ids=["x"]) == ["a", "b"]
    assert ids(many, doc_ids=["e", "y"]) == ["c", "d", "e"]
    assert ids(many, node_ids=["a", "c", "unknown"], doc_ids=["x"]) == ["a"]
    assert ids(many, node_ids=["unknown"]) == []
    # VectorStoreIndex always passes an empty list for a store that holds the text.
    assert ids(many, node_ids=[], doc_ids=[]) == ["a", "b", "c", "d", "e"]
    assert ids(many, node_ids=[], filters=one("kind", "==", "trial")) == ["b"]
    assert ids(many, node_ids=["a", "b"], filters=one("kind", "!=", "trial")) == ["a"]
    assert [item.node_id for item in many.get_nodes(["c", "unknown", "a", "c"])] == ["c", "a"]
    assert many.get_nodes([]) == []


def test_deleting_nodes_needs_a_choice(three: FaissStore) -> None:
    with pytest.raises(ValueError, match=r"clear\(\) deletes all"):
        three.delete_nodes()
    three.delete_nodes([])
    assert ids(three) == ["n0", "n1", "n2"]
    asyncio.run(three.adelete_nodes(["n1", "unknown", "n1"]))
    assert ids(three) == ["n0", "n2"]
    asyncio.run(three.aclear())
    assert ids(three) == []
    assert three.client.ntotal == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        pytest.param(VectorStoreQuery(query_str="x"), "with an embedding", id="no-embedding"),
        pytest.param(VectorStoreQuery([1.0]), "1 values; the store holds 3", id="too-short"),
        pytest.param(VectorStoreQuery([1.0, 0.0, float("inf")]), "not finite", id="not-finite"),
        pytest.param(VectorStoreQuery([1.0, 0, 0], similarity_top_k=0), "is 0; it must be", id="no-nodes"),
        pytest.param(VectorStoreQuery([1.0, 0, 0], mode=VectorStoreQueryMode.MMR), "not mmr", id="other-mode"),
        pytest.param(VectorStoreQuery([1.0, 0, 0], filters=one("a", "in", "abc")), "needs a list", id="in-a-text"),
    ],
)
def test_a_bad_query_says_what_is_wrong(three: FaissStore, query: VectorStoreQuery, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        three.query(query)
    with pytest.raises(ValueError, match=message):
        asyncio.run(three.aquery(query))


# --- on disk ---


def test_a_store_is_the_same_after_loading(many: FaissStore, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "default__vector_store.json"
    many.persist(str(path))
    for again in (
        FaissStore.from_persist_path(path),
        FaissStore.from_persist_dir(path.parent),
        pickle.loads(pickle.dumps(many)),
    ):
        assert again.get_nodes() == many.get_nodes()
        assert search(again, [0.3, 0.7]) == search(many, [0.3, 0.7])
        assert ids(again, doc_ids=["x"], filters=one("year", ">", 2019)) == ["b"]
    many.persist(path)
    assert list(path.parent.iterdir()) == [path]


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] if at >= 0 else raw[:at] + bytes([raw[at] ^ 1])


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is not the file of a FaissStore"),
    "another-json": (lambda _: b'{"embedding_dict": {}}', "is not the file of a FaissStore"),
    "json-list": (lambda _: b"[1, 2]\n", "is not the file of a FaissStore"),
    "binary": (lambda _: bytes(range(256)), "is not the file of a FaissStore"),
    "header": (flipped(0), "is not the file of a FaissStore"),
    "cut": (lambda raw: raw[:-1], "damaged: its checksum"),
    "header-only": (lambda raw: raw.partition(b"\n")[0], "damaged: its checksum"),
    "grown": (lambda raw: raw + b"\0", "damaged: its checksum"),
    "text": (lambda raw: raw.replace(b"text of a", b"text of b"), "damaged: its checksum"),
    "vector": (flipped(-40), "damaged: its checksum"),
    "another-schema": (lambda raw: raw.replace(b'"schema": 1', b'"schema": 9', 1), "another version: schema 9"),
}


@pytest.mark.parametrize("case", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_refused(
    many: FaissStore, tmp_path: Path, case: tuple[Callable[[bytes], bytes], str]
) -> None:
    damage, message = case
    path = tmp_path / "store"
    many.persist(path)
    damaged = damage(path.read_bytes())
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    with pytest.raises(IndexMismatchError, match=message) as caught:
        FaissStore.from_persist_path(path)
    assert "Build the store again" in caught.value.hint


def test_a_store_that_is_not_there_or_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatchError, match="There is no store at"):
        FaissStore.from_persist_dir(tmp_path)
    (tmp_path / "default__vector_store.json").mkdir()
    with pytest.raises(IndexMismatchError, match="cannot be read"):
        FaissStore.from_persist_dir(tmp_path)
    FaissStore(dimension=2, fingerprint="old").persist(tmp_path / "other__vector_store.json")
    assert FaissStore.from_persist_dir(tmp_path, "other", fingerprint="old").fingerprint == "old"
    with pytest.raises(IndexMismatchError, match="made with the model old, not new"):
        FaissStore.from_persist_dir(tmp_path, "other", fingerprint="new")


def test_llama_index_s_own_store_does_not_read_the_file_in_silence(many: FaissStore, tmp_path: Path) -> None:
    from llama_index.core.vector_stores import SimpleVectorStore

    path = tmp_path / "default__vector_store.json"
    many.persist(path)
    with pytest.raises(ValueError, match=r"decode|Extra data"):
        SimpleVectorStore.from_persist_path(str(path))


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_writing_leaves_the_old_file(
    three: FaissStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "store"
    three.persist(path)
    before = path.read_bytes()
    three.delete("doc-a")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(*((storefile.os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
        with pytest.raises(OSError, match="no space"):
            three.persist(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    three.persist(path)
    assert ids(FaissStore.from_persist_path(path)) == ["n2"]


def test_only_the_local_file_system_is_written_to(three: FaissStore, tmp_path: Path) -> None:
    import fsspec

    three.persist(tmp_path / "store", fs=fsspec.filesystem("file"))
    assert ids(FaissStore.from_persist_path(tmp_path / "store", fsspec.filesystem("file"))) == ["n0", "n1", "n2"]
    memory = fsspec.filesystem("memory")
    with pytest.raises(ValueError, match="local file system only"):
        three.persist("store", fs=memory)
    with pytest.raises(ValueError, match="local file system only"):
        FaissStore.from_persist_dir("store", fs=memory)


def test_it_is_described_without_its_nodes(three: FaissStore) -> None:
    described = json.loads(json.dumps(three.to_dict()))
    assert described == {
        "class_name": "FaissStore", "dimension": 3, "fingerprint": "", "is_embedding_query": True, "stores_text": True
    }  # fmt: skip
    assert FaissStore.from_dict(described).n_nodes == 0


# --- between threads ---


def test_threads_read_while_others_write(document: Article) -> None:
    sentences = [sentence.text for sentence in document.sentences][:120]
    embedding = EvidencaEmbedding(WordEmbedder())
    vectors = dict(zip(sentences, embedding.get_text_embedding_batch(sentences), strict=True))
    nodes = [
        TextNode(id_=f"s{number}", text=text, embedding=vectors[text], metadata={"even": number % 2})
        for number, text in enumerate(vectors)
    ]
    store = FaissStore(dimension=embedding.dimension)
    store.add(nodes)
    problems: list[str] = []
    done = threading.Event()

    def read(offset: int) -> None:
        for turn in range(60):
            target = nodes[(offset + turn) % len(nodes)]
            filters = one("even", "==", target.metadata["even"]) if turn % 2 else None
            found = store.query(VectorStoreQuery(query_embedding=target.embedding, similarity_top_k=5, filters=filters))
            for item, score in zip(found.nodes or [], found.similarities or [], strict=True):
                actual = float(np.dot(vectors[item.get_content()], target.embedding or []))
                if abs(actual - score) > 1e-5 or (filters and item.metadata["even"] != target.metadata["even"]):
                    problems.append(f"{item.node_id} scored {score}, is {actual}")

    def write() -> None:
        turn = 0
        while not done.is_set():
            some = nodes[turn % 100 : turn % 100 + 20]
            store.delete_nodes([item.node_id for item in some])
            store.add(some)
            turn += 7

    def guarded(work: Callable[..., None], *arguments: int) -> None:
        try:
            work(*arguments)
        except Exception as error:
            problems.append(repr(error))

    readers = [threading.Thread(target=guarded, args=(read, 17 * number)) for number in range(6)]
    writers = [threading.Thread(target=guarded, args=(write,)) for _ in range(2)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in readers:
        thread.join()
    done.set()
    for thread in writers:
        thread.join()
    assert problems == []
    assert sorted(item.node_id for item in store.get_nodes()) == sorted(item.node_id for item in nodes)


# --- against a plain model ---

IDS = st.sampled_from([f"n{number}" for number in range(6)])
DOCUMENTS = st.sampled_from(["", "p", "q", "n0"])
VECTORS = st.lists(st.integers(-3, 3).map(float), min_size=3, max_size=3)
LEVELS = st.integers(0, 3)


class AgainstAModel(RuleBasedStateMachine):
    """The store does what a dict of (vector, document, level) and numpy do."""

    def __init__(self) -> None:
        super().__init__()
        self.store = FaissStore(dimension=3)
        self.model: dict[str, tuple[list[float], str, int]] = {}

    @rule(new=st.lists(st.tuples(IDS, VECTORS, DOCUMENTS, LEVELS), max_size=4))
    def add(self, new: list[tuple[str, list[float], str, int]]) -> None:
        self.store.add([node(id_, vector, document=of, level=level) for id_, vector, of, level in new])
        self.model.update({id_: (vector, of or id_, level) for id_, vector, of, level in new})

    @rule(document=st.sampled_from(["p", "q", "n0", "n1"]))
    def delete(self, document: str) -> None:
        self.store.delete(document)
        self.model = {id_: value for id_, value in self.model.items() if value[1] != document}

    @rule(chosen=st.none() | st.lists(IDS), level=LEVELS)
    def delete_nodes(self, chosen: list[str] | None, level: int) -> None:
        self.store.delete_nodes(chosen, one("level", ">=", level))
        self.model = {
            id_: value
            for id_, value in self.model.items()
            if not ((chosen is None or id_ in chosen) and value[2] >= level)
        }

    @precondition(lambda self: len(self.model) > 4)
    @rule()
    def clear(self) -> None:
        self.store.clear()
        self.model.clear()

    @rule()
    def write_and_load(self) -> None:
        self.store = pickle.loads(pickle.dumps(self.store))

    @rule(vector=VECTORS, k=st.integers(1, 7), level=st.none() | LEVELS, documents=st.none() | st.lists(DOCUMENTS))
    def query(self, vector: list[float], k: int, level: int | None, documents: list[str] | None) -> None:
        filters = one("level", "!=", level) if level is not None else None
        found = search(self.store, vector, k, filters=filters, doc_ids=documents)
        expected = {
            id_: cosine(of, vector)
            for id_, (of, document, height) in self.model.items()
            if height != level and (not documents or document in documents)
        }
        # Which of equals come last is open, so not the ids are compared but what each one scores.
        assert [score for _, score in found] == pytest.approx(sorted(expected.values(), reverse=True)[:k], abs=1e-4)
        assert len({id_ for id_, _ in found}) == len(found)
        for id_, score in found:
            assert score == pytest.approx(expected[id_], abs=1e-4)

    @invariant()
    def holds_the_same(self) -> None:
        held = {
            item.node_id: (item.ref_doc_id or item.node_id, item.metadata["level"]) for item in self.store.get_nodes()
        }
        assert held == {id_: (document, level) for id_, (_, document, level) in self.model.items()}
        assert self.store.client.ntotal == len(self.model)


def cosine(first: list[float], second: list[float]) -> float:
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.dot(first, second)) / norms if norms else 0.0


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
