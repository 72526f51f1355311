"""Train the embedder: translations next to each other, English where a teacher puts it.

    python -m ingest.embedder.train --pairs DIR --out DIR --cache DIR [--dimension 256 --n-features 115000 --epochs 6]

A text is the sum of the vectors of its words' features, at unit length; the length a vector learns
is its weight (it does the work of an IDF). The loss of a batch is

* in-batch InfoNCE of Slovene against English, both ways (van den Oord et al. 2018), other
  translations of the same text not counted as wrong,
* one minus the cosine of either side to the teacher's vector of the English side, projected on its
  principal axes (knowledge distillation across languages, Reimers and Gurevych 2020),
* the same for English texts that have no translation.

Dictionary words are inflected at random, so that every form is met sooner or later. The same
seed, data, cache and number of threads should give the same weights.
"""

import argparse
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.embedder.corpora import Pair, read_english, read_folder, read_pairs
from ingest.embedder.evaluate import bitext_accuracy, question_accuracy, read_questions, read_tatoeba, without_overlap
from ingest.embedder.features import hashes, words
from ingest.embedder.forms import forms_by_lemma
from ingest.embedder.phrases import verb_phrases
from ingest.embedder.static import StaticEmbedder
from ingest.embedder.teacher import Teacher
from ingest.embedder.weights import FILE, write_weights

DICTIONARIES = frozenset({"slownet", "wikt", "kas_biterm", "terms", "synonyms"})  # entries whose words are inflected
OWN = ("terms", "sentences", "everyday", "synonyms")  # written for Evidenca, in data/
# How often an epoch meets a pair, if not once; less than once is a draw anew each epoch.
REPEATS = {
    "slownet": 0.5, "libreoffice_help": 0.5, "libreoffice_ui": 0.5,
    "terms": 5.0, "sentences": 10.0, "everyday": 10.0, "synonyms": 2.0, "within": 1.0,
}  # fmt: skip
# Of these the second side is no translation, or no English: nothing for the teacher.
UNTAUGHT = frozenset({"questions", "within"})
_N_PHRASES = 8  # sentences made of each dictionary verb
_MAX_WORDS = 64
_log = logging.getLogger(__name__)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a training depends on besides its data."""

    dimension: int = 256
    n_features: int = 115_000
    epochs: int = 6
    batch: int = 2048
    learning_rate: float = 0.01
    scale: float = 20.0
    teacher_weight: float = 1.0
    inflect: float = 0.6
    inflect_english: float = 0.3
    phrases: bool = True
    questions: float = 10.0
    hold_out: bool = True
    ngrams: bool = True
    threads: int = 1
    seed: int = 0


class Words:
    """Numbers for words, and the rows of their features: the tokenizer of the training."""

    def __init__(self, *, ngrams: bool) -> None:
        self.ngrams = ngrams
        self.numbers: dict[str, int] = {}
        self.hashes: list[list[int]] = []

    def number(self, word: str) -> int:
        """Return the number of a word, a new one if need be."""
        known = self.numbers.get(word)
        if known is None:
            known = self.numbers[word] = len(self.hashes)
            self.hashes.append(hashes(word, ngrams=self.ngrams))
        return known

    def text(self, text: str) -> Ints:
        """Return the numbers of the words of a text."""
        return np.array([self.number(word) for word in words(text)[:_MAX_WORDS]], dtype=np.int64)

    def choose(self, counts: Counter[int], n_features: int) -> NDArray[np.uint32]:
        """Return the n hashes met most, each word counting by the square root of its own number; set the rows.

        The root keeps the vocabulary of one source (menus and help) from taking all the room.
        """
        found: dict[int, float] = defaultdict(float)
        for word, count in counts.items():
            weight = count**0.5
            for key in self.hashes[word]:
                found[key] += weight
        keys = np.array(
            sorted(key for key in sorted(found, key=found.__getitem__, reverse=True)[:n_features] if found[key] > 1.4),
            dtype=np.uint32,
        )
        row = {int(key): index for index, key in enumerate(keys)}
        rows = [[row[key] for key in word if key in row] for word in self.hashes]
        self.sizes = np.array([len(word) for word in rows], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self.rows = np.array([index for word in rows for index in word], dtype=np.int64)
        return keys


def gather(numbers: Ints, starts: Ints, sizes: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Return the values of ragged rows one after another, and where each row starts in them."""
    lengths = sizes[numbers]
    offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    positions = np.arange(lengths.sum()) + np.repeat(starts[numbers] - offsets, lengths)
    return values[positions], offsets


