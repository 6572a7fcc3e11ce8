"""Mail settings: which mails a person receives, on a page for signed-in people, and by a signed link in mails."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectMultipleField

from compliance.languages.interface_messages import gettext as _
from compliance.store import switch_mail, switched_off
from compliance.web.access_control import csrf_by_signed_address, public, signed_in
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.mail import MAIL_KINDS, mail_is_set, optional_kinds, read_opt_out_token

bp = Blueprint("mail_settings", __name__)


class MailSettingsForm(FlaskForm):
    """The kinds of mail that a person wants."""

    kind = SelectMultipleField(validate_choice=False)


class StopForm(FlaskForm):
    """The button of a signed link. The signature authorises the request, also if a mail program sends it."""

    class Meta:
        """Nobody is signed in, so there is no session for a CSRF token."""

        csrf = False


@bp.route("/account/mails", methods=["GET", "POST"])
@signed_in
def choose() -> str | BaseResponse:
    """Choose which mails to receive."""
    kinds, form = optional_kinds(me().roles_held), MailSettingsForm()
    if form.validate_on_submit():
        wanted = set(form.kind.data or ())
        switch_mail(db(), me().id, {kind: kind in wanted for kind in kinds}, at=now())
        db().commit()
        flash(_("Saved."))
        return redirect(url_for("mail_settings.choose"))
    off = switched_off(db(), me().id)
    options = [{"value": key, "label": _(kind.about), "checked": key not in off} for key, kind in kinds.items()]
    return render_template("account/mails.html", options=options, email=me().email, sends=mail_is_set())


@bp.route("/mails/stop/<signed>", methods=["GET", "POST"])
@public
@csrf_by_signed_address
def stop(signed: str) -> str | tuple[str, int]:
    """Stop some kinds of mail for the person that a signed link names: a page asks, and a POST does it."""
    g.leads_home = True  # the address is secret, so the page does not repeat it in its links to other languages
    person_id, kinds = read_opt_out_token(signed) or (0, ())
    if not kinds:
        return render_template("account/mails_stop.html", signed="", kinds=(), done=False), 404
    form = StopForm()
    if done := form.validate_on_submit():
        switch_mail(db(), person_id, dict.fromkeys(kinds, False), at=now())
        db().commit()
    about = [_(MAIL_KINDS[kind].about) for kind in kinds]
    return render_template("account/mails_stop.html", signed=signed, kinds=about, done=done)
