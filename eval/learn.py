"""Fit the learned index (`rag/retrieval/learned.py`): `python -m eval.learn`.

It learns from restatements, from practice questions and from lessons (`lessons.jsonl`, more questions of that
kind, on which nothing else is fitted). Development and test questions are not read: what it says of them is what
it says of any reader's. Of practice questions, on which selection is fitted next (`eval/fit.py`), it also writes
what indexes say that have not learned from them.
That takes minutes with a graphics card, and hours without.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.config import Settings
from corpus.errors import GoldSetError
from corpus.load import load_article
from corpus.terms import words
from corpus.types import Language
from eval.network import Shape, Texts, log_probabilities, train
from eval.pools import Pool
from eval.practice import PracticeQuestion, load_practice
from ingest.lexicon import Floats, Singles
from rag.engine import Engine
from rag.prose.features import FEATURES
from rag.retrieval.learned import FEATURES as LEARNED_FEATURES
from rag.retrieval.learned import LEARNED, MAX_WORDS, NONE, Learned, features, located, rounded, told, unit

LESSONS = Path(__file__).parent / "lessons.jsonl"
UNSEEN = Path(__file__).parent / "practice_unseen.npz"
# A term must occur in so many texts: fewer teach nothing, and only lengthen the file.
_WORD_IN, _LETTERS_IN = 3, 8
_FOLDS = 2
_SEED = 7

Asked = tuple[str, Language, tuple[str, ...]]
WordVectors = Callable[[list[str]], Singles]


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


@dataclass(frozen=True)
class Material:
    """What is learned from.

    Attributes:
        texts: as the networks see them.
        labels: which pieces answer each, shape (n_texts, n_pieces); each row adds up to 1.
        pieces, vocabulary, rarity: as in `Learned`.
    """

    texts: Texts
    labels: NDArray[np.float32]
    pieces: tuple[str, ...]
    vocabulary: tuple[str, ...]
    rarity: Floats


def material(given: Sequence[Asked], word_vectors: WordVectors) -> Material:
    """Return texts as the networks see them.

    Args:
        word_vectors: gives the vectors of words, shape (n_words, dim).
    """
    occurring = Counter(term for text, language, _ in given for term in told(text, language))
    vocabulary = tuple(
        sorted(term for term, n in occurring.items() if n >= (_LETTERS_IN if term.startswith("#") else _WORD_IN))
    )
    rarity = np.log((len(given) + 1) / (np.array([occurring[term] for term in vocabulary]) + 1)) + 1
    place = {term: number for number, term in enumerate(vocabulary)}
    found = [located(text, language, place, rarity) for text, language, _ in given]
    spoken = [words(text)[:MAX_WORDS] for text, _, _ in given]
    known = list(dict.fromkeys(word for text in spoken for word in text))
    number = {word: row for row, word in enumerate(known, start=1)}
    pieces = tuple(sorted({piece for _, _, some in given for piece in some}))
    labels = np.zeros((len(given), len(pieces)), dtype=np.float32)
    for row, (_, _, some) in zip(labels, given, strict=True):
        row[[pieces.index(piece) for piece in some]] = 1 / len(some)
    return Material(
        Texts(
            words=[np.array([number[word] for word in text], dtype=np.int64) for text in spoken],
            vectors=unit(word_vectors(["", *known])),
            terms=[places.astype(np.int64) for places, _ in found],
            values=[values.astype(np.float32) for _, values in found],
            n_terms=len(vocabulary),
            max_words=MAX_WORDS,
        ),
        labels,
        pieces,
        vocabulary,
        rarity,
    )


def learn(given: Material, rows: NDArray[np.int64] | None = None, shape: Shape | None = None) -> Learned:
    """Return the index learned from texts.

    Args:
        rows: those to learn from; all when left out.
    """
    shape = shape or Shape()
    rows = np.arange(len(given.labels)) if rows is None else rows
    networks = [
        train(given.texts, given.labels, rows, shape, seed=_SEED + n, device=device()) for n in range(shape.nets)
    ]
    return Learned(
        given.pieces,
        given.vocabulary,
        given.rarity,
        tuple(rounded(network.arrays()) for network in networks),
        shape.heads,
    )


def device() -> str:
    """Return what PyTorch trains on."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def folds(practice: Sequence[PracticeQuestion]) -> NDArray[np.int64]:
    """Return the fold of each practice question; those of one need share it."""
    needs = sorted({one.need for one in practice})
    order = np.random.default_rng(_SEED).permutation(len(needs))
    fold = {needs[position]: rank % _FOLDS for rank, position in enumerate(order)}
    return np.array([fold[one.need] for one in practice])


