"""Companies that are read from what they publish. They need not be registered.

If it is certain which registered company one is (`invitation_matching.py`), that is kept with it: people who are tied
to that company read nothing of it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from compliance.identity.matching import CompanyIdentity, KnownCompanies
from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.desk_models import ReadCompanyRow
from compliance.store.exceptions import AlreadyExists, NotFound
from compliance.store.invitation_matching import find_match, invited_identity
from compliance.store.models import Organisation
from compliance.store.transactions import take_lock

#: Any number, as long as nothing else in the database takes the same lock: no company is added twice.
_LOCK = 34_2026
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyToRead:
    """A company as somebody wants it read. What is not given is empty."""

    name: str
    sector: str = ""
    country: str = ""  # ISO 3166 alpha-3
    website_domain: str = ""
    lei: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ReadCompany:
    """A company that is read."""

    id: int
    name: str
    slug: str
    sector: str
    country: str
    website_domain: str
    lei: str
    email: str
    organisation_id: int | None  # the registered company that it is
    demonstration: bool


_C = ReadCompanyRow
#: The columns of ReadCompany.
COMPANY_COLUMNS: tuple[Any, ...] = (
    *(_C.id, _C.name, _C.slug, _C.sector, _C.country, _C.website_domain, _C.lei, _C.email),
    *(_C.organisation_id, _C.demonstration),
)


def add_read_company(
    session: Session, company: CompanyToRead, *, by: int | None, at: datetime, demonstration: bool = False
) -> ReadCompany:
    """Add a company; if it is certain which registered company it is, that is noted.

    Raise AlreadyExists for one that is read already, by LEI, web domain and name.
    """
    take_lock(session, _LOCK)
    if (there := _same_company(session, company)) is not None:
        raise AlreadyExists(f"{there.name} is on the list already")
    return _insert_company(session, company, by=by, at=at, demonstration=demonstration)


def found_or_added(session: Session, company: CompanyToRead, *, by: int | None, at: datetime) -> ReadCompany:
    """The company if it is read already, by LEI, web domain and name; else it is added."""
    take_lock(session, _LOCK)
    return _same_company(session, company) or _insert_company(session, company, by=by, at=at, demonstration=False)


def read_company(session: Session, company_id: int) -> ReadCompany:
    """One company. Raise NotFound."""
    return _one_company(session, _C.id == company_id)


def find_read_company(session: Session, slug: str) -> ReadCompany:
    """The company of that address. Raise NotFound."""
    return _one_company(session, _C.slug == slug)


def read_companies(session: Session) -> tuple[ReadCompany, ...]:
    """Every company that is or was read, by name."""
    return tuple(ReadCompany(*row) for row in session.execute(select(*COMPANY_COLUMNS).order_by(_C.name, _C.id)))


def _one_company(session: Session, condition: Any) -> ReadCompany:
    row = session.execute(select(*COMPANY_COLUMNS).where(condition)).first()
    if row is None:
        raise NotFound("no such company is read")
    return ReadCompany(*row)


def _insert_company(
    session: Session, company: CompanyToRead, *, by: int | None, at: datetime, demonstration: bool
) -> ReadCompany:
    row: dict[str, Any] = {
        "name": storable_text(company.name).strip(),
        "sector": company.sector,
        "country": company.country,
        "website_domain": company.website_domain,
        "lei": company.lei,
        "email": storable_text(company.email).strip(),
        "organisation_id": _registered_as(session, company),
        "demonstration": demonstration,
        "by": by,
        "at": at,
    }
    row["slug"] = _free_slug(session, row["name"])
    number: int = session.execute(insert(_C).values(row).returning(_C.id)).scalar_one()
    registered = f"organisation/{row['organisation_id']}" if row["organisation_id"] else ""
    said = "\n".join(filter(None, (row["name"], row["slug"], registered)))
    record_events(session, [TrailEvent("reading", f"read-company/{number}", "", said)], by=by, at=at)
    return read_company(session, number)


def _identity(company: CompanyToRead) -> CompanyIdentity:
    return invited_identity(company.name, company.website_domain, company.email, company.lei)


def _same_company(session: Session, company: CompanyToRead) -> ReadCompany | None:
    known = {each.id: each for each in read_companies(session)}
    others = [CompanyIdentity.of(c.id, c.name, (c.website_domain,), c.lei) for c in known.values()]
    match = find_match(_identity(company), KnownCompanies(others))
    return known[match.organisation_id] if match is not None and match.ground is not None else None


def _registered_as(session: Session, company: CompanyToRead) -> int | None:
    """The registered company that it certainly is; None where another company that is read is taken for it."""
    o = Organisation
    taken = exists().where(_C.organisation_id == o.id)
    query = select(o.id, o.name, o.website_domain, o.lei).where(o.status != "refused", ~taken).order_by(o.id)
    registered = [CompanyIdentity.of(id, name, (domain,), lei) for id, name, domain, lei in session.execute(query)]
    match = find_match(_identity(company), KnownCompanies(registered))
    return match.organisation_id if match is not None and match.ground is not None else None


def _free_slug(session: Session, name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or "company"
    slug = f"company-{slug}" if slug.isdigit() else slug  # an address that is a number is that of a registered company
    taken = set(session.scalars(select(_C.slug).where(_C.slug.startswith(slug, autoescape=True))))
    return next(each for n in range(1, len(taken) + 2) if (each := slug if n == 1 else f"{slug}-{n}") not in taken)
