"""Wrong attempts are counted, delay the next attempt for longer and longer, and expire."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from compliance.store import NO_WAIT, DelayRule, clear_attempts, count_attempt, uncount_attempt, wait_before_attempt
from compliance.store.models import AttemptCount
from tests.support.sites import NOON

RULE = DelayRule(free=3, longest=timedelta(seconds=60))
SLOWER = DelayRule(free=1, longest=timedelta(minutes=15))


def fail(engine: Engine, *keys: str, at: float = 0, rule: DelayRule = RULE, made: bool = False) -> float:
    """Count an attempt in its own transaction, and return the seconds to wait, or 0 if the attempt is allowed."""
    with Session(engine) as session, session.begin():
        moment = NOON + timedelta(seconds=at)
        return count_attempt(session, dict.fromkeys(keys, rule), at=moment, made=made).total_seconds()


def wait(engine: Engine, *keys: str, at: float = 0) -> float | None:
    with Session(engine) as session:
        found = wait_before_attempt(session, keys, at=NOON + timedelta(seconds=at))
        return None if found is None else found.total_seconds()


def test_the_first_attempts_wait_for_nothing_and_then_each_wait_doubles_up_to_the_longest() -> None:
    waits = [RULE.delay(count).total_seconds() for count in range(12)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert RULE.delay(10**6) == RULE.longest and RULE.most == 10


def test_nothing_is_counted_for_a_key_without_a_failed_attempt(engine: Engine) -> None:
    assert wait(engine, "a", "b") is None
    fail(engine, "a")
    assert wait(engine, "a", "b") == 0
    assert wait(engine, "b") is None


def test_an_attempt_that_comes_too_early_is_not_counted_and_told_how_long(engine: Engine) -> None:
    assert [fail(engine, "a") for _ in range(4)] == [0, 0, 0, 0]
    assert fail(engine, "a", at=0.25) == 0.75 == wait(engine, "a", at=0.25)
    assert fail(engine, "a", at=1) == 0
    assert fail(engine, "a", at=1) == 2, "refused attempts added nothing"


def test_the_longest_of_several_waits_applies(engine: Engine) -> None:
    for _ in range(4):
        fail(engine, "network")
    assert wait(engine, "account", "network") == 1
    assert fail(engine, "account", "network") == 1
    assert wait(engine, "account") in (None, 0)


def test_somebody_who_keeps_guessing_gets_one_attempt_in_each_longest_wait(engine: Engine) -> None:
    at, tried = 0.0, 0
    while at < 3600:
        waiting = fail(engine, "a", at=at)
        tried += waiting == 0
        at += waiting
    assert 60 <= tried <= 60 + RULE.most


def test_attempts_are_forgotten_one_by_one_and_in_the_end_altogether(engine: Engine) -> None:
    for _ in range(20):
        fail(engine, "a", made=True)
    assert wait(engine, "a") == 60
    assert fail(engine, "a", at=6 * 60) == 0, "six of ten are forgotten"
    assert wait(engine, "a", at=6 * 60) == 2
    assert wait(engine, "a", at=3600) is None
    fail(engine, "b", at=3600)
    with Session(engine) as session:
        assert session.scalars(select(AttemptCount.key)).all() == ["b"], "what is forgotten is cleared away"


def test_an_attempt_that_was_right_takes_back_what_was_counted_and_its_wait(engine: Engine) -> None:
    for _ in range(4):
        fail(engine, "a", made=True)
    assert fail(engine, "a", at=1) == 0 and wait(engine, "a", at=1) == 2
    with Session(engine) as session, session.begin():
        uncount_attempt(session, {"a": RULE}, at=NOON + timedelta(seconds=1))
    assert wait(engine, "a", at=1) == 0
    assert fail(engine, "a", at=1) == 0 and wait(engine, "a", at=1) == 2, "the count is as it was before"


def test_a_count_can_be_cleared(engine: Engine) -> None:
    for _ in range(9):
        fail(engine, "a", "b", made=True)
    with Session(engine) as session, session.begin():
        clear_attempts(session, "a")
    assert (wait(engine, "a"), wait(engine, "b")) == (None, 32)


def test_only_one_of_several_attempts_at_the_same_moment_is_allowed_if_there_is_a_wait(engine: Engine) -> None:
    for _ in range(4):
        fail(engine, "a", "b", made=True)
    waits: list[float] = []
    threads = [Thread(target=lambda keys=keys: waits.append(fail(engine, *keys, at=1))) for keys in ("ab", "ba") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(waits) == [0, *[2] * 7]


def test_every_failure_is_counted_when_many_come_at_once(engine: Engine) -> None:
    threads = [Thread(target=fail, args=(engine, key), kwargs={"rule": SLOWER, "made": True}) for key in "abab" * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with Session(engine) as session:
        assert session.scalar(select(func.sum(AttemptCount.attempts))) == 8


@pytest.mark.parametrize("rule", [RULE, SLOWER])
def test_no_rule_locks_anybody_out(engine: Engine, rule: DelayRule) -> None:
    for _ in range(100):
        fail(engine, "a", rule=rule, made=True)
    assert fail(engine, "a", rule=rule, at=rule.longest.total_seconds()) == NO_WAIT.total_seconds()
