"""A returned questionnaire workbook, saved by any program: its mark, and its answer to each question.

Hidden keys identify rows, and hidden marks identify columns, wherever they were moved. An entry that is not understood
is a fault with its cell; nothing is guessed, and nothing dropped.
"""

from collections.abc import Iterator, Mapping, Sequence

from compliance.languages.interface_messages import fault_words
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import TICK_PLACES
from compliance.questionnaire.answer_parser import AnswerFault, read_answer, read_number, read_profile, read_title
from compliance.questionnaire.answers import (
    BLANK_PREFIX,
    ELSEWHERE,
    NOT_APPLICABLE_TEXT,
    write_answer,
)
from compliance.questionnaire.countries import countries
from compliance.questionnaire.csv_table import AnswerFileFault, column_letters, quoted
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Question
from compliance.workbook.fingerprint import QuestionnaireMark
from compliance.workbook.questionnaire_lines import (
    COUNTRY_LIST,
    FILLED_BESIDE,
    HEADINGS_KEY,
    LISTS_MARK,
    MARK_PREFIX,
    QUESTIONNAIRE_FORMAT,
    REASON_LIST,
    SHOWN_MARK,
    YES_LIST,
    LineColumn,
    StatedAnswer,
    as_in_cells,
    line_of_key,
)
from compliance.workbook.reader import BookReading, ReadCell, UnreadableWorkbook, opened_workbook
from compliance.workbook.returned_questionnaire import ReturnedCells, ReturnedQuestionnaire, TypedEvidence, remedy_for
from compliance.workbook.review_words import normalised, spellings

_MOST_ROWS, _TOP_ROWS, _MOST_DIGITS = 20_000, 60, 20


def read_questionnaire_mark(content: bytes) -> QuestionnaireMark | None:
    """Return the mark of a questionnaire; None if the workbook is another one. Raise UnreadableWorkbook if refused."""
    with opened_workbook(content) as book:
        return _mark(book)


def read_questionnaire(edition: Edition, content: bytes, file: str) -> ReturnedQuestionnaire:
    """Return the questionnaire in a workbook, with its faults. Questions with a fault have no answer in it.

    `edition`: the one it was made from. Raise UnreadableWorkbook if it is another kind of workbook, of another edition
    or format, or damaged.
    """
    with opened_workbook(content) as book:
        mark = _mark(book)
        if mark is None:
            raise UnreadableWorkbook(_("it is not a questionnaire of this tool"))
        if (mark.edition, mark.digest) != (edition.id, edition.digest):
            raise UnreadableWorkbook(
                _(
                    "it asks the questions of %(theirs)s (digest %(digest)s), and not those of %(named)s (digest "
                    "%(own)s)",
                    theirs=mark.edition or _("an unknown edition"),
                    digest=mark.digest[:12],
                    named=edition.id,
                    own=edition.digest[:12],
                )
            )
        if mark.format != QUESTIONNAIRE_FORMAT:
            raise UnreadableWorkbook(remedy_for(_("it was made by another version of this program")))
        tables = {name: list(book.rows(name, _MOST_ROWS)) for name in book.sheets}
        lines = _ReturnedLines(edition, file, tables)
        for name in tables:
            lines.read_table(name)
            for left, top, right, bottom in book.merged(name):
                lines.check_merged(name, range(left - 1, right), range(top, bottom + 1))
        return lines.made(mark)


def _mark(book: BookReading) -> QuestionnaireMark | None:
    if book.is_oversized:
        return None
    marks = QuestionnaireMark.found_in(book.properties, ())
    for name in book.sheets:
        texts = (cell.text for row in book.rows(name, _TOP_ROWS) for cell in row if cell.text)
        if found := QuestionnaireMark.found_in({}, texts):
            marks += found
            break
    if len({(mark.edition, mark.digest, mark.assessment, mark.organisation) for mark in marks}) > 1:
        raise UnreadableWorkbook(remedy_for(_("its first sheet and its properties name different questionnaires")))
    return marks[-1] if marks else None


