"""The sheets *Requirements*, *Lenses* and *Law*: the standing of each node, lens value and provision, a row each."""

from collections.abc import Iterator, Mapping, Sequence

from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import WORDING_MARK_LABELS, label_of, lens_label, lens_value_label, provision_title
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.legal_basis import binding_force, binding_force_words, provision_titles
from compliance.narrative.method_wording import legal_disclaimer
from compliance.questionnaire.edition import OVERALL, Edition, Node, minimum_share
from compliance.workbook import formulas as f
from compliance.workbook.cell_styles import Style, decimals, indent
from compliance.workbook.formulas import CellRange, Formula
from compliance.workbook.minimum_standards import critical_met
from compliance.workbook.scorecard_columns import TRACKS
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import LAW_SHEET, LENSES_SHEET, REQUIREMENTS_SHEET, REVIEW_SHEET
from compliance.workbook.standing_cells import (
    LENS_STANDING_COLUMN,
    MEAN_COLUMNS,
    SUM_COLUMNS,
    StandingColumn,
    colour_bands,
    first_lens_row,
    lens_beside,
    lens_sums,
    live_mean,
    sum_heads,
    write_band,
    write_group_standing,
    write_node_standing,
    write_standing_headings,
)
from compliance.workbook.standing_values import standing_of_law, standing_of_lens, standing_of_node, values_of_sums
from compliance.workbook.writer import SheetWriter, WorkbookWriter

REQUIREMENTS_HEAD = 3
TITLE_COLUMN, ID_COLUMN, RULE_COLUMN, WEIGHT_COLUMN, NODE_STANDING_COLUMN = 0, 1, 2, 3, 4
CRITICAL_COLUMN = NODE_STANDING_COLUMN + len(StandingColumn)
MET_COLUMN = CRITICAL_COLUMN + 1


