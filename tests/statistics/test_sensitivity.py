"""What moves ranks most: which draws are used, what is computed from them, and the share of each factor.

SALib decomposes the variance; `test_rank_sensitivity` checks the result against a calculation over every case. Here a
substitute replaces SALib: each of its points determines which draw is used, and it records the output it is given.
"""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from compliance.questionnaire.answers import NotApplicable
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import Floats
from compliance.scoring.score import score
from compliance.statistics.sensitivity import SensitivityAnalysis, SobolIndices, analyse_sensitivity
from compliance.statistics.uncertainty_model import FactorSelection
from tests.support.factories import edition, number, sheet
from tests.support.slow_ranks import chance

SEED = 7
OUTSIDE, STEADY, EXCUSED, LAST = range(4)
#: The first is not compared, and must not count. Excused leads with 60; where its reason is refused, (60 + 0) / 2 = 30
#: puts it behind Steady's 50. Last stays last.
SHEETS = [
    sheet("Outside", a=55.0, b=55.0),
    sheet("Steady", a=50.0, b=50.0),
    sheet("Excused", a=60.0, b=NotApplicable("there is none")),
    sheet("Last", a=10.0, b=10.0),
]
SCORES = score(compile_edition(edition(number("a"), number("b", na="reason"))), SHEETS)
COMPARED = np.array([STEADY, EXCUSED, LAST])
REFUSED = next(draw for draw in range(99) if chance(SEED, "na", "Excused", draw) < 0.5)
STANDS = next(draw for draw in range(99) if chance(SEED, "na", "Excused", draw) >= 0.5)


class Substitute:
    """A stand-in for SALib: it takes draws of blanks and N/A, and returns first and total shares."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *draws: tuple[int, int]) -> None:
        self.points = (np.array(draws) + 0.5) / 2**32  # in the middle of the interval for one draw
        self.found = {"S1": [0.1, 0.7], "S1_conf": [0.02, 0.03], "ST": [0.2, 0.9], "ST_conf": [0.04, 0.05]}
        self.sampled: tuple[Any, ...] = ()
        self.analyzed: tuple[Any, ...] = ()
        self.output: list[float] = []
        sample, analysis = SimpleNamespace(sample=self.sample), SimpleNamespace(analyze=self.analyze)
        monkeypatch.setitem(sys.modules, "SALib.sample", SimpleNamespace(sobol=sample))
        monkeypatch.setitem(sys.modules, "SALib.analyze", SimpleNamespace(sobol=analysis))

    def sample(self, problem: object, base: int, *, calc_second_order: bool, seed: int) -> Floats:
        self.sampled = problem, base, calc_second_order, seed
        return self.points

    def analyze(self, problem: object, output: Floats, *, calc_second_order: bool, seed: int) -> Any:
        self.analyzed, self.output = (problem, calc_second_order, seed), list(output)
        return self.found


def both(monkeypatch: pytest.MonkeyPatch) -> Substitute:
    """Blanks and N/A are drawn. No company has a blank, so only the N/A refused in two of three points matters."""
    return Substitute(monkeypatch, (STANDS, REFUSED), (REFUSED, STANDS), (STANDS, REFUSED))


MOVING = FactorSelection.only("blanks", "na")
PROBLEM = {"num_vars": 2, "names": ["blanks", "na"], "bounds": [[0.0, 1.0], [0.0, 1.0]]}


def test_each_sample_point_determines_the_draw_that_is_used_for_each_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    salib = both(monkeypatch)
    found = analyse_sensitivity(SCORES, COMPARED, SEED, MOVING, base=16)
    # Refused, Steady and Excused change places and Last stays: |1 - 2| + |2 - 1| + 0 over three.
    assert salib.output == pytest.approx([2 / 3, 0, 2 / 3])
    assert found.output == pytest.approx(4 / 9)
    assert found.draws == 3


def test_the_output_of_one_company_is_its_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    for company, ranks in ((STEADY, [1, 2, 1]), (EXCUSED, [2, 1, 2])):
        salib = both(monkeypatch)
        found = analyse_sensitivity(SCORES, COMPARED, SEED, MOVING, company=company)
        assert salib.output == ranks
        assert found.output == pytest.approx(sum(ranks) / 3)


def test_indices_are_listed_by_total_order_from_the_largest_to_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    both(monkeypatch)
    found = analyse_sensitivity(SCORES, COMPARED, SEED, MOVING)
    assert found.indices == (
        SobolIndices(factor="na", first_order=0.7, first_order_margin=0.03, total_order=0.9, total_order_margin=0.05),
        SobolIndices(
            factor="blanks", first_order=0.1, first_order_margin=0.02, total_order=0.2, total_order_margin=0.04
        ),
    )


def test_salib_is_given_the_factors_the_base_size_and_fixed_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    salib = both(monkeypatch)
    analyse_sensitivity(SCORES, COMPARED, SEED, MOVING, base=16)
    assert salib.sampled == (PROBLEM, 16, False, SEED)
    assert salib.analyzed == (PROBLEM, False, SEED + 1)


def test_two_companies_can_change_places_and_one_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    salib = both(monkeypatch)
    assert analyse_sensitivity(SCORES, np.array([STEADY, EXCUSED]), SEED, MOVING).indices
    assert salib.output == [1, 0, 1]
    assert analyse_sensitivity(SCORES, np.array([EXCUSED]), SEED, MOVING) == SensitivityAnalysis((), 0.0, 0)


def test_there_are_no_shares_if_nothing_is_drawn_or_no_draw_changes_a_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    Substitute(monkeypatch, (STANDS, STANDS), (REFUSED, STANDS))
    assert analyse_sensitivity(SCORES, COMPARED, SEED, FactorSelection.only()) == SensitivityAnalysis((), 0.0, 0)
    assert analyse_sensitivity(SCORES, COMPARED, SEED, MOVING) == SensitivityAnalysis((), 0.0, 2)
    assert analyse_sensitivity(SCORES, COMPARED, SEED, MOVING, company=LAST) == SensitivityAnalysis((), 3.0, 2)


def test_asking_for_a_company_that_is_not_compared_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    both(monkeypatch)
    with pytest.raises(KeyError) as refused:
        analyse_sensitivity(SCORES, COMPARED, SEED, MOVING, company=OUTSIDE)
    assert refused.value.args == (OUTSIDE,)
