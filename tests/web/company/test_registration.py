"""Registering: a new company, one that may be registered already, and people who ask to join it."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.company_erasures import erase_company
from tests.support.sites import NOON, PASSWORD, Site, make_site, outbox, post, settle, token
from tests.web.public.test_public_pages import text_of

NIA = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@media-09.example", "password": PASSWORD}
LEI = "HWUPKR0MPOU8FGXBT394"


def register(client: FlaskClient, **fields: str) -> TestResponse:
    return post(client, "/register", form_at="/register", fields={**NIA, **fields})


def company_of(site: Site, email: str) -> store.Company:
    with site.store() as session:
        found = store.login_account(session, email=email)
        assert found is not None and found.organisation_id is not None
        return store.company(session, found.organisation_id)


def test_a_new_company_is_pending_with_its_domain_and_lei_and_whoever_registered_it_owns_it(site: Site) -> None:
    client = site.client()
    response = register(client, website="https://www.media-09.example/home", lei=" hwup-kr0m pou8fgxbt394 ")
    assert response.status_code == 302
    known = company_of(site, "nia@media-09.example")
    assert (known.status, known.website_domain, known.lei) == ("pending", "media-09.example", LEI)
    page = unescape(client.get("/assessments").text)
    assert page.count("Example Media 09</bdi> is not confirmed yet") == 1
    with site.store() as session:
        assert [(m.name, m.role) for m in store.company_members(session, known.id)] == [("Nia", "owner")]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("website", "nowhere", "Enter a web address, such as www.example.org"),
        ("website", "https://facebook.com/example", "Anybody can have a page at facebook.com"),
        ("lei", "HWUPKR0MPOU8FGXBT395", "This is not a valid LEI"),
        ("lei", " - ", "This is not a valid LEI"),
    ],
)
def test_an_invalid_web_site_or_lei_is_refused_beside_its_field(
    sqlite_site: Site, field: str, value: str, says: str
) -> None:
    page = register(sqlite_site.client(), **{field: value}).text
    assert "<title>Error: " in page and page.count(says) >= 2
    assert f'value="{value}"' in page and 'value="Example Media 09"' in page


@pytest.mark.parametrize("name", ["%", " … "])
def test_a_name_without_letters_and_digits_is_refused_as_it_could_be_registered_twice(
    sqlite_site: Site, name: str
) -> None:
    for _click in range(2):
        page = register(sqlite_site.client(), organisation=name).text
        assert page.count("Enter the name of the organisation.") >= 2
    with sqlite_site.store() as session:
        assert name.strip() not in {one.name for one in store.companies(session)}


def test_an_address_that_no_mail_reaches_is_refused(sqlite_site: Site) -> None:
    page = register(sqlite_site.client(), email="jörg@media-09.example").text
    assert "Enter an e-mail address, such as name@example.org." in page
    with sqlite_site.store() as session:
        assert store.login_account(session, email="jörg@media-09.example") is None


def test_for_a_likely_duplicate_the_page_names_the_company_but_none_of_its_people(sqlite_site: Site) -> None:
    page = unescape(register(sqlite_site.client(), organisation="EXAMPLE TRAVEL 1 Ltd.").text)
    assert "Your organisation may be registered already" in page
    assert 'Ask to join <bdi translate="no">Example Travel 01</bdi>' in page
    assert "Ana" not in page and "ana@example.org" not in page and "Example Foods" not in page
    with sqlite_site.store() as session:
        assert store.login_account(session, email=NIA["email"]) is None


@pytest.mark.parametrize("same", ["email", "website", "lei"])
def test_the_same_domain_or_lei_makes_a_likely_duplicate_under_any_name(sqlite_site: Site, same: str) -> None:
    register(sqlite_site.client(), website="media-09.example", lei=LEI)
    other = {"organisation": "Something Else", "name": "Kim", "email": "kim@elsewhere.example"}
    other |= {"email": "kim@media-09.example", "website": "http://news.media-09.example", "lei": LEI}.items() and {
        same: {"email": "kim@media-09.example", "website": "http://news.media-09.example", "lei": LEI}[same]
    }
    assert "Ask to join" in register(sqlite_site.client(), **other).text


def test_an_address_at_a_mail_provider_makes_no_duplicate(sqlite_site: Site) -> None:
    register(sqlite_site.client(), email="nia@gmail.com")
    assert register(sqlite_site.client(), organisation="Something Else", email="kim@gmail.com").status_code == 302


def test_nothing_is_saved_before_the_choice_is_made(sqlite_site: Site) -> None:
    page = register(sqlite_site.client(), organisation="Example Travel 1", shown="yes")
    assert "<title>Error: " in page.text and page.text.count("Choose one of these.") == 2
    page = register(sqlite_site.client(), organisation="Example Travel 1", shown="yes", same="2")
    assert "Choose one of these." in page.text


def test_another_company_with_a_similar_name_can_be_registered(site: Site) -> None:
    response = register(site.client(), organisation="Example Travel 1", shown="yes", same="another")
    assert response.status_code == 302
    assert company_of(site, NIA["email"]).status == "pending"


def test_a_person_who_asks_to_join_has_no_company_until_an_owner_accepts(site: Site) -> None:
    nia, ana = site.client(), site.client("ana")
    number = site.people["ana"].organisation_id
    register(nia, organisation="Example Travel 1", shown="yes", same=str(number), words="I keep the <b>code</b>.")
    page = unescape(nia.get("/assessments").text)
    assert "You do not belong to an organisation here yet." in page and "You asked to join" in page
    assert nia.get("/account").status_code == 200 and nia.get(f"/companies/{number}").status_code == 404
    page = ana.get(f"/companies/{number}").text
    assert "One request to join" in page and "I keep the &lt;b&gt;code" in page
    request = re.search(r'name="request" value="(\d+)"', page)
    assert request
    answer = {"form_at": f"/companies/{number}", "request": request[1]}
    refused = post(ana, f"/companies/{number}/requests", **answer, do="refuse")
    assert "Give a reason" in unescape(refused.text)
    assert post(ana, f"/companies/{number}/requests", **answer, do="accept").status_code == 302
    assert nia.get(f"/companies/{number}").status_code == 200
    again = post(ana, f"/companies/{number}/requests", **answer, do="accept")
    assert again.status_code == 409 and "Somebody else has already decided this" in again.text


def test_a_person_refused_reads_why_and_a_request_can_be_withdrawn(sqlite_site: Site) -> None:
    nia, ana = sqlite_site.client(), sqlite_site.client("ana")
    number = sqlite_site.people["ana"].organisation_id
    register(nia, organisation="Example Travel 1", same=str(number))
    with sqlite_site.store() as session:
        [request] = store.join_requests(session, state="open")
    answer = {"request": str(request.id), "do": "refuse", "reason": "We do not know you."}
    post(ana, f"/companies/{number}/requests", form_at=f"/companies/{number}", fields=answer)
    assert "We do not know you." in nia.get("/assessments").text
    post(nia, "/companies/add", form_at="/companies/add", organisation="Example Travel 1", same=str(number))
    with sqlite_site.store() as session:
        [request] = store.join_requests(session, state="open")
    foreign = post(ana, "/account/requests", form_at="/account", request=str(request.id))
    assert foreign.status_code == 404
    assert post(nia, "/account/requests", form_at="/account", request=str(request.id)).status_code == 302
    with sqlite_site.store() as session:
        assert store.join_requests(session, state="open") == ()


def test_a_person_can_work_for_two_companies_and_answer_for_each(sqlite_site: Site) -> None:
    ana = sqlite_site.client("ana")
    assert post(ana, "/companies/add", form_at="/companies/add", organisation="Example Ferries 5").status_code == 302
    page = ana.get("/assessments").text
    numbers = re.findall(r'name="organisation" value="(\d+)"', page)
    assert len(numbers) == 2 and "Example Ferries 5" in page and "Example Travel 01" in page
    begun = [
        post(ana, "/assessments", form_at="/account", year="2026", organisation=number).headers["Location"]
        for number in numbers
    ]
    assert len(set(begun)) == 2
    foreign = str(sqlite_site.people["olga"].organisation_id)
    assert post(ana, "/assessments", form_at="/account", year="2026", organisation=foreign).status_code == 404


def test_owners_can_change_the_members_of_a_company_and_the_last_owner_stays(sqlite_site: Site) -> None:
    ana, jon = sqlite_site.client("ana"), sqlite_site.client("jon")
    where = f"/companies/{sqlite_site.people['ana'].organisation_id}"
    own, other = (str(sqlite_site.people[who].id) for who in ("ana", "jon"))
    assert "Role of" not in jon.get(where).text
    page = post(ana, f"{where}/members", form_at=where, person=own, do="remove")
    assert page.status_code == 200 and "needs at least one owner" in page.text
    assert post(ana, f"{where}/members", form_at=where, person=other, do="role", role="owner").status_code == 302
    assert "Role of" in jon.get(where).text
    assert post(jon, f"{where}/members", form_at=where, person=own, do="remove").status_code == 302
    assert ana.get(where).status_code == 404 and ana.get("/assessments").status_code == 200
    assert post(jon, f"{where}/members", form_at=where, person="x", do="role", role="owner").status_code == 400


# ── Where mails are sent


@pytest.fixture
def mailing(sqlite_url: str, tmp_path: Path) -> Site:
    return settle(make_site(sqlite_url, tmp_path, ADDRESS="http://localhost", MAIL_SERVER="mail.example.org"))


def without_address(page: str, email: str) -> str:
    return page.replace(email, "")


def test_if_mails_are_sent_registering_does_not_reveal_who_has_an_account(mailing: Site) -> None:
    fields = {key: value for key, value in NIA.items() if key != "password"}
    pages = []
    for email in ("ana@example.org", "nia@media-09.example"):
        client = mailing.client()
        assert 'type="password"' not in client.get("/register").text
        page = post(client, "/register", form_at="/register", fields={**fields, "email": email})
        pages.append(re.sub(r'name="csrf_token" value="[^"]*"', "", without_address(page.text, email)))
    assert pages[0] == pages[1] and "Check your e-mail" in pages[0]
    sent = outbox(mailing)
    assert [mail.to for mail in sent] == ["ana@example.org", "nia@media-09.example"]
    assert "You already have an account" in sent[0].text
    with mailing.store() as session:
        assert store.login_account(session, email="nia@media-09.example") is None
    link = re.search(r"http://localhost(/register/finish\S+)", sent[1].text)
    assert link
    client = mailing.client()
    assert "Example Media 09" in client.get(link[1]).text
    weak = client.post(link[1], data={"csrf_token": token(client.get(link[1]).text), "password": "x"})
    assert "Use at least 10 characters" in weak.text
    assert post(client, link[1], form_at=link[1], password=PASSWORD).status_code == 302
    assert "Example Media 09" in client.get("/account").text
    with mailing.store() as session:
        [nia] = store.company_members(session, company_of(mailing, NIA["email"]).id)
        assert nia.address_confirmed_at is not None
    again = post(mailing.client(), link[1], form_at=link[1], password=PASSWORD)
    assert again.headers["Location"] == "/sign-in"
    mailing.close()


def test_a_forged_or_cut_off_link_registers_nothing_and_says_so(mailing: Site) -> None:
    for code in ("forged", "a.b.c", "x" * 3000):
        page = mailing.client().get(f"/register/finish?link={code}")
        assert page.status_code == 200 and "This link does not work" in page.text
    mailing.close()


def test_owners_get_a_mail_about_a_request_to_join_and_the_person_one_about_the_answer(mailing: Site) -> None:
    number = mailing.people["ana"].organisation_id
    fields = {"organisation": "Example Travel 1", "same": str(number)}
    post(mailing.client("olga"), "/companies/add", form_at="/companies/add", fields=fields)
    ana = mailing.client("ana")
    with mailing.store() as session:
        [request] = store.join_requests(session, state="open")
    answer = {"request": str(request.id), "do": "accept"}
    post(ana, f"/companies/{number}/requests", form_at=f"/companies/{number}", fields=answer)
    assert [(mail.to, mail.subject) for mail in outbox(mailing)] == [
        ("ana@example.org", "Olga asks to join Example Travel 01"),
        ("olga@example.org", "Your request to join Example Travel 01"),
    ]
    mailing.close()


def link_to_join(site: Site) -> str:
    """Nia registers to join Ana's company, which sends her a link."""
    fields = {**NIA, "organisation": "Example Travel 1", "same": "1"}
    post(site.client(), "/register", form_at="/register", fields=fields)
    [sent] = outbox(site)
    link = re.search(r"http://localhost(/register/finish\S+)", sent.text)
    assert link
    return link[1]


