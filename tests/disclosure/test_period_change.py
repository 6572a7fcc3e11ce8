"""Change since the last published period: medians of companies in both periods, as ranges, or nothing."""

from dataclasses import replace

import pytest

from compliance.disclosure.aggregates import contributions_from_json, contributions_to_json
from compliance.disclosure.period_change import LastPublication
from compliance.disclosure.published import ChangeMedians, PeriodChange, ScoreRange
from compliance.disclosure.snapshot import seal_of, snapshot_from_json, snapshot_to_json
from tests.support.two_periods import EDITION, Panel, Part, both, close, close_after

WITHHELD = PeriodChange(since=2025)
SEVEN = {f"stays {i}": (Part(41.0 + i, evidenced=20.0), Part(51.0 + i, evidenced=20.0)) for i in range(7)}


def change_of(panel: Panel, sector: str = "hotels") -> PeriodChange | None:
    return both(panel)[1].snapshot.sector(sector).change


def test_the_first_published_period_has_no_change() -> None:
    assert close(SEVEN, 0).snapshot.sector("hotels").change is None


def test_each_step_is_the_range_of_a_median() -> None:
    came = {f"came {i}": (None, Part(95.0)) for i in range(6)}
    left = {f"left {i}": (Part(5.0), None) for i in range(8)}
    assert change_of({**SEVEN, **came, **left}) == PeriodChange(
        since=2025,
        n_before=15,
        n_both=7,
        n_after=13,
        claimed=ChangeMedians(
            before=ScoreRange(0, 15),
            same_before=ScoreRange(35, 50),
            same_after=ScoreRange(50, 60),
            after=ScoreRange(50, 60),
        ),
        evidenced=ChangeMedians(
            before=ScoreRange(0, 15),
            same_before=ScoreRange(15, 25),
            same_after=ScoreRange(15, 25),
            after=ScoreRange(15, 25),
        ),
    )


def test_the_ends_are_the_medians_that_both_publications_show() -> None:
    first, second = both(SEVEN)
    change = second.snapshot.sector("hotels").change
    assert change is not None
    for basis in ("claimed", "evidenced"):
        then, now = (getattr(c.snapshot.sector("hotels").figure("overall"), basis) for c in (first, second))
        assert (getattr(change, basis).before, getattr(change, basis).after) == (then.median, now.median)


def test_fewer_than_five_in_both_are_not_shown() -> None:
    came = {f"came {i}": (None, Part(60.0)) for i in range(6)}
    left = {f"left {i}": (Part(30.0), None) for i in range(6)}
    four = {name: SEVEN[name] for name in list(SEVEN)[:4]}
    assert change_of({**four, **came, **left}) == WITHHELD


def test_a_company_that_changed_its_sector_counts_in_both_periods_of_neither_sector() -> None:
    moved = {f"moved {i}": (Part(41.0), Part(51.0, sector="foods")) for i in range(5)}
    foods = {f"foods {i}": (Part(41.0, sector="foods"),) * 2 for i in range(6)}
    found = change_of({**SEVEN, **moved, **foods}), change_of({**SEVEN, **moved, **foods}, "foods")
    assert [change and (change.n_before, change.n_both, change.n_after) for change in found] == [(12, 7, 7), (6, 6, 11)]


def test_named_companies_count_among_those_in_both_if_the_others_are_five_or_none() -> None:
    named = {f"named {i}": (Part(41.0, consent="named"), Part(51.0, consent="named")) for i in range(5)}
    alone, with_others = change_of(named), change_of({**named, **SEVEN})
    assert (alone and alone.n_both, with_others and with_others.n_both) == (5, 12)


def test_periods_of_two_editions_are_not_compared() -> None:
    first = close(SEVEN, 0)
    other = replace(first, snapshot=replace(first.snapshot, digest="another"))
    change = close_after(other, SEVEN).snapshot.sector("hotels").change
    assert change == PeriodChange(since=2025, is_one_edition=False)


def test_a_period_closed_before_classes_were_kept_has_no_shown_change() -> None:
    first = close(SEVEN, 0)
    old = {name: replace(kept, classes=None) for name, kept in first.contributions.items()}
    assert close_after(replace(first, contributions=old), SEVEN).snapshot.sector("hotels").change == WITHHELD


def test_data_stored_for_the_next_closing_is_sufficient() -> None:
    first = close(SEVEN, 0)
    kept = contributions_from_json(contributions_to_json(first.contributions))
    assert close_after(replace(first, contributions=kept), SEVEN) == close_after(first, SEVEN)
    assert LastPublication(first.snapshot, kept).snapshot.digest == EDITION.digest


@pytest.mark.parametrize("panel", [SEVEN, {**SEVEN, "one more": (Part(1.0), None)}])
def test_a_change_is_read_back_from_the_sealed_file(panel: Panel) -> None:
    snapshot = both(panel)[1].snapshot
    text = snapshot_to_json(snapshot)
    assert snapshot_from_json(text, seal_of(text)) == snapshot


# ── Groups over all sectors


def needs(group: str, count: int, sector: str = "hotels", start: float = 40.0) -> Panel:
    return {f"{sector} {group} {i}": (Part(start + i, sector, need=group),) * 2 for i in range(count)}


def together(panel: Panel, period: int = 0) -> dict[tuple[str, str], object]:
    shown = both(panel)[period].snapshot.together.breakdowns
    return {(cut.kind, cut.value): cut.figures[0].n for cut in shown}


def test_groups_of_all_sectors_are_listed_whether_they_are_shown_or_not() -> None:
    assert list(together(needs("high", 5))) == [
        ("need", "high"),
        ("need", "other"),
        ("size", "small"),
        ("size", "large"),
    ]


def test_a_group_across_sectors_counts_a_sector_if_none_or_at_least_five_others_remain() -> None:
    hotels = {**needs("high", 6), **needs("other", 5)}
    foods = {**needs("high", 7, "foods"), **needs("other", 2, "foods")}  # three of the seven would have to be left out
    assert together({**hotels, **foods})["need", "high"] == 6
    more = {**needs("high", 9, "foods"), **needs("other", 2, "foods")}  # three of the nine are left out beside the two
    found = together({**hotels, **more})
    assert (found["need", "high"], found["need", "other"]) == (12, 5)


def test_groups_of_a_period_split_the_companies_of_the_next() -> None:
    """Two companies that start to work in a priority country make three others of their group drop out of both."""
    panel = {**needs("high", 6), **needs("other", 9)}
    for name in ("hotels other 0", "hotels other 1"):
        panel[name] = (panel[name][0], Part(40.0, need="high"))
    assert [together(panel, period)["need", "high"] for period in (0, 1)] == [6, 6]
    assert together(panel, 1)["need", "other"] == "withheld"


@pytest.mark.parametrize(("smaller", "larger"), [("foods", "hotels"), ("hotels", "foods")])
def test_the_smaller_part_of_a_former_class_is_left_out_if_too_few_companies_remain(smaller: str, larger: str) -> None:
    left = {"left": (Part(50.0), None)}
    five = {f"five {i}": (Part(40.0), Part(40.0, sector=smaller)) for i in range(5)}
    eight = {f"eight {i}": (Part(40.0), Part(40.0, sector=larger)) for i in range(8)}
    kept = both({**left, **five, **eight})[1].contributions
    assert {c.sector for c in kept.values()} == {larger}
