"""Companies compared for whoever holds their answers: groups on every basis, one company among its peers, need.

What is here shows single companies wherever a group is small. It is for the desk: what is published is decided in
`disclosure`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.benchmark.need import Association, companies_by_need, need_and_score, need_by_company
from compliance.benchmark.peers import PeerGroup, Position, members, peer_group, position, shares_of
from compliance.benchmark.thresholds import MIN_COMPANIES
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.need import NeedClass
from compliance.scoring.columns import BASES, Basis, Coding, Columns
from compliance.scoring.plan import Plan
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score_columns
from compliance.scoring.types import Codes


@dataclass(frozen=True, slots=True)
class DeskGroup:
    """Companies alike in their labels, on each basis; the groups are those of what is claimed."""

    labels: Mapping[str, str]  # by what they are grouped; "" = not said; empty: all companies together
    sides: Mapping[Basis, PeerGroup]  # verified only where an auditor has judged somebody
    positions: Mapping[Basis, Position | None] | None  # of the one company; None: it is no member

    @property
    def companies(self) -> int:
        """Members, with or without a score."""
        return len(self.sides["claimed"].members)

    def is_for_the_desk(self, basis: Basis) -> bool:
        """Whether so few have a score that a figure would show what single companies score."""
        return self.sides[basis].scored < MIN_COMPANIES

    def has_few_beside(self, basis: Basis) -> bool:
        """Whether that is so of the figures on a basis, or of the medians that stand beside them."""
        others = (side.scored for each, side in self.sides.items() if each != basis)
        return self.is_for_the_desk(basis) or any(0 < scored < MIN_COMPANIES for scored in others)


@dataclass(frozen=True, slots=True)
class Need:
    """How companies and their scores go with the need of the countries they work in, on one basis."""

    known: int  # companies of which need and score are both known
    association: Association | None
    companies: Mapping[NeedClass, int]  # that work in at least one country of the class
    scored: Mapping[NeedClass, int]  # and of these, that have a score


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything compared."""

    plan: Plan
    by: tuple[str, ...]
    together: DeskGroup
    groups: tuple[DeskGroup, ...]  # none where nothing is grouped by
    need: Mapping[Basis, Need]
    company_scores: Mapping[Basis, float | None]  # of the one company, on the edition's scale; empty: nobody is named
    scores: Mapping[Basis, Scores]  # what is compared

    @property
    def bases(self) -> tuple[Basis, ...]:
        """Those that there is something to say on."""
        return tuple(self.together.sides)


def compare(plan: Plan, sheets: Iterable[AnswerSheet], by: Sequence[str] = (), company: str | None = None) -> Desk:
    """Group and compare companies, whose sheets may pass by one at a time.

    Raise KeyError for what `can_group_by` does not name, or for an unknown company.
    """
    coding = Coding(plan.edition, BASES)
    for sheet in sheets:
        coding.add(sheet)
    bases = [basis for basis in BASES if basis != "verified" or coding.has_verdicts]
    scored = {basis: _scored(plan, coding.columns(basis)) for basis in bases}
    claimed = scored["claimed"]
    names = {name: position for position, name in enumerate(claimed.columns.companies)}
    one = None if company is None else names[company]
    everybody = np.arange(len(names))
    groups = members(plan.edition, claimed.columns, by) if by else {}
    shares = {basis: shares_of(scores) for basis, scores in scored.items()}

    def group(labels: Mapping[str, str], who: Codes) -> DeskGroup:
        sides = {basis: peer_group(scores, shares[basis], labels, who) for basis, scores in scored.items()}
        if one is None or one not in who:
            return DeskGroup(labels, sides, None)
        return DeskGroup(labels, sides, {basis: position(scored[basis], side, one) for basis, side in sides.items()})

    return Desk(
        plan=plan,
        by=tuple(by),
        together=group({}, everybody),
        groups=tuple(group(dict(zip(by, key, strict=True)), who) for key, who in groups.items()),
        need={basis: _need(scores) for basis, scores in scored.items()},
        company_scores={} if one is None else {basis: _points(scores, one) for basis, scores in scored.items()},
        scores=scored,
    )


def _scored(plan: Plan, columns: Columns) -> Scores:
    return score_columns(plan, columns, routes_of(plan.edition, columns))


def _need(scores: Scores) -> Need:
    needs = need_by_company(scores)
    return Need(
        known=int(np.sum(~np.isnan(needs) & ~np.isnan(scores.overall.score))),
        association=need_and_score(scores),
        companies=companies_by_need(scores),
        scored=companies_by_need(scores, with_score=True),
    )


def _points(scores: Scores, one: int) -> float | None:
    share = scores.overall.score[one]
    return None if np.isnan(share) else float(share) * scores.plan.edition.scale
