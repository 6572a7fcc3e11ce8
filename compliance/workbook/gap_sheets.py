"""The sheets *Gaps* and *Worked example*: where points are lost, and the improvement plan. As downloaded, not live."""

from collections.abc import Sequence
from functools import lru_cache

from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_label, lens_value_label
from compliance.narrative.improvement_plan import PlanStepWords, plan_headline, plan_sentences, plan_step_words
from compliance.narrative.legal_basis import provision_titles
from compliance.narrative.score_explanation import WorkedExampleLine, loss_sentences, worked_example_lines
from compliance.narrative.score_wording import decimals_of_points
from compliance.questionnaire.edition import Edition, Node
from compliance.questionnaire.flags import raised_flags
from compliance.scoring.numeric import TOLERANCE
from compliance.scoring.scorecard import Gap
from compliance.workbook import formulas as f
from compliance.workbook.cell_styles import decimals, indent
from compliance.workbook.formulas import MISSING, CellReference, Formula
from compliance.workbook.scorecard_columns import CalculationColumn
from compliance.workbook.scorecard_data import ScorecardData, cached_score
from compliance.workbook.scorecard_layout import EXAMPLE_SHEET, GAPS_SHEET
from compliance.workbook.writer import SheetWriter, WorkbookWriter

PLAN_LAW_COLUMN = 7  # the column of the law, without the columns of lenses before it


def write_improvement_plan(sheet: SheetWriter, data: ScorecardData, row: int) -> None:
    """Write the steps of the plan, if it was computed. `row`: the first free row."""
    way = data.metadata.improvement_plan
    if way is None:
        return
    after = PLAN_LAW_COLUMN + len(list(data.edition.lenses)[:2])
    sheet.text(row, 0, _("How to improve: %(finding)s", finding=plan_headline(way)), "section")
    sheet.fill(row, 1, 6, "rule")
    sheet.text(row + 1, 0, " ".join((_("As downloaded."), *plan_sentences(way))), "soft")
    steps = plan_step_words(way)
    if not steps:
        return
    blank = [""] * (after - PLAN_LAW_COLUMN)
    heads = ("", _("Question"), "", _("Score"), _("Points"), _("Effort"), "", *blank)
    law = (_("Measured against"), _("What would have to be true"))
    sheet.headings(row + 2, (*heads, *law), right=range(3, 6), inset=(1, after, after + 1))
    for position, step in enumerate(steps, row + 3):
        _plan_step(sheet, data, position, step, after)


def _plan_step(sheet: SheetWriter, data: ScorecardData, row: int, step: PlanStepWords, after: int) -> None:
    sheet.number(row, 0, step.number, "row", "soft")
    sheet.text(row, 1, step.ask, "row", "wrap", "inset")
    sheet.text(row, 2, step.question, "row", "soft", "small", "wrap")
    sheet.number(row, 3, step.score, "row", decimals(data.edition.round))
    sheet.number(row, 4, step.gain, "row", decimals(decimals_of_points(data.edition.round)))
    sheet.number(row, 5, step.effort, "row", decimals(2))
    for column in range(6, after):
        sheet.text(row, column, "", "row")
    law = provision_titles(data.edition, (behind.id for behind in step.law), data.facts)
    sheet.text(row, after, formats.comma_list(law), "row", "wrap", "small", "soft", "inset")
    sheet.text(row, after + 1, step.sentence, "row", "wrap", "inset")


GAPS_HEAD = 3


