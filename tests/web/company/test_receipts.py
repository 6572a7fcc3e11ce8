"""The receipt of a submission: who, when, and the digest that identifies it, on a page and by mail."""

import re

import pytest
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.audit_trail import history
from compliance.web.mail import optional_kinds
from tests.support.page_lint import faults_of
from tests.support.quick_walks import text_of
from tests.support.sites import NOON, Site, answer_half, outbox, save

NUMBER = 1  # of Ana's assessment


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """Ana has filled in some of her questionnaire; Jon works for the same company, Olga for another."""
    assert answer_half(sqlite_site, code="stricter") == NUMBER
    return sqlite_site


def submit(site: Site, who: str = "ana", **fields: str) -> TestResponse:
    signed = {"consent": "counted", "role": "Head of <compliance>", "confirmed": "yes", **fields}
    return save(site, f"/assessments/{NUMBER}/check", signed, who)


def receipt(site: Site, where: str) -> str:
    page = site.client("ana").get(where)
    assert page.status_code == 200 and faults_of(page.text) == []
    return re.sub(" (?=[,])", "", text_of(page.text))


def test_submitting_leads_to_the_receipt_with_digest_time_and_people(site: Site) -> None:
    where = submit(site).headers["Location"]
    with site.store() as session:
        submitted = store.latest_submission(session, NUMBER)
        [noted] = history(session, f"submission/{submitted.id}")
    assert where == f"/assessments/{NUMBER}/receipts/{submitted.id}"
    said = receipt(site, where)
    assert noted.after in said and len(noted.after) == 64
    assert f"{submitted.at:%H:%M}, universal time (UTC)" in said
    assert "Signed by Ana, Head of <compliance>" in said
    assert "6 answers. With evidence: 1. About the company, without points: 3." in said
    assert "Answered by Ana (9)" in said, "including the three about the company"
    assert "What may be published Count us, without our name" in said
    assert re.search(r"Score as claimed \d+, between \d+ and \d+", said)


def test_a_receipt_stays_as_it_was_and_says_that_a_later_one_counts(site: Site) -> None:
    first = submit(site).headers["Location"]
    before = receipt(site, first)
    save(site, f"/assessments/{NUMBER}/code", {"r1.code": "silent", "r1.code#version": "2"})
    assert receipt(site, first) == before
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, "approver", by=None, at=NOON)
    second = submit(site, "jon").headers["Location"]
    later = "A later submission counts now. This one stays as it was. "
    after = receipt(site, first)
    assert later in after and after.replace(later, "") == before
    assert later not in receipt(site, second) and "Signed by Jon" in receipt(site, second)


def test_pressing_the_button_twice_submits_once_and_leads_to_the_same_receipt(site: Site) -> None:
    first = submit(site, latest="").headers["Location"]
    assert submit(site, latest="").headers["Location"] == first
    assert len([mail for mail in outbox(site) if mail.kind == "submission-receipt"]) == 2, "one for each person"
    number = first.rsplit("/", 1)[1]
    again = submit(site, latest=number).headers["Location"]
    assert again != first, "a page that already showed the first submission is meant to submit again"
    other = submit(site, latest="", role="Director").headers["Location"]
    assert other not in (first, again), "this one differs"
    with site.store() as session:
        assert len(store.submissions_of(session, NUMBER)) == 3


def test_the_receipt_is_sent_to_everybody_of_the_company_in_their_language_and_to_nobody_else(site: Site) -> None:
    with site.store() as session, session.begin():
        session.connection().exec_driver_sql("UPDATE person SET language = 'ar' WHERE email = 'jon@example.org'")
    where = submit(site).headers["Location"]
    with site.store() as session:
        [noted] = history(session, f"submission/{where.rsplit('/', 1)[1]}")
    sent = {mail.to: mail for mail in outbox(site) if mail.kind == "submission-receipt"}
    assert sent.keys() == {"ana@example.org", "jon@example.org"}
    for to, path in (("ana@example.org", where), ("jon@example.org", f"/ar{where}")):
        mail = sent[to]
        for body in (mail.text, mail.html):
            assert noted.after in body and f"http://localhost{path}" in body
    assert sent["ana@example.org"].subject == "Receipt: the answers of Example Travel 01 for 2026 are submitted"
    assert "Ana, Head of <compliance>, submitted the answers" in sent["ana@example.org"].text
    assert "Head of &lt;compliance&gt;" in sent["ana@example.org"].html
    assert "submission-receipt" in optional_kinds(frozenset({"company"})), "it can be switched off"


def test_no_receipt_is_sent_if_the_submission_was_refused(site: Site) -> None:
    assert submit(site, confirmed="").status_code == 200
    assert [mail for mail in outbox(site) if mail.kind == "submission-receipt"] == []


def test_a_receipt_of_another_company_or_another_assessment_is_not_found(site: Site) -> None:
    where = submit(site).headers["Location"]
    assert site.client("olga").get(where).status_code == 404
    assert site.client("audun").get(where).status_code == 404
    for absent in (f"/assessments/{NUMBER}/receipts/99", "/assessments/99/receipts/1"):
        assert site.client("ana").get(absent).status_code == 404
