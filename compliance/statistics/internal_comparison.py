"""Internal comparison of companies: peer groups on every basis, one company among its peers, and score against need.

For people who hold the answers: small groups show single companies. Score against need asks whether responsibility sits
where it is least needed: Spearman's correlation of the overall score with the mean need weight of the countries that a
company works in.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import NEED_CLASSES, NEED_WEIGHTS, NeedClass, country_need
from compliance.questionnaire.edition import Edition
from compliance.scoring.coded_answers import BASES, AnswerCoder, Basis, CodedAnswers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import Codes, Floats
from compliance.scoring.score import Scores, score_columns
from compliance.statistics.correlation import RankCorrelation, spearman
from compliance.statistics.peer_groups import (
    PeerGroup,
    Position,
    members_by_group,
    peer_group,
    position_among_peers,
    shares_by_figure,
)
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

#: The question about countries where people work for the company.
COUNTRIES_OF_OPERATION = "about.operations"


def asks_countries_of_operation(edition: Edition) -> bool:
    """Tell whether companies are asked in which countries they work. Otherwise their need is unknown."""
    return COUNTRIES_OF_OPERATION in edition.questions


def mean_need_by_company(scores: Scores) -> Floats:
    """Return the mean need weight, from 1 to 3, of each company's countries of operation; NaN if it names none."""
    if not asks_countries_of_operation(scores.compiled.edition):
        return np.full(len(scores.columns.companies), np.nan)
    column = scores.columns.answers[COUNTRIES_OF_OPERATION]
    of_answer = [_mean_weight(value) for value in column.values]
    needs: Floats = np.array([np.nan, np.nan, *of_answer], float)[column.codes]
    return needs


def need_score_correlation(scores: Scores) -> RankCorrelation | None:
    """Return the correlation of score with need, over companies for which both are known."""
    return spearman(mean_need_by_company(scores), scores.overall.score)


def companies_by_need_class(scores: Scores, with_score: bool = False) -> dict[NeedClass, int]:
    """Return the number of companies, or of those with a score, that work in a country of each need class."""
    if not asks_countries_of_operation(scores.compiled.edition):
        return dict.fromkeys(NEED_CLASSES, 0)
    column = scores.columns.answers[COUNTRIES_OF_OPERATION]
    counts: Counter[NeedClass] = Counter()
    for code in column.codes[~np.isnan(scores.overall.score)] if with_score else column.codes:
        if code >= 2:
            value = column.values[code - 2]
            counts.update({country_need(c).need_class for c in value} if isinstance(value, tuple) else set())
    return {need_class: counts[need_class] for need_class in NEED_CLASSES}


def _mean_weight(value: object) -> float:
    if not isinstance(value, tuple) or not value:
        return math.nan
    return sum(NEED_WEIGHTS[country_need(code).need_class] for code in value) / len(value)


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    """Companies with the same labels, on each basis. Grouping uses the claimed answers."""

    labels: Mapping[str, str]  # by label; "" = not stated; empty: all companies together
    by_basis: Mapping[Basis, PeerGroup]  # verified only if there are verdicts
    positions: Mapping[Basis, Position | None] | None  # of the one company; None: it is not a member

    @property
    def companies(self) -> int:
        """Number of members, with or without a score."""
        return len(self.by_basis["claimed"].members)

    def is_below_threshold(self, basis: Basis) -> bool:
        """Tell whether so few have a score that a figure would reveal single companies' scores."""
        return self.by_basis[basis].scored < MIN_CONTRIBUTORS

    def has_figures_below_threshold(self, basis: Basis) -> bool:
        """Tell whether the figures on a basis, or the medians beside them, rest on too few companies."""
        others = (side.scored for each, side in self.by_basis.items() if each != basis)
        return self.is_below_threshold(basis) or any(0 < scored < MIN_CONTRIBUTORS for scored in others)


@dataclass(frozen=True, slots=True)
class NeedAndScore:
    """Need of the countries that companies work in, with their scores, on one basis."""

    pairs: int  # companies with known need and score
    correlation: RankCorrelation | None
    companies: Mapping[NeedClass, int]  # companies that work in at least one country of the class
    scored: Mapping[NeedClass, int]  # those of them that have a score


@dataclass(frozen=True, slots=True)
class InternalComparison:
    """Comparison of companies, of their groups, and of score with need."""

    compiled: CompiledEdition
    by: tuple[str, ...]
    together: ComparedGroup
    groups: tuple[ComparedGroup, ...]  # empty without grouping
    need: Mapping[Basis, NeedAndScore]
    company_scores: Mapping[Basis, float | None]  # of the one company, on the edition's scale; empty: none named
    scores: Mapping[Basis, Scores]  # the scores compared

    @property
    def bases(self) -> tuple[Basis, ...]:
        """The bases that are compared."""
        return tuple(self.together.by_basis)


def compare_companies(
    compiled: CompiledEdition, sheets: Iterable[AnswerSheet], by: Sequence[str] = (), company: str | None = None
) -> InternalComparison:
    """Return the comparison of companies, whose sheets are iterated over once.

    Raise KeyError for a label that `grouping_fields` does not name, or for an unknown company.
    """
    coder = AnswerCoder(compiled.edition, BASES)
    for sheet in sheets:
        coder.add(sheet)
    bases = [basis for basis in BASES if basis != "verified" or coder.has_verdicts]
    scored = {basis: _score_columns(compiled, coder.columns(basis)) for basis in bases}
    claimed = scored["claimed"]
    names = {name: row for row, name in enumerate(claimed.columns.companies)}
    position = None if company is None else names[company]
    all_rows = np.arange(len(names))
    groups = members_by_group(compiled.edition, claimed.columns, by) if by else {}
    shares = {basis: shares_by_figure(scores) for basis, scores in scored.items()}

    def group(labels: Mapping[str, str], members: Codes) -> ComparedGroup:
        by_basis = {basis: peer_group(scores, shares[basis], labels, members) for basis, scores in scored.items()}
        if position is None or position not in members:
            return ComparedGroup(labels, by_basis, None)
        return ComparedGroup(
            labels,
            by_basis,
            {basis: position_among_peers(scored[basis], peers, position) for basis, peers in by_basis.items()},
        )

    return InternalComparison(
        compiled=compiled,
        by=tuple(by),
        together=group({}, all_rows),
        groups=tuple(group(dict(zip(by, key, strict=True)), members) for key, members in groups.items()),
        need={basis: _need_and_score(scores) for basis, scores in scored.items()},
        company_scores={}
        if position is None
        else {basis: _points(scores, position) for basis, scores in scored.items()},
        scores=scored,
    )


def _score_columns(compiled: CompiledEdition, columns: CodedAnswers) -> Scores:
    return score_columns(compiled, columns, route_answers(compiled.edition, columns))


def _need_and_score(scores: Scores) -> NeedAndScore:
    needs = mean_need_by_company(scores)
    return NeedAndScore(
        pairs=int(np.sum(~np.isnan(needs) & ~np.isnan(scores.overall.score))),
        correlation=need_score_correlation(scores),
        companies=companies_by_need_class(scores),
        scored=companies_by_need_class(scores, with_score=True),
    )


def _points(scores: Scores, company: int) -> float | None:
    share = scores.overall.score[company]
    return None if np.isnan(share) else float(share) * scores.compiled.edition.scale
