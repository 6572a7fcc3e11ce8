"""Wrong attempts, counted in the database, and how long the next attempt has to wait.

The counts are shared by every process and survive a restart. A key says what is counted: attempts at one account, or
from one network. It is a digest, so that the table tells nobody who tried what. Every function takes all the keys of
an attempt at once, each with its rule, since the longest wait of them holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from compliance.store.models import AttemptCount
from compliance.store.transactions import insert_unless_there

NO_WAIT = timedelta(0)
#: How many forgotten counts are cleared away with each attempt that is counted.
_CLEARED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class DelayRule:
    """How wrong attempts delay the next one: the first `free` not at all, then 1 s, 2 s, 4 s … up to `longest`.

    One attempt is forgotten in each interval as long as `longest`. Nobody is ever locked out for longer than that.
    """

    free: int
    longest: timedelta

    def delay(self, attempts: int) -> timedelta:
        """The wait after so many wrong attempts."""
        if attempts <= self.free:
            return NO_WAIT
        return min(timedelta(seconds=2 ** min(attempts - self.free - 1, 30)), self.longest)

    @property
    def most(self) -> int:
        """The count at which the wait is longest; further attempts add nothing to it."""
        return next(count for count in range(self.free, self.free + 32) if self.delay(count) == self.longest)


def wait_before_attempt(session: Session, keys: Iterable[str], *, at: datetime) -> timedelta | None:
    """How long the next attempt has to wait, by the longest of its waits; None if nothing is counted under the keys."""
    known = select(AttemptCount.open_at).where(AttemptCount.key.in_(list(keys)), AttemptCount.forgotten_at > at)
    opens = session.scalars(known).all()
    return max(max(opens) - at, NO_WAIT) if opens else None


def count_attempt(session: Session, rules: Mapping[str, DelayRule], *, at: datetime, made: bool = False) -> timedelta:
    """Count an attempt as wrong before it is judged, unless it has to wait: then count nothing, and say how long.

    Of attempts made at the same moment, only one is let in where there is a wait. An attempt that was `made` already
    is counted in any case. Nothing else may have been read in this session before.
    """
    _clear_forgotten(session, at)
    counts = _locked(session, rules, at)
    wait = max((count.open_at - at for count in counts), default=NO_WAIT)
    if wait > NO_WAIT and not made:
        return wait
    for count in counts:
        rule = rules[count.key]
        _forget(count, rule, at)
        count.attempts = min(count.attempts + 1, rule.most)
        count.open_at = max(count.open_at, at + rule.delay(count.attempts))
        count.forgotten_at = count.since + count.attempts * rule.longest
    return NO_WAIT


def uncount_attempt(session: Session, rules: Mapping[str, DelayRule], *, at: datetime) -> None:
    """Take back what `count_attempt` counted for an attempt that was not wrong."""
    for count in _locked(session, rules, at):
        rule = rules[count.key]
        count.attempts = max(count.attempts - 1, 0)
        # While there is a wait, one attempt is let in at a time: the wait that it began ends with it.
        count.open_at = min(count.open_at, at)
        count.forgotten_at = count.since + count.attempts * rule.longest


def clear_attempts(session: Session, key: str) -> None:
    """Forget all that was counted under a key."""
    session.execute(delete(AttemptCount).where(AttemptCount.key == key))


def _locked(session: Session, rules: Mapping[str, DelayRule], at: datetime) -> list[AttemptCount]:
    """The counts of these keys, made where missing. Whoever else counts under one of them waits for our commit."""
    insert = insert_unless_there(session, AttemptCount, ("key",))
    for key in sorted(rules):  # in one order everywhere, so that no two wait for each other
        session.execute(insert, {"key": key, "attempts": 0, "since": at, "open_at": at, "forgotten_at": at})
    mine = select(AttemptCount).where(AttemptCount.key.in_(list(rules))).order_by(AttemptCount.key)
    return list(session.scalars(mine.with_for_update()))


def _forget(count: AttemptCount, rule: DelayRule, at: datetime) -> None:
    """Let the time that went by take attempts off a count."""
    forgotten = max((at - count.since) // rule.longest, 0)
    count.attempts = max(count.attempts - forgotten, 0)
    count.since = count.since + forgotten * rule.longest if count.attempts else at


def _clear_forgotten(session: Session, at: datetime) -> None:
    # Rows that another process holds are left to it.
    over = select(AttemptCount.key).where(AttemptCount.forgotten_at <= at).limit(_CLEARED_AT_ONCE)
    session.execute(delete(AttemptCount).where(AttemptCount.key.in_(over.with_for_update(skip_locked=True))))
