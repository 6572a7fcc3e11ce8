"""The choices of a form as the options of a question: their ids, their points, and what changes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from compliance.questionnaire.answer_parser import read_number
from compliance.questionnaire.edition import NONE_OF_THESE
from compliance.questionnaire.key_reader import ID_SYNTAX
from compliance.xlsform.form_reader import FormRow
from compliance.xlsform.form_workbook import CHOICES, Omission


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list, with the id of its option."""

    row: FormRow
    id: str
    points: float | None

    @property
    def name(self) -> str:
        """The name that expressions have for it."""
        return self.row.get("name")


def option_choices(rows: Sequence[FormRow]) -> tuple[Choice, ...]:
    """The choices of a list; of two with one name, which a filter tells apart, the first."""
    found: dict[str, Choice] = {}
    for row in rows:
        points = read_number(text) if (text := row.get("points")) else None
        taken = [choice.id for choice in found.values()]
        found.setdefault(row.get("name"), Choice(row, free_id(id_from(row.get("name")), taken), points))
    return tuple(found.values())


def id_from(name: str) -> str:
    """A name as an id: in small letters, with `_` for what an id cannot hold."""
    return name if ID_SYNTAX.fullmatch(name) else re.sub(r"[^a-z0-9._-]", "_", name.lower()) or "_"


def free_id(wanted: str, taken: Sequence[str] | set[str]) -> str:
    """The id that is wanted, or with a number behind it where another has it."""
    return wanted if wanted not in taken else next(i for n in count(2) if (i := f"{wanted}-{n}") not in taken)


def why_unscored(choices: Sequence[Choice], *, several: bool) -> str:
    """Why a question with these choices is worth nothing yet; empty if it is worth something."""
    points = {choice.id: choice.points for choice in choices}
    if None in points.values():
        some = any(p is not None for p in points.values())
        return "some choices without points" if some else "choices without points"
    if not any(p and p > 0 for p in points.values()):
        return "choices of which none earns points"
    if several and points.get(NONE_OF_THESE):
        return f"points for `{NONE_OF_THESE}`, which stands for a select_multiple without a choice and earns 0"
    return ""


def changed_choices(rows: Sequence[FormRow], choices: Sequence[Choice]) -> Iterator[Omission]:
    """The choices whose option has another id than their name, and those whose name another row has."""
    for choice in choices:
        if choice.id != choice.name:
            what = f"the choice `{choice.name}` is called `{choice.id}` here"
            yield Omission(CHOICES, choice.row.number, what, "nothing")
    first: dict[str, FormRow] = {}
    for row in rows:
        if first.setdefault(row.get("name"), row) is not row:
            what = f"`{row.get('name')}` of another part of `{row.get('list_name')}`"
            yield Omission(CHOICES, row.number, what, "see its question")
