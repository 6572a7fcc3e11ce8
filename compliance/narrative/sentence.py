"""Sentences that carry the predicate by which they are true.

What is shown is rounded, collapsed or suppressed. A sentence may say only what follows from that, for every set
of numbers that could stand behind it. So each kind of sentence has `holds`, which is asked about the unrounded
scores: `tests/narrative/test_sector_sentences.py` asks it in random worlds.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from compliance.scoring.coded_answers import Basis

#: What a sentence is true of.
T_contra = TypeVar("T_contra", contravariant=True)


class Sentence(ABC, Generic[T_contra]):
    """One statement. A subclass is a frozen dataclass of the facts that it states."""

    @abstractmethod
    def words(self) -> str:
        """The statement in the language now spoken."""

    @abstractmethod
    def holds(self, truth: T_contra) -> bool:
        """Return whether the statement is true of the unrounded scores behind the figures that are shown."""

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


#: A region or a size within a sector: its kind and value.
Breakdown: TypeAlias = tuple[str, str]
#: How companies of a sector take part.
ParticipationStatus: TypeAlias = Literal["registered", "scored", "without_score", "silent", "resting"]


class UnderlyingScores(Protocol):
    """Unrounded scores behind the published figures of one period. `sector` "all": the sectors shown together."""

    def median(self, sector: str, figure: str, basis: Basis, cut: Breakdown | None = None) -> float:
        """The median, on the edition's scale, of the companies that the figure rests on."""

    def companies(self, sector: str, figure: str, cut: Breakdown | None = None) -> int:
        """Number of companies that the figure rests on."""

    def meeting(self, sector: str, share: str) -> int:
        """Of the companies that the figures rest on, how many meet at least half of a requirement or provision."""

    def asked(self, sector: str, share: str) -> int:
        """Of the companies that the figures rest on, how many a requirement or provision is asked of."""

    def taking(self, sector: str, how: ParticipationStatus) -> int:
        """Number of companies that take part in that way; private companies are in none of them."""

    def in_bands(self, sector: str, bands: Collection[str]) -> int:
        """Number of the companies that the figures rest on in any of these bands."""

    def capped(self, sector: str, bands: Collection[str]) -> int:
        """Of those, how many have the points of a higher band than theirs."""

    def named(self, sector: str, basis: Basis) -> Mapping[str, float]:
        """The score of every company that stands there by its name, where it has one on the basis."""


#: A statement about published figures. Pages show no other.
SectorSentence: TypeAlias = Sentence[UnderlyingScores]


def rounds_to(published: int, true: float) -> bool:
    """Return whether a figure in whole points is what a true one rounds to."""
    return abs(published - true) <= 0.5 + 1e-9
