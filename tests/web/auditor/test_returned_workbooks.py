"""A workbook returned by an auditor is compared three ways, and applied all or not at all."""

import io
import re
from collections.abc import Mapping

import openpyxl
import pytest
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select

from compliance import store
from compliance.store.review_models import WorkbookDownload
from compliance.store.workbooks import workbook_download, workbook_uploads
from compliance.web.settings import MAX_FORM_BYTES, MAX_WORKBOOK_BYTES
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_import import read_fingerprint
from compliance.workbook.scorecard_layout import REVIEW_HEAD
from tests.support.hostile_workbooks import as_ods, with_parts
from tests.support.page_lint import faults_of
from tests.support.returned_workbooks import Typed, cell_name, counts, filled, gone_out, send, taken
from tests.support.sites import NOON, PROFILE, Site, begin, new_token, post
from tests.support.sites import kept as answers_kept
from tests.web.auditor.test_audit_pages import assign, hand_in
from tests.web.auditor.test_verdicts import give, kept, submitted_on
from tests.web.public.test_public_pages import text_of

VERDICT, VALUE, NOTE, AGAIN = (
    ReviewColumn.DETERMINATION,
    ReviewColumn.ADJUSTED,
    ReviewColumn.COMMENT,
    ReviewColumn.NEXT_REVIEW,
)

HEAD = REVIEW_HEAD + 1


@pytest.fixture
def number(site: Site) -> int:
    return submitted_on(site)


@pytest.fixture
def audun(site: Site) -> FlaskClient:
    """The browser of the assigned auditor."""
    return site.client("audun")


def judge(site: Site, number: int, **verdicts: str) -> None:
    """Give verdicts on the web meanwhile; a note follows a comma."""
    with site.store() as session, session.begin():
        for question, said in verdicts.items():
            verdict, _comma, note = said.partition(", ")
            named, by = question.replace("__", "."), site.people["audun"].id
            store.record_determination(session, number, named, verdict=verdict, comment=note, by=by, at=NOON)


def uploaded(audun: FlaskClient, number: int, content: bytes, name: str = "review.xlsx") -> str:
    """Upload a workbook that is accepted; the address of the comparison."""
    response = send(audun, number, content, name)
    assert response.status_code == 302, text_of(response.text)
    return str(response.headers["Location"])


