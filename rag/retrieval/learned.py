"""Which piece of the article a question asks for, learned from how people ask for it.

A linear differentiable search index (Tay et al. 2022, "Transformer Memory as a Differentiable Search
Index", with a linear support vector machine in place of the transformer): each piece has weights for
the words, letter groups and word vectors of the questions and restatements it answers, and one more
class stands for what the article does not say. Fitted by `eval/learn.py`; it knows the bundled article only.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.terms import terms, words
from corpus.types import Language
from ingest.lexicon import Floats

LEARNED = Path(__file__).parent.parent / "learned.npz"
# The class of questions that the article does not answer.
NONE = ""
_LETTERS = 4
# What a piece scores that no question was learned for: about as low as what does not fit.
_UNLEARNED = -1.5
_SHARPNESS = 4.0


@dataclass(frozen=True)
class Learned:
    """The fitted weights, a byte each: a margin is a sum over a hundred of them, and rounding evens out.

    Attributes:
        pieces: ids of the pieces, and `NONE`.
        vocabulary: the words (with their language in front) and letter groups that count.
        rarity: inverse document frequencies of these, shape (n_terms,).
        weights: shape (n_terms + dim, n_pieces), whole numbers; times `scale`, shape (n_pieces,), they are weights.
        offset: shape (n_pieces,).
    """

    pieces: tuple[str, ...]
    vocabulary: tuple[str, ...]
    rarity: Floats
    weights: NDArray[np.int8]
    scale: Floats
    offset: Floats

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {term: place for place, term in enumerate(self.vocabulary)}

    def margins(self, text: str, language: Language, vector: Floats) -> Floats:
        """Return how well each piece fits a question, shape (n_pieces,): the margin of its classifier.

        Args:
            vector: the unit vector of the question, shape (dim,).
        """
        places, values = located(text, language, self._place, self.rarity)
        n_terms = len(self.vocabulary)
        told = values @ self.weights[places].astype(np.float64) + vector @ self.weights[n_terms:].astype(np.float64)
        return np.asarray(told * self.scale + self.offset)

    def save(self, path: Path = LEARNED) -> None:
        """Write it to a file that `load` reads."""
        with path.open("wb") as file:
            np.savez(
                file,
                pieces=np.array(self.pieces),
                vocabulary=np.array("\n".join(self.vocabulary)),
                rarity=self.rarity.astype(np.float32),
                weights=self.weights,
                scale=self.scale.astype(np.float32),
                offset=self.offset.astype(np.float32),
            )


def load(path: Path = LEARNED) -> Learned:
    """Return what `Learned.save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return Learned(
            tuple(stored["pieces"].tolist()),
            tuple(str(stored["vocabulary"]).split("\n")),
            stored["rarity"].astype(np.float64),
            stored["weights"],
            stored["scale"].astype(np.float64),
            stored["offset"].astype(np.float64),
        )


def told(text: str, language: Language) -> Counter[str]:
    """Return the words and letter groups of a text, each with how often it occurs."""
    found = Counter(f"{language}:{term}" for term in terms(text, language))
    for word in words(text):
        padded = f" {word} "
        found.update("#" + padded[start : start + _LETTERS] for start in range(len(padded) - _LETTERS + 1))
    return found


def located(text: str, language: Language, place: Mapping[str, int], rarity: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the places of a text's terms in a vocabulary and their weights: words and letters of length 1 each."""
    found = [(term, n) for term, n in told(text, language).items() if term in place]
    places = np.array([place[term] for term, _ in found], dtype=np.intp)
    values = np.array([1 + np.log(n) for _, n in found]) * rarity[places]
    letters = np.array([term.startswith("#") for term, _ in found], dtype=bool)
    for group in (letters, ~letters):
        values[group] /= float(np.linalg.norm(values[group])) or 1.0
    return places, values


# Features of a candidate, in the order of `features`.
FEATURES = ("learned", "learned_answered", "learned_share", "learned_best")


def features(learned: Learned, margins: Floats, pieces: Sequence[str]) -> Floats:
    """Return what the learned index says of some pieces, shape (len(FEATURES), n_pieces).

    Its margin for each, by how much that exceeds the margin of no answer, the share of its softmax,
    and whether it is the best of all.
    """
    place = {piece: number for number, piece in enumerate(learned.pieces)}
    own = np.array([margins[place[piece]] if piece in place else _UNLEARNED for piece in pieces], dtype=np.float64)
    none = float(margins[place[NONE]])
    whole = float(np.exp(_SHARPNESS * margins).sum())
    best = max((float(margins[number]) for piece, number in place.items() if piece != NONE), default=_UNLEARNED)
    return np.stack([own, own - none, np.exp(_SHARPNESS * own) / whole, (own >= best).astype(np.float64)])
