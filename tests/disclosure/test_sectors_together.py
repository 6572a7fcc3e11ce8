"""Figures of all sectors and of regions, worked out by hand: whatever would reveal a few companies is withheld."""

from dataclasses import fields, replace

import pytest

from compliance.disclosure.aggregates import BreakdownAggregates, BreakdownCell
from compliance.disclosure.closing import apply_disclosure_control
from compliance.disclosure.company_table import RegisteredCompany
from compliance.disclosure.published import (
    BreakdownFigures,
    Figure,
    MetShare,
    Participation,
    Quartiles,
    ScoreRange,
    Suppressed,
)
from compliance.disclosure.suppression import suppress
from compliance.questionnaire.answers import NotApplicable
from tests.support.factories import bands, edition, node, one
from tests.support.sector_companies import MADE, counted, entry, record, rising_classes, tally

EDITION = edition(node("t", one("q")), bands=bands(low=0, middle=40, high=70))
FEW, NEARLY_ALL, NOT_SHOWN = Suppressed.FEW, Suppressed.NEARLY_ALL, Suppressed.NOT_SHOWN


# ── How many meet a requirement


def of_all(*sectors: tuple[int, int]) -> MetShare:
    """The share in all sectors; for each sector, how many were asked and how many meet it, all with a score."""
    tallies = {f"s{i}": tally(asked, met={"r": (asked, meeting)}) for i, (asked, meeting) in enumerate(sectors)}
    return suppress(EDITION, tallies).together.requirements[0]


@pytest.mark.parametrize(
    ("sectors", "said"),
    [
        (((11, 5), (11, 6)), 11),  # both are shown, so their total says nothing new
        (((11, 3), (11, 6)), NOT_SHOWN),  # 9 - 6 would be the three
        (((11, 2), (11, 2)), FEW),
        (((11, 9), (11, 9)), NEARLY_ALL),
        (((11, 2), (11, 2), (11, 5)), NOT_SHOWN),  # 9 - 5 would be four, and four are not shown
        (((11, 9), (11, 9), (11, 6)), NOT_SHOWN),  # and neither are four that do not meet it
        (((11, 2), (11, 2), (11, 1)), 5),  # each of the three can be 0 to 4
        (((11, 2), (11, 4)), NOT_SHOWN),  # 6 of two that are at most 4: neither can be 0 or 1
        (((11, 2), (11, 9)), 11),  # 0 and 11 to 4 and 7: all that is said of each stays possible
        (((11, 1), (11, 9)), NOT_SHOWN),  # 4 of the first would leave 6, and those are not all but a few
        (((11, 3), (11, 9)), NOT_SHOWN),  # 0 of the first would leave 12 of 11
        (((11, 2), (13, 11)), 13),
        (((13, 2), (11, 9)), 11),
        (((11, 2), (13, 12)), NOT_SHOWN),
        (((11, 2), (13, 10)), NOT_SHOWN),
    ],
)
def test_a_total_is_shown_only_if_each_hidden_count_can_still_have_all_its_values(
    sectors: tuple[tuple[int, int], ...], said: int | Suppressed
) -> None:
    assert of_all(*sectors) == MetShare(id="r", n=sum(asked for asked, _ in sectors), meeting=said)


def test_a_share_that_no_sector_shows_is_not_shown_for_all_sectors() -> None:
    few = {f"s{i}": tally(10, met={"r": (4, 2)}) for i in range(2)}
    assert suppress(EDITION, few).together.requirements == (MetShare(id="r"),)


def test_a_share_for_all_sectors_counts_the_sectors_that_show_it() -> None:
    mixed = {"few": tally(10, met={"r": (4, 2)}), "enough": tally(12, met={"r": (12, 6)})}
    assert suppress(EDITION, mixed).together.requirements == (MetShare(id="r", n=12, meeting=6),)


def test_a_share_is_shown_if_five_companies_were_asked_and_five_were_not() -> None:
    assert suppress(EDITION, {"a": tally(10, met={"r": (5, 1)})}).sectors[0].requirements == (
        MetShare(id="r", n=5, meeting=FEW),
    )


# ── How many took part


