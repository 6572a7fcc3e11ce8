"""Settings of an installation: its folder, database, files, public address, proxies, mail server and secrets.

They come from the environment. A secret may stand in a file instead, whose path is in NAME_FILE, as containers hand
secrets over. Whatever cannot be used is refused in one sentence before anything starts.
"""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from compliance.store.models import ROLES
from compliance.store.signed_heads import read_key
from compliance.web.signing_in.breached_passwords import list_fault

#: The largest form anybody sends, in bytes. A page of answers with long quotations stays far below.
MAX_FORM_BYTES = 400_000
#: The largest workbook that comes back, in bytes: some ten times as large as any that goes out.
MAX_WORKBOOK_BYTES = 8_000_000
#: After so long without a page asked for, one has to sign in again. Nothing written is lost by it.
SESSION_IDLE_TIMEOUT = timedelta(hours=8)
#: A session is renewed by a page asked for, but no more often than this.
SESSION_RENEWAL_INTERVAL = timedelta(minutes=10)
#: Made once for each installation where the environment does not set them; then each is a file in its folder.
SECRETS = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "SECURITY_TOTP_SECRETS")
#: A secret has at least so many characters. Those made here have 43.
SHORTEST_SECRET = 32
#: More proxies than this in front of an installation are a mistake in writing.
MOST_PROXIES = 9

#: Days that data are kept which nothing else rests on, unless a setting says otherwise.
RETENTION_DAYS: Mapping[str, int] = {
    "mails": 30,
    "workbooks": 90,
    "invitations": 365,
    "jobs": 365,
    "accounts": 730,
    "files": 30,
}
_LONGEST_PERIOD = 36_500
#: Roles that read what many companies wrote, for which a password alone is not enough.
ALWAYS_SECOND_FACTOR = ("steward", "auditor")
#: How the log may be written where more than failures are wanted.
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
    """A setting that cannot be used; the message says which, why and what to write."""


def instance_folder(given: Mapping[str, Any] | None = None) -> Path:
    """The folder of this installation: ARTICLE34_INSTANCE, else `instance` where one stands. It may not be there."""
    named = (given or {}).get("ARTICLE34_INSTANCE") or os.environ.get("ARTICLE34_INSTANCE") or "instance"
    return Path(named).resolve()


