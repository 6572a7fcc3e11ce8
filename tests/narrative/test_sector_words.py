"""What sentences about sectors say, word for word, and what is said instead where nothing may be."""

from dataclasses import replace
from typing import Any

import pytest

from compliance.disclosure.published import (
    BandCount,
    Figure,
    MetShare,
    NamedCompany,
    NamedScore,
    Participation,
    PublishedCell,
    PublishedRange,
    Quartiles,
    ScoreRange,
    SectorFigures,
    Suppressed,
)
from compliance.languages.interface_messages import in_language
from compliance.narrative.published_counts import ShareBounds, score_range_words, share_bounds
from compliance.narrative.sector_comparisons import (
    ComparedMedian,
    breakdown_headline,
    lowest_medians,
    theme_extremes,
    widest_gap_across_sectors,
)
from compliance.narrative.sector_participation import (
    left_out_of_figures,
    named_companies,
    nonresponse_headline,
    participation_sentence,
)
from compliance.narrative.sector_scores import (
    SectorMedians,
    bands_headline,
    evidence_headline,
    evidenced_below_claimed,
    highest_evidenced_median,
    medians_from_half,
    sector_headline,
)
from compliance.narrative.sector_shares import LowestUpperBound, shares_by_half
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.profile_fields import LabelSet
from tests.support.factories import bands, edition, one

HIDDEN = Suppressed.NOT_SHOWN


def said(sentence: object) -> str | None:
    return None if sentence is None else str(sentence)


def part(
    registered: PublishedCell,
    scored: PublishedCell,
    without: PublishedCell,
    nonrespondents: PublishedCell,
    unscored: PublishedCell = HIDDEN,
) -> Participation:
    return Participation(
        registered=registered,
        submitted=HIDDEN,
        scored=scored,
        without_score=without,
        nonrespondents=nonrespondents,
        unscored=unscored,
    )


def at(median: int | tuple[int, int] | None) -> ScoreRange | None:
    """A range, or a number as it was published up to format 2; None: suppressed."""
    return None if median is None else ScoreRange(*median) if isinstance(median, tuple) else ScoreRange(median, median)


HIGH, LOW = ScoreRange(50, 60), ScoreRange(35, 50)


def group(claimed: PublishedRange = HIGH, evidenced: PublishedRange = LOW, **more: Any) -> SectorFigures:
    overall = Figure(id=OVERALL, n=12, claimed=Quartiles(median=claimed), evidenced=Quartiles(median=evidenced))
    made = SectorFigures(
        sector="travel",
        sectors=("travel",),
        participation=part(20, 12, 0, 8),
        figures=(overall,),
        bands=(),
        requirements=(),
        provisions=(),
        named=(),
    )
    return replace(made, **more)


@pytest.mark.parametrize(
    ("taking", "who", "nonrespondents"),
    [
        (
            part(112, 78, 6, 28),
            "Of the 112 companies registered for 2025, 78 have a score, 6 answered too little for a score, and 28 "
            "submitted nothing.",
            "28 of the 112 registered companies submitted nothing",
        ),
        (
            part(17, 11, HIDDEN, HIDDEN, 6),
            "Of the 17 companies registered for 2025, 11 have a score; 6 submitted nothing, or too little for a score.",
            "6 of the 17 registered companies submitted nothing, or too little for a score",
        ),
        (part(HIDDEN, 11, HIDDEN, HIDDEN), "11 companies have a score for 2025.", None),
        (part(9, HIDDEN, HIDDEN, HIDDEN), "9 companies are registered for 2025.", None),
        (part(Suppressed.FEW, Suppressed.FEW, Suppressed.FEW, Suppressed.FEW), None, None),
        (
            part(20, 20, 0, 0),
            "Of the 20 companies registered for 2025, 20 have a score, 0 answered too little for a score, and 0 "
            "submitted nothing.",
            "All 20 registered companies submitted something",
        ),
    ],
)
def test_every_count_of_participation_says_what_it_is_a_share_of(
    taking: Participation, who: str | None, nonrespondents: str | None
) -> None:
    assert said(participation_sentence("travel", 2025, taking)) == who
    assert said(nonresponse_headline("travel", taking)) == nonrespondents


def test_companies_left_out_of_the_figures_are_mentioned_if_there_are_any() -> None:
    assert left_out_of_figures(group()) is None
    assert str(left_out_of_figures(group(embargoed=1))) == (
        "The figures rest on 11 of the 12 companies with a score. One company is left out this year to protect its "
        "identity."
    )


