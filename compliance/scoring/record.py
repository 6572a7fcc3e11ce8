"""What is kept with a submission for good: its scorecards as plain data, unrounded, as computed at the time."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.bands import NO_BAND, OverallBands, bands_of, overall_bands
from compliance.scoring.columns import Basis
from compliance.scoring.descend import effective_weights
from compliance.scoring.lenses import law_groups, lens_groups
from compliance.scoring.plan import Plan
from compliance.scoring.score import Scores, score
from compliance.scoring.types import BEST, SCORE, WORST, Codes, Floats, Triple

#: JSON-ready: {"claimed": {"standings": {...}, "by_points": band or None, "failed": [...]}, "evidenced": {...}}
Record: TypeAlias = dict[str, Any]

RECORDED: tuple[Basis, ...] = ("claimed", "evidenced")


def record_all(plan: Plan, sheets: Sequence[AnswerSheet], bases: Sequence[Basis] = RECORDED) -> list[Record]:
    """What is kept with each sheet's submission, by basis."""
    records: list[Record] = [{} for _ in sheets]
    for basis in bases:
        of_company = _recorder(score(plan, sheets, basis))
        for company, record in enumerate(records):
            record[basis] = of_company(company)
    return records


def _recorder(scores: Scores) -> Callable[[int], Record]:
    edition, weights, overall = scores.plan.edition, effective_weights(scores), overall_bands(scores)
    standings = {}
    for node in edition.nodes:
        if node in scores.results:
            result = scores.results[node]
            triple = result.value.copy()
            triple[SCORE] = result.score
            standings[node] = _standing(edition, triple, result.coverage, weights[node][SCORE])
    standings[edition.root.id] = _with_bands(standings[edition.root.id], edition, overall.capped[SCORE])
    groups = {f"{lens}:{key}": group for lens, found in lens_groups(scores).items() for key, group in found.items()}
    groups |= {f"law:{provision}": group for provision, group in law_groups(scores).items()}
    standings |= {key: _standing(edition, g.value, g.coverage, g.weight) for key, g in groups.items()}
    return lambda company: {
        "standings": {key: of_company(company) for key, of_company in standings.items()},
        "by_points": _by_points(edition, overall, company),
        "failed": [requirement for requirement, fails in overall.failed.items() if fails[SCORE, company]],
    }


def _standing(edition: Edition, triple: Triple, coverage: Floats, weight: Floats) -> Callable[[int], Record]:
    bands = bands_of(edition, triple[SCORE])
    return lambda company: {
        "score": _number(triple[SCORE, company], edition.scale),
        "worst": _number(triple[WORST, company], edition.scale),
        "best": _number(triple[BEST, company], edition.scale),
        "coverage": _number(coverage[company], 1.0),
        "weight": float(weight[company]),
        "band": _band(edition, bands, company),
    }


def _with_bands(standing: Callable[[int], Record], edition: Edition, bands: Codes) -> Callable[[int], Record]:
    return lambda company: standing(company) | {"band": _band(edition, bands, company)}


def _by_points(edition: Edition, bands: OverallBands, company: int) -> str | None:
    by_points, band = (_band(edition, codes[SCORE], company) for codes in (bands.by_points, bands.capped))
    return None if band is None or by_points == band else by_points


def _band(edition: Edition, bands: Codes, company: int) -> str | None:
    return None if bands[company] == NO_BAND else edition.bands[int(bands[company])].id


def _number(share: float, scale: float) -> float | None:
    return None if math.isnan(share) else float(share) * scale
