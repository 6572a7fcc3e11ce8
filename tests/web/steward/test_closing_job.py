"""Closing a period is a job: nobody waits for it, everything submitted before counts, and it survives being killed."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.closing import ClosedPeriod
from compliance.publication import ReadSubmissions, compute_closing, preview_closing
from compliance.scoring.serialisation import submission_json_writer
from compliance.store import PeriodClosed
from compliance.store.answers_and_evidence import answer_digest
from compliance.store.audit_trail import last_entry_about
from compliance.store.models import Determination
from compliance.store.signed_heads import kept_signed_head, made_key
from compliance.web import jobs
from compliance.web.database import now
from compliance.web.edition_registry import editions, newest_edition
from compliance.web.jobs import JOB_KINDS, RunningJob, call_after_starting, run_next_job
from compliance.web.steward.closing import CLOSE_PERIOD, MOST_ATTEMPTS
from compliance.web.steward.jobs import FAULT_LABELS, STEP_LABELS
from tests.support.forked_servers import ForkedServer
from tests.support.interrupted_job import hang_in_the_next_job
from tests.support.many_companies import add_many
from tests.support.page_lint import faults_of
from tests.support.published import published_snapshot
from tests.support.sites import YEAR, Site, answers, begin, outbox, post, save
from tests.support.stores import NOON

CLOSE = f"/steward/periods/{YEAR}/close"
#: Seconds: much less than computing the figures takes, and enough that others get the lock of a SQLite file in turn.
BETWEEN_SUBMISSIONS = 0.01


def steward(client: FlaskClient, address: str, **fields: str) -> str:
    response = post(client, address, form_at="/steward", fields=fields)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def submit(site: Site, number: int, at: datetime) -> None:
    """Submit an assessment, as the company does on its page."""
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=None, at=at, edition=asked.edition, consent="counted", scores=scores)


def do_next(site: Site) -> bool:
    return run_next_job(site.app, threading.Event())


def latest(site: Site) -> store.JobStatus:
    with site.store() as session:
        return store.latest_jobs(session, most=1)[0]


def closed_at(site: Site) -> datetime | None:
    with site.store() as session:
        return store.period(session, YEAR).closed_at


@pytest.fixture
def busy_worker(site: Site) -> None:
    """A worker in this process that is busy, so queued jobs wait until the test does them."""
    call_after_starting(site.app, lambda: None)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Callable[[], object]]]:
    """Actions that run once, when the job reaches a step. `steps` has the steps it reached, in order."""
    happens: dict[str, Callable[[], object]] = {}
    reached: list[str] = []
    progress = RunningJob.progress

    def watched(job: RunningJob, step: str, done: int = 0, total: int = 0) -> None:
        progress(job, step, done, total)
        reached.append(step)
        happens.pop(step, lambda: None)()

    monkeypatch.setattr(RunningJob, "progress", watched)
    yield happens
    assert set(reached) <= STEP_LABELS.keys()
    assert not happens, "a step was never reached"


# ── While it is computed


def test_companies_save_and_submit_while_the_figures_are_computed(
    site: Site, stella: FlaskClient, meanwhile: dict[str, Callable[[], object]]
) -> None:
    number = begin(site)
    code = f"/assessments/{number}/code"

    def save_answers() -> None:
        assert save(site, code, answers(r1__code="intent")).status_code == 302
        assert closed_at(site) is None

    meanwhile["publishing"] = save_answers  # computed, but not locked yet
    assert steward(stella, CLOSE, sure="yes") == "/steward"
    assert closed_at(site) is not None
    assert save(site, code, answers(r1__practice="40")).status_code == 409


def test_a_submission_made_meanwhile_counts_and_is_not_later_than_the_closing(
    site: Site, stella: FlaskClient, meanwhile: dict[str, Callable[[], object]]
) -> None:
    number, others = begin(site, "ana"), []

    def submit_late() -> None:
        others.append(now())
        submit(site, number, others[0])

    meanwhile["publishing"], meanwhile["again"] = submit_late, lambda: others.append(now())
    steward(stella, CLOSE, sure="yes")
    submitted_at, again_at = others
    with site.app.app_context(), site.store() as session:
        asked = editions()["walk-2026"].edition
        assert published_snapshot(session, YEAR) == preview_closing(session, asked, YEAR, as_of=now().date())
        submitted = store.latest_submission(session, number)
        assert store.verify_trail(session) is None
    closed = closed_at(site)
    assert closed is not None and submitted.at == submitted_at < again_at < closed


def test_closing_signs_the_entry_of_the_figures_and_their_page_shows_it(site: Site, stella: FlaskClient) -> None:
    site.app.config["TRAIL_KEY"] = made_key()
    steward(stella, CLOSE, sure="yes")
    with site.store() as session:
        noted = last_entry_about(session, f"snapshot/{YEAR}")
        assert noted is not None
        signed = kept_signed_head(session, noted[0])
    assert signed is not None and signed.is_sound and (signed.entry, signed.hash) == noted
    page = site.client().get(f"/publications/{YEAR}").text
    assert f">{signed}</code>" in page and f">{signed.fingerprint}</code>" in page
    assert faults_of(page) == []


def test_a_company_that_is_confirmed_meanwhile_counts(
    site: Site, stella: FlaskClient, meanwhile: dict[str, Callable[[], object]]
) -> None:
    with site.store() as session, session.begin():
        late = store.add_organisation(session, "Example Late 03", at=NOON)

    def confirm() -> None:
        with site.store() as session, session.begin():
            store.change_status(session, late, "confirmed", seen="pending", reason="known", by=None, at=NOON)

    meanwhile["publishing"], meanwhile["again"] = confirm, lambda: None
    steward(stella, CLOSE, sure="yes")
    assert closed_at(site) is not None


@pytest.fixture
def submitted_each_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Submit an assessment again each time figures have been computed, before they are published."""
    number, progress = begin(site), RunningJob.progress

    def submit_again(job: RunningJob, step: str, done: int = 0, total: int = 0) -> None:
        progress(job, step, done, total)
        if step == "publishing":
            submit(site, number, now())

    with monkeypatch.context() as patch:
        patch.setattr(RunningJob, "progress", submit_again)
        yield number


