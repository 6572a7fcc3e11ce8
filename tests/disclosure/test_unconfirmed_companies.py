"""Invented companies cannot infer scores from figures, because unconfirmed companies count nowhere."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.publication import close_and_publish, preview_closing
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import submission_json_writer
from tests.support.sector_companies import MADE

AT = datetime(2026, 6, 1, tzinfo=UTC)
SCORES = submission_json_writer(compile_edition(MADE))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        store.open_period(session, 2026, opens=date(2026, 1, 1), by=None, at=AT)
        yield session


def hand_in(session: Session, name: str, score: str, *, status: str, consent: str = "counted") -> int:
    """Register a company that submits the same score everywhere; its id."""
    organisation = store.add_organisation(session, name, at=AT, status=status)
    number = store.assessment_for(session, organisation, edition=MADE.id, year=2026, at=AT).id
    edits = [store.AnswerEdit("profile.sector", "hotels"), store.AnswerEdit("a", score), store.AnswerEdit("b", score)]
    store.save_answers(session, number, edits, by=None, at=AT)
    store.submit(session, number, by=None, at=AT, edition=MADE, consent=consent, scores=SCORES)
    return organisation


def sock_puppets(session: Session, *, status: str = "pending") -> list[int]:
    """Two companies with very low scores, and two with very high ones."""
    return [
        hand_in(session, f"Example Invented {number}", score, status=status, consent="named")
        for number, score in enumerate(("1", "2", "98", "99"))
    ]


def test_four_invented_companies_that_nobody_confirmed_count_nowhere(session: Session) -> None:
    hand_in(session, "Example Honest", "52", status="confirmed")
    alone = preview_closing(session, MADE, 2026, as_of=AT.date())
    sock_puppets(session)
    snapshot = close_and_publish(session, MADE, 2026, by=None, at=AT)
    assert "Example Invented" not in snapshot_to_json(snapshot)
    assert snapshot == alone


@pytest.mark.parametrize("status", ["pending", "refused", "left-out"])
def test_only_confirmed_companies_count(session: Session, status: str) -> None:
    for number in range(6):
        hand_in(session, f"Example Hotel {number}", str(40 + number), status="confirmed")
    alone = preview_closing(session, MADE, 2026, as_of=AT.date())
    sock_puppets(session, status=status)
    assert preview_closing(session, MADE, 2026, as_of=AT.date()) == alone


def test_a_merged_company_counts_only_as_the_one_into_which_it_was_merged(session: Session) -> None:
    hotels = [hand_in(session, f"Example Hotel {n}", str(40 + n), status="confirmed") for n in range(6)]
    alone = preview_closing(session, MADE, 2026, as_of=AT.date())
    for twin in sock_puppets(session):
        store.merge_company(session, twin, into=hotels[0], seen="pending", reason="twin", by=None, at=AT)
    assert preview_closing(session, MADE, 2026, as_of=AT.date()) == alone


def test_companies_of_one_group_count_once(session: Session) -> None:
    group = [hand_in(session, f"Example Resort {n}", "90", status="confirmed") for n in range(5)]
    for n in range(5):
        hand_in(session, f"Example Hotel {n}", "40", status="confirmed")
    assert preview_closing(session, MADE, 2026, as_of=AT.date()).sectors[0].participation.registered == 10
    for other in group[1:]:
        store.group_companies(session, other, group[0], reason="one parent", by=None, at=AT)
    assert preview_closing(session, MADE, 2026, as_of=AT.date()).sectors[0].participation.registered == 6
