"""The statistics against scipy, enumeration and textbook values."""

import itertools
import math
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from eval import stats
from eval.stats import (
    clustered_mean,
    detection_rate,
    holm,
    mcnemar,
    paired_difference,
    sign_flip,
    smallest_drop,
    wilson,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (30, 30, 0.8865, 1.0),
        (60, 60, 0.9398, 1.0),
        (100, 100, 0.9630, 1.0),
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert (found.mean, found.low, found.high) == pytest.approx((hits / n, low, high), abs=1e-4)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_by_its_formula(pair: tuple[int, int]) -> None:
    hits, n = pair
    z, p = 1.959963984540054, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = wilson(hits, n)
    assert (found.low, found.high) == pytest.approx((max(0, middle - half), min(1, middle + half)), abs=1e-9)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == stats.Interval(0.0, 0.0, 1.0)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_tail(lost: int, won: int) -> None:
    n = lost + won
    tail = sum(math.comb(n, k) for k in range(lost, n + 1)) / 2**n if n else 1.0
    assert mcnemar(lost, won) == pytest.approx(tail, abs=1e-12)
    if n:
        assert mcnemar(lost, won) == pytest.approx(float(binom.sf(lost - 1, n, 0.5)))


def test_mcnemar_by_hand() -> None:
    assert mcnemar(5, 0) == pytest.approx(1 / 32)
    assert mcnemar(4, 1) == pytest.approx(6 / 32)
    assert mcnemar(0, 5) == 1.0


DIFFERENCES = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), max_size=3),
    max_size=8,
)


@given(DIFFERENCES)
def test_few_clusters_are_flipped_in_every_way(differences: dict[str, list[float]]) -> None:
    sums = [sum(found) for found in differences.values()]
    patterns = list(itertools.product((1, -1), repeat=len(sums)))
    as_low = sum(sum(s * d for s, d in zip(signs, sums, strict=True)) <= sum(sums) + 1e-9 for signs in patterns)
    assert sign_flip(differences) == pytest.approx(as_low / len(patterns))


def test_sign_flip_by_hand() -> None:
    assert sign_flip({"a": [-1], "b": [-1], "c": [-1]}) == 1 / 8
    assert sign_flip({"a": [-1, 1], "b": [0]}) == 1.0  # a cluster falls and rises as a whole
    assert sign_flip({"a": [1], "b": [1]}) == 1.0
    assert sign_flip({}) == 1.0
    assert sign_flip({"a": [-1, -1]}) == 0.5  # two items of one pair are one observation


def test_many_clusters_are_sampled_close_to_the_exact_value_and_never_zero() -> None:
    lost, won = 14, 6
    differences = {str(n): [-1.0 if n < lost else 1.0] for n in range(lost + won)}
    assert sign_flip(differences) == pytest.approx(mcnemar(lost, won), abs=0.01)
    assert sign_flip(differences) == sign_flip(differences)
    assert sign_flip({str(n): [-1.0] for n in range(60)}) == pytest.approx(1 / 10_000)


def test_holm_as_in_textbooks() -> None:
    # The worked example of Holm's procedure: 0.01, 0.04, 0.03, 0.005 (m = 4).
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.5, 0.9]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_order_and_never_lowers_a_p_value(values: list[float]) -> None:
    corrected = holm(values)
    assert all(after >= before for before, after in zip(values, corrected, strict=True))
    assert all(after <= 1 for after in corrected)
    order = sorted(range(len(values)), key=values.__getitem__)
    assert all(corrected[a] <= corrected[b] for a, b in itertools.pairwise(order))


def test_the_mean_is_over_items_and_the_interval_over_clusters() -> None:
    values = {"a": [1.0, 1.0, 1.0], "b": [0.0]}
    assert clustered_mean(values).mean == 0.75
    single = {str(n): [float(n % 2)] for n in range(40)}
    doubled = {key: found * 2 for key, found in single.items()}
    assert clustered_mean(doubled) == clustered_mean(single)  # a copy of every item is no new evidence
    apart = {f"{key}{copy}": found for key, found in single.items() for copy in "xy"}
    wide, narrow = clustered_mean(single), clustered_mean(apart)
    assert narrow.high - narrow.low < 0.8 * (wide.high - wide.low)


