"""Settings of an installation: its folder, database, files, public address, proxies, mail server and secrets.

They come from the environment. A secret can also be in a file whose path is in NAME_FILE, as containers pass secrets.
A setting that cannot be used is refused in one sentence before anything starts.
"""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from compliance.store.models import ROLES
from compliance.store.signed_heads import read_key
from compliance.web.signing_in.breached_passwords import list_fault

#: The largest form anybody sends, in bytes. A page of answers with long quotations stays far below.
MAX_FORM_BYTES = 400_000
#: The largest workbook that is accepted, in bytes: some ten times as large as any that is downloaded.
MAX_WORKBOOK_BYTES = 8_000_000
#: How long without requesting a page until one has to sign in again. Nothing written is lost by it.
SESSION_IDLE_TIMEOUT = timedelta(hours=8)
#: The shortest time between two renewals of a session, which requests for pages cause.
SESSION_RENEWAL_INTERVAL = timedelta(minutes=10)
#: Secrets made once for each installation unless the environment sets them. Each is then a file in its folder.
SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "SECURITY_TOTP_SECRETS")
#: The fewest characters of a secret. Those made here have 43.
SHORTEST_SECRET = 32
#: The most proxies in front of an installation. A larger number is a typing mistake.
MOST_PROXIES = 9

#: For how many days data are kept that nothing else depends on, unless a setting says otherwise.
RETENTION_DAYS: Mapping[str, int] = {
    "mails": 30,
    "workbooks": 90,
    "invitations": 365,
    "jobs": 365,
    "accounts": 730,
    "files": 30,
}
_LONGEST_PERIOD = 36_500
#: Roles that read texts of many companies, for which a password alone is not enough.
ALWAYS_SECOND_FACTOR = ("steward", "auditor")
#: Formats of the log if it is to contain more than failures.
LOG_FORMATS = ("text", "json")

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
_AS_IN = "as in https://figures.example.org"
#: Settings of earlier versions, and what to do about each.
_RETIRED = {
    "ARTICLE34_HTTPS": f"set ARTICLE34_ADDRESS to the https:// address of this installation, {_AS_IN}",
    "ARTICLE34_LIMITS": "wrong attempts are counted in the database, for all processes together",
}


class BadSetting(ValueError):
    """A setting that cannot be used. The message says which, why and what to write."""


def instance_folder(given: Mapping[str, Any] | None = None) -> Path:
    """Return the folder of this installation: ARTICLE34_INSTANCE, or else `instance`. It may not exist yet."""
    named = (given or {}).get("ARTICLE34_INSTANCE") or os.environ.get("ARTICLE34_INSTANCE") or "instance"
    return Path(named).resolve()


