"""What the text, not the table, tells of single trials."""

from collections.abc import Collection, Sequence

from corpus.terms import searchable
from corpus.types import Kind
from ingest.chunk import Chunk
from rag.prose.cues import cues_of
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever
from rag.tables.query import Sought
from rag.tables.sought import gives


def trials_of(chunk: Chunk, retriever: Retriever) -> set[str]:
    """Return the trials (folded ids) that a sentence speaks of: its own, else those named last before it."""
    position = retriever.position[chunk.id]
    while position >= 0:
        other = retriever.chunks[position]
        if other.trials:
            return {trial.casefold() for trial in other.trials}
        if cues_of(other.language)["study"].search(searchable(other.text)):
            return set()  # it opens another study, which has no id
        position = int(retriever.preceding_of[position])
    return set()


def tells_of(chunk: Chunk, trials: Collection[str], retriever: Retriever) -> bool:
    """Return whether a piece of the text speaks of one of these trials; rows of the table do not count."""
    wanted = {trial.casefold() for trial in trials}
    return chunk.kind is not Kind.TABLE_ROW and not wanted.isdisjoint(trials_of(chunk, retriever))


def giving(question: Question, trials: Collection[str], retriever: Retriever) -> tuple[Chunk, ...]:
    """Return the first sentence on one of these trials that names the kind of thing asked for, a tissue say."""
    if not question.expects.names_things:
        return ()
    kinds = retriever.kinds_of
    for chunk in retriever.chunks:
        if chunk.kind is Kind.SENTENCE and tells_of(chunk, trials, retriever):
            text = " ".join(chunk.search.values())
            if question.expects.given_by(text, kinds(chunk), asked=question.kinds):
                return (chunk,)
    return ()


def telling(items: Sequence[Sought], trials: Collection[str], retriever: Retriever) -> tuple[Chunk, ...]:
    """Return the first sentence on one of these trials that gives all that is sought, where a sentence can."""
    if not items or not all(item.by_itself for item in items):
        return ()
    for chunk in retriever.chunks:
        if chunk.kind is Kind.SENTENCE and tells_of(chunk, trials, retriever):
            text = " ".join(chunk.search.values())
            if all(gives(text, item) for item in items):
                return (chunk,)
    return ()


def of_trial(question: Question, chunks: tuple[Chunk, ...], retriever: Retriever) -> tuple[Chunk, ...]:
    """Leave out what other trials found, when the question is about one and the text tells of it."""
    wanted = set(question.identifiers)
    if not wanted:
        return chunks
    own = tuple(chunk for chunk in chunks if wanted & trials_of(chunk, retriever))
    return own or chunks


def unnamed(chunks: Sequence[Chunk], retriever: Retriever) -> dict[str, str]:
    """Return the trial of each sentence that reports on one which neither it nor the one read before it names."""
    found: dict[str, str] = {}
    spoken_of: tuple[str, ...] = ()
    for chunk in chunks:
        trials = chunk.trials
        study = retriever.studies.of(retriever.position[chunk.id])
        if not trials and study is not None:
            trials = retriever.chunks[study.opening].trials
            if len(trials) == 1 and trials != spoken_of:
                found[chunk.id] = trials[0].upper()
        spoken_of = trials
    return found
