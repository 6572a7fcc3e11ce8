"""Pages to download all of a company's data, for its owners, and to delete the company or a draft."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.publication import withdraw_company
from compliance.store import company
from compliance.store.company_erasure_requests import company_erasure_request
from compliance.store.company_erasures import erase_draft
from compliance.store.given_data import data_of_company
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company, require
from compliance.web.company.blueprint import bp, own_assessment
from compliance.web.database import db, now
from compliance.web.erasing import (
    EraseCompanyForm,
    ask_to_erase,
    erasing_page,
    finish_erasure,
    lost_ownership,
    others_with_a_say,
    stop_erasure,
)
from compliance.web.files import files
from compliance.web.forms import TickField
from compliance.web.given_data import zipped_data
from compliance.web.mail import mail_is_set
from compliance.web.responses import file_download


@bp.get("/companies/<int:organisation_id>/data.zip")
@readers("company")
def company_data(organisation_id: int) -> ResponseReturnValue:
    """Download a company's answers, evidence with files, people and submissions. Raise NotFound, or NotAllowed."""
    own_company(organisation_id)
    require("manage", organisation_id)
    given = zipped_data(data_of_company(db(), organisation_id), files())
    return file_download("company-data.zip", given, "application/zip")


@bp.route("/companies/<int:organisation_id>/erase", methods=["GET", "POST"])
@readers("company")
def erase(organisation_id: int) -> str | BaseResponse:
    """Delete one's own company, once its name is typed. If there are other owners, request that, or stop a deletion.

    People whose ownership was recently taken away can also stop it. Raise NotFound, or NotAllowed.
    """
    form, only_stops = EraseCompanyForm(), lost_ownership(organisation_id)
    if not only_stops:
        own_company(organisation_id)
        require("manage", organisation_id)
    name, asked = company(db(), organisation_id).name, company_erasure_request(db(), organisation_id)
    page = url_for("company.mine") if only_stops else url_for("company.members", organisation_id=organisation_id)
    if form.keeps():
        stop_erasure(organisation_id)
        flash(_("The company is not deleted."))
        return redirect(page)
    if asked is None and form.confirms(name):
        if others_with_a_say(organisation_id):
            day = long_date(ask_to_erase(organisation_id))
            if mail_is_set():
                said = _("The other owners will get an e-mail. The company will be deleted on %(day)s.", day=day)
            else:
                said = _(
                    "This site sends no e-mails: tell the other owners. The company will be deleted on %(day)s.",
                    day=day,
                )
            flash(said)
            return redirect(page)
        finish_erasure(withdraw_company(db(), organisation_id, by=me().id, at=now()))
        flash(_("The company and everything that it gave are deleted."))
        return redirect(url_for("company.mine"))
    action = url_for("company.erase", organisation_id=organisation_id)
    if only_stops:
        return erasing_page(organisation_id, form, action, [], only_stops=True)
    data = url_for("company.company_data", organisation_id=organisation_id)
    return erasing_page(organisation_id, form, action, [{"label": name, "url": page}], data)


class EraseDraftForm(FlaskForm):
    """The confirmation that a draft is to be deleted."""

    sure = TickField()


@bp.route("/assessments/<int:assessment_id>/erase", methods=["GET", "POST"])
@readers("company")
def erase_answers(assessment_id: int) -> str | BaseResponse:
    """Delete the answers of an assessment that was never submitted. Raise NotFound, or NotAllowed."""
    assessed, form, fault = own_assessment(assessment_id), EraseDraftForm(), ""
    require("manage", assessed.held_by)
    is_draft = assessed.submitted_at is None and assessed.status != "merged"
    if form.validate_on_submit() and is_draft:
        if form.sure.data:
            finish_erasure(erase_draft(db(), assessment_id, by=me().id, at=now()))
            flash(_("The answers for %(year)s are deleted.", year=str(assessed.year)))
            return redirect(url_for("company.mine"))
        fault = _("Tick the box if you are sure.")
    return render_template("company/erase_draft.html", assessed=assessed, is_draft=is_draft, fault=fault)
