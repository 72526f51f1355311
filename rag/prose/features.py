"""What speaks for a piece of the article as an answer: one row of features for each candidate.

The candidates are sentences, list items, cells, captions, rows and references; passages only lend
them context. The features are turned into a probability by fitted weights (`rag/prose/select.py`).
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from corpus.terms import searchable
from ingest.lexicon import Floats, Singles
from rag.prose.claim import things
from rag.questions.point import counts, periods
from rag.questions.question import Question
from rag.retrieval.learned import FEATURES as LEARNED_FEATURES
from rag.retrieval.lexical import Coverage
from rag.retrieval.retrieve import STANDARDISED, Retriever, Scores

FEATURES = (
    *STANDARDISED,
    "share", "context", "cosine", "cosine_passage", "before", "after", "passage", "passage_lead", "unmatched",
    "unmatched_context", "concepts", "concepts_context", "concepts_none", "words_unknown", "gives", "gives_not",
    "gives_strictly_not", "numbers", "numbers_missing", "identifiers", "identifiers_missing", "unsaid",
    "unsaid_anywhere", "names_unsaid", "entities_missing", "opens", "results", "after_opening", "told",
    "after_told", "defines", "abstract", "caption", "cell", "front", "front_asked", "reference",
    "reference_asked", "row", "length", "restated_share", "restated_cosine", "focus_missing",
    "focus_missing_context", "focus_nowhere", "sought_missing", "sought_missing_context", "sought_nowhere",
    "counted", "counted_not", "period_missing", "gives_context", "n_unmatched", "second_unmatched",
    "said_window", "specific_missing", "specific_nowhere", "other_thing", "unanchored", "unanchored_missing",
    "foreign", "foreign_far", "n_foreign", "unanchored_foreign", *LEARNED_FEATURES, "bias",
)  # fmt: skip
# What its passage covers counts this much of what a sentence covers itself.
_CONTEXT = 0.8
_PARTNER = 0.5
_SAID = 0.75
# Words less alike in meaning than this to any word of the article are not of its field.
_RELATED = 0.6
# Kinds of concepts that any field has, and everyday talk.
_EVERYDAY = frozenset({"country", "organisation", "study", "other", "property", "kind", "organ", "animal"})
_CITATION_GROUP = re.compile(r"\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
_NUMBER = re.compile(r"(?<![\w-])\d+(?:[.,]\d+)?(?![\w-])")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a question.

    Attributes:
        positions: where they stand in `Retriever.chunks`.
        features: shape (n_candidates, n_features), in the order of `FEATURES`.
        matches: how well each covers each word of the question, shape (n_words, n_candidates).
        weights: of the words of the question, adding up to 1.
        held: how well each candidate, its neighbours and their restatements hold each word of the
            question, shape (n_words, n_candidates).
        asked: the unit vector of the question, shape (dim,).
        words: the unit vectors of its words, shape (n_words, dim).
    """

    positions: "np.ndarray[tuple[int], np.dtype[np.intp]]"
    features: Floats
    matches: Floats
    weights: Floats
    held: Floats
    asked: Floats
    words: Floats

    def only(self, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "Candidates":
        """Return some of the candidates."""
        return replace(
            self,
            positions=self.positions[keep],
            features=self.features[keep],
            matches=self.matches[:, keep],
            held=self.held[:, keep],
        )

    def lacking(self, row: int) -> Floats:
        """Return the sum of the vectors of the question's words that a candidate does not hold, shape (dim,)."""
        return np.asarray((self.weights * (1 - self.held[:, row])) @ self.words)


def candidates(
    question: Question, retriever: Retriever, scores: Scores, *, n: int = 60, section: str = ""
) -> Candidates:
    """Return the n pieces that the signals like best, with their features.

    A question with a word that only added articles have is for these.

    Args:
        section: only pieces of this section; "" for all.
    """
    n_chunks = len(retriever.chunks)
    passage = retriever.passage_of
    own = scores.fused
    around = np.where(passage >= 0, scores.fused[passage], own)
    worth = np.where(retriever.is_piece, own + around, -np.inf)
    if not question.asks_about_article:  # who wrote it and where is told only to those who ask that
        worth = np.where(retriever.is_front > 0, -np.inf, worth)
    if retriever.is_of_added(question.resolved):
        worth = np.where(retriever.is_bare, worth, -np.inf)
    if section:
        worth = np.where([chunk.section == section for chunk in retriever.chunks], worth, -np.inf)
    positions = np.argsort(-worth, kind="stable")[: min(n, int(np.isfinite(worth).sum()))]
    values = dict.fromkeys(FEATURES, np.zeros(n_chunks))
    values.update(dict(zip(STANDARDISED, scores.signals, strict=False)))
    coverage = scores.coverage
    matches = coverage.matches
    lifted = np.where(passage >= 0, np.maximum(matches, _CONTEXT * matches[:, passage]), matches)
    weights = coverage.weights / (float(coverage.weights.sum()) or 1.0)
    following = retriever.following_of
    preceding = retriever.preceding_of
    share = coverage.share()
    values["share"] = share
    values["context"] = weights @ lifted
    values["cosine"] = scores.dense
    values["cosine_passage"] = np.where(passage >= 0, scores.dense[passage], scores.dense)
    values["before"] = np.where(preceding >= 0, share[preceding], 0.0)
    values["after"] = np.where(following >= 0, share[following], 0.0)
    listed = scores.fused[retriever.listed]
    values["passage"] = around
    values["passage_lead"] = around - float(listed.max()) if len(listed) else around
    # The heaviest word that finds no partner: often the very point of the question.
    values["unmatched"] = _heaviest(weights, matches)
    values["unmatched_context"] = _heaviest(weights, lifted)
    # The same without likeness in meaning: Parkinson's is like Alzheimer's, and yet another disease.
    said = np.where(passage >= 0, np.maximum(coverage.said, coverage.said[:, passage]), coverage.said)
    values["unsaid"] = _heaviest(weights, said, _SAID)
    nowhere = coverage.said.max(axis=1) < _SAID if n_chunks else np.zeros(len(weights), dtype=bool)
    values["unsaid_anywhere"] = np.full(n_chunks, float(weights[nowhere].sum()))
    is_name = np.array([not word.ordinary and not word.inherited for word in question.words], dtype=bool)
    values["names_unsaid"] = np.asarray((weights * is_name) @ (said < _SAID)) if len(weights) else np.zeros(n_chunks)
    # Words that the whole article does not know, and concepts that this place does.
    unknown = matches.max(axis=1) < _PARTNER if n_chunks else np.zeros(len(weights), dtype=bool)
    values["words_unknown"] = np.full(n_chunks, float(weights[unknown].sum()))
    named = {concept for word in question.words for concept in word.concepts}
    held = retriever.concept_share(named)
    values["concepts"] = held
    values["concepts_context"] = np.where(passage >= 0, np.maximum(held, held[passage]), held)
    specific = {key for key in named if retriever.is_specific(key)}
    held = retriever.concept_share(specific)
    lifted_share = np.where(passage >= 0, np.maximum(held, held[passage]), held)
    values["entities_missing"] = (1 - lifted_share) * float(bool(specific))
    values["concepts_none"] = np.full(n_chunks, float(not named))
    _expectation(question, retriever, positions, values)
    _point(question, retriever, coverage, positions, values)
    _things(question, retriever, positions, values)
    values["restated_share"], values["restated_cosine"] = coverage.restated, scores.restated
    _around(retriever, coverage, weights, nowhere, values)
    _foreign(question, retriever, coverage, values)
    _place(question, retriever, share, values)
    vectors = _units(retriever.word_vectors([question.resolved, *(word.text for word in question.words)]))
    learned = retriever.learned(question.resolved, question.language)
    values.update(dict(zip(LEARNED_FEATURES, learned, strict=True)))
    features = np.stack([values[name][positions] for name in FEATURES], axis=1)
    held = np.maximum(matches, _window(coverage.said, retriever))[:, positions]
    return Candidates(positions, features, matches[:, positions], weights, held, vectors[0], vectors[1:])


def _units(vectors: Singles) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)