def test_the_claimed_median_is_beside_the_evidenced_median() -> None:
    made = edition(one("q"), profile_labels={"sector": LabelSet(values={"travel": "Travel and tours"})})
    headline = str(sector_headline(made, group(HIGH, LOW)))
    assert headline == "Travel and tours: 50–60 of 100 claimed, 35–50 with evidence on file"
    assert str(evidence_headline(group(HIGH, LOW))) == "The median falls from 50–60 as claimed to 35–50 on evidence"
    assert str(evidence_headline(group(HIGH, HIGH))) == "The claimed and the evidenced median are both 50–60"
    assert (
        str(evidence_headline(group(HIGH, ScoreRange(42, 55))))
        == "The median is 50–60 as claimed and 42–55 on evidence"
    )


def test_medians_that_were_published_as_numbers_are_given_as_numbers() -> None:
    one_number, other = ScoreRange(56, 56), ScoreRange(41, 41)
    assert str(evidence_headline(group(one_number, other))) == "The median falls from 56 as claimed to 41 on evidence"
    assert str(evidence_headline(group(other, other))) == "The claimed and the evidenced median are both 41"


def test_there_is_no_headline_about_medians_that_are_not_shown() -> None:
    made = edition(one("q"))
    assert sector_headline(made, group(HIDDEN, HIDDEN)) is None and evidence_headline(group(HIDDEN, HIDDEN)) is None


Median = int | tuple[int, int] | None


def medians_of(sector: str, title: str, claimed: Median, evidenced: Median) -> SectorMedians:
    return SectorMedians(sector=sector, title=title, claimed=at(claimed), evidenced=at(evidenced))


@pytest.mark.parametrize(
    ("medians", "headline"),
    [
        ((41, 34, None), "On evidence, the median reaches halfway in none of the 2 sectors shown"),
        (((50, 60), (35, 50), None), "On evidence, the median reaches halfway in 1 of the 2 sectors shown"),
        (
            ((50, 60), (42, 55), (35, 50)),
            "On evidence, the median is 50 or more in 1 of the 3 sectors shown, and around 50 in 1",
        ),
        ((None,), None),
    ],
)
def test_the_headline_counts_sectors_whose_evidenced_median_certainly_reaches_half(
    medians: tuple[Median, ...], headline: str | None
) -> None:
    found = [medians_of(f"s{i}", f"S {i}", 90, median) for i, median in enumerate(medians)]
    assert said(medians_from_half(found, "evidenced", 100)) == headline


@pytest.mark.parametrize(
    ("median", "says"),
    [
        ((50, 60), "the median reaches halfway"),
        ((35, 50), "the median does not reach halfway"),
        ((42, 55), "the median is around 50"),
    ],
)
def test_one_sector_alone_is_not_called_one_of_one_sectors(median: tuple[int, int], says: str) -> None:
    alone = [medians_of("travel", "Travel and tours", median, median)]
    assert said(medians_from_half(alone, "evidenced", 100)) == f"On evidence, {says} in the one sector shown"
    assert said(medians_from_half(alone, "claimed", 100)) == f"As claimed, {says} in the one sector shown"
    assert said(evidenced_below_claimed([medians_of("travel", "Travel and tours", 80, median)])) == (
        "In the one sector shown, the median on evidence is below the median as claimed. "
        f"Travel and tours: 80 claimed, {median[0]}–{median[1]} on evidence"
    )


def test_a_headline_on_claims_says_that_they_are_claims() -> None:
    travel = medians_of("travel", "Travel and tours", (50, 60), (25, 35))
    found = [travel, medians_of("goods", "Goods and retail", (15, 25), (0, 15))]
    assert (
        str(medians_from_half(found, "claimed", 100))
        == "As claimed, the median reaches halfway in 1 of the 2 sectors shown"
    )
    assert (
        str(highest_evidenced_median(found))
        == "Of the sectors shown, the highest median on evidence is 25–35 (Travel and tours)."
    )
    level = medians_of("goods", "Goods and retail", (50, 60), (30, 43))
    assert str(highest_evidenced_median([travel, level])) == (
        "Of the sectors shown, the highest median on evidence is 30–43."
    )
    assert str(evidenced_below_claimed(found)) == (
        "In each of the 2 sectors shown, the median on evidence is below the median as claimed. Travel and tours: "
        "50–60 claimed, 25–35 on evidence"
    )
    same = medians_of("finance", "Banks and payments", (35, 50), (35, 50))
    assert str(evidenced_below_claimed([*found, same])).startswith("In at least 2 of the 3 sectors shown, ")
    assert evidenced_below_claimed([same]) is None


