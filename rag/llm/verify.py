"""Whether a sentence that a language model wrote says no more than the evidence it cites.

First what can be told for certain: the facts (`rag.llm.facts`), negations and opposites
(`rag.prose.claim`), the glossary's names, the language, advice. Then a score of support, from word vectors
that both languages share and from character trigrams; its weights and threshold are fitted on
development questions alone (`eval/fit_support.py`). Nothing here is a language model.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np

from corpus.concepts import ConceptMatcher
from corpus.language import detect_language
from corpus.terms import STOP_WORDS, searchable, similarity, words
from corpus.types import Language
from ingest.embed import FloatMatrix
from ingest.lexicon import Floats
from rag.llm.facts import Facts, cue, facts, missing, turned
from rag.prose.claim import clauses, compare, is_negated, shared

SUPPORT = Path(__file__).parent / "support.json"
FEATURES = ("cosine", "coverage", "unmatched", "run", "trigrams", "bias")
# Below this likeness, in form or meaning, a word of the sentence has no counterpart in the evidence.
_COUNTERPART = 0.5
# Two words so alike are forms of one.
_SAME = 0.75
# The features of a sentence that has nothing in common with its evidence.
_NOTHING = np.array([0.0, 0.0, 1.0, 9.0, 0.0, 1.0])
# Clauses that share so many words speak of the same.
_COMPARABLE = 2
# Names of these kinds may not come from anywhere but the evidence and what stands around it.
_NAMED = frozenset({"animal", "country", "disease", "molecule", "organ", "organisation", "tissue"})
# The language of fewer words than these is a guess.
_TELLING = 4
_LINK = re.compile(r"https?:|www\.|\]\(|<\w|\w@\w", re.IGNORECASE)

WordVectors = Callable[[Sequence[str]], FloatMatrix]


class Doubt(StrEnum):
    """Why a sentence was not shown."""

    EMPTY = "empty"
    """It says nothing: a heading, a greeting, a list of sources."""
    LANGUAGE = "language"
    """It is not in the language of the answer."""
    FACTS = "facts"
    """A number, unit, id or phase of it is not in the evidence."""
    NEGATION = "negation"
    """It denies what the evidence states, or the reverse."""
    NAMES = "names"
    """It names something that the evidence does not."""
    CERTAINTY = "certainty"
    """It states what the evidence only intends, examines, or holds possible."""
    ADVICE = "advice"
    """It tells the reader what to do, or leads away from the article."""
    SUPPORT = "support"
    """It says other things than the evidence does."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A numbered piece of evidence, as the model is shown it.

    Attributes:
        number: from 1, as in the prompt.
        texts: what it says, by language; the original, and our working translation where there is one.
        around: the passage and section it stands in, for the names that a sentence may carry on.
        asked: the question; what it shares with `around` is the topic, which an answer may repeat.
    """

    number: int
    texts: Mapping[Language, str]
    around: str = ""
    asked: str = ""

    @property
    def text(self) -> str:
        """All its texts."""
        return " ".join(self.texts.values())

    @cached_property
    def topic(self) -> tuple[str, ...]:
        """The words of the question that stand around the evidence, in some form."""
        around = _content(self.around, tuple(Language))
        asked = _content(self.asked, tuple(Language))
        return tuple(word for word in asked if any(similarity(word, other) >= _SAME for other in around))

    @cached_property
    def facts(self) -> Facts:
        """The facts of all its texts."""
        every = [facts(text) for text in self.texts.values()]
        return Facts(
            numbers=frozenset().union(*(one.numbers for one in every)),
            codes=frozenset().union(*(one.codes for one in every)),
            phases=frozenset().union(*(one.phases for one in every)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What verifying a sentence came to.

    Attributes:
        doubt: None when it may be shown.
        score: of support, 0 to 1; 0 when it was not reached.
        detail: for a log, what is doubted.
    """

    doubt: Doubt | None
    score: float = 0.0
    detail: str = ""


