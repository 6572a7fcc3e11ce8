"""A company's desk from registering to its results, as an owner, a colleague and a steward walk through it in Chromium.

In English and in Arabic, on a phone and on a screen, with JavaScript and without it: controls are found by their names
in the form. Every page on the way is checked: nothing is wider than the screen, and axe finds nothing.
"""

import re
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from compliance.store.evidence_library import library_of
from compliance.workbook.questionnaire_lines import LineColumn
from tests.support.browser_walks import Walk
from tests.support.browsers import take_session, visit
from tests.support.examples import ways
from tests.support.questionnaires import Typed, filled_in
from tests.support.sites import PASSWORD, PROFILE, Site, kept
from tests.web.browser.test_autosave_browser import nothing_kept

COMPANY = "Example Desks 31"
OWNER, COLLEAGUE, STEWARD = "nia", "lea", "stella"
EVIDENCE, TITLE = "training list.csv", "Training list 2026"
NOTE = "أرجو الإجابة قبل الجمعة"
TYPED_OFFLINE = "كما هو “as is”\nعلى سطرين"
#: What the colleague answers on the first page of the theme, and then on the second.
FIRST = ("r4.code", "r4.practice", "r4.proof", "r4.a", "r4.b")
SECOND = ("r5.code", "r5.practice", "r5.proof", "r5.a")


