"""The company's walk in a real browser, with JavaScript and without: register, answer, quote, submit, read."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from tests.support.browsers import browsing, follow, register, served, sign_in, visit
from tests.support.sites import YEAR, Site, make_site, settle


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("walk")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=None, TESTING=False))
    yield site
    site.close()


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def edition() -> Edition:
    return find_edition("child-protection-2026")


PROFILE = {"sector": "lodging", "lodging": "yes", "travel": "no", "size": "50-249", "children": "sometimes"}


def begin(page: Page) -> None:
    follow(page.get_by_role("button", name=f"Begin {YEAR}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your questionnaire")


def describe_company(page: Page, edition: Edition, **values: str) -> None:
    follow(page.get_by_role("link", name="Describe your company"))
    for field in edition.profile.values():
        chosen = (PROFILE | values).get(field.id, "no" if "no" in field.values else field.values[-1])
        page.locator(f"#p-{field.id}").select_option(chosen)
    first = page.locator("#at-about\\.headquarters")
    first.locator("summary").first.click()
    first.get_by_role("checkbox").first.check()
    follow(page.get_by_role("button", name="Save and go on").last)


def answer_page(page: Page) -> None:
    """The best answer everywhere, with the code quoted under the first question."""
    for question in page.locator("section.question").all():
        if not question.is_visible():  # folded: nothing to answer
            continue
        numbers, radios = (
            question.locator("input[inputmode=decimal]"),
            question.locator(".options").first.get_by_role("radio"),
        )
        if numbers.count():
            numbers.first.fill("80")
        elif radios.count():
            radios.last.check()
        else:
            for box in question.locator(".options").first.get_by_role("checkbox").all():
                box.check()
    first = page.locator("section.question").first
    first.get_by_text("Add evidence: quote the passage").click()
    first.get_by_label("The sentence, word for word").fill("Nobody who works for us buys, sells or harms a child.")
    first.get_by_label("Document", exact=True).fill("Code of conduct 2026")
    first.get_by_label("Page", exact=True).fill("6")
    follow(page.get_by_role("button", name="Save and go on").last)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_company_walks_from_registering_to_its_scorecard(
    browser: Browser, address: str, edition: Edition, javascript: bool
) -> None:
    with visit(browser, address, javascript=javascript) as page:
        register(page, "Example Hotels 07", "Maya", f"maya{javascript}@example.org")
        begin(page)
        describe_company(page, edition)
        for _ in range(20):
            if page.get_by_role("heading", level=1).text_content() == "Check and submit":
                break
            answer_page(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Check and submit")
        page.get_by_label("Count us, and name us").check()
        page.get_by_label(re.compile("^Your role in ")).fill("Head of compliance")
        page.get_by_label(re.compile("^I am authorised to answer for ")).check()
        follow(page.get_by_role("button", name=f"Submit for {YEAR}"))
        expect(page.get_by_role("status")).to_contain_text("Your assessment is submitted.")
        expect(page.get_by_role("heading", level=1)).to_have_text("Example Hotels 07")
        expect(page.locator(".big-score")).to_have_text(re.compile(r"^\d+$"))
        expect(page.get_by_text("No auditor has judged yet.").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Excel with live formulas").click()
        assert download.value.suggested_filename == f"scorecard-Example_Hotels_07-{YEAR}.xlsx"


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_fault_takes_the_focus_and_leads_to_its_field(browser: Browser, address: str, javascript: bool) -> None:
    with visit(browser, address, javascript=javascript) as page:
        number = start(page, f"fay{javascript}@example.org")
        page.goto(f"/assessments/{number}/reach")
        with_na = page.locator("section.question").filter(has=page.get_by_label("Does not apply to us"))
        if with_na.count() == 0:
            page.goto(first_with_na(page, number))
        with_na.first.get_by_label("Does not apply to us").check()
        follow(page.get_by_role("button", name="Save and go on").last)
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.locator("#errors")).to_be_focused()
        expect(page.locator("#errors")).to_contain_text("Everything you wrote is saved.")
        page.locator("#errors a").first.click()
        expect(page.locator("textarea:focus")).to_have_count(1)
        page.keyboard.type("We have no partners there.")
        follow(page.get_by_role("button", name="Save and go on").last)
        expect(page).not_to_have_title(re.compile("^Error: "))


def start(page: Page, email: str) -> str:
    register(page, "Example Ferries 03", "Fay", email)
    begin(page)
    return page.url.rsplit("/", 1)[1]


def first_with_na(page: Page, number: str) -> str:
    for theme in ("charge", "people", "response", "account", "code", "roots"):
        page.goto(f"/assessments/{number}/{theme}")
        if page.get_by_label("Does not apply to us").count():
            return page.url
    raise AssertionError("no question of the edition takes n/a")


def test_what_is_typed_is_not_left_by_accident(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=True) as page:
        number = start(page, "lee@example.org")
        page.goto(f"/assessments/{number}/code")
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.locator("section.question").first.get_by_role("checkbox").first.check()
        follow(page.get_by_role("link", name="Your questionnaire"))
        page.wait_for_url(f"**/assessments/{number}")
        assert asked == ["beforeunload"]
        page.goto(f"/assessments/{number}/code")
        page.locator("section.question").first.get_by_role("checkbox").first.check()
        follow(page.get_by_role("button", name="Save and stop here"))
        page.wait_for_url(f"**/assessments/{number}")
        assert asked == ["beforeunload"], "saving asks nothing"


def test_enter_in_a_field_saves_the_page(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=False) as page:
        number = start(page, "eno@example.org")
        page.goto(f"/assessments/{number}/code")
        first = page.locator("section.question").first
        first.get_by_role("checkbox").first.check()
        first.get_by_text("Add evidence: quote the passage").click()
        with page.expect_navigation():
            first.get_by_label("Document", exact=True).press("Enter")
        page.goto(f"/assessments/{number}/code")
        expect(page.locator("section.question").first.get_by_role("checkbox").first).to_be_checked()


PAGES = ("", "/profile", "/reach", "/check", "/scorecard")


def test_no_page_scrolls_sideways_and_axe_finds_nothing(browser: Browser, address: str, edition: Edition) -> None:
    with visit(browser, address, javascript=True, width=360) as page:
        number = start(page, "ida@example.org")
        describe_company(page, edition)
        for _ in range(6):
            answer_page(page)
        found = []
        own = [f"/assessments/{number}{page}" for page in PAGES]
        for place in ("/assessments", *own, "/account", "/account/password", "/sign-in", "/register"):
            if place == "/sign-in":
                page.context.clear_cookies()
            page.goto(place)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{place}: wider than 360 px")
            results = Axe().run(page)
            found += [f"{place}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in results.response["violations"]]
        assert found == []


def test_questions_are_groups_with_a_name(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=True) as page:
        sign_in(page, "ana@example.org")
        begin(page)
        page.goto(page.url + "/charge")
        for radio in page.get_by_role("radio").all():
            legend = radio.evaluate(
                "element => element.closest('fieldset')?.querySelector('legend')?.textContent ?? ''"
            )
            assert len(legend) > 20
