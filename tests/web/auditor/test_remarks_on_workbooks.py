"""What the page of a returned scorecard says about single cells is in the language of the page."""

import re
from html import unescape

from openpyxl.worksheet.worksheet import Worksheet

from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.returned_workbooks import Typed, filled, gone_out, send
from tests.support.sites import Site
from tests.web.auditor.test_verdicts import submitted_on

VERDICT, VALUE, ANSWER = ReviewColumn.DETERMINATION, ReviewColumn.ADJUSTED, ReviewColumn.ANSWER
EVIDENCE, WORD = ReviewColumn.EVIDENCE, ReviewColumn.WORD
TYPED: dict[str, Typed] = {
    "r1.code": {VERDICT: "adjusted", VALUE: "nonsense", ANSWER: "n/a, or not"},
    "r1.practice": {VERDICT: "adjusted", VALUE: "12,5", ANSWER: "50 %"},
    "r2.code": {VERDICT: "adjusted", VALUE: "none|sale"},
    "r2.since": {VERDICT: "adjusted", VALUE: "in May", EVIDENCE: "no"},
    "r2.words": {WORD: "because"},
    "r4.code": {WORD: "blank:not-known"},
    "r4.practice": {ANSWER: "blank:not-known"},
    "r4.proof": {WORD: "blank:elsewhere", VERDICT: "adjusted", VALUE: "n/a"},
    "about.home": {ANSWER: "Cambodia"},
}
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}|</?span")


def remarks(page: str) -> list[str]:
    """What to do about cells, or why they are ignored."""
    rows = re.findall(r"<tr><th.*?</th><td.*?</td><td>(.*?)</td></tr>", page, re.DOTALL)
    return [unescape(row) for row in rows]


def test_remarks_on_cells_are_in_the_language_of_the_page(sqlite_site: Site) -> None:
    number, audun = submitted_on(sqlite_site), sqlite_site.client("audun")

    def copy_sheet(page: Worksheet) -> None:
        page.parent.copy_worksheet(page)  # type: ignore[union-attr]

    sent = send(audun, number, filled(gone_out(sqlite_site, number), TYPED, copy_sheet))
    assert sent.status_code == 302
    address = sent.headers["Location"]
    in_english = remarks(audun.get(address).text)
    assert len([each for each in in_english if ENGLISH.search(each)]) == len(in_english) >= len(TYPED) + 5
    assert [each for each in remarks(audun.get(f"/ar{address}").text) if ENGLISH.search(each)] == []
