"""After a company was erased, edits of the trail and of the rows that it vouches for are still found."""

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance.store import audit_trail
from compliance.store.company_erasures import erase_company
from compliance.store.models import TrailEntry
from compliance.store.trail_check import TrailDifference, trail_difference
from tests.store.test_company_erasures import MARK, home, marked_tables, plant
from tests.store.test_erasures import everything
from tests.support.stores import NOON, Databases, World, begin, later_world
from tests.support.tampering import ANYWHERE, found_after, tamper

#: Edits by the owner of the database after a company was erased, each with the kind of difference that is found.
EDITS = {
    **ANYWHERE,
    "an assignment added": (ANYWHERE["an assignment added"][0], "unknown"),  # its entries are emptied
    "an entry of another company altered": ("UPDATE trail SET after = 'else' WHERE subject = 'period/2026'", "entry"),
    "words put back": ("UPDATE trail SET after = 'o1' WHERE subject = 'assessment/1/answer/q1'", "entry"),
    "digests altered": ("UPDATE trail SET erased = '[\"a\", \"b\"]' WHERE subject = 'assessment/1/answer/q1'", "entry"),
    "digests broken": ("UPDATE trail SET erased = 'x' WHERE subject = 'assessment/1/answer/q1'", "entry"),
    "what was erased altered": ("UPDATE trail SET before = '1-3' WHERE subject = 'organisation/1/erased'", "entry"),
    "who did something altered": ("UPDATE trail SET who = 2 WHERE subject = 'assessment/1/answer/q1'", "entry"),
    "a row put back": (ANYWHERE["an answer added"][0].replace("q9", "q1"), "unknown"),
    "an answer of another company altered": ("UPDATE answer SET value = 'o0'", "changed"),
    "an answer of another company deleted": ("DELETE FROM answer", "removed"),
    "the group altered": ("UPDATE company_group SET name = 'Else'", "changed"),
}


@pytest.fixture(scope="module")
def planted_world(databases: Databases, settled_world: tuple[str, World]) -> tuple[str, World]:
    """A database in which a company has left MARK everywhere."""
    return later_world(databases, settled_world, plant)


def erase(session: Session, world: World) -> None:
    plant(session, world)
    erase_company(session, home(world), by=None, at=NOON)


@pytest.fixture(scope="module")
def erased_world(databases: Databases, settled_world: tuple[str, World]) -> tuple[str, World]:
    """A database from which a company was erased."""
    return later_world(databases, settled_world, erase)


@pytest.mark.usefixtures("erased_world")
@pytest.mark.parametrize("edit", EDITS)
def test_tampering_is_still_found_after_an_erasure(session: Session, edit: str) -> None:
    statement, kind = EDITS[edit]
    assert found_after(session, statement)[0] == kind


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ("DELETE FROM answer WHERE assessment_id = 2", "removed"),
        ("UPDATE answer SET value = 'o1' WHERE assessment_id = 2", "changed"),
    ],
)
def test_tampering_from_before_an_erasure_is_still_found(session: Session, world: World, edit: str, kind: str) -> None:
    """The last entry about rows of the other company is about rows of both, and is emptied."""
    plant(session, world)
    audit_trail.record_states(session, at=NOON)
    session.commit()
    tamper(session, edit)
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    found = trail_difference(session)
    assert found is not None and (found.kind, found.rows) == (kind, "answer/2/q1"), found


def test_an_entry_emptied_like_an_erasure_is_found_if_there_was_no_erasure(session: Session, world: World) -> None:
    other = plant(session, world)
    query = select(TrailEntry).where(TrailEntry.subject == f"assessment/{begin(session, other, 2026)}/answer/q1")
    entry = session.scalars(query).one()
    assert entry.salt is not None
    said = json.dumps(audit_trail.said_digests(entry.salt, entry.before, entry.after))
    number = entry.id
    empty = f"UPDATE trail SET before = '', after = '', salt = NULL, erased = '{said}' WHERE id = {number}"  # noqa: S608
    session.execute(text(empty))  # the database allows it, as erasures do so
    session.commit()
    assert trail_difference(session) == TrailDifference("entry", number)


@pytest.mark.usefixtures("planted_world")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET after = '' WHERE id = 3",
        "UPDATE trail SET before = '', after = '', salt = NULL WHERE id = 3",
        "UPDATE trail SET before = '', after = 'x', salt = NULL, erased = '[]' WHERE id = 3",
        "UPDATE trail SET before = '', after = '', salt = NULL, erased = '[]', hash = 'x' WHERE id = 3",
        "UPDATE trail SET before = '', after = '', salt = NULL, erased = '[]', state = NULL WHERE id = 3",
        "UPDATE trail SET before = '', after = '', salt = NULL, erased = '[]', who = 3 WHERE id = 3",
        "DELETE FROM trail WHERE id = 3",
        "DELETE FROM submission",
        "UPDATE submission SET sheet = '{}'",
    ],
)
def test_the_database_refuses_every_change_of_frozen_rows_except_an_erasure(session: Session, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(statement))
    session.rollback()


def test_words_that_were_erased_cannot_be_guessed(session: Session, world: World) -> None:
    """For an answer with three options, no remaining digest shows which one it was."""
    plant(session, world)
    query = select(TrailEntry).where(TrailEntry.subject == f"assessment/{world.assessment}/answer/q1")
    [entry] = session.scalars(query).all()
    number, salt, row = entry.id, entry.salt, json.loads(entry.state or "[]")
    assert salt is not None and entry.after == f"o1\n{MARK} reason"
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    left = session.execute(select(TrailEntry.__table__).where(TrailEntry.id == number)).one()
    assert (left.before, left.after, left.salt) == ("", "", None) and json.loads(left.state) == row
    assert salt not in everything(session)
    # With the salt, the digest of the right option would be found, so it is the missing salt that protects the answer.
    assert json.loads(left.erased)[1] == audit_trail.said_digests(salt, "", f"o1\n{MARK} reason")[1]


def test_entries_from_before_salts_are_erased_too(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "made_salt", lambda: None)
    plant(session, world)
    monkeypatch.undo()
    assert trail_difference(session) is None
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    assert marked_tables(session) == set() and trail_difference(session) is None
    mine = TrailEntry.subject == f"assessment/{world.assessment}/answer/q1"
    [entry] = session.scalars(select(TrailEntry).where(mine)).all()
    assert {digest for _key, digest in json.loads(entry.state or "[]")} == {""}
    tamper(session, f"UPDATE trail SET who = 2 WHERE id = {entry.id}")  # noqa: S608
    found = trail_difference(session)
    assert found is not None and found.kind == "entry" and (found.entry or 0) > entry.id
