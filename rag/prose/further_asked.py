"""Questions that go on from an answer in two words: "And why?", "In people?", "Kaj pa pri miših?".

Such a question has no words of its own to be searched with. Its reason stands beside what was answered; what
holds in people is told by the studies in people of the same paragraphs, which the words of the question before
do not prefer to those in animals.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.cues import follows_from_before
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

_TOPICS = ("disease:", "organ:")
_MAX_PIECES, _MAX_WORDS = 3, 110
# The reason stands at most so many sentences after what it is the reason for.
_AFTER = 2
# A course of events is told in so many sentences more.
_STEPS = 2


def reasons(question: Question, retriever: Retriever) -> tuple[Chunk, ...]:
    """Return the sentences that give the reason for what was answered before, where nothing else is asked."""
    cues = _cues(question.language)
    if not question.told or not re.search(cues["why"], searchable(question.text)):
        return ()
    told = [retriever.position[piece] for piece in question.told if piece in retriever.position]
    for place in sorted(told):
        before = int(retriever.preceding_of[place])
        if before >= 0 and before not in told and follows_from_before(retriever.chunks[place]):
            return (retriever.chunks[before], retriever.chunks[place])
    following = dict.fromkeys(place for start in sorted(told) for place in _after(start, retriever))
    fresh = [place for place in following if place not in told]
    for places in (fresh, sorted(told)):
        found = [retriever.chunks[place] for place in places if _says(retriever.chunks[place], "cause")]
        if found:
            return tuple(found[:_AFTER])
    return ()


def reasons_after(chunks: Sequence[Chunk], retriever: Retriever) -> tuple[Chunk, ...]:
    """Return the reason that follows what was found, where what was found gives none."""
    first = retriever.position[chunks[0].id]
    if len(chunks) > 1 or chunks[0].kind is not Kind.SENTENCE or _says(chunks[0], "cause"):
        return ()
    following = [retriever.chunks[place] for place in _after(first, retriever)]
    return tuple(chunk for chunk in following if _says(chunk, "cause"))


def asks_for_steps(question: Question) -> bool:
    """Return whether a question asks for a course of events: "step by step"."""
    return re.search(_cues(question.language)["steps"], searchable(question.text)) is not None


def steps_from(chunks: Sequence[Chunk], retriever: Retriever) -> tuple[Chunk, ...]:
    """Return the first of the chunks with the sentences that follow it, where they go on from it."""
    ordered = sorted(chunks, key=lambda chunk: retriever.position[chunk.id])
    first = retriever.position[ordered[0].id]
    following = [retriever.chunks[place] for place in _after(first, retriever, n=_STEPS)]
    if not following or not _says(following[0], "then"):
        return tuple(chunks)
    return tuple(_within([ordered[0], *following], pieces=_STEPS + 1))


def narrowed(question: Question, retriever: Retriever, matcher: ConceptMatcher) -> tuple[Chunk, ...]:
    """Return what studies in people, or in animals, found on the topic of the question before."""
    folded, cues = searchable(question.text), _cues(question.language)
    if question.text == question.resolved:
        return ()
    wanted = [name for name in ("people", "animals") if re.search(cues[name], folded)]
    rest = re.sub(cues[wanted[0]], " ", folded) if len(wanted) == 1 else folded
    if len(wanted) != 1 or not all(re.search(cues["only"], word) for word in re.findall(r"\w+", rest)):
        return ()
    topics = {key for word in question.words for key in word.concepts if matcher.kind(key).startswith(_TOPICS)}
    topics -= {"disease"}
    found: list[Chunk] = []
    for members in retriever.studies.paragraphs:
        if not topics or not any(topics & set(retriever.chunks[place].concepts) for place in members):
            continue
        for place in members:
            if retriever.studies.is_finding(place) and _is_of(place, wanted[0], retriever):
                found.append(retriever.chunks[place])
    return tuple(_within(found))


def _is_of(place: int, wanted: str, retriever: Retriever) -> bool:
    """Whether a sentence, or the study it reports on, tells of people or of animals, and not of the other."""
    own = retriever.chunks[place]
    other = "animals" if wanted == "people" else "people"
    if _says(own, wanted) != _says(own, other):
        return _says(own, wanted)
    study = retriever.studies.of(place)
    told = [retriever.chunks[number] for number in (study.sentences if study else (place,))]
    if any(chunk.trials for chunk in told):
        return wanted == "people"
    return any(_says(chunk, wanted) for chunk in told) and not any(_says(chunk, other) for chunk in told)


def _after(start: int, retriever: Retriever, *, n: int = _AFTER) -> Iterator[int]:
    place: int | None = start
    for _ in range(n):
        place = retriever.studies.after(place) if place is not None else None
        if place is not None:
            yield place


def _within(chunks: list[Chunk], *, pieces: int = _MAX_PIECES) -> Iterator[Chunk]:
    n_words = 0
    for chunk in chunks[:pieces]:
        n_words += len(chunk.text.split())
        if n_words <= _MAX_WORDS:
            yield chunk


def _says(chunk: Chunk, name: str) -> bool:
    return re.search(_cues(chunk.language)[name], searchable(chunk.text)) is not None


@cache
def _cues(language: Language) -> Mapping[str, str]:
    data = tomllib.loads((Path(__file__).parent / "further_asked.toml").read_text(encoding="utf-8"))
    cues: Mapping[str, str] = data[language]
    return cues
