"""Registration: a new company with its first member, or a request to join a registered company.

If the site sends mails, an account is only created once the link in a mail is followed. People who already have one get
a different mail, but the same page, so that registering does not reveal who has an account.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_security import current_user, login_user
from flask_wtf import FlaskForm
from itsdangerous import BadData
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from compliance.identity.matching import CompanyIdentity, is_lei, normalised_lei
from compliance.identity.names import comparable_name
from compliance.identity.web_domains import is_shared_domain, own_domain, registrable_domain
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.store import (
    AlreadyExists,
    Company,
    NotFound,
    add_membership,
    add_organisation,
    add_person,
    ask_to_join,
    companies,
    company,
    company_members,
    register_company,
)
from compliance.store.companies import present_company
from compliance.store.people_and_roles import login_account
from compliance.web.access_control import public, readers
from compliance.web.accounts import after_sign_in_url, me
from compliance.web.company.blueprint import bp
from compliance.web.company_matches import known_companies, matches_among
from compliance.web.database import db, now
from compliance.web.forms import small_number
from compliance.web.mail import mail_is_set, queue_mail, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.signatures import timed_serializer
from compliance.web.signing_in.passwords import LINK_DAYS, NewAccountForm, NewPasswordForm, new_hash
from compliance.web.signing_in.users import StoreUserDatastore
from compliance.web.urls import reads_query

#: Most companies shown that may be the same.
MOST_SHOWN = 5
#: The choice "none of the companies shown".
ANOTHER = "another"
_TOO_LONG = _l("Use at most 200 characters.")
#: The purpose that links of this module are signed with.
_PURPOSE = "registration"


class OrganisationForm(FlaskForm):
    """A company, and whether it is the same as a registered one."""

    matches: Sequence[tuple[int, str]] = ()  # companies that may be this one: id and name

    organisation = StringField(
        _l("Name of the organisation"),
        [DataRequired(_l("Enter the name of the organisation.")), Length(max=200, message=_TOO_LONG)],
    )
    website = StringField(_l("Website, if it has one"), [Length(max=200, message=_TOO_LONG)])
    lei = StringField(_l("Legal entity identifier (LEI), if it has one"), [Length(max=40)])
    same = StringField()
    shown = StringField()  # not empty if the page offered the choice `same`
    words = TextAreaField(
        _l("Who you are, in one sentence for the person who will answer your request"),
        [Length(max=1000, message=_l("Use at most 1,000 characters."))],
    )

    def validate_organisation(self, field: Field) -> None:
        """Refuse a name without letters and digits, which could not be compared with other names."""
        if not comparable_name(field.data):
            raise ValidationError(_("Enter the name of the organisation."))

    def validate_website(self, field: Field) -> None:
        """Refuse text that is no web address, and addresses on domains where anybody can have a page."""
        if not (field.data or "").strip():
            return
        domain = registrable_domain(field.data)
        if not domain:
            raise ValidationError(_("Enter a web address, such as www.example.org, or leave this empty."))
        if is_shared_domain(domain):
            raise ValidationError(
                _("Anybody can have a page at %(domain)s. Enter the organisation’s own address, or leave this empty.",
                  domain=domain)
            )  # fmt: skip

    def validate_lei(self, field: Field) -> None:
        """Refuse an LEI of the wrong form or with wrong check digits."""
        if (field.data or "").strip() and not is_lei(self.lei_number):
            raise ValidationError(
                _("This is not a valid LEI. An LEI has 20 letters and digits, and the last two are check digits. "
                  "Correct it, or leave this empty.")
            )  # fmt: skip

    @property
    def domain(self) -> str:
        """The registrable domain of the website; "" if none is given."""
        return registrable_domain(self.website.data or "")

    @property
    def lei_number(self) -> str:
        """The normalised LEI; "" if none is given."""
        return normalised_lei(self.lei.data or "")


class RegisterForm(NewAccountForm, OrganisationForm):
    """A company and its first member."""


class RegisterAtOnceForm(RegisterForm, NewPasswordForm):
    """A company, its first member and their password, for sites that send no mails."""

    def validate_password(self, field: PasswordField) -> None:
        """Also refuse a password that contains the names on the form."""
        self.own_words = (self.email.data, self.name.data, self.organisation.data)
        super().validate_password(field)


@bp.route("/register", methods=["GET", "POST"])
@public
@reads_query("next")
def register() -> str | BaseResponse:
    """Register a company, or request to join one."""
    wanted = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(after_sign_in_url(wanted))
    form = RegisterForm() if mail_is_set() else RegisterAtOnceForm()
    if form.validate_on_submit() and (chosen := _chosen_company(form, str(form.email.data))) is not None:
        details = _details(form, chosen, wanted)
        if mail_is_set():
            return _send_link(details)
        password = new_hash(str(form.password.data))
        if _make_account(details, password):
            return _signed_in(details)
        form.email.errors = [_("This address already has an account. Sign in, or use another address.")]
    return _page(form, wanted=wanted)


@bp.route("/register/finish", methods=["GET", "POST"])
@public
@reads_query("link")
def finish_registration() -> str | BaseResponse:
    """Finish a registration by choosing a password, after following the link in a mail."""
    g.leads_home = True
    token = request.args.get("link", "")
    try:
        details = timed_serializer(_PURPOSE).loads(token, max_age=LINK_DAYS * 24 * 3600)
    except BadData:
        details = None
    if details is None or (details["join"] is not None and present_company(db(), details["join"]) is None):
        return render_template("company/register_link.html", form=None)
    form = NewPasswordForm()
    form.own_words = (details["email"], details["name"], details["organisation"])
    if form.validate_on_submit():
        if _make_account(details, new_hash(str(form.password.data)), address_confirmed=True):
            return _signed_in(details)
        flash(_("This address already has an account. Sign in."))
        return redirect(url_for("security.login"))
    return render_template("company/register_link.html", form=form, token=token, **_names(details))


@bp.route("/companies/add", methods=["GET", "POST"])
@readers("company")
def add_company() -> str | BaseResponse:
    """Register another company of one's own, or request to join one."""
    form = OrganisationForm()
    if form.validate_on_submit() and (chosen := _chosen_company(form, me().email)) is not None:
        details = _details(form, chosen, "")
        if details["join"] is None:
            _add_own_company(me().id, details)
            flash(_("The organisation is registered."))
        else:
            _ask(me().id, details)
        db().commit()
        return redirect(url_for("company.mine"))
    return _page(form)


