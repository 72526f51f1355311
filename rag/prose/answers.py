"""Answers in sentences of the article: one question or its parts, a claim, a section, an overview."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.claim import Check, Verdict, decide, statement, things
from rag.prose.features import foreign_share, is_loosely_anchored, is_unanchored
from rag.prose.further_asked import asks_for_steps, narrowed, reasons, reasons_after, steps_from
from rag.prose.grid import cells, compared
from rag.prose.items import Items
from rag.prose.overview import Findings, asks_for_findings, findings, names_field
from rag.prose.parts import parts
from rag.prose.premise import put_right
from rag.prose.rivals import GENERAL, SHORT_OF_ALL, covered_share, named_by, set_against
from rag.prose.select import EXTENTS, Selection, select
from rag.prose.shares import excluded
from rag.prose.study import asked
from rag.prose.twins import Twins
from rag.questions.definition import asks_definition, asks_to_spell, spelled_out
from rag.questions.plan import Plan, Shape
from rag.questions.question import Question, content_words, understand
from rag.questions.swap import asked_of, class_of, without
from rag.retrieval.retrieve import Retriever
from rag.tables.query import Sought
from rag.tables.sought import gives

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")
# "Two or three" is said loosely; a larger number is meant.
_LOOSE = 3
_NAME = re.compile(r"\b[A-ZČŠŽĆĐ][\w’'-]*")
_OPENING = re.compile(r"^\W*|[.?!:;]\s+|[»\"“(]\s*")
_ALIKE = 0.6
_ENDING = 4
# A question that tells so much in words the article never uses, and names nothing of its field, is not about it.
_FOREIGN = 0.35
# So much of one that names no more than vesicles and people.
_FOREIGN_OF_VESICLES = 0.37
_SAID = 0.75
# A claim turns on a word of so much of its weight.
_TURNED_ON = 0.2
# A later part with fewer telling words leaves out what it is about.
_TELLING = 3
# Of what the whole question leads to, so many pieces are kept beside the best one for each part, if they are this
# nearly as probable as the best of them.
_KEPT = 3
_NEAR = 0.5
# A piece serves a part of a question from this share of the probability of the best one for it; the best one for
# the whole question, which knows more of what is meant, from less.
_AS_WELL, _FIRST_AS_WELL = 0.98, 0.9
# Among so many chunks the nearest topics are looked for. These parts of an article are none.
_NEAREST = 20
_NO_TOPIC = re.compile(r"front|references|abstract|conflict|acknowledg|funding|table-\d")


# Kinds of answer that what a study found may be; a price or a dose is none.
_OF_EFFECTS = frozenset({"", "mechanism"})
# Of what a study found so many sentences are given at most.
_REPORTS = 2
_TWO = 2
# A question that is nothing but a name has so many words; a compound counts with its parts.
_NAME_WORDS = 3
# How surely findings on a topic that the question names answer it.
_SURE = 0.9
# Names in `claim.toml` of what the article sets against each other.
_SMALLER, _LARGER = "vesicles", "cells"
# A claim is refuted by so probable a sentence, whatever else is missing, if the article may well speak of it.
_REFUTED, _MAY_WELL = 0.95, 0.3
# Answers of these shapes serve each of several things asked about.
_OF_EACH = frozenset({Shape.SHORT, Shape.DEFINITION, Shape.LIST, Shape.COMPARISON})
# Kinds of which a question may ask which ones, and what else is named side by side: ways of giving something.
_WHICH = frozenset({"disease", "tissue", "country"})
_ROUTES = "method:"
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
        trials: of chunks (by id) that report on a trial without naming it, that trial.
        nearest: sections whose passages come closest, as (article, section), the nearest first.
    """

    chunks: tuple[Chunk, ...]
    confidence: float
    answers: bool
    missing: tuple[str, ...]
    unmet: tuple[str, ...]
    check: Check | None
    nearest: tuple[tuple[str, str], ...]
    trials: Mapping[str, str] = field(default_factory=dict)


