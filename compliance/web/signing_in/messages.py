"""Messages of Flask-Security, in our words, so that they are translated.

Its own messages are not translated into Arabic. Ours have the names of its settings.
"""

from types import SimpleNamespace
from typing import Any

from flask import Flask

from compliance.languages.formats import and_list
from compliance.languages.interface_messages import N_, gettext, ngettext

_MESSAGES = {
    "EMAIL_NOT_PROVIDED": N_("Enter your e-mail address."),
    "INVALID_EMAIL_ADDRESS": N_("Enter an e-mail address, such as name@example.org."),
    "GENERIC_AUTHN_FAILED": N_("The address and password do not match. Check both and try again."),
    "GENERIC_RECOVERY": N_("If that address has an account here, a link to choose a new password is on its way to it."),
    "USER_DOES_NOT_EXIST": N_("There is no account with this address."),
    "DISABLED_ACCOUNT": N_("This account cannot sign in at present. Ask the administrator of this site."),
    "PASSWORD_NOT_PROVIDED": N_("Enter your password."),
    "INVALID_PASSWORD": N_("This is not your current password."),
    "PASSWORD_INVALID_LENGTH": N_("Use at least %(length)s characters; three or four words work well."),
    "PASSWORD_IS_THE_SAME": N_("Choose a password that differs from your current one."),
    "RETYPE_PASSWORD_MISMATCH": N_("The two passwords are not the same."),
    "REAUTHENTICATION_SUCCESSFUL": N_("Thank you. Go on with what you were doing."),
    "PASSWORD_CHANGE": N_("Your password was changed."),
    "PASSWORD_RESET": N_("Your password was changed, and you are signed in."),
    "PASSWORD_RESET_NO_LOGIN": N_("Your password was changed. Sign in with the new one."),
    "PASSWORD_RESET_REQUEST": N_("A link to choose a new password is on its way to %(email)s."),
    "PASSWORD_RESET_EXPIRED": N_("The link was valid for %(within)s and has expired. Ask for a new one."),
    "INVALID_RESET_PASSWORD_TOKEN": N_("The link does not work or has already been used. Ask for a new one."),
    "TWO_FACTOR_INVALID_TOKEN": N_("This code is wrong or has already been used. Enter the next one shown."),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": N_("You are signed in."),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": N_("Codes are switched on. From now on, you need one to sign in."),
    "TWO_FACTOR_PERMISSION_DENIED": N_("Start with your e-mail address and password."),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": N_("Your role needs a second factor. You can replace it but not remove it."),
    "TWO_FACTOR_DISABLED": N_("Codes are switched off. Your password is enough to sign in."),
    "TWO_FACTOR_SETUP_EXPIRED": N_("The secret was valid for %(within)s and has expired. Start again with a new one."),
    "INVALID_RECOVERY_CODE": N_("This is not one of your recovery codes, or it has already been used."),
    "API_ERROR": N_("What your browser sent could not be read. Nothing was changed. Start again."),
    "WEBAUTHN_EXPIRED": N_("No passkey was received within %(within)s. Start again."),
    "WEBAUTHN_NAME_REQUIRED": N_("Enter a name for the passkey."),
    "WEBAUTHN_NAME_INUSE": N_("You already have a passkey called %(name)s. Choose another name."),
    "WEBAUTHN_NAME_NOT_FOUND": N_("You have no passkey called %(name)s."),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": N_("Use letters, numbers, spaces and hyphens for the name."),
    "INVALID_INPUT": N_("Use letters, numbers, spaces and hyphens for the name."),
    "INVALID_INPUT_LENGTH": N_("Use at most %(length)s characters."),
    "WEBAUTHN_CREDENTIAL_DELETED": N_("The passkey %(name)s was removed."),
    "WEBAUTHN_REGISTER_SUCCESSFUL": N_("The passkey %(name)s was added. From now on, you can sign in with it."),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": N_("That passkey is already registered."),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": N_("That passkey is not registered here. Use another, or a recovery code."),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": N_("That passkey is not registered here. Use another, or a recovery code."),
    "WEBAUTHN_MISMATCH_USER_HANDLE": N_("That passkey belongs to another account. Use another, or a recovery code."),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": N_("Start with your e-mail address and password."),
    "WEBAUTHN_NO_VERIFY": N_("The passkey could not be checked. Nothing was changed. Start again."),
    "INVALID_REDIRECT": N_("That address is not on this site."),
    "UNAUTHENTICATED": N_("Sign in to read this page."),
    "UNAUTHORIZED": N_("This page does not exist"),
}


def security_messages() -> dict[str, Any]:
    """Return the settings with its messages. Its mails are made by `mail`, from our own templates."""
    return {
        **{f"SECURITY_MSG_{name}": (message, "info") for name, message in _MESSAGES.items()},
        "SECURITY_EMAIL_PLAINTEXT": False,
        "SECURITY_EMAIL_HTML": False,
    }


def init_security_messages(app: Flask) -> None:
    """Make Flask-Security look up its messages in our translations."""
    app.extensions["security"].i18n_domain = SimpleNamespace(gettext=gettext, ngettext=ngettext, format_list=and_list)
    app.jinja_env.globals["_fsdomain"] = gettext
