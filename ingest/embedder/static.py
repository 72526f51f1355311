"""The embedder at work: numpy and one memory-mapped file, no torch."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedder.features import hashes, words
from ingest.embedder.weights import FILE, find, read_weights

FloatMatrix = NDArray[np.float32]
NAME = "evidenca-static"
MODEL_DIR = Path(__file__).parent / "model"
_BATCH = 256
_CACHED_WORDS = 50_000


class StaticEmbedder:
    """An Embedder (see ingest.embed) whose vectors are sums of the vectors of words.

    Word order plays no part. A text none of whose words has a known feature (empty, digits never
    met, another script) has the zero vector: it is like nothing, and never an error.
    """

    def __init__(self, folder: Path = MODEL_DIR, *, name: str = NAME) -> None:
        """Open the model in `folder`.

        Raises:
            ConfigError: its weights are missing or damaged.
        """
        self._weights = read_weights(folder / FILE)
        self._name = name
        self._cache: dict[str, FloatMatrix] = {}

    @property
    def name(self) -> str:
        """Name, as given in the settings."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._weights.dimension

    @property
    def fingerprint(self) -> str:
        """First digits of the SHA-256 of the weights."""
        return self._weights.digest[:16]

    def encode_documents(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> FloatMatrix:
        """Return unit vectors (zero for a text without features), shape (n_texts, dimension), float32."""
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [words(text) for text in texts[start : start + _BATCH]]
            self._learn([word for text in batch for word in text])
            for row, text in enumerate(batch, start):
                if text:
                    found[row] = np.sum([self._cache[word] for word in text], axis=0)
            if on_batch is not None:
                on_batch(len(batch))
        return _unit(found)

    def encode_query(self, text: str) -> FloatMatrix:
        """Return the unit vector of a question, shape (1, dimension), float32; zero without features."""
        return self.encode_documents([text])

    def word_vectors(self, words_: Sequence[str]) -> FloatMatrix:
        """Return the vectors of single words, shape (n, dimension), float32, NOT of unit length.

        The length is what a word weighs in a text: little for "the", much for "exosome". Words
        are normalised here; of several words ("stem cell") the sum is returned, of none the zero vector.
        """
        parts = [words(word) for word in words_]
        self._learn([word for part in parts for word in part])
        found = np.zeros((len(parts), self.dimension), dtype=np.float32)
        for row, part in enumerate(parts):
            if part:
                found[row] = np.sum([self._cache[word] for word in part], axis=0)
        return found

    def _learn(self, wanted: Sequence[str]) -> None:
        """Put the vectors of words into the cache, all new ones in one go."""
        if len(self._cache) > _CACHED_WORDS:
            self._cache.clear()
        new = [word for word in dict.fromkeys(wanted) if word not in self._cache]
        if not new:
            return
        weights = self._weights
        keys = [hashes(word, ngrams=weights.ngrams) for word in new]
        flat = np.array([key for word in keys for key in word], dtype=np.uint32)
        owner = np.repeat(np.arange(len(new)), [len(word) for word in keys])
        rows, known = find(weights, flat)
        sums = np.zeros((len(new), self.dimension), dtype=np.float32)
        np.add.at(sums, owner[known], weights.rows(rows[known]))
        self._cache.update(zip(new, sums, strict=True))


def is_model(folder: Path) -> bool:
    """Return whether `folder` holds a model of this kind, to be opened with StaticEmbedder(folder)."""
    try:
        return "ingest.embedder.st_module." in (folder / "modules.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _unit(vectors: FloatMatrix) -> FloatMatrix:
    """Return the rows at unit length; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)
