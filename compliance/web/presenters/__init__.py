"""Presenters: view models that templates read, shared by the packages of all readers.

They take scorecards, snapshots and editions, ask narrative for sentences, and add URLs. No queries here.
Belongs elsewhere: what only one page shows (with its view), sentences (narrative), arithmetic (scoring).
Start with `scores`.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

#: What a macro reads; its keys are named in the macro's own file.
ViewModel: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ErrorLink:
    """A line of an error summary: it leads to the control that mends the error."""

    target: str  # id of the control
    text: str