def _things(
    question: Question,
    retriever: Retriever,
    positions: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    values: dict[str, Floats],
) -> None:
    """Asked of the vesicles, and said of the cells: what the article sets against each other."""
    named_things = frozenset(things(searchable(question.resolved)))
    values["other_thing"] = np.zeros(len(retriever.chunks))
    if len(named_things) == 1:
        for position in map(int, positions):
            told_of = retriever.things_of(position)
            values["other_thing"][position] = float(bool(told_of) and not told_of & named_things)


def _around(
    retriever: Retriever,
    coverage: Coverage,
    weights: Floats,
    nowhere: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    values: dict[str, Floats],
) -> None:
    """What a piece and its neighbours say of the question, word for word."""
    n_chunks = len(retriever.chunks)
    window = _window(coverage.said, retriever)
    values["said_window"] = weights @ window
    values["n_unmatched"] = np.log1p((window < _SAID).sum(axis=0))
    # How telling a word is by itself, which a word that the article never uses can still be.
    values["specific_missing"] = (coverage.specific[:, None] * (window < _SAID)).max(axis=0, initial=0.0)
    values["specific_nowhere"] = np.full(n_chunks, float((coverage.specific * nowhere).max(initial=0.0)))
    left = np.sort(weights[:, None] * (window < _SAID), axis=0)
    values["second_unmatched"] = left[-2] if len(left) > 1 else np.zeros(n_chunks)


