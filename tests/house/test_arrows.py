"""Which room imports which, what a room loads, and that pure rooms read neither clock, settings nor unseeded chance."""

import ast
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import python_files, syntax

PURE = ("questionnaire", "documents", "scoring", "improvement", "statistics", "disclosure", "narrative")
WEB_AND_DATABASE = {"flask", "jinja2", "sqlalchemy", "werkzeug", "wtforms"}


def in_a_fresh_interpreter(program: str) -> str:
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def loaded_by_rooms() -> Mapping[str, list[str]]:
    """The modules that are loaded with all modules of each pure room. The interpreters run at the same time."""
    running = {}
    for room in PURE:
        program = (
            "import importlib, pkgutil, sys\n"
            f"room = importlib.import_module('compliance.{room}')\n"
            "for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
            "    importlib.import_module(module.name)\n"
            "print(*sys.modules)"
        )
        running[room] = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    loaded = {room: run.communicate()[0].split() for room, run in running.items()}
    assert {room for room, run in running.items() if run.returncode} == set()
    return loaded


def test_imports_follow_the_arrows() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_loads_neither_web_nor_database(loaded_by_rooms: Mapping[str, list[str]], room: str) -> None:
    loaded = loaded_by_rooms[room]
    assert f"compliance.{room}" in loaded
    assert not WEB_AND_DATABASE & set(loaded)


def test_the_package_alone_loads_none_of_its_rooms() -> None:
    loaded = in_a_fresh_interpreter("import compliance, sys; print(*sys.modules)").split()
    assert [name for name in loaded if name.startswith("compliance.")] == []


def test_the_command_for_files_starts_no_web_server() -> None:
    loaded = in_a_fresh_interpreter("import compliance.cli, sys; print(*sys.modules)").split()
    assert not {"flask", "sqlalchemy", "pandas"} & set(loaded)


CLOCKS_AND_SETTINGS = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "time": {"time", "time_ns", "monotonic", "perf_counter"},
    "os": {"environ", "getenv"},
    "random": {"random", "randint", "choice", "shuffle", "sample", "seed"},
}


def test_a_pure_room_reads_no_clock_no_settings_and_no_unseeded_random_numbers() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files(*(f"compliance/{room}" for room in PURE))
        for node in ast.walk(syntax(path))
        if reads_the_world(node)
    ]
    assert found == []


def reads_the_world(node: ast.AST) -> bool:
    """Tell whether code reads a clock, a setting or unseeded random numbers."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in CLOCKS_AND_SETTINGS.get(node.value.id, ())
    return isinstance(node, ast.Call) and not node.args and ast.unparse(node.func).endswith("default_rng")


def test_code_that_reads_a_clock_settings_or_unseeded_random_numbers_is_recognised() -> None:
    for line in ("datetime.now(UTC)", "date.today()", "time.time()", "os.environ['X']", "np.random.default_rng()"):
        assert any(reads_the_world(node) for node in ast.walk(ast.parse(line))), line
    for line in ("date(2026, 1, 1)", "np.random.default_rng(seed)", "os.path"):
        assert not any(reads_the_world(node) for node in ast.walk(ast.parse(line))), line
