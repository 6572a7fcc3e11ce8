"""A form that somebody made as a draft of an edition, with a list of what an edition cannot hold. Nothing is guessed.

A form that `form_of` made gives back its ids, the profile, the requirements, and where "not applicable" may be said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.questionnaire.edition import Node, ProfileField, Question
from compliance.questionnaire.texts import TextKey
from compliance.xlsform import names
from compliance.xlsform.building import Building, Undecided
from compliance.xlsform.choices import Choices, choices_of
from compliance.xlsform.exporting import CHOICES, SETTINGS, SURVEY
from compliance.xlsform.judging import NotAForm, judge
from compliance.xlsform.left import Left
from compliance.xlsform.sheets import SHEETS, FormFault, FormFaults, Sheet, SheetRow, read_form
from compliance.xlsform.structure import Line, lines_of
from compliance.xlsform.texts import languages_of, plain

#: Settings that say nothing about what is asked.
_OF_THE_FORM = ("form_title", "form_id", "default_language", "version", "name", "instance_name")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was carried of a form: the frame and the tree of an edition, its texts in other languages; and what not."""

    title: str
    parts: tuple[Node | Question, ...]
    profile: Mapping[str, ProfileField]
    undecided: Mapping[str, Undecided]  # by question
    #: The texts in other languages, by code.
    texts: Mapping[str, Mapping[TextKey, str]]
    left: tuple[Left, ...]


def draft_of(path: Path) -> Draft:
    """The draft that a form comes to. Raise FormFaults for what is no form, or a broken one; MissingExtra."""
    sheets, file = read_form(path), str(path)
    settings = sheets.get(SETTINGS, Sheet()).rows
    about = settings[0] if settings else SheetRow(2, {})
    faults: list[FormFault] = []
    twice = about.get("allow_choice_duplicates").lower() in ("yes", "true")
    choices = choices_of(sheets.get(CHOICES, Sheet()), file, faults, twice=twice)
    lines = lines_of(sheets[SURVEY], file, faults)
    faults += _lists_missing(lines, choices, file)
    if faults:
        raise FormFaults(faults)
    _hold_before_pyxform(sheets, lines, file)
    languages = languages_of([sheets[SURVEY], sheets.get(CHOICES, Sheet())], about.get("default_language"))
    building = Building(choices.lists, languages, ours=any(line.name == names.EDITION for line in lines))
    parts = building.parts(lines)
    if not parts:
        raise FormFaults([FormFault(file, SURVEY, 0, "there is no question in it that an edition could ask")])
    left = [*languages.left, *building.left, *choices.left, *_lists_unused(choices, building.lists_seen)]
    left += [*_settings_left(about), *_sheets_left(sheets)]
    if building.ours:
        what = "what was `counts_when` stands as `asked_when`: a form knows only what is shown"
        left.append(Left(SURVEY, 0, what, "write `counts_when` where a question is to stay, and to earn nothing"))
    return Draft(
        plain(about.get("form_title")) or path.stem,
        parts,
        building.profile,
        building.undecided,
        building.texts,
        tuple(sorted(left, key=lambda one: (SHEETS.index(one.sheet), one.row))),
    )


def _hold_before_pyxform(sheets: Mapping[str, Sheet], lines: Sequence[Line], file: str) -> None:
    """Let pyxform say whether it is a form, without the rows that only KoboToolbox knows."""
    of_kobo = {line.row.number for line in lines if line.type.of_kobo}
    rows = {name: _as_written(sheet, of_kobo if name == SURVEY else set()) for name, sheet in sheets.items()}
    try:
        judge(rows, {name: [_header(*column) for column in sheet.columns] for name, sheet in sheets.items()})
    except NotAForm as refusal:
        message = f"pyxform, by which ODK and KoboToolbox read forms, refuses it: {plain(str(refusal))}"
        raise FormFaults([FormFault(file, "", 0, message)]) from refusal


def _as_written(sheet: Sheet, without: set[int]) -> list[dict[str, str]]:
    """The rows of a sheet from the second on, the empty ones too, so that numbers hold."""
    rows: list[dict[str, str]] = [{} for _ in range(max((row.number for row in sheet.rows), default=1) - 1)]
    for row in sheet.rows:
        if row.number not in without:
            rows[row.number - 2] = {_header(*column): cell for column, cell in row.cells.items()}
    return rows


def _header(column: str, language: str) -> str:
    return f"{column}::{language}" if language else column


def _lists_missing(lines: Sequence[Line], choices: Choices, file: str) -> Iterator[FormFault]:
    for line in lines:
        if line.type.role == "question" and line.type.list_name and line.type.list_name not in choices.lists:
            message = f"the list `{line.type.list_name}` is not in the sheet `{CHOICES}`: add its choices"
            yield FormFault(file, SURVEY, line.row.number, message)


def _lists_unused(choices: Choices, used: set[str]) -> Iterator[Left]:
    for name, found in choices.lists.items():
        if name not in used:
            yield Left(CHOICES, found[0].row, f"the list `{name}`, which no carried question has", "nothing")


def _settings_left(about: SheetRow) -> Iterator[Left]:
    for column, language in about.cells:
        if column not in _OF_THE_FORM:
            yield Left(SETTINGS, about.number, f"the setting `{_header(column, language)}`", "nothing")


def _sheets_left(sheets: Mapping[str, Sheet]) -> Iterator[Left]:
    for name, sheet in sheets.items():
        if name not in (SURVEY, CHOICES, SETTINGS) and sheet.rows:
            yield Left(name, 0, "the whole sheet", "write choices out as `options`; nothing else of it has a place")
