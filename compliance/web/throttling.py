"""Throttling of guesses: passwords, one-time codes, requests for a new password, registrations.

Only wrong attempts count, for each account and each network that they come from. Each makes the next one wait longer,
up to a limit. Browsers that signed in before have a device cookie, and their wrong attempts are counted separately,
so that somebody guessing at an account from elsewhere does not make its owner wait (OWASP, "Slow down online guessing
attacks with device cookies").

A form whose posts are attempts derives from `AttemptForm`. Other code that checks a secret calls `begin_attempt` first
and then tells the attempt how it ended.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from secrets import token_urlsafe
from typing import Any, ClassVar, Literal, TypeAlias

from flask import Flask, Response, current_app, g, request
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    VerifyForm,
    current_user,
    password_reset,
    user_authenticated,
)
from flask_security.utils import get_message
from flask_wtf import FlaskForm
from itsdangerous import BadSignature
from sqlalchemy.orm import Session

from compliance.languages.interface_messages import ngettext
from compliance.store.attempt_counts import (
    NO_WAIT,
    DelayRule,
    clear_attempts,
    count_attempt,
    uncount_attempt,
    wait_before_attempt,
)
from compliance.web.database import db, now, store_engine
from compliance.web.logs import note_event
from compliance.web.signatures import lasting_serializer
from compliance.web.urls import lasting_cookie, set_lasting_cookie

#: The name of the cookie of a browser from which somebody signed in.
DEVICE_COOKIE = "article34_device"
#: An IPv6 network of this size belongs to one household or one machine.
IPV6_PREFIX = 64

#: The port after an IPv4 address, or after an IPv6 address in brackets.
_PORT = re.compile(r"\A([0-9.]+|\[[^]]*\]):[0-9]+\Z")
_WAIT = "article34_wait"
_REMEMBERED = "article34_remembered"


@dataclass(frozen=True, slots=True)
class ThrottlingPolicy:
    """The limits for a kind of attempt, by network and by account."""

    name: str
    per_network: DelayRule
    per_account: DelayRule | None = None


_NETWORK = DelayRule(free=20, longest=timedelta(minutes=1))
_SECRET = DelayRule(free=5, longest=timedelta(minutes=15))

PASSWORDS = ThrottlingPolicy("password", _NETWORK, _SECRET)
CODES = ThrottlingPolicy("code", _NETWORK, _SECRET)
_MAIL = DelayRule(free=3, longest=timedelta(hours=1))
_INVITING = DelayRule(free=20, longest=timedelta(hours=1))
#: Each of these sends a mail, so all of them count.
RESET_REQUESTS = ThrottlingPolicy("reset request", _NETWORK, _MAIL)
CONFIRMATION_REQUESTS = ThrottlingPolicy("confirmation request", _NETWORK, _MAIL)
#: Every mailed invitation counts, to any address.
INVITATIONS = ThrottlingPolicy("invitation", DelayRule(free=30, longest=timedelta(minutes=1)), _INVITING)
#: Links of invitations that do not exist.
INVITATION_LINKS = ThrottlingPolicy("invitation link", _NETWORK)
#: All of them count. A workshop of a hundred companies in one room can register within an hour.
REGISTRATIONS = ThrottlingPolicy("registration", DelayRule(free=30, longest=timedelta(minutes=1)))

Outcome: TypeAlias = Literal["wrong", "right", "none"]


@dataclass
class Attempt:
    """One attempt. After checking it, call `wrong`, `right`, or `undo` if nothing was checked."""

    wait: int  # seconds to wait before it may be made; 0: none
    _policy: str = ""
    _rules: Mapping[str, DelayRule] = field(default_factory=dict)
    _account: str = ""
    _counted: bool = False

    def wrong(self) -> None:
        """Count it: it was wrong, or every attempt of its kind counts."""
        note_event(self._policy, "wrong" if self._policy in (PASSWORDS.name, CODES.name) else "counted")
        if not self._counted:
            with _counts() as session:
                count_attempt(session, self._rules, at=now(), made=True)

    def right(self) -> None:
        """Do not count it, as it was right, and forget what was counted for this account before.

        This commits the session of the request, which may contain a new hash of the same password.
        """
        note_event(self._policy, "right")
        if self._counted:
            uncount_attempt(db(), self._rules, at=now())
            clear_attempts(db(), self._account)
            db().commit()

    def undo(self) -> None:
        """Do not count it, as nothing was checked."""
        if self._counted:
            with _counts() as session:
                uncount_attempt(session, self._rules, at=now())


def begin_attempt(policy: ThrottlingPolicy, account: str = "") -> Attempt:
    """Begin an attempt of this request at an account, named as a person wrote it. Call it before checking anything.

    If its `wait` is not 0, check nothing, and answer with `waiting_sentence`. Accounts that do not exist are counted
    too, so that nobody can find out which exist.
    """
    account = _normal(account)
    rules = {}
    device = known_device(account) if account else ""
    whose = _key(policy, "device", device) if device else _key(policy, "account", account)
    if account and policy.per_account is not None:
        rules[whose] = policy.per_account
    if not device:
        rules[_key(policy, "network", network_of(request.remote_addr or ""))] = policy.per_network
    with Session(store_engine(current_app)) as session:
        wait = wait_before_attempt(session, rules, at=now())
    if wait is None:
        return Attempt(0, policy.name, rules, whose)  # nothing was counted before, so a right attempt writes nothing
    if wait == NO_WAIT:
        # Counted before it is checked, so that simultaneous guesses are not all let in.
        with _counts() as session:
            wait = count_attempt(session, rules, at=now())
    if wait != NO_WAIT:
        note_event(policy.name, "has to wait")
    return Attempt(ceil(wait.total_seconds()), policy.name, rules, whose, _counted=wait == NO_WAIT)


def waiting_sentence(policy: ThrottlingPolicy, seconds: int) -> str:
    """Return the sentence for a person who has to wait. It makes the response a 429 with Retry-After."""
    setattr(g, _WAIT, seconds)
    if policy in (PASSWORDS, CODES):
        return ngettext(
            "There were several wrong attempts. Wait %(num)s second, then try again. "
            "This keeps strangers from guessing.",
            "There were several wrong attempts. Wait %(num)s seconds, then try again. "
            "This keeps strangers from guessing.",
            seconds,
        )
    return ngettext(
        "This was sent many times in a short time, so this time it was ignored. Wait %(num)s second, then "
        "send it again.",
        "This was sent many times in a short time, so this time it was ignored. Wait %(num)s seconds, then "
        "send it again.",
        seconds,
    )


def network_of(address: str) -> str:
    """Return the network for which attempts from an address are counted: the address, or the /64 of an IPv6 address.

    Some proxies append the visitor's port, which differs for each connection.
    """
    bare = _PORT.sub(r"\1", address).strip("[]").partition("%")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, IPV6_PREFIX), strict=False))


def known_device(account: str) -> str:
    """Return the id of this browser if somebody has signed in to the account from it, or else ""."""
    try:
        whose, mark = lasting_serializer(DEVICE_COOKIE).loads(lasting_cookie(DEVICE_COOKIE))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(mark) if whose == _digest(account) else ""


def init_throttling(app: Flask) -> None:
    """Set device cookies at sign-in, and answer 429 if somebody has to wait."""
    user_authenticated.connect(_remember_device, app)
    password_reset.connect(_remember_device, app)  # a person who can read the account's mail is not guessing
    app.after_request(_keep_device)
    app.after_request(_tell_to_wait)


def _remember_device(_app: Flask, user: Any, **_about: Any) -> None:
    setattr(g, _REMEMBERED, _normal(user.email))


def _keep_device(response: Response) -> Response:
    account = g.get(_REMEMBERED)
    if account is not None:
        mark = known_device(account) or token_urlsafe(16)
        signed = lasting_serializer(DEVICE_COOKIE).dumps([_digest(account), mark])
        set_lasting_cookie(response, DEVICE_COOKIE, str(signed))
    return response


def _tell_to_wait(response: Response) -> Response:
    seconds = g.get(_WAIT)
    if seconds is not None:
        response.status_code = 429
        response.headers["Retry-After"] = str(seconds)
    return response


def _normal(account: str) -> str:
    """Return an account as the store spells it."""
    return account.strip().lower()


def _digest(account: str) -> str:
    return hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:16]


def _key(policy: ThrottlingPolicy, what: str, whose: str) -> str:
    """Return a key for counting, from which nobody can tell whom it is about."""
    said = f"{policy.name}\n{what}\n{whose}".encode("utf-8", "replace")
    return hmac.new(current_app.config["SECRET_KEY"].encode(), said, "sha256").hexdigest()


@contextmanager
def _counts() -> Iterator[Session]:
    """Yield a separate transaction, so that a count is kept even if the request fails."""
    with Session(store_engine(current_app)) as session, session.begin():
        yield session


class AttemptForm(FlaskForm):
    """A form whose posts are attempts. If the person has to wait, its only error is the sentence that says so."""

    throttling_policy: ClassVar[ThrottlingPolicy]

    def attempted_account(self) -> str:
        """Return the account of this attempt, as written in the form, or "" if there is none."""
        return ""

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return how the attempt ended, after validation."""
        return "right" if valid else "wrong"

    def validate(self, *args: Any, **more: Any) -> bool:
        """Validate the form, unless the person has to wait."""
        attempt = begin_attempt(self.throttling_policy, self.attempted_account())
        if attempt.wait:
            self.form_errors.append(waiting_sentence(self.throttling_policy, attempt.wait))
            return False
        valid = bool(super().validate(*args, **more))
        {"wrong": attempt.wrong, "right": attempt.right, "none": attempt.undo}[self.attempt_outcome(valid)]()
        return valid


