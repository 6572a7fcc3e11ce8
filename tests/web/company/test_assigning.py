"""Assigning themes and questions to colleagues: who is told, what they see, and what happens to assignments."""

import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.company_models import DelegationRow
from compliance.store.delegations import delegations_of
from tests.support.sites import NOON, PROFILE, Site, answers, begin, outbox, post, save
from tests.web.company.test_colleagues import PEOPLE


def assign(site: Site, part: str, person: str, who: str = "ana", seen: str = "", **more: str) -> TestResponse:
    number = {name: str(known.id) for name, known in site.people.items()} | {"": ""}
    fields = {"person": number[person], "seen": number[seen], **more}
    return post(site.client(who), f"/assessments/1/assign/{part}", fields=fields)


def holders(site: Site) -> dict[str, str]:
    with site.store() as session:
        return {part: one.name for part, one in delegations_of(session, 1).items()}


@pytest.fixture
def begun(sqlite_site: Site) -> Site:
    begin(sqlite_site)
    save(sqlite_site, "/assessments/1/profile", PROFILE)
    return sqlite_site


def test_a_colleague_is_told_of_assigned_themes_and_questions_in_one_mail_a_day(begun: Site) -> None:
    assert assign(begun, "code", "jon", due="2099-05-12", note="You wrote it.").status_code == 302
    assert assign(begun, "r4.code", "jon").status_code == 302
    assign(begun, "code", "jon", due="2099-05-12", note="You wrote it.")  # the button pressed twice
    mails = [mail for mail in outbox(begun) if mail.kind == "questions-assigned"]
    assert [(mail.to, mail.urgency) for mail in mails] == [("jon@example.org", "digest")] * 2
    assert "You wrote it." in mails[0].text and "May 2099" in mails[0].text
    page = unescape(re.sub("<[^>]+>", "", begun.client("ana").get("/assessments/1").text))
    assert "Who: Jon" in page and "due on 12 May 2099" in page and "Assigned to you" not in page
    with begun.store() as session:
        [noted] = store.history(session, "assessment/1/part/code")
        jon = begun.people["jon"].id
        assert (noted.what, noted.after) == ("delegation", f"person/{jon}\ndue 2099-05-12\nYou wrote it.")


def test_a_contributor_s_task_list_shows_their_own_questions_and_links_to_all_others(begun: Site) -> None:
    assign(begun, "code", "jon", note="You wrote it.")
    assign(begun, "r4.code", "jon")
    client = begun.client("jon")
    assert "2 themes or questions are assigned to you" in unescape(client.get("/assessments").text)
    own = client.get("/assessments/1").text
    shown = [re.sub("<[^>]+>", " ", one) for one in re.findall(r'<li class="tight">.*?</li>', own, re.S)]
    theme = next(one for one in shown if "You wrote it." in one)
    assert re.search(r"0 of \d answered", theme) and 'class="tasks"' not in own and "which=all" in own
    assert 'class="tasks"' in client.get("/assessments/1?which=all").text
    save(begun, "/assessments/1/code", answers(r1__code="intent"), "jon")
    assert re.search(r"1 of \d answered", client.get("/assessments/1").text)
    assert 'class="tasks"' in begun.client("ana").get("/assessments/1").text
    assert "Assigned to you" in client.get("/assessments/1/code").text


def test_an_assignment_whose_due_day_has_passed_is_called_overdue(begun: Site) -> None:
    assert assign(begun, "code", "jon", due="2099-05-12").status_code == 302
    assert "The first is due on 12 May 2099." in begun.client("jon").get("/assessments").text
    with begun.store() as session, session.begin():
        session.execute(update(DelegationRow).values(due=date(2026, 1, 2)))
    assert "The first was due on 2 January 2026." in begun.client("jon").get("/assessments").text


