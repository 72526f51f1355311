"""A study told over several sentences: what opens it, and the sentences that go on reporting on it.

"In trial X they studied …" opens a study; "The aim was …", "The results showed …", "The patients did
not report …" go on about it without naming it. What a question asks of a study (what it found, whether
it was safe) mostly stands in a sentence other than the one that shares most words with the question.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns


class Role(StrEnum):
    """What a sentence tells of a study."""

    AIM = "aim"
    """What it is, or was, to find out."""
    RESULTS = "results"
    """What was found."""
    SAFETY = "safety"
    """Whether adverse effects were seen."""


@dataclass(frozen=True, slots=True)
class Study:
    """One study: the positions of its opening sentence and of those that report on it, in order."""

    opening: int
    reports: tuple[int, ...]

    @property
    def sentences(self) -> tuple[int, ...]:
        """All its sentences, in the order of the article."""
        return (self.opening, *self.reports)


class Studies:
    """Where the sentences of the articles stand to each other, and which studies they tell of."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks
        self._before: dict[int, int] = {}
        self._after: dict[int, int] = {}
        self._of: dict[int, Study] = {}
        paragraphs: dict[str, list[int]] = {}
        for position, chunk in enumerate(chunks):
            if chunk.kind is Kind.SENTENCE:
                paragraphs.setdefault(paragraph(chunk), []).append(position)
        for members in paragraphs.values():
            for first, second in pairwise(members):
                self._before[second], self._after[first] = first, second
            for study in self._runs(members):
                self._of.update(dict.fromkeys(study.sentences, study))
        self._paragraphs = {members[0]: tuple(members) for members in paragraphs.values()}

    def before(self, position: int) -> int | None:
        """Return the sentence before one in its paragraph, None for the first."""
        return self._before.get(position)

    def after(self, position: int) -> int | None:
        """Return the sentence after one in its paragraph, None for the last."""
        return self._after.get(position)

    def of(self, position: int) -> Study | None:
        """Return the study that a sentence opens or reports on."""
        return self._of.get(position)

    @property
    def paragraphs(self) -> tuple[tuple[int, ...], ...]:
        """The sentences of each paragraph, in the order of the articles."""
        return tuple(self._paragraphs.values())

    def roles(self, position: int) -> frozenset[Role]:
        """Return what a sentence tells of a study; nothing for one that only introduces its subject."""
        chunk = self._chunks[position]
        return _roles(chunk.text, chunk.language)

    def is_finding(self, position: int) -> bool:
        """Return whether a sentence tells what a study found: an effect, or that there was no harm."""
        roles = self.roles(position)
        return position in self._of and Role.AIM not in roles and bool(roles)

    def _runs(self, members: Sequence[int]) -> list[Study]:
        found: list[Study] = []
        run: list[int] = []
        for position in members:
            chunk = self._chunks[position]
            if _opens(chunk, going_on=bool(run)):
                found += [Study(run[0], tuple(run[1:]))] if run else []
                run = [position]
            elif run and _goes_on(chunk):
                run.append(position)
            else:
                found += [Study(run[0], tuple(run[1:]))] if run else []
                run = []
        return [*found, Study(run[0], tuple(run[1:]))] if run else found


def paragraph(chunk: Chunk) -> str:
    """Return the id of the paragraph or cell that a piece stands in."""
    return chunk.id.rsplit(".", 1)[0]


def asked(question: str, language: Language) -> frozenset[Role]:
    """Return what a question wants to know of a study; nothing when it asks for something else."""
    folded = searchable(question)
    cues = _cues(language)
    if cues["asks_safety"].search(folded):
        return frozenset({Role.SAFETY})
    return frozenset({Role.RESULTS}) if cues["asks_results"].search(folded) else frozenset()


def _opens(chunk: Chunk, *, going_on: bool) -> bool:
    folded, cues = searchable(chunk.text), _cues(chunk.language)
    if chunk.trials or cues["named"].search(folded):
        return True
    if going_on and cues["continues"].search(folded):
        return False
    return cues["opens"].search(folded) is not None


def _goes_on(chunk: Chunk) -> bool:
    folded, cues = searchable(chunk.text), _cues(chunk.language)
    return cues["continues"].search(folded) is not None or bool(_roles(chunk.text, chunk.language))


@cache
def _roles(text: str, language: Language) -> frozenset[Role]:
    folded, cues = searchable(text), _cues(language)
    return frozenset(role for role in Role if cues[role].search(folded))


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "study.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])
