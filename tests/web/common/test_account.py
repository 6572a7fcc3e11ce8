"""Accounts: registering, signing in and out, passwords, and forms that are not lost when a session ends."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from argon2 import low_level
from argon2.low_level import hash_secret
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance import store, web
from compliance.store.people_and_roles import login_account
from compliance.web.accounts import init_authentication
from compliance.web.settings import SESSION_RENEWAL_INTERVAL, BadSetting, flask_config, instance_secret
from tests.support.sites import NOON, PASSWORD, Site, answers, begin, make_site, outbox, post, settle

NEWCOMER = {"organisation": "Example Media 09", "name": "Nia", "email": "Nia@Example.org", "password": PASSWORD}


def test_a_company_registers_and_is_signed_in(site: Site) -> None:
    client = site.client()
    response = post(client, "/register", form_at="/register", fields=NEWCOMER)
    assert response.status_code == 302
    page = client.get("/account").text
    assert "Example Media 09" in page and "nia@example.org" in page
    with site.store() as session:
        assert store.login_account(session, email="nia@example.org").roles == {"company"}


def test_an_address_registers_only_once(site: Site) -> None:
    fields = {**NEWCOMER, "email": "ANA@example.org"}
    response = post(site.client(), "/register", form_at="/register", fields=fields)
    assert response.status_code == 200
    assert "already has an account" in response.text
    with site.store() as session:
        assert [company.name for company in store.companies(session)] == ["Example Foods 02", "Example Travel 01"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("organisation", " ", "Enter the name of the organisation."),
        ("name", "", "Enter your name."),
        ("email", "nobody", "Enter an e-mail address"),
        ("password", "short", "Use at least 10 characters"),
        ("password", "1234567890", "easy to guess"),
        ("password", "aaaaaaaaaa", "easy to guess"),
        ("password", "password12", "easy to guess"),
        ("password", "nia@example.org", "Do not use your e-mail address"),
        ("organisation", "x" * 201, "Use at most 200 characters."),
    ],
)
def test_each_fault_in_the_registration_form_is_shown_beside_its_field_and_in_the_summary(
    sqlite_site: Site, field: str, value: str, says: str
) -> None:
    page = post(sqlite_site.client(), "/register", form_at="/register", fields={**NEWCOMER, field: value}).text
    assert "<title>Error: " in page
    assert page.count(says) >= 2
    assert f'<a href="#{field}">' in page and f'aria-describedby="{field}-err' in page
    kept = [name for name in ("organisation", "name") if name != field]
    assert all(f'value="{NEWCOMER[name]}"' in page for name in kept)


@pytest.mark.parametrize(("email", "password"), [("ana@example.org", "wrong one"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_address_and_a_wrong_password_get_the_same_answer(sqlite_site: Site, email: str, password: str) -> None:
    page = post(sqlite_site.client(), "/sign-in", email=email, password=password).text
    without_input = re.sub(r'value="[^"]*"', "", page)
    other = post(sqlite_site.client(), "/sign-in", email="third@example.org", password="x").text
    assert without_input == re.sub(r'value="[^"]*"', "", other)
    assert "address and password do not match" in page


def test_signing_out_needs_a_token_and_then_ends_the_session(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    assert client.post("/sign-out").status_code == 400
    assert client.get("/account").status_code == 200
    out = post(client, "/sign-out", form_at="/account")
    assert out.status_code == 302 and out.headers["Clear-Site-Data"] == '"storage"'
    assert client.get("/account").status_code == 302


def cookies(client: FlaskClient, address: str) -> list[str]:
    """The cookies that a page or a file sets."""
    with client.get(address) as answer:
        return answer.headers.getlist("Set-Cookie")


def test_nobody_stays_signed_in_longer_by_asking_to_be_remembered(sqlite_site: Site) -> None:
    client = sqlite_site.client()
    answer = post(client, "/sign-in", email="ana@example.org", password=PASSWORD, remember="y")
    assert answer.status_code == 302
    assert all("remember" not in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_a_late_answer_does_not_bring_a_session_back(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    for address in ("/static/look.css", "/static/mark.svg", "/assessments", "/nowhere"):
        assert cookies(client, address) == []
    post(client, "/sign-out", form_at="/account")
    for address in ("/static/look.css", "/static/mark.svg", "/nowhere"):
        assert cookies(client, address) == []


def test_requesting_a_page_keeps_the_session_alive_and_requesting_a_style_sheet_does_not(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    with client.session_transaction() as session:
        session["renewed"] -= SESSION_RENEWAL_INTERVAL.total_seconds() + 1
    assert cookies(client, "/static/look.css") == []
    [cookie] = cookies(client, "/account")
    assert cookie.startswith("article34=")
    assert cookies(client, "/account") == []


def test_signing_in_leads_to_the_page_that_was_asked_for_and_never_to_another_site(sqlite_site: Site) -> None:
    client = sqlite_site.client()
    asked = client.get("/account")
    assert asked.headers["Location"] == "/sign-in?next=/account"
    fields = {"email": "ana@example.org", "password": PASSWORD}
    assert post(client, "/sign-in?next=/account", fields=fields).headers["Location"] == "/account"
    for elsewhere in ("https://example.org/", "//example.org", "/\\example.org"):
        there = post(sqlite_site.client(), f"/sign-in?next={elsewhere}", fields=fields)
        assert not there.headers.get("Location", "").startswith(("http", "//", "/\\"))


def test_a_person_made_inactive_cannot_sign_in_and_their_sessions_end(site: Site) -> None:
    client = site.client("jon")
    with site.store() as session, session.begin():
        store.set_active(session, site.people["jon"].id, False, by=None, at=NOON)
    assert client.get("/account").status_code == 302
    page = post(site.client(), "/sign-in", email="jon@example.org", password=PASSWORD)
    assert page.status_code == 200


def test_a_changed_password_signs_out_everywhere_else(site: Site) -> None:
    here, elsewhere = site.client("ana"), site.client("ana", anew=True)
    new = "another battery staple"
    fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert post(here, "/account/password", form_at="/account/password", fields=fields).status_code == 302
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert post(site.client(), "/sign-in", email="ana@example.org", password=PASSWORD).status_code == 200
    assert post(site.client(), "/sign-in", email="ana@example.org", password=new).status_code == 302


def test_passwords_are_kept_as_argon2id(sqlite_site: Site) -> None:
    post(sqlite_site.client(), "/register", form_at="/register", fields=NEWCOMER)
    with sqlite_site.store() as session:
        known = login_account(session, email="nia@example.org")
    assert known is not None and known.password_hash is not None
    assert known.password_hash.startswith("$argon2id$")


def test_without_a_mail_server_no_page_offers_to_send_anything(sqlite_site: Site) -> None:
    page = sqlite_site.client().get("/sign-in").text
    assert "sends no e-mail" in page
    assert sqlite_site.client().get("/account/forgotten").status_code == 404


def test_with_a_mail_server_a_forgotten_password_can_be_replaced(sqlite_url: str, tmp_path: Path) -> None:
    site = settle(make_site(sqlite_url, tmp_path, ADDRESS="http://localhost", MAIL_SERVER="mail.example.org"))
    client = site.client()
    assert "/account/forgotten" in client.get("/sign-in").text
    for email in ("ana@example.org", "nobody@example.org"):
        form = "/account/forgotten"
        assert post(client, form, form_at=form, email=email).status_code in (200, 302)
    (mail,) = outbox(site)
    assert (mail.kind, mail.to, mail.urgency) == ("reset-instructions", "ana@example.org", "security")
    link = re.search(r"/account/forgotten/\S+", mail.text)
    assert link
    new = "a fresh long password"
    there = post(client, link[0], form_at=link[0], password=new, password_confirm=new)
    assert there.status_code == 302
    assert post(site.client(), "/sign-in", email="ana@example.org", password=new).status_code == 302
    assert [mail.kind for mail in outbox(site)] == ["reset-instructions", "reset-notice"]
    site.close()


def test_how_long_a_request_for_a_new_password_takes_does_not_tell_whether_there_is_an_account(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either way it hashes once, at the cost of a password, which takes most of the time. No hash is cheap here."""
    costs = []

    def noted(*given: Any, **cost: Any) -> bytes:
        costs.append({name: value for name, value in cost.items() if name.endswith("cost")})
        return hash_secret(*given, **cost)

    monkeypatch.setattr(web, "init_authentication", init_authentication)
    site = settle(make_site(sqlite_url, tmp_path, ADDRESS="http://localhost", MAIL_SERVER="mail.example.org"))
    monkeypatch.setattr(low_level, "hash_secret", noted)
    found = {}
    for who in ("ana", "nobody"):
        costs.clear()
        assert post(site.client(), "/account/forgotten", email=f"{who}@example.org").status_code == 200
        found[who] = [*costs]
    [cost] = found["ana"]
    assert found["nobody"] == [cost] and cost["time_cost"] > 1 and cost["memory_cost"] > 10_000
    site.close()


