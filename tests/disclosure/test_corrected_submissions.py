"""Correcting a submission after its period was closed: published figures never change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.publication import preview_closing
from compliance.store.reopenings import named_corrections, open_reopening
from tests.disclosure.test_consents import AUTUMN, SPRING, close, others, submitted
from tests.support.sector_companies import MADE
from tests.support.stores import sign_off

WINTER = AUTUMN + timedelta(days=30)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for year in (2024, 2025):
            store.open_period(session, year, opens=date(year, 1, 1), by=None, at=SPRING)
        yield session


@pytest.fixture
def steward(session: Session) -> int:
    return store.add_person(
        session, email="s@example.org", name="Stella", password_hash=None, roles=["steward"], by=None, at=SPRING
    ).id


def correct(session: Session, steward: int, number: int, name: str, consent: str, score: str = "95") -> None:
    open_reopening(session, number, reason="The answers were of the year before.", by=steward, at=WINTER)
    submitted(session, name, 2024, consent, at=WINTER, score=score)


def recomputed(session: Session, year: int, at: datetime = AUTUMN) -> str:
    """What closing the period would publish, computed again from stored data."""
    return snapshot_to_json(preview_closing(session, MADE, year, as_of=at.date()))


def test_a_correction_does_not_change_a_byte_of_the_figures_of_a_closed_period(session: Session, steward: int) -> None:
    others(session, 2024)
    number = submitted(session, "Example 1", 2024, "named")
    auditor = store.add_person(
        session, email="a@example.org", name="Audun", password_hash=None, roles=["auditor"], by=None, at=SPRING
    ).id
    store.assign_auditor(session, number, auditor=auditor, by=None, at=SPRING)
    for question in ("a", "b"):
        store.record_determination(session, number, question, verdict="confirmed", by=auditor, at=SPRING)
    close(session, 2024)
    before, sealed = recomputed(session, 2024), store.published(session, 2024)
    assert before == sealed.content
    correct(session, steward, number, "Example 1", "named")
    assert recomputed(session, 2024) == before
    assert store.published(session, 2024) == sealed
    store.record_determination(session, number, "a", verdict="confirmed", by=auditor, at=WINTER)
    # The verdict on the corrected answer has taken the place of the one before; the published figure rests on that.
    assert store.published(session, 2024) == sealed
    assert store.verify_trail(session) is None


@pytest.mark.parametrize("places", ["kept", "not kept yet"])
def test_the_next_closing_is_the_same_byte_for_byte_whether_the_year_before_was_corrected_or_not(
    session: Session, steward: int, places: str
) -> None:
    others(session, 2024)
    number = submitted(session, "Example 1", 2024, "counted")
    if places == "kept":
        close(session, 2024)
    else:  # as before it was stored which company is in which cell
        store.close_period(session, 2024, by=None, at=AUTUMN, snapshot=lambda: recomputed(session, 2024))
    others(session, 2025)
    submitted(session, "Example 1", 2025, "counted", at=WINTER)
    before = recomputed(session, 2025, WINTER)
    correct(session, steward, number, "Example 1", "counted")
    assert recomputed(session, 2025, WINTER) == before


def test_a_name_is_marked_as_corrected_only_where_it_was_published_and_may_still_be(
    session: Session, steward: int
) -> None:
    others(session, 2024)
    chosen = {"Named": ("named", "named"), "Withdrawn": ("named", "private"), "Counted": ("counted", "counted")}
    numbers = {name: submitted(session, name, 2024, first) for name, (first, _then) in chosen.items()}
    close(session, 2024)
    assert named_corrections(session, 2024) == ()
    for name, (_first, then) in chosen.items():
        correct(session, steward, numbers[name], name, then)
    [found] = named_corrections(session, 2024)
    assert (found.organisation, found.sector, found.at) == ("Named", "hotels", WINTER)
    correct(session, steward, numbers["Named"], "Named", "named", score="90")
    assert [one.organisation for one in named_corrections(session, 2024)] == ["Named"]  # once, with the latest day
    assert named_corrections(session, 2025) == ()


def test_a_correction_of_an_open_period_is_in_its_figures_without_a_note_beside_the_name(
    session: Session, steward: int
) -> None:
    others(session, 2024)
    number = submitted(session, "Example 1", 2024, "named", score="30")
    sign_off(session, number, store.latest_submission(session, number).id, by=steward)
    open_reopening(session, number, reason="A mistake.", by=steward, at=SPRING)
    submitted(session, "Example 1", 2024, "named", score="80", at=datetime(2024, 7, 1, tzinfo=UTC))
    snapshot = close(session, 2024)
    [named] = snapshot.sector("hotels").named
    assert named.claimed.score == 80
    assert named_corrections(session, 2024) == ()
