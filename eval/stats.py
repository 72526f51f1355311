"""The statistics of runs and comparisons: intervals, paired tests, power.

The unit is the item, the cluster the pair: both language versions of a question rise and fall
together, so resampling draws pairs. All random draws come from a fixed seed.
References: Wilson 1927; Efron 1987 (BCa); McNemar 1947, exact; Holm 1979; Miller 2024 ("Adding
error bars to evals").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20_251_125
RESAMPLES = 9_999
LEVEL = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval."""

    mean: float
    low: float
    high: float


def wilson(n_hits: int, n: int, *, level: float = LEVEL) -> Interval:
    """Return a share with its Wilson score interval; (0, 0, 1) for no trials."""
    if n == 0:
        return Interval(0.0, 0.0, 1.0)
    from scipy.stats import binomtest

    interval = binomtest(n_hits, n).proportion_ci(confidence_level=level, method="wilson")
    return Interval(n_hits / n, float(interval.low), float(interval.high))


def clustered_mean(
    values: Mapping[str, Sequence[float]], *, level: float = LEVEL, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean over items with the BCa bootstrap interval over clusters.

    Args:
        values: the items' values by cluster, at least one cluster; empty clusters are left out.

    Raises:
        ValueError: there is no value.
    """
    sums, counts = _sums(values)
    if not len(sums):
        raise ValueError("no values to take a mean of")
    mean = float(sums.sum() / counts.sum())
    if len(sums) < 2 or np.allclose(sums, mean * counts):
        return Interval(mean, mean, mean)
    low, high = _bca(sums, counts, level=level, resamples=resamples)
    return Interval(mean, min(low, mean), max(high, mean))


def paired_difference(
    base: Mapping[str, Sequence[float]], candidate: Mapping[str, Sequence[float]], *, level: float = LEVEL
) -> Interval:
    """Return the mean difference candidate - base over the same items, with its BCa interval.

    Raises:
        ValueError: the two do not hold the same clusters with the same numbers of items.
    """
    if {key: len(found) for key, found in base.items()} != {key: len(found) for key, found in candidate.items()}:
        raise ValueError("the two runs do not hold the same items")
    return clustered_mean(
        {key: [after - before for before, after in zip(base[key], candidate[key], strict=True)] for key in base},
        level=level,
    )


def mcnemar(n_lost: int, n_won: int) -> float:
    """Return the one-sided exact p value that more items were lost than won by chance alone."""
    if n_lost + n_won == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(n_lost, n_lost + n_won, 0.5, alternative="greater").pvalue)


def sign_flip(differences: Mapping[str, Sequence[float]], *, resamples: int = RESAMPLES) -> float:
    """Return the one-sided p value of a drop, by flipping the sign of whole clusters.

    The differences (candidate - base) of a cluster are flipped together; the observed sign counts
    as one of the draws, so p is never 0.
    """
    sums, _ = _sums(differences)
    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    observed = sums.sum()
    if len(sums) <= 12:  # all sign patterns
        patterns = 1 - 2 * ((np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1)
        return float(np.mean(patterns @ sums <= observed + 1e-12))
    signs = np.random.default_rng(SEED).choice((-1.0, 1.0), size=(resamples, len(sums)))
    n_as_low = int(np.sum(signs @ sums <= observed + 1e-12))
    return (n_as_low + 1) / (resamples + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number (Holm), in the same order."""
    order = sorted(range(len(p_values)), key=lambda position: p_values[position])
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = highest
    return corrected


def detection_rate(
    passed: Mapping[str, Sequence[bool]], *, drop: float, churn: float = 0.03, repeats: int = 1_000, alpha: float = 0.05
) -> float:
    """Return how often a true drop would be shown, by simulation on the items of a run.

    Every simulated candidate loses `drop` of all items among those that passed, and besides a share
    `churn` of the passes turns to failure and as many failures turn to passes.

    Args:
        passed: which items of the run passed, by cluster.
        drop: in share of all items, such as 0.05.
    """
    groups = [np.array(found, dtype=float) for found in passed.values() if len(found)]
    flat = np.concatenate(groups)
    clusters = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    n, n_passed = len(flat), int(flat.sum())
    if not n_passed:
        return 0.0
    lose = min(1.0, drop * n / n_passed + churn)
    win = min(1.0, churn * n_passed / (n - n_passed)) if n > n_passed else 0.0
    generator = np.random.default_rng(SEED)
    n_shown = 0
    for _ in range(repeats):
        draws = generator.random(n)
        difference = np.where(flat == 1, -(draws < lose).astype(float), (draws < win).astype(float))
        sums = np.bincount(clusters, weights=difference)
        lost, won = int(np.sum(difference < 0)), int(np.sum(difference > 0))
        if lost <= won:
            continue
        # The normal approximation of the sign-flip test: thousands of exact ones would take minutes.
        spread = float(np.sqrt(np.sum(sums**2)))
        n_shown += bool(spread and sums.sum() / spread < -_quantile(1 - alpha))
    return n_shown / repeats


def smallest_drop(passed: Mapping[str, Sequence[bool]], *, power: float = 0.8) -> float:
    """Return the smallest true drop, in steps of a point, that is shown with this probability."""
    for points in range(1, 51):
        if detection_rate(passed, drop=points / 100, repeats=400) >= power:
            return points / 100
    return 0.5


def _quantile(p: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(p))


def _sums(values: Mapping[str, Sequence[float]]) -> tuple[Floats, Floats]:
    kept = [found for found in values.values() if len(found)]
    return (
        np.array([float(sum(found)) for found in kept]),
        np.array([float(len(found)) for found in kept]),
    )


def _bca(sums: Floats, counts: Floats, *, level: float, resamples: int) -> tuple[float, float]:
    """The bias-corrected and accelerated interval of a ratio of sums over clusters."""
    from scipy.stats import bootstrap

    def ratio(some: Floats, many: Floats, axis: int) -> Floats:
        return np.asarray(some.sum(axis=axis) / many.sum(axis=axis))

    found = bootstrap(
        (sums, counts),
        ratio,
        paired=True,
        vectorized=True,
        method="BCa",
        confidence_level=level,
        n_resamples=resamples,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)
