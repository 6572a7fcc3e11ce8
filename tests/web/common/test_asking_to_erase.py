"""Where a company has several owners, one of them asks to delete it, and the others have two weeks to stop that."""

from datetime import timedelta
from pathlib import Path

import pytest

from compliance.store import merge_company
from compliance.store.companies import company
from compliance.store.erasures import TIME_TO_UNDO, company_erasure_request, erase_person, read_erasures
from compliance.store.memberships import change_member_role
from compliance.store.models import Person
from compliance.store.trail_check import trail_difference
from compliance.web import erasing
from compliance.web.mail_delivery import deliver_next
from tests.support.mail_server import mail_server
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin, outbox, post
from tests.web.company.test_colleagues import with_role

pytestmark = pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
ERASE, STEWARD = "/companies/1/erase", "/steward/companies/1/erase"
NAME = "Example Travel 01"


@pytest.fixture
def shared(site: Site) -> Site:
    """Ana's company, which Jon owns, too."""
    begin(site)
    with site.store() as session, session.begin():
        change_member_role(session, 1, site.people["jon"].id, "owner", by=None, at=NOON)
    return site


def named(person: str) -> str:
    """A name as pages show it."""
    return f'<bdi translate="no">{person}</bdi>'


def is_gone(site: Site) -> bool:
    with site.store() as session:
        return company(session, 1).erased_at is not None


def is_asked(site: Site) -> bool:
    with site.store() as session:
        assert trail_difference(session) is None
        return company_erasure_request(session, 1) is not None


def days_later(site: Site, monkeypatch: pytest.MonkeyPatch, days: timedelta) -> None:
    """Let so much time pass, and a worker look."""
    then = erasing.now() + days
    with monkeypatch.context() as later:
        later.setattr(erasing, "now", lambda: then)
        while erasing.erase_due_companies(site.app):
            pass


def test_the_other_owners_are_told_at_once_and_nothing_is_deleted(shared: Site) -> None:
    ana = shared.client("ana")
    page = ana.get(ERASE).text
    assert (
        "The other owners will get an e-mail, and the company will be deleted after 14 days." in page
        and faults_of(page) == []
    )
    assert "Delete this company for good" not in page
    assert post(ana, ERASE, fields={"name": NAME}).headers["Location"] == "/companies/1"
    page = ana.get("/companies/1").text
    assert "The other owners will get an e-mail. The company will be deleted on " in page
    assert f"{named('Ana')} asked to delete this company." in page and faults_of(page) == []
    [mail] = outbox(shared)
    assert (mail.to, mail.kind, mail.urgency) == ("jon@example.org", "company-deletion", "notice")
    assert mail.subject == f"About the deletion of {NAME}" and "Ana asked to delete" in mail.text
    assert "Until then, any owner can stop this here:" in mail.text and ERASE in mail.text
    assert is_asked(shared) and not is_gone(shared)
    start = shared.client("jon").get("/assessments").text
    assert f"{named('Ana')} asked to delete this company." in start and f'href="{ERASE}"' in start
    assert faults_of(start) == []
    # To ask again changes nothing, nor does typing the name a second time.
    post(ana, ERASE, form_at=ERASE, fields={"name": NAME})
    assert len(outbox(shared)) == 1 and not is_gone(shared)


@pytest.mark.site(MAIL_SERVER="", ADDRESS="http://localhost")
def test_where_no_mails_are_sent_an_owner_is_asked_to_tell_the_others(shared: Site) -> None:
    ana = shared.client("ana")
    page = ana.get(ERASE).text
    assert "will get an e-mail" not in page and "tell the other owners" in page and faults_of(page) == []
    post(ana, ERASE, fields={"name": NAME})
    page = ana.get("/companies/1").text
    assert "will get an e-mail" not in page and "tell the other owners" in page and faults_of(page) == []


