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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import NO, terms
from compliance.scoring.columns import Basis, columns_of
from compliance.scoring.descend import losses
from compliance.scoring.plan import Plan
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score, score_columns
from compliance.scoring.types import SCORE, Floats, Truths

Statistic: TypeAlias = Literal["median", "mean"]


@dataclass(frozen=True, slots=True)
class Carried:
    """A company's old answers, as far as they could be carried into the new edition."""

    sheet: AnswerSheet
    not_carried: frozenset[str] = frozenset()  # question ids, and `profile.<field>`, of the new edition


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


@dataclass(frozen=True, slots=True)
class Period:
    """The sheets of one period and the edition that they answer."""

    plan: Plan
    sheets: Sequence[AnswerSheet]


def changes(
    before: Period, after: Period, carry: Callable[[AnswerSheet], Carried], basis: Basis = "claimed"
) -> tuple[Change, ...]:
    """The change of every company in either period, by the order of the new sheets, then of those that left."""
    old, new = ({sheet.company: sheet for sheet in period.sheets} for period in (before, after))
    both = [company for company in new if company in old]
    headlines = [_headlines(period, basis) for period in (before, after)]
    moved = dict(
        zip(both, _like_for_like(after.plan, [carry(old[c]) for c in both], [new[c] for c in both], basis), strict=True)
    )
    scale = after.plan.edition.scale
    return tuple(
        _change(company, headlines[0].get(company), headlines[1].get(company), moved.get(company), scale)
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
        sample=_sample(before, after, path[0], path[3]),
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


def _headlines(period: Period, basis: Basis) -> Mapping[str, float | None]:
    """The overall share of each company; None: no score."""
    overall = score(period.plan, period.sheets, basis).overall.score
    names = [sheet.company for sheet in period.sheets]
    return {name: None if np.isnan(share) else float(share) for name, share in zip(names, overall, strict=True)}


def _like_for_like(plan: Plan, old: Sequence[Carried], new: Sequence[AnswerSheet], basis: Basis) -> list[_Like]:
    left_out = [_left_out(plan.edition, carried.not_carried) for carried in old]
    sheets = [carried.sheet for carried in old]
    before, after = (_common(plan, which, left_out, basis) for which in (sheets, new))
    claimed = [_common(plan, which, left_out, "claimed") for which in (sheets, new)]
    moved = _moved(before, after)
    asked_now = routes_of(plan.edition, columns_of(plan.edition, new, basis)).asked
    return [
        _Like(
            before=_share(before, i),
            after=_share(after, i),
            claimed_before=_share(claimed[0], i),
            claimed_after=_share(claimed[1], i),
            moved=tuple((r, points) for r, of in moved.items() if (points := float(of[i]))),
            not_carried=tuple(q for q in asked_now if q in left_out[i] and asked_now[q][i] != NO),
        )
        for i in range(len(new))
    ]


def _share(scores: Scores, company: int) -> float:
    return float(scores.overall.value[SCORE, company])


def _common(plan: Plan, sheets: Sequence[AnswerSheet], left_out: Sequence[frozenset[str]], basis: Basis) -> Scores:
    """Score over the questions that both periods share, each company its own."""
    columns = columns_of(plan.edition, sheets, basis)
    routes = routes_of(plan.edition, columns)
    asked: dict[str, Truths] = {}
    for question, truths in routes.asked.items():
        out = np.array([question in those for those in left_out], bool)
        asked[question] = np.where(out, np.int8(NO), truths)
    return score_columns(plan, columns, replace(routes, asked=asked))


def _left_out(edition: Edition, not_carried: frozenset[str]) -> frozenset[str]:
    """Questions that cannot be compared: not carried, or asked or counted by something that was not."""
    if not not_carried:
        return frozenset()
    out = set(not_carried)

    def visit(part: Node | Question, above: bool) -> None:
        here = above or any(term.id in out for term in terms(part.asked_when))
        if isinstance(part, Node):
            for below in part.parts:
                visit(below, here)
        elif here or any(term.id in out for term in terms(part.counts_when)):
            out.add(part.id)

    visit(edition.root, False)
    return frozenset(out & edition.questions.keys())


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
