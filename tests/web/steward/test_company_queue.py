"""The steward's queue of companies: facts, one decision for each case, and always a reason."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.company_erasure_requests import ask_company_erasure, undo_company_erasure
from tests.support.sites import NOON, Site, post

QUEUE = "/steward/companies"


def register(site: Site, name: str, email: str, **more: str) -> int:
    with site.store() as session, session.begin():
        member = store.register_company(
            session, organisation=name, name="Nia", email=email, password_hash=None, at=NOON, **more
        )
        assert member.organisation_id is not None
        return member.organisation_id


def decide(client: FlaskClient, company: int, decision: str, reason: str = "known", **more: str) -> TestResponse:
    fields = {"decision": decision, "reason": reason, "seen": "pending", **more}
    return post(client, f"{QUEUE}/{company}/decision", form_at=QUEUE, fields=fields)


def change(client: FlaskClient, company: int, decision: str, **more: str) -> TestResponse:
    fields = {"decision": decision, "reason": "known", "seen": "confirmed", **more}
    return post(client, f"{QUEUE}/{company}", form_at=QUEUE, fields=fields)


def company(site: Site, number: int) -> store.Company:
    with site.store() as session:
        return store.company(session, number)


def ana_company(site: Site) -> int:
    number = site.people["ana"].organisation_id
    assert number is not None
    return number


def test_a_company_with_a_proof_is_confirmed_by_one_post(site: Site, stella: FlaskClient) -> None:
    number = register(site, "Example Ferries", "nia@ferries.example", website_domain="ferries.example")
    page = unescape(stella.get(QUEUE).text)
    assert "One case needs a decision" in page and "Some proof" in page
    assert "One of its people has an e-mail address at its web domain." in page
    assert decide(stella, number, "confirmed", "domain agrees").status_code == 302
    assert company(site, number).status == "confirmed"
    page = stella.get(QUEUE).text
    assert "No case needs a decision" in page and "domain agrees" in page


def test_a_possible_duplicate_is_shown_beside_the_registered_company(sqlite_site: Site) -> None:
    register(sqlite_site, "EXAMPLE TRAVEL 1 LTD", "nia@gmail.example")
    page = unescape(sqlite_site.client("stella").get(QUEUE).text)
    assert "Its name is similar to that of" in page and "similar, 100 of 100" in page
    assert "Merge into Example Travel 01" in page and "Confirm as a company of its own" in page
    assert re.search(r"ana@example\.org.*jon@example\.org", page, re.DOTALL)


@pytest.mark.parametrize(
    ("decision", "status"), [("confirmed", "confirmed"), ("refused", "refused"), ("left-out", "left-out")]
)
def test_a_decision_without_a_reason_is_refused_and_the_choice_stays(
    sqlite_site: Site, decision: str, status: str
) -> None:
    number, stella = register(sqlite_site, "Example Ferries", "nia@gmail.example"), sqlite_site.client("stella")
    page = decide(stella, number, decision, "")
    assert "<title>Error: " in page.text and "Give a reason. It is kept in the audit trail." in page.text
    assert f'<option value="{decision}" selected>' in page.text and f'href="#company-{number}-reason"' in page.text
    page = decide(stella, number, "", "a reason")
    assert "Choose a decision." in page.text and 'value="a reason"' in page.text
    decide(stella, number, decision)
    assert company(sqlite_site, number).status == status
    again = decide(stella, number, "refused")
    assert again.status_code == 409 and "Somebody else has already decided this" in again.text
    assert decide(sqlite_site.client("stella"), number, "nonsense").status_code == 400


def test_merging_moves_the_people_and_only_the_remaining_company_counts(site: Site, stella: FlaskClient) -> None:
    number, into = register(site, "Example Travel 1", "nia@gmail.example"), ana_company(site)
    assert decide(stella, number, f"merge-{into}", "one company twice").status_code == 302
    assert (company(site, number).status, company(site, number).merged_into) == ("merged", into)
    with site.store() as session:
        assert [m.name for m in store.company_members(session, into)] == ["Ana", "Jon", "Nia"]
    page = stella.get(f"{QUEUE}/{number}").text
    assert "merged into another" in page and "Put back" not in page


@pytest.mark.parametrize("deleted", ["here", "there"])
def test_companies_cannot_be_merged_while_one_of_them_is_to_be_deleted(sqlite_site: Site, deleted: str) -> None:
    stella, into = sqlite_site.client("stella"), ana_company(sqlite_site)
    number = register(sqlite_site, "Example Travel 1", "nia@gmail.example")
    asked = number if deleted == "here" else into
    with sqlite_site.store() as session, session.begin():
        ask_company_erasure(session, asked, by=sqlite_site.people["ana"].id, at=NOON)
    name = company(sqlite_site, asked).name
    other = change(stella, number, "merge", seen="pending", other=str(into))
    for page in (decide(stella, number, f"merge-{into}"), other):
        words = unescape(page.text)
        assert f"{name} will be deleted on " in words and "Stop the deletion before merging." in words
        assert "<title>Error: " in words and 'value="known"' in words
    assert company(sqlite_site, number).status == "pending"
    with sqlite_site.store() as session, session.begin():
        undo_company_erasure(session, asked, by=sqlite_site.people["stella"].id, at=NOON)
    assert decide(stella, number, f"merge-{into}").status_code == 302
    assert company(sqlite_site, number).merged_into == into


@pytest.mark.parametrize(("which", "counts"), [("this", True), ("other", False)])
def test_a_group_is_confirmed_with_the_company_that_counts_for_it(sqlite_site: Site, which: str, counts: bool) -> None:
    number, other = register(sqlite_site, "Example Travel 1", "nia@gmail.example"), ana_company(sqlite_site)
    stella = sqlite_site.client("stella")
    decide(stella, number, f"group-{other}-{which}", "one parent")
    with sqlite_site.store() as session:
        assert store.counting_companies(session) & {number, other} == ({number} if counts else {other})
    assert "counts, as you chose" in stella.get(f"{QUEUE}/{number}").text
    assert change(stella, number, "leave-group").status_code == 302
    with sqlite_site.store() as session:
        assert store.counting_companies(session) >= {number, other}


def test_a_company_can_be_renamed_left_out_and_put_back_on_its_page(sqlite_site: Site) -> None:
    stella, number = sqlite_site.client("stella"), ana_company(sqlite_site)
    assert "Enter the new name." in change(stella, number, "rename").text
    change(stella, number, "rename", name="Example Voyages 01")
    change(stella, number, "left-out")
    change(stella, number, "pending", seen="left-out")
    assert (company(sqlite_site, number).name, company(sqlite_site, number).status) == ("Example Voyages 01", "pending")
    page = stella.get(f"{QUEUE}/{number}").text
    assert page.count("Example Voyages 01") >= 3 and "renamed to" in page
    missing = change(stella, number, "merge", other="999", seen="pending")
    assert "Enter the number of another company" in missing.text
    foods = sqlite_site.people["olga"].organisation_id
    assert change(stella, number, "merge", other=str(foods), seen="pending").status_code == 302
    assert company(sqlite_site, number).merged_into == foods


def test_the_steward_can_answer_requests_if_no_owner_does(site: Site, stella: FlaskClient) -> None:
    number = ana_company(site)
    with site.store() as session, session.begin():
        store.ask_to_join(session, site.people["olga"].id, number, words="I came from Foods.", at=NOON)
        [request] = store.join_requests(session, state="open")
    page = unescape(stella.get(f"{QUEUE}?which=request").text)
    assert "I came from Foods." in page and "Its owner can also answer" in page
    fields = {"request": str(request.id), "decision": "owner", "reason": ""}
    assert "Give a reason." in post(stella, f"{QUEUE}/requests", form_at=QUEUE, fields=fields).text
    fields["reason"] = "Ana has left."
    assert post(stella, f"{QUEUE}/requests", form_at=QUEUE, fields=fields).status_code == 302
    assert (
        "needs at least one owner"
        not in post(
            stella, f"{QUEUE}/{number}/members", form_at=QUEUE, person=str(site.people["ana"].id), do="remove"
        ).text
    )
    with site.store() as session:
        assert [(m.name, m.role) for m in store.company_members(session, number)] == [
            ("Olga", "owner"),
            ("Jon", "contributor"),
        ]


def test_the_steward_cannot_remove_the_last_owner_either(sqlite_site: Site) -> None:
    stella, number = sqlite_site.client("stella"), ana_company(sqlite_site)
    page = post(
        stella,
        f"{QUEUE}/{number}/members",
        form_at=QUEUE,
        person=str(sqlite_site.people["ana"].id),
        do="role",
        role="contributor",
    )
    assert "needs at least one owner" in page.text and "<title>Error: " in page.text


def test_the_preview_of_a_closing_says_how_many_companies_are_unconfirmed(sqlite_site: Site) -> None:
    stella = sqlite_site.client("stella")
    assert "not confirmed" not in stella.get("/steward/periods/2026/close").text
    register(sqlite_site, "Example Ferries", "nia@gmail.example")
    page = stella.get("/steward/periods/2026/close").text
    assert "One company is not confirmed and is in none of these figures." in page and f'href="{QUEUE}"' in page


def test_every_company_is_in_the_list_with_its_status(sqlite_site: Site) -> None:
    register(sqlite_site, "Example Ferries", "nia@gmail.example")
    page = unescape(sqlite_site.client("stella").get(f"{QUEUE}/all").text)
    assert (
        "3 companies are registered." in page
        and "2 of them count in the figures" in page
        and "not confirmed yet" in page
    )


def test_the_steward_decides_whether_two_companies_with_one_web_domain_both_count(
    site: Site, stella: FlaskClient
) -> None:
    one, two = (register(site, name, f"{name}@group.example", website_domain="group.example") for name in ("Aa", "Bb"))
    assert decide(stella, one, "confirmed").status_code == 302
    assert decide(stella, two, "confirmed").status_code == 302
    page = unescape(stella.get(QUEUE).text)
    assert "Same owner or web domain" in page and "which was confirmed first." in page
    assert "is not in any figure." in page
    assert decide(stella, two, "apart", "sold last year", seen="confirmed").status_code == 302
    with site.store() as session:
        assert {one, two} <= store.counting_companies(session)
    page = unescape(stella.get(QUEUE).text)
    assert "which was confirmed first." not in page and "sold last year" in page and "counts separately" in page


@pytest.mark.parametrize("which", ["merge-{}", "group-{}", "group-{}-this", "rename"])
def test_a_company_is_not_merged_or_grouped_with_itself_or_left_without_a_name(sqlite_site: Site, which: str) -> None:
    stella, number = sqlite_site.client("stella"), ana_company(sqlite_site)
    before, decision = company(sqlite_site, number), which.format(number)
    fields = {"decision": decision, "reason": "known", "seen": "confirmed", "name": "\0 "}
    assert post(stella, f"{QUEUE}/{number}/decision", fields=fields).status_code == 400
    shown = post(stella, f"{QUEUE}/{number}", fields=fields)
    assert shown.status_code == 400 or "Enter the new name." in shown.text
    assert company(sqlite_site, number) == before


def test_nobody_is_added_or_invited_to_a_merged_company(sqlite_site: Site) -> None:
    stella, number = sqlite_site.client("stella"), register(sqlite_site, "Example Ferries", "nia@ferries.example")
    fields = {"name": "Zoe", "email": "zoe@example.org", "role": "company", "organisation": number, "do": "add"}
    assert f'<option value="{number}"' in stella.get("/steward/people/add").text
    assert decide(stella, number, f"merge-{ana_company(sqlite_site)}").status_code == 302
    assert f'<option value="{number}"' not in stella.get("/steward/people/add").text
    refused = post(stella, "/steward/people/add", fields=fields)
    assert "Choose the organisation that this person answers for." in refused.text
    assert post(stella, f"{QUEUE}/{number}/invitations", email="zoe@example.org", role="reader").status_code == 404
