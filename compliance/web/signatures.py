"""Signatures of cookies, form tokens and links in mails: HMAC with SHA-256, by itsdangerous.

itsdangerous uses SHA-1 by default, and Flask, Flask-WTF and Flask-Security follow it.
"""

import hashlib
from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Serializer, Signer, URLSafeSerializer, URLSafeTimedSerializer

#: Links mailed by earlier versions are signed with SHA-1, and are still accepted.
_EARLIER: dict[str, Any] = {"digest_method": hashlib.sha1}


def _sha256(string: bytes = b"") -> Any:  # as Flask declares its own, which mypy compares with this
    return hashlib.sha256(string)


class SignedSessions(SecureCookieSessionInterface):
    """The session of a browser, in a signed cookie."""

    digest_method = staticmethod(_sha256)


def init_signatures(app: Flask) -> None:
    """Make every library sign with SHA-256. Call it before these libraries are set up."""
    Signer.default_digest_method = staticmethod(hashlib.sha256)
    app.session_interface = SignedSessions()


def sign_with_present_key(library: object) -> None:
    """Make a library sign with the current key, and use earlier keys only to check signatures.

    Flask-Security passes the keys with the current one first, but itsdangerous signs with the last.
    """
    for held in vars(library).values():
        if isinstance(held, Serializer):
            held.secret_keys = [key.encode() for key in _keys()]


def timed_serializer(purpose: str) -> URLSafeTimedSerializer:
    """Return the serializer of links that expire. It reads only links of this purpose."""
    return URLSafeTimedSerializer(_keys(), salt=purpose, fallback_signers=[_EARLIER])


def lasting_serializer(purpose: str) -> URLSafeSerializer:
    """Return the serializer of links and cookies that do not expire. It reads only those of this purpose."""
    return URLSafeSerializer(_keys(), salt=purpose, fallback_signers=[_EARLIER])


def _keys() -> list[str]:
    """Return the keys. The last one signs."""
    return [*(current_app.config.get("SECRET_KEY_FALLBACKS") or ()), current_app.config["SECRET_KEY"]]
