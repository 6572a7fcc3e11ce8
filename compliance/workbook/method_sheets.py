"""The sheets *Method* and *Calculation*: how the score is calculated, in words and as live formulas."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from operator import methodcaller

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import VOICE_LABELS, label_of, lens_label
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.answer_wording import wanted_values
from compliance.narrative.method_wording import day_words, legal_disclaimer, method_sentences, translation_note
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.scoring.coded_answers import Basis
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import KIND_FORMULAS, profile_formulas, term_formula
from compliance.workbook.cell_styles import band_tint
from compliance.workbook.formulas import MISSING, CachedValue
from compliance.workbook.score_formulas import Part, column_formulas
from compliance.workbook.score_values import values_of_column
from compliance.workbook.scorecard_columns import PLACES_COLUMNS, UNUSED_COLUMNS, CalculationColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import (
    CALCULATION_SHEETS,
    EDITION_ID_CELL,
    FIRST_PROFILE,
    METHOD_SHEET,
    PROFILE_CHOICES,
    PROFILE_STATE,
    PROFILE_VALUE,
    REVIEW_SHEET,
    TERM_VALUE,
    AnswerState,
)
from compliance.workbook.standing_cells import BAND_FROM, BAND_ID, BAND_TITLE, FIRST_BAND
from compliance.workbook.writer import SheetWriter, WorkbookWriter


def write_method(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet."""
    sheet, edition = book.sheet(data.layout.sheet_names[METHOD_SHEET]), data.edition
    sheet.widths(30, 80, 10)
    sheet.title(_("Method"))
    sheet.text(1, 0, legal_disclaimer(), "soft")
    _bands(sheet, edition)
    row = FIRST_BAND + max(len(edition.bands), 1) + 1
    row = _section(sheet, row, _("How it is worked out"), _rules(data))
    book.define_name(EDITION_ID_CELL, sheet.cell(row + 1, 1))
    _section(sheet, row, _("Which file this is"), _facts(data))
    sheet.set_up_page(heading=data.metadata.company, note=edition.title)
    sheet.protect()


def _section(sheet: SheetWriter, row: int, title: str, lines: Iterable[tuple[str, str]]) -> int:
    """Write lines below a heading. Return the row of the next heading."""
    sheet.text(row, 0, title, "section")
    sheet.text(row, 1, "", "rule")
    for row, (label, words) in enumerate(lines, row + 1):  # noqa: B020
        sheet.text(row, 0, label, "row", "soft", "wrap")
        sheet.text(row, 1, words, "row", "text")
    return row + 2


def _bands(sheet: SheetWriter, edition: Edition) -> None:
    sheet.text(FIRST_BAND - 2, 0, _("Bands"), "section")
    sheet.fill(FIRST_BAND - 2, 1, 2, "rule")
    if not edition.bands:
        sheet.text(FIRST_BAND, 0, _("This edition has none."), "soft")
        return
    sheet.headings(FIRST_BAND - 1, (_("Id"), _("Band"), _("From")), right=(BAND_FROM,))
    for position, band in enumerate(edition.bands):
        ground = {"bg_color": band_tint(position, len(edition.bands))}
        sheet.text(FIRST_BAND + position, BAND_ID, band.id, "row", "soft")
        sheet.text(FIRST_BAND + position, BAND_TITLE, band.title, "row", "bold", ground)
        sheet.number(FIRST_BAND + position, BAND_FROM, band.at, "row", "points")


def _rules(data: ScorecardData) -> Iterator[tuple[str, str]]:
    yield from method_sentences(data.edition)
    yield (
        _("What is live"),
        _(
            "Live from the sheet %(review)s, as claimed, evidenced and verified: points, conditions, coverage, scores "
            "at worst and at best, caps, bands and lenses. As downloaded, so not live: gaps in their order, points "
            "lost and gained, the worked example, and comparisons with others.",
            review=data.layout.sheet_names[REVIEW_SHEET],
        ),
    )


