"""The inputs of a question on each basis as formulas: its answer as read, the verdict on it, its credit.

The three bases differ only here; one table of formulas serves all of them from here on. Credit follows
`scoring.coded_answers`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, get_args

from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import OVERALL, Question
from compliance.questionnaire.routing import predicates
from compliance.scoring.coded_answers import CREDITED, REJECTED, UNCONFIRMED, Basis
from compliance.workbook import formulas as f
from compliance.workbook.formulas import MISSING, CellRange, CellReference, Formula, Operand
from compliance.workbook.review_words import OFFER_SEPARATOR, Determination, determination_spellings
from compliance.workbook.scorecard_columns import CalculationColumn, ChoiceColumn, ReviewColumn
from compliance.workbook.scorecard_layout import (
    CHOICES_SHEET,
    FIRST_CHOICE,
    AnswerState,
    ScorecardLayout,
    VerdictCode,
)

_C = CalculationColumn


def read_formula(question: Question, cell: CellReference) -> Formula:
    """Return the formula that reads an answer: without spaces at its ends, and of a choice only the id."""
    if question.kind == "number":
        return f.if_(f'TRIM({cell})=""', MISSING, cell)
    if question.kind == "one":
        before = f"LEFT({cell},FIND({f.text_literal(OFFER_SEPARATOR)},{cell})-1)"
        return f'TRIM(IFERROR({before},{cell}&""))'
    if question.kind in ("date", "text"):
        return f"TRIM({cell})"
    return f'SUBSTITUTE(TRIM({cell})," ","")'


def answer_formula(layout: ScorecardLayout, question: Question) -> Formula:
    """Return the formula of the answer that counts: the company's, or, as verified, an auditor's adjusted one."""
    if layout.basis != "verified":
        return read_formula(question, layout.claim_cell(question.id))
    adjusted = read_formula(question, layout.review_cell(question.id, ReviewColumn.ADJUSTED))
    is_adjusted = f.equals(layout.part_cell(question.id, _C.VERDICT), VerdictCode.ADJUSTED)
    return f.if_(is_adjusted, adjusted, layout.claimed.answer_cell(question.id))


# ── Verdicts


#: The numbers of determinations on *Choices*, from 1.
WORD_CODES: Mapping[Determination, int] = {word: code for code, word in enumerate(get_args(Determination), 1)}


def verdict_words() -> list[tuple[str, int]]:
    """Return all accepted spellings of determinations, with their codes."""
    return [(spelling, WORD_CODES[word]) for spelling, word in sorted(determination_spellings().items())]


def verdict_formula(layout: ScorecardLayout, question: Question) -> Formula:
    """Return the formula of an auditor's determination, a value of VerdictCode."""
    said, adjusted = (
        layout.review_cell(question.id, column) for column in (ReviewColumn.DETERMINATION, ReviewColumn.ADJUSTED)
    )
    last = FIRST_CHOICE + len(determination_spellings()) - 1
    spellings, codes = (
        CellRange(layout.cell(CHOICES_SHEET, FIRST_CHOICE, column), layout.cell(CHOICES_SHEET, last, column))
        for column in (ChoiceColumn.WORD, ChoiceColumn.CODE)
    )
    written = f"LOWER(TRIM(SUBSTITUTE({said},{f.text_literal('’')},{f.text_literal(chr(39))})))"
    check, no_other = str(int(VerdictCode.CHECK)), f'TRIM({adjusted})=""'
    is_na = f.equals(layout.claimed.part_cell(question.id, _C.STATE), AnswerState.NOT_APPLICABLE)
    means: Mapping[Determination, Formula] = {
        "confirmed": f.if_(no_other, _code(VerdictCode.CONFIRMED), check),
        "adjusted": f.if_(no_other, check, _adjusted_code(layout, question, adjusted)),
        "not-shown": f.if_(no_other, _code(VerdictCode.NOT_SHOWN), check),
        "not-reviewed": f.if_(no_other, _code(VerdictCode.NOT_REVIEWED), check),
        "na-accepted": f.if_(f.call("AND", is_na, no_other), _code(VerdictCode.CONFIRMED), check),
        "na-refused": f.if_(f.call("AND", is_na, no_other), _code(VerdictCode.NOT_SHOWN), check),
    }
    found = f"SUMPRODUCT(EXACT({written},{spellings})*{codes})+1"
    chosen = f.call("CHOOSE", found, check, *(means[word] for word in WORD_CODES))
    blank = f.if_(no_other, _code(VerdictCode.NOT_REVIEWED), check)
    return f.call("IFERROR", f.if_(f'TRIM({said})=""', blank, chosen), check)


def _code(code: VerdictCode) -> Formula:
    return str(int(code))


def _adjusted_code(layout: ScorecardLayout, question: Question, adjusted: CellReference) -> Formula:
    """Return the formula of the code: adjusted, or not reviewed if the company has not listed places to count."""
    if not question.places:
        return _code(VerdictCode.ADJUSTED)
    listed = layout.claimed.part_cell(question.places, _C.STATE)
    is_na = f"LOWER(TRIM({adjusted}))={f.text_literal(NOT_APPLICABLE_TEXT)}"
    named = (f.equals(listed, state) for state in (AnswerState.GIVEN, AnswerState.NOT_APPLICABLE))
    return f.if_(f.call("OR", is_na, *named), _code(VerdictCode.ADJUSTED), _code(VerdictCode.NOT_REVIEWED))


