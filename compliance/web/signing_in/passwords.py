"""What is asked of a new password: its length, and that it is not the first that anybody would try.

zxcvbn brings the lists of common passwords, names and words, and knows repetitions, sequences and keyboard patterns.
Nothing is asked about kinds of characters: it makes passwords harder to remember, and not to guess.
"""

from collections.abc import Iterable
from typing import Any

from flask_security import PasswordUtil
from zxcvbn import zxcvbn

from compliance.languages.interface_messages import gettext as _
from compliance.store import Member

MIN_PASSWORD_LENGTH = 10
#: The least score of zxcvbn, of 0 to 4: more than a hundred million guesses.
MIN_SCORE = 3
#: zxcvbn takes time for long passwords, and is sure long before their end.
_MOST_EXAMINED = 72


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
    if zxcvbn(password[:_MOST_EXAMINED], user_inputs=parts)["score"] < MIN_SCORE:
        return _(
            "This password is easy to guess: it is a common one, or little more than a name, a row of keys or a "
            "repetition. Use three or four words that do not belong together."
        )
    return ""


def own_words(person: Member) -> tuple[str, ...]:
    """What somebody who knows a person would try."""
    return person.email, person.name, person.organisation
