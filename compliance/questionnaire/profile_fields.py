"""Fields of the profile of a company, and the texts that people read of fields and lenses."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One fact about the company: one of `values`, or a number where there are none."""

    id: str
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """`number` in the file, instead of a list of values."""
        return not self.values


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The texts of one profile field or one lens. Where one is missing, pages show the id."""

    title: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)  # how to read a value, in one sentence

    @property
    def is_empty(self) -> bool:
        """Nothing but ids was declared."""
        return not (self.title or self.values or self.notes)
