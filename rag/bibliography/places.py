"""Where the article says something, and which entry is about it: by the fitted model of selection.

Used for "which work stands behind …" and for topics that titles do not name.
"""

from collections.abc import Callable

import numpy as np

from corpus.concepts import ConceptMatcher
from corpus.terms import words
from corpus.types import Document, Language, Reference, Sentence
from rag.bibliography.described import NAME
from rag.bibliography.index import THINGS
from rag.prose.features import FEATURES, candidates
from rag.prose.select import judge
from rag.questions.question import understand
from rag.retrieval.retrieve import Retriever

# A place must hold this share of the weight of what is said, and be evidence this probably.
_COVERED = 0.25
_PROBABLE = 0.5
# A place that is evidence this probably, and holds this much, answers whatever else the article has.
_SURE = 0.8
_WELL_COVERED = 0.85
# What is said in words of which the article knows less than the rest of this must be held by half.
_FOREIGN = 0.25
# An entry, or a place that holds by far the most, must hold this share of a subject's weight; of one word, this.
_HELD = 0.6
_OUTRIGHT = 0.85
# Where the model of answerability is unsure, the best place answers if all others stay below this
# share of its probability.
_AHEAD = 0.6
# ... or while none as probable holds more than this share of what it holds of words that the article all knows.
_FAR = 0.75
# Places this probable beside the best one are about the same.
_NEARLY = 0.85
_MAX_PLACES = 6
# An organ, a disease or a molecule that a statement names is spoken of from this likeness on
_NAMED = 0.8
# ... or from this, in a place that holds the larger part of the statement.
_ALIKE = 0.6
_UNCITED = ("front", "abstract")


class Places:
    """Finds sentences and entries of one document."""

    def __init__(self, document: Document, retriever: Retriever, matcher: ConceptMatcher) -> None:
        self._retriever = retriever
        self._matcher = matcher
        # The abstract cites nothing, and front matter states nothing.
        self._sentences = {
            sentence.id: sentence for sentence in document.sentences if not sentence.section.startswith(_UNCITED)
        }
        self._references = {reference.id: reference for reference in document.references}
        self._titles = {section.id: section.title for section in document.sections}

    def sentences(self, statement: str, language: Language) -> list[Sentence]:
        """Return the sentences that make a statement, the most telling first; none when none surely does.

        A sentence that cites is preferred to one as telling that does not: works are asked for.
        """
        ranked, answers, foreign = self._ranked(statement, language, lambda chunk_id: chunk_id in self._sentences)
        if not ranked or ranked[0][1] < _PROBABLE:
            return []
        if ranked[0][2] < (_COVERED if foreign <= _FOREIGN else 2 * _COVERED):
            return []
        best = ranked[0][1]
        passage = self._cited(ranked[0][0])
        rival = next((p for chunk_id, p, _ in ranked if self._cited(chunk_id) != passage), 0.0)
        sure = best >= _SURE and ranked[0][2] >= _WELL_COVERED
        held = max((c for i, p, c in ranked if p > _AHEAD * best and self._cited(i) != passage), default=0.0)
        alone = best >= _SURE and ranked[0][2] >= _HELD and held <= _FAR * ranked[0][2] and not foreign
        if not answers and rival > _AHEAD * best and not (sure or alone):
            return []
        near = [self._sentences[i] for i, p, covered in ranked if p >= _NEARLY * best and covered >= _COVERED]
        near.sort(key=lambda sentence: not (sentence.references or sentence.passage_references))
        return near[:_MAX_PLACES]

    def speaks_of(self, statement: str, language: Language, sentence: Sentence) -> bool:
        """Whether all organs, diseases and molecules that a statement names are said around a sentence, in the section
        that it stands in, its title, or the works that it cites; and no name is left, nor a word that tells more than
        the rest.

        What is said of one disease is no source for a claim of another.
        """
        question = understand(statement, language, matcher=self._matcher)
        things = [
            i
            for i, word in enumerate(question.words)
            if any(self._matcher.kind(key).startswith(THINGS) for key in word.concepts)
        ]
        if not question.words:
            return False
        scores, position = self._retriever.score(question), self._retriever.position
        around = [i for i, other in self._sentences.items() if other.section == sentence.section]
        around += [f"ref:{number}" for number in self._cited(sentence.id)]
        chunks = [position[i] for i in around if i in position]
        titled = {mention.key for mention in self._matcher.find(self._titles.get(sentence.section, ""), nested=True)}
        held = np.max(scores.coverage.matches[:, chunks], axis=1)
        weights = scores.coverage.weights
        if max(weights[held < _ALIKE], default=0.0) > weights[held >= _ALIKE].sum():
            return False
        names = {part for name in NAME.findall(statement) for part in words(name)}
        if any(held[i] < _ALIKE and word.text in names for i, word in enumerate(question.words)):
            return False
        covered = float(scores.coverage.share()[position[sentence.id]]) if sentence.id in position else 0.0
        least = _ALIKE if covered >= _ALIKE else _NAMED
        return all(held[i] >= least or not titled.isdisjoint(question.words[i].concepts) for i in things)

    def entry(self, subject: str, language: Language) -> Reference | None:
        """Return the entry that holds by far the most of a subject, in whatever words; None when none does."""
        question = understand(subject, language, matcher=self._matcher)
        if not question.words:
            return None
        shares = self._retriever.score(question).coverage.share()
        ranked = sorted(
            ((float(shares[i]), chunk.id) for i, chunk in enumerate(self._retriever.chunks)), key=lambda item: -item[0]
        )
        held = [(share, chunk_id) for share, chunk_id in ranked if chunk_id in self._references]
        least = _OUTRIGHT if len(question.words) == 1 else _HELD
        if not held or held[0][0] < least or (len(held) > 1 and held[1][0] > _AHEAD * held[0][0]):
            return None
        return self._references[held[0][1]]

    def _cited(self, sentence_id: str) -> tuple[int, ...]:
        sentence = self._sentences[sentence_id]
        return sentence.references or sentence.passage_references

    def _ranked(
        self, text: str, language: Language, fits: Callable[[str], bool]
    ) -> tuple[list[tuple[str, float, float]], bool, float]:
        """The pieces that fit, as (id, probability, share covered), the best first; whether they answer; and the
        share of the words that the article does not know.
        """
        question = understand(text, language, matcher=self._matcher)
        if not question.words:
            return [], False, 0.0
        scores = self._retriever.score(question)
        found = candidates(question, self._retriever, scores)
        if not len(found.positions):
            return [], False, 0.0
        judged = judge(question, self._retriever, found)
        covered = scores.coverage.share()
        ranked = [
            (chunk.id, float(judged.probabilities[row]), float(covered[position]))
            for row in np.argsort(-judged.probabilities, kind="stable")
            for position in [int(found.positions[row])]
            if fits((chunk := self._retriever.chunks[position]).id)
        ]
        return ranked, judged.answers, float(found.features[0, FEATURES.index("words_unknown")])
