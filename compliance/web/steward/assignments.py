"""Assignments: submitted assessments given to auditors, and taken back."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import sort_key
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.store import assign_auditor, auditors_of, latest_submissions, members, periods, unassign_auditor
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.steward.blueprint import bp


@bp.get("/steward/assessments")
@readers("steward")
def assessments() -> str:
    """The submitted assessments of a period, with who audits them."""
    return _page()


@bp.post("/steward/assessments")
@readers("steward")
def assign() -> str | BaseResponse:
    """Give the ticked assessments to an auditor, or take them back. Raise NotFound."""
    ticked = request.form.getlist("assessment", type=int)
    auditor = request.form.get("auditor", type=int)
    if not ticked or auditor is None:
        target, text = (
            ("rows", _("Tick the assessments first.")) if not ticked else ("auditor", _("Choose an auditor."))
        )
        return _page({"target": target, "text": text}, ticked, auditor)
    taking_back = request.form.get("do") == "take"
    change = _unassign if taking_back else _assign
    for assessment_id in ticked:
        change(assessment_id, auditor)
    db().commit()
    count = len(ticked)
    if taking_back:
        flash(ngettext("%(num)s assessment taken back.", "%(num)s assessments taken back.", count))
    else:
        flash(ngettext("%(num)s assessment assigned.", "%(num)s assessments assigned.", count))
    return redirect(url_for("steward.assessments", **_filters()))


def _assign(assessment_id: int, auditor: int) -> None:
    assign_auditor(db(), assessment_id, auditor=auditor, by=me().id, at=now())


def _unassign(assessment_id: int, auditor: int) -> None:
    year = _year()
    if year is not None and auditor in auditors_of(db(), year).get(assessment_id, ()):
        unassign_auditor(db(), assessment_id, auditor=auditor, by=me().id, at=now())


def _page(error: dict[str, str] | None = None, ticked: list[int] | None = None, auditor: int | None = None) -> str:
    year, filters = _year(), _filters()
    submitted = latest_submissions(db(), year) if year is not None else ()
    given = auditors_of(db(), year) if year is not None else {}
    auditors = {member.id: member for member in members(db(), role="auditor")}
    shown = [
        one
        for one in submitted
        if filters["sector"] in ("", one.sector or "unstated")
        and (filters["who"] != "nobody" or one.assessment_id not in given)
    ]
    return render_template(
        "steward/assessments.html",
        rows=[
            (
                one,
                sector_label(one.sector),
                [auditors[i].name for i in given.get(one.assessment_id, ()) if i in auditors],
            )
            for one in shown
        ],
        everything=len(submitted),
        sectors=sorted({one.sector for one in submitted}, key=lambda sector: sort_key(sector_label(sector))),
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
    return {name: request.values.get(name, "") for name in ("period", "sector", "who")}


def _year() -> int | None:
    """The period asked for, or the latest."""
    known = [p.year for p in periods(db())]
    wanted = request.values.get("period", type=int)
    return wanted if wanted in known else (known[0] if known else None)
