"""What an edition cannot hold of a form: each thing with its place in the form, and what to do about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that was not carried, or not as it was. Row 0 stands for a sheet as a whole."""

    sheet: str
    row: int
    what: str
    do: str


def in_words(left: Iterable[Left]) -> Iterator[str]:
    """A line for each thing, where the same is true of several rows one for them all, in the order of the form."""
    together: dict[tuple[str, str, str], list[int]] = {}
    for one in left:
        together.setdefault((one.sheet, one.what, one.do), []).append(one.row)
    for (sheet, what, do), rows in together.items():
        yield f"{sheet}{_rows(rows)}: {what}. {do[:1].upper()}{do[1:]}."


def _rows(rows: Sequence[int]) -> str:
    """`, rows 3 to 5, 9`: numbers that follow each other are one stretch."""
    numbers = sorted({row for row in rows if row})
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    words = [f"{s[0]} to {s[-1]}" if len(s) > 2 else ", ".join(map(str, s)) for s in stretches]
    return f", {'row' if len(numbers) == 1 else 'rows'} {', '.join(words)}" if words else ""
