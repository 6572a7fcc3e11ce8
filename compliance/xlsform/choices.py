"""The choices of a form as options: their points stand in a column `points`, if the form has one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from compliance.questionnaire.answers import AnswerFault, read_number
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import NONE_OF_THESE
from compliance.questionnaire.fields import ID
from compliance.xlsform.exporting import CHOICES
from compliance.xlsform.left import Left
from compliance.xlsform.sheets import MEDIA, FormFault, Sheet, SheetRow

_KNOWN = ("list_name", "name", "label", "points")


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the choices."""

    row: int
    name: str
    id: str  # of its option
    said: Mapping[str, str]  # its text by language
    points: float | None


@dataclass(frozen=True, slots=True)
class Choices:
    """Every list of choices by its name, and what of the sheet is not carried."""

    lists: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    left: tuple[Left, ...] = ()


def choices_of(sheet: Sheet, file: str, faults: list[FormFault], *, twice: bool) -> Choices:
    """The lists of a sheet of choices; what is wrong in it is added to the faults. `twice`: a name may stand twice."""
    lists: dict[str, list[Choice]] = {}
    left: list[Left] = []
    for row in sheet.rows:
        if not (list_name := row.get("list_name")):
            left.append(Left(CHOICES, row.number, "a row without a list", "nothing, if it is a remark"))
        elif not (name := row.get("name")):
            faults.append(FormFault(file, CHOICES, row.number, f"a choice of `{list_name}` has no name: give it one"))
        else:
            known = lists.setdefault(list_name, [])
            first = next((choice.row for choice in known if choice.name == name), 0)
            if first and not twice:
                message = f"`{name}` stands twice in `{list_name}` (first in row {first}): rename one"
                faults.append(FormFault(file, CHOICES, row.number, message))
            elif first:
                left.append(Left(CHOICES, row.number, f"`{name}` of another part of `{list_name}`", "see its question"))
            else:
                known.append(_choice(row, name, known, file, faults))
    left += _columns_left(sheet)
    return Choices(lists, tuple(left))


def _choice(row: SheetRow, name: str, known: Sequence[Choice], file: str, faults: list[FormFault]) -> Choice:
    points = None
    if text := row.get("points"):
        try:
            points = read_number(text)
        except AnswerFault as fault:
            faults.append(FormFault(file, CHOICES, row.number, f"points: {fault}"))
    return Choice(row.number, name, _option_id(name, [choice.id for choice in known]), row.said("label"), points)


def _option_id(name: str, taken: Sequence[str]) -> str:
    plain = id_from(name)
    return plain if plain not in taken else next(f"{plain}-{n}" for n in range(2, 9999) if f"{plain}-{n}" not in taken)


def id_from(name: str) -> str:
    """A name as an id: in small letters, with `_` for what an id cannot hold."""
    return name if ID.fullmatch(name) else re.sub(r"[^a-z0-9._-]", "_", name.lower()) or "_"


def are_countries(choices: Sequence[Choice]) -> bool:
    """Whether every choice of a list is a country by its code of three capital letters."""
    return len(choices) > 1 and all(choice.name in countries() for choice in choices)


def renamed(choices: Sequence[Choice]) -> Iterator[Left]:
    """The choices whose option has another id than their name."""
    for choice in choices:
        if choice.id != choice.name:
            yield Left(CHOICES, choice.row, f"the choice `{choice.name}` is called `{choice.id}` here", "nothing")


def without_points(choices: Sequence[Choice], *, several: bool) -> str:
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


def _columns_left(sheet: Sheet) -> Iterator[Left]:
    for column, language in sheet.columns:
        if column in _KNOWN or not any(row.cells.get((column, language)) for row in sheet.rows):
            continue
        if column in MEDIA:
            yield Left(CHOICES, 1, f"the column `{column}`", "nothing: options are words")
        else:
            do = "nothing, unless it filtered choices: then write a question for each part"
            yield Left(CHOICES, 1, f"the column `{column}`", do)
