"""Signing in with a second factor, as an app for one-time codes would do it."""

import re
import time
from html import unescape
from math import log2

from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from tests.support.sites import PASSWORD, post


def secret_of(page: str) -> str:
    """The secret that a page of setting codes up shows."""
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found, page
    return re.sub(r"[^A-Z2-7]", "", found[1])


def code_of(secret: str, *, later: int = 0) -> str:
    """The code that an app shows now, or some half minutes later: a code that was used is good no more."""
    return TOTP(key=secret).generate(time.time() + 30 * later).token


def setup_form(page: str) -> str:
    """Where the form of a page of setting codes up is sent."""
    found = re.search(r'action="([^"]*/account/codes/[^"]+)"', page)
    assert found, page
    return unescape(found[1])


def switch_codes_on(client: FlaskClient) -> str:
    """Set one-time codes up for whoever is signed in; the secret."""
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator").text
    secret = secret_of(page)
    done = post(client, setup_form(page), form_at="/account/codes", code=code_of(secret))
    assert done.headers["Location"] == "/account/recovery-codes", done.text
    return secret


def recovery_codes(client: FlaskClient) -> list[str]:
    """Make recovery codes."""
    page = post(client, "/account/recovery-codes", form_at="/account/recovery-codes").text
    return re.findall(r"<li><bdi><code>([^<]+)</code>", page)


def bits_of(code: str) -> float:
    """How many random bits a recovery code or a first password has, of letters and figures that look like no others."""
    assert re.fullmatch("[a-km-np-z2-9-]+", code), code
    return len(code.replace("-", "")) * log2(31)


def first_step(client: FlaskClient, who: str, **more: str) -> TestResponse:
    """Sign in with the password."""
    return post(client, "/sign-in", email=f"{who}@example.org", password=PASSWORD, **more)
