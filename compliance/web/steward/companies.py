"""Companies: the queue of those that need a decision, the list of all, and one with its people and its decisions.

`compliance.store.companies` defines the decisions. Each one requires a reason, which is kept in the trail.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.publication import withdraw_company
from compliance.store import (
    NotFound,
    answer_request,
    change_status,
    companies,
    company,
    company_decisions,
    company_groups,
    count_apart,
    counting_companies,
    group_companies,
    join_requests,
    leave_group,
    member,
    merge_company,
    name_counting_company,
    rename_company,
)
from compliance.store.audit_trail import storable_text
from compliance.store.companies import Company, company_names, present_company
from compliance.store.company_erasure_requests import DeletionDue, company_erasure_request
from compliance.store.list_pages import companies_page
from compliance.store.member_roles import USUAL_ROLE
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.colleagues import (
    InvitationForm,
    change_member,
    invitation_errors,
    invite,
    invited_page,
    invited_words,
    people_page,
    withdraw,
)
from compliance.web.database import db, now
from compliance.web.erasing import EraseCompanyForm, erasing_page, finish_erasure, stop_erasure
from compliance.web.forms import choice_of, small_number
from compliance.web.list_requests import list_request, list_view
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.steward.blueprint import bp
from compliance.web.steward.company_cases import CASE_KINDS, company_cases, request_cases

#: How many cases are shown at once. Others follow as these are decided.
MOST_CASES = 20
LATEST_DECISIONS = 10
STATUSES = ("confirmed", "pending", "refused", "left-out")


class DecisionForm(FlaskForm):
    """A decision about a company, with its reason."""

    seen = StringField()  # the status on which it is based
    decision = StringField(validators=[DataRequired(_l("Choose a decision."))])
    reason = StringField(
        validators=[
            DataRequired(_l("Give a reason. It is kept in the audit trail.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ]
    )
    name = StringField(validators=[Length(max=200, message=_l("Use at most 200 characters."))])
    other = StringField()

    @property
    def new_name(self) -> str:
        """The new name as it will be stored."""
        return storable_text(self.name.data or "").strip()


class RequestDecisionForm(FlaskForm):
    """The steward's decision on a request to join, with its reason."""

    request = StringField()
    decision = StringField(validators=[DataRequired(_l("Choose a decision."))])
    reason = StringField(
        validators=[
            DataRequired(_l("Give a reason. It is kept in the audit trail.")),
            Length(max=1000, message=_l("Use at most 1,000 characters.")),
        ]
    )


@dataclass(frozen=True, slots=True)
class FailedDecision:
    """A decision that could not be taken: its case, the posted values, and the error of each field."""

    case: str
    decision: str
    reason: str
    faults: dict[str, str]


@bp.get("/steward/companies")
@readers("steward")
def company_queue() -> str:
    """Show the cases that need a decision."""
    return _queue()


@bp.post("/steward/companies/<int:organisation_id>/decision")
@readers("steward")
def decide(organisation_id: int) -> str | BaseResponse:
    """Decide on a waiting company. Raise NotFound, or AlreadyDecided if it was decided meanwhile."""
    form = DecisionForm()
    if not form.validate():
        company(db(), organisation_id)
        return _queue(_failed(f"company-{organisation_id}", form))
    decision = str(form.decision.data)
    try:
        _carry_out(organisation_id, decision, form)
    except DeletionDue as refusal:
        db().rollback()
        case, reason = f"company-{organisation_id}", str(form.reason.data)
        return _queue(FailedDecision(case, decision, reason, {"decision": _deletion_words(refusal)}))
    db().commit()
    flash(_("Your decision on %(company)s is saved.", company=company(db(), organisation_id).name))
    return redirect(url_for("steward.company_queue"))


@bp.post("/steward/companies/requests")
@readers("steward")
def decide_request() -> str | BaseResponse:
    """Answer a request to join in place of an owner. Raise BadRequest, NotFound, or AlreadyDecided."""
    form = RequestDecisionForm()
    number = small_number(form.request.data)
    if number is None or form.decision.data not in ("", None, "accept", "owner", "refuse"):
        raise BadRequest
    if not form.validate():
        return _queue(_failed(f"request-{number}", form))
    accept, role = form.decision.data != "refuse", "owner" if form.decision.data == "owner" else USUAL_ROLE
    reason = str(form.reason.data)
    answered = answer_request(db(), number, accept=accept, role=role, reason=reason, by=me().id, at=now())
    asking = member(db(), answered.person_id)
    words: dict[str, Any] = {"company": answered.organisation, "accepted": accept, "reason": reason}
    link = partial(whole_url, "company.mine")
    queue_mail("join-answer", asking.email, language=asking.language, person_id=asking.id, link=link, **words)
    db().commit()
    flash(_("The request from %(name)s was answered.", name=answered.name))
    return redirect(url_for("steward.company_queue"))


