"""Answers in sentences of the article: one question or its parts, a claim, a section, an overview."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable
from corpus.types import Kind
from ingest.chunk import Chunk
from rag.prose.checked import checked, is_decided
from rag.prose.claim import Check, Verdict, statement
from rag.prose.cues import asks_why, cues_of
from rag.prose.further_asked import asks_for_steps, narrowed, reasons, reasons_after, steps_from
from rag.prose.grid import cells, compared
from rag.prose.items import Items
from rag.prose.overview import Findings, asks_for_findings, findings, names_field
from rag.prose.parts import parts
from rag.prose.premise import put_right
from rag.prose.readable import readable, told_through
from rag.prose.rivals import GENERAL, named_by
from rag.prose.select import EXTENTS, Selection, select
from rag.prose.several import is_dated, of_each, part_by_part
from rag.prose.spelled import spelled_out_in
from rag.prose.trials import of_trial
from rag.prose.twins import Twins
from rag.prose.unmet import of_what, unmet
from rag.questions.plan import Plan, Shape
from rag.questions.question import Question, understand
from rag.retrieval.retrieve import Retriever

# Among so many chunks the nearest topics are looked for. These parts of an article are none.
_NEAREST = 20
_NO_TOPIC = re.compile(r"front|references|abstract|conflict|acknowledg|funding|table-\d")
_TWO = 2
# How surely findings on a topic that the question names answer it.
_SURE = 0.9
# From so probable a sentence on, it is the one meant.
_LIKELY = 0.95
# From so sure a yes of the models on, nothing that the question turns on is missed word for word.
_CERTAIN = 0.95
# Answers of these shapes serve each of several things asked about.
_OF_EACH = frozenset({Shape.SHORT, Shape.DEFINITION, Shape.LIST, Shape.COMPARISON})
# Answers of these shapes are read as running text.
_WHOLE = frozenset({Shape.SHORT, Shape.DEFINITION, Shape.CLAIM, Shape.LIST, Shape.COMPARISON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the article holds for a question.

    Attributes:
        chunks: in the order to be read; empty when nothing matches at all.
        confidence: probability that the article answers.
        answers: whether that is enough to answer.
        missing: parts of the question that it does not answer, though it answers others.
        unmet: names, numbers and kinds of answer that the question turns on and the sentences
            found do not hold; not empty means that they do not answer it.
        check: how a claim stands to the sentence that decides it.
        nearest: sections whose passages come closest, as (article, section), the nearest first.
        best: the likeliest piece of all; None where others are known to answer.
    """

    chunks: tuple[Chunk, ...]
    confidence: float
    answers: bool
    missing: tuple[str, ...]
    unmet: tuple[str, ...]
    check: Check | None
    nearest: tuple[tuple[str, str], ...]
    best: Chunk | None = None


