"""Signatures of cookies, of tokens of forms and of links in mails: HMAC with SHA-256, by itsdangerous.

The default of itsdangerous is SHA-1, and Flask, Flask-WTF and Flask-Security keep to it.
"""

import hashlib
from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Serializer, Signer, URLSafeSerializer, URLSafeTimedSerializer

#: Links that earlier versions mailed are signed with SHA-1, and are read still.
_EARLIER: dict[str, Any] = {"digest_method": hashlib.sha1}


class SignedSessions(SecureCookieSessionInterface):
    """The session of a browser, in a signed cookie."""

    digest_method = staticmethod(hashlib.sha256)


def init_signatures(app: Flask) -> None:
    """Sign with SHA-256, whichever library does it; before these libraries are there."""
    Signer.default_digest_method = staticmethod(hashlib.sha256)
    app.session_interface = SignedSessions()


def sign_with_present_key(library: object) -> None:
    """Make a library sign with the present key, and use earlier keys only to read what they signed.

    Flask-Security hands the keys over with the present one first, and itsdangerous signs with the last.
    """
    for held in vars(library).values():
        if isinstance(held, Serializer):
            held.secret_keys = [key.encode() for key in _keys()]


def timed_serializer(purpose: str) -> URLSafeTimedSerializer:
    """What signs links that end, and reads them; one of another purpose is not read."""
    return URLSafeTimedSerializer(_keys(), salt=purpose, fallback_signers=[_EARLIER])


def lasting_serializer(purpose: str) -> URLSafeSerializer:
    """What signs links and cookies that do not end, and reads them; one of another purpose is not read."""
    return URLSafeSerializer(_keys(), salt=purpose, fallback_signers=[_EARLIER])


def _keys() -> list[str]:
    """The keys, of which the last one signs."""
    return [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.config["SECRET_KEY"]]