def _facts(data: ScorecardData) -> Iterator[tuple[str, str]]:
    edition, metadata = data.edition, data.metadata
    yield _("Edition id"), edition.id
    yield _("Edition"), edition.title
    yield _("Digest of the edition"), edition.digest
    said = (
        (_("Company"), metadata.company),
        (_("Period"), metadata.period),
        (_("Law catalogue as of"), day_words(metadata.law_as_of)),
        (_("Who answered"), label_of(VOICE_LABELS, metadata.voice)),
        (_("Translation"), translation_note(edition)),
        (_("Assessment"), metadata.assessment),
        (_("Submitted"), _moment(metadata.submission)),
        (_("Downloaded by"), metadata.downloaded_by),
        (_("Downloaded"), _moment(metadata.downloaded_at)),
        (_("Version"), metadata.download),
    )
    yield from ((label, words) for label, words in said if words)
    minimum = edition.root.min_coverage
    yield _("Minimum coverage"), _("No minimum") if minimum is None else formats.percent(minimum)
    yield _("For reading this file back"), data.fingerprint.line


def _moment(iso: str) -> str:
    """Return a time in words, in UTC, or a day as `day_words` writes it; any other text unchanged."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    if moment.tzinfo is None:
        return day_words(iso)
    return f"{formats.date_and_time(moment.astimezone(UTC))} UTC"


_NOTE = N_(
    "Figures are shares of full marks: 1 means full marks, empty means dropped out. Asked, counts and conditions: "
    "0 no, 0.5 not known yet, 1 yes. State: 0 blank, 1 answered, 2 does not apply, 3 to check. The parts of one "
    "section are listed together. Enter nothing here: change answers on the sheet %(review)s."
)
#: Which answers count on each basis.
_BASIS_NOTES: Mapping[Basis, str] = {
    "claimed": N_("Every answer counts as the company gave it."),
    "evidenced": N_(
        "An answer counts if there is evidence beside it, or if its question needs none; “does not apply” needs a "
        "reason. Credit: 0 it counts, 1 it does not count yet."
    ),
    "verified": N_(
        "An answer counts if an auditor confirmed or adjusted it. Verdict: 0 not reviewed, 1 confirmed, 2 adjusted, "
        "3 not shown, 4 to check. Credit: 0 it counts, 1 it does not count yet, 2 it does not count."
    ),
}


def write_calculation(basis: Basis, book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies on the sheet of a basis: the company's name on every page."""
    name, head = data.layout.sheet_names[CALCULATION_SHEETS[basis]], data.on(basis).layout.first_part - 1
    book.sheet(name).set_up_page(
        heading=data.metadata.company, note=name, wide=True, columns=(0, _LAST), repeat=(head, head)
    )


_LAST = CalculationColumn.COVERAGE  # the last column that is printed


