"""Whether the sentences of an answer are supported by what they cite (ALCE, Gao et al. 2023).

Verbatim checks take the place of the entailment model: what an extractive answer says must stand in
the cited spans, in our translation of them, in the cells of the cited row, or be recomputable.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from corpus.load import Article
from corpus.terms import searchable, similarity
from corpus.types import Document, Spans
from eval.match import normalise, numbers, prose
from eval.record import CitationRecord, Record, SentenceRecord
from rag.answer import Support

# A long list gives each trial with its own number of participants: "NCT05813379 – 20".
_OWN_SIZE = re.compile(r"\b(NCT\d{8}) – (\d+)\b")
_CODE = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_WORD = re.compile(r"[^\W\d_]{4,}")
_TABLE_NAME = re.compile(r"\b(?:Tabel\w+|Table) \d+\b")
# Words of journals' names that are words of everyday speech, too.
_FRAME = frozenset("journal revija revije reviji cells cell medicine review reviews research science".split())
# The share of a row sentence's longer words that must come from the row, its headers or codes.
_ROW_WORDS = 0.8
# The share of a reworded sentence's longer words that must stand in what it cites, in some form.
_REWORDED_WORDS = 0.5
# Columns whose groups can be counted again without knowing how the answer names them.
_GROUPED = frozenset({"country", "condition", "status"})


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
            case Support.REWORDED:
                return bool(citations) and self._says_the_same(sentence, citations)
            case Support.QUOTE:
                return bool(citations) and _same(sentence.text, " ".join(self.source(c.spans) for c in citations))

    def fidelity(self, sentence: SentenceRecord, citations: Sequence[CitationRecord], record: Record) -> bool:
        """Return whether every number of the sentence occurs in what it cites, or was computed."""
        known = set(numbers(" ".join(f"{self.source(c.spans)} {self._translation(c)}" for c in citations)))
        known |= {c.id.removeprefix("ref:") for c in citations}
        if record.computation is not None:
            known |= numbers(_computed_text(record.computation))
        return numbers(_unnamed(sentence.text)) <= known

    def _says_the_same(self, sentence: SentenceRecord, citations: Sequence[CitationRecord]) -> bool:
        """Whether a reworded sentence has the numbers and most of the longer words of what it cites.

        A stand-in for an entailment model, apart from the check that let the sentence pass
        (`rag.llm.verify`): another tokeniser, other weights, one threshold that was fitted to nothing.
        """
        held = " ".join(f"{self.source(c.spans)} {self._translation(c)}" for c in citations)
        known = set(_WORD.findall(searchable(held)))
        said = _WORD.findall(searchable(prose(sentence.text)))
        own = sum(any(similarity(word, other) >= 0.6 for other in known) for word in said)
        return numbers(sentence.text) <= numbers(held) and own >= _REWORDED_WORDS * len(said)

    def _translation(self, citation: CitationRecord) -> str:
        if citation.id in self.article.translations:
            return self.article.translations[citation.id]
        return " ".join(
            self.article.translations[piece.id]
            for piece in self.document.sentences
            if piece.id in self.article.translations and _within(piece.spans, citation.spans)
        )

    def _from_rows(self, sentence: SentenceRecord, citations: Sequence[CitationRecord]) -> bool:
        vocabulary = " ".join(text for citation in citations for text in self._row_vocabulary(citation))
        known = set(_WORD.findall(vocabulary.casefold()))
        said = _WORD.findall(prose(_unnamed(sentence.text)).casefold())
        if all(citation.kind == "reference" for citation in citations):
            return self._from_references(sentence, citations, set(said))
        own = [word in known or any(similarity(word, other) >= 0.7 for other in known) for word in said]
        # A frame of other words is let pass, another row's country, goal, status or phase is not.
        others = self._cell_words - known
        astray = any(word in others for word, is_own in zip(said, own, strict=True) if not is_own)
        return (
            numbers(_unnamed(sentence.text)) <= numbers(vocabulary)
            and sum(own) >= _ROW_WORDS * len(said)
            and not astray
        )

    def _from_references(self, sentence: SentenceRecord, citations: Sequence[CitationRecord], said: set[str]) -> bool:
        """Whether a sentence on references says no number, author or journal but theirs."""
        entries = [r for r in self.document.references if any(_meet(r.spans, c.spans) for c in citations)]
        source = " ".join([*(f"{r.number} {r.text}" for r in entries), *(self.source(c.spans) for c in citations)])
        own = set(_WORD.findall(source.casefold()))
        names = {
            word
            for other in self.document.references
            for name in (*other.authors, other.container)
            for word in _WORD.findall(name.casefold())
        }
        return bool(entries) and numbers(sentence.text) <= numbers(source) and not (said & names) - own - _FRAME

    @cached_property
    def _cell_words(self) -> frozenset[str]:
        """The words of all cells that come with a translation, in both languages."""
        ids = tuple(f"{table.id}.{column}:" for table in self.document.tables for column in table.columns)
        pairs = [*self.article.translations.items(), *self.article.normal_forms.items()]
        cells = {key.split(":", 1)[1] for key, _ in pairs if key.startswith(ids)}
        texts = [*cells, *(text for key, text in pairs if key.startswith(ids))]
        texts += [meaning for table in self.document.tables for code, meaning in table.abbreviations if code in cells]
        return frozenset(_WORD.findall(" ".join(texts).casefold()))

    def _row_vocabulary(self, citation: CitationRecord) -> list[str]:
        """What a sentence on a row may say: its cells, its headers and its codes, in both languages."""
        texts = [self.source(citation.spans), self._translation(citation)]
        for table in self.document.tables:
            for row in table.rows:
                whole = _within(row.spans, citation.spans)
                if not whole and not _within(citation.spans, row.spans):
                    continue
                # Of a row cited in part, its name and what is cited.
                cells = (
                    row.cells if whole else (row.cells[0], *(c for c in row.cells if _meet(c.spans, citation.spans)))
                )
                texts += [*table.columns, *(cell.text for cell in cells)]
                keys = [f"{table.id}.column:{column}" for column in table.columns]
                keys += [f"{table.id}.{kind}:{cell.text}" for cell in cells for kind in (cell.column, "row")]
                for held in (self.article.translations, self.article.normal_forms):
                    texts += [held[key] for key in keys if key in held]
                said = set(_CODE.findall(" ".join(cell.text for cell in cells)))
                texts += [f"{code} {meaning}" for code, meaning in table.abbreviations if code in said]
        return texts

    def _recomputed(self, sentence: SentenceRecord, record: Record) -> bool:
        """Whether the computation gives the same again, and the sentence says nothing beyond it."""
        computation = record.computation
        if computation is None:
            return False
        if any(str(row).startswith("ref:") for row in computation["rows"]):
            return self._counted_references(sentence, computation)
        rows = [str(row).rsplit(":", 1)[-1] for row in computation["rows"]]
        if not all(row in self._trials for row in rows) or len(set(rows)) != len(rows):
            return False
        enrolments = [self._trials[row] for row in rows]
        value = computation["value"]
        expected = _value(str(computation["operation"]), enrolments)
        if expected is not None and (value is None or abs(expected - float(value)) > 0.05):
            return False
        if not self._grouped(str(computation["column"]), rows, computation["groups"]):
            return False
        own = _OWN_SIZE.sub(lambda told: "" if self._trials.get(told[1]) == int(told[2]) else told[0], sentence.text)
        return numbers(_unnamed(own)) <= numbers(f"{_computed_text(computation)} {self._ranked(computation)}")

    def _ranked(self, computation: Mapping[str, Any]) -> str:
        """How many trials are ranked, and how large each is; "" when nothing is."""
        if computation["operation"] not in ("rank", "range"):
            return ""
        shown = [self._trials[str(row).rsplit(":", 1)[-1]] for row in computation["shown"]]
        return " ".join(map(str, (len(shown), *shown)))

    def _counted_references(self, sentence: SentenceRecord, computation: Mapping[str, Any]) -> bool:
        """Whether the references exist, are as many as said, and no other number is named."""
        known = {reference.id for reference in self.document.references}
        rows = [str(row) for row in computation["rows"]]
        right = set(rows) <= known and len(set(rows)) == len(rows) == int(computation["value"] or 0)
        return right and numbers(sentence.text) <= numbers(f"{_computed_text(computation)} {len(known)}")

    def _grouped(self, column: str, rows: Sequence[str], groups: Sequence[Sequence[Any]]) -> bool:
        """Whether the groups are as large as the rows make them, none twice; names are not looked at.

        "Countries with one trial", "the two countries with the most": groups may be left out.
        """
        if not groups or column not in _GROUPED:
            return True
        values = Counter(getattr(trial, column) for trial in self.document.trials if trial.id in set(rows))
        return not Counter(int(n) for _, n in groups) - Counter(values.values())


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
    listed = " ".join(f"{name} {n:g}" for name, n in groups)
    if len(groups) == 2:
        listed += f" {abs(groups[0][1] - groups[1][1]):g}"  # "a difference of 8"
    ids = " ".join(str(row).rsplit(":", 1)[-1] for row in rows)
    return f"{shown} {len(rows)} {len(groups)} {listed} {computation['filter']} {ids}"


def _unnamed(text: str) -> str:
    """Return a sentence without the name of the table it speaks of: "Table 2" claims no number."""
    return _TABLE_NAME.sub("", text)


def _within(inner: Spans, outer: Spans) -> bool:
    return all(any(start <= s and e <= end for start, end in outer) for s, e in inner)


def _meet(first: Spans, second: Spans) -> bool:
    return any(start < stop and begin < end for start, end in first for begin, stop in second)


def _bare(text: str) -> str:
    return re.sub(r"[\s*]", "", text)


def _same(text: str, held: str) -> bool:
    wanted = normalise(text)[0]
    return bool(wanted) and wanted in normalise(held)[0]
