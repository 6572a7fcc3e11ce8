"""Peer groups: the scores of companies with the same sector, size or region, and a company's position among them.

Quartiles are of type 7 of Hyndman and Fan (1996): linear between the sorted scores, as in spreadsheets. Nothing here is
ready to be published: `compliance.disclosure` decides what may be shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from compliance.questionnaire.answers import AnswerValue
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, OVERALL, Edition
from compliance.questionnaire.routing import NO, YES
from compliance.scoring.answer_columns import Column
from compliance.scoring.attribution import scores_by_lens
from compliance.scoring.coded_answers import CodedAnswers, route_answers
from compliance.scoring.numeric import SCORE, TOLERANCE, Codes, Floats
from compliance.scoring.score import Scores, score_columns

#: The label for the region of a company's headquarters. Other labels are profile fields.
REGION = "region"
#: The label of companies that did not state one. They are a group of their own, and never left out silently.
NOT_STATED = ""


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """The distribution of some companies' scores, on the edition's scale."""

    n: int
    lower: float
    median: float
    upper: float

    @property
    def spread(self) -> float:
        """The interquartile range."""
        return self.upper - self.lower


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Companies with the same labels, and their scores."""

    labels: Mapping[str, str]  # by label; "" = not stated
    members: Codes  # positions of its companies
    scored: int  # members with an overall score
    figures: Mapping[str, ScoreDistribution]  # by node and `lens:value`, if any company has a score
    #: The same over only the questions that every member is asked; None: all are asked the same.
    on_common_questions: Mapping[str, ScoreDistribution] | None
    questions: int  # scored questions that any member is asked
    common_questions: int  # scored questions that all members are asked

    @property
    def comparable_figures(self) -> Mapping[str, ScoreDistribution]:
        """The figures over the questions that every member is asked."""
        return self.figures if self.on_common_questions is None else self.on_common_questions


@dataclass(frozen=True, slots=True)
class Position:
    """Numbers of the group's other companies that score above, level with and below a company."""

    above: int
    tied: int
    below: int


def grouping_fields(edition: Edition) -> tuple[str, ...]:
    """Return the labels by which companies of an edition can be grouped."""
    region = (REGION,) if HEADQUARTERS_QUESTION in edition.questions else ()
    return (*(name for name, field in edition.profile.items() if not field.is_number), *region)


def peer_groups(scores: Scores, by: Sequence[str] = ()) -> tuple[PeerGroup, ...]:
    """Return the groups by these labels, in the labels' order, or all companies as one group without labels.

    Raise KeyError for a label that `grouping_fields` does not name.
    """
    shares = shares_by_figure(scores)
    groups = members_by_group(scores.compiled.edition, scores.columns, by).items()
    return tuple(peer_group(scores, shares, dict(zip(by, key, strict=True)), members) for key, members in groups)


def members_by_group(
    edition: Edition, columns: CodedAnswers, by: Sequence[str] = ()
) -> Mapping[tuple[str, ...], Codes]:
    """Return the positions of the companies in each group, by the group's labels, in the labels' order.

    Raise KeyError for a label that `grouping_fields` does not name.
    """
    labels = [_labels(edition, columns, name) for name in by]
    groups: dict[tuple[str, ...], list[int]] = {}
    for company in range(len(columns.companies)):
        groups.setdefault(tuple(label[company] for label in labels), []).append(company)
    order = sorted(groups, key=lambda key: [_group_order(edition, n, v) for n, v in zip(by, key, strict=True)])
    return {key: np.array(groups[key], np.int64) for key in order}


def shares_by_figure(scores: Scores) -> Mapping[str, Floats]:
    """Return every company's scores by figure of a group: each node, and each lens value as `lens:value`."""
    nodes = {
        node: scores.results[node].score.copy() for node in scores.compiled.edition.nodes if node in scores.results
    }
    lenses = {
        f"{lens}:{value}": group.value[SCORE].copy()  # a copy, to release the array of worst, best and coverage
        for lens, groups in scores_by_lens(scores).items()
        for value, group in groups.items()
    }
    return nodes | lenses


