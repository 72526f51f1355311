"""An overview of a field: what its studies found, one topic after another, background left out.

"Sum up what is known of a disease" is not answered by what the disease is, however often those
sentences name it. Within the paragraphs on each topic asked for, sentences that tell what a study found
are taken, studies in people first, one of each study before a second one of any.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from corpus.terms import searchable
from corpus.types import Language
from ingest.chunk import Chunk
from rag.prose.study import Role, Studies
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever, Scores

# Kinds of glossary concepts that name the topic of a field of studies.
_TOPICS = frozenset({"disease", "organ"})
# What every such question names besides its topic.
_COMMON = frozenset({"study", "vesicle", "cell", "trial"})
_MAX_PIECES, _MAX_WORDS = 7, 190
# An overview has so many findings at least; fewer are no field of studies.
_LEAST = 2
# A concept named in more than this share of the fields, like "disease", is no topic of its own.
_WIDESPREAD = 0.5
# A paragraph is on a disease when it names it this much as often as the one that does most.
_HALF = 0.5
# A paragraph whose score is this much of the best one of its section is on the topic, too.
_ON_TOPIC = 0.6


def names_field(question: Question, retriever: Retriever) -> bool:
    """Return whether a question names a section that tells of studies by its title."""
    titled = {concept for field in _fields(retriever, retriever.studies) for concept in field.titled}
    kinds = {kind.split(":", 1)[1] for kind in question.kinds if kind.startswith("other:")}
    return bool(titled & kinds)


def asks_for_findings(question: Question, *, overview: bool, field: bool = False) -> bool:
    """Return whether a question wants to know what studies of a field have shown, and nothing narrower.

    Args:
        overview: it asks for an overview.
        field: it names a field by the title of its section.
    """
    cues = _cues(question.language)
    folded = searchable(question.text)
    if not overview and not re.search(cues["findings"], folded):
        return False
    if question.identifiers or re.search(cues["other"], folded):
        return False
    kinds = {kind.split(":", 1)[0] for kind in question.kinds}
    if overview:
        return field or bool(kinds & _TOPICS) or re.search(cues["evidence"], folded) is not None
    return all(word.concepts or re.search(cues["neutral"], word.text) for word in question.words) and bool(
        kinds - _COMMON
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """What studies found.

    Attributes:
        chunks: in the order of the article; empty where there are too few.
        named: the question names the topics, so that these are known to be on them.
    """

    chunks: tuple[Chunk, ...]
    named: bool


def findings(question: Question, retriever: Retriever, scores: Scores) -> Findings:
    """Return what studies found on each topic of a question."""
    studies = retriever.studies
    fields = _fields(retriever, studies)
    topics = [found for concept in _concepts(question, fields) for found in _on(concept, question, fields)]
    named = bool(topics)
    if not named:
        topics = _likeliest(retriever, scores, fields)
    ranked = [
        _ranked([place for place in found.members if studies.is_finding(place)], retriever, studies)
        for found in dict.fromkeys(topics)
    ]
    chosen: list[int] = []
    n_words = 0
    # The topics take turns, so that each is told of.
    for turn in range(max(map(len, ranked), default=0)):
        for found in ranked:
            more = len(retriever.chunks[found[turn]].text.split()) if turn < len(found) else _MAX_WORDS
            if len(chosen) < _MAX_PIECES and n_words + more <= _MAX_WORDS:
                chosen.append(found[turn])
                n_words += more
    enough = len(chosen) >= _LEAST
    return Findings(tuple(retriever.chunks[place] for place in sorted(chosen)) if enough else (), named)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph that tells of findings: its section, sentences, and how many of them name which concepts."""

    section: str
    members: tuple[int, ...]
    named: tuple[tuple[str, int], ...]
    titled: frozenset[str]

    def count(self, concept: str) -> int:
        return dict(self.named).get(concept, 0)


def _fields(retriever: Retriever, studies: Studies) -> list[_Paragraph]:
    fields: list[_Paragraph] = []
    for members in studies.paragraphs:
        if not any(map(studies.is_finding, members)):
            continue
        chunk = retriever.chunks[members[0]]
        named = Counter(concept for place in members for concept in retriever.chunks[place].concepts)
        # A passage has the title of its section, so what all of them name is in the title.
        passages = [set(retriever.around(place).concepts) for place in members]
        titled = frozenset.intersection(*map(frozenset, passages))
        fields.append(_Paragraph(f"{chunk.article}/{chunk.section}", members, tuple(named.items()), titled))
    return fields


def _concepts(question: Question, fields: Sequence[_Paragraph]) -> list[str]:
    """Return the concepts of a question that tell one field from others, which "disease" does not."""
    sections = {field.section for field in fields}
    asked = dict.fromkeys(concept for word in question.words for concept in word.concepts)
    return [
        concept
        for concept in asked
        if 0
        < len({field.section for field in fields if field.count(concept) or concept in field.titled})
        <= max(1, _WIDESPREAD * len(sections))
    ]


def _on(concept: str, question: Question, fields: Sequence[_Paragraph]) -> list[_Paragraph]:
    """Return the paragraphs on a disease, or those of the section on an organ or on a field by its title."""
    if f"disease:{concept}" in question.kinds:
        most = max(field.count(concept) for field in fields)
        return [field for field in fields if most and field.count(concept) >= _HALF * most]
    if f"organ:{concept}" in question.kinds:
        return _best_section(fields, lambda own: sum(f.count(concept) for f in own) / sum(len(f.members) for f in own))
    return _best_section(fields, lambda own: float(all(concept in field.titled for field in own)))


def _best_section(fields: Sequence[_Paragraph], worth: Callable[[Sequence[_Paragraph]], float]) -> list[_Paragraph]:
    sections = [[other for other in fields if other.section == name] for name in {f.section: None for f in fields}]
    best = max(sections, key=worth)
    return best if worth(best) > 0 else []


def _likeliest(retriever: Retriever, scores: Scores, fields: Sequence[_Paragraph]) -> list[_Paragraph]:
    """Return the paragraphs of the section whose passages fit best, if it tells of studies."""
    listed = np.flatnonzero(retriever.listed)
    best = retriever.chunks[int(listed[np.argmax(scores.fused[listed])])]
    own = [field for field in fields if field.section == f"{best.article}/{best.section}"]
    fit = [max(float(scores.fused[retriever.passage_of[place]]) for place in field.members) for field in own]
    return [field for field, score in zip(own, fit, strict=True) if score >= _ON_TOPIC * max(fit)]


def _ranked(found: Sequence[int], retriever: Retriever, studies: Studies) -> list[int]:
    """Return findings in the order they are taken: the first of each study before others, people before animals."""
    told: dict[int, int] = {}
    rows: list[tuple[int, bool, int]] = []
    for position in sorted(found, key=lambda n: (Role.RESULTS not in studies.roles(n), n)):
        study = studies.of(position)
        opening = study.opening if study is not None else position
        told[opening] = told.get(opening, -1) + 1
        rows.append((told[opening], not _in_people(study.sentences if study else (position,), retriever), position))
    return [position for *_, position in sorted(rows)]


def _in_people(sentences: Sequence[int], retriever: Retriever) -> bool:
    chunks = [retriever.chunks[position] for position in sentences]
    return any(
        chunk.trials or re.search(_cues(chunk.language)["people"], searchable(chunk.text)) is not None
        for chunk in chunks
    )


@cache
def _cues(language: Language) -> Mapping[str, str]:
    data = tomllib.loads((Path(__file__).parent / "overview.toml").read_text(encoding="utf-8"))
    cues: Mapping[str, str] = data[language]
    return cues
