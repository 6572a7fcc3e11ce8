"""The companies that agreed to be named: in an order only where an auditor verified their scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.benchmark.published import Group
from compliance.benchmark.tally import Named
from compliance.findings.sectors.truth import Sentence, Truth
from compliance.languages.formats import number
from compliance.languages.speaking import ngettext


@dataclass(frozen=True)
class Leads(Sentence):
    """One verified company stands above all others that were verified."""

    sector: str
    company: str
    among: int

    def words(self) -> str:
        """Who, and among how many."""
        return ngettext(
            "%(company)s is the only named company that an auditor verified",
            "%(company)s has the highest score of the %(num)s named companies that an auditor verified",
            self.among,
            company=self.company,
        )

    def holds(self, truth: Truth) -> bool:
        """Its true verified score is above all others, of so many."""
        true = dict(truth.named(self.sector, "verified"))
        own = true.pop(self.company, None)
        return own is not None and len(true) + 1 == self.among and all(own > other for other in true.values())


@dataclass(frozen=True)
class Verified(Sentence):
    """How many of the named companies were verified."""

    sector: str
    verified: int
    named: int

    def words(self) -> str:
        """A count, and what it is a share of."""
        return ngettext(
            "One named company, of which an auditor verified %(verified)s",
            "%(num)s named companies, of which an auditor verified %(verified)s",
            self.named,
            verified=number(self.verified),
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones."""
        true = (len(truth.named(self.sector, "verified")), len(truth.named(self.sector, "claimed")))
        return (self.verified, self.named) == true


@dataclass(frozen=True)
class NoneVerified(Sentence):
    """Companies agreed to be named, and no auditor has verified one."""

    sector: str
    named: int

    def words(self) -> str:
        """A count, and what it lacks."""
        return ngettext(
            "One company agreed to be named; no auditor has verified it yet",
            "%(num)s companies agreed to be named; no auditor has verified any of them yet",
            self.named,
        )

    def holds(self, truth: Truth) -> bool:
        """So many stand by their names, and none has a verified score."""
        return len(truth.named(self.sector, "claimed")) == self.named and not truth.named(self.sector, "verified")


@dataclass(frozen=True, slots=True)
class NamedCompanies:
    """The named companies of a sector, as they are listed."""

    headline: Sentence | None  # None: nobody is named
    ranked: tuple[Named, ...]  # verified, best first
    others: tuple[Named, ...]  # not verified, in alphabetical order


def named_companies(group: Group) -> NamedCompanies:
    """Part the verified from the others. `group.named` is in alphabetical order."""
    verified = [(named.verified.score, named) for named in group.named if named.verified is not None]
    others = tuple(named for named in group.named if named.verified is None)
    best_first = sorted(verified, key=lambda pair: -pair[0])
    return NamedCompanies(_headline(group, best_first), tuple(named for _score, named in best_first), others)


def _headline(group: Group, verified: Sequence[tuple[int, Named]]) -> Sentence | None:
    if not group.named:
        return None
    if not verified:
        return NoneVerified(group.sector, len(group.named))
    (score, first), *others = verified
    if all(score > other and first.company != named.company for other, named in others):
        return Leads(group.sector, first.company, len(verified))
    return Verified(group.sector, len(verified), len(group.named))
