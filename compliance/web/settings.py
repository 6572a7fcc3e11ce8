"""Settings of an installation: its folder, database, public address, mail server and secrets."""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: The largest form anybody sends, in bytes. A page of answers with long quotations stays far below.
MAX_FORM_BYTES = 400_000
#: After so long without a page asked for, one has to sign in again. Nothing written is lost by it.
SESSION_IDLE_TIMEOUT = timedelta(hours=8)
#: A session is renewed by a page asked for, but no more often than this.
SESSION_RENEWAL_INTERVAL = timedelta(minutes=10)
SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "SECURITY_TOTP_SECRETS")

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
_AS_IN = "as in https://figures.example.org"


class BadSetting(ValueError):
    """A setting that cannot be used; the message says which, why and what to write."""


def instance_folder(given: Mapping[str, Any] | None = None) -> Path:
    """The folder of this installation: ARTICLE34_INSTANCE, else `instance` where one stands. Made if missing."""
    named = (given or {}).get("ARTICLE34_INSTANCE") or os.environ.get("ARTICLE34_INSTANCE") or "instance"
    folder = Path(named).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def flask_config(folder: Path, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything Flask and its extensions are told, by name; `given` wins over environment and defaults.

    Raise BadSetting.
    """
    chosen: dict[str, Any] = {
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'article34.db'}",
        "MAX_CONTENT_LENGTH": MAX_FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "PERMANENT_SESSION_LIFETIME": SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL,
        "SESSION_REFRESH_EACH_REQUEST": False,
        # It only marks sessions as not fresh, which nothing asks, and writes the cookie with style sheets to do so.
        "SESSION_PROTECTION": None,
        "SESSION_COOKIE_NAME": "article34",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("ARTICLE34_HTTPS") == "1",
        # A token lives as long as the session: a page left open over lunch can still be saved.
        "WTF_CSRF_TIME_LIMIT": None,
        # Access is judged first, so that a session that ended is told from a forged post.
        "WTF_CSRF_CHECK_DEFAULT": False,
        "RATELIMIT_STORAGE_URI": os.environ.get("ARTICLE34_LIMITS", "memory://"),
        # Where the world finds this installation: scheme and host of every whole link.
        "ADDRESS": os.environ.get("ARTICLE34_ADDRESS", ""),
        # Whom visitors may ask: words for the contact page, such as a name and an address.
        "CONTACT": os.environ.get("ARTICLE34_CONTACT", ""),
        **_mail(),
        **_single_sign_on(),
        **(given or {}),
    }
    chosen["ADDRESS"] = public_address(chosen["ADDRESS"])
    return {**{name: instance_secret(folder, name) for name in SECRETS if name not in chosen}, **chosen}


def public_address(text: str) -> str:
    """ARTICLE34_ADDRESS as links begin with it: scheme, host and port, nothing after. Raise BadSetting."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not _HOST.fullmatch(host) or parts.scheme not in _PORTS or "@" in parts.netloc:
        raise BadSetting(f"ARTICLE34_ADDRESS: write http:// or https:// and a host, {_AS_IN}, and not {text!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadSetting(f"ARTICLE34_ADDRESS: write nothing after the host, {_AS_IN}, and not {text!r}")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def instance_secret(folder: Path, name: str) -> str:
    """A secret of this installation: made once, kept in its folder, readable by its owner alone."""
    place = folder / name.lower()
    try:
        # Exclusive, so that of two processes that start together one makes it and the other reads it.
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _written(place)
    secret = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
    return secret


def _written(place: Path) -> str:
    secret = place.read_text(encoding="ascii").strip()
    if not secret:
        raise RuntimeError(f"{place} is empty: remove it and start again; whoever is signed in then signs in anew")
    return secret


def _single_sign_on() -> dict[str, str]:
    """The OpenID provider that people may sign in with: its issuer, what this installation is to it, and its name."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")
    found = {name: os.environ.get(f"ARTICLE34_{name}", "") for name in names}
    if file := os.environ.get("ARTICLE34_OIDC_CLIENT_SECRET_FILE"):
        try:
            found["OIDC_CLIENT_SECRET"] = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise BadSetting(f"ARTICLE34_OIDC_CLIENT_SECRET_FILE: {file} cannot be read ({fault})") from fault
    return found


def _mail() -> dict[str, Any]:
    """The mail server, if the environment names one; without it no page offers to send anything."""
    server = os.environ.get("MAIL_SERVER", "")
    if not server:
        return {}
    return {
        "MAIL_SERVER": server,
        "MAIL_PORT": int(os.environ.get("MAIL_PORT", "25")),
        "MAIL_USE_TLS": os.environ.get("MAIL_USE_TLS") == "1",
        "MAIL_USERNAME": os.environ.get("MAIL_USERNAME"),
        "MAIL_PASSWORD": os.environ.get("MAIL_PASSWORD"),
        "MAIL_DEFAULT_SENDER": os.environ.get("MAIL_SENDER", f"article34@{server}"),
    }
