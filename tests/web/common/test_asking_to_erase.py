"""If a company has several owners, one of them can ask to delete it, and the others have two weeks to stop that."""

import itertools
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext, in_language
from compliance.store.companies import company
from compliance.store.company_erasure_requests import (
    TIME_TO_UNDO,
    ask_company_erasure,
    company_erasure_request,
    renew_company_requests,
)
from compliance.store.erasures import erase_person, read_erasures
from compliance.store.jobs import queue_job
from compliance.store.memberships import change_member_role
from compliance.store.models import Organisation, Person
from compliance.store.outbox import switch_mail
from compliance.store.trail_check import trail_difference
from compliance.web import erasing
from compliance.web.jobs import run_next_job
from compliance.web.mail_delivery import deliver_next
from tests.support.mail_server import mail_server
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin, outbox, post, save_profile
from tests.web.company.test_colleagues import with_role

pytestmark = pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
ERASE, STEWARD = "/companies/1/erase", "/steward/companies/1/erase"
NAME = "Example Travel 01"


@pytest.fixture
def shared(site: Site) -> Site:
    """Ana's company, of which Jon is an owner too."""
    begin(site)
    with site.store() as session, session.begin():
        change_member_role(session, 1, site.people["jon"].id, "owner", by=None, at=NOON)
    return site


def named(person: str) -> str:
    """A name in the markup with which pages show it."""
    return f'<bdi translate="no">{person}</bdi>'


def is_gone(site: Site) -> bool:
    with site.store() as session:
        return company(session, 1).erased_at is not None


def is_asked(site: Site) -> bool:
    with site.store() as session:
        assert trail_difference(session) is None
        return company_erasure_request(session, 1) is not None


def days_later(site: Site, monkeypatch: pytest.MonkeyPatch, days: timedelta) -> None:
    """Let this much time pass, and then a worker look for due deletions."""
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
    # Asking again changes nothing, nor does typing the name a second time.
    post(ana, ERASE, form_at=ERASE, fields={"name": NAME})
    assert len(outbox(shared)) == 1 and not is_gone(shared)


@pytest.mark.site(MAIL_SERVER="", ADDRESS="http://localhost")
def test_if_no_mails_are_sent_the_owner_is_asked_to_tell_the_others(shared: Site) -> None:
    ana = shared.client("ana")
    page = ana.get(ERASE).text
    assert "will get an e-mail" not in page and "tell the other owners" in page and faults_of(page) == []
    post(ana, ERASE, fields={"name": NAME})
    page = ana.get("/companies/1").text
    assert "will get an e-mail" not in page and "tell the other owners" in page and faults_of(page) == []


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_the_mail_and_the_page_are_in_the_language_of_their_reader(shared: Site, language: str) -> None:
    with shared.store() as session, session.begin():
        person = session.get_one(Person, shared.people["jon"].id)
        person.language = language
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    [mail] = outbox(shared)
    assert mail.language == language and ("asked to delete" in mail.text) is (language == "en")
    assert f"{'' if language == 'en' else '/' + language}{ERASE}" in mail.text
    prefix = "" if language == "en" else f"/{language}"
    with in_language(language):
        owner = gettext("owner")  # as the list of people has it
    assert owner in mail.text
    for address in (f"{prefix}{ERASE}", f"{prefix}/companies/1"):
        page = shared.client("jon").get(address).text
        sentence = page[page.index('role="status"><b>') :].partition("</p>")[0]
        assert owner in sentence and faults_of(page) == [], address