def test_if_the_company_was_merged_since_the_owners_of_the_remaining_one_are_asked(mailing: Site) -> None:
    link, client = link_to_join(mailing), mailing.client()
    with mailing.store() as session, session.begin():
        store.merge_company(session, 1, into=2, seen="confirmed", reason="They are one.", by=None, at=NOON)
    assert "Example Foods 02" in client.get(link).text
    assert post(client, link, form_at=link, password=PASSWORD).status_code == 302
    asked = [(mail.to, mail.subject) for mail in outbox(mailing)[1:]]
    assert asked == [("olga@example.org", "Nia asks to join Example Foods 02")]
    assert "You have asked to join Example Foods 02" in text_of(client.get("/assessments").text)
    mailing.close()


def test_a_link_to_join_a_company_that_was_deleted_since_works_no_longer(mailing: Site) -> None:
    link, client = link_to_join(mailing), mailing.client()
    sent = token(client.get(link).text)
    with mailing.store() as session, session.begin():
        erase_company(session, 1, by=None, at=NOON)
    for page in (client.get(link), client.post(link, data={"csrf_token": sent, "password": PASSWORD})):
        assert page.status_code == 200 and "This link does not work" in page.text
    with mailing.store() as session:
        assert store.login_account(session, email=NIA["email"]) is None
    mailing.close()
