"""The quick check in Chromium on a phone: without JavaScript, in every language on offer, on a slow connection."""

import re
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from compliance.languages.interface_messages import SOURCE_LANGUAGE, offered_languages, text_direction
from compliance.questionnaire.answers import NOT_KNOWN_YET, blank_text
from compliance.questionnaire.edition import Edition
from tests.support import quick_walks
from tests.support.accessibility import carry_axe, violations
from tests.support.browsers import follow, take_session, visit
from tests.support.examples import SHARE, sampled
from tests.support.page_weights import SLOW, Scales
from tests.support.quick_walks import LINES
from tests.support.sites import PASSWORD, Site


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration."""
    return demonstration


FIRST_LOAD, NEXT_LOAD = 100_000, 15_000
#: In which languages questions are answered, and which ones in languages other than the first: all, or in `make test`
#: only in two languages, and only these.
ANSWERED_IN = offered_languages() if SHARE >= 1 else (SOURCE_LANGUAGE, "ar")
FEW_ASKED = range(1, len(LINES) + 1) if SHARE >= 1 else (1, len(LINES) - 1, len(LINES))
#: The answer sent, the page that follows, and the mark of the tab, of which Chromium asks whether it is still so.
REQUESTS = 3


def start(language: str) -> str:
    return "/" if language == SOURCE_LANGUAGE else f"/{language}/"


def answer(page: Page, line: str) -> None:
    """Choose an option by its value, as its words depend on the language, and go on."""
    form = page.locator("form[action*='/quick']").first
    form.locator(f"input[type=radio][value='{line or blank_text(NOT_KNOWN_YET)}']").check()
    follow(form.locator("button.button"))


def bring_answers(page: Page, site: Site, quick: Edition, given: int = len(LINES)) -> None:
    """Take over the first answers, which a client without a browser has given before."""
    client = site.client()
    for number, line in enumerate(LINES[:given], 1):
        assert quick_walks.answer(client, quick, number, line).status_code == 303
    take_session(page, client)


def be_at_result(page: Page, site: Site, quick: Edition) -> None:
    """Open the result of all answers."""
    bring_answers(page, site, quick)
    page.goto("/quick/result")


def is_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("language", ANSWERED_IN)
def test_twelve_questions_are_answered_without_javascript_and_weigh_little(
    browser: Browser, address: str, site: Site, quick: Edition, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = range(1, len(LINES) + 1) if language == SOURCE_LANGUAGE else FEW_ASKED
    with visit(browser, address, javascript=False, width=360) as page:
        scales = Scales(
            page, SLOW if language == SOURCE_LANGUAGE and SHARE >= 1 else None
        )  # which is slow for whoever waits, too
        page.goto(start(language))
        first = scales.step("first page")
        for number in asked:
            if number - 1 not in (0, *asked):
                bring_answers(page, site, quick, number - 1)
                page.goto(f"{start(language)}quick/{number}")
                scales.step(f"question {number}")
            answer(page, LINES[number - 1])
            page.wait_for_url(f"**/quick/{number + 1}" if number < len(LINES) else "**/quick/result")
            scales.step(f"after question {number}" if number < len(LINES) else "result")
            assert not is_wide(page), page.url
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("html").get_attribute("dir") == text_direction(language)
        expect(page.locator(".big-score").first).to_have_text("44")
        expect(page.locator(".tasks > li")).to_have_count(12)
    with capsys.disabled():
        print(f"\n\nquick check in {language}\n{scales.table()}")
    assert first.weight < FIRST_LOAD
    assert [step for step in scales.steps[1:] if step.weight >= NEXT_LOAD or step.requests > REQUESTS] == []


def test_back_and_reload_keep_every_answer(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        page.goto("/quick")
        answer(page, "some")
        answer(page, "all")
        page.wait_for_url("**/quick/3")
        page.reload()
        expect(page.locator("h1")).to_contain_text("question 3 of 12")
        page.go_back()
        expect(page.locator("h1")).to_contain_text("question 2 of 12")
        page.reload()
        expect(page.locator("input[value=all]")).to_be_checked()
        follow(page.get_by_role("link", name="Previous question"))
        expect(page.locator("input[value=some]")).to_be_checked()


def test_it_can_be_answered_with_the_keyboard_alone(browser: Browser, address: str) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        page.goto("/quick")
        page.locator("input[type=radio]").last.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("input[type=radio]").first).to_be_checked()
        page.keyboard.press("Tab")
        with page.expect_navigation(url="**/quick/2"):
            page.keyboard.press("Enter")


def test_the_cookie_holds_the_answers_and_ends_with_the_browser(
    browser: Browser, address: str, site: Site, quick: Edition
) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        page.goto("/quick")
        assert page.context.cookies() == []
        bring_answers(page, site, quick, len(LINES) - 1)
        page.goto(f"/quick/{len(LINES)}")
        answer(page, LINES[-1])
        expect(page.locator(".big-score").first).to_have_text("44")
        (cookie,) = page.context.cookies()
        assert cookie["expires"] == -1 and cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        assert len(cookie["name"]) + len(cookie["value"]) < 200
        follow(page.get_by_role("button", name="Forget my answers"))
        expect(page.get_by_role("status")).to_contain_text("Your answers were deleted.")
        page.goto("/quick/result")
        expect(page.locator("h1")).to_contain_text("question 1 of 12")


def test_a_link_opens_elsewhere_and_leads_on_without_telling_where_it_came_from(
    browser: Browser, address: str, site: Site, quick: Edition
) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        be_at_result(page, site, quick)
        link = page.locator(".citation a").get_attribute("href")
        assert link
    with visit(browser, address, javascript=False, width=360) as page:
        told: list[str] = []
        page.on("request", lambda request: told.append(request.headers.get("referer", "")))
        page.goto(link)
        expect(page.locator(".big-score").first).to_have_text("44")
        follow(page.get_by_role("link", name="Use these answers"))
        follow(page.get_by_role("button", name="Use them here"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Your quick check")
        code = link.rpartition("/")[2]
        assert told and [referer for referer in told if code in referer] == []


def test_a_visitor_goes_on_into_the_full_questionnaire(
    browser: Browser, address: str, site: Site, quick: Edition
) -> None:
    with visit(browser, address, javascript=False, width=360) as page:
        be_at_result(page, site, quick)
        follow(page.get_by_role("link", name="Register your organisation"))
        page.get_by_label("Name of the organisation").fill("Example Journeys 98")
        page.get_by_label("Your name").fill("Maya")
        page.get_by_label("Your e-mail address").fill("maya@example.org")
        page.get_by_label("A password").fill(PASSWORD)
        follow(page.get_by_role("button", name="Register"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Continue from your quick check")
        follow(page.get_by_role("button", name="Use these answers for"))
        expect(page.get_by_role("status").first).to_contain_text("One answer from your quick check is filled in.")
        page.goto(page.url.replace("/profile", "/reach"))
        marked = page.locator("section.question").filter(has_text="Change it if another answer is true.")
        expect(marked).to_have_attribute("id", "at-r07.practice.b")
        expect(marked.locator("input:checked, input[type=hidden][name='r07.practice.b']")).to_have_value("none")


PAGES = (
    "/",
    "/quick",
    "/quick/7",
    "/quick/result",
    "/quick/print",
    "/quick/r/{code}",
    "/quick/take",
    "/quick/r/broken",
)


def test_no_page_scrolls_sideways_and_the_accessibility_checker_finds_nothing(
    browser: Browser, address: str, site: Site, quick: Edition
) -> None:
    found, looked_at = [], sampled(product(PAGES, (360, 1280)))
    with visit(browser, address, javascript=True) as page:
        carry_axe(page)
        be_at_result(page, site, quick)
        link = page.locator(".citation a").get_attribute("href") or ""
        page.goto(f"{link}/take")
        for where in PAGES:
            page.goto(where.format(code=link.rpartition("/")[2]))
            for width in (320, 360, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{where}: wider than {width} px"] if is_wide(page) else []
                if (where, width) in looked_at:
                    found += [f"{where}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in violations(page)]
    assert found == []


def test_on_paper_all_questions_fit_one_page_and_the_result_shows_no_buttons(
    browser: Browser, address: str, site: Site, quick: Edition, tmp_path: Path
) -> None:
    with visit(browser, address, javascript=False) as page:
        be_at_result(page, site, quick)
        page.emulate_media(media="print")
        for control in page.locator("button, .button").all():
            assert not control.is_visible()
        expect(page.locator(".citation")).to_be_visible()
        page.goto("/quick/print")
        page.pdf(path=tmp_path / "paper.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "paper.pdf").read_bytes())) == 1
