"""An auditor downloads the workbook, fills it in and uploads it: a conflict is settled, and the card is verified.

In English and in Arabic, with JavaScript and without it: controls are found by their names in the form.
"""

from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from compliance import store
from compliance.languages.interface_messages import gettext, in_language
from compliance.workbook.review_words import DETERMINATION_WORDS
from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.browsers import follow, visit
from tests.support.examples import sampled
from tests.support.returned_workbooks import filled
from tests.support.sites import NOON, Site
from tests.web.auditor.test_verdicts import kept, submitted_on
from tests.web.browser.test_verdicts_browser import TOO_WIDE, enter

ASKED = ("r1.code", "r1.practice", "r2.code", "r2.since", "r4.code")


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    return sqlite_site


@pytest.mark.parametrize(("language", "javascript"), sampled(product(("en", "ar"), (True, False))))
def test_a_workbook_is_taken_filled_in_and_uploaded_a_conflict_settled_and_the_card_verified(
    browser: Browser, address: str, site: Site, tmp_path: Path, language: str, javascript: bool
) -> None:
    number, code = submitted_on(site), "" if language == "en" else f"/{language}"
    with in_language(language):
        words = {word: gettext(message) for word, message in DETERMINATION_WORDS.items()}
    with visit(browser, address, javascript=javascript, width=360) as page:
        enter(page, code, "audun")
        page.goto(f"{code}/audit/{number}")
        with page.expect_download() as download:
            page.locator("a.button[href$='scorecard.xlsx']").click()
        typed = {question: {ReviewColumn.DETERMINATION: words["confirmed"]} for question in ASKED}
        typed["r1.code"] = {ReviewColumn.DETERMINATION: words["not-shown"], ReviewColumn.COMMENT: "صفحة 6"}
        path = tmp_path / "review.xlsx"
        path.write_bytes(filled(download.value.path().read_bytes(), typed))
        with site.store() as session, session.begin():
            by = site.people["audun"].id
            store.record_determination(session, number, "r1.code", verdict="confirmed", by=by, at=NOON)
        page.locator("input[type=file]").set_input_files(path)
        follow(page.locator("form[enctype='multipart/form-data'] button"))
        assert not page.evaluate(TOO_WIDE)
        assert page.locator("input[type=radio]").count() == 2
        assert page.locator("input[type=radio]:checked").count() == 0
        apply = page.locator(".save-bar button[value=apply]")
        follow(apply)  # nothing is chosen yet
        expect(page.locator("#errors a")).to_have_count(1)
        if javascript:
            assert Axe().run(page).response["violations"] == []
        assert kept(site, number) == {"r1.code": ("confirmed", "", "")}
        page.locator("input[name='r1.code#keep'][value='workbook']").check()
        follow(apply)
        assert page.url.endswith(f"{code}/audit/{number}")
    assert {question: said[0] for question, said in kept(site, number).items()} == {
        question: "not-shown" if question == "r1.code" else "confirmed" for question in ASKED
    }
    assert kept(site, number)["r1.code"][2] == "صفحة 6"
    with visit(browser, address, javascript=javascript) as page:
        enter(page, code, "ana")
        page.goto(f"{code}/assessments/{number}/scorecard")
        expect(page.locator(".facts").first.locator("dt")).to_have_count(3)
        if language == "en":
            expect(page.locator(".facts").first).to_contain_text("An auditor has given a verdict on 5 of 14 questions.")
