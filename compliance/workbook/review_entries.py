"""The content of *Review* that differs between companies: its answers, an auditor's entries, and the rows asked."""

from collections.abc import Callable, Mapping, Sequence

from compliance.languages import formats
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import Adjusted, NotApplicable, Verdict, number_text, write_answer
from compliance.questionnaire.edition import PROFILE_PREFIX, Node, Question
from compliance.workbook import formulas as f
from compliance.workbook.cell_styles import Style, indent
from compliance.workbook.cell_texts import clean
from compliance.workbook.formulas import MISSING, CachedValue, Formula
from compliance.workbook.review_words import (
    DETERMINATION_WORDS,
    SOME_EVIDENCE,
    Determination,
    determinations_offered,
    seal,
)
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import REVIEW_HEAD, REVIEW_SHEET, ReviewLine, ReviewLineKind
from compliance.workbook.writer import SheetWriter, WorkbookWriter

NEVER = N_("Never add pictures or details of children or of incidents.")
_ROOM_FOR_COLUMNS = 20  # columns that an auditor may add without unprotecting the sheet
#: The styles of a question's words, and of entries.
SAID: Sequence[str | Style] = ("question", "not bold")
LOOKS: Mapping[ReviewColumn, Sequence[str | Style]] = {
    ReviewColumn.ANSWER: ("input", "locked", "centre"),  # auditors cannot change a company's answers
    ReviewColumn.WORDS: ("question", "inset", "not bold"),
    ReviewColumn.REASON: (*SAID, "text", indent(1)),
    ReviewColumn.EVIDENCE: (*SAID, "text"),
    ReviewColumn.LINK: (*SAID, "small"),
    ReviewColumn.DETERMINATION: ("note", "as_text"),
    ReviewColumn.ADJUSTED: ("note",),
    ReviewColumn.COMMENT: ("note", "as_text", "text"),
    ReviewColumn.NEXT_REVIEW: ("note",),
    ReviewColumn.WORD: ("note", "as_text", "locked"),
}


