"""Correcting a final submission: the company asks, the steward or an auditor answers, and all of them see the state."""

import re
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.member_roles import MemberRole
from compliance.store.memberships import change_member_role
from compliance.store.models import TrailEntry
from compliance.store.reopenings import reopenings_of
from compliance.store.trail_check import trail_difference
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin, outbox, post, save, save_profile
from tests.support.stores import sign_off
from tests.web.auditor.test_audit_pages import assign
from tests.web.auditor.test_audit_pages import hand_in as first_hand_in
from tests.web.company.test_after_submission import close
from tests.web.public.test_public_pages import text_of

WHY = "The year in “Since when?” was wrong."
WHERE = {
    "ana": "/assessments/{}/reopening",
    "audun": "/audit/{}/reopening",
    "stella": "/steward/assessments/{}/reopening",
}


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment, submitted and assigned to Audun."""
    number = begin(site)
    save_profile(site, number)
    save(site, f"/assessments/{number}/code", {"r1.code": "silent", "r1.code#version": "0"})
    first_hand_in(site, number)
    assign(site, number)
    return number


@pytest.fixture
def closed(site: Site, number: int) -> int:
    """The same assessment in a closed year."""
    close(site)
    return number


def send(site: Site, who: str, number: int, do: str, reason: str = "", **more: object) -> TestResponse:
    """Send the form of a person's page with its hidden fields."""
    where, client = WHERE[who].format(number), site.client(who)
    found = re.search(r'name="request" value="(\d+)"', client.get(where).text)
    fields = {"do": do, "reason": reason, **({"request": found[1]} if found else {}), **more}
    return post(client, where, fields=fields)


def read(site: Site, who: str, where: str) -> str:
    page = site.client(who).get(where)
    assert page.status_code == 200, where
    assert faults_of(page.text) == []
    return text_of(page.text)


def hand_in(site: Site, number: int, consent: str = "counted", value: str = "stricter") -> TestResponse:
    """Change an answer and submit on the pages of the company."""
    with site.store() as session:
        seen = store.saved_answers(session, number)["r1.code"].version
    save(site, f"/assessments/{number}/code", {"r1.code": value, "r1.code#version": str(seen)})
    fields = {"consent": consent, "role": "Head of compliance", "confirmed": "yes"}
    return post(site.client("ana"), f"/assessments/{number}/check", fields=fields)


def states(site: Site, number: int) -> list[str]:
    with site.store() as session:
        return [one.state for one in reopenings_of(session, number)]


def submissions(site: Site, number: int) -> list[tuple[int, str]]:
    with site.store() as session:
        found = store.submissions_of(session, number)
        return [(one.id, store.submitted_answers(one)["r1.code"].text) for one in found]


def mails_since(site: Site, count: int) -> set[tuple[str, str]]:
    return {(mail.kind, mail.to) for mail in outbox(site)[count:]}


