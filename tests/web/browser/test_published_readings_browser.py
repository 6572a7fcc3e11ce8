"""A company's text becomes a published reading: three advocates and the company do this in Chromium.

In English and in Arabic, on a phone and on a screen, with JavaScript and without it: controls are found by their names
in the form. Every page on the way is checked: nothing is wider than the screen, and axe finds nothing.
"""

import re
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_walks import Walk, prefix
from tests.support.browsers import take_session, visit
from tests.support.desk_pages import CODE, settle_desk
from tests.support.examples import ways
from tests.support.sites import EDITIONS, Site, outbox

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])

FIRST, SECOND, THIRD, OFFICE = "amara", "piet", "ines", "office"
COMPANY, ADDRESS = "Example Hotels 07", "office@hotels.example"
PUBLISHED_AT, PUBLIC = "https://hotels.example/code", "/companies/example-hotels-07"
NOTE, SEARCHED, REASON = "التواصل الخاص عبر الإنترنت", "grooming, solicit", "النص لا يسمّي أي شكل <as such>"
ON_THE_WHOLE, ON_A_POINT = "We thank the desk. شكراً", "انظروا الصفحة 4 of our procedure."
BANNED, REPORTED = "We prohibit the sexual exploitation of children", "Staff must report every suspicion"


@dataclass
class ReadingWalk(Walk):
    """A walk with the addresses of the reading and of its draft."""

    reading: str = ""
    draft: str = ""

    def kind(self, where: str) -> str:
        """An address of the questions about the code."""
        return f"{self.reading}/kinds/employees-code/{where}"


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site with advocates and without readings."""
    return settle_desk(sqlite_site)


def an_advocate_adds_a_company_and_its_code_and_appoints_three_people(walk: ReadingWalk) -> None:
    page = walk.go(FIRST, "/advocate")
    walk.press(page.locator("main a[href$='/desk']").first)
    walk.press(page.locator("a.button[href$='/companies/add']"))
    walk.press(page.locator("main form .button"))
    expect(page.locator("#errors a")).to_have_count(1)
    page.locator("input[name=name]").fill(COMPANY)
    page.locator("select[name=size]").select_option("50-249")
    page.locator("input[name=email]").fill(ADDRESS)
    walk.press(page.locator("main form .button"))
    walk.reading = page.evaluate("location.pathname").removeprefix(prefix(walk.language))
    walk.press(page.locator("a.button[href$='/documents/add']"))
    page.locator("input[type=file]").set_input_files(
        {"name": "code.txt", "mimeType": "text/plain", "buffer": CODE.encode()}
    )
    page.locator("select[name=kind]").select_option("employees-code")
    for name, value in (
        ("title", "Code of conduct"),
        ("url", PUBLISHED_AT),
        ("accessed", "2026-03-01"),
    ):
        page.locator(f"input[name={name}]").fill(value)
    page.locator("select[name=language]").select_option("en")
    walk.press(page.locator("form[enctype='multipart/form-data'] .button"))
    for place, who in (("first", FIRST), ("second", SECOND), ("third", THIRD)):
        page.locator("#place").select_option(place)
        page.locator("#person").select_option(label=who.title())
        walk.press(page.locator("form[action$='/readers'] button"))


def open_what_waits(walk: ReadingWalk, who: str) -> Page:
    """Open what is waiting for an advocate on their start page."""
    page = walk.go(who, "/advocate")
    return walk.press(page.locator(f"main a[href^='{prefix(walk.language)}{walk.reading}']"))


def the_first_reads_marks_and_answers(walk: ReadingWalk) -> None:
    page = open_what_waits(walk, FIRST)
    walk.press(page.locator("main a[href$='/documents/1']"))
    page.locator("input[name=find]").fill("exploitation")
    walk.press(page.locator("main form.filters button"))
    expect(page.locator("main")).to_contain_text(BANNED)
    beside = page.locator("li.columns").filter(has_text=BANNED)
    walk.press(beside.locator("a[href*='anchor=']"))
    walk.press(page.locator("main a[href*='/questions/r1.code']"))
    page.locator("input[type=checkbox][value=bans]").check()
    walk.press(page.locator("button[name=do][value=set]"))
    page = walk.go(FIRST, walk.kind("themes/code"))
    page.locator("input[name='r1.code'][value=bans]").check()
    page.locator("input[name='r1.forms'][value=grooming]").check()
    page.locator("section[id='at-r1.forms'] summary").last.click()
    page.locator("input[name='r1.forms#sure']").fill("60")
    page.locator("textarea[name='r1.forms#note']").fill(NOTE)
    walk.press(page.locator(".save-bar button[value=on]"))
    page.locator("input[name='r2.text'][value=staff]").check()
    page.locator("input[name='r2.line'][value=named]").check()
    walk.press(page.locator(".save-bar button[value=stop]"))
    walk.press(page.locator("form[action$='/finish'] button"))
    assert page.locator("form[action$='/finish']").count() == 1, "three passages are missing"
    page = walk.go(FIRST, walk.kind("questions/r1.forms"))
    suggested = page.locator("form").filter(has=page.locator("input[name=option][value=grooming]")).first
    walk.press(suggested.locator("button[value=pick]"))
    pick_by_search(walk, FIRST, "r2.text", "staff", "suspicion")
    pick_by_search(walk, FIRST, "r2.line", "named", "Speak-Up")
    page = walk.go(FIRST, walk.reading)
    walk.press(page.locator("form[action$='/finish'] button"))
    assert page.locator("form[action$='/finish']").count() == 0


def pick_by_search(walk: ReadingWalk, who: str, question: str, option: str, words: str) -> None:
    page = walk.go(who, walk.kind(f"questions/{question}"))
    page.locator("input[name=find]").fill(words)
    walk.press(page.locator("form.filters button"))
    walk.press(page.locator("section[aria-labelledby=search] a[href*='anchor=']").first)
    page.locator(f"input[type=checkbox][value={option}]").check()
    walk.press(page.locator("button[name=do][value=set]"))
    expect(page.locator("main blockquote.quote")).to_have_count(1)


def the_second_sees_nothing_of_it_and_reads_too(walk: ReadingWalk) -> None:
    page = open_what_waits(walk, SECOND)
    expect(page.locator("main")).not_to_contain_text(NOTE)
    assert page.locator("main a[href$='/comparison']").count() == 0
    page = walk.go(SECOND, f"{walk.reading}/documents/1")
    assert page.locator("mark").count() == 0
    for theme in ("code", "reporting"):
        page = walk.go(SECOND, walk.kind(f"themes/{theme}"))
        assert page.locator("main input:checked").count() == 0
        expect(page.locator("main")).not_to_contain_text(NOTE)
    page = walk.go(SECOND, walk.kind("questions/r1.forms"))
    assert page.locator("blockquote.quote").count() == 0
    page = walk.go(SECOND, walk.kind("themes/code"))
    page.locator("input[name='r1.code'][value=bans]").check()
    page.locator("input[name='r1.forms'][value=none]").check()
    page.locator("input[name='r1.forms#searched']").fill(SEARCHED)
    walk.press(page.locator(".save-bar button[value=on]"))
    page.locator("input[name='r2.text'][value='blank:elsewhere']").check()
    page.locator("input[name='r2.text#title']").fill("Reporting procedure")
    page.locator("input[name='r2.line'][value=named]").check()
    walk.press(page.locator(".save-bar button[value=stop]"))
    pick_by_search(walk, SECOND, "r1.code", "bans", "prohibit")
    pick_by_search(walk, SECOND, "r2.line", "named", "Speak-Up")
    page = walk.go(SECOND, walk.reading)
    walk.press(page.locator("form[action$='/finish'] button"))
    expect(page.locator("main a[href$='/comparison']")).to_have_count(1)


def the_third_decides_with_reasons(walk: ReadingWalk) -> None:
    page = open_what_waits(walk, THIRD)
    expect(page.locator("main article")).to_have_count(2)
    for words in (NOTE, SEARCHED, "Reporting procedure"):
        expect(page.locator("main")).to_contain_text(words)
    page.locator("input[name='r1.forms#choice'][value=second]").check()
    page.locator("input[name='r2.text#choice'][value=first]").check()
    page.locator("textarea[name='r2.text#reason']").fill(REASON)
    walk.press(page.locator(".save-bar button"))
    expect(page.locator("#errors a")).to_have_count(1)
    page.locator("textarea[name='r1.forms#reason']").fill(REASON)
    walk.press(page.locator(".save-bar button"))
    assert page.locator("#errors a").count() == 0
    expect(page.locator("main article .cap")).to_have_count(2)
    expect(page.locator("main a[href$='/hearing']")).to_have_count(1)


def the_draft_goes_to_the_company_by_mail(walk: ReadingWalk) -> None:
    page = open_what_waits(walk, THIRD)
    expect(page.locator("main")).to_contain_text(ADDRESS)
    walk.press(page.locator("form[action$='/hearing/send'] button"))
    assert page.locator("button#publish").count() == 0, "not before the company was heard"
    mail = outbox(walk.site)[-1]
    assert (mail.kind, mail.to, mail.language) == ("desk-draft", ADDRESS, walk.language)
    link = re.search(r"http://[^/\s]+(/\S*drafts/\S+)", mail.text)
    assert link
    walk.draft = link[1]
    assert walk.draft.startswith(f"{prefix(walk.language)}/drafts/")


def the_company_replies_without_an_account(walk: ReadingWalk) -> None:
    page = walk.pages[OFFICE]
    assert walk.go(OFFICE, PUBLIC).locator("h1").count() == 1
    expect(page.locator("main")).not_to_contain_text(COMPANY)
    page.goto(walk.draft)
    walk.look(page)
    expect(page.locator("h1")).to_have_text(COMPANY)
    walk.press(page.locator("section[aria-labelledby=pages] li a").first)
    expect(page.locator("main")).to_contain_text(BANNED)
    expect(page.locator("main")).to_contain_text(SEARCHED)
    page.locator("textarea[name='reply:employees-code:r1.forms']").fill(ON_A_POINT)
    walk.press(page.locator("form#reply button[name=next]"))
    expect(page.locator("#errors a")).to_have_count(1)
    page.locator("input[name=name]").fill("A. Example")
    page.locator("input[name=role]").fill("Head of compliance")
    walk.press(page.locator("form#reply button[name=next]"))
    expect(page.locator("main")).to_contain_text(REPORTED)
    page.goto(walk.draft)
    page.locator("textarea[name=whole]").fill(ON_THE_WHOLE)
    page.locator("input[name=no_more]").check()
    walk.press(page.locator("form#reply .button"))
    expect(page.locator("[role=status]").filter(has_text=walk.words("Saved."))).to_have_count(1)
    expect(page.locator("textarea[name=whole]")).to_have_value(ON_THE_WHOLE)


def it_is_published(walk: ReadingWalk) -> None:
    page = open_what_waits(walk, THIRD)
    expect(page.locator("main")).to_contain_text(ON_A_POINT)
    page.locator("input[name=sure]").check()
    walk.press(page.locator("button#publish"))
    mail = outbox(walk.site)[-1]
    assert (mail.kind, mail.to) == ("desk-published", ADDRESS)
    assert f"{prefix(walk.language)}{PUBLIC}/1" in mail.text


def everybody_reads_what_is_said_what_is_not_and_what_the_company_replies(walk: ReadingWalk) -> None:
    page = walk.pages[OFFICE]
    page.goto(walk.draft)
    assert page.url.endswith(f"{prefix(walk.language)}{PUBLIC}/1"), "the link leads to what was published"
    walk.look(page)
    expect(page.locator("h1")).to_have_text(COMPANY)
    expect(page.locator("main")).to_contain_text(ON_THE_WHOLE)
    walk.go(OFFICE, f"{PUBLIC}/1/employees-code")
    said = page.locator("main .tight[id]").filter(has_text=BANNED)
    quoted = said.locator("blockquote").filter(has_text=BANNED)
    expect(quoted.locator("footer a")).to_have_attribute("href", PUBLISHED_AT)
    silent = page.locator("main .tight[id]").filter(has_text=SEARCHED)
    for words in (REASON, ON_A_POINT, "Head of compliance"):
        expect(silent).to_contain_text(words)
    expect(page.locator("main")).not_to_contain_text(NOTE)
    walk.go(OFFICE, f"{PUBLIC}/1/employees-code?show=silent")
    expect(page.locator("main .tight[id]")).to_have_count(1)
    walk.go(OFFICE, "/companies")
    expect(page.locator("main tbody th a")).to_have_text(COMPANY)


#: In `make test`, the way that is most difficult for pages, which axe also checks.
WAYS = ways(product(("en", "ar"), (1280, 360), (False, True)), ("ar", 360, True))


@pytest.mark.parametrize(("language", "width", "javascript"), WAYS)
def test_a_text_is_read_twice_decided_heard_and_published(
    browser: Browser, address: str, site: Site, language: str, width: int, javascript: bool
) -> None:
    with ExitStack() as open_pages:
        pages = {
            who: open_pages.enter_context(visit(browser, address, javascript=javascript, width=width))
            for who in (FIRST, SECOND, THIRD, OFFICE)
        }
        for who in (FIRST, SECOND, THIRD):
            take_session(pages[who], site.client(who))
        walk = ReadingWalk(pages, site, language, javascript)
        an_advocate_adds_a_company_and_its_code_and_appoints_three_people(walk)
        the_first_reads_marks_and_answers(walk)
        the_second_sees_nothing_of_it_and_reads_too(walk)
        the_third_decides_with_reasons(walk)
        the_draft_goes_to_the_company_by_mail(walk)
        the_company_replies_without_an_account(walk)
        it_is_published(walk)
        everybody_reads_what_is_said_what_is_not_and_what_the_company_replies(walk)
