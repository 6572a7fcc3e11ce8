"""The steward says what was found wrong in published figures. The figures stay; the correction stands beside them."""

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from compliance.languages.speaking import gettext as _
from compliance.store import add_correction, corrections, published
from compliance.web.access import readers
from compliance.web.database import db, now
from compliance.web.signing_in import me
from compliance.web.steward import bp
from compliance.web.text import lazy as _l


class CorrectionForm(FlaskForm):
    """What is corrected, and why."""

    what = TextAreaField(
        _l("What is corrected, and to what"),
        [
            DataRequired(_l("Write which figure is wrong, and what is right.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
    )
    why = TextAreaField(
        _l("Why"),
        [
            DataRequired(_l("Write how the error came about.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ],
    )


@bp.route("/steward/periods/<int:year>/corrections", methods=["GET", "POST"])
@readers("steward")
def correct(year: int) -> str | Response:
    """Add a correction to what was published of a period. Raise NotFound where nothing is."""
    published(db(), year)
    form = CorrectionForm()
    if form.validate_on_submit():
        add_correction(db(), year, what=form.what.data or "", why=form.why.data or "", by=me().id, at=now())
        db().commit()
        flash(_("The correction is published."))
        return redirect(url_for("publications.publication", year=year))
    faults = {name: errors[0] for name, errors in form.errors.items() if name in ("what", "why")}
    return render_template(
        "steward/correction.html",
        year=year,
        form=form,
        faults=faults,
        errors=[{"target": name, "text": text} for name, text in faults.items()],
        corrections=corrections(db(), year),
    )
