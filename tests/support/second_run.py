"""The tests as `.ci/run` has them: all of them, then what failed once more, alone.

Run: python -m tests.support.second_run [ARGUMENTS OF PYTEST]

A browser or a server on a busy machine may fail a test that is right. If every test that failed passes alone, the
run passes, and its last lines are `flaky: NAME`: a defect to mend next. Nothing is run again where more than a few
failed, where the run broke off, or where a room without browser, server or database failed: such a test cannot be
flaky, so one that passes alone has found state that tests share. A skip is a failure here (see conftest.py).
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")
TESTS_FAILED = 1  # of pytest's exit codes the one of a run that went to its end
MOST = 5
STEADY = ("questionnaire", "scoring", "improvement", "statistics", "disclosure", "narrative", "languages")


def pytest(*arguments: str) -> int:
    """Run pytest, and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def why_not_again(failed: Sequence[str]) -> str:
    """The reason why what failed is not run once more; empty if it is."""
    steady = [name for name in failed if name.startswith(tuple(f"tests/{room}/" for room in STEADY))]
    if not failed:
        return "No test failed by name."
    if len(failed) > MOST:
        return f"{len(failed)} failed: more than chance explains."
    return f"Nothing there is left to chance: {', '.join(steady)}" if steady else ""


def main(arguments: Sequence[str]) -> int:
    """All tests, then what failed; return 0 if each passed in one of the two runs."""
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
