"""One's assessments, and beginning one for a year."""

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from compliance.store import answers_view, assessment_for, assessments_of, latest_submission, periods
from compliance.web.access import readers
from compliance.web.company.blueprint import bp
from compliance.web.company.changes import changed_since
from compliance.web.database import db, now
from compliance.web.editions import editions, newest_edition
from compliance.web.signing_in import me


@bp.get("/assessments")
@readers("company")
def mine() -> str:
    """The assessments of one's company, and the years that can be begun."""
    begun = [a for a in assessments_of(db(), _organisation()) if a.voice == "self"]
    submitted = [a for a in begun if a.submitted_at]
    edition = newest_edition().edition
    taken = {a.year for a in begun if a.edition_id == edition.id}
    return render_template(
        "company/mine.html",
        organisation=me().person.organisation,
        begun=begun,
        changed={a.id: changed_since(latest_submission(db(), a.id), answers_view(db(), a.id)) for a in submitted},
        titles={name: asked.edition.title for name, asked in editions().items()},
        edition=edition,
        open_years=[p.year for p in periods(db()) if p.closed_at is None and p.year not in taken],
    )


@bp.post("/assessments")
@readers("company")
def begin() -> Response:
    """Begin an assessment for a year, or go to the one that is there."""
    text = request.form.get("year", "")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise BadRequest
    begun = assessment_for(db(), _organisation(), edition=newest_edition().edition.id, year=int(text), at=now())
    db().commit()
    return redirect(url_for("company.tasks", assessment_id=begun.id))


def _organisation() -> int:
    organisation = me().person.organisation_id
    assert organisation is not None, "a company member belongs to an organisation"
    return organisation
