"""Requirements for a new account and a new password: its length, and that it is not easy to guess.

zxcvbn has the lists of common passwords, names and words, and recognises repetitions, sequences and keyboard patterns.
Kinds of characters are not required: that makes passwords harder to remember, not to guess.
"""

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flask import current_app
from flask_security import PasswordUtil, hash_password
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Email, Length, ValidationError
from zxcvbn import zxcvbn

from compliance.languages.interface_messages import gettext as _
from compliance.store.people_and_roles import Member
from compliance.web.page_text import lazy as _l
from compliance.web.signing_in.breached_passwords import is_breached
from compliance.web.throttling import REGISTRATIONS, AttemptForm, Outcome

MIN_PASSWORD_LENGTH = 10
#: How long the link to a new account works, in days.
LINK_DAYS = 3
#: The lowest accepted score of zxcvbn, from 0 to 4: more than a hundred million guesses.
MIN_SCORE = 3
#: Words that an attacker would try first on this site, for any person.
SITE_WORDS = (
    *("article", "article34", "child", "children", "rights", "code", "conduct", "compliance"),
    *("questionnaire", "company", "steward", "auditor", "advocate"),
)
#: How many characters zxcvbn examines: it is slow for long passwords, and certain long before their end.
_MOST_EXAMINED = 72
#: No letter or digit looks like another. Seven groups of four have 138 bits: enough for a hash without salt.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 7, 4
_TOO_LONG = _l("Use at most 200 characters.")


class NewAccountForm(AttemptForm):
    """The name and address of a person who has no account yet."""

    throttling_policy = REGISTRATIONS

    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Enter your name.")), Length(max=200, message=_TOO_LONG)],
    )
    email = StringField(
        _l("Your e-mail address"),
        [
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("Enter an e-mail address, such as name@example.org."), allow_smtputf8=False),
            Length(max=200, message=_TOO_LONG),
        ],
    )

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Count every new account, but no form with errors."""
        return "wrong" if valid else "none"


class NewPasswordForm(FlaskForm):
    """The password of a new account."""

    password = PasswordField(
        _l("A password"),
        [
            DataRequired(_l("Choose a password.")),
            Length(max=128, message=_l("Use at most 128 characters.")),
        ],
    )
    own_words: Sequence[str | None] = ()  # words that a person's acquaintances would try first

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too short or easy to guess."""
        if field.data and (fault := password_fault(field.data, filter(None, self.own_words))):
            raise ValidationError(fault)


class ExaminedPasswords(PasswordUtil):
    """Checks passwords chosen on the pages of Flask-Security."""

    def validate(self, password: str, is_register: bool, **about: Any) -> tuple[list[str] | None, str]:
        """Return the faults of a password, or None, and the password in normal form."""
        normal, user = self.normalize(password), about.get("user")
        fault = password_fault(normal, own_words(user.person) if user else ())
        return [fault] if fault else None, normal


def password_fault(password: str, own: Iterable[str]) -> str:
    """Return the fault of a new password as a sentence, or "". `own`: the e-mail address, and names."""
    if len(password) < MIN_PASSWORD_LENGTH:
        return _("Use at least %(length)s characters; three or four words work well.", length=MIN_PASSWORD_LENGTH)
    words = [word.casefold() for word in own if word]
    if any("@" in word and word in password.casefold() for word in words):
        return _(
            "Do not use your e-mail address: it is the first thing that others try. Three or four words work well."
        )
    parts = [part for word in words for part in (word, *word.replace("@", " ").replace(".", " ").split())]
    if zxcvbn(password[:_MOST_EXAMINED], user_inputs=[*parts, *SITE_WORDS])["score"] < MIN_SCORE:
        return _(
            "This password is easy to guess: it is a common one, or little more than a name, a row of keys or a "
            "repetition. Use three or four words that do not belong together."
        )
    if _is_known_by_breach(password):
        return _(
            "This password was exposed in a breach of another site, so attackers will try it. Use three or four "
            "words that do not belong together."
        )
    return ""


def _is_known_by_breach(password: str) -> bool:
    """Tell if a password is in the configured list. If the list cannot be read, people can still choose passwords."""
    file: Path | None = current_app.config["BREACHED_PASSWORDS"] if current_app else None
    try:
        return file is not None and is_breached(file, password)
    except OSError as fault:
        said = "ARTICLE34_BREACHED_PASSWORDS: %s cannot be read (%s): only common passwords are refused until it can"
        current_app.logger.error(said, file, fault.strerror)
        return False


def new_hash(password: str) -> str:
    """Return the hash of a new password.

    It is made from the normal form (NFKD) that Flask-Security uses at sign-in, because é is one character on some
    keyboards and two on others.
    """
    return str(hash_password(current_app.extensions["security"].password_util.normalize(password)))


def random_code() -> str:
    """Return a random code in groups that can be read out by telephone: a first password, or a recovery code."""
    groups = ("".join(secrets.choice(_LETTERS) for _place in range(_GROUP)) for _group in range(_GROUPS))
    return "-".join(groups)


def own_words(person: Member) -> tuple[str, ...]:
    """Return the words that a person's acquaintances would try first."""
    return person.email, person.name, person.organisation
