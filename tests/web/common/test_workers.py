"""Workers: mails are sent and jobs done in the background, and a failure stops no worker."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from compliance import store
from compliance.store.company_erasure_requests import TIME_TO_UNDO, ask_company_erasure
from compliance.web import background
from compliance.web.background import Worker, Workers
from compliance.web.database import db, now
from compliance.web.mail import queue_mail
from tests.support.sites import YEAR, Site, outbox, post


@pytest.fixture
def workers(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Workers that look for work only every hour, so that whatever they do at once, they were woken to do."""
    monkeypatch.setattr(background, "PAUSE", 3600.0)
    workers = Workers(site.app)
    yield workers
    workers.stop()


def wait_until(told: threading.Event) -> None:
    assert told.wait(60), "the worker did nothing"


def after(monkeypatch: pytest.MonkeyPatch, name: str) -> threading.Event:
    """An event that is set once a worker has finished a call of this function."""
    done, do = threading.Event(), getattr(background, name)

    def watched(*arguments: object, **named: object) -> bool:
        more = bool(do(*arguments, **named))
        if more:
            done.set()
        return more

    monkeypatch.setattr(background, name, watched)
    return done


def test_a_mail_is_sent_as_soon_as_it_is_committed(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, site: Site
) -> None:
    sent = after(monkeypatch, "deliver_next")
    request.getfixturevalue("workers")
    with site.app.test_request_context():
        queue_mail("reset-instructions", "ana@example.org", language="en", reset_link="x", within="y")
        db().commit()
    wait_until(sent)
    assert [mail.sent_at is None for mail in outbox(site)] == [False]
    assert len(list((Path(site.app.instance_path) / "mail").iterdir())) == 1


def test_a_company_is_deleted_automatically_once_the_time_to_stop_it_is_over(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, site: Site
) -> None:
    deleted = after(monkeypatch, "do_what_is_due")
    with site.store() as session, session.begin():
        asked_at = now() - TIME_TO_UNDO
        assert ask_company_erasure(session, 1, by=site.people["ana"].id, at=asked_at)
    request.getfixturevalue("workers")
    wait_until(deleted)
    with site.store() as session:
        assert store.company(session, 1).erased_at is not None and store.company(session, 2).erased_at is None


def test_a_job_is_done_as_soon_as_it_is_queued_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, site: Site
) -> None:
    closed = after(monkeypatch, "run_next_job")
    request.getfixturevalue("workers")
    address = f"/steward/periods/{YEAR}/close"
    there = post(site.client("stella"), address, form_at="/steward", fields={"sure": "yes"})
    assert there.status_code == 302
    wait_until(closed)
    with site.store() as session:
        assert store.published_years(session) == (YEAR,)


def test_a_worker_goes_on_after_a_failure(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PAUSE", 0.01)
    monkeypatch.setattr(sqlite_site.app.logger, "exception", lambda *_words: None)
    tries, stopping, third = [], threading.Event(), threading.Event()

    def fails() -> bool:
        tries.append(len(tries))
        if len(tries) == 3:
            third.set()
        raise OSError("the database is away")

    worker = Worker(sqlite_site.app, "made", fails, stopping)
    wait_until(third)
    stopping.set()
    worker.join()
    assert len(tries) >= 3


@pytest.mark.fault("the database is unavailable", "mails and jobs", "they wait; a line of the log says so")
def test_a_worker_logs_one_line_if_the_database_cannot_be_reached(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "PAUSE", 0.01)
    stopping, tried = threading.Event(), threading.Event()

    def fails() -> bool:
        tried.set()
        raise OperationalError("SELECT 1", None, OSError("server closed the connection"))

    worker = Worker(sqlite_site.app, "made", fails, stopping)
    wait_until(tried)
    stopping.set()
    worker.join()
    said = {(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records}
    assert said == {("WARNING", "made tries again: database or disk are away", None)}
