"""The LlamaIndex adapters, used as a LlamaIndex user would: explicit arguments, no global Settings."""

import asyncio
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import ConfigError, IndexMismatchError, QuestionError
from corpus.types import Document
from ingest.embedder.static import StaticEmbedder
from rag.engine import Engine, Turn
from tests.conftest import WordEmbedder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ROOT = Path(__file__).parent.parent

QUESTIONS = {"sl": "Kako nastane ciroza jeter?", "en": "What causes liver cirrhosis?"}
COMPUTED = {"sl": "Koliko raziskav je v fazi 2?", "en": "How many trials are in phase 2?"}
UNANSWERED = {
    "advice-sl": ("Naj jemljem zdravila za jetra?", "abstained", "medical_advice"),
    "advice-en": ("Should I take pills for my liver?", "abstained", "medical_advice"),
    "small-talk-sl": ("Živjo!", "abstained", "small_talk"),
    "empty": ("", "failed", "empty_question"),
    "french": ("Quelle est la cause principale de la cirrhose du foie chez les patients ?", "failed", None),
}


def by_id(cases: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in cases.items()])


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever falls back to the global models fails, in place of trying a paid service."""
    from llama_index.core import settings

    def refuse(_: object) -> None:
        raise AssertionError("the global Settings were asked for a model")

    monkeypatch.setattr(settings._Settings, "llm", property(refuse))
    monkeypatch.setattr(settings._Settings, "embed_model", property(refuse))
    yield
    assert settings.Settings._llm is None
    assert settings.Settings._embed_model is None


# --- retriever ---


@pytest.mark.model
@by_id(QUESTIONS)
def test_nodes_carry_quote_and_provenance(engine: Engine, case: str) -> None:
    from llama_index.core.schema import MetadataMode

    from rag.llama import EvidencaRetriever

    nodes = EvidencaRetriever(engine, k=4).retrieve(case)
    expected = engine.search(case, k=4)
    assert [(node.node_id, node.score) for node in nodes] == [(r.chunk.id, r.score) for r in expected]
    assert nodes[0].node.get_content(MetadataMode.LLM) == expected[0].chunk.text
    assert nodes[0].metadata["spans"] == [list(span) for span in expected[0].chunk.spans]
    assert nodes[0].metadata["section"] == "3.1.4.2"
    json.dumps([node.metadata for node in nodes])


@pytest.mark.model
@by_id(QUESTIONS)
def test_retrieving_in_an_event_loop_gives_the_same(engine: Engine, case: str) -> None:
    from rag.llama import EvidencaRetriever

    retriever = EvidencaRetriever(engine, k=3)
    assert asyncio.run(retriever.aretrieve(case)) == retriever.retrieve(case)


@pytest.mark.model
def test_no_nodes_make_no_sense(engine: Engine) -> None:
    from rag.llama import EvidencaRetriever

    with pytest.raises(ValueError, match="at least 1"):
        EvidencaRetriever(engine, k=0)


@pytest.mark.model
def test_a_question_that_cannot_be_searched_for_says_why(engine: Engine) -> None:
    from rag.llama import EvidencaRetriever

    with pytest.raises(QuestionError, match="empty"):
        EvidencaRetriever(engine).retrieve("  ")


# --- embedding ---

TEXTS = ["Ciroza jeter je bolezenska sprememba.", "Exosomes carry miRNA.", "", "brez šumnikov: zunajcelicni vezikli"]


def test_the_embedding_gives_the_embedder_s_vectors() -> None:
    from rag.llama import EvidencaEmbedding

    embedder = StaticEmbedder()
    embedding = EvidencaEmbedding(embed_batch_size=2)
    expected = embedder.encode_documents(TEXTS)
    found = embedding.get_text_embedding_batch(TEXTS)
    assert np.array_equal(np.array(found, dtype=np.float32), expected)
    assert embedding.dimension == embedder.dimension == len(found[0])
    norms = np.linalg.norm(found, axis=1)
    assert norms[[0, 1, 3]] == pytest.approx(1, abs=1e-5)
    assert norms[2] == 0
    for text, vector in zip(TEXTS, found, strict=True):
        assert embedding.get_text_embedding(text) == vector
        assert embedding.get_query_embedding(text) == embedder.encode_query(text)[0].tolist()


def test_embedding_in_an_event_loop_gives_the_same() -> None:
    from rag.llama import EvidencaEmbedding

    embedding = EvidencaEmbedding(embed_batch_size=3)

    async def run() -> tuple[list[list[float]], list[list[float]], list[float]]:
        texts = await embedding.aget_text_embedding_batch(TEXTS)
        single = await asyncio.gather(*map(embedding.aget_text_embedding, TEXTS))
        return texts, list(single), await embedding.aget_query_embedding(TEXTS[0])

    texts, single, query = asyncio.run(run())
    assert texts == single == embedding.get_text_embedding_batch(TEXTS)
    assert query == embedding.get_query_embedding(TEXTS[0])


def test_an_embedding_is_serialised_by_name_and_refuses_other_weights(
    embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.llama import EvidencaEmbedding

    embedding = EvidencaEmbedding(embed_batch_size=7)
    stored = json.loads(json.dumps(embedding.to_dict()))
    assert (stored["model_name"], stored["fingerprint"]) == ("evidenca-static", StaticEmbedder().fingerprint)
    for again in (EvidencaEmbedding.from_dict(dict(stored)), pickle.loads(pickle.dumps(embedding))):
        assert again.embed_batch_size == 7
        assert again.get_query_embedding(TEXTS[0]) == embedding.get_query_embedding(TEXTS[0])
    with pytest.raises(IndexMismatchError, match=r"are \w+, not 0000\. Embed"):
        EvidencaEmbedding.from_dict({**stored, "fingerprint": "0000"})
    pickled = pickle.dumps(embedding)
    monkeypatch.setattr("rag.llama.embedding.load_embedder", lambda _: embedder)
    with pytest.raises(IndexMismatchError, match="weights of words are words-64, not"):
        pickle.loads(pickled)


def test_any_embedder_will_do(embedder: WordEmbedder) -> None:
    from rag.llama import EvidencaEmbedding

    embedding = EvidencaEmbedding(embedder)
    assert (embedding.model_name, embedding.dimension) == ("words", 64)
    assert embedding.get_text_embedding_batch(["a b", "c"]) == embedder.encode_documents(["a b", "c"]).tolist()
    with pytest.raises(ValueError, match="'other'; the embedder given is 'words'"):
        EvidencaEmbedding(embedder, model_name="other")
    with pytest.raises(ConfigError, match="no embedding model at"):
        EvidencaEmbedding(model_name="./nowhere")


# --- query engine ---


def without_timings(metadata: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name != "timings_ms"}


@pytest.mark.model
@by_id({**QUESTIONS, **{f"computed-{name}": question for name, question in COMPUTED.items()}})
def test_a_response_holds_the_answer_and_its_sources(engine: Engine, case: str) -> None:
    from rag.llama import EvidencaQueryEngine

    query_engine = EvidencaQueryEngine(engine)
    answer = engine.ask(case)
    assert answer.citations
    for response in (query_engine.query(case), asyncio.run(query_engine.aquery(case))):
        assert response.response == str(response) == answer.answer
        nodes = response.source_nodes
        assert [node.metadata["marker"] for node in nodes] == list(range(1, len(answer.citations) + 1))
        assert [(node.node_id, node.text) for node in nodes] == [(c.id, c.quote) for c in answer.citations]
        assert {node.score for node in nodes} == {answer.confidence}
        assert without_timings(response.metadata) == without_timings(json.loads(json.dumps(answer.to_dict())))
        assert (response.metadata["computation"] is not None) == (case in COMPUTED.values())


@pytest.mark.model
def test_source_nodes_quote_the_article(engine: Engine, document: Document) -> None:
    from corpus.text import quote
    from corpus.types import Span
    from rag.llama import EvidencaQueryEngine

    nodes = EvidencaQueryEngine(engine).query(QUESTIONS["sl"]).source_nodes
    assert nodes
    for node in nodes:
        assert quote(document.text, tuple(Span(*span) for span in node.metadata["spans"])) == node.text


@pytest.mark.model
@by_id(UNANSWERED)
def test_an_unanswered_question_has_a_reason_and_no_sources(engine: Engine, case: tuple[str, str, str | None]) -> None:
    from rag.llama import EvidencaQueryEngine

    question, outcome, reason = case
    response = EvidencaQueryEngine(engine).query(question)
    assert response.source_nodes == []
    assert response.response == engine.ask(question).answer
    assert response.metadata["outcome"] == outcome
    assert response.metadata["reason"] == reason or (reason is None and response.metadata["reason"])


# --- chat engine ---


class Listening:
    """An engine that notes what it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.asked: list[tuple[str, list[Turn]]] = []

    def ask(self, question: str, *, history: Any = ()) -> Any:
        self.asked.append((question, list(history)))
        return self._engine.ask(question, history=history)


