"""Submissions collected with an edition's form, from the CSV files that ODK Central and KoboToolbox export.

Both write the groups before the name of a question (`themes-r02-r02__code`, `themes/r02/r02__code`) or omit them, and
write multiple choices into one column, into one for each choice, or both. Further columns are about the submission.
Every column must be known: an unknown one is a fault, and never silently ignored.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compliance.questionnaire.answers import COMPANY_COLUMN, ELSEWHERE, NOT_APPLICABLE_TEXT, blank_text
from compliance.questionnaire.answers_file import EVIDENCE_SUFFIX, REASON_SUFFIX, read_sheets
from compliance.questionnaire.countries import countries
from compliance.questionnaire.csv_table import AnswerFileFault, AnswerFileFaults, read_table
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.faults import did_you_mean
from compliance.questionnaire.places import BOXES, NO_PLACE
from compliance.xlsform import xpath
from compliance.xlsform.form_export import edition_mark

#: The servers' columns about a submission, without underscores around them.
_METADATA_COLUMNS = re.compile(
    "SubmissionDate|SubmitterID|SubmitterName|AttachmentsPresent|AttachmentsExpected|Status|ReviewState|DeviceID|Edits|"
    "FormVersion|KEY|instanceID|instanceName|deprecatedID|rootUuid|start|end|today|deviceid|username|subscriberid|"
    "simserial|phonenumber|email|audit|uuid|id|index|notes|tags|status|submitted_by|submission_time|version|"
    "validation_status|xform_id_string|attachments|geolocation|parent_table_name|parent_index|submission__id"
)
#: Suffixes of fields beside a question.
_BESIDE = (
    xpath.REASON_SUFFIX,
    xpath.WORD_SUFFIX,
    xpath.TITLE_SUFFIX,
    xpath.EVIDENCE_SUFFIX,
    xpath.NOT_SHOWN_SUFFIX,
)
_REVIEWS = ("ReviewState", "_validation_status")
#: Reviewers' words for a submission that is not to be used, as either server writes them.
_REJECTED = frozenset({"rejected", "not approved", "validation_status_not_approved"})
_TICKED = {"1": True, "true": True, "0": False, "false": False, "": False}


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """An answers file, as rows of text below a header, and notes on how it was made."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Columns:
    """The positions of fields in a row, by their names in the form."""

    width: int
    at: dict[str, int] = field(default_factory=dict)
    ticks: dict[str, dict[str, int]] = field(default_factory=dict)  # by question, then by choice
    reviews: list[int] = field(default_factory=list)


def read_submissions(edition: Edition, path: Path) -> AnswerTable:
    """Return the submissions in a CSV file as an answers file, a row each, without those that a reviewer rejected.

    Raise AnswerFileFaults with every fault, by row and column.
    """
    table = read_table(path)
    reading = _SubmissionReader(edition, str(path))
    columns = reading.columns(table.header, table.first_row - 1)
    if reading.faults:
        raise AnswerFileFaults(reading.faults)
    rows = [reading.row(columns, row, number) for number, row in enumerate(table.rows, table.first_row)]
    if reading.faults:
        raise AnswerFileFaults(reading.faults)
    header = _header(edition, {column for row in rows for column in row})
    texts = [tuple(row.get(column, "") for column in header) for row in rows]
    read_sheets(edition, header, texts, file=str(path), first_row=table.first_row)  # to find texts that are not answers
    return AnswerTable(header, tuple(row for row in texts if any(row)), tuple(reading.notes()))


