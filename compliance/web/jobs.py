"""Jobs of the web room: what each kind does, and running the next one.

A kind is a function with `@job_kind`, in the module of the pages that start it. It works in the session of the context
(`db()`), which is committed together with the note that the job is done. It calls `progress` while it reads and
computes, but not once it writes. An exception rolls back its work and ends the job as failed. A job that repeatedly
ends its process is given up, and every steward is told.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance.languages.formats import number
from compliance.languages.interface_messages import N_, gettext
from compliance.store import (
    JobStatus,
    StoreError,
    finish_job,
    job_status,
    members,
    postpone_job,
    queue_job,
    release_job,
    renew_lease,
    report_progress,
    take_job,
)
from compliance.store.jobs import MOST_STARTS
from compliance.web.database import db, now, store_engine
from compliance.web.mail import queue_mail

#: Seconds between two renewals of a lease, and between two notes of progress.
RENEWAL_INTERVAL, PROGRESS_INTERVAL = 15.0, 1.0
#: The fault of a job that failed for an unforeseen reason.
UNEXPECTED = "unexpected"
_WORKERS = "article34_workers"


class JobFailed(Exception):
    """A job cannot be done. `fault` is the key of the sentence that says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class JobInterrupted(Exception):
    """A job must stop here: this process is stopping, or another one has taken the job."""


@dataclass
class RunningJob:
    """A job that is being done, and the means to report its progress."""

    status: JobStatus
    stopping: threading.Event
    _lost: threading.Event = field(default_factory=threading.Event)
    _noted: tuple[str, float] = ("", 0.0)

    @property
    def is_interrupted(self) -> bool:
        """Whether work on it must stop here."""
        return self.stopping.is_set() or self._lost.is_set()

    def progress(self, step: str, done: int = 0, total: int = 0) -> None:
        """Note the progress of the job, at most once a second in one step. Raise JobInterrupted."""
        if self.is_interrupted:
            raise JobInterrupted
        at = now()
        before, when = self._noted
        if step == before and at.timestamp() - when < PROGRESS_INTERVAL:
            return
        self._noted = (step, at.timestamp())
        with Session(store_engine(current_app)) as session, session.begin():
            if not report_progress(session, self.status, step, done, total, at=at):
                raise JobInterrupted

    @contextmanager
    def keep_lease(self, app: Flask) -> Iterator[None]:
        """Renew the lease during the body, even in a long step."""
        over = threading.Event()
        renewal = threading.Thread(target=self._renew, args=(app, over), name="job-lease", daemon=True)
        renewal.start()
        try:
            yield
        finally:
            over.set()  # not joined: the thread may be waiting to write until the work is committed

    def _renew(self, app: Flask, over: threading.Event) -> None:
        while not over.wait(RENEWAL_INTERVAL):
            try:
                with Session(store_engine(app)) as session, session.begin():
                    if not renew_lease(session, self.status, at=now()):
                        self._lost.set()
                        return
            except DBAPIError:  # somebody is writing, or the database is briefly unavailable: try again
                continue


DoJob: TypeAlias = Callable[[RunningJob], None]


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """The functions that do a kind of job, return its title, and are called if it fails."""

    do: DoJob
    title: Callable[[JobStatus], str]
    after_failure: Callable[[JobStatus], None]
    is_long: bool


JOB_KINDS: dict[str, JobDefinition] = {}


def job_kind(
    kind: str,
    *,
    title: Callable[[JobStatus], str],
    after_failure: Callable[[JobStatus], None],
    is_long: bool = False,
) -> Callable[[DoJob], DoJob]:
    """Declare the function that does jobs of a kind, and a function called in the session of the context if one fails.

    `title`: returns the title of a job, in the language of the page. `is_long`: it needs a processor for long, so it
    is done in a separate process if possible.
    """

    def declare(do: DoJob) -> DoJob:
        JOB_KINDS[kind] = JobDefinition(do, title, after_failure, is_long)
        return do

    return declare


def job_title(status: JobStatus) -> str:
    """Return the title of a job, or its kind if another version of this tool has queued it."""
    return JOB_KINDS[status.kind].title(status) if status.kind in JOB_KINDS else status.kind


#: How the process of a job that was given up ended the last time, by how its `details` begin.
_ENDINGS = {
    "exit code": N_("The program ended %(times)s times during this work, the last time with exit code %(which)s."),
    "signal": N_("The program ended %(times)s times during this work, the last time by the signal %(which)s."),
    "": N_("The program ended %(times)s times during this work."),
}
_WHAT_TO_DO = N_(
    "Nothing was changed. Ask the administrator of this site to look at its log and that of the system, and start the "
    "job again once the cause is removed."
)


