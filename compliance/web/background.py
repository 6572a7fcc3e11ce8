"""Workers: the threads of a process that deliver mails, do jobs and compute scorecards.

`serve` and wsgi.py start them; `create_app` does not.

Each does what is due until nothing is left, then waits for a pause or until it is woken. Any number of processes may
run workers over one database, because work is taken by lease. A long job is done in a separate process,
`job_process`, so that it does not slow requests down and its memory is returned to the system.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from flask import Flask, current_app

from compliance.store import company_members
from compliance.store.database_faults import outage
from compliance.store.evidence_library import LibraryItem, take_expiring
from compliance.store.jobs import MOST_STARTS
from compliance.web.database import call_after_changes, db, now, tell_changed
from compliance.web.jobs import RunningJob, call_after_starting, do_what_is_due, run_next_job
from compliance.web.kept_scorecards import WaitingScorecards
from compliance.web.mail import call_after_queueing, queue_mail, whole_url
from compliance.web.mail_delivery import deliver_next
from compliance.web.presenters.evidence import SEE_ALL
from compliance.web.review_queue import keep_reviews, unkept_assessments
from compliance.web.suggesting import queue_missing_suggestions

#: Seconds until a worker looks again for work that other processes queued or that has become due.
PAUSE = 5.0
#: Seconds for which a stopping process waits for a worker, and a worker for the process of a job.
STOP_TIMEOUT, STOP_JOB_TIMEOUT = 10.0, 8.0
#: Seconds between two checks of the process of a job.
LOOK_INTERVAL = 0.2
#: The nice value of the process of a job, so that requests come first if processors are scarce.
NICENESS = 5


class Worker:
    """One thread that calls `step` until it returns False, and again after each pause or when woken."""

    def __init__(self, app: Flask, name: str, step: Callable[[], bool], stopping: threading.Event) -> None:
        self._app, self._step, self._stopping, self._woken = app, step, stopping, threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work at once."""
        self._woken.set()

    def join(self) -> None:
        """Wait until the current step ends, for at most `STOP_TIMEOUT`. Call it once `stopping` is set."""
        self.wake()
        self._thread.join(STOP_TIMEOUT)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                more = self._step()
            except Exception as fault:  # whatever it is, mails and jobs are still in the database
                if why := outage(fault):  # every few seconds until it is over
                    self._app.logger.warning("%s tries again: database or disk are %s", self._thread.name, why)
                else:
                    self._app.logger.exception("%s failed, and tries again", self._thread.name)
                more = False
            if not more:
                self._woken.wait(PAUSE)


def remind_of_expiry(app: Flask) -> bool:
    """Queue the mails about evidence that expires soon, once for each expiry. Return False if there is none.

    They go to the person who added the evidence, and to the owners and approvers of the company.
    """
    with app.app_context():
        found: dict[tuple[int, int], list[LibraryItem]] = {}
        for item in take_expiring(db(), on=now().date()):
            for person in company_members(db(), item.organisation_id):
                if person.active and (person.role in SEE_ALL or person.person_id == item.added_by):
                    found.setdefault((item.organisation_id, person.person_id), []).append(item)
        for (organisation_id, person_id), items in found.items():
            person = next(one for one in company_members(db(), organisation_id) if one.person_id == person_id)
            queue_mail(
                "evidence-expires",
                person.email,
                language=person.language,
                person_id=person_id,
                company=items[0].organisation,
                items=[(item.details.title, item.details.expires, item.uses) for item in items],
                link=partial(whole_url, "company.library", organisation_id=organisation_id),
            )
        db().commit()
        return bool(found)


def do_apart(job: RunningJob) -> str:
    """Do a job in a separate process, with the settings of the environment. Return how it failed, or "".

    The end of its input tells it to stop, so it also stops if this process is killed.
    """
    status = job.status
    command = [sys.executable, "-P", "-m", "compliance.web.job_process", str(status.id), status.lease]
    packages = os.pathsep.join(filter(None, sys.path))  # the import path of this process
    with subprocess.Popen(  # noqa: S603 # the interpreter, and what the store calls a job
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": packages},
        start_new_session=True,  # Ctrl-C reaches only the server, which stops the job
    ) as process:
        with suppress(AttributeError, OSError):  # Windows does not have it, and a sandbox may refuse it
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        while process.poll() is None and not job.is_interrupted:
            job.stopping.wait(LOOK_INTERVAL)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=STOP_JOB_TIMEOUT)  # which closes its input
        process.kill()  # has no effect if it has ended
    if process.returncode and not job.is_interrupted:
        ended = (status.id, process.returncode, status.starts, MOST_STARTS)
        current_app.logger.error("job %s: its process ended with %s, at start %s of at most %s", *ended)
    return _ending(process.returncode)


def _ending(code: int) -> str:
    """Return how a process failed, as `given_up_words` reads it, or "" if it did not."""
    if code >= 0:
        return f"exit code {code}" if code else ""
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:  # one without a name, as real-time signals are
        return f"signal {-code}"


class Workers:
    """The workers of a process."""

    def __init__(self, app: Flask) -> None:
        self._app, self._stopping = app, threading.Event()
        mails = Worker(app, "mail-worker", lambda: deliver_next(app) or remind_of_expiry(app), self._stopping)
        begun = threading.Event()

        def do_jobs() -> bool:
            if not begun.is_set():
                with app.app_context():
                    queue_missing_suggestions()
                    tell_changed(unkept_assessments())
                begun.set()
            apart = do_apart if app.config["JOBS_APART"] else None
            return run_next_job(app, self._stopping, apart=apart) or do_what_is_due(app)

        jobs = Worker(app, "job-worker", do_jobs, self._stopping)
        waiting = WaitingScorecards(app, keep_reviews)
        scorecards = Worker(app, "scorecard-worker", waiting.compute_next, self._stopping)

        def compute(assessment_ids: Collection[int]) -> None:
            waiting.add(assessment_ids)
            scorecards.wake()

        self._all = (mails, jobs, scorecards)
        call_after_changes(app, compute)
        call_after_queueing(app, mails.wake)
        call_after_starting(app, jobs.wake)

    def stop(self) -> None:
        """Stop the workers. A job in progress is given back, so that another process can start it again."""
        call_after_starting(self._app, None)
        call_after_changes(self._app, None)
        self._stopping.set()
        for worker in self._all:
            worker.join()
