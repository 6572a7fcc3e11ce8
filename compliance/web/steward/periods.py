"""Periods: opened, closed and published, and corrected afterwards. Corrections are shown beside published figures."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.invitation_findings import list_findings
from compliance.publication import inputs_digest, preview_closing
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.store import (
    AlreadyExists,
    PeriodClosed,
    PeriodStatus,
    add_correction,
    corrections,
    count_pending_companies,
    given_up_count,
    invitation_lists,
    join_requests,
    open_period,
    period,
    periods,
    published,
    unfinished_job,
)
from compliance.store.assessment_periods import kept_preview, nonrespondent_count
from compliance.store.assignments import unassigned_counts
from compliance.store.audit_trail import text_digest
from compliance.store.erasures import erasure_requests
from compliance.store.jobs import given_up_job_count
from compliance.store.period_submissions import SubmissionCount, submission_counts
from compliance.store.reopenings import asked_reopenings
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import TickField, YearForm, small_number
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink, WaitingTask
from compliance.web.presenters.invitation_rows import list_views
from compliance.web.presenters.sector_charts import band_rows, bases_row, participation_row
from compliance.web.steward.blueprint import bp, edition_of_period
from compliance.web.steward.closing import (
    CLOSE_PERIOD,
    MOST_AT_ONCE,
    PREVIEW_CLOSING,
    start_closing,
    start_preview,
)

FIRST_YEAR, YEARS_AHEAD = 1990, 5


@dataclass(frozen=True, slots=True)
class SubmissionCounts:
    """Counts of a period. Only for the steward, as nothing is suppressed here."""

    submitted: int
    silent: int
    consents: Counter[str]
    others: int  # submitted to another edition, so not counted with these


class PeriodForm(YearForm):
    """The year of a period to open."""

    year = StringField(filters=[lambda text: text.strip() if text else text])

    def validate_year(self, field: Field) -> None:
        """Refuse anything but a year from FIRST_YEAR to some years ahead."""
        number = small_number(field.data, digits=4)
        if number is None or not FIRST_YEAR <= number <= now().year + YEARS_AHEAD:
            raise ValidationError(_("Enter a year, such as %(year)s.", year=now().year))


class CloseForm(FlaskForm):
    """The tick that confirms the closing of a period."""

    sure = TickField(
        validators=[DataRequired(_l("Tick the box to confirm that you have looked at it. Closing cannot be undone."))]
    )


@bp.get("/steward")
@readers("steward")
def index() -> str:
    """Show the steward's start page: periods, and what is waiting."""
    return _home()


@bp.post("/steward/periods")
@readers("steward")
def begin_period() -> str | BaseResponse:
    """Open a period."""
    form = PeriodForm()
    if not form.validate():
        return _home(form.year.data or "", form.year.errors[0])
    year = form.number
    try:
        open_period(db(), year, opens=date(year, 1, 1), by=me().id, at=now())
    except AlreadyExists:
        return _home(str(year), _("The period %(year)s already exists.", year=str(year)))
    db().commit()
    flash(_("The period %(year)s is open. Companies can begin to answer.", year=str(year)))
    return redirect(url_for("steward.index"))


@bp.get("/steward/periods/<int:year>/close")
@readers("steward")
def closing(year: int) -> str | BaseResponse:
    """Show a preview of the figures that closing would publish. Raise NotFound."""
    return _closing(period(db(), year))


@bp.post("/steward/periods/<int:year>/close")
@readers("steward")
def close(year: int) -> str | BaseResponse:
    """Start the job that closes a period for good and publishes its figures. Raise NotFound or PeriodClosed."""
    form = CloseForm()
    if not form.validate():
        return _closing(period(db(), year), form.sure.errors[0])
    if period(db(), year).closed_at is not None:
        raise PeriodClosed(f"the period {year} is closed already")
    if start_closing(year).state == "done":
        flash(_("The period %(year)s is closed, and its figures are published.", year=str(year)))
        return redirect(url_for("steward.index"))
    return redirect(url_for("steward.jobs"))


def _home(year: str | None = None, error: str = "") -> str:
    opened = periods(db())
    offered = str(_next_year(opened)) if year is None else year
    tasks = list(_waiting(opened))
    return render_template("steward/index.html", periods=opened, tasks=tasks, year=offered, error=error)


def _waiting(opened: Sequence[PeriodStatus]) -> Iterator[WaitingTask]:
    """Yield what is waiting for a steward, first what other people are waiting for."""
    if not any(one.closed_at is None for one in opened):
        yield WaitingTask(_("No period is open. Open one, and companies can begin to answer."), "#periods")
    if asked := asked_reopenings(db()):
        words = ngettext(
            "One company has asked to correct what it submitted.",
            "%(num)s companies have asked to correct what they submitted.",
            len(asked),
        )
        yield WaitingTask(words, url_for("steward.reopening", assessment_id=asked[0].assessment_id))
    if pending := count_pending_companies(db()):
        words = ngettext(
            "One company is waiting to be confirmed.", "%(num)s companies are waiting to be confirmed.", pending
        )
        yield WaitingTask(words, url_for("steward.company_queue"))
    if joining := len(join_requests(db(), state="open")):
        words = ngettext(
            "One person has asked to join a company.", "%(num)s people have asked to join a company.", joining
        )
        yield WaitingTask(words, url_for("steward.company_queue"))
    if leaving := erasure_requests(db()):
        words = ngettext(
            "One person has asked for their account to be deleted.",
            "%(num)s people have asked for their accounts to be deleted.",
            len(leaving),
        )
        yield WaitingTask(words, url_for("steward.person", person_id=next(iter(leaving))))
    for year, without in unassigned_counts(db()).items():
        words = ngettext(
            "One submitted assessment of %(year)s has no auditor.",
            "%(num)s submitted assessments of %(year)s have no auditor.",
            without,
            year=str(year),
        )
        yield WaitingTask(words, url_for("steward.assessments", period=year, who="nobody"))
    if unsettled := sum(one.unsettled for one in invitation_lists(db()) if not one.closed):
        words = ngettext(
            "One invited company may be a registered one.",
            "%(num)s invited companies may be registered ones.",
            unsettled,
        )
        yield WaitingTask(words, url_for("steward.invitations"))
    if given_up := given_up_job_count(db()):
        words = ngettext("One job was given up.", "%(num)s jobs were given up.", given_up)
        yield WaitingTask(words, url_for("steward.jobs"))
    if unsent := given_up_count(db()):
        words = ngettext("One e-mail could not be sent.", "%(num)s e-mails could not be sent.", unsent)
        yield WaitingTask(words, url_for("steward.jobs"))


