"""What an outsider can work out of sums, by hand: how far one hidden count can move, and bands joined because of it."""

from compliance.benchmark.inference import (
    UNPUBLISHED,
    Unknown,
    fitting,
    possible,
    remainders_hold,
    stay_open,
    stays_open,
)
from compliance.benchmark.joining import Counts, Row, join, join_together


def test_a_count_alone_between_two_sums_is_known() -> None:
    assert possible([Unknown("row", "column", 0, 3, 9)], 0) == (3, 3)
    assert not stays_open([Unknown("row", "column", 0, 3, 9)], 0)


def test_a_count_moves_as_far_as_a_circulation_through_the_others_lets_it() -> None:
    """Two rows and two columns with known sums: what one cell takes, its neighbours give."""
    cells = [
        Unknown("r1", "c1", 0, 3, 9), Unknown("r1", "c2", 0, 4, 9),
        Unknown("r2", "c1", 0, 5, 9), Unknown("r2", "c2", 0, 2, 9),
    ]  # fmt: skip
    assert possible(cells, 0) == (1, 7), "down by what r2 c2 has, up by what r1 c2 has"
    assert possible(cells, 3) == (0, 6)
    assert all(stays_open(cells, i) for i in range(4))
    narrow = [*cells[:3], Unknown("r2", "c2", 1, 2, 3)]
    assert possible(narrow, 0) == (2, 4)
    assert not stays_open(narrow, 0)
    assert stays_open(narrow, 3), "it has all of the three candidates that are said of it"


def test_a_flow_may_go_round_by_more_than_one_way() -> None:
    """The first cell of three by two: it gains from both other rows."""
    cells = [
        Unknown("r1", "c1", 0, 1, 9), Unknown("r1", "c2", 0, 6, 9),
        Unknown("r2", "c1", 0, 2, 9), Unknown("r2", "c2", 0, 7, 9),
        Unknown("r3", "c1", 0, 3, 9), Unknown("r3", "c2", 0, 7, 9),
    ]  # fmt: skip
    assert possible(cells, 0) == (0, 5), "up by 2 that r2 and 2 that r3 can give into c2"


def test_what_nobody_published_takes_any_flow() -> None:
    cells = [Unknown("row", UNPUBLISHED, 0, 3, 9), Unknown("row", "column", 0, 4, 9)]
    assert possible(cells, 0) == (3, 3), "the column is known, so its one count is"
    both = [*cells, Unknown(UNPUBLISHED, "column", 0, 5, 9)]
    assert possible(both, 0) == (0, 7)


def test_values_that_no_sum_allows_are_no_candidates() -> None:
    assert fitting([[0, 1, 2], [5, 6]], 6) == [[0, 1], [5, 6]]
    assert fitting([[0, 9], [0, 9]], 9) == [[0, 9], [0, 9]]
    assert fitting([[0, 9], [0, 9]], 18) == [[9], [9]]
    assert stay_open([[0, 9], [0, 9]], 9), "each keeps the two that it had"
    assert not stay_open([[0, 9], [0, 9]], 18)
    assert stay_open([range(10), range(10)], 8)
    assert not stay_open([range(10), range(10)], 2), "three candidates are left of ten"


def test_what_is_left_of_a_column_is_enough_or_nobody_hides_there() -> None:
    assert remainders_hold([Unknown(0, "c", 0, 2, 9), Unknown(1, "c", 0, 3, 9)])
    assert not remainders_hold([Unknown(0, "c", 0, 2, 9), Unknown(1, "c", 0, 2, 9)])
    assert not remainders_hold([Unknown(0, "c", 0, 0, 9)])
    assert remainders_hold([])


def counts(*unnamed: int, named: tuple[int, ...] = ()) -> Counts:
    extra = named or (0,) * len(unnamed)
    return Counts(tuple(a + b for a, b in zip(unnamed, extra, strict=True)), unnamed)


def test_bands_are_joined_until_each_group_holds_five() -> None:
    assert join(counts(5, 5, 5)) == ((0, 1), (1, 2), (2, 3))
    assert join(counts(5, 2, 8)) == ((0, 2), (2, 3)), "of two ways the one whose smallest group is larger"
    assert join(counts(2, 5, 1)) == ((0, 3),)
    assert join(counts(1, 1, 1)) == ()
    assert join(counts(0, 5, named=(5, 5))) == ((0, 2),), "those that agreed can be subtracted by anyone"
    assert join(counts(0, 0, named=(5, 6))) == ((0, 1), (1, 2)), "of nobody else anything could follow"


def row(*unnamed: int) -> Row:
    return Row(counts(*unnamed), join(counts(*unnamed)))


def test_a_total_splits_bands_only_where_no_sector_is_given_away() -> None:
    assert join_together([]) == ()
    assert join_together([row(5, 5), row(6, 7)]) == ((0, 1), (1, 2)), "nothing is hidden"
    assert join_together([row(5, 5), row(2, 9)]) == ((0, 2),), "the total would say how the second would be split"
    assert join_together([row(4, 9), row(3, 9), row(2, 9), row(4, 20)]) == ((0, 1), (1, 2)), "many could be any of them"


def test_counts_together_are_summed_band_by_band() -> None:
    assert counts(1, 2).together([counts(3, 4, named=(1, 0)), counts(5, 6)]) == Counts((10, 12), (9, 12))