def test_an_owner_who_has_switched_off_every_mail_is_told_all_the_same(shared: Site) -> None:
    jon = shared.client("jon")
    assert "the deletion of a company that you own" in jon.get("/account/mails").text
    assert post(jon, "/account/mails", form_at="/account/mails", fields={"kind": []}).status_code == 302
    assert " checked" not in jon.get("/account/mails").text
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    assert [mail.to for mail in outbox(shared)] == ["jon@example.org"]
    with mail_server() as server:
        shared.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port)
        assert deliver_next(shared.app)
        [mail] = server.mails
    assert mail["List-Unsubscribe"] is None and "Stop e-mails of this kind" not in str(mail)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_mail_and_the_page_are_in_the_language_of_whoever_reads(shared: Site, language: str) -> None:
    with shared.store() as session, session.begin():
        person = session.get_one(Person, shared.people["jon"].id)
        person.language = language
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    [mail] = outbox(shared)
    assert mail.language == language and ("asked to delete" in mail.text) is (language == "en")
    assert f"{'' if language == 'en' else '/' + language}{ERASE}" in mail.text
    prefix = "" if language == "en" else f"/{language}"
    for address in (f"{prefix}{ERASE}", f"{prefix}/companies/1"):
        assert faults_of(shared.client("jon").get(address).text) == [], address


@pytest.mark.parametrize("who", ["ana", "jon"])
def test_any_owner_stops_it_and_the_others_are_told(shared: Site, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    client = shared.client(who)
    page = client.get(ERASE).text
    assert (
        f"{named('Ana')} asked for this on " in page and "Do not delete this company" in page and faults_of(page) == []
    )
    assert "Type the name of the company" not in page
    assert post(client, ERASE, fields={"keep": "yes"}).status_code == 302 and not is_asked(shared)
    assert "The company is not deleted." in client.get("/companies/1").text
    told = outbox(shared)[1:]
    assert [mail.to for mail in told] == [{"ana": "jon@example.org", "jon": "ana@example.org"}[who]]
    assert f"{who.title()} stopped the deletion of {NAME}." in told[0].text
    days_later(shared, monkeypatch, timedelta(days=99))
    assert not is_gone(shared)
    post(client, ERASE, form_at=ERASE, fields={"keep": "yes"})
    assert len(outbox(shared)) == 2


def test_it_is_deleted_once_the_time_is_over_and_noted(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    days_later(shared, monkeypatch, TIME_TO_UNDO - timedelta(hours=1))
    assert not is_gone(shared)
    days_later(shared, monkeypatch, TIME_TO_UNDO)
    assert is_gone(shared) and not is_asked(shared) and outbox(shared) == []
    assert [one.number for one in read_erasures(Path(shared.app.config["ERASURES"]))] == [1]
    assert NAME not in shared.client("jon").get("/assessments").text
    assert shared.client("jon").get("/companies/1").status_code == 404


def test_nobody_but_an_owner_or_a_steward_stops_it(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    for who in ("olga", "audun", "ada"):
        refused = post(shared.client(who), ERASE, form_at="/account", fields={"keep": "yes"})
        assert refused.status_code in (403, 404), who
        assert post(shared.client(who), STEWARD, form_at="/account", fields={"keep": "yes"}).status_code == 404
    member = with_role(shared, "approver")
    assert post(member, ERASE, form_at="/account", fields={"keep": "yes"}).status_code == 403
    assert "asked to delete this company" in member.get("/companies/1").text
    assert is_asked(shared)
    stella = shared.client("stella")
    page = stella.get("/steward/companies/1").text
    assert f"requested by {named('Ana')}" in page and faults_of(page) == []
    page = stella.get(STEWARD).text
    assert "Do not delete this company" in page and "Delete this company for good" in page and faults_of(page) == []
    assert post(stella, STEWARD, fields={"keep": "yes"}).status_code == 302 and not is_asked(shared)
    assert [mail.to for mail in outbox(shared)[1:]] == ["ana@example.org"]  # Jon is no owner any more


def test_whoever_asked_may_be_erased_meanwhile(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    with shared.store() as session, session.begin():
        erase_person(session, shared.people["ana"].id, by=None, at=NOON)
    page = shared.client("jon").get("/companies/1").text
    assert f"{named('#1')} asked to delete this company." in page and shared.people["ana"].id == 1
    days_later(shared, monkeypatch, TIME_TO_UNDO)
    assert is_gone(shared)
    with shared.store() as session:
        assert trail_difference(session) is None


def test_of_a_company_that_was_merged_it_is_not_said_that_it_will_be_deleted(shared: Site) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    with shared.store() as session, session.begin():
        merge_company(session, 1, into=2, seen="confirmed", reason="The same", by=None, at=NOON)
    page = shared.client("stella").get("/steward/companies/1").text
    assert "requested by" not in page and faults_of(page) == []
