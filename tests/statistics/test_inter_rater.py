"""Krippendorff's alpha: published results are reproduced, and no figure is given that the data cannot support."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.scoring.numeric import Floats
from compliance.statistics.inter_rater import Metric, agreement_of_two, krippendorff_alpha
from compliance.statistics.thresholds import MIN_UNITS
from tests.support.examples import examples

X = math.nan
#: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
        [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
    ]
)
#: The same, sections A and B: two observers, binary and nominal.
MEG_AND_OWEN = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], float)
BEN_AND_GERRY = np.array([[ord(letter) for letter in row] for row in ("aabbdcccedda", "babbbccceddd")])
readings = st.lists(st.tuples(*[st.sampled_from([0.0, 0.25, 0.5, 1.0, X])] * 2), min_size=MIN_UNITS, max_size=40)


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_alpha_of_four_observers_is_reproduced(metric: Metric, published: float) -> None:
    found = krippendorff_alpha(FOUR_OBSERVERS, metric)
    assert found is not None and round(found, 3) == published


def test_the_published_alphas_of_two_observers_are_reproduced() -> None:
    assert krippendorff_alpha(MEG_AND_OWEN, "nominal") == pytest.approx(1 - 19 * 4 / (14 * 6))  # printed as 0.095
    assert krippendorff_alpha(BEN_AND_GERRY.astype(float), "nominal") == pytest.approx(155 / 224)  # printed as 0.692
    assert agreement_of_two(*MEG_AND_OWEN, "nominal", 1).alpha == krippendorff_alpha(MEG_AND_OWEN, "nominal")


def test_nominal_and_interval_alpha_are_equal_for_binary_values() -> None:
    assert krippendorff_alpha(MEG_AND_OWEN, "interval") == pytest.approx(krippendorff_alpha(MEG_AND_OWEN, "nominal"))


def test_interval_alpha_matches_a_calculation_by_hand() -> None:
    # values 0, 1 and 1, 3: inside the units 1² + 2² = 5, twice over; among all ordered pairs of 0, 1, 1, 3:
    # 2 · (1 + 1 + 9 + 0 + 4 + 4) = 38. alpha = 1 - 3 · 10 / 38
    assert krippendorff_alpha(np.array([[0.0, 1.0], [1.0, 3.0]]), "interval") == pytest.approx(1 - 30 / 38)


@pytest.mark.parametrize(
    "nothing", [np.full((2, 12), X), np.array([[1.0] * 12, [X] * 12]), np.ones((2, 12)), np.empty((2, 0))]
)
@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_there_is_no_alpha_without_units_read_twice_or_without_variation(nothing: Floats, metric: Metric) -> None:
    assert krippendorff_alpha(nothing, metric) is None


def test_nine_units_give_no_alpha_and_ten_do() -> None:
    values = np.arange(10.0)
    few, enough = (
        agreement_of_two(values[:9], values[:9], "interval", 1),
        agreement_of_two(values, values, "interval", 1),
    )
    assert few.n == 9
    assert few.alpha is None
    assert few.low is None
    assert few.high is None
    assert enough.n == 10
    assert enough.alpha == 1.0
    assert enough.low == 1.0
    assert enough.high == 1.0


def test_values_that_are_nearly_all_equal_have_an_alpha_but_no_interval() -> None:
    first, second = np.zeros(20), np.zeros(20)
    first[0] = second[0] = 1.0  # a third of all resamples leave this unit out, and then all values are equal
    found = agreement_of_two(first, second, "nominal", 1)
    assert found.alpha == 1.0 and found.low is None and found.high is None


def test_the_interval_contains_the_alpha_and_narrows_with_more_units() -> None:
    chance = np.random.default_rng(7)
    first = chance.integers(0, 4, 400) / 3.0
    second = np.where(chance.random(400) < 0.2, chance.integers(0, 4, 400) / 3.0, first)
    wide, narrow = (agreement_of_two(first[:n], second[:n], "interval", 1) for n in (30, 400))
    for found in (wide, narrow):
        assert found.low is not None and found.alpha is not None and found.high is not None
        assert found.low < found.alpha < found.high
    assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_the_interval_contains_the_alpha_even_if_no_two_values_are_equal() -> None:
    """A resample contains units twice, so chance agreement is more frequent in it than in the original."""
    first = np.arange(40.0)
    found = agreement_of_two(first, first + 40.0, "nominal", 1)
    assert found.alpha is not None and found.low is not None and found.high is not None
    assert found.low <= found.alpha <= found.high


def test_the_interval_covers_the_alpha_of_all_units_about_as_often_as_stated() -> None:
    chance = np.random.default_rng(11)
    first = chance.integers(0, 3, 20_000) / 2.0
    second = np.where(chance.random(20_000) < 0.3, chance.integers(0, 3, 20_000) / 2.0, first)
    everything = krippendorff_alpha(np.stack([first, second]), "interval")
    assert everything is not None
    samples = [agreement_of_two(first[i : i + 60], second[i : i + 60], "interval", 1) for i in range(0, 6_000, 60)]
    inside = [found.low <= everything <= found.high for found in samples if found.low is not None and found.high]
    assert len(inside) == 100 and 86 <= sum(inside) <= 100


def test_ordinal_agreement_of_two_raters_is_refused() -> None:
    with pytest.raises(ValueError, match="nominal or interval"):
        agreement_of_two(np.arange(12.0), np.arange(12.0), "ordinal", 1)


@examples(60)
@given(readings, st.randoms(use_true_random=False), st.sampled_from(["nominal", "interval"]))
def test_the_order_of_units_and_of_raters_changes_nothing(pairs: list, chance: object, metric: Metric) -> None:
    first, second = np.array(pairs).T
    order = list(range(len(pairs)))
    chance.shuffle(order)
    found = agreement_of_two(first, second, metric, 3)
    assert agreement_of_two(second[order], first[order], metric, 3) == found
    assert all(number is None or math.isfinite(number) for number in (found.alpha, found.low, found.high))
    assert found.alpha is None or found.alpha <= 1.0


@examples(60)
@given(readings, st.sampled_from(["nominal", "interval"]))
def test_raters_who_agree_on_values_that_vary_have_an_alpha_of_one(pairs: list, metric: Metric) -> None:
    first = np.array(pairs).T[0]
    read = first[~np.isnan(first)]
    found = agreement_of_two(first, first, metric, 3).alpha
    assert found == (1.0 if len(read) >= MIN_UNITS and len(set(read)) > 1 else None)


@examples(40)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 5.0, X])] * 3), min_size=2, max_size=12))
def test_alpha_equals_the_plain_double_sum_over_all_values(rows: list) -> None:
    table = np.array(rows).T
    for metric in ("nominal", "interval"):
        found, plain = krippendorff_alpha(table, metric), plain_alpha(table, metric)
        assert (found is None) == (plain is None)
        assert found == pytest.approx(plain)


def plain_alpha(table: Floats, metric: str) -> float | None:
    """The formula of the paper, value by value."""
    units = [unit[~np.isnan(unit)] for unit in table.T]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]

    def apart(a: float, b: float) -> float:
        return float(a != b) if metric == "nominal" else (a - b) ** 2

    observed = sum(apart(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit) / max(len(values), 1)
    pairs = len(values) * (len(values) - 1)
    expected = sum(apart(a, b) for a in values for b in values) / max(pairs, 1)
    return 1 - observed / expected if expected else None