@bp.get("/steward/companies/all")
@readers("steward")
def all_companies() -> str:
    """Show every company with its status, a page at a time."""
    orders = {"name": _("by name"), "latest": _("latest registered first")}
    asked = list_request(list(orders))
    page = companies_page(db(), asked)
    return render_template(
        "steward/all_companies.html",
        companies=page.rows,
        view=list_view(page, asked, orders, "steward.all_companies"),
        names=company_names(db(), {one.merged_into for one in page.rows if one.merged_into}),
        groups={group.id: group for group in company_groups(db())},
        counting=counting_companies(db(), {one.id for one in page.rows}),
        counting_count=len(counting_companies(db())),
    )


@bp.get("/steward/companies/<int:organisation_id>")
@readers("steward")
def one_company(organisation_id: int) -> str:
    """Show a company, its people and the decisions about it. Raise NotFound."""
    return _company_page(organisation_id)


@bp.post("/steward/companies/<int:organisation_id>")
@readers("steward")
def change_company(organisation_id: int) -> str | BaseResponse:
    """Take any decision about a company. Raise BadRequest, NotFound, or AlreadyDecided."""
    form = DecisionForm()
    if not form.validate():
        company(db(), organisation_id)
        return _company_page(organisation_id, _failed("company", form))
    other = small_number(form.other.data)
    decision = str(form.decision.data)
    if decision in ("merge", "group") and (other in (None, organisation_id) or not _is_company(other)):
        fault = {"other": _("Enter the number of another company, as shown in the list of all companies.")}
        return _company_page(organisation_id, FailedDecision("company", decision, str(form.reason.data), fault))
    if decision == "rename" and not form.new_name:
        fault = {"name": _("Enter the new name.")}
        return _company_page(organisation_id, FailedDecision("company", decision, str(form.reason.data), fault))
    carried = f"{decision}-{other}" if decision in ("merge", "group") else decision
    try:
        _carry_out(organisation_id, carried, form)
    except DeletionDue as refusal:
        db().rollback()
        fault = {"other": _deletion_words(refusal)}
        return _company_page(organisation_id, FailedDecision("company", decision, str(form.reason.data), fault))
    db().commit()
    flash(_("Saved."))
    return redirect(url_for("steward.one_company", organisation_id=organisation_id))


@bp.post("/steward/companies/<int:organisation_id>/members")
@readers("steward")
def change_company_member(organisation_id: int) -> str | BaseResponse:
    """Give a member another role, or remove one. Raise BadRequest, or NotFound."""
    _present(organisation_id)
    _gone, fault = change_member(organisation_id)
    if fault:
        return _company_page(organisation_id, FailedDecision("people", "", "", {"people": fault}))
    flash(_("Saved."))
    return redirect(url_for("steward.one_company", organisation_id=organisation_id))


@bp.post("/steward/companies/<int:organisation_id>/invitations")
@readers("steward")
def invite_to_company(organisation_id: int) -> str | BaseResponse:
    """Invite somebody to work for a company, as its owners do. Raise NotFound, also for a merged one."""
    here, form = _present(organisation_id), InvitationForm()
    if here.merged_into is not None:
        raise NotFound(f"nobody works for company {organisation_id}, which was merged into company {here.merged_into}")
    sent = invite(organisation_id, form)
    if sent is None:
        return _company_page(organisation_id, inviting=form)
    back = url_for("steward.one_company", organisation_id=organisation_id)
    if sent.link:
        return invited_page(organisation_id, sent, back)
    flash(invited_words(sent.email))
    return redirect(back)


@bp.post("/steward/companies/<int:organisation_id>/invitations/withdraw")
@readers("steward")
def withdraw_company_invitation(organisation_id: int) -> BaseResponse:
    """Withdraw an invitation. Raise BadRequest, NotFound, or AlreadyDecided."""
    company(db(), organisation_id)
    withdraw(organisation_id)
    flash(_("The invitation was withdrawn. Its link no longer works."))
    return redirect(url_for("steward.one_company", organisation_id=organisation_id))


@bp.route("/steward/companies/<int:organisation_id>/erase", methods=["GET", "POST"])
@readers("steward")
def erase_company(organisation_id: int) -> str | BaseResponse:
    """Delete a company that requested it in writing, once its name is typed. Raise NotFound, also for a merged one."""
    here, form = _present(organisation_id), EraseCompanyForm()
    if here.merged_into is not None:
        raise NotFound(f"company {organisation_id} is deleted with company {here.merged_into}")
    back = url_for("steward.one_company", organisation_id=organisation_id)
    if form.keeps():
        stop_erasure(organisation_id)
        flash(_("The company is not deleted."))
        return redirect(back)
    if form.confirms(here.name):
        finish_erasure(withdraw_company(db(), organisation_id, by=me().id, at=now()))
        flash(_("The company and everything that it gave are deleted."))
        return redirect(back)
    trail = [
        {"label": _("All companies"), "url": url_for("steward.all_companies")},
        {"label": here.name, "url": back},
    ]
    return erasing_page(organisation_id, form, url_for("steward.erase_company", organisation_id=organisation_id), trail)