def settle(audun: FlaskClient, address: str, page: str, **chosen: str) -> str:
    """Make choices on the page of an upload, and send its form; the page shown afterwards."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+#version|state)" value="([^"]+)">', page))
    fields = {**hidden, "do": "apply", **{name.replace("__", "."): value for name, value in chosen.items()}}
    response = post(audun, address, fields=fields)
    return audun.get(response.headers["Location"]).text if response.status_code == 302 else response.text


def test_a_verdict_typed_into_the_workbook_is_compared_applied_and_verified(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = filled(
        gone_out(site, number),
        {
            "r1.code": {VERDICT: "confirmed", NOTE: "Page 4.", AGAIN: "2027-01-31"},
            "r2.code": {VERDICT: "adjusted", VALUE: "sale"},
        },
    )
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    assert faults_of(page) == []
    assert counts(page) == {
        "Changes that fit": 2,
        "Conflicts, to choose": 0,
        "Cells not understood": 0,
        "Edits ignored": 0,
        "Verdicts as before": 0,
    }
    assert kept(site, number) == {}
    assert "There would be no verified score yet: too little is reviewed" in text_of(page)
    after = settle(audun, address, page)
    assert "2 verdicts are saved." in after
    assert kept(site, number) == {"r1.code": ("confirmed", "", "Page 4."), "r2.code": ("adjusted", "sale", "")}
    with site.store() as session:
        assert str(store.determinations(session, number)["r1.code"].next_review) == "2027-01-31"
    assert "An auditor has given a verdict on 2 of 14 questions." in text_of(after)


def test_an_untouched_workbook_returns_unchanged_with_notes_days_and_words(
    site: Site, audun: FlaskClient, number: int
) -> None:
    said = {
        "r1.code#verdict": "confirmed", "r1.code#note": "=1+1 is “no” formula\non two lines",
        "r1.code#next": "2027-01-31",
        "r1.practice#verdict": "not-shown",
        "r2.code#verdict": "adjusted", "r2.code": ["sale", "travel"],
        "r2.words#verdict": "adjusted", "r2.words": "Nobody harms\na child.",
    }  # fmt: skip
    give(site, number, said)
    before = kept(site, number)
    content = filled(taken(audun, number, "/ar"), {})
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    assert counts(page) == {
        "Changes that fit": 0, "Conflicts, to choose": 0, "Cells not understood": 0, "Edits ignored": 0,
        "Verdicts as before": 4,
    }  # fmt: skip
    assert "Nothing was changed." in settle(audun, address, page)
    assert kept(site, number) == before


def test_a_verdict_emptied_in_the_workbook_is_removed_and_another_note_makes_another_verdict(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, r1__code="confirmed", r2__since="not-shown")
    typed = {"r1.code": {VERDICT: None}, "r2.since": {NOTE: "Not dated."}}
    address = uploaded(audun, number, filled(taken(audun, number), typed))
    page = audun.get(address).text
    assert re.findall(r'translate="no">(Review![A-Z]+\d+)</bdi>', page)
    assert "2 verdicts are saved." in settle(audun, address, page)
    assert kept(site, number) == {"r2.since": ("not-shown", "", "Not dated.")}


def test_a_verdict_changed_in_both_places_needs_a_choice_and_nothing_is_preselected(
    site: Site, audun: FlaskClient, number: int
) -> None:
    typed = {
        "r1.code": {VERDICT: "not shown", NOTE: "No such page."},
        "r2.code": {VERDICT: "not shown"},
        "r2.since": {VERDICT: "confirmed"},
    }
    content = filled(gone_out(site, number), typed)
    judge(site, number, r1__code="confirmed, Page 4.", r2__code="confirmed")
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    assert faults_of(page) == []
    assert (counts(page)["Conflicts, to choose"], counts(page)["Changes that fit"]) == (2, 1)
    assert not re.search(r'#keep" value="[a-z]+" checked', page)
    words = text_of(page)
    assert "Confirmed: the evidence shows it; Page 4." in words
    assert "Not shown: nothing here supports it; No such page." in words
    again = settle(audun, address, page, **{"r2.code#keep": "web"})
    assert faults_of(again) == []
    assert re.findall(r'<a href="#(c-[^"]+)">', again) == ["c-r1.code"]
    assert re.findall(r'name="([^"]+)" value="web" checked', again) == ["r2.code#keep"]
    assert "r2.since" not in kept(site, number)
    settle(audun, address, again, **{"r1.code#keep": "workbook", "r2.code#keep": "web"})
    assert kept(site, number) == {
        "r1.code": ("not-shown", "", "No such page."),
        "r2.code": ("confirmed", "", ""),
        "r2.since": ("confirmed", "", ""),
    }
    with site.store() as session:
        (upload,) = workbook_uploads(session, number)
        told = store.history(session, f"assessment/{number}/workbook/{upload.id}")
        assert store.verify_trail(session) is None
    assert told[-1].after == "applied: 2\nr1.code: workbook\nr2.code: web"


def test_unreadable_cells_are_named_and_block_the_workbook_until_the_auditor_goes_on_without_them(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, r2__code="confirmed", r2__since="not-shown")
    content = taken(audun, number)

    def merge(page: Worksheet) -> None:
        first, last = (cell_name(content, question, VERDICT) for question in ("r2.code", "r2.since"))
        page.merge_cells(f"{first}:{last}")

    typed = {
        "r1.code": {VERDICT: '=IF(1,"confirmed","")'},
        "r1.practice": {VERDICT: "ok"},
        "r2.words": {NOTE: "A note, and no verdict."},
        "r4.code": {VERDICT: "confirmed"},
    }
    address = uploaded(audun, number, filled(content, typed, merge))
    page = audun.get(address).text
    assert faults_of(page) == []
    assert (counts(page)["Cells not understood"], counts(page)["Changes that fit"]) == (4, 1)
    for question, column in (("r1.code", VERDICT), ("r1.practice", VERDICT), ("r2.words", NOTE), ("r2.code", VERDICT)):
        assert f"Review!{cell_name(content, question, column)}</bdi>" in page
    assert ">ok</" in page and ">A note, and no verdict.</" in page
    before = kept(site, number)
    again = settle(audun, address, page)
    assert "Some cells were not understood" in text_of(again)
    assert kept(site, number) == before
    settle(audun, address, again, without="yes")
    assert kept(site, number) == {**before, "r4.code": ("confirmed", "", "")}


def test_edited_claims_and_added_columns_are_named_and_change_nothing(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = gone_out(site, number)

    def add_column(page: Worksheet) -> None:
        page.cell(HEAD, page.max_column + 1).value = "Sample?"
        page.cell(HEAD + 2, page.max_column).value = "yes"

    typed = {"r1.code": {ReviewColumn.ANSWER: "intent", VERDICT: "confirmed"}}
    address = uploaded(audun, number, filled(content, typed, add_column))
    page = audun.get(address).text
    assert counts(page)["Edits ignored"] == 2
    words = text_of(page)
    assert "This cell is locked and was changed" in words and "Sample?" in words
    assert f"Review!{cell_name(content, 'r1.code', ReviewColumn.ANSWER)}</bdi>" in page
    settle(audun, address, page)
    assert kept(site, number) == {"r1.code": ("confirmed", "", "")}
    assert answers_kept(site, number)["r1.code"] == "stricter"


REFUSED: Mapping[str, tuple[Typed, str]] = {
    "r2.words": ({VERDICT: "confirmed"}, "There is no answer to confirm."),
    "r2.code": ({VERDICT: "adjusted", VALUE: "sale|online"}, "This is what the company answered."),
    "r3.practice": ({VERDICT: "confirmed"}, "not asked"),
    "r1.code": ({VERDICT: "confirmed", AGAIN: "in spring"}, "is no date"),
    "r2.since": ({VERDICT: "adjusted"}, "write the true answer here"),
    "r1.practice": ({VERDICT: "adjusted", VALUE: "nonsense"}, "nonsense"),
    "r4.code": ({VERDICT: "confirmed", NOTE: "x" * 4_001}, "longer than 4,000"),
}


def test_a_verdict_that_the_web_page_would_refuse_is_refused_in_a_workbook_too(
    site: Site, audun: FlaskClient, number: int
) -> None:
    typed = {question: cells for question, (cells, _message) in REFUSED.items()}
    address = uploaded(audun, number, filled(gone_out(site, number), typed))
    page = audun.get(address).text
    assert (counts(page)["Cells not understood"], counts(page)["Changes that fit"]) == (len(REFUSED), 0)
    words = text_of(page)
    assert [message for _cells, message in REFUSED.values() if message not in words] == []
    settle(audun, address, page, without="yes")
    assert kept(site, number) == {}


def test_a_verdict_given_after_the_page_was_read_shows_it_again_and_nothing_is_applied(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = filled(gone_out(site, number), {"r1.code": {VERDICT: "confirmed"}})
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    judge(site, number, r1__code="not-shown")
    again = settle(audun, address, page)
    assert "Verdicts were changed while you were reading." in text_of(again)
    assert counts(again)["Conflicts, to choose"] == 1
    assert kept(site, number)["r1.code"][0] == "not-shown"
    # A choice between two other verdicts does not count as a choice between these.
    chosen = settle(audun, address, again, **{"r1.code#version": "1", "r1.code#keep": "workbook"})
    assert "Choose which verdict to keep." in text_of(chosen)
    assert kept(site, number)["r1.code"][0] == "not-shown"


def test_a_workbook_is_applied_once_and_its_copy_in_another_format_changes_nothing(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = filled(gone_out(site, number), {"r1.code": {VERDICT: "confirmed"}})
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    settle(audun, address, page)
    with site.store() as session:
        version = store.determinations(session, number)["r1.code"].version
    assert "This workbook was applied before. Nothing was changed." in settle(audun, address, page)
    shown = audun.get(address).text
    assert faults_of(shown) == [] and "It changed one verdict." in text_of(shown)
    second = uploaded(audun, number, as_ods(content), "review.ods")
    page = audun.get(second).text
    assert (counts(page)["Changes that fit"], counts(page)["Verdicts as before"]) == (0, 1)
    settle(audun, second, page)
    with site.store() as session:
        assert store.determinations(session, number)["r1.code"].version == version
        assert [one.changed for one in workbook_uploads(session, number)] == [0, 1]


def test_an_upload_that_is_discarded_changes_nothing_and_is_gone(site: Site, audun: FlaskClient, number: int) -> None:
    content = filled(gone_out(site, number), {"r1.code": {VERDICT: "confirmed"}})
    address = uploaded(audun, number, content)
    assert "review.xlsx" in audun.get(f"/audit/{number}").text
    page = audun.get(address).text
    assert "The upload is discarded. Nothing was changed." in settle(audun, address, page, do="discard")
    assert audun.get(address).status_code == 404
    assert kept(site, number) == {}


def test_without_a_record_of_the_download_a_cell_applies_only_if_there_is_no_verdict(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, r2__since="not-shown")
    own = taken(site.client("ana"), number)  # a company’s own download is not recorded
    typed = {"r1.code": {VERDICT: "confirmed"}, "r2.since": {VERDICT: "confirmed"}}
    page = audun.get(uploaded(audun, number, filled(own, typed))).text
    assert "There is no record of what this workbook showed when it went out." in text_of(page)
    assert (counts(page)["Changes that fit"], counts(page)["Conflicts, to choose"]) == (1, 1)


def refused(site: Site, audun: FlaskClient, number: int, content: bytes, name: str = "review.xlsx") -> str:
    """Upload a workbook that is refused, of which nothing is kept; the words of the page."""
    response = send(audun, number, content, name)
    assert response.status_code == 200
    assert faults_of(response.text) == []
    assert '<a href="#file">' in response.text
    with site.store() as session:
        assert workbook_uploads(session, number) == ()
    return text_of(response.text)


def test_a_file_that_is_no_workbook_of_this_assessment_is_refused_in_one_sentence(
    site: Site, audun: FlaskClient, number: int
) -> None:
    other = begin(site, "olga")
    post(site.client("olga"), f"/assessments/{other}/profile", fields=PROFILE)
    hand_in(site, other)
    assign(site, other)
    assert "of another assessment (Example Foods 02, 2026)" in refused(site, audun, number, taken(audun, other))
    assert "Choose a file." in refused(site, audun, number, b"", "")
    assert "The file is empty." in refused(site, audun, number, b"")
    for content in (b"company,r1.code\n", b"PK\3\4 and no zip", b"<html></html>"):
        assert "The workbook cannot be read:" in refused(site, audun, number, content)
    book = openpyxl.Workbook()
    file = io.BytesIO()
    book.save(file)
    assert "This is not a scorecard from this tool." in refused(site, audun, number, file.getvalue())
    drawn = with_parts({"xl/media/image1.emf": b"drawn"}, taken(audun, number))
    assert "The workbook holds a picture." in refused(site, audun, number, drawn)


def test_a_workbook_of_an_earlier_submission_is_refused_before_and_after_it_was_uploaded(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = filled(gone_out(site, number), {"r1.code": {VERDICT: "confirmed"}})
    address = uploaded(audun, number, content)
    page = audun.get(address).text
    hand_in(site, number)
    says = "The company submitted again on"
    response = send(audun, number, content)
    assert response.status_code == 200 and says in text_of(response.text)
    shown = audun.get(address).text
    assert faults_of(shown) == [] and says in text_of(shown)
    assert says in text_of(settle(audun, address, page))
    assert kept(site, number) == {}


def test_a_file_that_is_too_large_is_refused_in_one_sentence(
    site: Site, audun: FlaskClient, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"csrf_token": new_token(audun), "file": (io.BytesIO(b"PK"), "review.xlsx")}
    size = {"CONTENT_LENGTH": str(MAX_WORKBOOK_BYTES + 2 * MAX_FORM_BYTES)}
    response = audun.post(f"/audit/{number}/workbooks", data=fields, environ_overrides=size)
    assert (response.status_code, "This file is too large" in response.text) == (413, True)
    monkeypatch.setattr("compliance.web.returned_workbooks.MAX_WORKBOOK_BYTES", 1_000)
    assert "The file is larger than" in refused(site, audun, number, bytes(1_001))


def test_only_an_assigned_auditor_can_upload_a_workbook_and_see_what_it_changes(
    site: Site, audun: FlaskClient, number: int
) -> None:
    content = filled(gone_out(site, number), {"r1.code": {VERDICT: "confirmed"}})
    address = uploaded(audun, number, content)
    assert send(site.client("ana"), number, content).status_code == 404
    assert site.client("ana").get(address).status_code == 404
    signed_out = send(site.client(), number, content)
    assert (signed_out.status_code, "/sign-in" in signed_out.headers["Location"]) == (302, True)
    with site.store() as session, session.begin():
        store.unassign_auditor(session, number, auditor=site.people["audun"].id, by=None, at=NOON)
    for response in (send(audun, number, content), audun.get(address)):
        assert response.status_code == 404
    with site.store() as session:
        assert len(workbook_uploads(session, number)) == 1


def test_a_download_of_an_auditor_is_recorded_with_the_verdicts_shown(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, r1__code="confirmed, Page 4.")
    taken(site.client("ana"), number)
    content = taken(audun, number)
    mark = read_fingerprint(content)
    assert mark is not None
    with site.store() as session:
        out = workbook_download(session, number, int(mark.download))
        assert {question: (one.verdict, one.comment) for question, one in out.verdicts.items()} == {
            "r1.code": ("confirmed", "Page 4.")
        }
        assert (out.by, out.submission_id) == ("Audun", store.latest_submission(session, number).id)
        assert session.scalar(select(func.count(WorkbookDownload.id))) == 1
        assert store.verify_trail(session) is None
