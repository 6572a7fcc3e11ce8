"""Jobs: work that takes longer than a page should, taken by lease so that no two processes do it at the same time.

A worker takes the next job and renews its lease while it works. If it dies, the lease expires, and another worker takes
the job and starts it again. If only the process of the job fails, the job is started again after a pause, which grows
each time. After MOST_STARTS it is given up. There is at most one unfinished job of each kind and subject.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.exceptions import NotFound
from compliance.store.transactions import insert_unless_there
from compliance.store.work_models import UNFINISHED, Job

#: How long a lease lasts. A worker that does not renew it in time is taken to be dead.
LEASE = timedelta(seconds=60)
#: How often a job is started. If its worker has died, or its process failed, each time, it is not started again.
MOST_STARTS = 5
#: How long it is not started again after the first start that failed. Each further pause is so many times as long.
FIRST_PAUSE, GROWTH = timedelta(minutes=1), 5
#: The fault of a job that was started too often.
WORKER_ENDED = "worker-ended"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job and its progress."""

    id: int
    kind: str
    subject: str  # as in period/2026
    state: str  # waiting, running, done, failed
    queued_at: datetime
    queued_by: int | None
    finished_at: datetime | None
    step: str  # key of the present step
    done: int  # of `total`, in this step
    total: int  # 0: not known
    starts: int
    fault: str  # key of the reason why it failed
    details: str
    lease: str
    not_before: datetime | None  # after a failed start: it is not started again before


_COLUMNS: tuple[Any, ...] = tuple(getattr(Job, field.name) for field in fields(JobStatus))


def queue_job(session: Session, kind: str, subject: str, *, by: int | None, at: datetime) -> int:
    """Queue a job and return its number. If a job of this kind and subject is unfinished, return that one's."""
    row = {
        "kind": kind,
        "subject": subject,
        "state": "waiting",
        "queued_at": at,
        "queued_by": by,
        "step": "",
        "done": 0,
        "total": 0,
        "starts": 0,
        "fault": "",
        "details": "",
        "lease": "",
    }
    new = insert_unless_there(session, Job, ["kind", "subject"], where=UNFINISHED).values(row).returning(Job.id)
    number = session.execute(new).scalar_one_or_none()
    if number is None:
        unfinished = unfinished_job(session, subject, kind)
        if unfinished is None:  # it has ended just now
            return queue_job(session, kind, subject, by=by, at=at)
        return unfinished.id
    record_events(session, [TrailEvent("job", f"{subject}/job/{kind}", "", "queued")], by=by, at=at)
    return int(number)


def take_job(session: Session, *, at: datetime) -> JobStatus | None:
    """Take the next job under a lease, or return None if none waits. Committed by the caller before the work begins.

    A job that was started too often (MOST_STARTS) is given up instead: it is returned as failed, and has no lease.
    """
    is_due = or_(Job.not_before.is_(None), Job.not_before <= at)
    free = or_(and_(Job.state == "waiting", is_due), and_(Job.state == "running", Job.leased_until < at))
    number = session.scalar(select(Job.id).where(free).order_by(Job.id).limit(1))
    if number is None:
        return None
    fresh = {"state": "running", "lease": uuid4().hex, "leased_until": at + LEASE, "step": "", "done": 0, "total": 0}
    counted = {"starts": Job.starts + 1, "not_before": None}
    known = case((Job.state == "waiting", Job.details), else_="")  # how a worker died is not known
    taken = update(Job).where(Job.id == number, free).values(**fresh, **counted, details=known)
    taken = taken.returning(*_COLUMNS).execution_options(synchronize_session=False)
    row = session.execute(taken).first()  # None if another worker was quicker
    if row is None:
        return None
    job = JobStatus(*row)
    if job.starts > MOST_STARTS:
        finish_job(session, job, at=at, fault=WORKER_ENDED, details=job.details)
        return job_status(session, job.id)
    return job


