"""One's own account: register a company, see who one is; where signing in leads."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_security import current_user, hash_password, login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Email, Length

from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import language
from compliance.store import AlreadyThere, register_company
from compliance.web.access import public, signed_in
from compliance.web.addresses import reads
from compliance.web.carried_post import is_local
from compliance.web.database import db, now
from compliance.web.signing_in import ATTEMPTS, SHORTEST_PASSWORD, Door, limiter, me
from compliance.web.text import lazy as _l

bp = Blueprint("account", __name__)

#: Where each role begins, the first that a person has.
STARTS = (
    ("steward", "steward.index"),
    ("auditor", "audit.index"),
    ("company", "company.mine"),
    ("advocate", "sectors.index"),
)
_TOO_LONG = _l("Use at most 200 characters.")


class RegisterForm(FlaskForm):
    """A company and its first member."""

    organisation = StringField(
        _l("Name of the organisation"),
        [DataRequired(_l("Write the name of the organisation.")), Length(max=200, message=_TOO_LONG)],
    )
    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Write your name.")), Length(max=200, message=_TOO_LONG)],
    )
    email = StringField(
        _l("Your e-mail address"),
        [
            DataRequired(_l("Write your e-mail address.")),
            Email(_l("Write an e-mail address, as in name@example.org.")),
            Length(max=200, message=_TOO_LONG),
        ],
    )
    password = PasswordField(
        _l("A password"),
        [
            DataRequired(_l("Choose a password.")),
            Length(SHORTEST_PASSWORD, 128, _l("Use at least 10 characters; three or four words do well.")),
        ],
    )


@bp.route("/register", methods=["GET", "POST"])
@public
@reads("next")
@limiter.limit(ATTEMPTS, methods=["POST"])
def register() -> str | Response:
    """Register a company."""
    wanted = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(_onwards(wanted))
    form = RegisterForm()
    if form.validate_on_submit() and (page := _registered(form, wanted)) is not None:
        return page
    return render_template("account/register.html", form=form, wanted=wanted)


def _onwards(wanted: str) -> str:
    """Where somebody wanted to go before signing in was asked of them, else where one begins."""
    return wanted if is_local(wanted) else url_for("account.start")


def _registered(form: RegisterForm, wanted: str) -> Response | None:
    """Keep the new company and sign its member in; None, with the fault on the form, if the address is taken."""
    try:
        member = register_company(
            db(),
            organisation=str(form.organisation.data),
            name=str(form.name.data),
            email=str(form.email.data),
            password_hash=hash_password(str(form.password.data)),
            at=now(),
            language=language(),
        )
    except AlreadyThere:
        db().rollback()
        form.email.errors = [_("This address has an account already. Sign in, or use another address.")]
        return None
    db().commit()
    visitor = Door().find_user(email=member.email)
    assert visitor is not None
    login_user(visitor, authn_via=["register"])
    flash(_("Your organisation is registered, and you are signed in."))
    return redirect(_onwards(wanted))


@bp.get("/account")
@signed_in
def mine() -> str:
    """Who one is here."""
    return render_template("account/mine.html", person=me().person)


@bp.get("/account/start")
@signed_in
def start() -> Response:
    """The page one begins with."""
    for role, endpoint in STARTS:
        if role in me().roles_held and endpoint in current_app.view_functions:
            return redirect(url_for(endpoint))
    return redirect(url_for("about.home"))