def peer_group(scores: Scores, shares: Mapping[str, Floats], labels: Mapping[str, str], members: Codes) -> PeerGroup:
    """Return the group of the companies at some positions. `shares`: from `shares_by_figure`."""
    asked = {q: scores.routes.asked[q][members] == YES for q in scores.compiled.points_ranges}
    of_any = [q for q, yes in asked.items() if yes.any()]
    of_all = frozenset(q for q, yes in asked.items() if yes.all())
    figures = dict(_distributions(scores, shares, members))
    is_same_route = len(of_any) == len(of_all)
    return PeerGroup(
        labels=labels,
        members=members,
        scored=figures[OVERALL].n if OVERALL in figures else 0,
        figures=figures,
        on_common_questions=None if is_same_route else _distributions_on_common_questions(scores, of_all, members),
        questions=len(of_any),
        common_questions=len(of_all),
    )


def position_among_peers(scores: Scores, group: PeerGroup, company: int, node: str = OVERALL) -> Position | None:
    """Return a member's position among the other members with a score, or None if it has none itself."""
    return position_by_shares(scores.results[node].score, group, company)


def position_by_shares(shares: Floats, group: PeerGroup, company: int) -> Position | None:
    """Return a member's position by all companies' scores in one figure, or None if it has none itself."""
    own = shares[company]
    others = shares[group.members[group.members != company]]
    if np.isnan(own):
        return None
    above, below = int(np.sum(others > own + TOLERANCE)), int(np.sum(others < own - TOLERANCE))
    return Position(above, int(np.sum(~np.isnan(others))) - above - below, below)


def _labels(edition: Edition, columns: CodedAnswers, name: str) -> list[str]:
    if name == REGION and HEADQUARTERS_QUESTION in edition.questions:
        column = columns.answers[HEADQUARTERS_QUESTION]
        return _label_by_company(column, [_region(value) for value in column.values])
    if name not in grouping_fields(edition):
        raise KeyError(name)
    column = columns.profile[name]
    return _label_by_company(column, [str(value) for value in column.values])


def _label_by_company(column: Column, words: Sequence[str]) -> list[str]:
    by_code = (NOT_STATED, NOT_STATED, *words)  # blank, n/a, then the answers that occur
    return [by_code[code] for code in column.codes]


def _region(value: AnswerValue) -> str:
    """Return the region of a headquarters, or NOT_STATED unless it is one known country."""
    if not isinstance(value, tuple) or len(value) != 1:
        return NOT_STATED
    country = countries().get(value[0])
    return country.region if country else NOT_STATED


def _group_order(edition: Edition, name: str, value: str) -> tuple[bool, int, str]:
    """Return a sort key: as the profile lists its values, NOT_STATED last."""
    known = edition.profile[name].values if name in edition.profile else ()
    return value == NOT_STATED, known.index(value) if value in known else len(known), value


def _distributions_on_common_questions(
    scores: Scores, questions: frozenset[str], members: Codes
) -> dict[str, ScoreDistribution]:
    """Return the figures over these questions only, for members with a score. Gates stay as they are."""
    scored = _with_score(scores, members)
    columns = scores.columns.repeated(scored)
    routes = route_answers(scores.compiled.edition, columns)
    nobody = np.full(len(scored), NO, np.int8)
    asked = {q: truths if q in questions else nobody for q, truths in routes.asked.items()}
    common = score_columns(scores.compiled, columns, replace(routes, asked=asked))
    return dict(_distributions(common, shares_by_figure(common), np.arange(len(scored))))


def _with_score(scores: Scores, members: Codes) -> Codes:
    scored: Codes = members[~np.isnan(scores.overall.score[members])]
    return scored


def _distributions(
    scores: Scores, shares: Mapping[str, Floats], members: Codes
) -> Iterator[tuple[str, ScoreDistribution]]:
    """Yield score distributions by figure, over only companies with an overall score."""
    scored = _with_score(scores, members)
    for part, of_all in shares.items():
        there = of_all[scored]
        there = there[~np.isnan(there)] * scores.compiled.edition.scale
        if len(there):
            lower, median, upper = (float(q) for q in np.quantile(there, [0.25, 0.5, 0.75]))
            yield part, ScoreDistribution(len(there), lower, median, upper)
