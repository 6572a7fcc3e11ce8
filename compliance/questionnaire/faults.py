"""Faults in source files: what is wrong, in which file and line, and what to do. All faults are reported at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol, Self

_MOST_COMPARED = 5_000  # with more words, comparing takes longer than looking it up


class SourceLocation(Protocol):
    """A place in a file."""

    @property
    def file(self) -> str:
        """The file, as it was named to the reader."""

    @property
    def line(self) -> int:
        """The line, from 1, or 0 if the file has no lines."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in one file. Line 0 is for the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"


class FaultMessage(str):
    """A message in English that keeps its template and values, so that `fault_words` can translate it."""

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        """Fill the placeholders of the template. Without values, it has none, and no per cent sign."""
        message = super().__new__(cls, template % values if values else template)
        message.template, message.values = template, values
        return message


class UserFacingError(Exception):
    """An error whose message tells the person who started the work what is wrong, where, and what to do.

    The command line prints the message of every subclass and ends with exit code 1.
    """


class EditionFaults(UserFacingError):
    """An edition or law catalogue that cannot be used, with every fault in it, one on a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.message)))
        super().__init__("\n".join(map(str, self.faults)))


class FaultCollector:
    """Collects faults and warnings while reading continues."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []  # things that are allowed, but often not meant

    def warn(self, place: SourceLocation, message: str) -> None:
        """Note something at a place in a file that is allowed but may not be meant."""
        self.warnings.append(Fault(place.file, place.line, f"warning: {message}"))

    def add(self, place: SourceLocation, message: str) -> None:
        """Note a fault at a place in a file."""
        self.add_at(place.file, place.line, message)

    def add_at(self, file: str, line: int, message: str) -> None:
        """Note a fault on a line of a file, or with line 0 for the file as a whole."""
        self.faults.append(Fault(file, line, message))

    def raise_if_any(self) -> None:
        """Raise EditionFaults if anything was noted."""
        if self.faults:
            raise EditionFaults(self.faults)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint to append to a message about an unknown word, or ""."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6) if len(words) <= _MOST_COMPARED else []
    return f"; did you mean `{close[0]}`?" if close else ""


def one_of(known: Iterable[str], most: int = 12) -> str:
    """Return the words that are allowed, for a message."""
    words = list(known)
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown or "none"