def test_a_period_closes_however_often_somebody_submits(
    site: Site, stella: FlaskClient, submitted_each_time: int
) -> None:
    assert steward(stella, CLOSE, sure="yes") == "/steward"
    with site.app.app_context(), site.store() as session:
        assert len(store.submissions_of(session, submitted_each_time)) == MOST_ATTEMPTS
        asked = editions()["walk-2026"].edition
        assert published_snapshot(session, YEAR) == preview_closing(session, asked, YEAR, as_of=now().date())
        assert store.verify_trail(session) is None
    assert closed_at(site) is not None


def test_only_what_was_submitted_since_is_read_again(
    site: Site, stella: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [begin(site, who) for who in ("ana", "olga")]
    for number in numbers:
        submit(site, number, now())
    reached, progress = list[tuple[str, int, int]](), RunningJob.progress

    def watched(job: RunningJob, step: str, done: int = 0, total: int = 0) -> None:
        progress(job, step, done, total)
        if step == "publishing" and ("again", 0, 0) not in reached:
            submit(site, numbers[0], now())
        reached.append((step, done, total))

    monkeypatch.setattr(RunningJob, "progress", watched)
    steward(stella, CLOSE, sure="yes")
    first = [("reading", 0, 0), ("reading", 2, 2), ("publishing", 0, 0)]
    assert reached == [*first, ("again", 0, 0), ("reading", 1, 1), ("publishing", 0, 0)]


def test_a_period_with_hundreds_of_companies_closes_while_one_after_the_other_submits(
    sqlite_site: Site,
) -> None:
    site, number, stella = sqlite_site, begin(sqlite_site), sqlite_site.client("stella")
    submit(site, number, now())
    with site.store() as session:
        assert add_many(session, 600, year=YEAR, auditor=site.people["audun"].id).submitted == 540
    accepted, refused = list[datetime](), threading.Event()

    def submit_on_and_on() -> None:
        while not refused.wait(BETWEEN_SUBMISSIONS):
            at = now()
            try:
                submit(site, number, at)
                accepted.append(at)
            except PeriodClosed:
                refused.set()

    others = threading.Thread(target=submit_on_and_on)
    others.start()
    assert steward(stella, CLOSE, sure="yes") == "/steward"
    others.join()
    with site.app.app_context(), site.store() as session:
        latest_at = store.latest_submission(session, number).at
        asked = editions()["walk-2026"].edition
        assert published_snapshot(session, YEAR) == preview_closing(session, asked, YEAR, as_of=now().date())
    closed = closed_at(site)
    assert closed is not None and latest_at == accepted[-1] < closed
    assert len(accepted) > MOST_ATTEMPTS


def confirmed(session: Session, assessment_id: int) -> list[dict[str, object]]:
    """Confirm every answer of an assessment, as an auditor."""
    answers = store.submitted_answers(store.latest_submission(session, assessment_id))
    said = {
        "assessment_id": assessment_id,
        "verdict": "confirmed",
        "value": "",
        "comment": "",
        "version": 1,
        "at": NOON,
    }
    return [
        {**said, "question": question, "answer_digest": answer_digest(answer), "by": None}
        for question, answer in answers.items()
        if answer.text and not question.startswith("profile.")
    ]


def test_figures_based_on_submissions_read_before_equal_those_computed_afresh(own_demonstration: Site) -> None:
    site, read = own_demonstration, ReadSubmissions()
    with site.app.app_context(), site.store() as session:
        served = newest_edition()

        def compute(read: ReadSubmissions | None = None) -> ClosedPeriod:
            return compute_closing(session, served.edition, YEAR, as_of=NOON.date(), read=read).closed

        before, at = compute(read), now()
        listed = (one.made_from[0] for one in [*read.values()] if one.company.consent == "counted")
        named, sooner, left_out, hidden = (next(listed) for _ in range(4))
        submit = partial(store.submit, by=None, at=at, edition=served.edition, consent="named")
        of_named = Determination.assessment_id == named.assessment_id
        changes: list[Callable[[], object]] = [
            lambda: store.change_consent(session, named.assessment_id, "named", by=None, at=at),
            lambda: session.execute(insert(Determination), confirmed(session, named.assessment_id)),
            lambda: session.execute(update(Determination).where(of_named).values(verdict="not-shown")),
            lambda: store.rename_company(session, named.organisation_id, "Renamed", reason="asked", by=None, at=at),
            lambda: session.execute(delete(Determination).where(of_named)),
            lambda: submit(session, sooner.assessment_id, scores=submission_json_writer(served.compiled)),
            lambda: store.change_consent(session, hidden.assessment_id, "private", by=None, at=at),
            lambda: store.change_status(
                session, left_out.organisation_id, "refused", seen="confirmed", reason="copy", by=None, at=at
            ),
        ]
        moved = []
        for change in changes:
            change()
            after = compute(read)
            assert after == compute()
            moved.append(after != before)
            before = after
        assert moved == [True] * len(changes)


# ── What the steward sees


def test_the_page_of_jobs_shows_how_far_a_closing_is(
    site: Site, stella: FlaskClient, busy_worker: None, meanwhile: dict[str, Callable[[], object]]
) -> None:
    submit(site, begin(site), now())
    assert steward(stella, CLOSE, sure="yes") == "/steward/jobs"
    assert steward(stella, CLOSE, sure="yes") == "/steward/jobs"
    assert stella.get(CLOSE).headers["Location"] == "/steward/jobs"
    pages = [stella.get("/steward/jobs").text]
    meanwhile["publishing"] = lambda: pages.append(stella.get("/steward/jobs").text)
    assert do_next(site) and not do_next(site)
    pages.append(stella.get("/steward/jobs").text)
    for page, says in zip(pages, ("Waiting", STEP_LABELS["publishing"], "See what is published"), strict=True):
        assert f"Close {YEAR}" in page and says in page
        assert faults_of(page) == []
    (mail,) = outbox(site)
    assert (mail.kind, mail.to) == ("period-closed", "stella@example.org")
    assert f"http://localhost:5034/publications/{YEAR}" in mail.text
    assert ["Reload this page" in page for page in pages] == [True, True, False]


def test_a_steward_closing_a_period_that_was_closed_meanwhile_is_told_so(
    site: Site, stella: FlaskClient, busy_worker: None
) -> None:
    steward(stella, CLOSE, sure="yes")
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    do_next(site)
    assert (latest(site).state, latest(site).fault) == ("failed", "closed")
    assert FAULT_LABELS["closed"] in stella.get("/steward/jobs").text


def test_a_job_that_fails_unexpectedly_says_so_and_undoes_what_it_did(
    site: Site, stella: FlaskClient, busy_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    closes = JOB_KINDS[CLOSE_PERIOD]

    def fails(job: RunningJob) -> None:
        closes.do(job)
        raise ArithmeticError("not to be shown")

    monkeypatch.setitem(JOB_KINDS, CLOSE_PERIOD, replace(closes, do=fails))
    steward(stella, CLOSE, sure="yes")
    do_next(site)
    page = stella.get("/steward/jobs").text
    assert closed_at(site) is None
    (mail,) = outbox(site)
    assert (mail.kind, mail.to) == ("period-not-closed", "stella@example.org")
    assert "Something failed on our side" in page and "ArithmeticError" in page and "not to be shown" not in page


# ── Processes that end


@pytest.mark.fault(
    "the process is killed", "the closing of a period", "another process begins the job again, and publishes once"
)
def test_a_job_of_a_process_that_was_killed_is_finished_by_another(
    site: Site, stella: FlaskClient, busy_worker: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steward(stella, CLOSE, sure="yes")
    about = site.app.config["DATABASE_URL"], str(tmp_path)
    stuck = ForkedServer(*about, env=os.environ, program=hang_in_the_next_job)
    assert stuck.output.readline() == "reading\n"
    assert not do_next(site), "two processes are doing the same job"
    stuck.kill()
    job = latest(site)
    assert (job.state, job.step, job.done, job.total) == ("running", "reading", 3, 9)
    assert not do_next(site), "its lease has not run out yet"
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(minutes=2))
    assert do_next(site)
    assert (latest(site).id, latest(site).state, latest(site).starts) == (job.id, "done", 2)
    with site.store() as session:
        assert store.published_years(session) == (YEAR,)
        assert store.verify_trail(session) is None


def test_a_process_that_stops_gives_its_job_back(site: Site, stella: FlaskClient, busy_worker: None) -> None:
    steward(stella, CLOSE, sure="yes")
    stopping = threading.Event()
    stopping.set()
    run_next_job(site.app, stopping)
    assert (latest(site).state, latest(site).starts) == ("waiting", 0)
    assert do_next(site)
    assert latest(site).state == "done"


@pytest.mark.fault(
    "the process hangs for a long time",
    "the closing of a period",
    "another has taken the job over; this one publishes nothing",
)
def test_a_process_that_lost_its_lease_publishes_nothing(
    site: Site, stella: FlaskClient, busy_worker: None, meanwhile: dict[str, Callable[[], object]]
) -> None:
    steward(stella, CLOSE, sure="yes")

    def another_takes_it() -> None:
        with site.store() as session, session.begin():
            assert store.take_job(session, at=now() + timedelta(minutes=2)) is not None

    meanwhile["publishing"] = another_takes_it
    do_next(site)
    assert latest(site).state == "running" and closed_at(site) is None
