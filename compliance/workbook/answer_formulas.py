"""Excel formulas about answer cells: their state, the options chosen, the number entered, and conditions on them.

All kinds of questions are in one table (KIND_FORMULAS), so a new kind is a new entry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Condition, Not, Predicate
from compliance.questionnaire.countries import countries, is_high_need
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Question
from compliance.questionnaire.places import BOXES, NO_PLACE
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.vocabulary import QUESTION_KINDS, QuestionKind, exhaustive_table
from compliance.workbook import formulas as f
from compliance.workbook.formulas import MISSING, CellRange, CellReference, Formula
from compliance.workbook.scorecard_columns import PLACES_COLUMNS, CalculationColumn, ChoiceColumn
from compliance.workbook.scorecard_layout import (
    PROFILE_STATE,
    PROFILE_VALUE,
    AnswerState,
    ScorecardLayout,
    VerdictCode,
    option_ids,
)

STATE_BLANK, STATE_GIVEN, STATE_NOT_APPLICABLE, STATE_CHECK = (str(int(state)) for state in AnswerState)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_COUNTRIES = "ROW($1:$1200)"  # one row a letter, for up to 300 countries
_EACH_COUNTRY = "ROW($1:$300)"  # one row a country


@dataclass(frozen=True, slots=True)
class KindFormulas:
    """The formulas that read one kind of question from its answer cell."""

    name: str  # a message
    #: Whether a cell that is neither empty nor n/a holds an answer.
    is_answer: Callable[[ScorecardLayout, Question], Formula]
    #: Whether a given answer is among the values of a condition's term.
    is_among: Callable[[ScorecardLayout, Question, Predicate], Formula]
    #: The number entered, or the points of the options chosen; None: neither exists, and no term with a minimum holds.
    entered: Callable[[ScorecardLayout, Question], Formula] | None = None


# ── One cell


def state_formula(layout: ScorecardLayout, question: Question) -> Formula:
    """Return the formula of an answer's AnswerState: blank, given, not applicable, or to check if it is no answer."""
    cell = layout.answer_cell(question.id)
    said_not_applicable = STATE_NOT_APPLICABLE if question.na == "reason" else STATE_CHECK
    is_answer = KIND_FORMULAS[question.kind].is_answer(layout, question)
    state = f.cases(
        (f.is_missing(cell), STATE_BLANK),
        (f"LOWER({cell})={f.text_literal(NOT_APPLICABLE_TEXT)}", said_not_applicable),
        (is_answer, _given_with_list(layout, question) if question.places else STATE_GIVEN),
        otherwise=STATE_CHECK,
    )
    state = f.call("IFERROR", state, STATE_CHECK)
    if not question.places:
        return state
    return f.if_(f.equals(_state_of_list(layout, question), AnswerState.NOT_APPLICABLE), STATE_NOT_APPLICABLE, state)


def _state_of_list(layout: ScorecardLayout, question: Question) -> CellReference:
    """Return the cell with the state of the claimed list of places: no verdict changes which places there are."""
    return layout.claimed.part_cell(question.places, CalculationColumn.STATE)


