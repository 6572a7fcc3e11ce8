"""Workbooks that somebody sends back, scorecards and questionnaires: what is refused, and what is said of a cell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import request

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import AnswerFileFault, shortened
from compliance.questionnaire.faults import UserFacingError
from compliance.web.presenters import ErrorLink
from compliance.web.settings import MAX_WORKBOOK_BYTES
from compliance.workbook.package_checks import UnreadableWorkbook, holds_pictures
from compliance.workbook.three_way import Side, TwoSidedChanges

#: Changes that are shown at once; the others are below them, folded.
FIRST_CHANGES = 20
Stated = TypeVar("Stated")


class WorkbookRefused(UserFacingError):
    """A workbook that is none of this assessment as it stands; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class CellRemark:
    """What is said of a cell: one that was not understood, or one whose change moves nothing."""

    cell: str  # "Review!G58"; "" if it is about no cell
    holds: str
    says: str


def sent_workbook() -> tuple[bytes, str]:
    """The workbook that this request sends, and its name. Raise WorkbookRefused if it is none, or too large."""
    sent = request.files.get("file")
    content = sent.read(MAX_WORKBOOK_BYTES + 1) if sent else b""
    name = (sent.filename or "") if sent else ""
    if not content:
        raise WorkbookRefused(_("The file is empty. Choose another one.") if name else _("Choose a file."))
    if len(content) > MAX_WORKBOOK_BYTES:
        most = MAX_WORKBOOK_BYTES // 1_000_000
        raise WorkbookRefused(_("The file is larger than %(most)s MB. Choose another one.", most=most))
    return content, name


def refuse_pictures(content: bytes) -> None:
    """Raise WorkbookRefused for a workbook that holds a picture."""
    if holds_pictures(content):
        raise WorkbookRefused(
            _(
                "The workbook holds a picture. Pictures are never accepted here: delete it, and upload the workbook "
                "again."
            )
        )


def refusal_words(refused: WorkbookRefused | UnreadableWorkbook) -> str:
    """Why a workbook is not compared, as a sentence."""
    if isinstance(refused, WorkbookRefused):
        return str(refused)
    return _("The workbook cannot be read: %(why)s.", why=str(refused))


def cell_remark(fault: AnswerFileFault, cell: str) -> CellRemark:
    """What is wrong with a cell. In a list of faults it goes on after the name of the file; here it stands alone."""
    message = fault.message
    return CellRemark(cell, shortened(fault.holds), f"{message[:1].upper()}{message[1:].rstrip('.')}.")


# ── The page of a workbook


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One question on which a workbook says something else, in words."""

    id: str
    ask: str
    cells: Sequence[str]  # of what differs
    base: str
    web: str
    web_by: str  # who gave what stands, and when; "" if nobody did
    workbook: str


@dataclass(frozen=True, slots=True)
class WorkbookConflictView:
    """A change that somebody has to choose about; `chosen`: which side, "" while nothing is."""

    change: ChangeView
    chosen: str
    version: int  # of what stands


@dataclass(frozen=True, slots=True)
class PostedChoices:
    """What was chosen on the page of a workbook."""

    keep: Mapping[str, Side]  # by question, of conflicts as they were shown
    goes_on: bool  # without the cells that were not understood
    state: str  # of what the page showed


NOTHING_CHOSEN = PostedChoices({}, False, "")


def posted_choices(changes: TwoSidedChanges[Stated], version_of: Callable[[str], int]) -> PostedChoices:
    """What this request chooses; where what stands is another by now, nothing is."""
    keep: dict[str, Side] = {}
    for change in changes.conflicts:
        chosen = request.form.get(f"{change.question}#keep")
        if request.form.get(f"{change.question}#version") != str(version_of(change.question)):
            continue
        if chosen == "web" or chosen == "workbook":
            keep[change.question] = "web" if chosen == "web" else "workbook"
    return PostedChoices(keep, request.form.get("without") == "yes", request.form.get("state", ""))


def open_choices(
    changes: TwoSidedChanges[Stated],
    ask_of: Callable[[str], str],
    posted: PostedChoices,
    *,
    choose: str,
    has_faults: bool,
) -> Iterator[ErrorLink]:
    """What is still to be chosen before anything is applied, each with where that is done."""
    for change in changes.conflicts:
        if change.question not in posted.keep:
            said = _("%(which)s: %(what)s", which=ask_of(change.question), what=choose)
            yield ErrorLink(f"c-{change.question}", said)
    if has_faults and not posted.goes_on:
        yield ErrorLink(
            "without",
            _(
                "Some cells were not understood. Tick the box to go on without them, or correct the file and upload it "
                "again."
            ),
        )
