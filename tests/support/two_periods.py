"""Small worlds of two periods, published by the rules and naively."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from compliance.disclosure.aggregates import Contribution
from compliance.disclosure.closing import ClosedPeriod, close_figures
from compliance.disclosure.company_table import Consent, RegisteredCompany
from compliance.disclosure.period_change import LastPublication
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, OPERATIONS_QUESTION, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import rounded
from compliance.scoring.serialisation import score_records
from tests.support.factories import bands, edition, node, number, profile, sheet
from tests.support.outsider import Publication, Seen

YEARS = (2025, 2026)
EDITION = edition(
    Question(HEADQUARTERS_QUESTION, "Where is it led from?", "countries", evidence="none"),
    Question(OPERATIONS_QUESTION, "Where do people work for it?", "countries", evidence="none"),
    node("t", number("q")),
    bands=bands(low=0, middle=50),
    profile=profile(sector=("hotels", "foods"), size=("small", "large")),
)
PLAN = compile_edition(EDITION)
BAND_BOUNDS = {"low": (0.0, 50.0), "middle": (50.0, 100.0)}
EDGES = (0.0, 15.0, 25.0, 35.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)
BASES = ("claimed", "evidenced")
SMALLEST = 5
QUARTILES_FROM = 10


@dataclass(frozen=True, slots=True)
class Part:
    """How one company takes part in one period. `score` None: silent. `evidenced` None: equal to the score."""

    score: float | None
    sector: str = "hotels"
    region: str = "Europe"
    size: str = "small"
    consent: Consent = "counted"
    evidenced: float | None = None
    need: str = "other"

    @property
    def scores(self) -> dict[str, float]:
        """The scores by basis."""
        claimed = 0.0 if self.score is None else self.score
        return {"claimed": claimed, "evidenced": claimed if self.evidenced is None else self.evidenced}


#: By company, how it takes part in each period. None: it is not registered.
Panel = Mapping[str, tuple[Part | None, Part | None]]


def entries(panel: Panel, period: int) -> list[RegisteredCompany]:
    """Return the registered companies of a period."""
    there = [(name, parts[period]) for name, parts in panel.items()]
    scored = [(name, part) for name, part in there if part is not None and part.score is not None]
    both = [score_records(PLAN, [sheet(n, q=p.scores[basis]) for n, p in scored]) for basis in BASES]
    records = {
        name: {**claimed, "evidenced": evidenced["evidenced"]}
        for (name, _part), claimed, evidenced in zip(scored, *both, strict=True)
    }
    return [
        RegisteredCompany(
            company=name,
            sector=part.sector,
            consent=part.consent,
            scores=records.get(name),
            region=part.region,
            size=part.size,
            need=part.need,
        )
        for name, part in there
        if part is not None
    ]


def close(panel: Panel, period: int, *neighbours: Mapping[str, Contribution]) -> ClosedPeriod:
    """Close one period, next to periods that are already published."""
    day = date(YEARS[period], 12, 15)
    return close_figures(EDITION, YEARS[period], entries(panel, period), day, neighbours=neighbours)


def close_after(first: ClosedPeriod, panel: Panel) -> ClosedPeriod:
    """Close the second period, with its changes since the first."""
    last, day = LastPublication(first.snapshot, first.contributions), date(YEARS[1], 12, 15)
    return close_figures(EDITION, YEARS[1], entries(panel, 1), day, neighbours=[first.contributions], last=last)


def both(panel: Panel) -> tuple[ClosedPeriod, ClosedPeriod]:
    """Close the two periods, one after the other."""
    first = close(panel, 0)
    return first, close_after(first, panel)


def published(panel: Panel) -> list[Publication]:
    """Return what an outsider sees of both periods, and knows about every company."""
    return [
        Publication(
            json.loads(snapshot_to_json(closing.snapshot)) | {"band_bounds": BAND_BOUNDS, "edges": EDGES},
            _seen(panel, period, closing.contributions),
        )
        for period, closing in enumerate(both(panel))
    ]


def published_naively(panel: Panel) -> list[Publication]:
    """Return publications that show each cell of five or more, without regard to differences between cells."""
    everybody = {name: Contribution(sector="", region="", size="") for name in panel}
    return [Publication(_naive(panel, period), _seen(panel, period, everybody)) for period in range(len(YEARS))]


def _seen(panel: Panel, period: int, resting: Mapping[str, Contribution]) -> dict[str, Seen]:
    return {
        name: Seen(part.sector, part.region, part.size, name in resting, _together(part, resting.get(name)))
        for name, parts in panel.items()
        if (part := parts[period]) is not None and part.score is not None and part.consent != "private"
    }


def _together(part: Part, kept: Contribution | None) -> tuple[str, str]:
    """Return the groups over all sectors in which a company is counted. A named company is counted in its own."""
    if kept is None:
        return "", ""
    return (part.need, part.size) if kept.is_named else (kept.need, kept.size_together)


def _naive(panel: Panel, period: int) -> dict[str, Any]:
    there = {n: p[period] for n, p in panel.items() if (q := p[period]) is not None and q.score is not None}
    parts = [part for part in there.values() if part is not None]
    groups = []
    for sector in EDITION.profile["sector"].values:
        here = [part for part in parts if part.sector == sector]
        cuts = [
            {"kind": kind, "value": value, "figures": _figures([p for p in here if getattr(p, kind) == value])}
            for kind in ("region", "size")
            for value in sorted({getattr(part, kind) for part in here})
        ]
        named = [
            {"company": name, **{basis: {"score": int(rounded(part.scores[basis], 0))} for basis in BASES}}
            for name, part in there.items()
            if part is not None and part.sector == sector and part.consent == "named"
        ]
        groups.append(
            {"sector": sector, "figures": _figures(here), "bands": _bands(here), "cuts": cuts, "named": named}
        )
    shown = [g["sector"] for g in groups if isinstance(g["figures"][0]["n"], int)]
    total = [part for part in parts if part.sector in shown]
    together = {"sectors": shown, "figures": _figures(total), "bands": _bands(total)}
    return {"sectors": groups, "together": together, "band_bounds": BAND_BOUNDS}


def _figures(parts: Sequence[Part]) -> list[dict[str, Any]]:
    if sum(part.score is not None for part in parts) < SMALLEST:
        return [{"id": "overall", "n": "withheld"}]
    figure: dict[str, Any] = {"id": "overall", "n": len(parts)}
    for basis in BASES:
        quantiles = np.quantile([part.scores[basis] for part in parts], [0.25, 0.5, 0.75])
        lower, median, upper = (int(rounded(float(q), 0)) for q in quantiles)
        few = len(parts) < QUARTILES_FROM
        figure[basis] = {
            "lower": "withheld" if few else lower, "median": median, "upper": "withheld" if few else upper
        }  # fmt: skip
    return [figure]


def _bands(parts: Sequence[Part]) -> list[dict[str, Any]]:
    scores = [part.score for part in parts if part.score is not None]
    counts = {b: sum(low <= rounded(min(s, 99.0), 1) < high for s in scores) for b, (low, high) in BAND_BOUNDS.items()}
    return [{"bands": [band], "count": count} for band, count in counts.items() if count >= SMALLEST]