def write_gaps(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet."""
    sheet, lenses = book.sheet(data.layout.sheet_names[GAPS_SHEET]), list(data.edition.lenses)[:2]
    sheet.widths(4, 46, *[10.5] * 5, *[15] * len(lenses), 34, 54, 7)
    sheet.title(_("Gaps, worst first"))
    note = _(
        "The order, the points lost and the points gained are as downloaded. Points lost add up to what is "
        "missing; points gained are what the overall score would rise by if this requirement alone were met. "
        "“Score now” is live."
    )
    sheet.text(1, 0, note, "soft")
    sheet.text(GAPS_HEAD - 1, 0, _("As downloaded"), "topic")
    _heads(sheet, data.edition, lenses)
    gaps = data.claimed.gaps
    for position, gap in enumerate(gaps, 1):
        _gap(sheet, data, GAPS_HEAD + position, position, gap, lenses)
    if not gaps:
        sheet.text(GAPS_HEAD + 1, 1, _no_gaps(data))
    free = _findings(sheet, data, _basis_gaps(sheet, data, GAPS_HEAD + max(len(gaps), 1) + 2))
    write_improvement_plan(sheet, data, free + 1)
    sheet.freeze_panes(GAPS_HEAD + 1, 2)
    sheet.set_up_page(heading=data.metadata.company, note=_("As downloaded"), wide=True)  # other tables follow
    sheet.protect()


def _heads(sheet: SheetWriter, edition: Edition, lenses: list[str]) -> None:
    heads = ("", _("Requirement"), _("Critical"), _("Score"), _("Score now"), _("Points lost"), _("Points gained"))
    after = (_("Measured against"), _("What closes it"), _("Effort"))
    numbers = (*range(3, 7), 9 + len(lenses))
    of_lenses = (lens_label(edition, lens) for lens in lenses)
    sheet.headings(GAPS_HEAD, (*heads, *of_lenses, *after), right=numbers, inset=(1, 7, 8 + len(lenses)))


def _no_gaps(data: ScorecardData) -> str:
    if data.claimed.overall.score is None:
        return _("There is no overall score, so no gaps are listed: too little of what is asked is covered.")
    return _("Every requirement that was asked is fully met.")


def _gap(sheet: SheetWriter, data: ScorecardData, row: int, position: int, gap: Gap, lenses: list[str]) -> None:
    edition, requirement, digits = data.edition, gap.requirement, decimals(data.edition.round)
    sheet.number(row, 0, position, "row", "soft")
    sheet.text(row, 1, requirement.title or requirement.id, "row", "wrap", "bold", "inset")
    sheet.text(row, 2, _("not met") if gap.fails_critical else "", "row", "wrap", "bold")
    sheet.number(row, 3, gap.score, "row", digits)
    now = data.layout.points(requirement.id, CalculationColumn.REPORTED)
    sheet.formula(row, 4, now, cached_score(data.claimed.nodes[requirement.id].score), "row", "soft", digits)
    sheet.number(row, 5, gap.loss, "row", digits)
    sheet.number(row, 6, gap.gain, "row", digits)
    for column, lens in enumerate(lenses, 7):
        words = lens_value_label(edition, lens, requirement.lenses.get(lens, ""))
        sheet.text(row, column, words, "row", *(["inset"] if column == 7 else []))
    after = 7 + len(lenses)
    law = formats.comma_list(provision_titles(edition, requirement.law, data.facts))
    sheet.text(row, after, law, "row", "wrap", "small", "soft")
    sheet.text(row, after + 1, requirement.closes, "row", "wrap", "inset")
    sheet.number(row, after + 2, requirement.effort, "row", "soft", "points")


def _basis_gaps(sheet: SheetWriter, data: ScorecardData, row: int) -> int:
    """Write the points claimed but not shown, and those found but not claimed. Return the next free row."""
    sheet.text(row, 0, _("Claimed and shown"), "section")
    sheet.fill(row, 1, 6, "rule")
    note = _(
        "Evidence gap: points claimed but not yet shown by evidence. Declaration gap: points that an auditor found "
        "but that were not claimed."
    )
    live = _("Scores and gaps are live; the order is as downloaded.")
    sheet.text(row + 1, 0, f"{note} {live}", "soft")
    heads = ("", _("Requirement"), _("Claimed"), _("Evidenced"), _("Evidence gap"), _("Verified"), _("Declaration gap"))
    sheet.headings(row + 2, heads, right=range(2, 7), inset=(1,))
    standings = [[each.card.nodes.get(node.id) for each in data.on_each_basis] for node in data.edition.requirements]
    now = [
        (node, [standing.score for standing in of_node if standing])
        for node, of_node in zip(data.edition.requirements, standings, strict=True)
        if all(of_node)
    ]
    now.sort(key=lambda each: (each[1][0] is None, -_excess(each[1][0], each[1][1])))  # not asked: last
    for position, (node, scores) in enumerate(now, 1):
        _basis_gap(sheet, data, row + 2 + position, position, node, scores)
    return row + 3 + max(len(now), 1)


def _excess(higher: float | None, lower: float | None) -> float:
    """Return by how much one score is above another; 0 if it is not above, or if there is no score."""
    above = 0.0 if higher is None or lower is None else higher - lower
    return above if above > TOLERANCE else 0.0


def _basis_gap(
    sheet: SheetWriter, data: ScorecardData, row: int, position: int, node: Node, now: Sequence[float | None]
) -> None:
    sheet.number(row, 0, position, "row", "soft")
    sheet.text(row, 1, node.title or node.id, "row", "wrap", "bold", "inset")
    digits, cells = decimals(data.edition.round), []
    for column, each, score in zip((2, 3, 5), data.on_each_basis, now, strict=True):
        points = each.layout.points(node.id, CalculationColumn.REPORTED)
        cells.append(sheet.formula(row, column, points, cached_score(score), "row", digits))
    claimed, evidenced, verified = cells
    pairs = ((4, claimed, evidenced, now[0], now[1]), (6, verified, claimed, now[2], now[0]))
    for column, higher, lower, high, low in pairs:
        gap = "" if high is None or low is None else _excess(high, low)
        sheet.formula(row, column, _live_excess(higher, lower), gap, "row", digits)


@lru_cache(1 << 12)  # the same in every scorecard of an edition
def _live_excess(higher: CellReference, lower: CellReference) -> Formula:
    above = f.if_(f"{higher}-{lower}>{f.TOLERANCE}", f"{higher}-{lower}", "0")
    return f.if_(f.call("OR", f.is_missing(higher), f.is_missing(lower)), MISSING, above)


def _findings(sheet: SheetWriter, data: ScorecardData, row: int) -> int:
    """Write the findings of the answers, if any. Return the next free row."""
    found = raised_flags(data.edition, data.sheet, data.routes)
    if not found:
        return row
    sheet.text(row + 1, 0, _("Findings"), "section")
    sheet.fill(row + 1, 1, 6, "rule")
    note = _("These answers call for attention, whatever the score. They do not change it.")
    sheet.text(row + 2, 0, " ".join((note, _("As downloaded."))), "soft")
    for position, each in enumerate(found, 1):
        at = row + 2 + position
        sheet.number(at, 0, position, "row", "soft")
        sheet.text(at, 1, each.option.flag, "row", "wrap", "bold", "inset")
        sheet.text(at, 2, each.question.ask, "soft")
    return row + 3 + len(found)


EXAMPLE_HEAD, RESULT_COLUMN = 3, 4
_EXAMPLE_STYLES = {"question": "row", "node": "requirement", "band": "requirement"}


def prepare_example(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what is the same for every company: the parts in order, without answers, sums and results."""
    sheet = book.sheet(data.layout.sheet_names[EXAMPLE_SHEET])
    sheet.widths(52, 16, 52, 56, 12)
    sheet.title(_("Worked example"))
    note = _(
        "How the score as claimed was worked out, as downloaded, from the answers up, so that you can check it "
        "with a pocket calculator: each part comes after the parts it is made of. Results are shares of full "
        "marks: 1 means full marks."
    )
    sheet.xlsx.merge_range(1, 0, 1, RESULT_COLUMN, "", book.style("start", "soft", "wrap"))
    sheet.text(1, 0, note, "soft", "wrap")
    sheet.xlsx.set_row(1, 28)
    sheet.headings(
        EXAMPLE_HEAD,
        (_("Part"), _("Id"), _("Answer, or how combined"), _("Sum"), _("Result")),
        right=(RESULT_COLUMN,),
        inset=(3,),
    )
    for row, line in enumerate(worked_example_lines(data.explanation), EXAMPLE_HEAD + 1):
        if line.kind != "band":  # there is no band without a score
            _name_part(sheet, row, line)
    sheet.freeze_panes(EXAMPLE_HEAD + 1, 1)
    sheet.protect()


def write_example(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: answer, sum and result of each part, the band, and the points lost."""
    sheet, lines = book.sheet(data.layout.sheet_names[EXAMPLE_SHEET]), worked_example_lines(data.explanation)
    for row, line in enumerate(lines, EXAMPLE_HEAD + 1):
        if line.kind == "band":
            _name_part(sheet, row, line)
        _work_out_part(sheet, row, line)
    _losses(sheet, data, EXAMPLE_HEAD + len(lines) + 2)
    sheet.set_up_page(
        heading=data.metadata.company, note=_("Scores as claimed"), wide=True, repeat=(EXAMPLE_HEAD, EXAMPLE_HEAD)
    )


def _name_part(sheet: SheetWriter, row: int, line: WorkedExampleLine) -> None:
    look = _EXAMPLE_STYLES[line.kind]
    sheet.text(row, 0, line.title, look, "wrap", indent(line.depth))
    sheet.text(row, 1, line.id, look, "soft", "small", "not bold")


def _work_out_part(sheet: SheetWriter, row: int, line: WorkedExampleLine) -> None:
    look = _EXAMPLE_STYLES[line.kind]
    sheet.text(row, 2, line.said, look, "wrap", "small", "not bold")
    sheet.text(row, 3, line.sum, look, "wrap", "small", "inset", "not bold")
    if line.share is None:
        sheet.text(row, RESULT_COLUMN, line.result, look, "right")
    else:
        sheet.number(row, RESULT_COLUMN, line.share, look, "share")


def _losses(sheet: SheetWriter, data: ScorecardData, row: int) -> None:
    """Write the questions that lose points, one per line, the largest loss first."""
    sheet.text(row, 0, _("Where points are lost"), "section")
    sheet.fill(row, 1, RESULT_COLUMN, "rule")
    lost, scale, digits = data.explanation.lost, data.edition.scale, decimals(decimals_of_points(data.edition.round))
    if not lost:
        has_score = data.explanation.overall is not None
        sheet.text(
            row + 1,
            0,
            _("No points are lost.") if has_score else _("Without a score, lost points cannot be worked out."),
        )
        return
    sheet.headings(row + 1, (_("What it is about"), _("Id"), _("Why"), "", _("Points")), right=(RESULT_COLUMN,))
    for at, (earned, sentence) in enumerate(zip(lost, loss_sentences(data.explanation), strict=True), row + 2):
        sheet.text(at, 0, earned.question.ask, "row", "wrap")
        sheet.text(at, 1, earned.question.id, "row", "soft", "small")
        sheet.text(at, 2, sentence, "row", "wrap", "small")
        sheet.text(at, 3, "", "row")
        sheet.number(at, RESULT_COLUMN, earned.loss * scale, "row", digits)
