"""People and organisations: accounts, roles and first passwords.

A password is made here, shown once, and only its hash is kept.
"""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import Email, InputRequired, Length

from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import AlreadyExists, Member, add_person, member, set_active, set_roles
from compliance.store.companies import present_company
from compliance.store.erasures import erase_person, erasure_requests, is_erased
from compliance.store.exceptions import LastOwner
from compliance.store.list_pages import members_page
from compliance.store.models import ROLES
from compliance.store.people_and_roles import new_session_mark, set_password
from compliance.store.second_factors import has_identity, has_second_factor, reset_second_factor
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.erasing import finish_erasure_of_person
from compliance.web.forms import TickField, choice_or_404, small_number
from compliance.web.list_requests import company_choice, list_request, list_view, wanted_words
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.signing_in.confirmation import send_confirmation
from compliance.web.signing_in.passwords import new_hash, random_code
from compliance.web.steward.blueprint import bp


class RolesForm(FlaskForm):
    """The roles of a person."""

    role = SelectMultipleField(validate_choice=False)

    @property
    def roles(self) -> list[str]:
        """The ticked roles, in the order of ROLES."""
        return [role for role in ROLES if role in (self.role.data or ())]


class PersonChangeForm(RolesForm):
    """The roles of an existing person, and whether they may sign in."""

    active = TickField()


class PersonForm(RolesForm):
    """A new person, or words to find their organisation."""

    find_company = StringField()
    found = StringField()  # the words that found the companies offered
    do = StringField()  # find, add; "": Enter was pressed
    name = StringField(
        _l("Name"), [InputRequired(_l("Enter a name.")), Length(max=200, message=_l("Use at most 200 characters."))]
    )
    email = StringField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter an e-mail address.")),
            Email(_l("Enter an e-mail address, such as name@example.org."), allow_smtputf8=False),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )
    organisation = SelectField(coerce=small_number, validate_choice=False)

    @property
    def finds(self) -> bool:
        """Whether to find organisations: by its button, or by Enter with different words."""
        words = wanted_words(self.find_company.data or "")
        return self.do.data == "find" if self.do.data else words != (self.found.data or "")

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, and then roles and organisation, which depend on each other."""
        if not super().validate(extra_validators):
            return False
        if not self.roles:
            self.role.errors = [_("Choose at least one role.")]
        elif "company" in self.roles and not _takes_members(self.organisation.data):
            self.organisation.errors = [_("Choose the organisation that this person answers for.")]
        return not self.role.errors and not self.organisation.errors


@bp.get("/steward/people")
@readers("steward")
def people() -> str:
    """Show everybody who may sign in, a page at a time."""
    orders = {"name": _("by name"), "latest": _("latest added first")}
    asked = list_request(list(orders))
    role = choice_or_404("role", ("", *ROLES), "")
    page = members_page(db(), asked, role=role)
    view = list_view(page, asked, orders, "steward.people", role=role or None)
    return render_template("steward/people.html", people=page.rows, view=view, role=role, roles=ROLES)


@bp.route("/steward/people/add", methods=["GET", "POST"])
@readers("steward")
def add_somebody() -> str | BaseResponse:
    """Add a person, with a first password that is shown once."""
    form = PersonForm()
    if not form.finds and form.validate_on_submit() and (page := _added(form)) is not None:
        return page
    faults = {field.name: field.errors[0] for field in form if field.errors and field.name != "csrf_token"}
    return render_template(
        "steward/person_add.html",
        form=form,
        errors=[ErrorLink(target, text) for target, text in faults.items()],
        faults=faults,
        roles=ROLES,
        chosen=form.roles,
        companies=company_choice(form.find_company.data, form.organisation.data),
    )


@bp.get("/steward/people/<int:person_id>")
@readers("steward")
def person(person_id: int) -> str:
    """Show a person: roles, and whether they may sign in. Raise NotFound."""
    return _person(member(db(), person_id))


@bp.post("/steward/people/<int:person_id>")
@readers("steward")
def change_person(person_id: int) -> str | BaseResponse:
    """Change a person's roles, or whether they may sign in. Raise NotFound."""
    known, form = member(db(), person_id), PersonChangeForm()
    roles, active = form.roles, form.active.data
    if fault := _change_fault(known, roles, active=active):
        return _person(known, roles, fault)
    set_roles(db(), person_id, roles, by=me().id, at=now())
    set_active(db(), person_id, active, by=me().id, at=now())
    db().commit()
    flash(_("Saved."))
    return redirect(url_for("steward.people"))


