"""Companies that share an owner or a web domain, and so count once until the steward has decided about them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from compliance.store.company_models import MembershipRow
from compliance.store.models import Organisation


@dataclass(frozen=True, slots=True)
class CompanyLink:
    """A confirmed company that does not count, since one confirmed before it has the same owner or web domain."""

    organisation_id: int
    earlier_id: int
    same_owner: bool
    same_domain: bool


def counts_beside_others() -> ColumnElement[bool]:
    """Whether a company outside of groups counts beside those that share an owner or a web domain with it.

    To be put beside Organisation in a query: it was the first that was confirmed, or the steward lets it count apart.
    """
    earlier = aliased(Organisation)
    shared = or_(_same_owner(earlier), _same_domain(earlier))
    linked = select(earlier.id).where(_is_earlier(earlier), shared).correlate(Organisation).exists()
    return or_(Organisation.counts_apart, ~linked)


def company_links(session: Session) -> tuple[CompanyLink, ...]:
    """Every company that does not count for sharing something, each with the first confirmed that it shares it with."""
    earlier = aliased(Organisation)
    owner, domain = _same_owner(earlier), _same_domain(earlier)
    query = (
        select(Organisation.id, earlier.id, owner, domain)
        .join(earlier, _is_earlier(earlier))
        .where(
            Organisation.status == "confirmed",
            Organisation.group_id.is_(None),
            ~Organisation.counts_apart,
            or_(owner, domain),
        )
        .order_by(Organisation.id, earlier.confirmed_at, earlier.id)
    )
    first: dict[int, CompanyLink] = {}
    for row in session.execute(query):
        first.setdefault(row[0], CompanyLink(row[0], row[1], bool(row[2]), bool(row[3])))
    return tuple(first.values())


def _is_earlier(other: type[Organisation]) -> ColumnElement[bool]:
    before = or_(
        other.confirmed_at < Organisation.confirmed_at,
        and_(other.confirmed_at == Organisation.confirmed_at, other.id < Organisation.id),
    )
    return and_(other.status == "confirmed", before)


def _same_domain(other: type[Organisation]) -> ColumnElement[bool]:
    return and_(Organisation.website_domain != "", other.website_domain == Organisation.website_domain)


def _same_owner(other: type[Organisation]) -> ColumnElement[bool]:
    this, that = aliased(MembershipRow), aliased(MembershipRow)
    shared = (
        select(this.person_id)
        .join(that, that.person_id == this.person_id)
        .where(
            this.organisation_id == Organisation.id,
            this.role == "owner",
            that.organisation_id == other.id,
            that.role == "owner",
        )
    )
    return shared.correlate(Organisation, other).exists()
