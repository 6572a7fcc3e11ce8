"""The companies that may be the same as one that is registered, or wants to be."""

from collections.abc import Iterable, Mapping

from compliance.identity.matching import CompanyIdentity, IdentityMatch, KnownCompanies, matches_of
from compliance.store import Company


def matches_among(candidate: CompanyIdentity, known: KnownCompanies) -> tuple[IdentityMatch, ...]:
    """The companies that may be this one, each once; see `known_companies`."""
    found: dict[int, IdentityMatch] = {}
    for match in matches_of(candidate, known):
        found.setdefault(match.other.id, match)
    return tuple(found.values())


def known_companies(companies: Iterable[Company], domains: Mapping[int, Iterable[str]] | None = None) -> KnownCompanies:
    """What identifies each company; a merged one stands for the one into which it was merged.

    `domains`: domains of the owners' addresses, by company. A company that was refused is not among them.
    """
    known = domains or {}
    return KnownCompanies(
        CompanyIdentity.of(one.merged_into or one.id, one.name, (one.website_domain, *known.get(one.id, ())), one.lei)
        for one in companies
        if one.status != "refused"
    )
