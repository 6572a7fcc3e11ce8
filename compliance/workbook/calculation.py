"""The sheet *Calculation*: the arithmetic of the method as formulas, from the answer cells to the whole."""

from collections.abc import Iterator

from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_title, word
from compliance.questionnaire.edition import PROFILE, AllOf, AnyOf, Condition, Node, Not, Question, Term
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, Cell
from compliance.workbook.conditions import wanted
from compliance.workbook.formulas import EMPTY, Formula
from compliance.workbook.node_formulas import node_cells
from compliance.workbook.places import (
    FIRST_PROFILE,
    PROFILE_CHOICES,
    PROFILE_STATE,
    PROFILE_VALUE,
    TERM_VALUE,
    Column,
    On,
    State,
    option_ids,
)
from compliance.workbook.question_formulas import BLANK, CHECK, GIVEN, question_cells
from compliance.workbook.sheet_names import CALCULATION, REVIEW
from compliance.workbook.writer import Book, Sheet

#: In the order of Column.
HEADS = (
    N_("Part"), N_("Joined by, or kind"), N_("Weight"), N_("Least"), N_("Most"), N_("Full marks"), N_("State"),
    N_("Points or number"), N_("Asked"), N_("Gate"), N_("Earned, or joined"),
    N_("Score"), N_("At worst"), N_("At best"), N_("Reported"),
    N_("Coverage"), N_("Coverage for the minimum"), N_("Counts as covered"),
    N_("Weight that is on"), N_("Weight on at worst"), N_("Weight on at best"), N_("Weight that is asked"),
    N_("Logarithm of score"), N_("Logarithm at worst"), N_("Logarithm at best"),
    N_("Share of whole"), N_("Share at worst"), N_("Share at best"), N_("Share of coverage"),
    N_("Carried to the whole"), N_("Carried at worst"), N_("Carried at best"), N_("Carried coverage"),
    N_("Blanks"), N_("Critical fails"), N_("Critical fails at worst"), N_("Critical fails at best"),
)  # fmt: skip
_NOTE = N_(
    "Shares of full marks: 1 is full, empty is off. Asked, gate and conditions: 0 no, 0.5 open, 1 yes. "
    "State: 0 blank, 1 answered, 2 does not apply, 3 to check. The parts of one node stand together. "
    "Nothing is entered here: answers are changed on the sheet %(review)s."
)
#: How the parts of a node are joined, and the kinds of questions.
RULES = {
    "mean": N_("mean"), "sum": N_("sum"), "geometric": N_("geometric mean"), "min": N_("lowest"),
    "one": N_("one answer"), "many": N_("several answers"), "number": N_("number"), "date": N_("date"),
    "text": N_("text"), "countries": N_("countries"),
}  # fmt: skip