class Prose:
    """Finds the sentences that answer."""

    def __init__(self, retriever: Retriever, matcher: ConceptMatcher) -> None:
        self._retriever = retriever
        self._matcher = matcher

    @cached_property
    def _twins(self) -> Twins:
        return Twins(self._retriever.chunks)

    @cached_property
    def _items(self) -> Items:
        return Items(self._retriever.chunks, self._retriever.studies)

    def find(self, plan: Plan) -> Found:
        """Return the sentences for a plan, whole or part by part."""
        question = plan.question
        if plan.shape is Shape.CLAIM:
            claim = statement(question.resolved, question.language)
            question = understand(question.text, question.language, matcher=self._matcher, resolved=claim)
        elif listed := (cells(question, self._retriever.chunks) or self._compared(question)):
            return _sure(listed)
        elif denied := put_right(question, self._retriever.chunks):
            return _sure(self._twins.in_language(self._with_the_rest(plan, denied), plan.language))
        elif going_on := (reasons(question, self._retriever) or narrowed(question, self._retriever, self._matcher)):
            return _sure(readable(going_on, self._retriever, language=plan.language, reasons=True))
        spelled = spelled_out_in(question, self._retriever, self._matcher)
        if spelled and all(set(word.concepts) & set(spelled) for word in question.words):  # nothing else is asked
            return _sure(tuple({chunk.id: chunk for chunk in spelled.values()}.values()))
        section = _section(question, plan.shape)
        whole, nearest = self._select(question, plan.shape, section)
        certain = self._is_certain(whole)
        if section:  # a part of the article that is asked for by name is there
            whole = replace(whole, confidence=1.0, answers=True)
        elif (plan.shape is Shape.DEFINITION and self._is_defined(question)) or self._is_given(question, whole):
            whole = replace(whole, confidence=max(whole.confidence, _SURE), answers=True)
        if plan.assured:
            whole = replace(whole, answers=True)
        chunks = whole.chunks
        if plan.shape is Shape.COMPARISON and (apart := self._told_apart(question)):
            chunks, whole = apart, replace(whole, confidence=max(whole.confidence, _SURE), answers=True)
        missing: tuple[str, ...] = ()
        if not section and plan.shape in (Shape.OVERVIEW, Shape.SHORT, Shape.LIST):
            found = self._findings(question, overview=plan.shape is Shape.OVERVIEW)
            if found.chunks:
                plan, chunks = replace(plan, shape=Shape.OVERVIEW), found.chunks
            if found.chunks and found.named:
                whole = replace(whole, confidence=max(whole.confidence, _SURE), answers=True)
        asked = question
        if plan.shape in (Shape.SHORT, Shape.DEFINITION) or (plan.shape is Shape.LIST and not whole.answers):
            by_parts = part_by_part(plan, whole, self._retriever, self._matcher)
            if by_parts is not None and by_parts.answered:
                plan = replace(plan, shape=plan.shape if whole.answers else Shape.SHORT)
                whole = replace(whole, confidence=by_parts.confidence, answers=True)
                chunks, missing = by_parts.chunks, by_parts.missing
                if missing:
                    asked = understand(" ".join(by_parts.answered), question.language, matcher=self._matcher)
        if plan.shape in _OF_EACH and whole.answers and not missing:
            chunks = of_each(plan, whole, chunks, self._retriever, self._matcher)
        if question.in_time:
            chunks = tuple(chunk for chunk in chunks if is_dated(chunk)) or chunks
        check = None
        passes = plan.assured or plan.shape is Shape.OVERVIEW or (certain and plan.shape is not Shape.CLAIM)
        lacking = () if passes else unmet(asked, chunks, self._retriever)
        if plan.shape is Shape.CLAIM and chunks:
            check, chunks = checked(question, whole, self._retriever, self._matcher)
            # That the article gives other numbers answers, too, or the same ones in other words; and a claim that
            # is decided asks for no kind of answer.
            if is_decided(check, whole):
                whole = replace(whole, answers=True)
            if check.differing or check.opposed or check.verdict is Verdict.SUPPORTED:
                lacking = tuple(word for word in lacking if not word.isdigit() and word != question.expects.name)
        chunks = of_trial(question, chunks, self._retriever)
        if plan.shape is Shape.SHORT and chunks and asks_why(question):
            chunks = (*chunks, *(more for more in reasons_after(chunks, self._retriever) if more not in chunks))
        if chunks and asks_for_steps(question):
            chunks = steps_from(chunks, self._retriever)
        chunks = self._twins.in_language(chunks, plan.language)
        best = whole.likely[0][0] if whole.likely else None
        several = len(parts(question.text, question.language)) > 1
        if plan.shape is Shape.SHORT and best is not None and not several:
            chunks = told_through(question, best, chunks, self._retriever)
        extent = EXTENTS[Shape.LIST if several else plan.shape]
        chunks = self._items.completed(chunks, best=best, max_words=extent.words)
        if plan.shape in _WHOLE:
            chunks = readable(
                chunks, self._retriever, language=plan.language, reasons=asks_why(question), told=question.told
            )
        return Found(
            chunks=chunks,
            confidence=whole.confidence,
            answers=whole.answers,
            missing=missing,
            unmet=lacking,
            check=check,
            nearest=nearest,
            best=best,
        )

    def _with_the_rest(self, plan: Plan, denied: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """Add to what puts a question right what answers those of its parts that take nothing for granted."""
        language = plan.question.language
        pieces = parts(plan.question.text, language)
        found = list(denied)
        for piece in pieces if len(pieces) > 1 else ():
            alone = understand(piece, language, matcher=self._matcher)
            if put_right(alone, self._retriever.chunks):
                continue
            selection, _ = self._select(alone, Shape.SHORT)
            if selection.answers and not unmet(alone, selection.chunks, self._retriever):
                found += [chunk for chunk in selection.chunks[:_TWO] if chunk not in found]
        return tuple(found)

    def _is_certain(self, selection: Selection) -> bool:
        """Whether the models are so sure of an answer that a word without a counterpart changes nothing.

        Of added articles, of which the learned index knows nothing, they never are.
        """
        bare = any(self._retriever.is_bare[self._retriever.position[chunk.id]] for chunk in selection.chunks)
        return selection.answers and selection.confidence >= _CERTAIN and not bare

    def _compared(self, question: Question) -> tuple[Chunk, ...]:
        """Return what decides which of two things is more of something; why it is so is another question."""
        return () if asks_why(question) else compared(question, self._retriever.chunks)

    def _is_defined(self, question: Question) -> bool:
        """Whether a question names one thing that the article defines, and nothing else."""
        return len(question.defines) == 1 and all(word.concepts for word in question.words)

    def _is_given(self, question: Question, selection: Selection) -> bool:
        """Whether the likeliest sentence names all that a question does and gives the quantity that it asks for."""
        named = of_what(question)
        if not question.expects.strict or not selection.likely or not named:
            return False
        chunk, probability = selection.likely[0]
        text, kinds = " ".join(chunk.search.values()), self._retriever.kinds_of(chunk)
        return (
            probability >= _LIKELY
            and all(set(word.concepts) & set(chunk.concepts) for word in named)
            and question.expects.given_by(text, kinds, asked=question.kinds)
        )

    def _told_apart(self, question: Question) -> tuple[Chunk, ...]:
        """Return the definitions of the things to be compared, where nothing but their difference is asked for."""
        keys = named_by(question)
        defining = [self._matcher.definition(key) for key in keys if key not in GENERAL]
        pieces = [self._retriever.position[piece] for piece in defining if piece in self._retriever.position]
        compares = cues_of(question.language)["compares"]
        others = [word for word in question.words if not word.concepts and not compares.search(word.text)]
        if len(set(pieces)) < _TWO or len(pieces) < len(defining) or others:
            return ()
        telling = [self._retriever.chunks[place] for place in dict.fromkeys(pieces)]
        return tuple(chunk for chunk in telling if chunk.kind is Kind.SENTENCE)

    def _findings(self, question: Question, *, overview: bool) -> Findings:
        """Return what studies found in the field that a question asks to be told of; nothing when it asks for less."""
        field = overview and names_field(question, self._retriever)
        if not asks_for_findings(question, overview=overview, field=field):
            return Findings((), named=False)
        return findings(question, self._retriever, self._retriever.score(question))

    def _select(
        self, question: Question, shape: Shape, section: str = ""
    ) -> tuple[Selection, tuple[tuple[str, str], ...]]:
        scores = self._retriever.score(question)
        selection = select(question, self._retriever, scores, shape=shape, section=section)
        order = sorted(range(len(self._retriever.chunks)), key=lambda n: -float(scores.fused[n]))
        nearest = dict.fromkeys(
            (chunk.article, chunk.section)
            for chunk in (self._retriever.chunks[n] for n in order[:_NEAREST])
            if not _NO_TOPIC.match(chunk.section)
        )
        return selection, tuple(nearest)[:3]


def _sure(chunks: tuple[Chunk, ...]) -> Found:
    """Return chunks that are known to answer."""
    return Found(chunks=chunks, confidence=1.0, answers=True, missing=(), unmet=(), check=None, nearest=())


def _section(question: Question, shape: Shape) -> str:
    """The part of the article that an overview is asked of: its abstract, its conclusion …; or ""."""
    if shape is not Shape.OVERVIEW:
        return ""
    folded = searchable(question.text)
    cues = cues_of(question.language)
    for name in ("conclusion", "introduction", "abstract"):
        if cues[name].search(folded):
            return {"conclusion": "4", "introduction": "1"}.get(name, f"abstract-{question.language}")
    if cues["article"].search(folded) and not any(word.concepts for word in question.words):
        return f"abstract-{question.language}"
    return ""
