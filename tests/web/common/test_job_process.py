"""Long jobs run in a process of their own, with the server's settings and a low priority, and end like other jobs."""

import itertools
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import pytest

from compliance import store
from compliance.store.jobs import LEASE, MOST_STARTS, WORKER_ENDED
from compliance.web import job_process, jobs
from compliance.web.background import NICENESS, Workers, do_apart
from compliance.web.database import now, store_engine
from compliance.web.jobs import do_taken_job, run_next_job
from compliance.web.steward.closing import CLOSE_PERIOD, PREVIEW_CLOSING
from tests.support.forked_servers import ForkedServer
from tests.support.real_servers import free_port, port_said
from tests.support.sites import SALT, YEAR, Site, post

#: In seconds: longer than anything here takes, even on a busy machine.
PATIENCE = 120.0
#: The editions of the tool, because a process that knows only the environment has these.
pytestmark = pytest.mark.site(EDITIONS=None)


def found_in_time(look: Callable[[], object], what: str) -> None:
    """Call a function again and again until it returns something."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not look():
        assert time.monotonic() < deadline, what
        pause.wait(0.02)


def job_processes(parent: int) -> list[int]:
    """The processes for jobs that a process has started and that are still running."""
    started = [pid for listed in Path(f"/proc/{parent}/task").glob("*/children") for pid in listed.read_text().split()]
    return [int(pid) for pid in started if b"compliance.web.job_process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def process_of_job(parent: int) -> int:
    """The process of the running job, once there is one."""
    found_in_time(lambda: job_processes(parent), "no process was started")
    return job_processes(parent)[0]


@pytest.fixture
def settings(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a site as environment variables, as in a real installation."""
    sqlite_site.app.config["JOBS_APART"] = True
    said = {
        "ARTICLE34_INSTANCE": sqlite_site.app.instance_path,
        "DATABASE_URL": sqlite_site.app.config["DATABASE_URL"],
        "SECURITY_PASSWORD_SALT": SALT,
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return said


@pytest.fixture
def hours_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look of the workers at their clock be three hours later: longer than any pause between two starts."""
    looks = itertools.count()
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(hours=3 * next(looks)))


@pytest.fixture
def workers(sqlite_site: Site, settings: dict[str, str]) -> Iterator[Workers]:
    """The workers of this process, which is the server here."""
    workers = Workers(sqlite_site.app)
    yield workers
    workers.stop()


def close(site: Site) -> None:
    """Have the steward close the period."""
    response = post(site.client("stella"), f"/steward/periods/{YEAR}/close", fields={"sure": "yes"})
    assert response.headers["Location"] == "/steward/jobs"


def latest(site: Site) -> store.JobStatus:
    with site.store() as session:
        return store.latest_jobs(session, most=1)[0]


def queue(site: Site, kind: str) -> None:
    """Queue a job, as another web process would."""
    with site.store() as session, session.begin():
        store.queue_job(session, kind, f"period/{YEAR}", by=None, at=now())


def is_running(pid: int) -> bool:
    """Whether a process is running. One that has ended and whose exit code was not read yet has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


@pytest.mark.fault(
    "the process of a job is killed", "the closing of a period", "it is begun again a minute later, and publishes once"
)
def test_a_closing_runs_in_a_process_with_lower_priority_than_requests_and_starts_again_if_that_is_killed(
    sqlite_site: Site, hours_pass: None, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    close(sqlite_site)
    process = process_of_job(os.getpid())
    with closing(sqlite3.connect(store_engine(sqlite_site.app).url.database or "")) as held:
        held.execute("BEGIN IMMEDIATE")  # so that it cannot end before it is killed
        found_in_time(lambda: os.getpriority(os.PRIO_PROCESS, process) == NICENESS, "it takes the time of requests")
        said, job = Path(f"/proc/{process}/cmdline").read_text().split("\0"), latest(sqlite_site)
        assert said == [sys.executable, "-P", "-m", "compliance.web.job_process", str(job.id), job.lease, ""]
        os.kill(process, SIGKILL)
        held.rollback()
    found_in_time(lambda: latest(sqlite_site).state == "done", "nobody took it up")
    found_in_time(lambda: not job_processes(os.getpid()), "its process stays")
    assert latest(sqlite_site).starts == 2
    assert [record.getMessage() for record in caplog.records if "process ended" in record.getMessage()] == [
        f"job {latest(sqlite_site).id}: its process ended with -9, at start 1 of at most {MOST_STARTS}"
    ]
    with sqlite_site.store() as session:
        assert store.published_years(session) == (YEAR,)
        assert store.verify_trail(session) is None


def test_a_job_whose_process_fails_at_once_is_not_started_again_at_once(
    sqlite_site: Site, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    queue(sqlite_site, CLOSE_PERIOD)
    while run_next_job(sqlite_site.app, threading.Event(), apart=do_apart):
        pass
    job = latest(sqlite_site)
    assert (job.state, job.starts, job.details) == ("waiting", 1, "exit code 1")
    assert job.not_before is not None and job.not_before > now()


def test_a_job_whose_process_ends_again_and_again_fails_with_a_sentence(
    sqlite_site: Site, settings: dict[str, str], hours_pass: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    workers = Workers(sqlite_site.app)
    close(sqlite_site)
    found_in_time(lambda: latest(sqlite_site).state == "failed", "it is tried for ever")
    workers.stop()
    assert (latest(sqlite_site).starts, latest(sqlite_site).fault) == (MOST_STARTS + 1, WORKER_ENDED)
    page = sqlite_site.client("stella").get("/steward/jobs").text
    assert "The program ended 5 times during this work, the last time with exit code 1." in page


def test_a_process_does_not_touch_a_job_that_another_worker_has_taken_meanwhile(sqlite_site: Site) -> None:
    queue(sqlite_site, CLOSE_PERIOD)
    with sqlite_site.store() as session, session.begin():
        lost = store.take_job(session, at=now())
    with sqlite_site.store() as session, session.begin():
        theirs = store.take_job(session, at=now() + 2 * LEASE)
    assert lost is not None and theirs is not None and lost.id == theirs.id
    do_taken_job(sqlite_site.app, lost.id, lost.lease, threading.Event())
    assert latest(sqlite_site) == theirs
    do_taken_job(sqlite_site.app, theirs.id, theirs.lease, threading.Event())
    assert latest(sqlite_site).state == "done"


def test_a_server_that_stops_ends_the_process_of_its_job_and_the_job_starts_again_later(
    sqlite_site: Site, settings: dict[str, str]
) -> None:
    workers = Workers(sqlite_site.app)
    close(sqlite_site)
    process = process_of_job(os.getpid())
    workers.stop()
    assert not is_running(process)
    assert (latest(sqlite_site).state, latest(sqlite_site).starts) == ("waiting", 0)


def test_a_process_that_cannot_start_says_why_in_a_sentence(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLE34_LOG", "loud")
    monkeypatch.setattr(sys, "argv", ["job_process", "1", "lease"])
    others = {*threading.enumerate()}
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises(SystemExit) as ended:
            job_process.main()
        for reader in {*threading.enumerate()} - others:  # of the input
            reader.join()
    # Python prints a text that it exits with, and the exit code is 1.
    assert str(ended.value.code).startswith("A job cannot be done: ARTICLE34_LOG: write text or json, and not 'loud'")


def test_the_process_of_a_job_knows_settings_from_files_and_ends_with_its_server(
    sqlite_site: Site, settings: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "database_url"
    file.write_text(settings["DATABASE_URL"])
    env = {**os.environ, "DATABASE_URL": "", "DATABASE_URL_FILE": str(file)}
    server = ForkedServer("serve", "--port", str(free_port()), env=env)
    try:
        port_said(server.output)
        queue(sqlite_site, PREVIEW_CLOSING)
        found_in_time(lambda: latest(sqlite_site).state == "done", "it found no database")
        queue(sqlite_site, CLOSE_PERIOD)
        process = process_of_job(server.pid)
    finally:
        server.kill()
    found_in_time(lambda: not is_running(process), "it goes on without its server")
    assert (latest(sqlite_site).state, latest(sqlite_site).starts) == ("waiting", 0)
