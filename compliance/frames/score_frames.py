"""Scores as frames: of every company and node, and the scorecard of one company."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from compliance.frames.answer_frames import answer_sheets
from compliance.frames.edition_tables import EditionTables, checked_basis, checked_company
from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.scoring.bands import NO_BAND, NO_RANK, ranks_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import COVERAGE, SCORE, Codes, Flags
from compliance.scoring.score import score as score_sheets
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import node_figures

#: The levels of a scorecard's parts, from the top.
LEVELS = ("overall", "theme", "requirement", "node", "question")


def score(edition: EditionTables, answers: pd.DataFrame, *, basis: Basis = "claimed") -> pd.DataFrame:
    """Return the score of every company in every node, and in every lens value as `lens:value`.

    `basis`: which answers count: claimed (all), evidenced (those with evidence) or verified (as an auditor confirmed).

    Index: company, in the order of the answers, and node, in the order of the edition. Columns:

    - score (float64): points; missing if too little is answered, or there is nothing to answer
    - worst (float64): the score if every blank were answered worst, and every unconfirmed `n/a` refused
    - best (float64): the score if every blank were answered best
    - coverage (float64): the share of the weight asked that is answered; missing if nothing is asked
    - band (category): id of the band, lowest first; for `overall` no higher than minimum standards allow
    - rank (Int64): 1 for the best, ties share the smallest; missing without a score, and in a quick form

    The guide explains the arithmetic with worked numbers (`questionnaires/README.md`, The arithmetic). For the
    uncertainty of ranks, use `rank`.

    >>> score(edition, answers)["score"].unstack("node")[["overall", "reach", "accountability"]].round(1)
    node     overall  reach  accountability
    company
    Aster       77.1   87.5            66.7
    Birch       34.2   35.0            33.3
    Cedar        0.0    0.0             0.0

    Raise UnusableAnswers, or WrongArgument.
    """
    scores = score_sheets(edition.compiled, answer_sheets(edition, answers), checked_basis(basis))
    made, nodes = edition.edition, list(node_figures(scores))
    rows = np.stack([node.rows for node in nodes], axis=1)  # companies, nodes, figures
    figures = {
        name: rows[..., at].ravel() * (1.0 if at == COVERAGE else made.scale)
        for at, name in enumerate(("score", "worst", "best", "coverage"))
    }
    bands = np.stack([node.bands for node in nodes], axis=1)
    ids = {NO_BAND: None, **{at: band.id for at, band in enumerate(made.bands)}}
    ranks = np.stack([ranks_of(made, node.rows[:, SCORE]) for node in nodes], axis=1).ravel()
    return pd.DataFrame(
        {
            **figures,
            "band": _band_column(made, [ids[band] for band in bands.ravel().tolist()]),
            "rank": known_integers(ranks, (ranks == NO_RANK) | (made.form == "quick")),
        },
        index=pd.MultiIndex.from_product(
            [scores.columns.companies, [node.node for node in nodes]], names=["company", "node"]
        ),
    )


def scorecard(edition: EditionTables, answers: pd.DataFrame, company: str, *, basis: Basis = "claimed") -> pd.DataFrame:
    """Return one company's scorecard: overall, themes, requirements and scored questions, and what each gap costs.

    Index: part, the id of a node or question, in the order of the edition. Columns:

    - level (category): overall, theme, requirement, node (any other) or question
    - within (str): id of the part that holds it; missing for `overall`
    - title (str): its title, or the wording of the question
    - score (float64): points; missing if there is none
    - worst (float64): the score if every blank were answered worst
    - best (float64): the score if every blank were answered best
    - coverage (float64): the share of the weight asked that is answered; missing if nothing is asked
    - weight (float64): its share of the overall score, from 0 to 1, for this company
    - band (category): id of the band of its score
    - loss (float64): points that a requirement not fully met takes from the overall score; losses add up
    - gain (float64): points that the overall score would gain if only this requirement were met; gains do not add up
    - holds_down (bool): whether it is a minimum standard that is not met and caps the overall band

    Gaps are the rows with a `loss`. For the largest first, use `sort_values("loss", ascending=False)`.

    >>> scorecard(edition, answers, "Aster").dropna(subset="loss")[["score", "loss"]].round(2)
                  score   loss
    part
    reach.higher  87.50   6.25
    acc.channel   66.67  16.67

    Raise UnusableAnswers, or WrongArgument if there is no such company.
    """
    sheets = answer_sheets(edition, answers)
    at = checked_company(company, [sheet.company for sheet in sheets])
    card = make_scorecard(edition.compiled, sheets[at], checked_basis(basis))
    made, gaps = card.edition, {gap.requirement.id: gap for gap in card.gaps}
    standings = {**card.nodes, **card.questions}
    parts = [part for part in made.parts.values() if part.id in standings]
    shown = [standings[part.id] for part in parts]
    holding = {part.id for part in card.cap.failed} if card.cap else set[str]()
    return pd.DataFrame(
        {
            "level": pd.Categorical([_level(made, part) for part in parts], LEVELS, ordered=True),
            "within": pd.array([_within(made, part) for part in parts], dtype="str"),
            "title": pd.array([part.ask if isinstance(part, Question) else part.title for part in parts], dtype="str"),
            **{
                name: np.array([getattr(standing, name) for standing in shown], np.float64)
                for name in ("score", "worst", "best", "coverage", "weight")
            },
            "band": _band_column(made, [standing.band.id if standing.band else None for standing in shown]),
            "loss": np.array([gaps[part.id].loss if part.id in gaps else np.nan for part in parts]),
            "gain": np.array([gaps[part.id].gain if part.id in gaps else np.nan for part in parts]),
            "holds_down": np.array([part.id in holding for part in parts], bool),
        },
        index=pd.Index([part.id for part in parts], name="part"),
    )


def _level(edition: Edition, part: Node | Question) -> str:
    if isinstance(part, Question):
        return "question"
    if part.id == OVERALL:
        return "overall"
    if part.is_requirement:
        return "requirement"
    return "theme" if part in edition.themes else "node"


def _within(edition: Edition, part: Node | Question) -> str | None:
    parent = edition.parents.get(part.id)
    return None if parent is None else parent.id


def _band_column(edition: Edition, ids: Sequence[Any]) -> pd.Categorical:
    return pd.Categorical(ids, [band.id for band in edition.bands], ordered=True)


def known_integers(numbers: Codes, missing: Flags) -> pd.arrays.IntegerArray:
    """Return integers, some of them missing, as Int64."""
    return pd.arrays.IntegerArray(numbers.astype(np.int64), missing)
