"""Counting places: the result of a question of the kind `places`, and tables of such questions.

A company ticks those of its own places for which the question is true. Its places are its answer to a question about
countries above, the list. The ticks lead to one option of a fixed ladder, the result, which is computed only here.
Counts, scores and comparisons use the result (`routing.counted_sheet`). What is stored, shown and exported is the
answer place by place.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

#: The options of a question of places, from nothing to full marks.
PLACES_LADDER = ("none", "planned", "some", "most", "all", "dated")
#: The options that a question may lack.
OPTIONAL_STEPS = ("planned", "dated")
#: In an answer, instead of places: the question is true in none of them.
NO_PLACE = "none"
#: In an answer, the two boxes beside the places, and the option to which each may lead.
PLANNED_BOX, DATED_BOX = "+planned", "+dated"
BOXES: Mapping[str, str] = {PLANNED_BOX: "planned", DATED_BOX: "dated"}


@dataclass(frozen=True, slots=True)
class PlacesTable:
    """Questions on one list of places that are answered together: a row for each place, a column for each question.

    A table concerns display only: every answer is kept, counted and compared by question.
    """

    id: str
    title: str
    text: str  # the text above it, or ""
    columns: Mapping[str, str]  # short headings, by question


def tables_left(tables: Iterable[PlacesTable], questions: Collection[str]) -> tuple[PlacesTable, ...]:
    """Return the tables with only columns for these questions. Tables left with a single column are dropped."""
    left = (
        replace(table, columns={column: heading for column, heading in table.columns.items() if column in questions})
        for table in tables
    )
    return tuple(table for table in left if len(table.columns) > 1)


@dataclass(frozen=True, slots=True)
class PlacesResult:
    """The result of an answer, given the company's present places, in the order of its list."""

    option: str  # the id of the option
    places: tuple[str, ...]
    high_need: tuple[str, ...]  # of `places`
    ticked: tuple[str, ...]  # of `places`
    gone: tuple[str, ...]  # ticked, but no longer a place of the company, so not counted

    @property
    def missing(self) -> tuple[str, ...]:
        """The places that are not ticked."""
        return tuple(place for place in self.places if place not in self.ticked)

    @property
    def ticked_high_need(self) -> tuple[str, ...]:
        """The high-need places that are ticked."""
        return tuple(place for place in self.high_need if place in self.ticked)

    @property
    def share(self) -> float:
        """The share of the places that are ticked, from 0 to 1."""
        return len(self.ticked) / len(self.places)

    @property
    def high_need_share(self) -> float | None:
        """The share of the high-need places that are ticked, from 0 to 1; None if there is no such place."""
        return len(self.ticked_high_need) / len(self.high_need) if self.high_need else None


def count_places(
    value: Sequence[str], places: tuple[str, ...], high_need: tuple[str, ...], options: Collection[str]
) -> PlacesResult:
    """Return the result of an answer by place. `options`: a question's option ids. Raise ValueError without a place."""
    ticked = tuple(place for place in places if place in value)
    gone = tuple(place for place in value if place not in (*places, NO_PLACE, *BOXES))
    return PlacesResult(option_of_places(value, places, high_need, options), places, high_need, ticked, gone)


def option_of_places(
    value: Collection[str], places: Collection[str], high_need: Collection[str], options: Collection[str]
) -> str:
    """Return only the id of the resulting option. Raise ValueError without a place."""
    if not places:
        raise ValueError("no place, so nothing to count")
    ticked = sum(place in value for place in places)
    if ticked == len(places):
        return "dated" if DATED_BOX in value and "dated" in options else "all"
    is_most_of_need = not high_need or 2 * sum(place in value for place in high_need) > len(high_need)
    if 2 * ticked > len(places) and is_most_of_need:
        return "most"
    if ticked:
        return "some"
    return "planned" if PLANNED_BOX in value and "planned" in options else "none"


def possible_steps(options: Iterable[str], places: int) -> tuple[str, ...]:
    """Return the options, of a question's option ids, that a company with this number of places can reach.

    With one place, true in some means true in all. With two, more than half means all.
    """
    impossible = {1: ("some", "most"), 2: ("most",)}.get(places, ())
    return tuple(option for option in options if option not in impossible)
