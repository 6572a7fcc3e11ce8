"""Decomposition of score changes between two periods: answers, evidence and verification, method, sample.

Four scores of one company lie between the two headlines. With b for the basis compared (claimed, evidenced or
verified), E for an edition, a for a sheet, and *common* for the questions that the old answers migrated to:

    b0 = b(E0, a0)               the old headline
    b1 = b(E1, migrated a0)      the old answers under the new edition, common questions only
    b2 = b(E1, a1)               the new answers, common questions only
    b3 = b(E1, a1)               the new headline

b1 to b2 is **like for like**: the same questions and weights in both periods. It splits into *answers* (the same
step on the claimed basis) and *evidence* (the remainder: how much of the claim is shown or verified). The rest of
the change, (b1 - b0) + (b3 - b2), is *method*: other weights, new questions, questions that did not migrate. It is
0 within one edition. The three add up to b3 - b0 exactly.

For a group, the same steps apply to its statistic (median or mean) over the companies with a score in both periods.
The effect of entrants and leavers is *sample*. In each period, a company belongs to the group given by its answers
in that period: one that changed its sector has left one group and entered another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.routing import NO, routing_dependencies
from compliance.scoring.attribution import losses
from compliance.scoring.coded_answers import CodedAnswers, route_answers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import SCORE, Floats, Truths
from compliance.scoring.score import Scores, score_blocks, score_columns
from compliance.statistics.peer_groups import members_by_group
from compliance.statistics.two_periods import CodedPeriod, TwoPeriods, UnmappedCount

Statistic: TypeAlias = Literal["median", "mean"]
#: Columns of the same companies, before and after.
ColumnPair: TypeAlias = tuple[CodedAnswers, CodedAnswers]
#: Companies in a block. The contributions of requirements need all questions of all companies of a block.
_BLOCK = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """The decomposed score change of one company, in points on the new edition's scale. None: unknown.

    Only the headlines are known of a company without a score in one of the periods.
    """

    company: str
    before: float | None  # the old headline
    after: float | None  # the new headline
    answers: float | None = None
    evidence: float | None = None
    method: float | None = None
    like_for_like_before: float | None = None  # common questions, the new edition's weights
    like_for_like_after: float | None = None  # None: no answer could be migrated
    #: Like-for-like change by requirement, in points, without requirements that did not change.
    by_requirement: tuple[tuple[str, float], ...] = ()
    not_compared: tuple[str, ...] = ()  # questions asked now but excluded from like for like

    @property
    def total(self) -> float | None:
        """The score after minus the score before."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """The decomposed change of a group's statistic, in points. None: no company has a score there."""

    statistic: Statistic
    before: float | None
    after: float | None
    answers: float | None
    evidence: float | None
    method: float | None
    sample: float | None
    matched: int  # companies with a score in both periods
    entrants: int  # companies with a score in the later period only
    leavers: int  # companies with a score in the earlier period only
    like_for_like_before: float | None  # matched companies, common questions, the new edition's weights
    like_for_like_after: float | None


def score_changes(periods: TwoPeriods) -> tuple[ScoreChange, ...]:
    """Return the change of every company in either period, in the order of the new sheets, then those that left."""
    old, new = (_headlines(period) for period in (periods.before, periods.after))
    like_for_like = dict(zip(periods.migrated.claimed.companies, _like_for_like(periods), strict=True))
    scale = periods.after.compiled.edition.scale
    return tuple(
        _score_change(company, old.get(company), new.get(company), like_for_like.get(company), scale)
        for company in (*new, *(company for company in old if company not in new))
    )


def group_change(companies: Sequence[ScoreChange], statistic: Statistic = "median") -> GroupChange:
    """Return the decomposed change of a group, from the changes of its companies."""
    matched = [c for c in companies if c.before is not None and c.after is not None]
    was = [c.before for c in companies if c.before is not None]
    now = [c.after for c in companies if c.after is not None]
    path = [
        _statistic_of([_after_steps(c, steps) for c in matched], statistic)
        for steps in ((), ("answers",), ("answers", "evidence"), ("answers", "evidence", "method"))
    ]
    before, after = _statistic_of(was, statistic), _statistic_of(now, statistic)
    counts = {"matched": len(matched), "entrants": len(now) - len(matched), "leavers": len(was) - len(matched)}
    like = [c for c in matched if c.like_for_like_before is not None and c.like_for_like_after is not None]
    return GroupChange(
        statistic=statistic,
        before=before,
        after=after,
        answers=_difference(path[0], path[1]),
        evidence=_difference(path[1], path[2]),
        method=_difference(path[2], path[3]),
        sample=0.0 if len(was) == len(now) == len(matched) > 0 else _sample_effect(before, after, path[0], path[3]),
        like_for_like_before=_statistic_of(
            [c.like_for_like_before for c in like if c.like_for_like_before is not None], statistic
        ),
        like_for_like_after=_statistic_of(
            [c.like_for_like_after for c in like if c.like_for_like_after is not None], statistic
        ),
        **counts,
    )


