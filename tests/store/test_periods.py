"""Periods are closed for good, and published figures are frozen at that moment."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from tests.support.stores import NOON, World, begin, hand_in, save, statements


def close(session: Session, world: World, content: str = '{"n": 0}') -> None:
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: content)


def test_a_closed_period_takes_no_answer_evidence_or_submission(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    close(session, world)
    session.commit()
    refused = [
        lambda: save(session, world, AnswerEdit("q2", "o1")),
        lambda: store.add_evidence(session, world.assessment, "q1", store.Quotation("Code"), by=None, at=NOON),
        lambda: hand_in(session, world.assessment, by=world.company.id),
    ]
    for attempt in refused:
        with pytest.raises(store.PeriodClosed):
            attempt()
        session.rollback()
    assert [q for q, kept in store.saved_answers(session, world.assessment).items() if kept.text] == ["q1"]


def test_no_assessment_begins_in_a_closed_period_but_existing_ones_can_be_read(session: Session, world: World) -> None:
    close(session, world)
    late = store.register_company(
        session, organisation="Example Late", name="L", email="late@example.org", password_hash=None, at=NOON
    )
    session.commit()
    assert begin(session, world.company, 2026) == world.assessment
    assert store.assessment(session, world.assessment).closed
    with pytest.raises(store.PeriodClosed):
        begin(session, late, 2026)


def test_a_period_closes_once(session: Session, world: World) -> None:
    close(session, world, "first")
    with pytest.raises(store.PeriodClosed):
        close(session, world, "second")
    with pytest.raises(store.NotFound):
        store.close_period(session, 1999, by=None, at=NOON, snapshot=lambda: "")
    assert store.published(session, 2026).content == "first"


def test_a_period_opens_once(session: Session, world: World) -> None:
    with pytest.raises(store.AlreadyExists):
        store.open_period(session, 2026, opens=date(2026, 1, 1), by=None, at=NOON)
    store.open_period(session, 2027, opens=date(2027, 1, 1), by=None, at=NOON)
    assert [(p.year, p.closed_at) for p in store.periods(session)] == [(2027, None), (2026, None)]


def test_nothing_is_public_before_the_period_is_closed(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    assert store.published_years(session) == ()
    with pytest.raises(store.NotFound):
        store.published(session, 2026)
    close(session, world)
    assert store.published_years(session) == (2026,)


def test_published_figures_cannot_be_changed(session: Session, world: World) -> None:
    close(session, world)
    session.commit()
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("UPDATE snapshot SET content = '{}'"))


def test_a_snapshot_that_fails_leaves_the_period_open(session: Session, world: World) -> None:
    def fails() -> str:
        raise ArithmeticError

    with pytest.raises(ArithmeticError), session.begin_nested():
        store.close_period(session, 2026, by=None, at=NOON, snapshot=fails)
    session.rollback()
    assert store.period(session, 2026).closed_at is None


def test_the_snapshot_sees_every_submission(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    seen = []

    def snapshot() -> str:
        seen.extend(store.latest_submissions(session, 2026))
        return "{}"

    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=snapshot)
    assert [s.organisation for s in seen] == ["Example Travel 01"]


# ── Nonrespondents


def test_a_company_that_registered_in_time_and_submitted_nothing_is_silent(session: Session, world: World) -> None:
    def registered(name: str, year: int) -> store.Member:
        at = datetime(year, 7, 1, tzinfo=UTC)
        address = f"{name}@example.org"
        return store.register_company(
            session, organisation=name, name=name, email=address, password_hash=None, at=at, status="confirmed"
        )

    silent, _later = registered("Example B", 2025), registered("Example C", 2027)
    begun = begin(session, silent, 2026)
    store.save_answers(session, begun, [AnswerEdit("profile.sector", "retail")], by=None, at=NOON)
    assert [s.organisation for s in store.nonrespondents(session, 2026)] == ["Example B", "Example Travel 01"]
    hand_in(session, world.assessment, by=world.company.id)
    found = store.nonrespondents(session, 2026)
    assert [(s.organisation, s.sector) for s in found] == [("Example B", "retail")]


def test_a_company_assessed_only_by_an_analyst_is_still_silent(session: Session, world: World) -> None:
    company = world.company.organisation_id
    assert company is not None
    desk = store.assessment_for(session, company, edition="made", year=2026, voice="desk", at=NOON)
    hand_in(session, desk.id, by=None)
    assert [s.organisation_id for s in store.nonrespondents(session, 2026)] == [company]
    assert store.latest_submissions(session, 2026) == ()
    assert len(store.latest_submissions(session, 2026, voice="desk")) == 1


def test_a_whole_period_is_read_in_one_statement(engine: Engine, session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    with statements(engine) as sent:
        store.latest_submissions(session, 2026)
        store.nonrespondents(session, 2026)
    assert len(sent) == 2
