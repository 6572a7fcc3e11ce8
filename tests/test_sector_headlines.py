"""Headlines of a sector say what its published figures say, and nothing about what is withheld."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from compliance.benchmark.published import (
    Cell,
    Figure,
    Group,
    NamedLeague,
    NamedPlace,
    Participation,
    Share,
    Spread,
    Withheld,
)
from compliance.benchmark.tally import Named
from compliance.questionnaire.edition import OVERALL
from compliance.web import sector_headlines as headlines
from compliance.web.sector_figures import Column, ShareRow, SpreadRow, fewest_first, named_rows
from tests.factories import edition, one
from tests.sites import make_site

HIDDEN = Withheld.NOT_SHOWN


@pytest.fixture(autouse=True)
def page(sqlite_url: str, tmp_path: Path) -> Iterator[None]:
    site = make_site(sqlite_url, tmp_path)
    with site.app.test_request_context("/"):
        yield
    site.close()


def part(registered: Cell, scored: Cell, silent: Cell, unscored: Cell = HIDDEN) -> Participation:
    return Participation(registered, HIDDEN, scored, HIDDEN, silent, unscored)


def row(title: str, median: int | None) -> SpreadRow:
    return SpreadRow(title, title, "", 20, median, None, None, None)


def column(title: str, start: float, end: float, count: Cell) -> Column:
    return Column({"title": title}, title, start, end, count)


def group(claimed: Cell, evidenced: Cell, taking_part: Participation | None = None) -> Group:
    spreads = [Spread(HIDDEN, median, HIDDEN) for median in (claimed, evidenced)]
    return Group(
        "travel", ("travel",), taking_part or part(20, 12, 8), (Figure(OVERALL, 12, *spreads),), (), (), (), ()
    )


@pytest.mark.parametrize(
    ("taking_part", "said"),
    [
        (part(20, 12, 8), "8 of 20 are silent"),
        (part(20, 10, 10), "Half are silent"),
        (part(20, 8, 12), "More than half are silent"),
        (part(20, 20, 0), "Every registered company submitted"),
        (part(17, 11, HIDDEN, 6), "6 of 17 are silent, or answered too little"),
        (part(17, 11, HIDDEN), "How many are silent is withheld"),
        (part(Withheld.FEW, Withheld.FEW, Withheld.FEW), "How many take part is withheld"),
    ],
)
def test_who_takes_part(taking_part: Participation, said: str) -> None:
    assert headlines.participation_headline(taking_part) == said


def test_bands_below_half_way_are_added_and_a_single_one_says_nothing() -> None:
    whole = [column(title, 25 * i, 25 * i + 25, 5 + i) for i, title in enumerate("ABCD")]
    assert headlines.distribution_headline(whole, 100) == "11 of 26 stand in A or B"
    across = [column("A", 0, 25, 6), column("B or C", 25, 75, 12), column("D", 75, 100, 7)]
    assert headlines.distribution_headline(across, 100) == "12 of 25 stand in B or C"
    assert (
        headlines.distribution_headline([column("all", 0, 100, 9)], 100) == "Too few companies to tell the bands apart"
    )
    assert (
        headlines.distribution_headline([*whole[:3], column("D", 75, 100, HIDDEN)], 100) == "Some counts are withheld"
    )


def test_the_widest_gap_is_named_only_where_it_stands_apart() -> None:
    def said(*medians: int | None) -> str:
        return headlines.widest_gap(
            [row(t, m) for t, m in zip(("Framing", "Reach", "Duty"), medians, strict=True)], 100
        )

    assert said(60, 40, 55) == "Reach is the widest gap"
    assert said(42, 40, 55) == "Framing and reach are the widest gaps"
    assert said(42, 40, 43) == "The three gaps are about as wide as each other"
    assert said(42, None, None) == "Too few companies to compare the three gaps"


def test_the_gap_that_is_widest_in_most_sectors_is_named_and_a_draw_names_none() -> None:
    def said(*sectors: tuple[int | None, int | None]) -> str:
        return headlines.widest_across([[row("Framing", f), row("Reach", r)] for f, r in sectors], 100)

    assert said((60, 40), (70, 30), (20, 60), (41, 40), (None, 3)) == "Reach is the widest gap in 2 sectors of 4"
    assert said((60, 40), (50, 50)) == "Reach is the widest gap in one sector of 2"
    assert said((60, 40), (40, 60)) == "No gap is the widest in more sectors than the others"
    assert said((50, 50)) == "No gap is the widest in more sectors than the others"
    assert said((None, None)) == "Too few companies to compare the gaps of sectors"
    assert said() == "Too few companies to compare the gaps of sectors"


def test_levels_and_themes_that_are_near_each_other_are_not_told_apart() -> None:
    rows = [row("Root causes", 20), row("Everyone", 60), row("After harm", 55)]
    assert headlines.levels_headline(rows, 100) == "“Root causes” is the thinnest level"
    assert headlines.themes_headline(rows, 100) == "Strongest: “Everyone”. Weakest: “Root causes”"
    level = [row("A", 60), row("B", 20), row("C", 60), row("D", 20)]
    assert headlines.themes_headline(level, 100) == "Strongest: “A” and “C”. Weakest: “B” and “D”"
    assert headlines.regions_headline(level, 100) == "Highest middle: A and C. Lowest: B and D"
    near = [row("A", 50), row("B", 54)]
    assert headlines.levels_headline(near, 100) == "No level of prevention stands out"
    assert headlines.themes_headline(near, 100) == "No theme stands out"
    assert headlines.themes_headline([row("A", None)], 100) == "Too few companies to compare the themes"


def test_every_level_that_is_not_apart_from_the_thinnest_is_named_with_it() -> None:
    rows = [row("Root causes", 22), row("Everyone", 21), row("At risk", 20), row("After harm", 60)]
    assert headlines.levels_headline(rows, 100) == "Root causes, everyone and at risk are the thinnest levels"
    rows = [row("Root causes", 20), row("Everyone", 24), row("At risk", 60), row("After harm", 60)]
    assert headlines.levels_headline(rows, 100) == "Root causes and everyone are the thinnest levels"


def test_claimed_and_evidenced() -> None:
    assert headlines.evidence_headline(group(54, 38)) == "The middle falls from 54 to 38 on evidence"
    assert headlines.evidence_headline(group(54, 54)) == "The middle company shows all that it claims"
    assert headlines.evidence_headline(group(HIDDEN, HIDDEN)) == "How much is shown is withheld"


def test_the_lead_leaves_out_what_is_withheld() -> None:
    assert headlines.sector_lead(group(54, 38), 100) == (
        "20 companies are registered. 8 are silent. 12 have a score. "
        "The middle company of those with a score stands at 54 of 100."
    )
    few = group(HIDDEN, HIDDEN, part(Withheld.FEW, Withheld.FEW, Withheld.FEW))
    assert headlines.sector_lead(few, 100) == "Too few companies have a score to show how the sector stands."


def test_the_least_met_come_first_and_what_is_withheld_is_not_listed() -> None:
    shares = [
        Share("nearly", 20, Withheld.NEARLY_ALL),
        Share("half", 20, 10),
        Share("hidden", HIDDEN, HIDDEN),
        Share("few", 20, Withheld.FEW),
        Share("most of fewer", 8, 6),
    ]
    assert [share.id for share in fewest_first(shares)] == ["few", "half", "most of fewer", "nearly"]
    assert fewest_first([]) == []


@pytest.mark.parametrize(
    ("counts", "least_met", "most_ignored"),
    [
        ((), "Too few companies to show", "Too few companies to show"),
        ((Withheld.FEW, Withheld.FEW, 9), "Too few companies to tell apart", "Too few companies to tell apart"),
        ((Withheld.FEW, 9), "Met least: staff are trained", "Most ignored: Staff are trained"),
        ((6, 6, 9), "No requirement stands out", "No provision stands out"),
        ((6, 9, 9), "Met least: staff are trained", "Most ignored: Staff are trained"),
        ((6, 9), "Met least: staff are trained", "Most ignored: Staff are trained"),
    ],
)
def test_none_is_called_the_least_where_several_read_fewer_than_five(
    counts: tuple[Cell, ...], least_met: str, most_ignored: str
) -> None:
    rows = [
        ShareRow(("Staff are trained", "Rooms are checked", "Reports go out")[i], "", c, 20)
        for i, c in enumerate(counts)
    ]
    assert headlines.least_met(rows) == least_met
    assert headlines.most_ignored(rows) == most_ignored


def test_regions_and_sizes_are_compared_where_two_are_shown_and_stand_apart() -> None:
    shown = [row("Asia", 37), row("Africa", None), row("Americas", 60), row("Europe", 50)]
    assert headlines.regions_headline(shown, 100) == "Highest middle: Americas. Lowest: Asia"
    assert headlines.sizes_headline([row("1 to 9", 70), row("10 to 49", 40)], 100) == (
        "Highest middle: 1 to 9 people. Lowest: 10 to 49"
    )
    assert headlines.regions_headline([row("Asia", 50), row("Europe", 50)], 100) == "The regions shown are about level"
    assert headlines.sizes_headline([row("1 to 9", 50), row("10 to 49", 50)], 100) == "The sizes shown are about level"
    assert headlines.regions_headline([row("Asia", None)], 100) == "Too few companies to tell apart"
    assert headlines.regions_headline([row("Asia", 4), row("Africa", None)], 100) == (
        "Only one group is large enough to show: Asia"
    )


def test_two_companies_of_one_name_have_each_their_own_ranks() -> None:
    named = (Named("Twin", 80, 80, 80, ""), Named("Other", 50, 50, 50, ""), Named("Twin", 20, 20, 20, ""))
    places = (NamedPlace("Twin", 1, 1, 1), NamedPlace("Other", 2, 2, 2), NamedPlace("Twin", 3, 3, 3))
    league = NamedLeague(1000, 34, ("weights",), places)
    rows = named_rows(edition(one("q")), replace(group(50, 40), named=named, league=league))
    assert [(row["title"], row["score"], row["ranks"], row["tie"]) for row in rows] == [
        ("Twin", 80, "1", 1), ("Other", 50, "2", 2), ("Twin", 20, "3", 3),
    ]  # fmt: skip


def test_who_waits_is_said_where_somebody_does() -> None:
    resting = group(50, 40)
    assert headlines.waiting_note(resting) == ""
    assert headlines.waiting_note(replace(resting, waiting=3)).startswith("Figures rest on 9 of 12 companies")
