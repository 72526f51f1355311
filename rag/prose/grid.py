"""Cells of a table that sets things against each other: the advantages and drawbacks of each.

Such a table answers "What are the disadvantages of MSCs?" by one cell, chosen by its row and its
column, and that choice is exact: a ranking by likeness takes the other row, which has all the words,
too. A question that asks for more than the table's headings ("… in lung disease") is left to prose.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from corpus.terms import searchable, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.claim import thing_words, things
from rag.questions.question import Question

_ALIKE = 0.7
_BETWEEN = " – "


def cells(question: Question, chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return the items of the cells that a question asks for by row and column; none when it does not."""
    language = question.language
    folded = searchable(question.resolved)
    sides = _sides(folded, language)
    rows = _subjects(folded, language)
    if not sides or not rows:
        return ()
    found = [
        chunk
        for chunk in chunks
        if chunk.kind is Kind.TABLE_CELL
        and (place := heading(chunk, language)) is not None
        and _sides(searchable(place[1]), language) & sides
        and set(things(searchable(place[0]))) & rows
    ]
    if not found or not _narrow(question, found, chunks):
        return ()
    return tuple(found)


def heading(chunk: Chunk, language: Language) -> tuple[str, str] | None:
    """Return the names of the row and column that an item of a cell stands in, None where it has none."""
    parts = chunk.side(language).split(_BETWEEN, 2)
    return (parts[0], parts[1]) if chunk.kind is Kind.TABLE_CELL and len(parts) > 2 else None


def asks_for_display(question: Question) -> bool:
    """Return whether a question names a table or a figure, whose caption may then answer."""
    return re.search(_cues()[question.language]["display"], searchable(question.text)) is not None


def asks_for_a_side(question: Question) -> bool:
    """Return whether a question asks for advantages or drawbacks, of whatever it may be."""
    return bool(_sides(searchable(question.resolved), question.language))


def telling_words(question: Question) -> list[bool]:
    """Return which words of a question tell more than what the rows of such a table are about."""
    neutral = _cues()[question.language]["neutral"]
    names = {word for name in thing_words(searchable(question.resolved)) for word in words(name)}
    return [word.text not in names and re.search(neutral, word.text) is None for word in question.words]


def _sides(folded: str, language: Language) -> set[str]:
    cues = _cues()[language]
    return {side for side in ("good", "bad") if re.search(cues[side], folded)}


def _subjects(folded: str, language: Language) -> set[str]:
    """Return what a question asks about: all it names but what that is compared with."""
    places = things(folded)
    for marker in re.finditer(_cues()[language]["over"], folded):
        after = [(place, name) for name, found in places.items() for place in found if place >= marker.end()]
        before = {name for name, found in places.items() if min(found) < marker.start()}
        if after and before - {min(after)[1]}:
            return before - {min(after)[1]}
    return set(places)


def _narrow(question: Question, found: Sequence[Chunk], chunks: Sequence[Chunk]) -> bool:
    """Whether a question has no telling word but those of the table's headings and caption."""
    language = question.language
    table = found[0].section
    text = [chunk.side(language) for chunk in chunks if chunk.section == table and chunk.kind is Kind.CAPTION]
    text += [" ".join(heading(chunk, language) or ()) for chunk in found]
    known = set(words(" ".join(text)))
    neutral, folded = _cues()[language]["neutral"], searchable(question.resolved)
    cues = " ".join(
        match.group() for cue in ("good", "bad", "over") for match in re.finditer(_cues()[language][cue], folded)
    )
    known |= set(words(f"{cues} {' '.join(thing_words(folded))}"))
    return all(
        re.search(neutral, word.text) is not None or any(similarity(word.text, other) >= _ALIKE for other in known)
        for word in question.words
    )


@cache
def _cues() -> dict[Language, dict[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "grid.toml").read_text(encoding="utf-8"))
    return {Language(code): cues for code, cues in data.items()}
