"""What a claim names and what a sentence names in its place: another tissue, another animal, the other disease.

Claims that are wrong in one thing share all their other words with the sentence that refutes them. Of a few
kinds of things one excludes the other; and where a sentence tells of two, what it says of one it does not say
of the other.
"""

from corpus.concepts import ConceptMatcher
from corpus.terms import words
from ingest.chunk import Chunk
from rag.prose.claim import clauses
from rag.questions.question import Question

# Kinds of which one, named in place of another, makes another statement; of which a sentence tells several things
# apart; which may be named around a sentence; and which it must name to confirm a claim that does.
_EXCLUDING = ("tissue:", "animal:", "vesicle:")
_EXCHANGED = ("disease:", "tissue:", "animal:", "vesicle:", "trial:phase")
_TOPICS = ("disease:", "organ:")
_NAMED = ("molecule:", "cell:", *_EXCLUDING, *_TOPICS)
# Names of a kind as such, which stand in place of nothing.
GENERAL = frozenset(
    {"tissue", "animal-model", "cell", "stem-cell", "msc", "bioactive-molecule", "body-fluid", "blood", "disease"}
    | {"ev", "msc-ev", "nanoparticle", "secretome"}
)
# A sentence that lacks a thing covers no more of a claim than this.
SHORT_OF_ALL = 0.59
# Letters that two forms of a word share; so many words of a claim make a statement.
_STEM = 5
_STATED = 2

Pairs = tuple[tuple[str, str], ...]


def named_by(question: Question) -> list[str]:
    """Return the concepts that a question names, each once."""
    return list(dict.fromkeys(concept for word in question.words for concept in word.concepts))


def covered_share(question: Question, chunk: Chunk, share: float, around: Chunk, matcher: ConceptMatcher) -> float:
    """Return the share of a claim that a sentence covers: less than all where it lacks a thing the claim names.

    A disease or an organ may be named around it; where it names another tissue, that is what it says.

    Args:
        share: of the claim's words that it covers.
        around: the passage it stands in.
    """
    held = {*chunk.concepts, *(key for key in around.concepts if matcher.kind(key).startswith(_TOPICS))}
    kinds = tuple(kind for kind in _NAMED if kind not in _EXCLUDING or not _other(question, chunk, kind, matcher))
    named = {key for key in named_by(question) if matcher.kind(key).startswith(kinds)} - GENERAL
    return share if named <= held else min(share, SHORT_OF_ALL)


def set_against(question: Question, chunk: Chunk, matcher: ConceptMatcher) -> Pairs:
    """Return what a claim names and a sentence names otherwise, as pairs of names."""
    others = [pair for kind in _EXCLUDING for pair in _other(question, chunk, kind, matcher)]
    return (*others, *(pair for kind in _EXCHANGED for pair in _exchanged(question, chunk, kind, matcher, _STATED)))


def is_said_of_another(question: Question, chunk: Chunk, matcher: ConceptMatcher) -> bool:
    """Whether a sentence says a word of a claim of another thing of the same kind, and none of that which is meant."""
    return any(_exchanged(question, chunk, kind, matcher, 1) for kind in _EXCHANGED)


def _other(question: Question, chunk: Chunk, kind: str, matcher: ConceptMatcher) -> Pairs:
    """Return a thing of a kind that only the claim names, and one that only the sentence does."""
    ours, theirs = (
        {key: None for key in keys if matcher.kind(key).startswith(kind) and key not in GENERAL}
        for keys in (named_by(question), chunk.concepts)
    )
    lacking = next((key for key in ours if key not in theirs), None)
    instead = next((key for key in theirs if key not in ours), None)
    if lacking is None or instead is None:
        return ()
    return ((matcher.name(lacking, question.language), matcher.name(instead, question.language)),)


def _exchanged(question: Question, chunk: Chunk, kind: str, matcher: ConceptMatcher, stated: int) -> Pairs:
    """Return what a claim says something of and what a sentence that names both says it of: one of two diseases.

    Args:
        stated: how many words of the claim make a statement.
    """
    language = question.language
    tokens = words(chunk.side(language))
    found = matcher.find(chunk.side(language), language=language)
    mentions = [m for m in found if matcher.kind(m.key).startswith(kind) and m.key not in GENERAL]
    keys = {mention.key for mention in mentions}
    ours = [key for key in named_by(question) if key in keys]
    if len(ours) != 1 or len(keys) < _STATED:
        return ()
    own = [word.text for word in question.words if not set(word.concepts) & keys]
    said = {word[:_STEM] for word in own if len(word) >= _STEM - 1}
    told = dict.fromkeys(keys, 0)
    starts = [0]  # of the clauses
    for clause in clauses(chunk.side(language), language):
        starts.append(starts[-1] + len(words(clause)))
    begins = [mention.positions[-1] + 1 for mention in mentions]
    ends = [mention.positions[0] for mention in mentions[1:]] + [len(tokens)]
    for n in range(1, len(mentions)):  # what a later clause says stands before the name, too
        opened = max(start for start in starts if start <= mentions[n].positions[0])
        if opened >= begins[n - 1]:
            begins[n] = ends[n - 1] = opened
    for mention, begin, end in zip(mentions, begins, ends, strict=True):
        told[mention.key] += len(said & {word[:_STEM] for word in tokens[begin:end]})
    most = max(mentions, key=lambda mention: told[mention.key]).key
    if told[ours[0]] or told[most] < stated:
        return ()
    return ((matcher.name(ours[0], language), matcher.name(most, language)),)
