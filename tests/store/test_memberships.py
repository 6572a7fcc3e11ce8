"""Members and owners of a company, and requests to join it."""

import pytest
from sqlalchemy.orm import Session

from compliance import store
from tests.support.stores import NOON, World


def ids(world: World) -> tuple[int, int, int]:
    """Return the ids of the company, its owner and its other member."""
    assert world.company.organisation_id is not None
    return world.company.organisation_id, world.company.id, world.colleague.id


def roles(session: Session, organisation: int) -> dict[str, str]:
    return {member.name: member.role for member in store.company_members(session, organisation)}


def test_a_person_may_work_for_several_companies_the_first_joined_first(session: Session, world: World) -> None:
    other = store.add_organisation(session, "Example Foods 02", at=NOON)
    store.add_membership(session, world.company.id, other, by=None, at=NOON)
    found = store.member(session, world.company.id)
    assert [(m.organisation, m.role) for m in found.memberships] == [
        ("Example Travel 01", "owner"),
        ("Example Foods 02", "owner"),
    ]
    assert len(store.members(session)) == 4
    with pytest.raises(store.AlreadyExists):
        store.add_membership(session, world.company.id, other, by=None, at=NOON)


def test_the_last_owner_can_neither_be_removed_nor_change_roles(session: Session, world: World) -> None:
    company, owner, member = ids(world)
    with pytest.raises(store.LastOwner):
        store.remove_member(session, company, owner, by=owner, at=NOON)
    with pytest.raises(store.LastOwner):
        store.change_member_role(session, company, owner, "contributor", by=owner, at=NOON)
    store.change_member_role(session, company, member, "owner", by=owner, at=NOON)
    store.remove_member(session, company, owner, by=member, at=NOON)
    assert roles(session, company) == {"Ben": "owner"}
    noted = store.history(session, f"organisation/{company}/member/{owner}")[-1]
    assert (noted.what, noted.before, noted.after, noted.who) == ("membership", "owner", "", member)


def test_a_person_who_is_not_a_member_can_neither_be_removed_nor_change_roles(session: Session, world: World) -> None:
    company, _owner, _member = ids(world)
    with pytest.raises(store.NotFound):
        store.remove_member(session, company, world.auditor.id, by=None, at=NOON)
    with pytest.raises(store.NotFound):
        store.change_member_role(session, 99, world.auditor.id, "owner", by=None, at=NOON)


def test_a_person_who_asks_to_join_is_admitted_once(session: Session, world: World) -> None:
    company, owner, _member = ids(world)
    request = store.ask_to_join(session, world.auditor.id, company, words="I write the code.", at=NOON)
    with pytest.raises(store.AlreadyExists):
        store.ask_to_join(session, world.auditor.id, company, words="Again.", at=NOON)
    answered = store.answer_request(session, request, accept=True, reason="", by=owner, at=NOON)
    assert (answered.state, answered.name, answered.words) == ("accepted", "Audun", "I write the code.")
    assert roles(session, company)["Audun"] == "contributor"
    with pytest.raises(store.AlreadyDecided):
        store.answer_request(session, request, accept=False, reason="no", by=owner, at=NOON)
    with pytest.raises(store.AlreadyExists):
        store.ask_to_join(session, world.auditor.id, company, words="", at=NOON)


def test_a_person_who_was_refused_is_told_why_and_may_ask_again(session: Session, world: World) -> None:
    company, owner, _member = ids(world)
    request = store.ask_to_join(session, world.auditor.id, company, words="", at=NOON)
    store.answer_request(session, request, accept=False, reason="We do not know you.", by=owner, at=NOON)
    [told] = store.join_requests(session, person_id=world.auditor.id)
    assert (told.state, told.reason, told.decided_at) == ("refused", "We do not know you.", NOON)
    assert "Audun" not in roles(session, company)
    store.ask_to_join(session, world.auditor.id, company, words="", at=NOON)
    assert len(store.join_requests(session, organisation_id=company, state="open")) == 1


def test_only_one_s_own_request_can_be_withdrawn(session: Session, world: World) -> None:
    company, owner, _member = ids(world)
    request = store.ask_to_join(session, world.auditor.id, company, words="", at=NOON)
    with pytest.raises(store.NotFound):
        store.withdraw_request(session, request, by=owner, at=NOON)
    store.withdraw_request(session, request, by=world.auditor.id, at=NOON)
    assert store.join_requests(session, state="open") == ()
    with pytest.raises(store.NotFound):
        store.ask_to_join(session, owner, 99, words="", at=NOON)
