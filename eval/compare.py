"""Compare two runs: paired statistics, hard rules, and every flipped item by name.

A gate fails when a primary metric drops by more than the tolerance *and* the drop is more than
chance (one-sided, Holm-corrected over the primary metrics), or when the candidate breaks a hard
rule, whatever the averages say. A pass only means that no regression was shown; the smallest drop
that would have been is part of the result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from eval.gold import Suite
from eval.metrics import METRICS
from eval.record import Record
from eval.runs import NotComparableError, Run
from eval.stats import Interval, holm, mcnemar, paired_difference, sign_flip, smallest_drop

_T = TypeVar("_T")

TOLERANCE = 0.02
ALPHA = 0.05
# With fewer pairs in common nothing can be said.
MIN_PAIRS = 10
_BINARY = frozenset({"passed", "refusal_right"})
# A graded metric of an item has moved when it changed by more than this.
_MOVED = 0.005


class Outcome(StrEnum):
    """How a comparison ends; the exit code follows it."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.INCONCLUSIVE: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """A metric in both runs, over the items that have it in both.

    Attributes:
        difference: candidate - base, with its interval; negative is worse for every primary metric.
        p: one-sided p value of a drop, corrected for the number of primary metrics; 1 for others.
    """

    name: str
    title: str
    primary: bool
    n: int
    base: float
    candidate: float
    difference: Interval
    p: float
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """An item that one run got right and the other did not."""

    id: str
    question: str
    better: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What got better or worse.

    Attributes:
        hard: hard rules that the candidate breaks and the base did not, as (item id, rule).
        lost_citations: items whose cited gold evidence the candidate no longer cites.
        errors: items on which the candidate crashed.
        smallest_drop: the smallest drop of items right that 80 % of such comparisons would show.
        verdict: in one line.
    """

    base: str
    candidate: str
    n_items: int
    n_pairs: int
    metrics: tuple[MetricChange, ...]
    flips: tuple[Flip, ...]
    hard: tuple[tuple[str, str], ...]
    lost_citations: tuple[str, ...]
    errors: tuple[str, ...]
    smallest_drop: float
    outcome: Outcome
    verdict: str


def compare(base: Run, candidate: Run, suite: Suite, *, tolerance: float = TOLERANCE) -> Comparison:
    """Return what the candidate gained and lost against the base, item by item.

    Raises:
        NotComparableError: the gold set, corpus or metrics differ, or too few pairs are common.
    """
    check_comparable(base, candidate, suite)
    common = [key for key in suite.items if key in base.records and key in candidate.records]
    pairs = {suite.items[key].item.pair for key in common}
    if len(pairs) < MIN_PAIRS:
        raise NotComparableError(
            f"{base.info.id} and {candidate.info.id} have {len(pairs)} pairs in common; {MIN_PAIRS} are needed.",
            hint="Run both on the same items.",
        )
    before = {key: base.records[key] for key in common}
    after = {key: candidate.records[key] for key in common}
    metrics = _metrics(before, after, suite, tolerance)
    flips = tuple(_flips(before, after, suite))
    hard = tuple(
        (key, rule)
        for key in common
        for rule in after[key].hard
        if rule not in before[key].hard and not after[key].error
    )
    lost = tuple(key for key in common if _lost_citation(before[key], after[key]))
    errors = tuple(key for key in common if after[key].error and not before[key].error)
    smallest = smallest_drop(_by_pair(suite, {key: before[key].passed for key in common}))
    outcome, verdict = _verdict(metrics, flips, hard, lost, errors, smallest, len(common))
    return Comparison(
        base=base.info.id,
        candidate=candidate.info.id,
        n_items=len(common),
        n_pairs=len(pairs),
        metrics=metrics,
        flips=flips,
        hard=hard,
        lost_citations=lost,
        errors=errors,
        smallest_drop=smallest,
        outcome=outcome,
        verdict=verdict,
    )


def check_comparable(base: Run, candidate: Run, suite: Suite) -> None:
    """Raise NotComparableError, with both values, unless both runs were scored by the same rules on `suite`."""
    for name, title in (
        ("gold_sha256", "gold set"),
        ("corpus_sha256", "corpus"),
        ("metrics_version", "definition of the metrics"),
    ):
        values = [str(getattr(run.info, name)) for run in (base, candidate)]
        if values[0] != values[1]:
            raise NotComparableError(
                f"The runs are not comparable: the {title} of {base.info.id} is {values[0][:12]}, that of "
                f"{candidate.info.id} is {values[1][:12]}.",
                hint="Run the base again, or bless a new baseline: evidenca eval bless RUN --why ...",
            )
    if base.info.gold_sha256 != suite.sha256:
        raise NotComparableError(
            f"The runs were made with another gold set ({base.info.gold_sha256[:12]}) than {suite.name} "
            f"({suite.sha256[:12]}).",
            hint="Give the set they were made with: --suite PATH.",
        )
    for run in (base, candidate):
        if not run.info.complete:
            raise NotComparableError(
                f"The run {run.info.id} is not complete.", hint=f"Finish it: evidenca eval run --resume {run.info.id}"
            )


