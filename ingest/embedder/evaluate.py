"""How well two languages meet: is the nearest neighbour of a sentence its translation?

python -m ingest.embedder.evaluate --tatoeba DIR [--model DIR]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedder.corpora import Pair
from ingest.embedder.features import words

Entry = tuple[str, str, str, str]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Share of sentences whose nearest neighbour on the other side is their own pair, 0 to 1."""

    n: int
    to_english: float
    to_slovene: float

    def __str__(self) -> str:
        return f"{self.to_english:.1%} sl→en, {self.to_slovene:.1%} en→sl (n = {self.n})"


def bitext_accuracy(encode: Encode, pairs: Sequence[Pair]) -> Accuracy:
    """Return the accuracy of nearest neighbours by cosine, in both directions (Artetxe and Schwenk 2019)."""
    scores = encode([slovene for slovene, _ in pairs]) @ encode([english for _, english in pairs]).T
    right = np.arange(len(pairs))
    return Accuracy(
        n=len(pairs),
        to_english=float((scores.argmax(axis=1) == right).mean()),
        to_slovene=float((scores.argmax(axis=0) == right).mean()),
    )


def read_questions(folder: Path) -> tuple[list[Entry], list[Entry]]:
    """Return the questions of questions-*.tsv to learn from, and every tenth, to check with.

    Each is a Slovene and an English question, and a passage that answers them in Slovene and English.
    """
    learnt: list[Entry] = []
    held_out: list[Entry] = []
    for path in sorted(folder.glob("questions-*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            columns = [column.strip() for column in line.split("\t")]
            if len(columns) == 4 and all(columns):
                slovene, english, passage, translation = columns
                (held_out if number % 10 == 7 else learnt).append((slovene, english, passage, translation))
    return learnt, held_out


def question_accuracy(encode: Encode, entries: Sequence[Entry]) -> dict[str, tuple[float, float]]:
    """Return (share found first, mean reciprocal rank) of each question's own passage among all passages.

    The keys are the languages of question and passage: "sl-sl", "sl-en", "en-sl", "en-en".
    """
    columns = [encode([entry[index] for entry in entries]) for index in range(4)]
    found = {}
    for question, name in enumerate(("sl", "en")):
        for passage, other in enumerate(("sl", "en"), 2):
            scores = columns[question] @ columns[passage].T
            ranks = 1 + (scores > scores.diagonal()[:, None]).sum(axis=1)
            found[f"{name}-{other}"] = (round(float((ranks == 1).mean()), 3), round(float((1 / ranks).mean()), 3))
    return found


def read_tatoeba(folder: Path) -> list[Pair]:
    """Return the pairs of the LASER test set, tatoeba.slv-eng.slv beside tatoeba.slv-eng.eng."""
    sides = [(folder / f"tatoeba.slv-eng.{code}").read_text(encoding="utf-8").splitlines() for code in ("slv", "eng")]
    return list(zip(*sides, strict=True))


def without_overlap(pairs: Sequence[Pair], test: Sequence[Pair]) -> list[Pair]:
    """Return the training pairs of which neither side is, but for case and punctuation, a side of the test set."""
    seen = {tuple(words(side)) for pair in test for side in pair} - {()}
    return [pair for pair in pairs if not any(tuple(words(side)) in seen for side in pair)]


def main() -> None:
    """Write the accuracy of a model on the Tatoeba test set."""
    import sys

    from ingest.embedder.static import StaticEmbedder

    parser = argparse.ArgumentParser(description="Accuracy of nearest neighbours on the Tatoeba test set.")
    parser.add_argument("--tatoeba", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a model; without it the one that comes with Evidenca")
    options = parser.parse_args()
    embedder = StaticEmbedder(options.model) if options.model else StaticEmbedder()
    sys.stdout.write(f"{bitext_accuracy(embedder.encode_documents, read_tatoeba(options.tatoeba))}\n")


if __name__ == "__main__":
    main()
