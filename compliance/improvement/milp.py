"""A mixed-integer linear program (MILP): variables, linear expressions, logical constraints; solved by HiGHS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from compliance.scoring.numeric import Floats

#: The solver satisfies constraints to about 1e-6. Constraints that need more are scaled by this factor.
CONSTRAINT_SCALE = 1000.0
#: The solver explores at most this number of nodes, on any machine, before it returns the best solution so far.
NODE_LIMIT = 2_000

SolverStatus: TypeAlias = Literal["optimal", "stopped", "impossible"]


@dataclass(frozen=True, slots=True)
class LinearExpression:
    """A constant plus multiples of variables, by their index."""

    coefficients: Mapping[int, float] = field(default_factory=dict)
    constant: float = 0.0

    def plus(self, other: "LinearExpression", times: float = 1.0) -> "LinearExpression":
        """Return the sum with a multiple of another expression."""
        terms = dict(self.coefficients)
        for variable, factor in other.coefficients.items():
            terms[variable] = terms.get(variable, 0.0) + times * factor
        return LinearExpression(terms, self.constant + times * other.constant)

    @property
    def is_constant(self) -> bool:
        """True if it has no variable."""
        return not self.coefficients


ZERO, ONE = LinearExpression(), LinearExpression({}, 1.0)


def weighted_sum(lines: Sequence[tuple[float, LinearExpression]]) -> LinearExpression:
    """Return the sum of each weight times its expression."""
    terms: dict[int, float] = {}
    constant = 0.0
    for weight, line in lines:
        for variable, factor in line.coefficients.items():
            terms[variable] = terms.get(variable, 0.0) + weight * factor
        constant += weight * line.constant
    return LinearExpression(terms, constant)


@dataclass(frozen=True, slots=True)
class MilpSolution:
    """The result of the solver. `bound`: no solution costs less."""

    outcome: SolverStatus
    values: Floats | None
    cost: float
    bound: float

    def of(self, line: LinearExpression) -> float:
        """Return the value of an expression."""
        assert self.values is not None
        return line.constant + sum(factor * float(self.values[v]) for v, factor in line.coefficients.items())


class MilpModel:
    """Variables with their cost, and expressions that have to be at least 0."""

    def __init__(self) -> None:
        self.objective: list[float] = []
        self.bounds: list[tuple[float, float]] = []
        self.integrality: list[int] = []
        self.constraints: list[LinearExpression] = []

    def add_variable(
        self, low: float = 0.0, high: float = 1.0, *, cost: float = 0.0, whole: bool = False
    ) -> LinearExpression:
        """Add a variable between two bounds and return it as an expression."""
        self.objective.append(cost)
        self.bounds.append((low, high))
        self.integrality.append(int(whole))
        return LinearExpression({len(self.objective) - 1: 1.0})

    def require_at_least(self, line: LinearExpression, other: LinearExpression, constraint_scale: float = 1.0) -> None:
        """Add the constraint that `line` is at least `other`."""
        self.constraints.append(ZERO.plus(line, constraint_scale).plus(other, -constraint_scale))

    def logical_and(self, lines: Sequence[LinearExpression]) -> LinearExpression:
        """Return an expression that is 1 if all of these, each 0 or 1, are 1, and otherwise 0."""
        if any(line.is_constant and line.constant < 0.5 for line in lines):
            return ZERO
        open_ones = [line for line in lines if not line.is_constant]
        if len(open_ones) < 2:
            return open_ones[0] if open_ones else ONE
        result = self.add_variable()
        for line in open_ones:
            self.require_at_least(line, result)
        self.require_at_least(
            result.plus(LinearExpression({}, len(open_ones) - 1.0)), weighted_sum([(1.0, line) for line in open_ones])
        )
        return result

    def logical_or(self, lines: Sequence[LinearExpression]) -> LinearExpression:
        """Return an expression that is 1 if at least one of these, each 0 or 1, is 1, and otherwise 0."""
        return ONE.plus(self.logical_and([ONE.plus(line, -1.0) for line in lines]), -1.0)

    def solve(self) -> MilpSolution:
        """Return the cheapest solution. The same program gives the same solution on every run."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        if not self.objective:
            holds = all(line.constant >= -1e-9 for line in self.constraints)
            return (
                MilpSolution("optimal", np.zeros(0), 0.0, 0.0)
                if holds
                else MilpSolution("impossible", None, np.inf, np.inf)
            )
        entries = [
            (row, v, factor) for row, line in enumerate(self.constraints) for v, factor in line.coefficients.items()
        ]
        rows, variables, factors = (list(column) for column in zip(*entries, strict=True)) if entries else ([], [], [])
        matrix = coo_array((factors, (rows, variables)), shape=(len(self.constraints), len(self.objective))).tocsr()
        least = [-line.constant for line in self.constraints]
        low, high = zip(*self.bounds, strict=True)
        found = milp(
            self.objective,
            integrality=np.array(self.integrality, np.uint8),
            bounds=Bounds(np.array(low), np.array(high)),
            constraints=LinearConstraint(matrix, np.array(least), np.full(len(least), np.inf)),
            options={"mip_rel_gap": 0.0, "node_limit": NODE_LIMIT},
        )
        if found.status == 2:
            return MilpSolution("impossible", None, np.inf, np.inf)
        cost = np.inf if found.x is None else float(found.fun)
        bound = 0.0 if found.mip_dual_bound is None else float(found.mip_dual_bound)
        return MilpSolution("optimal" if found.status == 0 else "stopped", found.x, cost, bound)
