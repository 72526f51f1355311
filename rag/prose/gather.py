"""Lists of studies: every sentence that says of its study what is asked for, wherever it stands.

"In which studies were there no adverse effects?" has one answer in each field. The sentences are
alike: they say what the best one says, in its words, and do not deny what it states.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from corpus.terms import searchable, words
from corpus.types import Kind, Language
from rag.prose.claim import clauses, is_negated, thing_words
from rag.prose.features import Candidates
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

# A word of the question is said by a sentence from this likeness on.
_SAID = 0.7
# Letters that two forms of a word share at least.
_STEM = 5
_MAX_PIECES, _MAX_WORDS = 8, 190
_LEAST = 3
# Kinds of concepts that any study names.
_COMMON = frozenset({"study", "vesicle", "cell"})


def gathered(question: Question, retriever: Retriever, found: Candidates, order: Sequence[int]) -> list[int]:
    """Return the rows of the candidates that say the same as the best one of their studies; none where it is no list.

    Args:
        order: all rows, the most probable first.
    """
    cues = _cues()[question.language]
    folded = searchable(question.text)
    best = retriever.chunks[int(found.positions[order[0]])]
    if best.kind is not Kind.SENTENCE or not re.search(cues["studies"], folded):
        return []
    told = _point(question, found, order[0], cues)
    if not told.any():
        return []
    denied = is_negated(question.text, question.language)
    rows: list[int] = []
    n_words = 0
    opposite = False
    for row in order:
        chunk = retriever.chunks[int(found.positions[row])]
        if not retriever.studies.is_finding(int(found.positions[row])) or not (found.matches[told, row] >= _SAID).all():
            continue
        if _denies(question, chunk.side(question.language), told) != denied:
            opposite = True
            continue
        length = len(chunk.text.split())
        if len(rows) == _MAX_PIECES or n_words + length > _MAX_WORDS:
            break
        rows.append(row)
        n_words += length
    # Few are a list, too, when all the others say the opposite.
    return rows if len(rows) >= _LEAST or opposite else []


def _point(
    question: Question, found: Candidates, best: int, cues: dict[str, str]
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which words of the question the best sentence says that tell more than that it is about a study."""
    names = {word for name in thing_words(searchable(question.resolved)) for word in words(name)}
    own = [
        word.text not in names and re.search(cues["common"], word.text) is None and _tells(question, word.concepts)
        for word in question.words
    ]
    return np.array(own, dtype=bool) & (found.matches[:, best] >= _SAID)


def _tells(question: Question, concepts: Sequence[str]) -> bool:
    kinds = {kind.split(":", 1)[0] for kind in question.kinds if kind.split(":", 1)[1] in concepts}
    return not kinds or not kinds <= _COMMON


def _denies(question: Question, text: str, told: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> bool:
    """Whether a text denies what the words asked for stand in: "safe, as no adverse effects were reported"."""
    wanted = [word.text[:_STEM] for word, holds in zip(question.words, told, strict=True) if holds]

    def held(clause: str) -> int:
        return sum(any(other.startswith(stem) for other in words(clause)) for stem in wanted)

    parts = clauses(text, question.language)
    return is_negated(max(parts, key=held), question.language) if parts else False


@cache
def _cues() -> dict[Language, dict[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "gather.toml").read_text(encoding="utf-8"))
    return {Language(code): cues for code, cues in data.items()}
