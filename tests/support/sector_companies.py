"""Functions that make companies of a sector in a line each: entries with records, and counted sectors."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from compliance.disclosure.aggregates import CellAssignment, MetCount, SectorAggregates, aggregate_by_sector
from compliance.disclosure.company_table import Consent, RegisteredCompany, load_companies
from compliance.disclosure.published import NamedCompany, NamedRank, NamedScore
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import Codes
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import ScoreRecord
from tests.support.factories import bands, edition, node, number, profile, sheet

GAP = {"gap": "reach"}
MADE: Edition = edition(
    node(
        "words",
        node("r1", number("a", na="reason", lenses=GAP), expects="All do", law=("crc-34",)),
        node("r2", number("b"), expects="All do", law=("crc-34", "opsc-1")),
    ),
    root={"min_coverage": 0.5},
    bands=bands(low=0, high=50),
    profile=profile(sector=("hotels", "foods")),
    lenses={"gap": ("framing", "reach"), "aspect": ("code",)},
)
PLAN = compile_edition(MADE)


def record(**answers: float | NotApplicable) -> ScoreRecord:
    return score_records(PLAN, [sheet(**answers)])[0]


def entry(
    consent: Consent = "counted", scores: ScoreRecord | None = None, sector: str = "hotels", name: str = "X"
) -> RegisteredCompany:
    return RegisteredCompany(company=name, sector=sector, consent=consent, scores=scores)


def rank(company: str, first: int, last: int, tie_group: int) -> NamedRank:
    return NamedRank(company=company, first=first, last=last, tie_group=tie_group)


def counted(entries: Iterable[RegisteredCompany]) -> dict[str, SectorAggregates]:
    """Aggregate every sector, with all companies that have a score in its figures."""
    entered = load_companies(MADE, entries)
    return aggregate_by_sector(
        MADE, entered, CellAssignment(contributes=entered.table.scored, named=entered.table.named, breakdowns={})
    )


def rising_classes(companies: int) -> Codes:
    """Return score classes of companies: two in each class from the lowest on, and half as high on evidence."""
    return np.array([(min(i // 2, 3), min(i // 4, 1)) for i in range(companies)], np.int8).reshape(companies, 2)


def tally(
    scored: int = 0,
    *,
    without_score: int = 0,
    nonrespondents: int = 0,
    in_bands: Sequence[int] = (),
    named: int = 0,
    scores: Mapping[str, int] | None = None,
    met: Mapping[str, tuple[int, int]] | None = None,
) -> SectorAggregates:
    """Return a sector with these counts of companies. The named companies are in the lowest bands."""
    in_bands = tuple(in_bands) or (scored, 0, 0)
    left, unnamed = named, []
    for count in in_bands:
        taken = min(left, count)
        unnamed.append(count - taken)
        left -= taken
    return SectorAggregates(
        scored=scored,
        without_score=without_score,
        nonrespondents=nonrespondents,
        bands=tuple(in_bands),
        unnamed_bands=tuple(unnamed),
        unnamed=scored - named,
        classes={key: rising_classes(n) for key, n in (scores or {"overall": scored}).items()},
        unnamed_scores={key: max(n - named, 0) for key, n in (scores or {"overall": scored}).items()},
        requirements={
            key: MetCount(asked=asked, meeting=meeting, unnamed=max(asked - named, 0))
            for key, (asked, meeting) in (met or {}).items()
        },
        provisions={},
        named=tuple(
            NamedCompany(company=f"Example {i}", claimed=NamedScore(score=1, worst=0, best=2, band="low"))
            for i in range(named)
        ),
    )
