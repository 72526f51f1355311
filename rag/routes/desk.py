"""What every route answers with, and the form of its answers."""

import re
from collections.abc import Iterable
from functools import cached_property

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from ingest.index import Index
from rag.answer import Answer, AnswerSentence, Citation, Computation, Grounding, Outcome, Reason
from rag.messages import (
    ABSTENTIONS,
    NEAREST,
    SECTION_NAMES,
)
from rag.prose.compose import caveats, text_of
from rag.prose.grid import displays_named
from rag.questions.plan import Plan
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

_DISPLAY = re.compile(r"(?:table|figure)-\d+")


class Desk:
    """What every route answers with: the article, what is indexed, and the form of an answer."""

    def __init__(self, article: Article, index: Index, retriever: Retriever, matcher: ConceptMatcher) -> None:
        self.article = article
        self.index = index
        self.retriever = retriever
        self.matcher = matcher

    @property
    def document(self) -> Document:
        """The bundled article."""
        return self.index.documents[self.article.id]

    @cached_property
    def displays(self) -> tuple[str, ...]:
        """The numbered tables and figures of the bundled article, as ids of sections: "table-1"."""
        return tuple(dict.fromkeys(filter(_DISPLAY.fullmatch, (section.id for section in self.document.sections))))

    def displays_lacking(self, question: Question) -> tuple[str, ...]:
        """Return the tables and figures that a question names by a number which none has, in any article indexed."""
        known = {section.id for document in self.index.documents.values() for section in document.sections}
        return tuple(name for name in displays_named(question) if name not in known)

    def said(
        self,
        plan: Plan,
        sentences: tuple[AnswerSentence, ...],
        citations: tuple[Citation, ...],
        *,
        listed: bool,
        confidence: float,
        computation: Computation | None = None,
    ) -> Answer:
        """Return an answer of these sentences."""
        return Answer(
            id="",
            question=plan.question.text,
            resolved_question=plan.question.resolved,
            language=plan.language,
            outcome=Outcome.ANSWERED,
            reason=None,
            answer=text_of(sentences, listed=listed),
            grounding=Grounding.GROUNDED,
            sentences=sentences,
            computation=computation,
            confidence=confidence,
            citations=citations,
            caveats=caveats(
                citations,
                self.article.notes_by_piece,
                language=plan.language,
                question=plan.question,
                computation=computation,
            ),
        )

    def abstain(self, plan: Plan, reason: Reason) -> Answer:
        """Return that there is no answer, and why."""
        return Answer(
            id="",
            question=plan.question.text,
            resolved_question=plan.question.resolved,
            language=plan.language,
            outcome=Outcome.ABSTAINED,
            reason=reason,
            answer=ABSTENTIONS[reason][plan.language],
        )

    def nearest(self, sections: Iterable[tuple[str, str]], language: Language) -> str:
        """Return where the article comes closest, by article and section."""
        titles = (self.section_title(section, language, article) for article, section in dict.fromkeys(sections))
        return NEAREST[language].format(sections="; ".join(titles))

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        """Return number and title of a section for display, in `language` where there is one.

        With several articles in the index, the title of the article stands in front.

        Raises:
            KeyError: there is no such section.
        """
        article = article or self.article.id
        front = ""
        if len(self.index.documents) > 1:
            titles = {entry.id: entry.title for entry in self.index.manifest.articles}
            front = f"{self.article.title[language] if article == self.article.id else titles[article]} – "
        if section_id in SECTION_NAMES:
            return front + SECTION_NAMES[section_id][language]
        sections = {section.id: section for section in self.index.documents[article].sections}
        section = sections[section_id]
        printed = f"{section.number} {section.title}" if section.number else section.title
        if language is Language.EN and section.language is Language.SL and article == self.article.id:
            caption = self.article.translations.get(f"{section_id}:caption", "").split(" (", 1)[0].strip(" .")
            printed = self.article.translations.get(f"{section_id}:title") or caption or printed
        return front + printed
