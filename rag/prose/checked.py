"""How a claim stands to the sentences found: which one decides it, and whether it speaks of the same things."""

from dataclasses import replace

import numpy as np

from corpus.concepts import ConceptMatcher
from ingest.chunk import Chunk
from rag.prose.claim import Check, Verdict, decide
from rag.prose.grid import weighs_sides
from rag.prose.rivals import SHORT_OF_ALL, covered_share, is_said_of_another, set_against
from rag.prose.select import Selection
from rag.prose.shares import excluded
from rag.prose.trials import trials_of
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

_SAID = 0.75
# A claim turns on a word of so much of its weight.
_TURNED_ON = 0.2
# A word of so much of its weight tells something.
_TELLING = 0.1
# A claim is refuted by so probable a sentence, whatever else is missing, if the article may well speak of it and
# the sentence has so much of it: what is increased here may be another thing than what is reduced there.
_REFUTED, _MAY_WELL, _OF_IT = 0.95, 0.3, 0.4
# A sentence with so much of a claim has all of it.
_ALL = 0.97


def checked(
    question: Question, whole: Selection, retriever: Retriever, matcher: ConceptMatcher
) -> tuple[Check, tuple[Chunk, ...]]:
    """Return how a claim stands to the likeliest sentences, with the one that decides it among those chosen."""
    share = retriever.score(question).share
    language, ids = question.language, set(question.identifiers)
    # Of a trial only what is said of it decides, not what its neighbours in the text found.
    likely = [entry for entry in whole.likely if not ids or ids & trials_of(entry[0], retriever)] or list(whole.likely)
    others_meant = {chunk.id for chunk, _ in likely if _means_others(question, chunk, matcher)}
    likely = [entry for entry in likely if entry[0].id not in others_meant] or likely

    def around(chunk: Chunk) -> Chunk:
        return retriever.around(retriever.position[chunk.id])

    covered = {
        chunk.id: covered_share(question, chunk, float(share[retriever.position[chunk.id]]), around(chunk), matcher)
        for chunk, _ in likely
    }
    short = [chunk for chunk, _ in likely if _passes_over(question, chunk, retriever)]
    covered |= {chunk.id: min(covered[chunk.id], SHORT_OF_ALL) for chunk in short}
    # What is said of another tissue decides nothing where as much is said of the one that is meant.
    meant = [entry for entry in likely if not set_against(question, entry[0], matcher)]
    opposing = [chunk for chunk, odds in likely if odds >= _REFUTED and set_against(question, chunk, matcher)]
    likely = meant if any(covered[chunk.id] > SHORT_OF_ALL for chunk, _ in meant) else likely
    check, place = decide(
        question.resolved,
        [(chunk.side(language), probability, covered[chunk.id]) for chunk, probability in likely],
        language,
    )
    decisive = likely[place][0]
    if decisive.id in others_meant or weighs_sides(question):
        check = replace(check, verdict=Verdict.PARTLY)
    elif instead := set_against(question, decisive, matcher):
        check = replace(
            check,
            verdict=Verdict.CONTRADICTED if check.verdict is Verdict.SUPPORTED else Verdict.PARTLY,
            opposed=(*check.opposed, *instead),
        )
    elif check.verdict is Verdict.SUPPORTED and (
        is_said_of_another(question, decisive, matcher)
        or any(_says_what_is_lacking(question, chunk, decisive, retriever) for chunk in opposing)
    ):
        check = replace(check, verdict=Verdict.PARTLY)
    others = [chunk for chunk in whole.chunks if chunk.id != decisive.id and chunk.id not in others_meant]
    return check, (decisive, *others[: 1 if check.verdict is not Verdict.PARTLY else 2])


def is_decided(check: Check, whole: Selection) -> bool:
    """Whether a claim is decided, whatever else is missing.

    It is by a sentence that has all of its words, or one that opposes it in a word or number: a denial may be one of
    something else.
    """
    said = check.differing or any(one and other for one, other in check.opposed)
    likely = whole.likely[0][1] if whole.likely else 0.0
    if check.covered >= _ALL and likely >= _REFUTED:
        return check.verdict in (Verdict.CONTRADICTED, Verdict.SUPPORTED)
    likely_refuted = bool(said) and likely >= _REFUTED and check.covered >= _OF_IT and whole.confidence >= _MAY_WELL
    return check.verdict is Verdict.CONTRADICTED and likely_refuted


def _passes_over(question: Question, chunk: Chunk, retriever: Retriever) -> bool:
    """Whether a sentence has nothing for a word that much of a claim turns on: it cannot support all of it."""
    coverage = retriever.score(question).coverage
    weights = coverage.weights / (float(coverage.weights.sum()) or 1.0)
    position = retriever.position[chunk.id]
    held = np.maximum(coverage.matches[:, position], coverage.said[:, position])
    return bool(((weights >= _TURNED_ON) & (held < _SAID / 2)).any())


def _says_what_is_lacking(question: Question, other: Chunk, decisive: Chunk, retriever: Retriever) -> bool:
    """Whether a sentence on another thing has a telling word of a claim that the sentence on the thing meant lacks."""
    coverage = retriever.score(question).coverage
    weights = coverage.weights / (float(coverage.weights.sum()) or 1.0)
    theirs, ours = (coverage.form[:, retriever.position[chunk.id]] for chunk in (other, decisive))
    return bool(((weights >= _TELLING) & (theirs >= _SAID) & (ours < _SAID / 2)).any())


def _means_others(question: Question, chunk: Chunk, matcher: ConceptMatcher) -> bool:
    """Whether a sentence excludes those a claim is about: "not associated with Crohn's disease", or the reverse."""
    language = question.language

    def keys(text: str) -> set[str]:
        return {mention.key for mention in matcher.find(text, language=language)}

    def split(text: str) -> tuple[set[str], set[str]]:
        left_out = keys(" ; ".join(excluded(text, language)))
        return keys(text) - left_out, left_out

    (meant, left_out), (told, untold) = split(question.resolved), split(chunk.side(language))
    return bool(meant & untold or told & left_out)
