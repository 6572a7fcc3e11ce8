"""What may be shown: fixed rules, and an adversary who sees everything published and knows these rules."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import TypeVar

import pytest

from compliance.disclosure.aggregates import SectorAggregates
from compliance.disclosure.published import MetShare, Participation, ScoreRange, SectorFigures, Suppressed
from compliance.disclosure.suppression import PublishableFigures, suppress
from compliance.statistics.thresholds import MIN_CONTRIBUTORS
from tests.support.factories import bands, edition, node, one
from tests.support.sector_companies import tally

W = TypeVar("W")
EDITION = edition(node("t", one("q")), bands=bands(low=0, middle=40, high=70))
UNBANDED = replace(EDITION, bands=())
FEW, NEARLY_ALL, NOT_SHOWN = Suppressed.FEW, Suppressed.NEARLY_ALL, Suppressed.NOT_SHOWN


def shown(**sectors: SectorAggregates) -> dict[str, SectorFigures]:
    """What may be shown, by sector and for all sectors."""
    disclosed = suppress(EDITION, sectors)
    return {group.sector: group for group in (disclosed.together, *disclosed.sectors)}


# ── The adversary


def worked_out(
    worlds: Iterable[W],
    published: Callable[[W], Hashable],
    hidden: Callable[[W], Mapping[Hashable, int]],
) -> list[Hashable]:
    """Hidden counts that have the same value in all worlds that would have published the same figures."""
    seen: dict[Hashable, dict[Hashable, set[int]]] = {}
    for world in worlds:
        values = seen.setdefault(published(world), {})
        for cell, value in hidden(world).items():
            values.setdefault(cell, set()).add(value)
    return [(output, cell) for output, cells in seen.items() for cell, values in cells.items() if len(values) == 1]


@cache
def participation_world(world: tuple[tuple[int, int], ...]) -> PublishableFigures:
    """Without bands and figures, which are the same in all of these worlds, and would take most of the time."""
    counted = {f"s{i}": tally(10, without_score=a, nonrespondents=b) for i, (a, b) in enumerate(world)}
    return suppress(UNBANDED, {sector: replace(each, classes={}) for sector, each in counted.items()})


def participation_published(world: tuple[tuple[int, int], ...]) -> Hashable:
    disclosed = participation_world(world)
    return tuple(group.participation for group in (disclosed.together, *disclosed.sectors))


def participation_published_naively(world: tuple[tuple[int, int], ...]) -> Hashable:
    sectors = participation_world(world).sectors
    total = tuple(sum(column) for column in zip(*world, strict=True))
    return total, tuple(group.participation for group in sectors)


def participation_hidden(world: tuple[tuple[int, int], ...]) -> Mapping[Hashable, int]:
    cells: dict[Hashable, int] = {}
    for group, (without_score, nonrespondents) in zip(participation_world(world).sectors, world, strict=True):
        truth = {
            "without_score": without_score,
            "nonrespondents": nonrespondents,
            "unscored": without_score + nonrespondents,
        }
        for name, value in truth.items():
            if isinstance(getattr(group.participation, name), Suppressed):
                cells[group.sector, name] = value
    return cells


def unscored(most: int) -> list[tuple[int, int]]:
    """Pairs of unscored and silent companies, together at most this many."""
    return [(a, total - a) for total in range(most + 1) for a in range(total + 1)]


PARTICIPATION_WORLDS = [
    pytest.param(list(product(unscored(11), repeat=2)), id="two sectors"),
    pytest.param(list(product(unscored(5), repeat=3)), id="three sectors"),
]


@pytest.mark.parametrize("worlds", PARTICIPATION_WORLDS)
def test_no_withheld_participation_follows_from_the_totals(worlds: list[tuple[tuple[int, int], ...]]) -> None:
    assert worked_out(worlds, participation_published, participation_hidden) == []


@pytest.mark.parametrize("worlds", PARTICIPATION_WORLDS)
def test_naive_totals_give_away_participation(worlds: list[tuple[tuple[int, int], ...]]) -> None:
    assert worked_out(worlds, participation_published_naively, participation_hidden) != []


#: The only share: in all sectors together, then in each sector.
SharesPublished = tuple[tuple[MetShare, ...], ...]
#: By sector: how many companies, and how many of them meet the requirement.
ShareWorld = tuple[tuple[int, int], ...]


@cache
def share_world(world: ShareWorld) -> PublishableFigures:
    """Without bands and figures, like `participation_world`."""
    counted = {f"s{i}": tally(n, met={"r": (n, meeting)}) for i, (n, meeting) in enumerate(world)}
    return suppress(UNBANDED, {sector: replace(each, classes={}) for sector, each in counted.items()})


def shares_published(world: ShareWorld) -> SharesPublished:
    disclosed = share_world(world)
    return tuple(group.requirements for group in (disclosed.together, *disclosed.sectors))


def shares_published_naively(world: ShareWorld) -> Hashable:
    return sum(meeting for _n, meeting in world), tuple(group.requirements for group in share_world(world).sectors)


def shares_hidden(world: ShareWorld) -> Mapping[Hashable, int]:
    sectors = share_world(world).sectors
    return {i: world[i][1] for i, g in enumerate(sectors) if isinstance(g.requirements[0].meeting, Suppressed)}


def shares_of(*sizes: int) -> list[ShareWorld]:
    """All combinations of how many companies in sectors of these sizes meet the requirement."""
    return list(product(*([(n, meeting) for meeting in range(n + 1)] for n in sizes)))


SHARE_WORLDS = [
    pytest.param(shares_of(*sizes), id=f"sectors of {' and '.join(map(str, sizes))}")
    for sizes in ((11, 11), (11, 11, 11), (8, 25), (6, 14), (7, 6, 12))
]


@pytest.mark.parametrize("worlds", SHARE_WORLDS)
def test_no_withheld_share_follows_from_the_totals(worlds: list[ShareWorld]) -> None:
    assert worked_out(worlds, shares_published, shares_hidden) == []


@pytest.mark.parametrize("worlds", SHARE_WORLDS)
def test_beside_a_total_a_withheld_share_keeps_five_values_or_all_that_it_has(worlds: list[ShareWorld]) -> None:
    beside_total, alone = (
        values_left(worlds, shares_published),
        values_left(worlds, lambda world: shares_published(world)[1:]),
    )
    narrow = [
        (said, cell)
        for (said, cell), values in beside_total.items()
        if len(values) < min(MIN_CONTRIBUTORS if is_shown(said) else 2, len(alone[said[1:], cell]))
    ]
    assert narrow == []


def is_shown(said: SharesPublished) -> bool:
    (of_all,), *_sectors = said
    return of_all.meeting != NOT_SHOWN


def values_left(
    worlds: list[ShareWorld], published: Callable[[ShareWorld], SharesPublished]
) -> dict[tuple[SharesPublished, Hashable], set[int]]:
    """The values of each sector's withheld count in all worlds that look the same, by published figures and sector."""
    left: dict[tuple[SharesPublished, Hashable], set[int]] = {}
    for world in worlds:
        for cell, value in shares_hidden(world).items():
            left.setdefault((published(world), cell), set()).add(value)
    return left


