"""Fit the learned index (`rag/retrieval/learned.py`) on restatements and practice questions.

Development and test questions are not read: what it says of them is what it says of any reader's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corpus.types import Language
from eval.pools import Pool
from eval.practice import PracticeQuestion
from ingest.lexicon import Floats
from rag.prose.features import FEATURES
from rag.retrieval.learned import FEATURES as LEARNED_FEATURES
from rag.retrieval.learned import NONE, Learned, features, located, told

# A term must occur in so many texts: fewer teach nothing, and only lengthen the file.
_WORD_IN, _LETTERS_IN = 2, 4
_STRENGTH = 0.3
_FOLDS = 4
_SEED = 7
_LARGEST = 127

Asked = tuple[str, Language, tuple[str, ...]]


def asked(
    restatements: Mapping[str, Mapping[Language, Sequence[str]]], practice: Sequence[PracticeQuestion]
) -> list[Asked]:
    """Return the texts to learn from, each with its language and the pieces that answer it."""
    said = [
        (text, language, (piece,))
        for piece, sides in restatements.items()
        for language in Language
        for text in sides[language]
    ]
    return said + [(one.question, one.lang, one.pieces or (NONE,)) for one in practice]


def learn(texts: Sequence[Asked], vectors: Any) -> Learned:
    """Return the index learned from texts.

    Args:
        vectors: gives the word vectors of texts, shape (n_texts, dim).
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    occurring = Counter(term for text, language, _ in texts for term in told(text, language))
    vocabulary = tuple(
        sorted(term for term, n in occurring.items() if n >= (_LETTERS_IN if term.startswith("#") else _WORD_IN))
    )
    place = {term: number for number, term in enumerate(vocabulary)}
    rarity = np.log((len(texts) + 1) / (np.array([occurring[term] for term in vocabulary]) + 1)) + 1
    rows = [located(text, language, place, rarity) for text, language, _ in texts]
    starts = np.cumsum([0, *(len(places) for places, _ in rows)])
    sparse = csr_matrix(
        (np.concatenate([values for _, values in rows]), np.concatenate([places for places, _ in rows]), starts),
        shape=(len(rows), len(vocabulary)),
    )
    dense = np.asarray(vectors([text for text, _, _ in texts]), dtype=np.float64)
    dense /= np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
    owner = [number for number, (_, _, pieces) in enumerate(texts) for _ in pieces]
    labels = [piece for _, _, pieces in texts for piece in pieces]
    machine = LinearSVC(C=_STRENGTH, random_state=_SEED, max_iter=500)
    machine.fit(hstack([sparse, csr_matrix(dense)]).tocsr()[owner], labels)
    scale = np.abs(machine.coef_).max(axis=1) / _LARGEST
    return Learned(
        tuple(map(str, machine.classes_)),
        vocabulary,
        rarity,
        np.rint(machine.coef_.T / scale).astype(np.int8),
        scale,
        np.asarray(machine.intercept_, dtype=np.float64),
    )


def unlearned(
    pools: Sequence[Pool],
    restatements: Mapping[str, Mapping[Language, Sequence[str]]],
    practice: Sequence[PracticeQuestion],
    vectors: Any,
) -> list[Pool]:
    """Return the pools; of practice questions, with what an index says that has not learned from them."""
    needs = sorted({one.need for one in practice})
    order = np.random.default_rng(_SEED).permutation(len(needs))
    fold = {needs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    kept = list(pools)
    for n in range(_FOLDS):
        learned = learn(asked(restatements, [one for one in practice if fold[one.need] != n]), vectors)
        for number, pool in enumerate(pools):
            if pool.practice and fold[pool.pair] == n:
                kept[number] = _as_seen_by(learned, pool)
    return kept


def _as_seen_by(learned: Learned, pool: Pool) -> Pool:
    found = pool.found
    margins = learned.margins(pool.question.resolved, pool.language, found.asked)
    values: Floats = found.features.copy()
    columns = [FEATURES.index(name) for name in LEARNED_FEATURES]
    values[:, columns] = features(learned, margins, [pool.retriever.chunks[n].id for n in found.positions]).T
    return replace(pool, found=replace(found, features=values))
