"""The steward's pages of the audit trail, and its entries as a table."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import QueuePool, select

from compliance import store
from compliance.store import list_pages
from compliance.store.company_erasures import erase_company
from compliance.store.independence import declare_interest
from compliance.store.models import Assessment
from compliance.web.database import now, store_engine
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

PAGE, FILE = "/steward/trail", "/steward/trail.csv"
SECRET = "Words of the company"


@pytest.fixture
def stella(site: Site) -> FlaskClient:
    return site.client("stella")


def rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    """The entries in the file."""
    answer = client.get(FILE + query)
    assert answer.status_code == 200 and answer.mimetype == "text/csv", answer.status
    assert 'filename="article34-audit-trail.csv"' in answer.headers["Content-Disposition"]
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def answer(site: Site, number: int, question: str, value: str) -> None:
    with site.store() as session, session.begin():
        store.save_answers(session, number, [store.AnswerEdit(question, value)], by=site.people["ana"].id, at=NOON)


def test_only_a_steward_can_read_or_download_the_trail(site: Site) -> None:
    for address in (PAGE, FILE):
        assert site.client().get(address).status_code == 302
        for who in ("ana", "audun", "ada"):
            assert site.client(who).get(address).status_code == 404, (who, address)
        assert site.client("stella").get(address, buffered=True).status_code == 200


def test_the_file_has_what_the_page_shows_and_no_more(site: Site, stella: FlaskClient) -> None:
    number = begin(site, "ana")
    answer(site, number, "r2.words", SECRET)
    with site.store() as session, session.begin():
        store.add_organisation(session, "=cmd" + "x" * 200, at=NOON)
        store.rename_company(
            session, site.people["ana"].organisation_id, "=SUM(A1)" + "x" * 200, reason="-", by=None, at=NOON
        )
    listed, page = rows(stella), text_of(stella.get(PAGE).text)
    numbers = [int(one["number"]) for one in listed]
    assert numbers == list(range(numbers[0], 0, -1))
    renamed, said = listed[0], next(one for one in listed if one["what"] == "answer")
    assert renamed["what"] == "organisation" and renamed["who"] == ""
    assert renamed["after"].startswith("'=SUM(A1)x") and len(renamed["after"]) <= 41
    assert renamed["after"].removeprefix("'") in page
    assert (said["who"], said["subject"]) == ("Ana", f"assessment/{number}/answer/r2.words")
    assert (said["before"], said["after"], said["left_out"]) == ("", "", "not repeated")
    assert SECRET not in stella.get(FILE).text


def test_erased_words_are_neither_on_the_page_nor_in_the_file(site: Site, stella: FlaskClient) -> None:
    number, company = begin(site, "ana"), site.people["ana"].organisation_id
    answer(site, number, "r2.words", SECRET)
    with site.store() as session, session.begin():
        store.rename_company(session, company, "Example Gone", reason="They asked.", by=None, at=NOON)
        erase_company(session, company, by=site.people["stella"].id, at=now())
    listed = {one["subject"]: one for one in rows(stella, f"?company={company}")}
    page = stella.get(f"{PAGE}?company={company}").text
    for subject in (f"organisation/{company}/name", f"assessment/{number}/answer/r2.words"):
        assert (listed[subject]["before"], listed[subject]["after"], listed[subject]["left_out"]) == ("", "", "deleted")
    assert "deleted" in text_of(page) and faults_of(page) == []
    for text in (page, stella.get(FILE).text):
        assert "Example Gone" not in text and "They asked." not in text and SECRET not in text
    assert f"organisation/{company}/erased" in listed


def test_entries_can_be_filtered_by_kind_person_company_subject_and_day(site: Site, stella: FlaskClient) -> None:
    ana, olga, audun = (site.people[name] for name in ("ana", "olga", "audun"))
    mine, other = begin(site, "ana"), begin(site, "olga")
    later = NOON + timedelta(days=40)
    with site.store() as session, session.begin():
        for number, person, at in ((mine, ana, NOON), (other, olga, later)):
            store.save_answers(session, number, [store.AnswerEdit("r2.code", "sale")], by=person.id, at=at)
        declare_interest(session, audun.id, ana.organisation_id, what="Shares.", by=audun.id, at=later)
    answered, noted = (
        f"assessment/{mine}/answer/r2.code",
        f"person/{audun.id}/interest/organisation/{ana.organisation_id}",
    )
    elsewhere = f"assessment/{other}/answer/r2.code"

    def found(query: str) -> set[str]:
        listed = [one["subject"] for one in rows(stella, query)]
        page = stella.get(PAGE + query).text
        assert faults_of(page) == [] and all(subject in page for subject in listed[:50])
        return {answered, noted, elsewhere} & {*listed}

    assert found("") == {answered, noted, elsewhere}
    assert found("?kind=answer") == {answered, elsewhere}
    assert found("?person=Ana") == found(f"?person={ana.id}") == found("?person=ana@EXAMPLE") == {answered}
    assert found(f"?person={audun.id}") == {noted}
    name = "example+travel+01"
    assert found(f"?company={name}") == found(f"?company={ana.organisation_id}") == {answered, noted}
    assert found(f"?find=assessment/{other}") == {elsewhere}
    day = NOON.astimezone(UTC).date()
    assert found(f"?since={day}&until={day}") == {answered}
    assert found(f"?since={day + timedelta(days=1)}") == {noted, elsewhere}
    assert found(f"?kind=answer&company={name}&until={day - timedelta(days=1)}") == set()
    assert found(f"?kind=answer&company={name}&person=Olga") == set()
    assert stella.get(f"{PAGE}?kind=unheard").status_code == stella.get(f"{FILE}?kind=unheard").status_code == 404
    assert f'href="{PAGE}?person={ana.id}"' in stella.get(f"/steward/people/{ana.id}").text
    assert (
        f'href="{PAGE}?company={ana.organisation_id}"' in stella.get(f"/steward/companies/{ana.organisation_id}").text
    )


def test_companies_with_many_assessments_are_found_together(site: Site, stella: FlaskClient) -> None:
    """A name may match this many companies, with twenty assessments each; entries of other companies are not found."""
    other = begin(site, "olga")
    with site.store() as session, session.begin():
        year = session.scalar(select(Assessment.period_year).where(Assessment.id == other))
        fleet = [store.add_organisation(session, f"Fleet {n}", at=NOON) for n in range(list_pages.PAGE_ROWS)]
        ours = [
            Assessment(
                organisation_id=company, edition_id=f"edition {n}", period_year=year, voice="self", created_at=NOON
            )
            for company in fleet
            for n in range(20)
        ]
        session.add_all(ours)
        session.flush()
        ids = [one.id for one in ours]
    for number in (ids[0], ids[-1], other):
        answer(site, number, "r2.code", "sale")
    listed = {one["subject"] for one in rows(stella, "?kind=answer&company=Fleet")}
    assert listed == {f"assessment/{number}/answer/r2.code" for number in (ids[0], ids[-1])}
    assert f"assessment/{ids[-1]}/answer/r2.code" in stella.get(f"{PAGE}?company=Fleet").text


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("person", "Nobody+here", "Nothing matches these words."),
        ("company", "Example", "Enter more of the name."),
        ("since", "yesterday", "Enter a date as year-month-day"),
        ("until", "2026-02-30", "Enter a date as year-month-day"),
    ],
)
def test_an_invalid_filter_is_pointed_out_at_its_field(
    site: Site, stella: FlaskClient, field: str, typed: str, told: str
) -> None:
    with site.store() as session, session.begin():
        for number in range(list_pages.PAGE_ROWS):
            store.add_organisation(session, f"Example Works {number}", at=NOON)
    page = stella.get(f"{PAGE}?{field}={typed}").text
    assert told in text_of(page) and "<title>Error: " in page and faults_of(page) == []
    assert f'href="#{field}"' in page and "<tbody>" not in page
    to_page = stella.get(f"{FILE}?{field}={typed}")
    assert to_page.status_code == 302 and to_page.location.startswith(f"{PAGE}?{field}=")


def test_pages_and_file_of_filtered_entries_agree_and_take_few_statements(site: Site, stella: FlaskClient) -> None:
    company = site.people["ana"].organisation_id
    with site.store() as session, session.begin():
        for number in range(2 * list_pages.PAGE_ROWS + 1):
            store.rename_company(session, company, f"Example {number}", reason="-", by=None, at=datetime.now(UTC))
    listed, address = list[str](), f"{PAGE}?kind=organisation&company={company}"
    wanted = [one["number"] for one in rows(stella, address.removeprefix(PAGE))]
    while address:
        with statements(store_engine(site.app)) as sent:
            page = stella.get(address).text
        assert len(sent) <= 20
        listed += re.findall(r'<th scope="row">(\d+)</th>', page)
        later = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(later[1]) if later else ""
    assert listed == wanted and len(listed) > 2 * list_pages.PAGE_ROWS


def test_no_connection_is_left_open_by_the_file(sqlite_site: Site) -> None:
    client, pool = sqlite_site.client("stella"), store_engine(sqlite_site.app).pool
    assert isinstance(pool, QueuePool)
    rows(client)
    assert pool.checkedout() == 0


def test_the_file_is_read_a_few_entries_at_a_time(
    site: Site, stella: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows(stella)
    monkeypatch.setattr(list_pages, "_ENTRIES_AT_ONCE", 3)
    with statements(store_engine(site.app)) as sent:
        assert rows(stella) == whole
    assert sum("FROM trail" in one and "LIMIT" in one for one in sent) >= len(whole) // 3


@pytest.mark.parametrize("name", ["person", "company"])
def test_a_search_may_have_any_number_of_words(stella: FlaskClient, name: str) -> None:
    page = stella.get(f"{PAGE}?{name}={'a+' * 1500}")
    assert page.status_code == 200 and faults_of(page.text) == []
