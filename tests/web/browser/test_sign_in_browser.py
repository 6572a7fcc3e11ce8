"""A second factor in Chromium: a code with JavaScript and without, left to right and right to left; a passkey."""

import re
from datetime import timedelta
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import violations
from tests.support.browsers import follow, sign_in, sign_out, visit
from tests.support.examples import ways
from tests.support.page_lint import faults_of
from tests.support.second_factors import code_of
from tests.support.sites import PASSWORD, Site

pytestmark = pytest.mark.site(SECOND_FACTOR_ROLES=("steward", "auditor"))


def secret_on(page: Page) -> str:
    return re.sub(r"[^A-Z2-7]", "", page.locator("#secret").inner_text())


def press(page: Page, selector: str) -> None:
    follow(page.locator(selector))


@pytest.mark.parametrize(("code", "javascript"), ways(product(("en", "ar"), (True, False)), ("ar", True)))
def test_a_steward_sets_up_one_time_codes_and_signs_in_with_one(
    sqlite_address: str, browser: Browser, code: str, javascript: bool
) -> None:
    prefix = "" if code == "en" else f"/{code}"
    with visit(browser, sqlite_address, javascript=javascript, width=360) as page:
        page.goto(f"{prefix}/sign-in")
        password(page)
        assert page.url.endswith(f"{prefix}/account/codes"), "nothing else is reached"
        press(page, "main button[value=authenticator]")
        assert page.locator("main svg path").count() == 2
        assert wrong_with(page, scripts=javascript) == []
        secret = secret_on(page)
        page.locator("#code").fill(code_of(secret))
        press(page, "main form button")
        press(page, "main form button")
        assert page.locator("main li code").count() == 10
        press(page, "main .actions a.button")
        assert page.url.endswith(f"{prefix}/steward")
        press(page, "header form button")
        page.goto(f"{prefix}/sign-in")
        password(page)
        assert page.url.endswith(f"{prefix}/sign-in/code")
        assert page.locator("html").get_attribute("dir") == ("rtl" if code == "ar" else "ltr")
        assert wrong_with(page, scripts=javascript) == []
        page.locator("#code").fill(code_of(secret))
        press(page, "main form button:first-child")
        assert page.url.endswith(f"{prefix}/steward")


def wrong_with(page: Page, *, scripts: bool) -> list[str]:
    """Faults of a page: it is wider than the screen, or axe, if scripts may run, finds something."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    found = violations(page) if scripts else []  # axe is a script that waits for itself
    return [*(["too wide"] if wide else []), *faults_of(page.content()), *(str(one["id"]) for one in found)]


def password(page: Page) -> None:
    page.locator("#email").fill("stella@example.org")
    page.locator("#password").fill(PASSWORD)
    press(page, "main form button")


@pytest.mark.parametrize(("code", "javascript"), ways(product(("en", "ar"), (True, False)), ("en", True)))
def test_after_a_while_the_password_is_asked_for_again(
    sqlite_address: str, sqlite_site: Site, browser: Browser, code: str, javascript: bool
) -> None:
    prefix = "" if code == "en" else f"/{code}"
    with visit(browser, sqlite_address, javascript=javascript, width=360) as page:
        page.goto(f"{prefix}/sign-in")
        page.locator("#email").fill("ana@example.org")
        page.locator("#password").fill(PASSWORD)
        press(page, "main form button")
        sqlite_site.app.config["SECURITY_FRESHNESS"] = timedelta(microseconds=1)  # any sign-in is a while ago
        page.goto(f"{prefix}/account/codes")
        assert "/account/password-again" in page.url and wrong_with(page, scripts=javascript) == []
        page.locator("#password").fill("wrong")
        press(page, "main form button")
        assert page.locator("#errors").is_visible() and wrong_with(page, scripts=javascript) == []
        sqlite_site.app.config["SECURITY_FRESHNESS"] = timedelta(minutes=15)
        page.locator("#password").fill(PASSWORD)
        press(page, "main form button")
        assert page.url.endswith(f"{prefix}/account/codes")
        assert wrong_with(page, scripts=javascript) == []


def test_a_passkey_can_be_added_used_to_sign_in_and_removed(sqlite_address: str, browser: Browser) -> None:
    with visit(browser, sqlite_address.replace("127.0.0.1", "localhost"), javascript=True) as page:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
        sign_in(page, "stella@example.org")
        page.goto("/account/passkeys")
        page.get_by_label("A name for a new passkey").fill("work laptop")
        page.get_by_role("button", name="Add a passkey").click()
        expect(
            page.get_by_text("The passkey work laptop was added. From now on, you can sign in with it.")
        ).to_be_visible()
        page.goto("/steward")
        sign_out(page)

        sign_in(page, "stella@example.org")
        assert page.url.endswith("/sign-in/passkey")
        page.get_by_role("button", name="Use my passkey").click()
        page.wait_for_url("**/steward")
        sign_out(page)

        devices.send("WebAuthn.clearCredentials", {"authenticatorId": device})
        sign_in(page, "stella@example.org")
        page.get_by_role("button", name="Use my passkey").click()
        expect(page.get_by_text("The browser returned no passkey")).to_be_visible()

        page.goto("/account/passkeys")
        assert page.url.endswith("/sign-in?next=/account/passkeys"), "half a sign-in opens nothing"


def test_without_javascript_the_page_of_passkeys_says_what_works(
    sqlite_address: str, sqlite_site: Site, browser: Browser
) -> None:
    with visit(browser, sqlite_address, javascript=False) as page:
        sign_in(page, "stella@example.org")
        page.goto("/account/passkeys")
        expect(page.get_by_text("One-time codes work without it.")).to_be_visible()
