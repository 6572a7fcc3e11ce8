"""Companies that did not agree to be named cannot be worked out from the figures of two periods. Naively, they can."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.disclosure.aggregates import Contribution
from compliance.disclosure.closing import breakdown_values
from compliance.disclosure.figure_rows import figure_rows
from compliance.disclosure.published import ScoreRange
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.languages.labels import size_label
from compliance.statistics.thresholds import MIN_CONTRIBUTORS
from tests.support.examples import examples
from tests.support.factories import edition, node, one, profile
from tests.support.outsider import groups, is_open, is_worked_out
from tests.support.two_periods import BASES, Panel, Part, both, close, published, published_naively

TARGET = "target"


# ── Small worlds, made so that one company sticks out


def crowd(seed: int, *, others: int = 9) -> list[float]:
    """Scores close to each other and three far above, so that the gap shows if an order statistic moves."""
    rng = np.random.default_rng(seed)
    return [float(s) for s in rng.normal(55, 2, others).round(1)] + [90.0, 92.0, 95.0]


def stayers(scores: list[float], **about: str) -> dict[str, tuple[Part, Part]]:
    """Companies that take part in both periods and did not move."""
    return {
        f"{about.get('sector', 'hotels')} {i:02}": (Part(s, **about), Part(s, **about)) for i, s in enumerate(scores)
    }


def a_leaver(seed: int) -> Panel:
    return {TARGET: (Part(55.0), None), **stayers(crowd(seed))}


def a_newcomer(seed: int) -> Panel:
    return {TARGET: (None, Part(55.0)), **stayers(crowd(seed))}


def one_that_moved_region(seed: int) -> Panel:
    asia = {f"asia {i}": (Part(20.0 + 9 * i, region="Asia"),) * 2 for i in range(7)}
    return {TARGET: (Part(55.0), Part(55.0, region="Asia")), **stayers(crowd(seed)), **asia}


def one_that_moved_sector(seed: int) -> Panel:
    foods = stayers([20.0, 30.0, 40.0, 50.0, 60.0], sector="foods")
    return {TARGET: (Part(55.0), Part(55.0, sector="foods")), **stayers(crowd(seed)), **foods}


def a_region_that_leaves_one_over(seed: int) -> Panel:
    return {TARGET: (Part(55.0, region="Africa"),) * 2, **stayers(crowd(seed))}


def a_region_and_a_size_that_overlap_but_for_one(seed: int) -> Panel:
    asia = {f"asia {i}": (Part(20.0 + 9 * i, region="Asia", size="large"),) * 2 for i in range(7)}
    return {TARGET: (Part(55.0, size="large"),) * 2, **stayers(crowd(seed)), **asia}


def named_ones_at_both_ends(seed: int) -> Panel:
    ends = (10.0, 20.0, 30.0, 80.0, 85.0, 90.0)
    named = {f"named {i}": (Part(s, consent="named"),) * 2 for i, s in enumerate(ends)}
    return {TARGET: (Part(float(np.random.default_rng(seed).integers(40, 70))),) * 2, **named}


def five_alike_among_named_ones(seed: int) -> Panel:
    ends = (10.0, 20.0, 40.0, 80.0, 85.0, 90.0)
    named = {f"named {i}": (Part(s, consent="named"),) * 2 for i, s in enumerate(ends)}
    middle = crowd(seed)[:4]
    return {TARGET: (Part(55.0),) * 2, **named, **stayers(middle)}


def one_that_is_named_later(seed: int) -> Panel:
    """Five of six agree to be named in the second period, when the first period would reveal the sixth."""
    others = {f"later {i}": (Part(s), Part(s, consent="named")) for i, s in enumerate((10.0, 20.0, 60.0, 80.0, 90.0))}
    return {TARGET: (Part(30.0 + seed),) * 2, **others}


WORLDS = [
    a_leaver,
    a_newcomer,
    one_that_moved_region,
    one_that_moved_sector,
    a_region_that_leaves_one_over,
    a_region_and_a_size_that_overlap_but_for_one,
    named_ones_at_both_ends,
    five_alike_among_named_ones,
    one_that_is_named_later,
]


@pytest.mark.parametrize("world", WORLDS)
def test_nobody_is_bounded_to_less_than_a_tenth_of_the_scale(world: Callable[[int], Panel]) -> None:
    publications = published(world(1))
    for alike in groups(publications):
        assert all(is_open(publications, alike[0], basis) for basis in BASES), alike


@pytest.mark.parametrize("world", WORLDS)
def test_naive_suppression_is_broken_by_the_same_outsider(world: Callable[[int], Panel]) -> None:
    assert is_worked_out(published_naively(world(1)), TARGET)


# ── The guarantee itself, for random panels

SCORES = st.sampled_from([20.0, 35.0, 42.0, 50.0, 61.0, 75.0])
PARTS = st.builds(
    Part,
    score=st.one_of(SCORES, SCORES, st.none()),
    sector=st.sampled_from(["hotels", "hotels", "foods"]),
    region=st.sampled_from(["Europe", "Europe", "Asia", ""]),
    size=st.sampled_from(["small", "large"]),
    need=st.sampled_from(["high", "other", "other", ""]),
    consent=st.sampled_from(["counted", "counted", "counted", "counted", "named", "private"]),
)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """Groups of companies that differ only in their scores, large enough to be shown. Some change or leave."""
    made: dict[str, tuple[Part | None, Part | None]] = {}
    for g in range(draw(st.integers(1, 4))):
        first, second = draw(PARTS), draw(st.one_of(PARTS, st.none()))
        stays = draw(st.booleans())
        for i in range(draw(st.integers(1, 12))):
            score, later = draw(SCORES), draw(SCORES)
            before = replace(first, score=score)
            after = replace(first, score=later) if stays else second
            made[f"{g}-{i:02}"] = (before, after)
    for i in range(draw(st.integers(0, 3))):
        made[f"odd {i}"] = (draw(st.one_of(PARTS, st.none())), draw(st.one_of(PARTS, st.none())))
    return made


Signature = tuple[tuple[str, ...], ...]


def classes(places: tuple[Mapping[str, Contribution], ...]) -> dict[Signature, list[str]]:
    """Companies by their cells in both periods. Everybody knows those named in either period."""
    found: dict[Signature, list[str]] = {}
    for company in sorted(set().union(*places)):
        stood = [period.get(company) for period in places]
        if not any(place is not None and place.is_named for place in stood):
            cells = tuple(place.cells if place else () for place in stood)
            found.setdefault(cells, []).append(company)
    return found


@examples(100)
@given(panels())
def test_everyone_hides_among_five(panel: Panel) -> None:
    places = tuple(closing.contributions for closing in both(panel))
    for members in classes(places).values():
        assert len(members) >= MIN_CONTRIBUTORS


@examples(40)
@given(panels(), st.data())
def test_exchanging_two_that_hide_each_other_changes_nothing_published(panel: Panel, data: st.DataObject) -> None:
    before = both(panel)
    places = (before[0].contributions, before[1].contributions)
    resting = [members for members in classes(places).values() if members[0] in places[1]]
    assume(resting)
    members = data.draw(st.sampled_from(resting))
    one, other = data.draw(st.permutations(members))[:2]
    after = both(exchanged(panel, one, other, places))
    assert [c.snapshot for c in after] == [c.snapshot for c in before]


def test_whether_a_company_is_named_does_not_depend_on_any_score() -> None:
    """Two agree to be named in the second year. Once they were not if the six others scored alike: so exchanging one of
    the two with one of the six, who all hid each other, changed what was published."""
    for step in (1.0, 9.0):
        others = {f"counted {i}": (Part(40.0 + step * i),) * 2 for i in range(6)}
        agrees = {f"agrees {i}": (Part(s), Part(s, consent="named")) for i, s in enumerate((20.0, 80.0))}
        hotels = both({**others, **agrees})[1].snapshot.sector("hotels")
        assert [named.company for named in hotels.named] == ["agrees 0", "agrees 1"]


def exchanged(panel: Panel, one: str, other: str, places: tuple[Mapping[str, Contribution], ...]) -> Panel:
    """The same companies, of which two have exchanged their scores in every figure."""

    def with_scores(of: str, by: str) -> tuple[Part | None, Part | None]:
        parts = [
            replace(mine, score=theirs.score, evidenced=theirs.evidenced) if mine and theirs and of in resting else mine
            for mine, theirs, resting in zip(panel[of], panel[by], places, strict=True)
        ]
        return parts[0], parts[1]

    return {**panel, one: with_scores(one, other), other: with_scores(other, one)}


@examples(25)
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_companies_is_irrelevant(panel: Panel, random: "np.random.Generator") -> None:
    names = list(panel)
    random.shuffle(names)
    assert both({name: panel[name] for name in names}) == both(panel)


# ── The rules, one by one


def test_if_one_leaves_a_former_class_four_more_are_left_out() -> None:
    hotels = close(a_leaver(1), 1, close(a_leaver(1), 0).contributions).snapshot.sector("hotels")
    assert (hotels.participation.scored, hotels.embargoed, hotels.figure("overall").n) == (12, 4, 8)


def test_a_count_of_a_band_is_given_with_its_total_which_excludes_companies_that_wait() -> None:
    snapshot = close(a_leaver(1), 1, close(a_leaver(1), 0).contributions).snapshot
    bands = [row for row in figure_rows(snapshot, "hotels") if row.figure == "band"]
    assert sum(int(row.value) for row in bands) == 8
    assert {row.n for row in bands} == {8}


def test_a_single_newcomer_waits_and_five_newcomers_do_not() -> None:
    hotels = both(a_newcomer(1))[1].snapshot.sector("hotels")
    assert (hotels.embargoed, hotels.figure("overall").n) == (1, 12)
    five = {f"new {i}": (None, Part(20.0 + 9 * i)) for i in range(5)}
    hotels = both({**stayers(crowd(1)), **five})[1].snapshot.sector("hotels")
    assert (hotels.embargoed, hotels.figure("overall").n) == (0, 17)


def test_equal_scores_are_shown_in_a_range_as_wide_as_others() -> None:
    hotels = close({f"h{i}": (Part(50.0 + i), None) for i in range(9)}, 0).snapshot.sector("hotels")
    assert hotels.figure("overall").claimed.median == ScoreRange(50, 60)


def test_a_region_is_shown_if_none_or_at_least_five_others_remain() -> None:
    def shown(over: int) -> list[str]:
        world = {**stayers(crowd(1)), **{f"o{i}": (Part(9.0 * i, region="Asia"),) * 2 for i in range(over)}}
        group = close(world, 0).snapshot.sector("hotels")
        return [cut.value for cut in group.breakdowns if cut.kind == "region" and len(cut.figures) > 1]

    assert [shown(over) for over in (0, 1, 4, 5)] == [["Europe"], [], [], ["Asia", "Europe"]]


def test_every_region_and_size_is_listed_whether_it_is_shown_or_not() -> None:
    group = close(a_leaver(1), 0).snapshot.sector("hotels")
    assert [cut.value for cut in group.breakdowns] == [
        "Africa",
        "Americas",
        "Asia",
        "Europe",
        "Oceania",
        "small",
        "large",
    ]
    empty = next(cut for cut in group.breakdowns if cut.value == "Africa")
    too_few = next(cut for cut in close(a_region_that_leaves_one_over(1), 0).snapshot.sector("hotels").breakdowns)
    assert empty == too_few


def test_only_smaller_and_larger_companies_are_distinguished() -> None:
    five = edition(node("t", one("q")), profile=profile(size=("1-9", "10-49", "50-249", "250-4999", "5000-up")))
    assert breakdown_values(five) == {"size": ("1-9+10-49+50-249", "250-4999+5000-up")}
    assert size_label(five, "1-9+10-49+50-249") == "1-9, 10-49 or 50-249"
    alone = edition(node("t", one("q")), profile=profile(size=("any",)))
    assert breakdown_values(alone) == {"size": ("any",)}


def test_a_company_is_not_named_later_if_that_would_reveal_others() -> None:
    first, second = both(one_that_is_named_later(1))
    assert second.snapshot.sector("hotels").named == ()
    assert second.snapshot.sector("hotels").figure("overall") == first.snapshot.sector("hotels").figure("overall")


def test_every_figure_is_a_count_or_an_order_statistic() -> None:
    """No sum and no mean: moving the highest score, where it is no order statistic, changes nothing."""
    low = stayers([10.0, 12.0, 20.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 44.0])
    last = f"hotels {len(low) - 1:02}"
    high = {**low, last: (Part(49.0), Part(49.0))}
    one, other = (close(world, 0).snapshot for world in (low, high))
    assert snapshot_to_json(one) == snapshot_to_json(other)