def sign(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        sign_off(session, number, store.latest_submission(session, number).id, by=site.people["audun"].id)


@pytest.mark.parametrize("decider", ["audun", "stella"])
def test_after_a_request_is_granted_the_company_can_correct_and_the_first_submission_is_kept(
    site: Site, closed: int, decider: str
) -> None:
    sent = len(outbox(site))
    assert send(site, "ana", closed, "ask", WHY).status_code == 302
    people = {who: site.people[who].email for who in ("ana", "jon", "audun", "stella")}
    assert mails_since(site, sent) == {("reopening-asked", people["audun"]), ("reopening-asked", people["stella"])}
    asked = outbox(site)[-1]
    assert WHY in asked.text and "Ana of Example Travel 01 asks to correct" in asked.text
    for who in WHERE:
        assert f"Ana asked to correct what was submitted. Reason: {WHY}" in read(site, who, WHERE[who].format(closed))
    assert "asked to correct it" in read(site, "audun", "/audit")
    assert "asked to correct it" in read(site, "audun", f"/audit/{closed}")
    assert "asked to correct it" in read(site, "stella", "/steward/assessments")
    assert "A steward or your auditor will answer" in read(site, "ana", WHERE["ana"].format(closed))
    assert hand_in(site, closed).status_code == 409  # asking opens nothing
    sent = len(outbox(site))
    assert send(site, decider, closed, "open").status_code == 302
    assert mails_since(site, sent) == {("reopening-answered", people["ana"]), ("reopening-answered", people["jon"])}
    assert "is open for correction: you can change answers and submit again" in " ".join(outbox(site)[-1].text.split())
    tasks = read(site, "ana", f"/assessments/{closed}")
    assert "What you submitted is open for correction" in tasks
    assert "Submit the correction" in read(site, "ana", f"/assessments/{closed}/check")
    sent = len(outbox(site))
    assert hand_in(site, closed).status_code == 302
    told = {("correction-submitted", people["audun"]), ("correction-submitted", people["stella"])}
    assert told <= mails_since(site, sent)
    assert "has submitted its correction for" in outbox(site)[-1].text
    assert [value for _id, value in submissions(site, closed)] == ["stricter", "silent"]
    assert states(site, closed) == ["done"]
    for who in WHERE:
        words = read(site, who, WHERE[who].format(closed))
        assert "The submission before it is kept." in words
        assert "what was published stays as it is, whatever is corrected" in words
    assert "corrected on" in read(site, "audun", "/audit")
    assert "corrected on" in read(site, "stella", "/steward/assessments")
    assert hand_in(site, closed, value="intent").status_code == 409  # it is final again


def test_asking_refusing_and_reopening_unasked_need_a_reason_and_what_was_typed_stays(site: Site, closed: int) -> None:
    for who, do in (("ana", "ask"), ("audun", "open"), ("stella", "open")):
        again = send(site, who, closed, do, "  ")
        assert again.status_code == 200 and 'id="errors"' in again.text, who
        assert faults_of(again.text) == []
        long = send(site, who, closed, do, "x" * 1001)
        assert "Use at most 1,000 characters." in long.text and "x" * 1001 in long.text
    assert states(site, closed) == []
    send(site, "ana", closed, "ask", WHY)
    assert "Give a reason. The company will read it." in send(site, "audun", closed, "refuse").text
    assert states(site, closed) == ["asked"]
    sent = len(outbox(site))
    assert send(site, "audun", closed, "refuse", "It was right.").status_code == 302
    assert {kind for kind, _to in mails_since(site, sent)} == {"reopening-answered"}
    assert "It was right." in outbox(site)[-1].text and "was refused" in outbox(site)[-1].text
    assert "Reason for refusing: It was right." in read(site, "ana", WHERE["ana"].format(closed))
    assert hand_in(site, closed).status_code == 409
    assert send(site, "ana", closed, "ask", WHY).status_code == 302
    assert states(site, closed) == ["asked", "refused"]


def test_if_two_people_answer_a_request_the_second_is_told_who_was_first(site: Site, closed: int) -> None:
    send(site, "ana", closed, "ask", WHY)
    with site.store() as session:
        asked = reopenings_of(session, closed)[0].id
    send(site, "audun", closed, "refuse", "No.")
    late = post(site.client("stella"), WHERE["stella"].format(closed), fields={"do": "open", "request": asked})
    assert late.status_code == 409 and "Somebody else has already decided this" in late.text
    assert states(site, closed) == ["refused"]


@pytest.mark.parametrize("sent", [{"do": "burn"}, {"do": "open", "request": "x" * 40}, {}])
def test_a_post_that_no_button_sends_changes_nothing(site: Site, closed: int, sent: dict[str, str]) -> None:
    for who in WHERE:
        answer = post(site.client(who), WHERE[who].format(closed), fields=sent)
        assert answer.status_code == 400, who
    assert states(site, closed) == []


def test_before_anything_is_final_pages_say_that_no_reopening_is_needed(site: Site, number: int) -> None:
    for who in WHERE:
        words = read(site, who, WHERE[who].format(number))
        assert "Nothing is final yet" in words
        assert 'name="do"' not in site.client(who).get(WHERE[who].format(number)).text
        refused = send(site, who, number, "ask" if who == "ana" else "open", WHY)
        assert refused.status_code == 409 and "Nothing is final yet" in refused.text
    assert "Correct what was submitted" not in read(site, "ana", f"/assessments/{number}")


def test_a_signed_off_submission_must_be_reopened_to_submit_again_and_the_sign_off_stays_with_the_first(
    site: Site, number: int
) -> None:
    sign(site, number)
    assert "An auditor has signed off what you submitted." in read(site, "ana", f"/assessments/{number}")
    assert "Submit again" not in read(site, "ana", f"/assessments/{number}/check")
    refused = hand_in(site, number)
    assert refused.status_code == 409 and "An auditor has signed off what you submitted" in refused.text
    assert len(submissions(site, number)) == 1
    send(site, "audun", number, "open", WHY)
    assert hand_in(site, number, "named").status_code == 302  # the year is open: the name may be given
    assert len(submissions(site, number)) == 2
    for who in WHERE:
        assert "The sign-off is about what was submitted on" in read(site, who, WHERE[who].format(number))


def test_a_correction_after_the_closing_publishes_no_name_and_its_consent_counts_from_the_next_closing(
    site: Site, closed: int
) -> None:
    send(site, "stella", closed, "open", WHY)
    page = site.client("ana").get(f"/assessments/{closed}/check").text
    assert not re.search(r'name="consent" value="named"', page)
    again = hand_in(site, closed, "named")
    assert again.status_code == 200 and "Choose what may be published. Nothing is chosen for you." in again.text
    assert len(submissions(site, closed)) == 1
    assert hand_in(site, closed, "private").status_code == 302
    with site.store() as session:
        assert store.consent_of(session, closed) == "private"
        [counting] = store.latest_submissions(session, 2026)
        assert (counting.consent, store.submitted_answers(counting)["r1.code"].text) == ("counted", "silent")


def test_company_and_auditor_read_the_correction_and_the_steward_s_list_stays_with_what_counts(
    site: Site, closed: int
) -> None:
    send(site, "audun", closed, "open", WHY)
    hand_in(site, closed)
    with site.store() as session:
        latest, first = store.submissions_of(session, closed)
        assert isinstance(latest.at, datetime) and latest.at > first.at
        [listed] = store.assessments_for_auditor(session, site.people["audun"].id)
        assert listed.id == latest.id
    auditor = site.client("audun").get(f"/audit/{closed}/code").text
    assert f'name="submission" value="{latest.id}"' in auditor


def test_a_company_can_withdraw_its_request_until_it_is_answered(site: Site, closed: int) -> None:
    send(site, "ana", closed, "ask", WHY)
    unsure = send(site, "ana", closed, "withdraw")
    assert unsure.status_code == 200 and 'href="#sure"' in unsure.text and faults_of(unsure.text) == []
    assert "Tick the box if you are sure." in text_of(unsure.text)
    assert states(site, closed) == ["asked"]
    sent = len(outbox(site))
    assert send(site, "ana", closed, "withdraw", sure="yes").status_code == 302
    assert states(site, closed) == ["withdrawn"]
    people = {who: site.people[who].email for who in ("audun", "stella")}
    assert mails_since(site, sent) == {("reopening-withdrawn", address) for address in people.values()}
    assert "Ana of Example Travel 01 has withdrawn the request to correct" in " ".join(outbox(site)[-1].text.split())
    for who in WHERE:
        words = read(site, who, WHERE[who].format(closed))
        assert "The request made on" in words and "by Ana. Reason: " + WHY in words, who
        assert 'value="withdraw"' not in site.client(who).get(WHERE[who].format(closed)).text
    for who, where in (("audun", "/audit"), ("audun", f"/audit/{closed}"), ("stella", "/steward/assessments")):
        assert "request to correct it withdrawn" in read(site, who, where)
    with site.store() as session:
        said = select(TrailEntry.who, TrailEntry.before, TrailEntry.after).where(TrailEntry.what == "reopening")
        entries = session.execute(said.order_by(TrailEntry.id)).all()
        assert [tuple(each) for each in entries] == [
            (site.people["ana"].id, "", f"asked\n{WHY}"),
            (site.people["ana"].id, "asked", "withdrawn"),
        ]
        assert store.verify_trail(session) is None and trail_difference(session) is None
    assert hand_in(site, closed).status_code == 409  # nothing was opened
    assert send(site, "ana", closed, "ask", WHY).status_code == 302  # and it can be asked again
    assert states(site, closed) == ["asked", "withdrawn"]


@pytest.mark.parametrize(("decision", "state"), [("open", "open"), ("refuse", "refused")])
def test_an_answered_request_cannot_be_withdrawn_and_a_withdrawn_one_cannot_be_granted(
    site: Site, closed: int, decision: str, state: str
) -> None:
    send(site, "ana", closed, "ask", WHY)
    with site.store() as session:
        asked = str(reopenings_of(session, closed)[0].id)
    send(site, "stella", closed, decision, "It was right.")
    for sure in ({}, {"sure": "yes"}):
        assert send(site, "ana", closed, "withdraw", request=asked, **sure).status_code == 409
    assert states(site, closed) == [state]
    for wrong in ("", "x", "-1"):
        assert send(site, "ana", closed, "withdraw", request=wrong, sure="yes").status_code == 400, wrong
    assert send(site, "ana", closed, "withdraw", request="999", sure="yes").status_code == 404
    if decision == "refuse":
        send(site, "ana", closed, "ask", WHY)
        with site.store() as session:
            again = str(reopenings_of(session, closed)[0].id)
        send(site, "ana", closed, "withdraw", sure="yes")
        assert send(site, "stella", closed, "open", request=again).status_code == 409
        assert states(site, closed) == ["withdrawn", "refused"]


def test_only_people_of_the_company_who_may_ask_can_withdraw_its_request(site: Site, closed: int) -> None:
    send(site, "ana", closed, "ask", WHY)
    assert post(site.client("audun"), WHERE["audun"].format(closed), fields={"do": "withdraw"}).status_code == 400
    with site.store() as session, session.begin():
        asked = str(reopenings_of(session, closed)[0].id)
        set_role(session, site, "reader")
    fields = {"do": "withdraw", "request": asked, "sure": "yes"}
    assert post(site.client("jon"), WHERE["ana"].format(closed), fields=fields).status_code == 403
    assert 'value="withdraw"' not in site.client("jon").get(WHERE["ana"].format(closed)).text
    with site.store() as session, session.begin():
        set_role(session, site, "approver")
    assert 'value="withdraw"' in site.client("jon").get(WHERE["ana"].format(closed)).text
    assert post(site.client("jon"), WHERE["ana"].format(closed), fields=fields).status_code == 302
    assert states(site, closed) == ["withdrawn"]


def set_role(session: Session, site: Site, role: MemberRole) -> None:
    """Give a role to Jon, Ana's colleague."""
    (home,) = (each.organisation_id for each in store.member(session, site.people["ana"].id).memberships)
    change_member_role(session, home, site.people["jon"].id, role, by=None, at=NOON)