def prepare_calculation(basis: Basis, book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet of a basis, which differs between companies only in the values of its formulas."""
    data = data.on(basis)
    layout = data.layout
    name, note = layout.sheet_names[CALCULATION_SHEETS[data.basis]], _(_NOTE, review=layout.sheet_names[REVIEW_SHEET])
    sheet = book.sheet(name)
    sheet.view = methodcaller("on", data.basis)
    sheet.widths(*[9.5] * len(data.edition.lenses), first=len(CalculationColumn))
    sheet.text(0, 0, name, "title")
    sheet.xlsx.merge_range(1, 0, 1, _LAST, "", book.style("start", "soft", "wrap"))
    sheet.text(1, 0, note, "soft", "wrap")
    sheet.xlsx.set_row(1, 28)
    sheet.text(2, 0, _(_BASIS_NOTES[data.basis]), "soft")
    if data.basis == "claimed":
        _prepare_profile(sheet, data)
    _prepare_terms(sheet, data)
    head = layout.first_part - 1
    sheet.text(head - 1, 0, _("Parts"), "section")
    unused = {*UNUSED_COLUMNS[data.basis], *(() if data.edition.places_questions else PLACES_COLUMNS)}
    specs = [replace(column.spec, hidden=True) if column in unused else column.spec for column in CalculationColumn]
    sheet.columns(head, specs)
    of_lenses = [lens_label(data.edition, lens) for lens in data.edition.lenses]
    sheet.headings(head, of_lenses, first=len(CalculationColumn))
    sheet.xlsx.set_row(head, 42)
    parts = (data.edition.root, *(p for node in data.edition.root.nodes() for p in node.parts))
    for part in parts:
        _prepare_part(sheet, data, part)
    _prepare_formulas(sheet, data, [part for part in parts if isinstance(part, Node)])
    _prepare_formulas(sheet, data, [part for part in parts if isinstance(part, Question)])
    sheet.freeze_panes(0, 1)
    sheet.protect()


def _prepare_profile(sheet: SheetWriter, data: ScorecardData) -> None:
    if data.edition.profile:
        sheet.text(FIRST_PROFILE - 2, 0, _("About the company"), "section")
        sheet.headings(
            FIRST_PROFILE - 1,
            (_("Field"), "", _("State"), _("Value"), _("Possible values")),
            right=(PROFILE_STATE, PROFILE_VALUE),
            inset=(PROFILE_CHOICES,),
        )
    for name, field in data.edition.profile.items():
        row, cell = data.layout.profile_rows[name], data.layout.claim_cell(PROFILE_PREFIX + name)
        sheet.text(row, 0, name)
        for column, choice in enumerate(field.values, PROFILE_CHOICES):
            sheet.text(row, column, choice, "soft", "inset")
        choices = f.CellRange(
            sheet.cell(row, PROFILE_CHOICES), sheet.cell(row, PROFILE_CHOICES + len(field.values) - 1)
        )
        state, value = profile_formulas(field, cell, choices)
        sheet.formula(row, PROFILE_STATE, state, partial(_profile_state, name))
        kept = f.if_(f.equals(sheet.cell(row, PROFILE_STATE), AnswerState.GIVEN), value, MISSING)
        sheet.formula(row, PROFILE_VALUE, kept, partial(_profile_value, name), mixed=True)


def _profile_state(name: str, data: ScorecardData) -> CachedValue:
    return float(AnswerState.GIVEN if name in data.sheet.profile else AnswerState.BLANK)


def _profile_value(name: str, data: ScorecardData) -> CachedValue:
    return data.sheet.profile.get(name, "")


def _prepare_terms(sheet: SheetWriter, data: ScorecardData) -> None:
    rows = data.layout.term_rows
    if not rows:
        return
    first = min(rows.values())
    sheet.text(first - 2, 0, _("Conditions"), "section")
    sheet.headings(first - 1, (_("Depends on"), _("Met if it is"), _("Met")), right=(TERM_VALUE,))
    for term, row in rows.items():
        sheet.text(row, 0, term.id)
        sheet.text(row, 1, wanted_values(term), "wrap")
        formula = sheet.without_own_name(term_formula(data.layout, term))
        sheet.formula(row, TERM_VALUE, formula, None)
    sheet.valued_by(lambda data: map(data.term, rows))


def _prepare_part(sheet: SheetWriter, data: ScorecardData, part: Node | Question) -> None:
    row = data.layout.part_rows[part.id]
    rule = NOTATION[part.combine].label if isinstance(part, Node) else KIND_FORMULAS[part.kind].name
    sheet.text(row, CalculationColumn.ID, part.id, "row")
    sheet.text(row, CalculationColumn.RULE, _(rule), "row", "soft")
    parent = data.edition.parents.get(part.id)
    weight = data.compiled.weights[parent.id].get(part.id) if parent else 1.0
    if weight is not None:
        sheet.number(row, CalculationColumn.WEIGHT, weight, "row")
        counted = data.compiled.counted[parent.id][part.id] if parent else 1.0
        sheet.number(row, CalculationColumn.COUNTED_WEIGHT, counted, "row")
    if isinstance(part, Question) and part.id in data.compiled.points_ranges:
        points_range = data.compiled.points_ranges[part.id]
        sheet.number(row, CalculationColumn.LEAST, points_range.least, "row")
        sheet.number(row, CalculationColumn.MOST, points_range.most, "row")
        sheet.number(row, CalculationColumn.FULL_MARKS, part.full, "row")
        for lens in filter(part.lenses.__contains__, data.edition.lenses):
            sheet.text(row, data.layout.lens_column(lens), part.lenses[lens], "row", "soft")


def _prepare_formulas(sheet: SheetWriter, data: ScorecardData, parts: Sequence[Part]) -> None:
    """Write the formulas of nodes, or of questions, column by column."""
    for column in CalculationColumn:
        found = list(column_formulas(data, parts, column))
        for part, formula in found:
            row, is_answer = data.layout.part_rows[part.id], column == CalculationColumn.ANSWER
            sheet.formula(row, column, sheet.without_own_name(formula), None, "row", mixed=is_answer)
        if found:
            sheet.valued_by(values_of_column(data.basis, [part for part, _formula in found], column))
