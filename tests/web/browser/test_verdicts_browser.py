"""A steward assigns an assessment, an auditor judges it with the keyboard, and the verified score is on the scorecard.

In English and in Arabic, with JavaScript and without it: controls are found by their names in the form.
"""

from itertools import product

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from compliance import store
from compliance.questionnaire.answers import Adjusted
from compliance.store.passage_checks import passage_checks
from compliance.web.edition_registry import editions
from tests.support.accessibility import violations
from tests.support.browser_walks import TOO_WIDE
from tests.support.browsers import follow, take_session, visit
from tests.support.examples import ways
from tests.support.sites import NOON, PROFILE, Site, begin, post
from tests.web.auditor.test_audit_pages import hand_in
from tests.web.company.test_document_reading import add, mark

ANSWERS = {"r1.code": "stricter", "r1.practice": "n/a", "r2.code": "sale|online", "r2.since": "2024-01-31"}


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    return sqlite_site


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment, submitted, and assigned to nobody."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    with site.store() as session, session.begin():
        edits = [
            store.AnswerEdit(question, value, "One country." * (value == "n/a")) for question, value in ANSWERS.items()
        ]
        store.save_answers(session, number, edits, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    return number


def save(page: Page, value: str = "stop") -> None:
    follow(page.locator(f".save-bar button[value={value}]"))


def radio(page: Page, question: str, value: str) -> None:
    page.locator(f"input[name='{question}#verdict'][value='{value}']").check()


@pytest.mark.parametrize(("code", "javascript"), ways(product(("", "/ar"), (True, False)), ("", True)))
def test_an_assigned_assessment_is_judged_and_has_a_verified_score(
    browser: Browser, address: str, site: Site, number: int, code: str, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("stella"))
        page.goto(f"{code}/steward/assessments")
        page.locator(f"input[type=checkbox][value='{number}']").check()
        page.locator("#auditor").select_option(str(site.people["audun"].id))
        follow(page.locator("button[name=do][value=give]"))
    with visit(browser, address, javascript=javascript, width=360) as page:
        take_session(page, site.client("audun"))
        page.goto(f"{code}/audit/{number}/code")
        assert not page.evaluate(TOO_WIDE)
        assert page.locator("input[type=radio]:checked").count() == 0
        adjusted = page.locator("select[name='r1.code']")
        expect(adjusted).to_be_hidden()
        radio(page, "r1.code", "adjusted")
        expect(adjusted).to_be_visible()
        radio(page, "r2.since", "not-shown")
        save(page)  # the adjusted answer is missing
        assert page.title() and page.locator("#errors a").count() == 1
        if code == "":
            expect(page.locator("#errors")).to_contain_text("Give the answer that the evidence shows.")
        expect(page.locator("input[name='r2.since#verdict'][value='not-shown']")).to_be_checked()
        assert not page.evaluate(TOO_WIDE)
        if javascript:
            assert violations(page) == []
        page.locator("select[name='r1.code']").select_option("intent")
        page.locator("textarea[name='r1.code#note']").fill("Page 6.")
        save(page)
        page.goto(f"{code}/audit/{number}/code")
        expect(page.locator("select[name='r1.code']")).to_have_value("intent")
        expect(page.locator("textarea[name='r1.code#note']")).to_have_value("Page 6.")
    with site.app.app_context(), site.store() as session:
        edition = editions()["walk-2026"].edition
        sheet = store.submitted_sheet(session, store.latest_submission(session, number), edition)
    assert sheet.verdicts == {"r1.code": Adjusted("intent"), "r2.since": "not-shown"}
    with visit(browser, address, javascript=javascript) as page:
        take_session(page, site.client("ana"))
        page.goto(f"{code}/assessments/{number}/scorecard")
        expect(page.locator(".facts").first.locator("dt")).to_have_count(3)
        if code == "":
            expect(page.locator(".facts").first).to_contain_text("An auditor has given a verdict on 2 of 14 questions.")


def test_a_conflict_is_settled_and_a_verdict_is_given_with_the_keyboard_alone(
    browser: Browser, address: str, site: Site, number: int
) -> None:
    with site.store() as session, session.begin():
        auditor = site.people["audun"].id
        store.assign_auditor(session, number, auditor=auditor, by=site.people["stella"].id, at=NOON)
    with visit(browser, address, javascript=True) as page:
        take_session(page, site.client("audun"))
        page.goto(f"/audit/{number}/code")
        with site.store() as session, session.begin():
            said = {"verdict": "confirmed", "comment": "I saw the code."}
            store.record_determination(session, number, "r1.code", by=auditor, at=NOON, **said)
        page.locator("input[name='r1.code#verdict']").first.focus()
        page.keyboard.press("Space")
        for _press in range(2):  # to the third of the choices
            page.keyboard.press("ArrowDown")
        save(page)
        expect(page.locator("#errors")).to_be_focused()
        box = page.locator("[id='r1.code'] .error-summary")
        expect(box).to_contain_text("Confirmed: the evidence shows it; I saw the code.")
        expect(box).to_contain_text("Not shown: nothing here supports it")
        save(page)
        assert violations(page) == []
    with site.store() as session:
        assert store.determinations(session, number)["r1.code"].verdict == "not-shown"


@pytest.fixture
def marked(site: Site) -> int:
    """Ana's assessment with two passages marked for three options, submitted and assigned to Audun."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    item = add(site)
    mark(site, number, item, option=["sale", "online"])
    mark(site, number, item, option=["travel"], anchor="s1.1.2")
    with site.store() as session, session.begin():
        edits = [store.AnswerEdit("r2.code", "sale|online|travel")]
        store.save_answers(session, number, edits, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    with site.store() as session, session.begin():
        auditor = site.people["audun"].id
        store.assign_auditor(session, number, auditor=auditor, by=site.people["stella"].id, at=NOON)
    return number


def said(site: Site, number: int) -> dict[str, bool]:
    with site.store() as session:
        return {key.option: kept.fits for key, kept in passage_checks(session, number).items()}


def passage(page: Page, option: str) -> Locator:
    return page.locator(f"input[name*='/{option}/'][name$='#shows']")


def test_each_passage_is_checked_with_one_key_and_the_verdict_comes_next(
    browser: Browser, address: str, site: Site, marked: int
) -> None:
    with visit(browser, address, javascript=True) as page:
        take_session(page, site.client("audun"))
        page.goto(f"/audit/{marked}/code")
        expect(page.locator("span[data-keys]")).to_be_visible()
        passage(page, "sale").first.focus()
        for key in ("1", "2", "1"):
            page.keyboard.press(key)
        expect(page.locator("input[name='r2.code#verdict']").first).to_be_focused()
        page.keyboard.press("1")  # a verdict takes more than one key
        assert page.locator("input[name='r2.code#verdict']:checked").count() == 0
        passage(page, "travel").first.focus()
        page.keyboard.press("0")
        save(page)
        assert said(site, marked) == {"sale": True, "online": False}
        page.goto(f"/audit/{marked}/code")
        passage(page, "sale").first.focus()
        page.keyboard.press("Numpad2")
        expect(passage(page, "online").nth(1)).to_be_focused()  # where it is judged already
        assert violations(page) == []


@pytest.mark.parametrize("code", ways(("", "/ar"), "/ar"), ids={"": "English", "/ar": "Arabic"}.get)
def test_passages_are_checked_and_read_without_javascript_with_the_keyboard_alone(
    browser: Browser, address: str, site: Site, marked: int, code: str
) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        take_session(page, site.client("audun"))
        page.goto(f"{code}/audit/{marked}/code")
        assert not page.evaluate(TOO_WIDE)
        expect(page.locator("span[data-keys]")).to_be_hidden()
        passage(page, "sale").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        save(page)
        assert said(site, marked) == {"sale": True, "online": False}
        page.goto(f"{code}/audit/{marked}/code")
        follow(page.locator("blockquote footer a").first)
        expect(page.locator("mark").first).to_contain_text("Nobody who works for us")
        assert not page.evaluate(TOO_WIDE)