# What a question on anything may name beside vesicles: it tells nothing of what it is about.
_LOOSE_ANCHORS = frozenset(
    {"other:human", "other:patient", "cell:cell", "cell:stem-cell", "cell:msc", "study:study", "disease:disease"}
)


def is_unanchored(question: Question) -> bool:
    """Return whether a question names nothing that only the article's field has: no vesicle, disease or trial."""
    return not {kind.split(":", 1)[0] for kind in question.kinds} - _EVERYDAY


def is_loosely_anchored(question: Question) -> bool:
    """Return whether a question names nothing of the field but vesicles, cells as such, studies and people."""
    return all(kind.startswith("vesicle:") or kind in _LOOSE_ANCHORS for kind in question.kinds)


def foreign_share(coverage: Coverage) -> float:
    """Return how much of what a question tells lies in words that the article never uses, in any form, 0 to 1."""
    told = float(coverage.specific.sum())
    return float(coverage.specific @ (coverage.said.max(axis=1, initial=0.0) < _SAID)) / told if told else 0.0


def _foreign(question: Question, retriever: Retriever, coverage: Coverage, values: dict[str, Floats]) -> None:
    """What of a question has no counterpart in the article at all, its restatements and glossary included."""
    n_chunks = len(retriever.chunks)
    told = coverage.specific / (float(coverage.specific.sum()) or 1.0)
    nowhere = coverage.said.max(axis=1, initial=0.0) < _SAID
    far = nowhere & (coverage.meaning.max(axis=1, initial=0.0) < _RELATED)
    unanchored = float(is_unanchored(question))
    values["unanchored"] = np.full(n_chunks, unanchored)
    missing = told @ (_window(coverage.said, retriever) < _SAID) if len(told) else np.zeros(n_chunks)
    values["unanchored_missing"] = unanchored * missing
    values["foreign"] = np.full(n_chunks, float(told @ nowhere))
    values["foreign_far"] = np.full(n_chunks, float(told @ far))
    values["n_foreign"] = np.full(n_chunks, float(np.log1p(nowhere.sum())))
    values["unanchored_foreign"] = unanchored * values["foreign"]


def _place(question: Question, retriever: Retriever, share: Floats, values: dict[str, Floats]) -> None:
    """Where a piece stands, and what kind of piece it is."""
    preceding = retriever.preceding_of
    # "In trial … they studied …" opens what "The results showed …" goes on with.
    values["opens"], values["results"] = retriever.opens, retriever.gives_results
    values["after_opening"] = np.where(preceding >= 0, retriever.opens[preceding] * share[preceding], 0.0)
    told = retriever.flags([chunk.id in question.told for chunk in retriever.chunks])
    values["told"] = told
    values["after_told"] = np.where(preceding >= 0, told[preceding], 0.0)
    values["defines"] = retriever.flags([chunk.id in question.defines for chunk in retriever.chunks])
    values["abstract"] = retriever.is_abstract
    values["caption"] = retriever.is_caption
    values["cell"] = retriever.is_cell
    about, asked = float(question.asks_about_article), float(question.wants_references)
    values["front"], values["front_asked"] = retriever.is_front * (1 - about), retriever.is_front * about
    values["reference"] = retriever.is_reference * (1 - asked)
    values["reference_asked"] = retriever.is_reference * asked
    values["row"] = retriever.is_trial
    values["length"] = retriever.log_length
    values["bias"] = np.ones(len(retriever.chunks))


