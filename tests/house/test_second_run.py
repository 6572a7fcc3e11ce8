"""In CI, failed tests that may be flaky are run again by themselves, and those that then pass are reported as flaky."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

#: A test that fails in the first run and passes in the second, and one that always passes.
SHAKEN = """
from pathlib import Path

def test_shaken():
    first = Path(__file__).with_suffix(".ran")
    ran = first.exists()
    first.touch()
    assert ran

def test_sound(): pass
"""
FAILS = "def test_fails(): assert False\n"
SKIPPED = "import pytest\ndef test_skipped(): pytest.skip('no browser here')\n"


def run(folder: Path, *, conftest: bool = False, **files: str) -> subprocess.CompletedProcess[str]:
    """Run both runs on test files. `web="text"` is the text of a test file in `tests/web`."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    if conftest:
        (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    for room, text in files.items():
        (folder / "tests" / room).mkdir(parents=True)
        (folder / "tests" / room / f"test_{room}.py").write_text(text, encoding="utf-8")
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.support.second_run import main; "
    return subprocess.run(
        [sys.executable, "-c", program + "sys.exit(main(['-q', '-p', 'no:xdist', '--import-mode=importlib']))"],
        cwd=folder,
        env=os.environ | {"ARTICLE34_REQUIRE_ALL": "1", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_test_that_passes_alone_lets_the_run_pass_and_is_reported_as_flaky(tmp_path: Path) -> None:
    done = run(tmp_path, web=SHAKEN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "flaky: tests/web/test_web.py::test_shaken"


def test_a_test_that_fails_again_fails_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, web=SHAKEN, workbook=FAILS)
    assert done.returncode == 1
    assert "── Once more, alone: 2 that failed" in done.stdout and "flaky" not in done.stdout


def test_tests_of_a_room_without_chance_are_not_run_again(tmp_path: Path) -> None:
    done = run(tmp_path, web=SHAKEN, scoring=SHAKEN)
    assert done.returncode == 1
    assert "Nothing there is left to chance: tests/scoring/test_scoring.py::test_shaken" in done.stdout
    assert "Once more" not in done.stdout


def test_many_failures_are_not_explained_by_chance(tmp_path: Path) -> None:
    done = run(tmp_path, web="".join(f"def test_{i}(): assert False\n" for i in range(6)))
    assert done.returncode == 1
    assert "6 failed: more than chance explains." in done.stdout


def test_a_skip_is_not_hidden_by_another_test_that_passes_alone(tmp_path: Path) -> None:
    done = run(tmp_path, conftest=True, web=SHAKEN, store=SKIPPED)
    assert done.returncode == 1
    assert "no browser here" in done.stdout and "flaky" not in done.stdout


def test_a_run_that_broke_off_is_not_repeated(tmp_path: Path) -> None:
    done = run(tmp_path, web=SHAKEN, workbook="import nothing_of_that_name\n")
    assert done.returncode == 2
    assert "Once more" not in done.stdout
