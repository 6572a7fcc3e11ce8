"""The scorecard: everything computed from one assessment, the only source of pages, workbooks and API answers.

With its gaps (requirements not fully met, the points each costs and what the overall would gain if it alone were
met) and, between scorecards on different bases, the evidence gap (claimed, not shown) and the declaration gap
(found by an auditor, not claimed).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Band, Edition, MinimumStandard, Node, Question
from compliance.questionnaire.routing import YES
from compliance.scoring.answer_columns import FIRST_VALUE, NA, AnswerColumn, Column, code_dtype
from compliance.scoring.attribution import (
    GroupScores,
    effective_weights,
    integration_of,
    losses,
    scores_by_lens,
    scores_by_provision,
)
from compliance.scoring.bands import band_at, bands_of
from compliance.scoring.coded_answers import CREDITED, Basis, CodedAnswers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.integration import Integrations
from compliance.scoring.numeric import (
    BEST,
    SCORE,
    TOLERANCE,
    WORST,
    Codes,
    Flags,
    Floats,
    Triple,
    Truths,
)
from compliance.scoring.question_outcomes import best_answer
from compliance.scoring.score import OverallBands, Scores, overall_bands, score, score_columns


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement not fully met. Points are on the edition's scale."""

    requirement: Node
    score: float
    loss: float  # where the missing points are: losses add up to what is missing
    gain: float  # what the whole would rise by if this requirement alone were met; gains do not add up
    fails_critical: bool  # it caps the band


def find_gaps(scores: Scores, company: int = 0, bands: OverallBands | None = None) -> tuple[Gap, ...]:
    """The gaps of one company: those that cap its band first, then by points lost; none without a score.

    `bands`: of the scores, where somebody has them already.
    """
    (gaps,) = _gaps_of(scores, [company], bands or overall_bands(scores))
    return gaps


def _gaps_of(scores: Scores, companies: Sequence[int], bands: OverallBands) -> Sequence[tuple[Gap, ...]]:
    """The gaps of some companies, which are found together."""
    requirements, scale = scores.compiled.edition.requirements, scores.compiled.edition.scale
    is_unmet = {requirement.id: _is_unmet(scores, requirement) for requirement in requirements}
    unmet = [(at, each) for at, company in enumerate(companies) for each in requirements if is_unmet[each.id][company]]
    found: list[list[Gap]] = [[] for _company in companies]
    if not unmet:
        return [() for _company in companies]
    lost, shares = losses(scores), scores.results
    gains = _gains(scores, [companies[at] for at, _requirement in unmet], [requirement for _at, requirement in unmet])
    for (at, requirement), gain in zip(unmet, gains, strict=True):
        company = companies[at]
        gap = Gap(
            requirement,
            float(shares[requirement.id].value[SCORE, company]) * scale,
            float(sum(lost[q.id][company] for q in requirement.questions() if q.scored)) * scale,
            gain * scale,
            requirement.id in bands.failed and bool(bands.failed[requirement.id][SCORE, company]),
        )
        found[at].append(gap)
    return [tuple(sorted(gaps, key=lambda gap: (not gap.fails_critical, -gap.loss))) for gaps in found]


def _is_unmet(scores: Scores, requirement: Node) -> Flags:
    """Where it is present, below full marks, and with a score at every level above it, of which the whole is one."""
    full = 0.0 if requirement.id in scores.compiled.only_deducting else 1.0
    unmet = np.zeros(len(scores.columns.companies), bool)
    if requirement.id in scores.results:
        unmet = scores.results[requirement.id].value[SCORE] < full - TOLERANCE
        node: Node | None = requirement
        while node is not None:
            unmet &= ~np.isnan(scores.results[node.id].score)
            node = scores.compiled.edition.parents.get(node.id)
    return unmet


def _gains(scores: Scores, companies: Sequence[int], requirements: Sequence[Node]) -> list[float]:
    """The rise of a company's overall score for each pair of one and a requirement, with that alone met.

    Its questions get their best answers and its gates are taken as open; gates
    elsewhere that hang on those answers follow. What is asked stays as it is.
    """
    same = np.array(companies)
    columns = scores.columns.repeated(same)
    answers, credit = dict(columns.answers), dict(columns.credit)
    opened: dict[str, Flags] = {}
    for requirement in {each.id: each for each in requirements}.values():
        is_met = np.array([each is requirement for each in requirements])
        for question in requirement.questions():
            here = is_met & ~_drops_out(columns, question) if question.scored else is_met[:0]
            if here.any():
                answers[question.id] = _with_best(answers[question.id], question, here)
                opened[question.id] = here
                if question.id in credit:
                    credit[question.id] = np.where(here, np.int8(CREDITED), credit[question.id])
    asked = {question: truths[same] for question, truths in scores.routes.asked.items()}
    met = replace(columns, answers=answers, credit=credit)
    routes = route_answers(scores.compiled.edition, met, asked=asked, opened=opened)
    after = score_columns(scores.compiled, met, routes).overall.value[SCORE]
    return [float(gain) for gain in after - scores.overall.value[SCORE, same]]