def _heaviest(weights: Floats, matches: Floats, least: float = _PARTNER) -> Floats:
    """The weight of the heaviest question word without a partner, for each chunk."""
    if not len(weights):
        return np.zeros(matches.shape[1])
    return np.asarray((weights[:, None] * (matches < least)).max(axis=0))


def _window(values: Floats, retriever: Retriever) -> Floats:
    """Raise each chunk's values to those of the sentences before and after it."""
    raised = values.copy()
    for other in (retriever.preceding_of, retriever.following_of):
        raised = np.where(other >= 0, np.maximum(raised, values[:, other]), raised)
    return raised


def _point(
    question: Question,
    retriever: Retriever,
    coverage: Coverage,
    positions: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    values: dict[str, Floats],
) -> None:
    n_chunks = len(retriever.chunks)
    point = question.point
    for name in ("focus", "sought"):
        for where in ("missing", "missing_context", "nowhere"):
            values[f"{name}_{where}"] = np.zeros(n_chunks)
    for name in ("counted", "counted_not", "period_missing"):
        values[name] = np.zeros(n_chunks)
    places = {word.text: row for row, word in enumerate(question.words)}
    for name, text in (("focus", point.focus), ("sought", point.sought)):
        row = places.get(text)
        if row is not None and (question.words[row].ordinary or question.words[row].concepts):  # no slip of the pen
            own = np.maximum(coverage.matches[row], coverage.said[row])
            around = np.where(retriever.passage_of >= 0, np.maximum(own, own[retriever.passage_of]), own)
            values[f"{name}_missing"], values[f"{name}_missing_context"] = 1 - own, 1 - around
            values[f"{name}_nowhere"] = np.full(n_chunks, 1 - float(own.max()))
    if (row := places.get(point.counted)) is not None:
        lexicon = retriever.index.lexicon
        alike = {lexicon.words[place] for place in np.flatnonzero(coverage.by_word[row] >= _PARTNER)}
        for position in map(int, positions):
            given = any(counts(text, alike) for text in retriever.chunks[position].search.values())
            values["counted"][position], values["counted_not"][position] = float(given), float(not given)
    if point.periods:
        for position in map(int, positions):
            text = " ".join(retriever.around(position).search.values())
            values["period_missing"][position] = float(not point.periods <= periods(text))


def _expectation(
    question: Question,
    retriever: Retriever,
    positions: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    values: dict[str, Floats],
) -> None:
    n_chunks = len(retriever.chunks)
    wanted_numbers = set(_NUMBER.findall(question.resolved))
    ids = set(question.identifiers)
    for name in (
        "gives",
        "gives_not",
        "gives_strictly_not",
        "gives_context",
        "numbers",
        "numbers_missing",
        "identifiers",
        "identifiers_missing",
    ):
        values[name] = np.zeros(n_chunks)
    for position in map(int, positions):
        chunk = retriever.chunks[position]
        text = " ".join(chunk.search.values())
        if question.expects.name:
            given = question.expects.given_by(text, retriever.kinds_of(chunk), asked=question.kinds)
            values["gives"][position] = float(given)
            values["gives_not"][position] = float(not given)
            values["gives_strictly_not"][position] = float(question.expects.strict and not given)
            around = retriever.around(position)
            values["gives_context"][position] = float(
                given
                or question.expects.given_by(
                    " ".join(around.search.values()), retriever.kinds_of(around), asked=question.kinds
                )
            )
        if wanted_numbers:
            held = set(_NUMBER.findall(_CITATION_GROUP.sub("", text)))
            values["numbers"][position] = len(wanted_numbers & held) / len(wanted_numbers)
            values["numbers_missing"][position] = float(not wanted_numbers & held)
        if ids:
            nearby = {trial.casefold() for trial in retriever.around(position).trials}
            values["identifiers"][position] = float(ids <= {trial.casefold() for trial in chunk.trials})
            values["identifiers_missing"][position] = float(not ids <= nearby)
