"""Evidenca in a LlamaIndex pipeline: its retriever as a `BaseRetriever`.

The only home of llama_index. Nothing here reads or sets the global `Settings`, and nothing needs a
network or a language model.
"""

from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from ingest.chunk import Chunk

if TYPE_CHECKING:
    from rag.engine import Engine


class EvidencaRetriever(BaseRetriever):
    """Retrieves passages, table rows and references of the article.

    Each node carries the verbatim quote as its text and, in its metadata, what a citation needs:
    article, section, kind, language, spans, translation, references and trials.
    """

    def __init__(self, engine: "Engine", *, k: int = 10) -> None:
        """`k` is how many nodes come back; raises ValueError when it is below 1."""
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        self._engine = engine
        self._k = k
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._engine.search(query_bundle.query_str, k=self._k)
        return [NodeWithScore(node=to_node(result.chunk), score=result.score) for result in found]


def to_node(chunk: Chunk) -> TextNode:
    """Return a chunk as a TextNode with the same, stable id."""
    metadata: dict[str, Any] = {
        "article": chunk.article,
        "section": chunk.section,
        "kind": str(chunk.kind),
        "language": str(chunk.language),
        "spans": [list(span) for span in chunk.spans],
        "translation": chunk.translation,
        "references": list(chunk.references),
        "trials": list(chunk.trials),
    }
    hidden = list(metadata)  # for programs, not for a model or an embedder to read
    return TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata=metadata,
        excluded_embed_metadata_keys=hidden,
        excluded_llm_metadata_keys=hidden,
    )