def _present(organisation_id: int) -> Company:
    """Return a company that was not deleted. Raise NotFound."""
    found = company(db(), organisation_id)
    if found.erased_at is not None:
        raise NotFound(f"company {organisation_id} is deleted")
    return found


def _carry_out(organisation_id: int, decision: str, form: DecisionForm) -> None:
    """Carry out a decision: a status, `rename`, `leave-group`, `counts`, or one with the number of another company.

    `apart`: it is confirmed, and counts in addition to companies with its owner or web domain; `once`: no longer.

    `merge-7`: into company 7. `group-7`: one group with it; `-this` or `-other` after it confirms the company too, and
    says which of the two counts. Raise BadRequest for any other decision, such as a merger with itself, NotFound,
    AlreadyDecided or DeletionDue.
    """
    kind, _dash, rest = decision.partition("-")
    said: dict[str, Any] = {"reason": str(form.reason.data), "by": me().id, "at": now()}
    seen = str(form.seen.data)
    if decision in ("apart", "once"):
        if seen != "confirmed":
            change_status(db(), organisation_id, "confirmed", seen=seen, **said)
        count_apart(db(), organisation_id, apart=decision == "apart", **said)
    elif decision in STATUSES:
        change_status(db(), organisation_id, decision, seen=seen, **said)
    elif decision == "rename" and form.new_name:
        rename_company(db(), organisation_id, form.new_name, **said)
    elif decision == "leave-group":
        leave_group(db(), organisation_id, **said)
    elif decision == "counts":
        group_id = company(db(), organisation_id).group_id
        if group_id is None:
            raise NotFound(f"company {organisation_id} is in no group")
        name_counting_company(db(), group_id, organisation_id, **said)
    elif kind == "merge" and (other := small_number(rest)) is not None and other != organisation_id:
        merge_company(db(), organisation_id, into=other, seen=seen, **said)
    elif kind == "group":
        number, _dash, counting = rest.partition("-")
        other = small_number(number)
        if other is None or other == organisation_id or counting not in ("", "this", "other"):
            raise BadRequest
        if counting and seen != "confirmed":
            change_status(db(), organisation_id, "confirmed", seen=seen, **said)
        chosen = {"this": organisation_id, "other": other, "": None}[counting]
        group_companies(db(), organisation_id, other, counting=chosen, **said)
    else:
        raise BadRequest


def _deletion_words(refusal: DeletionDue) -> str:
    """Return why a merge has to wait."""
    name, day = refusal.company, long_date(refusal.until)
    return _("%(company)s will be deleted on %(day)s. Stop the deletion before merging.", company=name, day=day)


def _is_company(number: int | None) -> bool:
    found = present_company(db(), number)
    return found is not None and found.status != "merged"


def _failed(case: str, form: DecisionForm | RequestDecisionForm) -> FailedDecision:
    faults = {name: str(errors[0]) for name, errors in form.errors.items() if name and errors}
    return FailedDecision(case, form.decision.data or "", form.reason.data or "", faults)


def _errors(failed: FailedDecision | None) -> list[ErrorLink]:
    if failed is None:
        return []
    return [
        ErrorLink(name if name == "people" else f"{failed.case}-{name}", text) for name, text in failed.faults.items()
    ]


def _queue(failed: FailedDecision | None = None) -> str:
    which = choice_of("which", CASE_KINDS, "")
    everybody = companies(db())
    cases = company_cases(everybody, now())
    requests = request_cases(join_requests(db(), state="open"), everybody, now())
    counts = {kind: sum(1 for case in cases if case.kind == kind) for kind in CASE_KINDS}
    counts["request"] = len(requests)
    shown = [case for case in cases if which in ("", case.kind)]
    return render_template(
        "steward/companies.html",
        cases=shown[:MOST_CASES],
        requests=requests if which in ("", "request") else (),
        left=max(0, len(shown) - MOST_CASES),
        counts=counts,
        total=len(cases) + len(requests),
        which=which,
        statuses={status: sum(1 for one in everybody if one.status == status) for status in STATUSES},
        groups=len(company_groups(db())),
        decisions=company_decisions(db(), most=LATEST_DECISIONS),
        failed=failed,
        errors=_errors(failed),
        address=request.path,
    )


def _company_page(
    organisation_id: int, failed: FailedDecision | None = None, inviting: InvitationForm | None = None
) -> str:
    found = company(db(), organisation_id)
    group = next((group for group in company_groups(db()) if group.id == found.group_id), None)
    into = company(db(), found.merged_into) if found.merged_into is not None else None
    return render_template(
        "steward/company.html",
        company=found,
        into=into,
        group=group,
        counts=organisation_id in counting_companies(db(), [organisation_id]),
        deletion=company_erasure_request(db(), organisation_id),
        decisions=company_decisions(db(), most=LATEST_DECISIONS, organisation_id=organisation_id),
        failed=failed,
        errors=_errors(failed),
        invitation_errors=invitation_errors(inviting),
        **people_page(organisation_id, inviting),
    )