# ── One company


@dataclass(frozen=True, slots=True)
class _LikeForLike:
    """Like-for-like figures of a company as shares of full marks. NaN: no answer could be migrated."""

    before: float
    after: float
    claimed_before: float
    claimed_after: float
    by_requirement: tuple[tuple[str, float], ...]
    not_compared: tuple[str, ...]


def _score_change(
    company: str, before: float | None, after: float | None, like: _LikeForLike | None, scale: float
) -> ScoreChange:
    if before is None or after is None or like is None:
        return ScoreChange(company=company, before=_points(before, scale), after=_points(after, scale))
    if np.isnan(like.before) or np.isnan(like.after):  # no question in common is on, so all change is method
        answers, evidence, like_before, like_after = 0.0, 0.0, None, None
        like = replace(like, by_requirement=())
    else:
        claimed = like.claimed_after - like.claimed_before
        answers = 0.0 if np.isnan(claimed) else claimed  # claims of one period have no score: all N/A, some doubted
        evidence = (like.after - like.before) - answers
        like_before, like_after = like.before, like.after
    return ScoreChange(
        company=company,
        before=before * scale,
        after=after * scale,
        answers=answers * scale,
        evidence=evidence * scale,
        method=(after - before - answers - evidence) * scale,
        like_for_like_before=_points(like_before, scale),
        like_for_like_after=_points(like_after, scale),
        by_requirement=tuple((requirement, points * scale) for requirement, points in like.by_requirement),
        not_compared=like.not_compared,
    )


def _points(share: float | None, scale: float) -> float | None:
    return None if share is None else share * scale


def _headlines(period: CodedPeriod) -> Mapping[str, float | None]:
    """Return each company's overall share of full marks, or None for no score."""
    overall = (scores.overall.score.tolist() for _, scores in score_blocks(period.compiled, period.on_basis))
    shares = (share for block in overall for share in block)
    return {
        name: None if np.isnan(share) else share for name, share in zip(period.on_basis.companies, shares, strict=True)
    }


def _like_for_like(periods: TwoPeriods) -> Iterator[_LikeForLike]:
    """Yield the like-for-like figures of each company in both periods, in the order of the old sheets, in blocks."""
    compiled, companies = periods.after.compiled, periods.migrated.claimed.companies
    position = {company: i for i, company in enumerate(periods.after.claimed.companies)}
    row_after = np.array([position[company] for company in companies], np.intp)
    dependencies = routing_dependencies(compiled.edition)
    excluded = {unmapped: _not_comparable(dependencies, unmapped) for unmapped in set(periods.unmapped)}
    for start in range(0, len(companies), _BLOCK):
        stop = start + _BLOCK
        left_out, rows = [excluded[unmapped] for unmapped in periods.unmapped[start:stop]], row_after[start:stop]
        on_basis = (periods.migrated.on_basis.part(start, stop), periods.after.on_basis.repeated(rows))
        claimed = (periods.migrated.claimed.part(start, stop), periods.after.claimed.repeated(rows))
        yield from _like_for_like_block(compiled, left_out, on_basis, claimed)


def _like_for_like_block(
    compiled: CompiledEdition, left_out: Sequence[frozenset[str]], on_basis: ColumnPair, claimed: ColumnPair
) -> Iterator[_LikeForLike]:
    """Yield the like-for-like figures of some companies, from columns on the basis compared and as claimed."""
    before, after = (_common_questions_scores(compiled, columns, left_out) for columns in on_basis)
    scores_claimed_before, scores_claimed_after = (
        _common_questions_scores(compiled, columns, left_out) for columns in claimed
    )
    shares = (
        scores.overall.value[SCORE].tolist() for scores in (before, after, scores_claimed_before, scores_claimed_after)
    )
    moved = {requirement: points.tolist() for requirement, points in _change_by_requirement(before, after).items()}
    asked_now = route_answers(compiled.edition, on_basis[1]).asked
    for i, (share_before, share_after, claim_before, claim_after) in enumerate(zip(*shares, strict=True)):
        yield _LikeForLike(
            before=share_before,
            after=share_after,
            claimed_before=claim_before,
            claimed_after=claim_after,
            by_requirement=tuple((requirement, points[i]) for requirement, points in moved.items() if points[i]),
            not_compared=tuple(q for q in asked_now if q in left_out[i] and asked_now[q][i] != NO),
        )


