"""Retrieval metrics through ir-measures, on evidence instead of chunk ids.

The documents judged are the places that the gold evidence names: a retrieved unit stands for every
piece of evidence it covers by half or more and that nothing before it covered; a unit that covers
none is a document of its own. So qrels do not depend on how a system cuts the text, several quotes
of one fact count once, and recall is the share of the needed evidence found. Where one unit covers
two pieces of evidence they follow each other in the ranking.
"""

from collections.abc import Iterable, Mapping, Sequence

from eval.gold import ResolvedItem
from eval.record import Record
from eval.spans import share

COVERED = 0.5
DEPTH = 10
MEASURES = ("R@1", "R@3", "R@5", "R@10", "RR@10", "nDCG@10", "Success@5")

Qrels = dict[str, dict[str, int]]
Run = dict[str, dict[str, float]]


def qrels(items: Iterable[ResolvedItem]) -> Qrels:
    """Return the judgements: for each item with evidence, the grade of each piece of it."""
    return {
        value.item.id: {f"evidence-{n}": entry.grade for n, entry in enumerate(value.item.evidence, start=1)}
        for value in items
        if value.item.answerable and value.needed
    }


def ranking(value: ResolvedItem, record: Record) -> list[str]:
    """Return the documents of a record in order, at most `DEPTH`, as described above."""
    ranked: list[str] = []
    found: set[str] = set()
    for unit in record.retrieved:
        new = [
            name
            for n, alternatives in enumerate(value.evidence, start=1)
            if (name := f"evidence-{n}") not in found
            and any(share(spans, unit.spans) >= COVERED for spans in alternatives)
        ]
        found.update(new)
        ranked.extend(new or [unit.id])
    return ranked[:DEPTH]


def run(items: Mapping[str, ResolvedItem], records: Iterable[Record]) -> Run:
    """Return the ranking of each judged item with falling scores, as trec_eval reads it."""
    return {
        record.id: {name: float(DEPTH - rank) for rank, name in enumerate(ranking(items[record.id], record))}
        for record in records
        if record.id in items and items[record.id].item.answerable and items[record.id].needed
    }


def scores(judged: Qrels, ranked: Run) -> dict[str, dict[str, float]]:
    """Return the value of each measure for each judged item; one that found nothing scores 0.

    Recall counts needed evidence (grade 2) only; nDCG uses the grades.
    """
    import ir_measures

    values: dict[str, dict[str, float]] = {key: dict.fromkeys(MEASURES, 0.0) for key in judged}
    if not judged:
        return values
    wanted = [ir_measures.parse_measure(_with_grade(name)) for name in MEASURES]
    names = dict(zip(map(str, wanted), MEASURES, strict=True))
    for metric in ir_measures.iter_calc(wanted, judged, {key: ranked.get(key, {}) for key in judged}):
        values[metric.query_id][names[str(metric.measure)]] = float(metric.value)
    return values


def _with_grade(name: str) -> str:
    kind, cutoff = name.split("@")
    return name if kind == "nDCG" else f"{kind}(rel=2)@{cutoff}"


def trec_qrels(judged: Qrels) -> str:
    """Return the judgements in the TREC format: `qid 0 docid grade`."""
    return "".join(f"{key} 0 {name} {grade}\n" for key, found in judged.items() for name, grade in found.items())


def trec_run(ranked: Run, *, tag: str) -> str:
    """Return the rankings in the TREC format: `qid Q0 docid rank score tag`."""
    return "".join(
        f"{key} Q0 {name} {rank} {score:g} {tag}\n"
        for key, found in ranked.items()
        for rank, (name, score) in enumerate(found.items(), start=1)
    )


def character_recall(value: ResolvedItem, record: Record, *, k: int) -> float:
    """Return the share of the needed evidence's characters among the first `k` units.

    Of alternatives the one best covered counts; each piece of evidence weighs the same.
    """
    held = tuple(span for unit in record.retrieved[:k] for span in unit.spans)
    best: Sequence[float] = [max(share(spans, held) for spans in alternatives) for alternatives in value.needed]
    return sum(best) / len(best)
