"""Which companies count: confirmed ones, and one of each group. Every decision has a reason, and two never mix."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.company_erasure_requests import (
    TIME_TO_UNDO,
    DeletionDue,
    ask_company_erasure,
    undo_company_erasure,
)
from tests.support.stores import NOON, World, begin, hand_in, save


def register(session: Session, name: str, **more: str) -> store.Member:
    email = f"{name.lower().replace(' ', '.')}@example.org"
    return store.register_company(
        session, organisation=name, name=name, email=email, password_hash=None, at=NOON, **more
    )


def number_of(member: store.Member) -> int:
    assert member.organisation_id is not None
    return member.organisation_id


def confirm(session: Session, *ids: int, hours: int = 0) -> None:
    at = NOON + timedelta(hours=hours)
    for organisation_id in ids:
        store.change_status(session, organisation_id, "confirmed", seen="pending", reason="known", by=None, at=at)


def test_a_company_counts_only_while_it_is_confirmed(session: Session, world: World) -> None:
    new = number_of(register(session, "Example Tours 2"))
    assert new not in store.counting_companies(session)
    confirm(session, new)
    assert new in store.counting_companies(session)
    for status, before in (("refused", "confirmed"), ("left-out", "refused"), ("pending", "left-out")):
        store.change_status(session, new, status, seen=before, reason="asked", by=world.steward.id, at=NOON)
        assert new not in store.counting_companies(session)
    assert store.company(session, new).confirmed_at == NOON


def test_the_silent_and_the_submissions_that_count_are_those_of_companies_that_count(
    session: Session, world: World
) -> None:
    silent, new = register(session, "Example Silent"), register(session, "Example Tours 2")
    hand_in(session, begin(session, new, 2026), by=None)
    hand_in(session, world.assessment, by=None)
    assert [s.organisation for s in store.latest_submissions(session, 2026, counting=True)] == ["Example Travel 01"]
    assert [s.organisation for s in store.latest_submissions(session, 2026)] == ["Example Tours 2", "Example Travel 01"]
    assert store.nonrespondents(session, 2026) == ()
    confirm(session, number_of(silent), number_of(new))
    assert [s.organisation for s in store.latest_submissions(session, 2026, counting=True)] == [
        "Example Tours 2",
        "Example Travel 01",
    ]
    assert [s.organisation for s in store.nonrespondents(session, 2026)] == ["Example Silent"]


def test_a_group_counts_once_by_the_company_that_was_confirmed_first_until_another_is_named(
    session: Session, world: World
) -> None:
    first, second, third = (number_of(register(session, f"Example Resort {n}")) for n in (1, 2, 3))
    confirm(session, second)
    group = store.group_companies(session, first, second, reason="one parent", by=None, at=NOON)
    assert store.group_companies(session, third, first, reason="one parent", by=None, at=NOON) == group
    assert store.counting_companies(session) & {first, second, third} == {second}
    confirm(session, first, third, hours=1)
    assert store.counting_companies(session) & {first, second, third} == {second}
    store.name_counting_company(session, group, third, reason="the parent", by=None, at=NOON)
    assert store.counting_companies(session) & {first, second, third} == {third}
    store.change_status(session, third, "refused", seen="confirmed", reason="invented", by=None, at=NOON)
    assert store.counting_companies(session) & {first, second, third} == {second}
    store.leave_group(session, first, reason="sold", by=None, at=NOON)
    assert store.counting_companies(session) & {first, second, third} == {first, second}
    [found] = store.company_groups(session)
    assert ([c.id for c in found.companies], found.counting, found.named) == ([second, third], second, False)


def test_only_a_company_of_a_group_can_be_named_to_count_for_it(session: Session, world: World) -> None:
    first, second, other = (number_of(register(session, f"Example Resort {n}")) for n in (1, 2, 3))
    group = store.group_companies(session, first, second, reason="one parent", by=None, at=NOON)
    with pytest.raises(store.NotFound):
        store.name_counting_company(session, group, other, reason="?", by=None, at=NOON)
    with pytest.raises(store.NotFound):
        store.leave_group(session, other, reason="?", by=None, at=NOON)


def test_a_merged_company_keeps_its_history_and_its_members_join_the_remaining_one(
    session: Session, world: World
) -> None:
    twin = register(session, "Example Travel 1")
    theirs = begin(session, twin, 2026)
    hand_in(session, theirs, by=twin.id)
    into, merged = number_of(world.company), number_of(twin)
    store.merge_company(session, merged, into=into, seen="pending", reason="twin", by=world.steward.id, at=NOON)
    assert store.member(session, twin.id).memberships == (
        store.Membership(into, "Example Travel 01", "contributor", "confirmed"),
    )
    found = {one.id: (one.status, one.held_by) for one in store.assessments_of(session, into)}
    assert found == {world.assessment: ("confirmed", into), theirs: ("merged", into)}
    assert store.latest_submission(session, theirs).organisation == "Example Travel 1"
    assert store.latest_submissions(session, 2026, counting=True) == ()
    with pytest.raises(store.CompanyMerged):
        hand_in(session, theirs, by=twin.id)
    with pytest.raises(store.CompanyMerged):
        store.change_consent(session, theirs, "named", by=twin.id, at=NOON)
    assert save(session, world, store.AnswerEdit("q1", "o1"), by=twin).conflicts == ()


def test_companies_merged_into_a_company_move_with_it_when_it_is_merged(session: Session, world: World) -> None:
    first, second = (number_of(register(session, f"Example Twin {n}")) for n in (1, 2))
    into = number_of(world.company)
    store.merge_company(session, first, into=second, seen="pending", reason="twin", by=None, at=NOON)
    store.merge_company(session, second, into=into, seen="pending", reason="twin", by=None, at=NOON)
    assert [store.company(session, one).merged_into for one in (first, second)] == [into, into]
    with pytest.raises(store.AlreadyDecided):
        store.merge_company(session, into, into=first, seen="confirmed", reason="back", by=None, at=NOON)


@pytest.mark.parametrize("deleted", ["merged", "remaining"])
def test_companies_cannot_be_merged_while_one_of_them_is_to_be_deleted(
    session: Session, world: World, deleted: str
) -> None:
    merged, remaining = number_of(register(session, "Twin")), number_of(world.company)
    asked = {"merged": merged, "remaining": remaining}[deleted]
    ask_company_erasure(session, asked, by=world.company.id, at=NOON)

    def merge() -> None:
        store.merge_company(session, merged, into=remaining, seen="pending", reason="twin", by=None, at=NOON)

    with pytest.raises(DeletionDue, match=r"will be deleted on 2026-04-14: cancel the deletion before merging") as due:
        merge()
    name = store.company(session, asked).name
    assert (due.value.company, due.value.until) == (name, NOON + TIME_TO_UNDO)
    assert store.company(session, merged).status == "pending"
    undo_company_erasure(session, asked, by=world.company.id, at=NOON)
    merge()
    assert store.company(session, merged).merged_into == remaining


def test_requests_to_a_merged_company_are_put_to_the_remaining_one(session: Session, world: World) -> None:
    twin, asking = register(session, "Example Travel 1"), register(session, "Example Other")
    into, merged = number_of(world.company), number_of(twin)
    request = store.ask_to_join(session, asking.id, merged, words="", at=NOON)
    store.ask_to_join(session, world.colleague.id, merged, words="", at=NOON)
    store.merge_company(session, merged, into=into, seen="pending", reason="twin", by=None, at=NOON)
    assert [(r.id, r.organisation_id) for r in store.join_requests(session, state="open")] == [(request, into)]


def test_every_decision_says_from_what_to_what_and_why(session: Session, world: World) -> None:
    new = number_of(register(session, "Example Tours 2"))
    by = world.steward.id
    store.change_status(session, new, "confirmed", seen="pending", reason=" domain and LEI agree ", by=by, at=NOON)
    store.rename_company(session, new, "Example Tours Two", reason="the new name", by=by, at=NOON)
    noted = store.history(session, f"organisation/{new}/status")[-1]
    assert (noted.before, noted.after, noted.who) == ("pending", "confirmed\ndomain and LEI agree", by)
    noted = store.history(session, f"organisation/{new}/name")[-1]
    assert (noted.before, noted.after) == ("Example Tours 2", "Example Tours Two\nthe new name")
    assert store.verify_trail(session) is None


def test_one_of_two_stewards_who_decide_at_once_is_refused(engine: Engine, session: Session, world: World) -> None:
    one, other = (number_of(register(session, f"Example Twin {n}")) for n in (1, 2))
    session.commit()

    def merge(which: int, into: int) -> Callable[[Session], None]:
        return lambda mine: store.merge_company(
            mine, which, into=into, seen="pending", reason="twin", by=world.steward.id, at=NOON
        )

    told = at_once(engine, merge(one, other), merge(other, one))
    assert [type(fault) for fault in told] == [store.AlreadyDecided]
    assert sorted(store.company(session, i).status for i in (one, other)) == ["merged", "pending"]


def at_once(engine: Engine, *jobs: Callable[[Session], None]) -> list[Exception]:
    """Run jobs that begin at the same moment, each in its own transaction, and return the errors."""
    together, refused = threading.Barrier(len(jobs)), []

    def run(job: Callable[[Session], None]) -> None:
        together.wait()
        try:
            with Session(engine) as mine, mine.begin():
                job(mine)
        except Exception as fault:
            refused.append(fault)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


# ── One owner, one web domain


def counting(session: Session, *ids: int) -> list[bool]:
    found = store.counting_companies(session)
    return [organisation_id in found for organisation_id in ids]


def test_companies_of_one_owner_count_once_by_the_first_confirmed(session: Session) -> None:
    owner = register(session, "Example Tours 2")
    first, second = number_of(owner), store.add_organisation(session, "Example Cafes 3", at=NOON)
    store.add_membership(session, owner.id, second, by=None, at=NOON)
    confirm(session, second)
    assert counting(session, first, second) == [False, True], "the other one is not confirmed yet"
    confirm(session, first, hours=1)
    assert counting(session, first, second) == [False, True]
    assert store.company_links(session) == (store.CompanyLink(first, second, same_owner=True, same_domain=False),)


def test_companies_of_one_web_domain_count_once_and_those_without_a_domain_do_not_share_it(session: Session) -> None:
    first, second = (number_of(register(session, name, website_domain="group.example")) for name in ("One", "Two"))
    third, fourth = (number_of(register(session, name)) for name in ("Three", "Four"))
    confirm(session, first, second, third, fourth)
    assert counting(session, first, second, third, fourth) == [True, False, True, True], "of one moment: by number"


def test_a_member_who_is_not_an_owner_does_not_link_companies(session: Session) -> None:
    owner, other = register(session, "Example Tours 2"), register(session, "Example Cafes 3")
    store.add_membership(session, owner.id, number_of(other), role="contributor", by=None, at=NOON)
    confirm(session, number_of(owner), number_of(other))
    assert counting(session, number_of(owner), number_of(other)) == [True, True]


def test_the_steward_lets_companies_count_apart_or_names_the_one_of_a_group(session: Session, world: World) -> None:
    said = {"reason": "asked both", "by": world.steward.id, "at": NOON}
    first, second = (number_of(register(session, name, website_domain="group.example")) for name in ("One", "Two"))
    confirm(session, first, second)
    store.count_apart(session, second, **said)
    assert counting(session, first, second) == [True, True] and store.company_links(session) == ()
    store.count_apart(session, second, apart=False, **said)
    assert counting(session, first, second) == [True, False]
    store.group_companies(session, second, first, counting=second, **said)
    assert counting(session, first, second) == [False, True] and store.company_links(session) == ()
    decision = store.company_decisions(session, most=9, organisation_id=second)[1]
    assert (decision.what, decision.after, decision.reason) == ("counts", "once", "asked both")
