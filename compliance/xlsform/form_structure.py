"""The content of a form that somebody made: survey rows with their types, choice lists, and what cannot be carried."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from compliance.questionnaire.answer_parser import AnswerFault, read_number
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import NONE_OF_THESE, QuestionKind
from compliance.questionnaire.faults import did_you_mean
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.xlsform.form_workbook import (
    CHOICES,
    MEDIA,
    SETTINGS,
    SURVEY,
    FormFault,
    FormRow,
    FormSheet,
    Omission,
    column_header,
)

#: What a row does: open or close a group or repeat, ask, be left out, or be nothing that is known.
RowRole: TypeAlias = Literal["begin", "end", "question", "left", "unknown"]

_BEGIN_END = re.compile(r"(begin|end)[ _](group|lgroup|repeat|looped group|loop)(?: .*)?", re.IGNORECASE)
_OF_KOBO = re.compile(r"(?:begin|end)_(?:kobomatrix|score|rank)|score__row|rank__level", re.IGNORECASE)
_SELECT = re.compile(
    r"(?P<one>select[_ ]one(?: from)?|select1|add select one prompt using)\s+(?P<list>.+)|"
    r"(?P<many>select[_ ]multiple(?: from)?|select all that apply(?: from)?|add select multiple prompt using)\s+"
    r"(?P<lists>.+)",
    re.IGNORECASE,
)
_OR_OTHER = re.compile(r"\s(?:or[_ ]other|or specify other)$", re.IGNORECASE)
_KINDS: Mapping[str, QuestionKind] = {
    "text": "text", "string": "text", "integer": "number", "int": "number", "decimal": "number", "range": "number",
    "percentage": "number", "date": "date",
}  # fmt: skip
WHOLE_NUMBER_TYPES = ("integer", "int")

_PLACES = "geopoint geotrace geoshape gps location start-geopoint background-geopoint osm"
_FILES = "image photo audio video file background-audio"
_NOTED = "start end today deviceid username email phonenumber simserial subscriberid imei audit"
#: Why a type is not carried, and what to do, by type.
_OMITTED_TYPES: Mapping[str, tuple[str, str]] = {
    "note": ("a note", "an edition has no notes: move the sentence to the `help` of a question, or to `expects`"),
    **dict.fromkeys(
        ("calculate", "hidden", "xml-external", "csv-external"),
        ("a calculation", "an edition computes scores and nothing else: ask for the result, or leave it out"),
    ),
    **dict.fromkeys(
        _PLACES.split(), ("a place on a map", "ask for the country, or for the place in words, if it counts at all")
    ),
    **dict.fromkeys(
        _FILES.split(), ("a picture, recording or file", "answers are words and numbers: ask for what it shows")
    ),
    **dict.fromkeys(_NOTED.split(), ("noted by the device", "nothing: no question depends on it")),
    **dict.fromkeys(
        ("acknowledge", "trigger"), ("a box to tick before going on", "ask with the options `yes-no`, if it counts")
    ),
    **dict.fromkeys(("time", "datetime"), ("a time of day", "ask for the day, with `kind: date`")),
    "barcode": ("a code to scan", "ask for it as a text, if it counts"),
    "rank": ("an order of choices", "ask for the first choice, or for each choice apart"),
    **dict.fromkeys(
        ("select_one_from_file", "select_multiple_from_file", "select_one_external"),
        ("choices from a file beside the form", "write them out as `options`, or ask for a text"),
    ),
}


@dataclass(frozen=True, slots=True)
class SurveyRowType:
    """What one row is."""

    role: RowRole
    kind: QuestionKind = "text"
    list_name: str = ""  # of the choices
    or_other: bool = False
    whole: bool = False  # a number without a fraction
    repeats: bool = False
    what: str = ""  # of what is left out: what it is,
    do: str = ""  # and what to do
    of_kobo: bool = False  # a type that only KoboToolbox knows


def row_type(written: str) -> SurveyRowType:
    """What the cell of the column `type` says."""
    text = " ".join(written.split())
    if bounds := _BEGIN_END.fullmatch(text):
        role: RowRole = "begin" if bounds[1].lower() == "begin" else "end"
        return SurveyRowType(role, repeats=bounds[2].lower() != "group")
    if _OF_KOBO.fullmatch(text.split(" ")[0]):
        return SurveyRowType(
            "left", what="a table of KoboToolbox", do="write its questions out one by one", of_kobo=True
        )
    first = text.split(" ")[0].lower()
    if first in _OMITTED_TYPES:
        what, do = _OMITTED_TYPES[first]
        return SurveyRowType("left", what=what, do=do)
    if select := _SELECT.fullmatch(text):
        choices = select["list"] or select["lists"]
        name = _OR_OTHER.sub("", choices)
        if name.startswith("${"):
            what, do = "choices taken from other answers", "write them out as `options`"
            return SurveyRowType("left", what=what, do=do)
        return SurveyRowType("question", "one" if select["one"] else "many", name, name != choices)
    if text.lower() in _KINDS:
        return SurveyRowType("question", _KINDS[text.lower()], whole=text.lower() in WHOLE_NUMBER_TYPES)
    return SurveyRowType("unknown")


def unknown_type(written: str) -> str:
    """What to say of a type that nobody knows."""
    known = [
        *_KINDS,
        *_OMITTED_TYPES,
        "select_one",
        "select_multiple",
        "begin_group",
        "end_group",
        "begin_repeat",
        "end_repeat",
    ]
    hint = did_you_mean(written.split(" ")[0].lower(), known) or ": see xlsform.org for those there are"
    return f"the type `{written}` is unknown{hint}"


MOST_GROUPS = 40  # within each other
_NAMELESS = ("note", "audit")


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One row of the survey that asks, opens or closes something, or is left out."""

    row: FormRow
    type: SurveyRowType
    written: str  # its type as it was written

    @property
    def name(self) -> str:
        """The name that expressions have for it."""
        return self.row.get("name")