class SignInForm(AttemptForm, LoginForm):
    """Address and password."""

    throttling_policy = PASSWORDS
    remember = None  # type: ignore[assignment]  # no field: no cookie outlives its session

    def attempted_account(self) -> str:
        """Return the e-mail address."""
        return self.email.data or ""

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" if a password was compared and did not belong to the address."""
        return "right" if valid else "none" if self.ifield is None else "wrong"


class PasswordChangeForm(AttemptForm, ChangePasswordForm):
    """The current password, and a new one twice."""

    throttling_policy = PASSWORDS

    def attempted_account(self) -> str:
        """Return the account of the person signed in."""
        return str(current_user.email)

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" if the current password was wrong. An unsuitable new one is not a guess."""
        if valid:
            return "right"
        return "wrong" if get_message("INVALID_PASSWORD")[0] in self.password.errors else "none"


class PasswordAgainForm(AttemptForm, VerifyForm):
    """The current password, from somebody who is signed in."""

    throttling_policy = PASSWORDS

    def attempted_account(self) -> str:
        """Return the account of the person signed in."""
        return str(current_user.email)

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" if a password was compared and was wrong."""
        return "none" if not self.password.data else "right" if valid else "wrong"


class ResetRequestForm(AttemptForm, ForgotPasswordForm):
    """The e-mail address to which a link to choose a new password is sent."""

    throttling_policy = RESET_REQUESTS

    def attempted_account(self) -> str:
        """Return the e-mail address."""
        return self.email.data or ""

    def attempt_outcome(self, valid: bool) -> Outcome:
        """Return "wrong" for every request with an address, even one without an account, as all of them count."""
        return "wrong" if valid or self.email.data else "none"
