"""Passwords: the rules for a new one; and one that somebody else has set must be changed before anything else."""

import re
import unicodedata

import pytest
from flask_security import hash_password

from compliance import store
from compliance.store.people_and_roles import set_password
from compliance.web.signing_in.passwords import password_fault
from tests.support.sites import NOON, PASSWORD, Site, begin, post

OWN = ("ana@example.org", "Ana Araújo", "Example Travel 01")
NEW = "another battery staple"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 10 characters"),
        ("1234567890", "easy to guess"),
        ("aaaaaaaaaa", "easy to guess"),
        ("password12", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("motdepasse123", "easy to guess"),
        ("Ana@Example.org", "e-mail address"),
        ("ana@example.org1", "e-mail address"),
        ("exampletravel", "easy to guess"),
        ("article34auditor", "easy to guess"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_a_sentence(password: str, says: str) -> None:
    assert says in password_fault(password, OWN)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, NEW, "le chat mange une pomme", "كلمة السر الجديدة", "k7mq-w2xp-abcd-efgh", "x" + "ab c" * 200],
)
def test_a_few_words_in_any_language_will_do(password: str) -> None:
    assert password_fault(password, OWN) == ""


@pytest.mark.parametrize("password", ["forêt école œuvre été", "cafe\u0301 au lait sucre\u0301", "آخر مؤتمر في القرية"])
def test_a_password_in_any_script_works_for_registering_and_signing_in(sqlite_site: Site, password: str) -> None:
    details = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@example.org", "password": password}
    assert post(sqlite_site.client(), "/register", form_at="/register", fields=details).status_code == 302
    for typed in (password, unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password)):
        client = sqlite_site.client()
        post(client, "/sign-in", email="nia@example.org", password=typed)
        assert "nia@example.org" in client.get("/account").text


def change(client, old: str, new: str):
    fields = {"password": old, "new_password": new, "new_password_confirm": new}
    return post(client, "/account/password", form_at="/account/password", fields=fields)


def test_the_value_that_ties_sessions_to_a_password_is_completely_random(sqlite_site: Site) -> None:
    """It is not a UUID, which has the same digit at one place."""
    client, password, marks = sqlite_site.client("ana"), PASSWORD, []
    for new in (NEW, PASSWORD, NEW, PASSWORD, NEW, PASSWORD):
        assert change(client, password, new).status_code == 302
        password = new
        with client.session_transaction() as cookie:
            marks.append(cookie["_user_id"])
    assert all(re.fullmatch("[0-9a-f]{32}", mark) for mark in marks)
    assert len({mark[12] for mark in marks}) > 1


@pytest.mark.parametrize("new", ["password12", "ana@example.org"])
def test_a_changed_password_has_to_keep_the_same_rules(sqlite_site: Site, new: str) -> None:
    page = change(sqlite_site.client("ana"), PASSWORD, new)
    assert page.status_code == 200 and "Your password was not changed" in page.text
    assert "easy to guess" in page.text or "Do not use your e-mail address" in page.text


@pytest.fixture
def first(site: Site) -> Site:
    """A site where Ana's password was set by somebody else."""
    with site.app.app_context(), site.store() as session, session.begin():
        set_password(
            session,
            site.people["ana"].id,
            password_hash=hash_password("told on the telephone"),
            session_mark="new",
            at=NOON,
            by=site.people["stella"].id,
            first=True,
        )
    return site


def test_a_first_password_must_be_changed_before_anything_else(first: Site) -> None:
    client = first.client()
    post(client, "/sign-in", email="ana@example.org", password="told on the telephone")
    for page in ("/account", "/assessments", "/account/start", "/account/sessions"):
        assert client.get(page).headers["Location"] == "/account/password", page
    assert client.get("/law").status_code == 200, "public pages stay open"
    assert client.get("/steward").status_code == 404
    assert "Somebody else has seen your current password." in client.get("/account/password").text
    assert change(client, "told on the telephone", NEW).headers["Location"] == "/account/start"
    assert client.get("/account").status_code == 200
    with first.store() as session:
        noted = [event.after for event in store.history(session, f"person/{first.people['ana'].id}/password")]
    assert noted == ["changed; to be changed again at the next sign-in", "changed"]


def test_a_form_sent_before_the_password_is_changed_is_not_lost(site: Site) -> None:
    number = begin(site)
    client = site.client("ana")
    where = f"/assessments/{number}/code"
    with site.store() as session, session.begin():
        session.execute(store.models.Person.__table__.update().values(first_password=True))
    answer = post(client, where, fields={"r1.code#version": "0", "r1.code": "intent"})
    assert answer.status_code == 409
    assert 'name="r1.code" value="intent"' in answer.text and 'href="/account/password"' in answer.text
    with site.store() as session:
        assert store.saved_answers(session, number) == {}


def test_a_person_added_by_the_steward_must_change_the_password_first(sqlite_site: Site) -> None:
    stella = sqlite_site.client("stella")
    fields = {"name": "Nils", "email": "nils@example.org", "role": ["advocate"]}
    page = post(stella, "/steward/people/add", form_at="/steward/people/add", fields=fields).text
    word = page.partition('<code id="password" translate="no">')[2].partition("<")[0]
    nils = sqlite_site.client()
    post(nils, "/sign-in", email="nils@example.org", password=word)
    assert nils.get("/account").headers["Location"] == "/account/password"


# ── The sign-ins of a demonstration


@pytest.mark.parametrize("email", ["steward@demo.example", "steward@preview.example"])
@pytest.mark.parametrize("marked", [True, False])
def test_no_sign_in_of_a_demonstration_works_in_a_real_installation(
    sqlite_site: Site, email: str, marked: bool
) -> None:
    with sqlite_site.app.app_context(), sqlite_site.store() as session, session.begin():
        store.add_person(
            session,
            email=email,
            name="Example Steward",
            password_hash=hash_password(PASSWORD),
            roles=["steward"],
            by=None,
            at=NOON,
            demonstration=marked,
        )
    page = post(sqlite_site.client(), "/sign-in", email=email, password=PASSWORD)
    assert page.status_code == 200 and "address and password do not match" in page.text
