"""What a question turns on and the sentences found do not hold: a name, a number, a kind of answer."""

import re
from collections.abc import Sequence

from corpus.terms import searchable, similarity, words
from corpus.types import Language
from ingest.chunk import Chunk
from rag.prose.claim import things
from rag.prose.features import foreign_share, is_loosely_anchored, is_unanchored
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w-])")
# "Two or three" is said loosely; a larger number is meant.
_LOOSE = 3
_NAME = re.compile(r"\b[A-ZČŠŽĆĐ][\w’'-]*")
_OPENING = re.compile(r"^\W*|[.?!:;]\s+|[»\"“(]\s*")
_ALIKE = 0.6
_ENDING = 4
# A question that tells so much in words the article never uses, and names nothing of its field, is not about it.
_FOREIGN = 0.35
# So much of one that names no more than vesicles and people.
_FOREIGN_OF_VESICLES = 0.37
_SAID = 0.75
_REFERRING = re.compile(r"\b(they|their|these|it|its|this)\b")
# Names in `claim.toml` of what the article sets against each other.
_SMALLER, _LARGER = "vesicles", "cells"


def unmet(question: Question, chunks: Sequence[Chunk], retriever: Retriever) -> tuple[str, ...]:
    """Return what the question turns on and these chunks, with the passages around them, lack."""
    around = [retriever.around(retriever.position[chunk.id]) for chunk in chunks]
    text = " ".join(form for chunk in around for form in chunk.search.values())
    held = set(_NUMBER.findall(" ".join(words(text))))
    numbers = dict.fromkeys(_NUMBER.findall(" ".join(words(question.text))))
    lacking = [number for number in numbers if number not in held and float(number) > _LOOSE]
    lacking += _unknown_names(question.text, retriever)
    lacking += _foreign_words(question, retriever)
    # What is said of the cells alone does not hold for the vesicles; the reverse may well be meant.
    told_of = [_told_of(chunk, retriever) for chunk in chunks]
    if set(things(searchable(question.resolved))) == {_SMALLER} and all(told == {_LARGER} for told in told_of):
        lacking.append(_SMALLER)
    kinds = retriever.kinds_of
    if question.expects.strict and not any(
        question.expects.given_by(" ".join(chunk.search.values()), kinds(chunk), asked=question.kinds)
        for chunk in chunks
    ):
        lacking.append(question.expects.name)
    return tuple(lacking)


def _told_of(chunk: Chunk, retriever: Retriever) -> frozenset[str]:
    """Return which of the things set against each other a sentence speaks of, those that it calls "they" included."""
    position = retriever.position[chunk.id]
    own = retriever.things_of(position)
    english = searchable(chunk.side(Language.EN))  # Slovene leaves such a subject out
    referring = _REFERRING.search(english)
    named = [place for places in things(english).values() for place in places]
    if position and referring is not None and referring.start() < min(named, default=len(english)):
        before = retriever.chunks[position - 1]
        if before.id.rsplit(".", 1)[0] == chunk.id.rsplit(".", 1)[0]:
            own |= retriever.things_of(position - 1)
    return own


def _foreign_words(question: Question, retriever: Retriever) -> list[str]:
    """Return the words the article never uses, when they are much of a question that names nothing of its field."""
    if question.asks_about_article or not (is_unanchored(question) or is_loosely_anchored(question)):
        return []
    coverage = retriever.score(question).coverage
    if foreign_share(coverage) < (_FOREIGN if is_unanchored(question) else _FOREIGN_OF_VESICLES):
        return []
    unsaid = coverage.said.max(axis=1, initial=0.0) < _SAID
    return [word.text for word, missing in zip(question.words, unsaid, strict=True) if missing]


def _unknown_names(text: str, retriever: Retriever) -> list[str]:
    """Return the proper names and ids of a question that the article never mentions, nor anything like them."""
    lexicon = retriever.index.lexicon
    found: list[str] = []
    openings = {match.end() for match in _OPENING.finditer(text)}
    for match in _NAME.finditer(text):
        name = match.group()
        if match.start() in openings and not any(char.isdigit() for char in name):
            continue  # any word has a capital at the beginning of a sentence
        for word in words(name)[:1]:
            known = (lexicon.words[place] for place in lexicon.look_alikes(word, least=_ALIKE / 2))
            if len(word) > 2 and not any(
                (similarity(word, other) >= _ALIKE and abs(len(word) - len(other)) <= _ENDING) or other.startswith(word)
                for other in known
            ):
                found.append(name)
    return found
