"""Lists of invited companies are stored whole or not at all, matched with registered companies, and show progress."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.identity.matching import CompanyIdentity, KnownCompanies
from compliance.store.desk_readings import add_campaign, campaigns
from compliance.store.invitation_matching import InvitationMatch, find_match
from compliance.store.list_pages import PageRequest, TrailQuery, trail_page
from tests.support.stores import NOON, World, begin, hand_in, settle

YEAR = 2026
LEI, OTHER_LEI = "529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12"


def invited(*names: str, **more: str) -> list[store.CompanyToInvite]:
    return [store.CompanyToInvite(line=line, name=name, **more) for line, name in enumerate(names, 2)]


def add_list(session: Session, *names: str, name: str = "Tour operators 2026", **more: str) -> int:
    return store.add_invitation_list(
        session, YEAR, name, invited(*names, **more), is_public=True, file_name="list.csv", by=None, at=NOON
    )


def register(session: Session, name: str, status: str = "confirmed", **more: str) -> store.Member:
    return store.register_company(
        session,
        organisation=name,
        name="Kim",
        email=f"kim@{name.lower().replace(' ', '-')}.example",
        password_hash="x",
        at=NOON,
        status=status,
        **more,
    )


def of(member: store.Member) -> int:
    assert member.organisation_id is not None
    return member.organisation_id


def progress(session: Session, list_id: int) -> dict[str, str]:
    return {one.name: one.progress for one in store.invited_companies(session, list_id)}


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    """A world in which Example Travel 01 is registered, and has begun its assessment."""
    return settle(session)


# ── Lists


def test_a_list_is_kept_with_its_companies_in_the_order_of_the_file(session: Session, world: World) -> None:
    number = add_list(session, "Bravo Tours", "Alpha Tours")
    kept = store.invitation_list(session, number)
    assert (kept.name, kept.year, kept.companies, kept.is_public, kept.closed) == (
        "Tour operators 2026", YEAR, 2, True, False,
    )  # fmt: skip
    assert [one.name for one in store.invited_companies(session, number)] == ["Bravo Tours", "Alpha Tours"]
    assert store.invitation_lists(session, YEAR) == store.invitation_lists(session) == (kept,)
    event = trail_page(session, TrailQuery(), PageRequest()).rows[0]
    assert event.after.splitlines() == ["Tour operators 2026", "2 companies", "public", "list.csv"]


def test_a_period_has_one_list_of_a_name_and_a_closed_one_takes_none(session: Session, world: World) -> None:
    add_list(session, "Alpha Tours")
    with pytest.raises(store.AlreadyExists):
        add_list(session, "Bravo Tours")
    store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    with pytest.raises(store.PeriodClosed):
        add_list(session, "Bravo Tours", name="Another")
    with pytest.raises(store.NotFound):
        store.add_invitation_list(session, 1999, "A list", invited("Alpha Tours"), by=None, at=NOON)


def test_a_list_can_be_taken_back_although_its_companies_are_read_and_the_readings_go_on(
    session: Session, world: World
) -> None:
    number = add_list(session, "Example Ferries")
    add_campaign(session, "Ferries", "an-edition", list_id=number, by=None, at=NOON)
    store.remove_invitation_list(session, number, reason="The wrong file.", by=world.steward.id, at=NOON)
    [campaign] = campaigns(session)
    assert (campaign.list_id, sum(campaign.states.values())) == (None, 1)


def test_a_list_is_taken_back_while_its_period_is_open_and_the_trail_says_why(session: Session, world: World) -> None:
    number = add_list(session, "Alpha Tours")
    store.remove_invitation_list(session, number, reason="The wrong file.", by=world.steward.id, at=NOON)
    assert store.invitation_lists(session) == ()
    event = trail_page(session, TrailQuery(), PageRequest()).rows[0]
    assert (event.before, event.after) == ("Tour operators 2026\n1 companies", "withdrawn\nThe wrong file.")
    with pytest.raises(store.NotFound):
        store.invited_companies(session, number)
    another = add_list(session, "Alpha Tours")
    store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    with pytest.raises(store.PeriodClosed):
        store.remove_invitation_list(session, another, reason="Too late.", by=None, at=NOON)


# ── Matching registered companies


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        (("Something else", ("else.example",), LEI), InvitationMatch(7, "lei")),
        (("Tours Alpha", ("alpha.example",), ""), InvitationMatch(7, "domain")),
        (("ALPHA TOURS LTD.", (), ""), InvitationMatch(7, "name")),
        (("Alpha Tuors", (), ""), InvitationMatch(7, None)),
        (("Gamma Cruises", ("alpha.example",), ""), InvitationMatch(7, None)),
        (("Alpha Tours", ("alpha-tours.example",), ""), InvitationMatch(7, None)),
        (("Alpha Tours", ("alpha.example",), OTHER_LEI), None),
        (("Gamma Cruises", ("gamma.example",), ""), None),
    ],
    ids=["LEI", "domain and like name", "name", "like name", "domain alone", "name, other domain", "other LEI", "none"],
)
def test_an_invited_company_is_found_by_lei_domain_and_name_or_left_to_the_steward(
    registered: tuple[str, tuple[str, ...], str], expected: InvitationMatch | None
) -> None:
    name, domains, lei = registered
    wanted = CompanyIdentity.of(0, "Alpha Tours", ("alpha.example",), LEI)
    assert find_match(wanted, KnownCompanies([CompanyIdentity.of(7, name, domains, lei)])) == expected


def test_the_steward_decides_if_two_registered_companies_match() -> None:
    wanted = CompanyIdentity.of(0, "Alpha Tours")
    both = [CompanyIdentity.of(number, "Alpha Tours Ltd") for number in (7, 8)]
    assert find_match(wanted, KnownCompanies(both)) == InvitationMatch(7, None)


def test_companies_that_are_registered_are_matched_when_a_list_is_imported(session: Session, world: World) -> None:
    number = add_list(session, "EXAMPLE TRAVEL 01 Ltd.", "Alpha Tours")
    first, second = store.invited_companies(session, number)
    assert first.registered is not None and first.registered.id == of(world.company)
    assert (first.matched_by, second.registered, second.matched_by) == ("name", None, "")


def test_a_company_that_registers_later_is_matched_as_well(session: Session, world: World) -> None:
    number = add_list(session, "Alpha Tours", lei=LEI)
    late = register(session, "Renamed Journeys", lei=LEI)
    (line,) = store.invited_companies(session, number)
    assert line.registered is not None and (line.registered.id, line.matched_by) == (of(late), "lei")
    assert trail_page(session, TrailQuery(), PageRequest()).rows[-1] is not None
    assert [e.after for e in store.history(session, f"invitation-list/{number}/line/2")] == [
        f"organisation/{of(late)}\nlei"
    ]


def test_a_doubtful_match_is_settled_by_the_steward_in_either_way(session: Session, world: World) -> None:
    doubtful = register(session, "Alpha Tuors")
    number = add_list(session, "Alpha Tours", "Alpha Tuoors")
    assert store.invitation_list(session, number).unsettled == 2
    lines = store.invited_companies(session, number)
    assert [one.possible.id if one.possible else None for one in lines] == [of(doubtful)] * 2
    store.settle_match(session, number, 2, of(doubtful), by=world.steward.id, at=NOON)
    store.settle_match(session, number, 3, None, by=world.steward.id, at=NOON)
    same, other = store.invited_companies(session, number)
    assert (same.matched_by, same.possible, other.matched_by, other.possible) == ("steward", None, "", None)
    assert store.invitation_list(session, number).unsettled == 0
    with pytest.raises(store.AlreadyDecided):
        store.settle_match(session, number, 2, of(doubtful), by=world.steward.id, at=NOON)
    store.settle_match(session, number, 2, None, by=world.steward.id, at=NOON)
    assert store.invited_companies(session, number)[0].registered is None
    for line, company in ((9, None), (2, 999)):
        with pytest.raises(store.NotFound):
            store.settle_match(session, number, line, company, by=None, at=NOON)


# ── Progress


def test_an_invited_company_opens_by_signing_in_or_beginning_and_answers_by_submitting(
    session: Session, world: World
) -> None:
    signs_in, begins, waits = (register(session, f"{name} Tours") for name in ("Alpha", "Bravo", "Gamma"))
    number = add_list(session, "Example Travel 01", "Alpha Tours", "Bravo Tours", "Gamma Tours", "Delta Tours")
    hand_in(session, world.assessment, by=world.company.id)
    begin(session, begins, YEAR)
    later = NOON + timedelta(days=1)
    assert store.note_opening(session, signs_in.id, at=later) and not store.note_opening(session, signs_in.id, at=later)
    assert progress(session, number) == {
        "Example Travel 01": "answered",
        "Alpha Tours": "opened",
        "Bravo Tours": "opened",
        "Gamma Tours": "unopened",
        "Delta Tours": "unopened",
    }
    assert store.invited_companies(session, number)[1].opened_at == later
    store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    assert not store.note_opening(session, waits.id, at=later)


def test_answers_for_another_year_are_not_answers_to_this_invitation(session: Session, world: World) -> None:
    store.open_period(session, 2027, opens=date(2027, 1, 1), by=None, at=NOON)
    other = register(session, "Alpha Tours")
    number = add_list(session, "Alpha Tours")
    hand_in(session, begin(session, other, 2027), by=None)
    assert progress(session, number) == {"Alpha Tours": "unopened"}


def test_only_a_company_that_counts_is_known_to_be_the_invited_one(session: Session, world: World) -> None:
    pending = register(session, "Alpha Tours", status="pending")
    number = add_list(session, "Alpha Tours", "Example Travel 01")
    hand_in(session, begin(session, pending, YEAR), by=None)
    assert [(one.progress, one.counts) for one in store.invited_companies(session, number)] == [
        ("answered", False),
        ("opened", True),
    ]


def test_merged_and_grouped_companies_have_answered_if_the_one_that_counts_has(session: Session, world: World) -> None:
    merged, sister = register(session, "Alpha Tours"), register(session, "Bravo Tours")
    here = of(world.company)
    number = add_list(session, "Alpha Tours", "Bravo Tours")
    store.merge_company(session, of(merged), into=here, seen="confirmed", reason="A twin.", by=None, at=NOON)
    store.group_companies(session, of(sister), here, counting=here, reason="One owner.", by=None, at=NOON)
    hand_in(session, world.assessment, by=world.company.id)
    lines = store.invited_companies(session, number)
    assert [(one.stands_for, one.counts, one.progress) for one in lines] == [(here, True, "answered")] * 2


def test_a_company_that_wants_to_be_in_no_figure_is_marked(session: Session, world: World) -> None:
    number = add_list(session, "Example Travel 01", "Delta Tours")
    assert [one.is_private for one in store.invited_companies(session, number)] == [False, False]
    hand_in(session, world.assessment, by=world.company.id, consent="private")
    assert [one.is_private for one in store.invited_companies(session, number)] == [True, False]