# ── What was written is not lost when the session ends


def expired(site: Site, who: str = "ana") -> FlaskClient:
    client = site.client(who)
    client.delete_cookie("article34")
    return client


def test_a_form_sent_after_the_session_ended_is_kept_while_signing_in(site: Site) -> None:
    number = begin(site)
    client = expired(site)
    words = 'She said: "stop" & <b>left</b>\nÅ 中 🙂'
    page = client.post(
        f"/assessments/{number}/code", data=answers(r1__code="intent", r2__code=["sale", "online"], r2__words=words)
    )
    assert page.status_code == 401
    assert "what you wrote is still here" in page.text

    wrong = send_form(client, page.text, email="ana@example.org", password="not this")
    assert "address and password do not match" in wrong.text

    after = send_form(client, wrong.text, email="ana@example.org", password=PASSWORD)
    assert "Save what I wrote" in after.text
    with site.store() as session:
        assert store.saved_answers(session, number) == {}, "nothing is saved before the signed-in person says so"

    saved = send_form(client, after.text)
    assert saved.status_code == 302
    with site.store() as session:
        kept = store.saved_answers(session, number)
    assert {question: k.text for question, k in kept.items()} == {
        "r1.code": "intent",
        "r2.code": "sale|online",
        "r2.words": words,
    }


