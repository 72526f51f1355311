"""Places where the article contradicts itself, for questions about just that: "Does it contradict itself on …?".

The notes on the article tell of them, and stand below an answer that cites one of their pieces. A question about the
contradiction itself shares few words with any one sentence, so it is answered with the pieces of the note it fits.
"""

import tomllib
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from corpus.concepts import ConceptMatcher
from corpus.load import Note
from corpus.terms import searchable, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.claim import things
from rag.questions.patterns import Patterns
from rag.questions.question import Question
from rag.retrieval.lexical import QuestionWord
from rag.retrieval.retrieve import Retriever

_ALIKE = 0.7
# A note must hold so much of what a question tells, by weight.
_FITS = 0.6
# A note on so many trials is on trials as such.
_MANY = 3
# So many pieces of a note are shown: the sides of a contradiction.
_SHOWN, _SHOWN_IN_ALL = 3, 4
# Of several notes that fit, those whose pieces come so near to the question as the best one.
_NEAR = 0.85
_FIELDS = ("disease:", "organ:")
# What most notes are on.
_TRIALS = frozenset({"clinical-trial", "study"})
_PROSE_FIRST = {Kind.SENTENCE: 0, Kind.TABLE_CELL: 1, Kind.CAPTION: 1, Kind.TABLE_ROW: 2, Kind.REFERENCE: 3}


def _asks_for_contradictions(question: Question) -> bool:
    """Whether it is asked if what the article says holds together."""
    folded, cues = searchable(question.text), _cues(question.language)
    if cues["contradicts"].search(folded):
        return True
    return cues["sides"].search(folded) is not None and cues["places"].search(folded) is not None


def names_table(question: Question) -> bool:
    """Whether a question speaks of a table of the article."""
    return _cues(question.language)["tables"].search(searchable(question.text)) is not None


def noted(
    question: Question, notes: Sequence[Note], retriever: Retriever, matcher: ConceptMatcher
) -> tuple[Chunk, ...]:
    """Return the pieces of the note that fits a question best, as the article has them; none where none fits."""
    if not _asks_for_contradictions(question):
        return ()
    scores = retriever.score(question)
    cues = _cues(question.language)
    weighed = [
        (word, weight)
        for word, weight in zip(question.words, scores.coverage.weights.tolist(), strict=True)
        if not any(cues[name].search(word.text) for name in ("contradicts", "sides", "article", "counted"))
    ]
    total = sum(weight for _, weight in weighed)
    telling = [(word, weight) for word, weight in weighed if _TRIALS.isdisjoint(word.concepts)]
    # What is asked of all trials is not meant of those of one disease.
    names_field = bool(question.identifiers) or any(kind.startswith(_FIELDS) for kind in question.kinds)
    fitting: list[tuple[tuple[bool, bool], float, list[Chunk]]] = []
    for note in notes:
        places = [retriever.position[piece] for piece in note.pieces if piece in retriever.position]
        chunks = [retriever.chunks[place] for place in places]
        ids = {trial.casefold() for chunk in chunks for trial in chunk.trials} | set(
            words(note.text[question.language])
        )
        if not chunks or not ids.issuperset(question.identifiers):
            continue
        text = note.text[question.language]
        named = {mention.key for mention in matcher.find(text, language=question.language)}
        concepts = named | {key for chunk in chunks for key in chunk.concepts}
        held = _held(weighed, " ".join([text, *(chunk.side(question.language) for chunk in chunks)]), concepts)
        nearest = max(float(scores.fused[place]) for place in places)
        trials = {trial for chunk in chunks for trial in chunk.trials}
        wide = (
            names_field
            or len(trials) >= _MANY
            or not (any(matcher.kind(key).startswith(_FIELDS) for key in concepts) or trials)
        )
        if total and held >= _FITS * total:
            # What the note itself tells of is what it is about; that it is on trials tells little.
            whole = bool(telling) and _held(telling, text, named) == sum(weight for _, weight in telling)
            fitting.append(((whole, wide), nearest, chunks))
    fitting.sort(key=lambda found: found[:2], reverse=True)
    best = [chunks for kind, nearest, chunks in fitting if kind == fitting[0][0] and nearest >= _NEAR * fitting[0][1]]
    shown = dict.fromkeys(chunk.id for chunks in best for chunk in sorted(chunks, key=_prose_first)[:_SHOWN])
    return tuple(retriever.chunks[retriever.position[piece]] for piece in [*shown][:_SHOWN_IN_ALL])


def _held(weighed: Sequence[tuple[QuestionWord, float]], text: str, concepts: Collection[str]) -> float:
    """Return the weight of the words of a question that a text holds, in form or by what they name."""
    said, compared = set(words(text)), things(searchable(text))  # "vesicles" are those of the cells, too

    def is_held(word: QuestionWord) -> bool:
        named = bool(set(concepts) & set(word.concepts)) or not set(things(word.text)).isdisjoint(compared)
        return named or any(similarity(word.text, other) >= _ALIKE for other in said)

    return sum(weight for word, weight in weighed if is_held(word))


def _prose_first(chunk: Chunk) -> int:
    return _PROSE_FIRST.get(chunk.kind, len(_PROSE_FIRST))


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "noted.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])
