"""Signing in with a second factor, with codes as an authenticator app makes them."""

import re
import time
from html import unescape
from math import log2

from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from tests.support.sites import PASSWORD, post


def secret_of(page: str) -> str:
    """Return the secret on the page that sets up codes."""
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found, page
    return re.sub(r"[^A-Z2-7]", "", found[1])


def code_of(secret: str, *, later: int = 0) -> str:
    """Return the code of now, or of `later` half minutes later, as a code can be used only once."""
    return TOTP(key=secret).generate(time.time() + 30 * later).token


def setup_form(page: str) -> str:
    """Return the address to which the page that sets up codes sends its form."""
    found = re.search(r'action="([^"]*/account/codes/[^"]+)"', page)
    assert found, page
    return unescape(found[1])


def switch_codes_on(client: FlaskClient) -> str:
    """Set up one-time codes for the person who is signed in, and return the secret."""
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator").text
    secret = secret_of(page)
    done = post(client, setup_form(page), form_at="/account/codes", code=code_of(secret))
    assert done.headers["Location"] == "/account/recovery-codes", done.text
    return secret


def recovery_codes(client: FlaskClient) -> list[str]:
    """Make recovery codes, and return them."""
    page = post(client, "/account/recovery-codes", form_at="/account/recovery-codes").text
    return re.findall(r"<li><bdi><code>([^<]+)</code>", page)


def bits_of(code: str) -> float:
    """Return the random bits of a recovery code or a first password, of letters and digits that do not look alike."""
    assert re.fullmatch("[a-km-np-z2-9-]+", code), code
    return len(code.replace("-", "")) * log2(31)


def first_step(client: FlaskClient, who: str, **more: str) -> TestResponse:
    """Sign in with the password."""
    return post(client, "/sign-in", email=f"{who}@example.org", password=PASSWORD, **more)