@bp.post("/steward/people/<int:person_id>/password")
@readers("steward")
def new_password(person_id: int) -> BaseResponse:
    """Set a new password for a person, show it once, and end their sessions. Raise NotFound."""
    known = member(db(), person_id)
    word = random_code()
    mark = new_session_mark()
    set_password(db(), person_id, password_hash=new_hash(word), session_mark=mark, at=now(), by=me().id, first=True)
    db().commit()
    return _shown_once(known, word)


class ResetForm(FlaskForm):
    """The reason for resetting a person's second factor."""

    reason = StringField(filters=[lambda text: (text or "").strip()], validators=[Length(max=200)])


@bp.post("/steward/people/<int:person_id>/second-factor")
@readers("steward")
def reset_factor(person_id: int) -> str | BaseResponse:
    """Remove the second factor of a person who has lost it, and end their sessions. Raise NotFound."""
    known, form = member(db(), person_id), ResetForm()
    if known.id == me().id:
        return _person(known, reset_fault=_("You cannot reset your own second factor. Ask another steward."))
    if not form.validate_on_submit() or not form.reason.data:
        return _person(known, reset_fault=_("Give a reason in at most 200 characters. It is kept in the audit trail."))
    reset_second_factor(db(), person_id, reason=form.reason.data, by=me().id, at=now())
    db().commit()
    flash(_("The second factor was reset. This person will set up a new one at the next sign-in."))
    return redirect(url_for("steward.person", person_id=person_id))


class ErasePersonForm(FlaskForm):
    """The steward's confirmation."""

    erase = TickField()


@bp.post("/steward/people/<int:person_id>/erase")
@readers("steward")
def erase_somebody(person_id: int) -> str | BaseResponse:
    """Erase a person for good, such as at their own request. Raise NotFound."""
    known, form = member(db(), person_id), ErasePersonForm()
    if known.id == me().id:
        return _person(known, erase_fault=_("You cannot delete yourself. Ask another steward."))
    if not form.validate_on_submit() or not form.erase.data:
        return _person(known, erase_fault=_("Tick the box if you are sure."))
    try:
        finish_erasure_of_person(erase_person(db(), person_id, by=me().id, at=now()))
    except LastOwner:
        db().rollback()
        fault = _("This person is the only owner of a company. Make somebody else an owner first.")
        return _person(known, erase_fault=fault)
    flash(_("Name, address and sign-in of this person are deleted."))
    return redirect(url_for("steward.people"))


def _takes_members(organisation_id: int | None) -> bool:
    """Tell if people can work for this company: it exists, and was neither erased nor merged."""
    found = present_company(db(), organisation_id)
    return found is not None and found.merged_into is None


def _added(form: PersonForm) -> BaseResponse | None:
    word = random_code()
    try:
        added = add_person(
            db(),
            email=str(form.email.data),
            name=str(form.name.data),
            password_hash=new_hash(word),
            roles=form.roles,
            organisation_id=form.organisation.data if "company" in form.roles else None,
            language=current_language(),
            by=me().id,
            at=now(),
            first_password=True,
        )
    except AlreadyExists:
        db().rollback()
        form.email.errors = [_("This address already has an account.")]
        return None
    send_confirmation(added)
    db().commit()
    return _shown_once(added, word)


def _shown_once(known: Member, word: str) -> BaseResponse:
    response = BaseResponse(render_template("steward/password.html", person=known, password=word))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def _person(
    known: Member, roles: list[str] | None = None, fault: str = "", reset_fault: str = "", erase_fault: str = ""
) -> str:
    return render_template(
        "steward/person.html",
        person=known,
        roles=ROLES,
        chosen=sorted(known.roles) if roles is None else roles,
        fault=fault,
        reset_fault=reset_fault,
        has_factor=has_second_factor(db(), known.id) or has_identity(db(), known.id),
        erase_fault=erase_fault,
        asked_at=erasure_requests(db()).get(known.id),
        is_erased=is_erased(db(), known.id),
    )


def _change_fault(known: Member, roles: list[str], *, active: bool) -> str:
    if known.id == me().id and not (active and "steward" in roles):
        return _("You cannot remove your own steward role or your own access. Ask another steward.")
    if not roles:
        return _("Choose at least one role.")
    return ""
