"""What editions cannot hold of a form: types, choices, columns, settings and sheets, each with a remedy."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from compliance.questionnaire.answer_parser import read_number
from compliance.questionnaire.conditions_and_law import AllOf, Condition, Predicate
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import NONE_OF_THESE
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.xlsform.form_reader import FormElement, FormRow, FormSheet, ParsedForm
from compliance.xlsform.form_workbook import CHOICES, SETTINGS, SURVEY, Omission, column_header, one_line

_SHOWN = 90  # letters of a cell that a line of the list shows
#: The omission for a question of places, and its remedy.
OMITTED_PLACES = (
    "a question of places, whose steps and points are in no form",
    "asked as a text for now: write `kind: places`, its list under `places`, and its options",
)
_PLACES = "geopoint geotrace geoshape gps location start-geopoint background-geopoint osm"
_FILES = "image photo audio video file background-audio"
_NOTED = "start end today deviceid username email phonenumber simserial subscriberid imei audit"
#: By type: why it is not carried, and what to do.
OMITTED_TYPES: Mapping[str, tuple[str, str]] = {
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


def is_omitted_type(element: FormElement) -> bool:
    """Tell whether the element has a type that XLSForms have and editions do not."""
    first = element.written_type.partition(" ")[0].lower()
    return element.type.startswith("select") or first in OMITTED_TYPES or element.type in OMITTED_TYPES


def omitted_type(element: FormElement) -> tuple[str, str]:
    """Return what an element that is not carried is, and what to do about it."""
    if element.type in ("select one", "select all that apply"):
        if "${" in element.written_type:
            return "choices taken from other answers", "write them out as `options`"
        return OMITTED_TYPES["select_one_from_file"]
    first = element.written_type.partition(" ")[0].lower()
    return OMITTED_TYPES[first if first in OMITTED_TYPES else element.type]


#: By column that a carried row may fill: what is not carried, and what to do. `{}` stands for the cell.
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

#: Settings that do not concern the questions.
_FORM_SETTINGS = (
    "form_title", "form_id", "default_language", "version", "name", "instance_name", "allow_choice_duplicates",
)  # fmt: skip
_MEDIA = ("image", "audio", "video", "big-image")
_CHOICE_COLUMNS = ("list_name", "name", "label", "points")


def omissions_beside_questions(form: ParsedForm, carried_lists: set[str]) -> Iterator[Omission]:
    """Yield omissions beside questions: rows of KoboToolbox, choices, settings and whole sheets."""
    for row in form.of_kobo:
        what = f"a table of KoboToolbox: `{row.get('type')}`"
        yield Omission(SURVEY, row.number, what, "write its questions out one by one")
    yield from _omitted_choices(form.sheets.get(CHOICES, FormSheet()))
    for name, row in form.lists().items():
        if name not in carried_lists:
            yield Omission(CHOICES, row.number, f"the list `{name}`, which no carried question has", "nothing")
    for column, language in form.settings.cells:
        if column not in _FORM_SETTINGS:
            what = f"the setting `{column_header(column, language)}`"
            yield Omission(SETTINGS, form.settings.number, what, "nothing")
    for name, sheet in form.sheets.items():
        if name not in (SURVEY, CHOICES, SETTINGS) and sheet.rows:
            yield Omission(name, 0, "the whole sheet", "write choices out as `options`; nothing else of it has a place")


def _omitted_choices(sheet: FormSheet) -> Iterator[Omission]:
    for row in sheet.rows:
        if not row.get("list_name"):
            yield Omission(CHOICES, row.number, "a row without a list", "nothing, if it is a remark")
    for column, language in sheet.columns:
        if column in _CHOICE_COLUMNS or not any(row.cells.get((column, language)) for row in sheet.rows):
            continue
        if column in _MEDIA:
            yield Omission(CHOICES, 1, f"the column `{column}`", "nothing: options are words")
        else:
            do = "nothing, unless it filtered choices: then write a question for each part"
            yield Omission(CHOICES, 1, f"the column `{column}`", do)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list, with the id of its option."""

    row: FormRow
    id: str
    points: float | None

    @property
    def name(self) -> str:
        """The name of the choice in expressions."""
        return self.row.get("name")


def option_choices(rows: Sequence[FormRow]) -> tuple[Choice, ...]:
    """Return the choices of a list. Of several with one name, distinguished by a filter, take the first."""
    found: dict[str, Choice] = {}
    for row in rows:
        points = read_number(text) if (text := row.get("points")) else None
        taken = [choice.id for choice in found.values()]
        found.setdefault(row.get("name"), Choice(row, free_id(id_from(row.get("name")), taken), points))
    return tuple(found.values())


def id_from(name: str) -> str:
    """Return a name as an id: in small letters, with `_` for characters that an id cannot hold."""
    return name if ID_SYNTAX.fullmatch(name) else re.sub(r"[^a-z0-9._-]", "_", name.lower()) or "_"


def free_id(wanted: str, taken: Sequence[str] | set[str]) -> str:
    """Return the wanted id, followed by a number if it is taken."""
    return wanted if wanted not in taken else next(i for n in count(2) if (i := f"{wanted}-{n}") not in taken)


def why_unscored(choices: Sequence[Choice], *, several: bool) -> tuple[str, str]:
    """Return why a question with these choices earns nothing yet, and what to do, or two empty texts if it does."""
    points = {choice.id: choice.points for choice in choices}
    asked = "asked as a text for now, with its options as remarks"
    if only_deduct(choices):
        why, do = "choices that only take points away", "write `combine: sum` where it stands, and take the `#` away"
    elif not (why := _why_undecided(points, several=several)):
        return "", ""
    else:
        do = "give each its points, and take the `#` away"
    return why, f"{asked}: {do}"


def _why_undecided(points: Mapping[str, float | None], *, several: bool) -> str:
    if None in points.values():
        some = any(p is not None for p in points.values())
        return "some choices without points" if some else "choices without points"
    if not any(p and p > 0 for p in points.values()):
        return "choices of which none earns points"
    if several and points.get(NONE_OF_THESE):
        return f"points for `{NONE_OF_THESE}`, which stands for a select_multiple without a choice and earns 0"
    return ""


def only_deduct(choices: Sequence[Choice]) -> bool:
    """Tell whether choices take points away and none earns any, which editions allow under `combine: sum`."""
    points = [choice.points for choice in choices]
    return all(p is not None and p <= 0 for p in points) and any(points)


def without_list(condition: Condition | None) -> Condition | None:
    """Return a condition without the part that forms add to questions of places: that the list is answered."""
    parts = condition.parts if isinstance(condition, AllOf) else () if condition is None else (condition,)
    kept = tuple(p for p in parts if not (isinstance(p, Predicate) and set(p.values) == set(countries())))
    return AllOf(kept) if len(kept) > 1 else next(iter(kept), None)


def shortened(text: str) -> str:
    """Return the beginning of a cell's text, on one line."""
    text = one_line(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def changed_choices(rows: Sequence[FormRow], choices: Sequence[Choice]) -> Iterator[Omission]:
    """Yield the choices whose option has an id other than their name, and those whose name another row has."""
    for choice in choices:
        if choice.id != choice.name:
            what = f"the choice `{choice.name}` is called `{choice.id}` here"
            yield Omission(CHOICES, choice.row.number, what, "nothing")
    first: dict[str, FormRow] = {}
    for row in rows:
        if first.setdefault(row.get("name"), row) is not row:
            what = f"`{row.get('name')}` of another part of `{row.get('list_name')}`"
            yield Omission(CHOICES, row.number, what, "see its question")
