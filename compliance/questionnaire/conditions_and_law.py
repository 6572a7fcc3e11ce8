"""The data model of conditions and of children's law: what editions are conditional on, and are measured against.

Conditions of editions and of the law's applicability rules are built alike: `condition_parser` reads them, `routing`
says whether they hold. `law` reads instruments from files and applies their rules to a company.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, get_args


@dataclass(frozen=True, slots=True)
class Predicate:
    """One comparison of a condition: `{id: [values]}` or `{id: {at_least: 3}}`."""

    id: str  # a question id, or "profile.<field>"; of the law, a fact about the company
    values: tuple[str, ...] = ()  # any of them
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Least of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Greatest of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The reverse of its part."""

    part: "Condition"


Condition: TypeAlias = Predicate | AllOf | AnyOf | Not

Authority: TypeAlias = Literal["company", "states", "interpretation", "expectation", "proposal"]
#: What a law or standard is about: children, how companies conduct their business, or what is agreed voluntarily.
LawBody: TypeAlias = Literal["children", "due-diligence", "standards"]
WordingMark: TypeAlias = Literal["C", "P", "M-high", "M-med"]
ApplicabilityOutcome: TypeAlias = Literal["binds", "may", "not"]
SourceMark: TypeAlias = Literal["R", "S", "M"]

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
#: How the wording was checked. C: read in a source. P: a source confirms that the provision
#: exists, its detail was not read. M: not read in a source, general knowledge with the stated
#: confidence. Provisions known with low confidence (M-low) are never listed, so never shown.
WORDING_MARKS: tuple[WordingMark, ...] = get_args(WordingMark)
LAW_BODIES: tuple[LawBody, ...] = get_args(LawBody)
APPLICABILITY_OUTCOMES: tuple[ApplicabilityOutcome, ...] = get_args(ApplicabilityOutcome)
#: How it is known whom a provision binds. R: read in the law or a faithful copy. S: second hand. M: from memory.
SOURCE_MARKS: tuple[SourceMark, ...] = get_args(SourceMark)


@dataclass(frozen=True, slots=True)
class Provision:
    """One article or paragraph of a law or standard."""

    id: str
    instrument: str  # id of its instrument
    provision: str  # "art. 34", never translated
    authority: Authority
    paraphrase: str  # in our words
    mark: WordingMark
    source: str = ""  # where the wording was read, or what was
    reach: str = ""  # whom it binds in general; "": as its instrument says

    @property
    def wording_checked(self) -> bool:
        """True if somebody read the provision itself; if not, every page says so."""
        return self.mark == "C"


@dataclass(frozen=True, slots=True)
class ApplicabilityRule:
    """One rule of the test whether a law binds a company; the first that fits decides."""

    id: str  # unique in its instrument
    outcome: ApplicabilityOutcome
    text: str  # told to the company: why, or what is asked to know
    when: Condition | None = None  # None: every company
    start: date | None = None  # first day; None: always was
    end: date | None = None  # last day; None: still is
    provisions: tuple[str, ...] = ()  # those it is about; (): all that bind companies
    group: bool = False  # the group of the company may pass what the company alone does not
    source: str = ""
    mark: SourceMark = "M"


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
    body: LawBody = "standards"
    reach: str = ""  # whom it binds in general, in one phrase
    rules: tuple[ApplicabilityRule, ...] = ()

    @property
    def known(self) -> SourceMark:
        """The least certain source mark among its rules."""
        return max((rule.mark for rule in self.rules), key=SOURCE_MARKS.index, default="M")

    @property
    def sources(self) -> tuple[str, ...]:
        """The places where its rules were read, each once."""
        return tuple(dict.fromkeys(rule.source for rule in self.rules))

    def reach_of(self, provision: Provision) -> str:
        """The phrase that says whom a provision binds in general."""
        return provision.reach or self.reach
