"""The scorecard: everything computed from one assessment, the only source of pages, workbooks and API answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Band, Edition, Node
from compliance.questionnaire.routing import YES
from compliance.scoring.bands import NO_BAND, OverallBands, bands_of, overall_bands
from compliance.scoring.columns import Basis
from compliance.scoring.descend import effective_weights
from compliance.scoring.gaps import Gap, find_gaps
from compliance.scoring.integration import Integrations, integration_of
from compliance.scoring.lenses import Group, law_groups, lens_groups
from compliance.scoring.plan import Plan
from compliance.scoring.score import Result, score
from compliance.scoring.types import BEST, SCORE, WORST, Codes, Floats, Triple, Truths


@dataclass(frozen=True, slots=True)
class Standing:
    """How one node, question or lens value stands. Scores are on the edition's scale, None = no score."""

    id: str
    score: float | None
    worst: float | None
    best: float | None
    coverage: float | None  # share of what is asked that is answered; None = not asked
    weight: float  # its part of the overall score, 0 to 1, for this company
    bands: tuple[Band | None, Band | None, Band | None]  # of score, worst and best

    @property
    def band(self) -> Band | None:
        """The band of its score; None = no score, or an edition without bands."""
        return self.bands[SCORE]


@dataclass(frozen=True, slots=True)
class Cap:
    """Why the band stops below what the points would give."""

    by_points: Band
    band: Band
    failed: tuple[Node, ...]  # the critical requirements that are not met


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One assessment on one basis."""

    edition: Edition
    sheet: AnswerSheet
    basis: Basis
    overall: Standing  # its bands are the capped ones
    cap: Cap | None
    failed: tuple[Node, ...]  # critical requirements not met, whether or not they lower the band
    nodes: Mapping[str, Standing]
    questions: Mapping[str, Standing]  # the scored ones
    lenses: Mapping[str, Mapping[str, Standing]]
    law: Mapping[str, Standing]  # groups overlap: a requirement may rest on several provisions
    gaps: tuple[Gap, ...]
    asked: frozenset[str]  # ids of the questions that are asked
    counting: frozenset[str]  # of those, the ones whose gate is open
    integration: Integrations | None  # beside the score, never inside it; None: the edition has no such reading

    @property
    def themes(self) -> tuple[Standing, ...]:
        """The themes in file order."""
        return tuple(self.nodes[theme.id] for theme in self.edition.themes)


def make_scorecard(plan: Plan, sheet: AnswerSheet, basis: Basis = "claimed") -> Scorecard:
    """Score one sheet and read everything from it."""
    scores = score(plan, [sheet], basis)
    edition, weights, bands = plan.edition, effective_weights(scores), overall_bands(scores)
    standings = {
        part: _standing(edition, part, _reported(result), result.coverage, weights[part][SCORE])
        for part, result in scores.results.items()
    }
    standings[OVERALL] = replace(standings[OVERALL], bands=_bands(edition, bands.capped))
    asked = _yes(scores.routes.asked)
    return Scorecard(
        edition=edition,
        sheet=sheet,
        basis=basis,
        overall=standings[OVERALL],
        cap=_cap(edition, bands),
        failed=tuple(edition.nodes[r] for r, fails in bands.failed.items() if fails[SCORE, 0]),
        nodes={node: standings[node] for node in edition.nodes if node in standings},
        questions={question: standings[question] for question in edition.questions if question in standings},
        lenses={lens: _groups(edition, groups) for lens, groups in lens_groups(scores).items()},
        law=_groups(edition, law_groups(scores)),
        gaps=find_gaps(scores),
        asked=asked,
        counting=asked & _yes(scores.routes.counts),
        integration=integration_of(scores),
    )


def _reported(result: Result) -> Triple:
    """Score, worst and best, with the score withheld where the minimum coverage is not reached."""
    triple = result.value.copy()
    triple[SCORE] = result.score
    return triple


def _standing(edition: Edition, part: str, triple: Triple, coverage: Floats, weight: Floats) -> Standing:
    return Standing(
        id=part,
        score=_point(edition, triple[SCORE]),
        worst=_point(edition, triple[WORST]),
        best=_point(edition, triple[BEST]),
        coverage=None if math.isnan(coverage[0]) else float(coverage[0]),
        weight=float(weight[0]),
        bands=_bands(edition, bands_of(edition, triple)),
    )


def _groups(edition: Edition, groups: Mapping[str, Group]) -> dict[str, Standing]:
    return {key: _standing(edition, key, group.value, group.coverage, group.weight) for key, group in groups.items()}


def _point(edition: Edition, share: Floats) -> float | None:
    return None if math.isnan(share[0]) else float(share[0]) * edition.scale


def _bands(edition: Edition, positions: Codes) -> tuple[Band | None, Band | None, Band | None]:
    return _band(edition, positions[SCORE]), _band(edition, positions[WORST]), _band(edition, positions[BEST])


def _band(edition: Edition, position: Codes) -> Band | None:
    return None if position[0] == NO_BAND else edition.bands[int(position[0])]


def _cap(edition: Edition, bands: OverallBands) -> Cap | None:
    by_points, band = _band(edition, bands.by_points[SCORE]), _band(edition, bands.capped[SCORE])
    if by_points is None or band is None or by_points == band:
        return None
    return Cap(by_points, band, tuple(edition.nodes[r] for r, fails in bands.failed.items() if fails[SCORE, 0]))


def _yes(truths: Mapping[str, Truths]) -> frozenset[str]:
    return frozenset(question for question, truth in truths.items() if truth[0] == YES)