DIALOGUES = {
    "sl": ("Koliko raziskav je na Kitajskem?", "Katere so v fazi 1?"),
    "en": ("How many trials are in China?", "Which of them are in phase 1?"),
}


@pytest.mark.model
@by_id(DIALOGUES)
def test_a_conversation_goes_with_each_question(engine: Engine, case: tuple[str, str]) -> None:
    from llama_index.core.base.llms.types import MessageRole

    from rag.llama import EvidencaChatEngine

    listening = Listening(engine)
    chat_engine = EvidencaChatEngine(listening)
    first = chat_engine.chat(case[0])
    second = chat_engine.chat(case[1])
    turns = [Turn("user", case[0]), Turn("assistant", first.response)]
    assert listening.asked == [(case[0], []), (case[1], turns)]
    expected = engine.ask(case[1], history=turns)
    assert second.response == expected.answer
    assert [node.node_id for node in second.source_nodes] == [citation.id for citation in expected.citations]
    assert second.metadata["resolved_question"] == expected.resolved_question
    history = chat_engine.chat_history
    assert [message.content for message in history] == [case[0], first.response, case[1], second.response]
    assert [message.role for message in history] == [MessageRole.USER, MessageRole.ASSISTANT] * 2


@pytest.mark.model
def test_a_conversation_can_begin_elsewhere_and_begin_anew(engine: Engine) -> None:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    from rag.llama import EvidencaChatEngine

    listening = Listening(engine)
    before = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be {context_str} brief."),
        ChatMessage(role=MessageRole.USER, content=COMPUTED["sl"]),
        ChatMessage(role=MessageRole.ASSISTANT, content="…"),
        ChatMessage(role=MessageRole.ASSISTANT, content=None),
    ]
    chat_engine = EvidencaChatEngine(listening, chat_history=before[:1])
    chat_engine.chat(QUESTIONS["sl"])
    chat_engine.chat(QUESTIONS["sl"], chat_history=before)
    assert [history for _, history in listening.asked] == [[], [Turn("user", COMPUTED["sl"]), Turn("assistant", "…")]]
    assert [message.content for message in chat_engine.chat_history[:-2]] == [message.content for message in before]
    chat_engine.chat_history.clear()  # a copy
    assert len(chat_engine.chat_history) == len(before) + 2
    chat_engine.reset()
    assert chat_engine.chat_history == []