@dataclass
class DeskWalk(Walk):
    """A walk with the values found on the way."""

    number: int = 0  # of the assessment
    company: int = 0

    def desk(self, where: str = "") -> str:
        """An address within the questionnaire."""
        return f"/assessments/{self.number}{where}"


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site on which nobody has started an assessment."""
    return sqlite_site


def number_in(page: Page, pattern: str) -> int:
    """The number in the address of a page."""
    found = re.search(pattern, page.url)
    assert found, page.url
    return int(found[1])


def somebody_registers_and_the_steward_confirms(walk: DeskWalk) -> None:
    page = walk.go(OWNER, "/register")
    for name, value in (("organisation", COMPANY), ("name", "Nia"), ("email", "nia@hoteis.example")):
        page.locator(f"main input[name={name}]").fill(value)
    page.locator("main input[name=password]").fill(PASSWORD)
    walk.press(page.locator("main form .button"))
    steward = walk.go(STEWARD, "/steward/companies")
    case = steward.locator("main form").filter(has_text=COMPANY)
    case.locator("select[name=decision]").select_option("confirmed")
    case.locator("input[name=reason]").fill("Its web site names Nia.")
    walk.press(case.locator("button"))


def the_owner_begins_and_describes_the_company(walk: DeskWalk) -> None:
    page = walk.go(OWNER, "/assessments")
    expect(page.locator("main")).not_to_contain_text(walk.words("not confirmed yet"))
    walk.press(page.locator("form[action$='/assessments'] button"))
    walk.number = number_in(page, r"/assessments/(\d+)")
    walk.press(page.locator("main a.button[href$='/profile']"))
    for name in ("sector", "size", "lodging"):
        page.locator(f"select[name='profile.{name}']").select_option(PROFILE[f"profile.{name}"])
    page.locator("textarea[name='about.home#names']").fill("PRT")
    walk.press(page.locator(".save-bar button[value=stop]"))


def a_colleague_joins_with_a_link(walk: DeskWalk) -> None:
    page = walk.go(OWNER, "/assessments")
    walk.press(page.locator("main .trail a"))
    walk.company = number_in(page, r"/companies/(\d+)")
    page.locator("#invite-role").select_option("contributor")
    page.locator("#invite-words").fill(NOTE)
    walk.press(page.locator("form[action$='/invitations'] button"))
    link = re.search(r"/join/[0-9a-f]+", page.content())
    assert link
    colleague = walk.go(COLLEAGUE, link[0])
    expect(colleague.locator("main")).to_contain_text(NOTE)
    for name, value in (("name", "Lea"), ("email", "lea@hoteis.example"), ("password", PASSWORD)):
        colleague.locator(f"main input[name={name}]").fill(value)
    walk.press(colleague.locator("main form button"))
    assert walk.go(OWNER, link[0]).locator("main form").count() == 0, "the link was good once"


def the_owner_assigns_a_theme(walk: DeskWalk) -> None:
    page = walk.go(OWNER, walk.desk())
    walk.press(page.locator("a[href$='/assign/people']"))
    page.locator("#person").select_option(label="Lea")
    page.locator("#due").fill("2030-01-31")
    page.locator("#note").fill(NOTE)
    walk.press(page.locator("main form button"))


def the_colleague_answers_what_is_theirs(walk: DeskWalk) -> None:
    page = walk.go(COLLEAGUE, "/assessments")
    walk.press(page.locator("main a[href*='/assessments/']").first)
    mine = page.locator("section[aria-labelledby=mine]")
    expect(mine).to_contain_text(NOTE)
    assert page.locator("section[aria-labelledby=themes] a[href$='/code']").count() == 0, "only what is theirs"
    walk.press(mine.locator("h3 a"))
    for question in FIRST:
        page.locator(f"input[name='{question}'][value=yes]").check()
    if walk.javascript:
        expect(page.locator("#saved")).to_have_text(re.compile(r"\d\d:\d\d"))
        nothing_kept(page)
        assert all(kept(walk.site, walk.number).get(question) == "yes" for question in FIRST), "before any button"
    walk.press(page.locator(".save-bar button[value=on]"))
    for question in SECOND[:-1]:
        page.locator(f"input[name='{question}'][value=yes]").check()
    page.locator(f"input[name='{SECOND[-1]}'][value='blank:not-known']").check()
    page.locator(f"[name='{SECOND[-1]}#whom']").fill("Nia")
    walk.press(page.locator(".save-bar button[value=stop]"))
    to_ask = walk.go(COLLEAGUE, walk.desk("/to-find-out"))
    expect(to_ask.locator("main")).to_contain_text("Nia")
    walk.go(COLLEAGUE, walk.desk(f"/questions/{FIRST[0]}/history"))


def a_file_is_uploaded_once_and_two_answers_rest_on_it(walk: DeskWalk) -> None:
    page = walk.go(COLLEAGUE, f"/companies/{walk.company}/evidence")
    assert page.locator("a[href='#hotlines']").count(), "said before every upload"
    content = b"place,people trained\nLisboa,40\nRabat,35\n"
    page.locator("#f-file").set_input_files({"name": EVIDENCE, "mimeType": "text/csv", "buffer": content})
    page.locator("#f-title").fill(TITLE)
    page.locator("#f-dated").fill("2026-01-15")
    walk.press(page.locator("form[enctype='multipart/form-data'] button"))
    page = walk.go(COLLEAGUE, walk.desk("/people"))
    for question in FIRST[:2]:
        beside = page.locator(f"[id='at-{question}']")
        beside.locator(".evidence summary").click()
        beside.locator(f"input[name='{question}#item']").fill(TITLE)
        beside.locator(f"input[name='{question}#part']").fill("2")
    walk.press(page.locator(".save-bar button[value=stop]"))
    with walk.site.store() as session:
        [item] = library_of(session, walk.company)
        assert item.uses == 2
    page = walk.go(COLLEAGUE, f"/companies/{walk.company}/evidence/{item.id}")
    assert page.locator("section[aria-labelledby=uses] li").count() == 2
    with page.expect_download() as download:
        page.locator("main a[href*='/files/']").first.click()
    assert download.value.path().read_bytes() == content


def the_questionnaire_leaves_and_comes_back(walk: DeskWalk, folder: Path) -> None:
    page = walk.go(OWNER, walk.desk("/questionnaire"))
    with page.expect_download() as download:
        page.locator("a.button[href$='questionnaire.xlsx']").click()
    typed: Typed = {
        "question r1.practice": {LineColumn.ANSWER: 12.5},
        "question r2.words": {LineColumn.ANSWER: TYPED_OFFLINE},
    }
    path = folder / "Questionnaire.xlsx"
    path.write_bytes(filled_in(download.value.path().read_bytes(), typed))
    page.locator("input[type=file]").set_input_files(path)
    walk.press(page.locator("form[enctype='multipart/form-data'] button"))
    assert "r2.words" not in kept(walk.site, walk.number), "looked at first"
    walk.press(page.locator(".save-bar button"))
    answers = kept(walk.site, walk.number)
    assert (answers["r1.practice"], answers["r2.words"]) == ("12.5", TYPED_OFFLINE)
    walk.go(OWNER, walk.desk("/paper/1"))


def the_owner_answers_checks_and_attests(walk: DeskWalk) -> None:
    page = walk.go(OWNER, walk.desk("/code"))
    page.locator("input[name='r1.code'][value=intent]").check()
    page.locator("input[name='r2.code'][value=sale]").check()
    walk.press(page.locator(".save-bar button[value=stop]"))
    page = walk.go(OWNER, walk.desk("/check"))
    for words in (TITLE, "Lea", "Nia", "على سطرين"):
        expect(page.locator("section[aria-labelledby=given]")).to_contain_text(words)
    change = page.locator("a[href*='from=check'][href$='#at-r5.code']")
    walk.press(change)
    expect(page.locator("input[name='r5.code'][value=yes]")).to_be_checked()
    page = walk.go(OWNER, walk.desk("/check"))
    walk.press(page.locator("form[action$='/check'] button"))
    assert page.locator("#errors a").count() == 3, "what is published, the role, and that one may"
    page.locator("#consent-named").check()
    page.locator("input[name=role]").fill("Head of compliance")
    page.locator("#confirmed").check()
    walk.press(page.locator("form[action$='/check'] button"))
    assert "/receipts/" in page.url
    expect(page.locator("main")).to_contain_text("Head of compliance")
    expect(page.locator("main code")).to_have_text(re.compile("^[0-9a-f]{64}$"))


def the_results_lead_from_a_gap_to_its_question_and_its_evidence(walk: DeskWalk) -> None:
    page = walk.pages[OWNER]
    walk.press(page.locator("main a[href$='/scorecard']"))
    expect(page.locator(".big-score")).to_have_text(re.compile(r"^\S+$"))
    page = walk.go(OWNER, walk.desk("/board"))
    gap = page.locator("section[aria-labelledby=gaps] li").first
    assert gap.locator("a[href*='/law']").count(), "a gap leads to its law"
    walk.press(gap.locator("a[href*='/code']").first)
    assert page.locator(page.evaluate("`[id='${location.hash.slice(1)}']`")).is_visible()
    walk.press(page.locator("main a[href*='/board']").first)


#: In `make test`, the way that is most difficult for pages, which axe also checks.
WAYS = ways(product(("en", "ar"), (1280, 360), (False, True)), ("ar", 360, True))


@pytest.mark.parametrize(("language", "width", "javascript"), WAYS)
def test_a_company_registers_works_together_submits_and_finds_its_gaps(
    browser: Browser, address: str, site: Site, tmp_path: Path, language: str, width: int, javascript: bool
) -> None:
    with ExitStack() as open_pages:
        pages = {
            who: open_pages.enter_context(visit(browser, address, javascript=javascript, width=width))
            for who in (OWNER, COLLEAGUE, STEWARD)
        }
        take_session(pages[STEWARD], site.client(STEWARD))
        walk = DeskWalk(pages, site, language, javascript)
        somebody_registers_and_the_steward_confirms(walk)
        the_owner_begins_and_describes_the_company(walk)
        a_colleague_joins_with_a_link(walk)
        the_owner_assigns_a_theme(walk)
        the_colleague_answers_what_is_theirs(walk)
        a_file_is_uploaded_once_and_two_answers_rest_on_it(walk)
        the_questionnaire_leaves_and_comes_back(walk, tmp_path)
        the_owner_answers_checks_and_attests(walk)
        the_results_lead_from_a_gap_to_its_question_and_its_evidence(walk)
