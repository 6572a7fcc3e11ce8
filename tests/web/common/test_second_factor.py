"""The second factor: one-time codes and recovery codes, who needs one, and forms that are not lost meanwhile."""

import json
import re
from base64 import b32decode, b64decode, b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from passlib.totp import TOTP
from sqlalchemy import update
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.second_factors import code_factor, has_second_factor, set_totp_secret
from compliance.store.sign_in_models import SecondFactor
from compliance.store.trail_check import trail_difference
from compliance.web.settings import flask_config
from tests.support.second_factors import (
    bits_of,
    code_of,
    first_step,
    recovery_codes,
    secret_of,
    setup_form,
    switch_codes_on,
)
from tests.support.sites import NOON, PASSWORD, Site, answers, begin, make_site, post, settle, settled
from tests.web.common.test_account import send_form

enforced = pytest.mark.site(SECOND_FACTOR_ROLES=("steward", "auditor"))


def test_codes_can_be_set_up_and_are_asked_for_from_then_on(site: Site) -> None:
    secret = switch_codes_on(site.client("ana"))
    client = site.client()
    assert first_step(client, "ana").headers["Location"] == "/sign-in/code"
    assert client.get("/account").status_code == 302, "a password alone is not enough"
    wrong = post(client, "/sign-in/code", form_at="/sign-in/code", code="000000")
    assert "This code is wrong" in wrong.text and "<title>Error: " in wrong.text
    empty = post(client, "/sign-in/code", form_at="/sign-in/code", code="")
    assert "Enter the code." in empty.text
    assert post(client, "/sign-in/code", form_at="/sign-in/code", code=code_of(secret)).status_code == 302
    assert "ana@example.org" in client.get("/account").text


def test_a_code_works_once_and_in_the_digits_of_any_script(site: Site) -> None:
    secret = switch_codes_on(site.client("ana"))
    code = code_of(secret)

    def signs_in(said: str) -> bool:
        client = site.client()
        first_step(client, "ana")
        return post(client, "/sign-in/code", form_at="/sign-in/code", code=said).status_code == 302

    assert signs_in(f"{code[:3]} {code[3:]}")
    assert not signs_in(code)
    arabic = "".join(chr(0x660 + int(digit)) for digit in code_of(secret, later=1))
    assert signs_in(arabic)


