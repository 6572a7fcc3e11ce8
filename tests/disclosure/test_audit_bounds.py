"""What an outsider can work out of sums, by hand: how far one hidden count can move, and bands joined because of it."""

from collections.abc import Hashable

from compliance.disclosure.collapsing import BandFrequencies, CollapsedSector, collapse_bands, collapse_total_bands
from compliance.disclosure.suppression_audit import (
    UNPUBLISHED,
    WithheldCount,
    are_protected_from_total,
    feasibility_interval,
    feasible_values,
    is_protected,
    remainders_meet_threshold,
)


def cell(row: Hashable, column: Hashable, value: int, *, least: int = 0, most: int = 9) -> WithheldCount:
    return WithheldCount(tail=row, head=column, least=least, value=value, most=most)


def test_a_count_alone_between_two_sums_is_known() -> None:
    assert feasibility_interval([cell("row", "column", 3)], 0) == (3, 3)
    assert not is_protected([cell("row", "column", 3)], 0)


def test_a_count_moves_as_far_as_a_circulation_through_the_others_lets_it() -> None:
    """Two rows and two columns with known sums: what one cell takes, its neighbours give."""
    cells = [
        cell("r1", "c1", 3), cell("r1", "c2", 4),
        cell("r2", "c1", 5), cell("r2", "c2", 2),
    ]  # fmt: skip
    assert feasibility_interval(cells, 0) == (1, 7), "down by what r2 c2 has, up by what r1 c2 has"
    assert feasibility_interval(cells, 3) == (0, 6)
    assert all(is_protected(cells, i) for i in range(4))
    narrow = [*cells[:3], cell("r2", "c2", 2, least=1, most=3)]
    assert feasibility_interval(narrow, 0) == (2, 4)
    assert not is_protected(narrow, 0)
    assert is_protected(narrow, 3), "it has all of the three candidates that are said of it"


def test_a_flow_may_go_round_by_more_than_one_way() -> None:
    """The first cell of three by two: it gains from both other rows."""
    cells = [
        cell("r1", "c1", 1), cell("r1", "c2", 6),
        cell("r2", "c1", 2), cell("r2", "c2", 7),
        cell("r3", "c1", 3), cell("r3", "c2", 7),
    ]  # fmt: skip
    assert feasibility_interval(cells, 0) == (0, 5), "up by 2 that r2 and 2 that r3 can give into c2"


def test_what_nobody_published_takes_any_flow() -> None:
    cells = [
        cell("row", UNPUBLISHED, 3),
        cell("row", "column", 4),
    ]
    assert feasibility_interval(cells, 0) == (3, 3), "the column is known, so its one count is"
    both = [*cells, cell(UNPUBLISHED, "column", 5)]
    assert feasibility_interval(both, 0) == (0, 7)


def test_values_that_no_sum_allows_are_no_candidates() -> None:
    assert feasible_values([[0, 1, 2], [5, 6]], 6) == [[0, 1], [5, 6]]
    assert feasible_values([[0, 9], [0, 9]], 9) == [[0, 9], [0, 9]]
    assert feasible_values([[0, 9], [0, 9]], 18) == [[9], [9]]
    assert are_protected_from_total([[0, 9], [0, 9]], 9), "each keeps the two that it had"
    assert not are_protected_from_total([[0, 9], [0, 9]], 18)
    assert are_protected_from_total([range(10), range(10)], 8)
    assert not are_protected_from_total([range(10), range(10)], 2), "three candidates are left of ten"


def test_what_is_left_of_a_column_is_enough_or_nobody_hides_there() -> None:
    assert remainders_meet_threshold(
        [
            cell(0, "c", 2),
            cell(1, "c", 3),
        ]
    )
    assert not remainders_meet_threshold(
        [
            cell(0, "c", 2),
            cell(1, "c", 2),
        ]
    )
    assert not remainders_meet_threshold([cell(0, "c", 0)])
    assert remainders_meet_threshold([])


def counts(*unnamed: int, named: tuple[int, ...] = ()) -> BandFrequencies:
    extra = named or (0,) * len(unnamed)
    return BandFrequencies(tuple(a + b for a, b in zip(unnamed, extra, strict=True)), unnamed)


def test_bands_are_joined_until_each_group_holds_five() -> None:
    assert collapse_bands(counts(5, 5, 5)) == ((0, 1), (1, 2), (2, 3))
    assert collapse_bands(counts(5, 2, 8)) == ((0, 2), (2, 3)), "of two ways the one whose smallest group is larger"
    assert collapse_bands(counts(2, 5, 1)) == ((0, 3),)
    assert collapse_bands(counts(1, 1, 1)) == ()
    assert collapse_bands(counts(0, 5, named=(5, 5))) == ((0, 2),), "those that agreed can be subtracted by anyone"
    assert collapse_bands(counts(0, 0, named=(5, 6))) == ((0, 1), (1, 2)), "of nobody else anything could follow"


def row(*unnamed: int) -> CollapsedSector:
    return CollapsedSector(counts(*unnamed), collapse_bands(counts(*unnamed)))


def test_a_total_splits_bands_only_where_no_sector_is_given_away() -> None:
    assert collapse_total_bands([]) == ()
    assert collapse_total_bands([row(5, 5), row(6, 7)]) == ((0, 1), (1, 2)), "nothing is hidden"
    assert collapse_total_bands([row(5, 5), row(2, 9)]) == ((0, 2),), (
        "the total would say how the second would be split"
    )
    assert collapse_total_bands([row(4, 9), row(3, 9), row(2, 9), row(4, 20)]) == ((0, 1), (1, 2)), (
        "many could be any of them"
    )


def test_counts_together_are_summed_band_by_band() -> None:
    assert counts(1, 2).together([counts(3, 4, named=(1, 0)), counts(5, 6)]) == BandFrequencies((10, 12), (9, 12))
