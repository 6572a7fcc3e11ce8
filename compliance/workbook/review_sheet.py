"""The sheet *Review*, on which an auditor works: every question, its answer to change, and room for a comment."""

from collections.abc import Sequence

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BEST_ANSWER, option_label, profile_field_label, profile_value_label
from compliance.narrative.answer_wording import condition_by_ids
from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import (
    NOT_APPLICABLE_TEXT,
    Adjusted,
    NotApplicable,
    blank_text,
    write_answer,
)
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.places import BOXES, DATED_BOX, PLANNED_BOX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import check_answer_words, chosen_flag
from compliance.workbook.cell_styles import CHOSEN, UNASKED, WARNING, Style, decimals, indent
from compliance.workbook.formulas import MISSING, CachedValue, CellRange, Formula
from compliance.workbook.review_words import DETERMINATION_WORDS, SOME_EVIDENCE, Determination
from compliance.workbook.scorecard_data import ScorecardData, cached_score, cached_share
from compliance.workbook.scorecard_layout import (
    ANSWERS_RANGE,
    COMPANY_CELL,
    PROFILE_STATE,
    REVIEW_HEAD,
    REVIEW_SHEET,
    AnswerState,
    CalculationColumn,
    ReviewColumn,
    ReviewLine,
    ScorecardLayout,
)
from compliance.workbook.writer import SheetWriter, WorkbookWriter

_SOFT: Style = {"font_color": "#5a5460", "bold": False, "font_size": 9}
_CLAIM: Style = {"locked": True}  # what the company says is not an auditor's to change
_MARK = "●"
_ROOM_FOR_COLUMNS = 20  # that an auditor may add without unprotecting the sheet


