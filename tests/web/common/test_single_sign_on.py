"""Single sign-on with a real OpenID provider on loopback: who can sign in, who cannot, and the messages."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from compliance import store
from compliance.store import login_account
from compliance.store.models import Person
from compliance.store.second_factors import has_identity, person_of_identity
from compliance.store.trail_check import trail_difference
from compliance.web.settings import BadSetting, flask_config
from compliance.web.signing_in.single_sign_on import sound_metadata
from tests.support.databases import SqliteFolder
from tests.support.openid_provider import SECRET, openid_provider, sign_in_there
from tests.support.second_factors import code_of, first_step, switch_codes_on
from tests.support.sites import NOON, Site, make_site, post, settled

RETURN = "http://localhost/sign-in/single/return"
SET = {"OIDC_CLIENT_ID": "article34", "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "Example Directory"}


@pytest.fixture(scope="module")
def issuer(oidc_provider: None) -> Iterator[str]:
    """A provider for the tests of this file."""
    with openid_provider(RETURN) as issuer:
        yield issuer


@pytest.fixture
def site(issuer: str, sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that offers the provider."""
    site = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, OIDC_ISSUER=issuer, **SET)
    yield site
    site.close()


def come_in(site: Site, login: str, begin: str = "/sign-in/single") -> TestResponse:
    """Sign in with the provider; the address to which the site then redirects."""
    client = site.client()
    there = client.get(begin).headers["Location"]
    back = sign_in_there(there, login)
    assert back.startswith(RETURN)
    answer = client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")
    on = answer.headers["Location"]
    return client.get(on) if urlsplit(on).path.endswith("/sign-in/single/return") else answer


def said(answer: TestResponse, site: Site, page: str = "/sign-in") -> str:
    """The page shown after an attempt that failed."""
    assert answer.headers["Location"] == page
    cookie = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    client = site.client()
    client.set_cookie("article34", cookie)
    return client.get(page).text


def test_the_sign_in_page_offers_the_provider_by_its_name(site: Site) -> None:
    assert "the identifier that it has for you is kept" in site.client().get("/privacy").text
    page = site.client().get("/fr/sign-in?next=/fr/account").text
    assert "Example Directory" in page and "/fr/sign-in/single?next=/fr/account" in page


def test_a_person_whose_account_has_the_verified_address_can_sign_in_and_the_address_is_confirmed(site: Site) -> None:
    answer = come_in(site, "Ana@example.org", "/fr/sign-in/single?next=/fr/account")
    assert answer.headers["Location"] == "/fr/account"
    with site.store() as session:
        known = login_account(session, email="ana@example.org")
    assert known is not None and known.confirmed


def signed_in_by(site: Site, login: str) -> str:
    """The account that is signed in after signing in with the provider; "" if none is."""
    client = site.client()
    back = urlsplit(sign_in_there(client.get("/sign-in/single").headers["Location"], login))
    client.get(f"{back.path}?{back.query}")
    found = re.search(r"(\w+)@example\.org", client.get("/account").text)
    return found[1] if found else ""


def test_after_the_first_sign_in_people_are_recognised_by_subject_and_not_by_address(site: Site) -> None:
    assert signed_in_by(site, "7=ana@example.org") == "ana"
    refused = come_in(site, "8=ana@example.org")
    assert "to another account than before" in said(refused, site), "the address now belongs to somebody else"
    with site.store() as session:
        [event] = store.history(session, f"person/{site.people['ana'].id}/single-sign-on")
        assert trail_difference(session) is None
        assert (event.before, event.after.startswith("http://127.0.0.1:")) == ("none", True)
        session.execute(update(Person).where(Person.email == "ana@example.org").values(email="moved@example.org"))
        session.commit()
    assert signed_in_by(site, "7=ana@example.org") == "moved", "whatever address is stored here"


def test_a_steward_can_allow_a_person_to_sign_in_with_another_subject(site: Site) -> None:
    number = site.people["ana"].id
    page = f"/steward/people/{number}"
    assert f"{page}/second-factor" not in site.client("stella").get(page).text
    assert signed_in_by(site, "7=ana@example.org") == "ana"
    post(site.client("stella"), f"{page}/second-factor", form_at=page, reason="New account there, spoke to her")
    assert signed_in_by(site, "8=ana@example.org") == "ana"
    assert "to another account than before" in said(come_in(site, "7=ana@example.org"), site)