class _SubmissionReader:
    """Reads rows, and collects faults and notes."""

    def __init__(self, edition: Edition, file: str) -> None:
        self.edition, self.file = edition, file
        self.fields = dict(_fields(edition))
        self.groups = {xpath.field_name(node.id) for node in edition.root.nodes()} | {xpath.PROFILE_GROUP}
        self.faults: list[AnswerFileFault] = []
        self.rejected: list[int] = []
        self.earlier: list[int] = []  # rows collected before the edition changed
        self.unmarked: list[int] = []  # rows that do not name an edition

    def note(self, row: int, column: str, message: str) -> None:
        self.faults.append(AnswerFileFault(self.file, row, column, message))

    def notes(self) -> Iterator[str]:
        """Yield notes on the submissions that were used, and on those that were not."""
        if self.rejected:
            yield f"left out, as a reviewer rejected them: {_rows(self.rejected)}"
        if self.earlier:
            yield (
                f"{_rows(self.earlier)}: collected with the form of {self.edition.id} before it changed; what was "
                "answered to another text may mean something else"
            )
        if self.unmarked:
            where = f"{_rows(self.unmarked)}: the column {xpath.EDITION_FIELD} is missing or empty"
            yield f"{where}, so nothing shows that these are answers to {self.edition.id}"

    def columns(self, header: Sequence[str], row: int) -> _Columns:
        """Return the columns of the header, noting unknown and repeated ones as faults."""
        found, unknown = _Columns(len(header)), list[str]()
        for position, written in enumerate(header):
            name, choice = self.place(written.strip())
            taken = found.at if not choice else found.ticks.setdefault(name, {})
            if written.strip() in _REVIEWS:
                found.reviews.append(position)
            elif not name:
                unknown += [] if _is_metadata_column(written.strip()) else [written.strip()]
            elif (choice or name) in taken:
                self.note(row, written, "this column stands twice: export one version of the form, or delete one")
            else:
                taken[choice or name] = position
        if xpath.COMPANY_FIELD not in found.at:
            self.note(row, "", self.no_company(len(unknown), len(header)))
        else:
            for name in unknown:
                hint = did_you_mean(re.split(r"[^A-Za-z0-9_]", name)[-1], self.fields) or ": delete it, if it is yours"
                self.note(row, name, f"the form of {self.edition.id} has no such question{hint}")
        return found

    def no_company(self, unknown: int, columns: int) -> str:
        """Return the message for a file without the company column."""
        if unknown > columns / 2:
            return (
                f"these are no submissions to the form of {self.edition.id}, or its columns are called by labels: "
                "export with XML values and headers"
            )
        return (
            f"the column {xpath.COMPANY_FIELD} is missing: it is the first question of the form, and names each company"
        )

    def place(self, written: str) -> tuple[str, str]:
        """Return a column's field, and its choice if it is for one choice, or two empty texts if it is for no field."""
        start = 0
        for part in re.finditer(r"[A-Za-z0-9_]+", written):
            if written[start : part.start()].strip("/-.: |"):
                return "", ""
            start = part.end()
            if part[0] in self.fields:
                choice = written[part.end() + 1 :]
                return (part[0], choice) if not choice or choice in _choices(self.fields[part[0]]) else ("", "")
            if part[0] not in self.groups:
                return "", ""
        return "", ""

    def row(self, columns: _Columns, row: Sequence[str], number: int) -> dict[str, str]:
        """Return a submission's cells of an answers file, or {} if it was rejected or is empty."""

        if not any(cell.strip() for cell in row):
            return {}
        for position, text in enumerate(row[columns.width :], columns.width + 1):
            if text.strip():
                self.note(
                    number, f"{position}", f"{text!r} stands in a column without a name: export the file once more"
                )
        cells = [cell.strip() for cell in row] + [""] * (columns.width - len(row))
        if any(cells[at].lower() in _REJECTED for at in columns.reviews):
            self.rejected.append(number)
            return {}
        given = {name: cells[at] for name, at in columns.at.items()}
        self.check_edition(given.get(xpath.EDITION_FIELD, ""), number)
        for name, ticks in columns.ticks.items():
            given[name] = self.chosen(name, given.get(name), {c: cells[at] for c, at in ticks.items()}, number)
        found = {COMPANY_COLUMN: given.get(xpath.COMPANY_FIELD, "")}
        for name, about in self.fields.items():
            if isinstance(about, Question):
                found |= self.answer(about, name, given, number)
            elif about:
                found[about] = xpath.value_of_choice(given.get(name, ""))
        return {column: text for column, text in found.items() if text}

    def check_edition(self, mark: str, number: int) -> None:
        """Check that a submission answers this edition. Note one for another edition as a fault."""
        if mark == edition_mark(self.edition):
            return
        if not mark:
            self.unmarked.append(number)
        elif mark.split(" ")[0] != self.edition.id:
            message = f"collected with the form of {mark.split(' ')[0]}: name that edition"
            self.note(number, xpath.EDITION_FIELD, message)
        else:
            self.earlier.append(number)

    def chosen(self, name: str, together: str | None, ticks: Mapping[str, str], number: int) -> str:
        """Return the choices, joined by blanks, from one column for each and, if it exists, one for all."""
        for choice, text in ticks.items():
            if text.lower() not in _TICKED:
                self.note(number, f"{name}/{choice}", f"{text!r} is neither 1 nor 0: export the choices once more")
        apart = [choice for choice, text in ticks.items() if _TICKED.get(text.lower())]
        if together is None:
            return " ".join(apart)
        if any(ticks.values()) and set(apart) != set(together.split()):
            message = f"{together!r} is not what the columns of its choices say ({' '.join(apart) or 'none'}): mend one"
            self.note(number, name, message)
        return together

    def answer(self, question: Question, name: str, given: Mapping[str, str], number: int) -> dict[str, str]:
        """Return the cells for one question."""
        text, reason = given.get(name, ""), given.get(name + xpath.REASON_SUFFIX, "")
        if question.kind in ("many", "countries"):
            text = "|".join(text.split())
        if question.places:
            text = "|".join(map(xpath.place_of_choice, text.split()))
        if text and reason:
            message = "answered, and called not applicable as well: delete one of the two"
            self.note(number, name, message)
        if reason and not text:
            text = NOT_APPLICABLE_TEXT
        word, title = given.get(name + xpath.WORD_SUFFIX, ""), given.get(name + xpath.TITLE_SUFFIX, "")
        if text and (word or title):
            message = "answered, and left open for a reason as well: delete one of the two"
            self.note(number, name + xpath.WORD_SUFFIX, message)
        elif title and word != ELSEWHERE:
            message = f"a title goes with {ELSEWHERE} in {name}{xpath.WORD_SUFFIX}: choose that, or delete it"
            self.note(number, name + xpath.TITLE_SUFFIX, message)
        else:
            text = text or blank_text(word, title)
        found = {question.id: text, question.id + REASON_SUFFIX: reason}
        return found | {question.id + EVIDENCE_SUFFIX: given.get(name + xpath.EVIDENCE_SUFFIX, "")}