@pytest.mark.parametrize("worlds", SHARE_WORLDS)
def test_naive_totals_give_away_shares(worlds: list[ShareWorld]) -> None:
    assert worked_out(worlds, shares_published_naively, shares_hidden) != []


def test_a_total_of_all_but_four_does_not_say_that_every_company_of_a_sector_meets_it() -> None:
    """4 of 8 and 25 of 25 are 29 of 33: all but fewer than 5 could only be these."""
    groups = shown(a=tally(8, met={"r": (8, 4)}), b=tally(25, met={"r": (25, 25)}))
    assert [groups[s].requirements[0].meeting for s in ("a", "b", "all")] == [FEW, NEARLY_ALL, NOT_SHOWN]
    groups = shown(a=tally(20, met={"r": (20, 19)}), b=tally(25, met={"r": (25, 24)}))
    assert groups["all"].requirements[0].meeting == NEARLY_ALL, "16 to 20 and 21 to 25 remain possible"


# ── The rules


def test_a_sector_of_five_is_shown_and_one_of_four_is_not() -> None:
    groups = shown(five=tally(5), four=tally(4))
    assert groups["five"].figure("overall").n == 5
    assert groups["five"].figure("overall").claimed.median == ScoreRange(15, 25)
    four = groups["four"]
    assert four.participation == Participation(
        registered=FEW, submitted=FEW, scored=FEW, without_score=FEW, nonrespondents=FEW, unscored=FEW
    )
    assert four.figure("overall").n == NOT_SHOWN
    assert four.figure("overall").claimed.median == NOT_SHOWN
    assert four.bands == ()


