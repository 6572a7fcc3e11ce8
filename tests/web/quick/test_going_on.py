"""From the quick check to a full assessment: what it settled is filled in and marked, and existing answers stay."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance import store
from compliance.questionnaire.edition import Edition
from tests.support.page_lint import faults_of
from tests.support.quick_walks import OURS, text_of
from tests.support.sites import NOON, PASSWORD, YEAR, Site, kept, post, token

pytestmark = pytest.mark.site(EDITIONS=None)

FULL = "child-protection-2026"
#: The full answers that follow from answering "none" to every question.
SETTLED = {
    "r03.practice.b": "none", "r07.practice.b": "none", "r17.practice.b": "none",
    "r33.practice.b": "none", "r33.proof.b": "none", "r39.practice.b": "none", "r39.proof.b": "none",
}  # fmt: skip


def checked(client: FlaskClient, quick: Edition, line: str = "none") -> FlaskClient:
    """A visitor who has given this answer to every question of the quick check."""
    for number, question in enumerate(quick.questions, 1):
        where = "/quick" if number == 1 else f"/quick/{number}"
        client.post(where, data={question: line}, headers=OURS)
    return client


def go_on(client: FlaskClient, year: int = YEAR) -> TestResponse:
    page = client.get("/quick/full")
    assert page.status_code == 200, page.text
    return client.post("/quick/full", data={"csrf_token": token(page.text), "year": year})


def said(client: FlaskClient, where: str) -> str:
    return text_of(client.get(where).text)


def number_of(response: TestResponse) -> int:
    found = re.search(r"/assessments/(\d+)", response.headers["Location"])
    assert found
    return int(found[1])


def test_after_registering_a_visitor_finds_the_answers_filled_in_and_marked(site: Site, quick: Edition) -> None:
    client = checked(site.client(), quick)
    page = client.get("/quick/result").text
    assert "/register?next=/quick/full" in page and "/sign-in?next=/quick/full" in page
    form = client.get("/register?next=/quick/full").text
    newcomer = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@example.org", "password": PASSWORD}
    response = client.post("/register?next=/quick/full", data={"csrf_token": token(form), **newcomer})
    assert response.headers["Location"] == "/quick/full"
    assert faults_of(client.get("/quick/full").text) == []
    assert "Your answers fill in 7 questions of the full questionnaire." in said(client, "/quick/full")
    response = go_on(client)
    number = number_of(response)
    assert response.headers["Location"].endswith("/profile"), "first the questions that decide which others are asked"
    assert "7 answers from your quick check are filled in." in said(client, response.headers["Location"])
    assert kept(site, number) == SETTLED
    page = client.get(f"/assessments/{number}/people").text
    assert faults_of(page) == []
    assert page.count("From your quick check") == 3, "r33 and r39; proof of r33 is asked once the size is known"
    assert 'id="q-r39.proof.b" name="r39.proof.b" value="none" checked' in page


def test_signing_in_keeps_the_answers_and_leads_on(site: Site, quick: Edition) -> None:
    client = checked(site.client(), quick)
    assert client.get("/quick/full").headers["Location"].startswith("/sign-in?next=")
    response = post(client, "/sign-in?next=/quick/full", email="ana@example.org", password=PASSWORD)
    assert response.headers["Location"] == "/quick/full"
    assert kept(site, number_of(go_on(client))) == SETTLED


def test_an_existing_answer_stays_as_it_is(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick)
    with site.store() as session, session.begin():
        organisation = site.people["ana"].organisation_id
        assert organisation is not None
        begun = store.assessment_for(session, organisation, edition=FULL, year=YEAR, at=NOON)
        mine = [store.AnswerEdit("r17.practice.b", "some"), store.AnswerEdit("r39.proof.b", "part")]
        store.save_answers(session, begun.id, mine, by=site.people["jon"].id, at=NOON)
    words = said(client, "/quick/full")
    assert "2 questions are answered there already. 5 would be filled in." in words
    response = go_on(client)
    words = said(client, response.headers["Location"])
    assert "5 answers from your quick check are filled in." in words
    assert "2 questions were already answered here and stay as they are." in words
    assert kept(site, begun.id) == SETTLED | {"r17.practice.b": "some", "r39.proof.b": "part"}
    assert "Nothing was filled in from your quick check." in said(client, go_on(client).headers["Location"])
    with site.store() as session:
        view = store.saved_answers(session, begun.id)
    assert [view[q].carried_from for q in ("r17.practice.b", "r39.practice.b")] == ["", "child-protection-quick"]


def test_every_answer_carried_over_is_in_the_trail_with_person_and_source(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick, "all")
    number = number_of(go_on(client))
    with site.store() as session:
        for question, text in kept(site, number).items():
            (entry,) = store.history(session, store.answer_subject(number, question))
            assert (entry.what, entry.before, entry.after) == ("carried", "", f"{text}\nfrom child-protection-quick")
            assert entry.who == site.people["ana"].id
        assert store.verify_trail(session) is None
    trail = site.client("stella").get("/steward/trail").text
    assert "<td>answer carried over</td>" in trail and "from child-protection-quick" not in trail, (
        "its content belongs to the company"
    )


def test_the_mark_disappears_with_another_answer_and_stays_if_a_page_is_only_saved(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick)
    number = number_of(go_on(client))
    where = f"/assessments/{number}/people"
    page = client.get(where).text
    versions = dict(re.findall(r'name="(r39\.[a-z.]+#version)" value="(\d+)"', page))
    fields = {"csrf_token": token(page), **versions, "r39.practice.b": "none", "r39.proof.b": "none"}
    client.post(where, data=fields)
    assert client.get(where).text.count("From your quick check") == 3
    client.post(where, data=fields | {"r39.proof.b": "part"})
    assert client.get(where).text.count("From your quick check") == 2


def test_only_members_of_a_company_can_carry_answers_over_and_only_from_its_page(site: Site, quick: Edition) -> None:
    for who in ("audun", "ada", "stella"):
        client = checked(site.client(who), quick)
        assert client.get("/quick/full").status_code == 404
        assert "Members of a company can continue" in said(client, "/quick/result")
    client = checked(site.client("ana"), quick)
    assert client.post("/quick/full", data={"year": YEAR}).status_code == 400, "without a token"
    with site.store() as session:
        assert store.assessments_of(session, site.people["ana"].organisation_id or 0) == ()


def test_without_answers_there_is_nothing_to_carry_over(site: Site) -> None:
    client = site.client("ana")
    assert client.get("/quick/full").headers["Location"] == "/assessments"
    page = client.get("/account/password").text
    response = client.post("/quick/full", data={"csrf_token": token(page), "year": YEAR})
    assert response.headers["Location"] == "/assessments"
    with site.store() as session:
        assert store.assessments_of(session, site.people["ana"].organisation_id or 0) == ()


@pytest.mark.parametrize("year", ["", "20x6", "202", "1"])
def test_an_invalid_year_starts_nothing(site: Site, quick: Edition, year: str) -> None:
    client = checked(site.client("ana"), quick)
    page = client.get("/account/password").text
    assert client.post("/quick/full", data={"csrf_token": token(page), "year": year}).status_code == 400


def test_a_closed_year_is_not_offered_and_accepts_nothing(site: Site, quick: Edition) -> None:
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    client = checked(site.client("ana"), quick)
    assert "No year is open at present." in said(client, "/quick/full")
    page = client.get("/account/password").text
    assert client.post("/quick/full", data={"csrf_token": token(page), "year": YEAR}).status_code == 409


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_registering_never_leads_to_another_site(site: Site, wanted: str) -> None:
    client = site.client()
    form = client.get("/register", query_string={"next": wanted}).text
    newcomer = {"organisation": "Example Media 09", "name": "Nia", "email": "nia@example.org", "password": PASSWORD}
    response = client.post("/register", query_string={"next": wanted}, data={"csrf_token": token(form), **newcomer})
    assert response.headers["Location"] == "/account/start"


def test_an_unsettled_quick_answer_is_shown_beside_the_questions_it_is_about(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick, "some")
    words = said(client, "/quick/full")
    assert "Your answers fill in no question of the full questionnaire." in words
    assert "12 answers say less than is asked there. They are shown beside the questions they are about." in words
    assert f"Use these answers for {YEAR}" in words
    number = number_of(go_on(client))
    assert kept(site, number) == {}
    size = {"profile.size#version": "0", "profile.size": "10-49"}  # decides whether r33.proof.b is asked
    post(client, f"/assessments/{number}/profile", fields=size)
    asked = quick.questions["r33.quick"].ask
    answer = "We have put this into practice, but not everywhere it applies, or without dated records from the last 24 "
    answer += "months"
    page = client.get(f"/assessments/{number}/people").text
    assert faults_of(page) == []
    beside = re.findall(r'<section class="question" id="at-([\w.]+)">(.*?)</section>', page, re.S)
    shown = [i for i, text in beside if f"you were asked “{asked}” and answered “{answer}”." in text_of(text)]
    assert shown == ["r33.practice.b", "r33.proof.b"]


def test_a_quick_answer_that_settles_a_question_is_not_shown_beside_it(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick)
    number = number_of(go_on(client))
    page = client.get(f"/assessments/{number}/people").text
    assert "In the quick check you were asked" not in page.split('id="at-r33.practice.b"')[1].split("</section>")[0]


def test_quick_answers_are_in_the_trail_but_not_shown_to_the_steward(site: Site, quick: Edition) -> None:
    client = checked(site.client("ana"), quick, "some")
    number = number_of(go_on(client))
    with site.store() as session:
        (entry,) = store.history(session, f"assessment/{number}/quick-answers")
        assert store.verify_trail(session) is None
    assert (entry.what, entry.before, entry.who) == ("carried", "", site.people["ana"].id)
    assert '"r33.quick": "some"' in entry.after
    assert "r33.quick" not in site.client("stella").get("/steward/trail").text
