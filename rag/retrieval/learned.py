"""Which piece of the article a question asks for, learned from how people ask for it.

A differentiable search index (Tay et al. 2022, "Transformer Memory as a Differentiable Search Index"),
small: networks of a few layers read the word vectors of a question and the sum of fitted vectors of its
words and letter groups, and say how probable each piece is. Further classes stand for what the article does not
say, and for what its table of trials or its references tell. Fitted by `eval/learn.py` with the networks of
`eval/network.py`; it knows the bundled article only.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.terms import terms, words
from corpus.types import Language
from ingest.lexicon import Floats, Singles

LEARNED = Path(__file__).parent.parent / "learned.npz"
# The classes of questions that no piece of prose answers.
NONE, TABLE, SOURCES = "", "@table", "@sources"
MAX_WORDS = 40
_LETTERS = 4
# Log-probability of a piece that no question was learned for, and of what fits no better.
_UNLEARNED = -9.0
_EPSILON = 1e-5
_LARGEST = 127


@dataclass(frozen=True)
class Learned:
    """The fitted networks.

    Attributes:
        pieces: ids of the pieces, and `NONE`, `TABLE`, `SOURCES`.
        vocabulary: the words (with their language in front) and letter groups that count.
        rarity: inverse document frequencies of these, shape (n_terms,).
        networks: the weights of each network by name, as `eval.network.Network.arrays` gives them; those of
            the terms in whole numbers of a byte, times "terms_scale", shape (n_terms,).
        heads: of the attention.
    """

    pieces: tuple[str, ...]
    vocabulary: tuple[str, ...]
    rarity: Floats
    networks: tuple[Mapping[str, NDArray[Any]], ...]
    heads: int

    @cached_property
    def _place(self) -> Mapping[str, int]:
        return {term: place for place, term in enumerate(self.vocabulary)}

    def log_probabilities(self, text: str, language: Language, word_vectors: Callable[[list[str]], Singles]) -> Floats:
        """Return how probable each piece is to be asked for, shape (n_pieces,).

        Args:
            word_vectors: gives the vectors of words, shape (n_words, dim), of any length.
        """
        places, values = located(text, language, self._place, self.rarity)
        vectors = unit(word_vectors(words(text)[:MAX_WORDS] or [""]))
        told = [self._logits(network, vectors, places, values.astype(np.float32)) for network in self.networks]
        return np.asarray(_normal(np.mean([_normal(logits) for logits in told], axis=0)), dtype=np.float64)

    def _logits(
        self, network: Mapping[str, NDArray[Any]], vectors: Singles, places: NDArray[np.intp], values: Singles
    ) -> Singles:
        def linear(name: str, rows: Singles) -> Singles:
            return np.asarray(rows @ network[f"{name}.weight"] + network[f"{name}.bias"], dtype=np.float32)

        def norm(name: str, rows: Singles) -> Singles:
            centred = rows - rows.mean(axis=-1, keepdims=True)
            spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
            return np.asarray(centred / spread * network[f"{name}.weight"] + network[f"{name}.bias"], dtype=np.float32)

        hidden = linear("entry", vectors) + network["place"][: len(vectors)]
        length, width = hidden.shape
        n_layers = sum(name.endswith(".mix.bias") for name in network)
        for layer in (f"layers.{n}" for n in range(n_layers)):
            mixed = linear(f"{layer}.mix", norm(f"{layer}.before_attention", hidden))
            asked, keys, own = mixed.reshape(length, 3, self.heads, width // self.heads).transpose(1, 2, 0, 3)
            heard = _softmax(asked @ keys.transpose(0, 2, 1) / np.sqrt(width // self.heads)) @ own
            hidden = hidden + linear(f"{layer}.out", heard.transpose(1, 0, 2).reshape(length, width))
            raised = _gelu(linear(f"{layer}.up", norm(f"{layer}.before_forward", hidden)))
            hidden = hidden + linear(f"{layer}.down", raised)
        pooled = _softmax(linear("listen", hidden)[:, 0]) @ hidden
        counted = (values * network["terms_scale"][places]) @ network["terms"][places].astype(np.float32)
        pooled = pooled + linear("lift", counted)
        return linear("exit", _gelu(pooled))

    def save(self, path: Path = LEARNED) -> None:
        """Write it to a file that `load` reads, matrices in half precision."""
        arrays: dict[str, Any] = {
            f"{number}:{name}": array if array.dtype == np.int8 else array.astype(np.float16)
            for number, network in enumerate(self.networks)
            for name, array in network.items()
        }
        with path.open("wb") as file:
            np.savez(
                file,
                pieces=np.array(self.pieces),
                vocabulary=np.array("\n".join(self.vocabulary)),
                rarity=self.rarity.astype(np.float32),
                heads=np.array(self.heads),
                **arrays,
            )


def load(path: Path = LEARNED) -> Learned:
    """Return what `Learned.save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        networks: dict[str, dict[str, NDArray[Any]]] = {}
        for key in stored.files:
            number, colon, name = key.partition(":")
            if colon:
                array = stored[key]
                networks.setdefault(number, {})[name] = array if array.dtype == np.int8 else array.astype(np.float32)
        return Learned(
            tuple(stored["pieces"].tolist()),
            tuple(str(stored["vocabulary"]).split("\n")),
            stored["rarity"].astype(np.float64),
            tuple(networks[number] for number in sorted(networks)),
            int(stored["heads"]),
        )


def rounded(network: Mapping[str, NDArray[np.float32]]) -> Mapping[str, NDArray[Any]]:
    """Return the weights of a network with those of the terms a byte each."""
    terms_ = network["terms"]
    scale = np.maximum(np.abs(terms_).max(axis=1), 1e-9) / _LARGEST
    return {**network, "terms": np.rint(terms_ / scale[:, None]).astype(np.int8), "terms_scale": scale}


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


def unit(vectors: Singles) -> Singles:
    """Return vectors at length 1; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


# Features of a candidate, in the order of `features`.
FEATURES = ("learned", "learned_answered", "learned_share", "learned_best", "learned_any")


def features(learned: Sequence[str], told_of: Floats, pieces: Sequence[str]) -> Floats:
    """Return what the learned index says of some pieces, shape (len(FEATURES), n_pieces).

    The log-probability of each, by how much that exceeds the one of no answer in prose, its probability, whether
    it is the best of all, and by how much some answer in prose is likelier than none.

    Args:
        learned: the pieces that it knows.
        told_of: their log-probabilities.
    """
    place = {piece: number for number, piece in enumerate(learned)}
    own = np.array([told_of[place[piece]] if piece in place else _UNLEARNED for piece in pieces], dtype=np.float64)
    own = np.maximum(own, _UNLEARNED)
    outside = np.array([piece in (NONE, TABLE, SOURCES) for piece in learned], dtype=bool)
    none = max(float(np.logaddexp.reduce(told_of[outside])), _UNLEARNED)
    some = max(float(np.logaddexp.reduce(told_of[~outside])), _UNLEARNED)
    best = float(told_of[~outside].max(initial=_UNLEARNED))
    return np.stack([own, own - none, np.exp(own), (own >= best).astype(np.float64), np.full(len(own), some - none)])


def _softmax(values: Singles) -> Singles:
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _normal(logits: Singles) -> Singles:
    return np.asarray(logits - np.logaddexp.reduce(logits), dtype=np.float32)


def _gelu(values: Singles) -> Singles:
    inner = np.sqrt(2 / np.pi) * (values + 0.044715 * values * values * values)
    return np.asarray(values * 0.5 * (1 + np.tanh(inner)), dtype=np.float32)
