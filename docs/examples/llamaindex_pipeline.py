"""Evidenca in LlamaIndex: retriever, query engine, chat engine, and its embedding and vector store.

Run it with the folder of an index (`evidenca ingest` makes one; default: where that puts it):

    python docs/examples/llamaindex_pipeline.py [INDEX]

No network, no language model, and no global Settings: every part is given what it needs.
"""

import sys
import tempfile

from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.callbacks import CallbackManager
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore

from corpus.config import Settings
from rag.engine import Engine
from rag.llama import EvidencaChatEngine, EvidencaEmbedding, EvidencaQueryEngine, EvidencaRetriever, FaissStore


def main(index_dir: str | None = None) -> None:
    """Show each part at work."""
    engine = Engine.open(Settings.from_environment(index_dir=index_dir))

    print("== Retriever")
    for node in EvidencaRetriever(engine, k=2).retrieve("Kaj povzroča cirozo jeter?"):
        print(f"{node.score:.2f} {node.node_id}, section {node.metadata['section']}: {node.text[:70]}…")

    print("\n== Query engine")
    response = EvidencaQueryEngine(engine).query("What causes liver cirrhosis?")
    print(response)
    for source in response.source_nodes:
        print(f"[{source.metadata['marker']}] {source.node_id} {source.metadata['spans']}: {source.text[:60]}…")
    metadata = response.metadata or {}
    print({name: metadata[name] for name in ("outcome", "grounding", "language")})

    print("\n== Chat engine")
    chat_engine = EvidencaChatEngine(engine)
    for question in ("Koliko raziskav je na Kitajskem?", "Katere so v fazi 1?"):
        print(f"> {question}")
        for delta in chat_engine.stream_chat(question).response_gen:
            print(delta, end="")
        print()

    print("\n== Vector store, with our embedding, over your own documents")
    embedding = EvidencaEmbedding()
    store = FaissStore(dimension=embedding.dimension, fingerprint=embedding.fingerprint)
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=256, chunk_overlap=0), embedding],
        vector_store=store,
        docstore=SimpleDocumentStore(),
        docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
    )
    liver = Document(id_="liver", text="Ciroza jeter je posledica dolgotrajne okvare jeter.")
    pipeline.run(documents=[liver, Document(id_="skin", text="Wounds of the skin heal faster with vesicles.")])
    pipeline.run(documents=[liver])  # the other document is gone: so are its vectors
    with tempfile.TemporaryDirectory() as folder:
        context = StorageContext.from_defaults(vector_store=store)
        context.persist(folder)
        store = FaissStore.from_persist_dir(folder, fingerprint=embedding.fingerprint)
    index = VectorStoreIndex.from_vector_store(
        store, embed_model=embedding, transformations=[embedding], callback_manager=CallbackManager([])
    )
    for node in index.as_retriever(similarity_top_k=5).retrieve("What causes liver cirrhosis?"):
        print(f"{node.score:.2f} {node.node_id}: {node.text}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
