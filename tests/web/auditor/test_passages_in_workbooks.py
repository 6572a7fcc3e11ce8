"""Checks of passages in a workbook returned by an auditor: compared three ways, and applied all or not at all.

Tests in `workbook` show that the sheet can be read whatever was done to it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance import store
from compliance.cli import main
from compliance.languages.interface_messages import gettext, in_language
from compliance.store.passage_checks import CheckEdit, passage_checks
from compliance.store.review_models import WorkbookDownload
from compliance.workbook.passage_sheet import PASSAGES_HEAD, PassageColumn
from compliance.workbook.review_words import CHECK_WORDS
from tests.support.page_lint import faults_of
from tests.support.returned_workbooks import counts, taken
from tests.support.review_edits import remove_unread_sheets
from tests.support.sites import NOON, Site
from tests.web.auditor.test_marked_passages import key, number, passages, said
from tests.web.auditor.test_returned_workbooks import audun, settle, uploaded
from tests.web.public.test_public_pages import text_of

__all__ = ["audun", "number"]

HEAD = PASSAGES_HEAD + 1
SHOWS, KEY = PassageColumn.SHOWS + 1, PassageColumn.KEY + 1
NOTHING = {"Changes that fit": 0, "Conflicts, to choose": 0, "Cells not understood": 0, "Edits ignored": 0}


def judge(site: Site, number: int, **fits: bool) -> None:
    """Check passages on the web meanwhile."""
    with site.store() as session, session.begin():
        known = passage_checks(session, number)
        keys = {one.key.option: one.key for one in passages(site, number)}
        edits = [
            CheckEdit(keys[option], shows, known[keys[option]].version if keys[option] in known else 0)
            for option, shows in fits.items()
        ]
        latest, by = store.latest_submission(session, number).id, site.people["audun"].id
        assert store.save_determinations(session, number, [], submission=latest, by=by, at=NOON, checks=edits).is_saved


def compared(audun: FlaskClient, number: int, book: openpyxl.Workbook) -> tuple[str, str]:
    """Upload a workbook; the address and the page of the comparison."""
    file = io.BytesIO()
    book.save(file)
    address = uploaded(audun, number, file.getvalue())
    page = audun.get(address).text
    assert faults_of(page) == []
    return address, page


def opened(content: bytes, language: str = "en") -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[2]
    assert isinstance(sheet, Worksheet) and sheet.cell(HEAD, KEY).value
    remove_unread_sheets(book, language=language)
    return book, sheet


def say(site: Site, number: int, sheet: Worksheet, **words: str | None) -> None:
    """Check passages in the workbook, by option."""
    rows = {sheet.cell(row, KEY).value: row for row in range(HEAD + 1, sheet.max_row + 1)}
    for option, word in words.items():
        sheet.cell(rows[key(site, number, option)], SHOWS).value = word


def test_the_sheet_says_what_a_machine_found_and_comes_back_in_any_language(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, online=False)
    with in_language("ar"):
        yes, no = gettext(CHECK_WORDS[True]), gettext(CHECK_WORDS[False])
        there = gettext("These words are in the file.")
    book, sheet = opened(taken(audun, number, "/ar"), "ar")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD + 1, max_col=SHOWS)]
    assert [(row[0], row[2], row[6], row[7]) for row in rows] == [
        ("r2.code", "Sale", there, None),
        ("r2.code", "Online", there, no),
        ("r2.code", "Travel and tourism", there, None),
    ]
    with site.store() as session:
        kept = session.scalars(select(WorkbookDownload.checks)).one()
    assert kept == f'{{"{key(site, number, "online")}":false}}'
    say(site, number, sheet, sale=yes, travel="Does not show it")
    review = book.worksheets[book.index(sheet) - 1]
    for row in (line for line in review.iter_rows() if line[0].value == "r2.code"):
        row[10].value = "confirmed"
    for fitting, told in ((3, "One verdict is saved. 2 passages are checked."), (0, "Nothing was changed.")):
        address, page = compared(audun, number, book)
        assert counts(page)["Changes that fit"] == fitting
        assert told in settle(audun, address, page)
        assert said(site, number) == {"sale": True, "online": False, "travel": False}
    assert text_of(page).count("“Nobody who works for us") == 0 and counts(page)["Passages as before"] == 3
    with site.store() as session:
        assert store.verify_trail(session) is None


def test_the_workbook_of_a_company_has_no_sheet_of_passages(site: Site, number: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(taken(site.client("ana"), number)), read_only=True)
    assert "Passages" not in book.sheetnames


def test_a_check_changed_in_both_places_needs_a_choice_and_an_emptied_cell_removes_one(
    site: Site, audun: FlaskClient, number: int
) -> None:
    judge(site, number, sale=True, online=True)
    book, sheet = opened(taken(audun, number))
    say(site, number, sheet, sale="Does not show it", online=None, travel="Shows it")
    judge(site, number, sale=False, online=False)
    address, page = compared(audun, number, book)
    fits = {"Changes that fit": 1, "Conflicts, to choose": 1, "Verdicts as before": 0, "Passages as before": 1}
    assert counts(page) == {**NOTHING, **fits}
    assert "One verdict or passage changed in both places" in page
    assert "“We forbid exploitation in travel and tourism.” for “Travel and tourism”" in text_of(page)
    named = key(site, number, "online")
    unchosen = settle(audun, address, page)
    assert "Choose what to keep." in unchosen and f'href="#c-{named}"' in unchosen
    settle(audun, address, page, **{f"{named}#keep": "workbook"})
    assert said(site, number) == {"sale": False, "travel": True}
    assert "It changed 0 verdicts. It changed the checks of 2 passages." in text_of(audun.get(address).text)


def test_a_choice_is_asked_again_if_the_check_changed_meanwhile(site: Site, audun: FlaskClient, number: int) -> None:
    book, sheet = opened(taken(audun, number))
    say(site, number, sheet, sale="Shows it")
    judge(site, number, sale=False)
    address, page = compared(audun, number, book)
    judge(site, number, sale=True)
    judge(site, number, sale=False)
    after = settle(audun, address, page, **{f"{key(site, number, 'sale')}#keep": "workbook"})
    assert "The comparison below is up to date." in after and said(site, number) == {"sale": False}


def test_a_missing_sheet_removes_no_checks(site: Site, audun: FlaskClient, number: int) -> None:
    judge(site, number, sale=False)
    book, sheet = opened(taken(audun, number))
    book.remove(sheet)
    address, page = compared(audun, number, book)
    assert "The sheet Passages, or the row of its headings, is missing" in text_of(page)
    assert counts(page)["Cells not understood"] == 1
    assert "Some cells were not understood" in settle(audun, address, page)
    assert "Nothing was changed." in settle(audun, address, page, without="yes")
    assert said(site, number) == {"sale": False}


def test_the_command_shows_and_applies_checks_of_passages_too(
    site: Site, audun: FlaskClient, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(site, number, online=True)
    book, sheet = opened(taken(audun, number))
    say(site, number, sheet, sale="Shows it", online="Does not show it")
    judge(site, number, online=True, travel=False)
    with site.store() as session, session.begin():
        keys = {one.key.option: one.key for one in passages(site, number)}
        known = passage_checks(session, number)[keys["online"]]
        latest, by = store.latest_submission(session, number).id, site.people["audun"].id
        taken_back = [CheckEdit(known.key, None, known.version)]
        store.save_determinations(session, number, [], submission=latest, by=by, at=NOON, checks=taken_back)
    book.save(tmp_path / "review.xlsx")

    @contextmanager
    def transaction() -> Iterator[Session]:
        with site.app.app_context(), site.store() as session, session.begin():
            yield session

    monkeypatch.setattr("compliance.commands.review.installation_transaction", transaction)
    command = ["review", str(tmp_path / "review.xlsx"), "--apply", "--as", "audun@example.org"]
    shown = CliRunner().invoke(main, command)
    assert f"passage: {keys['sale'].text}: not judged -> shows it" in shown.output
    said_of = "went out as shows it; on the web not judged; in the workbook does not show it"
    assert f"conflict: {keys['online'].text}: {said_of}" in shown.output
    assert shown.exit_code == 1 and said(site, number) == {"travel": False}
    applied = CliRunner().invoke(main, [*command, "--keep", "workbook"])
    assert "0 verdicts and 2 passages saved as those of Audun" in applied.output
    assert said(site, number) == {"sale": True, "online": False, "travel": False}
