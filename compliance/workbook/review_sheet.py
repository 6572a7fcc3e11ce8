"""The sheet *Review*, on which an auditor works: every question, its answer, and cells for verdict and comment."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BEST_ANSWER, profile_field_label, profile_value_label
from compliance.narrative.answer_wording import condition_words, counts_only_if
from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import blank_text
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.places import BOXES, DATED_BOX, PLANNED_BOX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import check_answer_words, check_verdict_words, is_verdict_to_check
from compliance.workbook.cell_styles import UNASKED, WARNING, Style, decimals, indent
from compliance.workbook.cell_texts import clean
from compliance.workbook.choices_sheet import choice_text, chosen_words, chosen_words_now
from compliance.workbook.formulas import MISSING, CachedValue, CellRange, Formula
from compliance.workbook.review_entries import (
    ENTRIES,
    LOOKS,
    NEVER,
    NOT_UNDERSTOOD,
    SAID,
    most_asked,
    offer_determinations,
)
from compliance.workbook.review_words import (
    OFFER_SEPARATOR,
    says_more,
    seal,
)
from compliance.workbook.scorecard_columns import CalculationColumn, ChoiceColumn, ReviewColumn
from compliance.workbook.scorecard_data import ScorecardData, cached_share
from compliance.workbook.scorecard_layout import (
    ANSWERS_RANGE,
    COMPANY_CELL,
    PROFILE_STATE,
    PROFILE_VALUE,
    REVIEW_HEAD,
    REVIEW_SHEET,
    AnswerState,
    ReviewLine,
    ReviewLineKind,
    ScorecardLayout,
    choice_ids,
)
from compliance.workbook.standing_values import standing_of_node, standing_value
from compliance.workbook.writer import SheetWriter, WorkbookWriter

_SOFT: Style = {"font_color": "#5a5460", "bold": False, "font_size": 9}


def prepare_review(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what is the same for every company: the questions, and empty cells for entries."""
    sheet = book.sheet(data.layout.sheet_names[REVIEW_SHEET])
    review = _(
        "Auditors fill in the framed cells: determination, adjusted answer, comment and next review. What is not asked "
        "of this company is filtered away. Filter the rows, but do not sort them: the scores depend on "
        "their position. Columns may be added at the end."
    )
    how = _(
        "The answers are locked, without a password. To try others, unprotect the sheet and change one: every sheet "
        "follows. Where more than one answer may be true, join their ids with |. An empty cell is a blank; n/a means "
        "“does not apply” and needs a reason."
    )
    sheet.title(_("Review"))
    book.define_name(COMPANY_CELL, sheet.cell(1, 0))
    sheet.xlsx.merge_range(2, 0, 2, ReviewColumn.STATE, "", book.style("soft", "wrap"))
    sheet.text(2, 0, f"{review} {how} {_(BEST_ANSWER)} {_(NEVER)}", "soft", "wrap")
    sheet.xlsx.set_row(2, 66)
    sheet.columns(REVIEW_HEAD, [column.spec for column in ReviewColumn])
    for row, line in enumerate(data.layout.review_lines, REVIEW_HEAD + 1):
        _prepare_line(sheet, data, row, line)
    _highlight(sheet, data.layout)
    sheet.freeze_panes(REVIEW_HEAD + 1, ReviewColumn.ANSWER)
    last = REVIEW_HEAD + len(data.layout.review_lines)
    corners = sheet.cell(REVIEW_HEAD, ReviewColumn.ID), sheet.cell(last, ReviewColumn.SEAL)
    book.define_name(ANSWERS_RANGE, CellRange(*corners))
    sheet.xlsx.autofilter(REVIEW_HEAD, ReviewColumn.ID, last, ReviewColumn.WORD)
    sheet.xlsx.filter_column(ReviewColumn.STATE, "x != " + f.text_literal(_("not asked")))
    sheet.xlsx.print_area(0, 0, last, ReviewColumn.NEXT_REVIEW)
    sheet.protect(with_own_columns=True)


def _highlight(sheet: SheetWriter, layout: ScorecardLayout) -> None:
    states = layout.review_column(ReviewColumn.STATE)
    state = f"${states.first.without_sheet.replace('$', '')}"
    for words in (check_answer_words(), check_verdict_words()):
        sheet.conditional_format(states, f"{state}={f.text_literal(words)}", WARNING)
    rows = states._replace(first=states.first._replace(column=ReviewColumn.ID))
    unasked = f.text_literal(_("not asked"))
    sheet.conditional_format(rows, f"{state}={unasked}", UNASKED)