class Prose:
    """Finds the sentences that answer."""

    def __init__(self, retriever: Retriever, matcher: ConceptMatcher) -> None:
        self._retriever = retriever
        self._matcher = matcher
        self._twins = Twins(retriever.chunks)
        self._items = Items(retriever.chunks, retriever.studies)

    def find(self, plan: Plan) -> Found:
        """Return the sentences for a plan, whole or part by part."""
        question = plan.question
        if plan.shape is Shape.CLAIM:
            claim = statement(question.resolved, question.language)
            question = understand(question.text, question.language, matcher=self._matcher, resolved=claim)
        elif listed := (cells(question, self._retriever.chunks) or self._compared(question)):
            return _sure(listed)
        elif denied := put_right(question, self._retriever.chunks):
            return _sure(self._twins.in_language(denied, plan.language))
        elif going_on := (reasons(question, self._retriever) or narrowed(question, self._retriever, self._matcher)):
            return _sure(self._readable(going_on, language=plan.language, reasons=True))
        spelled = self._spelled_out(question)
        if spelled and all(set(word.concepts) & set(spelled) for word in question.words):  # nothing else is asked
            return _sure(tuple({chunk.id: chunk for chunk in spelled.values()}.values()))
        section = _section(question, plan.shape)
        whole, nearest = self._select(question, plan.shape, section)
        if section:  # a part of the article that is asked for by name is there
            whole = replace(whole, confidence=1.0, answers=True)
        elif plan.shape is Shape.DEFINITION and self._is_defined(question):
            whole = replace(whole, confidence=max(whole.confidence, _SURE), answers=True)
        chunks = whole.chunks
        if plan.shape is Shape.COMPARISON:
            chunks = self._told_apart(question, chunks)
        missing: tuple[str, ...] = ()
        if not section and plan.shape in (Shape.OVERVIEW, Shape.SHORT, Shape.LIST):
            found = self._findings(question, overview=plan.shape is Shape.OVERVIEW)
            if found.chunks:
                plan, chunks = replace(plan, shape=Shape.OVERVIEW), found.chunks
            if found.chunks and found.named:
                whole = replace(whole, confidence=max(whole.confidence, _SURE), answers=True)
        if plan.shape in (Shape.SHORT, Shape.DEFINITION, Shape.LIST) and not whole.answers:
            whole = self._answered_in_parts(plan, whole)
            if whole.answers:
                plan = replace(plan, shape=Shape.SHORT)
        if plan.shape in (Shape.SHORT, Shape.DEFINITION) and whole.answers:
            chunks, missing = self._part_by_part(plan, whole)
        if plan.shape in _OF_EACH and whole.answers and not missing:
            chunks = self._of_each(plan, whole, chunks)
        check = None
        unmet = self._unmet(question, chunks) if plan.shape is not Shape.OVERVIEW else ()
        if plan.shape is Shape.CLAIM and chunks:
            check, chunks = self._checked(question, whole)
            # That the article gives other numbers answers, too, or the same ones in other words; and a claim that
            # is decided asks for no kind of answer.
            if _is_refuted(check, whole):
                whole = replace(whole, answers=True)
            if check.differing or check.opposed or check.verdict is Verdict.SUPPORTED:
                unmet = tuple(word for word in unmet if not word.isdigit() and word != question.expects.name)
        chunks = self._of_trial(question, chunks)
        if plan.shape is Shape.SHORT and chunks and _asks_why(question):
            chunks = (*chunks, *(more for more in reasons_after(chunks, self._retriever) if more not in chunks))
        if chunks and asks_for_steps(question):
            chunks = steps_from(chunks, self._retriever)
        chunks = self._twins.in_language(chunks, plan.language)
        best = whole.likely[0][0] if whole.likely else None
        several = len(parts(question.text, question.language)) > 1
        if plan.shape is Shape.SHORT and best is not None and not several:
            chunks = self._told_through(question, best, chunks)
        extent = EXTENTS[Shape.LIST if several else plan.shape]
        chunks = self._items.completed(chunks, best=best, max_words=extent.words)
        if plan.shape in _WHOLE:
            chunks = self._readable(chunks, language=plan.language, reasons=_asks_why(question))
        return Found(
            chunks=chunks,
            confidence=whole.confidence,
            answers=whole.answers,
            missing=missing,
            unmet=unmet,
            check=check,
            nearest=nearest,
            trials=self._unnamed(question, chunks),
        )

    def _spelled_out(self, question: Question) -> dict[str, Chunk]:
        """Return the pieces that spell out what a question names, when it asks for that or is that name: "TSG-6?"."""
        keys = named_by(question)
        folded = searchable(question.text)
        alone = len(keys) == 1 and question.text == question.resolved and not asks_definition(folded, question.language)
        is_name = alone and len(words(question.text)) <= _NAME_WORDS
        if not is_name and not asks_to_spell(folded, question.language):
            return {}
        return spelled_out(keys, self._retriever.chunks, self._matcher)

    def _compared(self, question: Question) -> tuple[Chunk, ...]:
        """Return what decides which of two things is more of something; why it is so is another question."""
        return () if _asks_why(question) else compared(question, self._retriever.chunks)

    def _is_defined(self, question: Question) -> bool:
        """Whether a question names one thing that the article defines, and nothing else."""
        return len(question.defines) == 1 and all(word.concepts for word in question.words)

    def _told_apart(self, question: Question, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """Give the definitions of the things to be compared, where nothing but their difference is asked for."""
        keys = named_by(question)
        defining = [self._matcher.definition(key) for key in keys if key not in GENERAL]
        pieces = [self._retriever.position[piece] for piece in defining if piece in self._retriever.position]
        compares = _cues(question.language)["compares"]
        others = [word for word in question.words if not word.concepts and not re.search(compares, word.text)]
        if len(set(pieces)) < _TWO or len(pieces) < len(defining) or others:
            return chunks
        telling = [self._retriever.chunks[place] for place in dict.fromkeys(pieces)]
        return tuple(chunk for chunk in telling if chunk.kind is Kind.SENTENCE) or chunks

    def tells_of(self, chunk: Chunk, trials: Collection[str]) -> bool:
        """Return whether a piece of the text speaks of one of these trials; rows of the table do not count."""
        wanted = {trial.casefold() for trial in trials}
        return chunk.kind is not Kind.TABLE_ROW and not wanted.isdisjoint(self._trials(chunk))

    def giving(self, question: Question, trials: Collection[str]) -> tuple[Chunk, ...]:
        """Return the first sentence on one of these trials that names the kind of thing asked for, a tissue say."""
        if not question.expects.names_things:
            return ()
        kinds = self._retriever.kinds_of
        for chunk in self._retriever.chunks:
            if chunk.kind is Kind.SENTENCE and self.tells_of(chunk, trials):
                text = " ".join(chunk.search.values())
                if question.expects.given_by(text, kinds(chunk), asked=question.kinds):
                    return (chunk,)
        return ()

    def telling(self, items: Sequence[Sought], trials: Collection[str]) -> tuple[Chunk, ...]:
        """Return the first sentence on one of these trials that gives all that is sought, where a sentence can."""
        if not items or not all(item.by_itself for item in items):
            return ()
        for chunk in self._retriever.chunks:
            if chunk.kind is Kind.SENTENCE and self.tells_of(chunk, trials):
                text = " ".join(chunk.search.values())
                if all(gives(text, item) for item in items):
                    return (chunk,)
        return ()

    def _findings(self, question: Question, *, overview: bool) -> Findings:
        """Return what studies found in the field that a question asks to be told of; nothing when it asks for less."""
        field = overview and names_field(question, self._retriever)
        if not asks_for_findings(question, overview=overview, field=field):
            return Findings((), named=False)
        return findings(question, self._retriever, self._retriever.score(question))

    def _of_trial(self, question: Question, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """Leave out what other trials found, when the question is about one and the text tells of it."""
        wanted = set(question.identifiers)
        if not wanted:
            return chunks
        own = tuple(chunk for chunk in chunks if wanted & self._trials(chunk))
        return own or chunks

    def _told_through(self, question: Question, best: Chunk, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """Give what was found, where a question asks for it and only what the study was about is chosen.

        Of the study that the best sentence belongs to, its opening is kept for reference, its aim and
        other studies are not.
        """
        position, studies = self._retriever.position, self._retriever.studies
        study = studies.of(position[best.id])
        wanted = asked(question.text, question.language)
        if study is None or not wanted or question.expects.name not in _OF_EFFECTS:
            return chunks
        telling = [n for n in study.reports if studies.is_finding(n) and wanted & studies.roles(n)]
        chosen = [position[chunk.id] for chunk in chunks]
        own = [n for n in chosen if n in study.sentences]
        if not telling or any(studies.is_finding(n) and wanted & studies.roles(n) for n in own):
            return chunks
        return tuple(self._retriever.chunks[n] for n in (study.opening, *telling[:_REPORTS]))

    def _readable(
        self, chunks: tuple[Chunk, ...], *, language: Language | None = None, reasons: bool = False
    ) -> tuple[Chunk, ...]:
        """Put before a sentence that begins with "This effect …" the one it goes on from, where it is not there.

        Args:
            language: what is read; the translation may point back where the original does not.
            reasons: also before one that begins with "Therefore …": the reason for it stands there.
        """
        read: list[Chunk] = []
        for chunk in chunks:
            before = self._goes_on_from(chunk, language or chunk.language, opens=not read, reasons=reasons)
            if before is not None and before not in (*read, *chunks):
                read.append(before)
            read.append(chunk)
        return tuple({chunk.id: chunk for chunk in read}.values())

    def _goes_on_from(self, chunk: Chunk, language: Language, *, opens: bool, reasons: bool) -> Chunk | None:
        """Return the sentence without which this one cannot be read, where it begins with a word that points back.

        Args:
            opens: it is the first one of the answer; after others "namely" may well go on from these.
            reasons: as of `_readable`.
        """
        place = self._retriever.studies.before(self._retriever.position[chunk.id])
        if place is None:
            return None
        before = self._retriever.chunks[place]
        cues, folded = _cues(chunk.language), searchable(chunk.text)
        bound = re.match(cues["bound"], folded) or (reasons and re.search(cues["therefore"], folded))
        return before if bound or (opens and _is_torn_off(chunk, before, language)) else None

    def _unnamed(self, question: Question, chunks: Sequence[Chunk]) -> dict[str, str]:
        """Return the trial of each sentence that reports on one ("The patients …") named further up only."""
        known = {identifier.upper() for identifier in question.identifiers}
        found: dict[str, str] = {}
        for chunk in chunks:
            if chunk.trials or chunk.kind is not Kind.SENTENCE:
                known |= set(chunk.trials)
                continue
            trials = {trial.upper() for trial in self._trials(chunk)}
            reports = re.match(_cues(chunk.language)["reports"], searchable(chunk.text)) is not None
            if reports and len(trials) == 1 and not trials & known:
                found[chunk.id] = next(iter(trials))
                known |= trials
        return found

    def _checked(self, question: Question, whole: Selection) -> tuple[Check, tuple[Chunk, ...]]:
        """Return how a claim stands to the likeliest sentences, with the one that decides it among those chosen."""
        share = self._retriever.score(question).share
        language, ids = question.language, set(question.identifiers)
        # Of a trial only what is said of it decides, not what its neighbours in the text found.
        likely = [entry for entry in whole.likely if not ids or ids & self._trials(entry[0])] or list(whole.likely)
        others_meant = {chunk.id for chunk, _ in likely if self._means_others(question, chunk)}
        likely = [entry for entry in likely if entry[0].id not in others_meant] or likely

        def around(chunk: Chunk) -> Chunk:
            return self._retriever.around(self._retriever.position[chunk.id])

        covered = {
            chunk.id: covered_share(
                question, chunk, float(share[self._retriever.position[chunk.id]]), around(chunk), self._matcher
            )
            for chunk, _ in likely
        }
        # What is said of another tissue decides nothing where as much is said of the one that is meant.
        meant = [entry for entry in likely if not set_against(question, entry[0], self._matcher)]
        likely = meant if any(covered[chunk.id] > SHORT_OF_ALL for chunk, _ in meant) else likely
        check, place = decide(
            question.resolved,
            [(chunk.side(language), probability, covered[chunk.id]) for chunk, probability in likely],
            language,
        )
        decisive = likely[place][0]
        if decisive.id in others_meant:
            check = replace(check, verdict=Verdict.PARTLY)
        elif instead := set_against(question, decisive, self._matcher):
            check = replace(
                check,
                verdict=Verdict.CONTRADICTED if check.verdict is Verdict.SUPPORTED else Verdict.PARTLY,
                opposed=(*check.opposed, *instead),
            )
        elif check.verdict is Verdict.SUPPORTED and self._passes_over(question, decisive):
            check = replace(check, verdict=Verdict.PARTLY)
        others = [chunk for chunk in whole.chunks if chunk.id != decisive.id and chunk.id not in others_meant]
        return check, (decisive, *others[: 1 if check.verdict is not Verdict.PARTLY else 2])

    def _passes_over(self, question: Question, chunk: Chunk) -> bool:
        """Whether a sentence has nothing for a word that much of a claim turns on: it cannot support all of it."""
        coverage = self._retriever.score(question).coverage
        weights = coverage.weights / (float(coverage.weights.sum()) or 1.0)
        position = self._retriever.position[chunk.id]
        held = np.maximum(coverage.matches[:, position], coverage.said[:, position])
        return bool(((weights >= _TURNED_ON) & (held < _SAID / 2)).any())

    def _means_others(self, question: Question, chunk: Chunk) -> bool:
        """Whether a sentence excludes those a claim is about: "not associated with Crohn's disease", or the reverse."""
        language = question.language

        def keys(text: str) -> set[str]:
            return {mention.key for mention in self._matcher.find(text, language=language)}

        def split(text: str) -> tuple[set[str], set[str]]:
            left_out = keys(" ; ".join(excluded(text, language)))
            return keys(text) - left_out, left_out

        (meant, left_out), (told, untold) = split(question.resolved), split(chunk.side(language))
        return bool(meant & untold or told & left_out)

    def _trials(self, chunk: Chunk) -> set[str]:
        """Return the trials (folded ids) that a sentence speaks of: its own, else those named last before it."""
        position = self._retriever.position[chunk.id]
        while position >= 0:
            other = self._retriever.chunks[position]
            if other.trials:
                return {trial.casefold() for trial in other.trials}
            if re.search(_cues(other.language)["study"], searchable(other.text)):
                return set()  # it opens another study, which has no id
            position = int(self._retriever.preceding_of[position])
        return set()

    def _unmet(self, question: Question, chunks: Sequence[Chunk]) -> tuple[str, ...]:
        """Return what the question turns on and these chunks, with the passages around them, lack."""
        around = [self._retriever.around(self._retriever.position[chunk.id]) for chunk in chunks]
        text = " ".join(form for chunk in around for form in chunk.search.values())
        held = set(_NUMBER.findall(" ".join(words(text))))
        numbers = dict.fromkeys(_NUMBER.findall(" ".join(words(question.text))))
        unmet = [number for number in numbers if number not in held and float(number) > _LOOSE]
        unmet += self._unknown_names(question.text)
        unmet += self._foreign_words(question)
        # What is said of the cells alone does not hold for the vesicles; the reverse may well be meant.
        told_of = [self._retriever.things_of(self._retriever.position[chunk.id]) for chunk in chunks]
        if set(things(searchable(question.resolved))) == {_SMALLER} and all(told == {_LARGER} for told in told_of):
            unmet.append(_SMALLER)
        kinds = self._retriever.kinds_of
        if question.expects.strict and not any(
            question.expects.given_by(" ".join(chunk.search.values()), kinds(chunk), asked=question.kinds)
            for chunk in chunks
        ):
            unmet.append(question.expects.name)
        return tuple(unmet)

    def _foreign_words(self, question: Question) -> list[str]:
        """Return the words the article never uses, when they are much of a question that names nothing of its field."""
        if question.asks_about_article or not (is_unanchored(question) or is_loosely_anchored(question)):
            return []
        coverage = self._retriever.score(question).coverage
        if foreign_share(coverage) < (_FOREIGN if is_unanchored(question) else _FOREIGN_OF_VESICLES):
            return []
        unsaid = coverage.said.max(axis=1, initial=0.0) < _SAID
        return [word.text for word, missing in zip(question.words, unsaid, strict=True) if missing]

    def _unknown_names(self, text: str) -> list[str]:
        """Return the proper names and ids of a question that the article never mentions, nor anything like them."""
        lexicon = self._retriever.index.lexicon
        found: list[str] = []
        openings = {match.end() for match in _OPENING.finditer(text)}
        for match in _NAME.finditer(text):
            name = match.group()
            if match.start() in openings and not any(char.isdigit() for char in name):
                continue  # any word has a capital at the beginning of a sentence
            for word in words(name)[:1]:
                known = (lexicon.words[place] for place in lexicon.look_alikes(word, least=_ALIKE / 2))
                if len(word) > 2 and not any(
                    (similarity(word, other) >= _ALIKE and abs(len(word) - len(other)) <= _ENDING)
                    or other.startswith(word)
                    for other in known
                ):
                    found.append(name)
        return found

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

    def _answered_in_parts(self, plan: Plan, whole: Selection) -> Selection:
        """Return what was found as an answer where each part of the question, taken by itself, is answered."""
        language = plan.question.language
        pieces = parts(plan.question.text, language)
        if len(pieces) < 2 or not whole.likely:
            return whole
        topic = self.topic(plan.question.resolved, language)
        confidence = 1.0
        for piece in pieces:
            resolved = piece if self.topic(piece, language) else f"{piece} {topic}"
            if piece != pieces[0] and len(content_words(piece, language)) < _TELLING:
                again = asked_of(pieces[0], piece, language, self._matcher)
                resolved = resolved if again == pieces[0] else f"{again} {piece}"
            alone, _ = self._select(understand(piece, language, matcher=self._matcher, resolved=resolved), Shape.SHORT)
            if not alone.answers:
                return whole
            confidence = min(confidence, alone.confidence)
        return replace(whole, confidence=confidence, answers=True)

    def _part_by_part(self, plan: Plan, whole: Selection) -> tuple[tuple[Chunk, ...], tuple[str, ...]]:
        """Give what answers each part of a question that asks several things."""
        pieces = parts(plan.question.text, plan.question.language)
        if len(pieces) < 2 or not whole.likely:
            return whole.chunks, ()
        topic = self.topic(plan.question.resolved, plan.question.language)
        likely = sorted(zip(whole.probabilities, whole.chunks, strict=True), key=lambda pair: -pair[0])
        chosen = {chunk.id: chunk for odds, chunk in likely[:_KEPT] if odds >= _NEAR * likely[0][0]}
        missing: list[str] = []
        answering: list[dict[str, float]] = []
        for place, part in enumerate(pieces):
            odds = self._answering(
                part, plan.question.language, topic=topic, is_first=place == 0, first=pieces[0] if place else ""
            )
            if odds is None:
                missing.append(part)
            elif odds:
                answering.append(odds)
        for chunk_id in _best_of_parts(answering, whole.likely[0][0].id):
            chosen.setdefault(chunk_id, self._retriever.chunks[self._retriever.position[chunk_id]])
        # In the order of the article, as a reader would meet them.
        position = self._retriever.position
        return tuple(sorted(chosen.values(), key=lambda chunk: position[chunk.id])), tuple(missing)

    def _of_each(self, plan: Plan, whole: Selection, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """Add what answers for each of several things named side by side, where the chunks answer for some only."""
        question, language = plan.question, plan.question.language
        several = self._side_by_side(question.text, language)
        kinds = self._retriever.kinds_of

        asked_for = tuple(f"{kind}:" for kind in sorted(_WHICH) if f"{kind}:{kind}" in question.kinds)

        def serves(chunk: Chunk, key: str) -> bool:
            around = self._retriever.around(self._retriever.position[chunk.id])
            named = {kind for kind in kinds(chunk) if kind.startswith(asked_for) and kind.split(":")[1] not in GENERAL}
            gives = question.expects.given_by(" ".join(chunk.search.values()), kinds(chunk), asked=question.kinds)
            return (
                key in (*chunk.concepts, *(() if asked_for else around.concepts))
                and (gives or not question.expects.strict)
                and bool(named or not asked_for)
            )

        if len(several) < _TWO or not any(serves(chunk, key) for chunk in chunks for key in several):
            return chunks
        added = list(chunks)
        for key in several:
            if any(serves(chunk, key) for chunk in added):
                continue
            text = without(question.text, {word for other, own in several.items() if other != key for word in own})
            selection, _ = self._select(understand(text, language, matcher=self._matcher, resolved=text), Shape.SHORT)
            best = next((chunk for chunk, _ in selection.likely if serves(chunk, key)), None)
            if selection.answers and best is not None:
                added.append(best)
        if asked_for:  # in which diseases each: all that say so, wherever they stand
            sure = [chunk for chunk, odds in whole.likely if odds >= _SURE]
            added += [chunk for chunk in sure if any(serves(chunk, key) for key in several) and chunk not in added]
        return tuple(added)

    def _side_by_side(self, text: str, language: Language) -> dict[str, tuple[str, ...]]:
        """Return the things of one class that a text joins by "and" or commas, by key, each with its words."""
        tokens = words(text)
        joints = _cues(language)["joints"]
        runs: list[list[tuple[str, str, tuple[int, ...]]]] = []
        for mention in self._matcher.find(text, language=language):
            kind = class_of(self._matcher.kind(mention.key), broad=True)
            if not kind and self._matcher.kind(mention.key).startswith(_ROUTES):
                kind = _ROUTES
            if not kind or mention.key in GENERAL:
                continue
            last = runs[-1][-1] if runs else None
            between = tokens[last[2][-1] + 1 : mention.positions[0]] if last else []
            if last and last[1] == kind and between and all(re.search(joints, word) for word in between):
                runs[-1].append((mention.key, kind, mention.positions))
            else:
                runs.append([(mention.key, kind, mention.positions)])
        longest = max(runs, key=len, default=[])
        return {key: tuple(tokens[place] for place in places) for key, _, places in longest}

    def _answering(
        self, part: str, language: Language, *, topic: str, is_first: bool, first: str = ""
    ) -> dict[str, float] | None:
        """Return the likeliest chunks (ids) for a part of a question with their probabilities; None if it has none.

        "… and why is it expensive?" leaves out what it is about, "… and for which disease?" does, too,
        though it names something; "What is GvHD and …" does not.
        """
        few = not is_first and len(content_words(part, language)) < _TELLING
        named = not few and bool(self.topic(part, language)) and not _points_back(part, language)
        completed = f"{part} {topic}".strip()
        asked_again = asked_of(first, part, language, self._matcher) if few and first else first
        if asked_again != first:  # "By which mechanism do they act on the gut, and by which on the retina?"
            completed, named = f"{asked_again} {part}", False
        # "How many patients were treated?" may mean those of the first part.
        for resolved in (part, completed) if named else (completed,):
            question = understand(part, language, matcher=self._matcher, resolved=resolved)
            if spelled := self._spelled_out(question):
                return {chunk.id: 1.0 for chunk in spelled.values()}
            selection, _ = self._select(question, Shape.SHORT)
            if selection.answers or not question.expects.strict:
                return _naming_as_much(question, selection.likely)
        return None

    def topic(self, text: str, language: Language, *, kinds: tuple[str, ...] = ("",)) -> str:
        """Return the names of what a question is about, which its later parts leave out.

        Args:
            kinds: only things of these kinds (the beginning of "kind:key").
        """
        names = dict.fromkeys(
            self._matcher.name(mention.key, language)
            for mention in self._matcher.find(text, language=language)
            if self._matcher.kind(mention.key).startswith(kinds)
        )
        return " ".join(names)


def _sure(chunks: tuple[Chunk, ...]) -> Found:
    """Return chunks that are known to answer."""
    return Found(chunks=chunks, confidence=1.0, answers=True, missing=(), unmet=(), check=None, nearest=())


def _is_refuted(check: Check, whole: Selection) -> bool:
    """Whether a claim is contradicted in a word or number, not by a denial of what may be something else."""
    said = check.differing or any(one and other for one, other in check.opposed)
    likely = whole.likely[0][1] if whole.likely else 0.0
    return check.verdict is Verdict.CONTRADICTED and bool(said) and likely >= _REFUTED and whole.confidence >= _MAY_WELL


def _naming_as_much(question: Question, likely: Sequence[tuple[Chunk, float]]) -> dict[str, float]:
    """Return of likely chunks (by id) those that name whatever the best one names of a question's own things.

    "What do they do in mice" is not served by a sentence on patients, however alike the two are.
    """
    if not likely:
        return {}
    own = {concept for word in question.words if not word.inherited for concept in word.concepts}
    named = own & set(likely[0][0].concepts)
    return {chunk.id: odds for chunk, odds in likely if named <= set(chunk.concepts)}


def _best_of_parts(answering: Sequence[Mapping[str, float]], first: str) -> list[str]:
    """Return the chunks (by id) that answer the parts of a question best: one, where it serves all of them.

    Args:
        answering: the likeliest chunks of each part with their probabilities, the best first.
        first: the best one for the whole question; it serves a part that it answers nearly as well
            as the best one for that part.
    """
    serving = [
        {
            chunk_id: odds
            for chunk_id, odds in likely.items()
            if odds >= (_FIRST_AS_WELL if chunk_id == first else _AS_WELL) * max(likely.values())
        }
        for likely in answering
    ]
    shared = [chunk_id for chunk_id in (serving[0] if serving else ()) if all(chunk_id in part for part in serving)]
    if shared:
        return [max(shared, key=lambda chunk_id: (chunk_id == first, min(part[chunk_id] for part in serving)))]
    return list(dict.fromkeys(first if first in part else max(part, key=lambda item: part[item]) for part in serving))


def _is_torn_off(chunk: Chunk, before: Chunk, language: Language) -> bool:
    """Whether a sentence should not open an answer without the one before it, in the original or as read.

    A loose connective ("namely", "however") is no reason to give a longer sentence than its own.
    """
    sides = [(_cues(side), searchable(chunk.side(side))) for side in {chunk.language, language}]
    if any(re.search(cues["joined"], folded) for cues, folded in sides):
        return True
    loosely = any(re.search(cues["loosely"], folded) for cues, folded in sides)
    return loosely and len(before.text.split()) <= len(chunk.text.split())


def _points_back(part: str, language: Language) -> bool:
    """Whether a part of a question says "them" of what another part names."""
    return re.search(_cues(language)["points_back"], searchable(part)) is not None


def _asks_why(question: Question) -> bool:
    return re.search(_cues(question.language)["why"], searchable(question.text)) is not None


def _section(question: Question, shape: Shape) -> str:
    """The part of the article that an overview is asked of: its abstract, its conclusion …; or ""."""
    if shape is not Shape.OVERVIEW:
        return ""
    folded = searchable(question.text)
    cues = _cues(question.language)
    for name in ("conclusion", "introduction", "abstract"):
        if re.search(cues[name], folded):
            return {"conclusion": "4", "introduction": "1"}.get(name, f"abstract-{question.language}")
    if re.search(cues["article"], folded) and not any(word.concepts for word in question.words):
        return f"abstract-{question.language}"
    return ""


@cache
def _cues(language: Language) -> Mapping[str, str]:
    data = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))
    cues: Mapping[str, str] = data[language]
    return cues
