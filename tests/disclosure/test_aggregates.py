"""Counts and figures of a sector, before the decision what may be shown."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

import pytest

from compliance.disclosure.aggregates import MetCount, SectorAggregates
from compliance.disclosure.closing import make_snapshot
from compliance.disclosure.company_table import RegisteredCompany, figure_ids
from compliance.disclosure.published import NamedCompany, NamedScore, ScoreRange, Suppressed
from compliance.disclosure.suppression import suppress
from compliance.questionnaire.answers import NotApplicable
from compliance.scoring.serialisation import score_records
from tests.support.factories import sheet
from tests.support.sector_companies import MADE, PLAN, counted, entry, record, tally


def count(entries: Iterable[RegisteredCompany]) -> SectorAggregates:
    """The counts of the only sector of these companies."""
    (found,) = counted(entries).values()
    return found


def test_companies_are_scored_without_a_score_or_silent() -> None:
    found = count(
        [
            entry(scores=record(a=50.0, b=50.0)),
            entry(scores=record(b=0.0)),
            entry(scores=record()),
            entry(scores=None),
            entry(scores=None),
        ],
    )
    assert found.scored == 2  # a zero is a score
    assert found.without_score == 1
    assert found.nonrespondents == 2


def test_a_private_company_is_in_no_figure_at_all() -> None:
    entries = [entry(scores=record(a=10.0, b=20.0)), entry(scores=None)]
    private = [entry("private", record(a=90.0, b=90.0)), entry("private", None), entry("private", record())]
    assert suppress(MADE, counted([*entries, *private])) == suppress(MADE, counted(entries))
    assert counted([entry("private", record(a=1.0, b=1.0), sector="foods")]) == {}


def test_bands_count_companies_that_did_not_agree_to_be_named_separately() -> None:
    low, high = record(a=0.0, b=10.0), record(a=100.0, b=80.0)
    found = count([entry(scores=low), entry("named", low, name="A"), entry("named", high, name="B")])
    assert found.bands == (2, 1)
    assert found.unnamed_bands == (1, 0)
    assert found.unnamed == 1
    assert found.named == (
        NamedCompany(
            company="A",
            claimed=NamedScore(score=5, worst=5, best=5, band="low"),
            evidenced=NamedScore(score=5, worst=5, best=5, band="low"),
        ),
        NamedCompany(
            company="B",
            claimed=NamedScore(score=90, worst=90, best=90, band="high"),
            evidenced=NamedScore(score=90, worst=90, best=90, band="high"),
        ),
    )


def test_a_named_company_shows_its_interval() -> None:
    found = count([entry("named", record(b=40.0), name="Half filled")])
    assert found.named == (
        NamedCompany(
            company="Half filled",
            claimed=NamedScore(score=20, worst=20, best=70, band="low"),
            evidenced=NamedScore(score=20, worst=20, best=70, band="low"),
        ),
    )


def test_a_named_score_is_not_rounded_into_a_band_that_it_misses() -> None:
    found = count([entry("named", record(a=49.8, b=49.6), name="Just below"), entry("named", record(a=50.2, b=50.2))])
    assert [(named.claimed.score, named.claimed.band) for named in found.named] == [(49, "low"), (50, "high")]


def test_a_requirement_counts_as_met_from_half_of_its_points_on_and_na_as_not_asked() -> None:
    given = [record(a=50.0, b=49.9), record(a=49.9, b=50.0), record(a=NotApplicable("why"), b=100.0)]
    found = count([entry(scores=scores) for scores in given])
    assert found.requirements == {
        "r1": MetCount(asked=2, meeting=1, unnamed=2),
        "r2": MetCount(asked=3, meeting=2, unnamed=3),
    }
    assert found.provisions["opsc-1"] == MetCount(asked=3, meeting=2, unnamed=3)
    assert found.provisions["crc-34"].asked == 3  # requirements that rest on it are judged together


def test_figures_are_the_whole_the_csr_gaps_the_prevention_levels_and_the_themes() -> None:
    assert figure_ids(MADE) == ("overall", "gap:framing", "gap:reach", "words")


def test_claimed_and_evidenced_figures_are_side_by_side() -> None:
    shown = score_records(PLAN, [sheet(a=80.0, b=60.0)])[0]
    assert count([entry(scores=shown)]).classes["overall"].tolist() == [[6, 6]], "70 to 80 is the seventh class"
    assert count([entry(scores=shown)]).classes["gap:framing"].tolist() == []


def test_sectors_are_in_the_order_of_the_profile_and_others_follow() -> None:
    entries = [entry(sector="unstated"), entry(sector="foods"), entry(sector="hotels")]
    assert list(counted(entries)) == ["hotels", "foods", "unstated"]


@pytest.mark.parametrize("n", [10, 11, 12, 13])
def test_quartiles_are_within_their_ranges_which_are_those_of_the_classes(n: int) -> None:
    """Type 7: the place of quartile p is 1 + (n - 1)p, between neighbours in proportion."""
    numbers = [float(i * i % 101) for i in range(1, n + 1)]
    entries = [entry(scores=record(a=x, b=x), name=f"Example {i}") for i, x in enumerate(numbers)]
    spread = make_snapshot(MADE, 2025, entries, date(2025, 12, 15)).sector("hotels").figure("overall").claimed
    ordered = sorted(numbers)
    edges = (0, 15, 25, 35, 50, 60, 70, 80, 90, 100)
    lower = [max(edge for edge in edges[:-1] if edge <= x) for x in ordered]
    upper = [min((edge for edge in edges if edge > x), default=100) for x in ordered]
    for p, shown in ((0.25, spread.lower), (0.5, spread.median), (0.75, spread.upper)):
        at, part = int((n - 1) * p), (n - 1) * p % 1

        def between(values: Sequence[float], at: int = at, part: float = part) -> float:
            return (1 - part) * values[at] + part * values[min(at + 1, n - 1)]

        assert shown == ScoreRange(math.floor(between(lower)), math.ceil(between(upper)))
        assert shown.low <= between(ordered) <= shown.high


def test_a_median_between_two_companies_is_a_range_as_wide_as_a_class() -> None:
    entries = [entry(scores=record(a=x, b=x), name=f"Example {x}") for x in (1.0, 2.0, 60.0, 71.0, 90.0, 91.0)]
    figure = make_snapshot(MADE, 2025, entries, date(2025, 12, 15)).sector("hotels").figure("overall")
    assert figure.n == 6
    assert figure.claimed.median == ScoreRange(65, 75)
    assert figure.claimed.lower == Suppressed.NOT_SHOWN


def test_a_tally_made_for_a_test_is_consistent() -> None:
    made = tally(9, in_bands=(4, 5, 0), named=5)
    assert (sum(made.bands), sum(made.unnamed_bands), made.unnamed) == (9, 4, 4)
