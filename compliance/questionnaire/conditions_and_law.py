"""The data model of conditions and of children's law: what editions depend on, and what they are measured against.

Editions and the law's applicability rules share one model of conditions: `condition_parser` reads those of editions,
`routing` evaluates both. `law` reads instruments from files and applies their rules to a company.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, get_args


@dataclass(frozen=True, slots=True)
class Predicate:
    """One comparison of a condition: `{id: [values]}` or `{id: {at_least: 3}}`."""

    id: str  # a question id or "profile.<field>"; in law, a fact about the company
    values: tuple[str, ...] = ()  # any of these
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """A conjunction: as true as the least true of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A disjunction: as true as the truest of its parts."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The negation of its part."""

    part: "Condition"


Condition: TypeAlias = Predicate | AllOf | AnyOf | Not

Authority: TypeAlias = Literal["company", "states", "interpretation", "expectation", "proposal"]
#: What a law or standard is about: children, business conduct, or what is agreed voluntarily.
LawBody: TypeAlias = Literal["children", "due-diligence", "standards"]
WordingMark: TypeAlias = Literal["C", "P", "M-high", "M-med"]
ApplicabilityOutcome: TypeAlias = Literal["binds", "may", "not"]
SourceMark: TypeAlias = Literal["R", "S", "M"]

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
#: How the wording was checked. C: read in a source. P: a source confirms that the provision exists, but its detail was
#: not read. M: not read in a source, but general knowledge with the stated confidence. Provisions known with low
#: confidence (M-low) are never listed, so never shown.
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
    source: str = ""  # where the wording was read, or what was read
    reach: str = ""  # whom it binds in general; "": as its instrument

    @property
    def wording_checked(self) -> bool:
        """True if somebody read the provision itself; if not, every page says so."""
        return self.mark == "C"


@dataclass(frozen=True, slots=True)
class ApplicabilityRule:
    """One rule of the test whether a law binds a company. The first rule that fits decides."""

    id: str  # unique within its instrument
    outcome: ApplicabilityOutcome
    text: str  # shown to the company: the reason, or the question to answer
    when: Condition | None = None  # None: fits every company
    start: date | None = None  # first day; None: no beginning
    end: date | None = None  # last day; None: no end
    provisions: tuple[str, ...] = ()  # the provisions it is about; (): all that bind companies
    group: bool = False  # the company's group may pass a threshold that the company alone does not
    source: str = ""
    mark: SourceMark = "M"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One treaty, law, comment or standard."""

    id: str
    title: str
    short: str  # "CRC": its name in a margin
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
        """Return the phrase that says whom a provision binds in general."""
        return provision.reach or self.reach
