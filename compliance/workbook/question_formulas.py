"""The formulas of one question: its state, what it earns, at worst and at best, and its coverage."""

from collections.abc import Iterator

from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import NONE_OF_THESE, Node, Question
from compliance.scoring.plan import share
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed, Cell, cached
from compliance.workbook.formulas import EMPTY, Formula, Place
from compliance.workbook.node_formulas import descending, logarithms
from compliance.workbook.places import CARRIED, SHARES, VALUES, Column, On, State
from compliance.workbook.writer import Cached

BLANK, GIVEN, NA, CHECK = (str(int(state)) for state in State)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_COUNTRIES = "ROW($1:$1200)"  # one row a letter, for up to 300 countries


def question_cells(assessed: Assessed, question: Question, parent: Node | None) -> Iterator[Cell]:
    """Every formula cell of a question on *Calculation*, but for what is asked and gated."""
    yield Column.STATE, f.call("IFERROR", _state(assessed, question), CHECK), float(assessed.state(question))
    if question.options or question.kind == "number":
        yield Column.GIVEN, _given(assessed, question), assessed.given(question)
    if question.id not in assessed.plan.worth:
        return
    yield Column.JOINED, _earned(assessed, question), _earned_now(assessed, question)
    result = assessed.scores.results[question.id]
    formulas = (_score(assessed, question), _worst(assessed, question), _best(assessed, question))
    for k, (column, formula) in enumerate(zip(VALUES, formulas, strict=True)):
        yield column, formula, cached(result.value[k])
    yield Column.COVERAGE, _coverage(assessed, question), cached(result.coverage)
    yield Column.COUNTED, str(assessed.places.part(question.id, Column.COVERAGE)), cached(result.counted)
    yield from logarithms(assessed, question, parent)
    yield from descending(assessed, question, parent)
    for column, share_column, value_column in zip(CARRIED, SHARES, (*VALUES, Column.COVERAGE), strict=True):
        value, carried = (assessed.places.part(question.id, c) for c in (value_column, share_column))
        yield column, f.if_(f.off(value), "0", f"{carried}*{value}"), assessed.carried(question, CARRIED.index(column))
    state, asked = (assessed.places.part(question.id, c) for c in (Column.STATE, Column.ASKED))
    silent = f.call("AND", f"{asked}=1", f.call("OR", f.is_(state, State.BLANK), f.is_(state, State.CHECK)))
    yield Column.SILENT, f.if_(silent, "1", "0"), float(assessed.is_silent(question))


def chosen(assessed: Assessed, question: Question, option: str) -> Formula:
    """1 if an option, or n/a, is the answer or among it, else 0; -1 if its cell needs a look."""
    places = assessed.places
    if question.kind == "many":
        cell = places.review(question.id, On.ANSWER, option)
        yes = f.call("OR", f.is_(cell, "x"), f"{cell}=1", f.is_(cell, "1"))
        no = f.call("OR", f'TRIM({cell})=""', f"{cell}=0", f.is_(cell, "0"))
        return f.call("IFERROR", f.cases((yes, "1"), (no, "0"), otherwise="-1"), "-1")
    answer = f"TRIM({places.answer(question.id)})"
    if option == NOT_APPLICABLE_TEXT:
        same = f"LOWER({answer})={f.text(NOT_APPLICABLE_TEXT)}"
    else:
        same = f.call("EXACT", answer, places.review(question.id, On.ID, option))
    return f.call("IFERROR", f.if_(same, "1", "0"), "0")


def _state(assessed: Assessed, question: Question) -> Formula:
    """Blank, given, not applicable, or to check for what is no answer."""
    if question.kind == "many":
        return _state_of_many(assessed, question)
    cell = assessed.places.answer(question.id)
    pairs: list[tuple[Formula, Formula]] = [(f'TRIM({cell})=""', BLANK)]
    if question.na == "reason":
        pairs.append((f"LOWER(TRIM({cell}))={f.text(NOT_APPLICABLE_TEXT)}", NA))
    else:
        pairs.append((f"LOWER(TRIM({cell}))={f.text(NOT_APPLICABLE_TEXT)}", CHECK))
    return f.cases(*pairs, (_is_answer(assessed, question, cell), GIVEN), otherwise=CHECK)


def _is_answer(assessed: Assessed, question: Question, cell: Place) -> Formula:
    if question.options:
        return f"SUM({assessed.places.options(question, On.CHOSEN)})=1"
    if question.kind == "number":
        is_number = f.call("ISNUMBER", cell)
        return f.if_(is_number, f"{cell}>0", "FALSE") if question.log else is_number
    if question.kind == "date":
        return _is_date(cell)
    return _are_countries(cell) if question.kind == "countries" else "TRUE"


def _state_of_many(assessed: Assessed, question: Question) -> Formula:
    places = assessed.places
    flags = places.choices(question, On.CHOSEN)
    alone = [NONE_OF_THESE] + ([NOT_APPLICABLE_TEXT] if question.na == "reason" else [])
    both = [f"{places.review(question.id, On.CHOSEN, option)}=1" for option in alone]
    pairs = [
        (f"COUNTIF({flags},-1)>0", CHECK),
        (f"SUM({flags})=0", BLANK),
        (f.call("AND", f"SUM({flags})>1", f.fold("OR", both)), CHECK),
    ]
    if question.na == "reason":
        pairs.append((both[1], NA))
    return f.cases(*pairs, otherwise=GIVEN)


