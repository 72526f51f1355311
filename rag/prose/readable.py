"""What an answer needs to be read by itself: the sentence that one goes on from, the finding that one leads to."""

import re
from collections.abc import Collection, Sequence

from corpus.terms import searchable
from corpus.types import Language
from ingest.chunk import Chunk
from rag.prose.cues import cues_of, follows_from_before, points_back
from rag.prose.study import asked
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

# Kinds of answer that what a study found may be; a price or a dose is none.
_OF_EFFECTS = frozenset({"", "mechanism"})
# What kinds of thing tell which study a sentence reports on, where its opening names them, too.
_TELLING = ("vesicle:", "disease:")
_YEAR = re.compile(r"\b(19|20)\d\d\b")
# Of what a study found so many sentences are given at most.
_REPORTS = 2


def readable(
    chunks: tuple[Chunk, ...],
    retriever: Retriever,
    *,
    language: Language | None = None,
    reasons: bool = False,
    told: Collection[str] = (),
) -> tuple[Chunk, ...]:
    """Put before a sentence that begins with "This effect …" the one it goes on from, where it is not there.

    And before one that reports on a study without saying on which, what opens the study; a registered
    trial is named before it instead (`rag.prose.trials.unnamed`).

    Args:
        language: what is read; the translation may point back where the original does not.
        reasons: also before one that begins with "Therefore …": the reason for it stands there.
        told: ids of what the turn before told; what opens a study is not told twice.
    """
    read: list[Chunk] = []
    for chunk in chunks:
        before = _goes_on_from(chunk, language or chunk.language, retriever, opens=not read, reasons=reasons)
        added = [before] if before is not None and before not in (*read, *chunks) else []
        opening = _opening_of((*added, chunk)[0], read, retriever)
        read += [*([opening] if opening is not None and opening.id not in told else []), *added, chunk]
    return tuple({chunk.id: chunk for chunk in read}.values())


def _goes_on_from(
    chunk: Chunk, language: Language, retriever: Retriever, *, opens: bool, reasons: bool
) -> Chunk | None:
    """Return the sentence without which this one cannot be read, where it begins with a word that points back.

    Args:
        opens: it is the first one of the answer; after others "namely" may well go on from these.
        reasons: as of `readable`.
    """
    place = retriever.studies.before(retriever.position[chunk.id])
    if place is None:
        return None
    before = retriever.chunks[place]
    bound = points_back(chunk) or (reasons and follows_from_before(chunk))
    return before if bound or (opens and _is_torn_off(chunk, before, language)) else None


def things_told_of(chunk: Chunk, retriever: Retriever) -> frozenset[str]:
    """Return which of the things set against each other a sentence speaks of, with the one that it points back to."""
    position = retriever.position[chunk.id]
    told = retriever.things_of(position)
    before = retriever.studies.before(position)
    return told | retriever.things_of(before) if before is not None and points_back(chunk) else told


def _opening_of(chunk: Chunk, read: Sequence[Chunk], retriever: Retriever) -> Chunk | None:
    """Return what opens the study that a sentence reports on, where neither it nor what is read before it tells."""
    study = retriever.studies.of(retriever.position[chunk.id])
    if study is None or retriever.chunks[study.opening].trials:
        return None
    opening = retriever.chunks[study.opening]
    named = {kind for kind in retriever.kinds_of(opening) if kind.startswith(_TELLING)}
    own = (other for other in (*read, chunk) if retriever.position[other.id] in study.sentences)
    told = (other is opening or _YEAR.search(other.text) or named & retriever.kinds_of(other) for other in own)
    return None if not named or any(told) else opening


def told_through(question: Question, best: Chunk, chunks: tuple[Chunk, ...], retriever: Retriever) -> tuple[Chunk, ...]:
    """Give what was found, where a question asks for it and only what the study was about is chosen.

    Of the study that the best sentence belongs to, its opening is kept for reference, its aim and
    other studies are not.
    """
    position, studies = retriever.position, retriever.studies
    study = studies.of(position[best.id])
    wanted = asked(question.text, question.language)
    if study is None or not wanted or question.expects.name not in _OF_EFFECTS:
        return chunks
    telling = [n for n in study.reports if studies.is_finding(n) and wanted & studies.roles(n)]
    chosen = [position[chunk.id] for chunk in chunks]
    own = [n for n in chosen if n in study.sentences]
    if not telling or any(studies.is_finding(n) and wanted & studies.roles(n) for n in own):
        return chunks
    return tuple(retriever.chunks[n] for n in (study.opening, *telling[:_REPORTS]))


def _is_torn_off(chunk: Chunk, before: Chunk, language: Language) -> bool:
    """Whether a sentence should not open an answer without the one before it, in the original or as read.

    A loose connective ("namely", "however") is no reason to give a longer sentence than its own.
    """
    sides = [(cues_of(side), searchable(chunk.side(side))) for side in {chunk.language, language}]
    if any(cues["joined"].search(folded) for cues, folded in sides):
        return True
    loosely = any(cues["loosely"].search(folded) for cues, folded in sides)
    return loosely and len(before.text.split()) <= len(chunk.text.split())