def parts(*medians: Median) -> list[ComparedMedian]:
    return [
        ComparedMedian(name.lower(), name, at(m), 9)
        for name, m in zip(("Framing", "Reach", "Duty", "More"), medians, strict=False)
    ]


def test_the_widest_gap_is_named_only_if_it_is_clearly_widest_among_the_medians_shown() -> None:
    def widest(*medians: Median) -> str | None:
        return said(lowest_medians("travel", "gaps", parts(*medians), 100))

    assert widest((60, 75), (25, 35), (35, 50)) == "Reach is the widest gap, as claimed"
    assert widest((30, 43), (25, 35), (50, 60)) == "Reach and framing are the widest gaps, as claimed"
    assert widest((35, 50), (42, 55), (30, 43)) == "No CSR gap stands out: all medians shown lie in 30–55"
    assert widest(42, 40, 55) == "Reach and framing are the widest gaps, as claimed", "numbers, as up to format 2"
    assert widest(60, 40, None) == "Reach is the widest gap, as claimed, of those shown"
    assert widest(42, 40, 43) == "No CSR gap stands out: all medians shown lie in 40–43"
    assert widest(42, 42, 42) == "No CSR gap stands out: all medians shown lie in 42"
    assert widest(42, None, None) is None


def test_levels_and_themes_with_close_medians_are_not_ranked() -> None:
    assert said(lowest_medians("travel", "levels", parts(20, 60, 55), 100)) == (
        "“Framing” has the lowest median of the levels of prevention, as claimed"
    )
    assert said(lowest_medians("travel", "levels", parts(20, 24, 55), 100)) == (
        "“Framing” and “Reach” have the lowest medians of the levels of prevention, as claimed"
    )
    assert (
        said(theme_extremes("travel", parts(20, 60, 55), 100))
        == "Highest median as claimed: “Reach”. Lowest: “Framing”"
    )
    assert said(theme_extremes("travel", parts(60, 20, 60, 20), 100)) == (
        "Highest median as claimed: “Framing” and “Duty”. Lowest: “Reach” and “More”"
    )
    assert said(theme_extremes("travel", parts(50, 54), 100)) == "No theme stands out: all medians shown lie in 50–54"
    assert theme_extremes("travel", parts(50), 100) is None


def test_the_gap_that_is_widest_in_most_sectors_is_named_unless_there_is_a_tie() -> None:
    def widest(*sectors: tuple[int | None, int | None]) -> str | None:
        named = [
            (
                str(i),
                [ComparedMedian("gap:framing", "Framing", at(a), 9), ComparedMedian("gap:reach", "Reach", at(b), 9)],
            )
            for i, (a, b) in enumerate(sectors)
        ]
        return said(widest_gap_across_sectors(named, 100))

    assert widest((60, 40), (70, 30), (20, 60), (41, 40), (None, 3)) == (
        "Of the three CSR gaps, reach has the lowest median, as claimed, in at least 2 sectors of 4"
    )
    assert widest((60, 40), (50, 50)) == (
        "Of the three CSR gaps, reach has the lowest median, as claimed, in at least one sector of 2"
    )
    assert (
        widest((60, 40))
        == widest((60, 40), (None, 3))
        == ("Of the three CSR gaps, reach has the lowest median, as claimed, in the one sector compared")
    )
    assert widest((60, 40), (40, 60)) is None and widest((50, 50)) is None and widest() is None


def test_medians_of_regions_and_sizes_are_given_with_their_numbers_of_companies() -> None:
    assert said(breakdown_headline("travel", "region", parts((60, 75), (35, 50), None), 100)) == (
        "Medians as claimed: Framing 60–75 (9 companies), Reach 35–50 (9 companies)"
    )
    assert said(breakdown_headline("travel", "size", parts(60, 37), 100)) == (
        "Medians as claimed: Framing people 60 (9 companies), Reach people 37 (9 companies)"
    )
    assert (
        said(breakdown_headline("travel", "region", parts(60, 37, 60), 100))
        == "The medians of the regions shown lie in 37–60"
    )
    assert said(breakdown_headline("travel", "region", parts(4, None), 100)) == (
        "Only one region can be shown. Framing: median 4, 9 companies"
    )
    assert breakdown_headline("travel", "region", parts(None), 100) is None


