"""Children's law as a catalogue: instruments and their provisions, each with whom it binds and how it was checked."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.joints import Condition

Authority: TypeAlias = Literal["company", "states", "interpretation", "expectation", "proposal"]
#: What a law or standard is about: children, how companies conduct their business, or what is agreed voluntarily.
Body: TypeAlias = Literal["children", "due-diligence", "standards"]
Mark: TypeAlias = Literal["C", "P", "M-high", "M-med"]
Outcome: TypeAlias = Literal["binds", "may", "not"]
Known: TypeAlias = Literal["R", "S", "M"]

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
#: How the wording was checked. C: read in a source. P: a source confirms that the provision
#: exists, its detail was not read. M: not read in a source, general knowledge with the stated
#: confidence. Provisions known with low confidence (M-low) are never listed, so never shown.
MARKS: tuple[Mark, ...] = get_args(Mark)
BODIES: tuple[Body, ...] = get_args(Body)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: How it is known whom a provision binds. R: read in the law or a faithful copy. S: second hand. M: from memory.
KNOWN: tuple[Known, ...] = get_args(Known)


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
    reach: str = ""  # whom it binds in general; "": as its instrument says

    @property
    def wording_checked(self) -> bool:
        """Whether somebody read the provision itself; if not, every page says so."""
        return self.mark == "C"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of how it is judged whether a law binds a company; the first that fits decides."""

    id: str  # unique in its instrument
    outcome: Outcome
    text: str  # told to the company: why, or what is asked to know
    when: Condition | None = None  # None: every company
    start: date | None = None  # first day; None: always was
    end: date | None = None  # last day; None: still is
    provisions: tuple[str, ...] = ()  # those it is about; (): all that bind companies
    group: bool = False  # the group of the company may pass what the company alone does not
    source: str = ""
    mark: Known = "M"


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
    reach: str = ""  # whom it binds in general, in one phrase
    rules: tuple[Rule, ...] = ()

    @property
    def known(self) -> Known:
        """How it is known whom it binds: as the rule has it that is known least well."""
        return max((rule.mark for rule in self.rules), key=KNOWN.index, default="M")

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its rules were read."""
        return tuple(dict.fromkeys(rule.source for rule in self.rules))

    def reach_of(self, provision: Provision) -> str:
        """Whom a provision binds in general."""
        return provision.reach or self.reach
