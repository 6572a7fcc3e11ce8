"""Companies that share an owner or a web domain, and therefore count once until the steward has decided about them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.orm import Session, aliased

from compliance.store.company_models import MembershipRow
from compliance.store.models import Organisation


@dataclass(frozen=True, slots=True)
class CompanyLink:
    """A confirmed company that does not count, because one confirmed earlier has the same owner or web domain."""

    organisation_id: int
    earlier_id: int
    same_owner: bool
    same_domain: bool


_THIS, _THAT = aliased(MembershipRow), aliased(MembershipRow)


def counts_beside_others() -> ColumnElement[bool]:
    """Return a condition on Organisation: a company outside groups counts despite sharing an owner or a web domain.

    It counts if it was confirmed before the companies that it shares them with, or if the steward lets it count apart.
    """
    # Two subqueries, each answered by an index. A single one would compare every company with all others.
    by_domain, by_owner = aliased(Organisation), aliased(Organisation)
    domain = exists().where(_is_earlier(by_domain), _same_domain(by_domain)).correlate(Organisation)
    owner = _owner_pairs(by_owner, literal(1)).where(_is_earlier(by_owner)).correlate(Organisation).exists()
    return or_(Organisation.counts_apart, and_(~domain, ~owner))


def company_links(session: Session) -> tuple[CompanyLink, ...]:
    """Return the companies that do not count because of a link, each with the first confirmed company linked to it."""
    earlier = aliased(Organisation)
    columns = (Organisation.id, earlier.id, earlier.confirmed_at)
    links = (
        _is_earlier(earlier), Organisation.status == "confirmed", Organisation.group_id.is_(None),
        ~Organisation.counts_apart,
    )  # fmt: skip
    by_domain = select(*columns).join(earlier, _same_domain(earlier)).where(*links)
    by_owner = (
        _owner_pairs(earlier, *columns).join(Organisation, Organisation.id == _THIS.organisation_id).where(*links)
    )
    domain, owner = ({tuple(row) for row in session.execute(query)} for query in (by_domain, by_owner))
    first: dict[int, CompanyLink] = {}
    for pair in sorted(domain | owner, key=lambda row: (row[0], row[2], row[1])):
        first.setdefault(pair[0], CompanyLink(pair[0], pair[1], pair in owner, pair in domain))
    return tuple(first.values())


def _is_earlier(other: type[Organisation]) -> ColumnElement[bool]:
    before = or_(
        other.confirmed_at < Organisation.confirmed_at,
        and_(other.confirmed_at == Organisation.confirmed_at, other.id < Organisation.id),
    )
    return and_(other.status == "confirmed", before)


def _same_domain(other: type[Organisation]) -> ColumnElement[bool]:
    return and_(Organisation.website_domain != "", other.website_domain == Organisation.website_domain)


def _owner_pairs(other: type[Organisation], *columns: Any) -> Select[*tuple[Any, ...]]:
    """Select pairs of companies that have an owner in common: Organisation, and `other`."""
    return (
        select(*columns)
        .select_from(_THIS)
        .join(_THAT, _THAT.person_id == _THIS.person_id)
        .join(other, other.id == _THAT.organisation_id)
        .where(_THIS.organisation_id == Organisation.id, _THIS.role == "owner", _THAT.role == "owner")
    )
