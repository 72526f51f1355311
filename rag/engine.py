"""The engine: from a question to an Answer. Connects retrieval, selection and composition."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from corpus.concepts import ConceptMatcher
from corpus.config import MAX_QUESTION_CHARS, Settings
from corpus.errors import IndexMismatchError, QuestionError
from corpus.language import detect_language
from corpus.load import Article, load_article
from corpus.types import Language, Reference
from ingest.build import check_fresh
from ingest.embed import Embedder, load_embedder
from ingest.embedder.static import StaticEmbedder
from ingest.index import REBUILD, Index
from rag.answer import Answer, Grounding, Outcome, Reason
from rag.compose import caveats, compose, is_list, text_of
from rag.messages import ABSTENTIONS, FAILURES, SECTION_NAMES
from rag.question import Question, Turn, understand
from rag.retrieve import Retriever, ScoredChunk
from rag.select import ABOUT, ENOUGH, select

__all__ = ["Engine", "EngineDescription", "Turn"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDescription:
    """What stands behind the answers, for a banner."""

    embedding_model: str
    article: str
    licence: str
    n_references: int
    n_trials: int


class Engine:
    """Answers questions from one index. Use `Engine.open`."""

    def __init__(self, article: Article, index: Index, embedder: Callable[[], Embedder]) -> None:
        """`embedder` is called once, when a question first needs it: bad questions never do."""
        self.article = article
        self.index = index
        self.documents = index.documents
        self._matcher = ConceptMatcher(article.glossary)
        self.retriever = Retriever(index, embedder, StaticEmbedder().word_vectors)
        self._references = {
            (document.id, reference.number): reference
            for document in self.documents.values()
            for reference in document.references
        }

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Open the index that the settings name.

        Raises:
            IndexMismatchError: it is absent, damaged, stale, or made with another model.
            CorpusError: the article's files cannot be read.
        """
        article = load_article()
        index = Index.open(settings.index_dir)
        check_fresh(index.manifest, article, settings)

        def embedder() -> Embedder:
            loaded = load_embedder(index.manifest.model)
            if loaded.fingerprint != index.manifest.model_fingerprint:
                raise IndexMismatchError(
                    f"The weights of {index.manifest.model} have changed since the index was built.", hint=REBUILD
                )
            return loaded

        return cls(article, index, embedder)

    def understand(self, question: str, *, history: Sequence[Turn] = ()) -> Question:
        """Return the question as understood; raises QuestionError for one that cannot be asked."""
        return understand(question, history=history, matcher=self._matcher)

    def warm_up(self) -> None:
        """Load what a question needs, so that the first one is as fast as the others.

        Raises:
            IndexMismatchError, ConfigError: the embedding model is not the index's, or not there.
        """
        self.retriever.search(understand("zunajcelični vezikli", matcher=self._matcher), k=1)

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        """Return the answer; bad questions give a failed one, never an exception."""
        started = time.perf_counter()
        try:
            understood = understand(question, history=history, matcher=self._matcher)
        except QuestionError as error:
            return failed(question, Reason(error.reason), question_id=question_id)
        answer = self._answer(understood)
        total = (time.perf_counter() - started) * 1000
        return replace(answer, id=question_id, timings_ms={**answer.timings_ms, "total": total})

    def search(self, question: str, *, history: Sequence[Turn] = (), k: int = 10) -> list[ScoredChunk]:
        """Return the k best passages, table rows and references for a question.

        Raises:
            QuestionError: the question is empty, too long, or in another language.
            ValueError: k is below 1.
        """
        return self.retriever.search(understand(question, history=history, matcher=self._matcher), k=k)

    def reference(self, number: int, article: str = "") -> Reference:
        """Return an entry of the bibliography of an article (default: the bundled one).

        Raises:
            KeyError: there is none of that number.
        """
        return self._references[article or self.article.id, number]

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        """Return number and title of a section for display, in `language` where there is one.

        With several articles in the index, the title of the article stands in front.

        Raises:
            KeyError: there is no such section.
        """
        article = article or self.article.id
        front = ""
        if len(self.documents) > 1:
            titles = {entry.id: entry.title for entry in self.index.manifest.articles}
            front = f"{self.article.title[language] if article == self.article.id else titles[article]} – "
        if section_id in SECTION_NAMES:
            return front + SECTION_NAMES[section_id][language]
        sections = {section.id: section for section in self.documents[article].sections}
        section = sections[section_id]
        printed = f"{section.number} {section.title}" if section.number else section.title
        if language is Language.EN and section.language is Language.SL and article == self.article.id:
            caption = self.article.translations.get(f"{section_id}:caption", "").split(" (", 1)[0].strip(" .")
            printed = self.article.translations.get(f"{section_id}:title") or caption or printed
        return front + printed

    def describe(self) -> EngineDescription:
        """Return what stands behind the answers."""
        return EngineDescription(
            embedding_model=self.index.manifest.model,
            article=f"{self.article.citation} https://doi.org/{self.article.doi}",
            licence=self.article.licence,
            n_references=sum(len(document.references) for document in self.documents.values()),
            n_trials=sum(len(document.trials) for document in self.documents.values()),
        )

    def _answer(self, question: Question) -> Answer:
        if question.asks_advice:
            return self._abstain(question, Reason.MEDICAL_ADVICE)
        if question.gives_orders:
            return self._abstain(question, Reason.OUT_OF_SCOPE)
        started = time.perf_counter()
        scores = self.retriever.score(question)
        retrieved = time.perf_counter()
        selection = select(question, self.retriever, scores)
        timings = {"retrieve": (retrieved - started) * 1000, "select": (time.perf_counter() - retrieved) * 1000}
        logger.debug("confidence %.3f, evidence %s", selection.confidence, [chunk.id for chunk in selection.chunks])
        if selection.confidence < ENOUGH[question.language]:
            in_domain = bool(question.references) or any(word.concepts for word in question.words)
            unrelated = selection.confidence < ABOUT and not in_domain
            reason = Reason.OUT_OF_SCOPE if unrelated else Reason.NOT_IN_ARTICLE
            return replace(self._abstain(question, reason), confidence=selection.confidence, timings_ms=timings)
        sentences, citations = compose(selection.chunks, language=question.language)
        return Answer(
            id="",
            question=question.text,
            resolved_question=question.resolved,
            language=question.language,
            outcome=Outcome.ANSWERED,
            reason=None,
            answer=text_of(sentences, listed=is_list(selection.chunks)),
            grounding=Grounding.GROUNDED,
            sentences=sentences,
            confidence=selection.confidence,
            citations=citations,
            caveats=caveats(citations, self.article.notes_by_piece, language=question.language),
            timings_ms=timings,
        )

    def _abstain(self, question: Question, reason: Reason) -> Answer:
        return Answer(
            id="",
            question=question.text,
            resolved_question=question.resolved,
            language=question.language,
            outcome=Outcome.ABSTAINED,
            reason=reason,
            answer=ABSTENTIONS[reason][question.language],
        )


def failed(question: str, reason: Reason, *, question_id: str = "", detail: str = "") -> Answer:
    """Return the answer to input that cannot be answered."""
    language = detect_language(question[:200]) or Language.SL
    return Answer(
        id=question_id,
        question=question,
        resolved_question=question,
        language=language,
        outcome=Outcome.FAILED,
        reason=reason,
        answer=FAILURES[reason][language].format(limit=MAX_QUESTION_CHARS, detail=detail),
        timings_ms={"total": 0.0},
    )
