"""Workbooks that somebody sends back, scorecards and questionnaires: what is refused, and what is said of a cell."""

from dataclasses import dataclass

from flask import request

from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import marked_english
from compliance.questionnaire.csv_table import AnswerFileFault, shortened
from compliance.questionnaire.faults import UserFacingError
from compliance.web.settings import MAX_WORKBOOK_BYTES
from compliance.workbook.package_checks import UnreadableWorkbook, holds_pictures


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
    return _("The workbook cannot be read: %(why)s.", why=marked_english(str(refused)))


def cell_remark(fault: AnswerFileFault, cell: str) -> CellRemark:
    """What is wrong with a cell. In a list of faults it goes on after the name of the file; here it stands alone."""
    message = fault.message
    return CellRemark(cell, shortened(fault.holds), f"{message[:1].upper()}{message[1:].rstrip('.')}.")
