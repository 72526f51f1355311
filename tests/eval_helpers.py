"""Small gold sets on the real article, and a system whose answers are known: the evaluation's test bench."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.load import Article
from corpus.types import Document, Kind, Sentence, Span, Spans
from eval.gold import ResolvedItem, Suite, load_suite
from eval.record import CitationRecord, Record, SentenceRecord
from eval.run import evaluate
from eval.runs import Run
from eval.spans import share, size
from eval.systems import Retrieved
from ingest.chunk import Chunk
from rag.answer import Answer, Grounding, Outcome, Reason
from rag.engine import Turn
from rag.prose.compose import compose, text_of

# Occurs once in the article, in a Slovene sentence that has a working translation.
QUOTE = "terapija pozitivno vplivala na 80 % bolnikov"


def gold(**changes: Any) -> dict[str, Any]:
    """Return a sound item as it stands on a line, with changes; None removes a key."""
    line: dict[str, Any] = {
        "id": "share-sl",
        "pair": "share",
        "lang": "sl",
        "split": "dev",
        "type": "fact",
        "question": "Kolikšen delež bolnikov je imel korist?",
        "evidence": [{"any_of": [QUOTE]}],
        "nuggets": [{"id": "share", "numbers": ["80"]}],
        **changes,
    }
    return {key: value for key, value in line.items() if value is not None}


def pair(**changes: Any) -> list[dict[str, Any]]:
    """Return both members of a sound pair, with the same changes in both."""
    key = changes.pop("pair", "share")
    question = changes.pop("question", f"Vprašanje {key}?")
    return [
        gold(**{"question": question, **changes, "pair": key, "id": f"{key}-sl", "lang": "sl"}),
        gold(**{"question": f"{question} (en)", **changes, "pair": key, "id": f"{key}-en", "lang": "en"}),
    ]


def unanswerable(**changes: Any) -> dict[str, Any]:
    """Return the changes that make an item unanswerable."""
    return {
        "answerable": False,
        "type": "refusal",
        "refusal": "absent",
        "evidence": None,
        "nuggets": None,
        **changes,
    }


def write_lines(path: Path, lines: Sequence[Mapping[str, Any] | str]) -> Path:
    """Write a JSON Lines file; strings are written as they are."""
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def resolved(article: Article, document: Document, folder: Path, **changes: Any) -> ResolvedItem:
    """Return the sound item with changes, resolved against the article."""
    lines = [gold(**changes), *([] if "dialogue" in changes else [_other(gold(**changes))])]
    suite = load_suite(write_lines(folder / "one.jsonl", lines), article, document)
    return next(iter(suite))


def _other(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "id": "other", "lang": "en" if line["lang"] == "sl" else "sl"}


def sentence_with(document: Document, part: str) -> Sentence:
    """Return the one sentence of the article that holds `part`."""
    (found,) = [piece for piece in document.sentences if part in piece.text and piece.kind is Kind.SENTENCE]
    return found


def citation(
    document: Document, marker: int, *spans: Span, id: str = "x", kind: str = "sentence", **changes: Any
) -> CitationRecord:
    """Return a citation of spans whose quote is true to them."""
    values: dict[str, Any] = {
        "marker": marker,
        "id": id,
        "kind": kind,
        "language": "sl",
        "spans": spans,
        "quote": " ".join(document.text[start:end] for start, end in spans),
        "translation": None,
        "references": (),
        **changes,
    }
    return CitationRecord(**values)


def cited(document: Document, piece_id: str, marker: int, **changes: Any) -> CitationRecord:
    """Return the citation of a whole piece of the article."""
    (piece,) = [piece for piece in document.pieces() if piece.id == piece_id]
    return citation(
        document, marker, *piece.spans, id=piece.id, kind=str(piece.kind), language=str(piece.language), **changes
    )


def answered(
    *sentences: tuple[str, Sequence[int], str], citations: Sequence[CitationRecord] = (), **changes: Any
) -> Record:
    """Return the record of an answer whose text is its sentences (text, markers, support) with their markers."""
    said = tuple(SentenceRecord(text=text, markers=tuple(markers), support=kind) for text, markers, kind in sentences)
    values: dict[str, Any] = {
        "id": "share-sl",
        "language": "sl",
        "outcome": "answered",
        "grounding": "grounded",
        "confidence": 0.9,
        "answer": " ".join(f"{s.text} {''.join(f'[{marker}]' for marker in s.markers)}".strip() for s in said),
        "sentences": said,
        "citations": tuple(citations),
        **changes,
    }
    return Record(**values)


def abstained(**changes: Any) -> Record:
    """Return the record of a refusal."""
    values: dict[str, Any] = {
        "id": "share-sl",
        "language": "sl",
        "outcome": "abstained",
        "reason": "not_in_article",
        "answer": "Tega članek ne pove.",
        **changes,
    }
    return Record(**values)


def bench_lines(document: Document, article: Article, *, n_pairs: int = 24) -> list[dict[str, Any]]:
    """Return a gold set of pairs on sentences of the article, some with two, besides refusals and a dialogue.

    Facts are the first words of the sentence and of its translation, so that an answer holds them
    exactly when it gives the sentence.
    """
    pieces = [
        piece
        for piece in document.sentences
        if piece.kind is Kind.SENTENCE
        and piece.id in article.translations
        and len(piece.text) > 80
        and len(piece.spans) == 1
        and document.text.count(piece.text) == 1
    ]
    chosen = pieces[:: max(1, len(pieces) // (n_pairs + n_pairs // 4 + 2))]
    taken = iter(chosen)
    lines: list[dict[str, Any]] = []
    for number in range(n_pairs):
        some = [next(taken) for _ in range(2 if number % 4 == 0 else 1)]
        lines += pair(
            pair=f"place-{number:02}",
            question=f"Kaj stoji na mestu {number}?",
            type="multi" if len(some) == 2 else "fact",
            evidence=[{"any_of": [piece.text]} for piece in some],
            nuggets=[_nugget(piece, article) for piece in some],
        )
    for number in range(4):
        lines += pair(**unanswerable(pair=f"none-{number}", question=f"Kaj manjka na mestu {number}?"))
    piece = next(taken)
    for turn in (1, 2):
        lines.append(
            gold(
                id=f"talk-{turn}",
                pair="talk",
                dialogue="talk",
                turn=turn,
                question=f"In nato, {turn}?",
                evidence=[{"any_of": [piece.text]}],
                nuggets=[_nugget(piece, article)],
            )
        )
    return lines


def _nugget(piece: Sentence, article: Article) -> dict[str, Any]:
    def start(text: str) -> str:
        return " ".join(text.split()[:5])

    return {"id": piece.id, "sl": [start(piece.text)], "en": [start(article.translations[piece.id])]}


class BenchSystem:
    """Finds and quotes the evidence of each item of a suite, and refuses what is unanswerable.

    Args:
        blind: items whose evidence its search misses.
        swapped: items whose answer has its markers the wrong way round.
        crashing: items on which it raises.
    """

    name = "bench"
    forks = False

    def __init__(
        self,
        suite: Suite,
        chunks: Sequence[Chunk],
        *,
        blind: Collection[str] = (),
        swapped: Collection[str] = (),
        crashing: Collection[str] = (),
        version: str = "1",
    ) -> None:
        self._chunks = list(chunks)
        self._by_question = {value.item.question: value for value in suite}
        self._blind, self._swapped, self._crashing = frozenset(blind), frozenset(swapped), frozenset(crashing)
        self._version = version
        self.asked: list[str] = []
        self.histories: dict[str, list[Turn]] = {}

    def describe(self) -> Mapping[str, str]:
        return {"version": self._version}

    def _ranked(self, value: ResolvedItem) -> list[Chunk]:
        wanted = [self._nearest(alternatives[0]) for alternatives in value.needed]
        fillers = [chunk for chunk in self._chunks[:40] if chunk not in wanted]
        return fillers[:10] if value.item.id in self._blind else [*wanted, *fillers][:10]

    def _nearest(self, spans: Spans) -> Chunk:
        return min((chunk for chunk in self._chunks if share(spans, chunk.spans) > 0.9), key=lambda c: size(c.spans))

    def search(self, question: str, history: Sequence[Turn], *, k: int) -> list[Retrieved]:
        ranked = self._ranked(self._by_question[question])[:k]
        return [Retrieved(id=chunk.id, score=1 / rank, spans=chunk.spans) for rank, chunk in enumerate(ranked, start=1)]

    def answer(self, question: str, history: Sequence[Turn]) -> Answer:
        value = self._by_question[question]
        item = value.item
        self.asked.append(item.id)
        self.histories[item.id] = list(history)
        if item.id in self._crashing:
            raise RuntimeError("planted")
        plain = Answer(
            id="",
            question=question,
            resolved_question=question,
            language=item.lang,
            outcome=Outcome.ABSTAINED,
            reason=Reason.NOT_IN_ARTICLE,
            answer="–",
        )
        if not item.answerable:
            return plain
        sentences, citations = compose(self._ranked(value)[: len(value.needed)], language=item.lang)
        if item.id in self._swapped:
            markers = [sentence.markers for sentence in sentences][::-1]
            sentences = tuple(replace(s, markers=found) for s, found in zip(sentences, markers, strict=True))
        return replace(
            plain,
            outcome=Outcome.ANSWERED,
            reason=None,
            grounding=Grounding.GROUNDED,
            confidence=0.8,
            answer=text_of(sentences, listed=False),
            sentences=sentences,
            citations=citations,
        )

    def covers(self, spans: Spans) -> bool:
        return any(share(spans, chunk.spans) >= 0.5 for chunk in self._chunks)


def run_bench(
    suite: Suite, system: BenchSystem, folder: Path, *, article: Article, document: Document, **options: Any
) -> Run:
    """Ask the whole suite and keep it in `folder`."""
    return evaluate(suite, system, article=article, document=document, folder=folder, **options)
