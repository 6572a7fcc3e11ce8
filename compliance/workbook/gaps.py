"""The sheet *Gaps*: requirements not fully met, worst first; those claimed and not shown; the way up. As downloaded."""

from compliance.findings.law import named_law
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_title, lens_word
from compliance.scoring.bases import BasisGap, basis_gaps
from compliance.scoring.gaps import Gap
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, shown_or_empty
from compliance.workbook.look import decimals
from compliance.workbook.notes import not_judged
from compliance.workbook.places import Column
from compliance.workbook.sheet_names import GAPS
from compliance.workbook.way_up import write_way_up
from compliance.workbook.writer import Book, Sheet

HEAD = 3


def write_gaps(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, lenses = book.sheet(assessed.places.names[GAPS]), list(assessed.edition.lenses)[:2]
    sheet.widths(4, 46, 10, 9, 9, 9, 9, *[15] * len(lenses), 34, 52, 7)
    sheet.text(0, 0, _("Gaps, worst first"), "title")
    sheet.inner.set_row(0, 30)
    note = _(
        "Order, points lost and points gained are values as downloaded. Points lost add up to what is missing; points "
        "gained are what the overall score would rise by if this requirement alone were met. “Score now” is live."
    )
    sheet.text(1, 0, note, "soft")
    sheet.text(HEAD - 1, 0, _("As downloaded"), "topic")
    _heads(sheet, lenses)
    gaps = assessed.card.gaps
    for position, gap in enumerate(gaps, 1):
        _gap(sheet, assessed, HEAD + position, position, gap, lenses)
    if not gaps:
        sheet.text(HEAD + 1, 1, _no_gaps(assessed))
    free = _basis_gaps(sheet, assessed, HEAD + max(len(gaps), 1) + 2)
    write_way_up(sheet, assessed, free + 1)
    sheet.frozen(HEAD + 1, 2)
    sheet.printed(heading=assessed.papers.company, note=_("As downloaded"), wide=True, repeat=(HEAD, HEAD))
    sheet.kept_from_slips()


def _heads(sheet: Sheet, lenses: list[str]) -> None:
    heads = ("", _("Requirement"), _("Critical"), _("Score"), _("Score now"), _("Points lost"), _("Points gained"))
    after = (_("Measured against"), _("What closes it"), _("Effort"))
    numbers = (*range(3, 7), 9 + len(lenses))
    sheet.heads(HEAD, (*heads, *map(lens_title, lenses), *after), right=numbers, inset=(1, 7))


def _no_gaps(assessed: Assessed) -> str:
    if assessed.card.overall.score is None:
        return _("There is no overall score, so no gaps are listed: too little of what is asked is covered.")
    return _("Every requirement that was asked is fully met.")


def _gap(sheet: Sheet, assessed: Assessed, row: int, position: int, gap: Gap, lenses: list[str]) -> None:
    edition, requirement, digits = assessed.edition, gap.requirement, decimals(assessed.edition.round)
    sheet.number(row, 0, position, "row", "soft")
    sheet.text(row, 1, requirement.title or requirement.id, "row", "wrap", "bold", "inset")
    sheet.text(row, 2, _("not met") if gap.fails_critical else "", "row", "wrap", "bold")
    sheet.number(row, 3, gap.score, "row", digits)
    reported = assessed.places.part(requirement.id, Column.REPORTED)
    now = f.unless_off(reported, f"{reported}*{f.number(edition.scale)}")
    sheet.formula(row, 4, now, shown_or_empty(assessed.card.nodes[requirement.id].score), "row", "soft", digits)
    sheet.number(row, 5, gap.loss, "row", digits)
    sheet.number(row, 6, gap.gain, "row", digits)
    for column, lens in enumerate(lenses, 7):
        words = lens_word(requirement.lenses.get(lens, ""))
        sheet.text(row, column, words, "row", *(["inset"] if column == 7 else []))
    after = 7 + len(lenses)
    law = formats.listed(named_law(edition, requirement.law, assessed.facts))
    sheet.text(row, after, law, "row", "wrap", "small", "soft")
    sheet.text(row, after + 1, requirement.closes, "row", "wrap")
    sheet.number(row, after + 2, requirement.effort, "row", "soft", "points")


def _basis_gaps(sheet: Sheet, assessed: Assessed, row: int) -> int:
    """What is claimed and not shown, and what an auditor found that nobody claimed. Returns the next free row."""
    sheet.text(row, 0, _("Claimed and shown"), "section")
    sheet.fill(row, 1, 6, "rule")
    note = _(
        "Evidence gap: points that are claimed, and that no evidence shows yet. "
        "Declaration gap: points that an auditor found, and that were not claimed."
    )
    judged = "" if assessed.verified else not_judged()
    sheet.text(row + 1, 0, f"{note} {judged}".strip(), "soft")
    heads = ("", _("Requirement"), _("Claimed"), _("Evidenced"), _("Evidence gap"), _("Verified"), _("Declaration gap"))
    sheet.heads(row + 2, heads, right=range(2, 7), inset=(1,))
    found = basis_gaps(assessed.card, assessed.evidenced, assessed.verified)
    for position, gap in enumerate(found, 1):
        _basis_gap(sheet, assessed, row + 2 + position, position, gap)
    if not found:
        sheet.text(row + 3, 1, _("Nothing is claimed that is not shown."), "inset")
    return row + 3 + max(len(found), 1)


def _basis_gap(sheet: Sheet, assessed: Assessed, row: int, position: int, gap: BasisGap) -> None:
    sheet.number(row, 0, position, "row", "soft")
    sheet.text(row, 1, gap.requirement.title or gap.requirement.id, "row", "wrap", "bold", "inset")
    evidence_gap = None if gap.evidenced is None else gap.evidence_gap
    declaration_gap = None if gap.verified is None else gap.declaration_gap
    figures = (gap.claimed, gap.evidenced, evidence_gap, gap.verified, declaration_gap)
    for column, figure in enumerate(figures, 2):
        if figure is None:
            sheet.text(row, column, "", "row")
        else:
            sheet.number(row, column, figure, "row", decimals(assessed.edition.round))
