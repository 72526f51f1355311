"""Scores as text: a table by language, and the items that were not right."""

from collections.abc import Sequence
from dataclasses import asdict

from eval.gold import GoldItem
from eval.metrics import ItemScore, Summary, summarise

_ROWS = (
    ("answer accuracy", "accuracy"),
    ("evidence recall", "evidence_recall"),
    ("evidence precision", "evidence_precision"),
    ("refusal precision", "refusal_precision"),
    ("refusal recall", "refusal_recall"),
    ("verbatim quotes", "verbatim"),
    ("answer in the question's language", "language_match"),
)


def table_text(scores: Sequence[ItemScore], *, suite: str, model: str) -> str:
    """Return the means as a table: one column for each language, and one for all."""
    columns: dict[str, Summary] = {
        name: summarise(chosen)
        for name, chosen in (
            ("sl", [s for s in scores if s.lang == "sl"]),
            ("en", [s for s in scores if s.lang == "en"]),
            ("all", list(scores)),
        )
    }
    lines = [f"{suite}: {len(scores)} questions; embedding model {model}", ""]
    lines.append(f"{'':36}" + "".join(f"{name:>8}" for name in columns))
    counts = [f"{summary.n_answerable}+{summary.n - summary.n_answerable}" for summary in columns.values()]
    lines.append(f"{'answerable + unanswerable questions':36}" + "".join(f"{count:>8}" for count in counts))
    for label, field in _ROWS:
        lines.append(f"{label:36}" + "".join(f"{_number(asdict(s)[field]):>8}" for s in columns.values()))
    times = [f"{s.median_ms:.0f}" if s.median_ms is not None else "-" for s in columns.values()]
    lines.append(f"{'median time, ms':36}" + "".join(f"{time:>8}" for time in times))
    return "\n".join(lines)


def failures_text(items: Sequence[GoldItem], scores: Sequence[ItemScore]) -> str:
    """Return the items that were not right, one a line, with what happened."""
    lines = ["", "Not right:"]
    for item, score in zip(items, scores, strict=True):
        if not score.correct:
            happened = "answered" if score.answered else "abstained"
            recall = "" if score.evidence_recall is None else f", evidence recall {score.evidence_recall:.2f}"
            lines.append(f"  {item.id} ({item.type}; {happened}{recall}): {item.question}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