def prepare_requirements(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what is the same for every company."""
    sheet, edition = book.sheet(data.layout.sheet_names[REQUIREMENTS_SHEET]), data.edition
    lenses = list(edition.lenses)[:2]
    sheet.widths(46, 9, 11, 8, 8, 8, 8, 9.5, 13, 12, 9.5, 9.5, 9.5, 9.5, 9, 9, *[15] * len(lenses), 40)
    sheet.title(_("Requirements"))
    review = data.layout.sheet_names[REVIEW_SHEET]
    note = _("Every theme and requirement, according to the answers now on the sheet %(review)s.", review=review)
    sheet.text(1, 0, note, "soft")
    heads = (_("Theme or requirement"), _("Id"), _("Combined by"), _("Weight"))
    sheet.headings(REQUIREMENTS_HEAD, heads, right=(WEIGHT_COLUMN,))
    write_standing_headings(sheet, data, REQUIREMENTS_HEAD, NODE_STANDING_COLUMN)
    after = (_("Not met below"), _("Critical"), *(lens_label(edition, lens) for lens in lenses), _("Measured against"))
    sheet.headings(REQUIREMENTS_HEAD, after, first=CRITICAL_COLUMN, right=(CRITICAL_COLUMN,), centre=(MET_COLUMN,))
    rows = node_rows(data)
    for node_id, row in rows.items():
        _node_row(sheet, data, row, edition.nodes[node_id], lenses)
    last = max(rows.values())
    colour_bands(
        sheet,
        edition,
        *(sheet.cell(r, NODE_STANDING_COLUMN + StandingColumn.BAND) for r in (REQUIREMENTS_HEAD + 1, last)),
    )
    sheet.freeze_panes(REQUIREMENTS_HEAD + 1, 1)
    sheet.protect()


def write_requirements(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: the name on every page, and the law by the facts about the company."""
    sheet = book.sheet(data.layout.sheet_names[REQUIREMENTS_SHEET])
    if data.facts is not None:
        for node_id, row in node_rows(data).items():
            _law_of_node(sheet, data, row, data.edition.nodes[node_id])
    sheet.set_up_page(
        heading=data.metadata.company,
        note=_("Requirements"),
        wide=True,
        repeat=(REQUIREMENTS_HEAD, REQUIREMENTS_HEAD),
    )


def _law_of_node(sheet: SheetWriter, data: ScorecardData, row: int, node: Node) -> None:
    column, look = MET_COLUMN + 1 + len(list(data.edition.lenses)[:2]), _look_of_node(data.edition, node)
    law = formats.comma_list(provision_titles(data.edition, node.law, data.facts))
    sheet.text(row, column, law, look, "wrap", "small", "soft")


def _look_of_node(edition: Edition, node: Node) -> str:
    return "row" if level_of(edition, node) > 1 or node.is_requirement else "rule"


def node_rows(data: ScorecardData) -> dict[str, int]:
    """Return the row of each node that can have a score, the root first."""
    return {node.id: row for row, node in enumerate(_scored_nodes(data), REQUIREMENTS_HEAD + 1)}


def _scored_nodes(data: ScorecardData) -> list[Node]:
    return [node for node in data.edition.nodes.values() if node.id in data.scores.results]


def level_of(edition: Edition, node: Node) -> int:
    """Return the depth of a node in the tree: 0 for the root, 1 for a theme."""
    parent = edition.parents.get(node.id)
    return 0 if parent is None else level_of(edition, parent) + 1


def _node_row(sheet: SheetWriter, data: ScorecardData, row: int, node: Node, lenses: list[str]) -> None:
    edition, look = data.edition, _look_of_node(data.edition, node)
    title = _("Overall") if node.id == OVERALL else node.title or node.id
    weight = "row" if node.is_requirement else "bold"
    sheet.text(row, TITLE_COLUMN, title, look, "wrap", weight, indent(level_of(edition, node)))
    sheet.text(row, ID_COLUMN, node.id, look, "soft", "small")
    sheet.text(row, RULE_COLUMN, _(NOTATION[node.combine].label), look, "soft", "small")
    parent = edition.parents.get(node.id)
    if parent is not None:
        sheet.number(row, WEIGHT_COLUMN, data.compiled.weights[parent.id][node.id], look, "soft", "points")
    else:
        sheet.text(row, WEIGHT_COLUMN, "", look)
    write_node_standing(sheet, data, row, NODE_STANDING_COLUMN, node.id, look)
    if node.id == OVERALL:
        band, column = str(data.layout.overall_band), NODE_STANDING_COLUMN + StandingColumn.BAND
        write_band(sheet, data, row, column, band, standing_of_node("claimed", OVERALL), look)
    sheet.fill(row, CRITICAL_COLUMN, MET_COLUMN, look)
    share = minimum_share(node)
    if node.id in data.bands.failed and share is not None:
        sheet.number(row, CRITICAL_COLUMN, share * edition.scale, look, "soft", decimals(edition.round))
        sheet.text_formula(row, MET_COLUMN, *critical_met(data, node), look, "centre")
    for column, lens in enumerate(lenses, MET_COLUMN + 1):
        sheet.text(row, column, lens_value_label(edition, lens, node.lenses.get(lens, "")), look)
    _law_of_node(sheet, data, row, node)


LENS_SUMS_COLUMN = LENS_STANDING_COLUMN + len(StandingColumn) + 1


def prepare_lenses(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet, which differs between companies only in the values of its formulas."""
    sheet = book.sheet(data.layout.sheet_names[LENSES_SHEET])
    sheet.widths(30, 20, 9, 9, 9, 10, 14, 12, 10, 10, 10, 10)
    hidden: Style = {"hidden": True}
    sheet.xlsx.set_column(LENS_SUMS_COLUMN, LENS_SUMS_COLUMN + len(SUM_COLUMNS) - 1, 10, None, dict(hidden))
    sheet.title(_("Lenses"))
    sheet.xlsx.merge_range(1, 0, 1, LENS_SUMS_COLUMN - 2, "", book.style("soft", "wrap"))
    note = _(
        "The share says how much of the overall score a group accounts for in this company’s case; it depends on "
        "what was asked. Where every part is a mean or a sum, share times score adds up to the overall score."
    )
    sheet.text(1, 0, note, "soft", "wrap")
    sheet.xlsx.set_row(1, 28)
    for lens in data.edition.lenses:
        _lens(sheet, data, lens)
    sheet.freeze_panes(2)
    sheet.protect()


def write_lenses(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: the name on every page."""
    sheet = book.sheet(data.layout.sheet_names[LENSES_SHEET])
    sheet.set_up_page(heading=data.metadata.company, note=_("Lenses"), wide=True)


def _lens(sheet: SheetWriter, data: ScorecardData, lens: str) -> None:
    first, values = first_lens_row(data.edition, lens), data.edition.lenses[lens]
    sheet.headings(first - 1, (lens_label(data.edition, lens), _("Id")))
    write_standing_headings(sheet, data, first - 1, LENS_STANDING_COLUMN)
    sheet.headings(first - 1, sum_heads(), first=LENS_SUMS_COLUMN)
    for row, value in enumerate(values, first):
        sheet.text(row, 0, lens_value_label(data.edition, lens, value), "row")
        sheet.text(row, 1, value, "row", "soft", "small")
        sums = lens_sums(data, lens, sheet.cell(row, 1))
        others = lens_beside(data, lens, sheet.cell(row, 1))
        now = standing_of_lens("claimed", lens, value)
        write_group_standing(sheet, data, row, LENS_STANDING_COLUMN, LENS_SUMS_COLUMN, sums, now, others, "row")
    last = first + len(values) - 1
    colour_bands(
        sheet, data.edition, *(sheet.cell(row, LENS_STANDING_COLUMN + StandingColumn.BAND) for row in (first, last))
    )


LAW_HEAD, LAW_STANDING_COLUMN = 3, 4
LAW_SUMS_COLUMN = LAW_STANDING_COLUMN + len(StandingColumn)


def prepare_law(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what is the same for every company."""
    sheet, edition = book.sheet(data.layout.sheet_names[LAW_SHEET]), data.edition
    sheet.widths(40, 40, 18, 58, 8, 8, 8, 9.5, 13, 12, 9.5, 9.5, 9.5, 9.5)
    sheet.xlsx.set_column(LAW_SUMS_COLUMN, LAW_SUMS_COLUMN + len(SUM_COLUMNS) - 1, 10, None, {"hidden": True})
    sheet.title(_("Law"))
    overlap = _("Groups overlap, as a requirement may rest on several provisions.")
    sheet.text(1, 0, f"{legal_disclaimer()} {overlap}", "soft")
    heads = (
        _("Provision, and the requirements that rest on it"),
        _("Whom it binds"),
        _("Wording"),
        _("Paraphrase"),
    )
    sheet.headings(LAW_HEAD, heads)
    write_standing_headings(sheet, data, LAW_HEAD, LAW_STANDING_COLUMN)
    sheet.headings(LAW_HEAD, sum_heads(), first=LAW_SUMS_COLUMN)
    last = LAW_HEAD + 1
    for row, provision_id, requirements in _law_rows(data):
        _provision(sheet, data, row, provision_id, requirements)
        last = row + len(requirements)
    colour_bands(
        sheet, edition, *(sheet.cell(r, LAW_STANDING_COLUMN + StandingColumn.BAND) for r in (LAW_HEAD + 1, last))
    )
    sheet.xlsx.outline_settings(symbols_below=False)
    sheet.freeze_panes(LAW_HEAD + 1, 1)
    sheet.protect()


def write_law(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies: the name on every page, and whom the law binds, by the company's facts."""
    sheet = book.sheet(data.layout.sheet_names[LAW_SHEET])
    if data.facts is not None:
        for row, provision_id, _requirements in _law_rows(data):
            _whom(sheet, data, row, provision_id)
    sheet.set_up_page(heading=data.metadata.company, note=legal_disclaimer(), wide=True, repeat=(LAW_HEAD, LAW_HEAD))


def _law_rows(data: ScorecardData) -> Iterator[tuple[int, str, Sequence[Node]]]:
    """Yield the row of each provision, its id, and the requirements in the rows below it."""
    row = LAW_HEAD + 1
    for provision_id, requirements in requirements_by_provision(data.edition, data).items():
        yield row, provision_id, requirements
        row += 1 + len(requirements)


def _whom(sheet: SheetWriter, data: ScorecardData, row: int, provision_id: str) -> None:
    provision = data.edition.provisions.get(provision_id)
    whom = binding_force_words(binding_force(data.edition, provision, data.facts)) if provision else ""
    sheet.text(row, 1, whom, "rule", "soft", "wrap", "small")


def requirements_by_provision(edition: Edition, data: ScorecardData) -> Mapping[str, Sequence[Node]]:
    """Return the requirements based on each provision, in the order of the catalogue, then of the edition."""
    order = {provision: position for position, provision in enumerate(edition.provisions)}
    found: dict[str, list[Node]] = {}
    for requirement in edition.requirements:
        for provision in dict.fromkeys(requirement.law):
            if requirement.id in data.scores.results:
                found.setdefault(provision, []).append(requirement)
    return {provision: found[provision] for provision in sorted(found, key=lambda p: order.get(p, len(order)))}


def _provision(
    sheet: SheetWriter, data: ScorecardData, row: int, provision_id: str, requirements: Sequence[Node]
) -> None:
    edition = data.edition
    provision = edition.provisions.get(provision_id)
    sheet.text(row, 0, provision_title(edition, provision_id), "rule", "bold", "wrap")
    _whom(sheet, data, row, provision_id)
    sheet.text(
        row, 2, label_of(WORDING_MARK_LABELS, provision.mark) if provision else "", "rule", "soft", "wrap", "small"
    )
    sheet.text(row, 3, provision.paraphrase if provision else "", "rule", "wrap", "small")
    for below, requirement in enumerate(requirements, row + 1):
        _law_requirement(sheet, data, below, requirement)
    questions = tuple([question for each in requirements for question in data.scored_ids[each.id]])
    sums = _law_sums(sheet, row, len(requirements)), values_of_sums(questions)
    others = [(*_law_beside(other, requirements), standing_of_law(other.basis, provision_id)) for other in data.beside]
    now = standing_of_law("claimed", provision_id)
    write_group_standing(sheet, data, row, LAW_STANDING_COLUMN, LAW_SUMS_COLUMN, sums, now, others, "rule")


def _law_sums(sheet: SheetWriter, row: int, requirements: int) -> Sequence[Formula]:
    spans = [
        CellRange(sheet.cell(row + 1, LAW_SUMS_COLUMN + i), sheet.cell(row + requirements, LAW_SUMS_COLUMN + i))
        for i in range(len(SUM_COLUMNS))
    ]
    return [f"SUM({span})" for span in spans]


def _law_beside(data: ScorecardData, requirements: Sequence[Node]) -> tuple[Formula, Formula]:
    sums = []
    for column in MEAN_COLUMNS:
        is_weight = column in {track.effective_weight for track in TRACKS}
        counted = [node for node in requirements if not (is_weight and node.only_deducts)]
        cells = [data.layout.part_cell(node.id, column) for node in counted]
        sums.append(f.fold("SUM", cells) if cells else "0")
    return live_mean(data, sums)


def _law_requirement(sheet: SheetWriter, data: ScorecardData, row: int, requirement: Node) -> None:
    sheet.xlsx.set_row(row, None, None, {"level": 1})
    sheet.text(row, 0, requirement.title or requirement.id, "row", "wrap", "soft", indent(1))
    sheet.text(row, 1, requirement.id, "row", "soft", "small")
    sheet.fill(row, 2, 3, "row")
    write_node_standing(sheet, data, row, LAW_STANDING_COLUMN, requirement.id, "row", {"bold": False})
    for column, formula in enumerate(_sums_of_requirement(data, requirement), LAW_SUMS_COLUMN):
        sheet.formula(row, column, formula, None, "soft")
    sheet.valued_by(values_of_sums(data.scored_ids[requirement.id]))


def _sums_of_requirement(data: ScorecardData, requirement: Node) -> Sequence[Formula]:
    weights = {track.effective_weight for track in TRACKS} if requirement.only_deducts else set()
    sources = [source for _heading, source in SUM_COLUMNS]
    return ["0" if source in weights else str(data.layout.part_cell(requirement.id, source)) for source in sources]