def write_calculation(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    places = assessed.places
    sheet, note = book.sheet(places.names[CALCULATION]), _(_NOTE, review=places.names[REVIEW])
    sheet.widths(22, 30, 11, *[9.5] * (len(Column) + len(assessed.edition.lenses) - 3))
    sheet.text(0, 0, _("Calculation"), "title")
    sheet.text(1, 0, note, "soft")
    _write_profile(sheet, assessed)
    _write_terms(sheet, assessed)
    heads = (*map(_, HEADS), *map(lens_title, assessed.edition.lenses))
    sheet.text(places.first_part - 2, 0, _("Parts"), "section")
    sheet.heads(places.first_part - 1, heads, right=range(2, len(HEADS)))
    sheet.inner.set_row(places.first_part - 1, 42)
    for part in (assessed.edition.root, *(p for node in assessed.edition.root.nodes() for p in node.parts)):
        _write_part(sheet, assessed, part)
    sheet.frozen(0, 1)
    sheet.printed(heading=assessed.papers.company, note=note, wide=True)
    sheet.kept_from_slips()


def _write_profile(sheet: Sheet, assessed: Assessed) -> None:
    if assessed.edition.profile:
        sheet.text(FIRST_PROFILE - 2, 0, _("About the company"), "section")
        sheet.heads(FIRST_PROFILE - 1, (_("Field"), "", _("State"), _("Value"), _("May be")))
    for name, field in assessed.edition.profile.items():
        row, cell = assessed.places.profile_rows[name], assessed.places.answer(PROFILE + name)
        sheet.text(row, 0, name)
        for column, choice in enumerate(field.values, PROFILE_CHOICES):
            sheet.text(row, column, choice, "soft")
        choices = f.Span(sheet.at(row, PROFILE_CHOICES), sheet.at(row, PROFILE_CHOICES + len(field.values) - 1))
        known = f"ISNUMBER({cell})" if field.is_number else f"SUMPRODUCT(EXACT(TRIM({cell}),{choices})*1)=1"
        state = f.call("IFERROR", f.cases((f'TRIM({cell})=""', BLANK), (known, GIVEN), otherwise=CHECK), CHECK)
        has_value = name in assessed.sheet.profile
        sheet.formula(row, PROFILE_STATE, state, State.GIVEN if has_value else State.BLANK)
        given = f"{cell}" if field.is_number else f"TRIM({cell})"
        kept = f.if_(f.is_(sheet.at(row, PROFILE_STATE), State.GIVEN), given, EMPTY)
        sheet.formula(row, PROFILE_VALUE, kept, assessed.sheet.profile.get(name, ""))


def _write_terms(sheet: Sheet, assessed: Assessed) -> None:
    rows = assessed.places.term_rows
    if not rows:
        return
    first = min(rows.values())
    sheet.text(first - 2, 0, _("Conditions"), "section")
    sheet.heads(first - 1, (_("Looks at"), _("Holds if it is"), _("Holds")))
    for term, row in rows.items():
        sheet.text(row, 0, term.id)
        sheet.text(row, 1, wanted(term))
        sheet.formula(row, TERM_VALUE, _term(assessed, term), assessed.term(term))


def _term(assessed: Assessed, term: Term) -> Formula:
    places = assessed.places
    if term.id.startswith(PROFILE):
        name = term.id.removeprefix(PROFILE)
        state, value = places.profile(name, PROFILE_STATE), places.profile(name, PROFILE_VALUE)
        if term.at_least is not None:
            met = f"{value}>={f.number(term.at_least)}"
        elif assessed.edition.profile[name].is_number:
            met = f.equals_any(value, map(float, term.values))
        else:
            met = f.among(value, term.values)
        return f.if_(f.is_(state, State.GIVEN), f.if_(met, "1", "0"), "0.5")
    state, asked, gate = (places.part(term.id, c) for c in (Column.STATE, Column.ASKED, Column.GATE))
    met = _met(assessed, term, assessed.edition.questions[term.id])
    return f.cases(
        (f.is_(state, State.GIVEN), f.if_(met, f.call("MIN", asked, gate), "0")),
        (f.is_(state, State.NOT_APPLICABLE), "0"),
        otherwise=f.call("MIN", asked, gate, "0.5"),
    )


def _met(assessed: Assessed, term: Term, question: Question) -> Formula:
    """Whether a given answer satisfies a term."""
    places, cell = assessed.places, assessed.places.answer(question.id)
    given = places.part(question.id, Column.GIVEN)
    if term.at_least is not None:
        has_amount = bool(question.options) or question.kind == "number"
        return f"{given}>={f.number(term.at_least)}" if has_amount else "FALSE"
    if question.options:
        known = option_ids(question)
        flags = [places.review(question.id, On.CHOSEN, value) for value in term.values if value in known]
        return f"{f.fold('MAX', flags)}>0" if flags else "FALSE"
    if question.kind == "number":
        return f.equals_any(given, map(float, term.values))
    if question.kind == "countries":
        return f.lists_any(cell, term.values)
    return f.among(f"TRIM({cell})", term.values)


def condition(assessed: Assessed, rule: Condition | None) -> Formula:
    """A condition from the cells of its terms: all is the least, any the greatest, not the reverse."""
    if rule is None:
        return "1"
    if isinstance(rule, Term):
        return str(assessed.places.term(rule))
    if isinstance(rule, Not):
        return f"(1-{condition(assessed, rule.part)})"
    parts = [condition(assessed, part) for part in rule.parts]
    if isinstance(rule, AllOf):
        return f.fold("MIN", parts or ["1"])
    assert isinstance(rule, AnyOf)
    return f.fold("MAX", parts or ["0"])


def _write_part(sheet: Sheet, assessed: Assessed, part: Node | Question) -> None:
    row = assessed.places.part_rows[part.id]
    sheet.text(row, Column.ID, part.id, "row")
    rule = part.combine if isinstance(part, Node) else part.kind
    sheet.text(row, Column.RULE, word(RULES, rule), "row", "soft")
    parent = assessed.edition.parents.get(part.id)
    weight = assessed.plan.weights[parent.id].get(part.id) if parent else 1.0
    if weight is not None:
        sheet.number(row, Column.WEIGHT, weight, "row")
    if isinstance(part, Question) and part.id in assessed.plan.worth:
        worth = assessed.plan.worth[part.id]
        for column, number in ((Column.LEAST, worth.least), (Column.MOST, worth.most), (Column.FULL, part.full)):
            sheet.number(row, column, number, "row")
        for lens in part.lenses.keys() & assessed.edition.lenses.keys():
            sheet.text(row, assessed.places.lens_column(lens), part.lenses[lens], "row", "soft")
    for column, formula, value in _cells(assessed, part, parent):
        sheet.formula(row, column, formula, value, "row")


def _cells(assessed: Assessed, part: Node | Question, parent: Node | None) -> Iterator[Cell]:
    above = [str(assessed.places.part(parent.id, Column.ASKED))] if parent else []
    own = [condition(assessed, part.asked_when)] if part.asked_when is not None else []
    yield Column.ASKED, f.fold("MIN", above + own or ["1"]), assessed.asked(part)
    if isinstance(part, Question):
        yield Column.GATE, condition(assessed, part.counts_when), assessed.gate(part)
        yield from question_cells(assessed, part, parent)
    elif part.id in assessed.scores.results:
        yield from node_cells(assessed, part, parent)
