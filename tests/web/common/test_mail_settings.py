"""Mail settings: people choose which mails they get, when signed in or by the link in each mail."""

import re
from collections.abc import Iterator

import pytest

from compliance import store
from compliance.web.mail import MAIL_KINDS, MailKind, opt_out_token, optional_kinds
from compliance.web.mail_delivery import deliver_next
from tests.support.mail_server import mail_server
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, post

PAGE = "/account/mails"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of mail for everybody and one for stewards, in addition to those about security."""
    monkeypatch.setitem(MAIL_KINDS, "joined", MailKind("Joined", "notice", "When somebody joins"))
    monkeypatch.setitem(MAIL_KINDS, "news", MailKind("News", "digest", "What is new"))


def off(site: Site, who: str = "ana") -> frozenset[str]:
    with site.store() as session:
        return store.switched_off(session, site.people[who].id)


@pytest.fixture
def signed(site: Site) -> Iterator[str]:
    """The link in a mail to Ana that stops two kinds of mail."""
    with site.app.app_context():
        yield f"/mails/stop/{opt_out_token(site.people['ana'].id, ['joined', 'news'])}"


def test_each_kind_but_those_about_security_can_be_switched_off_and_on(site: Site) -> None:
    client = site.client("ana")
    assert PAGE in client.get("/account").text
    page = client.get(PAGE).text
    assert faults_of(page) == [] and "always sent" in page
    every = [key for key, kind in optional_kinds().items() if not kind.roles or "company" in kind.roles]
    assert {"joined", "news"} <= set(every)
    assert re.findall(r'name="kind" value="([\w-]+)" checked', page) == every
    assert post(client, PAGE, form_at=PAGE, fields={"kind": ["news", "change-notice"]}).status_code == 302
    assert off(site) == {*every} - {"news"} and off(site, "jon") == frozenset()
    assert re.findall(r'name="kind" value="([\w-]+)" checked', client.get(PAGE).text) == ["news"]
    post(client, PAGE, form_at=PAGE, fields={"kind": every})
    assert off(site) == frozenset()


def test_a_steward_is_also_offered_the_mails_for_stewards(site: Site) -> None:
    page = site.client("stella").get(PAGE).text
    assert MAIL_KINDS["period-closed"].about in page
    assert MAIL_KINDS["period-closed"].about not in site.client("ana").get(PAGE).text
    assert "change-notice" not in optional_kinds()


def test_the_link_of_a_mail_asks_first_and_stops_its_kinds_without_signing_in(site: Site, signed: str) -> None:
    client = site.client()
    asked = client.get(signed).text
    assert "Stop these e-mails?" in asked and "What is new" in asked and off(site) == frozenset()
    assert faults_of(asked) == []
    done = client.post(signed)
    assert "These e-mails have been stopped" in done.text and faults_of(done.text) == []
    assert off(site) == {"joined", "news"} and off(site, "jon") == frozenset()
    with site.store() as session:
        assert store.history(session, f"person/{site.people['ana'].id}/mail/news")[-1].after == "off"


@pytest.mark.parametrize("code", ["fr", "ar"])
def test_the_link_works_in_every_language_and_its_page_does_not_repeat_it(site: Site, signed: str, code: str) -> None:
    page = site.client().get(f"/{code}{signed}").text
    assert f'<html lang="{code}"' in page
    head = page.partition("<main")[0]
    assert signed.rpartition("/")[2] not in head, "whoever sees the address may act on it"


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x", lambda token: f"W10.{token}"])
def test_a_forged_link_stops_nothing_and_says_what_to_do(site: Site, signed: str, change: object) -> None:
    assert callable(change)
    forged = f"/mails/stop/{change(signed.rpartition('/')[2])}"
    for response in (site.client().get(forged), site.client().post(forged)):
        assert response.status_code == 404
        assert "This link does not work" in response.text and "sign in and choose" in response.text
        assert faults_of(response.text) == []
    assert off(site) == frozenset()


def test_a_link_cannot_stop_what_is_about_security(site: Site) -> None:
    with site.app.app_context():
        token = opt_out_token(site.people["ana"].id, ["change-notice"])
    assert site.client().post(f"/mails/stop/{token}").status_code == 404
    assert off(site) == frozenset()


def test_a_mail_program_can_stop_mails_with_one_post(sqlite_site: Site) -> None:
    common = {"subject": "News", "text": "Words", "html": "<p>Words</p>", "language": "fr"}
    ana = sqlite_site.people["ana"]
    client = sqlite_site.client()
    with sqlite_site.store() as session, session.begin():
        store.add_mail(session, kind="joined", to=ana.email, person_id=None, urgency="notice", at=NOON, **common)
    with mail_server() as server:
        sqlite_site.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port, ADDRESS="https://a.example")
        deliver_next(sqlite_site.app)
        sqlite_site.app.config.update(MAIL_SERVER="")
    (mail,) = server.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<https://a\.example(/fr/mails/stop/\S+)>", mail["List-Unsubscribe"])
    assert found and f"\r\nList-Unsubscribe: {mail['List-Unsubscribe']}\r\n".encode() in server.raw[0]
    assert client.post(found[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert off(sqlite_site) == {"joined"}
