"""Fit when a reworded sentence counts as supported, on development items: `python -m eval.fit_support`.

Pairs of a sentence and a piece of evidence, made from the evidence of the development questions and
nothing else. `rewordings.tsv` holds sentences as a language model words them, faithful ones and
plausible inventions, one of each for a piece and a language. Further supported ones are clauses; further
unsupported ones the sentences and restatements of the pieces nearest by, and the beginning of one with
the end of another, as a model adds what it was not given. The figures are held out by piece: no sentence
is judged by weights that saw its evidence.
"""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.config import Settings
from corpus.load import load_article
from corpus.types import Kind, Language
from eval.gold import GOLD_DIR, load_suite
from eval.runs import to_json, write
from eval.spans import overlap, size
from ingest.build import parse_article
from ingest.chunk import Chunk
from ingest.lexicon import Floats
from rag.engine import Engine
from rag.llm.prompts import evidence
from rag.llm.verify import FEATURES, SUPPORT, Evidence, Verifier, is_surer
from rag.prose.compose import compose

REWORDINGS = Path(__file__).parent / "rewordings.tsv"
_FOLDS = 5
_WRITTEN = 3.0  # the sentences written as a model writes weigh more than those put together
_SEED = 0
_STRENGTH = 1.0  # inverse of the L2 penalty
_NEIGHBOURS = 4
# Of the unsupported sentences, so many may pass; the rest of the threshold follows from it.
_LET_PASS = 0.05
_COVERED = 0.5


@dataclass(frozen=True)
class Pair:
    """A sentence and a piece of evidence.

    Attributes:
        piece: id of the evidence, by which the folds are cut.
        kind: how the sentence was made, for the figures.
    """

    piece: str
    kind: str
    sentence: str
    evidence: Evidence
    language: Language
    supported: bool


def evidence_of(chunk: Chunk, engine: Engine) -> Evidence:
    """Return a chunk as evidence, as it is shown to a model."""
    (citation,) = compose([chunk], language=chunk.language)[1]
    return evidence([citation], around=engine.around)[0]


def pairs(engine: Engine, chunks: Sequence[Chunk]) -> Iterator[Pair]:
    """Yield the pairs for these pieces of evidence, supported and not."""
    every = [chunk for chunk in engine.index.chunks.values() if chunk.kind is Kind.SENTENCE and chunk.restated]
    vectors = engine.embedder().encode_documents([chunk.side(Language.EN) for chunk in every])
    place = {chunk.id: position for position, chunk in enumerate(every)}
    restated = load_article().restatements
    reworded = read_rewordings()
    for chunk in chunks:
        near = np.argsort(-(vectors @ vectors[place[chunk.id]]), kind="stable")
        others = [every[n] for n in near if every[n].id != chunk.id][:_NEIGHBOURS]
        for language in Language:
            whole = evidence_of(chunk, engine)
            if language not in whole.texts:
                continue
            own = whole.texts[language]
            yield from (Pair(chunk.id, "clause", text, whole, language, True) for text in clauses(own))
            for answer, text in reworded.get((chunk.id, language), ()):
                yield Pair(chunk.id, "reworded" if answer else "invented", text, whole, language, answer)
            for stranger in others:
                said = evidence_of(stranger, engine).texts.get(language)
                if said is None:
                    continue
                yield Pair(chunk.id, "near sentence", said, whole, language, False)
                yield from (
                    Pair(chunk.id, "near restated", text, whole, language, False)
                    for text in statements(restated.get(stranger.id, {}).get(language, ()))
                )
                yield Pair(chunk.id, "addition", _half(own, 0) + " " + _half(said, 1), whole, language, False)


def read_rewordings() -> dict[tuple[str, Language], list[tuple[bool, str]]]:
    """Return for a piece and a language the sentences of `rewordings.tsv`, each with whether it is faithful."""
    found: dict[tuple[str, Language], list[tuple[bool, str]]] = {}
    for line in REWORDINGS.read_text(encoding="utf-8").splitlines():
        piece, language, answer, text = line.split("\t")
        found.setdefault((piece, Language(language)), []).append((answer == "yes", text))
    return found


def statements(texts: Sequence[str]) -> list[str]:
    """Return the restatements that state something: no questions, no bare phrases."""
    return [text for text in texts if text.endswith(".") and len(text.split()) > 4]


def clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence that could stand alone by their length."""
    parts = re.split(r"[,;:] | – ", sentence)
    return [part.strip(" .") + "." for part in parts if len(part.split()) >= 6] if len(parts) > 1 else []


def _half(sentence: str, which: int) -> str:
    words = sentence.rstrip(".").split()
    middle = len(words) // 2
    return " ".join(words[:middle] if which == 0 else words[middle:])


def dev_pieces(engine: Engine) -> list[Chunk]:
    """Return the sentences of the article that are evidence of a development item and of no test item."""
    article = load_article()
    document = parse_article(article)

    def spans(name: str) -> list[tuple[tuple[int, int], ...]]:
        suite = load_suite(GOLD_DIR / f"{name}.jsonl", article, document)
        return [tuple(s) for value in suite for alternatives in value.evidence for s in alternatives]

    used, kept_out = spans("dev"), spans("test")

    def is_of(chunk: Chunk, quotes: Sequence[tuple[tuple[int, int], ...]]) -> bool:
        return any(
            overlap(quote, chunk.spans) >= _COVERED * min(size(quote), size(chunk.spans))  # type: ignore[arg-type]
            for quote in quotes
        )

    found = [chunk for chunk in engine.index.chunks.values() if chunk.kind is Kind.SENTENCE and chunk.restated]
    return [chunk for chunk in found if is_of(chunk, used) and not is_of(chunk, kept_out)]


def fit(rows: Floats, labels: Any, importance: Floats) -> Floats:
    """Return the weights that tell supported from unsupported, both classes weighing the same."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, fit_intercept=False, class_weight="balanced", max_iter=5000)
    return np.asarray(model.fit(rows, labels, sample_weight=importance).coef_[0], dtype=np.float64)


def main() -> None:
    """Fit on the development split and write weights, threshold and figures."""
    engine = Engine.open(Settings.from_environment())
    verifier = Verifier(engine.matcher, engine.word_vectors)
    pieces = dev_pieces(engine)
    every = list(pairs(engine, pieces))
    # What the certain checks turn away never reaches the score.
    made = [pair for pair in every if not _turned_away(verifier, pair)]
    rows = np.array([verifier.features(pair.sentence, [pair.evidence], pair.language) for pair in made])
    labels = np.array([pair.supported for pair in made])
    importance = np.array([_WRITTEN if pair.kind in ("reworded", "invented") else 1.0 for pair in made])
    held_out = _held_out(made, rows, labels, importance)
    threshold = round(float(np.quantile(held_out[~labels], 1 - _LET_PASS)), 3)
    figures: dict[str, float | int] = {"pieces": len(pieces), "pairs": len(every)}
    for kind in dict.fromkeys(pair.kind for pair in every):
        for language in Language:
            of_kind = [pair for pair in every if pair.kind == kind and pair.language is language]
            shown = [
                score >= threshold
                for pair, score in zip(made, held_out, strict=True)
                if pair.kind == kind and pair.language is language
            ]
            figures[f"{kind}, {language}: n"] = len(of_kind)
            figures[f"{kind}, {language}: shown"] = round(sum(shown) / len(of_kind), 3)
    weights = fit(rows, labels, importance)
    named = dict(zip(FEATURES, (round(float(weight), 4) for weight in weights), strict=True))
    write(SUPPORT, to_json({"weights": named, "threshold": threshold, "held_out": figures}))
    sys.stdout.write(json.dumps({"weights": named, "threshold": threshold, **figures}, indent=1) + "\n")


def _held_out(made: Sequence[Pair], rows: Floats, labels: Any, importance: Floats) -> Floats:
    """Return the score of each pair by weights fitted without the pairs of its piece."""
    order = sorted({pair.piece for pair in made})
    random.Random(_SEED).shuffle(order)
    fold = np.array([order.index(pair.piece) % _FOLDS for pair in made])
    scores = np.zeros(len(made))
    for number in range(_FOLDS):
        weights = fit(rows[fold != number], labels[fold != number], importance[fold != number])
        scores[fold == number] = 1 / (1 + np.exp(-rows[fold == number] @ weights))
    return scores


def _turned_away(verifier: Verifier, pair: Pair) -> bool:
    evidence = [pair.evidence]
    return bool(
        verifier.missing_facts(pair.sentence, evidence)
        or verifier.foreign_names(pair.sentence, evidence, pair.language)
        or verifier.contradicts(pair.sentence, evidence, pair.language)
        or is_surer(pair.sentence, evidence, pair.language)
    )


if __name__ == "__main__":
    main()
