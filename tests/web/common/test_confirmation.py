"""Confirming e-mail addresses: the link, faulty links, and that people can work without it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner

from compliance import store
from compliance.store.erasures import erase_person
from compliance.store.work_models import OutboxMail
from compliance.web.signing_in.confirmation import LINK_DAYS
from tests.support.databases import SqliteFolder
from tests.support.sites import NOON, Site, outbox, post, settled

MAIL = {"MAIL_SERVER": "mail.example.org", "ADDRESS": "http://localhost"}


@pytest.fixture
def site(sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that sends mail."""
    site = settled(sqlite_files.copy_of(settled_sqlite_url), tmp_path, **MAIL)
    yield site
    site.close()


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"http://localhost((?:/\w\w)?/confirm/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def asked_for(site: Site, who: str = "ana") -> str:
    """Ask for the link by mail, and return it."""
    post(site.client(who), "/account/confirmation", form_at="/account")
    [mail] = outbox(site)
    assert mail.to == f"{who}@example.org"
    return link_in(mail)


def confirmed(site: Site, who: str = "ana") -> bool:
    with site.store() as session:
        account = store.login_account(session, email=f"{who}@example.org")
    assert account is not None
    return account.confirmed


def test_a_link_confirms_by_a_button_and_not_by_being_opened(site: Site) -> None:
    assert "not confirmed" in site.client("ana").get("/account").text
    link, visitor = asked_for(site), site.client()
    assert "ana@example.org" in visitor.get(link).text
    assert not confirmed(site)
    assert post(visitor, link, form_at=link).status_code == 302
    assert confirmed(site)
    page = site.client("ana").get("/account").text
    assert "not confirmed" not in page and "/account/confirmation" not in page
    with site.store() as session:
        [event] = store.history(session, f"person/{site.people['ana'].id}/e-mail")
    assert (event.before, event.after) == ("unconfirmed", "confirmed")
    assert post(visitor, link, form_at=link).status_code == 302, "a second time does no harm"


def test_a_person_added_by_the_steward_gets_the_link(site: Site) -> None:
    fields = {"name": "Nils", "email": "nils@example.org", "role": ["advocate"]}
    post(site.client("stella"), "/steward/people/add", form_at="/steward/people/add", fields=fields)
    assert [mail.to for mail in outbox(site)] == ["nils@example.org"]


def test_people_with_an_unconfirmed_address_can_work(site: Site) -> None:
    assert site.client("ana").get("/assessments").status_code == 200


@pytest.mark.parametrize("change", [lambda token: "forged", lambda token: token[:-3], lambda token: "x" + token])
def test_a_forged_or_broken_link_is_answered_with_a_sentence(site: Site, change) -> None:
    head, _slash, token = asked_for(site).rpartition("/")
    answer = site.client().get(f"{head}/{change(token)}")
    assert answer.status_code == 400 and "This link does not work" in answer.text
    assert not confirmed(site)


def test_an_old_link_is_answered_with_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    link = asked_for(site)
    later = int((datetime.now() + timedelta(days=LINK_DAYS, minutes=1)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: later)
    answer = site.client().get(link)
    assert answer.status_code == 400 and "days and has expired" in answer.text


def test_without_a_mail_server_confirming_is_not_mentioned(sqlite_site: Site) -> None:
    page = sqlite_site.client("ana").get("/account").text
    assert "confirmed" not in page and "/account/confirmation" not in page
    assert post(sqlite_site.client("ana"), "/account/confirmation", form_at="/account").status_code == 302


def test_the_link_of_an_account_that_was_deleted_says_that_there_is_none(site: Site) -> None:
    link = asked_for(site, "jon")
    with site.store() as session, session.begin():
        erase_person(session, site.people["jon"].id, by=None, at=NOON)
    for answer in (site.client().get(link), post(site.client(), link)):
        assert answer.status_code == 400 and "There is no account with this address." in answer.text
