"""The house rules: which room knows which, what a file may hold, and that the papers tell the truth."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PURE = ("questionnaire", "scoring", "improvement", "statistics", "disclosure", "narrative")
WEB_AND_DATABASE = {"flask", "jinja2", "sqlalchemy", "werkzeug", "wtforms"}
MOST_LINES = 400


def python_files(*folders: str) -> list[Path]:
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert files, f"no Python file below {folders}"
    return files


def text_files() -> Iterator[tuple[str, str]]:
    """Every file that git keeps, or would, with its text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:  # an unpacked source archive
        names = [str(path.relative_to(ROOT)) for path in python_files("compliance", "tests")]
    else:
        names = [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    assert len(names) > 20
    for name in names:
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            yield name, content.decode("utf-8")


def in_a_fresh_interpreter(program: str) -> str:
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


# ── Rooms and arrows


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
def test_a_pure_room_loads_neither_web_nor_database(room: str) -> None:
    loaded = in_a_fresh_interpreter(
        "import importlib, pkgutil, sys\n"
        f"room = importlib.import_module('compliance.{room}')\n"
        "for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(*sys.modules)"
    ).split()
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


def test_a_pure_room_reads_no_clock_no_setting_and_no_chance() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for path in python_files(*(f"compliance/{room}" for room in PURE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if reads_the_world(node)
    ]
    assert found == []


def reads_the_world(node: ast.AST) -> bool:
    """A clock, a setting, or chance that no seed holds."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in CLOCKS_AND_SETTINGS.get(node.value.id, ())
    return isinstance(node, ast.Call) and not node.args and ast.unparse(node.func).endswith("default_rng")


def test_what_reads_the_world_is_recognised() -> None:
    for line in ("datetime.now(UTC)", "date.today()", "time.time()", "os.environ['X']", "np.random.default_rng()"):
        assert any(reads_the_world(node) for node in ast.walk(ast.parse(line))), line
    for line in ("date(2026, 1, 1)", "np.random.default_rng(seed)", "os.path"):
        assert not any(reads_the_world(node) for node in ast.walk(ast.parse(line))), line


# ── Files


def test_every_file_stays_short_enough_to_do_one_thing() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in python_files("compliance", "tests")}
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > MOST_LINES} == {}


def test_every_file_says_what_it_is_for() -> None:
    files = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in python_files("compliance", "tests")
    }
    assert [name for name, text in files.items() if not ast.get_docstring(ast.parse(text))] == []


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    homes = re.compile(rf"(?<![\w./-])(?:/(?:home|root|Users|work)|{re.escape(str(ROOT))})/[\w.]")
    registries = re.compile("|".join(("py" + r"pi\.org", r"python" + r"hosted\.org", r"npm" + r"js\.(?:org|com)")))
    found = [
        f"{name}:{number}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if homes.search(line) or registries.search(line)
    ]
    assert found == []


def test_what_the_package_imports_it_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras if extra != "dev" for line in extras[extra])]
    declared = {normal(re.split(r"[\[<>=]", line)[0]) for line in wanted}
    declared.add("markupsafe")  # part of Flask's own interface
    declared.add("werkzeug")
    declared.add("jinja2")
    distributions = packages_distributions()
    undeclared = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("compliance")
        for name in imported(path)
        if name not in sys.stdlib_module_names and name != "compliance"
        if not declared & {normal(distribution) for distribution in distributions.get(name, [])}
    }
    assert undeclared == set()


def test_the_lock_names_every_dependency_once_for_each_python_and_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = [re.fullmatch(r"([a-z0-9-]+)==([0-9][\w.]*)(?: ; (.+))?", line) for line in lines]
    assert [line for line, match in zip(lines, locked, strict=True) if not match] == []
    names = {match[1] for match in locked if match}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    assert {normal(re.split(r"[\[<>=]", line)[0]) for line in wanted} - names == {"compliance"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> set[str]:
    """The first names of everything that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


# ── Papers


def test_the_readme_opens_with_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40])
    assert "make run" in first_screen
    assert "make test" in first_screen
    assert "children's law" in first_screen


def test_the_readme_draws_every_room() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {path.stem for path in (ROOT / "compliance").iterdir() if not path.name.startswith(("_", "."))}
    assert [room for room in sorted(rooms - {"py"}) if room not in readme] == []


def test_the_readme_names_every_setting_that_the_code_reads() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    read = {
        name
        for path in python_files("compliance", "tests")
        for name in re.findall(r"\benviron(?:\.get\(|\[)\"([A-Z0-9_]+)\"", path.read_text(encoding="utf-8"))
    }
    assert "ARTICLE34_REQUIRE_ALL" in read
    assert sorted(name for name in read if f"`{name}`" not in readme) == []


def test_make_help_lists_every_target_people_use() -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z-]+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"help", "run", "test", "check", "bench"} <= targets
    assert set(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE)) == targets
