"""The index on disk: faithful, checked, written at once or not at all."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import ingest.index
from corpus.config import Settings
from corpus.errors import ConfigError, IndexMismatchError
from corpus.load import Article
from corpus.types import Document, Language
from ingest.build import build
from ingest.chunk import Chunk, Collection
from ingest.embedder.static import StaticEmbedder
from ingest.fresh import check_fresh
from ingest.index import Index, read_manifest
from ingest.lexicon import build_lexicon
from tests.conftest import WordEmbedder

# What a script of its own starts with, to build as with `few_texts`.
FEW_TEXTS = (
    "import sys, time\n"
    "from dataclasses import replace\n"
    "from pathlib import Path\n"
    "import ingest.build\n"
    "from corpus.config import Settings\n"
    "from corpus.load import load_article\n"
    "from tests.conftest import WordEmbedder\n"
    "ingest.build.load_article = lambda: replace(load_article(), restatements={})\n"
    "settings = Settings(index_dir=Path(sys.argv[1]))\n"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index_dir=tmp_path / "index")


@pytest.fixture(scope="module")
def words_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index and, beside it, its cache."""
    folder = tmp_path_factory.mktemp("words") / "index"
    build(Settings(index_dir=folder), embedder=WordEmbedder())
    return folder


@pytest.fixture
def built(settings: Settings, words_index: Path) -> Index:
    """A copy that a test may damage."""
    for folder in (words_index, words_index.with_name("index-cache")):
        shutil.copytree(folder, settings.index_dir.with_name(folder.name))
    return Index.open(settings.index_dir)


def test_everything_comes_back_as_it_was(built: Index, document: Document, chunks: list[Chunk]) -> None:
    assert list(built.documents.values()) == [document]
    assert list(built.chunks.values()) == chunks


def test_cosines_equal_plain_numpy(built: Index, embedder: WordEmbedder, chunks: list[Chunk]) -> None:
    """A chunk has the cosine of its best text: itself, two of its sentences, or a restatement."""
    query = embedder.encode_query("zunajcelični vezikli pri celjenju fistul")
    by_id = {item.id: item for item in chunks}
    found = built.cosines(query)
    assert set(found) == {*Language, None}
    for side, values in found.items():
        expected = np.full(len(chunks), -np.inf)
        for place, item in enumerate(chunks):
            texts = list(item.restated) if side is None else []
            if side is not None and side in item.search:
                texts.append(item.search[side])
                texts.extend(f"{by_id[a].search[side]} {by_id[b].search[side]}" for a, b in pairwise(item.pieces))
            if texts:
                expected[place] = (embedder.encode_documents(texts) @ query[0]).max()
        assert np.isneginf(values).tolist() == np.isneginf(expected).tolist()
        assert values[~np.isneginf(values)] == pytest.approx(expected[~np.isneginf(expected)], abs=1e-5)


def test_restatements_stand_for_their_sentence_only_when_asked(built: Index, chunks: list[Chunk]) -> None:
    """The words of a restatement lead to its sentence, and never into its text."""
    place, item = next((place, item) for place, item in enumerate(chunks) if item.id == "3.1.4.1:2.5")
    embedder = WordEmbedder()
    for text in item.restated:
        found = built.cosines(embedder.encode_query(text))
        assert found[None].argmax() == place
        assert found[None][place] == pytest.approx(1.0, abs=1e-5)
        assert max(found[side].max() for side in Language) < 0.999
        assert text not in (item.text, item.translation, *item.search.values())


def test_vectors_and_restatements_are_counted(built: Index, chunks: list[Chunk]) -> None:
    counts = built.manifest.counts
    assert counts["restatements"] == sum(len(item.restated) for item in chunks) > 1000
    pairs = sum(max(0, len(item.pieces) - 1) * len(item.search) for item in chunks)
    texts = sum(len(item.search) + len(item.restated) for item in chunks)
    assert counts["vectors"] == texts + pairs
    assert {name: counts[name] for name in Collection} == {
        name: sum(item.collection is name for item in chunks) for name in Collection
    }


def test_the_folder_holds_what_it_should(built: Index) -> None:
    vectors = {f"{collection}.{end}" for collection in Collection for end in ("faiss", "rows.json")}
    words = {"lexicon.npz", "spellings.json", "languages.npz", "sl.dic", "en.dic"}
    expected = {"chunks.jsonl", "zdravvestn-3627.article.json", *words, *vectors}
    assert set(built.manifest.files) == expected
    assert {path.name for path in built.folder.iterdir()} == {*expected, "manifest.json"}


def test_the_lexicon_comes_back_as_it_was_built(built: Index, chunks: list[Chunk]) -> None:
    lexicon = build_lexicon(chunks, StaticEmbedder().word_vectors)
    assert built.lexicon.words == lexicon.words
    assert len(built.lexicon.starts) - 1 == len(chunks) + built.manifest.counts["restatements"]
    np.testing.assert_array_equal(built.lexicon.members, lexicon.members)
    np.testing.assert_allclose(built.lexicon.vectors, lexicon.vectors, atol=1e-3)


