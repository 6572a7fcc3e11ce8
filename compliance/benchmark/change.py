"""Why a score moved from one period to the next: answers, evidence and verification, method, sample.

Four scores of one company lie between the two headlines. With b for the basis compared
(claimed, evidenced or verified), E for an edition, a for a sheet, and *common* for the
questions to which the old answers could be carried:

    b0 = b(E0, a0)               the old headline
    b1 = b(E1, carried a0)       the old answers under the new edition, common questions only
    b2 = b(E1, a1)               the new answers, common questions only
    b3 = b(E1, a1)               the new headline

b1 to b2 is **like for like**: the same questions, weighed in the same way, in both periods. It is split into
*answers* (the same step on the claimed basis) and *evidence* (the rest: how much of the claim is shown or
verified). What is left of the headlines, (b1 − b0) + (b3 − b2), is *method*: other weights, questions that are new,
and those that could not be carried. Within one edition it is 0. The three add up to b3 − b0, exactly.

Of a group, the same path is walked by its statistic (median or mean) over the companies with a score in both
periods; who came and who left is *sample*.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from compliance.benchmark.periods import Coded, TwoPeriods
from compliance.questionnaire.routing import NO, hangs_on
from compliance.scoring.columns import Columns
from compliance.scoring.descend import losses
from compliance.scoring.plan import Plan
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score_blocks, score_columns
from compliance.scoring.types import SCORE, Floats, Truths

Statistic: TypeAlias = Literal["median", "mean"]
#: The columns of the same companies, before and after.
Pair: TypeAlias = tuple[Columns, Columns]
#: So many companies at a time: what each requirement moved is worked out for all questions of all of them.
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Change:
    """How one company moved. Points on the new edition's scale; None: it has no score in one of the periods."""

    company: str
    before: float | None  # the old headline
    after: float | None  # the new one
    answers: float | None
    evidence: float | None
    method: float | None
    like_before: float | None  # both like for like: common questions, the new edition's weights
    like_after: float | None  # None: nothing could be carried
    moved: tuple[
        tuple[str, float], ...
    ]  # requirement, points of the like-for-like change; those that did not move left out
    not_carried: tuple[str, ...]  # questions asked now that are in no like-for-like figure

    @property
    def total(self) -> float | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class GroupChange:
    """How the statistic of a group moved. Points; None: nobody has a score there."""

    statistic: Statistic
    before: float | None
    after: float | None
    answers: float | None
    evidence: float | None
    method: float | None
    sample: float | None
    stayed: int  # companies with a score in both periods
    came: int
    left: int
    like_before: float | None  # like for like: companies that stayed, common questions, the new weights
    like_after: float | None


def changes(periods: TwoPeriods) -> tuple[Change, ...]:
    """The change of every company in either period, by the order of the new sheets, then of those that left."""
    old, new = (_headlines(period) for period in (periods.before, periods.after))
    moved = dict(zip(periods.carried.claimed.companies, _like_for_like(periods), strict=True))
    scale = periods.after.plan.edition.scale
    return tuple(
        _change(company, old.get(company), new.get(company), moved.get(company), scale)
        for company in (*new, *(company for company in old if company not in new))
    )


def group_change(companies: Sequence[Change], statistic: Statistic = "median") -> GroupChange:
    """How a group moved, from the changes of its companies."""
    stayed = [c for c in companies if c.before is not None and c.after is not None]
    was = [c.before for c in companies if c.before is not None]
    now = [c.after for c in companies if c.after is not None]
    path = [
        _middle([_along(c, steps) for c in stayed], statistic)
        for steps in ((), ("answers",), ("answers", "evidence"), ("answers", "evidence", "method"))
    ]
    before, after = _middle(was, statistic), _middle(now, statistic)
    counts = {"stayed": len(stayed), "came": len(now) - len(stayed), "left": len(was) - len(stayed)}
    like = [c for c in stayed if c.like_before is not None and c.like_after is not None]
    return GroupChange(
        statistic=statistic,
        before=before,
        after=after,
        answers=_step(path[0], path[1]),
        evidence=_step(path[1], path[2]),
        method=_step(path[2], path[3]),
        sample=0.0 if len(was) == len(now) == len(stayed) > 0 else _sample(before, after, path[0], path[3]),
        like_before=_middle([c.like_before for c in like if c.like_before is not None], statistic),
        like_after=_middle([c.like_after for c in like if c.like_after is not None], statistic),
        **counts,
    )


# ── One company


@dataclass(frozen=True, slots=True)
class _Like:
    """Like for like, in shares; NaN: nothing could be carried."""

    before: float
    after: float
    claimed_before: float
    claimed_after: float
    moved: tuple[tuple[str, float], ...]
    not_carried: tuple[str, ...]


