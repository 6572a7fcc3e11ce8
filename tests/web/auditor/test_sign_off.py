"""An auditor signs off a review, which is shown wherever the verified score is, and can revoke it with a reason."""

import hashlib
import json
import re

import pytest

from compliance import store
from compliance.store.reopenings import open_reopening
from compliance.store.sign_offs import sign_offs_of
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.signed import judge_all
from tests.support.sites import NOON, PROFILE, Site, answers, begin, post, save
from tests.web.auditor.test_audit_pages import assign, hand_in
from tests.web.public.test_public_pages import text_of


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment with an answer to a critical requirement and others, submitted and assigned to Audun."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    save(site, f"/assessments/{number}/code", answers(r1__code="stricter"))
    with site.store() as session, session.begin():
        yes = ("r4.code", "r4.practice", "r5.code", "r5.practice")
        changes = [store.AnswerEdit(question, "yes") for question in yes]
        changes += [store.AnswerEdit("r1.practice", "n/a", "One country."), store.AnswerEdit("r2.code", "sale|online")]
        store.save_answers(session, number, changes, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    assign(site, number)
    return number


def judge(site: Site, number: int, *, without: tuple[str, ...] = ()) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        judge_all(session, editions()["walk-2026"].compiled, number, site.people["audun"], without)


def sign(site: Site, number: int, name: str = "Audun") -> str:
    """Sign off what the page shows; the page shown afterwards."""
    client = site.client("audun")
    page = client.get(f"/audit/{number}/sign-off").text
    fields = dict(re.findall(r'name="(submission|seen)" value="([^"]*)"', page))
    answer = post(client, f"/audit/{number}/sign-off", fields={"name": name, **fields})
    return client.get(answer.headers["Location"]).text if answer.status_code == 302 else answer.text


def revoke(site: Site, number: int, why: str) -> str:
    client = site.client("audun")
    page = client.get(f"/audit/{number}/sign-off").text
    [standing] = re.findall(r'name="sign_off" value="(\d+)"', page)
    where = f"/audit/{number}/sign-off"
    answer = post(client, f"{where}/revoke", form_at=where, fields={"why": why, "sign_off": standing})
    return client.get(answer.headers["Location"]).text if answer.status_code == 302 else answer.text


def test_before_every_answer_to_a_critical_requirement_is_judged_the_page_says_what_is_missing(
    site: Site, number: int
) -> None:
    page = site.client("audun").get(f"/audit/{number}/sign-off").text
    assert "There is no verdict yet." in page and "Your name, as your signature" not in page
    judge(site, number, without=("r1.code",))
    page = site.client("audun").get(f"/audit/{number}/sign-off").text
    assert faults_of(page) == []
    assert "One answer to a critical requirement has no verdict yet." in page
    assert f'href="/audit/{number}/code#r1.code"' in page  # which one
    refused = post(site.client("audun"), f"/audit/{number}/sign-off", form_at="/account", fields={"name": "Audun"})
    assert "Nothing was signed." in refused.text
    with site.store() as session:
        assert sign_offs_of(session, number) == ()


def test_a_sign_off_is_on_the_pages_of_auditor_and_company_with_its_digest(site: Site, number: int) -> None:
    judge(site, number)
    page = site.client("audun").get(f"/audit/{number}/sign-off").text
    assert faults_of(page) == []
    said = text_of(page)
    assert "I have reviewed 7 of the 14 questions that count for Example Travel 01 in 2026." in said
    assert "I do not vouch for answers without a verdict." in said
    signed = text_of(sign(site, number, name=" audun "))
    assert "This review is signed off" in signed and "Signed off by Audun on" in signed
    with site.store() as session:
        [kept] = sign_offs_of(session, number)
    assert kept.name == "Audun" and kept.statement in said and kept.digest in signed
    for who, where in (
        ("ana", f"/assessments/{number}/scorecard"),
        ("audun", f"/assessments/{number}/scorecard"),
        ("audun", f"/audit/{number}"),
    ):
        page = site.client(who).get(where).text
        assert faults_of(page) == []
        words = text_of(page)
        assert "Signed off by Audun on" in words and kept.digest in words, (who, where)
        assert re.search(r"Verified: \d+ of 100, between \d+ and \d+\.", words)
    for who in ("ana", "audun"):
        card = site.client(who).get(f"/assessments/{number}/signed-card.json?sign_off={kept.id}").data
        assert hashlib.sha256(card).hexdigest() == kept.digest
        assert len(json.loads(card)["verdicts"]) == 7
    assert site.client("olga").get(f"/assessments/{number}/signed-card.json").status_code == 404
    assert site.client("ana").get(f"/assessments/{number}/signed-card.json?sign_off=99").status_code == 404
    listed = text_of(site.client("audun").get("/audit?state=signed").text)
    assert "Example Travel 01" in listed and "Signed off" in listed


def test_an_auditor_signs_with_their_own_name_and_only_what_they_have_read(site: Site, number: int) -> None:
    judge(site, number)
    for name in ("", "Somebody Else"):
        page = sign(site, number, name=name)
        assert "Sign with the name of your account: Audun." in text_of(page) and faults_of(page) == []
    client = site.client("audun")
    page = client.get(f"/audit/{number}/sign-off").text
    fields = dict(re.findall(r'name="(submission|seen)" value="([^"]*)"', page))
    with site.store() as session, session.begin():
        store.record_determination(session, number, "r4.code", verdict="not-shown", by=site.people["audun"].id, at=NOON)
    refused = post(client, f"/audit/{number}/sign-off", fields={"name": "Audun", **fields}).text
    assert "Something has changed since you opened this page." in refused
    assert "This review is signed off" in sign(site, number)
    twice = post(client, f"/audit/{number}/sign-off", fields={"name": "Audun", **fields})
    assert twice.status_code == 200 or twice.status_code == 409
    with site.store() as session:
        assert len(sign_offs_of(session, number)) == 1


def test_verdicts_can_change_only_once_the_sign_off_is_revoked_and_the_company_reads_why(
    site: Site, number: int
) -> None:
    judge(site, number)
    sign(site, number)
    client = site.client("audun")
    page = client.get(f"/audit/{number}/people").text
    assert "This review is signed off: the verdicts stay as they are." in page
    fields = dict(re.findall(r'name="(submission|[a-z0-9.]+#version)" value="([^"]*)"', page))
    change = {
        **fields,
        "r4.code#verdict": "not-shown",
        "r4.practice#verdict": "confirmed",
        "r5.code#verdict": "confirmed",
    }
    refused = post(client, f"/audit/{number}/people", fields=change)
    assert refused.status_code == 409 and "These verdicts are signed off" in refused.text
    assert "Give a reason. The company will read it." in revoke(site, number, " ")
    assert "Sign off this review" in revoke(site, number, "Page 4 was misread.")
    assert post(client, f"/audit/{number}/people", fields=change).status_code == 302
    words = text_of(site.client("ana").get(f"/assessments/{number}/scorecard").text)
    assert "Revoked by Audun on" in words and "Reason: Page 4 was misread." in words
    assert "Sign-off revoked" in text_of(client.get("/audit").text)


def test_the_steward_sees_who_signed_off_and_can_revoke_it(site: Site, number: int) -> None:
    judge(site, number)
    client, where = site.client("stella"), f"/steward/assessments/{number}/sign-off"
    assert "Nobody has signed off this review." in client.get(where).text
    sign(site, number)
    listed = client.get("/steward/assessments").text
    assert f'href="{where}"' in listed and faults_of(listed) == []
    page = client.get(where).text
    assert "Signed off by Audun on" in text_of(page) and faults_of(page) == []
    [standing] = re.findall(r'name="sign_off" value="(\d+)"', page)
    assert "Give a reason." in post(client, where, fields={"why": "", "sign_off": standing}).text
    assert post(client, where, fields={"why": "A relative.", "sign_off": standing}).status_code == 302
    assert "Revoked by Stella on" in text_of(client.get(where).text)


def test_once_there_is_a_later_submission_the_sign_off_says_it_is_about_an_earlier_one(site: Site, number: int) -> None:
    judge(site, number)
    sign(site, number)
    with site.store() as session, session.begin():
        open_reopening(session, number, reason="One answer was wrong.", by=site.people["stella"].id, at=NOON)
    hand_in(site, number)
    words = text_of(site.client("ana").get(f"/assessments/{number}/scorecard").text)
    assert "It is about submission 1, of 31 March 2026. The company has submitted again since." in words
    client = site.client("audun")
    assert "Submitted again since" in text_of(client.get("/audit").text)
    assert "This is submission 2" in text_of(client.get(f"/audit/{number}/sign-off").text)
    sign(site, number)
    words = text_of(client.get(f"/audit/{number}").text)
    assert "It is about submission 2" in words
    assert re.search(r"Replaced on .+ by the sign-off of submission 2\.", words)
