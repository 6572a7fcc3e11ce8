"""The questionnaire as a workbook, to be filled in offline and sent back.

The first sheet explains it. Then come a sheet about the company, one for each theme, and the countries. Two hidden
sheets have the items of lists, and what each cell showed at the download. All cells except entries are locked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from compliance.languages.formats import country_name, long_date
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    profile_field_label,
    provision_title,
)
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, AnswerSheet
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import LARGEST_NUMBER, PROFILE_PREFIX, Edition, Question
from compliance.workbook.cell_styles import LINE, Style
from compliance.workbook.fingerprint import QuestionnaireMark
from compliance.workbook.formulas import CellRange, safe_sheet_names
from compliance.workbook.questionnaire_lines import (
    COUNTRY_LIST,
    FILLED_BESIDE,
    HEADINGS_KEY,
    LISTS_MARK,
    MARK_PREFIX,
    NOTHING_STATED,
    QUESTIONNAIRE_FORMAT,
    REASON_LIST,
    SHOWN_MARK,
    YES_LIST,
    LineColumn,
    QuestionnaireLayout,
    QuestionnaireLine,
    QuestionnairePart,
    instructions,
    offered_texts,
    offered_values,
    part_label,
    questionnaire_layout,
    reasons_offered,
    stated_answers,
)
from compliance.workbook.review_words import SOME_EVIDENCE
from compliance.workbook.writer import SheetWriter, WorkbookWriter

_MARK_ROW, _HEAD, _FIRST_ROW = 2, 3, 4
#: Earlier days are written as text: spreadsheets have no reliable dates for them.
_FIRST_DATE = date(1900, 3, 1)
_TOP_RULE: Style = {"top": 1, "top_color": LINE}
_TEXT_INPUT: Style = {"num_format": "@", "quote_prefix": True}


@dataclass(frozen=True, slots=True)
class QuestionnaireMetadata:
    """Facts about a questionnaire besides its answers, empty where unknown."""

    assessment: str = ""  # its id in the installation
    organisation: str = ""  # the id of the company there
    period: str = ""
    person: str = ""  # for whom, if it has the questions of one person
    downloaded_by: str = ""
    downloaded_at: datetime | None = None
    address: str = ""  # of the upload page
    versions: Mapping[str, int] = field(default_factory=dict)  # of the answers it shows, by question
    evidence: Mapping[str, Sequence[str]] = field(default_factory=dict)  # in words, by question


def questionnaire_workbook(
    edition: Edition,
    sheet: AnswerSheet,
    metadata: QuestionnaireMetadata,
    only: Collection[str] | None = None,
) -> bytes:
    """Return the workbook, in the current language. `only`: ids as in `questionnaire_layout`; None: all."""
    writer = _Questionnaire(edition, sheet, metadata, questionnaire_layout(edition, sheet, only))
    return writer.content()


class _Questionnaire:
    """A questionnaire workbook being written."""

    def __init__(
        self, edition: Edition, answers: AnswerSheet, metadata: QuestionnaireMetadata, layout: QuestionnaireLayout
    ) -> None:
        self.edition, self.answers, self.metadata, self.layout = edition, answers, metadata, layout
        self.stated = stated_answers(answers)
        self.book = WorkbookWriter(
            title=_("%(company)s: questionnaire", company=answers.company or edition.title),
            subject=edition.title,
            created=metadata.downloaded_at.replace(tzinfo=None) if metadata.downloaded_at else None,
        )
        wanted = [_("Read first"), *(part.title for part in layout.parts), _("Countries"), "Lists", "Shown"]
        self.names = safe_sheet_names(wanted)
        self.lists: dict[str, CellRange] = {}
        self.rows: dict[str, int] = {}  # number of rows of each question or field

    def content(self) -> bytes:
        for name, value in self.mark.properties.items():
            self.book.xlsx.set_custom_property(name, value)
        self.introduction(self.book.sheet(self.names[0]))
        sheets = [self.book.sheet(name) for name in self.names[1 : 1 + len(self.layout.parts)]]
        country_sheet = self.book.sheet(self.names[-3]) if self.layout.country_questions else None
        self.write_lists(self.book.sheet(self.names[-2]))
        for sheet, part in zip(sheets, self.layout.parts, strict=True):
            self.write_part(sheet, part)
        if country_sheet is not None:
            self.write_countries(country_sheet)
        self.write_shown(self.book.sheet(self.names[-1]))
        return self.book.content()

    @property
    def mark(self) -> QuestionnaireMark:
        at = self.metadata.downloaded_at
        return QuestionnaireMark(
            edition=self.edition.id,
            digest=self.edition.digest,
            company=self.answers.company,
            assessment=self.metadata.assessment,
            organisation=self.metadata.organisation,
            period=self.metadata.period,
            language=current_language(),
            downloaded_by=self.metadata.downloaded_by,
            downloaded_at=at.isoformat(timespec="seconds") if at else "",
            format=QUESTIONNAIRE_FORMAT,
        )

    # ── The first sheet

    def introduction(self, sheet: SheetWriter) -> None:
        sheet.widths(28, 96)
        sheet.title(_("Questionnaire"))
        at = self.metadata.downloaded_at
        facts = {
            _("Company"): self.answers.company,
            _("For"): self.metadata.person,
            _("Year"): self.metadata.period,
            _("Questionnaire"): f"{self.edition.title} ({self.edition.id})",
            _("Made on"): long_date(at) if at else "",
            _("By"): self.metadata.downloaded_by,
        }
        row = 2
        for name, said in facts.items():
            if said:
                sheet.text(row, 0, name, "soft")
                sheet.text(row, 1, said, "text", "bold", "as_text")
                row += 1
        for name, said in instructions(self.metadata.address):
            sheet.text(row + 1, 0, name, "row", "bold", "wrap")
            sheet.text(row + 1, 1, said, "row", "wrap")
            row += 1
        sheet.text(row + 3, 0, self.mark.line, "as_text", "small", "soft")
        sheet.xlsx.set_row(row + 3, None, None, {"hidden": True})
        self.set_up(sheet, repeat=None)
        sheet.protect()

    def set_up(
        self, sheet: SheetWriter, repeat: tuple[int, int] | None, columns: tuple[int, int] | None = None
    ) -> None:
        never = _("Words and numbers only. Never add pictures or details of children or of incidents.")
        sheet.set_up_page(heading=self.answers.company, note=never, wide=True, repeat=repeat, columns=columns)

    # ── Hidden: items of lists, and what was shown

    def write_lists(self, sheet: SheetWriter) -> None:
        offered: dict[str, Mapping[str, str]] = {YES_LIST: {"yes": _("Yes")}}
        if self.layout.country_questions or any(q.places for q in self.layout.questions):
            named = {code: country_name(code) for code in countries()}
            offered[COUNTRY_LIST] = dict(sorted(named.items(), key=lambda pair: pair[1]))
        for about in self.layout.asked:
            question = self.edition.questions.get(about)
            if question is None:
                name = about.removeprefix(PROFILE_PREFIX)
                offered[about] = offered_values(self.edition, name)
                continue
            if question.options and not question.is_multiple_choice and not question.places:
                offered[about] = offered_texts(question)
            reasons = reasons_offered(question)
            offered[REASON_LIST + "|".join(reasons)] = reasons
        sheet.text(0, 0, LISTS_MARK, "as_text")
        row = 1
        for name, texts in offered.items():
            for option, text in texts.items():
                for column, part in enumerate((name, option, text)):
                    sheet.text(row, column, part, "as_text")
                row += 1
            if texts:
                self.lists[name] = CellRange(sheet.cell(row - len(texts), 2), sheet.cell(row - 1, 2))
        sheet.protect()
        sheet.xlsx.hide()

    def write_shown(self, sheet: SheetWriter) -> None:
        sheet.text(0, 0, SHOWN_MARK, "as_text")
        for row, about in enumerate(self.layout.asked, 1):
            said = self.stated.get(about, NOTHING_STATED)
            numbers = (self.metadata.versions.get(about, 0), self.rows.get(about, 0))
            sheet.text(row, 0, about, "as_text")
            for column, number in enumerate(numbers, 1):
                sheet.number(row, column, number)
            for column, text in enumerate((said.text, said.reason, said.word, said.title), 3):
                sheet.text(row, column, text, "text", "as_text")
        sheet.protect()
        sheet.xlsx.hide()

    # ── Questions

    def write_part(self, sheet: SheetWriter, part: QuestionnairePart) -> None:
        sheet.title(part.title)
        for column in LineColumn:
            sheet.text(_MARK_ROW, column, column.mark, "as_text")
        sheet.xlsx.set_row(_MARK_ROW, None, None, {"hidden": True})
        sheet.columns(_HEAD, [column.spec for column in LineColumn])
        sheet.text(_HEAD, LineColumn.KEY, HEADINGS_KEY, "as_text")
        for row, line in enumerate(part.lines, _FIRST_ROW):
            self.rows[line.about] = self.rows.get(line.about, 0) + 1
            sheet.text(row, LineColumn.KEY, line.key, "as_text")
            if line.kind == "field":
                self.write_field(sheet, row, line)
            elif line.kind == "question":
                self.write_question(sheet, row, self.edition.questions[line.about])
            else:
                self.write_element(sheet, row, line)
        sheet.freeze_panes(_FIRST_ROW, LineColumn.OFFERED)
        self.set_up(sheet, (_HEAD, _HEAD), (LineColumn.NUMBER, LineColumn.WHY))
        sheet.protect()

    def write_field(self, sheet: SheetWriter, row: int, line: QuestionnaireLine) -> None:
        name = line.about.removeprefix(PROFILE_PREFIX)
        said = self.stated.get(line.about, NOTHING_STATED).text
        sheet.text(row, LineColumn.TEXT, profile_field_label(self.edition, name), "question")
        if self.edition.profile[name].is_number:
            self.write_number(sheet, row, said)
        else:
            self.write_choice(sheet, row, line.about, offered_values(self.edition, name).get(said, ""))

    def write_question(self, sheet: SheetWriter, row: int, question: Question) -> None:
        said = self.stated.get(question.id, NOTHING_STATED)
        is_answered = bool(said.text) and said.text != NOT_APPLICABLE_TEXT
        requirement = self.edition.requirement_of(question.id)
        sheet.text(row, LineColumn.NUMBER, self.layout.numbers[question.id], "question", "as_text")
        locked = {
            LineColumn.TEXT: question.ask,
            LineColumn.OFFERED: self.offered_words(question),
            LineColumn.EVIDENCE: "\n".join(self.evidence_words(question.id)),
            LineColumn.CONDITION: self.layout.condition(question),
            LineColumn.HELP: question.help,
            LineColumn.LAW: "\n".join(provision_title(self.edition, i) for i in requirement.law) if requirement else "",
        }
        for column, text in locked.items():
            look = ("question",) if column == LineColumn.TEXT else ("soft", "wrap", "inset", _TOP_RULE)
            sheet.text(row, column, text, *look)
        self.write_answer(sheet, row, question, said.text if is_answered else "")
        reasons = reasons_offered(question)
        reason = NOT_APPLICABLE_TEXT if said.text == NOT_APPLICABLE_TEXT else said.word
        sheet.text(row, LineColumn.INSTEAD, reasons.get(reason, ""), "input", "as_text")
        self.drop_down(sheet, row, LineColumn.INSTEAD, REASON_LIST + "|".join(reasons))
        sheet.text(row, LineColumn.WHY, said.reason or said.title, "input", _TEXT_INPUT)
        for column in FILLED_BESIDE[2:]:
            if question.evidence == "expected" and question.scored:
                sheet.text(row, column, "", "input", _TEXT_INPUT)

    def write_answer(self, sheet: SheetWriter, row: int, question: Question, text: str) -> None:
        if question.kind == "one":
            self.write_choice(sheet, row, question.id, offered_texts(question).get(text, ""))
        elif question.kind == "number":
            self.write_number(sheet, row, text)
        elif question.kind == "date":
            self.write_date(sheet, row, text)
        elif question.kind == "text":
            sheet.text(row, LineColumn.ANSWER, text, "input", _TEXT_INPUT)

    def write_element(self, sheet: SheetWriter, row: int, line: QuestionnaireLine) -> None:
        chosen = self.stated.get(line.about, NOTHING_STATED).text.split("|")
        if line.kind == "spare":
            sheet.text(row, LineColumn.TEXT, "", "input", "as_text", "inset")
            self.drop_down(sheet, row, LineColumn.TEXT, COUNTRY_LIST)
            sheet.text(row, LineColumn.OFFERED, _("Another country, from the list"), "soft", "wrap")
        else:
            sheet.text(row, LineColumn.TEXT, part_label(self.edition, line), "row", "wrap", "inset")
        ticked = line.kind != "spare" and line.part in chosen
        self.write_choice(sheet, row, YES_LIST, _("Yes") if ticked else "")

    def write_choice(self, sheet: SheetWriter, row: int, offered: str, text: str) -> None:
        sheet.text(row, LineColumn.ANSWER, text, "input", "as_text")
        self.drop_down(sheet, row, LineColumn.ANSWER, offered)

    def write_number(self, sheet: SheetWriter, row: int, text: str) -> None:
        """Write a number, or text if the file would round the number."""
        number = float(text) if text else None
        if number is not None and float(f"{number:.16G}") != number:
            sheet.text(row, LineColumn.ANSWER, text, "input", "as_text")
        elif number is None:
            sheet.text(row, LineColumn.ANSWER, "", "input", "right")
        else:
            sheet.number(row, LineColumn.ANSWER, number, "input")
        between = {"validate": "decimal", "criteria": "between", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
        self.rule(sheet, row, between | {"error_message": _("Enter a number without a unit, such as 12.5.")})

    def write_date(self, sheet: SheetWriter, row: int, text: str) -> None:
        day = date.fromisoformat(text) if text else None
        if day is not None and day < _FIRST_DATE:
            sheet.text(row, LineColumn.ANSWER, text, "input", "as_text")
            return
        sheet.date(row, LineColumn.ANSWER, day, "input")
        since = {"validate": "date", "criteria": ">=", "value": _FIRST_DATE}
        self.rule(sheet, row, since | {"error_message": _("Enter a date, such as 2027-01-31.")})

    def rule(self, sheet: SheetWriter, row: int, options: Mapping[str, Any]) -> None:
        """Make the program warn about an answer that breaks a rule, without preventing it."""
        rule = {**options, "error_type": "warning"}
        sheet.xlsx.data_validation(row, LineColumn.ANSWER, row, LineColumn.ANSWER, rule)

    def drop_down(self, sheet: SheetWriter, row: int, column: int, offered: str) -> None:
        if offered in self.lists:
            warning = _("Choose from the list, so that it is understood when the file comes back.")
            sheet.dropdown(sheet.cell(row, column), self.lists[offered], warning)

    def offered_words(self, question: Question) -> str:
        """Return the answers that are possible, as shown next to the cell."""
        if question.kind == "one":
            return "\n".join(f"• {text}" for text in offered_texts(question).values())
        if question.kind == "countries":
            return _("Answer on the sheet “%(sheet)s”.", sheet=self.names[-3])
        if question.kind == "many":
            return _("Choose Yes beside all that apply.")
        if question.kind == "places":
            return _("Choose Yes beside each place where it is true.")
        if question.kind == "date":
            return _("Enter a date, such as 2027-01-31.")
        if question.kind == "number":
            return _("Your answer, in %(unit)s", unit=question.unit) if question.unit else _("Your answer, a number")
        return ""

    def evidence_words(self, question: str) -> Sequence[str]:
        """Return the evidence that an answer already has."""
        given = self.metadata.evidence.get(question, ())
        return given or ([_(SOME_EVIDENCE)] if question in self.answers.evidenced else [])

    # ── Countries, which questions share

    def write_countries(self, sheet: SheetWriter) -> None:
        asked = self.layout.country_questions
        sheet.title(self.names[-3])
        sheet.text(1, 1, _("Choose Yes beside all that apply."), "soft")
        for column, mark in enumerate((LineColumn.KEY.mark, "", *(f"{MARK_PREFIX}list:{q.id}" for q in asked))):
            sheet.text(_MARK_ROW, column, mark, "as_text")
        sheet.xlsx.set_row(_MARK_ROW, None, None, {"hidden": True})
        sheet.widths(4, 34, *[26] * len(asked))
        sheet.xlsx.set_column(0, 0, 4, None, {"hidden": True})
        heads = [f"{self.layout.numbers[question.id]} {question.ask}" for question in asked]
        sheet.headings(_HEAD, ["", _("Country"), *heads])
        sheet.xlsx.set_row(_HEAD, 80)
        chosen = {question.id: self.stated.get(question.id, NOTHING_STATED).text.split("|") for question in asked}
        kept = {code for codes in chosen.values() for code in codes if len(code) == 3 and code.isupper()}
        codes = sorted({*countries(), *kept}, key=country_name)
        for row, code in enumerate(codes, _FIRST_ROW):
            sheet.text(row, 0, code, "as_text")
            sheet.text(row, 1, country_name(code), "row")
            for column, question in enumerate(asked, 2):
                sheet.text(row, column, _("Yes") if code in chosen[question.id] else "", "input", "as_text")
        for question in asked:
            self.rows[question.id] = len(codes)
        for column in range(2, 2 + len(asked)):
            last = _FIRST_ROW + len(codes) - 1
            source = f"={self.lists[YES_LIST]}"
            sheet.xlsx.data_validation(_FIRST_ROW, column, last, column, {"validate": "list", "source": source})
        sheet.freeze_panes(_FIRST_ROW, 2)
        self.set_up(sheet, repeat=(_HEAD, _HEAD))
        sheet.protect()
