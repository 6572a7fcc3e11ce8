"""What Flask-Security says, in our words, and how it sends them by mail.

Its own messages have no Arabic. Ours are named as in its settings.
"""

from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask_security import MailUtil

from compliance.languages.formats import and_list
from compliance.languages.interface_messages import N_, gettext, ngettext, without_marks

_MESSAGES = {
    "EMAIL_NOT_PROVIDED": N_("Write your e-mail address."),
    "INVALID_EMAIL_ADDRESS": N_("Write an e-mail address, as in name@example.org."),
    "GENERIC_AUTHN_FAILED": N_("Address and password do not belong together here. Check both and try again."),
    "GENERIC_RECOVERY": N_("If that address has an account here, a link to choose a new password is on its way to it."),
    "USER_DOES_NOT_EXIST": N_("Nobody has an account with this address."),
    "DISABLED_ACCOUNT": N_("This account may not sign in at present. Ask whoever runs this installation."),
    "PASSWORD_NOT_PROVIDED": N_("Write your password."),
    "INVALID_PASSWORD": N_("This is not the password you have."),
    "PASSWORD_INVALID_LENGTH": N_("Use at least %(length)s characters; three or four words do well."),
    "PASSWORD_IS_THE_SAME": N_("Choose a password that is not the one you have."),
    "RETYPE_PASSWORD_MISMATCH": N_("This is not the same password once more."),
    "PASSWORD_CHANGE": N_("Your password is changed."),
    "PASSWORD_RESET": N_("Your password is changed, and you are signed in."),
    "PASSWORD_RESET_NO_LOGIN": N_("Your password is changed. Sign in with the new one."),
    "PASSWORD_RESET_REQUEST": N_("A link to choose a new password is on its way to %(email)s."),
    "PASSWORD_RESET_EXPIRED": N_("The link worked for %(within)s, and that is over. Have a new one sent."),
    "INVALID_RESET_PASSWORD_TOKEN": N_("The link does not work, or was used before. Have a new one sent."),
    "INVALID_REDIRECT": N_("That address is not on this site."),
    "UNAUTHENTICATED": N_("Sign in to read this page."),
    "UNAUTHORIZED": N_("There is no such page here"),
}
_SUBJECTS = {
    "PASSWORD_RESET": N_("A link to choose a new password"),
    "PASSWORD_NOTICE": N_("Your password was changed"),
    "PASSWORD_CHANGE_NOTICE": N_("Your password was changed"),
}


def security_messages() -> dict[str, Any]:
    """The settings that hold its messages and the subjects of its letters, which are plain text."""
    return {
        **{f"SECURITY_MSG_{name}": (message, "info") for name, message in _MESSAGES.items()},
        **{f"SECURITY_EMAIL_SUBJECT_{name}": subject for name, subject in _SUBJECTS.items()},
        "SECURITY_EMAIL_HTML": False,
    }


def init_security_messages(app: Flask) -> None:
    """Let it look its messages up where ours are."""
    app.extensions["security"].i18n_domain = SimpleNamespace(gettext=gettext, ngettext=ngettext, format_list=and_list)
    app.jinja_env.globals["_fsdomain"] = gettext


class PlainTextMail(MailUtil):
    """Letters are plain text, without the marks of what stands in English on a page."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **more: Any
    ) -> None:
        """Send one."""
        words = without_marks(body or "")
        super().send_mail(template, without_marks(subject), recipient, sender, words, html, **more)
