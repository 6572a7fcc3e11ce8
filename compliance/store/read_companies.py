"""Companies that are read from what they publish. They need not be registered.

If it is certain which registered company one is (`invitation_matching.py`), that is kept with it: people who are tied
to that company read nothing of it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import insert, select
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
    known = _Known(session)
    if (there := known.same(company)) is not None:
        raise AlreadyExists(f"{there.name} is on the list already")
    registered = known.registered_as(company)
    return _insert_company(session, company, registered, by=by, at=at, demonstration=demonstration)


def found_or_added(
    session: Session, companies: Sequence[CompanyToRead], *, by: int | None, at: datetime
) -> Iterator[ReadCompany]:
    """Each company as it is read already, by LEI, web domain and name, or else as it is added now; in their order."""
    known = _Known(session, companies)
    for company in companies:
        found = known.same(company)
        if found is None:
            registered = known.registered_as(company)
            found = _insert_company(session, company, registered, by=by, at=at, demonstration=False)
            known.add(company, found)
        yield found


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
    session: Session,
    company: CompanyToRead,
    registered: int | None,
    *,
    by: int | None,
    at: datetime,
    demonstration: bool,
) -> ReadCompany:
    row: dict[str, Any] = {
        "name": storable_text(company.name).strip(),
        "sector": company.sector,
        "country": company.country,
        "website_domain": company.website_domain,
        "lei": company.lei,
        "email": storable_text(company.email).strip(),
        "organisation_id": registered,
        "demonstration": demonstration,
        "by": by,
        "at": at,
    }
    row["slug"] = _free_slug(session, row["name"])
    number: int = session.execute(insert(_C).values(row).returning(_C.id)).scalar_one()
    organisation = f"organisation/{registered}" if registered else ""
    said = "\n".join(filter(None, (row["name"], row["slug"], organisation)))
    record_events(session, [TrailEvent("reading", f"read-company/{number}", "", said)], by=by, at=at)
    return read_company(session, number)


def _identity(company: CompanyToRead) -> CompanyIdentity:
    return invited_identity(company.name, company.website_domain, company.email, company.lei)


class _Known:
    """Every company that is read, and every registered one: read once, to look for many companies among them.

    Nobody else adds companies until the commit. `coming`: those that may be added meanwhile, each found from then on.
    """

    def __init__(self, session: Session, coming: Sequence[CompanyToRead] = ()) -> None:
        take_lock(session, _LOCK)
        self._read = {each.id: each for each in read_companies(session)}
        # No company has a number below 0: each of those to come gets one, and is left out until it is added.
        self._numbers = {company: -place for place, company in enumerate(dict.fromkeys(coming), 1)}
        self._awaited = set(self._numbers.values())
        self._names = KnownCompanies(
            chain(
                (CompanyIdentity.of(one.id, one.name, (one.website_domain,), one.lei) for one in self._read.values()),
                (
                    CompanyIdentity.of(number, one.name, (one.website_domain,), one.lei)
                    for one, number in self._numbers.items()
                ),
            )
        )
        o = Organisation
        query = select(o.id, o.name, o.website_domain, o.lei).where(o.status != "refused").order_by(o.id)
        self._registered = KnownCompanies(
            CompanyIdentity.of(id, name, (domain,), lei) for id, name, domain, lei in session.execute(query)
        )
        self._taken = {each.organisation_id for each in self._read.values() if each.organisation_id is not None}

    def same(self, company: CompanyToRead) -> ReadCompany | None:
        """The company that is read, if it is certain."""
        number = _certain(company, self._names, self._awaited)
        return None if number is None else self._read[number]

    def registered_as(self, company: CompanyToRead) -> int | None:
        """The registered company that it certainly is; None where another company that is read is taken for it."""
        return _certain(company, self._registered, self._taken)

    def add(self, company: CompanyToRead, added: ReadCompany) -> None:
        """Find one of those that were to come from now on."""
        number = self._numbers[company]
        self._read[number] = added
        self._awaited.discard(number)
        if added.organisation_id is not None:
            self._taken.add(added.organisation_id)


def _certain(company: CompanyToRead, known: KnownCompanies, without: Collection[int]) -> int | None:
    match = find_match(_identity(company), known, without)
    return match.organisation_id if match is not None and match.ground is not None else None


def _free_slug(session: Session, name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or "company"
    slug = f"company-{slug}" if slug.isdigit() else slug  # an address that is a number is that of a registered company
    taken = set(session.scalars(select(_C.slug).where(_C.slug.startswith(slug, autoescape=True))))
    return next(each for n in range(1, len(taken) + 2) if (each := slug if n == 1 else f"{slug}-{n}") not in taken)