class Model:
    """The vectors in training, a torch EmbeddingBag of features under one of words."""

    def __init__(self, vocabulary: Words, n_features: int, dimension: int) -> None:
        import torch

        self.vocabulary = vocabulary
        self.embedding = torch.nn.EmbeddingBag(n_features, dimension, mode="sum")
        torch.nn.init.normal_(self.embedding.weight, 0, 0.05)

    def encode(self, texts: Sequence[Ints], weight: Any = None) -> Any:
        """Return unit vectors of texts given as numbers of words, shape (n, dimension), with gradient."""
        import torch

        weight = self.embedding.weight if weight is None else weight
        lengths = np.array([len(text) for text in texts])
        distinct, places = np.unique(np.concatenate(texts), return_inverse=True)
        vocabulary = self.vocabulary
        rows, offsets = gather(distinct, vocabulary.starts, vocabulary.sizes, vocabulary.rows)
        bag = torch.nn.functional.embedding_bag
        of_words = bag(torch.from_numpy(rows), weight, torch.from_numpy(offsets), mode="sum")
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        of_texts = bag(torch.from_numpy(places.reshape(-1)), of_words, torch.from_numpy(starts), mode="sum")
        return torch.nn.functional.normalize(of_texts, dim=1)

    def plain(self, texts: Sequence[Ints], weight: Any = None) -> NDArray[np.float32]:
        """Return the unit vectors of texts as an array."""
        import torch

        with torch.no_grad():
            return np.asarray(self.encode(texts, weight).numpy())


@dataclass(frozen=True, slots=True)
class Example:
    """A pair ready for training: numbers of words, forms to inflect them by, row of the teacher or -1."""

    slovene: Ints
    english: Ints
    teacher: int
    inflected: bool


class Data:
    """All pairs and English texts as numbers, and what each epoch is drawn from."""

    def __init__(self, pairs: dict[str, list[Pair]], english: Sequence[str], teacher: Teacher, options: Options):
        self.options = options
        self.vocabulary = Words(ngrams=options.ngrams)
        self.random = np.random.default_rng(options.seed)
        self.examples: list[Example] = []
        self.repeats: list[float] = []
        counts: Counter[int] = Counter()
        self.forms: dict[int, Ints] = {}
        for source, found in pairs.items():
            repeat = options.questions if source == "questions" else REPEATS.get(source, 1.0)
            for slovene, translation in dict.fromkeys(found):
                sides = self.vocabulary.text(slovene), self.vocabulary.text(translation)
                if not all(map(len, sides)):
                    continue
                row = -1 if source in UNTAUGHT else teacher.rows.get(" ".join(translation.split()), -1)
                self.examples.append(Example(*sides, row, source in DICTIONARIES))
                self.repeats.append(repeat)
                for side in sides:
                    counts.update(dict.fromkeys(side.tolist(), max(1, round(repeat))))
        for language in ("sl", "en"):
            for lemma, forms in _forms(language).items():
                key = words(lemma)
                if key and key[0] in self.vocabulary.numbers:
                    own = self.vocabulary.numbers[key[0]]
                    numbers = [self.vocabulary.number(words(form)[0]) for form in forms]
                    old = self.forms.get(own)
                    new = np.array(sorted(set(numbers)), dtype=np.int64)
                    # A word of both languages ("most") keeps its Slovene forms: they are many more.
                    if old is None:
                        self.forms[own] = new
                        if counts[own]:
                            counts.update(new.tolist())
        self.english = [(self.vocabulary.text(text), teacher.rows[text]) for text in english if text in teacher.rows]
        self.english = [entry for entry in self.english if len(entry[0])]
        for text, _ in self.english[::3]:
            counts.update(set(text.tolist()))
        self.keys = self.vocabulary.choose(counts, options.n_features)

    def inflect(self, text: Ints, share: float) -> Ints:
        """Return a text with some of its words in another form."""
        if self.random.random() > share:
            return text
        changed = text.copy()
        for place, word in enumerate(text):
            forms = self.forms.get(int(word))
            if forms is not None:
                changed[place] = forms[self.random.integers(len(forms))]
        return changed

    def epoch(self) -> Iterator[tuple[list[Ints], list[Ints], Ints, Ints, Ints]]:
        """Yield batches: Slovene, English, teacher rows, and a number for each distinct text of either side."""
        times = np.floor(np.array(self.repeats) + self.random.random(len(self.repeats))).astype(np.int64)
        order = np.repeat(np.arange(len(self.examples)), times)
        self.random.shuffle(order)
        size, options = self.options.batch, self.options
        for start in range(0, len(order) - size + 1, size):
            part = [self.examples[index] for index in order[start : start + size]]
            slovene = [self.inflect(e.slovene, options.inflect) if e.inflected else e.slovene for e in part]
            english = [self.inflect(e.english, options.inflect_english) if e.inflected else e.english for e in part]
            same = [
                np.array([hash(side.tobytes()) for side in sides])
                for sides in ([e.slovene for e in part], [e.english for e in part])
            ]
            yield slovene, english, np.array([e.teacher for e in part]), same[0], same[1]