def test_state_nonce_and_pkce_go_along(site: Site) -> None:
    asked = parse_qs(urlsplit(site.client().get("/sign-in/single").headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == [RETURN]


@pytest.mark.parametrize(
    ("login", "says"),
    [("stranger@example.org", "There is no account with the address"), ("unverified@example.org", "does not confirm")],
)
def test_nobody_without_an_account_can_sign_in_and_no_account_is_created(site: Site, login: str, says: str) -> None:
    assert says in said(come_in(site, login), site)
    with site.store() as session:
        assert login_account(session, email=login) is None


@pytest.mark.parametrize(
    ("code", "says"),
    [("fr", "Personne ici n’a l’adresse"), ("es", "Nadie tiene aquí la dirección"), ("ar", "لا أحد هنا لديه العنوان")],
)
def test_a_failure_is_reported_in_the_language_in_which_the_person_began(site: Site, code: str, says: str) -> None:
    answer = come_in(site, "stranger@example.org", f"/{code}/sign-in/single")
    assert says in said(answer, site, f"/{code}/sign-in")


def test_a_second_factor_is_asked_for_in_the_language_in_which_the_person_began(site: Site) -> None:
    switch_codes_on(site.client("ana"))
    answer = come_in(site, "ana@example.org", "/fr/sign-in/single?next=/fr/account")
    assert answer.headers["Location"] == "/fr/sign-in/code?next=/fr/account"


def test_nobody_can_sign_in_if_the_provider_names_two_people_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = {"sub": "another", "email": "ana@example.org", "email_verified": True}
    asked = "authlib.integrations.flask_client.apps.FlaskOAuth2App.userinfo"
    monkeypatch.setattr(asked, lambda *_given, **_more: another)
    assert "did not let you in" in said(come_in(site, "ana@example.org"), site)


def test_a_person_who_may_no_longer_sign_in_is_told_so(site: Site) -> None:
    assert signed_in_by(site, "7=ana@example.org") == "ana"
    with site.store() as session, session.begin():
        store.set_active(session, site.people["ana"].id, False, by=None, at=NOON)
    for login in ("7=ana@example.org", "8=ana@example.org"):
        assert "This account cannot sign in at present." in said(come_in(site, login), site)


def test_the_provider_s_answer_works_once_and_only_in_the_browser_that_asked(site: Site) -> None:
    client = site.client()
    back = urlsplit(sign_in_there(client.get("/sign-in/single").headers["Location"], "ana@example.org"))
    where = f"{back.path}?{back.query}"
    assert "did not let you in" in said(site.client().get(where), site)
    assert client.get(where).headers["Location"] == "/account/start"
    assert client.get(where).headers["Location"] == "/sign-in", "the same answer does not count twice"


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=forged&state=forged", "?code=x"])
def test_a_refusal_and_a_forged_return_are_answered_with_a_sentence(site: Site, query: str) -> None:
    assert "did not let you in" in said(site.client().get(f"/sign-in/single/return{query}"), site)


def test_a_second_factor_is_asked_for_as_after_a_password(site: Site) -> None:
    secret = switch_codes_on(site.client("ana"))
    client = site.client()
    back = urlsplit(sign_in_there(client.get("/sign-in/single?next=/account").headers["Location"], "ana@example.org"))
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == "/sign-in/code?next=/account"
    where = "/sign-in/code?next=/account"
    assert post(client, where, form_at=where, code=code_of(secret, later=1)).headers["Location"] == "/account"


def test_a_person_with_access_to_the_mailbox_but_not_the_second_factor_can_change_nothing(site: Site) -> None:
    secret = switch_codes_on(site.client("ana"))
    ana = site.people["ana"].id
    led = come_in(site, "8=ana@example.org").headers["Location"]
    assert led.startswith("/sign-in/code")
    with site.store() as session:
        assert not has_identity(session, ana)
        assert not store.history(session, f"person/{ana}/single-sign-on")
    client = site.client()
    back = urlsplit(sign_in_there(client.get("/sign-in/single").headers["Location"], "7=ana@example.org"))
    where = client.get(f"{back.path}?{back.query}").headers["Location"]
    assert post(client, where, form_at=where, code=code_of(secret, later=1)).headers["Location"] == "/account/start"
    with site.store() as session:
        assert person_of_identity(session, issuer_of(site), "7=ana@example.org") == ana
        known = login_account(session, email="ana@example.org")
    assert known is not None and known.confirmed
    assert "to another account than before" in said(come_in(site, "8=ana@example.org"), site)


def issuer_of(site: Site) -> str:
    """The provider of a site."""
    return str(site.app.config["OIDC_ISSUER"])


def test_starting_again_with_the_password_links_no_identity(site: Site) -> None:
    """Somebody else may have begun to sign in with the provider in this browser before."""
    secret = switch_codes_on(site.client("ana"))
    client = site.client()
    back = urlsplit(sign_in_there(client.get("/sign-in/single").headers["Location"], "8=ana@example.org"))
    client.get(f"{back.path}?{back.query}")
    first_step(client, "ana")
    done = post(client, "/sign-in/code", form_at="/sign-in/code", code=code_of(secret, later=1))
    assert done.headers["Location"] == "/account/start"
    with site.store() as session:
        assert not has_identity(session, site.people["ana"].id)


def test_a_person_signed_in_can_confirm_their_identity_at_the_provider(site: Site) -> None:
    site.app.config["SECURITY_FRESHNESS"] = timedelta(minutes=15)
    client = site.client("ana")
    switch_codes_on(client)
    with client.session_transaction() as kept:
        kept["fs_paa"] -= 16 * 60
        kept.pop("fs_gexp", None)
    where = client.get("/account/codes").headers["Location"]
    [begin] = re.findall(r'href="(/sign-in/single[^"]+)"', client.get(where).text)
    there = client.get(unescape(begin)).headers["Location"]
    asked = parse_qs(urlsplit(there).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"]), "a session at the provider is not enough"
    back = urlsplit(sign_in_there(there, "ana@example.org"))
    assert client.get(f"{back.path}?{back.query}").headers["Location"] == "/account/codes"
    assert client.get("/account/codes").status_code == 200


def test_confirming_at_the_provider_as_somebody_else_does_not_count(site: Site) -> None:
    client = site.client("ana")
    with client.session_transaction() as kept:
        kept["fs_paa"] -= 30 * 3600
    there = client.get("/sign-in/single?next=/account/codes").headers["Location"]
    back = urlsplit(sign_in_there(there, "olga@example.org"))
    client.get(f"{back.path}?{back.query}")
    assert "ana@example.org" not in client.get("/account").text


def test_a_provider_that_does_not_respond_is_reported_with_a_sentence(
    sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    site = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, OIDC_ISSUER="http://127.0.0.1:9", **SET)
    assert "is not responding" in said(site.client().get("/sign-in/single"), site)
    site.close()


def test_a_provider_whose_metadata_name_another_issuer_is_not_used(
    issuer: str, sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    other = issuer.replace("127.0.0.1", "localhost")
    site = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, OIDC_ISSUER=other, **SET)
    assert "is not responding" in said(site.client().get("/sign-in/single"), site)
    site.close()


def test_redirects_are_not_followed_when_reading_the_metadata_of_a_provider(
    sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> None:
    with redirecting_provider() as (issuer, asked):
        site = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, OIDC_ISSUER=issuer, **SET)
        assert "is not responding" in said(site.client().get("/sign-in/single"), site)
        site.close()
    assert asked == ["/.well-known/openid-configuration"]


@contextmanager
def redirecting_provider() -> Iterator[tuple[str, list[str]]]:
    """A server that redirects requests for a provider's metadata; its issuer, and the paths that were requested."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path == "/moved" else 302)
            self.send_header("Location", "/moved")
            self.end_headers()
            self.wfile.write(json.dumps({"issuer": issuer, "authorization_endpoint": f"{issuer}/auth"}).encode())

        def log_message(self, *_said: object) -> None:
            """Keep it to itself."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield issuer, asked
        finally:
            server.shutdown()


def test_the_metadata_of_a_provider_must_name_its_issuer_and_an_asymmetric_signature() -> None:
    told = {"issuer": "https://id.example/", "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"]}
    sound = sound_metadata(told, "https://id.example")
    assert sound == {**told, "id_token_signing_alg_values_supported": ["ES256"]}
    assert sound_metadata({"issuer": "https://id.example"}, "https://id.example").keys() == told.keys()
    with pytest.raises(ValueError, match="no signature"):
        sound_metadata({**told, "id_token_signing_alg_values_supported": ["none"]}, "https://id.example")
    with pytest.raises(ValueError, match="another issuer"):
        sound_metadata(told, "https://id.example.org")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"OIDC_ISSUER": "http://example.org"}, "ARTICLE34_OIDC_ISSUER: write the https://"),
        ({"OIDC_ISSUER": "https://example.org", "OIDC_CLIENT_SECRET": ""}, "ARTICLE34_OIDC_CLIENT_SECRET: set it too"),
    ],
)
def test_an_unusable_setting_prevents_the_start(
    sqlite_url: str, tmp_path: Path, setting: dict[str, str], says: str
) -> None:
    with pytest.raises(BadSetting, match=says):
        make_site(sqlite_url, tmp_path, **SET | setting)


def test_the_secret_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("kept apart\n")
    monkeypatch.setenv("ARTICLE34_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    assert flask_config(tmp_path)["OIDC_CLIENT_SECRET"] == "kept apart"
    monkeypatch.setenv("ARTICLE34_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(BadSetting, match="cannot be read"):
        flask_config(tmp_path)


def test_without_a_provider_there_are_no_pages_for_single_sign_on(sqlite_site: Site) -> None:
    assert "the identifier that it has for you" not in sqlite_site.client().get("/privacy").text
    assert "/sign-in/single" not in sqlite_site.client().get("/sign-in").text
    assert sqlite_site.client().get("/sign-in/single").status_code == 404