def test_a_side_can_be_left_out(built: Index, embedder: WordEmbedder, chunks: list[Chunk]) -> None:
    found = built.cosines(embedder.encode_query("Bolniki niso poročali o sistemskih ali lokalnih neželenih učinkih"))
    assert chunks[int(found[Language.SL].argmax())].id == "3.1.4.1:2.6"
    assert found[Language.SL].max() > found[Language.EN].max()


def test_a_vector_of_another_model_is_refused(built: Index) -> None:
    with pytest.raises(ValueError, match=r"\(1, 64\)"):
        built.cosines(np.zeros((1, 384), dtype=np.float32))


@pytest.mark.usefixtures("few_texts")
def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(Settings(index_dir=tmp_path / name), embedder=WordEmbedder())
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert {name: (tmp_path / "one" / name).read_bytes() for name in files} == {
        name: (tmp_path / "two" / name).read_bytes() for name in files
    }


@pytest.mark.usefixtures("few_texts")
def test_nothing_is_embedded_twice(settings: Settings) -> None:
    first, second = WordEmbedder(), WordEmbedder()
    report = build(settings, embedder=first)
    assert first.n_texts == report.n_embedded > 600
    assert build(settings, embedder=second).n_embedded == 0
    assert second.n_texts == 0
    assert build(settings, embedder=second, force=True).n_embedded == report.n_embedded


@pytest.mark.usefixtures("few_texts")
def test_an_interrupted_build_resumes_and_leaves_no_half_index(settings: Settings) -> None:
    embedder = WordEmbedder()

    def stop(done: int, total: int) -> None:
        if done >= 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(settings, embedder=embedder, on_progress=stop)
    assert not settings.index_dir.exists()
    report = build(settings, embedder=embedder)
    assert 0 < report.n_embedded < report.manifest.counts["vectors"] - 200
    Index.open(settings.index_dir)


@pytest.mark.parametrize(
    "name", ["chunks.jsonl", "article.faiss", "references.rows.json", "lexicon.npz", "languages.npz"]
)
def test_a_damaged_file_is_noticed(built: Index, name: str) -> None:
    path = built.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(IndexMismatchError, match=f"{name} was changed.*evidenca ingest"):
        Index.open(built.folder)


def test_a_missing_file_is_noticed(built: Index) -> None:
    (built.folder / "trials.faiss").unlink()
    with pytest.raises(IndexMismatchError, match=r"lacks trials\.faiss.*evidenca ingest"):
        Index.open(built.folder)


@pytest.mark.parametrize("content", ["", "{", '{"schema": 0}', "[]"])
def test_an_unreadable_manifest_is_noticed(built: Index, content: str) -> None:
    (built.folder / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(IndexMismatchError, match=r"cannot read.*evidenca ingest"):
        Index.open(built.folder)


def test_no_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatchError, match=r"There is no index in .*nowhere\. Build it: evidenca ingest"):
        Index.open(tmp_path / "nowhere")


def test_a_changed_article_makes_the_index_stale(built: Index, article: Article, settings: Settings) -> None:
    check_fresh(built.manifest, article, settings)
    with pytest.raises(IndexMismatchError, match=r"stale: the bundled article.*evidenca ingest"):
        check_fresh(built.manifest, replace(article, sha256="0" * 64), settings)


def test_another_version_of_the_code_makes_the_index_stale(built: Index, article: Article, settings: Settings) -> None:
    with pytest.raises(IndexMismatchError, match=r"built by Evidenca 0\.0\.1.*evidenca ingest"):
        check_fresh(replace(built.manifest, code="0.0.1/1"), article, settings)


def test_another_model_is_refused_with_both_names(built: Index, article: Article, settings: Settings) -> None:
    asked = replace(settings, embedding_model="intfloat/multilingual-e5-small")
    with pytest.raises(IndexMismatchError, match=r"words \(64 dimensions\), but intfloat/multilingual-e5-small"):
        check_fresh(built.manifest, article, asked)


def test_a_full_disk_leaves_the_old_index_in_place(
    built: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in built.folder.iterdir()}

    def no_space(path: Path, content: bytes) -> None:
        if path.name == "trials.faiss":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        path.write_bytes(content)

    monkeypatch.setattr(ingest.index, "_write", no_space)
    with pytest.raises(OSError, match="No space left"):
        build(settings, embedder=WordEmbedder(), force=True)
    assert {path.name: path.read_bytes() for path in built.folder.iterdir()} == before
    assert sorted(path.name for path in built.folder.parent.iterdir()) == ["index", "index-cache"]


