"""Cookies, tokens of forms, and links are signed with SHA-256 by every library; earlier links still work."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from tests.support.databases import SqliteFolder
from tests.support.second_factors import setup_form
from tests.support.sites import PASSWORD, Site, outbox, post, settled, token

SHA_1 = {"digest_method": hashlib.sha1}


@pytest.fixture
def site(sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that sends mail."""
    site = settled(
        sqlite_files.copy_of(settled_sqlite_url), tmp_path, MAIL_SERVER="mail.example.org", ADDRESS="http://localhost"
    )
    yield site
    site.close()


def signature_of(signed: str) -> str:
    return signed.strip('"').rpartition(".")[2]


def test_everything_is_signed_with_sha_256(site: Site) -> None:
    client = site.client()
    answer = post(client, "/sign-in", email="ana@example.org", password=PASSWORD)
    cookies = [cookie.partition("=")[2].partition(";")[0] for cookie in answer.headers.getlist("Set-Cookie")]
    page = post(client, "/account/codes", form_at="/account/codes", setup="authenticator").text
    post(client, "/account/confirmation", form_at="/account")
    post(site.client(), "/account/forgotten", form_at="/account/forgotten", email="ana@example.org")
    person = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@example.org", "password": PASSWORD}
    post(site.client(), "/register", form_at="/register", fields=person)
    mails = " ".join(mail.text for mail in outbox(site))
    links = {kind: f"{place}/{kind}/" for place, kind in (("", "confirm"), ("/account", "forgotten"))}
    links["register"] = "/register/"
    found = {kind: re.findall(rf"{place}(\S{{40,}})", mails) for kind, place in links.items()}
    assert all(found.values()), mails
    signed = [*cookies, token(page), setup_form(page), *(link for each in found.values() for link in each)]
    assert len(cookies) == 2
    assert [each for each in signed if not re.fullmatch("[A-Za-z0-9_-]{43}", signature_of(each))] == []


def test_a_link_in_a_mail_of_an_earlier_version_still_works(site: Site) -> None:
    key, ana = site.app.config["SECRET_KEY"], site.people["ana"]
    signed = URLSafeTimedSerializer(key, salt="confirm-address", signer_kwargs=SHA_1).dumps([ana.id, ana.email])
    assert post(site.client(), f"/confirm/{signed}", form_at=f"/confirm/{signed}").status_code == 302
    assert "not confirmed" not in site.client("ana").get("/account").text
    signed = URLSafeSerializer(key, salt="mail-opt-out", signer_kwargs=SHA_1).dumps([ana.id, "join-request"])
    assert site.client().get(f"/mails/stop/{signed}").status_code == 200
    assert site.client().get(f"/mails/stop/{signed[:-1]}").status_code == 404


def test_a_session_cookie_signed_by_an_earlier_version_is_not_accepted(site: Site) -> None:
    client = site.client("ana")
    with client.session_transaction() as kept:
        held = dict(kept)
    earlier = URLSafeTimedSerializer(
        site.app.config["SECRET_KEY"], salt="cookie-session", signer_kwargs={**SHA_1, "key_derivation": "hmac"}
    )
    client.set_cookie("article34", str(earlier.dumps(held)))
    assert client.get("/account").headers["Location"] == "/sign-in?next=/account"


def test_a_link_to_choose_a_new_password_outlives_an_earlier_key(
    sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    url, form, new, old = sqlite_files.copy_of(settled_sqlite_url), "/account/forgotten", "n" * 40, "o" * 40
    mailing = {"MAIL_SERVER": "mail.example.org", "ADDRESS": "http://localhost"}
    links = []
    for keys in ({"SECRET_KEY": old}, {"SECRET_KEY": new, "SECRET_KEY_FALLBACKS": [old]}):
        site = settled(url, tmp_path, **mailing, **keys)
        post(site.client(), form, form_at=form, email="ana@example.org")
        links.append(re.findall(rf"{form}/\S+", outbox(site)[-1].text)[0])
        site.close()
    opened = {}
    for which, fallbacks in (("beside the earlier key", [old]), ("without it", [])):
        site = settled(url, tmp_path, SECRET_KEY=new, SECRET_KEY_FALLBACKS=fallbacks, **mailing)
        opened[which] = [site.client().get(link).status_code for link in links]
        site.close()
    assert opened == {"beside the earlier key": [200, 200], "without it": [302, 200]}