def judged_formula(layout: ScorecardLayout, question: Question) -> Formula:
    """Return a formula: 1 if an auditor gave a verdict, else 0."""
    verdict = layout.part_cell(question.id, _C.VERDICT)
    return f.if_(f.call("AND", f"{verdict}>0", f"{verdict}<{VerdictCode.CHECK:d}"), "1", "0")


def has_verdicts(layout: ScorecardLayout) -> Formula:
    """Return a test: an auditor gave any verdict. Without one, nothing is verified. `layout`: verified."""
    return f"{layout.part_cell(OVERALL, _C.JUDGED)}>0"


# ── Credit


def _by_evidence(layout: ScorecardLayout, question: Question) -> Formula:
    reason, evidence = (
        layout.review_cell(question.id, column) for column in (ReviewColumn.REASON, ReviewColumn.EVIDENCE)
    )
    filled = {cell: f.if_(f'TRIM({cell})=""', str(UNCONFIRMED), str(CREDITED)) for cell in (reason, evidence)}
    is_na = f.equals(layout.part_cell(question.id, _C.STATE), AnswerState.NOT_APPLICABLE)
    of_na = filled[reason]
    if question.places:  # does not apply if its list of places does not, for the reason given there
        listed = layout.part_cell(question.places, _C.STATE)
        of_list = f'TRIM({layout.review_cell(question.places, ReviewColumn.REASON)})=""'
        inherited = f.if_(of_list, str(UNCONFIRMED), str(CREDITED))
        of_na = f.if_(f.equals(listed, AnswerState.NOT_APPLICABLE), inherited, of_na)
    return f.if_(is_na, of_na, str(CREDITED) if question.evidence == "none" else filled[evidence])


def _by_verdict(layout: ScorecardLayout, question: Question) -> Formula:
    verdict, judged = (layout.part_cell(question.id, column) for column in (_C.VERDICT, _C.JUDGED))
    rejected = f.if_(f.equals(verdict, VerdictCode.NOT_SHOWN), str(REJECTED), str(CREDITED))
    return f.if_(f"{judged}=0", str(UNCONFIRMED), rejected)


#: Formulas of an answer's credit: CREDITED, UNCONFIRMED or REJECTED. As claimed, every answer is credited.
CREDIT_FORMULAS: Mapping[Basis, Callable[[ScorecardLayout, Question], Formula]] = {
    "evidenced": _by_evidence,
    "verified": _by_verdict,
}


def is_covered(layout: ScorecardLayout, question: Question, is_given: Formula, is_na: Formula) -> Formula:
    """Return a test: an asked question is covered, as it is answered or, as verified, judged.

    It is also covered if its gate is shut, as there is nothing to answer. As verified, the gate's questions must be
    judged.
    """
    gate = layout.part_cell(question.id, _C.GATE)
    if layout.basis != "verified":
        return f.call("OR", is_given, f.call("AND", f"NOT({is_na})", f"{gate}=0"))
    judged = f"{layout.part_cell(question.id, _C.JUDGED)}=1"
    questions = layout.edition.questions
    looked_at = sorted({term.id for term in predicates(question.counts_when) if term.id in questions})
    scored = [layout.part_cell(other, _C.JUDGED) for other in looked_at if questions[other].scored]
    if not scored:
        return judged
    return f.call("OR", judged, f.call("AND", f"{gate}=0", f"{f.fold('MIN', scored)}=1"))


# ── Inputs of a score


class QuestionInputs(NamedTuple):
    """The inputs of a question's score: cells, and tests of them."""

    asked: CellReference
    gate: CellReference
    earned: CellReference
    least: CellReference
    most: CellReference
    is_given: Formula
    is_na: Formula
    is_credited: Formula
    is_rejected: Formula


def inputs_of(layout: ScorecardLayout, question: Question) -> QuestionInputs:
    """Return the inputs of a question on the basis of the layout."""

    def cell(column: CalculationColumn) -> CellReference:
        return layout.part_cell(question.id, column)

    return QuestionInputs(
        asked=cell(_C.ASKED),
        gate=cell(_C.GATE),
        earned=cell(_C.AGGREGATED),
        least=cell(_C.LEAST),
        most=cell(_C.MOST),
        is_given=f.equals(cell(_C.STATE), AnswerState.GIVEN),
        is_na=f.equals(cell(_C.STATE), AnswerState.NOT_APPLICABLE),
        is_credited="TRUE" if layout.basis == "claimed" else f"{cell(_C.CREDIT)}={CREDITED}",
        is_rejected=f"{cell(_C.CREDIT)}={REJECTED}" if layout.basis == "verified" else "FALSE",
    )


def if_known(condition: Formula, then: Operand, otherwise: Operand) -> Operand:
    """Return the formula of a choice between two values, or one of them if the condition is known on this basis."""
    known = {"TRUE": then, "FALSE": otherwise}
    return known.get(condition) or f.if_(condition, then, otherwise)


def while_judged(layout: ScorecardLayout, formula: Operand) -> Formula:
    """Return a formula that, as verified, is empty until there is a verdict."""
    return f.if_(has_verdicts(layout), formula, MISSING) if layout.basis == "verified" else str(formula)


def withheld(known: QuestionInputs) -> Formula:
    """Return the formula of points earned: gains need an open gate and a credited answer; deductions always count."""
    shut = f"{known.gate}<1"
    if known.is_credited != "TRUE":
        shut = f.call("OR", shut, f"NOT({known.is_credited})")
    return f.if_(shut, f"MIN({known.earned},0)", known.earned)