def _metrics(
    before: Mapping[str, Record], after: Mapping[str, Record], suite: Suite, tolerance: float
) -> tuple[MetricChange, ...]:
    rows: list[tuple[str, str, bool, int, float, float, Interval, float]] = []
    for metric in METRICS:
        kept = [
            key
            for key in before
            if before[key].metrics.get(metric.name) is not None and after[key].metrics.get(metric.name) is not None
        ]
        if not kept:
            continue
        first = _by_pair(suite, {key: before[key].metrics[metric.name] or 0.0 for key in kept})
        second = _by_pair(suite, {key: after[key].metrics[metric.name] or 0.0 for key in kept})
        difference = paired_difference(first, second)
        p = 1.0
        if metric.primary:
            changes = {key: [b - a for a, b in zip(first[key], second[key], strict=True)] for key in first}
            p = sign_flip(changes)
            if metric.name in _BINARY:
                flat = [value for found in changes.values() for value in found]
                p = max(p, mcnemar(sum(value < 0 for value in flat), sum(value > 0 for value in flat)))
        rows.append(
            (
                metric.name,
                metric.title,
                metric.primary,
                len(kept),
                sum(map(sum, first.values())) / len(kept),
                sum(map(sum, second.values())) / len(kept),
                difference,
                p,
            )
        )
    corrected = iter(holm([row[7] for row in rows if row[2]]))
    found: list[MetricChange] = []
    for name, title, primary, n, base_mean, candidate_mean, difference, _ in rows:
        p = next(corrected) if primary else 1.0
        found.append(
            MetricChange(
                name=name,
                title=title,
                primary=primary,
                n=n,
                base=base_mean,
                candidate=candidate_mean,
                difference=difference,
                p=p,
                failed=primary and difference.mean < -tolerance and p < ALPHA,
            )
        )
    return tuple(found)


def _flips(before: Mapping[str, Record], after: Mapping[str, Record], suite: Suite) -> list[Flip]:
    return [
        Flip(
            id=key,
            question=suite.items[key].item.question,
            better=after[key].passed,
            reasons=(before if after[key].passed else after)[key].reasons,
        )
        for key in before
        if before[key].passed != after[key].passed
    ]


def _lost_citation(before: Record, after: Record) -> bool:
    """Whether gold evidence was cited before and is not any more, though the item was right before."""
    if after.error:
        return False  # told as a crash
    recalls = [found.metrics.get("evidence_recall") for found in (before, after)]
    return before.passed and recalls[0] is not None and recalls[0] >= 0.5 and (recalls[1] or 0.0) < _MOVED


def _verdict(
    metrics: Sequence[MetricChange],
    flips: Sequence[Flip],
    hard: Sequence[tuple[str, str]],
    lost: Sequence[str],
    errors: Sequence[str],
    smallest: float,
    n_items: int,
) -> tuple[Outcome, str]:
    worse = sum(not flip.better for flip in flips)
    changes = f"{len(flips) - worse} better, {worse} worse of {n_items} items"
    failed = [change for change in metrics if change.failed]
    reasons = []
    if errors:
        reasons.append(f"{len(errors)} crashed")
    if hard:
        reasons.append(f"{len(hard)} hard rules broken")
    if lost:
        reasons.append(f"{len(lost)} citations lost")
    reasons += [f"{change.title} {change.base:.3f} -> {change.candidate:.3f} (p {change.p:.3f})" for change in failed]
    if errors and len(errors) == n_items:
        return Outcome.INCONCLUSIVE, f"INCONCLUSIVE: every item crashed ({n_items})"
    if reasons:
        return Outcome.FAIL, f"FAIL: {'; '.join(reasons)}; {changes}"
    return (
        Outcome.PASS,
        f"PASS: no regression shown ({changes}; a drop under {100 * smallest:.0f} points may go unseen)",
    )


def _by_pair(suite: Suite, values: Mapping[str, _T]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for key, value in values.items():
        found.setdefault(suite.items[key].item.pair, []).append(value)
    return found
