"""People and organisations: accounts, roles and first passwords.

A password is made here, shown once, and never kept in the clear.
"""

import secrets
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask_security import hash_password
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import Email, InputRequired, Length

from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import AlreadyExists, Member, add_person, companies, member, members, set_active, set_roles
from compliance.store.models import ROLES
from compliance.store.people_and_roles import set_password
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.page_text import lazy as _l
from compliance.web.steward.blueprint import bp


@bp.get("/steward/organisations")
@readers("steward")
def organisations() -> str:
    """Every registered organisation."""
    return render_template("steward/organisations.html", companies=companies(db()))


class PersonForm(FlaskForm):
    """Somebody new; roles and organisation are read beside it."""

    name = StringField(
        _l("Name"), [InputRequired(_l("Write a name.")), Length(max=200, message=_l("Use at most 200 characters."))]
    )
    email = StringField(
        _l("E-mail address"),
        [
            InputRequired(_l("Write an e-mail address.")),
            Email(_l("Write an e-mail address, as in name@example.org.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )


@bp.get("/steward/people")
@readers("steward")
def people() -> str:
    """Everybody who may sign in."""
    return render_template("steward/people.html", people=members(db()))


@bp.route("/steward/people/add", methods=["GET", "POST"])
@readers("steward")
def add_somebody() -> str | BaseResponse:
    """Let somebody new in, with a first password that is shown once."""
    form = PersonForm()
    faults: dict[str, str] = {}
    if form.validate_on_submit():
        faults = _role_faults(_roles(), _organisation())
        if not faults and (page := _added(form)) is not None:
            return page
    wrong = {field.name: field.errors[0] for field in form if field.errors and field.name != "csrf_token"}
    return render_template(
        "steward/person_add.html",
        form=form,
        errors=[{"target": target, "text": text} for target, text in (wrong | faults).items()],
        faults=faults,
        roles=ROLES,
        chosen=_roles(),
        companies=companies(db()),
        organisation=_organisation(),
    )


@bp.get("/steward/people/<int:person_id>")
@readers("steward")
def person(person_id: int) -> str:
    """One person: roles, and whether they may sign in. Raise NotFound."""
    return _person(member(db(), person_id))


@bp.post("/steward/people/<int:person_id>")
@readers("steward")
def change_person(person_id: int) -> str | BaseResponse:
    """Give a person other roles, or let them sign in or no longer. Raise NotFound."""
    known, roles, active = member(db(), person_id), _roles(), request.form.get("active") == "yes"
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
    """A new password for somebody who has lost theirs, shown once; ends their sessions. Raise NotFound."""
    known = member(db(), person_id)
    word = _generate_password()
    mark = uuid4().hex
    set_password(db(), person_id, password_hash=hash_password(word), session_mark=mark, at=now(), by=me().id)
    db().commit()
    return _shown_once(known, word)


def _added(form: PersonForm) -> BaseResponse | None:
    word = _generate_password()
    roles, organisation = _roles(), _organisation()
    try:
        added = add_person(
            db(),
            email=str(form.email.data),
            name=str(form.name.data),
            password_hash=hash_password(word),
            roles=roles,
            organisation_id=organisation if "company" in roles else None,
            language=current_language(),
            by=me().id,
            at=now(),
        )
    except AlreadyExists:
        db().rollback()
        form.email.errors = [_("This address has an account already.")]
        return None
    db().commit()
    return _shown_once(added, word)


def _shown_once(known: Member, word: str) -> BaseResponse:
    response = BaseResponse(render_template("steward/password.html", person=known, password=word))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def _person(known: Member, roles: list[str] | None = None, fault: str = "") -> str:
    chosen = sorted(known.roles) if roles is None else roles
    return render_template("steward/person.html", person=known, roles=ROLES, chosen=chosen, fault=fault)


def _roles() -> list[str]:
    return [role for role in ROLES if role in request.form.getlist("role")]


def _organisation() -> int | None:
    return request.form.get("organisation", type=int)


def _role_faults(roles: list[str], organisation: int | None) -> dict[str, str]:
    if not roles:
        return {"role": _("Choose at least one role.")}
    if "company" in roles and organisation not in {company.id for company in companies(db())}:
        return {"organisation": _("Choose the organisation that this person answers for.")}
    return {}


def _change_fault(known: Member, roles: list[str], *, active: bool) -> str:
    if known.id == me().id and not (active and "steward" in roles):
        return _("You cannot take the steward’s role, or the way in, from yourself. Ask another steward.")
    if not roles:
        return _("Choose at least one role.")
    if "company" in roles and known.organisation_id is None:
        return _("A company member belongs to an organisation, and this person has none. Add them anew.")
    return ""


def _generate_password() -> str:
    """Four groups that can be read out over a telephone: no letter that looks like a figure."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _place in range(4)) for _group in range(4))