def read_survey(sheet: FormSheet, file: str, faults: list[FormFault]) -> tuple[SurveyRow, ...]:
    """The lines of a survey; what is wrong in it is added to the faults: types, names, groups that do not close."""
    lines = tuple(_survey_rows(sheet, file, faults))
    faults += _group_faults(lines, file)
    return lines


def _survey_rows(sheet: FormSheet, file: str, faults: list[FormFault]) -> Iterator[SurveyRow]:
    for row in sheet.rows:
        written = row.get("type")
        if not written and not row.get("name") and not row.said("label"):
            continue  # a remark
        line = SurveyRow(row, row_type(written), " ".join(written.split()))
        if not written:
            faults.append(FormFault(file, SURVEY, row.number, "it has no type: write one, as in `text`"))
        elif line.type.role == "unknown":
            faults.append(FormFault(file, SURVEY, row.number, unknown_type(written)))
        elif not line.name and line.type.role in ("begin", "question") and written.lower() not in _NAMELESS:
            faults.append(FormFault(file, SURVEY, row.number, f"`{written}` needs a name in the column `name`"))
        yield line


def _group_faults(lines: Sequence[SurveyRow], file: str) -> Iterator[FormFault]:
    """Groups that do not close, or are closed without being open, and names that stand twice in one group."""
    groups: list[tuple[SurveyRow | None, dict[str, int]]] = [(None, {})]
    for line in lines:
        opened, seen = groups[-1]
        if line.type.role == "end":
            if opened is None or opened.type.repeats != line.type.repeats:
                inside = f"`{opened.written}` in row {opened.row.number} is open" if opened else "nothing is open"
                yield FormFault(file, SURVEY, line.row.number, f"`{line.written}` closes what is not open: {inside}")
            groups = groups[:-1] if opened is not None else groups
            continue
        if line.name and line.name in seen:
            message = f"`{line.name}` stands twice in one group (first in row {seen[line.name]}): rename one"
            yield FormFault(file, SURVEY, line.row.number, message)
        seen.setdefault(line.name, line.row.number)
        if line.type.role == "begin":
            groups.append((line, {}))
            if len(groups) == MOST_GROUPS:
                message = f"more than {MOST_GROUPS} groups within each other: flatten the form"
                yield FormFault(file, SURVEY, line.row.number, message)
    for opened, _seen in groups[1:]:
        if opened is not None:
            message = f"`{opened.written}` is never closed: add a row `{opened.written.replace('begin', 'end')}`"
            yield FormFault(file, SURVEY, opened.row.number, message)


