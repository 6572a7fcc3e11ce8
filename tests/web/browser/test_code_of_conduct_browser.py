"""A code of conduct from its upload to a second look at its next version, as a company walks through it in Chromium.

In English and in Arabic, on a phone and on a screen, with JavaScript and without it. The code itself is in English.
"""

from io import BytesIO
from itertools import product

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from compliance.documents.extraction import extract
from compliance.store.document_passages import passage_marks
from tests.support.browser_walks import TOO_WIDE
from tests.support.browsers import take_session, visit
from tests.support.examples import ways
from tests.support.sites import Site, begin
from tests.support.written_documents import same_order, words_of
from tests.web.auditor.test_audit_pages import assign
from tests.web.browser.test_desk_browser import DeskWalk
from tests.web.company.test_document_reading import evidence
from tests.web.company.test_new_versions import hand_in, outcomes

OWNER, AUDITOR = "ana", "audun"
TITLE = "Code of conduct"
SALE = "Nobody who works for us buys the sale of a child."
TRAVEL = "We forbid exploitation in travel and tourism."
REWORDED = "Nobody who works for us buys or permits the sale of a child."
CHANGED = "Nobody who works for us buys <ins>or permits</ins> the sale of a child."
BILLS = "We pay our bills within thirty days."
#: Anchors: of a sentence that is marked alone, and of a paragraph that is marked whole.
SENTENCE, PARAGRAPH = "s1.1.2", "s1.2"
#: The part of the page below the question, with its passages.
BELOW = "[id='at-r2.code'] + div"
#: A sheet of A4 without its margins, in CSS pixels.
SHEET = 703


def code(sale: str) -> bytes:
    """The code, with a sentence about the sale of children."""
    return f"# Rules\n\nThis code binds us all. {sale} It has no exception.\n\n{TRAVEL}\n\n{BILLS}\n".encode()


def file(content: bytes) -> FilePayload:
    return {"name": "code.txt", "mimeType": "text/plain", "buffer": content}


def the_company_adds_its_code(walk: DeskWalk) -> None:
    page = walk.go(OWNER, "/companies/1/evidence")
    page.locator("#f-file").set_input_files(file(code(SALE)))
    page.locator("#f-title").fill(TITLE)
    page.locator("details:has(#f-rule_text) summary").click()
    page.locator("#f-rule_text").select_option("code")
    page.locator("#f-language").select_option("en")
    walk.press(page.locator("form[enctype='multipart/form-data'] button"))
    walk.press(page.locator("main a[href$='/read']"))
    expect(page.locator("#p-s1\\.1")).to_contain_text(SALE)


def mark_for(walk: DeskWalk, form: Locator, question: str, option: str) -> Page:
    """Use the form beside a paragraph to go to a question, and mark the picked words for one of its elements."""
    form.locator("select").select_option(question)
    page = walk.press(form.locator("button"))
    page.locator(f"section[aria-labelledby=picked] input[value={option}]").check()
    return page


def a_sentence_is_marked_alone_and_a_paragraph_with_its_button(walk: DeskWalk) -> None:
    page = walk.pages[OWNER]
    paragraph = page.locator("#p-s1\\.1")
    form = paragraph.locator("details form")
    hint = page.locator("[data-selecting]")
    if walk.javascript:
        expect(hint).to_be_visible()
        paragraph.get_by_text(SALE).dblclick()  # selects a word of the sentence
        expect(form.locator("output")).to_have_text(SALE)
        expect(form).to_be_visible()
        walk.looked_at.clear()
        walk.look(page)  # including the form that opened beside the paragraph
        mark_for(walk, form, "r2.code", "sale")
        expect(page.locator(f"input[type=radio][value='{SENTENCE}']")).to_be_checked()
    else:
        expect(hint).to_be_hidden()
        paragraph.locator("summary").click()
        mark_for(walk, form, "r2.code", "sale")
        page.locator(f"input[type=radio][value='{SENTENCE}']").check()
    walk.press(page.locator("button[name=do][value=set]"))
    walk.press(page.locator(".quote footer a"))
    expect(page.locator("mark")).to_have_text(SALE)
    paragraph = page.locator("#p-s1\\.2")
    paragraph.locator("summary").click()
    mark_for(walk, paragraph.locator("details form"), "r2.code", "travel")
    walk.press(page.locator("button[name=do][value=set]"))
    assert marked(walk) == {("sale", SENTENCE, SALE), ("travel", PARAGRAPH, TRAVEL)}


def marked(walk: DeskWalk) -> set[tuple[str, str, str]]:
    with walk.site.store() as session:
        return {(m.option, m.anchor, m.words) for m in passage_marks(session, walk.number)}


def the_answer_is_ticked_by_a_person_beside_its_passages(walk: DeskWalk) -> None:
    page = walk.go(OWNER, walk.desk("/code"))
    expect(page.locator(BELOW)).to_contain_text(SALE)
    assert page.locator("input[name='r2.code']:checked").count() == 0, "marking ticks nothing"
    for option in ("sale", "travel"):
        page.locator(f"input[name='r2.code'][value={option}]").check()
    walk.press(page.locator(".save-bar button[value=stop]"))


