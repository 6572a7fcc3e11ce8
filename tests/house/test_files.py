"""Rules for files: a docstring that says what a file is for, no addresses of machines, only declared packages."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.source_files import python_files, syntax


def text_files() -> Iterator[tuple[str, str]]:
    """Yield each text file that git tracks or does not ignore, with its text."""
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


def test_every_file_says_what_it_is_for() -> None:
    files = python_files("compliance", "tests")
    assert [str(path.relative_to(ROOT)) for path in files if not ast.get_docstring(syntax(path))] == []


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


def test_the_package_declares_every_dependency_that_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras if extra != "dev" for line in extras[extra])]
    declared = {normal(re.split(r"[\[<>=]", line)[0]) for line in wanted}
    declared.add("markupsafe")  # part of Flask's own interface
    declared.add("werkzeug")
    declared.add("jinja2")
    declared.add("itsdangerous")
    declared.add("typeshed")  # known to type checkers only
    distributions = packages_distributions()
    undeclared = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("compliance")
        for name in imported(path)
        if name not in sys.stdlib_module_names and name != "compliance"
        if not declared & {normal(distribution) for distribution in distributions.get(name, [name.strip("_")])}
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
    assert {normal(re.split(r"[\[<>=]", line)[0]) for line in wanted} - names == {"article34"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    names = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
