"""Whether the sentences of an answer are supported by what they cite (ALCE, Gao et al. 2023).

Verbatim checks take the place of the entailment model: what an extractive answer says must stand in
the cited spans, in our translation of them, in the cells of the cited row, or be recomputable.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from corpus.load import Article
from corpus.terms import similarity
from corpus.types import Document, Spans
from eval.match import normalise, numbers, prose
from eval.record import CitationRecord, Record, SentenceRecord
from rag.answer import Support

_WORD = re.compile(r"[^\W\d_]{4,}")
# The share of a row sentence's longer words that must come from the row, its headers or codes.
_ROW_WORDS = 0.8


@dataclass(frozen=True)
class Verifier:
    """Checks sentences against the article itself, not against what the answer claims of it."""

    article: Article
    document: Document

    @cached_property
    def _trials(self) -> Mapping[str, int]:
        return {trial.id: trial.enrolment for trial in self.document.trials}

    def source(self, spans: Spans) -> str:
        """Return the slices of the source, joined by blanks."""
        return " ".join(self.document.text[start:end] for start, end in spans)

    def is_verbatim(self, citation: CitationRecord) -> bool:
        """Return whether the quote equals the slices of its spans, up to white space and emphasis."""
        return bool(citation.quote) and _bare(citation.quote) == _bare(self.source(citation.spans))

    def supports(self, sentence: SentenceRecord, citations: Sequence[CitationRecord], record: Record) -> bool:
        """Return whether the citations alone vouch for the sentence."""
        match Support(sentence.support):
            case Support.NOTICE:
                return True
            case Support.COMPUTED:
                return bool(citations) and self._recomputed(sentence, record)
            case Support.ROW:
                return bool(citations) and self._from_rows(sentence, citations)
            case Support.TRANSLATION:
                translated = " ".join(self._translation(citation) for citation in citations)
                return bool(citations) and _same(sentence.text, translated)
            case Support.QUOTE:
                return bool(citations) and _same(sentence.text, " ".join(self.source(c.spans) for c in citations))

    def fidelity(self, sentence: SentenceRecord, citations: Sequence[CitationRecord], record: Record) -> bool:
        """Return whether every number of the sentence occurs in what it cites, or was computed."""
        known = set(numbers(" ".join(f"{self.source(c.spans)} {self._translation(c)}" for c in citations)))
        if record.computation is not None:
            known |= numbers(_computed_text(record.computation))
        return numbers(sentence.text) <= known

    def _translation(self, citation: CitationRecord) -> str:
        if citation.id in self.article.translations:
            return self.article.translations[citation.id]
        return " ".join(
            self.article.translations[piece.id]
            for piece in self.document.sentences
            if piece.id in self.article.translations and _within(piece.spans, citation.spans)
        )

    def _from_rows(self, sentence: SentenceRecord, citations: Sequence[CitationRecord]) -> bool:
        vocabulary = " ".join(self._row_vocabulary(citation) for citation in citations)
        known = set(_WORD.findall(vocabulary.casefold()))
        said = _WORD.findall(prose(sentence.text).casefold())
        share = sum(word in known or any(similarity(word, other) >= 0.7 for other in known) for word in said)
        return numbers(sentence.text) <= numbers(vocabulary) and share >= _ROW_WORDS * len(said)

    def _row_vocabulary(self, citation: CitationRecord) -> str:
        """What a sentence on a row may say: its cells, headers and codes, in both languages."""
        words = [self.source(citation.spans), citation.translation or ""]
        for table in self.document.tables:
            if not any(_within(row.spans, citation.spans) or _within(citation.spans, row.spans) for row in table.rows):
                continue
            words += [*table.columns, *(part for pair in table.abbreviations for part in pair)]
            words += [text for key, text in self.article.translations.items() if key.startswith(f"{table.id}.")]
            words += [text for key, text in self.article.normal_forms.items() if key.startswith(f"{table.id}.")]
            words += [
                " ".join(cell.text for cell in row.cells) for row in table.rows if _within(citation.spans, row.spans)
            ]
        return " ".join(words)

    def _recomputed(self, sentence: SentenceRecord, record: Record) -> bool:
        """Whether the computation gives the same again, and the sentence says nothing beyond it."""
        computation = record.computation
        if computation is None:
            return False
        rows = [str(row).rsplit(":", 1)[-1] for row in computation["rows"]]
        if not all(row in self._trials for row in rows) or len(set(rows)) != len(rows):
            return False
        enrolments = [self._trials[row] for row in rows]
        value = computation["value"]
        expected = _value(str(computation["operation"]), enrolments)
        if expected is not None and (value is None or abs(expected - float(value)) > 0.05):
            return False
        return numbers(sentence.text) <= numbers(_computed_text(computation))


def _value(operation: str, enrolments: Sequence[int]) -> float | None:
    """Recompute a value from the rows; None for operations without one."""
    if operation == "count":
        return float(len(enrolments))
    if not enrolments:
        return None
    ordered = sorted(enrolments)
    middle = len(ordered) // 2
    return {
        "sum": float(sum(ordered)),
        "mean": sum(ordered) / len(ordered),
        "median": float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2,
        "min": float(ordered[0]),
        "max": float(ordered[-1]),
    }.get(operation)


def _computed_text(computation: Mapping[str, object]) -> str:
    """Everything a sentence on a computation may say in numbers."""
    value = computation["value"]
    groups = computation["groups"]
    rows = computation["rows"]
    assert isinstance(rows, Sequence)
    assert isinstance(groups, Sequence)
    shown = f"{float(value):.1f} {float(value):g}" if isinstance(value, int | float) else ""
    listed = " ".join(f"{name} {n}" for name, n in groups)
    ids = " ".join(str(row).rsplit(":", 1)[-1] for row in rows)
    return f"{shown} {len(rows)} {len(groups)} {listed} {computation['filter']} {ids}"


def _within(inner: Spans, outer: Spans) -> bool:
    return all(any(start <= s and e <= end for start, end in outer) for s, e in inner)


def _bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)


def _same(text: str, held: str) -> bool:
    wanted = normalise(text)[0]
    return bool(wanted) and wanted in normalise(held)[0]
