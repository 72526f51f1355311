"""Evidenca in a LlamaIndex pipeline: retriever, embedding, vector store, query and chat engine.

The only home of llama_index in this package, and nothing else of `rag` imports it. Every dependency
is an argument: the global `Settings` are neither read nor set, and nothing here needs a network or a
language model.
"""

from rag.llama.embedding import EvidencaEmbedding
from rag.llama.engine import EvidencaChatEngine, EvidencaQueryEngine
from rag.llama.retriever import EvidencaRetriever, to_node
from rag.llama.store import FaissStore

__all__ = [
    "EvidencaChatEngine",
    "EvidencaEmbedding",
    "EvidencaQueryEngine",
    "EvidencaRetriever",
    "FaissStore",
    "to_node",
]