def _given_with_list(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a formula: given if the list of places is given, else blank."""
    return f.if_(f.equals(_state_of_list(layout, question), AnswerState.GIVEN), STATE_GIVEN, STATE_BLANK)


def chosen_flag(layout: ScorecardLayout, question: Question, option: str) -> Formula:
    """Return a formula: 1 if an option, or n/a, is the answer or part of it, else 0."""
    answer = layout.answer_cell(question.id)
    if question.places:
        state = layout.part_cell(question.id, CalculationColumn.STATE)
        if option == NOT_APPLICABLE_TEXT:  # also if the list of places does not apply
            return f.if_(f.equals(state, AnswerState.NOT_APPLICABLE), "1", "0")
        return f.if_(f.equals(state, AnswerState.GIVEN), f.if_(_is_result(layout, question, option), "1", "0"), "0")
    if option == NOT_APPLICABLE_TEXT:
        same = f"LOWER({answer})={f.text_literal(NOT_APPLICABLE_TEXT)}"
    elif question.is_multiple_choice:
        same = f'ISNUMBER(FIND({f.text_literal(f"|{option}|")},"|"&{answer}&"|"))'
    else:
        same = f.call("EXACT", answer, f.text_literal(option))
    return f.call("IFERROR", f.if_(same, "1", "0"), "0")


def profile_formulas(field: ProfileField, cell: CellReference, choices: CellRange) -> tuple[Formula, Formula]:
    """Return two formulas: the AnswerState of a profile field, and its value."""
    known = f"ISNUMBER({cell})" if field.is_number else f"SUMPRODUCT(EXACT(TRIM({cell}),{choices})*1)=1"
    state = f.cases((f'TRIM({cell})=""', STATE_BLANK), (known, STATE_GIVEN), otherwise=STATE_CHECK)
    return f.call("IFERROR", state, STATE_CHECK), str(cell) if field.is_number else f"TRIM({cell})"


def check_answer_words() -> str:
    """Return the words for a cell whose content is not an answer."""
    return _("check this answer")


def check_verdict_words() -> str:
    """Return the words for a row whose determination is not understood, or does not fit."""
    return _("check the verdict")


def is_verdict_to_check(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a test: a determination is not understood, or its adjusted answer is not an answer. `layout`: verified."""
    verdict, state = (layout.part_cell(question.id, c) for c in (CalculationColumn.VERDICT, CalculationColumn.STATE))
    wrong = f.call("AND", f.equals(verdict, VerdictCode.ADJUSTED), f.equals(state, AnswerState.CHECK))
    return f.call("OR", f.equals(verdict, VerdictCode.CHECK), wrong)


def count_to_check(claimed: ScorecardLayout, verified: ScorecardLayout) -> Formula:
    """Return a formula that counts the answers, profile fields and verdicts to check."""
    spans = [claimed.column_cells(CalculationColumn.STATE)]
    if fields := list(claimed.edition.profile):
        spans.append(
            CellRange(claimed.profile_cell(fields[0], PROFILE_STATE), claimed.profile_cell(fields[-1], PROFILE_STATE))
        )
    verdicts, states = (verified.column_cells(c) for c in (CalculationColumn.VERDICT, CalculationColumn.STATE))
    return "+".join(
        [
            *(f"COUNTIF({span},{AnswerState.CHECK:d})" for span in spans),
            f"COUNTIF({verdicts},{VerdictCode.CHECK:d})",
            f"SUMPRODUCT(({verdicts}={VerdictCode.ADJUSTED:d})*({states}={AnswerState.CHECK:d}))",
        ]
    )


# ── Kinds of questions


def _is_one_option(layout: ScorecardLayout, question: Question) -> Formula:
    return f"SUM({layout.option_cells(question, layout.flag_column)})=1"


def _are_options(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a test: nothing remains once every option is removed, and `none of these` has no other option with it."""
    left = f'"|"&SUBSTITUTE({layout.answer_cell(question.id)},"|","||")&"|"'
    for option in option_ids(question):
        left = f.call("SUBSTITUTE", left, f.text_literal(f"|{option}|"), MISSING)
    none = layout.choice_cell(question.id, NONE_OF_THESE, layout.flag_column)
    flags = layout.option_cells(question, layout.flag_column)
    return f.call("AND", f.is_missing(left), f"{none}*SUM({flags})<2")


def _is_number(layout: ScorecardLayout, question: Question) -> Formula:
    cell = layout.answer_cell(question.id)
    is_number = f.call("ISNUMBER", cell)
    return f.if_(is_number, f"{cell}>0", "FALSE") if question.log else is_number


def _is_date(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a test: year-month-day, of a day that exists."""
    cell = layout.answer_cell(question.id)
    year, month, day = f"VALUE(LEFT({cell},4))", f"VALUE(MID({cell},6,2))", f"VALUE(RIGHT({cell},2))"
    made = f"DATE({year},{month},{day})"
    return f.call(
        "AND", f"LEN({cell})=10", f'MID({cell},5,1)="-"', f'MID({cell},8,1)="-"', f"{year}>=1900",
        f"YEAR({made})={year}", f"MONTH({made})={month}", f"DAY({made})={day}",
    )  # fmt: skip


def _are_countries(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a test: codes of three capital letters, joined by `|`."""
    return _are_country_codes(layout.answer_cell(question.id))


def _are_country_codes(joined: Formula | CellReference) -> Formula:
    at, letter = f"({_MOST_COUNTRIES}<=LEN({joined}))", f"MID({joined},{_MOST_COUNTRIES},1)"
    between = f"(MOD({_MOST_COUNTRIES},4)=0)"
    bars = f'SUMPRODUCT({at}*{between}*({letter}<>"|"))=0'
    letters = f'SUMPRODUCT({at}*(1-{between})*ISERROR(FIND({letter},"{_LETTERS}")))=0'
    return f.call("AND", f"MOD(LEN({joined}),4)=3", f"LEN({joined})<1200", bars, letters)


def _are_places(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a test: codes of countries, or `none`, and boxes that the question has."""
    body = f'"|"&{layout.answer_cell(question.id)}&"|"'
    for box, step in BOXES.items():
        if question.option(step) is not None:
            body = f'SUBSTITUTE({body},"|{box}|","|")'
    planned, dated = (_is_box_ticked(layout, question, box) for box in BOXES)
    return f.cases(
        (f'{body}="|"', f.call("AND", planned, f"NOT({dated})")),
        (f.call("EXACT", body, f'"|{NO_PLACE}|"'), f"NOT({dated})"),
        otherwise=_are_country_codes(f"MID({body},2,LEN({body})-2)"),
    )


def _is_box_ticked(layout: ScorecardLayout, question: Question, box: str) -> Formula:
    if question.option(BOXES[box]) is None:
        return "FALSE"
    return f'ISNUMBER(FIND("|{box}|","|"&{layout.answer_cell(question.id)}&"|"))'


def places_formulas(layout: ScorecardLayout, question: Question) -> Mapping[CalculationColumn, Formula]:
    """Return formulas that count the places of a question: all, ticked, of high need, and ticked of high need.

    Each country of the list is cut out of its cell and searched for in the answer. A country listed twice counts once.
    """
    listed = layout.claimed.answer_cell(question.places)
    code = f'"|"&MID({listed},4*{_EACH_COUNTRY}-3,3)&"|"'
    is_first = f'(1-ISNUMBER(FIND({code},"|"&LEFT({listed},4*{_EACH_COUNTRY}-4))))'
    is_there = f"(4*{_EACH_COUNTRY}-3<=LEN({listed}))"
    is_ticked = f'ISNUMBER(FIND({code},"|"&{layout.answer_cell(question.id)}&"|"))'
    high_need = f.text_literal(f"|{'|'.join(filter(is_high_need, countries()))}|")
    is_of_need = f"ISNUMBER(FIND({code},{high_need}))"
    counted = {
        CalculationColumn.PLACES: (is_there,),
        CalculationColumn.TICKED: (is_there, is_ticked),
        CalculationColumn.HIGH_NEED: (is_there, is_of_need),
        CalculationColumn.TICKED_HIGH_NEED: (is_there, is_of_need, is_ticked),
    }
    state = layout.part_cell(question.id, CalculationColumn.STATE)
    return {
        column: f.if_(f.equals(state, AnswerState.GIVEN), f"SUMPRODUCT({'*'.join((is_first, *which))})", MISSING)
        for column, which in counted.items()
    }


def _is_result(layout: ScorecardLayout, question: Question, option: str) -> Formula:
    """Return a test: the counts of `places_formulas` result in this option."""
    places, ticked, need, ticked_need = (layout.part_cell(question.id, column) for column in PLACES_COLUMNS)
    planned, dated = (_is_box_ticked(layout, question, box) for box in BOXES)
    is_most = f.call("AND", f"2*{ticked}>{places}", f.call("OR", f"{need}=0", f"2*{ticked_need}>{need}"))
    tests: Mapping[str, tuple[Formula, ...]] = {
        "none": (f"{ticked}=0", f"NOT({planned})"),
        "planned": (f"{ticked}=0", planned),
        "some": (f"{ticked}>0", f"{ticked}<{places}", f"NOT({is_most})"),
        "most": (f"{ticked}<{places}", is_most),
        "all": (f"{ticked}={places}", f"NOT({dated})"),
        "dated": (f"{ticked}={places}", dated),
    }
    return f.call("AND", *tests[option])


def _is_text(layout: ScorecardLayout, question: Question) -> Formula:
    return "TRUE"


def _points_of_options(layout: ScorecardLayout, question: Question) -> Formula:
    flags, points = (layout.option_cells(question, c) for c in (layout.flag_column, ChoiceColumn.POINTS))
    return f"SUMPRODUCT({flags},{points})"


def _number_entered(layout: ScorecardLayout, question: Question) -> Formula:
    return str(layout.answer_cell(question.id))


def _option_is_among(layout: ScorecardLayout, question: Question, term: Predicate) -> Formula:
    known = option_ids(question)
    flags = [layout.choice_cell(question.id, value, layout.flag_column) for value in term.values if value in known]
    return f"{f.fold('MAX', flags)}>0" if flags else "FALSE"


def _number_is_among(layout: ScorecardLayout, question: Question, term: Predicate) -> Formula:
    return f.is_any_number(layout.part_cell(question.id, CalculationColumn.ENTERED), map(float, term.values))


def _country_is_among(layout: ScorecardLayout, question: Question, term: Predicate) -> Formula:
    return f.list_has_any(layout.answer_cell(question.id), term.values)


def _text_is_among(layout: ScorecardLayout, question: Question, term: Predicate) -> Formula:
    return f.is_any_text(layout.answer_cell(question.id), term.values)


KIND_FORMULAS: Mapping[QuestionKind, KindFormulas] = exhaustive_table(
    "workbook.answer_formulas.KIND_FORMULAS",
    QUESTION_KINDS,
    {
        "one": KindFormulas(N_("one answer"), _is_one_option, _option_is_among, _points_of_options),
        "many": KindFormulas(N_("several answers"), _are_options, _option_is_among, _points_of_options),
        "number": KindFormulas(N_("number"), _is_number, _number_is_among, _number_entered),
        "date": KindFormulas(N_("date"), _is_date, _text_is_among),
        "text": KindFormulas(N_("text"), _is_text, _text_is_among),
        "countries": KindFormulas(N_("countries"), _are_countries, _country_is_among),
        "places": KindFormulas(N_("places"), _are_places, _option_is_among, _points_of_options),
    },
)


# ── Conditions


def condition_formula(layout: ScorecardLayout, rule: Condition | None) -> Formula:
    """Return a condition over the cells of its terms: all is the minimum, any the maximum, not 1 minus the value."""
    if rule is None:
        return "1"
    if isinstance(rule, Predicate):
        return str(layout.term_cell(rule))
    if isinstance(rule, Not):
        return f"(1-{condition_formula(layout, rule.part)})"
    parts = [condition_formula(layout, part) for part in rule.parts]
    if isinstance(rule, AllOf):
        return f.fold("MIN", parts or ["1"])
    assert isinstance(rule, AnyOf)
    return f.fold("MAX", parts or ["0"])


def term_formula(layout: ScorecardLayout, term: Predicate) -> Formula:
    """Return the formula of a term's truth value: 0, 0.5 (open) or 1."""
    if term.id.startswith(PROFILE_PREFIX):
        return _profile_term(layout, term, term.id.removeprefix(PROFILE_PREFIX))
    state, asked, gate = (
        layout.part_cell(term.id, c) for c in (CalculationColumn.STATE, CalculationColumn.ASKED, CalculationColumn.GATE)
    )
    met = _term_met(layout, layout.edition.questions[term.id], term)
    return f.cases(
        (f.equals(state, AnswerState.GIVEN), f.if_(met, f.call("MIN", asked, gate), "0")),
        (f.equals(state, AnswerState.NOT_APPLICABLE), "0"),
        otherwise=f.call("MIN", asked, gate, "0.5"),
    )


def _profile_term(layout: ScorecardLayout, term: Predicate, name: str) -> Formula:
    state, value = layout.profile_cell(name, PROFILE_STATE), layout.profile_cell(name, PROFILE_VALUE)
    if term.at_least is not None:
        met = f"{value}>={f.number_literal(term.at_least)}"
    elif layout.edition.profile[name].is_number:
        met = f.is_any_number(value, map(float, term.values))
    else:
        met = f.is_any_text(value, term.values)
    return f.if_(f.equals(state, AnswerState.GIVEN), f.if_(met, "1", "0"), "0.5")


def _term_met(layout: ScorecardLayout, question: Question, term: Predicate) -> Formula:
    """Return a test: a given answer satisfies a term."""
    kind = KIND_FORMULAS[question.kind]
    if term.at_least is None:
        return kind.is_among(layout, question, term)
    entered = layout.part_cell(question.id, CalculationColumn.ENTERED)
    return "FALSE" if kind.entered is None else f"{entered}>={f.number_literal(term.at_least)}"


def entered_formula(layout: ScorecardLayout, question: Question) -> Formula | None:
    """Return the formula of a given answer's number, or of the points chosen; None for a kind that has neither."""
    entered = KIND_FORMULAS[question.kind].entered
    if entered is None:
        return None
    state = layout.part_cell(question.id, CalculationColumn.STATE)
    return f.if_(f.equals(state, AnswerState.GIVEN), entered(layout, question), MISSING)