def test_a_form_sent_with_an_expired_token_can_still_be_saved(site: Site) -> None:
    number = begin(site)
    client = site.client("ana")
    page = client.post(f"/assessments/{number}/code", data={"csrf_token": "old", **answers(r1__code="silent")})
    assert page.status_code == 400
    assert send_form(client, page.text).status_code == 302
    with site.store() as session:
        assert store.saved_answers(session, number)["r1.code"].text == "silent"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_sent_from_another_site_is_not_kept(sqlite_site: Site, headers: dict[str, str]) -> None:
    number = begin(sqlite_site)
    address = f"/assessments/{number}/code"
    stranger = expired(sqlite_site).post(address, data=answers(r1__code="silent"), headers=headers)
    assert stranger.status_code == 302 and "silent" not in stranger.text
    signed_in = sqlite_site.client("ana").post(address, data=answers(r1__code="silent"), headers=headers)
    assert signed_in.status_code == 400 and "silent" not in signed_in.text


def test_a_password_is_never_kept_while_signing_in(sqlite_site: Site) -> None:
    fields = {"password": "secret words", "new_password": "other words 1", "new_password_confirm": "other words 1"}
    page = expired(sqlite_site).post("/account/password", data=fields)
    assert page.status_code == 302
    assert "words" not in page.text


def send_form(client: FlaskClient, page: str, **more: str) -> TestResponse:
    """Send the form of a page with all its hidden fields, as a browser would."""
    main = page.partition("<main")[2]
    form = re.search(r'<form[^>]*action="([^"]+)"', main)
    assert form, main
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
    data: dict[str, list[str]] = {}
    for name, value in hidden:
        data.setdefault(unescape(name), []).append(unescape(value))
    return client.post(unescape(form[1]), data={**data, **more})


# ── The secrets of an installation


def test_secrets_are_created_once_and_readable_only_by_their_owner(tmp_path: Path) -> None:
    first = instance_secret(tmp_path, "SECRET_KEY")
    assert len(first) >= 40
    assert instance_secret(tmp_path, "SECRET_KEY") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert flask_config(tmp_path)["SECRET_KEY"] == first


def test_an_empty_secret_prevents_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(BadSetting, match="is empty: remove it"):
        flask_config(tmp_path)