def test_a_sector_too_small_to_show_is_in_no_total() -> None:
    with_it, without_it = shown(a=tally(9), b=tally(8), four=tally(4)), shown(a=tally(9), b=tally(8))
    assert with_it["all"] == without_it["all"]
    assert with_it["all"].participation.scored == 17
    assert with_it["all"].sectors == ("a", "b")


def test_lower_and_upper_quartiles_are_shown_for_at_least_ten_companies() -> None:
    groups = shown(ten=tally(10), nine=tally(9))
    ten, nine = groups["ten"].figure("overall"), groups["nine"].figure("overall")
    # By place 0 0 1 1 2 2 3 3 3 3, classes from 0, 15, 25 and 40: quartiles at 2.25, 4.5 and 6.75.
    assert ten.claimed.lower == ScoreRange(15, 25)
    assert ten.claimed.median == ScoreRange(25, 40)
    assert ten.claimed.upper == ScoreRange(40, 50)
    assert nine.claimed.lower == NOT_SHOWN
    assert nine.claimed.median == ScoreRange(25, 40)
    assert nine.claimed.upper == NOT_SHOWN
    assert nine.evidenced.median == ScoreRange(15, 25)


def test_a_theme_that_fewer_than_five_lack_is_not_shown() -> None:
    groups = shown(a=tally(14, scores={"overall": 14, "x": 10, "y": 9}))
    assert groups["a"].figure("x").n == NOT_SHOWN
    assert groups["a"].figure("y").n == 9
    assert groups["all"].figure("x").n == NOT_SHOWN


def test_bands_of_fewer_than_five_are_joined() -> None:
    groups = shown(a=tally(17, in_bands=(2, 9, 6)))
    assert [(b.bands, b.count) for b in groups["a"].bands] == [(("low", "middle"), 11), (("high",), 6)]


def test_named_companies_do_not_hide_those_that_did_not_agree() -> None:
    groups = shown(a=tally(14, in_bands=(7, 7, 0), named=4), few=tally(8, named=5))
    assert [b.count for b in groups["a"].bands] == [14]  # four of the lowest seven are known by name
    assert groups["few"].participation.scored == NOT_SHOWN
    assert groups["few"].figure("overall").n == NOT_SHOWN
    assert [named.company for named in groups["few"].named] == [f"Example {i}" for i in range(5)]


def test_a_sector_where_all_agreed_to_be_named_hides_nobody() -> None:
    groups = shown(a=tally(11, in_bands=(5, 6, 0), named=11))
    assert [b.count for b in groups["a"].bands] == [5, 6]


def test_shares_say_fewer_than_five_and_all_but_fewer_than_five() -> None:
    met = {"r0": (12, 0), "r4": (12, 4), "r5": (12, 5), "r7": (12, 7), "r8": (12, 8), "r12": (12, 12)}
    groups = shown(a=tally(12, met=met))
    said = {share.id: share.meeting for share in groups["a"].requirements}
    assert said == {"r0": FEW, "r4": FEW, "r5": 5, "r7": 7, "r8": NEARLY_ALL, "r12": NEARLY_ALL}


def test_a_share_never_singles_out_the_few_that_were_not_asked() -> None:
    met = {"ten": (10, 5), "seven": (7, 3), "four": (4, 1)}
    said = {share.id: share for share in shown(a=tally(12, met=met))["a"].requirements}
    assert (said["ten"].n, said["ten"].meeting) == (12, 5)  # two were not asked, so it is a share of all
    assert (said["seven"].n, said["seven"].meeting) == (7, FEW)
    assert (said["four"].n, said["four"].meeting) == (NOT_SHOWN, NOT_SHOWN)


def test_participation_that_would_reveal_a_few_companies_is_withheld() -> None:
    groups = shown(
        full=tally(10, without_score=0, nonrespondents=7),
        some=tally(10, without_score=2, nonrespondents=6),
        one=tally(10, nonrespondents=1),
    )
    assert groups["full"].participation == Participation(
        registered=17, submitted=10, scored=10, without_score=0, nonrespondents=7, unscored=7
    )
    assert groups["some"].participation == Participation(registered=18, scored=10, unscored=8)
    assert groups["one"].participation == Participation(
        scored=10,
    )
    assert groups["all"].participation.registered == NOT_SHOWN  # or the one silent company would follow


