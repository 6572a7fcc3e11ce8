"""A process that hangs in a job until it is killed. It runs in a `ForkedServer`, as it changes a function."""

import threading
from collections.abc import Sequence
from pathlib import Path

from compliance.web.jobs import RunningJob, run_next_job
from tests.support.sites import make_site


def hang_in_the_next_job(arguments: Sequence[str]) -> None:
    """Begin the next job, print and note its first step, and hang there. Arguments: the database, a folder."""
    url, folder = arguments
    progress = RunningJob.progress

    def stuck(job: RunningJob, step: str, done: int = 0, total: int = 0) -> None:
        progress(job, step, 3, 9)
        print(step, flush=True)
        threading.Event().wait()

    RunningJob.progress = stuck  # type: ignore[method-assign]
    run_next_job(make_site(url, Path(folder)).app, threading.Event())
