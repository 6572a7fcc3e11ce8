"""Closing a period: everything handed in is counted, nothing moves afterwards."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.benchmark.published import Withheld
from compliance.publishing import (
    UNSTATED,
    close_and_publish,
    published_snapshot,
    submission_scores,
    would_publish,
)
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.plan import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.card_records import record_scores
from tests.peers import MADE

AT = datetime(2024, 6, 1, tzinfo=UTC)
PLAN = compile_edition(MADE)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine: Engine = store.open_store(database_url)
    store.upgrade(engine)
    with Session(engine) as session:
        for year in (2024, 2025):
            store.open_period(session, year, opens=date(year, 1, 1), by=None, at=AT)
        yield session
    engine.dispose()


def company(session: Session, name: str) -> int:
    return store.add_organisation(session, name, at=AT)


def begin(session: Session, organisation: int, year: int, *changes: tuple[str, str]) -> int:
    number = store.assessment_for(session, organisation, edition=MADE.id, year=year, at=AT).id
    seen = {question: kept.version for question, kept in store.answers_view(session, number).items()}
    wanted = [store.Change(question, text, seen=seen.get(question, 0)) for question, text in changes]
    assert not store.save_answers(session, number, wanted, by=None, at=AT).conflicts
    return number


def hand_in(
    session: Session, organisation: int, year: int, score: str, consent: str = "counted", edition: Edition = MADE
) -> None:
    changes = [("profile.sector", "hotels"), ("a", score), ("b", score)]
    number = begin(session, organisation, year, *changes)
    scores = submission_scores(PLAN)
    store.submit(session, number, by=None, at=AT, edition=edition, consent=consent, scores=scores)


def test_a_submission_keeps_the_claimed_and_the_evidenced_scorecard() -> None:
    sheet = AnswerSheet("Example 1", {"sector": "hotels"}, {"a": 40.0, "b": 60.0}, frozenset({"a"}))
    cards = [make_scorecard(PLAN, sheet, "claimed"), make_scorecard(PLAN, sheet, "evidenced")]
    assert json.loads(submission_scores(PLAN)(sheet)) == record_scores(cards)
    assert [card.overall.score for card in cards] == [50.0, 20.0]


def test_closing_counts_the_latest_submissions_and_the_silent(session: Session) -> None:
    for i in range(6):
        organisation = company(session, f"Example {i}")
        hand_in(session, organisation, 2024, "10")
        hand_in(session, organisation, 2024, "80")
    for i in range(5):
        begin(session, company(session, f"Silent {i}"), 2024, ("profile.sector", "hotels"))
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    hotels = snapshot.sector("hotels")
    assert (hotels.participation.registered, hotels.participation.silent) == (11, 5)
    assert hotels.figure("overall").claimed.median == 80
    assert hotels.figure("overall").evidenced.median == 0
    assert published_snapshot(session, 2024) == snapshot


def test_nothing_is_published_before_and_nothing_moves_after(session: Session) -> None:
    organisations = [company(session, f"Example {i}") for i in range(5)]
    for organisation in organisations:
        hand_in(session, organisation, 2024, "30")
    with pytest.raises(store.NotFound):
        published_snapshot(session, 2024)
    foreseen = would_publish(session, MADE, 2024, as_of=AT.date())
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert snapshot == foreseen
    with pytest.raises(store.PeriodClosed):
        hand_in(session, organisations[0], 2024, "90")
    with pytest.raises(store.PeriodClosed):
        close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert published_snapshot(session, 2024) == snapshot


def test_who_chose_private_stays_out_when_silent_later(session: Session) -> None:
    for i in range(5):
        organisation = company(session, f"Example {i}")
        for year in (2024, 2025):
            hand_in(session, organisation, year, "30")
    for i in range(6):
        hand_in(session, company(session, f"Hidden {i}"), 2024, "30", "private")
    assert close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels").participation.registered == 5
    later = close_and_publish(session, MADE, 2025, by=None, at=AT).sector("hotels").participation
    assert (later.registered, later.silent) == (5, 0)


def test_a_company_that_never_said_its_sector_stands_apart(session: Session) -> None:
    company(session, "Example 1")
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert [group.sector for group in snapshot.sectors] == [UNSTATED]
    assert snapshot.sector(UNSTATED).participation.registered == Withheld.FEW


def test_closing_keeps_the_edition_even_if_nobody_submitted(session: Session) -> None:
    sealed = replace(MADE, digest="e" * 64, canonical='{"id":"made"}')
    snapshot = close_and_publish(session, sealed, 2024, by=None, at=AT)
    assert store.edition_text(session, snapshot.digest) == sealed.canonical
    close_and_publish(session, sealed, 2025, by=None, at=AT)  # kept once


def test_what_answers_the_edition_as_it_was_before_a_change_is_in_no_figure(session: Session) -> None:
    before = replace(MADE, digest="b" * 64)
    for i in range(5):
        hand_in(session, company(session, f"Example {i}"), 2024, "30")
    for i in range(5):
        hand_in(session, company(session, f"Earlier {i}"), 2024, "90", edition=before)
    hotels = close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels")
    assert (hotels.participation.scored, hotels.figure("overall").claimed.median) == (5, 30)
