"""Sentences that carry the predicate by which they are true.

What is shown is rounded, collapsed or suppressed. A sentence may say only what follows from that, for every set
of numbers that could stand behind it. So each kind of sentence has `holds`, which is asked about the unrounded
scores: `tests/narrative/test_sector_sentences.py` asks it in random worlds.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from compliance.disclosure.published import ScoreRange
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


def sentences_in(value: object) -> Iterator[Sentence[Any]]:
    """Every sentence within the values of a page: dataclasses, sequences and mappings are searched."""
    if isinstance(value, Sentence):
        yield value
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from sentences_in(getattr(value, one.name))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from sentences_in(part)
    elif isinstance(value, Mapping):
        yield from sentences_in(tuple(value.values()))


#: A region or a size within a sector, or a group over all sectors: its kind and value.
Breakdown: TypeAlias = tuple[str, str]
#: Participation of a company in a period.
ParticipationStatus: TypeAlias = Literal["registered", "scored", "without_score", "silent", "contributors"]
#: Participation of an invited company: all of them; those that signed in or began; those that submitted; all others.
InvitationStatus: TypeAlias = Literal["invited", "opened", "answered", "silent"]


class UnderlyingScores(Protocol):
    """Unrounded scores behind the published figures of one period. `sector` "all": the sectors shown together."""

    def median(self, sector: str, figure: str, basis: Basis, cut: Breakdown | None = None) -> float:
        """The median, on the edition's scale, of the companies that contribute to the figure."""

    def median_in(self, sector: str, basis: Basis, period: int) -> float:
        """The median of the whole in this period, or in the one that it is compared with."""

    def median_in_both(self, sector: str, basis: Basis, period: int) -> float:
        """The median of the whole in a period, of the companies that contribute in it and in the one compared."""

    def companies_in(self, sector: str, period: int) -> int:
        """Number of contributors in this period, or in the one that it is compared with."""

    def companies_in_both(self, sector: str) -> int:
        """Number of companies that contribute in both periods."""

    def companies(self, sector: str, figure: str, cut: Breakdown | None = None) -> int:
        """Number of companies that contribute to the figure."""

    def meeting(self, sector: str, share: str) -> int:
        """Number of contributors that meet at least half of a requirement or provision."""

    def asked(self, sector: str, share: str) -> int:
        """Number of contributors that a requirement or provision is asked of."""

    def participants(self, sector: str, how: ParticipationStatus) -> int:
        """Number of companies that take part in that way; private companies are in none of them."""

    def invited(self, list_name: str, sector: str, how: InvitationStatus, *, high_need: bool = False) -> int:
        """Number of companies of a list that come so far, of one sector or of "all"; private ones are in none of them.

        `high_need`: only of companies from high-need countries. Raise LookupError if there is no such list.
        """

    def by_themselves(self, sector: str) -> int:
        """Number of registered companies of a sector that are on no public list; private ones are not counted."""

    def in_bands(self, sector: str, bands: Collection[str]) -> int:
        """Number of contributors in any of these bands."""

    def capped(self, sector: str, bands: Collection[str]) -> int:
        """Number of contributors in these bands that have the points of a higher band."""

    def named(self, sector: str, basis: Basis) -> Mapping[str, float]:
        """The score of every company that stands there by its name, where it has one on the basis."""


#: A statement about published figures. Pages show no other.
SectorSentence: TypeAlias = Sentence[UnderlyingScores]


def contains(published: ScoreRange, true: float) -> bool:
    """Return whether a true figure lies in a published range, whose ends are rounded to whole points."""
    return published.low - 0.5 - 1e-9 <= true <= published.high + 0.5 + 1e-9