def _drops_out(columns: CodedAnswers, question: Question) -> Flags:
    """Where it is not applicable, and credited."""
    dropped: Flags = columns.answers[question.id].codes == NA
    credit = columns.credit.get(question.id)
    return dropped if credit is None else dropped & (credit == CREDITED)


def _with_best(column: Column, question: Question, here: Flags) -> AnswerColumn:
    codes = column.codes.astype(code_dtype(len(column.values) + 1))
    codes[here] = FIRST_VALUE + len(column.values)
    return AnswerColumn(codes, (*column.values, best_answer(question)))


class Standing(NamedTuple):  # of which many are made: a frozen data class takes three times as long
    """The result of one node, question or lens value. Scores are on the edition's scale, None = no score."""

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
class BandCap:
    """The reason why the band stops below what the points would give."""

    by_points: Band
    band: Band
    unmet: tuple[MinimumStandard, ...]  # the minimum standards that are not met and hold it down

    @property
    def failed(self) -> tuple[Node | Question, ...]:
        """What is not met, each part once."""
        return tuple({standard.part.id: standard.part for standard in self.unmet}.values())

    @property
    def is_critical_only(self) -> bool:
        """Critical requirements hold it down, and no prerequisite or minimum standard of a band."""
        return all(
            standard.band is None and isinstance(standard.part, Node) and standard.part.critical is not None
            for standard in self.unmet
        )


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One assessment on one basis."""

    edition: Edition
    sheet: AnswerSheet
    basis: Basis
    overall: Standing  # its bands are the capped ones
    cap: BandCap | None
    failed: tuple[Node | Question, ...]  # critical requirements and prerequisites that fail, lowering the band or not
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


def unmet_parts(card: Scorecard) -> tuple[Node | Question, ...]:
    """Critical requirements and prerequisites that fail, then what else holds the band down, each part once."""
    holding = card.cap.failed if card.cap else ()
    return tuple({part.id: part for part in (*card.failed, *holding)}.values())


def make_scorecard(
    compiled: CompiledEdition, sheet: AnswerSheet, basis: Basis = "claimed", *, gaps: bool = True
) -> Scorecard:
    """Score one sheet and read everything from it. `gaps`: see `read_scorecard`."""
    return read_scorecard(score(compiled, [sheet], basis), sheet, basis, gaps=gaps)


def read_scorecard(
    scores: Scores, sheet: AnswerSheet, basis: Basis, *, gaps: bool = True, integration: bool = True
) -> Scorecard:
    """Read everything from the scores of one sheet alone, on the basis on which it was scored.

    Without gaps, for whoever looks at none, it takes a third less.
    """
    block = _BlockStandings(scores)
    found = find_gaps(scores, bands=block.bands) if gaps else ()
    return _read(scores, sheet, basis, block, 0, gaps=found, integration=integration)


@dataclass(frozen=True, slots=True)
class ScoredSheet:
    """The scores of one sheet on one basis, and what is read from them."""

    scores: Scores
    card: Scorecard
    bands: OverallBands


class FewScored:
    """A few sheets scored together, at most `DENSE_LIMIT`: each comes out as it would alone, only sooner.

    What is read from the scores of one is made when it is asked for, and not kept.
    """

    def __init__(
        self, compiled: CompiledEdition, sheets: Sequence[AnswerSheet], basis: Basis, *, gaps: bool, integration: bool
    ) -> None:
        self._sheets, self._basis, self._integration = sheets, basis, integration
        self._scores = score(compiled, sheets, basis)
        self._standings = _BlockStandings(self._scores)
        nowhere: Sequence[tuple[Gap, ...]] = [()] * len(sheets)
        self._gaps = _gaps_of(self._scores, range(len(sheets)), self._standings.bands) if gaps else nowhere

    def of(self, company: int) -> ScoredSheet:
        """The scores of one sheet, by its place."""
        scores, block = self._scores.of(company), self._standings
        gaps, integration = self._gaps[company], self._integration
        card = _read(scores, self._sheets[company], self._basis, block, company, gaps=gaps, integration=integration)
        return ScoredSheet(scores, card, block.bands.of(company))


class _BlockStandings:
    """The standings of some companies: of the whole, of nodes and questions, of lenses, and of the law."""

    def __init__(self, scores: Scores) -> None:
        edition, weights = scores.compiled.edition, effective_weights(scores)
        parts = {part: (each.reported, each.coverage, weights[part][SCORE]) for part, each in scores.results.items()}
        self.parts = _StandingTable(edition, parts)
        self.lenses = {lens: _group_table(edition, groups) for lens, groups in scores_by_lens(scores).items()}
        self.law = _group_table(edition, scores_by_provision(scores))
        self.bands = overall_bands(scores)


def _read(
    scores: Scores,
    sheet: AnswerSheet,
    basis: Basis,
    block: _BlockStandings,
    company: int,
    *,
    gaps: tuple[Gap, ...],
    integration: bool,
) -> Scorecard:
    """`scores`: of the one company; `company`: its place in the block."""
    edition, bands = scores.compiled.edition, block.bands.of(company)
    standings = block.parts.of(company)
    standings[OVERALL] = standings[OVERALL]._replace(bands=_bands(edition, bands.capped))
    asked = _true_ids(scores.routes.asked)
    return Scorecard(
        edition=edition,
        sheet=sheet,
        basis=basis,
        overall=standings[OVERALL],
        cap=_cap(edition, bands),
        failed=tuple(edition.parts[part] for part, fails in bands.failed.items() if fails[SCORE, 0]),
        nodes={node: standings[node] for node in edition.nodes if node in standings},
        questions={question: standings[question] for question in edition.questions if question in standings},
        lenses={lens: values.of(company) for lens, values in block.lenses.items()},
        law=block.law.of(company),
        gaps=gaps,
        asked=asked,
        counting=asked & _true_ids(scores.routes.counts),
        integration=integration_of(scores) if integration else None,
    )


class _StandingTable:
    """Of each part: score, worst and best, coverage, and weight, of some companies. All are banded at once."""

    def __init__(self, edition: Edition, found: Mapping[str, tuple[Triple, Floats, Floats]]) -> None:
        self._bands, self._parts = (*edition.bands, None), list(found)  # NO_BAND is the last
        if found:
            shares = np.stack([triple for triple, _, _ in found.values()])
            further = np.stack([np.stack([coverage, weight]) for _, coverage, weight in found.values()])
            positions = bands_of(edition, shares)
            points = shares * edition.scale
            self._tables = [numbers.transpose(2, 0, 1) for numbers in (points, further, positions)]

    def of(self, company: int) -> dict[str, Standing]:
        """The standings of one company, by part."""
        if not self._parts:
            return {}
        bands, numbers = self._bands, [table[company].tolist() for table in self._tables]
        return {
            part: Standing(
                part,
                None if score != score else score,  # NaN is not itself
                None if worst != worst else worst,
                None if best != best else best,
                None if coverage != coverage else coverage,
                weight,
                (bands[now], bands[at_worst], bands[at_best]),
            )
            for part, (score, worst, best), (coverage, weight), (now, at_worst, at_best) in zip(
                self._parts, *numbers, strict=True
            )
        }


def _group_table(edition: Edition, groups: Mapping[str, GroupScores]) -> _StandingTable:
    return _StandingTable(edition, {key: (group.value, group.coverage, group.weight) for key, group in groups.items()})


def _bands(edition: Edition, positions: Codes) -> tuple[Band | None, Band | None, Band | None]:
    score, worst, best = (band_at(edition, positions[row, 0]) for row in (SCORE, WORST, BEST))
    return score, worst, best


def _cap(edition: Edition, bands: OverallBands) -> BandCap | None:
    by_points, band = (band_at(edition, found[SCORE, 0]) for found in (bands.by_points, bands.capped))
    if by_points is None or band is None or by_points == band:
        return None
    position = int(bands.by_points[SCORE, 0])
    holding = (standard for standard, fails in bands.unmet if fails[SCORE, 0] and standard.highest < position)
    return BandCap(by_points, band, tuple(holding))


def _true_ids(truths: Mapping[str, Truths]) -> frozenset[str]:
    return frozenset(question for question, truth in truths.items() if truth[0] == YES)


@dataclass(frozen=True, slots=True)
class BasisGap:
    """One requirement as claimed, evidenced and verified, on the edition's scale. None = no score."""

    requirement: Node
    claimed: float
    evidenced: float | None
    verified: float | None
    evidence_gap: float  # claimed, not shown: claimed − evidenced
    declaration_gap: float  # found by an auditor, not claimed: verified − claimed


def basis_gaps(claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None) -> tuple[BasisGap, ...]:
    """The requirements with either gap, the widest evidence gap first, then in file order.

    A gap is never below 0: what stands above on the other basis is the other gap. `verified`: None before any verdict.
    """
    found = [gap for gap in _basis_gaps(claimed, evidenced, verified) if max(gap.evidence_gap, gap.declaration_gap) > 0]
    return tuple(sorted(found, key=lambda gap: -gap.evidence_gap))


def _basis_gaps(claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None) -> Iterator[BasisGap]:
    for requirement in claimed.edition.requirements:
        now = _score(claimed, requirement)
        if now is not None:
            shown, found = _score(evidenced, requirement), _score(verified, requirement) if verified else None
            yield BasisGap(requirement, now, shown, found, _excess(now, shown), _excess(found, now))


def _score(card: Scorecard, requirement: Node) -> float | None:
    standing = card.nodes.get(requirement.id)
    return standing.score if standing else None


def _excess(higher: float | None, lower: float | None) -> float:
    """The amount by which one score is above another; 0 where it is not, or where one of them is none."""
    if higher is None or lower is None:
        return 0.0
    above = higher - lower
    return above if above > TOLERANCE else 0.0
