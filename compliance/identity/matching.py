"""Companies that may be the same one: a similar name, the same web domain, or the same LEI.

A legal entity identifier (LEI) has twenty characters according to ISO 17442. The last two are check digits.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from compliance.identity.names import ALIKE, NameIndex, comparable_name, likeness

_LEI = re.compile("[A-Z0-9]{18}[0-9]{2}")


@dataclass(frozen=True, slots=True)
class CompanyIdentity:
    """What identifies a company. Domains are registered domains, without shared ones."""

    id: int
    name: str
    comparable: str  # the name in the form that is compared
    domains: frozenset[str] = frozenset()
    lei: str = ""

    @classmethod
    def of(cls, id: int, name: str, domains: Iterable[str] = (), lei: str = "") -> "CompanyIdentity":
        """Return the identity of a company by its own statements. Empty domains are left out."""
        return cls(id, name, comparable_name(name), frozenset(filter(None, domains)), lei)


@dataclass(frozen=True, slots=True)
class IdentityMatch:
    """Another company that may be the same one, and why."""

    other: CompanyIdentity
    likeness: float  # of the names, from 0 to 100
    same_domain: bool
    same_lei: bool

    @property
    def like_name(self) -> bool:
        """True if the names alone may belong to one company."""
        return self.likeness >= ALIKE


class KnownCompanies:
    """Companies, indexed so that possible matches are found without comparing each."""

    def __init__(self, companies: Iterable[CompanyIdentity]) -> None:
        self._all = tuple(companies)
        self._names = NameIndex(one.comparable for one in self._all)
        self._marks: dict[str, list[int]] = {}
        for place, one in enumerate(self._all):
            for mark in _marks(one):
                self._marks.setdefault(mark, []).append(place)

    def near(self, company: CompanyIdentity) -> Iterator[CompanyIdentity]:
        """Return the companies that share a domain or LEI with this one or have a similar name, in their order."""
        places = self._names.alike(company.comparable)
        for mark in _marks(company):
            places.update(self._marks.get(mark, ()))
        return (self._all[place] for place in sorted(places))


def _marks(company: CompanyIdentity) -> Iterator[str]:
    yield from (f"domain {domain}" for domain in company.domains)
    if company.lei:
        yield f"lei {company.lei}"


def matches_of(company: CompanyIdentity, known: KnownCompanies) -> tuple[IdentityMatch, ...]:
    """Return the companies that may be this one, the likeliest first: same LEI, same domain, then by name."""
    found = [match_of(company, other) for other in known.near(company) if other.id != company.id]
    return tuple(sorted(found, key=lambda match: (not match.same_lei, not match.same_domain, -match.likeness)))


def match_of(company: CompanyIdentity, other: CompanyIdentity) -> IdentityMatch:
    """Return how far two companies look the same."""
    return IdentityMatch(
        other,
        likeness(company.comparable, other.comparable),
        not company.domains.isdisjoint(other.domains),
        bool(company.lei) and company.lei == other.lei,
    )


def normalised_lei(text: str) -> str:
    """Return an LEI as it is compared and stored: in capitals, without spaces and hyphens."""
    return re.sub(r"[\s\-‐‑–]", "", text).upper()


def is_lei(text: str) -> bool:
    """Tell whether a normalised text is an LEI, by its form and its check digits (ISO 7064, MOD 97-10)."""
    if not _LEI.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1
