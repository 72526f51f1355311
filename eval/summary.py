"""Means of a run: by language, type, split and direction, with intervals where they are read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from corpus.types import Language
from eval.gold import ResolvedItem, Suite
from eval.metrics import METRICS
from eval.record import Record
from eval.stats import Interval, clustered_mean, wilson
from rag.answer import Outcome

# Intervals of the report; comparisons take more draws.
_RESAMPLES = 1_999


@dataclass(frozen=True, slots=True)
class Scored:
    """An item of the gold set with its scored record."""

    value: ResolvedItem
    record: Record

    @property
    def cluster(self) -> str:
        """The pair or dialogue the item belongs to."""
        return self.value.item.pair


def scored(suite: Suite, records: Mapping[str, Record]) -> list[Scored]:
    """Return the items that have a record, in the order of the suite."""
    return [Scored(value, records[value.item.id]) for value in suite if value.item.id in records]


def summarise(
    found: Sequence[Scored], *, directions: Mapping[str, str], timings: Mapping[str, float]
) -> dict[str, Any]:
    """Return everything a report shows of a run, as plain values.

    Args:
        directions: for items with evidence, the language of question and evidence, such as "en-sl".
        timings: milliseconds by item.
    """
    originals = [one for one in found if one.value.item.variant is None]
    by_language = {
        str(language): [one for one in originals if one.value.item.lang is language] for language in Language
    }
    return {
        "n": len(found),
        "n_pairs": len({one.cluster for one in found}),
        "overall": means(originals, intervals=True),
        "by_language": {key: means(some, intervals=True) for key, some in by_language.items()},
        "by_split": {
            split: {
                key: means([one for one in some if one.value.item.split == split], intervals=False)
                for key, some in {"all": originals, **by_language}.items()
            }
            for split in dict.fromkeys(str(one.value.item.split) for one in originals)
        },
        "by_type": _grouped(originals, lambda one: str(one.value.item.type)),
        "by_type_and_language": _grouped(originals, lambda one: f"{one.value.item.type} {one.value.item.lang}"),
        "by_direction": _grouped(
            [one for one in originals if one.value.item.id in directions], lambda one: directions[one.value.item.id]
        ),
        "by_refusal": _grouped(
            [one for one in originals if one.value.item.refusal], lambda one: str(one.value.item.refusal)
        ),
        "dialogues": means([one for one in originals if one.value.item.dialogue], intervals=False),
        "variants": _variants(found),
        "refusals": {key: refusals(some) for key, some in {"all": originals, **by_language}.items()},
        "gap": {name: gap for name in _GAPS if (gap := _gap(originals, name)) is not None},
        "consistency": _consistency(originals),
        "trust": _trust(originals),
        "risk_coverage": _risk_coverage(originals),
        "latency": _latency([timings[one.record.id] for one in found if one.record.id in timings]),
        "stages": _counts(one.record.stage for one in originals if one.record.stage),
        "median_words": _median(
            [
                words
                for one in originals
                if (words := one.record.metrics.get("words")) is not None
                and one.value.item.answerable
                and one.record.computation is None
            ]
        ),
    }


_GAPS = ("passed", "vital_recall", "citation_precision", "refusal_right", "R@5", "RR@10")


def means(found: Sequence[Scored], *, intervals: bool) -> dict[str, dict[str, float]]:
    """Return for each metric that applies: n, mean and, if asked for, the interval over pairs."""
    table: dict[str, dict[str, float]] = {}
    for metric in METRICS:
        values: dict[str, list[float]] = {}
        for one in found:
            value = one.record.metrics.get(metric.name)
            if value is not None:
                values.setdefault(one.cluster, []).append(value)
        n = sum(map(len, values.values()))
        if not n:
            continue
        if intervals:
            table[metric.name] = {"n": n, **asdict(clustered_mean(values, resamples=_RESAMPLES))}
        else:
            table[metric.name] = {"n": n, "mean": sum(map(sum, values.values())) / n}
    return table


def refusals(found: Sequence[Scored]) -> dict[str, Any]:
    """Return precision and recall of refusals, with Wilson intervals.

    Precision: of all refusals, those of unanswerable questions. Recall: of all unanswerable
    questions, those refused (or, for a false premise, put right).
    """
    unanswerable = [one for one in found if not one.value.item.answerable]
    refused = [one for one in found if one.record.outcome == Outcome.ABSTAINED]
    handled = [one for one in unanswerable if one.record.metrics.get("refusal_right") == 1.0]
    right = [one for one in refused if not one.value.item.answerable]
    precision, recall = wilson(len(right), len(refused)), wilson(len(handled), len(unanswerable))
    both = precision.mean + recall.mean
    return {
        "n_refused": len(refused),
        "n_unanswerable": len(unanswerable),
        "precision": asdict(precision),
        "recall": asdict(recall),
        "f1": 2 * precision.mean * recall.mean / both if both else 0.0,
    }


def _grouped(found: Sequence[Scored], key: Callable[[Scored], str]) -> dict[str, dict[str, dict[str, float]]]:
    groups: dict[str, list[Scored]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return {name: means(some, intervals=False) for name, some in sorted(groups.items())}


def _gap(found: Sequence[Scored], name: str) -> dict[str, float] | None:
    """Mean of Slovene minus English over the pairs that have a value in both, with its interval."""
    values: dict[str, dict[Language, float]] = {}
    for one in found:
        value = one.record.metrics.get(name)
        if value is not None and one.value.item.dialogue is None:
            values.setdefault(one.cluster, {})[one.value.item.lang] = value
    differences = {
        key: [both[Language.SL] - both[Language.EN]] for key, both in values.items() if len(both) == len(Language)
    }
    if not differences:
        return None
    interval: Interval = clustered_mean(differences, resamples=_RESAMPLES)
    return {"n": len(differences), **asdict(interval)}


def _consistency(found: Sequence[Scored]) -> dict[str, float]:
    """Of the pairs asked in both languages: the same vital facts held, and some evidence shared."""
    pairs: dict[str, list[Scored]] = {}
    for one in found:
        if one.value.item.dialogue is None and one.value.item.answerable:
            pairs.setdefault(one.cluster, []).append(one)
    both = [pair for pair in pairs.values() if len(pair) == 2]
    if not both:
        return {"n": 0}
    same_facts = sum(pair[0].record.nuggets == pair[1].record.nuggets for pair in both)
    same_evidence = sum(
        bool({citation.id for citation in pair[0].record.citations} & {c.id for c in pair[1].record.citations})
        for pair in both
    )
    return {"n": len(both), "same_facts": same_facts / len(both), "shared_evidence": same_evidence / len(both)}


def _trust(found: Sequence[Scored]) -> dict[str, float]:
    """A composite after Trust-Score (Song et al. 2025): shown, never gated.

    Mean of the macro F1 of answering and refusing, the F1 of vital nugget recall over answered and
    over answerable questions, and the F1 of citation precision and recall on answered ones.
    """
    answered = [one for one in found if one.record.outcome == Outcome.ANSWERED]
    answerable = [one for one in found if one.value.item.answerable]
    both = [one for one in answered if one.value.item.answerable]
    unanswerable = len(found) - len(answerable)
    refused = len(found) - len(answered)
    f1_answered = _f1(
        len(both) / len(answered) if answered else 0.0, len(both) / len(answerable) if answerable else 0.0
    )
    refused_right = refused - (len(answerable) - len(both))
    f1_refused = _f1(refused_right / refused if refused else 0.0, refused_right / unanswerable if unanswerable else 0.0)
    held = sum(one.record.metrics.get("vital_recall") or 0.0 for one in both)
    answers = _f1(held / len(answered) if answered else 0.0, held / len(answerable) if answerable else 0.0)
    citations = _f1(*(_average(both, name) for name in ("citation_precision", "citation_recall")))
    refusal = (f1_answered + f1_refused) / 2
    return {
        "refusal_f1": refusal,
        "answer_f1": answers,
        "citation_f1": citations,
        "score": (refusal + answers + citations) / 3,
    }


def _risk_coverage(found: Sequence[Scored]) -> dict[str, Any]:
    """Risk (share wrong) among the most confident answers, by coverage; AUROC of the confidence."""
    ranked = sorted(found, key=lambda one: (-one.record.confidence, one.record.id))
    curve: list[tuple[float, float]] = []
    wrong = 0
    for n, one in enumerate(ranked, start=1):
        held = one.value.item.answerable and one.record.metrics.get("strict_vital") == 1.0
        wrong += not held
        curve.append((n / len(ranked), wrong / n))
    can = [one.record.confidence for one in found if one.value.item.answerable]
    cannot = [one.record.confidence for one in found if not one.value.item.answerable]
    wins = sum((high > low) + (high == low) / 2 for high in can for low in cannot)
    step = max(1, len(curve) // 100)
    return {
        "curve": [point for n, point in enumerate(curve) if n % step == 0 or n == len(curve) - 1],
        "auroc": wins / (len(can) * len(cannot)) if can and cannot else None,
    }


def _variants(found: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """How robustness twins do beside their originals: mean difference, and the share as good or better."""
    by_id = {one.record.id: one for one in found}
    pairs: dict[str, list[tuple[Scored, Scored]]] = {}
    for one in found:
        item = one.value.item
        if item.variant is not None and item.variant_of in by_id:
            pairs.setdefault(str(item.variant), []).append((by_id[item.variant_of], one))
    table: dict[str, dict[str, float]] = {}
    for variant, some in sorted(pairs.items()):
        row: dict[str, float] = {"n": len(some)}
        for name in ("passed", "vital_recall", "R@5"):
            values = [
                (before, after)
                for original, twin in some
                if (before := original.record.metrics.get(name)) is not None
                and (after := twin.record.metrics.get(name)) is not None
            ]
            if values:
                row[f"{name}_original"] = sum(before for before, _ in values) / len(values)
                row[name] = sum(after for _, after in values) / len(values)
        table[variant] = row
    return table


def _latency(times: Sequence[float]) -> dict[str, float]:
    if not times:
        return {"n": 0}
    ordered = sorted(times)
    return {
        "n": len(ordered),
        "p50": ordered[len(ordered) // 2],
        "p95": ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))],
        "max": ordered[-1],
    }


def _average(found: Sequence[Scored], name: str) -> float:
    values = [value for one in found if (value := one.record.metrics.get(name)) is not None]
    return sum(values) / len(values) if values else 0.0


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None


def _counts(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
