"""Children's law as a catalogue: instruments and their provisions, each with whom it binds and how it was checked."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Authority: TypeAlias = Literal["company", "states", "interpretation", "expectation", "proposal"]
#: What a law or standard is about: children, how companies conduct their business, or what is agreed voluntarily.
Body: TypeAlias = Literal["children", "due-diligence", "standards"]
Mark: TypeAlias = Literal["C", "P", "M-high", "M-med"]

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
#: How the wording was checked. C: read in a source. P: a source confirms that the provision
#: exists, its detail was not read. M: not read in a source, general knowledge with the stated
#: confidence. Provisions known with low confidence (M-low) are never listed, so never shown.
MARKS: tuple[Mark, ...] = get_args(Mark)
BODIES: tuple[Body, ...] = get_args(Body)


@dataclass(frozen=True, slots=True)
class Provision:
    """One article or paragraph of a law or standard."""

    id: str
    instrument: str  # id of its instrument
    provision: str  # "art. 34", never translated
    authority: Authority
    paraphrase: str  # in our words
    mark: Mark
    source: str = ""  # where the wording was read, or what was

    @property
    def wording_checked(self) -> bool:
        """Whether somebody read the provision itself; if not, every page says so."""
        return self.mark == "C"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One treaty, law, comment or standard."""

    id: str
    title: str
    short: str  # "CRC": as it is named in a margin
    adopter: str
    year: int
    status: str
    as_of: str  # date on which the status was true, ISO 8601
    url: str
    provisions: tuple[Provision, ...]
    body: Body = "standards"