def _fields(edition: Edition) -> Iterator[tuple[str, "Question | str"]]:
    """Yield every field of the form, with its question, its column in an answers file, or "" for neither."""
    yield xpath.COMPANY_FIELD, ""
    yield xpath.EDITION_FIELD, ""
    for profile_field in edition.profile:
        yield xpath.profile_field_name(profile_field), PROFILE_PREFIX + profile_field
    for part in edition.root.walk():
        name = xpath.field_name(part.id)
        if isinstance(part, Node):
            yield name + xpath.EXPECTS_SUFFIX, ""
        else:
            yield name, part
            yield from ((name + beside, "") for beside in _BESIDE)
    for name, _expression in xpath.places_expressions(edition):
        yield name, ""


def _choices(about: "Question | str") -> frozenset[str]:
    """Return the choices that may have a column of their own."""
    if not isinstance(about, Question) or about.kind not in ("many", "countries", "places"):
        return frozenset()
    if about.kind in ("countries", "places"):
        return frozenset(countries()) | (frozenset([NO_PLACE, *BOXES.values()]) if about.places else frozenset())
    return frozenset(option.id for option in about.options) | {NONE_OF_THESE}


def _is_metadata_column(written: str) -> bool:
    """Tell whether a column is about the submission."""
    last = re.split(r"[/.:]|(?<=meta)-", written)[-1]
    return not written or _METADATA_COLUMNS.fullmatch(last.strip("_")) is not None


def _header(edition: Edition, used: set[str]) -> tuple[str, ...]:
    """Return the columns of an answers file: every profile field and question, and used columns beside a question."""
    columns = [COMPANY_COLUMN, *(PROFILE_PREFIX + name for name in edition.profile)]
    for question_id in edition.questions:
        columns.append(question_id)
        columns += [question_id + beside for beside in (REASON_SUFFIX, EVIDENCE_SUFFIX) if question_id + beside in used]
    return tuple(columns)


def _rows(numbers: Sequence[int]) -> str:
    return f"row{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"