def _prepare_line(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    """Write a row: the locked cells, the seal, and a cell for an auditor's comment."""
    text = _PREPARED[line.kind](sheet, data, row, line)
    sheet.text(row, ReviewColumn.LINE, line.key, "as_text")
    sheet.known[line.key] = "" if text is None else seal(clean(text))
    if line.kind not in ENTRIES:
        sheet.text(row, ReviewColumn.SEAL, sheet.known[line.key], "as_text")
    is_requirement = line.kind == "node" and data.edition.nodes[line.id].is_requirement
    if is_requirement or line.kind in ("question", "profile"):
        sheet.text(row, ReviewColumn.COMMENT, "", *LOOKS[ReviewColumn.COMMENT])


def _prepare_heading(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    sheet.text(row, 0, _("About the company"), "theme")
    sheet.fill(row, 1, ReviewColumn.WORD, "rule")


def _prepare_profile(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> str:
    field = data.edition.profile[line.id.removeprefix(PROFILE_PREFIX)]
    sheet.text(row, ReviewColumn.ID, line.id, "row", "soft", "small", "wrap")
    asked, choices_said = profile_field_label(data.edition, field.id), _choices(data.edition, field)
    sheet.rich_text(row, ReviewColumn.TEXT, [(asked, {}), (choices_said, _SOFT)], "row", "wrap")
    sheet.entered(row, ReviewColumn.ANSWER, "", *LOOKS[ReviewColumn.ANSWER], is_number=field.is_number)
    _value_in_words(sheet, data, row, field)
    if field.values:
        first = data.layout.profile_cell(field.id, PROFILE_STATE + 2)
        choices = CellRange(first, first._replace(column=first.column + len(field.values) - 1))
        sheet.dropdown(sheet.cell(row, ReviewColumn.ANSWER), choices)
    state = data.layout.profile_cell(field.id, PROFILE_STATE)
    states = f.cases(
        (f.equals(state, AnswerState.CHECK), f.text_literal(check_answer_words())),
        (f.equals(state, AnswerState.BLANK), f.text_literal(_("blank"))),
        otherwise=f.text_literal(_("answered")),
    )
    sheet.text_formula(row, ReviewColumn.STATE, states, partial(_profile_state_now, field.id), "row", "soft", indent(1))
    sheet.fill(row, ReviewColumn.POINTS, ReviewColumn.ADJUSTED, "row")
    return asked + choices_said


def _profile_state_now(name: str, data: ScorecardData) -> str:
    return _("blank") if data.sheet.profile.get(name, "") == "" else _("answered")


def _value_in_words(sheet: SheetWriter, data: ScorecardData, row: int, field: ProfileField) -> None:
    words = {each: profile_value_label(data.edition, field.id, each) for each in field.values}
    if not words:
        sheet.text(row, ReviewColumn.WORDS, "", "row")
        return
    value = data.layout.profile_cell(field.id, PROFILE_VALUE)
    same = [(f.call("EXACT", value, f.text_literal(each)), f.text_literal(said)) for each, said in words.items()]

    def now(data: ScorecardData) -> str:
        return words.get(str(data.sheet.profile.get(field.id, "")), "")

    formula, all_words = f.cases(*same, otherwise=MISSING), "".join(words.values())
    sheet.text_formula(row, ReviewColumn.WORDS, formula, now, "row", "wrap", "inset", may_say=all_words)


def _choices(edition: Edition, field: ProfileField) -> str:
    """Return the meanings of a field's values whose ids do not explain themselves."""
    words = [(value, profile_value_label(edition, field.id, value)) for value in field.values]
    meant = [_("%(value)s: %(words)s", value=v, words=said) for v, said in words if says_more(said, v)]
    return "\n" + formats.semicolon_list(meant) if meant else ""


def _prepare_node(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> str:
    node = data.edition.nodes[line.id]
    style = "requirement" if node.is_requirement else "rule"
    passages: list[tuple[str, Style]] = []
    if node.is_requirement:
        passages = [(node.title or node.id, {"bold": True}), ("\n" + node.expects, _SOFT)]
        sheet.text(row, ReviewColumn.ID, node.id, "requirement", "soft")
        sheet.rich_text(row, ReviewColumn.TEXT, passages, "requirement", indent(max(line.level - 1, 0)))
    else:
        sheet.text(row, ReviewColumn.ID, node.title or node.id, "theme", indent(line.level))
        sheet.text(row, ReviewColumn.TEXT, "", "theme")
    sheet.fill(row, ReviewColumn.ANSWER, ReviewColumn.WORD, style)
    if node.id in data.compiled.tree.slots:
        _scored(sheet, data, row, node, style)
    return "".join(text for text, _look in passages)


def _scored(sheet: SheetWriter, data: ScorecardData, row: int, node: Node, style: str) -> None:
    """Write the score of a theme or requirement next to its name, on the edition's scale."""
    scale, digits = data.edition.scale, decimals(data.edition.round)
    said = _("score") if node.critical is None else _("score (critical)")
    asked = f.fold("MAX", [data.layout.part_cell(part.id, CalculationColumn.ASKED) for part in node.parts])
    words = f.if_(f"{asked}=0", f.text_literal(_("not asked")), f.text_literal(said))

    def now(data: ScorecardData) -> str:
        return said if most_asked(data, node) else _("not asked")

    sheet.text_formula(row, ReviewColumn.STATE, words, now, style, "soft", "right")
    shown = data.layout.points(node.id, CalculationColumn.REPORTED)
    score = standing_value(standing_of_node("claimed", node.id), "score")
    sheet.formula(row, ReviewColumn.POINTS, shown, score, style, "bold", digits)
    sheet.number(row, ReviewColumn.FULL_MARKS, scale, style, "soft", "points")


def _prepare_question(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> str:
    question, is_number = data.edition.questions[line.id], data.edition.questions[line.id].kind == "number"
    passages = _passages(data.edition, question)
    sheet.text(row, ReviewColumn.ID, question.id, *SAID, "soft", "small")
    sheet.rich_text(row, ReviewColumn.TEXT, passages, "question", indent(max(line.level - 1, 0)))
    sheet.entered(row, ReviewColumn.ANSWER, "", *LOOKS[ReviewColumn.ANSWER], is_number=is_number)
    if question.kind == "one":
        offered = data.layout.choice_cells(question, ChoiceColumn.OFFERED)
        sheet.dropdown(sheet.cell(row, ReviewColumn.ANSWER), offered)
    if question.options:
        words, now = chosen_words(data, question), partial(_chosen_now, question)
        said = "".join(choice_text(question, option) for option in choice_ids(question))
        sheet.text_formula(row, ReviewColumn.WORDS, words, now, *LOOKS[ReviewColumn.WORDS], may_say=said)
    sheet.text_formula(row, ReviewColumn.STATE, _state(data, question), partial(_state_now, question), *SAID, indent(1))
    _points(sheet, data, row, question)
    for column in (ReviewColumn.REASON, ReviewColumn.EVIDENCE, ReviewColumn.LINK):
        sheet.text(row, column, "", *LOOKS[column])
    _prepare_determination(sheet, data, row, question)
    sheet.text(row, ReviewColumn.WORD, "", *LOOKS[ReviewColumn.WORD])
    reasons = [blank_text(word) for word in offered_words(question)]
    sheet.dropdown(sheet.cell(row, ReviewColumn.WORD), reasons, _("The title of a document may follow the reason."))
    return "".join(text for text, _look in passages)


def _chosen_now(question: Question, data: ScorecardData) -> str:
    return chosen_words_now(data, question)


def _points(sheet: SheetWriter, data: ScorecardData, row: int, question: Question) -> None:
    if question.id not in data.compiled.points_ranges:
        sheet.fill(row, ReviewColumn.POINTS, ReviewColumn.FULL_MARKS, "question")
        return
    score = data.layout.part_cell(question.id, CalculationColumn.SCORE)
    unit = str(data.layout.part_cell(question.id, CalculationColumn.FULL_MARKS))
    if question.only_deducts:
        unit = f.number_literal(question.unit_points)

    def earned(data: ScorecardData) -> CachedValue:
        return cached_share(data.scores.results[question.id].value[0] * question.unit_points)

    points = f.unless_missing(score, f"{score}*{unit}")
    sheet.formula(row, ReviewColumn.POINTS, points, earned, "question", "points")
    sheet.number(row, ReviewColumn.FULL_MARKS, question.full, "question", {"bold": False}, "soft", "points")


def _passages(edition: Edition, question: Question) -> Sequence[tuple[str, Style]]:
    """Return the question with its conditions, range and hint; for a multiple choice, also options and their ids."""
    passages: list[tuple[str, Style]] = [(question.ask, {"bold": True})]
    if question.counts_when is not None:
        passages.append(("\n" + counts_only_if(edition, question.counts_when, {}) + ".", _SOFT))
    if question.asked_when is not None:
        condition = condition_words(edition, question.asked_when, {})
        passages.append(("\n" + _("Asked only if %(condition)s.", condition=condition), _SOFT))
    if question.range is not None:
        start, end = (_with_unit(bound, question.unit) for bound in question.range)
        earns = _("%(start)s earns nothing, %(end)s earns full marks", start=start, end=end)
        passages.append(("\n" + earns, _SOFT))
    if not question.scored:
        passages.append(("\n" + _("Not scored"), _SOFT))
    if question.places:
        passages.append(("\n" + _how_to_write_places(question), _SOFT))
    if question.help and question.scored:
        passages.append(("\n" + question.help, _SOFT))
    if question.is_multiple_choice:
        listed = [f"\n{option}{OFFER_SEPARATOR}{choice_text(question, option)}" for option in choice_ids(question)]
        passages.append(("".join(listed), _SOFT))
    return passages


def _how_to_write_places(question: Question) -> str:
    """Return how an answer about places is entered, with the boxes that the question has."""
    how = _(
        "Write the codes of the countries where this is true, separated by |, such as DOM|MAR, or write none. Only "
        "countries in the answer to %(list)s count.",
        list=question.places,
    )
    boxes = {
        PLANNED_BOX: _(
            "Add +planned if a date is set and someone is responsible; it counts only if this is true in none of them."
        ),
        DATED_BOX: _("Add +dated if a date is set for the next check; it counts only if this is true in all of them."),
    }
    return " ".join([how, *(said for box, said in boxes.items() if question.option(BOXES[box]))])


def _with_unit(number: float, unit: str) -> str:
    plain = formats.short_decimal(number)
    return _("%(number)s %(unit)s", number=plain, unit=unit) if unit else plain


def _state(data: ScorecardData, question: Question) -> Formula:
    """Return the formula of a question's state in words."""
    state, asked, gate = (
        data.layout.part_cell(question.id, c)
        for c in (CalculationColumn.STATE, CalculationColumn.ASKED, CalculationColumn.GATE)
    )
    verified = data.on("verified").layout
    return f.cases(
        (f.equals(state, AnswerState.CHECK), f.text_literal(check_answer_words())),
        (is_verdict_to_check(verified, question), f.text_literal(check_verdict_words())),
        (f"{asked}=0", f.text_literal(_("not asked"))),
        (f"{asked}<1", f.text_literal(_("not known if asked"))),
        (f.equals(state, AnswerState.NOT_APPLICABLE), f.text_literal(_("does not apply"))),
        (
            f.equals(state, AnswerState.BLANK),
            f.if_(f"{gate}=0", f.text_literal(_("not needed")), f.text_literal(_("blank"))),
        ),
        (f"{gate}<1", f.text_literal(_("earns nothing"))),
        otherwise=f.text_literal(_("answered")),
    )


def _state_now(question: Question, data: ScorecardData) -> str:
    state, asked, gate = data.state(question), data.asked(question), data.gate(question)
    if asked < 1:
        return _("not known if asked") if asked else _("not asked")
    if state == AnswerState.GIVEN:
        return _("answered") if gate == 1 else _("earns nothing")
    if state == AnswerState.NOT_APPLICABLE:
        return _("does not apply")
    return _("not needed") if gate == 0 else _("blank")


def _prepare_determination(sheet: SheetWriter, data: ScorecardData, row: int, question: Question) -> None:
    """Write an auditor's cells: the determination, the adjusted answer, and the day of the next review."""
    sheet.text(row, ReviewColumn.DETERMINATION, "", *LOOKS[ReviewColumn.DETERMINATION])
    offer_determinations(sheet, row, is_not_applicable=False)
    place, is_number = sheet.cell(row, ReviewColumn.ADJUSTED), question.kind == "number"
    sheet.entered(row, ReviewColumn.ADJUSTED, "", "note", is_number=is_number)
    if question.kind == "one":
        sheet.dropdown(place, data.layout.choice_cells(question, ChoiceColumn.OFFERED), _(NOT_UNDERSTOOD))
    else:
        sheet.hint(place, _("Adjusted answer"), _(_HOW_TO_WRITE[question.kind]))
    sheet.date(row, ReviewColumn.NEXT_REVIEW, None, "note")
    sheet.dates_only(sheet.cell(row, ReviewColumn.NEXT_REVIEW))


#: How to write an adjusted answer that is not chosen from a list.
_HOW_TO_WRITE: Mapping[QuestionKind, str] = {
    "many": N_(
        "Write the ids of all answers that are true, joined by |, as in a|b. They are listed below the question."
    ),
    "number": N_("Write a number without its unit, with the decimal sign of this program."),
    "date": N_("Write year-month-day, as in 2027-01-31."),
    "text": N_("Write the answer."),
    "countries": N_("Write the codes of the countries, joined by |, as in CHL|KHM."),
    "places": N_("Write the codes of the countries where it is true, joined by |, as in CHL|KHM, or write none."),
}

#: Functions that write the content of a row that is the same for every company, and return its text to be sealed.
_PREPARED: Mapping[ReviewLineKind, Callable[[SheetWriter, ScorecardData, int, ReviewLine], str | None]] = {
    "heading": _prepare_heading,
    "profile": _prepare_profile,
    "node": _prepare_node,
    "question": _prepare_question,
}
