"""People: one e-mail address each, roles noted in the trail, and the companies they belong to."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from tests.support.stores import NOON, World, statements


def test_a_company_registers_with_its_first_member(session: Session, world: World) -> None:
    found = store.login_account(session, email=" ANA@example.org ")
    assert found is not None
    assert store.member(session, found.id) == world.company
    assert (found.organisation, found.roles, found.active) == ("Example Travel 01", {"company"}, True)


def test_an_address_is_registered_once_in_any_case_of_letters(session: Session, world: World) -> None:
    with pytest.raises(store.AlreadyExists):
        store.register_company(
            session, organisation="Another", name="A", email="Ana@Example.ORG", password_hash=None, at=NOON
        )
    session.rollback()
    assert [c.name for c in store.companies(session)] == ["Example Travel 01"]


def test_a_person_may_have_the_company_role_without_a_membership(session: Session, world: World) -> None:
    store.set_roles(session, world.auditor.id, ["company"], by=world.steward.id, at=NOON)
    assert store.member(session, world.auditor.id).memberships == ()


def test_the_first_member_of_a_company_is_its_owner_and_a_later_one_a_contributor(
    session: Session, world: World
) -> None:
    found = store.company_members(session, world.company.organisation_id or 0)
    assert [(member.name, member.role) for member in found] == [("Ana", "owner"), ("Ben", "contributor")]


def test_there_are_four_roles(session: Session, world: World) -> None:
    with pytest.raises(ValueError, match="no such role: owner"):
        store.set_roles(session, world.auditor.id, ["owner"], by=world.steward.id, at=NOON)


def test_a_change_of_role_says_from_what_to_what(session: Session, world: World) -> None:
    store.set_roles(session, world.auditor.id, ["advocate", "steward"], by=world.steward.id, at=NOON)
    assert store.member(session, world.auditor.id).roles == {"advocate", "steward"}
    noted = store.history(session, f"person/{world.auditor.id}")[-1]
    assert (noted.before, noted.after, noted.who) == ("auditor", "advocate steward", world.steward.id)


def test_the_trail_says_who_added_a_person(session: Session, world: World) -> None:
    new = store.add_person(
        session, email="b@example.org", name="B", password_hash=None, roles=["advocate"], by=world.steward.id, at=NOON
    )
    [noted] = store.history(session, f"person/{new.id}")
    assert (noted.before, noted.after, noted.who) == ("", "advocate", world.steward.id)


def test_setting_the_same_roles_again_is_no_change(session: Session, world: World) -> None:
    before = store.trail_head(session)
    store.set_roles(session, world.auditor.id, ["auditor"], by=world.steward.id, at=NOON)
    assert store.trail_head(session) == before


def test_a_person_who_is_made_inactive_is_still_stored(session: Session, world: World) -> None:
    store.set_active(session, world.company.id, False, by=world.steward.id, at=NOON + timedelta(days=1))
    assert not store.member(session, world.company.id).active
    with pytest.raises(store.NotFound):
        store.set_active(session, 999, False, by=world.steward.id, at=NOON)


def test_a_person_who_does_not_exist_is_not_found(session: Session, world: World) -> None:
    assert store.login_account(session, email="no@example.org") is None
    with pytest.raises(store.NotFound):
        store.member(session, 999)
    with pytest.raises(store.NotFound):
        store.set_roles(session, 999, ["auditor"], by=None, at=NOON)


def test_a_store_is_empty_until_a_company_is_added(session: Session) -> None:
    assert store.is_empty(session)
    store.add_organisation(session, "Example 1", at=NOON)
    assert not store.is_empty(session)


def test_a_company_has_a_name(session: Session) -> None:
    with pytest.raises(DBAPIError, match="ck_organisation_name"):
        store.add_organisation(session, "  ", at=NOON)


def test_everybody_with_a_role_is_listed_in_one_statement(engine: Engine, session: Session, world: World) -> None:
    store.set_roles(session, world.steward.id, ["steward", "auditor"], by=None, at=NOON)
    with statements(engine) as sent:
        auditors = store.members(session, role="auditor")
    assert [(m.name, m.roles) for m in auditors] == [("Audun", {"auditor"}), ("Stella", {"auditor", "steward"})]
    assert len(sent) == 1
    assert len(store.members(session)) == 4
