"""The tests that `make mutants` runs and leaves out, as pyproject.toml names them."""

import ast
import re
import tomllib
from functools import cache

import pytest

from tests.support.paths import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
SELECTED: list[str] = SETTINGS["pytest_add_cli_args_test_selection"]
LEFT_OUT = re.findall(r"\bnot (\S+)", " ".join(SETTINGS["pytest_add_cli_args"]))


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("selected", SELECTED)
def test_a_selected_test_exists(selected: str) -> None:
    path, _, name = selected.partition("::")
    assert not name or name in names_in(path), selected


@pytest.mark.parametrize("part", LEFT_OUT)
def test_a_part_of_a_name_that_is_deselected_occurs_in_the_name_of_a_selected_test(part: str) -> None:
    selected = {name for each in SELECTED for name in names_in(each.partition("::")[0]) if name.startswith("test_")}
    assert any(part.partition("[")[0] in name for name in selected), part
