"""Reasons that are too long are given back with a sentence at the field; none is kept whole, or cut in silence."""

import re

import pytest

from tests.support.desk_pages import begun, settle_desk, text_of
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, Site, post
from tests.web.auditor.test_sign_off import judge, number, sign

__all__ = ["number"]
LONG = 1001 * "w"


def refused(site: Site, who: str, page: str, to: str = "", **fields: str) -> None:
    text = post(site.client(who), to or page, form_at=page, fields=fields).text
    assert "Use at most 1,000 characters." in text_of(text) and LONG in text and faults_of(text) == []


def test_an_interest_in_too_many_words_is_not_declared(site: Site) -> None:
    refused(site, "audun", "/audit/interests", company="Example Travel 01", what=LONG)
    company = str(site.people["ana"].organisation_id)
    refused(site, "stella", f"/steward/people/{site.people['audun'].id}/interests", company=company, what=LONG)


def test_a_sign_off_is_not_revoked_for_a_reason_in_too_many_words(site: Site, number: int) -> None:
    judge(site, number)
    sign(site, number)
    page = f"/audit/{number}/sign-off"
    [standing] = re.findall(r'name="sign_off" value="(\d+)"', site.client("audun").get(page).text)
    refused(site, "audun", page, f"{page}/revoke", why=LONG, sign_off=standing)
    refused(site, "stella", f"/steward/assessments/{number}/sign-off", why=LONG, sign_off=standing)


def test_a_sign_off_is_not_revoked_for_a_reason_of_which_nothing_is_stored(site: Site, number: int) -> None:
    judge(site, number)
    sign(site, number)
    where = f"/steward/assessments/{number}/sign-off"
    [standing] = re.findall(r'name="sign_off" value="(\d+)"', site.client("stella").get(where).text)
    assert "Give a reason." in post(site.client("stella"), where, fields={"why": "\0", "sign_off": standing}).text


@pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])
def test_a_reading_is_not_abandoned_for_a_reason_in_too_many_words(sqlite_site: Site) -> None:
    reading = begun(settle_desk(sqlite_site))
    refused(sqlite_site, "olu", reading, f"{reading}/stop", why=LONG)
    refused(sqlite_site, "olu", reading, f"{reading}/readers/replace", place="first", person="1", why=LONG)