def test_requirements_met_least_are_described_by_their_proven_upper_bound() -> None:
    few, six = (
        ShareBounds(id="a", n=23, least=0, most=4, asked_at_least=23),
        ShareBounds(id="b", n=32, least=6, most=6, asked_at_least=32),
    )
    assert str(LowestUpperBound("travel", (few,), ("OPSC art. 10(3)",), True)) == (
        "OPSC art. 10(3): met by at most 4 of 23 companies, as claimed"
    )
    assert str(LowestUpperBound("travel", (six,), ("Staff are trained",), False)) == (
        "“Staff are trained”: met by 6 of 32 companies, as claimed"
    )
    several = str(LowestUpperBound("travel", (few, six), ("CRC art. 12", "CRC art. 39"), True))
    assert (
        " ".join(several.split())
        == "CRC art. 12 and CRC art. 39: each met by at most 19 % of the companies asked, as claimed"
    )
    assert str(LowestUpperBound("travel", (few,) * 4, ("x",) * 4, True)).startswith(
        "4 provisions: each met by at most "
    )


def test_shares_count_as_below_or_above_half_only_if_their_bounds_prove_it() -> None:
    shares = [
        MetShare(id="few of many", n=23, meeting=Suppressed.FEW),
        MetShare(id="few of few", n=7, meeting=Suppressed.FEW),
        MetShare(id="ten", n=20, meeting=10),
        MetShare(id="six", n=20, meeting=6),
        MetShare(id="of all", n=30, meeting=14),
        MetShare(id="nearly", n=20, meeting=Suppressed.NEARLY_ALL),
        MetShare(id="hidden", n=HIDDEN, meeting=HIDDEN),
    ]
    found = shares_by_half("travel", [(share.id, share_bounds(share, contributors=30)) for share in shares])
    assert [[k.id for k in block] for block in found.listed.blocks] == [["few of many"], ["six"]]
    assert [k.id for k in found.settled.half_or_more] == ["ten", "nearly"]
    assert [k.id for k in found.rest] == ["of all", "few of few"]  # up to 4 of the 30 may not have been asked
    assert found.withheld == ("hidden",)
    assert str(found.settled) == (
        "Of 7, 2 are met by fewer than half of the companies asked, as claimed, and 2 by half or more. For the other 3 "
        "this is not known, because counts are suppressed."
    )


def test_the_headline_on_bands_counts_companies_that_a_critical_requirement_limits() -> None:
    made = edition(one("q"), bands=bands(low=0, middle=25, high=50), critical_cap="middle")
    counts = (BandCount(bands=("low", "middle"), count=15), BandCount(bands=("high",), count=8))
    held = group(bands=counts, capped=MetShare(id="low+middle", n=15, meeting=6), participation=part(23, 23, 0, 0))
    assert str(bands_headline(made, held)) == (
        "6 companies claim the points for a higher band but miss a critical requirement"
    )
    few = replace(held, capped=MetShare(id="low+middle", n=15, meeting=Suppressed.FEW))
    assert str(bands_headline(made, few)) == "15 of 23 companies are in low or middle, as claimed"
    assert bands_headline(made, replace(few, bands=counts[:1])) is None


def named(company: str, claimed: int, verified: int | None = None) -> NamedCompany:
    both = [
        None if score is None else NamedScore(score=score, worst=score, best=score, band="")
        for score in (claimed, verified)
    ]
    assert both[0] is not None
    return NamedCompany(
        company=company, claimed=both[0], evidenced=NamedScore(score=0, worst=0, best=99, band=""), verified=both[1]
    )


def test_named_companies_are_ranked_only_if_an_auditor_verified_them() -> None:
    claims = named_companies(group(named=(named("A", 20), named("B", 95))))
    assert (
        str(claims.headline)
        == "2 companies agreed to be named; no auditor had verified any of them when the figures were published"
    )
    assert (claims.ranked, [n.company for n in claims.others]) == ((), ["A", "B"])
    mixed = named_companies(group(named=(named("A", 20, 18), named("B", 95), named("C", 60, 55))))
    assert [n.company for n in mixed.ranked] == ["C", "A"] and [n.company for n in mixed.others] == ["B"]
    assert str(mixed.headline) == "C has the highest score of the 2 named companies that an auditor verified"
    level = named_companies(group(named=(named("A", 20, 18), named("B", 95, 18))))
    assert str(level.headline) == "2 named companies, 2 verified by an auditor"
    assert named_companies(group()).headline is None


def test_a_range_has_words_instead_of_a_dash_in_arabic_so_that_its_ends_keep_their_order() -> None:
    assert score_range_words(ScoreRange(50, 60)) == "50–60"
    with in_language("ar"):
        assert score_range_words(ScoreRange(50, 60)) == "50 إلى 60"
        fallen = str(evidence_headline(group(HIGH, LOW)))
    # "From … to …" would not tell which of four numbers belong together.
    assert "50 إلى 60 بحسب المصرح به" in fallen and "إلى 35" not in fallen and "35 إلى 50" in fallen
