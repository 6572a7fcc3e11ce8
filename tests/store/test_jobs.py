"""Each job is done by one worker, and by another if that worker dies."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.jobs import FIRST_PAUSE, LEASE, MOST_STARTS, WORKER_ENDED, given_up_job_count
from tests.support.stores import NOON, World

LATER = NOON + LEASE + timedelta(seconds=1)


def queue(session: Session, subject: str = "period/2026") -> int:
    number = store.queue_job(session, "made", subject, by=None, at=NOON)
    session.commit()
    return number


def take(session: Session, at: datetime = NOON) -> store.JobStatus | None:
    job = store.take_job(session, at=at)
    session.commit()
    return job


def taken(session: Session, at: datetime = NOON) -> store.JobStatus:
    job = take(session, at)
    assert job is not None
    return job


def taken_of(session: Session, subject: str) -> store.JobStatus:
    queue(session, subject)
    return taken(session)


def test_a_job_that_is_not_finished_is_not_queued_twice(session: Session, world: World) -> None:
    first, other = queue(session), queue(session, "period/2027")
    assert queue(session) == first != other
    job = taken(session)
    assert queue(session) == first
    store.finish_job(session, job, at=NOON)
    assert queue(session) not in (first, other)
    assert [job.state for job in store.latest_jobs(session, most=2)] == ["waiting", "waiting"]


def test_two_workers_do_a_job_only_once(engine: Engine, session: Session, world: World) -> None:
    for year in range(2001, 2013):
        queue(session, f"period/{year}")
    met: list[int] = []

    def work() -> None:
        with Session(engine) as own:
            misses = 0
            while misses < 3:  # None can also mean that another worker was quicker
                job = take(own)
                if job is None:
                    misses += 1
                else:
                    met.append(job.id)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while (job := take(session)) is not None:
        met.append(job.id)
    assert sorted(met) == list(range(1, 13))


def test_a_job_of_a_worker_that_died_is_started_again_by_another(session: Session, world: World) -> None:
    queue(session)
    lost = taken(session)
    assert store.report_progress(session, lost, "reading", 3, 9, at=NOON)
    session.commit()
    assert take(session, NOON + LEASE) is None
    again = taken(session, LATER)
    assert (again.id, again.starts, again.step, again.done) == (lost.id, 2, "", 0)
    for late in (
        store.renew_lease(session, lost, at=LATER),
        store.report_progress(session, lost, "reading", 4, 9, at=LATER),
        store.finish_job(session, lost, at=LATER),
    ):
        assert not late, "the first worker was only slow, and has lost its job"
    assert store.finish_job(session, again, at=LATER)
    assert store.job_status(session, lost.id).state == "done"


def test_a_worker_that_renews_its_lease_keeps_its_job(session: Session, world: World) -> None:
    queue(session)
    job, at = taken(session), NOON
    for _ in range(3):
        at += LEASE
        assert store.renew_lease(session, job, at=at)
        session.commit()
        assert take(session, at) is None


def test_a_job_that_is_released_is_started_again_at_once(session: Session, world: World) -> None:
    queue(session)
    for _ in range(MOST_STARTS + 2):
        job = taken(session)
        assert job.starts == 1
        store.release_job(session, job)
        session.commit()


@pytest.mark.fault("a job keeps ending its process", "any job", "it is given up, and says so")
def test_a_job_that_ends_its_worker_again_and_again_fails(session: Session, world: World) -> None:
    number, at = queue(session), NOON
    for _ in range(MOST_STARTS):
        assert taken(session, at).state == "running" and given_up_job_count(session) == 0
        at += LEASE + timedelta(seconds=1)
    given_up = taken(session, at)
    assert given_up == store.job_status(session, number)
    assert (given_up.state, given_up.fault, given_up.finished_at) == ("failed", WORKER_ENDED, at)
    assert take(session, at) is None


@pytest.mark.fault("the process of a job keeps failing", "any job", "each start waits longer; the fifth is the last")
def test_a_job_whose_process_fails_is_started_again_after_a_pause_that_grows(session: Session, world: World) -> None:
    number, at = queue(session), NOON
    for start, minutes in enumerate((1, 5, 25, 125), 1):
        job = taken(session, at)
        assert job.starts == start
        store.postpone_job(session, job, how="exit code 1", at=at)
        session.commit()
        assert take(session, at + timedelta(minutes=minutes, seconds=-1)) is None
        at += timedelta(minutes=minutes)
    store.postpone_job(session, taken(session, at), how="signal SIGKILL", at=at)
    given_up = taken(session, at)
    assert (given_up.state, given_up.fault, given_up.details) == ("failed", WORKER_ENDED, "signal SIGKILL")
    assert given_up == store.job_status(session, number)


def test_other_jobs_do_not_wait_for_one_that_failed(session: Session, world: World) -> None:
    queue(session)
    store.postpone_job(session, taken(session), how="exit code 1", at=NOON)
    assert taken_of(session, "period/2027").subject == "period/2027"


def test_a_start_by_a_worker_that_lost_its_lease_but_is_alive_does_not_count(session: Session, world: World) -> None:
    queue(session)
    lost = taken(session)
    theirs = taken(session, LATER)
    assert theirs.starts == 2
    store.release_job(session, lost)
    session.commit()
    now = store.job_status(session, lost.id)
    assert (now.starts, now.state, now.lease) == (1, "running", theirs.lease)
    assert store.finish_job(session, theirs, at=LATER)
    store.release_job(session, lost)
    assert store.job_status(session, lost.id).starts == 1


def test_details_of_an_earlier_failure_are_not_kept_when_a_worker_dies(session: Session, world: World) -> None:
    queue(session)
    store.postpone_job(session, taken(session), how="exit code 1", at=NOON)
    assert taken(session, NOON + FIRST_PAUSE).details == "exit code 1"
    session.commit()
    assert taken(session, LATER + FIRST_PAUSE).details == ""


def test_a_job_counts_as_given_up_until_somebody_starts_it_again(session: Session, world: World) -> None:
    for subject in ("period/2026", "period/2027"):
        queue(session, subject)
        for start in range(MOST_STARTS + 1):
            taken(session, NOON + start * (LATER - NOON))
    store.finish_job(session, taken_of(session, "period/2028"), at=NOON, fault="closed")
    assert given_up_job_count(session) == 2
    queue(session, "period/2026")
    assert given_up_job_count(session) == 1


def test_the_trail_says_who_started_a_job_and_how_it_ended(session: Session, world: World) -> None:
    number = store.queue_job(session, "made", "period/2026", by=world.steward.id, at=NOON)
    store.finish_job(session, taken(session), at=NOON, fault="closed", details="words")
    noted = [(e.before, e.after, e.who) for e in store.history(session, "period/2026/job/made")]
    assert noted == [("", "queued", world.steward.id), ("running", "failed closed", world.steward.id)]
    assert store.job_status(session, number).details == "words"
    with pytest.raises(store.NotFound):
        store.job_status(session, number + 1)
