"""The article's passages, table rows and references as LlamaIndex nodes."""

import asyncio
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from ingest.chunk import Chunk

if TYPE_CHECKING:
    from rag.answer import Citation
    from rag.engine import Engine


class EvidencaRetriever(BaseRetriever):
    """Retrieves passages, table rows and references of the article.

    Each node carries the verbatim quote as its text and, in its metadata, what a citation needs:
    article, section, kind, language, spans, translation, references and trials. Scores are 0 to 1.

    `retrieve` and `aretrieve` raise QuestionError for a question that is empty, too long, or in
    neither Slovene nor English.
    """

    def __init__(self, engine: "Engine", *, k: int = 10, callback_manager: CallbackManager | None = None) -> None:
        """`k` is how many nodes come back at most; raises ValueError when it is below 1."""
        if k < 1:
            raise ValueError(f"k is {k}; it must be at least 1")
        self._engine = engine
        self._k = k
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._engine.search(query_bundle.query_str, k=self._k)
        return [NodeWithScore(node=to_node(result.chunk), score=result.score) for result in found]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def to_node(chunk: Chunk) -> TextNode:
    """Return a chunk as a TextNode with the same, stable id."""
    return _node(chunk.id, chunk.text, provenance(chunk))


def cited_node(citation: "Citation") -> TextNode:
    """Return a citation as a TextNode: the id of the piece cited, and its marker in the metadata."""
    return _node(citation.id, citation.quote, {"marker": citation.marker, **provenance(citation)})


def provenance(piece: "Chunk | Citation") -> dict[str, Any]:
    """Return what a citation needs to be shown and checked, as plain JSON values."""
    return {
        "article": piece.article,
        "section": piece.section,
        "kind": str(piece.kind),
        "language": str(piece.language),
        "spans": [list(span) for span in piece.spans],
        "translation": piece.translation,
        "references": list(piece.references),
        "passage_references": list(piece.passage_references),
        "trials": list(piece.trials),
    }


def _node(id_: str, text: str, metadata: dict[str, Any]) -> TextNode:
    hidden = list(metadata)  # for programs, not for a model or an embedder to read
    return TextNode(
        id_=id_,
        text=text,
        metadata=metadata,
        excluded_embed_metadata_keys=hidden,
        excluded_llm_metadata_keys=hidden,
    )