def _is_date(cell: Place) -> Formula:
    """Year-month-day, of a day that exists."""
    year, month, day = f"VALUE(LEFT({cell},4))", f"VALUE(MID({cell},6,2))", f"VALUE(RIGHT({cell},2))"
    made = f"DATE({year},{month},{day})"
    return f.call(
        "AND", f"LEN({cell})=10", f'MID({cell},5,1)="-"', f'MID({cell},8,1)="-"', f"{year}>=1900",
        f"YEAR({made})={year}", f"MONTH({made})={month}", f"DAY({made})={day}",
    )  # fmt: skip


def _are_countries(cell: Place) -> Formula:
    """Three capital letters, several joined by `|`."""
    joined = f'SUBSTITUTE({cell}," ","")'
    at, letter = f"({_MOST_COUNTRIES}<=LEN({joined}))", f"MID({joined},{_MOST_COUNTRIES},1)"
    between = f"(MOD({_MOST_COUNTRIES},4)=0)"
    bars = f'SUMPRODUCT({at}*{between}*({letter}<>"|"))=0'
    letters = f'SUMPRODUCT({at}*(1-{between})*ISERROR(FIND({letter},"{_LETTERS}")))=0'
    return f.call("AND", f"MOD(LEN({joined}),4)=3", f"LEN({joined})<1200", bars, letters)


def _given(assessed: Assessed, question: Question) -> Formula:
    """The number, or the points of what is chosen."""
    places, state = assessed.places, assessed.places.part(question.id, Column.STATE)
    value = str(places.answer(question.id))
    if question.options:
        value = f"SUMPRODUCT({places.options(question, On.CHOSEN)},{places.options(question, On.POINTS)})"
    return f.if_(f.is_(state, State.GIVEN), value, EMPTY)


def _earned(assessed: Assessed, question: Question) -> Formula:
    """The share of full marks, before gate and conditions; a blank has the least."""
    state, given, least, full = (
        assessed.places.part(question.id, c) for c in (Column.STATE, Column.GIVEN, Column.LEAST, Column.FULL)
    )
    earned = f"MIN({given},{full})/{full}"
    if question.range is not None:
        (start, end), number = map(f.number, question.range), str(given)
        if question.log:
            start, end, number = f"LN({start})", f"LN({end})", f"LN({number})"
        earned = f"({number}-{start})/({end}-{start})"
        earned = f"MAX(0,MIN(1,{earned}))" if question.clip else earned
    return f.cases((f.is_(state, State.NOT_APPLICABLE), EMPTY), (f.is_(state, State.GIVEN), earned), otherwise=least)


def _earned_now(assessed: Assessed, question: Question) -> Cached:
    state, answer = assessed.state(question), assessed.sheet.answers.get(question.id)
    if state == State.GIVEN:
        return share(question, answer)  # type: ignore[arg-type]  # given is neither blank nor n/a
    return "" if state == State.NOT_APPLICABLE else assessed.plan.worth[question.id].least


def _score(assessed: Assessed, question: Question) -> Formula:
    state, asked, gate, earned, least = _inputs(assessed, question)
    silent = f.if_(f"{gate}=1", EMPTY, least) if assessed.edition.blank == "drop" else str(least)
    return f.cases(
        (f.call("OR", f"{asked}<1", f.is_(state, State.NOT_APPLICABLE)), EMPTY),
        (f.is_(state, State.GIVEN), _gated(gate, earned)),
        otherwise=silent,
    )


def _worst(assessed: Assessed, question: Question) -> Formula:
    state, asked, gate, earned, least = _inputs(assessed, question)
    return f.cases(
        (f"{asked}=0", EMPTY),
        (f.call("AND", f"{asked}=1", f.is_(state, State.GIVEN)), _gated(gate, earned)),
        otherwise=least,
    )


def _best(assessed: Assessed, question: Question) -> Formula:
    state, asked, gate, earned, _ = _inputs(assessed, question)
    hoped = f.if_(f.is_(state, State.GIVEN), earned, assessed.places.part(question.id, Column.MOST))
    return f.cases(
        (f"{asked}=0", EMPTY),
        (f"{asked}<1", "1"),
        (f.is_(state, State.NOT_APPLICABLE), EMPTY),
        (f"{gate}=0", f"MIN({hoped},0)"),
        otherwise=hoped,
    )


def _coverage(assessed: Assessed, question: Question) -> Formula:
    state, asked, gate, _, _ = _inputs(assessed, question)
    spared = f.call("AND", f"NOT({f.is_(state, State.NOT_APPLICABLE)})", f"{gate}=0")
    known = f.if_(f.call("OR", f.is_(state, State.GIVEN), spared), "1", "0")
    return f.if_(f"{asked}<1", EMPTY, known)


def _gated(gate: Place, earned: Place) -> Formula:
    """Gains are withheld unless the gate is open; deductions stand."""
    return f.if_(f"{gate}<1", f"MIN({earned},0)", earned)


def _inputs(assessed: Assessed, question: Question) -> tuple[Place, Place, Place, Place, Place]:
    columns = (Column.STATE, Column.ASKED, Column.GATE, Column.JOINED, Column.LEAST)
    state, asked, gate, earned, least = (assessed.places.part(question.id, column) for column in columns)
    return state, asked, gate, earned, least
