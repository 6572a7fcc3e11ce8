"""Workbooks that people send back, scorecards and questionnaires: refusals, and remarks about cells."""

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

#: How many changes are shown at once. The others are folded below them.
FIRST_CHANGES = 20
Stated = TypeVar("Stated")


class WorkbookRefused(UserFacingError):
    """A workbook that does not fit this assessment. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class CellRemark:
    """A remark about a cell that was not understood, or whose change has no effect."""

    cell: str  # "Review!G58"; "" if it is about no cell
    holds: str
    says: str


def sent_workbook() -> tuple[bytes, str]:
    """Return the workbook that this request sends, and its name. Raise WorkbookRefused if missing or too large."""
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
    """Raise WorkbookRefused for a workbook that contains a picture."""
    if holds_pictures(content):
        raise WorkbookRefused(
            _(
                "The workbook holds a picture. Pictures are never accepted here: delete it, and upload the workbook "
                "again."
            )
        )


def refusal_words(refused: WorkbookRefused | UnreadableWorkbook) -> str:
    """Return the sentence that says why a workbook is not compared."""
    if isinstance(refused, WorkbookRefused):
        return str(refused)
    return _("The workbook cannot be read: %(why)s.", why=str(refused))


def cell_remark(fault: AnswerFileFault, cell: str) -> CellRemark:
    """Return a fault as a remark: its message becomes a sentence, as no file name is in front of it here."""
    message = fault.message
    return CellRemark(cell, shortened(fault.holds), f"{message[:1].upper()}{message[1:].rstrip('.')}.")


# ── The page of a workbook


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A question for which a workbook has another answer or verdict, in words."""

    id: str
    ask: str
    cells: Sequence[str]  # those that differ
    base: str
    web: str
    web_by: str  # who gave the current one, and when; "" if nobody did
    workbook: str


@dataclass(frozen=True, slots=True)
class WorkbookConflictView:
    """A change that needs a choice. `chosen`: the side, or "" if none is chosen yet."""

    change: ChangeView
    chosen: str
    version: int  # of the current answer or verdict


@dataclass(frozen=True, slots=True)
class PostedChoices:
    """The choices posted on the page of a workbook."""

    keep: Mapping[str, Side]  # by question, for conflicts as shown
    goes_on: bool  # without the cells that were not understood
    state: str  # a digest of what the page showed


NOTHING_CHOSEN = PostedChoices({}, False, "")


def posted_choices(changes: TwoSidedChanges[Stated], version_of: Callable[[str], int]) -> PostedChoices:
    """Return the choices of this request, without those on answers or verdicts that have changed since."""
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
    """Yield the choices still to be made before anything is applied, each linked to its field."""
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
