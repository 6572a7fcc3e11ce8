"""The data of the signed-in person: download as a file, and erasure."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_security.utils import logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store.erasures import ask_erasure, erase_person, erasure_requests, needs_steward, withdraw_erasure
from compliance.store.given_data import data_of_person
from compliance.web.access_control import signed_in
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.erasing import finish_erasure_of_person
from compliance.web.forms import TickField
from compliance.web.given_data import rows_as_json
from compliance.web.responses import download

bp = Blueprint("own_data", __name__)


class EraseForm(FlaskForm):
    """Confirmation of an erasure, or withdrawal of the request."""

    sure = TickField()
    withdraw = TickField()


@bp.get("/account/data.json")
@signed_in
def own_data() -> Response:
    """Download the data about oneself, and when and where one did something."""
    return download("my-data.json", rows_as_json(data_of_person(db(), me().id)), "application/json")


@bp.route("/account/erase", methods=["GET", "POST"])
@signed_in
def erase() -> str | BaseResponse:
    """Delete one's own account: at once if nobody depends on it, otherwise by a request to the steward."""
    form, person_id, fault = EraseForm(), me().id, ""
    asks = needs_steward(db(), person_id)
    if form.validate_on_submit():
        if form.withdraw.data:
            withdraw_erasure(db(), person_id, at=now())
        elif not form.sure.data:
            fault = _("Tick the box if you are sure.")
        elif asks:
            ask_erasure(db(), person_id, at=now())
        else:
            finish_erasure_of_person(erase_person(db(), person_id, by=person_id, at=now()))
            logout_user()
            flash(_("Your account is deleted."))
            return redirect(url_for("security.login"))  # not cached for everybody, so it shows the message
        if not fault:
            db().commit()
            return redirect(url_for("own_data.erase"))
    asked_at = erasure_requests(db()).get(person_id)
    return render_template("account/erase.html", asks=asks, asked_at=asked_at, fault=fault)
