"""The companies that may be the same as one that is registered, or about to be."""

from collections.abc import Iterable, Mapping

from compliance.identity.matching import CompanyIdentity, IdentityMatch, KnownCompanies, matches_of
from compliance.store import Company


def matches_among(candidate: CompanyIdentity, known: KnownCompanies) -> tuple[IdentityMatch, ...]:
    """Return the companies that may be the same as the candidate, each once. See `known_companies`."""
    found: dict[int, IdentityMatch] = {}
    for match in matches_of(candidate, known):
        found.setdefault(match.other.id, match)
    return tuple(found.values())


def known_companies(companies: Iterable[Company], domains: Mapping[int, Iterable[str]] | None = None) -> KnownCompanies:
    """Return what identifies each company. A merged company is represented by the one that it was merged into.

    `domains`: domains of the owners' addresses, by company. Refused companies are left out.
    """
    known = domains or {}
    return KnownCompanies(
        CompanyIdentity.of(one.merged_into or one.id, one.name, (one.website_domain, *known.get(one.id, ())), one.lei)
        for one in companies
        if one.status != "refused"
    )
