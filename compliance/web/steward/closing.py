"""The jobs of closing a period: its preview, and the closing itself.

Figures are computed while everybody goes on, then checked and frozen under a lock. Whatever changes meanwhile makes
them outdated; they are computed anew, and so count it. Of few companies the last attempt computes under the lock, so
that closing ends however often somebody submits; of many that would hold up everybody for too long.
"""

from functools import partial

from flask import current_app

from compliance.disclosure.snapshot import snapshot_to_json
from compliance.publication import ClosingOutdated, ComputedClosing, compute_closing, publish_closing
from compliance.store import JobStatus, PeriodClosed, hold_period, member, period
from compliance.store.assessment_periods import keep_preview, nonrespondent_count
from compliance.store.period_submissions import submission_counts
from compliance.store.signed_heads import keep_signed_head, read_key
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.jobs import JobFailed, RunningJob, job_kind, start_job
from compliance.web.mail import queue_mail
from compliance.web.steward.blueprint import edition_of_period

CLOSE_PERIOD, PREVIEW_CLOSING = "close-period", "preview-closing"
#: How often the figures of a period are computed before the job gives up.
MOST_ATTEMPTS = 5
#: Of so many companies at most, figures take some seconds: a page computes them itself, and saves can wait for them.
MOST_AT_ONCE = 500


def start_closing(year: int) -> JobStatus:
    """Begin to close a period."""
    return start_job(CLOSE_PERIOD, f"period/{year}", by=me().id)


def start_preview(year: int) -> JobStatus:
    """Begin to compute what closing a period would publish."""
    return start_job(PREVIEW_CLOSING, f"period/{year}", by=me().id)


def year_of(status: JobStatus) -> int:
    """The year that a job of closing, or of its preview, is about."""
    return int(status.subject.rpartition("/")[2])


def _tell(kind: str, status: JobStatus) -> None:
    """Queue a mail to the steward who began to close the period."""
    if status.queued_by is not None:
        steward = member(db(), status.queued_by)
        queue_mail(kind, steward.email, language=steward.language, person_id=steward.id, year=str(year_of(status)))


@job_kind(PREVIEW_CLOSING, after_failure=lambda status: None)  # the list of jobs says it
def preview_closing_job(job: RunningJob) -> None:
    """Compute what closing a period would publish, and keep it for the steward to look at."""
    year = year_of(job.status)
    job.progress("reading")
    computed = _compute(year, job)
    if period(db(), year).closed_at is None:
        keep_preview(db(), year, snapshot_to_json(computed.closed.snapshot), inputs=computed.inputs, at=now())


def _compute(year: int, job: RunningJob | None = None) -> ComputedClosing:
    """The figures of a period. With a job, its progress is noted, which a lock that is held would keep it from."""
    edition = edition_of_period(submission_counts(db(), year))
    progress = partial(job.progress, "reading") if job is not None else None
    return compute_closing(db(), edition, year, as_of=now().date(), progress=progress)


def _companies(year: int) -> int:
    """How many companies closing a period goes through: those that submitted, and those that are silent."""
    return nonrespondent_count(db(), year) + sum(one.count for one in submission_counts(db(), year))


@job_kind(CLOSE_PERIOD, after_failure=partial(_tell, "period-not-closed"))
def close_period_job(job: RunningJob) -> None:
    """Close a period and publish its figures: computed while everybody goes on, checked and frozen under the lock."""
    year = year_of(job.status)
    for attempt in range(MOST_ATTEMPTS):
        job.progress("again" if attempt else "reading")
        under_lock = attempt == MOST_ATTEMPTS - 1 and _companies(year) <= MOST_AT_ONCE
        computed = None if under_lock else _compute(year, job)
        job.progress("publishing")
        try:
            hold_period(db(), year)
            publish_closing(db(), computed or _compute(year), by=job.status.queued_by, at=now())
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
