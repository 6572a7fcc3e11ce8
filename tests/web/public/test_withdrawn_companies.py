"""If a company withdraws, figures of closed periods stay the same byte by byte, and pages that name it say so."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance.disclosure.aggregates import contributions_from_json
from compliance.publication import close_and_publish, compute_closing
from compliance.store import company_erasures, latest_submissions, published
from compliance.store.companies import company, merge_company, rename_company
from compliance.store.company_erasures import ErasedCompany
from compliance.store.models import Assessment, Base, Submission
from compliance.store.trail_check import trail_difference
from compliance.web.caches import empty_caches
from compliance.web.edition_registry import newest_edition
from compliance.web.releases import snapshot_of
from tests.support.demonstrations import CLOSED
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, post
from tests.web.public.test_kept_pages import KEPT, PERIOD
from tests.web.public.test_public_pages import text_of

OPEN = CLOSED + 1
FIGURES = [f"{PERIOD}/{name}" for name in ("figures.json", "figures.csv", "all-sectors.csv", "sectors/lodging.csv")]


def named_company(site: Site, *, named: bool) -> tuple[int, str, str]:
    """A company whose answers count in the closed and the open period: number, name, and the page that names it."""
    with site.app.test_request_context(), site.store() as session:
        closed = published(session, CLOSED)
        places = contributions_from_json(closed.places or "")
        both = select(Assessment.organisation_id).join(Submission, Submission.assessment_id == Assessment.id)
        later = set(session.scalars(both.where(Assessment.period_year == OPEN)))
        known = {number: company(session, number).name for number in sorted(later & set(map(int, places)))}
        number = next(i for i, name in known.items() if (f'"{name}"' in closed.content) is named)
        return number, known[number], places[str(number)].named_in


def withdraw(site: Site, number: int, name: str) -> None:
    address = f"/steward/companies/{number}/erase"
    assert post(site.client("steward"), address, fields={"name": name}).status_code == 302


def tables_with(site: Site, names: Sequence[str], among: Collection[str] = Base.metadata.tables) -> list[set[str]]:
    """The tables that contain each of these names."""
    with site.store() as session:
        tables = [(name, Base.metadata.tables[name]) for name in among]
        rows = {name: str([*map(tuple, session.execute(table.select()))]) for name, table in tables}
    return [{table for table, said in rows.items() if name in said} for name in names]


def test_published_figures_stay_and_a_withdrawn_company_is_in_nothing_else(own_demonstration: Site) -> None:
    site = own_demonstration
    unnamed, named = named_company(site, named=False), named_company(site, named=True)
    names = (unnamed[1], named[1])
    visitor = site.client()
    before = {address: visitor.get(address).data for address in FIGURES}
    with site.store() as session:
        submitted = len(latest_submissions(session, OPEN, counting=True))
    assert tables_with(site, names, ["organisation"]) == [{"organisation"}] * 2
    for number, name, _sector in (unnamed, named):
        withdraw(site, number, name)
    empty_caches(site.app)
    assert {address: visitor.get(address).data for address in FIGURES} == before
    assert tables_with(site, names) == [set(), {"snapshot"}]
    pages = {address: visitor.get(address).data for address in KEPT}
    assert [address for address in KEPT if unnamed[1].encode() in pages[address]] == []
    allowed = {*FIGURES, *(f"/sectors/{named[2]}{more}" for more in ("", f"?period={CLOSED}&law=standards"))}
    assert {address for address in KEPT if named[1].encode() in pages[address]} <= allowed
    with site.app.test_request_context(), site.store() as session:
        assert len(latest_submissions(session, OPEN, counting=True)) == submitted - 2
        edition = newest_edition().edition
        computed = compute_closing(session, edition, OPEN, as_of=NOON.date())
        assert not {str(unnamed[0]), str(named[0])} & set(computed.closed.contributions)
        assert trail_difference(session) is None
    lists = ("/steward/companies/all", "/steward/assessments", "/steward/trail")
    for address in (*lists, *(f"/steward/companies/{number}" for number, _name, _sector in (unnamed, named))):
        page = site.client("steward").get(address).text
        assert not [name for name in names if name in page] and faults_of(page) == [], address


def test_the_page_and_the_api_say_when_a_named_company_withdrew(own_demonstration: Site) -> None:
    site = own_demonstration
    number, name, sector = named_company(site, named=True)
    visitor, address = site.client(), f"/sectors/{sector}?period={CLOSED}"
    api = f"/api/v1/periods/{CLOSED}/named-companies?limit=100"
    assert "withdrew on" not in visitor.get(address).text
    with site.app.test_request_context():
        sectors = [group.sector for group in snapshot_of(CLOSED).sectors]
    withdraw(site, number, name)
    page = visitor.get(address).text
    assert text_of(page).count(f"{name} withdrew on ") == text_of(page).count("withdrew on") == 1
    assert faults_of(page) == []
    others = [one for one in sectors if one != sector]
    assert not [one for one in others if "withdrew on" in visitor.get(f"/sectors/{one}?period={CLOSED}").text]
    told = {one["company"]: one["withdrawn"] for one in visitor.get(api).json["items"]}
    assert [one for one, day in told.items() if day] == [name]


def withdrawn(site: Site, year: int = CLOSED) -> list[str]:
    """The companies that withdrew, according to the API."""
    items = site.client().get(f"/api/v1/periods/{year}/named-companies?limit=100").json["items"]
    return [one["company"] for one in items if one["withdrawn"]]


def test_a_withdrawal_is_not_shown_for_another_company_whose_name_it_once_had(own_demonstration: Site) -> None:
    site = own_demonstration
    number, name, sector = named_company(site, named=True)
    with site.app.test_request_context(), site.store() as session:
        named = [one.company for one in snapshot_of(CLOSED).sector(sector).named]
        other = next(one for one in named if one != name)
        for new in (other, "Elsewhere Travel"):
            rename_company(session, number, new, reason="Asked", by=None, at=NOON)
        session.commit()
    withdraw(site, number, "Elsewhere Travel")
    assert withdrawn(site) == [name]


def test_a_company_merged_into_one_that_withdrew_is_shown_as_withdrawn(own_demonstration: Site) -> None:
    site = own_demonstration
    number, name, _sector = named_company(site, named=True)
    into, into_name, _sector = named_company(site, named=False)
    with site.app.test_request_context(), site.store() as session:
        merge_company(session, number, into=into, seen="confirmed", reason="One", by=None, at=NOON)
        session.commit()
    withdraw(site, into, into_name)
    assert withdrawn(site) == [name]


def test_a_company_that_withdraws_during_a_closing_that_names_it_is_shown_as_withdrawn(
    own_demonstration: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, erase = own_demonstration, company_erasures.erase_company
    with site.app.test_request_context(), site.store() as session:
        edition = newest_edition().edition
        places = compute_closing(session, edition, OPEN, as_of=NOON.date()).closed.contributions
        number = next(int(company) for company, place in places.items() if place.is_named)
        name = company(session, number).name

    def after_a_closing(session: Session, *about: int, **more: Any) -> ErasedCompany:
        with site.store() as other, other.begin():
            close_and_publish(other, edition, OPEN, by=None, at=NOON)
        return erase(session, *about, **more)

    monkeypatch.setattr(company_erasures, "erase_company", after_a_closing)
    withdraw(site, number, name)
    assert withdrawn(site, OPEN) == [name]