class Verifier:
    """Judges sentences against evidence."""

    def __init__(self, matcher: ConceptMatcher, word_vectors: WordVectors) -> None:
        """Prepare.

        Args:
            matcher: finds the glossary's concepts in either language.
            word_vectors: of any length, shape (n_words, dim); both languages share the space.
        """
        self._matcher = matcher
        self._word_vectors = word_vectors
        stored = json.loads(SUPPORT.read_text(encoding="utf-8")) if SUPPORT.exists() else {}
        self._weights = np.array([float(stored.get("weights", {}).get(name, 0.0)) for name in FEATURES])
        self._threshold = float(stored.get("threshold", 0.5))

    def verify(self, sentence: str, evidence: Sequence[Evidence], language: Language) -> Finding:
        """Return whether `evidence`, taken together, vouches for a sentence.

        Args:
            sentence: without markers.
            language: that the answer must have.
        """
        folded = searchable(sentence)
        telling = [word for word in words(sentence) if word not in STOP_WORDS[language]]
        if not telling or not evidence:
            return Finding(doubt=Doubt.EMPTY)
        if _LINK.search(sentence) or cue("advice", language).search(folded):
            return Finding(doubt=Doubt.ADVICE)
        if not _is_in(sentence, language):
            return Finding(doubt=Doubt.LANGUAGE)
        if lacking := self.missing_facts(sentence, evidence):
            return Finding(doubt=Doubt.FACTS, detail=", ".join(lacking))
        if names := self.foreign_names(sentence, evidence, language):
            return Finding(doubt=Doubt.NAMES, detail=", ".join(names))
        if self.contradicts(sentence, evidence, language):
            return Finding(doubt=Doubt.NEGATION)
        if is_surer(sentence, evidence, language):
            return Finding(doubt=Doubt.CERTAINTY)
        score = self.support(sentence, evidence, language)
        return Finding(doubt=None if score >= self._threshold else Doubt.SUPPORT, score=score)

    def missing_facts(self, sentence: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the facts of a sentence that none of the evidence holds."""
        held = Facts(
            numbers=frozenset().union(*(piece.facts.numbers for piece in evidence)),
            codes=frozenset().union(*(piece.facts.codes for piece in evidence)),
            phases=frozenset().union(*(piece.facts.phases for piece in evidence)),
        )
        return missing(facts(sentence), held)

    def foreign_names(self, sentence: str, evidence: Sequence[Evidence], language: Language) -> tuple[str, ...]:
        """Return the glossary's names in a sentence that neither the evidence nor its surroundings know."""
        said = self._named(sentence, language)
        if not said:
            return ()
        held: set[str] = set()
        for piece in evidence:
            for side, text in piece.texts.items():
                held |= self._named(text, side, nested=True)
            held |= self._named(piece.around, None, nested=True)
        return tuple(sorted(said - held))

    def contradicts(self, sentence: str, evidence: Sequence[Evidence], language: Language) -> bool:
        """Return whether a sentence denies what the evidence states, or says the opposite of it.

        Clause by clause, each against the clauses of the evidence that share most with it.
        """
        same = [clause for piece in evidence for clause in clauses(piece.texts.get(language, ""), language)]
        if not same:
            ours = is_negated(sentence, language)
            theirs = any(is_negated(text, side) for piece in evidence for side, text in piece.texts.items())
            return ours != theirs
        if turned(sentence, " ".join(piece.texts.get(language, "") for piece in evidence)):
            return True
        said = clauses(sentence, language)
        if sum(is_negated(one, language) for one in said) > sum(is_negated(one, language) for one in same):
            return True
        for clause in said:
            overlaps = [shared(clause, other) for other in same]
            most = max(overlaps)
            if most < _COMPARABLE:  # it can only be told whether anything is denied at all
                if is_negated(clause, language) and not any(is_negated(other, language) for other in same):
                    return True
                continue
            nearest = [other for other, overlap in zip(same, overlaps, strict=True) if overlap == most]
            if all(len(compare(clause, other, language, covered=1.0).opposed) % 2 for other in nearest):
                return True
        return False

    def support(self, sentence: str, evidence: Sequence[Evidence], language: Language) -> float:
        """Return the fitted probability that the evidence says what a sentence says."""
        values = self.features(sentence, evidence, language)
        return float(1 / (1 + np.exp(-np.clip(values @ self._weights, -30, 30))))

    def features(self, sentence: str, evidence: Sequence[Evidence], language: Language) -> Floats:
        """Return the features of support, in the order of `FEATURES`."""
        said = _content(cue("frame", language).sub("", searchable(sentence)), (language,))
        texts = [text for piece in evidence for text in piece.texts.values()]
        held = _content(" ".join(texts), tuple(Language))
        if not said or not held:
            return _NOTHING
        own, theirs = self._word_vectors(said), self._word_vectors(held)
        weights = np.linalg.norm(own, axis=1)
        # A word without a vector (a code, another script) weighs as much as the weightiest.
        weights = np.where(weights > 0, weights, weights.max() or 1.0)
        meaning = _unit(own) @ _unit(theirs).T
        form = np.array([[similarity(one, other) for other in held] for one in said])
        best = np.maximum(meaning, form).max(axis=1)
        # "In perianal fistulas, …": the topic is no addition, where the passage is about it.
        topic = [word for piece in evidence for word in piece.topic]
        told = np.array([any(similarity(word, other) >= _SAME for other in topic) for word in said])
        kept = (best >= _COUNTERPART) | ~told
        if not kept.any():
            return _NOTHING
        said = [word for word, keep in zip(said, kept, strict=True) if keep]
        own, weights, best = own[kept], weights[kept], best[kept]
        share = weights / weights.sum()
        whole = own.sum(axis=0)
        cosine = max(
            float(_unit(whole[None])[0] @ _unit(self._word_vectors(part).sum(axis=0)[None])[0])
            for text in [*texts, *_joined(evidence)]
            if (part := _content(text, tuple(Language)))
        )
        same = [piece.texts.get(language, piece.text) for piece in evidence]
        return np.array(
            [
                cosine,
                float(share @ np.clip(best, 0, 1)),
                float(share @ (best < _COUNTERPART)),
                # What is added to what was given stands together.
                float(max((len(list(run)) for lost, run in groupby(best < _COUNTERPART) if lost), default=0)),
                _contained(said, _content(" ".join(same), tuple(Language))),
                1.0,
            ]
        )

    def _named(self, text: str, language: Language | None, *, nested: bool = False) -> set[str]:
        found = self._matcher.find(text, language=language, nested=nested)
        return {m.key for m in found if self._matcher.kind(m.key).split(":", 1)[0] in _NAMED}


def is_surer(sentence: str, evidence: Sequence[Evidence], language: Language) -> bool:
    """Return whether a sentence states plainly what all of the evidence leaves open."""
    folded = searchable(sentence)
    if cue("tentative", language).search(folded) or cue("hedge", language).search(folded):
        return False
    texts = [searchable(piece.texts[language]) for piece in evidence if language in piece.texts]
    return bool(texts) and all(cue("tentative", language).search(text) for text in texts)


def _is_in(sentence: str, language: Language) -> bool:
    """Whether a sentence may pass as one of this language; too few words tell nothing."""
    telling = [word for word in sentence.split() if word.isalpha() and not word.isupper()]
    return len(telling) < _TELLING or detect_language(sentence, default=language) is language


def _content(text: str, languages: Collection[Language]) -> list[str]:
    stop = frozenset().union(*(STOP_WORDS[language] for language in languages))
    return list(dict.fromkeys(word for word in words(text) if word not in stop and len(word) > 1))


def _joined(evidence: Sequence[Evidence]) -> list[str]:
    """All evidence as one text for each language, when there are several pieces."""
    if len(evidence) < 2:
        return []
    return [" ".join(piece.texts[language] for piece in evidence if language in piece.texts) for language in Language]


def _contained(said: Sequence[str], held: Sequence[str]) -> float:
    """Share of the character trigrams of the words said that the words held have, too."""
    grams = [gram for word in said for gram in _trigrams(word)]
    known = {gram for word in held for gram in _trigrams(word)}
    return sum(gram in known for gram in grams) / len(grams) if grams else 0.0


def _trigrams(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + 3] for start in range(len(padded) - 2)]


def _unit(vectors: FloatMatrix) -> FloatMatrix:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)
