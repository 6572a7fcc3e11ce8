"""Which of the machine's Pythons `make` sets the tool up with."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

#: What stands in for a Python: it agrees to all that make asks, or only to what it can import, or to nothing.
WHOLE, OLD = "exit 0", "exit 1"
WITHOUT_PIP = 'case "$2" in *", pip;"*) exit 1 ;; esac'
BARE = 'case "$2" in *"pip;"*) exit 1 ;; esac'


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": WHOLE}, "python3"),
        ({"python3": WHOLE, "python3.13": WHOLE, "python3.12": WHOLE}, "python3.13"),
        ({"python3": WHOLE, "python3.12": WHOLE}, "python3"),
        ({"python3": OLD, "python3.11": WHOLE}, "python3.11"),
        ({"python3": WHOLE, "python3.13": OLD}, "python3"),
        ({"python3": WHOLE, "python3.13": WITHOUT_PIP}, "python3"),
        ({"python3": BARE, "python3.11": WITHOUT_PIP}, "python3.11"),
        ({"python3": BARE, "python3.11": BARE}, "python3"),
        ({"python3": OLD}, ""),
        ({}, ""),
    ],
)
def test_the_python_of_the_container_comes_first_if_it_can_install_packages(
    tmp_path: Path, pythons: dict[str, str], chosen: str
) -> None:
    for name, script in pythons.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    make = shutil.which("make")
    assert make is not None
    said = subprocess.run(
        [make, "--silent", "--eval", "which: ; @:; echo $(PYTHON)", "which"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (said.stdout.strip(), said.stderr) == (chosen, "")