@pytest.mark.parametrize("who", ["ana", "jon"])
def test_any_owner_can_stop_it_and_the_others_are_told(shared: Site, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_only_an_owner_or_a_steward_can_stop_it(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_owner_who_asked_can_be_erased_meanwhile(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    with shared.store() as session, session.begin():
        erase_person(session, shared.people["ana"].id, by=None, at=NOON)
    page = shared.client("jon").get("/companies/1").text
    assert f"{named('#1')} asked to delete this company." in page and shared.people["ana"].id == 1
    days_later(shared, monkeypatch, TIME_TO_UNDO)
    assert is_gone(shared)
    with shared.store() as session:
        assert trail_difference(session) is None


def test_no_page_says_that_a_merged_company_will_be_deleted(shared: Site) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    with shared.store() as session, session.begin():  # as an earlier version let stewards do
        merged = session.get_one(Organisation, 1)
        merged.status, merged.merged_into = "merged", 2
    page = shared.client("stella").get("/steward/companies/1").text
    assert "requested by" not in page and faults_of(page) == []


def test_the_mail_and_the_page_name_the_same_day(shared: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if a day ends during the request: this clock is a day later each time it is read."""
    ana = shared.client("ana")
    moments = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day) for day in itertools.count())
    with monkeypatch.context() as passing:
        passing.setattr(erasing, "now", lambda: next(moments))
        post(ana, ERASE, fields={"name": NAME})
    [mail] = outbox(shared)
    told = re.search(r"It will be deleted on (\d+ \w+ \d{4})\.", mail.text)
    page = ana.get("/companies/1").text
    assert told and f"The company will be deleted on {told[1]}." in page
    assert f"It will be deleted on {told[1]} unless an owner stops it." in page


def test_the_mail_is_sent_even_to_owners_who_have_switched_mails_off(shared: Site) -> None:
    jon = shared.client("jon")
    assert "company-deletion" not in jon.get("/account/mails").text
    with shared.store() as session, session.begin():  # as an earlier version let people do
        switch_mail(session, shared.people["jon"].id, {"company-deletion": False}, at=NOON)
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    assert [mail.to for mail in outbox(shared)] == ["jon@example.org"]
    with mail_server() as server:
        shared.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port, ADDRESS="https://a.example")
        deliver_next(shared.app)
    (mail,) = server.mails
    assert mail["List-Unsubscribe"] is None
    text = mail.get_body(("plain",)).get_content()
    assert "E-mails of this kind cannot be switched off." in text and "/mails/stop/" not in text
    assert "security of your account" not in text


@pytest.mark.parametrize("left", ["reader", "nothing"])
def test_an_owner_who_removes_the_other_owners_cannot_delete_at_once(
    shared: Site, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, jon = shared.client("ana"), shared.client("jon")
    do = {"do": "role", "role": "reader"} if left == "reader" else {"do": "remove"}
    changed = {"person": str(shared.people["jon"].id), **do}
    assert post(ana, "/companies/1/members", form_at="/companies/1", fields=changed).status_code == 302
    assert jon.get(ERASE).status_code == (403 if left == "reader" else 404)  # nothing to stop yet
    already = len(outbox(shared))
    post(ana, ERASE, fields={"name": NAME})
    assert not is_gone(shared) and is_asked(shared)
    [mail] = outbox(shared)[already:]
    assert (mail.to, mail.kind) == ("jon@example.org", "company-deletion") and ERASE in mail.text
    page = jon.get(ERASE).text
    assert "Do not delete this company" in page and faults_of(page) == []
    assert "Type the name of the company" not in page and "data.zip" not in page and "written request" not in page
    post(jon, ERASE, fields={"name": NAME})
    assert is_asked(shared) and not is_gone(shared)  # it can be stopped, and nothing else
    assert post(jon, ERASE, fields={"keep": "yes"}).headers["Location"] == "/assessments"
    assert not is_asked(shared)
    told = outbox(shared)[-1]
    assert told.to == "ana@example.org" and "Jon stopped the deletion" in told.text
    days_later(shared, monkeypatch, timedelta(days=99))
    assert not is_gone(shared)


def test_a_former_owner_can_stop_it_if_the_role_was_removed_after_the_request(shared: Site) -> None:
    ana, jon = shared.client("ana"), shared.client("jon")
    post(ana, ERASE, fields={"name": NAME})
    gone = {"person": str(shared.people["jon"].id), "do": "remove"}
    post(ana, "/companies/1/members", form_at="/companies/1", fields=gone)
    already = len(outbox(shared))
    post(ana, ERASE, fields={"keep": "yes"})
    [mail] = outbox(shared)[already:]
    assert mail.to == "jon@example.org" and "stopped the deletion" in mail.text and "/companies/" not in mail.text
    assert jon.get(ERASE).status_code == 404
    post(ana, ERASE, fields={"name": NAME})
    assert post(jon, ERASE, fields={"keep": "yes"}).status_code == 302 and not is_asked(shared)


def test_a_former_owner_who_gave_up_the_role_or_lost_it_long_ago_cannot_stop_it(shared: Site) -> None:
    jon, number = shared.client("jon"), shared.people["jon"].id
    with shared.store() as session, session.begin():
        before = erasing.now() - TIME_TO_UNDO - timedelta(days=1)
        change_member_role(session, 1, number, "reader", by=shared.people["ana"].id, at=before)
        change_member_role(session, 1, number, "owner", by=shared.people["ana"].id, at=before)
    post(jon, "/companies/1/members", form_at="/companies/1", fields={"person": str(number), "do": "remove"})
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    assert is_gone(shared)


def test_those_who_could_stop_it_still_can_after_a_backup_is_restored(shared: Site) -> None:
    """The two weeks start again. The time of the request, and who was an owner shortly before it, stay the same."""
    jon, ana = shared.people["jon"].id, shared.people["ana"].id
    taken_away = erasing.now() - TIME_TO_UNDO - timedelta(days=9)
    asked_for = taken_away + timedelta(days=5)
    with shared.store() as session, session.begin():
        change_member_role(session, 1, jon, "reader", by=ana, at=taken_away)
        assert ask_company_erasure(session, 1, by=ana, at=asked_for)
        assert renew_company_requests(session, at=erasing.now()) == (1,)
    page = shared.client("jon").get(ERASE).text
    asked_on, stays_until = (long_date(day) for day in (asked_for, erasing.now() + TIME_TO_UNDO))
    assert f"{named('Ana')} asked for this on {asked_on}." in page and f"deleted on {stays_until}" in page
    assert post(shared.client("jon"), ERASE, fields={"keep": "yes"}).status_code == 302 and not is_asked(shared)
    assert [mail.to for mail in outbox(shared)] == ["ana@example.org"]


def test_after_a_restore_everybody_who_can_stop_it_is_mailed_once_in_the_same_words(shared: Site) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    [first] = outbox(shared)
    with shared.store() as session, session.begin():  # as `compliance restore` does
        renew_company_requests(session, at=erasing.now())
        queue_job(session, erasing.RENEWED_DELETION, "organisation/1", by=None, at=erasing.now())
    while run_next_job(shared.app, threading.Event()):
        pass
    again = outbox(shared)[1:]
    assert [mail.to for mail in again] == ["ana@example.org", "jon@example.org"]
    assert {(mail.kind, mail.subject, mail.text) for mail in again} == {(first.kind, first.subject, first.text)}
    page = shared.client("stella").get("/steward/jobs").text
    assert f"About the deletion of {NAME}" in page and faults_of(page) == []


def test_a_deletion_that_is_stopped_before_its_mails_are_written_is_not_told(shared: Site) -> None:
    post(shared.client("ana"), ERASE, fields={"name": NAME})
    with shared.store() as session, session.begin():
        renew_company_requests(session, at=erasing.now())
        queue_job(session, erasing.RENEWED_DELETION, "organisation/1", by=None, at=erasing.now())
    post(shared.client("ana"), ERASE, fields={"keep": "yes"})
    before = len(outbox(shared))
    assert run_next_job(shared.app, threading.Event()) and len(outbox(shared)) == before


def test_every_page_of_the_company_and_no_other_page_says_that_it_will_be_deleted(shared: Site) -> None:
    save_profile(shared, 1)
    others = begin(shared, "olga")
    pages = ("/assessments/1", "/assessments/1/profile", "/assessments/1/code", "/assessments/1/scorecard?as=draft")
    pages += ("/companies/1", "/companies/1/evidence")
    clients = {who: shared.client(who) for who in ("ana", "olga")}
    before = {page: clients["ana"].get(page).text for page in pages}
    post(clients["ana"], ERASE, fields={"name": NAME})
    clients["ana"].get("/account")  # says that it was asked for, once
    said = f"{named('Ana')} asked to delete this company."
    for page in pages:
        text = clients["ana"].get(page).text
        assert (before[page].count(said), text.count(said)) == (0, 1), page
        assert f'href="{ERASE}"' in text and faults_of(text) == [], page
    member = with_role(shared, "reader")
    text = member.get("/assessments/1").text
    assert said in text and ERASE not in text
    assert said not in clients["olga"].get(f"/assessments/{others}").text
    for page in (f"/assessments/{others}", "/assessments/999", "/companies/2"):
        refused = clients["ana"].get(page)
        assert refused.status_code == 404 and said not in refused.text and faults_of(refused.text) == [], page
