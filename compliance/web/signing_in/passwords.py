"""What is asked of a new account, and of a new password: its length, and that nobody would try it first.

zxcvbn brings the lists of common passwords, names and words, and knows repetitions, sequences and keyboard patterns.
Nothing is asked about kinds of characters: it makes passwords harder to remember, and not to guess.
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
#: How long the link works that leads to a new account.
LINK_DAYS = 3
#: The least score of zxcvbn, of 0 to 4: more than a hundred million guesses.
MIN_SCORE = 3
#: What somebody would try first here, whoever it is about.
SITE_WORDS = (
    *("article", "article34", "child", "children", "rights", "code", "conduct", "compliance"),
    *("questionnaire", "company", "steward", "auditor", "advocate"),
)
#: zxcvbn takes time for long passwords, and is sure long before their end.
_MOST_EXAMINED = 72
#: No letter or figure that looks like another. Seven groups of four have 138 bits: enough for a hash without salt.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 7, 4
_TOO_LONG = _l("Use at most 200 characters.")


class NewAccountForm(AttemptForm):
    """Who somebody is that has no account yet."""

    throttling_policy = REGISTRATIONS

    name = StringField(
        _l("Your name"),
        [DataRequired(_l("Enter your name.")), Length(max=200, message=_TOO_LONG)],
    )
    email = StringField(
        _l("Your e-mail address"),
        [
            DataRequired(_l("Enter your e-mail address.")),
            Email(_l("Enter an e-mail address, such as name@example.org.")),
            Length(max=200, message=_TOO_LONG),
        ],
    )

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Every new account counts, and no form with errors in it."""
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
    own_words: Sequence[str | None] = ()  # what somebody who knows the person would try first

    def validate_password(self, field: PasswordField) -> None:
        """Refuse a password that is too short, or the first that anybody would try."""
        if field.data and (fault := password_fault(field.data, filter(None, self.own_words))):
            raise ValidationError(fault)


class ExaminedPasswords(PasswordUtil):
    """Examines the passwords that people choose on the pages of Flask-Security."""

    def validate(self, password: str, is_register: bool, **about: Any) -> tuple[list[str] | None, str]:
        """The faults of a password, or None, and the password in its normal form."""
        normal, user = self.normalize(password), about.get("user")
        fault = password_fault(normal, own_words(user.person) if user else ())
        return [fault] if fault else None, normal


def password_fault(password: str, own: Iterable[str]) -> str:
    """What is wrong with a new password, as a sentence; "" if nothing is. `own`: the e-mail address, and names."""
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
    """Tell if a password is in the list that is set. Without the list, people can still choose passwords."""
    file: Path | None = current_app.config["BREACHED_PASSWORDS"] if current_app else None
    try:
        return file is not None and is_breached(file, password)
    except OSError as fault:
        said = "ARTICLE34_BREACHED_PASSWORDS: %s cannot be read (%s): only common passwords are refused until it can"
        current_app.logger.error(said, file, fault.strerror)
        return False


def new_hash(password: str) -> str:
    """The hash of a new password.

    It is made of the normal form (NFKD) to which Flask-Security brings what is typed to sign in: on one keyboard é is
    one character, on another two.
    """
    return str(hash_password(current_app.extensions["security"].password_util.normalize(password)))


def random_code() -> str:
    """A random code in groups that can be read out over a telephone: a first password, or a recovery code."""
    groups = ("".join(secrets.choice(_LETTERS) for _place in range(_GROUP)) for _group in range(_GROUPS))
    return "-".join(groups)


def own_words(person: Member) -> tuple[str, ...]:
    """What somebody who knows a person would try."""
    return person.email, person.name, person.organisation
