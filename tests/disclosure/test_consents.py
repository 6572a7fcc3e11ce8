"""Consent after submission: at once while the period is open, from the next closing on once it is closed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.publication import close_and_publish
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import submission_json_writer
from tests.support.published import published_snapshot
from tests.support.sector_companies import MADE

SPRING = datetime(2024, 6, 1, tzinfo=UTC)
SUMMER = SPRING + timedelta(days=60)
AUTUMN = SPRING + timedelta(days=120)
PLAN = compile_edition(MADE)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for year in (2024, 2025):
            store.open_period(session, year, opens=date(year, 1, 1), by=None, at=SPRING)
        yield session


def submitted(session: Session, name: str, year: int, consent: str, *, at: datetime = SPRING, score: str = "30") -> int:
    """A submitted assessment of the company of that name, which is registered if it does not exist yet."""
    known = {c.name: c.id for c in store.companies(session)}
    organisation = known.get(name) or store.add_organisation(session, name, at=SPRING, status="confirmed")
    number = store.assessment_for(session, organisation, edition=MADE.id, year=year, at=at).id
    seen = {question: kept.version for question, kept in store.saved_answers(session, number).items()}
    wanted = [("profile.sector", "hotels"), ("a", score), ("b", score)]
    changes = [store.AnswerEdit(question, said, seen=seen.get(question, 0)) for question, said in wanted]
    store.save_answers(session, number, changes, by=None, at=at)
    scores = submission_json_writer(PLAN)
    store.submit(session, number, by=None, at=at, edition=MADE, consent=consent, scores=scores)
    return number


def others(session: Session, year: int) -> None:
    """Six companies that count, so that figures of the sector may be shown."""
    for i in range(6):
        submitted(session, f"Other {i}", year, "counted", score=str(20 + 12 * i))


def change(session: Session, number: int, consent: str, *, at: datetime = SUMMER) -> bool:
    return store.change_consent(session, number, consent, by=None, at=at)


def close(session: Session, year: int, *, at: datetime = AUTUMN) -> PublishedSnapshot:
    return close_and_publish(session, MADE, year, by=None, at=at)


def registered(snapshot: PublishedSnapshot) -> object:
    return snapshot.sector("hotels").participation.registered


def named(snapshot: PublishedSnapshot) -> list[str]:
    return [one.company for one in snapshot.sector("hotels").named]


def test_while_the_period_is_open_a_change_counts_at_once_and_the_latest_wins(session: Session) -> None:
    others(session, 2024)
    number = submitted(session, "Example 1", 2024, "named")
    assert change(session, number, "private") is True
    assert store.consent_of(session, number) == store.latest_submission(session, number).consent == "private"
    change(session, number, "counted")
    assert store.latest_submission(session, number).consent == "counted"
    snapshot = close(session, 2024)
    assert named(snapshot) == [] and registered(snapshot) == 7


def test_by_changing_consent_a_company_can_be_named_or_leave_every_figure(session: Session) -> None:
    others(session, 2024)
    change(session, submitted(session, "Example 1", 2024, "counted"), "named")
    change(session, submitted(session, "Example 2", 2024, "named"), "private")
    snapshot = close(session, 2024)
    assert named(snapshot) == ["Example 1"] and registered(snapshot) == 7


def test_submitting_again_replaces_a_change(session: Session) -> None:
    number = submitted(session, "Example 1", 2024, "named")
    change(session, number, "private")
    submitted(session, "Example 1", 2024, "counted", at=AUTUMN)
    assert store.consent_of(session, number) == store.latest_submission(session, number).consent == "counted"


def test_once_a_period_is_closed_what_was_published_stays(session: Session) -> None:
    others(session, 2024)
    number = submitted(session, "Example 1", 2024, "named")
    before = close(session, 2024, at=SUMMER)
    assert change(session, number, "private", at=AUTUMN) is False
    assert store.consent_of(session, number) == "private"
    assert store.latest_submission(session, number).consent == "named", "what counted when it was closed"
    assert published_snapshot(session, 2024) == before and named(before) == ["Example 1"]


@pytest.mark.parametrize(("last", "companies"), [("private", 6), ("counted", 11)])
def test_a_silent_company_keeps_its_last_choice_even_if_made_after_the_closing(
    session: Session, last: str, companies: int
) -> None:
    for year in (2024, 2025):
        others(session, year)
    first = "private" if last == "counted" else "counted"
    numbers = [submitted(session, f"Example {i}", 2024, first) for i in range(5)]
    close(session, 2024, at=SPRING)
    for number in numbers:
        change(session, number, last)
    assert registered(close(session, 2025)) == companies


def test_a_withdrawal_after_a_closing_also_applies_to_a_submission_for_the_next_period(session: Session) -> None:
    for year in (2024, 2025):
        others(session, year)
    number = submitted(session, "Example 1", 2024, "named")
    submitted(session, "Example 1", 2025, "named")
    close(session, 2024, at=SPRING)
    change(session, number, "private")
    snapshot = close(session, 2025)
    assert named(snapshot) == [] and registered(snapshot) == 6


def test_a_withdrawal_is_reported_wherever_the_consent_of_the_open_year_is_read(session: Session) -> None:
    others(session, 2025)
    first = submitted(session, "Example 1", 2024, "named")
    second = submitted(session, "Example 1", 2025, "named")
    close(session, 2024, at=SPRING)
    change(session, first, "private")
    assert store.consent_of(session, second) == "private"
    assert store.withdrawal_for(session, second) == store.ConsentWithdrawal(2024, SUMMER)
    assert store.withdrawal_for(session, first) is None
    read = [store.latest_submission(session, second), *store.latest_submissions(session, 2025)]
    assert [one.consent for one in read if one.assessment_id == second] == ["private", "private"]


def test_after_a_withdrawal_the_same_choice_again_is_a_change(session: Session) -> None:
    for year in (2024, 2025):
        others(session, year)
    first = submitted(session, "Example 1", 2024, "named")
    second = submitted(session, "Example 1", 2025, "named")
    close(session, 2024, at=SPRING)
    change(session, first, "private")
    change(session, second, "named", at=SUMMER + timedelta(days=1))
    assert store.consent_of(session, second) == "named" and store.withdrawal_for(session, second) is None
    noted = store.history(session, f"assessment/{second}/consent")
    assert [(n.before, n.after) for n in noted] == [("", "named"), ("private", "named")]
    assert named(close(session, 2025)) == ["Example 1"]


def test_after_a_withdrawal_the_consent_at_the_closing_is_still_known(session: Session) -> None:
    for year in (2024, 2025):
        others(session, year)
    first = submitted(session, "Example 1", 2024, "named")
    second = submitted(session, "Example 1", 2025, "named")
    close(session, 2024, at=SPRING)
    change(session, first, "counted")
    close(session, 2025)
    change(session, first, "private", at=AUTUMN + timedelta(days=1))
    assert store.latest_submission(session, second).consent == "counted"
    assert store.consent_of(session, second) == "private", "for the closings to come"


def test_a_choice_for_a_closed_year_that_publishes_as_much_is_not_a_withdrawal(session: Session) -> None:
    first = submitted(session, "Example 1", 2024, "named")
    second = submitted(session, "Example 1", 2025, "counted")
    close(session, 2024, at=SPRING)
    for consent in ("private", "named"):
        change(session, first, consent)
    assert store.consent_of(session, second) == "counted" and store.withdrawal_for(session, second) is None


def test_a_submission_after_a_withdrawal_counts_by_its_own_consent(session: Session) -> None:
    for year in (2024, 2025):
        others(session, year)
    number = submitted(session, "Example 1", 2024, "named")
    close(session, 2024, at=SPRING)
    change(session, number, "private")
    submitted(session, "Example 1", 2025, "named", at=AUTUMN)
    assert named(close(session, 2025)) == ["Example 1"]


def test_a_change_for_a_closed_year_never_publishes_more_of_another_year(session: Session) -> None:
    for year in (2024, 2025):
        others(session, year)
    number = submitted(session, "Example 1", 2024, "counted")
    submitted(session, "Example 1", 2025, "private")
    close(session, 2024, at=SPRING)
    change(session, number, "named")
    snapshot = close(session, 2025)
    assert named(snapshot) == [] and registered(snapshot) == 6


def test_every_change_is_in_the_trail_and_the_same_choice_again_is_not_a_change(session: Session) -> None:
    number = submitted(session, "Example 1", 2024, "counted")
    change(session, number, "private")
    change(session, number, "private")
    close(session, 2024, at=SUMMER)
    change(session, number, "counted", at=AUTUMN)
    noted = store.history(session, f"assessment/{number}/consent")
    assert [(n.before, n.after) for n in noted] == [("", "counted"), ("counted", "private"), ("private", "counted")]
    assert store.verify_trail(session) is None


def test_without_a_submission_there_is_no_consent_to_change(session: Session) -> None:
    organisation = store.add_organisation(session, "Example 1", at=SPRING, status="confirmed")
    number = store.assessment_for(session, organisation, edition=MADE.id, year=2024, at=SPRING).id
    assert store.consent_of(session, number) == ""
    for missing in (number, 999):
        with pytest.raises(store.NotFound):
            change(session, missing, "private")


def test_a_change_is_one_of_three_and_is_never_altered(session: Session) -> None:
    number = submitted(session, "Example 1", 2024, "counted")
    change(session, number, "private")
    session.commit()
    with pytest.raises(DBAPIError, match="ck_consent_change_consent"):
        change(session, number, "perhaps")
    session.rollback()
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("UPDATE consent_change SET consent = 'named'"))


def test_the_person_who_attested_a_submission_is_stored_with_it_and_in_the_digest_of_the_trail(
    session: Session,
) -> None:
    number = submitted(session, "Example 1", 2024, "counted")
    scores, role = submission_json_writer(PLAN), "Head of \0compliance"
    store.submit(
        session, number, by=None, at=SUMMER, edition=MADE, consent="counted", scores=scores,
        attested_name="Ana Silva", attested_role=role,
    )  # fmt: skip
    latest, first = store.submissions_of(session, number)
    assert (latest.attested_name, latest.attested_role) == ("Ana Silva", "Head of compliance")
    assert (first.attested_name, first.attested_role) == (None, None)
    assert store.verify_trail(session) is None
