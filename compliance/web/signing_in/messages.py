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
    "TWO_FACTOR_INVALID_TOKEN": N_("This code is not right, or was used before. Write the next one that it shows."),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": N_("You are signed in."),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": N_("Codes are switched on. From now on, you sign in with one."),
    "TWO_FACTOR_PERMISSION_DENIED": N_("Begin with your address and your password."),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": N_("Your role needs a second factor. You can replace it, not remove it."),
    "TWO_FACTOR_DISABLED": N_("Codes are switched off. Your password is enough to sign in."),
    "TWO_FACTOR_SETUP_EXPIRED": N_("The secret was good for %(within)s, and that is over. Begin again with a new one."),
    "INVALID_RECOVERY_CODE": N_("This is not one of your recovery codes, or it was used before."),
    "API_ERROR": N_("What your browser sent could not be read. Nothing was changed. Begin again."),
    "WEBAUTHN_EXPIRED": N_("The passkey did not come within %(within)s. Begin again."),
    "WEBAUTHN_NAME_REQUIRED": N_("Write a name for the passkey."),
    "WEBAUTHN_NAME_INUSE": N_("You have a passkey called %(name)s already. Choose another name."),
    "WEBAUTHN_NAME_NOT_FOUND": N_("You have no passkey called %(name)s."),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": N_("Use letters, numbers, spaces and hyphens for the name."),
    "INVALID_INPUT": N_("Use letters, numbers, spaces and hyphens for the name."),
    "INVALID_INPUT_LENGTH": N_("Use at most %(length)s characters."),
    "WEBAUTHN_CREDENTIAL_DELETED": N_("The passkey %(name)s is removed."),
    "WEBAUTHN_REGISTER_SUCCESSFUL": N_("The passkey %(name)s is added. From now on, you can sign in with it."),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": N_("That passkey is here already."),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": N_("That passkey is not known here. Use another, or a recovery code."),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": N_("That passkey is not known here. Use another, or a recovery code."),
    "WEBAUTHN_MISMATCH_USER_HANDLE": N_("That passkey belongs to another account. Use another, or a recovery code."),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": N_("Begin with your address and your password."),
    "WEBAUTHN_NO_VERIFY": N_("The passkey could not be checked. Nothing was changed. Begin again."),
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
