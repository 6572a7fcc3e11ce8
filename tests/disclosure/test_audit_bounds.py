"""What an outsider can work out from a total, by hand, and bands joined until each group may be shown."""

from itertools import product

import pytest

from compliance.disclosure.score_classes import BandFrequencies, collapse_bands
from compliance.disclosure.totals import are_protected_from_total, feasible_values


def test_values_that_no_sum_allows_are_not_candidates() -> None:
    assert feasible_values([[0, 1, 2], [5, 6]], 6) == [[0, 1], [5, 6]]
    assert feasible_values([[0, 9], [0, 9]], 9) == [[0, 9], [0, 9]]
    assert feasible_values([[0, 9], [0, 9]], 18) == [[9], [9]]
    assert feasible_values([], 0) == []


@pytest.mark.parametrize("total", range(16))
def test_the_candidates_of_each_count_are_those_that_trying_all_combinations_leaves(total: int) -> None:
    candidates = [[0, 1, 2], [4, 7], [0, 3, 5, 6]]
    fitting = [values for values in product(*candidates) if sum(values) == total]
    assert feasible_values(candidates, total) == [sorted({v[i] for v in fitting}) for i in range(3)]


def test_a_count_keeps_five_candidates_or_all_that_it_had() -> None:
    assert are_protected_from_total([[0, 9], [0, 9]], 9), "each keeps the two that it had"
    assert not are_protected_from_total([[0, 9], [0, 9]], 18)
    assert are_protected_from_total([range(10), range(10)], 8)
    assert not are_protected_from_total([range(10), range(10)], 2), "three of ten candidates remain"
    assert are_protected_from_total([], 0), "nothing is withheld"


def counts(*unnamed: int, named: tuple[int, ...] = (), joined: frozenset[int] = frozenset()) -> BandFrequencies:
    extra = named or (0,) * len(unnamed)
    return BandFrequencies(tuple(a + b for a, b in zip(unnamed, extra, strict=True)), unnamed, joined=joined)


def test_bands_are_joined_until_each_group_holds_five() -> None:
    assert collapse_bands(counts(5, 5, 5)) == ((0, 1), (1, 2), (2, 3))
    assert collapse_bands(counts(5, 2, 8)) == ((0, 2), (2, 3)), "of two ways, the one whose smallest group is larger"
    assert collapse_bands(counts(2, 5, 1)) == ((0, 3),)
    assert collapse_bands(counts(1, 1, 1)) == ()
    assert collapse_bands(counts(0, 5, named=(5, 5))) == ((0, 2),), "anybody can subtract those that agreed"
    assert collapse_bands(counts(0, 0, named=(5, 6))) == ((0, 1), (1, 2)), "nothing could follow about anybody else"


def test_bands_within_one_class_of_scores_are_joined_whatever_their_counts() -> None:
    assert collapse_bands(counts(9, 9, 9, joined=frozenset({1}))) == ((0, 2), (2, 3))