def write_review(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet."""
    sheet = book.sheet(data.layout.sheet_names[REVIEW_SHEET])
    review = _(
        "Auditors fill in the framed cells: determination, adjusted answer and comment. Rows may be filtered, and "
        "columns added at the end."
    )
    how = _(
        "The answers are locked, without a password. To try others, unprotect the sheet: change a shaded cell and "
        "every sheet follows. Choose from the list; where more than one answer may be true, put x beside each. An "
        "empty cell is a blank; n/a means “does not apply” and needs a reason."
    )
    why = _(
        "To say why a cell is blank, choose a reason in the last column. Write the title of another document after it, "
        "with a colon between them."
    )
    best = _(BEST_ANSWER)
    never = _("Never add pictures or details of children or of incidents.")
    sheet.title(_("Review"))
    sheet.text(1, 0, data.metadata.company, "bold", {"quote_prefix": True})
    book.define_name(COMPANY_CELL, sheet.cell(1, 0))
    sheet.text(2, 0, f"{review} {how} {best} {why} {never}", "soft")
    sheet.columns(REVIEW_HEAD, [column.spec for column in ReviewColumn])
    own = data.metadata.own_columns
    end = len(ReviewColumn) + len(own)
    sheet.xlsx.set_column(end, end + _ROOM_FOR_COLUMNS - 1, None, book.style("text", {"locked": False}))
    sheet.widths(*[26] * len(own), first=len(ReviewColumn))
    sheet.headings(REVIEW_HEAD, [column.heading for column in own], first=len(ReviewColumn))
    for row, line in enumerate(data.layout.review_lines, REVIEW_HEAD + 1):
        _WRITERS[line.kind](sheet, data, row, line)
        sheet.text(row, ReviewColumn.LINE, line.key, "as_text")
        _comments(sheet, data, row, line)
    _highlight(sheet, data.layout)
    sheet.freeze_panes(REVIEW_HEAD + 1, ReviewColumn.ANSWER)
    last = REVIEW_HEAD + len(data.layout.review_lines)
    book.define_name(
        ANSWERS_RANGE, CellRange(sheet.cell(REVIEW_HEAD, ReviewColumn.ID), sheet.cell(last, ReviewColumn.LINE))
    )
    sheet.xlsx.autofilter(REVIEW_HEAD, ReviewColumn.ID, last, ReviewColumn.WORD)
    sheet.xlsx.print_area(0, 0, last, ReviewColumn.WORD)
    sheet.xlsx.outline_settings(symbols_below=False)
    sheet.set_up_page(heading=data.metadata.company, note=never, wide=True, repeat=(REVIEW_HEAD, REVIEW_HEAD))
    sheet.protect(with_own_columns=True)


def _highlight(sheet: SheetWriter, layout: ScorecardLayout) -> None:
    first, last = REVIEW_HEAD + 1, REVIEW_HEAD + max(len(layout.review_lines), 1)
    states = CellRange(sheet.cell(first, ReviewColumn.ANSWER), sheet.cell(last, ReviewColumn.STATE))
    state = f"${f.column_letters(ReviewColumn.STATE)}{first + 1}"
    sheet.conditional_format(states, f"{state}={f.text_literal(check_answer_words())}", WARNING)
    rows = CellRange(sheet.cell(first, ReviewColumn.ID), sheet.cell(last, ReviewColumn.FULL_MARKS))
    sheet.conditional_format(rows, f"${f.column_letters(ReviewColumn.CHOSEN_FLAG)}{first + 1}=1", CHOSEN)
    unasked = f.text_literal(_("not asked"))
    sheet.conditional_format(rows, f"{state}={unasked}", UNASKED)


def _comments(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    """What an auditor says of a line, and what stands beside it in columns that somebody added."""
    comment = data.metadata.comments.get(line.key, "")
    is_requirement = line.kind == "node" and data.edition.nodes[line.id].is_requirement
    if comment or is_requirement or line.kind in ("question", "profile"):
        sheet.text(row, ReviewColumn.COMMENT, comment, "note", "as_text", "text")
    for place, column in enumerate(data.metadata.own_columns, len(ReviewColumn)):
        sheet.text(row, place, column.cells.get(line.key, ""), "note", "as_text", "text")


def _heading(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    sheet.text(row, 0, _("About the company"), "theme")
    sheet.fill(row, 1, ReviewColumn.COMMENT, "rule")


def _profile(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    name = line.id.removeprefix(PROFILE_PREFIX)
    field = data.edition.profile[name]
    sheet.text(row, ReviewColumn.ID, line.id, "row", "soft", "small", "wrap")
    asked, choices_said = profile_field_label(data.edition, name), _choices(data.edition, field)
    sheet.rich_text(row, ReviewColumn.TEXT, [(asked, {}), (choices_said, _SOFT)], "row", "wrap")
    value = data.sheet.profile.get(name, "")
    _enter(sheet, row, value, is_number=field.is_number)
    if field.values:
        layout = data.layout
        first = layout.profile_cell(name, PROFILE_STATE + 2)
        choices = CellRange(first, first._replace(column=first.column + len(field.values) - 1))
        sheet.dropdown(sheet.cell(row, ReviewColumn.ANSWER), choices)
    state = data.layout.profile_cell(name, PROFILE_STATE)
    words = f.cases(
        (f.equals(state, AnswerState.CHECK), f.text_literal(check_answer_words())),
        (f.equals(state, AnswerState.BLANK), f.text_literal(_("blank"))),
        otherwise=f.text_literal(_("answered")),
    )
    sheet.text_formula(
        row, ReviewColumn.STATE, words, _("blank") if value == "" else _("answered"), "row", "soft", indent(1)
    )
    sheet.fill(row, ReviewColumn.POINTS, ReviewColumn.ADJUSTED, "row")


def _choices(edition: Edition, field: ProfileField) -> str:
    """The meanings of the values that can be chosen, where their ids do not say so themselves."""
    words = [(value, profile_value_label(edition, field.id, value)) for value in field.values]
    meant = [_("%(value)s: %(words)s", value=v, words=said) for v, said in words if said.casefold() != v.casefold()]
    return "\n" + formats.semicolon_list(meant) if meant else ""


def _node(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    node = data.edition.nodes[line.id]
    if node.is_requirement:
        passages: list[tuple[str, Style]] = [(node.title or node.id, {"bold": True}), ("\n" + node.expects, _SOFT)]
        if node.asked_when is not None:
            passages.append(
                ("\n" + _("Asked only if %(condition)s.", condition=condition_by_ids(node.asked_when)), _SOFT)
            )
        sheet.text(row, ReviewColumn.ID, node.id, "requirement", "soft")
        sheet.rich_text(row, ReviewColumn.TEXT, passages, "requirement", indent(max(line.level - 1, 0)))
    else:
        sheet.text(row, ReviewColumn.ID, node.title or node.id, "theme", indent(line.level))
        sheet.text(row, ReviewColumn.TEXT, "", "theme")
    style = "requirement" if node.is_requirement else "rule"
    sheet.fill(row, ReviewColumn.ANSWER, ReviewColumn.COMMENT, style)
    if node.id in data.scores.results:
        _scored(sheet, data, row, node, style)


def _scored(sheet: SheetWriter, data: ScorecardData, row: int, node: Node, style: str) -> None:
    """The score of a theme or requirement beside its name, on the edition's scale."""
    scale, digits = data.edition.scale, decimals(data.edition.round)
    reported = data.layout.part_cell(node.id, CalculationColumn.REPORTED)
    said = _("score") if node.critical is None else _("score (critical)")
    sheet.text(row, ReviewColumn.STATE, said, style, "soft", "right")
    shown = f.unless_missing(reported, f"{reported}*{f.number_literal(scale)}")
    sheet.formula(
        row, ReviewColumn.POINTS, shown, cached_score(data.claimed.nodes[node.id].score), style, "bold", digits
    )
    sheet.number(row, ReviewColumn.FULL_MARKS, scale, style, "soft", "points")


def _question(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    question = data.edition.questions[line.id]
    sheet.text(row, ReviewColumn.ID, question.id, "question", {"bold": False}, "soft", "small")
    sheet.rich_text(row, ReviewColumn.TEXT, _words(question), "question", indent(max(line.level - 1, 0)))
    sheet.fill(row, ReviewColumn.ANSWER, ReviewColumn.FULL_MARKS, "question")
    if question.kind == "many":
        summary, now = _many_summary(data, question)
        sheet.text_formula(row, ReviewColumn.ANSWER, summary, now, "question", "centre")
    else:
        answer = data.sheet.answers.get(question.id)
        value = answer if isinstance(answer, float) else write_answer(answer)
        _enter(sheet, row, value, is_number=question.kind == "number")
        _offer(sheet, data, row, question)
    state, state_now = _state(data, question)
    sheet.text_formula(row, ReviewColumn.STATE, state, state_now, "question", {"bold": False}, indent(1))
    if question.id in data.compiled.points_ranges:
        score = data.layout.part_cell(question.id, CalculationColumn.SCORE)
        unit = str(data.layout.part_cell(question.id, CalculationColumn.FULL_MARKS))
        if question.only_deducts:
            unit = f.number_literal(question.unit_points)
        earned = data.scores.results[question.id].value[0] * question.unit_points
        sheet.formula(
            row,
            ReviewColumn.POINTS,
            f.unless_missing(score, f"{score}*{unit}"),
            cached_share(earned),
            "question",
            "points",
        )
        sheet.number(row, ReviewColumn.FULL_MARKS, question.full, "question", {"bold": False}, "soft", "points")
    reason = data.metadata.reasons.get(question.id, "")
    given = data.sheet.answers.get(question.id)
    if not reason and isinstance(given, NotApplicable):
        reason = given.reason
    sheet.text(row, ReviewColumn.REASON, reason, "question", {"bold": False}, "text", indent(1))
    shown = _(SOME_EVIDENCE) if question.id in data.sheet.evidenced else ""
    evidence = data.metadata.evidence.get(question.id) or shown
    sheet.text(row, ReviewColumn.EVIDENCE, evidence, "question", {"bold": False}, "text")
    _determine(sheet, data, row, question)
    word = data.sheet.words.get(question.id)
    sheet.text(row, ReviewColumn.WORD, word.text if word else "", "note", "as_text", _CLAIM)
    offered = [blank_text(word) for word in offered_words(question)]
    sheet.dropdown(sheet.cell(row, ReviewColumn.WORD), offered, _("The title of a document may follow the reason."))


def _words(question: Question) -> Sequence[tuple[str, Style]]:
    """The question, what opens it, its hint and its unit."""
    passages: list[tuple[str, Style]] = [(question.ask, {"bold": True})]
    if question.counts_when is not None:
        passages.append(
            ("\n" + _("Counts only if %(condition)s.", condition=condition_by_ids(question.counts_when)), _SOFT)
        )
    if question.asked_when is not None:
        passages.append(
            ("\n" + _("Asked only if %(condition)s.", condition=condition_by_ids(question.asked_when)), _SOFT)
        )
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
    return passages


def _how_to_write_places(question: Question) -> str:
    """How an answer about places is entered, with the boxes that the question has."""
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


def _offer(sheet: SheetWriter, data: ScorecardData, row: int, question: Question) -> None:
    if question.options and not question.places:
        source = data.layout.choice_cells(question, ReviewColumn.ID)
        sheet.dropdown(sheet.cell(row, ReviewColumn.ANSWER), source)


def _state(data: ScorecardData, question: Question) -> tuple[Formula, str]:
    """The state of a question in words: the formula, and what it says now."""
    state, asked, gate = (
        data.layout.part_cell(question.id, c)
        for c in (CalculationColumn.STATE, CalculationColumn.ASKED, CalculationColumn.GATE)
    )
    words = f.cases(
        (f.equals(state, AnswerState.CHECK), f.text_literal(check_answer_words())),
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
    return words, _state_now(data.state(question), data.asked(question), data.gate(question))


def _state_now(state: AnswerState, asked: float, gate: float) -> str:
    if asked < 1:
        return _("not asked") if asked == 0 else _("not known if asked")
    if state == AnswerState.GIVEN:
        return _("answered") if gate == 1 else _("earns nothing")
    if state == AnswerState.NOT_APPLICABLE:
        return _("does not apply")
    return _("not needed") if gate == 0 else _("blank")


def _many_summary(data: ScorecardData, question: Question) -> tuple[Formula, str]:
    """The marked options of a `many` question counted: the formula, and what it says now."""
    state, flags = (
        data.layout.part_cell(question.id, CalculationColumn.STATE),
        data.layout.option_cells(question, ReviewColumn.CHOSEN_FLAG),
    )
    none = data.layout.review_cell(question.id, ReviewColumn.CHOSEN_FLAG, NONE_OF_THESE)
    answer = data.sheet.answers.get(question.id)
    number = str(len(answer)) if isinstance(answer, tuple) else ""
    counted, counted_now = f.live_sentence(N_("Chosen: %(number)s"), {"number": (f.call("SUM", flags), number)})
    given = f.if_(f"{none}=1", f.text_literal(_("None of these")), counted)
    words = f.cases(
        (f.equals(state, AnswerState.GIVEN), given),
        (f.equals(state, AnswerState.NOT_APPLICABLE), f.text_literal(NOT_APPLICABLE_TEXT)),
        otherwise=MISSING,
    )
    if not isinstance(answer, tuple):
        return words, write_answer(answer)
    return words, _("None of these") if NONE_OF_THESE in answer else counted_now


def _option(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    question = data.edition.questions[line.id]
    option = question.option(line.option)
    text = option_label(question, option.id) if option else _("Does not apply, for the reason given")
    sheet.xlsx.set_row(row, None, None, {"level": 1})
    sheet.text(row, ReviewColumn.ID, line.option, "soft", "small", "as_text", indent(1))
    sheet.text(row, ReviewColumn.TEXT, text, "wrap", indent(min(line.level, 1) + 1))
    is_chosen = data.chosen(question, line.option)
    flag = sheet.formula(
        row, ReviewColumn.CHOSEN_FLAG, chosen_flag(data.layout, question, line.option), float(is_chosen), "soft"
    )
    if question.kind == "many":
        _enter(sheet, row, "x" if is_chosen else "", is_number=False)
        sheet.dropdown(sheet.cell(row, ReviewColumn.ANSWER), ["x"])
    else:
        mark = f.if_(f"{flag}=1", f.text_literal(_MARK), MISSING)
        sheet.text_formula(row, ReviewColumn.ANSWER, mark, _MARK if is_chosen else "", "centre")
    if option is not None:
        sheet.number(row, ReviewColumn.POINTS, option.points, "soft", "points")


def _enter(sheet: SheetWriter, row: int, value: CachedValue, *, is_number: bool) -> None:
    """A shaded cell, to be changed on the unprotected sheet. Text stays text in it, so that `1-9` becomes no date."""
    if isinstance(value, float):
        sheet.number(row, ReviewColumn.ANSWER, value, "input", _CLAIM, "centre")
    elif is_number:
        sheet.text(row, ReviewColumn.ANSWER, value, "input", _CLAIM, "centre")
    else:
        sheet.text(row, ReviewColumn.ANSWER, value, "input", _CLAIM, "centre", "as_text")


def _determine(sheet: SheetWriter, data: ScorecardData, row: int, question: Question) -> None:
    """What an auditor finds: the word for it, and the true answer where it is another one."""
    verdict = data.sheet.verdicts.get(question.id)
    adjusted = write_answer(verdict.answer) if isinstance(verdict, Adjusted) else ""
    found: Determination | None = "adjusted" if isinstance(verdict, Adjusted) else verdict
    word = _(DETERMINATION_WORDS[found]) if found else ""
    warning = _("It would not be understood when the file comes back.")
    sheet.text(row, ReviewColumn.DETERMINATION, word, "note", "as_text")
    words = [_(message) for message in DETERMINATION_WORDS.values()]
    sheet.dropdown(sheet.cell(row, ReviewColumn.DETERMINATION), words, warning)
    sheet.text(row, ReviewColumn.ADJUSTED, adjusted, "note", "as_text")
    sheet.date(row, ReviewColumn.NEXT_REVIEW, data.metadata.next_reviews.get(question.id), "note")
    sheet.dates_only(sheet.cell(row, ReviewColumn.NEXT_REVIEW))
    if question.options and not question.places and not question.is_multiple_choice:
        choices = data.layout.choice_cells(question, ReviewColumn.ID)
        sheet.dropdown(sheet.cell(row, ReviewColumn.ADJUSTED), choices, warning)


_WRITERS = {"heading": _heading, "profile": _profile, "node": _node, "question": _question, "option": _option}
