"""Places where the article contradicts itself, for questions about just that: "Does it contradict itself on …?".

The notes on the article tell of them, and stand below an answer that cites one of their pieces. A question about the
contradiction itself shares few words with any one sentence, so it is answered with the pieces of the note it fits.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from corpus.concepts import ConceptMatcher
from corpus.load import Note
from corpus.terms import searchable, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

_ALIKE = 0.7
# A note must hold so much of what a question tells, by weight.
_FITS = 0.6
# So many pieces of a note are shown: the sides of a contradiction.
_SHOWN, _SHOWN_IN_ALL = 3, 4
# Of several notes that fit, those whose pieces come so near to the question as the best one.
_NEAR = 0.85
_FIELDS = ("disease:", "organ:")
_PROSE_FIRST = {Kind.SENTENCE: 0, Kind.TABLE_CELL: 1, Kind.CAPTION: 1, Kind.TABLE_ROW: 2, Kind.REFERENCE: 3}


def _asks_for_contradictions(question: Question) -> bool:
    """Whether it is asked if what the article says holds together."""
    folded, cues = searchable(question.text), _cues(question.language)
    if cues["contradicts"].search(folded):
        return True
    return cues["sides"].search(folded) is not None and cues["places"].search(folded) is not None


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
    # What is asked of all trials is not meant of those of one disease.
    names_field = bool(question.identifiers) or any(kind.startswith(_FIELDS) for kind in question.kinds)
    fitting: list[tuple[bool, float, list[Chunk]]] = []
    for note in notes:
        places = [retriever.position[piece] for piece in note.pieces if piece in retriever.position]
        chunks = [retriever.chunks[place] for place in places]
        ids = {trial.casefold() for chunk in chunks for trial in chunk.trials} | set(
            words(note.text[question.language])
        )
        if not chunks or not ids.issuperset(question.identifiers):
            continue
        said = set(
            words(" ".join([note.text[question.language], *(chunk.side(question.language) for chunk in chunks)]))
        )
        concepts = {key for chunk in chunks for key in chunk.concepts}
        concepts |= {mention.key for mention in matcher.find(note.text[question.language], language=question.language)}

        def is_held(text: str, keys: Sequence[str], said: set[str] = said, concepts: set[str] = concepts) -> bool:
            return bool(concepts & set(keys)) or any(similarity(text, other) >= _ALIKE for other in said)

        held = sum(weight for word, weight in weighed if is_held(word.text, tuple(word.concepts)))
        nearest = max(float(scores.fused[place]) for place in places)
        wide = names_field or not (
            any(matcher.kind(key).startswith(_FIELDS) for key in concepts) or any(chunk.trials for chunk in chunks)
        )
        if total and held >= _FITS * total:
            fitting.append((wide, nearest, chunks))
    fitting.sort(key=lambda found: found[:2], reverse=True)
    best = [chunks for wide, nearest, chunks in fitting if wide == fitting[0][0] and nearest >= _NEAR * fitting[0][1]]
    shown = dict.fromkeys(chunk.id for chunks in best for chunk in sorted(chunks, key=_prose_first)[:_SHOWN])
    return tuple(retriever.chunks[retriever.position[piece]] for piece in [*shown][:_SHOWN_IN_ALL])


def _prose_first(chunk: Chunk) -> int:
    return _PROSE_FIRST.get(chunk.kind, len(_PROSE_FIRST))


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "noted.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])