def test_a_theme_is_not_overdue_once_its_holder_has_answered_all_that_nobody_else_was_assigned(begun: Site) -> None:
    assign(begun, "people", "jon", due="2099-05-12")
    assign(begun, "r4.code", "ana")
    with begun.store() as session, session.begin():
        session.execute(update(DelegationRow).where(DelegationRow.part == "people").values(due=date(2026, 1, 2)))
    task_list, own = "/assessments/1?which=all", "/assessments/1"
    for where in (task_list, own):
        assert "overdue since 2 January 2026" in unescape(begun.client("jon").get(where).text)
    theirs = ["r4.practice", "r4.proof", "r4.a", "r4.b", "r5.code", "r5.practice", "r5.proof", "r5.a"]
    with begun.store() as session, session.begin():
        edits = [store.AnswerEdit(question, "yes") for question in theirs]
        store.save_answers(session, 1, edits, by=begun.people["jon"].id, at=NOON)
    for where in (task_list, own):
        said = begun.client("jon").get(where).text
        assert "overdue" not in said and "due on 2 January 2026" in unescape(said), where


def test_going_on_leads_a_contributor_only_to_their_own_questions(begun: Site) -> None:
    assign(begun, "code", "jon", due="2099-05-12")
    assign(begun, "r4.code", "jon")
    for who, theme, given, leads_to in (
        ("jon", "code", {"r1__code": "intent"}, "/people"),  # what is still blank may stay blank
        ("jon", "people", {"r4__code": "yes"}, ""),  # the task list, not the second page of the theme
        ("ana", "people", {"r4__a": "yes"}, "/people?page=2"),  # a person who may assign goes through all pages
    ):
        fields = answers(**given) | {"next": "on"}
        assert save(begun, f"/assessments/1/{theme}", fields, who).location == f"/assessments/1{leads_to}"


def test_a_contributor_can_pass_on_only_what_is_assigned_to_them(begun: Site) -> None:
    assign(begun, "code", "jon")
    assert assign(begun, "r1.code", "ana", who="jon").status_code == 302
    assert assign(begun, "people", "ana", who="jon").status_code == 403
    assert assign(begun, "r1.code", "jon", who="jon", seen="ana").status_code == 403
    assert holders(begun) == {"code": "Jon", "r1.code": "Ana"}


def test_an_assignment_made_by_somebody_else_meanwhile_is_shown_and_not_overwritten(begun: Site) -> None:
    assign(begun, "code", "jon")
    page = assign(begun, "code", "ana", note="Mine")
    assert "Somebody changed this meanwhile" in page.text and "Mine" in page.text and "Now assigned to" in page.text
    assert holders(begun) == {"code": "Jon"}
    assert assign(begun, "code", "ana", seen="jon").status_code == 302
    assert assign(begun, "code", "", seen="ana").status_code == 302
    assert holders(begun) == {}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"due": "tomorrow"}, "Enter a date as year-month-day"),
        ({"due": "2020-01-01"}, "This day has passed"),
        ({"note": "x" * 1001}, "Use at most 1,000 characters"),
        ({"person": "999"}, "Choose one of these people"),
        ({"person": "olga"}, "Choose one of these people"),
    ],
)
def test_an_impossible_assignment_is_refused_beside_its_field_and_what_was_typed_stays(
    begun: Site, fields: dict[str, str], says: str
) -> None:
    person = fields.get("person", "jon")
    number = str(begun.people[person].id) if person in begun.people else person
    sent = {"person": number, "seen": "", "note": "Kept", **{k: v for k, v in fields.items() if k != "person"}}
    page = post(begun.client("ana"), "/assessments/1/assign/code", fields=sent).text
    assert page.count(says) == 2 and (sent["note"] in page) and holders(begun) == {}


@pytest.mark.parametrize("change", [{"do": "remove"}, {"do": "role", "role": "reader"}])
def test_assignments_of_somebody_who_leaves_or_may_only_read_end(begun: Site, change: dict[str, str]) -> None:
    assign(begun, "code", "jon")
    post(begun.client("ana"), f"{PEOPLE}/members", person=begun.people["jon"].id, **change)
    assert holders(begun) == {}
    page = unescape(re.sub("<[^>]+>", "", begun.client("ana").get("/assessments/1").text))
    assert "Who: Nobody yet" in page and "Who: Jon" not in page
    with begun.store() as session:
        assert store.history(session, "assessment/1/part/code")[-1].after == ""


def test_an_unknown_theme_cannot_be_assigned(begun: Site) -> None:
    assert assign(begun, "nothing", "jon").status_code == 404
    assert begun.client("ana").get("/assessments/1/assign/nothing").status_code == 404
