"""Auditors declare interests; an auditor tied to a company cannot be assigned to it, and the page says why."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from compliance import store
from compliance.store.assignments import due_dates
from compliance.store.independence import declare_interest
from compliance.store.list_pages import PAGE_ROWS, PageRequest, interests_page
from compliance.store.models import Organisation
from compliance.web.database import now
from tests.support.page_lint import faults_of
from tests.support.sites import Site, begin, outbox, post
from tests.web.auditor.test_audit_pages import assign, hand_in
from tests.web.public.test_public_pages import text_of

PAGE, LIST = "/audit/interests", "/steward/assessments"


@pytest.fixture
def number(site: Site) -> int:
    number = begin(site)
    hand_in(site, number)
    return number


def declare(site: Site, company: str, what: str = "I advised them.") -> str:
    client = site.client("audun")
    answer = post(client, PAGE, fields={"company": company, "what": what})
    return client.get(PAGE).text if answer.status_code == 302 else answer.text


def give(site: Site, number: int, **more: str) -> str:
    fields = {"assessment": str(number), "auditor": str(site.people["audun"].id), "do": "give", **more}
    client = site.client("stella")
    answer = post(client, LIST, fields=fields)
    return client.get(LIST).text if answer.status_code == 302 else answer.text


def test_an_interest_is_declared_by_the_name_of_the_company_and_withdrawn_again(site: Site) -> None:
    page = declare(site, " EXAMPLE travel 01 Ltd")
    assert faults_of(page) == [] and "The interest is declared." in page
    assert "Example Travel 01" in text_of(page) and "I advised them." in page
    assert "already" in declare(site, "Example Travel 01")
    company = site.people["ana"].organisation_id
    client = site.client("audun")
    post(client, PAGE, fields={"withdraw": str(company)})
    assert "The interest is withdrawn." in client.get(PAGE).text
    with site.store() as session:
        assert interests_page(session, site.people["audun"].id, PageRequest()).rows == ()
    assert post(site.client("audun"), PAGE, fields={"withdraw": "99"}).status_code == 404


def test_missing_fields_are_pointed_out_and_what_was_typed_stays(site: Site) -> None:
    for company, what, sentence in (
        ("Example Travel 01", " ", "Say what your interest is."),
        ("Example Unknown", "x", "No company of this name is registered here."),
        ("", "x", "No company of this name is registered here."),
    ):
        page = declare(site, company, what)
        assert sentence in page and faults_of(page) == [] and f'value="{company}"' in page


def test_an_assignment_ends_with_a_declared_interest_and_the_page_says_so(site: Site, number: int) -> None:
    assign(site, number)
    page = text_of(declare(site, "Example Travel 01"))
    assert "One assignment of yours has ended." in page
    assert "Example Travel 01, 2026: ended on" in page
    assert "because the auditor has declared an interest in Example Travel 01." in page
    assert site.client("audun").get(f"/audit/{number}").status_code == 404


def test_the_steward_is_refused_only_that_assessment_and_reads_why(site: Site, number: int) -> None:
    other = begin(site, "olga")
    hand_in(site, other)
    declare(site, "Example Travel 01")
    fields = {"assessment": [str(number), str(other)], "auditor": str(site.people["audun"].id), "do": "give"}
    page = post(site.client("stella"), LIST, fields=fields).text
    said = text_of(page)
    assert faults_of(page) == []
    assert (
        "Example Travel 01 was not assigned: Audun has declared an interest in Example Travel 01. "
        "Choose another auditor." in said
    )
    assert "1 assessment assigned." in said
    with site.store() as session:
        assert due_dates(session, site.people["audun"].id).keys() == {other}


def test_the_steward_records_an_interest_for_somebody_who_cannot_withdraw_it(site: Site) -> None:
    auditor, company = site.people["audun"].id, site.people["ana"].organisation_id
    where = f"/steward/people/{auditor}/interests"
    client = site.client("stella")
    assert f'href="{where}"' in client.get(f"/steward/people/{auditor}").text
    assert "Choose a company." in post(client, where, fields={"what": "x"}).text
    assert "Say what the interest is." in post(client, where, fields={"company": str(company)}).text
    fields = {"company": str(company), "what": "A relative works there."}
    post(client, where, fields=fields)
    page = client.get(where).text
    assert "A relative works there." in page and faults_of(page) == []
    assert "declared already" in post(client, where, fields=fields).text
    own = site.client("audun").get(PAGE).text
    assert "Only a steward can withdraw what was recorded for you." in own
    assert post(site.client("audun"), PAGE, fields={"withdraw": str(company)}).status_code == 404
    assert post(client, where, fields={"withdraw": str(company)}).status_code == 302


def test_the_steward_finds_the_company_of_an_interest_by_part_of_its_name_and_keeps_what_was_written(
    site: Site,
) -> None:
    companies = [add_company(site, f"Example Works {number:02}") for number in range(PAGE_ROWS + 1)]
    where = f"/steward/people/{site.people['audun'].id}/interests"
    client = site.client("stella")
    page = client.get(where).text
    assert len(offered(page)) == PAGE_ROWS
    assert f"Only the first {PAGE_ROWS} are listed" in text_of(page) and faults_of(page) == []
    fields = {"find_company": "works 50", "do": "find", "what": "A relative works there."}
    page = post(client, where, fields=fields).text
    assert offered(page) == {str(companies[-1]): "Example Works 50"}
    assert "A relative works there." in page and 'value="works 50"' in page and faults_of(page) == []
    page = post(client, where, fields={"find_company": "works 07", "do": "find", "company": str(companies[-1])}).text
    assert offered(page) == {str(companies[-1]): "Example Works 50", str(companies[7]): "Example Works 07"}
    assert f'value="{companies[-1]}" selected' in page
    with site.store() as session:
        assert interests_page(session, site.people["audun"].id, PageRequest()).found == 0
    assert offered(post(client, where, fields={"find_company": "unheard of", "do": "find"}).text) == {}
    add_page = "/steward/people/add"
    fields = {"find_company": "works 50", "do": "find", "name": "Nils", "email": "n@example.org", "role": "company"}
    page = post(client, add_page, form_at=add_page, fields=fields).text
    assert offered(page) == {str(companies[-1]): "Example Works 50"} and 'value="n@example.org"' in page
    assert "Error:" not in page and faults_of(page) == []


def test_characters_that_a_database_cannot_store_are_left_out_of_a_search(site: Site) -> None:
    number = add_company(site, "Example Works 01")
    client = site.client("stella")
    for where in (f"/steward/people/{site.people['audun'].id}/interests", "/steward/people/add"):
        page = post(client, where, fields={"find_company": "wor\0ks", "do": "find"}).text
        assert offered(page) == {str(number): "Example Works 01"} and 'value="works"' in page, where


def test_enter_adds_a_person_even_if_the_search_words_are_too_long(site: Site) -> None:
    client, where, company = site.client("stella"), "/steward/people/add", str(site.people["ana"].organisation_id)
    words = {"find_company": "travel " * 40, "organisation": company, "role": "company"}
    fields = {"name": "Nils", "email": "n@example.org", **words}
    page = post(client, where, fields={**fields, "do": "find"}).text
    (found,) = re.findall(r'name="found" value="([^"]*)"', page)
    assert found.startswith("travel travel") and "n@example.org" in page
    page = post(client, where, fields={**fields, "found": found}).text
    assert "Error:" not in page and 'id="password"' in page


def test_deleted_companies_are_not_offered(site: Site) -> None:
    gone = add_company(site, "Example Gone")
    with site.store() as session, session.begin():
        session.execute(update(Organisation).where(Organisation.id == gone).values(erased_at=now()))
    where = f"/steward/people/{site.people['audun'].id}/interests"
    assert str(gone) not in offered(site.client("stella").get(where).text)


def test_many_interests_are_listed_a_page_at_a_time(site: Site) -> None:
    auditor = site.people["audun"].id
    names = [f"Example Works {number:02}" for number in range(PAGE_ROWS + 1)]
    companies = [add_company(site, name) for name in names]
    with site.store() as session, session.begin():
        for company in companies:
            declare_interest(session, auditor, company, what="Shares.", by=auditor, at=now())
    for who, where in (("audun", PAGE), ("stella", f"/steward/people/{auditor}/interests")):
        client, listed, address = site.client(who), list[str](), where
        while address:
            page = client.get(address).text
            assert faults_of(page) == []
            listed += re.findall(r"<p><b>(?:<[^>]*>)?(Example Works \d\d)", page)
            later = re.search(r'href="([^"]+)" rel="next"', page)
            address = unescape(later[1]) if later else ""
        assert listed == names


def add_company(site: Site, name: str) -> int:
    with site.store() as session, session.begin():
        return store.add_organisation(session, name, at=now())


def offered(page: str) -> dict[str, str]:
    """The companies offered to choose from, by number."""
    found = re.search(r'<select id="(?:company|organisation)".*?</select>', page, re.DOTALL)
    assert found, page
    options = re.findall(r'<option value="(\d+)"[^>]*>\s*([^<]+)</option>', found[0])
    return {number: name.strip() for number, name in options}


def test_an_assignment_has_a_due_date_and_the_auditor_learns_of_it_by_mail(site: Site, number: int) -> None:
    day = (now() + timedelta(days=7)).date()
    assert "The due date is past." in give(site, number, due="2020-01-01")
    assert "Enter a date as year-month-day" in give(site, number, due="soon")
    assert "assigned" in give(site, number, due=day.isoformat())
    [mail] = [mail for mail in outbox(site) if mail.kind == "review-assigned"]
    assert mail.to == "audun@example.org"
    assert "Example Travel 01, 2026" in mail.text and f"{day.day} " in mail.text and "/audit" in mail.text
    give(site, number)  # nothing new to tell
    assert len([mail for mail in outbox(site) if mail.kind == "review-assigned"]) == 1
    with site.store() as session:
        assert due_dates(session, site.people["audun"].id) == {number: day}
    assert f"{day.day} " in text_of(site.client("audun").get("/audit").text)


def test_an_auditor_is_told_only_of_the_assignments_that_were_withdrawn(site: Site, number: int) -> None:
    give(site, number)
    for _twice in range(2):
        give(site, number, do="take")
    [mail] = [mail for mail in outbox(site) if mail.kind == "review-ended"]
    assert mail.to == "audun@example.org" and "Example Travel 01, 2026" in mail.text


def test_the_list_is_ordered_by_due_date_and_says_what_is_overdue(site: Site, number: int) -> None:
    other = begin(site, "olga")
    hand_in(site, other)
    today = now().date()
    with site.store() as session, session.begin():
        for assessment, days in ((number, 30), (other, -3)):
            due = today + timedelta(days=days)
            by, auditor = site.people["stella"].id, site.people["audun"].id
            store.assign_auditor(session, assessment, auditor=auditor, by=by, at=now(), due=due)
    page = site.client("audun").get("/audit").text
    assert page.index("Example Foods 02") < page.index("Example Travel 01")
    assert "overdue by 3 days" in text_of(page)
    assert "overdue by 3 days" in text_of(site.client("stella").get(LIST).text)