@cache
def _forms(language: str) -> dict[str, list[str]]:
    return forms_by_lemma(language)


def read_own(folder: Path, *, hold_out: bool = False) -> dict[str, list[Pair]]:
    """Return our own pairs by source, from the files of `folder`.

    terms.tsv, sentences.tsv, everyday.tsv: Slovene, English.
    synonyms.tsv: names of one thing in Slovene, then in English, each set separated by "; "; every
        name is paired with every one of the other language and ("within") of its own.
    questions-*.tsv: see read_questions; each question is paired with the passage in either language, and the
        passage with its translation.

    Args:
        hold_out: leave out the questions kept for the check.
    """
    own = {name: read_pairs(path) for name in OWN if (path := folder / f"{name}.tsv").exists()}
    sets = [[side.split("; ") for side in pair] for pair in own.get("synonyms", ())]
    if sets:
        own["synonyms"] = [pair for slovene, english in sets for pair in product(slovene, english)]
        own["within"] = [pair for row in sets for names in row for pair in combinations(names, 2)]
    learnt, held_out = read_questions(folder)
    if questions := learnt if hold_out else learnt + held_out:
        pairs = ((0, 3), (2, 1), (2, 3), (0, 2), (1, 3))
        own["questions"] = [(entry[left], entry[right]) for entry in questions for left, right in pairs]
    return own


