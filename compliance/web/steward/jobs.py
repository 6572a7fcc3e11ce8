"""Jobs and undelivered mails: progress, failures with their reasons, and buttons to try again."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import date_and_time, number
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    JobStatus,
    NotFound,
    UndeliveredMail,
    job_status,
    latest_jobs,
    send_again,
    undelivered_mails,
)
from compliance.store.jobs import WORKER_ENDED
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.jobs import UNEXPECTED, given_up_words, job_title, start_job
from compliance.web.mail import MAIL_KINDS, mail_is_set
from compliance.web.steward.blueprint import bp
from compliance.web.steward.closing import CLOSE_PERIOD, PREVIEW_CLOSING, year_of
from compliance.web.suggesting import SUGGEST

JOBS_SHOWN = 20

STATE_LABELS: Mapping[str, str] = {
    "waiting": N_("Waiting"),
    "running": N_("Under way"),
    "done": N_("Done"),
    "failed": N_("Failed"),
}
STEP_LABELS: Mapping[str, str] = {
    "": "",
    "reading": N_("Reading submissions: %(done)s of %(total)s."),
    "again": N_("Something was submitted or changed in the meantime, so the figures are being computed again."),
    "publishing": N_("Closing the period and publishing its figures."),
}
FAULT_LABELS: Mapping[str, str] = {
    "closed": N_("The period was already closed. Nothing was changed."),
    UNEXPECTED: N_(
        "Something failed on our side. Nothing was changed. Start it again; if it fails again, ask the "
        "administrator of this site to look at its log."
    ),
}


class AgainForm(FlaskForm):
    """The button to try something again."""


@bp.get("/steward/jobs")
@readers("steward")
def jobs() -> str:
    """Show the latest jobs, and the mails that could not be sent."""
    latest = latest_jobs(db(), most=JOBS_SHOWN, quiet=[SUGGEST])
    return render_template(
        "steward/jobs.html",
        jobs=[(status, job_title(status), _words(status), _result_url(status)) for status in latest],
        states=STATE_LABELS,
        busy=any(status.state in ("waiting", "running") for status in latest),
        mails=[(mail, _about(mail)) for mail in undelivered_mails(db())],
        sends=mail_is_set(),
    )


@bp.post("/steward/jobs/<int:number>/again")
@readers("steward")
def job_again(number: int) -> BaseResponse:
    """Start a failed job again. Raise NotFound."""
    status = job_status(db(), number)
    if status.state != "failed":
        raise NotFound(f"job {number} did not fail")
    start_job(status.kind, status.subject, by=me().id)
    flash(_("It was started again."))
    return redirect(url_for("steward.jobs"))


@bp.post("/steward/mails/<int:number>/again")
@readers("steward")
def mail_again(number: int) -> BaseResponse:
    """Try to send a mail again. Raise NotFound."""
    send_again(db(), number, at=now())
    db().commit()
    flash(_("Sending the e-mail will be tried again within a minute."))
    return redirect(url_for("steward.jobs"))


def _about(mail: UndeliveredMail) -> str:
    """Return the kind of a mail in words, without its data, which are for its recipient only."""
    kind = MAIL_KINDS.get(mail.kind)
    return _(kind.about or kind.subject) if kind else mail.kind


def _result_url(status: JobStatus) -> str:
    """Return the address of a finished job's result, or ""."""
    if status.state != "done":
        return ""
    if status.kind == PREVIEW_CLOSING:
        return url_for("steward.closing", year=year_of(status))
    return url_for("sectors.index", period=year_of(status)) if status.kind == CLOSE_PERIOD else ""


def _words(status: JobStatus) -> str:
    """Return what the job is doing, or why it failed, in words."""
    if status.fault == WORKER_ENDED:
        return given_up_words(status)
    if status.state == "waiting" and status.not_before is not None:
        at = date_and_time(status.not_before)
        return _("The program ended during this work. It will be started again on %(at)s (UTC).", at=at)
    if status.state == "failed":
        return _(FAULT_LABELS.get(status.fault, FAULT_LABELS[UNEXPECTED]))
    if status.state == "running" and (status.total or status.step != "reading"):
        return _(STEP_LABELS.get(status.step, ""), done=number(status.done), total=number(status.total))
    return ""