def _next_year(opened: Sequence[PeriodStatus]) -> int:
    """Return the first year from this one on without a period, which is most likely to be opened next."""
    taken = {period.year for period in opened}
    return next(year for year in count(now().year) if year not in taken)


@bp.post("/steward/periods/<int:year>/preview")
@readers("steward")
def preview(year: int) -> BaseResponse:
    """Start the job that computes what closing a period would publish. Raise NotFound or PeriodClosed."""
    if period(db(), year).closed_at is not None:
        raise PeriodClosed(f"the period {year} is closed already")
    done = start_preview(year).state == "done"
    return redirect(url_for("steward.closing", year=year) if done else url_for("steward.jobs"))


def _closing(chosen: PeriodStatus, error: str = "") -> str | BaseResponse:
    year = chosen.year
    if chosen.closed_at is not None:
        return render_template("steward/closed.html", period=chosen)
    if unfinished_job(db(), f"period/{year}", CLOSE_PERIOD, PREVIEW_CLOSING):
        return redirect(url_for("steward.jobs"))
    submitted, silent = submission_counts(db(), year), nonrespondent_count(db(), year)
    edition = edition_of_period(submitted)
    shown = _preview(edition, year, silent + sum(one.count for one in submitted))
    snapshot = shown.snapshot
    return render_template(
        "steward/close.html",
        period=chosen,
        edition=edition,
        snapshot=snapshot,
        computed_at=shown.computed_at,
        outdated=shown.outdated,
        counts=_submission_counts(submitted, edition, silent),
        sectors=[
            (
                group,
                participation_row(edition, group),
                bases_row(group.figure(OVERALL), group.sector),
                band_rows(edition, group),
            )
            for group in snapshot.sectors
        ]
        if snapshot
        else [],
        lists=list_views(list_findings(snapshot.invitations)) if snapshot else [],
        named=_named(snapshot) if snapshot else [],
        pending=count_pending_companies(db()),
        error=error,
    )


@dataclass(frozen=True, slots=True)
class _ShownPreview:
    """What closing would publish; None: not computed yet, and there are too many companies to do so on a page."""

    snapshot: PublishedSnapshot | None
    computed_at: datetime | None = None  # None: just now
    outdated: bool = False


def _preview(edition: Edition, year: int, companies: int) -> _ShownPreview:
    if companies <= MOST_AT_ONCE:
        return _ShownPreview(preview_closing(db(), edition, year, as_of=now().date()))
    kept = kept_preview(db(), year)
    if kept is None:
        return _ShownPreview(None)
    snapshot = snapshot_from_json(kept.content, text_digest(kept.content))
    return _ShownPreview(snapshot, kept.computed_at, kept.inputs != inputs_digest(db(), edition, year))


def _submission_counts(submitted: Sequence[SubmissionCount], edition: Edition, silent: int) -> SubmissionCounts:
    consents, others = Counter[str](), 0
    for one in submitted:
        if one.edition_digest == edition.digest:
            consents[one.consent] += one.count
        else:
            others += one.count
    return SubmissionCounts(consents.total(), silent, consents, others)


def _named(snapshot: PublishedSnapshot) -> list[str]:
    return sorted(named.company for group in snapshot.sectors for named in group.named)


class CorrectionForm(FlaskForm):
    """A correction and its reason."""

    what = TextAreaField(
        _l("What is corrected, and how it now reads"),
        [
            DataRequired(_l("Say which figure is wrong and what the correct figure is.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
    )
    why = TextAreaField(
        _l("Why"),
        [
            DataRequired(_l("Say how the error came about.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
    )


@bp.route("/steward/periods/<int:year>/corrections", methods=["GET", "POST"])
@readers("steward")
def correct(year: int) -> str | BaseResponse:
    """Add a correction to the published figures of a period. Raise NotFound if nothing is published."""
    published(db(), year)
    form = CorrectionForm()
    if form.validate_on_submit():
        add_correction(db(), year, what=form.what.data or "", why=form.why.data or "", by=me().id, at=now())
        db().commit()
        flash(_("The correction is published."))
        return redirect(url_for("steward.correct", year=year))
    faults = {name: errors[0] for name, errors in form.errors.items() if name in ("what", "why")}
    return render_template(
        "steward/correction.html",
        year=year,
        form=form,
        faults=faults,
        errors=[ErrorLink(name, text) for name, text in faults.items()],
        corrections=corrections(db(), year),
    )