@pytest.mark.model
@by_id({**QUESTIONS, "computed": COMPUTED["en"], "advice": UNANSWERED["advice-sl"][0]})
def test_all_ways_to_chat_say_the_same(engine: Engine, case: str) -> None:
    from rag.llama import EvidencaChatEngine

    chat_engine = EvidencaChatEngine(engine)
    expected = chat_engine.chat(case)
    said = chat_engine.chat_history

    async def in_a_loop() -> tuple[Any, Any, str]:
        chat_engine.reset()
        whole = await chat_engine.achat(case)
        chat_engine.reset()
        stream = await chat_engine.astream_chat(case)
        return whole, stream, "".join([delta async for delta in stream.async_response_gen()])

    whole, astream, aread = asyncio.run(in_a_loop())
    assert chat_engine.chat_history == said
    chat_engine.reset()
    stream = chat_engine.stream_chat(case)
    assert chat_engine.chat_history == said  # before a word of it is read
    assert str(stream) == expected.response
    deltas = list(stream.response_gen)
    assert len(deltas) > 5
    assert "".join(deltas) == aread == expected.response == whole.response == str(stream) == str(astream)
    for response in (whole, stream, astream):
        assert response.source_nodes == expected.source_nodes
        assert without_timings(response.sources[0].raw_output.metadata) == without_timings(expected.metadata)


# --- put together with LlamaIndex's own parts ---


@pytest.mark.model
@by_id(QUESTIONS)
def test_the_retriever_serves_a_language_model(engine: Engine, case: str) -> None:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine
    from llama_index.core.response_synthesizers import ResponseMode

    from rag.llama import EvidencaRetriever

    query_engine = RetrieverQueryEngine.from_args(
        EvidencaRetriever(engine, k=2),
        llm=MockLLM(),
        response_mode=ResponseMode.COMPACT,
        callback_manager=CallbackManager([]),
    )
    response = query_engine.query(case)  # the mock repeats its prompt
    expected = [result.chunk for result in engine.search(case, k=2)]
    assert [node.node_id for node in response.source_nodes] == [chunk.id for chunk in expected]
    for part in (case, expected[0].text, expected[1].text):
        assert part in str(response)
    assert "spans" not in str(response)