@pytest.mark.usefixtures("few_texts")
def test_a_killed_build_leaves_no_index(tmp_path: Path) -> None:
    """A real process, killed while it embeds: what was there before is what is there after."""
    folder = tmp_path / "index"
    script = FEW_TEXTS + (
        "def slow(done, total):\n"
        "    print(done, flush=True); time.sleep(0.05)\n"
        "ingest.build.build(settings, embedder=WordEmbedder(), on_progress=slow)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 20:
            process.send_signal(signal.SIGKILL)
            break
    process.wait(timeout=30)
    process.stdout.close()
    assert not folder.exists()
    build(Settings(index_dir=folder), embedder=WordEmbedder())
    Index.open(folder)


@pytest.mark.usefixtures("few_texts")
def test_readers_see_the_old_index_or_the_new_one(settings: Settings) -> None:
    """While builds replace the index over and over, every opening succeeds."""
    build(settings, embedder=WordEmbedder())
    script = FEW_TEXTS + "for _ in range(3): ingest.build.build(settings, embedder=WordEmbedder(), force=True)\n"
    process = subprocess.Popen([sys.executable, "-c", script, str(settings.index_dir)])
    opened = missed = 0
    while process.poll() is None:
        try:
            read_manifest(settings.index_dir)
            opened += 1
        except IndexMismatchError:
            missed += 1  # the instant between two renames
        time.sleep(0.005)
    assert process.returncode == 0
    assert opened > 50
    assert missed <= opened * 0.02


@pytest.mark.usefixtures("few_texts")
def test_a_damaged_cache_is_only_a_cache(settings: Settings) -> None:
    build(settings, embedder=WordEmbedder())
    (cache,) = settings.index_dir.with_name("index-cache").iterdir()
    cache.write_bytes(cache.read_bytes()[:1000])
    report = build(settings, embedder=WordEmbedder())
    assert report.n_embedded > 600


ADDED = """# Vesicles in cartilage repair

## Abstract

We summarise what invented trials found about vesicles in cartilage.

## 1 Results

Cartilage grew in 12 of 20 invented patients (1). Nobody reported pain [2].

## References

1. Novak A, Kos B. An invented trial of cartilage. *J Invent Res.* 2020;1(2):3-9. DOI: 10.5555/invented.1
2. Zajc C. Another invention. *J Invent Res.* 2021;2(1):1-4. DOI: 10.5555/invented.2
"""


@pytest.mark.usefixtures("few_texts")
def test_a_further_article_is_added_refreshed_and_removed(settings: Settings, article: Article, tmp_path: Path) -> None:
    path = tmp_path / "Cartilage Review.md"
    path.write_text(ADDED, encoding="utf-8")
    build(settings, embedder=WordEmbedder(), add=[path])
    index = Index.open(settings.index_dir)
    assert list(index.documents) == ["zdravvestn-3627", "cartilage-review"]
    added = [item for item in index.chunks.values() if item.article == "cartilage-review"]
    assert "cartilage-review/1:1.1" in {item.id for item in added}
    assert {item.language for item in added} == {Language.EN}
    assert index.manifest.articles[1].title == "Vesicles in cartilage repair"
    check_fresh(index.manifest, article, settings)

    path.write_text(ADDED.replace("12 of 20", "13 of 20"), encoding="utf-8")
    with pytest.raises(IndexMismatchError, match=r"Cartilage Review\.md has changed"):
        check_fresh(index.manifest, article, settings)
    build(settings, embedder=WordEmbedder())
    assert "13 of 20" in Index.open(settings.index_dir).documents["cartilage-review"].text

    path.unlink()
    build(settings, embedder=WordEmbedder(), force=True)
    assert "13 of 20" in Index.open(settings.index_dir).documents["cartilage-review"].text

    build(settings, embedder=WordEmbedder(), remove=["cartilage-review"])
    assert list(Index.open(settings.index_dir).documents) == ["zdravvestn-3627"]


def test_unknown_ids_cannot_be_removed(settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"No added article is called nothing\. Added articles: none"):
        build(settings, embedder=WordEmbedder(), remove=["nothing"])


def test_two_files_of_one_name_are_refused(settings: Settings, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "review.md").write_text(ADDED, encoding="utf-8")
    with pytest.raises(ConfigError, match="already holds an article called review"):
        build(settings, embedder=WordEmbedder(), add=[tmp_path / "a/review.md", tmp_path / "b/review.md"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_an_os_error(tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    with pytest.raises(OSError, match="Permission denied"):
        build(Settings(index_dir=place / "index"), embedder=WordEmbedder())


def test_the_manifest_says_what_the_index_was_built_with(built: Index, article: Article) -> None:
    manifest = json.loads((built.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["articles"][0]["sha256"] == article.sha256
    assert manifest["model"] == "words"
    assert manifest["dimension"] == 64
    assert set(manifest["files"]) == {path.name for path in built.folder.iterdir()} - {"manifest.json"}
    shutil.rmtree(built.folder)
