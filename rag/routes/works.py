"""Answers computed over the bibliography."""

from dataclasses import replace
from functools import lru_cache

from corpus.types import Language, Sentence
from rag.answer import Answer, Reason
from rag.assemble import from_bibliography
from rag.bibliography.compose import compose as compose_bibliography
from rag.bibliography.described import Works
from rag.bibliography.execute import execute as execute_bibliography
from rag.bibliography.index import bibliography
from rag.bibliography.names import named_in
from rag.bibliography.places import Places
from rag.bibliography.query import BibliographyQuery
from rag.bibliography.query import Operation as BibliographyOperation
from rag.bibliography.read import (
    asks_beyond,
    read_described,
    read_subject,
    seeks_papers,
    without_opening,
    works_asked,
)
from rag.bibliography.read import read as read_bibliography
from rag.questions import about
from rag.questions.plan import Plan
from rag.questions.question import Question
from rag.routes.desk import Desk


class CitedWorks:
    """What questions ask of the works that the article cites, and the answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._works = Works(bibliography(desk.document, desk.matcher), desk.retriever, desk.matcher)
        self._read = lru_cache(maxsize=8)(self._read_works)

    def query(self, question: Question) -> BibliographyQuery | None:
        """Return what a question asks of the cited works; None when it asks nothing of them."""
        return self._read(question.resolved, question.language)

    def _read_works(self, resolved: str, language: Language) -> BibliographyQuery | None:
        """What a question asks of cited works; those it only describes are found by all that is said of them."""
        text = without_opening(about.without_opinion(resolved, language), language)
        document = self._desk.document
        query = read_bibliography(text, language, self._desk.matcher, document)
        if query is not None and not self._is_vague(query, language):
            return query
        asked = read_described(text, language, self._desk.matcher, document)
        if asked is None:
            return query
        seeks = seeks_papers(text, language)
        subject = read_subject(text, language, self._desk.matcher, document) if query is None and seeks else None
        if subject is not None and not self._is_vague(subject, language) and self._names_all(subject, language):
            return subject
        found = self._works.find(text, language, n=works_asked(text, language), whole=asked.cited)
        if found is None and seeks:
            query = query or (subject if subject is not None and self._names_all(subject, language) else None)
            found = None if query is not None and self._is_in_titles(query) else self._works.on(text, language)
        if found is None:
            return query
        return replace(asked, numbers=found.numbers, places=found.places)

    def _names_all(self, query: BibliographyQuery, language: Language) -> bool:
        """Whether a subject is all that a question tells: no word of it is left that some work might be told by."""
        told = self._works.told(query.question, language)
        named = {word for unit in query.topic for word in unit.text.split()}
        return bool(named) and named.issuperset(told)

    def _is_in_titles(self, query: BibliographyQuery) -> bool:
        shelf = bibliography(self._desk.document, self._desk.matcher)
        return not query.topic or bool(shelf.by_topic(query.topic).numbers)

    def _is_vague(self, query: BibliographyQuery, language: Language) -> bool:
        """Whether no title names all that a query says of the works it asks for, ordinary English words aside."""
        if query.operation not in (BibliographyOperation.FIELD, BibliographyOperation.LIST) or query.statement:
            return False
        named = query.numbers or query.authors or query.journals or query.unknown or query.sections
        if named or not query.topic:
            return False
        match = bibliography(self._desk.document, self._desk.matcher).by_topic(query.topic)
        if match.numbers and any(unit.joined for unit in query.topic):
            return False  # titles that name one of several things answer
        lost = [unit for unit in match.unmatched if not unit.ordinary or language is Language.SL]
        return not match.whole or bool(lost) or len(match.numbers) < works_asked(query.question, language)

    def is_of_one(self, question: Question) -> bool:
        """Whether the paper asked about is one by people who did not write the article: "the year of Zuk's paper"."""
        query = self.query(question)
        if query is None:
            return False
        if query.described:
            return False
        if query.numbers or any(unknown.what in ("number", "doi", "pmid") for unknown in query.unknown):
            return True
        if query.journals:
            return True
        if query.kinds and query.topic and not self._is_vague(query, question.language):
            return True  # "the position paper on …"
        if not query.authors:
            return False
        document = self._desk.document
        own = next((sentence.text for sentence in document.sentences if sentence.id == "front:authors"), "")
        cites_own = any(author.label == own for author in query.authors)  # "do the authors cite themselves?"
        return cites_own or not any(named_in(own, author.names) for author in query.authors)

    def asks_beyond(self, question: Question) -> bool:
        """Return whether a question asks more than an entry of the bibliography tells."""
        document = self._desk.document
        return asks_beyond(question.resolved, question.language, self._desk.matcher, document)

    def meant(self, previous: Answer, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Return which of the works that an answer cites it is about: cited for results, and for what was asked."""
        position, gives_results = self._desk.retriever.position, self._desk.retriever.gives_results
        told = [c for c in previous.citations if c.id in position and gives_results[position[c.id]]]
        results = {number for citation in told for number in (*citation.references, *citation.passage_references)}
        chosen = tuple(number for number in numbers if number in results) or numbers
        return self._works.nearest(previous.resolved_question, previous.language, chosen)

    def answer(self, plan: Plan) -> Answer:
        """Return what a planned question asks of the cited works."""
        query = self.query(plan.question)
        assert query is not None
        document, language = self._desk.document, plan.question.language
        places = Places(document, self._desk.retriever, self._desk.matcher)
        result = execute_bibliography(
            query,
            document,
            matcher=self._desk.matcher,
            find_sentences=lambda statement: self._saying(statement, language, places),
            find_entry=lambda subject: places.entry(subject, language),
        )
        sentences = compose_bibliography(result, language=plan.language, translations=self._desk.article.translations)
        assembled = from_bibliography(result, sentences, chunks=self._desk.index.chunks, language=plan.language)
        if not assembled.citations:
            text = " ".join(sentence.text for sentence in sentences)
            return replace(self._desk.abstain(plan, Reason.NOT_IN_ARTICLE), answer=text)
        return self._desk.said(
            plan,
            assembled.sentences,
            assembled.citations,
            listed=assembled.listed,
            computation=assembled.computation,
            confidence=1.0,
        )

    def _saying(self, statement: str, language: Language, places: Places) -> list[Sentence]:
        """Return where the article says something, or something of a work that it fits best; none where nowhere."""
        found = places.sentences(statement, language) or self._told(statement, language)
        return [sentence for sentence in found if places.speaks_of(statement, language, sentence)]

    def _told(self, statement: str, language: Language) -> list[Sentence]:
        """Return where the article says something of a work that a statement fits best; none where none does."""
        found = self._works.find(statement, language, whole=True)
        sentences = self._desk.document.sentences
        return [sentence for sentence in sentences if found and sentence.id == found.said]
