"""Long lists have pages. Every row is on one page, in order, even if rows are added and removed meanwhile."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import list_pages
from compliance.store.companies import company_names
from compliance.store.list_pages import (
    ListPage,
    PageRequest,
    companies_page,
    members_page,
    submissions_page,
    submitted_sectors,
)
from tests.support.stores import NOON, World, hand_in, statements


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_pages, "PAGE_ROWS", 4)


def add_companies(session: Session, draw: Random, count: int) -> list[str]:
    names = [
        f"{draw.choice(('Ábaco', 'alpha', 'Beta', 'beta', 'Ω', '100% % _'))} {draw.randrange(5)}" for _ in range(count)
    ]
    for number, name in enumerate(names):
        store.register_company(
            session,
            organisation=name,
            name=f"Person {number}",
            email=f"p{number}-{draw.randrange(10**6)}@example.org",
            password_hash="x",
            at=NOON + timedelta(minutes=number),
        )
    session.commit()
    return names


def walked(session: Session, order: str = "name", find: str = "") -> list[ListPage[store.Company]]:
    pages = [companies_page(session, PageRequest(find, order))]
    while pages[-1].later:
        pages.append(companies_page(session, PageRequest(find, order, after=pages[-1].later)))
    return pages


@pytest.mark.parametrize("order", ["name", "latest"])
def test_every_row_is_on_one_page_in_order_forwards_and_backwards(session: Session, order: str) -> None:
    for seed in range(2):
        add_companies(session, Random(seed), 3 + seed * 9)
        everything = {one.id: one for one in store.companies(session)}
        pages = walked(session, order)
        ids = [row.id for page in pages for row in page.rows]
        assert sorted(ids) == sorted(everything) and {page.found for page in pages} == {len(everything)}
        if order == "latest":
            assert ids == sorted(ids, reverse=True)
        back = [pages[-1]]
        while back[-1].earlier:
            back.append(companies_page(session, PageRequest("", order, before=back[-1].earlier)))
        assert [page.rows for page in reversed(back)] == [page.rows for page in pages]
        assert pages[0].earlier == () and pages[-1].later == ()


def test_rows_added_meanwhile_do_not_change_the_next_page(session: Session) -> None:
    add_companies(session, Random(3), 12)
    first = companies_page(session, PageRequest(order="latest"))
    expected = companies_page(session, PageRequest(order="latest", after=first.later)).rows
    add_companies(session, Random(4), 5)
    assert companies_page(session, PageRequest(order="latest", after=first.later)).rows == expected


def test_words_are_found_as_text_whatever_their_case(session: Session) -> None:
    names = add_companies(session, Random(5), 30)
    for words in ("BETA", "100%", "_", "alpha 3", "3 alpha", "nobody"):
        found = [row.name for page in walked(session, find=words) for row in page.rows]
        wanted = [name for name in names if all(word in name.lower() for word in words.lower().split())]
        assert sorted(found) == sorted(wanted), words


def test_a_key_of_another_order_is_refused(session: Session) -> None:
    with pytest.raises(store.NotFound, match="1 values"):
        companies_page(session, PageRequest(order="latest", after=("a", 1)))


def test_people_are_found_by_name_address_and_role(session: Session, world: World) -> None:
    assert [one.name for one in members_page(session, PageRequest("STELLA")).rows] == ["Stella"]
    assert [one.name for one in members_page(session, PageRequest(), role="auditor").rows] == ["Audun"]
    assert members_page(session, PageRequest()).rows == store.members(session)[:4]


def test_submissions_come_without_their_content_by_sector_and_auditor(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    [row] = submissions_page(session, 2026, PageRequest()).rows
    assert (row.organisation, row.sheet, row.scores) == ("Example Travel 01", "", "")
    assert submitted_sectors(session, 2026) == [("", row.edition_digest)] and submitted_sectors(session, 2025) == []
    assert submissions_page(session, 2026, PageRequest(), sector="travel").found == 0
    assert submissions_page(session, 2026, PageRequest(), sector="", unassigned=True).found == 1
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    assert submissions_page(session, 2026, PageRequest(order="latest"), unassigned=True).found == 0
    assert company_names(session, [row.organisation_id]) == {row.organisation_id: "Example Travel 01"}


def test_a_page_costs_two_statements(engine: Engine, session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    with statements(engine) as sent:
        submissions_page(session, 2026, PageRequest())
    assert len(sent) == 2, sent
