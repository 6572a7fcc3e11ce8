"""Columns of a sheet, declared as one table: heading, width and alignment of each."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Self, TypeAlias

ColumnAlignment: TypeAlias = Literal["start", "right", "centre", "inset"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column of a sheet."""

    heading: str = ""  # a message, marked with N_; it is translated where it is written
    width: float = 9.5  # characters
    align: ColumnAlignment = "right"
    hidden: bool = False


class SheetColumn(IntEnum):
    """Base class of a sheet's columns, in order. Members are declared by a ColumnSpec; their value is their place."""

    spec: ColumnSpec

    def __new__(cls, spec: ColumnSpec) -> Self:
        """Create a member whose value is the number of members before it."""
        member = int.__new__(cls, len(cls.__members__))
        member._value_ = len(cls.__members__)
        member.spec = spec
        return member
