"""The hidden sheet *Choices*: the options of every question, for lists and points, and the determination words."""

from collections.abc import Iterator

from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import option_label
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import Question
from compliance.workbook import formulas as f
from compliance.workbook.answer_formulas import chosen_flag
from compliance.workbook.formulas import MISSING, CachedValue, Formula
from compliance.workbook.question_inputs import verdict_words
from compliance.workbook.review_words import OFFER_SEPARATOR
from compliance.workbook.scorecard_columns import ChoiceColumn
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import CHOICES_SHEET, FIRST_CHOICE, choice_ids
from compliance.workbook.writer import SheetWriter, WorkbookWriter


def prepare_choices(book: WorkbookWriter, data: ScorecardData) -> None:
    """Write the sheet, which differs between companies only in the options chosen."""
    sheet = book.sheet(data.layout.sheet_names[CHOICES_SHEET])
    sheet.columns(0, [column.spec for column in ChoiceColumn])
    for (question_id, option), row in data.layout.choice_rows.items():
        _choice(sheet, data, row, data.edition.questions[question_id], option)
    sheet.valued_by(_flags)
    for row, (word, code) in enumerate(verdict_words(), FIRST_CHOICE):
        sheet.text(row, ChoiceColumn.WORD, word, "as_text")
        sheet.number(row, ChoiceColumn.CODE, code)
    sheet.protect()
    sheet.xlsx.hide()


def _choice(sheet: SheetWriter, data: ScorecardData, row: int, question: Question, option_id: str) -> None:
    option = question.option(option_id)
    text = choice_text(question, option_id)
    sheet.text(row, ChoiceColumn.QUESTION, question.id)
    sheet.text(row, ChoiceColumn.OPTION, option_id, "as_text")
    sheet.text(row, ChoiceColumn.TEXT, text, "as_text")
    sheet.text(row, ChoiceColumn.OFFERED, f"{option_id}{OFFER_SEPARATOR}{text}", "as_text")
    if option is not None:
        sheet.number(row, ChoiceColumn.POINTS, option.points)
    for basis in (data, data.on("verified")):
        flag = chosen_flag(basis.layout, question, option_id)
        sheet.formula(row, basis.layout.flag_column, flag, None)


def _flags(data: ScorecardData) -> Iterator[CachedValue]:
    """Yield, for each option, whether it is chosen: as claimed, then as verified."""
    bases = data, data.on("verified")
    for question_id, option in data.layout.choice_rows:
        question = data.edition.questions[question_id]
        for basis in bases:
            yield float(basis.chosen(question, option))


def choice_text(question: Question, option_id: str) -> str:
    """Return the text of an option, or of n/a."""
    if option_id == NOT_APPLICABLE_TEXT and question.option(option_id) is None:
        return _("Does not apply, for the reason given")
    return option_label(question, option_id)


def chosen_words(data: ScorecardData, question: Question) -> Formula:
    """Return a formula for the texts of the options chosen, one per line."""
    texts, flags = (
        data.layout.choice_cells(question, column) for column in (ChoiceColumn.TEXT, data.layout.flag_column)
    )
    if not question.is_multiple_choice:
        first = f.call("INDEX", texts, f.call("MATCH", "1", flags, "0"))
        return f.call("IFERROR", first, MISSING)
    cells = zip(flags.cells, texts.cells, strict=True)
    lines = [f.if_(f"{flag}=1", f"CHAR(10)&{text}", MISSING) for flag, text in cells]
    return f.call("MID", "&".join(lines), "2", "32000")


def chosen_words_now(data: ScorecardData, question: Question) -> str:
    """Return the present result of the formula of `chosen_words`."""
    return "\n".join(choice_text(question, option) for option in choice_ids(question) if data.chosen(question, option))