def part_of_all(*unscored: tuple[int, int]) -> Participation:
    """Participation in sectors with ten scored companies each, and these numbers of unscored and silent ones."""
    tallies = {f"s{i}": tally(10, without_score=a, nonrespondents=b) for i, (a, b) in enumerate(unscored)}
    return suppress(EDITION, tallies).together.participation


def only_scored(count: int) -> Participation:
    return Participation(
        scored=count,
    )


def not_split(scored: int, unscored: int) -> Participation:
    return Participation(
        registered=scored + unscored,
        scored=scored,
        unscored=unscored,
    )


def test_two_sectors_may_be_split_together_even_if_neither_may_alone() -> None:
    # 1 to 4 of each five are without a score: 0 or 5 would have been shown. Five together leave all four possible.
    assert part_of_all((2, 3), (3, 2)) == Participation(
        registered=30, submitted=25, scored=20, without_score=5, nonrespondents=5, unscored=10
    )
    # Of seven 1 to 6, of six 1 to 5: with 7 and 6 together five of each remain.
    assert part_of_all((4, 3), (3, 3)) == Participation(
        registered=33, submitted=27, scored=20, without_score=7, nonrespondents=6, unscored=13
    )


def test_a_total_that_leaves_four_ways_to_split_a_sector_is_not_split() -> None:
    # Of the seven 1 to 6 could be without a score; five together, with 1 to 4 of the other, leave 1 to 4.
    assert part_of_all((1, 6), (4, 1)) == not_split(20, 12)


def test_a_total_of_fewer_than_five_is_not_split_either() -> None:
    assert part_of_all((4, 1), (4, 1)) == not_split(20, 10)


def test_sectors_with_a_few_unscored_companies_hide_each_other_if_there_are_five() -> None:
    # Three and two: together five, each can be 1 to 4. How they split is not told where a sector withholds their sum.
    assert part_of_all((2, 3), (2, 1), (1, 1)) == not_split(30, 10)
    assert part_of_all((2, 3), (2, 1), (1, 0)) == only_scored(30)  # together four
    assert part_of_all((0, 0), (1, 0), (0, 1)) == only_scored(30)


def test_if_no_company_is_silent_unscored_companies_are_not_shown_separately() -> None:
    # That nobody is silent would say that the three and the two are all without a score.
    assert part_of_all((0, 0), (3, 0), (2, 0)) == not_split(30, 5)


def test_the_sum_of_parts_with_fewer_than_five_may_still_be_shown() -> None:
    assert part_of_all((0, 0), (2, 1), (1, 1)) == not_split(30, 5)


def test_a_sum_that_reveals_a_few_companies_is_withheld() -> None:
    assert part_of_all((0, 0), (4, 0), (0, 4)) == only_scored(30)  # eight of two sectors of at most four each
    assert part_of_all((3, 3), (3, 1)) == only_scored(20)  # 10 - 6 would be the four


# ── Sectors that are too small to show


@pytest.mark.parametrize(
    ("scored", "without_score", "nonrespondents", "said"),
    [
        (3, 0, 1, {field.name: FEW for field in fields(Participation)}),  # four are registered
        (3, 0, 2, {"registered": 5, "scored": FEW}),
        (3, 2, 2, {"registered": 7, "scored": FEW}),  # five took part, but two did not
        (3, 1, 6, {"registered": 10, "scored": FEW}),  # six did not, but four did
        (3, 2, 0, {"registered": 5, "submitted": 5, "scored": FEW, "nonrespondents": 0}),
    ],
)
def test_a_small_sector_shows_participation_only_if_none_or_at_least_five_others_remain(
    scored: int, without_score: int, nonrespondents: int, said: dict[str, int | Suppressed]
) -> None:
    small = suppress(EDITION, {"small": tally(scored, without_score=without_score, nonrespondents=nonrespondents)})
    assert small.sectors[0].participation == Participation(**said)
    assert small.together.participation == Participation()


def test_the_number_of_scores_of_five_companies_is_not_shown_if_two_of_them_are_named() -> None:
    named = suppress(EDITION, {"named": tally(5, named=2)}).sectors[0]
    assert named.participation == Participation(
        registered=5,
        submitted=5,
        nonrespondents=0,
    )