def _common_questions_scores(
    compiled: CompiledEdition, columns: CodedAnswers, left_out: Sequence[frozenset[str]]
) -> Scores:
    """Return scores over the questions that both periods share, which may differ between companies."""
    routes = route_answers(compiled.edition, columns)
    patterns = {excluded: i for i, excluded in enumerate(dict.fromkeys(left_out))}
    pattern = np.array([patterns[excluded] for excluded in left_out], np.intp)
    asked: dict[str, Truths] = {}
    for question, truths in routes.asked.items():
        is_excluded = np.array([question in excluded for excluded in patterns], bool)
        asked[question] = np.where(is_excluded[pattern], np.int8(NO), truths) if is_excluded.any() else truths
    return score_columns(compiled, columns, replace(routes, asked=asked))


def _not_comparable(dependencies: Mapping[str, frozenset[str]], unmapped: frozenset[str]) -> frozenset[str]:
    """Return the questions that cannot be compared: unmapped, or with a route that depends on unmapped ones."""
    return frozenset(q for q, above in dependencies.items() if q in unmapped or above & unmapped)


def _change_by_requirement(before: Scores, after: Scores) -> Mapping[str, Floats]:
    """Return each requirement's contribution: losses sum to 1 − overall, so their changes sum to the change."""
    was, now = losses(before), losses(after)
    return {
        r.id: sum((was[q.id] - now[q.id] for q in r.questions() if q.scored), np.zeros(len(after.columns.companies)))
        for r in after.compiled.edition.requirements
    }


# ── A group


def _after_steps(change: ScoreChange, steps: Sequence[str]) -> float:
    assert change.before is not None
    components: list[float] = [getattr(change, step) for step in steps]
    return change.before + sum(components)


def _statistic_of(values: Sequence[float], statistic: Statistic) -> float | None:
    if not values:
        return None
    return float(np.median(values)) if statistic == "median" else float(np.mean(values))


def _difference(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start


def _sample_effect(
    before: float | None, after: float | None, matched_before: float | None, matched_after: float | None
) -> float | None:
    """Return the effect of entrants and leavers on the statistic: all of the change if no company matched."""
    if before is None or after is None:
        return None
    return after - before - ((matched_after or 0.0) - (matched_before or 0.0))


GroupLabels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UncomparedQuestion:
    """A question asked now but excluded from like for like, and the number of companies with that."""

    question: str
    companies: int


@dataclass(frozen=True, slots=True)
class PeriodComparison:
    """The comparison of two periods, in points on the new edition's scale."""

    before: Edition
    after: Edition
    by: tuple[str, ...]
    companies: tuple[ScoreChange, ...]
    labels: Mapping[str, GroupLabels]  # by company, from the later of its periods
    together: GroupChange
    groups: tuple[tuple[GroupLabels, GroupChange], ...]  # empty without grouping
    unmapped: tuple[UnmappedCount, ...]
    uncompared: tuple[UncomparedQuestion, ...]  # in file order

    @property
    def is_one_edition(self) -> bool:
        """True if both periods answer the same edition, with the same digest."""
        return self.before.digest == self.after.digest


def compare_periods(periods: TwoPeriods, unmapped: Iterable[UnmappedCount], by: Sequence[str] = ()) -> PeriodComparison:
    """Return the comparison of two periods. `unmapped`: the answers that were not mapped from one to the other.

    Raise KeyError for a label that `grouping_fields` does not name in both editions.
    """
    old, new = periods.before.compiled.edition, periods.after.compiled.edition
    changes = score_changes(periods)
    was, now = (_labels(period, by) for period in (periods.before, periods.after))
    keys = dict.fromkeys((*now.values(), *was.values()))
    asked = Counter(question for change in changes for question in change.not_compared)
    return PeriodComparison(
        before=old,
        after=new,
        by=tuple(by),
        companies=changes,
        labels={**was, **now},
        together=group_change(changes),
        groups=tuple((key, group_change(list(_in_group(changes, was, now, key)))) for key in keys) if by else (),
        unmapped=tuple(unmapped),
        uncompared=tuple(
            UncomparedQuestion(question, asked[question]) for question in new.questions if question in asked
        ),
    )


def _labels(period: CodedPeriod, by: Sequence[str]) -> Mapping[str, GroupLabels]:
    """Return the labels of each company, in the order of the groups."""
    companies = period.claimed.companies
    groups = members_by_group(period.compiled.edition, period.claimed, by)
    return {companies[i]: key for key, members in groups.items() for i in members}


def _in_group(
    changes: Sequence[ScoreChange], was: Mapping[str, GroupLabels], now: Mapping[str, GroupLabels], key: GroupLabels
) -> Iterator[ScoreChange]:
    """Yield the changes of a group. A company that came from another group, or left for one, has only one side."""
    for change in changes:
        there, here = was.get(change.company) == key, now.get(change.company) == key
        if there and here:
            yield change
        elif there:
            yield replace(change, after=None)
        elif here:
            yield replace(change, before=None)
