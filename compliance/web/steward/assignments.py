"""Assignments: submitted assessments given to auditors, and taken back."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, SelectField, SelectMultipleField, StringField

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.publication import UNSTATED_SECTOR
from compliance.store import assign_auditor, auditors_of, latest_submissions, members, periods, unassign_auditor
from compliance.store.reopenings import latest_reopenings
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, sector_choices
from compliance.web.forms import small_number
from compliance.web.presenters import ErrorLink
from compliance.web.steward.blueprint import bp


class AssignmentFilters(Form):
    """Which assessments are listed: in the query of the page, and carried along by its form."""

    period = StringField()
    sector = StringField()
    who = StringField()


class AssignmentForm(FlaskForm):
    """Assessments to give to an auditor, or to take back."""

    assessment = SelectMultipleField(coerce=small_number, validate_choice=False)
    auditor = SelectField(coerce=small_number, validate_choice=False)
    do = StringField()


@bp.get("/steward/assessments")
@readers("steward")
def assessments() -> str:
    """The submitted assessments of a period, with who audits them."""
    return _page()


@bp.post("/steward/assessments")
@readers("steward")
def assign() -> str | BaseResponse:
    """Give the ticked assessments to an auditor, or take them back. Raise NotFound."""
    form = AssignmentForm()
    ticked, auditor = [number for number in form.assessment.data or () if number is not None], form.auditor.data
    if not ticked:
        return _page(ErrorLink("rows", _("Tick the assessments first.")), ticked, auditor)
    if auditor is None:
        return _page(ErrorLink("auditor", _("Choose an auditor.")), ticked, auditor)
    taking_back = form.do.data == "take"
    change = _unassign if taking_back else _assign
    for assessment_id in ticked:
        change(assessment_id, auditor)
    db().commit()
    count = len(ticked)
    if taking_back:
        flash(
            ngettext(
                "%(num)s assessment taken back from the auditor.",
                "%(num)s assessments taken back from the auditor.",
                count,
            )
        )
    else:
        flash(ngettext("%(num)s assessment assigned.", "%(num)s assessments assigned.", count))
    return redirect(url_for("steward.assessments", **_filters()))


def _assign(assessment_id: int, auditor: int) -> None:
    assign_auditor(db(), assessment_id, auditor=auditor, by=me().id, at=now())


def _unassign(assessment_id: int, auditor: int) -> None:
    year = _year()
    if year is not None and auditor in auditors_of(db(), year).get(assessment_id, ()):
        unassign_auditor(db(), assessment_id, auditor=auditor, by=me().id, at=now())


def _page(error: ErrorLink | None = None, ticked: list[int] | None = None, auditor: int | None = None) -> str:
    year, filters = _year(), _filters()
    submitted = latest_submissions(db(), year, content=False) if year is not None else ()
    given = auditors_of(db(), year) if year is not None else {}
    auditors = {member.id: member for member in members(db(), role="auditor")}
    shown = [
        one
        for one in submitted
        if filters["sector"] in ("", one.sector or UNSTATED_SECTOR)
        and (filters["who"] != "nobody" or one.assessment_id not in given)
    ]
    return render_template(
        "steward/assessments.html",
        rows=[
            (
                one,
                sector_label(edition_by_digest(one.edition_digest).edition, one.sector),
                [auditors[i].name for i in given.get(one.assessment_id, ()) if i in auditors],
            )
            for one in shown
        ],
        everything=len(submitted),
        reopened=latest_reopenings(db(), [one.assessment_id for one in shown]),
        sectors=sector_choices(submitted),
        years=[p.year for p in periods(db())],
        choices=[
            {"value": member.id, "label": member.name, "selected": member.id == auditor, "own": True}
            for member in auditors.values()
            if member.active
        ],
        year=year,
        filters=filters,
        error=error,
        ticked=ticked or [],
    )


def _filters() -> dict[str, Any]:
    return {field.name: field.data or "" for field in AssignmentFilters(request.values)}


def _year() -> int | None:
    """The period asked for, or the latest."""
    known = [p.year for p in periods(db())]
    wanted = small_number(_filters()["period"])
    return wanted if wanted in known else (known[0] if known else None)
