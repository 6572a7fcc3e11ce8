"""A sentence about numbers, and the predicate that says when it is true.

What is shown is rounded, joined or suppressed. A sentence may say only what follows from that, for every set of
numbers that could stand behind it. So each kind of sentence carries a predicate, `holds`, which is asked about the true
numbers: tests ask it in random worlds.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

#: What a sentence is true of.
T_contra = TypeVar("T_contra", contravariant=True)


class Sentence(ABC, Generic[T_contra]):
    """One statement. A subclass is a frozen dataclass of the facts that it states."""

    @abstractmethod
    def words(self) -> str:
        """The statement in the language now spoken."""

    @abstractmethod
    def holds(self, truth: T_contra) -> bool:
        """Whether the statement is true of what stands behind the figures that are shown."""

    def __str__(self) -> str:
        return self.words()


def sentences_in(found: object) -> Iterator[Sentence[Any]]:
    """Every sentence in what a page is made of: dataclasses, tuples and mappings are looked into."""
    if isinstance(found, Sentence):
        yield found
    if is_dataclass(found) and not isinstance(found, type):
        for one in fields(found):
            yield from sentences_in(getattr(found, one.name))
    elif isinstance(found, tuple | list):
        for part in found:
            yield from sentences_in(part)
    elif isinstance(found, Mapping):
        yield from sentences_in(tuple(found.values()))
