"""Comparisons as frames: peer groups, the change between two periods, and ranks with their uncertainty.

Nothing here has passed disclosure control: the figures of small groups show the scores of single companies.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from compliance.frames.answer_frames import answer_sheets
from compliance.frames.edition_tables import (
    EditionTables,
    WrongArgument,
    checked_basis,
    checked_company,
    checked_labels,
)
from compliance.frames.score_frames import known_integers
from compliance.questionnaire.edition_companions import mapping_between
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.coded_answers import Basis, code_answers
from compliance.scoring.score import score
from compliance.statistics.internal_comparison import ComparedGroup, InternalComparison, compare_companies
from compliance.statistics.peer_groups import (
    ScoreDistribution,
    members_by_group,
    position_by_shares,
    shares_by_figure,
)
from compliance.statistics.ranking import FEWEST_DRAWS, MAX_RANKS, RankedCompany, SimulationSettings, rankings
from compliance.statistics.score_change import GroupChange, ScoreChange, compare_periods
from compliance.statistics.two_periods import EditionMigrator, PeriodSheets, code_periods, require_comparable
from compliance.statistics.uncertainty_model import UNCERTAINTY_FACTORS, FactorSelection, UncertaintyFactor

#: The subjects of the rows of `change`.
ChangeRows: TypeAlias = Literal["company", "requirement", "group"]
_QUARTILES = ("lower_quartile", "median", "upper_quartile", "spread")
_STEPS = ("answers", "evidence", "method")


def compare(
    edition: EditionTables,
    answers: pd.DataFrame,
    by: str | Sequence[str] = (),
    *,
    company: str | None = None,
    basis: Basis = "claimed",
) -> pd.DataFrame:
    """Return quartiles of the scores of peer groups and, with `company`, its position among its peers.

    `by`: labels that companies of a group share, such as sector, size or region (of the headquarters). Without it, all
    companies are one group. "" is the label of companies that do not state theirs.

    Index: these labels, and node (as in `score`), if any company of the group has a score. Columns:

    - companies (int64): members of the group
    - n (int64): members whose scores the figures rest on
    - lower_quartile (float64): points, linear between the sorted scores (type 7 of Hyndman and Fan, 1996)
    - median (float64): likewise
    - upper_quartile (float64): likewise
    - spread (float64): upper quartile minus lower quartile
    - common_lower_quartile (float64): the same figures over only the questions that all members are asked
    - common_median (float64): likewise
    - common_upper_quartile (float64): likewise
    - common_spread (float64): likewise
    - internal_only (bool): fewer than 5 members have an overall score, so figures would show single companies' scores

    With `company`, only its groups are returned, with four more columns:

    - score (float64): its own score
    - above (Int64): how many other members score higher; missing if it has no score
    - level (Int64): how many score the same
    - below (Int64): how many score lower

    These figures are for internal use and have not passed disclosure control; `published` reads those that have.

    >>> peers = compare(edition, answers, "sector", company="Aster")
    >>> peers.loc["travel", ["median", "score", "below"]].round(1).head(2)
             median  score  below
    node
    overall    34.2   77.1      2
    reach      35.0   87.5      2

    Raise UnusableAnswers, or WrongArgument.
    """
    labels, sheets = checked_labels(by, edition.edition), answer_sheets(edition, answers)
    position = None if company is None else checked_company(company, [sheet.company for sheet in sheets])
    compared = compare_companies(edition.compiled, sheets, labels)
    if checked_basis(basis) not in compared.bases:
        raise WrongArgument(
            f"basis: the answers have no verdict of an auditor, in a column #verdict, so none is {basis}"
        )
    groups = compared.groups if labels else (compared.together,)
    rows = [
        row
        for group in groups
        if position is None or position in group.by_basis[basis].members
        for row in _group_rows(compared, group, basis, position)
    ]
    counts = ("above", "level", "below") if position is not None else ()
    own = ("score",) if position is not None else ()
    return _typed(
        rows,
        index=(*labels, "node"),
        types={
            **dict.fromkeys(("companies", "n"), "int64"),
            **dict.fromkeys((*_QUARTILES, *(f"common_{name}" for name in _QUARTILES)), "float64"),
            "internal_only": "bool",
            **dict.fromkeys(own, "float64"),
            **dict.fromkeys(counts, "Int64"),
        },
    )


def _group_rows(
    compared: InternalComparison, group: ComparedGroup, basis: Basis, position: int | None
) -> list[dict[str, Any]]:
    side, scale = group.by_basis[basis], compared.compiled.edition.scale
    shares = {} if position is None else shares_by_figure(compared.scores[basis])
    rows = []
    for node, spread in side.figures.items():
        row = {
            **group.labels,
            "node": node,
            "companies": group.companies,
            "n": spread.n,
            **_quartiles(spread),
            **{f"common_{name}": value for name, value in _quartiles(side.comparable_figures.get(node)).items()},
            "internal_only": group.is_below_threshold(basis),
        }
        if position is not None:
            among = position_by_shares(shares[node], side, position)
            row |= {
                "score": shares[node][position] * scale,
                "above": None if among is None else among.above,
                "level": None if among is None else among.tied,
                "below": None if among is None else among.below,
            }
        rows.append(row)
    return rows


def _quartiles(spread: ScoreDistribution | None) -> dict[str, float]:
    figures = (np.nan,) * 4 if spread is None else (spread.lower, spread.median, spread.upper, spread.spread)
    return dict(zip(_QUARTILES, figures, strict=True))


def change(
    edition: EditionTables,
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    old_edition: EditionTables | None = None,
    per: ChangeRows = "company",
    by: str | Sequence[str] = (),
    basis: Basis = "claimed",
) -> pd.DataFrame:
    """Return the change of overall scores between two periods, and its causes. Companies are matched by name.

    `edition` is that of the later period, and of both unless `old_edition` is given. Then answers are mapped by the
    rules beside `edition` (`carries/`). Points are on its scale. With `per="company"`, the index is company, and the
    columns are:

    - before (float64): the earlier score; missing for a company that was absent or had none
    - after (float64): the later score
    - change (float64): after minus before, the sum of the next three
    - answers (float64): the change from different answers, on the questions of both periods, with the new weights
    - evidence (float64): the change from evidence or verification; 0 on the basis claimed
    - method (float64): the change from different questions and weights; 0 within one edition
    - like_before (float64): the earlier score over the questions of both periods, with the new weights
    - like_after (float64): the later score over the same questions and weights
    - not_compared (int64): how many questions are asked now but excluded from like for like

    With `per="requirement"`, the index is company and requirement, of those that changed, with one column:

    - change (float64): its contribution to the like-for-like change of the overall score, in points

    With `per="group"`, the index is the labels of `by` (see `compare`), or `group` with the one value "all". The
    columns are those of a company except the last, for medians, and:

    - sample (float64): the change from companies that came and left; a part of the change of a group
    - stayed (int64): companies with a score in both periods
    - came (int64): companies with a score in the later one only
    - left (int64): companies with a score in the earlier one only

    `compliance/statistics/score_change.py` explains the steps.

    >>> earlier = answers.replace({"reach.higher.training": {50: 20}})
    >>> change(edition, earlier, answers)[["before", "after", "change"]].round(2).head(1)
             before  after  change
    company
    Aster     73.33  77.08    3.75

    Raise UnusableAnswers, or WrongArgument; IncomparableEditions if the two cannot be compared.
    """
    if per not in ("company", "requirement", "group"):
        raise WrongArgument(f"per: {per!r} is none: use company, requirement or group")
    old = old_edition or edition
    labels = checked_labels(by, edition.edition, old.edition)
    if labels and per != "group":
        raise WrongArgument('by: groups are compared with per="group": add it, or leave by out')
    require_comparable(old.edition, edition.edition, checked_basis(basis))
    if old is not edition and edition.path is None:
        raise WrongArgument("edition: rules of carrying answers over lie beside an edition: read it with read_edition")
    rules = {} if edition.path is None else mapping_between(old.edition, edition.edition, edition.path)
    migrator = EditionMigrator(old.edition, edition.edition, rules)
    periods = code_periods(
        PeriodSheets(old.compiled, answer_sheets(old, before)),
        PeriodSheets(edition.compiled, answer_sheets(edition, after)),
        migrator.migrate,
        basis,
    )
    if basis == "verified" and not periods.has_verdicts:
        raise WrongArgument(
            "basis: neither period has a verdict of an auditor, in a column #verdict, so none is verified"
        )
    compared = compare_periods(periods, migrator.unmapped(), labels)
    figures = dict.fromkeys(("before", "after", "change", *_STEPS, "like_before", "like_after"), "float64")
    if per == "company":
        companies = [
            {"company": one.company, **_steps(one), "not_compared": len(one.not_compared)} for one in compared.companies
        ]
        return _typed(companies, index=("company",), types={**figures, "not_compared": "int64"})
    if per == "requirement":
        moved = [
            {"company": one.company, "requirement": requirement, "change": points}
            for one in compared.companies
            for requirement, points in one.by_requirement
        ]
        return _typed(moved, index=("company", "requirement"), types={"change": "float64"})
    named = compared.groups if labels else ((("all",), compared.together),)
    index = labels or ("group",)
    groups = [
        {
            **dict(zip(index, key, strict=True)),
            **_steps(group),
            "sample": group.sample,
            "stayed": group.matched,
            "came": group.entrants,
            "left": group.leavers,
        }
        for key, group in named
    ]
    counts = dict.fromkeys(("stayed", "came", "left"), "int64")
    return _typed(groups, index=index, types={**figures, "sample": "float64", **counts})


def _steps(moved: ScoreChange | GroupChange) -> dict[str, float | None]:
    total = None if moved.before is None or moved.after is None else moved.after - moved.before
    return {
        "before": moved.before,
        "after": moved.after,
        "change": total,
        **{step: getattr(moved, step) for step in _STEPS},
        "like_before": moved.like_for_like_before,
        "like_after": moved.like_for_like_after,
    }


def rank(
    edition: EditionTables,
    answers: pd.DataFrame,
    by: str | Sequence[str] = (),
    *,
    draws: int = 1000,
    seed: int = 1,
    vary: Sequence[UncertaintyFactor] = UNCERTAINTY_FACTORS,
    basis: Basis = "claimed",
) -> pd.DataFrame:
    """Return companies in the order of their overall scores, with the uncertainty of that order, from simulation.

    Each draw varies what could reasonably be different: `weights` of the parts, answers to `blanks`, whether `n/a` is
    accepted (`na`), and the rule of aggregation (`mean`). The same seed gives the same figures, in any order of the
    companies. `by`: labels whose groups are ranked separately, see `compare`.

    Index: these labels, and company, in the order of ranks; companies without a score come last. Columns:

    - rank (Int64): as scored, 1 for the best; never to be shown without the next two
    - rank_from (Int64): the 5th percentile of its ranks over the draws
    - rank_to (Int64): the 95th percentile
    - tie_group (Int64): number of its tie group, from 1; its members cannot be told from its first company
    - stays_ahead (float64): the share of draws in which it ranks before the next; missing for the last
    - score (float64): points
    - worst (float64): the score if every blank were answered worst
    - best (float64): the score if every blank were answered best

    Method: Saisana, Saltelli and Tarantola (2005); Handbook on Constructing Composite Indicators (OECD and JRC, 2008),
    step 7. These figures are for internal use and have not passed disclosure control.

    >>> rank(edition, answers, draws=100, seed=1)[["rank", "rank_from", "rank_to"]]
             rank  rank_from  rank_to
    company
    Aster       1          1        1
    Birch       2          2        2
    Cedar       3          3        3

    Raise UnusableAnswers; or WrongArgument for fewer than 100 draws, a negative seed, or a quick form.
    """
    labels, settings = checked_labels(by, edition.edition), _settings(draws, seed, vary)
    if edition.edition.form == "quick":
        raise WrongArgument(f"edition: {edition.edition.id} is a quick form, a first look, which ranks nobody")
    sheets = answer_sheets(edition, answers)
    if len(sheets) * draws > MAX_RANKS:
        raise WrongArgument(f"draws: {draws} for {len(sheets)} companies are more ranks than fit in memory: draw fewer")
    scores = score(edition.compiled, sheets, checked_basis(basis))
    groups = members_by_group(edition.edition, code_answers(edition.edition, sheets), labels)
    order = list[int]()
    keys = list[tuple[str, ...]]()
    ranked = dict[int, RankedCompany]()
    names = {sheet.company: at for at, sheet in enumerate(sheets)}
    for key, ranking in zip(groups, rankings(scores, [*groups.values()], settings), strict=True):
        places = [one.position for one in ranking.companies]
        ranked |= dict(zip(places, ranking.companies, strict=True))
        places += [names[company] for company in ranking.without_score]
        order += places
        keys += [(*key, sheets[at].company) for at in places]
    known = [ranked.get(at) for at in order]
    missing = np.array([one is None for one in known])
    scale, whole = edition.edition.scale, scores.overall

    def integers(numbers: Sequence[int]) -> pd.arrays.IntegerArray:
        return known_integers(np.array(numbers, np.int64), missing)

    index = [*labels, "company"]
    return pd.DataFrame(
        {
            "rank": integers([one.rank if one else 0 for one in known]),
            "rank_from": integers([one.interval.first if one else 0 for one in known]),
            "rank_to": integers([one.interval.last if one else 0 for one in known]),
            "tie_group": integers([one.tie_group if one else 0 for one in known]),
            "stays_ahead": np.array([one.stays_ahead if one else None for one in known], np.float64),
            **{
                name: figures[order] * scale
                for name, figures in (("score", whole.score), ("worst", whole.worst), ("best", whole.best))
            },
        },
        index=_index(keys, index),
    )


def _settings(draws: int, seed: int, vary: Sequence[UncertaintyFactor]) -> SimulationSettings:
    if draws < FEWEST_DRAWS:
        raise WrongArgument(
            f"draws: {draws} are too few: what holds in 90 of 100 draws takes {FEWEST_DRAWS} of them at least"
        )
    if seed < 0:
        raise WrongArgument(f"seed: {seed} is none: use a whole number from 0 upwards")
    factors = (vary,) if isinstance(vary, str) else tuple(vary)
    for name in factors:
        if name not in UNCERTAINTY_FACTORS:
            hint = did_you_mean(str(name), UNCERTAINTY_FACTORS) or f": name some of {one_of(UNCERTAINTY_FACTORS)}"
            raise WrongArgument(f"vary: {name!r} does not move{hint}")
    if not factors:
        raise WrongArgument(f"vary: name some of {one_of(UNCERTAINTY_FACTORS)}")
    return SimulationSettings(draws=draws, seed=seed, factors=FactorSelection.only(*factors))


def _typed(rows: Sequence[Mapping[str, Any]], *, index: Sequence[str], types: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a frame with these columns and types, even without rows."""
    frame = pd.DataFrame(rows, columns=[*types]).astype(dict(types))
    return frame.set_axis(_index([tuple(row[name] for name in index) for row in rows], index))


def _index(keys: Sequence[tuple[str, ...]], names: Sequence[str]) -> pd.Index:
    """Return an index with these names, with one level or several."""
    if len(names) == 1:
        return pd.Index([key[0] for key in keys], name=names[0], dtype="str")
    levels = [pd.Index([key[level] for key in keys], dtype="str") for level in range(len(names))]
    return pd.MultiIndex.from_arrays(levels, names=list(names))
