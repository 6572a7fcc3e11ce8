"""The jobs of closing a period: its preview, and the closing itself.

Figures are computed while everybody works on, then checked and frozen under a lock. If anything changes meanwhile, they
are outdated and computed again with the change. An attempt reads only submissions that changed since the one before.
The last attempt computes under the lock, so that closing ends even if submissions keep coming.
"""

from functools import partial

from flask import current_app

from compliance.disclosure.snapshot import snapshot_to_json
from compliance.languages.interface_messages import gettext as _
from compliance.publication import (
    ClosingOutdated,
    ComputedClosing,
    ReadSubmissions,
    close_and_publish,
    compute_closing,
    publish_closing,
)
from compliance.questionnaire.edition import Edition
from compliance.store import JobStatus, PeriodClosed, hold_period, member, period
from compliance.store.assessment_periods import keep_preview
from compliance.store.period_submissions import submission_counts
from compliance.store.signed_heads import keep_signed_head, read_key
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.jobs import JobFailed, RunningJob, job_kind, start_job
from compliance.web.mail import queue_mail
from compliance.web.steward.blueprint import edition_of_period

CLOSE_PERIOD, PREVIEW_CLOSING = "close-period", "preview-closing"
#: How often the figures of a period are computed at most, the last time under the lock.
MOST_ATTEMPTS = 5
#: For at most this many companies, figures take only seconds, and a page computes them itself.
MOST_AT_ONCE = 500


def start_closing(year: int) -> JobStatus:
    """Queue the closing of a period."""
    return start_job(CLOSE_PERIOD, f"period/{year}", by=me().id)


def start_preview(year: int) -> JobStatus:
    """Queue a preview of what closing a period would publish."""
    return start_job(PREVIEW_CLOSING, f"period/{year}", by=me().id)


def year_of(status: JobStatus) -> int:
    """Return the year of a job that closes a period or previews it."""
    return int(status.subject.rpartition("/")[2])


def _tell(kind: str, status: JobStatus) -> None:
    """Queue a mail to the steward who started to close the period, if they are still active."""
    steward = member(db(), status.queued_by) if status.queued_by is not None else None
    if steward is not None and steward.active:
        queue_mail(kind, steward.email, language=steward.language, person_id=steward.id, year=str(year_of(status)))


@job_kind(
    PREVIEW_CLOSING,
    title=lambda status: _("Compute what closing %(year)s would publish", year=str(year_of(status))),
    after_failure=lambda status: None,  # the list of jobs shows it
    is_long=True,
)
def preview_closing_job(job: RunningJob) -> None:
    """Compute what closing a period would publish, and keep it for the steward."""
    year = year_of(job.status)
    job.progress("reading")
    computed = _compute(year, {}, job)
    if period(db(), year).closed_at is None:
        keep_preview(db(), year, snapshot_to_json(computed.closed.snapshot), inputs=computed.inputs, at=now())


def _compute(year: int, read: ReadSubmissions, job: RunningJob) -> ComputedClosing:
    """Return the figures of a period. `read`: the submissions read by earlier attempts."""
    progress = partial(job.progress, "reading")
    return compute_closing(db(), _edition(year), year, as_of=now().date(), progress=progress, read=read)


def _edition(year: int) -> Edition:
    return edition_of_period(submission_counts(db(), year))


@job_kind(
    CLOSE_PERIOD,
    title=lambda status: _("Close %(year)s", year=str(year_of(status))),
    after_failure=partial(_tell, "period-not-closed"),
    is_long=True,
)
def close_period_job(job: RunningJob) -> None:
    """Close a period and publish its figures: computed without a lock, then checked and frozen under the lock."""
    try:
        _publish(job, year_of(job.status), {})
    except PeriodClosed as refusal:
        raise JobFailed("closed") from refusal
    if key := current_app.config["TRAIL_KEY"]:
        keep_signed_head(db(), read_key(key), at=now())
    _tell("period-closed", job.status)


def _publish(job: RunningJob, year: int, read: ReadSubmissions) -> None:
    by = job.status.queued_by
    for attempt in range(1, MOST_ATTEMPTS):
        job.progress("reading" if attempt == 1 else "again")
        computed = _compute(year, read, job)
        job.progress("publishing")
        hold_period(db(), year)
        try:
            publish_closing(db(), computed, by=by, at=now())
        except ClosingOutdated:
            db().rollback()
        else:
            return
    job.progress("publishing")  # no progress is noted from here on: it would wait for the lock held here
    hold_period(db(), year)
    close_and_publish(db(), _edition(year), year, by=by, at=now(), read=read)