def flask_config(folder: Path, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything Flask and its extensions are told, by name; `given` wins over environment and defaults.

    Without a secret that is kept nowhere: `make_secrets` makes it. Raise BadSetting.
    """
    _refuse_retired()
    chosen: dict[str, Any] = {
        "DATABASE_URL": read_secret("DATABASE_URL") or f"sqlite:///{folder / 'article34.db'}",
        "MAX_CONTENT_LENGTH": MAX_FORM_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAX_FORM_BYTES,
        "PERMANENT_SESSION_LIFETIME": SESSION_IDLE_TIMEOUT + SESSION_RENEWAL_INTERVAL,
        "SESSION_REFRESH_EACH_REQUEST": False,
        # It only marks sessions as not fresh, which nothing asks, and writes the cookie with style sheets to do so.
        "SESSION_PROTECTION": None,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A token lives as long as the session: a page left open over lunch can still be saved.
        "WTF_CSRF_TIME_LIMIT": None,
        # Access is judged first, so that a session that ended is told from a forged post.
        "WTF_CSRF_CHECK_DEFAULT": False,
        # Over HTTPS, it would refuse browsers that send no Referer. That guards against a forged cookie from another
        # host of the domain or from plain HTTP, which `__Host-` rules out.
        "WTF_CSRF_SSL_STRICT": False,
        # Where the world finds this installation: scheme and host of every whole link.
        "ADDRESS": read_setting("ARTICLE34_ADDRESS"),
        # How many proxies stand before it, one behind another.
        "PROXIES": read_setting("ARTICLE34_PROXIES") or 0,
        # Where files that people send are kept: a folder, or s3://bucket/prefix.
        "FILES": read_setting("ARTICLE34_FILES"),
        # Where requests to the API are counted for all processes together: the URL of a Redis.
        "API_LIMITS": read_secret("ARTICLE34_API_LIMITS"),
        # Whom visitors may ask: words for the contact page, such as a name and an address.
        "CONTACT": read_setting("ARTICLE34_CONTACT"),
        # What people are told on the page about privacy: who answers for their data, what for, and whom to write to.
        "CONTROLLER": read_setting("ARTICLE34_CONTROLLER"),
        "PURPOSES": read_secret("ARTICLE34_PURPOSES").strip(),  # may be long, and so in a file
        "PRIVACY_CONTACT": read_setting("ARTICLE34_PRIVACY_CONTACT"),
        # How many days data are kept that nothing else rests on, by kind.
        "RETENTION": read_setting("ARTICLE34_RETENTION"),
        # The file that says who was erased, for when a backup is restored that has them still.
        "ERASURES": read_setting("ARTICLE34_ERASURES") or str(folder / "erasures.jsonl"),
        # Whom to tell of a weakness: an address for security.txt.
        "SECURITY_CONTACT": read_setting("ARTICLE34_SECURITY_CONTACT"),
        # Roles that need a second factor beside those that always do.
        "SECOND_FACTOR_ROLES": second_factor_roles(read_setting("ARTICLE34_SECOND_FACTOR_ROLES")),
        # Passwords that became known by breaches: a file of SHA-1 hashes in order.
        "BREACHED_PASSWORDS": breached_passwords(read_setting("ARTICLE34_BREACHED_PASSWORDS")),
        # How the log is written: failures as text, or with every request, as "text" or "json".
        "LOG": read_setting("ARTICLE34_LOG"),
        # What signs the head of the audit trail: an Ed25519 key as the text of a PEM file; without it nothing does.
        "TRAIL_KEY": read_secret("ARTICLE34_TRAIL_KEY"),
        # What lets Prometheus read figures; without it there are none.
        "METRICS_TOKEN": read_secret("ARTICLE34_METRICS_TOKEN"),
        # Long jobs are done by processes of their own, which know the environment, and nothing that is given here.
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
    """A setting of the environment, without spaces around it; "" without one."""
    return os.environ.get(name, "").strip()


def read_secret(name: str) -> str:
    """A secret: NAME of the environment, or the content of the file that NAME_FILE names; "" without either.

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
    """The file that NAME_FILE names; None where the environment names none."""
    path = os.environ.get(f"{name}_FILE", "")
    return Path(path) if path else None


def whole_number(name: str, value: object, *, least: int = 0, most: int) -> int:
    """A setting that is a whole number between two others. Raise BadSetting."""
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadSetting(f"{name}: write a whole number from {least} to {most}, and not {value!r}")
    return int(text)


def retention_days(text: str) -> Mapping[str, int]:
    """ARTICLE34_RETENTION, as in `mails=14 accounts=365`: days by kind, others as by default. Raise BadSetting."""
    found = dict(RETENTION_DAYS)
    for word in text.split():
        kind, _is, days = word.partition("=")
        if kind not in RETENTION_DAYS:
            known = ", ".join(RETENTION_DAYS)
            raise BadSetting(f"ARTICLE34_RETENTION: write days as in mails=14, for any of {known}, and not {word!r}")
        found[kind] = whole_number(f"ARTICLE34_RETENTION ({kind})", days, least=1, most=_LONGEST_PERIOD)
    return found


def cookie_name(name: str, *, secure: bool) -> str:
    """The name of a cookie: with `__Host-` before it, browsers keep it to this host, to HTTPS and to the whole site."""
    return f"__Host-{name}" if secure else name


def _refuse_retired() -> None:
    for name, todo in _RETIRED.items():
        if os.environ.get(name):
            raise BadSetting(f"{name}: this setting is no longer read: remove it; {todo}")


def _address_settings(address: str) -> dict[str, Any]:
    """What follows from the public address: cookies for HTTPS alone, and links made outside of a request."""
    secure = address.startswith("https:")
    parts = urlsplit(address)
    return {
        "SESSION_COOKIE_NAME": cookie_name("article34", secure=secure),
        "SESSION_COOKIE_SECURE": secure,
        **({"SERVER_NAME": parts.netloc, "PREFERRED_URL_SCHEME": parts.scheme} if address else {}),
    }


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


def second_factor_roles(text: str) -> tuple[str, ...]:
    """Roles that need a second factor: stewards and auditors, and those that a setting names. Raise BadSetting."""
    named = text.split()
    if unknown := [role for role in named if role not in ROLES]:
        known = ", ".join(role for role in ROLES if role not in ALWAYS_SECOND_FACTOR)
        raise BadSetting(f"ARTICLE34_SECOND_FACTOR_ROLES: write any of {known}, and not {unknown[0]!r}")
    return tuple(role for role in ROLES if role in (*ALWAYS_SECOND_FACTOR, *named))


def breached_passwords(text: str) -> Path | None:
    """The file that new passwords are looked for in; None without one. Raise BadSetting."""
    if text and (fault := list_fault(Path(text))):
        raise BadSetting(f"ARTICLE34_BREACHED_PASSWORDS: {fault}: name a file of “Pwned Passwords” ordered by hash")
    return Path(text) if text else None


def redis_url(text: str) -> str:
    """ARTICLE34_API_LIMITS as it can be used; "" for counting in memory. Raise BadSetting."""
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
    """ARTICLE34_SECURITY_CONTACT as security.txt names it: an address of a page, of e-mail or of a telephone.

    Raise BadSetting.
    """
    named = f"mailto:{text}" if re.fullmatch(r"[^\s:/@]+@[^\s:/@]+", text) else text
    if text and not re.fullmatch(r"(https://[^\s/]|mailto:[^\s@]+@|tel:\+?\d)[!-~]*", named):
        raise BadSetting(
            "ARTICLE34_SECURITY_CONTACT: write an e-mail address, or an address that begins with https://, mailto: or "
            f"tel:, and not {text!r}"
        )
    return named


def _secrets(folder: Path, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The secrets that `chosen` leaves open: those of the environment, else those kept in the folder."""
    found: dict[str, Any] = {}
    for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT"):
        if secret := _sound_secret(name, read_secret(name)) or kept_secret(folder, name):
            found[name] = secret
    earlier = read_secret("SECRET_KEY_FALLBACKS").split()
    found["SECRET_KEY_FALLBACKS"] = [_sound_secret("SECRET_KEY_FALLBACKS", key) for key in earlier]
    name = "SECURITY_TOTP_SECRETS"
    if keys := (read_secret(name) or kept_secret(folder, name)).split():
        # By number, oldest first: the last one encrypts, and all of them decrypt.
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
    """The secrets that neither the environment sets nor the folder keeps."""
    return tuple(name for name in SECRETS if not config.get(name))


def make_secrets(folder: Path, config: Mapping[str, Any]) -> None:
    """Make every secret that is missing, in the folder."""
    for name in missing_secrets(config):
        instance_secret(folder, name)


def secret_file(folder: Path, name: str) -> Path:
    """Where a secret is kept that the environment does not set."""
    return folder / name.lower()


def kept_secret(folder: Path, name: str) -> str:
    """A secret as it is kept in the folder; "" without one. Raise BadSetting if it is empty or cannot be read."""
    place = secret_file(folder, name)
    try:
        return _written(place) if place.exists() else ""
    except OSError as fault:
        raise BadSetting(
            f"{place} cannot be read ({fault.strerror}): give it to the user that the tool runs as"
        ) from fault


def instance_secret(folder: Path, name: str) -> str:
    """A secret of this installation: made once, kept in its folder, readable by its owner alone."""
    place = secret_file(folder, name)
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
        raise BadSetting(f"{place} is empty: remove it and start again; whoever is signed in then signs in anew")
    return secret


def _single_sign_on() -> dict[str, str]:
    """The OpenID provider that people may sign in with: its issuer, what this installation is to it, and its name."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_NAME")
    found = {name: read_setting(f"ARTICLE34_{name}") for name in names}
    return {**found, "OIDC_CLIENT_SECRET": read_secret("ARTICLE34_OIDC_CLIENT_SECRET")}


def _mail() -> dict[str, Any]:
    """The mail server, if the environment names one; without it no page offers to send anything."""
    server = read_setting("MAIL_SERVER")
    if not server:
        return {}
    return {
        "MAIL_SERVER": server,
        "MAIL_PORT": whole_number("MAIL_PORT", read_setting("MAIL_PORT") or 25, least=1, most=65_535),
        "MAIL_USE_TLS": read_setting("MAIL_USE_TLS") == "1",
        "MAIL_USERNAME": read_setting("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": read_secret("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": read_setting("MAIL_SENDER") or f"article34@{server}",
    }
