"""Sentences with a predicate that tells whether they are true.

Published figures are rounded, collapsed or suppressed. A sentence may state only what follows from them for every set
of scores that would be published in this way. So each kind of sentence has `holds`, which is called with unrounded
scores: `tests/narrative/test_sector_sentences.py` does so in random worlds.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from compliance.disclosure.published import ScoreRange
from compliance.scoring.coded_answers import Basis

#: The data that a sentence is checked against.
T_contra = TypeVar("T_contra", contravariant=True)


class Sentence(ABC, Generic[T_contra]):
    """One statement. Subclasses are frozen dataclasses with the facts that they state."""

    @abstractmethod
    def words(self) -> str:
        """Return the statement in the current language."""

    @abstractmethod
    def holds(self, truth: T_contra) -> bool:
        """Tell whether the statement is true of the unrounded scores behind the figures shown."""

    def __str__(self) -> str:
        return self.words()


def sentences_in(value: object) -> Iterator[Sentence[Any]]:
    """Yield every sentence in the values of a page, searching dataclasses, lists, tuples and mappings."""
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


#: The kind and value of a region or size within a sector, or of a group over all sectors.
Breakdown: TypeAlias = tuple[str, str]
#: Participation of a company in a period.
ParticipationStatus: TypeAlias = Literal["registered", "scored", "without_score", "silent", "contributors"]
#: Participation of invited companies: all; those that signed in or began; those that submitted; all others.
InvitationStatus: TypeAlias = Literal["invited", "opened", "answered", "silent"]


class UnderlyingScores(Protocol):
    """Unrounded scores behind the published figures of one period. The sector "all" is all sectors shown."""

    def median(self, sector: str, figure: str, basis: Basis, cut: Breakdown | None = None) -> float:
        """Return the median, on the edition's scale, of the companies that contribute to the figure."""

    def median_in(self, sector: str, basis: Basis, period: int) -> float:
        """Return the median of the overall score in this period, or in the period that it is compared with."""

    def median_in_both(self, sector: str, basis: Basis, period: int) -> float:
        """Return the median of the overall score in a period, of the companies that contribute in both periods."""

    def companies_in(self, sector: str, period: int) -> int:
        """Return the number of contributors in this period, or in the period that it is compared with."""

    def companies_in_both(self, sector: str) -> int:
        """Return the number of companies that contribute in both periods."""

    def companies(self, sector: str, figure: str, cut: Breakdown | None = None) -> int:
        """Return the number of companies that contribute to the figure."""

    def meeting(self, sector: str, share: str) -> int:
        """Return the number of contributors that meet at least half of a requirement or provision."""

    def asked(self, sector: str, share: str) -> int:
        """Return the number of contributors that are asked about a requirement or provision."""

    def participants(self, sector: str, how: ParticipationStatus) -> int:
        """Return the number of companies with a participation, without private companies."""

    def invited(self, list_name: str, sector: str, how: InvitationStatus, *, high_need: bool = False) -> int:
        """Return the number of companies of a list with a participation, without private companies.

        `high_need`: count only companies from high-need countries. Raise LookupError if there is no such list.
        """

    def by_themselves(self, sector: str) -> int:
        """Return the number of registered companies of a sector on no public list, without private companies."""

    def in_bands(self, sector: str, bands: Collection[str]) -> int:
        """Return the number of contributors in any of these bands."""

    def capped(self, sector: str, bands: Collection[str]) -> int:
        """Return the number of contributors in these bands that have the points of a higher band."""

    def named(self, sector: str, basis: Basis) -> Mapping[str, float]:
        """Return the scores of named companies, without those that have none on the basis."""


#: A statement about published figures. Pages show no other kind.
SectorSentence: TypeAlias = Sentence[UnderlyingScores]


def contains(published: ScoreRange, true: float) -> bool:
    """Tell whether a true figure is in a published range, given that its ends are rounded to whole points."""
    return published.low - 0.5 - 1e-9 <= true <= published.high + 0.5 + 1e-9