def test_a_wrong_code_while_setting_up_shows_the_same_secret_again(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator").text
    again = post(client, setup_form(page), form_at="/account/codes", code="123456")
    assert "This code is wrong" in again.text
    assert secret_of(again.text) == secret_of(page)
    assert (
        post(client, setup_form(again.text), form_at="/account/codes", code=code_of(secret_of(page))).status_code == 302
    )


def test_the_qr_code_is_in_the_page_and_the_secret_beside_it(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator")
    assert "<img" not in page.text and page.text.count('fill="#000"') == 1
    assert len(secret_of(page.text)) >= 32
    with sqlite_site.store() as session:
        assert not has_second_factor(session, sqlite_site.people["ana"].id), "not before a code was right"


def test_the_secret_and_the_recovery_codes_cannot_be_read_from_the_database(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    secret = switch_codes_on(client)
    codes = recovery_codes(client)
    with sqlite_site.store() as session:
        kept = code_factor(session, sqlite_site.people["ana"].id)
    assert kept.totp_secret and secret not in kept.totp_secret
    assert len(codes) == len(kept.recovery_hashes) == 10 and not set(codes) & set(kept.recovery_hashes)
    assert all(bits_of(code) >= 128 for code in codes), "too many to try them all, even without a salt"
    assert codes[0] not in client.get("/account/recovery-codes?show_codes=yes").text


def kept_secret(site: Site, who: str = "ana") -> dict[str, Any]:
    """The encrypted secret of a person's codes, as it is stored."""
    with site.store() as session:
        kept = code_factor(session, site.people[who].id).totp_secret
    assert kept
    return dict(json.loads(kept)["enckey"])


def keep(site: Site, secret: str, who: str = "ana") -> None:
    with site.store() as session, session.begin():
        session.execute(
            update(SecondFactor).where(SecondFactor.person_id == site.people[who].id).values(totp_secret=secret)
        )


def with_code(site: Site, secret: str, *, later: int = 0) -> TestResponse:
    """Sign in with the password and a code."""
    client = site.client()
    first_step(client, "ana")
    return post(client, "/sign-in/code", form_at="/sign-in/code", code=code_of(secret, later=later))


def bound_to_nobody(secret: str, tag: str, key: str) -> str:
    """A secret encrypted in the earlier way, which did not bind it to a person."""
    cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"article34 one-time codes").derive(key.encode()))
    nonce, seed = bytes(range(12)), b32decode(secret)
    sealed = {"n": b64encode(nonce).decode(), "k": b64encode(cipher.encrypt(nonce, seed, None)).decode()}
    return json.dumps({"v": 1, "type": "totp", "enckey": {"v": 2, "t": tag, **sealed}})


@pytest.mark.parametrize("version", [1, 2])
def test_a_secret_that_an_earlier_version_encrypted_is_encrypted_anew_when_it_is_used(site: Site, version: int) -> None:
    secret = switch_codes_on(site.client("ana"))
    keys, ana = site.app.config["SECURITY_TOTP_SECRETS"], site.people["ana"].id
    by_passlib = TOTP.using(secrets=keys)(key=secret).to_json(encrypt=True)
    earlier = by_passlib if version == 1 else bound_to_nobody(secret, *[*keys.items()][-1])
    with site.store() as session, session.begin():
        set_totp_secret(session, ana, earlier, by=ana, at=NOON)
    assert kept_secret(site)["v"] == version
    assert with_code(site, secret).status_code == 302
    assert kept_secret(site)["v"] == 3
    assert with_code(site, secret, later=1).status_code == 302, "it is the same secret"
    with site.store() as session:
        events = store.history(session, f"person/{ana}/one-time-codes")
        assert [event.after for event in events] == ["set", "set anew", "encrypted anew"]
        assert trail_difference(session) is None


def test_a_new_key_replaces_an_earlier_one_when_codes_are_used(sqlite_url: str, tmp_path: Path) -> None:
    earlier, later, random = "x" * 40, "y" * 40, "z" * 40
    before = settle(make_site(sqlite_url, tmp_path, SECURITY_TOTP_SECRETS={"1": earlier}))
    secret = switch_codes_on(before.client("ana"))
    before.close()
    for number, keys in enumerate(({"1": earlier, "2": later}, {"1": random, "2": later})):
        site = settled(sqlite_url, tmp_path, SECURITY_TOTP_SECRETS=keys)
        assert with_code(site, secret, later=number).status_code == 302
        assert kept_secret(site)["t"] == "2"
        site.close()


@pytest.mark.parametrize("part", ["k", "n"])
def test_a_secret_that_was_altered_in_the_database_lets_nobody_in(site: Site, part: str) -> None:
    secret = switch_codes_on(site.client("ana"))
    with site.store() as session:
        kept = json.loads(code_factor(session, site.people["ana"].id).totp_secret or "")
    sealed = bytearray(b64decode(kept["enckey"][part]))
    sealed[0] ^= 1
    keep(site, json.dumps(kept | {"enckey": kept["enckey"] | {part: b64encode(sealed).decode()}}))
    assert "This code is wrong" in with_code(site, secret).text


def test_a_secret_of_somebody_else_lets_nobody_in(site: Site) -> None:
    """A person who can write to the database cannot use their own codes to sign in to other accounts."""
    mine, _hers = switch_codes_on(site.client("olga")), switch_codes_on(site.client("ana"))
    with site.store() as session:
        keep(site, code_factor(session, site.people["olga"].id).totp_secret or "")
    assert "This code is wrong" in with_code(site, mine).text


def test_a_set_up_that_another_person_began_starts_again(site: Site) -> None:
    """This can happen if a form stays open while another person signs in."""
    page = post(site.client("olga"), "/account/codes", form_at="/account/codes", setup="authenticator").text
    client = site.client("ana")
    answer = post(client, setup_form(page), form_at="/account/codes", code=code_of(secret_of(page)))
    assert answer.headers["Location"] == "/account/codes"
    with site.store() as session:
        assert not has_second_factor(session, site.people["ana"].id)


def test_a_secret_that_is_being_set_up_is_bound_to_the_person_too(site: Site) -> None:
    """During the set-up, the secret is in a cookie of the browser, encrypted."""
    client = site.client("olga")
    post(client, "/account/codes", form_at="/account/codes", setup="authenticator")
    with client.session_transaction() as kept:
        assert json.loads(kept["tf_totp_secret"])["enckey"]["v"] == 3


def test_a_recovery_code_signs_in_once(site: Site) -> None:
    client = site.client("ana")
    switch_codes_on(client)
    codes = recovery_codes(client)

    def signs_in(code: str) -> bool:
        client = site.client()
        first_step(client, "ana")
        where = "/sign-in/recovery-code"
        return post(client, where, form_at=where, code=code, recovery="yes").status_code == 302

    assert signs_in(codes[3]) and not signs_in(codes[3])
    assert signs_in(codes[4].upper().replace("-", " "))
    assert "8 recovery codes left" in client.get("/account/codes").text
    fresh = recovery_codes(client)
    assert not signs_in(codes[5]) and signs_in(fresh[0])


def test_people_who_need_no_second_factor_can_switch_codes_off(site: Site) -> None:
    client = site.client("ana")
    switch_codes_on(client)
    assert post(client, "/account/codes", form_at="/account/codes", setup="disable").status_code == 302
    assert first_step(site.client(), "ana").headers["Location"] == "/account/start"
    with site.store() as session:
        events = store.history(session, f"person/{site.people['ana'].id}/one-time-codes")
    assert [(event.before, event.after) for event in events] == [("none", "set"), ("set", "none")]


@enforced
@pytest.mark.parametrize(("who", "page"), [("stella", "/steward/people"), ("audun", "/audit")])
def test_stewards_and_auditors_can_open_nothing_before_they_have_one(site: Site, who: str, page: str) -> None:
    client = site.client(who)
    for where in (page, "/account", "/account/start", "/account/recovery-codes"):
        assert client.get(where).headers["Location"] == "/account/codes", where
    assert "Your role needs a second factor." in client.get("/account/codes").text
    switch_codes_on(client)
    assert client.get(page).status_code == 200
    refused = post(client, "/account/codes", form_at="/account/codes", setup="disable")
    assert refused.status_code == 200
    with site.store() as session:
        assert has_second_factor(session, site.people[who].id)


@enforced
def test_others_are_not_asked_for_one(sqlite_site: Site) -> None:
    assert [sqlite_site.client(who).get("/account").status_code for who in ("ana", "ada")] == [200, 200]


def test_a_setting_asks_other_roles_for_one_too(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}
    for named in ("", "company", "company advocate"):
        monkeypatch.setenv("ARTICLE34_SECOND_FACTOR_ROLES", named)
        asked[named] = flask_config(tmp_path)["SECOND_FACTOR_ROLES"]
    assert [set(roles) - {"steward", "auditor"} for roles in asked.values()] == [
        set(),
        {"company"},
        {"company", "advocate"},
    ]
    site = settle(make_site(sqlite_url, tmp_path, SECOND_FACTOR_ROLES=asked["company"]))
    reached = {who: site.client(who).get("/account").headers.get("Location") for who in ("ana", "ada", "audun")}
    assert reached == {"ana": "/account/codes", "ada": None, "audun": "/account/codes"}
    site.close()


@enforced
def test_the_sign_ins_of_the_demonstration_need_none(demonstration: Site) -> None:
    site = demonstration
    site.app.config["SECOND_FACTOR_ROLES"] = ("steward", "auditor")
    assert site.client("steward").get("/steward/people").status_code == 200


def test_a_form_sent_before_is_kept_through_the_second_step_too(site: Site) -> None:
    number = begin(site)
    secret = switch_codes_on(site.client("ana"))
    client = site.client()
    page = client.post(f"/assessments/{number}/code", data=answers(r1__code="intent"))
    second = send_form(client, page.text, email="ana@example.org", password=PASSWORD)
    assert "Your one-time code" in second.text and "Location" not in second.headers
    wrong = send_form(client, second.text, code="000000")
    assert "This code is wrong" in wrong.text
    after = send_form(client, wrong.text, code=code_of(secret))
    assert "Save what I wrote" in after.text
    assert send_form(client, after.text).status_code == 302
    with site.store() as session:
        assert store.saved_answers(session, number)["r1.code"].text == "intent"


@pytest.mark.parametrize(
    "page", ["/sign-in/code", "/sign-in/recovery-code", "/sign-in/choice", "/sign-in/passkey", "/sign-in/help"]
)
def test_the_second_step_begins_with_the_password(sqlite_site: Site, page: str) -> None:
    answer = sqlite_site.client().get(page)
    assert answer.status_code == 404 or answer.headers["Location"] == "/sign-in"
    signed_in = sqlite_site.client("ana")
    signed_in.get(page)
    assert signed_in.get("/account").status_code == 200, "it signs nobody out"


@enforced
def test_a_steward_can_reset_the_second_factor_of_somebody_else_with_a_reason(site: Site) -> None:
    stella, audun = site.client("stella"), site.client("audun")
    switch_codes_on(stella)
    switch_codes_on(audun)
    number = site.people["audun"].id
    where, form = f"/steward/people/{number}/second-factor", f"/steward/people/{number}"
    assert "Give a reason in" in post(stella, where, form_at=form, reason=" ").text
    assert audun.get("/audit").status_code == 200
    assert post(stella, where, form_at=form, reason="Telephone lost, spoke to him").status_code == 302
    assert audun.get("/audit").headers["Location"].startswith("/sign-in"), "his sessions are over"
    assert site.client("audun").get("/audit").headers["Location"] == "/account/codes"
    with site.store() as session:
        [event] = store.history(session, f"person/{number}/second-factor")
    assert (event.who, event.after) == (site.people["stella"].id, "reset: Telephone lost, spoke to him")
    own = f"/steward/people/{site.people['stella'].id}"
    assert "Ask another steward" in post(stella, f"{own}/second-factor", form_at=own, reason="mine").text


def test_a_set_up_that_was_forged_or_took_too_long_starts_again(sqlite_site: Site) -> None:
    client = sqlite_site.client("ana")
    answer = post(client, "/account/codes/forged", form_at="/account/codes", code="123456")
    assert answer.headers["Location"] == "/account/codes"
    assert "could not be read" in client.get("/account/codes").text
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator").text
    sqlite_site.app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"] = timedelta(seconds=-1)
    post(client, setup_form(page), form_at="/account/codes", code="123456")
    assert re.search("valid for .* and has expired", client.get("/account/codes").text)


def test_a_code_whose_key_was_removed_from_the_setting_is_refused_as_wrong(sqlite_url: str, tmp_path: Path) -> None:
    keys = {"1": "the first key of this installation", "2": "the second key of this installation"}
    before = settle(make_site(sqlite_url, tmp_path, SECURITY_TOTP_SECRETS=keys))
    secret = switch_codes_on(before.client("ana"))
    before.close()
    site = settled(sqlite_url, tmp_path, SECURITY_TOTP_SECRETS={"1": keys["2"]})
    client = site.client()
    first_step(client, "ana")
    refused = post(client, "/sign-in/code", form_at="/sign-in/code", code=code_of(secret))
    assert refused.status_code == 200 and "This code is wrong" in refused.text
    site.close()