def _change(company: str, before: float | None, after: float | None, like: _Like | None, scale: float) -> Change:
    if before is None or after is None or like is None:
        unknown = dict.fromkeys(("answers", "evidence", "method", "like_before", "like_after"))
        return Change(company, _points(before, scale), _points(after, scale), moved=(), not_carried=(), **unknown)
    if np.isnan(like.before) or np.isnan(like.after):  # the two share no question that is on: all of it is method
        answers, evidence, like_before, like_after = 0.0, 0.0, None, None
        like = replace(like, moved=())
    else:
        claimed = like.claimed_after - like.claimed_before
        answers = 0.0 if np.isnan(claimed) else claimed  # one period claims nothing that counts: all N/A, some doubted
        evidence = (like.after - like.before) - answers
        like_before, like_after = like.before, like.after
    return Change(
        company=company,
        before=before * scale,
        after=after * scale,
        answers=answers * scale,
        evidence=evidence * scale,
        method=(after - before - answers - evidence) * scale,
        like_before=_points(like_before, scale),
        like_after=_points(like_after, scale),
        moved=tuple((requirement, points * scale) for requirement, points in like.moved),
        not_carried=like.not_carried,
    )


def _points(share: float | None, scale: float) -> float | None:
    return None if share is None else share * scale


def _headlines(period: Coded) -> Mapping[str, float | None]:
    """The overall share of each company; None: no score."""
    overall = (scores.overall.score.tolist() for _, scores in score_blocks(period.plan, period.counted))
    shares = (share for block in overall for share in block)
    return {
        name: None if np.isnan(share) else share for name, share in zip(period.counted.companies, shares, strict=True)
    }


def _like_for_like(periods: TwoPeriods) -> Iterator[_Like]:
    """Of each company in both periods, by the order of the old sheets; a block at a time."""
    plan, companies = periods.after.plan, periods.carried.claimed.companies
    place = {company: i for i, company in enumerate(periods.after.claimed.companies)}
    now = np.array([place[company] for company in companies], np.intp)
    hanging = hangs_on(plan.edition)
    out = {lost: _left_out(hanging, lost) for lost in set(periods.not_carried)}
    for start in range(0, len(companies), _BLOCK):
        stop = start + _BLOCK
        left_out, same = [out[lost] for lost in periods.not_carried[start:stop]], now[start:stop]
        counted = (periods.carried.counted.part(start, stop), periods.after.counted.repeated(same))
        claimed = (periods.carried.claimed.part(start, stop), periods.after.claimed.repeated(same))
        yield from _likes(plan, left_out, counted, claimed)


def _likes(plan: Plan, left_out: Sequence[frozenset[str]], counted: Pair, claimed: Pair) -> Iterator[_Like]:
    """Like for like of some companies, from their columns before and after, on the basis compared and as claimed."""
    before, after = (_common(plan, columns, left_out) for columns in counted)
    said_before, said_after = (_common(plan, columns, left_out) for columns in claimed)
    shares = (scores.overall.value[SCORE].tolist() for scores in (before, after, said_before, said_after))
    moved = {requirement: points.tolist() for requirement, points in _moved(before, after).items()}
    asked_now = routes_of(plan.edition, counted[1]).asked
    for i, (share_before, share_after, claim_before, claim_after) in enumerate(zip(*shares, strict=True)):
        yield _Like(
            before=share_before,
            after=share_after,
            claimed_before=claim_before,
            claimed_after=claim_after,
            moved=tuple((requirement, points[i]) for requirement, points in moved.items() if points[i]),
            not_carried=tuple(q for q in asked_now if q in left_out[i] and asked_now[q][i] != NO),
        )


def _common(plan: Plan, columns: Columns, left_out: Sequence[frozenset[str]]) -> Scores:
    """Score over the questions that both periods share, each company its own."""
    routes = routes_of(plan.edition, columns)
    kinds = {lost: i for i, lost in enumerate(dict.fromkeys(left_out))}
    kind = np.array([kinds[lost] for lost in left_out], np.intp)
    asked: dict[str, Truths] = {}
    for question, truths in routes.asked.items():
        out = np.array([question in lost for lost in kinds], bool)
        asked[question] = np.where(out[kind], np.int8(NO), truths) if out.any() else truths
    return score_columns(plan, columns, replace(routes, asked=asked))


def _left_out(hanging: Mapping[str, frozenset[str]], not_carried: frozenset[str]) -> frozenset[str]:
    """Questions that cannot be compared: not carried, or asked or counted by something that was not."""
    return frozenset(q for q, above in hanging.items() if q in not_carried or above & not_carried)


def _moved(before: Scores, after: Scores) -> Mapping[str, Floats]:
    """By requirement, what it gave or took: losses add up to what is missing, so their changes add up to the change."""
    was, now = losses(before), losses(after)
    return {
        r.id: sum((was[q.id] - now[q.id] for q in r.questions() if q.scored), np.zeros(len(after.columns.companies)))
        for r in after.plan.edition.requirements
    }


# ── A group


def _along(change: Change, steps: Sequence[str]) -> float:
    assert change.before is not None
    taken: list[float] = [getattr(change, step) for step in steps]
    return change.before + sum(taken)


def _middle(values: Sequence[float], statistic: Statistic) -> float | None:
    if not values:
        return None
    return float(np.median(values)) if statistic == "median" else float(np.mean(values))


def _step(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start


def _sample(
    before: float | None, after: float | None, stayed_before: float | None, stayed_after: float | None
) -> float | None:
    """What came and what left does to the statistic; all of it where nobody stayed."""
    if before is None or after is None:
        return None
    return after - before - ((stayed_after or 0.0) - (stayed_before or 0.0))
