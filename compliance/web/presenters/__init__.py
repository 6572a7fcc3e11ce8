"""Presenters: view models that templates read, shared by the packages of all readers.

They take scorecards, snapshots and editions, ask narrative for sentences, and add URLs. No queries here.
Belongs elsewhere: what only one page shows (with its view), sentences (narrative), arithmetic (scoring).
Start with `scores`.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def fields_of(view: "DataclassInstance") -> dict[str, Any]:
    """The fields of a view by name: for the template whose whole page it is, or for a view that holds more."""
    return {field.name: getattr(view, field.name) for field in fields(view)}


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """A line of an error summary: it leads to the control that mends the error."""

    target: str  # id of the control
    text: str


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """Something on a start page that waits for somebody: in words, and where it is done."""

    words: str
    url: str
