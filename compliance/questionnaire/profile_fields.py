"""The fields of a company's profile, and the display texts of fields and lenses."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One fact about the company: one of `values`, or a number if there are none."""

    id: str
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """True if the field takes a number instead of one of its values."""
        return not self.values


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The texts of one profile field or lens. Pages show the id for a missing text."""

    title: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)  # how to read a value, in one sentence

    @property
    def is_empty(self) -> bool:
        """True if there are no texts, so that pages show ids."""
        return not (self.title or self.values or self.notes)
