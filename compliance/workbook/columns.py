"""Columns of a sheet, declared as one table: each with its heading, its width and the side its contents stand at."""

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
    """Base of the columns of a sheet, in their order: each member is declared by its ColumnSpec and numbers itself."""

    spec: ColumnSpec

    def __new__(cls, spec: ColumnSpec) -> Self:
        """Number a member by those before it."""
        member = int.__new__(cls, len(cls.__members__))
        member._value_ = len(cls.__members__)
        member.spec = spec
        return member
