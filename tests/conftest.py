"""Shared fixtures: the real article, and one index of it built with the real bundled model."""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

import ingest.build
from corpus.config import Settings
from corpus.load import Article, load_article
from corpus.terms import words
from corpus.types import Document
from ingest.build import build, parse_article
from ingest.chunk import Chunk, chunk
from ingest.embed import FloatMatrix
from rag.engine import Engine

# Helpers assert, too; a failure there should say as much as one in a test.
pytest.register_assert_rewrite("tests.page_helpers", "tests.eval_helpers")

# A busy machine is no failure.
expect.set_options(timeout=20_000)

# Without windows of its own it takes less of a small machine.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

# Nothing in the tests may reach a network, whatever the machine is set to.
os.environ["HF_HUB_OFFLINE"] = "1"


class WordEmbedder:
    """An exact double: a text is the normalised count of its words, hashed into few dimensions."""

    name = "words"
    dimension = 64
    fingerprint = "words-64"

    def __init__(self) -> None:
        self.n_texts = 0

    def _vector(self, text: str) -> FloatMatrix:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for word in words(text):
            vector[sum(map(ord, word)) % self.dimension] += 1
        return vector / (np.linalg.norm(vector) or 1)

    def encode_documents(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> FloatMatrix:
        vectors = [np.empty((0, self.dimension), dtype=np.float32)]
        for text in texts:
            vectors.append(self._vector(text)[None])
            self.n_texts += 1
            if on_batch is not None:
                on_batch(1)
        return np.concatenate(vectors)

    def encode_query(self, text: str) -> FloatMatrix:
        return np.ascontiguousarray(self._vector(text)[None], dtype=np.float32)


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture(scope="session")
def article() -> Article:
    return load_article()


@pytest.fixture(scope="session")
def document(article: Article) -> Document:
    return parse_article(article)


@pytest.fixture(scope="session")
def chunks(document: Document, article: Article) -> list[Chunk]:
    return chunk(document, article)


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the real article, built with the real model, once for all tests."""
    folder = tmp_path_factory.mktemp("evidenca") / "index"
    build(Settings(index_dir=folder))
    return folder


@pytest.fixture
def few_texts(article: Article, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without restatements, in half the time: for tests that build several times."""
    monkeypatch.setattr(ingest.build, "load_article", lambda: replace(article, restatements={}))


@pytest.fixture(scope="session")
def engine(index_dir: Path) -> Engine:
    return Engine.open(Settings(index_dir=index_dir))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium that resolves no name; without one the tests are skipped, or fail where it is required."""
    chromium = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if chromium is None:
        if os.environ.get("EVIDENCA_REQUIRE_BROWSER") == "1":
            pytest.fail("EVIDENCA_REQUIRE_BROWSER=1, but there is no Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of every open page when a browser test fails, in test-results/."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and browser is not None:
        folder = item.config.rootpath / "test-results"
        folder.mkdir(exist_ok=True)
        pages = [page for context in browser.contexts for page in context.pages]
        for number, page in enumerate(pages, start=1):
            name = re.sub(r"[^\w.-]+", "_", f"{item.name}-{number}")
            with contextlib.suppress(PlaywrightError):  # a picture must not hide the failure
                page.screenshot(path=folder / f"{name}.png", timeout=5000)
    return report
