"""Public lists of invited companies: what is published about answers, without revealing a single company."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest

from compliance.disclosure.closing import close_figures
from compliance.disclosure.figure_rows import figure_rows
from compliance.disclosure.invitations import (
    NO_INVITATIONS,
    InvitationCounts,
    InvitationFigures,
    ListedCompany,
    ListParticipation,
    PublicList,
    SelfRegistration,
    publish_invitations,
)
from compliance.disclosure.published import Suppressed, count_bounds
from compliance.disclosure.snapshot import seal_of, snapshot_from_json, snapshot_to_json
from tests.support.examples import tries
from tests.support.sector_companies import MADE, entry

DAY = date(2026, 2, 3)
FEW, NEARLY_ALL, HIDDEN = Suppressed.FEW, Suppressed.NEARLY_ALL, Suppressed.NOT_SHOWN


def companies(answered: int, opened: int = 0, unopened: int = 0, *, first: int = 0, **more: Any) -> list[ListedCompany]:
    progress = ["answered"] * answered + ["opened"] * opened + ["unopened"] * unopened
    return [
        ListedCompany(id=f"{i}", name=f"Example Tours {i:02}", progress=how, **({"sector": "travel"} | more))  # type: ignore[arg-type]
        for i, how in enumerate(progress, first)
    ]


def published(*lists: Sequence[ListedCompany], named: bool = False, **registered: str) -> InvitationFigures:
    of = [
        PublicList(name=f"List {number}", invited_on=DAY, companies=those, names_silent=named)
        for number, those in enumerate(lists, 1)
    ]
    return publish_invitations(of, registered)


def only(figures: InvitationFigures) -> ListParticipation:
    (one,) = figures.lists
    return one


# ── One list


def test_a_list_is_counted_with_its_own_number_of_companies() -> None:
    shown = only(published(companies(12, 8, 20)))
    assert shown.counts == InvitationCounts(invited=40, opened=20, answered=12, silent=28)
    assert (shown.list_name, shown.invited_on, shown.sector) == ("List 1", DAY, "travel")
    assert shown.silent_companies is None and shown.high_need is None


@pytest.mark.parametrize(
    ("answered", "silent", "expected"),
    [
        (0, 40, (FEW, NEARLY_ALL)),
        (4, 36, (FEW, NEARLY_ALL)),
        (5, 35, (5, 35)),
        (35, 5, (35, 5)),
        (36, 4, (NEARLY_ALL, FEW)),
        (40, 0, (NEARLY_ALL, FEW)),
        (4, 4, (FEW, FEW)),
        (1, 3, (HIDDEN, HIDDEN)),
    ],
)
def test_a_count_of_nearly_all_companies_on_a_list_is_not_exact(
    answered: int, silent: int, expected: tuple[object, object]
) -> None:
    counts = only(published(companies(answered, 0, silent))).counts
    assert (counts.answered, counts.silent) == expected
    assert (counts.invited, counts.opened) == (answered + silent, HIDDEN)


def test_how_many_opened_is_shown_only_where_enough_silent_companies_did_and_did_not() -> None:
    assert only(published(companies(12, 4, 24))).counts.opened == HIDDEN
    assert only(published(companies(12, 24, 4))).counts.opened == HIDDEN
    assert only(published(companies(12, 5, 5))).counts.opened == 17


def test_a_company_listed_twice_counts_once() -> None:
    assert only(published([*companies(12, 0, 20), *companies(3)])).counts.invited == 32


def test_need_is_distinguished_only_if_enough_companies_of_both_kinds_did_and_did_not_answer() -> None:
    low = companies(10, 0, 8)
    for high, is_shown in ((companies(6, 0, 9, first=50, is_high_need=True), True),
                           (companies(4, 0, 9, first=50, is_high_need=True), False)):  # fmt: skip
        shown = only(published([*low, *high]))
        assert (shown.high_need is not None, shown.other_need is not None) == (is_shown, is_shown)
    assert only(published(low)).high_need is None
    shown = only(published([*low, *companies(6, 0, 9, first=50, is_high_need=True)]))
    assert shown.high_need == InvitationCounts(invited=15, answered=6, silent=9)
    assert shown.other_need == InvitationCounts(invited=18, answered=10, silent=8)


# ── Silent companies by name


def test_silent_companies_are_named_only_on_a_list_that_says_so_and_its_counts_are_then_exact() -> None:
    shown = only(published(companies(2, 1, 2), named=True))
    assert shown.silent_companies == ("Example Tours 02", "Example Tours 03", "Example Tours 04")
    assert (shown.counts.answered, shown.counts.silent) == (2, 3)
    assert only(published(companies(2, 1, 2))).silent_companies is None


def test_a_company_that_wants_to_be_in_no_figure_is_in_no_count_and_not_named() -> None:
    private = replace(companies(1, first=90)[0], is_private=True)
    silent = replace(companies(0, 0, 1, first=91)[0], is_private=True)
    shown = only(published([*companies(12, 0, 20), private, silent], named=True))
    assert shown.counts.invited == 32 and shown.silent_companies is not None
    assert not {private.name, silent.name} & set(shown.silent_companies)


def test_no_silent_company_is_named_if_a_private_one_would_be_among_fewer_than_five_others() -> None:
    private = replace(companies(1, first=90)[0], is_private=True)
    assert only(published([*companies(4, 0, 20), private], named=True)).silent_companies is not None
    shown = only(published([*companies(3, 0, 20), private], named=True))
    assert shown.silent_companies is None and shown.counts.answered == FEW


# ── Sectors, other lists, and companies that registered by themselves


def sector(name: str, answered: int, silent: int, first: int) -> list[ListedCompany]:
    return companies(answered, 0, silent, first=first, sector=name)


def test_a_list_of_several_sectors_is_counted_as_a_whole_and_by_sector() -> None:
    shown = published([*sector("travel", 9, 11, 0), *sector("lodging", 8, 7, 50)]).lists
    assert [(one.sector, one.counts.invited, one.counts.answered) for one in shown] == [
        ("all", 35, 17),
        ("lodging", 15, 8),
        ("travel", 20, 9),
    ]


@pytest.mark.parametrize(
    ("small", "expected"),
    [
        ([(2, 10)], [17 + 2, HIDDEN, HIDDEN, HIDDEN]),
        ([(2, 10), (4, 3)], [17 + 6, 8, 9, HIDDEN, HIDDEN]),
        ([(1, 10), (2, 3)], [17 + 3, HIDDEN, HIDDEN, HIDDEN, HIDDEN]),
    ],
    ids=["one would follow", "two hide each other", "two that are few together"],
)
def test_a_sector_of_a_list_that_is_not_shown_does_not_follow_from_the_others(
    small: list[tuple[int, int]], expected: list[object]
) -> None:
    listed = [*sector("a", 8, 7, 0), *sector("b", 9, 11, 50)]
    for number, (answered, silent) in enumerate(small):
        listed += sector(f"c{number}", answered, silent, 100 + 50 * number)
    assert [one.counts.answered for one in published(listed).lists] == expected


def test_two_lists_that_differ_by_few_companies_do_not_both_show_who_answered() -> None:
    first, second = companies(12, 0, 20), [*companies(12, 0, 20), *companies(1, first=90)]
    one, other = published(first, second).lists
    assert one.counts.answered == 12
    assert (other.counts.invited, other.counts.answered, other.counts.silent) == (33, HIDDEN, HIDDEN)
    apart = companies(8, 0, 9, first=60)
    assert [part.counts.answered for part in published(first, apart).lists] == [12, 8]
    assert [part.counts.answered for part in published(first + apart, first).lists] == [20, 12]


def test_registered_companies_on_no_list_are_counted_in_the_sectors_of_a_list() -> None:
    registered = {**{f"{i}": "travel" for i in range(12)}, **{f"x{i}": "travel" for i in range(7)}, "y": "foods"}
    figures = publish_invitations([PublicList(name="A", invited_on=DAY, companies=companies(12, 0, 20))], registered)
    assert figures.by_themselves == (SelfRegistration("travel", 7),)
    assert (figures.by_themselves_in("travel"), figures.by_themselves_in("foods")) == (7, None)
    few = {f"x{i}": "travel" for i in range(3)}
    figures = publish_invitations([PublicList(name="A", invited_on=DAY, companies=companies(12, 0, 20))], few)
    assert figures.by_themselves_in("travel") == FEW
    assert publish_invitations([], registered) == NO_INVITATIONS


# ── An outsider who knows which company is on which list


def test_nobody_learns_that_all_or_none_of_any_part_of_two_lists_answered() -> None:
    """Try every number of answers that agrees with the published figures, for each part that an outsider knows."""
    rng = np.random.default_rng(34)
    for _ in range(tries(100)):
        sizes = [int(size) for size in rng.choice([1, 3, 8, 14, 20], 3)]  # on the first only, on both, on the second
        answered = [int(rng.integers(0, size + 1)) for size in sizes]
        parts = [
            companies(a, 0, size - a, first=100 * place)
            for place, (a, size) in enumerate(zip(answered, sizes, strict=True))
        ]
        shown = [one.counts for one in published(parts[0] + parts[1], parts[1] + parts[2]).lists]
        for place, size in enumerate(sizes):
            feasible = {numbers[place] for numbers in _agreeing(sizes, shown)}
            assert answered[place] in feasible and feasible not in ({0}, {size}), (sizes, answered, shown)


def test_the_same_outsider_learns_it_if_the_counts_of_both_lists_are_shown() -> None:
    shown = [InvitationCounts(invited=32, answered=12), InvitationCounts(invited=33, answered=13)]
    assert {numbers[2] for numbers in _agreeing([0, 32, 1], shown)} == {1}


def _agreeing(sizes: Sequence[int], shown: Sequence[InvitationCounts]) -> Iterator[tuple[int, ...]]:
    """All combinations of answers of the parts that agree with the published figures."""
    bounds = [count_bounds(counts.answered, counts.invited) or (0, counts.invited) for counts in shown]
    for numbers in product(*(range(size + 1) for size in sizes)):
        totals = (numbers[0] + numbers[1], numbers[1] + numbers[2])
        if all(low <= total <= high for total, (low, high) in zip(totals, bounds, strict=True)):
            yield numbers


# ── In the sealed snapshot and the table


def test_participation_by_list_is_sealed_read_back_and_in_the_table_of_figures() -> None:
    listed = [*companies(10, 0, 8), *companies(6, 0, 9, first=50, is_high_need=True)]
    figures = published(listed, named=True, x1="travel")
    closed = close_figures(MADE, 2026, [entry(name="H1", sector="travel")], DAY, count_invited=lambda: figures)
    text = snapshot_to_json(closed.snapshot)
    assert snapshot_from_json(text, seal_of(text)).invitations == figures
    rows = [
        row for row in figure_rows(closed.snapshot, "travel") if row.figure.startswith(("invited", "by_themselves"))
    ]
    assert [(row.figure, row.of, row.value, row.n) for row in rows] == [
        ("invited", "List 1", 33, 33),
        ("invited_opened", "List 1", HIDDEN, 33),
        ("invited_answered", "List 1", 16, 33),
        ("invited_silent", "List 1", 17, 33),
        ("invited", "List 1#high-need", 15, 15),
        ("invited_opened", "List 1#high-need", HIDDEN, 15),
        ("invited_answered", "List 1#high-need", 6, 15),
        ("invited_silent", "List 1#high-need", 9, 15),
        ("by_themselves", "", FEW, FEW),
    ]


def test_figures_sealed_without_lists_have_no_key_for_them() -> None:
    closed = close_figures(MADE, 2026, [entry(name="H1")], DAY)
    assert '"invited"' not in snapshot_to_json(closed.snapshot)