def test_a_sector_with_few_scores_still_says_how_many_are_silent() -> None:
    groups = shown(a=tally(3, without_score=4, nonrespondents=6))
    assert groups["a"].participation == Participation(
        registered=13,
        submitted=7,
        scored=FEW,
        nonrespondents=6,
    )
    assert not groups["a"].shows_scores


def test_if_no_sector_is_shown_nothing_is_shown_for_all_sectors() -> None:
    together = suppress(EDITION, {"four": tally(4)}).together
    assert together.participation.scored == NOT_SHOWN
    assert together.figures == ()
    assert together.bands == ()
    assert together.requirements == ()


# ── Companies capped by a critical requirement

CAPPING = edition(
    node("t", one("q")),
    bands=bands(beginning=0, partial=25, substantial=50),
    critical_cap="partial",
)


def capping(
    sector: str, in_bands: Sequence[int], capped: int, *, named: int = 0, named_capped: int = 0
) -> SectorAggregates:
    """Companies by band, so many of those in Partial capped; the named ones are in Partial."""
    made = tally(sum(in_bands), in_bands=in_bands)
    unnamed = (in_bands[0], in_bands[1] - named, in_bands[2])
    return replace(
        made, unnamed_bands=unnamed, unnamed=made.scored - named, capped=capped, unnamed_capped=capped - named_capped
    )


def test_the_number_of_capped_companies_is_shown_if_enough_are_and_enough_are_not() -> None:
    group = suppress(CAPPING, {"hotels": capping("hotels", (5, 11, 8), 6)}).sectors[0]
    assert [(band.bands, band.count) for band in group.bands] == [
        (("beginning",), 5), (("partial",), 11), (("substantial",), 8),
    ]  # fmt: skip
    assert group.capped == MetShare(id="partial", n=11, meeting=6)


@pytest.mark.parametrize(("in_bands", "capped"), [((5, 11, 8), 4), ((5, 11, 8), 7), ((5, 11, 8), 0), ((0, 6, 9), 6)])
def test_the_number_of_capped_companies_is_not_shown_if_few_are_or_few_are_not(
    in_bands: tuple[int, ...], capped: int
) -> None:
    group = suppress(CAPPING, {"hotels": capping("hotels", in_bands, capped)}).sectors[0]
    if capped == 7:  # the four others of this band are counted with the band below
        assert group.capped == MetShare(id="beginning+partial", n=16, meeting=7)
    else:
        assert group.capped == MetShare(id="")
    assert sum(band.count for band in group.bands if isinstance(band.count, int)) == sum(in_bands)


def test_named_companies_that_are_known_to_be_capped_cannot_be_subtracted() -> None:
    """Six companies are capped. Five of them are named, with the band that their points alone would give."""
    group = suppress(CAPPING, {"hotels": capping("hotels", (6, 11, 8), 6, named=5, named_capped=5)}).sectors[0]
    assert group.capped == MetShare(id="")


def test_bands_are_not_counted_for_all_sectors_together() -> None:
    """Ten capped in all, less the six that one sector shows, would be the four that the other hides."""
    sectors = {"hotels": capping("hotels", (0, 16, 10), 4), "foods": capping("foods", (0, 18, 10), 6)}
    disclosed = suppress(CAPPING, sectors)
    hidden = MetShare(id="")
    assert {group.sector: group.capped for group in disclosed.sectors} == {
        "hotels": hidden,
        "foods": MetShare(id="beginning+partial", n=18, meeting=6),
    }
    assert (disclosed.together.bands, disclosed.together.capped) == ((), hidden)


def test_bands_without_a_limit_of_classes_between_them_are_counted_together() -> None:
    """A class from 25 to 30 would be too narrow: bands may be narrower than what may be told of a score."""
    narrow = edition(node("t", one("q")), bands=bands(low=0, partial=25, half=30, high=60), critical_cap="partial")
    group = suppress(narrow, {"hotels": replace(tally(25, in_bands=(5, 10, 5, 5)), capped=5, unnamed_capped=5)})
    assert [(band.bands, band.count) for band in group.sectors[0].bands] == [
        (("low",), 5), (("partial", "half"), 15), (("high",), 5),
    ]  # fmt: skip
    assert group.sectors[0].capped == MetShare(id="")
