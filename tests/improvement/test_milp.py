"""The linear program: expressions added up by hand, truth tables of 'all of' and 'any of', small problems solved."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.optimize as solver
from scipy.optimize import OptimizeResult

from compliance.improvement import milp
from compliance.improvement.milp import ONE, ZERO, LinearExpression, MilpModel, MilpSolution, weighted_sum


def test_linear_expressions_add_up_term_by_term() -> None:
    first, second = LinearExpression({0: 1.0, 1: 2.0}, 3.0), LinearExpression({1: 10.0, 2: 20.0}, 30.0)
    assert first.plus(second) == LinearExpression({0: 1.0, 1: 12.0, 2: 20.0}, 33.0)
    assert first.plus(second, -0.5) == LinearExpression({0: 1.0, 1: -3.0, 2: -10.0}, -12.0)
    assert first == LinearExpression({0: 1.0, 1: 2.0}, 3.0), "neither is changed"
    assert weighted_sum([(2.0, first), (0.5, second)]) == LinearExpression({0: 2.0, 1: 9.0, 2: 10.0}, 21.0)
    assert weighted_sum([]) == ZERO == LinearExpression({}, 0.0)


def test_the_value_of_an_expression_is_its_constant_plus_its_terms() -> None:
    solution = MilpSolution("optimal", np.array([4.0, 5.0]), 0.0, 0.0)
    assert solution.of(LinearExpression({0: 2.0, 1: -1.0}, 0.5)) == 3.5
    assert solution.of(ONE) == 1.0


def test_an_expression_without_variables_is_constant() -> None:
    assert ONE.is_constant and not LinearExpression({0: 0.0}).is_constant


# ── Yes and no


def ends(program: MilpModel, line: LinearExpression) -> tuple[float, float]:
    """The least and the greatest value of an expression."""
    found = []
    for sign in (1.0, -1.0):
        program.objective = [sign * line.coefficients.get(variable, 0.0) for variable in range(len(program.objective))]
        found.append(round(program.solve().of(line), 6))
    return found[0], found[1]


@pytest.mark.parametrize("given", list(product([0.0, 1.0], repeat=3)))
def test_all_of_is_one_if_all_are_one_and_any_of_is_one_if_any_is(given: tuple[float, ...]) -> None:
    for together, truth in ((MilpModel.logical_and, min(given)), (MilpModel.logical_or, max(given))):
        program = MilpModel()
        line = together(program, [program.add_variable(value, value) for value in given])
        assert ends(program, line) == (truth, truth)


def test_a_condition_whose_truth_is_known_adds_no_variable_or_constraint() -> None:
    program = MilpModel()
    open_one = program.add_variable()
    assert program.logical_and([]) == ONE
    assert program.logical_and([ONE, open_one]) == open_one
    assert program.logical_and([open_one, ZERO]) == ZERO
    assert program.logical_or([]) == ZERO
    assert program.logical_or([open_one, ONE]) == ONE
    assert program.logical_or([ZERO, open_one]).coefficients == open_one.coefficients
    assert (len(program.objective), program.constraints) == (1, [])


def test_a_condition_known_to_be_true_leaves_the_result_of_all_of_to_the_others() -> None:
    for given, truth in (((1.0, 1.0), 1.0), ((1.0, 0.0), 0.0)):
        program = MilpModel()
        line = program.logical_and([ONE, *(program.add_variable(value, value) for value in given)])
        assert ends(program, line) == (truth, truth)


# ── Solved


def knapsack(*, whole: bool) -> tuple[MilpModel, list[LinearExpression]]:
    """At least 5 points from three choices: 3 points at a cost of 2, 4 points at 3 and 2 points at 2."""
    program = MilpModel()
    chosen = [program.add_variable(cost=cost, whole=whole) for cost in (2.0, 3.0, 2.0)]
    points = weighted_sum([(3.0, chosen[0]), (4.0, chosen[1]), (2.0, chosen[2])])
    program.require_at_least(points, LinearExpression({}, 5.0))
    return program, chosen


def test_the_cheapest_integer_solution_can_cost_more_than_the_cheapest_fractional_one() -> None:
    program, chosen = knapsack(whole=True)
    found = program.solve()
    assert (found.outcome, round(found.cost, 6), round(found.bound, 6)) == ("optimal", 4.0, 4.0)  # the first and third
    assert [round(found.of(line)) for line in chosen] == [1, 0, 1]
    program, chosen = knapsack(whole=False)  # the first whole, and half of the second
    found = program.solve()
    assert (found.outcome, found.cost) == ("optimal", pytest.approx(3.5))
    assert [found.of(line) for line in chosen] == pytest.approx([1.0, 0.5, 0.0])


def test_a_variable_stays_within_its_bounds_and_costs_nothing_by_default() -> None:
    program = MilpModel()
    free, dear = program.add_variable(), program.add_variable(0.25, 3.0, cost=1.0)
    program.require_at_least(free.plus(dear), LinearExpression({}, 2.0))
    found = program.solve()
    assert [found.of(free), found.of(dear)] == pytest.approx([1.0, 1.0])
    assert found.cost == pytest.approx(1.0)
    lone = MilpModel()
    assert lone.solve().of(ONE) == 1.0
    at_least = lone.add_variable(0.25, 3.0, cost=1.0)
    assert lone.solve().of(at_least) == pytest.approx(0.25)


def test_scaling_a_constraint_does_not_change_what_it_requires() -> None:
    program = MilpModel()
    only = program.add_variable(0.0, 9.0, cost=1.0)
    program.require_at_least(only, LinearExpression({}, 2.0), 1000.0)
    program.require_at_least(only, ONE)
    assert program.constraints == [LinearExpression({0: 1000.0}, -2000.0), LinearExpression({0: 1.0}, -1.0)]
    assert program.solve().cost == pytest.approx(2.0)


def test_an_impossible_problem_is_reported_with_no_values_and_an_infinite_cost() -> None:
    program = MilpModel()
    program.require_at_least(program.add_variable(), LinearExpression({}, 2.0))
    assert program.solve() == MilpSolution("impossible", None, np.inf, np.inf)


def test_a_problem_without_variables_is_optimal_if_every_constraint_holds_and_else_impossible() -> None:
    for constants, holds in (((1.0, 0.0), True), ((1.0, -1e-10), True), ((1.0, -0.01), False), ((-0.01, 1.0), False)):
        program = MilpModel()
        for constant in constants:
            program.require_at_least(LinearExpression({}, constant), ZERO)
        found = program.solve()
        assert (found.outcome, found.cost, found.bound) == (
            ("optimal", 0.0, 0.0) if holds else ("impossible", np.inf, np.inf)
        )
        assert (None if found.values is None else list(found.values)) == ([] if holds else None)


def test_the_solver_is_given_a_gap_of_zero_and_a_limit_of_2000_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: dict[str, object] = {}
    exact = solver.milp

    def noted(*args: Any, **keys: Any) -> OptimizeResult:
        handed.update(keys["options"])
        return exact(*args, **keys)

    monkeypatch.setattr(solver, "milp", noted)
    knapsack(whole=True)[0].solve()
    assert handed == {"mip_rel_gap": 0.0, "node_limit": 2_000}


def test_a_search_that_stops_at_the_node_limit_returns_its_best_solution_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sixty places in a circle. A chosen place covers itself and three others; every place has to be covered."""
    monkeypatch.setattr(milp, "NODE_LIMIT", 1)
    program = MilpModel()
    chosen = [program.add_variable(cost=1.0, whole=True) for _ in range(60)]
    covers = [weighted_sum([(1.0, chosen[(i + step) % 60]) for step in (0, 1, 3, 7)]) for i in range(60)]
    for cover in covers:
        program.require_at_least(cover, ONE)
    found = program.solve()
    assert found.outcome == "stopped"
    assert {round(found.of(line), 6) for line in chosen} == {0, 1}
    assert min(found.of(cover) for cover in covers) >= 1 - 1e-6
    assert found.cost == pytest.approx(sum(found.of(line) for line in chosen))
    assert 60 / 4 - 1e-6 <= found.bound < found.cost - 0.5, "a cheaper solution is not ruled out"


@pytest.mark.parametrize("known", [True, False])
def test_a_stopped_search_reports_that_it_stopped_and_a_lower_bound_of_the_cost(
    monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    values = np.array([1.0, 1.0, 0.0])
    stopped = OptimizeResult(
        status=1, x=values if known else None, fun=5.0 if known else None, mip_dual_bound=3.5 if known else None
    )
    monkeypatch.setattr(solver, "milp", lambda *args, **keys: stopped)
    found = knapsack(whole=True)[0].solve()
    assert (found.outcome, found.cost, found.bound) == ("stopped", *((5.0, 3.5) if known else (np.inf, 0.0)))
    assert found.values is (values if known else None)
