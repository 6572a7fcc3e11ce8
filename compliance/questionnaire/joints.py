"""What a condition is made of: terms, and the three joints. Those of editions and those of the law are built alike."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of a condition: `{id: [values]}` or `{id: {at_least: 3}}`."""

    id: str  # a question id, or "profile.<field>"; of the law, a fact about the company
    values: tuple[str, ...] = ()  # any of them
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Least of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Greatest of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The reverse of its part."""

    part: "Condition"


Condition: TypeAlias = Term | AllOf | AnyOf | Not
