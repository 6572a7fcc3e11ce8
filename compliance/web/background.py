"""Workers: the threads of a process that deliver mails, do jobs and compute scorecards.

`serve` and wsgi.py start them, `create_app` not.

Each does what is due until nothing is, then waits to be woken, or for a while. Any number of processes may run them
over one database: what is to be done is taken by lease.
"""

import threading
from collections.abc import Callable, Collection

from flask import Flask

from compliance.store import company_members
from compliance.store.database_faults import outage
from compliance.store.evidence_library import LibraryItem, take_expiring
from compliance.web.database import call_after_changes, db, now, tell_changed
from compliance.web.jobs import call_after_starting, do_what_is_due, run_next_job
from compliance.web.kept_scorecards import WaitingScorecards
from compliance.web.mail import call_after_queueing, queue_mail, whole_url
from compliance.web.mail_delivery import deliver_next
from compliance.web.presenters.evidence import SEE_ALL
from compliance.web.review_queue import keep_reviews, unkept_assessments
from compliance.web.suggesting import queue_missing_suggestions

#: Seconds until a worker looks again, for what other processes queued or what is due later.
PAUSE = 5.0
#: Seconds that a process which stops waits for a worker to come to an end.
STOP_TIMEOUT = 10.0


class Worker:
    """One thread that calls `step` until it says that nothing is left, and again after each pause or when woken."""

    def __init__(self, app: Flask, name: str, step: Callable[[], bool], stopping: threading.Event) -> None:
        self._app, self._step, self._stopping, self._woken = app, step, stopping, threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._woken.set()

    def join(self) -> None:
        """Wait for what is being done, once `stopping` is set."""
        self.wake()
        self._thread.join(STOP_TIMEOUT)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                more = self._step()
            except Exception as fault:  # whatever it is, mails and jobs wait in the database
                if why := outage(fault):  # every few seconds until it is over
                    self._app.logger.warning("%s tries again: database or disk are %s", self._thread.name, why)
                else:
                    self._app.logger.exception("%s failed, and tries again", self._thread.name)
                more = False
            if not more:
                self._woken.wait(PAUSE)


def remind_of_expiry(app: Flask) -> bool:
    """Queue the mails about evidence that expires soon, once for each expiry; False if there is none.

    They go to whoever added it, and to the owners and approvers of the company.
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
                link=whole_url("company.library", organisation_id=organisation_id),
            )
        db().commit()
        return bool(found)


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
            return run_next_job(app, self._stopping) or do_what_is_due(app)

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
        """End them; a job that is being done is given back, for another process to begin it anew."""
        call_after_starting(self._app, None)
        call_after_changes(self._app, None)
        self._stopping.set()
        for worker in self._all:
            worker.join()