def test_bca_is_close_to_the_normal_interval_for_many_clusters() -> None:
    values = {str(n): [float(n % 4 == 0)] for n in range(400)}
    found = clustered_mean(values)
    half = 1.96 * math.sqrt(0.25 * 0.75 / 400)
    assert (found.low, found.high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.006)
    assert clustered_mean(values) == found
    wider = clustered_mean(values, level=0.99)
    assert wider.low < found.low < found.high < wider.high


VALUES = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.lists(st.sampled_from([0.0, 0.25, 1 / 3, 1.0]), max_size=3),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=150)
@given(VALUES)
def test_an_interval_holds_its_mean_however_few_the_clusters(values: dict[str, list[float]]) -> None:
    flat = [value for found in values.values() for value in found]
    if not flat:
        with pytest.raises(ValueError, match="no values"):
            clustered_mean(values)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = clustered_mean(values, resamples=499)
    assert found.mean == pytest.approx(sum(flat) / len(flat))
    assert min(flat) - 1e-9 <= found.low <= found.mean <= found.high <= max(flat) + 1e-9


def test_what_never_varies_has_no_width() -> None:
    assert clustered_mean({"a": [1.0], "b": [1.0, 1.0]}) == stats.Interval(1.0, 1.0, 1.0)
    assert clustered_mean({"a": [0.3]}) == stats.Interval(0.3, 0.3, 0.3)


def test_paired_differences() -> None:
    base = {str(n): [1.0, float(n % 2)] for n in range(20)}
    worse = {key: [max(0.0, value - 1) if int(key) < 5 else value for value in found] for key, found in base.items()}
    found = paired_difference(base, worse)
    lost = sum(sum(base[key]) - sum(worse[key]) for key in base)
    assert found.mean == pytest.approx(-lost / 40)
    assert found.low < found.mean < found.high < 0
    assert paired_difference(base, base) == stats.Interval(0.0, 0.0, 0.0)
    back = paired_difference(worse, base)
    assert (back.mean, back.low) == pytest.approx((-found.mean, -found.high), abs=0.02)


@pytest.mark.parametrize("other", [{"a": [1.0]}, {"a": [1.0, 1.0], "c": [1.0]}, {}])
def test_other_items_are_not_compared(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="same items"):
        paired_difference({"a": [1.0, 1.0], "b": [0.0]}, other)


def _passed(n_pairs: int, share: float = 0.85) -> dict[str, list[bool]]:
    flat = [position * 37 % 100 < 100 * share for position in range(2 * n_pairs)]
    return {str(n): flat[2 * n : 2 * n + 2] for n in range(n_pairs)}


def test_larger_drops_and_larger_sets_show_more() -> None:
    rates = [detection_rate(_passed(100), drop=drop, repeats=300) for drop in (0.0, 0.03, 0.05, 0.08, 0.15)]
    assert rates == sorted(rates)
    assert rates[0] <= 0.1  # false alarms
    assert rates[-1] >= 0.95
    sizes = [detection_rate(_passed(n), drop=0.06, repeats=300) for n in (20, 60, 150)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


def test_the_smallest_drop_is_the_first_that_is_shown() -> None:
    passed = _passed(60)
    drop = smallest_drop(passed)
    assert detection_rate(passed, drop=drop, repeats=400) >= 0.8
    assert detection_rate(passed, drop=drop - 0.01, repeats=400) < 0.8
    assert smallest_drop(_passed(150)) < drop


def test_a_run_that_got_nothing_right_can_lose_nothing() -> None:
    assert detection_rate({"a": [False], "b": [False]}, drop=0.5) == 0.0
    assert smallest_drop({"a": [False]}) == 0.5
