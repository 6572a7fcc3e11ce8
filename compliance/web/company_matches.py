"""The companies that may be the same as one that is registered, or wants to be."""

from collections.abc import Iterable, Mapping

from compliance.identity.matching import CompanyIdentity, IdentityMatch, matches_of
from compliance.store import Company


def matches_among(
    candidate: CompanyIdentity, companies: Iterable[Company], domains: Mapping[int, Iterable[str]] | None = None
) -> tuple[IdentityMatch, ...]:
    """The companies that may be this one, each once; a merged one stands for the one into which it was merged.

    `domains`: domains of the owners' addresses, by company. A company that was refused is not among them.
    """
    found: dict[int, IdentityMatch] = {}
    for match in matches_of(candidate, identities_of(companies, domains or {})):
        if match.other.id != candidate.id:
            found.setdefault(match.other.id, match)
    return tuple(found.values())


def identities_of(companies: Iterable[Company], domains: Mapping[int, Iterable[str]]) -> list[CompanyIdentity]:
    """What identifies each company that was not refused."""
    return [
        CompanyIdentity.of(one.merged_into or one.id, one.name, (one.website_domain, *domains.get(one.id, ())), one.lei)
        for one in companies
        if one.status != "refused"
    ]
