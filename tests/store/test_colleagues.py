"""Roles in a company, invitations of colleagues, and the themes and questions assigned to them."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.colleague_invitations import (
    INVITATION_DAYS,
    accept_invitation,
    colleague_invitations,
    invite_colleague,
    withdraw_invitation,
)
from compliance.store.delegations import DelegatedTo, delegate, delegated_to, delegations_of, holder_of
from compliance.store.member_roles import MEMBER_ACTIONS, MEMBER_ROLES, role_may
from tests.support.stores import NOON, World

TOKEN = "a token that nobody can guess"


def company(world: World) -> int:
    assert world.company.organisation_id is not None
    return world.company.organisation_id


def invite(session: Session, world: World, email: str = "", role: str = "approver", token: str = TOKEN) -> bool:
    sent = {"token": token, "email": email, "role": role, "words": "Welcome."}
    return invite_colleague(session, company(world), **sent, by=world.company.id, at=NOON)


def give(session: Session, world: World, part: str, to: store.Member | None, **more: object) -> bool:
    sent = None if to is None else DelegatedTo(to.id, date(2026, 5, 12), "You wrote it.")
    options = {"seen": None, "by": world.company.id, "at": NOON, **more}
    return delegate(session, world.assessment, part, sent, **options)


def roles(session: Session, world: World) -> dict[str, str]:
    return {one.name: one.role for one in store.company_members(session, company(world))}


def raised_together(engine: Engine, *changes: Callable[[Session], object]) -> list[str]:
    """Make changes that begin at the same moment, and return the names of the errors that they raise."""
    together, faults = Barrier(len(changes)), []

    def run(change: Callable[[Session], object]) -> None:
        together.wait()
        try:
            with Session(engine) as session, session.begin():
                change(session)
        except store.StoreError as fault:
            faults.append(type(fault).__name__)

    threads = [Thread(target=run, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_each_role_has_all_rights_of_the_role_below_it_and_more() -> None:
    allowed = [{action for action in MEMBER_ACTIONS if role_may(role, action)} for role in MEMBER_ROLES]
    assert all(lower < higher for higher, lower in pairwise(allowed))
    assert allowed[0] == {*MEMBER_ACTIONS} and allowed[-1] == {"read"}
    with pytest.raises(KeyError):
        role_may("boss", "read")


def test_members_of_an_earlier_version_become_contributors_and_owners_remain_owners(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0014")
    with engine.begin() as connection:
        for row in (
            "organisation (id, name, demonstration, registered_at, status, website_domain, lei, counts_apart) "
            "VALUES (1, 'Real', '0', '2026-01-01 12:00:00', 'pending', '', '', '0')",
            *(
                "person (id, email, name, language, active, fs_uniquifier, created_at, first_password, demonstration) "
                f"VALUES ({n}, '{n}@x.example', '{n}', 'en', '1', '{n}', '2026-01-01 12:00:00', '0', '0')"
                for n in (1, 2)
            ),
            "membership (person_id, organisation_id, role, since) VALUES (1, 1, 'owner', '2026-01-01 12:00:00')",
            "membership (person_id, organisation_id, role, since) VALUES (2, 1, 'member', '2026-01-01 12:00:00')",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    store.upgrade(engine)
    with Session(engine) as session:
        assert [(one.name, one.role) for one in store.company_members(session, 1)] == [
            ("1", "owner"),
            ("2", "contributor"),
        ]
    engine.dispose()


def test_an_invitation_admits_one_person_with_its_role_and_only_its_digest_is_stored(
    session: Session, world: World
) -> None:
    assert invite(session, world)
    assert not invite(session, world)  # the page was sent twice
    [made] = colleague_invitations(session, company(world), at=NOON)
    stored = session.execute(text("SELECT * FROM colleague_invitation")).one()
    assert TOKEN not in map(str, stored) and made.by_name == "Ana" and made.is_open(NOON)
    accept_invitation(session, TOKEN, person_id=world.auditor.id, at=NOON)
    assert roles(session, world)["Audun"] == "approver"
    assert store.member(session, world.auditor.id).roles == {"auditor", "company"}
    with pytest.raises(store.AlreadyDecided):
        accept_invitation(session, TOKEN, person_id=world.steward.id, at=NOON)
    noted = store.history(session, f"organisation/{company(world)}/invitation/{made.id}")
    assert [(one.after, one.who) for one in noted] == [
        ("open\napprover", world.company.id),
        ("accepted", world.auditor.id),
    ]


def test_an_invitation_ends_when_it_expires_or_is_withdrawn(session: Session, world: World) -> None:
    invite(session, world)
    over = NOON + timedelta(days=INVITATION_DAYS)
    with pytest.raises(store.AlreadyDecided):
        accept_invitation(session, TOKEN, person_id=world.auditor.id, at=over)
    assert colleague_invitations(session, company(world), at=over) == ()
    [made] = colleague_invitations(session, company(world), at=NOON)
    with pytest.raises(store.NotFound):
        withdraw_invitation(session, 99, made.id, by=None, at=NOON)
    withdraw_invitation(session, company(world), made.id, by=world.steward.id, at=NOON)
    with pytest.raises(store.AlreadyDecided):
        accept_invitation(session, TOKEN, person_id=world.auditor.id, at=NOON)
    with pytest.raises(store.AlreadyDecided):
        withdraw_invitation(session, company(world), made.id, by=None, at=NOON)
    assert "Audun" not in roles(session, world)


def test_an_invitation_to_an_address_is_for_nobody_else_and_nobody_is_invited_twice(
    session: Session, world: World
) -> None:
    invite(session, world, " Audun@Example.org ")
    with pytest.raises(store.NotFound):
        accept_invitation(session, TOKEN, person_id=world.steward.id, at=NOON)
    with pytest.raises(store.AlreadyExists):
        invite(session, world, "audun@example.org", token="another")
    with pytest.raises(store.AlreadyExists):
        invite(session, world, "ben@example.org", token="a third")
    with pytest.raises(ValueError, match="no such role"):
        invite(session, world, role="boss")


def test_accepting_an_invitation_also_settles_a_request_to_join(session: Session, world: World) -> None:
    store.ask_to_join(session, world.auditor.id, company(world), words="", at=NOON)
    invite(session, world)
    accept_invitation(session, TOKEN, person_id=world.auditor.id, at=NOON)
    [asked] = store.join_requests(session, person_id=world.auditor.id)
    assert (asked.state, roles(session, world)["Audun"]) == ("accepted", "approver")


def test_one_of_two_people_who_accept_an_invitation_at_once_is_refused(engine: Engine, world: World) -> None:
    with Session(engine) as session, session.begin():
        invite(session, world)

    def accept(person: store.Member) -> Callable[[Session], object]:
        return lambda session: accept_invitation(session, TOKEN, person_id=person.id, at=NOON)

    assert raised_together(engine, accept(world.auditor), accept(world.steward)) == ["AlreadyDecided"]
    with Session(engine) as session:
        assert len({"Audun", "Stella"} & roles(session, world).keys()) == 1
        assert store.verify_trail(session) is None


def test_a_question_is_assigned_with_its_theme_unless_it_is_assigned_separately(session: Session, world: World) -> None:
    assert give(session, world, "theme", world.colleague)
    assert not give(session, world, "theme", world.colleague)  # the button pressed twice
    assert give(session, world, "q1", world.company, theme="theme")
    there = delegations_of(session, world.assessment)
    held = [holder_of(there, part, "theme") for part in ("q1", "q2")]
    assert [one and one.name for one in held] == ["Ana", "Ben"]
    assert delegated_to(session, world.colleague.id) == {world.assessment: (1, date(2026, 5, 12))}
    assert give(session, world, "q1", None, seen=world.company.id)
    assert delegations_of(session, world.assessment).keys() == {"theme"}


def test_an_assignment_that_differs_from_the_page_is_not_changed(session: Session, world: World) -> None:
    give(session, world, "theme", world.colleague)
    with pytest.raises(store.AlreadyDecided):
        give(session, world, "theme", world.company)
    with pytest.raises(store.NotFound):  # it is Ben's, so Ana may not hand it on as hers
        give(session, world, "q1", world.company, theme="theme", only_own=True)
    assert give(session, world, "q1", world.company, theme="theme", only_own=True, by=world.colleague.id)


def test_nothing_can_be_assigned_to_a_person_who_cannot_answer(session: Session, world: World) -> None:
    store.change_member_role(session, company(world), world.colleague.id, "reader", by=None, at=NOON)
    for person in (world.colleague, world.auditor):
        with pytest.raises(store.NotFound):
            give(session, world, "theme", person)
    store.close_period(session, 2026, by=None, at=NOON, snapshot=lambda: "{}")
    with pytest.raises(store.PeriodClosed):
        give(session, world, "theme", world.company)


@pytest.mark.parametrize("becomes", ["reader", ""])
def test_an_assignment_ends_if_the_person_may_no_longer_answer(session: Session, world: World, becomes: str) -> None:
    give(session, world, "theme", world.colleague)
    if becomes:
        store.change_member_role(session, company(world), world.colleague.id, becomes, by=None, at=NOON)
    else:
        store.remove_member(session, company(world), world.colleague.id, by=None, at=NOON)
    assert delegations_of(session, world.assessment) == {}
    given, ended = store.history(session, f"assessment/{world.assessment}/part/theme")
    assert given.after == ended.before == f"person/{world.colleague.id}\ndue 2026-05-12\nYou wrote it."


def test_a_person_who_is_removed_while_a_theme_is_assigned_to_them_does_not_keep_it(
    engine: Engine, world: World
) -> None:
    faults = raised_together(
        engine,
        lambda session: give(session, world, "theme", world.colleague),
        lambda session: store.remove_member(session, company(world), world.colleague.id, by=None, at=NOON),
    )
    assert faults in ([], ["NotFound"])
    with Session(engine) as session:
        assert delegations_of(session, world.assessment) == {}
