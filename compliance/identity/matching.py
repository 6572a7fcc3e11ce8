"""Companies that may be the same one: a like name, the same web domain, the same LEI.

A legal entity identifier (LEI) has twenty characters by ISO 17442, the last two of which check the others.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.identity.names import ALIKE, comparable_name, likeness

_LEI = re.compile("[A-Z0-9]{18}[0-9]{2}")


@dataclass(frozen=True, slots=True)
class CompanyIdentity:
    """What identifies a company. Domains are registered ones that not everybody can have."""

    id: int
    name: str
    comparable: str  # the name, as it is compared
    domains: frozenset[str] = frozenset()
    lei: str = ""

    @classmethod
    def of(cls, id: int, name: str, domains: Iterable[str] = (), lei: str = "") -> "CompanyIdentity":
        """The identity of a company by what it says of itself; empty domains are left out."""
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
        """Whether the names alone may be those of one company."""
        return self.likeness >= ALIKE


def matches_of(company: CompanyIdentity, others: Iterable[CompanyIdentity]) -> tuple[IdentityMatch, ...]:
    """The companies that may be this one, the likeliest first: same LEI, same domain, then by likeness of the name."""
    found = []
    for other in others:
        if other.id == company.id:
            continue
        match = match_of(company, other)
        if match.like_name or match.same_domain or match.same_lei:
            found.append(match)
    return tuple(sorted(found, key=lambda match: (not match.same_lei, not match.same_domain, -match.likeness)))


def match_of(company: CompanyIdentity, other: CompanyIdentity) -> IdentityMatch:
    """How far two companies look the same."""
    return IdentityMatch(
        other,
        likeness(company.comparable, other.comparable),
        not company.domains.isdisjoint(other.domains),
        bool(company.lei) and company.lei == other.lei,
    )


def normalised_lei(text: str) -> str:
    """An LEI as it is compared and kept: in capitals, without spaces and hyphens."""
    return re.sub(r"[\s\-‐‑–]", "", text).upper()


def is_lei(text: str) -> bool:
    """Whether a normalised text is an LEI: its form, and its check digits by ISO 7064, MOD 97-10."""
    if not _LEI.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1
