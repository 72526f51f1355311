"""The metrics of one item. Deterministic: strings, spans and numbers, no model.

Definitions and sources are in docs/evaluation.md; `METRICS` is the one list of them that reports,
comparisons and gates read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.types import Document, Language
from eval.gold import RefusalKind, ResolvedItem
from eval.match import holds, prose
from eval.record import CitationRecord, Record, SentenceRecord
from eval.retrieval import MEASURES, character_recall
from eval.spans import overlap, size
from eval.support import Verifier
from rag.answer import Outcome, Support

_MARKER = re.compile(r"\[\d+\]")
VERSION = 1  # raise it when a definition changes: runs of two versions are not comparable


class Stage(StrEnum):
    """Where an item went wrong first, after RAGChecker (Ru et al. 2024)."""

    ERROR = "error"
    PARSE = "parse"
    RETRIEVAL = "retrieval"
    SELECTION = "selection"
    REFUSAL = "refusal"
    CITATION = "citation"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as reports show it; `primary` ones are tested when two runs are compared."""

    name: str
    title: str
    primary: bool = False
    higher_is_better: bool = True
    percent: bool = True


METRICS: tuple[Metric, ...] = (
    Metric("passed", "items right", primary=True),
    Metric("vital_recall", "vital nugget recall", primary=True),
    Metric("strict_vital", "all vital nuggets held"),
    Metric("nugget_recall", "nugget recall"),
    Metric("list_precision", "list precision"),
    Metric("list_recall", "list recall"),
    Metric("list_f1", "list F1"),
    Metric("citation_precision", "citation precision", primary=True),
    Metric("citation_recall", "citation recall"),
    Metric("citation_format", "citations well formed"),
    Metric("support", "sentences verbatim or recomputed"),
    Metric("number_fidelity", "numbers stand in the cited spans"),
    Metric("evidence_precision", "evidence precision (characters)"),
    Metric("evidence_recall", "evidence recall (characters)"),
    Metric("evidence_f1", "evidence F1 (characters)"),
    Metric("reference_recall", "expected references reached"),
    Metric("refusal_right", "answered or refused rightly", primary=True),
    Metric("hallucination", "answered though unanswerable", higher_is_better=False),
    Metric("error", "refused though answerable", higher_is_better=False),
    Metric("must_not", "said what must not be said", higher_is_better=False),
    Metric("language_match", "answer in the question's language"),
    Metric("quote_labelled", "foreign quotes come with a translation"),
    Metric("words", "words of the answer", higher_is_better=False, percent=False),
    Metric("words_per_nugget", "words per vital nugget", higher_is_better=False, percent=False),
    Metric("character_recall@5", "evidence characters in the first 5"),
    *(Metric(name, f"retrieval {name}", primary=name == "R@5") for name in MEASURES),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The score of one record.

    Attributes:
        metrics: by name, None where one does not apply.
        nuggets: which facts the answer holds, by id.
        passed: the item is right as a whole.
        hard: hard rules the record breaks, one sentence each; none may be broken, whatever the averages.
    """

    metrics: Mapping[str, float | None]
    nuggets: Mapping[str, bool]
    passed: bool
    stage: str
    reasons: tuple[str, ...]
    hard: tuple[str, ...]


def judge(
    value: ResolvedItem, record: Record, *, verifier: Verifier, retrieval: Mapping[str, float], indexed: bool = True
) -> Verdict:
    """Return the verdict on one record.

    Args:
        retrieval: the item's retrieval measures, empty when it has no evidence to find.
        indexed: whether every needed piece of evidence is in the index at all.
    """
    item = value.item
    if record.error:
        return Verdict(
            metrics={"passed": 0.0, "refusal_right": 0.0},
            nuggets={},
            passed=False,
            stage=Stage.ERROR,
            reasons=(record.error,),
            hard=(f"crashed: {record.error}",),
        )
    metrics: dict[str, float | None] = {metric.name: None for metric in METRICS}
    metrics.update(retrieval)
    answered = record.outcome == Outcome.ANSWERED
    refused = record.outcome == Outcome.ABSTAINED  # a failure is neither
    text = record.answer if answered else ""
    nuggets = {nugget.id: answered and nugget.held_by(text) for nugget in value.nuggets}
    vital = [nuggets[nugget.id] for nugget in value.nuggets if nugget.vital]
    violations = [phrase for phrase in item.must_not if holds(phrase, record.answer, threshold=1.0)]
    # A false premise may be refused, or put right from the text.
    corrected = item.refusal is RefusalKind.FALSE_PREMISE and answered and bool(vital) and all(vital)
    right = answered if item.answerable else (refused or corrected)
    metrics["must_not"] = float(bool(violations))
    metrics["refusal_right"] = float(right)
    if item.answerable:
        metrics["error"] = float(not answered)
    else:
        metrics["hallucination"] = float(answered and not corrected)
    metrics["language_match"] = float(record.language == item.lang)
    if item.answerable:
        metrics["vital_recall"] = _mean(vital)
        metrics["strict_vital"] = float(all(vital))
        metrics["nugget_recall"] = _mean(list(nuggets.values()))
        if value.needed:
            metrics["character_recall@5"] = character_recall(value, record, k=5)
        if item.references:
            reached = {number for citation in record.citations for number in citation.references}
            metrics["reference_recall"] = _mean([number in reached for number in item.references])
        if item.exhaustive:
            metrics.update(_list_scores(value, record, nuggets, verifier.document))
        metrics.update(_evidence_scores(value, record, verifier.document))
    citation_values, hard = _citation_scores(record, verifier)
    metrics.update(citation_values)
    if answered:
        n_words = len(prose(text).split())
        metrics["words"] = float(n_words)
        metrics["words_per_nugget"] = n_words / sum(vital) if any(vital) else None
        if item.lang is Language.EN:
            foreign = [citation for citation in record.citations if citation.language != item.lang]
            if foreign:
                metrics["quote_labelled"] = _mean([citation.translation is not None for citation in foreign])
    hard = [*hard, *(f"says what it must not: {phrase!r}" for phrase in violations)]
    content = all(vital) if item.answerable else True
    passed = right and content and not hard and metrics["language_match"] == 1.0
    stage = "" if passed else _stage(value, record, right, content, hard, retrieval, indexed)
    metrics["passed"] = float(passed)
    missing = [nugget.id for nugget in value.nuggets if nugget.vital and not nuggets[nugget.id]]
    return Verdict(
        metrics=metrics,
        nuggets=nuggets,
        passed=passed,
        stage=stage,
        reasons=tuple(_reasons(value, record, right, missing, hard)),
        hard=tuple(hard),
    )


def _reasons(
    value: ResolvedItem, record: Record, right: bool, missing: Sequence[str], hard: Sequence[str]
) -> list[str]:
    found = list(hard)
    if record.outcome == Outcome.FAILED:
        found.append(f"failed: {record.reason}")
    elif not right:
        answered = record.outcome == Outcome.ANSWERED
        found.append("answered, though the article does not say" if answered else "refused, though the article says it")
    elif value.item.answerable and missing:
        found.append(f"vital facts missing: {', '.join(missing)}")
    return found


def _stage(
    value: ResolvedItem,
    record: Record,
    right: bool,
    content: bool,
    hard: Sequence[str],
    retrieval: Mapping[str, float],
    indexed: bool,
) -> Stage:
    if value.item.answerable and not (right and content):
        if not indexed:
            return Stage.PARSE
        if retrieval and retrieval["R@10"] < 1.0:
            return Stage.RETRIEVAL
    if not right:
        return Stage.REFUSAL
    if not content:
        return Stage.SELECTION
    return Stage.CITATION if hard else Stage.LANGUAGE


def _citation_scores(record: Record, verifier: Verifier) -> tuple[dict[str, float | None], list[str]]:
    """Citation format, recall and precision (ALCE), support and number fidelity; broken hard rules."""
    hard: list[str] = []
    by_marker = {citation.marker: citation for citation in record.citations}
    answered = record.outcome == Outcome.ANSWERED
    if not answered:
        if record.citations:
            hard.append("a refusal has citations")
        return {"citation_format": float(not record.citations)}, hard
    claims = [sentence for sentence in record.sentences if sentence.support != Support.NOTICE]
    used = [marker for sentence in record.sentences for marker in sentence.markers]
    format_right = (
        bool(claims)
        and all(sentence.markers for sentence in claims)
        and set(used) == set(by_marker) == set(range(1, len(record.citations) + 1))
    )
    if not format_right:
        hard.append("a marker leads nowhere, or a citation or claim stands alone")
    if not _shown_as_checked(record):
        hard.append("the text is not its sentences with their markers")
    if not all(verifier.is_verbatim(citation) for citation in record.citations):
        hard.append("a quote does not equal its spans")
    supported: list[bool] = []
    useful: list[bool] = []
    faithful: list[bool] = []
    for sentence in claims:
        cited = [by_marker[marker] for marker in dict.fromkeys(sentence.markers) if marker in by_marker]
        valid = len(cited) == len(set(sentence.markers)) and bool(cited)
        holds_ = valid and verifier.supports(sentence, cited, record)
        supported.append(holds_)
        faithful.append(valid and verifier.fidelity(sentence, cited, record))
        for citation in cited:
            useful.append(holds_ and _is_useful(sentence, citation, cited, record, verifier))
    if not all(supported):
        hard.append("a sentence is not supported by what it cites")
    return {
        "citation_format": float(format_right),
        "citation_recall": _mean(supported) if claims else 0.0,
        "citation_precision": _mean(useful) if useful else 0.0,
        "support": _mean(supported) if claims else 0.0,
        "number_fidelity": _mean(faithful) if claims else 0.0,
    }, hard


def _shown_as_checked(record: Record) -> bool:
    """Whether the text shown is the sentences in order, each closed by its own markers and no other."""
    shown = re.sub(r"\s", "", record.answer)
    position = n_markers = 0
    for sentence in record.sentences:
        wanted = re.sub(r"\s", "", sentence.text) + "".join(f"[{marker}]" for marker in sentence.markers)
        start = shown.find(wanted, position)
        if start < 0:
            return False
        position = start + len(wanted)
        n_markers += len(_MARKER.findall(wanted))
    return n_markers == len(_MARKER.findall(shown))


def _is_useful(
    sentence: SentenceRecord,
    citation: CitationRecord,
    cited: Sequence[CitationRecord],
    record: Record,
    verifier: Verifier,
) -> bool:
    """ALCE: a citation counts when it supports the sentence alone, or the others do not without it."""
    if sentence.support == Support.COMPUTED:
        rows = {str(row).rsplit(":", 1)[-1] for row in (record.computation or {}).get("shown", ())}
        return citation.kind != "table_row" or citation.id.rsplit(":", 1)[-1] in rows
    if verifier.supports(sentence, [citation], record):
        return True
    others = [other for other in cited if other is not citation]
    return not verifier.supports(sentence, others, record)


def _evidence_scores(value: ResolvedItem, record: Record, document: Document) -> dict[str, float | None]:
    """Precision, recall and F1 of the cited characters against the gold quotes (BioASQ snippets).

    Of alternatives the one best covered is needed; all of them are right. Items whose evidence is
    the rows of a table are scored by rows. A refusal has recall 0.
    """
    names = ("evidence_precision", "evidence_recall", "evidence_f1")
    if not value.evidence and not value.rows:
        return dict.fromkeys(names)
    cited = tuple(span for citation in record.citations for span in citation.spans)
    if value.rows and not value.needed:
        wanted = set(value.rows)
        spans = {row.id.rsplit(":", 1)[-1]: row.spans for table in document.tables for row in table.rows}
        named = {row for row, places in spans.items() if overlap(places, cited) > 0}
        named |= {str(row).rsplit(":", 1)[-1] for row in (record.computation or {}).get("shown", ())}
        precision = len(wanted & named) / len(named) if named else None
        recall = len(wanted & named) / len(wanted) if wanted else 1.0
    else:
        every = tuple(span for alternatives in value.evidence for spans in alternatives for span in spans)
        n_cited = size(cited)
        precision = overlap(cited, every) / n_cited if n_cited else None
        recall = _mean(
            [max(overlap(spans, cited) / size(spans) for spans in alternatives) for alternatives in value.needed]
        )
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    return dict(zip(names, (precision, recall, f1), strict=True))


def _list_scores(
    value: ResolvedItem, record: Record, nuggets: Mapping[str, bool], document: Document
) -> dict[str, float | None]:
    """Precision, recall and F1 of a complete list; what was named beyond it is told by the rows."""
    members = [held for key, held in nuggets.items() if key.startswith("recipe-") or not value.rows]
    recall = _mean(members) if members else None
    if recall is None:
        return {}
    if value.rows:
        wanted = set(value.rows)
        trials = {trial.id for trial in document.trials}
        named = {str(row).rsplit(":", 1)[-1] for row in (record.computation or {}).get("shown", ())}
        named |= {trial for trial in trials if trial in record.answer}
        precision = len(wanted & named) / len(named) if named else 0.0
    else:
        precision = None
    f1 = None
    if precision is not None:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"list_precision": precision, "list_recall": recall, "list_f1": f1}


def _mean(values: Sequence[float | bool]) -> float:
    return sum(values) / len(values) if values else 0.0