def renew_lease(session: Session, job: JobStatus, *, at: datetime) -> bool:
    """Renew the lease of a job. Return False if another worker has taken it."""
    return _update(session, job, {"leased_until": at + LEASE})


def report_progress(session: Session, job: JobStatus, step: str, done: int, total: int, *, at: datetime) -> bool:
    """Save the progress of a job and renew its lease. Return False if another worker has taken it."""
    return _update(session, job, {"step": step, "done": done, "total": total, "leased_until": at + LEASE})


def finish_job(session: Session, job: JobStatus, *, at: datetime, fault: str = "", details: str = "") -> bool:
    """End a job, in the transaction of its results. Return False if another worker has taken it.

    `fault`: key of the reason why it failed.
    """
    state = "failed" if fault else "done"
    ended = {"state": state, "finished_at": at, "fault": fault, "details": details, "lease": "", "leased_until": None}
    if not _update(session, job, ended):
        return False
    event = TrailEvent("job", f"{job.subject}/job/{job.kind}", "running", f"{state} {fault}".strip())
    record_events(session, [event], by=job.queued_by, at=at)
    return True


def release_job(session: Session, job: JobStatus) -> None:
    """Give back an unfinished job, so that any worker can start it again. This start of it does not count.

    That is so too if another worker has taken the job, as the lease ran out while this one was still alive.
    """
    if not _update(session, job, {"state": "waiting", "lease": "", "leased_until": None, "starts": job.starts - 1}):
        others = update(Job).where(Job.id == job.id, UNFINISHED, Job.starts > 1).values(starts=Job.starts - 1)
        session.execute(others.execution_options(synchronize_session=False))


def postpone_job(session: Session, job: JobStatus, *, how: str, at: datetime) -> None:
    """Give back a job whose process failed, to be started again after a pause, or given up. `how`: how it ended."""
    pause = FIRST_PAUSE * GROWTH ** (job.starts - 1) if job.starts < MOST_STARTS else timedelta(0)
    waiting = {"state": "waiting", "lease": "", "leased_until": None}
    _update(session, job, {**waiting, "details": how, "not_before": at + pause})


def job_status(session: Session, job_id: int) -> JobStatus:
    """Return one job. Raise NotFound."""
    row = session.execute(_select_jobs().where(Job.id == job_id)).first()
    if row is None:
        raise NotFound(f"no job {job_id}")
    return JobStatus(*row)


def unfinished_job(session: Session, subject: str, *kinds: str) -> JobStatus | None:
    """Return the first unfinished job of a subject of one of these kinds, or None."""
    query = _select_jobs().where(Job.subject == subject, Job.kind.in_(kinds), UNFINISHED).order_by(Job.id)
    row = session.execute(query.limit(1)).first()
    return JobStatus(*row) if row else None


def waiting_job_count(session: Session) -> int:
    """Count the jobs that no worker has taken."""
    return session.scalar(select(func.count()).where(Job.state == "waiting")) or 0


def given_up_job_count(session: Session) -> int:
    """The number of jobs that were given up, and that nobody has started again since."""
    again = aliased(Job)
    later = exists().where(again.kind == Job.kind, again.subject == Job.subject, again.id > Job.id)
    return session.scalar(select(func.count()).where(Job.fault == WORKER_ENDED, ~later)) or 0


def latest_jobs(session: Session, *, most: int, quiet: Collection[str] = ()) -> tuple[JobStatus, ...]:
    """Return the latest jobs, the latest first, `most` at most. `quiet`: kinds that are left out unless they failed."""
    shown = _select_jobs().where(or_(Job.kind.not_in(quiet), Job.state == "failed"))
    return tuple(JobStatus(*row) for row in session.execute(shown.order_by(Job.id.desc()).limit(most)))


def _select_jobs() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS)


def _update(session: Session, job: JobStatus, values: dict[str, object]) -> bool:
    mine = update(Job).where(Job.id == job.id, Job.lease == job.lease, Job.state == "running").values(values)
    changed = session.execute(mine.returning(Job.id).execution_options(synchronize_session=False))
    return changed.first() is not None
