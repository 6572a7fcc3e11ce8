"""Start pages: what is waiting for each reader, and whom to ask; the glossary; the tour."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html

from compliance import store
from compliance.demonstration.seeding import SIGN_INS
from compliance.languages.glossary import DEFINED_WORDS
from compliance.web.database import store_engine
from tests.support.page_lint import Page, faults_of
from tests.support.sites import NOON, YEAR, Site, begin, save_profile, send
from tests.support.stores import statements
from tests.web.auditor.test_audit_pages import assign, hand_in

STARTS = {"ana": "/assessments", "audun": "/audit", "ada": "/advocate", "stella": "/steward"}
#: How many statements a start page may take, with signing in and the frame of the page.
MOST_STATEMENTS = 12


def waiting(page: str, section: str = "waiting") -> list[tuple[str, str]]:
    """What is waiting, or what is new, on a start page: words and address of each line, the next step first."""
    lines = html.fromstring(page).xpath(f"//section[@aria-labelledby='{section}']//li")
    return [(" ".join(line.text_content().split()), line.xpath(".//a/@href")[0]) for line in lines]


def help_of(page: str) -> str:
    (section,) = html.fromstring(page).xpath("//section[@aria-labelledby='help']")
    return " ".join(section.text_content().split())


# ── After signing in


@pytest.mark.parametrize(("who", "where"), STARTS.items())
def test_after_signing_in_everybody_is_on_the_start_page_of_their_role(sqlite_site: Site, who: str, where: str) -> None:
    client = sqlite_site.client(who)
    assert client.get("/account/start").headers["Location"] == where
    page = client.get(where).text
    assert faults_of(page) == []
    assert {"/glossary", "/method", "/contact"} <= set(Page(page).links)
    others = [other for other in STARTS.values() if other != where]
    assert [client.get(other).status_code for other in others] == [404] * len(others)


@pytest.mark.parametrize(("who", "where"), STARTS.items())
def test_a_start_page_says_that_there_is_no_contact(sqlite_site: Site, who: str, where: str) -> None:
    assert "has given no contact address" in help_of(sqlite_site.client(who).get(where).text)


@pytest.mark.site(CONTACT="Desk <desk@help.example>")
def test_the_contact_is_on_start_pages_and_on_the_page_that_every_footer_links_to(
    sqlite_site: Site,
) -> None:
    for who, where in STARTS.items():
        page = sqlite_site.client(who).get(where).text
        assert "Desk <desk@help.example>" in help_of(page), who
        assert "<b>Desk &lt;desk@help.example&gt;</b>" in page
    assert "Desk &lt;desk@help.example&gt;" in sqlite_site.client().get("/contact").text


# ── What is waiting


def test_a_company_is_told_what_it_can_start_what_is_saved_and_what_changed_since(site: Site) -> None:
    client = site.client("ana")
    name = "Example Travel 01"
    ((words, where),) = waiting(client.get("/assessments").text)
    assert words == f"Next: {name}: you can begin {YEAR}." and f'id="{where[1:]}"' in client.get("/assessments").text
    number = begin(site)
    save_profile(site, number)
    assert waiting(client.get("/assessments").text) == [
        (f"Next: {name}, {YEAR}: 0 answers are saved, nothing is submitted yet.", f"/assessments/{number}")
    ]
    send(site, f"/assessments/{number}/code", r1__code="intent")
    ((words, _where),) = waiting(client.get("/assessments").text)
    assert words == f"Next: {name}, {YEAR}: one answer is saved, nothing is submitted yet."
    hand_in(site, number)
    assert waiting(client.get("/assessments").text) == []
    assert "Nothing is waiting for you." in client.get("/assessments").text


def test_an_owner_is_told_of_each_person_who_asks_to_join_and_others_are_not(site: Site) -> None:
    organisation = site.people["ana"].organisation_id
    with site.store() as session, session.begin():
        assert organisation is not None
        store.ask_to_join(session, site.people["olga"].id, organisation, words="", at=NOON)
    asked = ("Example Travel 01: one person has asked to join.", f"/companies/{organisation}")
    assert asked[0] in [words for words, _ in waiting(site.client("ana").get("/assessments").text)]
    assert all("asks to join" not in words for words, _ in waiting(site.client("jon").get("/assessments").text))
    told = waiting(site.client("stella").get("/steward").text)
    assert told == [("Next: One person has asked to join a company.", "/steward/companies")]


def test_an_auditor_is_told_which_review_is_next_and_how_many_are_in_each_state(site: Site) -> None:
    number = begin(site)
    client = site.client("audun")
    assert waiting(client.get("/audit").text) == []
    hand_in(site, number)
    assign(site, number)
    page = client.get("/audit").text
    assert waiting(page) == [
        (f"Next: Example Travel 01, {YEAR}, To do", f"/audit/{number}"),
        ("To do: 1", "/audit?state=to-do"),
    ]
    assert waiting(client.get("/audit?state=to-do").text) == []


def test_a_steward_is_told_what_others_are_waiting_for_and_how_many_of_each(site: Site, stella: FlaskClient) -> None:
    assert waiting(stella.get("/steward").text) == []
    number = begin(site)
    hand_in(site, number)
    with site.store() as session, session.begin():
        for name in ("Example Foods 03", "Example Foods 04"):
            store.add_organisation(session, name, at=NOON)
    assert waiting(stella.get("/steward").text) == [
        ("Next: 2 companies are waiting to be confirmed.", "/steward/companies"),
        (f"One submitted assessment of {YEAR} has no auditor.", f"/steward/assessments?period={YEAR}&who=nobody"),
    ]
    assign(site, number)
    assert [words for words, _ in waiting(stella.get("/steward").text)] == [
        "Next: 2 companies are waiting to be confirmed."
    ]


def test_a_steward_without_an_open_period_is_told_to_open_one(site: Site, stella: FlaskClient) -> None:
    with site.store() as session, session.begin():
        session.connection().exec_driver_sql("DELETE FROM period")
    ((words, where),) = waiting(stella.get("/steward").text)
    assert words == "Next: No period is open. Open one, and companies can begin to answer." and where == "#periods"


def test_an_advocate_is_told_what_is_waiting_published_and_corrected(demonstration: Site) -> None:
    client = demonstration.client("advocate")
    with demonstration.store() as session:
        year, *_ = store.published_years(session)
        corrected = len(store.corrections(session, year))
    page = client.get("/advocate").text
    (first, where), *others = waiting(page, "news")
    found = re.fullmatch(rf"The figures of {year} are published, for (\d+) sectors\.", first)
    assert found and where == "/sectors"
    links = {link.partition("?")[0] for link in Page(client.get("/sectors").text).links if link.startswith("/sectors/")}
    assert int(found[1]) == len(links - {"/sectors/requirements"})
    assert len(others) == (1 if corrected else 0)
    assert [words for words, _where in waiting(page)] == [
        "Next: Read the documents of Example Cabins 21",
        "Decide where the readers of Example Coaches 22 differ",
    ]


def test_an_advocate_is_told_if_nothing_is_published(sqlite_site: Site) -> None:
    assert "No figures are published yet." in sqlite_site.client("ada").get("/advocate").text


@pytest.mark.parametrize("role", ["company", "auditor", "advocate", "steward"])
def test_a_start_page_is_small_and_takes_few_statements(demonstration: Site, role: str) -> None:
    client = demonstration.client(role)
    where = client.get("/account/start").headers["Location"]
    client.get(where)
    with statements(store_engine(demonstration.app)) as sent:
        page = client.get(where, headers={"Accept-Encoding": "gzip"})
    assert len(sent) <= MOST_STATEMENTS and len(page.data) < 15_000


# ── The glossary


@pytest.mark.parametrize("prefix", ["", "/fr", "/es", "/ar"])
def test_the_glossary_has_an_anchor_for_every_word_in_every_language(sqlite_site: Site, prefix: str) -> None:
    response = sqlite_site.client().get(f"{prefix}/glossary", headers={"Accept-Encoding": "gzip"})
    assert len(response.data) < 15_000
    page = sqlite_site.client().get(f"{prefix}/glossary").text
    assert faults_of(page) == [] and 'class="english"' not in page and "<span lang=" not in page
    anchors = [part.get("id") for part in html.fromstring(page).xpath("//dl/div")]
    assert sorted(anchors) == sorted(DEFINED_WORDS)


def test_every_page_and_every_question_links_to_the_glossary(sqlite_site: Site) -> None:
    assert "/glossary" in Page(sqlite_site.client().get("/privacy").text).links
    client, number = sqlite_site.client("ana"), begin(sqlite_site)
    save_profile(sqlite_site, number)
    (main,) = html.fromstring(client.get(f"/assessments/{number}/code").text).xpath("//main")
    assert "/glossary" in main.xpath(".//a/@href")


# ── The tour


@pytest.fixture
def toured(demonstration: Site) -> Iterator[list[tuple[str, str, str]]]:
    """The stops of the tour: words, address and sign-in of each."""
    stops = html.fromstring(demonstration.client().get("/").text).xpath("//section[@aria-labelledby='tour']/ol/li")
    yield [(stop.text_content(), stop.xpath(".//a/@href")[0], "".join(stop.xpath(".//bdi/text()"))) for stop in stops]


def test_the_tour_has_five_stops_one_without_an_account_and_one_for_each_sign_in(
    demonstration: Site, toured: list[tuple[str, str, str]]
) -> None:
    assert len(toured) == 5
    assert sorted(who for _words, _where, who in toured) == sorted(["", *SIGN_INS])
    starts = {"company": "/assessments", "auditor": "/audit", "advocate": "/advocate", "steward": "/steward"}
    for _words, where, who in toured:
        role = who.partition("@")[0]
        there = demonstration.client(role or None).get(where, follow_redirects=True)
        assert there.status_code == 200 and there.request.path.startswith(starts.get(role, "/quick")), where


@pytest.mark.parametrize("role", ["company", "steward"])
def test_a_person_signed_in_sees_no_stop_of_the_tour_that_they_cannot_open(demonstration: Site, role: str) -> None:
    client = demonstration.client(role)
    found = html.fromstring(client.get("/").text).xpath("//section[@aria-labelledby='tour']/ol//a/@href")
    assert [client.get(where, follow_redirects=True).status_code for where in found] == [200] * 5


def test_the_first_page_of_a_real_installation_has_no_tour(sqlite_site: Site) -> None:
    assert "tour" not in sqlite_site.client().get("/").text