def project(vectors: NDArray[np.float16], dimension: int) -> NDArray[np.float32]:
    """Return the teacher's vectors on their principal axes (uncentred: the origin keeps its meaning), unit length."""
    sample = vectors[:: max(1, len(vectors) // 60_000)].astype(np.float32)
    _, axes = np.linalg.eigh(sample.T @ sample)
    found = vectors.astype(np.float32) @ axes[:, ::-1][:, :dimension]
    return np.asarray(found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


def train(data: Data, teacher: Teacher, options: Options) -> Model:
    """Return the trained model."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    targets = torch.from_numpy(project(teacher.vectors, options.dimension))
    model = Model(data.vocabulary, len(data.keys), options.dimension)
    optimiser = torch.optim.Adam(model.embedding.parameters(), lr=options.learning_rate, betas=(0.9, 0.99), fused=True)
    steps = options.epochs * int(sum(data.repeats) // options.batch)
    step, started = 0, time.perf_counter()
    n_english = min(options.batch // 2, len(data.english))
    for epoch in range(options.epochs):
        total = 0.0
        for slovene, english, rows, same_slovene, same_english in data.epoch():
            left, right = model.encode(slovene), model.encode(english)
            scores = options.scale * left @ right.T
            same = (same_slovene[:, None] == same_slovene) | (same_english[:, None] == same_english)
            np.fill_diagonal(same, False)
            scores = scores.masked_fill(torch.from_numpy(same), -1e4)
            diagonal = torch.arange(len(rows))
            loss = (cross_entropy(scores, diagonal) + cross_entropy(scores.T, diagonal)) / 2
            taught = torch.from_numpy(np.flatnonzero(rows >= 0))
            if len(taught):
                goal = targets[torch.from_numpy(rows)[taught]]
                away = 2 - (left[taught] * goal).sum(1) - (right[taught] * goal).sum(1)
                loss = loss + options.teacher_weight * away.mean()
            if n_english:
                chosen = data.random.integers(len(data.english), size=n_english)
                guess = model.encode([data.english[index][0] for index in chosen])
                goal = targets[torch.tensor([data.english[index][1] for index in chosen])]
                contrast = cross_entropy(options.scale * guess @ goal.T, torch.arange(n_english))
                loss = loss + options.teacher_weight * (1 - (guess * goal).sum(1)).mean() + 0.25 * contrast
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for group in optimiser.param_groups:
                group["lr"] = options.learning_rate * max(0.05, 1 - step / steps)
            optimiser.step()
            step += 1
            total += loss.item()
        per_epoch = steps // options.epochs
        _log.info("epoch %d: loss %.3f, %.0f s", epoch + 1, total / per_epoch, time.perf_counter() - started)
    return model


def main() -> None:
    """Train, report and write the weights."""
    parser = argparse.ArgumentParser(description="Train the bilingual embedder.")
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="folders of *.tsv.xz and *.txt.xz")
    parser.add_argument("--own", type=Path, default=Path(__file__).parent / "data", help="folder of our own *.tsv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the teacher's vectors")
    parser.add_argument("--tatoeba", type=Path, help="folder of the test set: left out of training, and reported on")
    for name, value in Options.__dataclass_fields__.items():
        flag = "--" + name.replace("_", "-")
        if value.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=value.default)
        else:
            parser.add_argument(flag, type=value.type, default=value.default)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = Options(**{name: getattr(given, name) for name in Options.__dataclass_fields__})

    pairs = {source: found for folder in given.pairs for source, found in read_folder(folder).items()}
    if options.phrases:
        verbs = [pair for source in DICTIONARIES & pairs.keys() for pair in pairs[source]]
        made = verb_phrases(sorted(verbs), _forms("sl"), _forms("en"), n=_N_PHRASES, seed=options.seed)
        pairs["phrases"] = list(made)
    pairs |= read_own(given.own, hold_out=options.hold_out)
    test = read_tatoeba(given.tatoeba) if given.tatoeba else []
    kept = {source: without_overlap(found, test) for source, found in pairs.items()}
    for source, found in kept.items():
        _log.info("%s: %d pairs, %d left out as test sentences", source, len(found), len(pairs[source]) - len(found))
    english = [text for folder in given.pairs for text in read_english(folder)]
    english = [text for _, text in without_overlap([("", text) for text in english], test)]
    translations = [text for source, found in kept.items() if source not in UNTAUGHT for _, text in found]
    vocabulary = sorted({word for text in translations for word in words(text)})
    english += [word for word in vocabulary if word.isalpha() and 2 < len(word) <= 20]
    english = [" ".join(text.split()) for text in english]
    Teacher(given.cache).encode_missing([*english, *translations], threads=options.threads)
    teacher = Teacher(given.cache)
    data = Data(kept, english, teacher, options)
    _log.info(
        "%d pairs, %.0f an epoch, %d English texts, %d features",
        len(data.examples), sum(data.repeats), len(data.english), len(data.keys),
    )  # fmt: skip
    model = train(data, teacher, options)
    vectors = model.embedding.weight.detach().numpy()
    given.out.mkdir(parents=True, exist_ok=True)
    write_weights(given.out / FILE, vectors, data.keys, ngrams=options.ngrams)
    if test:
        _log.info("Tatoeba: %s", bitext_accuracy(StaticEmbedder(given.out).encode_documents, test))
    if options.hold_out:
        encode = StaticEmbedder(given.out).encode_documents
        _log.info("questions held out: %s", question_accuracy(encode, read_questions(given.own)[1]))
    _log.info("%d bytes", (given.out / FILE).stat().st_size)


if __name__ == "__main__":
    main()