# ── Regions and sizes of a sector


def cut(
    inside: int, *, sector: int = 20, named: int = 0, theme: int | None = None, unnamed: int | None = None
) -> BreakdownFigures:
    """What is said of a region with so many companies, and of a theme that so many of them have a score in.

    `unnamed`: so many of those did not agree to be named; all of them, if it is not said.
    """
    counts = {"overall": inside, "words": inside if theme is None else theme}
    classes = {figure: rising_classes(n) for figure, n in counts.items()}
    hiding = counts if unnamed is None else counts | {"words": unnamed}
    part = BreakdownAggregates(
        breakdown=BreakdownCell("region", "Europe"), scored=inside, classes=classes, unnamed_scores=hiding
    )
    return suppress(EDITION, {"a": replace(tally(sector, named=named), breakdowns=(part,))}).sectors[0].breakdowns[0]


WITHHELD_CUT = BreakdownFigures(kind="region", value="Europe", figures=(Figure(id="overall"),))


def test_a_region_of_five_shows_its_median_and_one_of_four_nothing() -> None:
    five = cut(5)  # in classes 0 0 1 1 2, and 0 0 0 0 1 where only evidence counts
    assert (five.kind, five.value, [figure.id for figure in five.figures]) == ("region", "Europe", ["overall", "words"])
    whole = Figure(
        id="overall",
        n=5,
        claimed=Quartiles(
            median=ScoreRange(15, 25),
        ),
        evidenced=Quartiles(
            median=ScoreRange(0, 15),
        ),
    )
    assert five.figures[0] == whole
    assert cut(4) == WITHHELD_CUT


def test_a_region_of_a_sector_that_is_not_shown_shows_nothing() -> None:
    assert cut(8, sector=8, named=5) == WITHHELD_CUT  # three did not agree to be named


def test_a_theme_that_fewer_than_five_of_a_region_lack_is_not_shown() -> None:
    assert [figure.n for figure in cut(9, theme=9).figures] == [9, 9]
    assert [figure.n for figure in cut(9, theme=5).figures] == [9, NOT_SHOWN]
    assert [figure.n for figure in cut(10, theme=5).figures] == [10, 5]


@pytest.mark.parametrize("asked", [1, 4, 5])
def test_a_figure_that_includes_named_companies_is_shown_only_if_five_others_are_in_it(asked: int) -> None:
    """Five named companies may publish their own scores on a theme, so the rest would be about the few others."""
    on_it, off_it = record(a=50.0, b=50.0), record(a=NotApplicable("none"), b=50.0)
    named = [entry("named", on_it, name=f"Named {i}") for i in range(5)]
    others = [entry(scores=on_it if i < asked else off_it, name=f"Other {i}") for i in range(asked + 5)]
    group = suppress(MADE, counted([*named, *others])).sectors[0]
    assert group.figure("overall").n == asked + 10
    assert group.figure("gap:reach").n == (10 if asked == 5 else NOT_SHOWN)
    assert [share.n for share in group.requirements] == [10 if asked == 5 else NOT_SHOWN, asked + 10]


def test_a_region_shows_a_theme_only_if_it_counts_no_or_at_least_five_unnamed_companies() -> None:
    assert [figure.n for figure in cut(15, theme=10, unnamed=4).figures] == [15, NOT_SHOWN]
    assert [figure.n for figure in cut(15, theme=10, unnamed=5).figures] == [15, 10]
    assert [figure.n for figure in cut(15, theme=10, unnamed=0).figures] == [15, 10]


# ── The whole decision


def test_a_period_with_an_invented_company_says_so() -> None:
    real = [
        RegisteredCompany(company=f"Example {i}", sector="hotels", consent="counted", scores=None) for i in range(5)
    ]
    assert apply_disclosure_control(MADE, 2026, real).demonstration is False
    assert apply_disclosure_control(
        MADE,
        2026,
        [
            *real,
            RegisteredCompany(company="Made up", sector="foods", consent="counted", scores=None, demonstration=True),
        ],
    ).demonstration
