"""Questions that ask several things: part by part, and for each of the things named side by side."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.cues import cues_of
from rag.prose.parts import asks_by_itself, parts
from rag.prose.rivals import GENERAL
from rag.prose.select import Selection, select
from rag.prose.spelled import spelled_out_in
from rag.questions.plan import Plan, Shape
from rag.questions.question import Question, content_words, understand
from rag.questions.swap import asked_of, class_of, without
from rag.retrieval.retrieve import Retriever

# A later part with fewer telling words leaves out what it is about.
_TELLING = 3
# Of what the whole question leads to, so many pieces are kept beside the best one for each part, if they are this
# nearly as probable as the best of them.
_KEPT = 3
_NEAR = 0.5
# A piece serves a part of a question from this share of the probability of the best one for it; the best one for
# the whole question, which knows more of what is meant, from less.
_AS_WELL, _FIRST_AS_WELL = 0.98, 0.9
_TWO = 2
# How surely findings on a topic that the question names answer it.
_SURE = 0.9
# A part of a question that the article so hardly answers is said not to be answered.
_HARDLY = 0.1
# Kinds of which a question may ask which ones, and what else is named side by side: ways of giving something.
_WHICH = frozenset({"disease", "tissue", "country"})
_ROUTES = "method:"
_FIELDS = ("disease:", "organ:")
THINGS = (*_FIELDS, "vesicle:", "cell:", "tissue:", "molecule:", "method:", "organisation:")
_YEAR = re.compile(r"\b(19|20)\d\d\b|\bstoletj|\bcentur")


def topic_of(text: str, language: Language, matcher: ConceptMatcher, *, kinds: tuple[str, ...] = ("",)) -> str:
    """Return the names of what a question is about, which its later parts leave out.

    Args:
        kinds: only things of these kinds (the beginning of "kind:key").
    """
    names = dict.fromkeys(
        matcher.name(mention.key, language)
        for mention in matcher.find(text, language=language)
        if matcher.kind(mention.key).startswith(kinds)
    )
    return " ".join(names)


@dataclass(frozen=True, slots=True)
class Parts:
    """What answers a question part by part.

    Attributes:
        chunks: in the order of the article, as a reader would meet them.
        missing: parts that it does not answer, though it answers others.
        answered: the other ones, with the names of what they leave out.
        confidence: probability that these are answered; 0 where none is.
    """

    chunks: tuple[Chunk, ...]
    missing: tuple[str, ...]
    answered: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class _Serving:
    """The likeliest chunks (by id) for a part of a question with their probabilities, and whether they answer it."""

    odds: dict[str, float]
    confidence: float
    answers: bool


def part_by_part(plan: Plan, whole: Selection, retriever: Retriever, matcher: ConceptMatcher) -> Parts | None:
    """Give what answers each part of a question that asks several things; None where it asks one.

    A question that is not answered as a whole may be in one part, where each asks something: one that says itself
    what it is about.
    """
    question, language = plan.question, plan.question.language
    pieces = parts(question.text, language)
    if len(pieces) < _TWO or not whole.likely:
        return None
    topic = topic_of(question.resolved, language, matcher)
    servings = [
        _answering(
            part,
            language,
            retriever,
            matcher,
            topic=topic,
            is_first=place == 0,
            first=pieces[0] if place else "",
            sure=not whole.answers,
        )
        for place, part in enumerate(pieces)
    ]
    missing = tuple(part for part, serving in zip(pieces, servings, strict=True) if serving is None)
    told = [(part, serving) for part, serving in zip(pieces, servings, strict=True) if serving is not None]
    if not whole.answers and not (
        all(asks_by_itself(part, question.text, language) for part in pieces)
        and any(serving.answers and topic_of(part, language, matcher, kinds=THINGS) for part, serving in told)
    ):
        return Parts((), tuple(pieces), (), 0.0)
    likely = sorted(zip(whole.probabilities, whole.chunks, strict=True), key=lambda pair: -pair[0])
    kept = likely[:_KEPT] if whole.answers or not missing else []
    chosen = {chunk.id: chunk for odds, chunk in kept if odds >= _NEAR * likely[0][0]}
    for chunk_id in best_of_parts([serving.odds for _, serving in told if serving.odds], whole.likely[0][0].id):
        chosen.setdefault(chunk_id, retriever.chunks[retriever.position[chunk_id]])
    position = retriever.position
    return Parts(
        tuple(sorted(chosen.values(), key=lambda chunk: position[chunk.id])),
        missing,
        tuple(f"{part} {topic}" for part, _ in told),
        whole.confidence if whole.answers else min(serving.confidence for _, serving in told if serving.answers),
    )


def _answering(
    part: str,
    language: Language,
    retriever: Retriever,
    matcher: ConceptMatcher,
    *,
    topic: str,
    is_first: bool,
    first: str = "",
    sure: bool = False,
) -> _Serving | None:
    """Return the likeliest chunks for a part of a question; None if it has none.

    "… and why is it expensive?" leaves out what it is about, "… and for which disease?" does, too,
    though it names something; "What is GvHD and …" does not.

    Args:
        sure: nothing tells that the question is answered but its parts.
    """
    few = not is_first and len(content_words(part, language)) < _TELLING
    named = not few and bool(topic_of(part, language, matcher)) and not points_back(part, language)
    completed = f"{part} {asked_of(topic, part, language, matcher)}".strip()
    asked_again = asked_of(first, part, language, matcher) if few and first else first
    if asked_again != first:  # "By which mechanism do they act on the gut, and by which on the retina?"
        completed, named = f"{asked_again} {part}", False
    best: _Serving | None = None
    # What names a disease says itself what it is about; what names mice alone may mean those of the first part.
    of_field = bool(topic_of(part, language, matcher, kinds=_FIELDS))
    ways = (part, completed) if of_field else (completed, part)
    for resolved in ways if named else (completed,):
        question = understand(part, language, matcher=matcher, resolved=resolved)
        if len(question.defines) == 1 and question.defines[0] in retriever.position:
            return _Serving({question.defines[0]: 1.0}, 1.0, True)
        if spelled := spelled_out_in(question, retriever, matcher):
            return _Serving({chunk.id: 1.0 for chunk in spelled.values()}, 1.0, True)
        selection = _best(question, retriever)
        serving = _Serving(_naming_as_much(question, selection.likely), selection.confidence, selection.answers)
        if selection.answers:
            return serving
        likely = selection.likely[0][1] if selection.likely else 0.0
        may = not question.expects.strict and selection.confidence >= _HARDLY and (not sure or likely >= _SURE)
        best = serving if may and (best is None or serving.confidence > best.confidence) else best
    return best


def _naming_as_much(question: Question, likely: Sequence[tuple[Chunk, float]]) -> dict[str, float]:
    """Return of likely chunks (by id) those that name whatever the best one names of a question's own things.

    "What do they do in mice" is not served by a sentence on patients, however alike the two are.
    """
    if not likely:
        return {}
    own = {concept for word in question.words if not word.inherited for concept in word.concepts}
    named = own & set(likely[0][0].concepts)
    return {chunk.id: odds for chunk, odds in likely if named <= set(chunk.concepts)}


def best_of_parts(answering: Sequence[Mapping[str, float]], first: str) -> list[str]:
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


def _best(question: Question, retriever: Retriever) -> Selection:
    """Return the fewest sentences that answer a part by itself."""
    return select(question, retriever, retriever.score(question), shape=Shape.SHORT)


def points_back(part: str, language: Language) -> bool:
    """Whether a part of a question says "them" of what another part names."""
    return cues_of(language)["points_back"].search(searchable(part)) is not None


def of_each(
    plan: Plan, whole: Selection, chunks: tuple[Chunk, ...], retriever: Retriever, matcher: ConceptMatcher
) -> tuple[Chunk, ...]:
    """Add what answers for each of several things named side by side, where the chunks answer for some only."""
    question, language = plan.question, plan.question.language
    several = _side_by_side(question.text, language, matcher)
    kinds = retriever.kinds_of

    asked_for = tuple(f"{kind}:" for kind in sorted(_WHICH) if f"{kind}:{kind}" in question.kinds)

    def serves(chunk: Chunk, key: str) -> bool:
        around = retriever.around(retriever.position[chunk.id])
        named = {kind for kind in kinds(chunk) if kind.startswith(asked_for) and kind.split(":")[1] not in GENERAL}
        gives = question.expects.given_by(" ".join(chunk.search.values()), kinds(chunk), asked=question.kinds)
        return (
            key in (*chunk.concepts, *(() if asked_for else around.concepts))
            and (gives or not question.expects.strict)
            and bool(named or not asked_for)
            and (not question.in_time or is_dated(chunk))
        )

    if len(several) < _TWO or not any(serves(chunk, key) for chunk in chunks for key in several):
        return chunks
    added = list(chunks)
    for key in several:
        if any(serves(chunk, key) for chunk in added):
            continue
        text = without(question.text, {word for other, own in several.items() if other != key for word in own})
        selection = _best(understand(text, language, matcher=matcher, resolved=text), retriever)
        best = next(((chunk, odds) for chunk, odds in selection.likely if serves(chunk, key)), None)
        if best is not None and (selection.answers or best[1] >= _SURE):
            added.append(best[0])
    if asked_for:  # in which diseases each: all that say so, wherever they stand
        sure = [chunk for chunk, odds in whole.likely if odds >= _SURE]
        added += [chunk for chunk in sure if any(serves(chunk, key) for key in several) and chunk not in added]
    return tuple(added)


def is_dated(chunk: Chunk) -> bool:
    """Whether a piece tells when something was, so that it decides which of two things was the earlier one."""
    return chunk.kind is Kind.SENTENCE and _YEAR.search(searchable(chunk.text)) is not None


def _side_by_side(text: str, language: Language, matcher: ConceptMatcher) -> dict[str, tuple[str, ...]]:
    """Return the things of one class that a text joins by "and" or commas, by key, each with its words."""
    tokens = words(text)
    joints = cues_of(language)["joints"]
    runs: list[list[tuple[str, str, tuple[int, ...]]]] = []
    for mention in matcher.find(text, language=language):
        kind = class_of(matcher.kind(mention.key), broad=True)
        if not kind and matcher.kind(mention.key).startswith(_ROUTES):
            kind = _ROUTES
        if not kind or mention.key in GENERAL:
            continue
        last = runs[-1][-1] if runs else None
        between = tokens[last[2][-1] + 1 : mention.positions[0]] if last else []
        if last and last[1] == kind and between and all(joints.search(word) for word in between):
            runs[-1].append((mention.key, kind, mention.positions))
        else:
            runs.append([(mention.key, kind, mention.positions)])
    longest = max(runs, key=len, default=[])
    return {key: tuple(tokens[place] for place in places) for key, _, places in longest}
