"""A job that ends its process again and again is given up, and every steward gets a mail, unless erased meanwhile."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from compliance import store
from compliance.languages.formats import date_and_time
from compliance.languages.interface_messages import gettext, in_language
from compliance.store.erasures import erase_person
from compliance.store.jobs import FIRST_PAUSE, MOST_STARTS, WORKER_ENDED
from compliance.store.models import Person
from compliance.store.work_models import Job
from compliance.web import jobs
from compliance.web.jobs import call_after_starting
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, YEAR, Site, outbox
from tests.web.steward.test_closing_job import CLOSE, closed_at, do_next, latest, steward


@pytest.fixture
def queued(site: Site, stella: FlaskClient) -> Site:
    """Stella has started to close the period, and a worker in this process is busy."""
    call_after_starting(site.app, lambda: None)
    assert steward(stella, CLOSE, sure="yes") == "/steward/jobs"
    return site


def begun_too_often(site: Site, how: str = "") -> None:
    """Make it look as if the waiting job had ended its process as often as is tolerated, lastly as `how` says."""
    with site.store() as session, session.begin():
        session.execute(update(Job).values(starts=MOST_STARTS, details=how))


def add_steward(site: Site, name: str, language: str, *, active: bool) -> None:
    with site.store() as session, session.begin():
        known = {"email": f"{name}@example.org", "name": name, "password_hash": "x"}
        added = store.add_person(session, **known, roles=["steward"], by=None, at=NOON)
        store.set_active(session, added.id, active, by=None, at=NOON)
        session.get_one(Person, added.id).language = language


def test_every_steward_is_told_of_a_job_that_was_given_up(queued: Site, stella: FlaskClient) -> None:
    add_steward(queued, "sami", "fr", active=True)
    add_steward(queued, "gone", "en", active=False)
    begun_too_often(queued)
    assert do_next(queued) and not do_next(queued)
    assert (latest(queued).state, latest(queued).fault, closed_at(queued)) == ("failed", WORKER_ENDED, None)
    english, french = outbox(queued)
    assert (english.kind, english.to, french.kind, french.to) == (
        *("job-given-up", "stella@example.org"),
        *("job-given-up", "sami@example.org"),
    )
    assert f"This job was given up: Close {YEAR}." in english.text and "The program ended 5 times" in english.text
    assert "/steward/jobs" in english.text and "/fr/steward/jobs" in french.text
    with in_language("fr"):
        assert gettext("Close %(year)s", year=str(YEAR)) in french.text
        assert gettext("A job was given up") == french.subject != english.subject
    page = stella.get("/steward").text
    assert "One job was given up." in page and faults_of(page) == []
    steward(stella, f"/steward/jobs/{latest(queued).id}/again")
    assert "given up" not in stella.get("/steward").text
    assert do_next(queued) and latest(queued).state == "done"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exit code 1", "The program ended 5 times during this work, the last time with exit code 1. Nothing was"),
        ("signal SIGKILL", "The program ended 5 times during this work, the last time by the signal SIGKILL. Nothing"),
        ("", "The program ended 5 times during this work. Nothing was changed. Ask the administrator"),
    ],
)
def test_stewards_are_told_what_is_known_of_the_cause_and_nothing_else(
    queued: Site, stella: FlaskClient, how: str, said: str
) -> None:
    begun_too_often(queued, how)
    assert do_next(queued)
    [mail] = outbox(queued)
    page = stella.get("/steward/jobs").text
    for text in (page, " ".join(mail.text.split())):
        assert said in text and "start the job again once the cause is removed." in text and "memory" not in text
    assert faults_of(page) == [] and (how == "" or page.count(how) == 1)


def test_stewards_see_when_a_job_that_failed_is_started_again(queued: Site, stella: FlaskClient) -> None:
    with queued.store() as session, session.begin():
        job = store.take_job(session, at=NOON)
        assert job is not None
        store.postpone_job(session, job, how="exit code 1", at=NOON)
    page = stella.get("/steward/jobs").text
    assert f"It will be started again on {date_and_time(NOON + FIRST_PAUSE)} (UTC)." in page
    assert "exit code 1" in page and faults_of(page) == []


def test_no_job_is_given_up_silently(queued: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    begun_too_often(queued)

    def refuse(*_mail: object, **_words: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as full:
        full.setattr(jobs, "queue_mail", refuse)
        with pytest.raises(OSError, match="no space left"):
            do_next(queued)
    assert latest(queued).state == "waiting" and outbox(queued) == []
    assert do_next(queued) and [mail.kind for mail in outbox(queued)] == ["job-given-up"]


def test_a_person_who_started_a_closing_and_was_erased_meanwhile_gets_no_mail(queued: Site) -> None:
    with queued.store() as session, session.begin():
        erase_person(session, queued.people["stella"].id, by=None, at=NOON)
    assert do_next(queued)
    assert latest(queued).state == "done" and closed_at(queued) is not None and outbox(queued) == []
