"""The named companies of a sector that an auditor verified, ranked among themselves: ranges and tie groups.

A claim that nobody checked gives no place, so companies without a verified score are in no order at all.

Nobody else plays a part in it, so nothing follows from it about who is not named. Draws and seed are fixed and kept
with what is published, so that anybody who has the answers can draw them again.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from compliance.benchmark.published import NamedLeague, NamedPlace
from compliance.benchmark.ranks import Setting, leagues
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.columns import Basis
from compliance.scoring.plan import Plan
from compliance.scoring.score import score

#: How what is published is drawn.
PUBLIC = Setting(draws=1000, seed=34)
#: On what companies are ranked in public.
BASIS: Basis = "verified"


def named_leagues(plan: Plan, sheets: Mapping[str, Sequence[AnswerSheet]]) -> Mapping[str, NamedLeague]:
    """The league of each sector, from the sheets of its named companies, by their verified scores.

    A sector in which fewer than two of them have one is left out.
    """
    everybody = [sheet for of_sector in sheets.values() for sheet in of_sector]
    if len(everybody) < 2 or not plan.worth:
        return {}
    ends = np.cumsum([len(of_sector) for of_sector in sheets.values()])
    groups = [np.arange(end - len(of), end) for end, of in zip(ends, sheets.values(), strict=True)]
    found = leagues(score(plan, everybody, BASIS), groups, PUBLIC)
    return {
        sector: NamedLeague(
            draws=PUBLIC.draws,
            seed=PUBLIC.seed,
            moves=PUBLIC.moves.names(),
            places=tuple(NamedPlace(p.company, p.range.first, p.range.last, p.tie) for p in league.places),
            basis=BASIS,
        )
        for sector, league in zip(sheets, found, strict=True)
        if len(league.places) > 1
    }
