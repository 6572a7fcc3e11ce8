"""Assignments: submitted assessments assigned to auditors with a due date, and taken back.

An auditor who is not independent of a company is refused only for its assessments; the others are assigned.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, SelectField, SelectMultipleField, StringField

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.publication import UNSTATED_SECTOR
from compliance.store import (
    Member,
    NotIndependent,
    assessment,
    assign_auditor,
    member,
    members,
    periods,
    unassign_auditor,
)
from compliance.store.assignments import auditors_among
from compliance.store.list_pages import ListPage, submissions_page, submitted_sectors
from compliance.store.reopenings import latest_reopenings
from compliance.store.review_lists import reviews_among
from compliance.store.submission_figures import ReviewState
from compliance.store.submissions import FrozenSubmission
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_digest, sector_choices
from compliance.web.forms import DayField, small_number
from compliance.web.list_requests import list_request, list_view
from compliance.web.mail import queue_mail
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.review_states import due_words, state_words
from compliance.web.presenters.sign_offs import tie_words
from compliance.web.review_queue import unkept_among
from compliance.web.steward.blueprint import bp


class AssignmentFilters(Form):
    """The filters of the list of assessments, in the query of the page and in its form."""

    period = StringField()
    sector = StringField()
    who = StringField()
    find = StringField()
    order = StringField()
    after = StringField()
    before = StringField()


class AssignmentForm(FlaskForm):
    """The assessments to assign to an auditor, or to take back."""

    assessment = SelectMultipleField(coerce=small_number, validate_choice=False)
    auditor = SelectField(coerce=small_number, validate_choice=False)
    due = DayField()
    do = StringField()


@bp.get("/steward/assessments")
@readers("steward")
def assessments() -> str:
    """Show the submitted assessments of a period, with their auditors."""
    return _page()


@bp.post("/steward/assessments")
@readers("steward")
def assign() -> str | BaseResponse:
    """Assign the ticked assessments to an auditor, or take them back. Raise NotFound."""
    form = AssignmentForm()
    ticked, auditor = [number for number in form.assessment.data or () if number is not None], form.auditor.data
    if error := _error(form, ticked, auditor):
        return _page([error], form, ticked)
    chosen = member(db(), auditor)
    if form.do.data == "take":
        taken = _take_back(ticked, chosen)
        db().commit()
        flash(
            ngettext(
                "%(num)s assessment taken back from the auditor.",
                "%(num)s assessments taken back from the auditor.",
                taken,
            )
        )
        return redirect(url_for("steward.assessments", **_filters()))
    given, refused = _assign(ticked, chosen, form.due.day)
    db().commit()
    if given:
        flash(ngettext("%(num)s assessment assigned.", "%(num)s assessments assigned.", given))
    if already := len(ticked) - len(refused) - given:
        flash(
            ngettext(
                "%(num)s assessment was assigned to this auditor already.",
                "%(num)s assessments were assigned to this auditor already.",
                already,
            )
        )
    if refused:
        return _page([ErrorLink("rows", said) for said in refused.values()], form, list(refused))
    return redirect(url_for("steward.assessments", **_filters()))


def _error(form: AssignmentForm, ticked: list[int], auditor: int | None) -> ErrorLink | None:
    if not ticked:
        return ErrorLink("rows", _("Tick the assessments first."))
    if auditor is None:
        return ErrorLink("auditor", _("Choose an auditor."))
    form.validate()
    if form.due.errors:
        return ErrorLink("due", str(form.due.errors[0]))
    if form.due.day is not None and form.due.day < now().date():
        return ErrorLink("due", _("The due date is past. Choose today or a later day."))
    return None


def _assign(ticked: list[int], auditor: Member, due: date | None) -> tuple[int, dict[int, str]]:
    """Assign these assessments, and tell the auditor. Count those assigned or with another due date.

    Return this number, and why the auditor was refused, by assessment.
    """
    refused, given = {}, []
    for assessment_id in ticked:
        about = assessment(db(), assessment_id)
        try:
            changed = assign_auditor(db(), assessment_id, auditor=auditor.id, by=me().id, at=now(), due=due)
        except NotIndependent as refusal:
            refused[assessment_id] = _(
                "%(company)s was not assigned: %(auditor)s %(why)s. Choose another auditor.",
                company=about.organisation,
                auditor=auditor.name or auditor.email,
                why=tie_words(refusal.tie),
            )
        else:
            given += [about] if changed else []
    if given:
        queue_mail(
            "review-assigned",
            auditor.email,
            language=auditor.language,
            person_id=auditor.id,
            reviews=[(one.organisation, one.year) for one in given],
            due=due,
        )
    return len(given), refused


def _take_back(ticked: Sequence[int], auditor: Member) -> int:
    """Take back those of these assessments that the auditor has, tell the auditor, and return how many they are."""
    given = auditors_among(db(), ticked)
    taken = [number for number in ticked if auditor.id in {one.auditor for one in given.get(number, ())}]
    for assessment_id in taken:
        unassign_auditor(db(), assessment_id, auditor=auditor.id, by=me().id, at=now())
    if taken:
        about = [assessment(db(), number) for number in taken]
        queue_mail(
            "review-ended",
            auditor.email,
            language=auditor.language,
            person_id=auditor.id,
            reviews=[(one.organisation, one.year) for one in about],
        )
    return len(taken)


def _page(errors: Sequence[ErrorLink] = (), form: AssignmentForm | None = None, ticked: Sequence[int] = ()) -> str:
    year, filters = _year(), _filters()
    asked = list_request(list(_orders()))
    page: ListPage[FrozenSubmission] = ListPage((), 0)
    if year is not None:
        sector = None if not filters["sector"] else filters["sector"].replace(UNSTATED_SECTOR, "")
        page = submissions_page(db(), year, asked, sector=sector, unassigned=filters["who"] == "nobody")
    shown, numbers = page.rows, [one.assessment_id for one in page.rows]
    given = auditors_among(db(), numbers)
    auditors = {one.id: one for one in members(db(), role="auditor")}
    reviews = reviews_among(db(), numbers, unkept_among(numbers))
    signed = frozenset(number for number, one in reviews.items() if one.was_signed)
    due = {
        number: min((one.due for one in those if one.due is not None), default=None) for number, those in given.items()
    }
    where = {name: filters[name] or None for name in ("period", "sector", "who")}
    return render_template(
        "steward/assessments.html",
        rows=[
            (
                one,
                sector_label(edition_by_digest(one.edition_digest).edition, one.sector),
                [auditors[each.auditor].name for each in given.get(one.assessment_id, ()) if each.auditor in auditors],
                _review_words(reviews[one.assessment_id].state, due.get(one.assessment_id))
                if one.assessment_id in given or one.assessment_id in signed
                else None,
            )
            for one in shown
        ],
        signed=signed,
        view=list_view(page, asked, _orders(), "steward.assessments", **where),
        reopened=latest_reopenings(db(), [one.assessment_id for one in shown]),
        sectors=sector_choices(submitted_sectors(db(), year)) if year is not None else [],
        years=[p.year for p in periods(db())],
        choices=[
            {
                "value": one.id,
                "label": one.name,
                "selected": form is not None and one.id == form.auditor.data,
                "own": True,
            }
            for one in auditors.values()
            if one.active
        ],
        due=(form.due.data or "") if form is not None else "",
        year=year,
        filters=filters,
        errors=errors,
        faults={error.target: error.text for error in errors},
        ticked=ticked,
    )


def _review_words(state: ReviewState, due: date | None) -> tuple[str, str]:
    """Return the state of a review and its due date, in words."""
    return state_words(state), due_words(due, now().date(), state)


def _orders() -> dict[str, str]:
    return {"name": _("by company"), "latest": _("latest submitted first")}


def _filters() -> dict[str, Any]:
    return {field.name: field.data or "" for field in AssignmentFilters(request.values)}


def _year() -> int | None:
    """Return the requested period, or the latest, or None without any."""
    known = [p.year for p in periods(db())]
    wanted = small_number(_filters()["period"])
    return wanted if wanted in known else (known[0] if known else None)