def flask_config(folder: Path, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration of Flask and its extensions. `given` overrides environment and defaults.

    A secret that is set nowhere is missing from it: `make_secrets` makes it. Raise BadSetting.
    """
    _refuse_retired()
    chosen: dict[str, Any] = {
        "DATABASE_URL": read_secret("DATABASE_URL") or f"sqlite:///{folder / 'article34.db'}",
        "MAX_CONTENT_LENGTH": MAX_FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "PERMANENT_SESSION_LIFETIME": SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL,
        "SESSION_REFRESH_EACH_REQUEST": False,
        # It only marks sessions as not fresh, which nothing checks, and for that sets the cookie with style sheets too.
        "SESSION_PROTECTION": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A token lives as long as the session: a page left open over lunch can still be saved.
        "WTF_CSRF_TIME_LIMIT": None,
        # Access is checked first, so that a session that ended is told from a forged post.
        "WTF_CSRF_CHECK_DEFAULT": False,
        # Over HTTPS, it would refuse browsers that send no Referer. That guards against a forged cookie from another
        # host of the domain or from plain HTTP, which `__Host-` rules out.
        "WTF_CSRF_SSL_STRICT": False,
        # The public address of this installation: scheme and host of absolute URLs.
        "ADDRESS": read_setting("ARTICLE34_ADDRESS"),
        # How many proxies are in front of it, in a row.
        "PROXIES": read_setting("ARTICLE34_PROXIES") or 0,
        # Where uploaded files are kept: a folder, or s3://bucket/prefix.
        "FILES": read_setting("ARTICLE34_FILES"),
        # Where API requests are counted for all processes together: the URL of a Redis.
        "API_LIMITS": read_secret("ARTICLE34_API_LIMITS"),
        # Text for the contact page, such as a name and an address.
        "CONTACT": read_setting("ARTICLE34_CONTACT"),
        # Text for the privacy page: who is responsible for personal data, for which purposes, and whom to write to.
        "CONTROLLER": read_setting("ARTICLE34_CONTROLLER"),
        "PURPOSES": read_secret("ARTICLE34_PURPOSES").strip(),  # may be long, and therefore in a file
        "PRIVACY_CONTACT": read_setting("ARTICLE34_PRIVACY_CONTACT"),
        # For how many days data are kept that nothing else depends on, by kind.
        "RETENTION": read_setting("ARTICLE34_RETENTION"),
        # The file that records erasures, for a restored backup that still contains erased data.
        "ERASURES": read_setting("ARTICLE34_ERASURES") or str(folder / "erasures.jsonl"),
        # Contact for reports of vulnerabilities, in security.txt.
        "SECURITY_CONTACT": read_setting("ARTICLE34_SECURITY_CONTACT"),
        # Roles that need a second factor, besides those that always do.
        "SECOND_FACTOR_ROLES": second_factor_roles(read_setting("ARTICLE34_SECOND_FACTOR_ROLES")),
        # Passwords known from breaches: a sorted file of SHA-1 hashes.
        "BREACHED_PASSWORDS": breached_passwords(read_setting("ARTICLE34_BREACHED_PASSWORDS")),
        # Format of the log: "text" or "json" with every request, or "" for failures as text.
        "LOG": read_setting("ARTICLE34_LOG"),
        # The key that signs the head of the audit trail: Ed25519, as the text of a PEM file. "": it is not signed.
        "TRAIL_KEY": read_secret("ARTICLE34_TRAIL_KEY"),
        # The token with which Prometheus reads metrics. "": there are none.
        "METRICS_TOKEN": read_secret("ARTICLE34_METRICS_TOKEN"),
        # Long jobs run in separate processes, which know the environment but not `given`.
        "JOBS_APART": given is None,
        **_mail(),
        **_single_sign_on(),
        **(given or {}),
    }
    chosen["PROXIES"] = whole_number("ARTICLE34_PROXIES", chosen["PROXIES"], most=MOST_PROXIES)
    chosen["ADDRESS"] = public_address(chosen["ADDRESS"])
    chosen["RETENTION"] = retention_days(chosen["RETENTION"])
    chosen["PRIVACY_CONTACT"] = chosen["PRIVACY_CONTACT"] or chosen["CONTACT"]
    chosen["API_LIMITS"] = redis_url(chosen["API_LIMITS"])
    chosen["SECURITY_CONTACT"] = security_contact(chosen["SECURITY_CONTACT"])
    _sound_secret("ARTICLE34_METRICS_TOKEN", chosen["METRICS_TOKEN"])
    _sound_trail_key(chosen["TRAIL_KEY"])
    if chosen["LOG"] not in ("", *LOG_FORMATS):
        raise BadSetting(f"ARTICLE34_LOG: write text or json, and not {chosen['LOG']!r}; without it, only failures")
    if chosen.get("MAIL_SERVER") and not chosen["ADDRESS"]:
        raise BadSetting(
            f"ARTICLE34_ADDRESS: set it, as MAIL_SERVER is set and links in e-mails begin with this address, {_AS_IN}"
        )
    return {**_address_settings(chosen["ADDRESS"]), **_secrets(folder, chosen), **chosen}


def read_setting(name: str) -> str:
    """Return a setting of the environment, without surrounding spaces, or "" if it is not set."""
    return os.environ.get(name, "").strip()


def read_secret(name: str) -> str:
    """Return a secret: NAME of the environment, or the content of the file in NAME_FILE, or "" without either.

    Raise BadSetting if both are set, or if the file is empty or cannot be read.
    """
    value, path = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if not path:
        return value
    if value:
        raise BadSetting(f"{name}: it is set, and so is {name}_FILE: remove one of the two")
    try:
        found = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSetting(f"{name}_FILE: {path} cannot be read ({fault})") from fault
    if not found:
        raise BadSetting(f"{name}_FILE: {path} is empty: write the value into it, or remove the setting")
    return found


def secret_path(name: str) -> Path | None:
    """Return the path in NAME_FILE, or None if it is not set."""
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path) if path else None


def whole_number(name: str, value: object, *, least: int = 0, most: int) -> int:
    """Return a setting as a whole number between two others. Raise BadSetting."""
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadSetting(f"{name}: write a whole number from {least} to {most}, and not {value!r}")
    return int(text)


def retention_days(text: str) -> Mapping[str, int]:
    """Return ARTICLE34_RETENTION, as in `mails=14 accounts=365`, as days by kind, with defaults. Raise BadSetting."""
    found = dict(RETENTION_DAYS)
    for word in text.split():
        kind, _is, days = word.partition("=")
        if kind not in RETENTION_DAYS:
            known = ", ".join(RETENTION_DAYS)
            raise BadSetting(f"ARTICLE34_RETENTION: write days as in mails=14, for any of {known}, and not {word!r}")
        found[kind] = whole_number(f"ARTICLE34_RETENTION ({kind})", days, least=1, most=_LONGEST_PERIOD)
    return found


def cookie_name(name: str, *, secure: bool) -> str:
    """Return the name of a cookie. The prefix `__Host-` limits it to this host, to HTTPS and to the path /."""
    return f"__Host-{name}" if secure else name


def _refuse_retired() -> None:
    for name, todo in _RETIRED.items():
        if os.environ.get(name):
            raise BadSetting(f"{name}: this setting is no longer read: remove it; {todo}")


def _address_settings(address: str) -> dict[str, Any]:
    """Return the settings that follow from the public address: secure cookies, and URLs made outside a request."""
    secure = address.startswith("https:")
    parts = urlsplit(address)
    return {
        "SESSION_COOKIE_NAME": cookie_name("article34", secure=secure),
        "SESSION_COOKIE_SECURE": secure,
        **({"SERVER_NAME": parts.netloc, "PREFERRED_URL_SCHEME": parts.scheme} if address else {}),
    }


def public_address(text: str) -> str:
    """Return ARTICLE34_ADDRESS as scheme, host and port, without a path. Raise BadSetting."""
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


def second_factor_roles(text: str) -> tuple[str, ...]:
    """Return the roles that need a second factor: stewards, auditors, and those of the setting. Raise BadSetting."""
    named = text.split()
    if unknown := [role for role in named if role not in ROLES]:
        known = ", ".join(role for role in ROLES if role not in ALWAYS_SECOND_FACTOR)
        raise BadSetting(f"ARTICLE34_SECOND_FACTOR_ROLES: write any of {known}, and not {unknown[0]!r}")
    return tuple(role for role in ROLES if role in (*ALWAYS_SECOND_FACTOR, *named))


def breached_passwords(text: str) -> Path | None:
    """Return the file in which new passwords are looked up, or None. Raise BadSetting."""
    if text and (fault := list_fault(Path(text))):
        raise BadSetting(f"ARTICLE34_BREACHED_PASSWORDS: {fault}: name a file of “Pwned Passwords” ordered by hash")
    return Path(text) if text else None


def redis_url(text: str) -> str:
    """Return ARTICLE34_API_LIMITS if it is valid. "": counting in memory. Raise BadSetting."""
    if text and not re.fullmatch(r"rediss?://[^/\s]+(/\d*)?", text):
        raise BadSetting(
            "ARTICLE34_API_LIMITS: write the address of a Redis, as in redis://localhost:6379/0, or nothing"
        )
    if text and find_spec("redis") is None:
        raise BadSetting(
            "ARTICLE34_API_LIMITS: this installation lacks what speaks to Redis: install the extra redis "
            "(make extras), or remove the setting"
        )
    return text


def security_contact(text: str) -> str:
    """Return ARTICLE34_SECURITY_CONTACT as security.txt has it: the URI of a page, an e-mail address or a telephone.

    Raise BadSetting.
    """
    named = f"mailto:{text}" if re.fullmatch(r"[^\s:/@]+@[^\s:/@]+", text) else text
    if text and not re.fullmatch(r"(https://[^\s/]|mailto:[^\s@]+@|tel:\+?\d)[!-~]*", named):
        raise BadSetting(
            "ARTICLE34_SECURITY_CONTACT: write an e-mail address, or an address that begins with https://, mailto: or "
            f"tel:, and not {text!r}"
        )
    return named


def mail_sender(text: str) -> str:
    """Return MAIL_SENDER: an address, or a name with an address in angle brackets. Raise BadSetting."""
    if text and not (text.isprintable() and re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", parseaddr(text)[1])):
        raise BadSetting(
            "MAIL_SENDER: write an e-mail address, as in article34@example.org, or a name and an address, as in "
            f"Article 34 <article34@example.org>, and not {text!r}"
        )
    return text


def _secrets(folder: Path, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the secrets that `chosen` lacks, from the environment, or else from the folder."""
    found: dict[str, Any] = {}
    for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT"):
        if secret := _sound_secret(name, read_secret(name)) or kept_secret(folder, name):
            found[name] = secret
    earlier = read_secret("SECRET_KEY_FALLBACKS").split()
    found["SECRET_KEY_FALLBACKS"] = [_sound_secret("SECRET_KEY_FALLBACKS", key) for key in earlier]
    name = "SECURITY_TOTP_SECRETS"
    if keys := (read_secret(name) or kept_secret(folder, name)).split():
        # By number, oldest first: the last one encrypts, and all of them decrypt. A key is destroyed by another one in
        # its place, so that the rest keep their numbers.
        found[name] = {str(number): _sound_secret(name, key) for number, key in enumerate(keys, 1)}
    return {name: secret for name, secret in found.items() if name not in chosen}


def _sound_secret(name: str, secret: str) -> str:
    if secret and len(secret) < SHORTEST_SECRET:
        raise BadSetting(
            f"{name}: a secret needs at least {SHORTEST_SECRET} characters, and this one has {len(secret)}: "
            'make one with python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    if name == "SECRET_KEY" and any(character.isspace() for character in secret):
        raise BadSetting(f"{name}: write it without spaces: they separate earlier keys in SECRET_KEY_FALLBACKS")
    return secret


def _sound_trail_key(pem: str) -> None:
    try:
        if pem:
            read_key(pem)
    except ValueError as fault:
        raise BadSetting(f"ARTICLE34_TRAIL_KEY: {fault}: make one with compliance trail-key FILE") from fault


def missing_secrets(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of secrets that neither the environment nor the folder has."""
    return tuple(name for name in SECRETS if not config.get(name))


def make_secrets(folder: Path, config: Mapping[str, Any]) -> None:
    """Make every missing secret, in the folder."""
    for name in missing_secrets(config):
        instance_secret(folder, name)


def secret_file(folder: Path, name: str) -> Path:
    """Return the path of a secret's file, for secrets that the environment does not set."""
    return folder / name.lower()


def kept_secret(folder: Path, name: str) -> str:
    """Return a secret kept in the folder, or "". Raise BadSetting if its file is empty or cannot be read."""
    place = secret_file(folder, name)
    try:
        return _written(place) if place.exists() else ""
    except OSError as fault:
        raise BadSetting(
            f"{place} cannot be read ({fault.strerror}): give it to the user that the tool runs as"
        ) from fault


def instance_secret(folder: Path, name: str) -> str:
    """Return a secret of this installation: made once, kept in its folder, readable only by its owner."""
    place = secret_file(folder, name)
    try:
        # Exclusive: if two processes start together, one makes it and the other reads it.
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
        raise BadSetting(f"{place} is empty: remove it and start again; whoever is signed in then signs in anew")
    return secret


def _single_sign_on() -> dict[str, str]:
    """Return the settings of an OpenID provider for signing in: issuer, client id, client secret and name."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_NAME")
    found = {name: read_setting(f"ARTICLE34_{name}") for name in names}
    return {**found, "OIDC_CLIENT_SECRET": read_secret("ARTICLE34_OIDC_CLIENT_SECRET")}


def _mail() -> dict[str, Any]:
    """Return the settings of the mail server, or none if the environment names no server."""
    server = read_setting("MAIL_SERVER")
    if not server:
        return {}
    return {
        "MAIL_SERVER": server,
        "MAIL_PORT": whole_number("MAIL_PORT", read_setting("MAIL_PORT") or 25, least=1, most=65_535),
        "MAIL_USE_TLS": read_setting("MAIL_USE_TLS") == "1",
        "MAIL_USERNAME": read_setting("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": read_secret("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": mail_sender(read_setting("MAIL_SENDER")) or f"article34@{server}",
    }