def the_mirror_shows_the_words_on_the_page_on_paper_and_in_excel(walk: DeskWalk) -> None:
    page = walk.go(OWNER, walk.desk("/mirror?show=whole"))
    for words in (SALE, TRAVEL):
        expect(page.locator("blockquote").filter(has_text=words)).to_be_visible()
    with page.expect_download() as download:
        page.locator("main a[href$='mirror.xlsx']").click()
    book = load_workbook(BytesIO(download.value.path().read_bytes()))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert any(SALE in cell and TRAVEL in cell for cell in cells)
    on_paper = page.pdf(prefer_css_page_size=True)
    screen = page.viewport_size
    assert screen
    page.set_viewport_size({"width": SHEET, "height": 900})
    page.emulate_media(media="print")
    assert not page.evaluate(TOO_WIDE), "a line is longer than the sheet is wide"
    shown = words_of(page.locator("main").inner_text())
    page.emulate_media(media="screen")
    page.set_viewport_size(screen)
    printed = [word for each in extract(on_paper, "application/pdf").paragraphs for word in words_of(each.text)]
    assert same_order(printed, words_of(SALE)) == 1
    missing = {word for word in set(shown) - set(printed) if len(word) > 3}
    assert len(missing) <= len(set(shown)) * 0.03, missing


def a_new_version_says_it_in_other_words(walk: DeskWalk) -> None:
    page = walk.go(OWNER, "/companies/1/evidence")
    walk.press(page.locator("main .tasks li:has(a[href$='/read']) a[href$='#replace']"))
    form = page.locator("section[aria-labelledby=replace] form")
    form.locator("input[type=file]").set_input_files(file(code(REWORDED)))
    walk.press(form.locator("button"))
    assert outcomes(walk.site, walk.number) == ["reworded", "unchanged"]


def the_question_calls_for_a_second_look_until_somebody_decides(walk: DeskWalk) -> None:
    page = walk.go(OWNER, walk.desk())
    walk.press(page.locator("main a[href$='/check']").first)
    page = walk.go(OWNER, walk.desk("/code"))
    second_look = page.locator(f"{BELOW} .cap").filter(has=page.locator("ins"))
    expect(second_look).to_contain_text(walk.words("Second look."))
    assert CHANGED in second_look.inner_html()
    auditor = walk.go(AUDITOR, f"/audit/{walk.number}/code")
    assert CHANGED in auditor.content(), "true of what was handed in"
    walk.press(second_look.locator("a"))
    reworded = page.locator("section[aria-labelledby=marks] li").filter(has=page.locator("ins"))
    assert CHANGED in reworded.inner_html()
    walk.press(reworded.locator("button[value=keep]"))
    walk.press(page.locator("section[aria-labelledby=marks] .section-head button[value=keep]"))
    assert {each.passage for each in evidence(walk.site, walk.number)} == {TRAVEL, REWORDED}
    page = walk.go(OWNER, walk.desk("/code"))
    expect(page.locator(BELOW)).to_contain_text(REWORDED[:40])
    assert page.locator(f"{BELOW} ins").count() == 0
    page = walk.go(OWNER, walk.desk("/mirror?show=whole"))
    expect(page.locator("blockquote").filter(has_text=REWORDED)).to_be_visible()
    walk.go(OWNER, walk.desk("/passages"))


#: In `make test`, the way that is most difficult for pages, which axe also checks.
WAYS = ways(product(("en", "ar"), (1280, 360), (False, True)), ("ar", 360, True))


@pytest.mark.parametrize(("language", "width", "javascript"), WAYS)
def test_a_code_is_marked_mirrored_and_looked_at_again_in_its_next_version(
    browser: Browser, sqlite_address: str, sqlite_site: Site, language: str, width: int, javascript: bool
) -> None:
    number = begin(sqlite_site)
    with (
        visit(browser, sqlite_address, javascript=javascript, width=width) as page,
        visit(browser, sqlite_address, javascript=javascript, width=width) as auditor,
    ):
        pages = {OWNER: page, AUDITOR: auditor}
        for who, of_theirs in pages.items():
            take_session(of_theirs, sqlite_site.client(who))
        walk = DeskWalk(pages, sqlite_site, language, javascript, number=number)
        the_company_adds_its_code(walk)
        a_sentence_is_marked_alone_and_a_paragraph_with_its_button(walk)
        the_answer_is_ticked_by_a_person_beside_its_passages(walk)
        the_mirror_shows_the_words_on_the_page_on_paper_and_in_excel(walk)
        hand_in(sqlite_site, number)
        assign(sqlite_site, number)
        a_new_version_says_it_in_other_words(walk)
        the_question_calls_for_a_second_look_until_somebody_decides(walk)
