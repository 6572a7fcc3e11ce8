"""A process that hangs in a job until it is killed: `python -m tests.support.interrupted_job URL FOLDER`."""

import sys
import threading
from pathlib import Path

from compliance.web.jobs import RunningJob, run_next_job
from tests.support.sites import make_site


def main() -> None:
    """Run the next job, print and note its first step, and hang there."""
    url, folder = sys.argv[1:]
    progress = RunningJob.progress

    def stuck(job: RunningJob, step: str, done: int = 0, total: int = 0) -> None:
        progress(job, step, 3, 9)
        print(step, flush=True)
        threading.Event().wait()

    RunningJob.progress = stuck  # type: ignore[method-assign]
    run_next_job(make_site(url, Path(folder)).app, threading.Event())


if __name__ == "__main__":
    main()
