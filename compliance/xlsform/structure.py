"""The survey of a form as lines that know what they are and in which groups they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compliance.xlsform.exporting import SURVEY
from compliance.xlsform.sheets import FormFault, Sheet, SheetRow
from compliance.xlsform.types import RowType, row_type, unknown_type

MOST_GROUPS = 40  # within each other
_NAMELESS = ("note", "audit")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the survey that asks, opens or closes something, or is left out."""

    row: SheetRow
    type: RowType
    written: str  # its type as it was written

    @property
    def name(self) -> str:
        """The name that expressions have for it."""
        return self.row.get("name")


def lines_of(sheet: Sheet, file: str, faults: list[FormFault]) -> tuple[Line, ...]:
    """The lines of a survey; what is wrong in it is added to the faults: types, names, groups that do not close."""
    lines = tuple(_lines(sheet, file, faults))
    faults += _group_faults(lines, file)
    return lines


def _lines(sheet: Sheet, file: str, faults: list[FormFault]) -> Iterator[Line]:
    for row in sheet.rows:
        written = row.get("type")
        if not written and not row.get("name") and not row.said("label"):
            continue  # a remark
        line = Line(row, row_type(written), " ".join(written.split()))
        if not written:
            faults.append(FormFault(file, SURVEY, row.number, "it has no type: write one, as in `text`"))
        elif line.type.role == "unknown":
            faults.append(FormFault(file, SURVEY, row.number, unknown_type(written)))
        elif not line.name and line.type.role in ("begin", "question") and written.lower() not in _NAMELESS:
            faults.append(FormFault(file, SURVEY, row.number, f"`{written}` needs a name in the column `name`"))
        yield line


def _group_faults(lines: Sequence[Line], file: str) -> Iterator[FormFault]:
    """Groups that do not close, or are closed without being open, and names that stand twice in one group."""
    groups: list[tuple[Line | None, dict[str, int]]] = [(None, {})]
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
