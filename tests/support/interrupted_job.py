"""A process that gets stuck in a job, to be killed: `python -m tests.support.interrupted_job URL FOLDER`."""

import sys
import threading
from pathlib import Path

from compliance.web.jobs import RunningJob, run_next_job
from tests.support.sites import make_site


def main() -> None:
    """Say which step the job has reached, note its progress, and stay there."""
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