@pytest.mark.parametrize("use_async", [False, True], ids=["sync", "async"])
def test_embedding_and_store_make_an_index_of_the_article(document: Document, use_async: bool, tmp_path: Path) -> None:
    from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.schema import TextNode
    from llama_index.core.vector_stores import MetadataFilter, MetadataFilters

    from rag.llama import EvidencaEmbedding, FaissStore

    embedding = EvidencaEmbedding()
    store = FaissStore(dimension=embedding.dimension, fingerprint=embedding.fingerprint)
    nodes = [
        TextNode(id_=s.id, text=s.text, metadata={"language": s.language}, excluded_embed_metadata_keys=["language"])
        for s in document.sentences
    ]
    explicit: dict[str, Any] = {
        "embed_model": embedding,
        "transformations": [embedding],
        "callback_manager": CallbackManager([]),
    }
    index = VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), **explicit)
    assert index.vector_store is store  # an empty store is a store
    assert store.n_nodes == len(nodes)

    only_english = MetadataFilters(filters=[MetadataFilter(key="language", value="en")])
    matrix = StaticEmbedder().encode_documents([node.text for node in nodes])
    for question in QUESTIONS.values():
        retriever = index.as_retriever(similarity_top_k=5)
        found = asyncio.run(retriever.aretrieve(question)) if use_async else retriever.retrieve(question)
        similarities = matrix @ StaticEmbedder().encode_query(question)[0]
        assert [node.score for node in found] == pytest.approx(sorted(similarities, reverse=True)[:5], abs=1e-5)
        texts = {node.id_: node.text for node in nodes}
        assert [texts[node.node_id] for node in found] == [node.text for node in found]
        english = index.as_retriever(similarity_top_k=5, filters=only_english).retrieve(question)
        assert [node.metadata["language"] for node in english] == ["en"] * 5

    index.storage_context.persist(tmp_path)
    again = FaissStore.from_persist_dir(tmp_path, fingerprint=embedding.fingerprint)
    context = StorageContext.from_defaults(persist_dir=str(tmp_path), vector_store=again)
    reloaded = load_index_from_storage(context, **explicit)
    question = QUESTIONS["en"]
    expected = index.as_retriever(similarity_top_k=5).retrieve(question)
    assert reloaded.as_retriever(similarity_top_k=5).retrieve(question) == expected


@pytest.mark.model
def test_the_query_engine_is_a_tool(engine: Engine) -> None:
    from llama_index.core.tools import QueryEngineTool

    from rag.llama import EvidencaQueryEngine

    tool = QueryEngineTool.from_defaults(EvidencaQueryEngine(engine), name="article", description="One review article.")
    for question in QUESTIONS.values():
        expected = engine.ask(question)
        for output in (tool.call(input=question), asyncio.run(tool.acall(input=question))):
            assert output.content == expected.answer
            assert [node.node_id for node in output.raw_output.source_nodes] == [c.id for c in expected.citations]


# --- alone in the world ---


def test_the_engine_does_not_import_llama_index() -> None:
    script = "import sys, rag, rag.engine; print('llama_index' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_public_names_are_exported_and_the_parts_documented() -> None:
    import rag.llama

    documented = (ROOT / "docs" / "llamaindex.md").read_text(encoding="utf-8")
    assert [name for name in rag.llama.__all__ if name[0].isupper() and f"`{name}(" not in documented] == []

    assert rag.llama.__all__ == sorted(rag.llama.__all__)
    for name in rag.llama.__all__:
        assert getattr(rag.llama, name).__module__.startswith("rag.llama.")


_ISOLATED = """
import runpy, socket, sys
def refuse(*args, **kwargs):
    raise AssertionError(f"network: {args[1:]}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
from llama_index.core import Settings
assert Settings._llm is None and Settings._embed_model is None
assert not {"openai", "torch", "sentence_transformers"} & set(sys.modules)
"""


@pytest.mark.model
def test_the_example_runs_in_an_empty_home_without_network(index_dir: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    example = ROOT / "docs" / "examples" / "llamaindex_pipeline.py"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _ISOLATED, str(example), str(index_dir)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=home,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for heading in ("Retriever", "Query engine", "Chat engine", "Vector store"):
        assert f"== {heading}" in done.stdout
    assert "[1] 3.1.4.2:1.1" in done.stdout
    assert list(home.iterdir()) == []