def _page(form: OrganisationForm, wanted: str = "") -> str:
    return render_template("company/register.html", form=form, wanted=wanted, another=ANOTHER)


def _chosen_company(form: OrganisationForm, email: str) -> int | str | None:
    """Return the id of the company to join, or ANOTHER; None if similar companies exist and none is chosen yet.

    In that case, set the form's matches, and an error if they were shown before.
    """
    domains = (form.domain, own_domain(email))
    candidate = CompanyIdentity.of(0, str(form.organisation.data), domains, form.lei_number)
    known = companies(db())
    names = {one.id: one.name for one in known}
    found = matches_among(candidate, known_companies(known))[:MOST_SHOWN]
    chosen = small_number(form.same.data)
    if not found or form.same.data == ANOTHER:
        return ANOTHER
    if chosen in {match.other.id for match in found}:
        return chosen
    form.matches = [(match.other.id, names[match.other.id]) for match in found]
    if form.shown.data:
        form.same.errors = [_("Choose one of these.")]
    return None


def _details(form: OrganisationForm, chosen: int | str, wanted: str) -> dict[str, Any]:
    """Return the details of a registration, as they are signed into the link of a mail."""
    return {
        "organisation": str(form.organisation.data).strip(),
        "website": form.domain,
        "lei": form.lei_number,
        "join": None if chosen == ANOTHER else chosen,
        "words": form.words.data or "",
        "name": str(form.name.data) if isinstance(form, RegisterForm) else "",
        "email": str(form.email.data).strip() if isinstance(form, RegisterForm) else "",
        "next": wanted,
    }


def _names(details: dict[str, Any]) -> dict[str, str]:
    organisation = details["organisation"] if details["join"] is None else _company_to_join(details["join"]).name
    return {"name": details["name"], "organisation": organisation}


def _send_link(details: dict[str, Any]) -> str:
    known = login_account(db(), email=details["email"])
    if known is None:
        link = url_for("company.finish_registration", link=timed_serializer(_PURPOSE).dumps(details), _external=True)
        words: dict[str, Any] = {"link": link, "days": LINK_DAYS, **_names(details)}
        queue_mail("registration", details["email"], language=current_language(), **words)
    else:
        sign_in = partial(whole_url, "security.login")
        queue_mail("registered-already", known.email, language=known.language, person_id=known.id, link=sign_in)
    db().commit()
    return render_template("company/register_sent.html", email=details["email"], days=LINK_DAYS)


def _make_account(details: dict[str, Any], password_hash: str, *, address_confirmed: bool = False) -> bool:
    """Create the account with its company or request, and commit. Return False if the address is taken."""
    account = {
        "name": details["name"],
        "email": details["email"],
        "password_hash": password_hash,
        "language": current_language(),
        "address_confirmed": address_confirmed,
        "at": now(),
    }
    try:
        if details["join"] is None:
            named = {"organisation": details["organisation"]}
            register_company(db(), **named, website_domain=details["website"], lei=details["lei"], **account)
        else:
            person = add_person(db(), roles=["company"], by=None, **account)
            _ask(person.id, details)
    except AlreadyExists:
        db().rollback()
        return False
    db().commit()
    return True


def _add_own_company(person_id: int, details: dict[str, Any]) -> None:
    named, lei = details["organisation"], details["lei"]
    number = add_organisation(db(), named, website_domain=details["website"], lei=lei, at=now())
    add_membership(db(), person_id, number, by=person_id, at=now())


def _company_to_join(number: int) -> Company:
    """Return a company that somebody chose to join, or the one that it was merged into since."""
    chosen = company(db(), number)
    return chosen if chosen.merged_into is None else company(db(), chosen.merged_into)


def _ask(person_id: int, details: dict[str, Any]) -> None:
    """Request to join a company, and queue mails to its owners."""
    asked = _company_to_join(details["join"])
    try:
        ask_to_join(db(), person_id, asked.id, words=details["words"], at=now())
    except AlreadyExists:
        flash(_("You already belong to %(company)s, or have asked to join it.", company=asked.name))
        return
    asking = login_account(db(), email=details["email"] or me().email)
    assert asking is not None
    link = partial(whole_url, "company.members", organisation_id=asked.id)
    for owner in company_members(db(), asked.id):
        if owner.active and owner.role == "owner":
            words: dict[str, Any] = {"name": asking.name, "company": asked.name, "link": link}
            queue_mail("join-request", owner.email, language=owner.language, person_id=owner.person_id, **words)
    flash(_("You have asked to join %(company)s. The answer will appear here.", company=asked.name))


def _signed_in(details: dict[str, Any]) -> BaseResponse:
    visitor = StoreUserDatastore().find_user(email=details["email"])
    if visitor is None:
        raise NotFound("no such account")
    login_user(visitor, authn_via=["register"])
    if details["join"] is not None:
        return redirect(url_for("company.mine"))
    flash(_("Your organisation is registered, and you are signed in."))
    return redirect(after_sign_in_url(details["next"]))
