"""What the parts of a tree come to, kept so that few companies go fast and many take little memory.

Four numbers a part and company: score, worst, best and coverage. Of **many** companies a part is a short table, a row
for each different case, and for every company the number of its row. Of **few**, where the time goes into the number
of parts, everything stands in one array. What is worked out of either is the same, to the bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from compliance.scoring.levels import Level, Step
from compliance.scoring.types import Codes, Floats

#: Numbers a part and company.
WIDTH = 4
#: Up to so many companies, going through the parts one by one would cost more than the arithmetic.
FEW = 64


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of score, worst, best and coverage."""

    rows: Floats  # NaN = off
    earned: Floats  # the same, 0 where off: what is added up
    on: Floats  # 1, and 0 where off: what weighs

    def part(self, here: slice) -> "Table":
        """Some of its rows, without copying."""
        return Table(self.rows[here], self.earned[here], self.on[here])


def table_of(rows: Floats) -> Table:
    """The table with these rows."""
    off = np.isnan(rows)
    return Table(rows, np.where(off, 0.0, rows), 1.0 - off)


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """A part that every company looks up."""

    table: Table
    codes: Codes  # which row each company has
    is_whole: bool  # nobody is off anywhere

    def of_all(self, numbers: Floats) -> Floats:
        """A row of the table's numbers for each company."""
        return numbers.take(self.codes, axis=0)

    @property
    def rows(self) -> Floats:
        """A row a company; NaN = off."""
        return self.of_all(self.table.rows)

    @property
    def earned(self) -> Floats:
        """The same, 0 where off."""
        return self.of_all(self.table.earned)

    def weighed(self, weight: Floats) -> Floats:
        """What it earns times its weight: the table is multiplied, which is short."""
        return self.of_all(self.table.earned * weight)

    def weighing(self, weight: Floats) -> Floats:
        """Its weight where it is on."""
        return self.of_all(self.table.on * weight)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A part with a row of its own for each company, and nothing beside: of these there may be many."""

    rows: Floats  # NaN = off
    is_whole: bool  # nobody is off anywhere

    @property
    def earned(self) -> Floats:
        """The rows, 0 where off."""
        return self.rows if self.is_whole else np.where(np.isnan(self.rows), 0.0, self.rows)

    def weighed(self, weight: Floats) -> Floats:
        """What it earns times its weight."""
        return self.earned * weight

    def weighing(self, weight: Floats) -> Floats:
        """Its weight where it is on."""
        return (1.0 - np.isnan(self.rows)) * weight


class Worked(Protocol):
    """Parts by their slots, worked out. Blocks are (parts, companies * 4)."""

    companies: int

    def are_whole(self, level: Level) -> bool:
        """Nobody is off in any part of a level."""
        ...

    def earned(self, step: Step) -> Floats:
        """What some parts earn times their weights; 0 where off."""
        ...

    def weight(self, step: Step) -> Floats:
        """Their weights where they are on; 0 elsewhere."""
        ...

    def rows(self, slot: int) -> Floats:
        """One part, a row a company; NaN = off."""
        ...

    def share(self, slot: int) -> Floats:
        """The same, 0 where off."""
        ...


class Board(Worked, Protocol):
    """The same, with room for what is still to be worked out."""

    def put(self, level: Level, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the nodes of a level come to: (nodes, companies, 4)."""
        ...

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot: (slots, companies); NaN = off."""
        ...


class ManyBoard:
    """Part by part: its blocks are of one part."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.parts: list[Lookup | Spread | None] = [None] * parts

    def part(self, slot: int) -> Lookup | Spread:
        """A part that is worked out."""
        found = self.parts[slot]
        assert found is not None
        return found

    def lookup(self, slot: int) -> Lookup:
        """A question, or a node that is looked up."""
        found = self.parts[slot]
        assert isinstance(found, Lookup)
        return found

    def are_whole(self, level: Level) -> bool:
        """Nobody is off in any part of a level."""
        return all(self.part(slot).is_whole for slot in level.parts)

    def earned(self, step: Step) -> Floats:
        """What the part earns times its weight."""
        return self.part(step.parts[0]).weighed(step.weights).reshape(1, -1)

    def weight(self, step: Step) -> Floats:
        """Its weight where it is on; one number if that is everywhere."""
        part = self.part(step.parts[0])
        return step.weights if part.is_whole else part.weighing(step.weights).reshape(1, -1)

    def rows(self, slot: int) -> Floats:
        """One part, a row a company."""
        return self.part(slot).rows

    def share(self, slot: int) -> Floats:
        """One part, 0 where off."""
        return self.part(slot).earned

    def put(self, level: Level, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the one node of a level comes to."""
        (of_node,) = rows
        self.parts[level.slots[0]] = Spread(of_node, is_whole)

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot."""
        return np.stack([self.rows(slot)[:, number] for slot in range(len(self.parts))])


class WaysBoard:
    """Every way in which the questions of a node can be answered, as if each were a company; of nodes of one shape."""

    def __init__(self, many: ManyBoard, level: Level) -> None:
        sizes = [len(many.lookup(step.parts[0]).table.rows) for step in level.steps]
        self.companies = math.prod(sizes)
        ways = np.unravel_index(np.arange(self.companies), sizes)
        self._many = many
        self._codes = {slot: codes for step, codes in zip(level.steps, ways, strict=True) for slot in step.parts}

    def are_whole(self, level: Level) -> bool:
        """Some way leaves something out, nearly always."""
        return False

    def earned(self, step: Step) -> Floats:
        """What a question of each node earns times its weight."""
        return self._spread(step, [self._many.lookup(slot).table.earned for slot in step.parts])

    def weight(self, step: Step) -> Floats:
        """Its weight where it is on."""
        return self._spread(step, [self._many.lookup(slot).table.on for slot in step.parts])

    def _spread(self, step: Step, numbers: Sequence[Floats]) -> Floats:
        weighed = np.stack(numbers) * step.weights[..., np.newaxis]
        return weighed.take(self._codes[step.parts[0]], axis=1).reshape(len(numbers), -1)

    def rows(self, slot: int) -> Floats:
        """One question in every way."""
        return self._many.lookup(slot).table.rows.take(self._codes[slot], axis=0)

    def share(self, slot: int) -> Floats:
        """One question in every way, 0 where off."""
        return self._many.lookup(slot).table.earned.take(self._codes[slot], axis=0)


class FewBoard:
    """Everything in one array."""

    def __init__(self, parts: int, companies: int) -> None:
        self.companies = companies
        self.values = np.full((parts, companies, WIDTH), np.nan)
        self._earned = np.zeros((parts, companies * WIDTH))
        self._on = np.zeros((parts, companies * WIDTH))

    def are_whole(self, level: Level) -> bool:
        """It would cost more to find out."""
        return False

    def earned(self, step: Step) -> Floats:
        """What some parts earn times their weights."""
        return self._earned.take(step.parts, axis=0) * step.weights

    def weight(self, step: Step) -> Floats:
        """Their weights where they are on."""
        return self._on.take(step.parts, axis=0) * step.weights

    def rows(self, slot: int) -> Floats:
        """One part, a row a company."""
        found: Floats = self.values[slot]
        return found

    def share(self, slot: int) -> Floats:
        """One part, 0 where off."""
        found: Floats = self._earned[slot].reshape(self.companies, WIDTH)
        return found

    def put(self, level: Level, rows: Floats, *, is_whole: bool) -> None:
        """Keep what the nodes of a level come to."""
        self.fill(level.slots, rows)

    def of_every_part(self, number: int) -> Floats:
        """One of the four numbers, a row a slot."""
        return self.values[:, :, number]

    def fill(self, slots: Codes, rows: Floats) -> None:
        """Keep what some parts come to: (parts, companies, 4)."""
        off = np.isnan(rows)
        self.values[slots] = rows
        self._earned[slots] = np.where(off, 0.0, rows).reshape(len(rows), -1)
        self._on[slots] = (1.0 - off).reshape(len(rows), -1)
