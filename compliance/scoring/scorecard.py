"""The scorecard: everything computed from one assessment, the only source of pages, workbooks and API responses.

It includes gaps: requirements not fully met, the points that each costs, and what the overall score would gain if only
that one were met.
"""

from collections.abc import Mapping, Sequence
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
    loss: float  # its share of the missing points; losses add up to all of them
    gain: float  # how far the overall score would rise if only this requirement were met; gains do not add up
    fails_critical: bool  # whether it is critical or a prerequisite, and fails
    questions: tuple[str, ...]  # ids of those of its questions that lose points


def find_gaps(scores: Scores, company: int = 0, bands: OverallBands | None = None) -> tuple[Gap, ...]:
    """Return the gaps of one company: those that cap its band first, then by points lost. None without a score.

    `bands`: of the scores, if computed already.
    """
    (gaps,) = _gaps_of(scores, [company], bands or overall_bands(scores))
    return gaps


def _gaps_of(scores: Scores, companies: Sequence[int], bands: OverallBands) -> Sequence[tuple[Gap, ...]]:
    """Return the gaps of some companies, computed together."""
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
            tuple(question.id for question in requirement.questions() if _loses_points(scores, question, company)),
        )
        found[at].append(gap)
    return [tuple(sorted(gaps, key=lambda gap: (not gap.fails_critical, -gap.loss))) for gaps in found]


def _loses_points(scores: Scores, question: Question, company: int) -> bool:
    """Tell whether a question has a score below full marks. One without a score loses nothing."""
    full = 0.0 if question.only_deducts else 1.0
    found = scores.results.get(question.id)
    return found is not None and bool(found.score[company] < full - TOLERANCE)  # False for NaN


def _is_unmet(scores: Scores, requirement: Node) -> Flags:
    """Flag where a requirement is on, below full marks, and every node above it, up to the whole, has a score."""
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
    """Return the rise of the overall score for each pair of company and requirement, if only that requirement is met.

    Its questions get their best answers, and its gates are treated as open. Gates elsewhere
    that depend on those answers follow. The questions asked do not change.
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
    """Flag where a question is not applicable, and this is credited."""
    dropped: Flags = columns.answers[question.id].codes == NA
    credit = columns.credit.get(question.id)
    return dropped if credit is None else dropped & (credit == CREDITED)


def _with_best(column: Column, question: Question, here: Flags) -> AnswerColumn:
    codes = column.codes.astype(code_dtype(len(column.values) + 1))
    codes[here] = FIRST_VALUE + len(column.values)
    return AnswerColumn(codes, (*column.values, best_answer(question)))


class Standing(NamedTuple):  # not a frozen dataclass, as many are made, and those take three times as long
    """The result of one node, question or lens value. Scores are on the edition's scale, None = no score."""

    id: str
    score: float | None
    worst: float | None
    best: float | None
    coverage: float | None  # share of the weight asked that is answered; None = not asked
    weight: float  # its share of the overall score, 0 to 1, for this company
    bands: tuple[Band | None, Band | None, Band | None]  # of score, worst and best

    @property
    def band(self) -> Band | None:
        """The band of the score; None = no score, or an edition without bands."""
        return self.bands[SCORE]


@dataclass(frozen=True, slots=True)
class BandCap:
    """The reason why the overall band is below the band of the points."""

    by_points: Band
    band: Band
    unmet: tuple[MinimumStandard, ...]  # the minimum standards that are not met and hold it down

    @property
    def failed(self) -> tuple[Node | Question, ...]:
        """The parts that do not meet their minimum standard, each once."""
        return tuple({standard.part.id: standard.part for standard in self.unmet}.values())

    @property
    def is_critical_only(self) -> bool:
        """Whether only critical requirements hold the band down, and no prerequisite or standard of a band."""
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
    overall: Standing  # with capped bands
    cap: BandCap | None
    failed: tuple[Node | Question, ...]  # critical requirements and prerequisites that fail, band lowered or not
    nodes: Mapping[str, Standing]
    questions: Mapping[str, Standing]  # the scored ones
    lenses: Mapping[str, Mapping[str, Standing]]
    law: Mapping[str, Standing]  # groups overlap: a requirement may rest on several provisions
    gaps: tuple[Gap, ...]
    asked: frozenset[str]  # ids of the questions that are asked
    counting: frozenset[str]  # ids of those with an open gate
    integration: Integrations | None  # in addition to the score; None: the edition has no such reading

    @property
    def themes(self) -> tuple[Standing, ...]:
        """The themes in file order."""
        return tuple(self.nodes[theme.id] for theme in self.edition.themes)


def unmet_parts(card: Scorecard) -> tuple[Node | Question, ...]:
    """Return critical requirements and prerequisites that fail, then other parts that hold the band down, each once."""
    holding = card.cap.failed if card.cap else ()
    return tuple({part.id: part for part in (*card.failed, *holding)}.values())


def make_scorecard(
    compiled: CompiledEdition, sheet: AnswerSheet, basis: Basis = "claimed", *, gaps: bool = True
) -> Scorecard:
    """Score one sheet and return its scorecard. `gaps`: see `read_scorecard`."""
    return read_scorecard(score(compiled, [sheet], basis), sheet, basis, gaps=gaps)


def read_scorecard(
    scores: Scores, sheet: AnswerSheet, basis: Basis, *, gaps: bool = True, integration: bool = True
) -> Scorecard:
    """Return the scorecard from the scores of a single sheet. `basis`: on which it was scored.

    Without `gaps`, it takes a third less time.
    """
    block = _BlockStandings(scores)
    found = find_gaps(scores, bands=block.bands) if gaps else ()
    return _read(scores, sheet, basis, block, 0, gaps=found, integration=integration)


@dataclass(frozen=True, slots=True)
class ScoredSheet:
    """The scores of one sheet on one basis, its scorecard, and its overall bands."""

    scores: Scores
    card: Scorecard
    bands: OverallBands


class FewScored:
    """A few sheets scored together, at most `DENSE_LIMIT`, which is faster. Results are the same as for each alone.

    Scorecards are made on request, and not kept.
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
        """Return the scores of one sheet, by position."""
        scores, block = self._scores.of(company), self._standings
        gaps, integration = self._gaps[company], self._integration
        card = _read(scores, self._sheets[company], self._basis, block, company, gaps=gaps, integration=integration)
        return ScoredSheet(scores, card, block.bands.of(company))


class _BlockStandings:
    """The standings of some companies: overall, and of nodes, questions, lenses and law."""

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
    """Return the scorecard of one company. `scores`: of this company; `company`: its position in the block."""
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
    """Score, worst, best, coverage and weight of each part for some companies, with all bands found at once."""

    def __init__(self, edition: Edition, found: Mapping[str, tuple[Triple, Floats, Floats]]) -> None:
        self._bands, self._parts = (*edition.bands, None), list(found)  # NO_BAND is the last
        if found:
            shares = np.stack([triple for triple, _, _ in found.values()])
            further = np.stack([np.stack([coverage, weight]) for _, coverage, weight in found.values()])
            positions = bands_of(edition, shares)
            points = shares * edition.scale
            self._tables = [numbers.transpose(2, 0, 1) for numbers in (points, further, positions)]

    def of(self, company: int) -> dict[str, Standing]:
        """Return the standings of one company, by part."""
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
