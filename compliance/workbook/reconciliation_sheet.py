"""The sheet *Reconciliation*: each score as the engine computed it at the download, and as the formulas compute it now.

As long as nothing is changed, the two are equal. A hidden copy of the entries shows whether something was changed.
"""

from collections.abc import Mapping, Sequence

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS
from compliance.questionnaire.edition import OVERALL, Node
from compliance.scoring.coded_answers import BASES, Basis
from compliance.workbook import formulas as f
from compliance.workbook.cell_styles import decimals
from compliance.workbook.formulas import CellRange, Formula
from compliance.workbook.review_entries import entered_values
from compliance.workbook.scorecard_columns import CalculationColumn, ReviewColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import RECONCILIATION_SHEET, REVIEW_HEAD
from compliance.workbook.standing_values import standing_of_node, standing_value
from compliance.workbook.writer import SheetWriter, WorkbookWriter

HEAD = 5
#: The columns of *Review* that each basis depends on.
_RESTS_ON: Mapping[Basis, tuple[ReviewColumn, ...]] = {
    "claimed": (ReviewColumn.ANSWER,),
    "evidenced": (ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE),
    "verified": (ReviewColumn.ANSWER, ReviewColumn.DETERMINATION, ReviewColumn.ADJUSTED),
}
_COPIED = (
    ReviewColumn.ANSWER,
    ReviewColumn.REASON,
    ReviewColumn.EVIDENCE,
    ReviewColumn.DETERMINATION,
    ReviewColumn.ADJUSTED,
)
_FIRST_COPY = 2 + 3 * len(BASES) + 1
_NOTE = N_(
    "Each score as it was worked out at the download, as the formulas of this file have it now, and the difference. "
    "A basis is compared while what it rests on is unchanged."
)


def prepare_reconciliation(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what is the same for every company."""
    sheet = book.sheet(data.layout.sheet_names[RECONCILIATION_SHEET])
    sheet.widths(46, 12, *[13] * 3 * len(BASES))
    sheet.xlsx.set_column(_FIRST_COPY, _FIRST_COPY + len(_COPIED) - 1, 8, None, {"hidden": True})
    sheet.title(_("Reconciliation"))
    sheet.text(1, 0, _(_NOTE), "soft")
    headings = [_(BASIS_LABELS[basis]) for basis in BASES]
    for at, heading in enumerate(headings):
        sheet.text(HEAD - 1, 2 + 3 * at, heading, "topic")
    each = (_("Engine, as downloaded"), _("Formula, now"), _("Difference"))
    sheet.headings(HEAD, (_("Theme or requirement"), _("Id"), *each * len(BASES)), right=range(2, 2 + 3 * len(BASES)))
    for row, node in enumerate(_nodes(data), HEAD + 1):
        sheet.text(row, 0, _("Overall") if node.id == OVERALL else node.title or node.id, "row", "wrap")
        sheet.text(row, 1, node.id, "row", "soft", "small")
        for at, basis in enumerate(BASES):
            _prepare_comparison(sheet, data.on(basis), row, 2 + 3 * at, node.id)
    _verdict_on_all(sheet, data, HEAD + len(_nodes(data)))
    sheet.freeze_panes(HEAD + 1, 2)
    sheet.protect()


def write_reconciliation(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: the engine's scores, and a copy of the entries."""
    name = data.layout.sheet_names[RECONCILIATION_SHEET]
    sheet = book.sheet(name)
    for at, basis in enumerate(BASES):
        standings = data.on(basis).card.nodes
        for row, node in enumerate(_nodes(data), HEAD + 1):
            sheet.number_or_blank(row, 2 + 3 * at, standings[node.id].score, "row", "soft", form=_PRECISE)
    _copy(sheet, data)
    sheet.set_up_page(
        heading=data.metadata.company, note=name, wide=True, repeat=(HEAD, HEAD), columns=(0, _FIRST_COPY - 2)
    )


def _nodes(data: ScorecardData) -> Sequence[Node]:
    return [node for node in data.edition.nodes.values() if node.id in data.compiled.tree.slots]


def _prepare_comparison(sheet: SheetWriter, data: ScorecardData, row: int, column: int, node_id: str) -> None:
    """Write a formula's score and its difference from the engine's, where a missing score counts as 0."""
    points = data.layout.points(node_id, CalculationColumn.REPORTED)
    score = standing_value(standing_of_node(data.basis, node_id), "score")
    live = sheet.formula(row, column + 1, points, score, "row", _PRECISE)
    sheet.formula(row, column + 2, f"N({live})-N({sheet.cell(row, column)})", 0.0, "row", _PRECISE)


_PRECISE = decimals(6)


def _verdict_on_all(sheet: SheetWriter, data: ScorecardData, last: int) -> None:
    """Write the line at the top: the number of differences, on bases whose inputs are unchanged."""
    parts = []
    for at, basis in enumerate(BASES):
        column = 2 + 3 * at
        differences = CellRange(sheet.cell(HEAD + 1, column + 2), sheet.cell(last, column + 2))
        number = f"SUMPRODUCT((ABS({differences})>{f.TOLERANCE})*1)"
        sheet.text(2, column + 1, _("Cells changed"), "soft", "small", "right")
        changed = "+".join(_changed_cells(sheet, data, entered) for entered in _RESTS_ON[basis])
        inputs = sheet.formula(2, column + 2, changed, 0.0, "soft")
        parts.append(f.if_(f"{inputs}=0", number, "0"))
    message = N_("Differences above 0.000000001 where nothing was changed: %(number)s")
    line, now = f.live_sentence(message, {"number": ("+".join(parts), "0")})
    sheet.text_formula(3, 0, line, now, "bold")


def _changed_cells(sheet: SheetWriter, data: ScorecardData, column: ReviewColumn) -> Formula:
    """Return a formula that counts the cells of a column of *Review* that differ from their copy."""
    source, at = data.layout.review_column(column), _FIRST_COPY + _COPIED.index(column)
    copy = CellRange(sheet.cell(source.first.row, at), sheet.cell(source.last.row, at))
    return f"SUMPRODUCT(1-EXACT({source},{copy}))"


def _copy(sheet: SheetWriter, data: ScorecardData) -> None:
    """Copy the entries of *Review*."""
    entered = entered_values(data)
    for row, line in enumerate(data.layout.review_lines, REVIEW_HEAD + 1):
        values = entered.get(line.id, {})
        for at, column in enumerate(_COPIED, _FIRST_COPY):
            value = values.get(column, "")
            if value != "":
                sheet.entered(row, at, value, "unseen", is_number=isinstance(value, float))