def given_up_words(status: JobStatus) -> str:
    """Return why a job was given up, as far as that is known, and what to do, in the language of the page or mail."""
    how, _space, which = status.details.rpartition(" ")
    ended = gettext(_ENDINGS.get(how, _ENDINGS[""]), times=number(MOST_STARTS), which=which)
    return f"{ended} {gettext(_WHAT_TO_DO)}"


#: Work that nobody starts: each function looks for one thing that is due, does it, and returns whether there was one.
DUE_WORK: list[Callable[[Flask], bool]] = []


def done_when_due(look: Callable[[Flask], bool]) -> Callable[[Flask], bool]:
    """Declare a function that workers call regularly, for work that nobody starts."""
    DUE_WORK.append(look)
    return look


def do_what_is_due(app: Flask) -> bool:
    """Do one thing that is due. Return False if there is none."""
    return any(look(app) for look in DUE_WORK)


def start_job(kind: str, subject: str, *, by: int) -> JobStatus:
    """Queue a job, commit, and return its status. If this process has no workers, the job is done at once."""
    number = queue_job(db(), kind, subject, by=by, at=now())
    db().commit()
    wake = current_app.extensions.get(_WORKERS)
    if wake is not None:
        wake()
    else:
        run_next_job(current_app._get_current_object(), threading.Event())  # type: ignore[attr-defined]  # of the proxy
    return job_status(db(), number)


def call_after_starting(app: Flask, wake: Callable[[], None] | None) -> None:
    """Have `wake` called whenever a job is queued in this process. None: the process has no worker any more."""
    app.extensions[_WORKERS] = wake


def run_next_job(app: Flask, stopping: threading.Event, *, apart: Callable[[RunningJob], str] | None = None) -> bool:
    """Do the next job, in its own session and context, or give it up. Return False if none is waiting.

    `apart` has a long job done by another process, and returns how that failed, or "".
    """
    with app.app_context():
        status = take_job(db(), at=now())
        if status is not None and status.state == "failed":
            _tell_of_given_up(app, status)
        db().commit()
        if status is None or status.state == "failed":
            return status is not None
        job = RunningJob(status, stopping)
        with job.keep_lease(app):
            if apart is None or status.kind not in JOB_KINDS or not JOB_KINDS[status.kind].is_long:
                _do(app, job)
            elif how := apart(job):
                if job.is_interrupted:
                    release_job(db(), status)
                else:
                    postpone_job(db(), status, how=how, at=now())
                db().commit()
        return True


def do_taken_job(app: Flask, number: int, lease: str, stopping: threading.Event) -> None:
    """Do a job under the lease of another process, which renews it, unless a third process has taken the job."""
    with app.app_context():
        status = job_status(db(), number)
        if status.lease == lease:
            _do(app, RunningJob(status, stopping))


def _do(app: Flask, job: RunningJob) -> None:
    try:
        JOB_KINDS[job.status.kind].do(job)
        if not finish_job(db(), job.status, at=now()):
            raise JobInterrupted
        db().commit()
    except JobInterrupted:
        db().rollback()
        release_job(db(), job.status)
        db().commit()
    except Exception as fault:
        db().rollback()
        _note_failure(app, job.status, fault)


def _tell_of_given_up(app: Flask, status: JobStatus) -> None:
    """Queue mails to every steward that a job was given up, as the person who started it may have left."""
    app.logger.error(
        "job %s (%s, %s) was given up after %s starts", status.id, status.kind, status.subject, MOST_STARTS
    )
    for person in members(db()):
        if person.active and "steward" in person.roles:
            words = {"title": partial(job_title, status), "why": partial(given_up_words, status)}
            queue_mail("job-given-up", person.email, language=person.language, person_id=person.id, **words)


def _note_failure(app: Flask, status: JobStatus, fault: Exception) -> None:
    if isinstance(fault, JobFailed):
        key, details = fault.fault, ""
    elif isinstance(fault, StoreError):
        key, details = UNEXPECTED, str(fault)
    else:
        app.logger.exception("job %s (%s, %s) failed", status.id, status.kind, status.subject)
        key, details = UNEXPECTED, type(fault).__name__
    if finish_job(db(), status, at=now(), fault=key, details=details) and status.kind in JOB_KINDS:
        JOB_KINDS[status.kind].after_failure(status)
    db().commit()