def unseen(given: Material, practice: Sequence[PracticeQuestion], first: int, shape: Shape | None = None) -> Floats:
    """Return what networks say of practice questions that have not learned from them, shape (n_practice, n_pieces).

    One network learns without the one half of them, one without the other.

    Args:
        first: where the practice questions stand in the material.
    """
    own = first + np.arange(len(practice))
    fold = folds(practice)
    said = np.zeros((len(practice), len(given.pieces)))
    for n in range(_FOLDS):
        held_out = own[fold == n]
        rows = np.setdiff1d(np.arange(len(given.labels)), held_out)
        network = train(given.texts, given.labels, rows, shape or Shape(), seed=_SEED + n, device=device())
        said[fold == n] = log_probabilities([network], given.texts, held_out, device=device())
    return said


def save_unseen(said: Floats, pieces: Sequence[str], practice: Sequence[PracticeQuestion], path: Path = UNSEEN) -> None:
    """Write what `unseen` returns to a file that `unlearned` reads."""
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            pieces=np.array(pieces),
            questions=np.array("\n".join(one.question for one in practice)),
            said=said.astype(np.float16),
        )


def unlearned(pools: Sequence[Pool], path: Path = UNSEEN) -> list[Pool]:
    """Return the pools; of practice questions, with what an index says that has not learned from them.

    Raises:
        GoldSetError: there are practice questions of which that is not known.
    """
    with np.load(path, allow_pickle=False) as stored:
        pieces, said = tuple(stored["pieces"].tolist()), stored["said"].astype(np.float64)
        row = {text: number for number, text in enumerate(str(stored["questions"]).split("\n"))}
    if any(pool.practice and pool.question.text not in row for pool in pools):
        raise GoldSetError(f"Practice questions are newer than {path.name}: run `python -m eval.learn` first.")
    return [_as_said(pool, pieces, said[row[pool.question.text]]) if pool.practice else pool for pool in pools]


def _as_said(pool: Pool, pieces: Sequence[str], said: Floats) -> Pool:
    found = pool.found
    values: Floats = found.features.copy()
    columns = [FEATURES.index(name) for name in LEARNED_FEATURES]
    values[:, columns] = features(pieces, said, [pool.retriever.chunks[n].id for n in found.positions]).T
    return replace(pool, found=replace(found, features=values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn, and write the index and what is said of practice questions unseen."""
    parser = argparse.ArgumentParser(prog="python -m eval.learn", description="Fit the learned index.")
    parser.add_argument("--into", type=Path, metavar="DIR", help="write there instead of over what is shipped")
    parser.add_argument("--epochs", type=int, default=Shape.epochs, help="how often each text is seen (%(default)s)")
    chosen = parser.parse_args(arguments)
    shape = replace(Shape(), epochs=chosen.epochs)
    if chosen.into:
        chosen.into.mkdir(parents=True, exist_ok=True)
    article = load_article()
    engine = Engine.open(Settings.from_environment())
    practice = load_practice()
    given = asked(article.restatements, practice)
    first = len(given) - len(practice)
    everything = material([*given, *asked({}, load_practice(LESSONS))], engine.word_vectors)
    sys.stdout.write(f"{len(everything.labels)} texts, {len(everything.pieces)} pieces, on {device()}\n")
    said = unseen(everything, practice, first, shape)
    save_unseen(said, everything.pieces, practice, chosen.into / UNSEEN.name if chosen.into else UNSEEN)
    learn(everything, shape=shape).save(chosen.into / LEARNED.name if chosen.into else LEARNED)


if __name__ == "__main__":
    main()