_KNOWN_COLUMNS = ("list_name", "name", "label", "points")


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One row of the choices."""

    row: int
    name: str
    id: str  # of its option
    said: Mapping[str, str]  # its text by language
    points: float | None


@dataclass(frozen=True, slots=True)
class ChoiceLists:
    """Every list of choices by its name, and what of the sheet is not carried."""

    lists: Mapping[str, Sequence[ChoiceRow]] = field(default_factory=dict)
    left: tuple[Omission, ...] = ()


def read_choices(sheet: FormSheet, file: str, faults: list[FormFault], *, twice: bool) -> ChoiceLists:
    """The lists of a sheet of choices; what is wrong in it is added to the faults. `twice`: a name may stand twice."""
    lists: dict[str, list[ChoiceRow]] = {}
    left: list[Omission] = []
    for row in sheet.rows:
        if not (list_name := row.get("list_name")):
            left.append(Omission(CHOICES, row.number, "a row without a list", "nothing, if it is a remark"))
        elif not (name := row.get("name")):
            faults.append(FormFault(file, CHOICES, row.number, f"a choice of `{list_name}` has no name: give it one"))
        else:
            known = lists.setdefault(list_name, [])
            first = next((choice.row for choice in known if choice.name == name), 0)
            if first and not twice:
                message = f"`{name}` stands twice in `{list_name}` (first in row {first}): rename one"
                faults.append(FormFault(file, CHOICES, row.number, message))
            elif first:
                left.append(
                    Omission(CHOICES, row.number, f"`{name}` of another part of `{list_name}`", "see its question")
                )
            else:
                known.append(_choice(row, name, known, file, faults))
    left += _columns_left(sheet)
    return ChoiceLists(lists, tuple(left))


def _choice(row: FormRow, name: str, known: Sequence[ChoiceRow], file: str, faults: list[FormFault]) -> ChoiceRow:
    points = None
    if text := row.get("points"):
        try:
            points = read_number(text)
        except AnswerFault as fault:
            faults.append(FormFault(file, CHOICES, row.number, f"points: {fault}"))
    return ChoiceRow(row.number, name, _option_id(name, [choice.id for choice in known]), row.said("label"), points)


def _option_id(name: str, taken: Sequence[str]) -> str:
    plain = id_from(name)
    return plain if plain not in taken else next(f"{plain}-{n}" for n in range(2, 9999) if f"{plain}-{n}" not in taken)


def id_from(name: str) -> str:
    """A name as an id: in small letters, with `_` for what an id cannot hold."""
    return name if ID_SYNTAX.fullmatch(name) else re.sub(r"[^a-z0-9._-]", "_", name.lower()) or "_"


def are_countries(choices: Sequence[ChoiceRow]) -> bool:
    """Whether every choice of a list is a country by its code of three capital letters."""
    return len(choices) > 1 and all(choice.name in countries() for choice in choices)


def renamed_choices(choices: Sequence[ChoiceRow]) -> Iterator[Omission]:
    """The choices whose option has another id than their name."""
    for choice in choices:
        if choice.id != choice.name:
            yield Omission(CHOICES, choice.row, f"the choice `{choice.name}` is called `{choice.id}` here", "nothing")


def why_unscored(choices: Sequence[ChoiceRow], *, several: bool) -> str:
    """Why a question with these choices is worth nothing yet; empty if it is worth something."""
    points = {choice.id: choice.points for choice in choices}
    if None in points.values():
        return (
            "some choices without points" if any(p is not None for p in points.values()) else "choices without points"
        )
    if not any(p and p > 0 for p in points.values()):
        return "choices of which none earns points"
    if several and points.get(NONE_OF_THESE):
        return f"points for `{NONE_OF_THESE}`, which stands for a select_multiple without a choice and earns 0"
    return ""


def _columns_left(sheet: FormSheet) -> Iterator[Omission]:
    for column, language in sheet.columns:
        if column in _KNOWN_COLUMNS or not any(row.cells.get((column, language)) for row in sheet.rows):
            continue
        if column in MEDIA:
            yield Omission(CHOICES, 1, f"the column `{column}`", "nothing: options are words")
        else:
            do = "nothing, unless it filtered choices: then write a question for each part"
            yield Omission(CHOICES, 1, f"the column `{column}`", do)


#: Columns that a carried row may have filled: what is not carried, and what to do. `{}` is what stands there.
OMITTED_COLUMNS = {
    "constraint": ("the constraint `{}`", "any answer is taken here: say in `help` what is meant, or score a `range`"),
    "required": ("required", "nothing: a blank earns nothing here, and what steers must be answered before submission"),
    "choice_filter": ("choices that depend on another answer: `{}`", "all choices are offered: write a question for "
                      "each part, with its own `options` and `asked_when`"),
    "appearance": ("the appearance `{}`", "nothing: it changes the look alone"),
    "default": ("the default `{}`", "nothing: an answer that nobody gave would earn points"),
    "calculation": ("the calculation `{}`", "ask for the result, or leave it out"),
    "trigger": ("the trigger `{}`", "nothing: nothing is calculated here"),
    "parameters": ("the parameters `{}`", "nothing, unless they set limits: then say them in `help`"),
    "read_only": ("read only", "leave the question out, if nobody is to answer it"),
    "guidance_hint": ("a hint that is shown on demand", "add it to `help`, if it says what counts"),
    "repeat_count": ("the number of repeats `{}`", "nothing: nothing is repeated here"),
}  # fmt: skip

#: Settings that say nothing about what is asked.
_FORM_SETTINGS = ("form_title", "form_id", "default_language", "version", "name", "instance_name")


def missing_lists(lines: Sequence[SurveyRow], choices: ChoiceLists, file: str) -> Iterator[FormFault]:
    """A fault for each question whose list of choices is not in the form."""
    for line in lines:
        if line.type.role == "question" and line.type.list_name and line.type.list_name not in choices.lists:
            message = f"the list `{line.type.list_name}` is not in the sheet `{CHOICES}`: add its choices"
            yield FormFault(file, SURVEY, line.row.number, message)


def unused_lists(choices: ChoiceLists, used: set[str]) -> Iterator[Omission]:
    """The lists of choices that no carried question uses."""
    for name, found in choices.lists.items():
        if name not in used:
            yield Omission(CHOICES, found[0].row, f"the list `{name}`, which no carried question has", "nothing")


def omitted_settings(about: FormRow) -> Iterator[Omission]:
    """The settings that an edition has no place for."""
    for column, language in about.cells:
        if column not in _FORM_SETTINGS:
            yield Omission(SETTINGS, about.number, f"the setting `{column_header(column, language)}`", "nothing")


def omitted_sheets(sheets: Mapping[str, FormSheet]) -> Iterator[Omission]:
    """The sheets that an edition has no place for."""
    for name, sheet in sheets.items():
        if name not in (SURVEY, CHOICES, SETTINGS) and sheet.rows:
            yield Omission(name, 0, "the whole sheet", "write choices out as `options`; nothing else of it has a place")
