"""The job that closes a period: its figures are computed while everybody goes on, then checked and frozen under a lock.

Whatever changes meanwhile makes the figures outdated; they are computed anew, and so count it.
"""

from functools import partial

from flask import current_app

from compliance.publication import ClosingOutdated, compute_closing, publish_closing
from compliance.store import JobStatus, PeriodClosed, hold_period, member
from compliance.store.signed_heads import keep_signed_head, read_key
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.jobs import JobFailed, RunningJob, job_kind, start_job
from compliance.web.mail import queue_mail
from compliance.web.steward.blueprint import edition_of_period, without_content

CLOSE_PERIOD = "close-period"
#: How often the figures of a period are computed before the job gives up.
MOST_ATTEMPTS = 5


def start_closing(year: int) -> JobStatus:
    """Begin to close a period."""
    return start_job(CLOSE_PERIOD, f"period/{year}", by=me().id)


def year_of(status: JobStatus) -> int:
    """The year that a job of closing is about."""
    return int(status.subject.rpartition("/")[2])


def _tell(kind: str, status: JobStatus) -> None:
    """Queue a mail to the steward who began to close the period."""
    if status.queued_by is not None:
        steward = member(db(), status.queued_by)
        queue_mail(kind, steward.email, language=steward.language, person_id=steward.id, year=str(year_of(status)))


@job_kind(CLOSE_PERIOD, after_failure=partial(_tell, "period-not-closed"))
def close_period_job(job: RunningJob) -> None:
    """Close a period and publish its figures: computed while everybody goes on, checked and frozen under the lock."""
    year = year_of(job.status)
    for attempt in range(MOST_ATTEMPTS):
        job.progress("again" if attempt else "reading")
        edition = edition_of_period(without_content(year))
        computed = compute_closing(
            db(), edition, year, as_of=now().date(), progress=lambda done, total: job.progress("reading", done, total)
        )
        job.progress("publishing")
        try:
            hold_period(db(), year)
            publish_closing(db(), computed, by=job.status.queued_by, at=now())
            if key := current_app.config["TRAIL_KEY"]:
                keep_signed_head(db(), read_key(key), at=now())
        except ClosingOutdated:
            db().rollback()
            continue
        except PeriodClosed as refusal:
            raise JobFailed("closed") from refusal
        _tell("period-closed", job.status)
        return
    raise JobFailed("changing")
