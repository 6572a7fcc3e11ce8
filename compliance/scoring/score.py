"""The score: from answers to questions to nodes to the whole, with its worst and best, for all companies at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.ascend import Withheld, ascend, where_judged
from compliance.scoring.boards import FEW, Board
from compliance.scoring.columns import Basis, Columns, columns_of
from compliance.scoring.plan import Plan
from compliance.scoring.questions import Tables
from compliance.scoring.routes import Routes, routes_of
from compliance.scoring.types import BEST, COVERAGE, SCORE, WORST, Floats, Triple

#: So many companies at a time, at most: their numbers stay in the cache of a processor.
BLOCK = 16384


@dataclass(frozen=True, slots=True)
class Result:
    """A node or question over all companies, in shares of full marks."""

    #: A row a company: score, worst and best as they enter the parent, NaN = off; coverage, NaN = not asked.
    rows: Floats
    score: Floats  # NaN = no score: off, or below the minimum coverage
    #: Coverage as a minimum above it sees it: 1 or 0 for a part that has its own minimum.
    counted: Floats

    @property
    def value(self) -> Triple:
        """Score, worst and best, as they enter the parent; NaN = off."""
        return self.rows.T[:COVERAGE]

    @property
    def coverage(self) -> Floats:
        """The share that is answered; NaN = not asked."""
        return self.rows[:, COVERAGE]

    @property
    def worst(self) -> Floats:
        """The least it can become; NaN = none."""
        return self.rows[:, WORST]

    @property
    def best(self) -> Floats:
        """The most it can become; NaN = none."""
        return self.rows[:, BEST]


class Results(Mapping[str, Result]):
    """A Result for each scored question and each node that holds one; spread over the companies when asked for."""

    def __init__(self, plan: Plan, columns: Columns, board: Board, withheld: Mapping[str, Withheld]) -> None:
        self._plan, self._columns, self._board, self._withheld = plan, columns, board, withheld
        self._spread: dict[str, Result] = {}  # of few companies
        self._unjudged = columns.unjudged

    def __getitem__(self, part: str) -> Result:
        found = self._spread.get(part)
        if found is None:
            found = self._result(part)
            if len(self._columns.companies) <= FEW:
                self._spread[part] = found
        return found

    def _result(self, part: str) -> Result:
        rows = self._board.rows(self._plan.tree.slots[part])
        if self._unjudged is not None:
            rows = np.where(self._unjudged[:, np.newaxis], np.nan, rows)
        found = self._withheld.get(part)
        if found is not None:
            return Result(rows, found.reported, found.counted)
        node = self._plan.edition.nodes.get(part)
        reported = rows[:, SCORE] if node is None else where_judged(node, rows[:, SCORE], self._columns)
        return Result(rows, reported, rows[:, COVERAGE])

    def __iter__(self) -> Iterator[str]:
        return iter(self._plan.tree.slots)

    def __len__(self) -> int:
        return len(self._plan.tree.slots)


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything computed from many sheets: a Result for each scored question and each node that holds one."""

    plan: Plan
    columns: Columns
    routes: Routes
    results: Mapping[str, Result]
    board: Board  # what the results are spread from

    @property
    def overall(self) -> Result:
        """The whole tree."""
        return self.results[OVERALL]


def score(plan: Plan, sheets: Sequence[AnswerSheet], basis: Basis = "claimed") -> Scores:
    """Score many sheets of one edition on one basis; one sheet is a batch of one."""
    columns = columns_of(plan.edition, sheets, basis)
    return score_columns(plan, columns, routes_of(plan.edition, columns))


def score_blocks(plan: Plan, columns: Columns, companies: int = BLOCK) -> Iterator[tuple[slice, Scores]]:
    """Score many sheets a block at a time: which companies, and everything computed from theirs.

    Nothing is kept of a block that is done, so memory does not grow with the number of companies.
    """
    tables: Tables = {}
    number = len(columns.companies)
    blocks = -(-number // companies)  # all of about one size
    for start, stop in pairwise(number * block // blocks for block in range(blocks + 1)) if blocks else ():
        here = columns.part(start, stop)
        yield slice(start, stop), score_columns(plan, here, routes_of(plan.edition, here), tables)


def score_columns(plan: Plan, columns: Columns, routes: Routes, tables: Tables | None = None) -> Scores:
    """Score answers that are coded and routed already; `tables`: what is worked out of the same answers elsewhere."""
    found = ascend(plan, columns, routes, {} if tables is None else tables)
    return Scores(plan, columns, routes, Results(plan, columns, found.board, found.withheld), found.board)