class _ReturnedLines:
    """The rows read so far, with their faults."""

    def __init__(self, edition: Edition, file: str, tables: Mapping[str, Sequence[Sequence[ReadCell]]]) -> None:
        self.edition, self.file, self.tables = edition, file, tables
        self.shown: dict[str, tuple[int, int, StatedAnswer]] = {}  # version, number of rows, answer shown
        self.lists: dict[str, dict[str, str]] = {}  # by list: normalised text -> option
        self.found: dict[str, ReturnedCells] = {}
        self.keys: dict[str, str] = {}  # cell of each row, by its key
        self.at: dict[tuple[str, int], str] = {}  # question or field of each row, by sheet and number
        self.faults: list[AnswerFileFault] = []
        self.remarks: list[AnswerFileFault] = []
        for table in tables.values():
            first = table[0][0].text if table and table[0] else ""
            if first == SHOWN_MARK:
                self.shown = dict(map(self.shown_line, table[1:]))
            elif first == LISTS_MARK:
                for name, option, text in ([*(cell.text for cell in row), "", "", ""][:3] for row in table[1:]):
                    self.lists.setdefault(name, {})[normalised(text)] = option
        if not self.shown or not self.lists:
            raise UnreadableWorkbook(remedy_for(_("one of its hidden sheets is missing or damaged")))

    def shown_line(self, row: Sequence[ReadCell]) -> tuple[str, tuple[int, int, StatedAnswer]]:
        about, version, rows, *said = [*(cell.text for cell in row), *[""] * 7][:7]
        if not (version.isdecimal() and rows.isdecimal() and len(version + rows) < _MOST_DIGITS):
            raise UnreadableWorkbook(remedy_for(_("one of its hidden sheets is missing or damaged")))
        return about, (int(version), int(rows), as_in_cells(StatedAnswer(*said)))

    # ── The sheets

    def read_table(self, name: str) -> None:
        """Read a sheet that has marks of columns; ignore any other."""
        table = self.tables[name]
        for number, row in enumerate(table[:_TOP_ROWS], 1):
            marks = {cell.text: place for place, cell in enumerate(row) if cell.text.startswith(MARK_PREFIX)}
            if LineColumn.KEY.mark in marks:
                below = [(at, each) for at, each in enumerate(table, 1) if at > number and each]
                if any(mark.startswith(f"{MARK_PREFIX}list:") for mark in marks):
                    self.read_countries(name, marks, below)
                else:
                    self.read_lines(name, marks, below)
                return

    def read_lines(self, name: str, marks: Mapping[str, int], rows: Sequence[tuple[int, Sequence[ReadCell]]]) -> None:
        columns = {column: marks[column.mark] for column in LineColumn if column.mark in marks}
        if len(columns) < len(LineColumn):
            raise UnreadableWorkbook(remedy_for(_("a column of the sheet %(sheet)s is missing", sheet=name)))
        for number, row in rows:
            cells = {column: _cell(row, place) for column, place in columns.items()}
            places = {column: f"{name}!{column_letters(place)}{number}" for column, place in columns.items()}
            key = cells[LineColumn.KEY].text.strip()
            line = line_of_key(key)
            if key == HEADINGS_KEY:
                continue
            if line is None or line.about not in self.shown:
                self.note_stray(cells, places)
                continue
            self.at[name, number] = line.about
            found = self.found.setdefault(line.about, ReturnedCells())
            if not self.is_first(line.about, key, places[LineColumn.ANSWER]):
                continue
            for column in (LineColumn.ANSWER, *FILLED_BESIDE, *([LineColumn.TEXT] if line.kind == "spare" else [])):
                self.check_flaw(line.about, cells[column], places[column])
            if line.kind in ("field", "question"):
                found.place, found.said = places[LineColumn.ANSWER], cells
            else:
                found.parts.append((line, places[LineColumn.ANSWER], cells[LineColumn.TEXT], cells[LineColumn.ANSWER]))
            for place, cell in enumerate(row):
                if cell.is_filled and place not in columns.values():
                    message = _("a cell outside the questionnaire: it is not read, and stays in your file")
                    self.remark(f"{name}!{column_letters(place)}{number}", message)

    def read_countries(
        self, name: str, marks: Mapping[str, int], rows: Sequence[tuple[int, Sequence[ReadCell]]]
    ) -> None:
        lists = {mark.removeprefix(f"{MARK_PREFIX}list:"): place for mark, place in marks.items() if ":list:" in mark}
        for number, row in rows:
            code = _cell(row, marks[LineColumn.KEY.mark]).text.strip()
            if not code.isalpha():
                continue
            for about, place in lists.items():
                cell, where = _cell(row, place), f"{name}!{column_letters(place)}{number}"
                found = self.found.setdefault(about, ReturnedCells())
                if about in self.shown and self.is_first(about, f"country {about} {code}", where):
                    self.check_flaw(about, cell, where)
                    found.countries.append((code, where, cell))

    def is_first(self, about: str, key: str, where: str) -> bool:
        """Tell whether a key is new; if it is not, add a fault."""
        if key in self.keys:
            self.note(about, where, "", _("this is already in %(cell)s: delete one of them", cell=self.keys[key]))
            return False
        self.keys[key] = where
        return True

    def note(self, about: str, cell: str, holds: str, message: str) -> None:
        self.faults.append(AnswerFileFault(self.file, 0, about, message, cell, holds))
        self.found.setdefault(about, ReturnedCells()).is_faulty = True

    def remark(self, cell: str, message: str) -> None:
        self.remarks.append(AnswerFileFault(self.file, 0, "", message, cell))

    def check_flaw(self, about: str, cell: ReadCell, where: str) -> None:
        if cell.flaw == "formula":
            self.note(about, where, cell.text, _("there is a formula here: type the answer itself"))
        elif cell.flaw:
            message = _("this cell holds the error %(error)s: empty it, or fill it in", error=cell.text)
            self.note(about, where, cell.text, message)

    def note_stray(self, cells: Mapping[LineColumn, ReadCell], places: Mapping[LineColumn, str]) -> None:
        for column in (LineColumn.ANSWER, *FILLED_BESIDE):
            if cells[column].is_filled:
                message = _("this row is not part of the questionnaire: write the answer in the row of its question")
                self.faults.append(AnswerFileFault(self.file, 0, "", message, places[column], cells[column].text))

    def check_merged(self, name: str, columns: range, rows: range) -> None:
        """Add a fault for merged cells: only the first has a content, although it seems to be in each."""
        touched = {self.at[name, n]: n for n in rows[: len(self.tables[name])] if (name, n) in self.at}
        for about in touched if len(columns) * len(rows) > 1 else ():
            message = _(
                "the cells %(first)s:%(last)s are merged, and only the first of them holds something: unmerge them",
                first=f"{column_letters(columns[0])}{rows[0]}",
                last=f"{column_letters(columns[-1])}{rows[-1]}",
            )
            self.note(about, f"{name}!{column_letters(columns[0])}{rows[0]}", "", message)

    # ── After all rows are read

    def made(self, mark: QuestionnaireMark) -> ReturnedQuestionnaire:
        """Return the questionnaire, with all faults."""
        answers: dict[str, StatedAnswer] = {}
        evidence: dict[str, TypedEvidence] = {}
        evidenced: set[str] = set()
        for about, (_version, rows, _said) in self.shown.items():
            question = self.edition.questions.get(about)
            if question is None and about.removeprefix(PROFILE_PREFIX) not in self.edition.profile:
                continue
            found = self.found.get(about)
            if found is None or not found.said:
                self.remark("", _("%(question)s: its rows are gone, so it stays as it is", question=quoted(about)))
                continue
            if max(len(found.parts) + 1, len(found.countries)) < rows:
                self.note(about, found.place, "", remedy_for(_("some of its rows are missing")))
            typed = self.evidence(about, found)
            said = None if found.is_faulty else self.stated(about, question, found)
            if said is None or found.is_faulty:
                continue
            answers[about] = as_in_cells(said)
            if typed != TypedEvidence():
                evidence[about] = typed
            if typed != TypedEvidence() or found.said[LineColumn.EVIDENCE].is_filled:
                evidenced.add(about)
        return ReturnedQuestionnaire(
            mark,
            answers,
            {about: said for about, (_version, _rows, said) in self.shown.items()},
            {about: version for about, (version, _rows, _said) in self.shown.items()},
            evidence,
            frozenset(evidenced),
            {about: found.place for about, found in self.found.items()},
            tuple(self.faults),
            tuple(self.remarks),
        )

    def stated(self, about: str, question: Question | None, found: ReturnedCells) -> StatedAnswer | None:
        """Return the entry for a question or field; None if it has a fault."""
        try:
            text = self.answer_text(about, question, found)
            instead, why = (found.said[column].text.strip() for column in (LineColumn.INSTEAD, LineColumn.WHY))
            if question is None:
                return StatedAnswer(text)
            return self.with_reason(question, found, text, instead, why)
        except AnswerFault as fault:
            if not found.is_faulty:
                self.note(about, found.place, found.said[LineColumn.ANSWER].text, fault_words(fault.message))
            return None

    def with_reason(self, question: Question, found: ReturnedCells, text: str, instead: str, why: str) -> StatedAnswer:
        """Combine an answer, a word and a reason. Raise AnswerFault if they do not fit together."""
        word = self.word(question, instead) if instead else ""
        if word and text:
            raise AnswerFault("Give either an answer or one reason why it is blank, not both. Remove one of them.")
        if word == NOT_APPLICABLE_TEXT or text == NOT_APPLICABLE_TEXT:
            return StatedAnswer(NOT_APPLICABLE_TEXT, why)
        if why and word != ELSEWHERE:
            raise AnswerFault(
                "%(text)s goes with “Does not apply” or “Said in another document”: choose one of them before it, "
                "or delete it",
                text=quoted(why),
            )
        if not word:
            return StatedAnswer(text)
        try:
            return StatedAnswer(word=word, title=read_title(why))
        except AnswerFault:
            raise AnswerFault("Enter the title on one line, without special characters.") from None

    def word(self, question: Question, instead: str) -> str:
        """Return the word of a blank, or `n/a`. Raise AnswerFault for anything else."""
        for name, texts in self.lists.items():
            if name.startswith(REASON_LIST) and normalised(instead) in texts:
                return texts[normalised(instead)]
        raise AnswerFault("%(text)s is not a reason: choose one from the list of its cell", text=quoted(instead))

    def answer_text(self, about: str, question: Question | None, found: ReturnedCells) -> str:
        """Return the answer in its cells, in canonical spelling; "" for none. Raise AnswerFault if it is not one."""
        typed = found.said[LineColumn.ANSWER].text.strip()
        if question is None:
            profile_field = self.edition.profile[about.removeprefix(PROFILE_PREFIX)]
            given = typed if profile_field.is_number else self.option(about, typed)
            value = read_profile(profile_field, given) if given else None
            return "" if value is None else write_answer(value)
        if (question.kind == "countries" and typed) or (question.kind in ("many", "places") and typed):
            raise AnswerFault("Choose Yes in the rows below, or on the sheet of countries, and empty this cell.")
        if question.kind == "countries":
            given = "|".join(code for code, where, cell in found.countries if self.is_ticked(about, cell, where))
        elif found.parts:
            given = "|".join(self.ticked_parts(question, found))
        elif question.kind == "one" and typed.casefold() != NOT_APPLICABLE_TEXT:
            given = self.option(about, typed)
        else:
            given = typed
        if question.kind == "text" and given.casefold().startswith(BLANK_PREFIX):
            raise AnswerFault("An answer cannot begin with “blank:”. Put another word before it.")
        if given.casefold() == NOT_APPLICABLE_TEXT and question.na == "never":
            raise AnswerFault("Every company can answer this: choose an answer, or leave it blank.")
        return self.canonical(question, given)

    def canonical(self, question: Question, given: str) -> str:
        """Return an answer in canonical spelling. Raise AnswerFault, with a remedy, if it is not one."""
        try:
            return write_answer(read_answer(question, given))
        except AnswerFault:
            raise _remedy(question, given) from None

    def option(self, about: str, typed: str) -> str:
        """Return the id of the option chosen. Raise AnswerFault if it is not in the list."""
        texts = self.lists.get(about, {})
        if typed and typed not in texts.values() and normalised(typed) not in texts:
            raise AnswerFault("%(text)s is not in the list of its cell: choose from the list", text=quoted(typed))
        return typed if typed in texts.values() else texts.get(normalised(typed), "")

    def is_ticked(self, about: str, cell: ReadCell, where: str) -> bool:
        """Tell whether a cell says Yes, in any language. Raise AnswerFault if it says anything else."""
        if not cell.is_filled:
            return False
        if normalised(cell.text) in spellings("Yes") | self.lists.get(YES_LIST, {}).keys():
            return True
        fault = AnswerFault("%(text)s is not Yes: choose Yes, or empty the cell", text=quoted(cell.text))
        self.note(about, where, cell.text, fault_words(fault.message))
        raise fault

    def ticked_parts(self, question: Question, found: ReturnedCells) -> Iterator[str]:
        """Yield what is ticked below a question. Raise AnswerFault for a cell not understood or without its country."""
        for line, where, text, cell in found.parts:
            named = self.country(question.id, text, where) if line.kind == "spare" else line.part
            if self.is_ticked(question.id, cell, where):
                if not named:
                    fault = AnswerFault("Choose the country first.")
                    self.note(question.id, where, cell.text, fault_words(fault.message))
                    raise fault
                yield named

    def country(self, about: str, text: ReadCell, where: str) -> str:
        """Return the code of the country named. Raise AnswerFault if it is not on the list."""
        typed = text.text.strip()
        code = typed if typed in countries() else self.lists.get(COUNTRY_LIST, {}).get(normalised(typed), "")
        if typed and not code:
            fault = AnswerFault("%(text)s is not a country on the list: choose from the list", text=quoted(typed))
            self.note(about, where, typed, fault_words(fault.message))
            raise fault
        return code

    def evidence(self, about: str, found: ReturnedCells) -> TypedEvidence:
        """Return the evidence entered; if it is incomplete, add a fault."""
        columns = (LineColumn.DOCUMENT, LineColumn.PAGE, LineColumn.PASSAGE, LineColumn.LINK)
        typed = TypedEvidence(*(found.said[column].text.strip() for column in columns))
        if flaw := typed.flaw:
            self.note(about, found.place, typed.document or typed.passage or typed.link, flaw)
        return typed


def _cell(row: Sequence[ReadCell], place: int) -> ReadCell:
    return row[place] if place < len(row) else ReadCell()


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except AnswerFault:
        return False
    return True


def _remedy(question: Question, given: str) -> AnswerFault:
    if question.kind == "date":
        return AnswerFault("Enter a date, such as 2027-01-31.")
    if question.kind == "number" and question.log and _is_number(given):
        return AnswerFault("Enter a number above 0.")
    if question.kind == "number":
        return AnswerFault("Enter a number without a unit, such as 12.5.")
    if question.kind == "places":
        return AnswerFault(TICK_PLACES)
    return AnswerFault("Choose from the list. “None of these” cannot be combined with another answer.")
