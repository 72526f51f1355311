"""Our embedders as a LlamaIndex embedding model."""

import asyncio
from collections.abc import Sequence
from threading import Lock
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding
from llama_index.core.bridge.pydantic import Field, PrivateAttr

from corpus.config import BUNDLED_MODEL
from corpus.errors import IndexMismatchError
from ingest.embed import Embedder, load_embedder


class EvidencaEmbedding(BaseEmbedding):
    """Unit vectors from an Evidenca embedder; the zero vector for a text without any known feature.

    Only names are serialised: `to_dict` and pickle hold the model's name and fingerprint, and what
    is made from them loads that model again and refuses other weights. The fingerprint is also part
    of the key of LlamaIndex's ingestion cache, so changed weights never meet old vectors there.
    """

    embed_batch_size: int = Field(default=64, description="Texts per call.", gt=0, le=2048)
    fingerprint: str = Field(default="", description="Changes when the weights change.")
    _embedder: Embedder = PrivateAttr()
    _lock: Any = PrivateAttr()

    def __init__(
        self, embedder: Embedder | None = None, *, model_name: str = "", fingerprint: str = "", **options: Any
    ) -> None:
        """Take an embedder, or load the one of that name.

        Args:
            embedder: what embeds; None loads `model_name`.
            model_name: as in the settings of Evidenca, default the bundled static model.
            fingerprint: that the weights must have; "" for any.
            options: of `BaseEmbedding`, e.g. `embed_batch_size`, `callback_manager`.

        Raises:
            ConfigError: the model cannot be loaded.
            IndexMismatchError: its weights are not those of `fingerprint`.
            ValueError: `model_name` is not the name of the embedder given.
        """
        if embedder is None:
            embedder = load_embedder(model_name or BUNDLED_MODEL)
        elif model_name not in ("", embedder.name):
            raise ValueError(f"model_name is {model_name!r}; the embedder given is {embedder.name!r}")
        if fingerprint not in ("", embedder.fingerprint):
            raise IndexMismatchError(
                f"The weights of {embedder.name} are {embedder.fingerprint}, not {fingerprint}.",
                hint="Embed the texts again with the present model.",
            )
        super().__init__(model_name=embedder.name, fingerprint=embedder.fingerprint, **options)
        self._embedder = embedder
        # Embedders cache words and promise nothing to threads, which the async methods use.
        self._lock = Lock()

    @classmethod
    def class_name(cls) -> str:
        """The name LlamaIndex serialises this class under."""
        return "EvidencaEmbedding"

    def __reduce__(self) -> tuple[Any, ...]:
        # Where the base class cannot restore a model, it gives a broken one in silence.
        return type(self).from_dict, (self.to_dict(),)

    @property
    def dimension(self) -> int:
        """Length of each vector; what a `FaissStore` needs."""
        return self._embedder.dimension

    def _get_query_embedding(self, query: str) -> Embedding:
        with self._lock:
            return _values(self._embedder.encode_query(query)[0])

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: Sequence[str]) -> list[Embedding]:
        with self._lock:
            return [_values(vector) for vector in self._embedder.encode_documents(texts)]

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


def _values(vector: Any) -> Embedding:
    return [float(value) for value in vector]
