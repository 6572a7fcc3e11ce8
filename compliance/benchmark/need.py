"""Does responsibility sit where it is least needed? How companies' scores go with the need of their countries."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.need import NEED_CLASSES, WEIGHTS, NeedClass, need_of
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.score import Scores
from compliance.scoring.types import Floats

#: Where people work for the company.
OPERATIONS = "about.operations"
#: Fewer companies say nothing: the interval would reach from nearly −1 to nearly 1.
MIN_COMPANIES = 10
_Z = 1.959963984540054  # 97.5 % of the normal distribution


@dataclass(frozen=True, slots=True)
class Association:
    """Spearman's rank correlation of need and score, with its 95 % interval."""

    n: int
    rho: float
    low: float
    high: float

    @property
    def is_settled(self) -> bool:
        """The interval leaves out 0: more than chance."""
        return self.low > 0 or self.high < 0


def asks_where(edition: Edition) -> bool:
    """Whether companies are asked in which countries they work; of those that are not, nothing is known of need."""
    return OPERATIONS in edition.questions


def need_by_company(scores: Scores) -> Floats:
    """The mean need weight, 1 to 3, of the countries each company works in; NaN where it does not say."""
    if not asks_where(scores.plan.edition):
        return np.full(len(scores.columns.companies), np.nan)
    column = scores.columns.answers[OPERATIONS]
    of_answer = [_mean_weight(value) for value in column.values]
    needs: Floats = np.array([np.nan, np.nan, *of_answer], float)[column.codes]
    return needs


def need_and_score(scores: Scores) -> Association | None:
    """How score goes with need, over the companies of which both are known."""
    return associate(need_by_company(scores), scores.overall.score)


def associate(need: Floats, score: Floats) -> Association | None:
    """Spearman's rho where neither is NaN; None with fewer than 10 pairs, or if all are alike.

    The interval is Fisher's z with the variance (1 + rho²/2)/(n − 3) of Bonett and Wright (2000), which keeps
    its level for rank correlations.
    """
    both = ~(np.isnan(need) | np.isnan(score))
    n = int(both.sum())
    if n < MIN_COMPANIES:
        return None
    ranks, other = _ranks(need[both]), _ranks(score[both])
    spread = float(np.sum(ranks**2)) * float(np.sum(other**2))
    if not spread:  # all alike
        return None
    rho = float(np.sum(ranks * other)) / math.sqrt(spread)
    if abs(rho) > 1 - 1e-12:  # every pair in order: z is infinite
        return Association(n, *[math.copysign(1.0, rho)] * 3)
    z, wide = math.atanh(rho), _Z * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return Association(n, rho, math.tanh(z - wide), math.tanh(z + wide))


def _ranks(numbers: Floats) -> Floats:
    """Ranks less their mean: twice over, so that ties, which share the middle of their places, stay whole numbers.

    Neighbours within 1e-9 tie, as in every rank.
    """
    import pandas as pd  # here, as no command that compares nothing has to wait for it

    order = np.argsort(numbers, kind="stable")
    level = np.empty(len(numbers), np.intp)
    level[order] = np.concatenate([[0], np.cumsum(np.diff(numbers[order]) > TOLERANCE)])
    ranks: Floats = pd.Series(level).rank().to_numpy().astype(np.float64)
    return 2 * ranks - (len(numbers) + 1)


def companies_by_need(scores: Scores, with_score: bool = False) -> dict[NeedClass, int]:
    """How many companies, or those with a score, work in at least one country of each class; each once in a class."""
    if not asks_where(scores.plan.edition):
        return dict.fromkeys(NEED_CLASSES, 0)
    column = scores.columns.answers[OPERATIONS]
    found: Counter[NeedClass] = Counter()
    for code in column.codes[~np.isnan(scores.overall.score)] if with_score else column.codes:
        if code >= 2:
            value = column.values[code - 2]
            found.update({need_of(c).need_class for c in value} if isinstance(value, tuple) else set())
    return {need_class: found[need_class] for need_class in NEED_CLASSES}


def _mean_weight(value: object) -> float:
    if not isinstance(value, tuple) or not value:
        return math.nan
    return sum(WEIGHTS[need_of(code).need_class] for code in value) / len(value)
