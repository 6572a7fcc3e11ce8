"""`make audit-packages` reports no known flaw only for packages that were compared."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

KNOWN = {"name": "sound", "version": "1.0", "vulns": []}
FLAWED = {
    "name": "flawed",
    "version": "2.0",
    "vulns": [{"id": "GHSA-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.1", "3.0"], "description": "long"}],
}
#: The entry of pip-audit for a package that its index does not have.
UNKNOWN = {"name": "mirrored", "skip_reason": "Dependency not found on PyPI and could not be audited: mirrored (1.0)"}
OURS = {"name": "article34", "skip_reason": "Dependency not found on PyPI and could not be audited: article34 (0.1.0)"}


def audited(folder: Path, program: str) -> tuple[int, str]:
    """Run the audit with a program in place of pip-audit, and return the exit code and the output."""
    (folder / "pip_audit.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "tests.support.package_audit", sys.executable, str(folder / "pip_audit.py")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.stderr == ""
    return run.returncode, run.stdout


def reporting(*packages: dict[str, object]) -> str:
    return f"print({json.dumps({'dependencies': packages, 'fixes': []})!r})"


def test_packages_without_known_flaws_pass_and_our_own_package_is_not_compared(tmp_path: Path) -> None:
    assert audited(tmp_path, reporting(KNOWN, OURS)) == (
        0,
        "1 of 1 packages were compared; none of them with a known flaw.\n",
    )


def test_a_flaw_is_reported_with_its_names_and_the_versions_that_fix_it(tmp_path: Path) -> None:
    code, said = audited(tmp_path, reporting(KNOWN, FLAWED))
    assert code == 1
    assert said.splitlines() == [
        "flawed 2.0: GHSA-1, CVE-2026-1; mended in 2.1, 3.0",
        "2 of 2 packages were compared; 1 of them with a known flaw.",
    ]


def test_a_package_that_the_service_does_not_know_does_not_pass(tmp_path: Path) -> None:
    code, said = audited(tmp_path, reporting(KNOWN, UNKNOWN))
    assert code == 2
    assert "mirrored: not compared. Dependency not found on PyPI" in said
    assert "1 of 2 packages were compared; none of them" in said


def test_an_empty_list_of_packages_does_not_pass(tmp_path: Path) -> None:
    assert audited(tmp_path, reporting())[0] == 2


def test_an_unreachable_service_is_reported_in_a_sentence_without_a_traceback(tmp_path: Path) -> None:
    code, said = audited(tmp_path, "raise ConnectionError('Failed to resolve the name of the service')")
    assert code == 2
    assert "Nothing was compared" in said and "Failed to resolve the name of the service" in said
    assert "Traceback" not in said and "none of them" not in said


def test_a_missing_pip_audit_is_reported_in_a_sentence() -> None:
    command = [sys.executable, "-m", "tests.support.package_audit", "/there/is/none"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (2, "")
    assert run.stdout.startswith("Nothing was compared, as pip-audit does not start")


def test_neither_the_tests_nor_the_checks_before_a_merge_ask_the_service() -> None:
    command = ["make", "--dry-run", f"PYTHON={sys.executable}"]
    planned = {
        target: subprocess.run([*command, target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for target in ("check", "release-check", "audit-packages")
    }
    assert [target for target in planned if "package_audit" in planned[target]] == ["audit-packages"]
