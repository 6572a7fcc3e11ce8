"""Changing how to sign in, or ending sessions, requires a recent sign-in or the password again."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.support.page_lint import faults_of
from tests.support.second_factors import switch_codes_on
from tests.support.sites import PASSWORD, Site, post

pytestmark = pytest.mark.site(SECURITY_FRESHNESS=timedelta(minutes=15))
PAGES = ("/account/codes", "/account/passkeys", "/account/recovery-codes")
AGAIN = "/account/password-again?next="


def later(client: FlaskClient, minutes: int) -> None:
    """Let this many minutes pass since somebody signed in, gave their password again, or used such a page."""
    with client.session_transaction() as kept:
        kept["fs_paa"] -= 60 * minutes
        if "fs_gexp" in kept:
            kept["fs_gexp"] -= 60 * minutes


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_second_factors_ask_for_the_password_again_after_some_time(sqlite_site: Site, page: str) -> None:
    client = sqlite_site.client("ana")
    later(client, 14)
    assert client.get(page).status_code == 200
    later(client, 2)
    assert client.get(page).status_code == 200, "nobody is asked while using such pages"
    later(client, 6)
    assert client.get(f"/fr{page}").headers["Location"] == f"/fr{AGAIN}/fr{page}"
    assert client.get("/account").status_code == 200, "other pages ask nothing"


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("/account/codes", {"setup": "authenticator"}),
        ("/account/codes", {"setup": "disable"}),
        ("/account/passkeys", {"name": "blue key"}),
        ("/account/passkey-removal", {"name": "blue key"}),
        ("/account/recovery-codes", {}),
        ("/account/sessions", {"session": "others"}),
    ],
)
def test_nothing_is_changed_before_the_password_is_given(site: Site, page: str, fields: dict[str, str]) -> None:
    client, other = site.client("ana", anew=True), site.client("ana", anew=True)
    switch_codes_on(other)
    later(client, 16)
    assert post(client, page, fields=fields).headers["Location"] == AGAIN + page
    assert other.get("/account").status_code == 200, "no session has ended"
    assert "Codes are switched on." in other.get("/account/codes").text


def test_the_right_password_leads_back_to_what_was_asked_for(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana", anew=True)
    other = sqlite_site.client("ana", anew=True)
    later(client, 16)
    where = post(client, "/account/sessions", session="others").headers["Location"]
    page = client.get(where)
    assert "Enter your password again" in page.text and faults_of(page.text) == []
    assert "This is not your current password." in post(client, where, form_at=where, password="wrong").text
    assert "Enter your password." in post(client, where, form_at=where, password="").text
    assert other.get("/account").status_code == 200
    done = post(client, where, form_at=where, password=PASSWORD)
    assert done.headers["Location"] == "/account/sessions"
    assert "Go on with what you were doing." in client.get("/account/sessions").text
    post(client, "/account/sessions", form_at="/account/sessions", session="others")
    assert other.get("/account").status_code == 302


def test_the_password_cannot_be_guessed_there(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    where = "/account/password-again"
    for _attempt in range(7):
        answer = post(client, where, form_at=where, password="wrong")
    assert answer.status_code == 429 and re.search("several wrong attempts", answer.text)


def test_the_page_that_asks_for_the_password_leads_to_no_other_site(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    where = "/account/password-again?next=https://example.org/"
    answer = post(client, where, form_at=where, password=PASSWORD)
    assert "That address is not on this site." in answer.text and "Location" not in answer.headers


@pytest.mark.site(SECURITY_FRESHNESS=timedelta(minutes=15), SECOND_FACTOR_ROLES=("steward",))
def test_a_person_who_must_set_up_a_second_factor_can_do_so_after_giving_the_password(sqlite_site: Site) -> None:
    client = sqlite_site.client("stella")
    later(client, 16)
    assert client.get("/steward/people").headers["Location"] == "/account/codes"
    where = client.get("/account/codes").headers["Location"]
    assert post(client, where, form_at=where, password=PASSWORD).headers["Location"] == "/account/codes"
    switch_codes_on(client)
    assert client.get("/steward/people").status_code == 200
