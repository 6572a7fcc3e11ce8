"""Below the gaps: the least effort to the next band in steps, as downloaded."""

from compliance.findings.decimals import decimals_of_points
from compliance.findings.improvement import StepWords, improvement_headline, improvement_sentences, step_words
from compliance.findings.law import named_law
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.workbook.assessed import Assessed
from compliance.workbook.look import decimals
from compliance.workbook.writer import Sheet

LAW = 7  # the column of the law, before those of the lenses are counted


def write_way_up(sheet: Sheet, assessed: Assessed, row: int) -> None:
    """Write the steps from a row on, if they were worked out. `row`: the first that is free."""
    way = assessed.papers.way
    if way is None:
        return
    after = LAW + len(list(assessed.edition.lenses)[:2])
    sheet.text(row, 0, _("The way up: %(finding)s", finding=improvement_headline(way)), "section")
    sheet.fill(row, 1, 6, "rule")
    sheet.text(row + 1, 0, " ".join((_("As downloaded."), *improvement_sentences(way))), "soft")
    steps = step_words(way)
    if not steps:
        return
    blank = [""] * (after - LAW)
    heads = ("", _("Question"), "", _("Score"), _("Points"), _("Effort"), "", *blank)
    law = (_("Measured against"), _("What would have to be true"))
    sheet.heads(row + 2, (*heads, *law), right=range(3, 6), inset=(1, after))
    for position, step in enumerate(steps, row + 3):
        _step(sheet, assessed, position, step, after)


def _step(sheet: Sheet, assessed: Assessed, row: int, step: StepWords, after: int) -> None:
    sheet.number(row, 0, step.number, "row", "soft")
    sheet.text(row, 1, step.ask, "row", "wrap", "inset")
    sheet.text(row, 2, step.question, "row", "soft", "small", "wrap")
    sheet.number(row, 3, step.score, "row", decimals(assessed.edition.round))
    sheet.number(row, 4, step.gain, "row", decimals(decimals_of_points(assessed.edition.round)))
    sheet.number(row, 5, step.effort, "row", decimals(2))
    for column in range(6, after):
        sheet.text(row, column, "", "row")
    law = named_law(assessed.edition, (behind.id for behind in step.law), assessed.facts)
    sheet.text(row, after, formats.listed(law), "row", "wrap", "small", "soft", "inset")
    sheet.text(row, after + 1, step.sentence, "row", "wrap")
