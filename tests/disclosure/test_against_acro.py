"""One table against ACRO, the disclosure checker of the UK's research data services, with what it said on record.

Recorded with acro 1.0.2 from PyPI and pandas 2.3.3 on 27 November 2026. ACRO needs pandas 2, and so cannot be installed
beside the tool. `ACRO(suppress=True)`, its `safe_threshold` set to 5, then
`crosstab(sector, region, values=score, aggfunc="median")`, `crosstab(sector, region, margins=True)`, and the medians by
sector; the companies are those below.
"""

from compliance.disclosure.published import ScoreRange, Suppressed
from tests.support.two_periods import Panel, Part, close

COUNTS = {("hotels", "Europe"): 9, ("hotels", "Asia"): 4, ("foods", "Europe"): 12, ("foods", "Asia"): 5}
#: None: ACRO suppressed the cell (`MinimumThresholdCheck`).
ACRO_MEDIANS = {
    ("hotels", "Europe"): 52.0,
    ("hotels", "Asia"): None,
    ("foods", "Europe"): 56.5,
    ("foods", "Asia"): 46.0,
}
ACRO_SECTORS = {"hotels": 49.0, "foods": 52.0}


def companies() -> Panel:
    """Companies of which those in each cell score 40, 43, 46 and so on."""
    return {
        f"{sector} {region} {i:02}": (Part(40.0 + 3 * i, sector, region), None)
        for (sector, region), count in COUNTS.items()
        for i in range(count)
    }


def test_cells_that_acro_suppresses_are_withheld_with_one_more_that_would_reveal_them() -> None:
    snapshot = close(companies(), 0).snapshot
    cells = {
        (group.sector, cut.value): cut.figures[0].claimed.median
        for group in snapshot.sectors
        for cut in group.breakdowns
        if (group.sector, cut.value) in COUNTS
    }
    withheld = {of for of, median in cells.items() if isinstance(median, Suppressed)}
    assert {of for of, median in ACRO_MEDIANS.items() if median is None} < withheld
    # ACRO leaves the suppressed cell out of the total of its table; the sector is published with it, so that nine of
    # thirteen would leave four.
    assert withheld == {("hotels", "Asia"), ("hotels", "Europe")}


def test_the_medians_of_acro_are_within_the_published_ranges() -> None:
    snapshot = close(companies(), 0).snapshot
    shown = {group.sector: group.figure("overall").claimed.median for group in snapshot.sectors}
    assert shown == {"hotels": ScoreRange(35, 50), "foods": ScoreRange(50, 60)}
    foods = {cut.value: cut.figures[0].claimed.median for cut in snapshot.sector("foods").breakdowns}
    assert (foods["Asia"], foods["Europe"]) == (ScoreRange(35, 50), ScoreRange(50, 60))
    for sector, median in ACRO_SECTORS.items():
        told = shown[sector]
        assert isinstance(told, ScoreRange) and told.low <= median <= told.high
    assert 35 <= (ACRO_MEDIANS["foods", "Asia"] or 0) <= 50 <= (ACRO_MEDIANS["foods", "Europe"] or 0) <= 60
