"""Queued mails are sent once, later if necessary, and only to people who want them."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.outbox import DIGEST_DELAY, DIGEST_INTERVAL, GIVE_UP_AFTER, LEASE
from compliance.store.work_models import OutboxMail
from tests.support.stores import NOON, World

ANA = "ana@example.org"


def queue(session: Session, urgency: str = "notice", *, to: str = ANA, kind: str = "made", at: datetime = NOON) -> int:
    number = store.add_mail(
        session,
        kind=kind,
        to=to,
        language="en",
        person_id=None,
        subject=f"About {urgency}",
        text="Words",
        html="<p>Words</p>",
        urgency=urgency,
        at=at,
    )
    session.commit()
    assert number is not None
    return number


def take(session: Session, at: datetime) -> store.Delivery | None:
    delivery = store.take_delivery(session, at=at)
    session.commit()
    return delivery


def taken(session: Session, at: datetime) -> tuple[int, ...]:
    delivery = take(session, at)
    return delivery.ids if delivery else ()


def send(session: Session, at: datetime) -> tuple[int, ...]:
    """Take and send the mails that are due, and return their ids."""
    delivery = take(session, at)
    if delivery is None:
        return ()
    store.mark_sent(session, delivery, at=at)
    session.commit()
    return delivery.ids


def fail(session: Session, at: datetime, *, for_good: bool = False) -> None:
    delivery = take(session, at)
    assert delivery is not None
    store.mark_failed(session, delivery, error="the server is away", at=at, for_good=for_good)
    session.commit()


def test_a_mail_is_queued_only_if_its_transaction_is_committed(session: Session, world: World) -> None:
    queue(session)
    store.add_mail(
        session,
        kind="x",
        to=ANA,
        language="en",
        person_id=None,
        subject="",
        text="",
        html="",
        urgency="notice",
        at=NOON,
    )
    session.rollback()
    assert len(send(session, NOON)) == 1
    assert send(session, NOON) == ()


def test_a_mail_about_security_goes_first(session: Session, world: World) -> None:
    notice, security = queue(session), queue(session, "security")
    assert [send(session, NOON), send(session, NOON)] == [(security,), (notice,)]


def test_the_text_of_a_sent_mail_is_not_kept(session: Session, world: World) -> None:
    queue(session)
    send(session, NOON)
    assert session.execute(text("SELECT subject, text, html FROM outbox")).all() == [("", "", "")]
    store.delete_old_mails(session, before=NOON)
    assert session.scalar(text("SELECT count(*) FROM outbox")) == 1
    store.delete_old_mails(session, before=NOON + timedelta(seconds=1))
    assert session.scalar(text("SELECT count(*) FROM outbox")) == 0


def test_two_workers_never_take_the_same_mail(engine: Engine, session: Session, world: World) -> None:
    for _ in range(12):
        queue(session)
    met: list[int] = []

    def work() -> None:
        with Session(engine) as own:
            while ids := taken(own, NOON):
                met.extend(ids)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(met) == Counter(range(1, 13))


def test_a_mail_of_a_worker_that_died_is_taken_by_another(session: Session, world: World) -> None:
    number = queue(session)
    lost = take(session, NOON)
    assert lost is not None
    assert taken(session, NOON + LEASE) == ()
    later = NOON + LEASE + timedelta(seconds=1)
    assert taken(session, later) == (number,)
    store.mark_failed(session, lost, error="too late", at=later)  # by the first worker, which was only slow
    assert store.undelivered_mails(session) == ()


def test_pauses_between_tries_grow_and_a_mail_is_given_up_after_some_days(session: Session, world: World) -> None:
    number, at = queue(session), NOON
    pauses: list[timedelta] = []
    while not store.given_up_count(session):
        fail(session, at)
        due = session.scalars(select(OutboxMail.not_before)).one()
        assert taken(session, due - timedelta(seconds=1)) == ()
        pauses.append(due - at)
        at = due
    assert pauses[:4] == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert pauses[-2] == timedelta(hours=4) and at - NOON >= GIVE_UP_AFTER
    (line,) = store.undelivered_mails(session)
    assert (line.id, line.to, line.error, line.given_up) == (number, ANA, "the server is away", True)


def test_a_mail_that_is_refused_for_good_is_given_up_at_once_and_can_be_tried_again(
    session: Session, world: World
) -> None:
    number = queue(session)
    fail(session, NOON, for_good=True)
    assert send(session, NOON + timedelta(days=1)) == ()
    store.send_again(session, number, at=NOON)
    assert send(session, NOON) == (number,)
    with pytest.raises(store.NotFound):
        store.send_again(session, number, at=NOON)


# ── Digests


def test_mails_that_are_not_urgent_are_sent_together_once_a_day(session: Session, world: World) -> None:
    first, second = queue(session, "digest"), queue(session, "digest", at=NOON + timedelta(minutes=50))
    other = queue(session, "digest", to="ben@example.org")
    assert send(session, NOON) == ()
    sent = NOON + DIGEST_DELAY
    assert [send(session, sent), send(session, sent)] == [(first, second), (other,)]
    third = queue(session, "digest", at=sent)
    assert send(session, sent + DIGEST_INTERVAL - timedelta(seconds=1)) == ()
    assert send(session, sent + DIGEST_INTERVAL) == (third,)


def test_a_digest_waits_while_another_worker_sends_one_to_the_same_address(session: Session, world: World) -> None:
    queue(session, "digest")
    assert len(taken(session, NOON + DIGEST_DELAY)) == 1
    queue(session, "digest", at=NOON)
    assert taken(session, NOON + DIGEST_DELAY) == ()


def test_a_digest_does_not_hold_up_a_notice(session: Session, world: World) -> None:
    queue(session, "digest")
    send(session, NOON + DIGEST_DELAY)
    queue(session, "digest")
    notice = queue(session, at=NOON)
    assert send(session, NOON + DIGEST_DELAY) == (notice,)


# ── Switching off


def test_people_who_switched_off_a_kind_of_mail_still_get_other_kinds_and_security_mails(
    session: Session, world: World
) -> None:
    person = world.company.id
    store.switch_mail(session, person, {"made": False, "kept": True}, at=NOON)
    assert store.switched_off(session, person) == {"made"}
    common = {"to": "ANA@example.org", "language": "en", "person_id": None, "subject": "", "text": "", "html": ""}
    add = lambda kind, urgency: store.add_mail(session, kind=kind, urgency=urgency, at=NOON, **common)  # noqa: E731
    assert add("made", "notice") is None and add("made", "digest") is None
    assert add("kept", "notice") and add("made", "security")
    store.switch_mail(session, person, {"made": True}, at=NOON)
    assert add("made", "notice")


def test_the_trail_says_who_switched_a_kind_of_mail_off_or_on(session: Session, world: World) -> None:
    person = world.company.id
    for on in (False, False, True):
        store.switch_mail(session, person, {"made": on}, at=NOON)
    changes = store.history(session, f"person/{person}/mail/made")
    assert [(change.before, change.after, change.who) for change in changes] == [
        ("on", "off", person),
        ("off", "on", person),
    ]
    with pytest.raises(store.NotFound):
        store.switch_mail(session, 99, {"made": False}, at=NOON)
