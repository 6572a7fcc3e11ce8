"""Wrong attempts, counted in the database, and how long the next attempt has to wait.

The counts are shared by all processes and survive a restart. A key says what is counted: attempts at one account, or
from one network. It is a digest, so that the table does not show who tried what. Functions take all keys of an attempt
at once, each with its rule, since the longest of their waits applies.
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

    In each interval of the length of `longest`, one attempt is forgotten. Nobody is ever locked out for longer.
    """

    free: int
    longest: timedelta

    def delay(self, attempts: int) -> timedelta:
        """Return the wait after this number of wrong attempts."""
        if attempts <= self.free:
            return NO_WAIT
        return min(timedelta(seconds=2 ** min(attempts - self.free - 1, 30)), self.longest)

    @property
    def most(self) -> int:
        """The count at which the wait is longest; further attempts add nothing to it."""
        return next(count for count in range(self.free, self.free + 32) if self.delay(count) == self.longest)


def wait_before_attempt(session: Session, keys: Iterable[str], *, at: datetime) -> timedelta | None:
    """Return how long the next attempt has to wait, the longest of its keys' waits, or None if nothing is counted."""
    known = select(AttemptCount.open_at).where(AttemptCount.key.in_(list(keys)), AttemptCount.forgotten_at > at)
    opens = session.scalars(known).all()
    return max(max(opens) - at, NO_WAIT) if opens else None


def count_attempt(session: Session, rules: Mapping[str, DelayRule], *, at: datetime, made: bool = False) -> timedelta:
    """Count an attempt as wrong before it is judged, unless it has to wait: then count nothing, and return the wait.

    If there is a wait, only one of several simultaneous attempts is let in. An attempt that was `made` already is
    counted in any case. Nothing may have been read in this session before.
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
    """Undo `count_attempt` for an attempt that was not wrong."""
    for count in _locked(session, rules, at):
        rule = rules[count.key]
        count.attempts = max(count.attempts - 1, 0)
        # During a wait, one attempt is let in at a time. The wait that it started ends now, as it was not wrong.
        count.open_at = min(count.open_at, at)
        count.forgotten_at = count.since + count.attempts * rule.longest


def clear_attempts(session: Session, key: str) -> None:
    """Delete what was counted under a key."""
    session.execute(delete(AttemptCount).where(AttemptCount.key == key))


def _locked(session: Session, rules: Mapping[str, DelayRule], at: datetime) -> list[AttemptCount]:
    """Return the counts of these keys, inserted where missing, and locked until the commit."""
    insert = insert_unless_there(session, AttemptCount, ("key",))
    for key in sorted(rules):  # always in the same order, so that there is no deadlock
        session.execute(insert, {"key": key, "attempts": 0, "since": at, "open_at": at, "forgotten_at": at})
    mine = select(AttemptCount).where(AttemptCount.key.in_(list(rules))).order_by(AttemptCount.key)
    return list(session.scalars(mine.with_for_update()))


def _forget(count: AttemptCount, rule: DelayRule, at: datetime) -> None:
    """Take off a count the attempts that are forgotten by now."""
    forgotten = max((at - count.since) // rule.longest, 0)
    count.attempts = max(count.attempts - forgotten, 0)
    count.since = count.since + forgotten * rule.longest if count.attempts else at


def _clear_forgotten(session: Session, at: datetime) -> None:
    # Rows that another process has locked are left to that process.
    over = select(AttemptCount.key).where(AttemptCount.forgotten_at <= at).limit(_CLEARED_AT_ONCE)
    session.execute(delete(AttemptCount).where(AttemptCount.key.in_(over.with_for_update(skip_locked=True))))
