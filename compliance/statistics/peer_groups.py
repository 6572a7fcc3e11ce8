"""Peer groups: how companies alike in sector, size or region score, and where one stands among them.

Quartiles are of type 7 of Hyndman and Fan (1996): linear between the sorted scores, as spreadsheets have them.
Nothing here is fit to be published: `compliance.disclosure` decides what may be shown.
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

#: A company is grouped by its profile, or by the region of its headquarters.
REGION = "region"
#: Who did not say is a group of its own, never left out in silence.
NOT_STATED = ""


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """The scores of some companies, on the edition's scale."""

    n: int
    lower: float
    median: float
    upper: float

    @property
    def spread(self) -> float:
        """Interquartile range."""
        return self.upper - self.lower


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Companies with the same labels, and how they score."""

    labels: Mapping[str, str]  # by what they are grouped; "" = not said
    members: Codes  # positions of its companies
    scored: int  # members with an overall score
    figures: Mapping[str, ScoreDistribution]  # by node and `lens:value`, where anybody has a score
    #: The same over those questions only that every member is asked; None where routes do not differ.
    on_common_questions: Mapping[str, ScoreDistribution] | None
    questions: int  # scored questions that any member is asked
    common_questions: int  # and that all of them are

    @property
    def comparable_figures(self) -> Mapping[str, ScoreDistribution]:
        """Figures over the questions that every member is asked."""
        return self.figures if self.on_common_questions is None else self.on_common_questions


@dataclass(frozen=True, slots=True)
class Position:
    """Numbers of the other companies of a group that score above, level with and below one."""

    above: int
    tied: int
    below: int


def grouping_fields(edition: Edition) -> tuple[str, ...]:
    """The labels by which companies of an edition can be grouped."""
    region = (REGION,) if HEADQUARTERS_QUESTION in edition.questions else ()
    return (*(name for name, field in edition.profile.items() if not field.is_number), *region)


def peer_groups(scores: Scores, by: Sequence[str] = ()) -> tuple[PeerGroup, ...]:
    """The groups by these labels, in their order; all companies in one if there are none.

    Raise KeyError for a label that `grouping_fields` does not name.
    """
    shares = shares_by_figure(scores)
    groups = members_by_group(scores.compiled.edition, scores.columns, by).items()
    return tuple(peer_group(scores, shares, dict(zip(by, key, strict=True)), members) for key, members in groups)


def members_by_group(
    edition: Edition, columns: CodedAnswers, by: Sequence[str] = ()
) -> Mapping[tuple[str, ...], Codes]:
    """The positions of the companies of each group, by its labels, in their order.

    Raise KeyError for a label that `grouping_fields` does not name.
    """
    labels = [_labels(edition, columns, name) for name in by]
    groups: dict[tuple[str, ...], list[int]] = {}
    for company in range(len(columns.companies)):
        groups.setdefault(tuple(label[company] for label in labels), []).append(company)
    order = sorted(groups, key=lambda key: [_group_order(edition, n, v) for n, v in zip(by, key, strict=True)])
    return {key: np.array(groups[key], np.int64) for key in order}


def shares_by_figure(scores: Scores) -> Mapping[str, Floats]:
    """Scores of every company by figure of a group: each node, and each value of a lens as `lens:value`."""
    nodes = {
        node: scores.results[node].score.copy() for node in scores.compiled.edition.nodes if node in scores.results
    }
    lenses = {
        f"{lens}:{value}": group.value[SCORE].copy()  # without worst, best and coverage, which it is one row of
        for lens, groups in scores_by_lens(scores).items()
        for value, group in groups.items()
    }
    return nodes | lenses


def peer_group(scores: Scores, shares: Mapping[str, Floats], labels: Mapping[str, str], members: Codes) -> PeerGroup:
    """Make one group of the companies at some positions; `shares` are those of `shares_by_figure`."""
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
    """Place a member among the other members with a score; None if it has none itself."""
    return position_by_shares(scores.results[node].score, group, company)


def position_by_shares(shares: Floats, group: PeerGroup, company: int) -> Position | None:
    """Place a member by the scores of all companies in one figure; None if it has none itself."""
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
    """Region of a headquarters in one country; where several are named it is not said which one counts."""
    if not isinstance(value, tuple) or len(value) != 1:
        return NOT_STATED
    country = countries().get(value[0])
    return country.region if country else NOT_STATED


def _group_order(edition: Edition, name: str, value: str) -> tuple[bool, int, str]:
    """A sort key: as the profile lists its values, not stated last."""
    known = edition.profile[name].values if name in edition.profile else ()
    return value == NOT_STATED, known.index(value) if value in known else len(known), value


def _distributions_on_common_questions(
    scores: Scores, questions: frozenset[str], members: Codes
) -> dict[str, ScoreDistribution]:
    """The figures of those with a score over some of the questions; what they are gated by stays as it is."""
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
    """Score distributions by figure, over companies with an overall score only."""
    scored = _with_score(scores, members)
    for part, of_all in shares.items():
        there = of_all[scored]
        there = there[~np.isnan(there)] * scores.compiled.edition.scale
        if len(there):
            lower, median, upper = (float(q) for q in np.quantile(there, [0.25, 0.5, 0.75]))
            yield part, ScoreDistribution(len(there), lower, median, upper)
