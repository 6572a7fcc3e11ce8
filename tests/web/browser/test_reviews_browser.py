"""A review from its assignment to the correction, as a steward, an auditor and a company walk through it in Chromium.

In English and in Arabic, with JavaScript and without it: controls are found by their names in the form.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from compliance import store
from compliance.languages.interface_messages import gettext, in_language
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.independence import declare_interest
from compliance.store.sign_offs import sign_offs_of
from compliance.web.edition_registry import editions
from compliance.workbook.review_words import DETERMINATION_WORDS
from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.accessibility import violations
from tests.support.browser_walks import TOO_WIDE, prefix
from tests.support.browsers import follow, take_session, visit
from tests.support.examples import ways
from tests.support.returned_workbooks import filled
from tests.support.sites import NOON, PROFILE, Site, begin, post
from tests.web.auditor.test_verdicts import kept
from tests.web.company.test_after_submission import close

#: The answers of both companies, with all answers to critical requirements.
ANSWERS = {"r1.code": "stricter", "r1.practice": "n/a", "r2.code": "sale|online"} | {
    f"{requirement}.{part}": "yes" for requirement in ("r4", "r5") for part in ("code", "practice")
}
WHY_REVOKED, WHY_WRONG = "صفحة 4", "It was the code of 2024."
SECTOR = "/sectors/travel"


#: The widths of the pages, by person: the auditor uses a phone.
WIDTHS = {"stella": 1280, "audun": 360, "ana": 1280}


@dataclass(frozen=True)
class Walk:
    """For each person of WIDTHS, a page with that person signed in, in one language, with or without JavaScript."""

    pages: Mapping[str, Page]
    site: Site
    language: str
    javascript: bool
    number: int  # of Ana's assessment
    other: int  # of Olga's

    def go(self, who: str, where: str) -> Page:
        """Open an address, in the language, on the page of a person."""
        page = self.pages[who]
        page.goto(f"{prefix(self.language)}{where}")
        assert not page.evaluate(TOO_WIDE)
        return page

    def words(self, message: str, **values: object) -> str:
        """A message in the language of the pages."""
        with in_language(self.language):
            return gettext(message, **values)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    return sqlite_site


def submit(site: Site, who: str) -> int:
    """Submit answers of a company that agrees to be named; the number of the assessment."""
    number, by = begin(site, who), site.people[who].id
    post(site.client(who), f"/assessments/{number}/profile", fields=PROFILE)
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        edits = [store.AnswerEdit(q, value, "One country." if value == "n/a" else "") for q, value in ANSWERS.items()]
        store.save_answers(session, number, edits, by=by, at=NOON)
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=by, at=NOON, edition=asked.edition, consent="named", scores=scores)
    return number


def the_steward_assigns_one_and_is_refused_the_company_the_auditor_has_shares_in(walk: Walk) -> None:
    site = walk.site
    with site.store() as session, session.begin():
        auditor, foods = site.people["audun"].id, site.people["olga"].organisation_id
        assert foods is not None
        declare_interest(session, auditor, foods, what="I own shares.", by=auditor, at=NOON)
    page = walk.go("stella", "/steward/assessments")
    for number in (walk.number, walk.other):
        page.locator(f"input[name=assessment][value='{number}']").check()
    page.locator("#auditor").select_option(str(auditor))
    follow(page.locator("button[name=do][value=give]"))
    expect(page.locator("#errors a")).to_have_count(1)
    expect(page.locator("#errors")).to_contain_text("Example Foods 02")
    ticked = page.locator("input[name=assessment]:checked")
    assert [box.get_attribute("value") for box in ticked.all()] == [str(walk.other)]


def the_auditor_fills_in_the_workbook_and_settles_a_conflict(walk: Walk, folder: Path) -> None:
    number, site = walk.number, walk.site
    with in_language(walk.language):
        words = {word: gettext(message) for word, message in DETERMINATION_WORDS.items()}
    page = walk.go("audun", f"/audit/{number}")
    with page.expect_download() as download:
        page.locator("a.button[href$='scorecard.xlsx']").click()
    typed = {question: {ReviewColumn.DETERMINATION: words["confirmed"]} for question in ANSWERS}
    typed["r1.practice"] = {ReviewColumn.DETERMINATION: words["na-accepted"]}
    typed["r1.code"] = {ReviewColumn.DETERMINATION: words["not-shown"], ReviewColumn.COMMENT: "صفحة 6"}
    path = folder / "review.xlsx"
    path.write_bytes(filled(download.value.path().read_bytes(), typed))
    with site.store() as session, session.begin():
        by = site.people["audun"].id
        store.record_determination(session, number, "r1.code", verdict="confirmed", by=by, at=NOON)
    page.locator("input[type=file]").set_input_files(path)
    follow(page.locator("form[enctype='multipart/form-data'] button"))
    assert not page.evaluate(TOO_WIDE)
    assert (page.locator("input[type=radio]").count(), page.locator("input[type=radio]:checked").count()) == (2, 0)
    apply = page.locator(".save-bar button[value=apply]")
    follow(apply)  # nothing is chosen yet
    expect(page.locator("#errors a")).to_have_count(1)
    if walk.javascript:
        assert violations(page) == []
    assert kept(site, number) == {"r1.code": ("confirmed", "", "")}
    page.locator("input[name='r1.code#keep'][value='workbook']").check()
    follow(apply)
    assert page.url.endswith(f"{prefix(walk.language)}/audit/{number}")
    given = dict.fromkeys(ANSWERS, ("confirmed", "", ""))
    assert kept(site, number) == given | {"r1.code": ("not-shown", "", "صفحة 6")}


def the_auditor_signs_off(walk: Walk) -> str:
    """Sign off the review; the digest of what was signed."""
    page = walk.go("audun", f"/audit/{walk.number}/sign-off")
    page.locator("input[name=name]").fill("Audun")
    follow(page.locator("form[action$='/sign-off'] button"))
    expect(page.locator("main")).to_contain_text(walk.words("This review is signed off"))
    if walk.javascript:
        assert violations(page) == []
    with walk.site.store() as session:
        [signed] = sign_offs_of(session, walk.number)
    return signed.digest


def the_company_and_everybody_read_that_it_is_verified(walk: Walk, digest: str) -> None:
    page = walk.go("ana", f"/assessments/{walk.number}/scorecard")
    expect(page.locator(".facts").first.locator("dt")).to_have_count(3)
    expect(page.locator("main")).to_contain_text(digest)
    walk.go("ana", SECTOR)
    expect(page.locator("main")).to_contain_text(walk.words("signed off since"))
    expect(page.locator("main")).to_contain_text(digest)


def the_auditor_revokes_it_and_the_company_reads_why(walk: Walk, digest: str) -> None:
    page = walk.go("audun", f"/audit/{walk.number}/sign-off")
    page.locator("textarea[name=why]").fill(WHY_REVOKED)
    follow(page.locator("form[action$='/revoke'] button"))
    expect(page.locator("textarea[name=why]")).to_have_count(0)
    walk.go("audun", SECTOR)
    expect(page.locator("main")).to_contain_text(walk.words("not yet audited"))
    expect(page.locator("main")).to_contain_text(digest)
    expect(page.locator("main")).not_to_contain_text(WHY_REVOKED)
    page = walk.go("ana", f"/assessments/{walk.number}/scorecard")
    expect(page.locator("main")).to_contain_text(walk.words("Reason: %(reason)s", reason=WHY_REVOKED))


def the_company_asks_and_somebody_opens_it_for_correction(walk: Walk) -> None:
    page = walk.go("ana", f"/assessments/{walk.number}/reopening")
    page.locator("textarea[name=reason]").fill(WHY_WRONG)
    follow(page.locator("button[name=do][value=ask]"))
    who, where = ("audun", "/audit") if walk.javascript else ("stella", "/steward/assessments")
    page = walk.go(who, f"{where}/{walk.number}/reopening")
    expect(page.locator("main")).to_contain_text(walk.words("Reason: %(reason)s", reason=WHY_WRONG))
    follow(page.locator("button[name=do][value=open]"))


def the_company_corrects_and_submits_again(walk: Walk) -> None:
    page = walk.go("ana", f"/assessments/{walk.number}/code")
    page.locator("input[name='r1.code'][value='intent']").check()
    follow(page.locator(".save-bar button[value=stop]"))
    walk.go("ana", f"/assessments/{walk.number}/check")
    page.locator("#consent-named").check()
    page.locator("input[name=role]").fill("Head of compliance")
    page.locator("input[name=confirmed]").check()
    follow(page.locator("form[action$='/check'] button"))
    assert "/receipts/" in page.url


def the_auditor_sees_which_answer_changed_since(walk: Walk) -> None:
    page = walk.go("audun", f"/audit/{walk.number}/code")
    again = walk.words("The answer was changed after an earlier verdict: review it again.")
    expect(page.locator("[id='r1.code']")).to_contain_text(again)
    assert page.locator("[id='r1.code'] input[type=radio]:checked").count() == 0
    expect(page.locator("[id='r2.code']")).not_to_contain_text(again)


@pytest.mark.parametrize(("language", "javascript"), ways(product(("en", "ar"), (True, False)), ("ar", True)))
def test_a_review_is_assigned_filled_in_signed_off_revoked_and_corrected(
    browser: Browser, address: str, site: Site, tmp_path: Path, language: str, javascript: bool
) -> None:
    ours, theirs = submit(site, "ana"), submit(site, "olga")
    close(site)
    with ExitStack() as open_pages:
        pages = {}
        for who, width in WIDTHS.items():
            pages[who] = open_pages.enter_context(visit(browser, address, javascript=javascript, width=width))
            take_session(pages[who], site.client(who))
        walk = Walk(pages, site, language, javascript, ours, theirs)
        the_steward_assigns_one_and_is_refused_the_company_the_auditor_has_shares_in(walk)
        the_auditor_fills_in_the_workbook_and_settles_a_conflict(walk, tmp_path)
        digest = the_auditor_signs_off(walk)
        the_company_and_everybody_read_that_it_is_verified(walk, digest)
        the_auditor_revokes_it_and_the_company_reads_why(walk, digest)
        the_company_asks_and_somebody_opens_it_for_correction(walk)
        the_company_corrects_and_submits_again(walk)
        the_auditor_sees_which_answer_changed_since(walk)
