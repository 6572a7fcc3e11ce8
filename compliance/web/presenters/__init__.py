"""Presenters: view models for templates, shared by the packages of all readers.

They take scorecards, snapshots and editions, get sentences from narrative, and add URLs.
Not here: view models of a single page (with its view), sentences (narrative), arithmetic (scoring).
Start with `scores`.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def fields_of(view: "DataclassInstance") -> dict[str, Any]:
    """Return the fields of a view by name, to pass to a template or to a view with more fields."""
    return {name: getattr(view, name) for name in _field_names(type(view))}


@cache
def _field_names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """A line of an error summary, with a link to the control to correct."""

    target: str  # id of the control
    text: str


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A task on a start page that is waiting for somebody: in words, and the address where it is done."""

    words: str
    url: str
