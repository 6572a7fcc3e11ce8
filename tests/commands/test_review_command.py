"""`compliance review` shows what a workbook would change in an installation, and applies all of it or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from compliance import store
from compliance.cli import main
from compliance.store.workbooks import workbook_uploads
from compliance.workbook.scorecard_columns import ReviewColumn
from tests.support.returned_workbooks import Typed, cell_name, filled, gone_out
from tests.support.sites import EDITIONS, NOON, Site, make_site, settle
from tests.web.auditor.test_verdicts import kept, submitted_on

VERDICT = ReviewColumn.DETERMINATION
AUDUN = "audun@example.org"


@pytest.fixture
def site(installation: Path) -> Iterator[Site]:
    site = settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation))
    yield site
    site.close()


@pytest.fixture
def number(site: Site) -> int:
    return submitted_on(site)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["review", *map(str, arguments)])


def judge(site: Site, number: int, question: str, verdict: str) -> None:
    with site.store() as session, session.begin():
        by = site.people["audun"].id
        store.record_determination(session, number, question, verdict=verdict, by=by, at=NOON)


def saved(folder: Path, content: bytes, typed: dict[str, Typed]) -> Path:
    path = folder / "review.xlsx"
    path.write_bytes(filled(content, typed))
    return path


def test_a_review_is_shown_then_applied_in_the_name_of_its_auditor_and_then_changes_nothing(
    site: Site, number: int, tmp_path: Path
) -> None:
    content = gone_out(site, number)
    typed: dict[str, Typed] = {
        "r1.code": {VERDICT: "confirmed", ReviewColumn.COMMENT: "Page 4.", ReviewColumn.NEXT_REVIEW: "2027-01-31"},
        "r2.code": {VERDICT: "adjusted", ReviewColumn.ADJUSTED: "sale"},
    }
    path = saved(tmp_path, content, typed)
    shown = run(path)
    assert shown.exit_code == 0, shown.output
    assert "2 changes fit; 0 conflicts; 0 cells not understood; 0 edits ignored; 0 verdicts as before" in shown.output
    cells = " ".join(
        f"Review!{cell_name(content, 'r1.code', column)}"
        for column in (VERDICT, ReviewColumn.COMMENT, ReviewColumn.NEXT_REVIEW)
    )
    what = "not reviewed -> confirmed ('Page 4.'), next review 2027-01-31"
    assert f"change: r1.code {cells}: {what}" in shown.output
    assert kept(site, number) == {}
    refused = run(path, "--apply")
    assert (refused.exit_code, "--as EMAIL" in refused.output) == (1, True)
    applied = run(path, "--apply", "--as", AUDUN)
    assert (applied.exit_code, "2 verdicts saved as those of Audun" in applied.output) == (0, True), applied.output
    assert kept(site, number) == {"r1.code": ("confirmed", "", "Page 4."), "r2.code": ("adjusted", "sale", "")}
    again = run(path, "--apply", "--as", AUDUN)
    assert (again.exit_code, "nothing was changed" in again.output) == (0, True), again.output
    with site.store() as session:
        (upload,) = workbook_uploads(session, number)
        assert (upload.changed, upload.file_name) == (2, "review.xlsx")
        assert store.verify_trail(session) is None


def test_conflicts_and_unreadable_cells_end_with_exit_code_1_until_options_decide(
    site: Site, number: int, tmp_path: Path
) -> None:
    content = gone_out(site, number)
    typed: dict[str, Typed] = {
        "r1.code": {VERDICT: "not shown"},
        "r2.code": {VERDICT: "ok"},
        "r2.since": {VERDICT: "confirmed"},
    }
    path = saved(tmp_path, content, typed)
    judge(site, number, "r1.code", "confirmed")
    shown = run(path)
    assert shown.exit_code == 1
    for said in (
        "went out as not reviewed; on the web confirmed; in the workbook not-shown",
        f"not understood: Review!{cell_name(content, 'r2.code', VERDICT)} 'ok':",
        "--keep web or --keep workbook",
        "--without-faults",
    ):
        assert said in shown.output
    for given in ((), ("--keep", "workbook"), ("--without-faults",)):
        assert run(path, "--apply", "--as", AUDUN, *given).exit_code == 1
        assert kept(site, number).keys() == {"r1.code"}
    applied = run(path, "--apply", "--as", AUDUN, "--keep", "workbook", "--without-faults")
    assert applied.exit_code == 0, applied.output
    assert {question: one[0] for question, one in kept(site, number).items()} == {
        "r1.code": "not-shown",
        "r2.since": "confirmed",
    }


def test_only_the_assigned_auditor_and_scorecards_of_this_installation_are_accepted(
    site: Site, number: int, tmp_path: Path
) -> None:
    content = gone_out(site, number)
    path = saved(tmp_path, content, {"r1.code": {VERDICT: "confirmed"}})
    for email, message in (("nobody@example.org", "nobody has the address"), ("ada@example.org", "is not assigned")):
        refused = run(path, "--apply", "--as", email)
        assert (refused.exit_code, message in refused.output) == (1, True)
    assert kept(site, number) == {}
    other = tmp_path / "other.xlsx"
    other.write_bytes(b"no workbook")
    refused = run(other)
    assert (refused.exit_code, str(other) in refused.output, "Traceback" in refused.output) == (1, True, False)


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("assessment", 1, f"this installation has no submitted assessment {'9' * 20}"),
        ("download", 0, "it is not known what it showed when it went out"),
    ],
)
def test_a_number_in_the_fingerprint_may_be_larger_than_any_in_the_database(
    site: Site, number: int, tmp_path: Path, name: str, code: int, says: str
) -> None:
    def forge(page: Worksheet) -> None:
        book = page.parent
        assert isinstance(book, Workbook)
        book.custom_doc_props[f"article34.{name}"].value = "9" * 20
        for row in book["Method"].iter_rows():
            for cell in row:
                if str(cell.value).startswith("{"):
                    cell.value = None

    path = tmp_path / "review.xlsx"
    path.write_bytes(filled(gone_out(site, number), {}, forge))
    shown = run(path)
    assert (shown.exit_code, says in shown.output) == (code, True), shown.output


def test_a_workbook_written_again_by_a_command_still_has_the_whole_review(
    site: Site, number: int, tmp_path: Path
) -> None:
    path = saved(tmp_path, gone_out(site, number), {"r1.code": {VERDICT: "confirmed", ReviewColumn.COMMENT: "Page 4."}})
    anew = tmp_path / "anew.xlsx"
    name = ("--company", "Example Travel 01")
    written = CliRunner().invoke(main, ["scorecard", str(EDITIONS / "walk"), str(path), *name, "--out", str(anew)])
    assert written.exit_code == 0, written.output
    first, second = (run(each).output.splitlines() for each in (path, anew))
    assert second[1:] == first[1:]
    assert "went out" in second[0] and "change: r1.code" in second[3]
