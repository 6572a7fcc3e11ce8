"""The built wheel works like the checkout, as it includes the templates and the questionnaires."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.real_servers import SocketBrowser, serving_as_installed
from tests.support.source_files import python_files, source

START = "from importlib.metadata import distribution as d; d('article34').entry_points['compliance'].load()()"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built as an installer builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import os, sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    run([sys.executable, "-c", build, folder], cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel and with the packages of this Python, but without this checkout."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A path in a .pth file is searched after the folder of that file, and .pth files in it are not read.
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def run(command: list[object], cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checked() -> str:
    """The output of `compliance check` about the editions of this checkout."""
    return run([sys.executable, "-m", "compliance", "check"], ROOT)


def test_the_wheel_contains_exactly_the_files_of_the_checkout(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    paths = [path for folder in ("compliance", "templates", "questionnaires") for path in (ROOT / folder).rglob("*")]
    names = [path.relative_to(ROOT) for path in paths if path.is_file()]
    wanted = {
        str(name) if name.parts[0] == "compliance" else f"compliance/{name}"
        for name in names
        if not any(part.startswith((".", "__pycache__")) for part in name.parts)
    }
    assert any(name.startswith("compliance/templates/") for name in wanted)
    assert any(name.startswith("compliance/web/static/") for name in wanted)
    assert wanted - held == set()
    assert {name for name in held - wanted if ".dist-info/" not in name} == set()


def test_the_wheel_names_its_licences(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    licences = {name.partition("/licenses/")[2] for name in archive.namelist() if "/licenses/" in name}
    assert {"LICENSE", "questionnaires/LICENSE"} <= licences


def test_the_installed_package_is_not_the_checkout(python: Path, tmp_path: Path) -> None:
    said = run(
        [python, "-c", "from compliance.package_data import data_folder; print(data_folder('templates'))"], tmp_path
    )
    assert Path(said.strip()).is_relative_to(python.parent.parent)


def test_the_installed_command_checks_the_editions_it_carries(python: Path, checked: str, tmp_path: Path) -> None:
    said = run([python, "-c", START, "check"], tmp_path)
    assert "child-protection-2026" in said
    assert said == checked


def test_the_installed_package_serves_pages_from_an_empty_folder(python: Path, tmp_path: Path) -> None:
    with serving_as_installed(python, tmp_path) as port:
        browser = SocketBrowser(port, "localhost")
        page = browser.ask("/law")
        assert page.status == 200 and "Convention on the Rights of the Child" in page.text
        assert browser.ask(re.findall(r'href="(/static/[^"]+)"', page.text)[0]).status == 200


# ── Its name


def test_no_text_tells_people_to_install_a_package_of_somebody_else() -> None:
    texts = {path: source(path) for path in python_files("compliance", "tests")}
    texts |= {path: path.read_text("utf-8") for path in (*ROOT.glob("*.*"), *ROOT.glob("deploy/*")) if path.is_file()}
    named = re.compile(r"compliance\[\w|install [\"']?compliance\b")
    assert [str(path) for path, text in texts.items() if named.search(text) and path != Path(__file__)] == []


def test_an_error_names_an_extra_that_the_package_has(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")]
    extras = set(re.findall(r"^Provides-Extra: (\S+)$", metadata, re.M))
    named = {
        name for path in python_files("compliance") for name in re.findall(r"how_to_install\(['\"](\w+)", source(path))
    }
    assert "Name: article34\n" in metadata and len(named) >= 5 and named <= extras


def test_the_package_can_be_run_as_the_command(checked: str) -> None:
    assert "child-protection-2026" in checked
