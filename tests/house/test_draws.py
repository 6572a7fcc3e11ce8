"""Properties and ranges of seeds take their number from `tests.support.examples`, and samples cover every value."""

import ast
from collections.abc import Iterator
from itertools import product

import pytest

from tests.support.examples import sampled
from tests.support.paths import ROOT
from tests.support.source_files import python_files, syntax

SEEDS = ("seed", "case", "round")


def uncounted(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield properties without `examples(…)`, and parametrised seeds whose range is not given by `tries(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            called = {ast.unparse(d.func) for d in node.decorator_list if isinstance(d, ast.Call)}
            if "given" in called and "examples" not in called:
                yield node.lineno, node.name
        is_parametrized = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "parametrize"
        if is_parametrized and len(node.args) > 1:
            name, values = node.args[:2]
            drawn = isinstance(name, ast.Constant) and name.value in SEEDS
            if drawn and ast.unparse(values).startswith("range(") and "tries(" not in ast.unparse(values):
                yield node.lineno, ast.unparse(values)


def test_every_random_test_takes_its_number_of_cases_from_the_common_share() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in python_files("tests")
        for line, what in uncounted(syntax(path))
        if "benchmarks" not in path.parts
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "@given(integers())\ndef test_a(n): pass",
        "@pytest.mark.parametrize('seed', range(60))\ndef test_a(seed): pass",
    ],
)
def test_a_random_test_with_its_own_number_of_cases_is_found(text: str) -> None:
    assert len(list(uncounted(ast.parse(text)))) == 1
    counted = text.replace("@given", "@examples(9)\n@given").replace("range(60)", "range(tries(60))")
    assert list(uncounted(ast.parse(counted))) == []


def test_a_sample_of_a_product_has_every_value_of_every_factor_and_is_always_the_same() -> None:
    cases = list(product("abcdefghij", range(7), ("left", "right")))
    few = sampled(cases, 0.03)  # of 140 cases, one for each of the 10 letters, which is more than the share
    assert len(few) == 10
    for values, everything in zip(zip(*few, strict=True), zip(*cases, strict=True), strict=True):
        assert set(values) == set(everything)
    assert few == sampled(cases, 0.03)
    assert len(sampled(cases, 0.5)) == 70
    assert sampled(cases, 1) == sampled(cases, 10) == cases
    assert sampled([], 0.1) == []
