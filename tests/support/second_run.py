"""Run the tests as `.ci/run` does: first all of them, then only those that failed.

Run: python -m tests.support.second_run [ARGUMENTS OF PYTEST]

On a busy machine, a test of a browser or a server may fail although nothing is wrong. If every failed test passes by
itself, the run passes, and its last lines are `flaky: NAME`: a defect to fix next. Nothing is run again if more than a
few tests failed, if the run broke off, or if a test failed in a room without browser, server or database: its tests
cannot be flaky, so if one passes by itself, tests share state. A skip is a failure here (see conftest.py).
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")
TESTS_FAILED = 1  # pytest's exit code of a complete run in which tests failed
MOST = 5
STEADY = ("questionnaire", "scoring", "improvement", "statistics", "disclosure", "narrative", "languages")


def pytest(*arguments: str) -> int:
    """Run pytest, and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def why_not_again(failed: Sequence[str]) -> str:
    """Return the reason why the failed tests are not run again, or "" if they are."""
    steady = [name for name in failed if name.startswith(tuple(f"tests/{room}/" for room in STEADY))]
    if not failed:
        return "No test failed by name."
    if len(failed) > MOST:
        return f"{len(failed)} failed: more than chance explains."
    return f"Nothing there is left to chance: {', '.join(steady)}" if steady else ""


def main(arguments: Sequence[str]) -> int:
    """Run all tests, then the failed ones again. Return 0 if each passed in one of the two runs."""
    LAST_FAILED.unlink(missing_ok=True)
    ended = pytest(*(arguments or ("-n", "auto", "--dist", "worksteal")))
    if ended != TESTS_FAILED:
        return ended
    failed = sorted(json.loads(LAST_FAILED.read_text(encoding="utf-8"))) if LAST_FAILED.exists() else []
    if reason := why_not_again(failed):
        print(f"Not run again. {reason}")
        return ended
    print(f"── Once more, alone: {len(failed)} that failed", flush=True)
    ended = pytest("-p", "no:xdist", "--last-failed", "--last-failed-no-failures", "none")
    if ended == 0:
        print(*(f"flaky: {name}" for name in failed), sep="\n")
    return ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
