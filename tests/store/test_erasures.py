"""Of an erased person only a number remains. Nothing says who they were, and the trail is valid."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from compliance.store.colleague_invitations import invite_colleague
from compliance.store.company_models import ColleagueInvitationRow
from compliance.store.erasures import (
    Erasure,
    erase_person,
    erasure_counts,
    is_erased,
    note_erasure,
    read_erasures,
    repeat_erasures,
)
from compliance.store.exceptions import LastOwner, NotFound
from compliance.store.independence import declare_interest
from compliance.store.memberships import ask_to_join, change_member_role, company_members
from compliance.store.models import Base, Person
from compliance.store.sign_ins import begin_session
from compliance.store.trail_check import trail_difference
from tests.support.stores import NOON, World, hand_in, save


def everything(session: Session) -> str:
    """Return the whole content of the database as text."""
    rows = {
        name: [list(row) for row in session.execute(table.select())] for name, table in Base.metadata.tables.items()
    }
    return json.dumps(rows, default=str, ensure_ascii=False)


@pytest.fixture
def busy(session: Session, world: World) -> World:
    """A world in which Ben has answered, was invited and asked to join elsewhere, is signed in, and got a mail."""
    ben, home = world.colleague, world.company.organisation_id
    assert home is not None
    save(session, world, AnswerEdit("q1", "o1", "Our reason"), by=ben)
    hand_in(session, world.assessment, by=world.company.id)
    other = store.register_company(
        session, organisation="Another", name="Olga", email="olga@example.org", password_hash="y", at=NOON
    )
    assert other.organisation_id is not None
    invite_colleague(
        session, other.organisation_id, token="t" * 40, email=ben.email, role="reader", words="Dear Ben Bexley",
        by=other.id, at=NOON,
    )  # fmt: skip
    ask_to_join(session, ben.id, other.organisation_id, words="Ben Bexley here", at=NOON)
    begin_session(session, ben.id, "token", browser="Bexley Browser", network="192", at=NOON, idle=timedelta(hours=8))
    store.add_mail(
        session, kind="any", to=ben.email, language="en", person_id=None, subject="For Ben", text="Dear Ben Bexley",
        html="", urgency="notice", at=NOON,
    )  # fmt: skip
    session.commit()
    return world


def test_an_erasure_leaves_nothing_that_identifies_a_person_and_keeps_what_they_wrote(
    session: Session, busy: World
) -> None:
    ben = busy.colleague
    assert "ben@example.org" in everything(session) and "Bexley" in everything(session)
    erase_person(session, ben.id, by=busy.steward.id, at=NOON)
    session.commit()
    left = everything(session)
    assert "ben@example.org" not in left and "Bexley" not in left and '"Ben"' not in left
    assert store.saved_answers(session, busy.assessment)["q1"].reason == "Our reason"
    assert trail_difference(session) is None and store.verify_trail(session) is None
    assert is_erased(session, ben.id) and erasure_counts(session).people == (ben.id,)
    known = store.member(session, ben.id)
    assert (known.name, known.active, known.memberships, known.roles) == (f"#{ben.id}", False, (), frozenset())


def test_an_invitation_of_somebody_who_was_erased_lets_nobody_in(session: Session, busy: World) -> None:
    erase_person(session, busy.colleague.id, by=None, at=NOON)
    assert {row.state for row in session.query(ColleagueInvitationRow)} == {"withdrawn"}


def test_an_auditor_who_is_erased_reviews_nothing_and_has_no_interests(session: Session, world: World) -> None:
    other = store.add_organisation(session, "Another", at=NOON)
    declare_interest(session, world.auditor.id, other, what="My sister", by=world.auditor.id, at=NOON)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    erase_person(session, world.auditor.id, by=world.steward.id, at=NOON)
    session.commit()
    assert store.auditors_of(session, 2026) == {}
    assert trail_difference(session) is None


def test_the_only_owner_of_a_company_is_not_erased_before_there_is_another(session: Session, world: World) -> None:
    home = world.company.organisation_id
    assert home is not None
    with pytest.raises(LastOwner):
        erase_person(session, world.company.id, by=None, at=NOON)
    session.rollback()
    change_member_role(session, home, world.colleague.id, "owner", by=None, at=NOON)
    erase_person(session, world.company.id, by=None, at=NOON)
    assert [each.person_id for each in company_members(session, home)] == [world.colleague.id]


def test_a_person_who_does_not_exist_is_not_found_and_nobody_is_erased_twice(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        erase_person(session, 999, by=None, at=NOON)
    for _ in range(2):
        erase_person(session, world.colleague.id, by=None, at=NOON)
    assert erasure_counts(session).people == (world.colleague.id,) and trail_difference(session) is None


def test_erasures_are_read_back_unchanged_from_their_file(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    noted = (Erasure(7, NOON, NOON + timedelta(days=1)), Erasure(9, NOON + timedelta(microseconds=3), NOON))
    for erasure in noted:
        note_erasure(file, erasure)
    assert read_erasures(file) == noted
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("line", ["", "no json", "[]", '{"person": "7"}', '{"person": 7, "created": "2026-01-01"}'])
def test_a_file_of_erasures_that_was_damaged_is_refused_by_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "erasures.jsonl"
    note_erasure(file, Erasure(7, NOON, NOON))
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"{line}\n")
    with pytest.raises(ValueError, match="line 2 is not as this tool writes it"):
        read_erasures(file)


def test_erasures_are_repeated_once_even_of_an_only_owner_but_not_those_of_another_installation(
    session: Session, world: World
) -> None:
    created = {person.id: person.created_at for person in session.query(Person)}
    gone = [Erasure(each, created[each], NOON) for each in (world.company.id, world.colleague.id)]
    others = [Erasure(world.steward.id, NOON - timedelta(days=1), NOON), Erasure(999, NOON, NOON)]
    assert repeat_erasures(session, [*gone, *others], at=NOON) == 2
    assert repeat_erasures(session, [*gone, *others], at=NOON) == 0
    session.commit()
    assert not is_erased(session, world.steward.id)
    assert "ana@example.org" not in everything(session) and "ben@example.org" not in everything(session)
    assert trail_difference(session) is None
