"""Jobs: work that takes longer than a page should, taken by lease, so that two processes never do it twice.

A worker takes the next job and renews its lease while it works. If it dies, the lease runs out, and another worker
takes the job and begins it anew, or gives it up after some times. Of a kind and subject there is at most one unfinished
job.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from compliance.store.audit_trail import TrailEvent, record_events
from compliance.store.exceptions import NotFound
from compliance.store.transactions import insert_unless_there
from compliance.store.work_models import UNFINISHED, Job

#: A worker that does not renew its lease for so long is taken to be dead.
LEASE = timedelta(seconds=60)
#: A job that ended its worker so often is not begun again: it would end the next one too.
MOST_STARTS = 5
#: The fault of such a job.
WORKER_ENDED = "worker-ended"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job as it stands."""

    id: int
    kind: str
    subject: str  # as in period/2026
    state: str  # waiting, running, done, failed
    queued_at: datetime
    queued_by: int | None
    finished_at: datetime | None
    step: str  # key of what it is doing
    done: int  # of `total`, in this step
    total: int  # 0: not known
    starts: int
    fault: str  # key of why it failed
    details: str
    lease: str


_COLUMNS: tuple[Any, ...] = tuple(getattr(Job, field.name) for field in fields(JobStatus))


def queue_job(session: Session, kind: str, subject: str, *, by: int | None, at: datetime) -> int:
    """Queue a job; its number. Where one of this kind and subject is unfinished, that one's."""
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
        if unfinished is None:  # it ended this moment
            return queue_job(session, kind, subject, by=by, at=at)
        return unfinished.id
    record_events(session, [TrailEvent("job", f"{subject}/job/{kind}", "", "queued")], by=by, at=at)
    return int(number)


def take_job(session: Session, *, at: datetime) -> JobStatus | None:
    """Take the next job under a lease; None if nothing waits. To be committed before the work begins.

    One that was begun too often (MOST_STARTS) is given up instead: it has failed then, and holds no lease.
    """
    free = or_(Job.state == "waiting", and_(Job.state == "running", Job.leased_until < at))
    number = session.scalar(select(Job.id).where(free).order_by(Job.id).limit(1))
    if number is None:
        return None
    fresh = {"state": "running", "lease": uuid4().hex, "leased_until": at + LEASE, "step": "", "done": 0, "total": 0}
    taken = update(Job).where(Job.id == number, free).values(**fresh, starts=Job.starts + 1)
    taken = taken.returning(*_COLUMNS).execution_options(synchronize_session=False)
    row = session.execute(taken).first()  # None if another worker was quicker
    if row is None:
        return None
    job = JobStatus(*row)
    if job.starts > MOST_STARTS:
        finish_job(session, job, at=at, fault=WORKER_ENDED)
        return job_status(session, job.id)
    return job


def renew_lease(session: Session, job: JobStatus, *, at: datetime) -> bool:
    """Keep a job for longer; False if it is another worker's by now."""
    return _update(session, job, {"leased_until": at + LEASE})


def report_progress(session: Session, job: JobStatus, step: str, done: int, total: int, *, at: datetime) -> bool:
    """Say how far a job is; False if it is another worker's by now."""
    return _update(session, job, {"step": step, "done": done, "total": total, "leased_until": at + LEASE})


def finish_job(session: Session, job: JobStatus, *, at: datetime, fault: str = "", details: str = "") -> bool:
    """End a job, in the transaction of what it did; False if it is another worker's by now.

    `fault`: key of why it failed.
    """
    state = "failed" if fault else "done"
    ended = {"state": state, "finished_at": at, "fault": fault, "details": details, "lease": "", "leased_until": None}
    if not _update(session, job, ended):
        return False
    event = TrailEvent("job", f"{job.subject}/job/{job.kind}", "running", f"{state} {fault}".strip())
    record_events(session, [event], by=job.queued_by, at=at)
    return True


def release_job(session: Session, job: JobStatus, *, ended_worker: bool = False) -> None:
    """Give an unfinished job back, for any worker to begin it anew. `ended_worker`: see MOST_STARTS."""
    starts = job.starts if ended_worker else job.starts - 1
    _update(session, job, {"state": "waiting", "lease": "", "leased_until": None, "starts": starts})


def job_status(session: Session, job_id: int) -> JobStatus:
    """One job. Raise NotFound."""
    row = session.execute(_select_jobs().where(Job.id == job_id)).first()
    if row is None:
        raise NotFound(f"no job {job_id}")
    return JobStatus(*row)


def unfinished_job(session: Session, subject: str, *kinds: str) -> JobStatus | None:
    """The first job of a subject, of one of these kinds, that waits or runs; None if there is none."""
    query = _select_jobs().where(Job.subject == subject, Job.kind.in_(kinds), UNFINISHED).order_by(Job.id)
    row = session.execute(query.limit(1)).first()
    return JobStatus(*row) if row else None


def waiting_job_count(session: Session) -> int:
    """The number of jobs that no worker has begun."""
    return session.scalar(select(func.count()).where(Job.state == "waiting")) or 0


def given_up_job_count(session: Session) -> int:
    """The number of jobs that were given up, and that nobody has started again since."""
    again = aliased(Job)
    later = exists().where(again.kind == Job.kind, again.subject == Job.subject, again.id > Job.id)
    return session.scalar(select(func.count()).where(Job.fault == WORKER_ENDED, ~later)) or 0


def latest_jobs(session: Session, *, most: int, quiet: Collection[str] = ()) -> tuple[JobStatus, ...]:
    """The latest jobs, at most so many, the latest first. `quiet`: kinds that are left out unless they failed."""
    shown = _select_jobs().where(or_(Job.kind.not_in(quiet), Job.state == "failed"))
    return tuple(JobStatus(*row) for row in session.execute(shown.order_by(Job.id.desc()).limit(most)))


def _select_jobs() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS)


def _update(session: Session, job: JobStatus, values: dict[str, object]) -> bool:
    mine = update(Job).where(Job.id == job.id, Job.lease == job.lease, Job.state == "running").values(values)
    changed = session.execute(mine.returning(Job.id).execution_options(synchronize_session=False))
    return changed.first() is not None