def write_review(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write what differs between companies."""
    sheet, company = book.sheet(data.layout.sheet_names[REVIEW_SHEET]), data.metadata.company
    sheet.text(1, 0, company, "bold", {"quote_prefix": True})
    own = data.metadata.own_columns
    end = len(ReviewColumn) + len(own)
    sheet.xlsx.set_column(end, end + _ROOM_FOR_COLUMNS - 1, None, book.style("text", {"locked": False}))
    sheet.widths(*[26] * len(own), first=len(ReviewColumn))
    if own:
        sheet.headings(REVIEW_HEAD, [column.heading for column in own], first=len(ReviewColumn))
    for row, line in enumerate(data.layout.review_lines, REVIEW_HEAD + 1):
        _write_line(sheet, data, row, line)
    heading = (REVIEW_HEAD, REVIEW_HEAD)
    sheet.set_up_page(heading=company, note=_(NEVER), wide=True, repeat=heading, large=True)


def _write_line(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> None:
    """Write what differs between companies in a row, which is hidden if it is not asked."""
    if line.kind in ENTRIES:
        sealed = [sheet.known[line.key], *(seal(clean(text)) for text in ENTRIES[line.kind](sheet, data, row, line))]
        sheet.text(row, ReviewColumn.SEAL, " ".join(sealed), "as_text")
    if comment := data.metadata.comments.get(line.key, ""):
        sheet.text(row, ReviewColumn.COMMENT, comment, *LOOKS[ReviewColumn.COMMENT])
    for place, column in enumerate(data.metadata.own_columns, len(ReviewColumn)):
        sheet.text(row, place, column.cells.get(line.key, ""), *LOOKS[ReviewColumn.COMMENT])
    part = data.edition.nodes.get(line.id) or data.edition.questions.get(line.id)
    if part is not None and not most_asked(data, part):
        sheet.xlsx.set_row(row, None, None, {"hidden": True})


def most_asked(data: ScorecardData, part: Node | Question) -> float:
    """Return whether a part is asked, as `asked`; for a node, the highest value of its parts."""
    return max(map(data.asked, part.parts), default=0.0) if isinstance(part, Node) else data.asked(part)


def _write_profile(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> Sequence[str]:
    field = data.edition.profile[line.id.removeprefix(PROFILE_PREFIX)]
    value = data.sheet.profile.get(field.id, "")
    if value != "":
        sheet.entered(row, ReviewColumn.ANSWER, value, *LOOKS[ReviewColumn.ANSWER], is_number=field.is_number)
    return (number_text(value) if isinstance(value, float) else value,)


def _write_question(sheet: SheetWriter, data: ScorecardData, row: int, line: ReviewLine) -> Sequence[str]:
    question, is_number = data.edition.questions[line.id], data.edition.questions[line.id].kind == "number"
    entered = _entered_of_question(data, question)
    claim, adjusted = entered[ReviewColumn.ANSWER], entered[ReviewColumn.ADJUSTED]
    if claim != "":
        sheet.entered(row, ReviewColumn.ANSWER, claim, *LOOKS[ReviewColumn.ANSWER], is_number=is_number)
    if not question.options:
        sheet.text_formula(row, ReviewColumn.WORDS, *_countries_in_words(data, question), *LOOKS[ReviewColumn.WORDS])
    for column in (ReviewColumn.REASON, ReviewColumn.EVIDENCE, ReviewColumn.DETERMINATION):
        if said := str(entered[column]):
            sheet.text(row, column, said, *LOOKS[column])
    reason, evidence = str(entered[ReviewColumn.REASON]), str(entered[ReviewColumn.EVIDENCE])
    if evidence:
        sheet.link(row, ReviewColumn.LINK, evidence, *LOOKS[ReviewColumn.LINK])
    if isinstance(data.sheet.answers.get(question.id), NotApplicable):
        offer_determinations(sheet, row, is_not_applicable=True)
    if adjusted != "":
        sheet.entered(row, ReviewColumn.ADJUSTED, adjusted, "note", is_number=is_number)
    if day := data.metadata.next_reviews.get(question.id):
        sheet.date(row, ReviewColumn.NEXT_REVIEW, day, "note")
    if word := data.sheet.words.get(question.id):
        sheet.text(row, ReviewColumn.WORD, word.text, *LOOKS[ReviewColumn.WORD])
    return number_text(claim) if isinstance(claim, float) else claim, reason, evidence


def entered_values(data: ScorecardData) -> Mapping[str, Mapping[ReviewColumn, CachedValue]]:
    """Return the entries of *Review* that formulas depend on, by id: numbers, and texts."""
    profile = {PROFILE_PREFIX + name: {ReviewColumn.ANSWER: value} for name, value in data.sheet.profile.items()}
    return profile | {q.id: _entered_of_question(data, q) for q in data.edition.questions.values()}


def _entered_of_question(data: ScorecardData, question: Question) -> Mapping[ReviewColumn, CachedValue]:
    given, verdict = data.sheet.answers.get(question.id), data.sheet.verdicts.get(question.id)
    adjusted = verdict.answer if isinstance(verdict, Adjusted) else None
    reason = given.reason if isinstance(given, NotApplicable) else ""
    shown = _(SOME_EVIDENCE) if question.id in data.sheet.evidenced else ""
    found = _determination(verdict, is_na=isinstance(given, NotApplicable)) if verdict else None
    return {
        ReviewColumn.ANSWER: given if isinstance(given, float) else write_answer(given),
        ReviewColumn.REASON: data.metadata.reasons.get(question.id) or reason,
        ReviewColumn.EVIDENCE: data.metadata.evidence.get(question.id) or shown,
        ReviewColumn.DETERMINATION: _(DETERMINATION_WORDS[found]) if found else "",
        ReviewColumn.ADJUSTED: adjusted if isinstance(adjusted, float) else write_answer(adjusted),
    }


def _countries_in_words(data: ScorecardData, question: Question) -> tuple[Formula, str]:
    given = data.sheet.answers.get(question.id)
    if question.kind != "countries" or not isinstance(given, tuple):
        return MISSING, ""
    now = formats.comma_list(formats.country_name(code) for code in given)
    is_same = f.call("EXACT", data.layout.answer_cell(question.id), f.text_literal(write_answer(given)))
    return f.if_(is_same, f.text_literal(now), MISSING), now


NOT_UNDERSTOOD = N_("It would not be understood when the file comes back.")


def offer_determinations(sheet: SheetWriter, row: int, *, is_not_applicable: bool) -> None:
    """Write the list of determinations of a question, which depends on whether it is answered n/a."""
    offered = [_(DETERMINATION_WORDS[each]) for each in determinations_offered(is_not_applicable=is_not_applicable)]
    sheet.dropdown(sheet.cell(row, ReviewColumn.DETERMINATION), offered, _(NOT_UNDERSTOOD))


def _determination(verdict: Verdict, *, is_na: bool) -> Determination:
    if isinstance(verdict, Adjusted):
        return "adjusted"
    return _OF_NOT_APPLICABLE[verdict] if is_na else verdict


_OF_NOT_APPLICABLE: Mapping[str, Determination] = {"confirmed": "na-accepted", "not-shown": "na-refused"}


#: Functions that write a company's content of a row, and return its texts to be sealed. Other rows have none.
ENTRIES: Mapping[ReviewLineKind, Callable[[SheetWriter, ScorecardData, int, ReviewLine], Sequence[str]]] = {
    "profile": _write_profile,
    "question": _write_question,
}
