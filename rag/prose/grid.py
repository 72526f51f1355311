"""Cells of a table that sets things against each other: the advantages and drawbacks of each.

Such a table answers "What are the disadvantages of MSCs?" by one cell, chosen by its row and its
column, and that choice is exact: a ranking by likeness takes the other row, which has all the words,
too. A question that asks for more than the table's headings ("… in lung disease") is left to prose.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from corpus.terms import searchable, similarity, words
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.claim import thing_words, things
from rag.questions.question import Question

_ALIKE = 0.7
_BETWEEN = " – "
_BOTH = 2
_COMPARING = (Kind.SENTENCE, Kind.TABLE_CELL)
# So many sentences and so many items decide a comparison at most; so many words it may have beside it.
_SAID = 2
_OTHER = 1


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


def compared(question: Question, chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return what decides which of two things is more of something: "Which keeps longer, vesicles or cells?".

    Sentences that set the two against each other come before the items of their cells; none when the question asks for
    something the table does not set against each other, or for more than that.
    """
    language = question.language
    folded = searchable(question.resolved)
    if len(things(folded)) < _BOTH or re.search(_cues()[language]["differs"], folded) is None:
        return ()
    meant = [aspect for aspect in _aspects() if re.search(aspect[language], folded)]
    if not meant or not _only_compares(question, meant):
        return ()
    held = [chunk for chunk in chunks if chunk.kind in _COMPARING and _speaks_of(chunk, meant)]
    said = [
        chunk
        for chunk in held
        if chunk.kind is Kind.SENTENCE
        and chunk.language is Language.SL
        and len(things(searchable(chunk.text))) >= _BOTH
        and re.search(_cues()[Language.SL]["over"], searchable(chunk.text)) is not None
    ]
    items = [chunk for chunk in held if chunk.kind is Kind.TABLE_CELL]
    return (*said[:_SAID], *items[:_SAID])


def _speaks_of(chunk: Chunk, meant: Sequence[Mapping[str, str]]) -> bool:
    text = searchable(chunk.text)
    return any(re.search(aspect[chunk.language], text) is not None for aspect in meant)


def _only_compares(question: Question, meant: Sequence[Mapping[str, str]]) -> bool:
    """Whether most of what a question says names the two things, or in what they are compared."""
    cues = _cues()[question.language]
    cue = "|".join(aspect[question.language] for aspect in meant)
    telling = [word for word, tells in zip(question.words, telling_words(question), strict=True) if tells]
    other = [word for word in telling if re.search(cue, word.text) is None]
    return len([word for word in other if re.search(cues["differs"], f"which kater {word.text}") is None]) <= _OTHER


def heading(chunk: Chunk, language: Language) -> tuple[str, str] | None:
    """Return the names of the row and column that an item of a cell stands in, None where it has none."""
    parts = chunk.side(language).split(_BETWEEN, 2)
    return (parts[0], parts[1]) if chunk.kind is Kind.TABLE_CELL and len(parts) > 2 else None


def asks_for_display(question: Question) -> bool:
    """Return whether a question names a table or a figure, whose caption may then answer."""
    return re.search(_cues()[question.language]["display"], searchable(question.text)) is not None


def displays_named(question: Question) -> tuple[str, ...]:
    """Return the tables and figures that a question names by their number, as ids of sections: "figure-1"."""
    found = re.finditer(_cues()[question.language]["numbered"], searchable(question.text))
    return tuple(dict.fromkeys(f"{'table' if match['table'] else 'figure'}-{match['number']}" for match in found))


def asks_for_a_side(question: Question) -> bool:
    """Return whether a question asks for advantages or drawbacks, of whatever it may be."""
    return bool(_sides(searchable(question.resolved), question.language))


def weighs_sides(question: Question) -> bool:
    """Return whether a question says how great advantages or drawbacks are; what they are does not decide it."""
    return re.search(_cues()[question.language]["weighed"], searchable(question.resolved)) is not None


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


def _cues() -> Mapping[str, Mapping[str, str]]:
    return {language: _data()[language] for language in Language}


def _aspects() -> tuple[Mapping[str, str], ...]:
    return tuple(_data()["aspects"].values())


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "grid.toml").read_text(encoding="utf-8"))
