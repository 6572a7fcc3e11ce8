"""Companies whose published documents are read. They need not be registered.

If a company certainly matches a registered one (`invitation_matching.py`), the match is stored with it, so that people
who are tied to the registered company cannot read it.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from compliance.identity.matching import CompanyIdentity, KnownCompanies
from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.desk_models import ReadCompanyRow
from compliance.store.exceptions import AlreadyExists, NotFound
from compliance.store.invitation_matching import find_match, invited_identity
from compliance.store.models import Organisation, table_of
from compliance.store.transactions import take_lock

#: Any number that no other lock in the database has. The lock keeps a company from being added twice.
_LOCK = 34_2026
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyToRead:
    """A company to be read. Fields that are not given are empty."""

    name: str
    sector: str = ""
    country: str = ""  # ISO 3166 alpha-3
    website_domain: str = ""
    lei: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ReadCompany:
    """A company whose published documents are read."""

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
# The update only takes the lock, so that two requests cannot both find that no reading is under way.
_HOLD = update(table_of(_C)).where(_C.id == bindparam("number")).values(name=_C.name)


def add_read_company(
    session: Session, company: CompanyToRead, *, by: int | None, at: datetime, demonstration: bool = False
) -> ReadCompany:
    """Add a company and return it, with the registered company that it certainly matches, if there is one.

    Raise AlreadyExists if it is on the list already, by LEI, web domain and name.
    """
    known = _Known(session, [company])
    if (there := known.same(company)) is not None:
        raise AlreadyExists(f"{known.name_of(there)} is on the list already")
    place = known.add(company, demonstration=demonstration)
    return read_company(session, known.insert(by=by, at=at)[place])


def found_or_added(
    session: Session, companies: Sequence[CompanyToRead], *, by: int | None, at: datetime
) -> tuple[int, ...]:
    """Return the ids of companies, adding those that are not on the list yet, by LEI, web domain and name.

    Each id is returned once, in the order of first mention. Nobody else can begin a reading of them until the commit.
    """
    known = _Known(session, companies)
    numbers = [known.add(one) if (there := known.same(one)) is None else there for one in companies]
    hold_companies(session, [number for number in numbers if number > 0])
    added = known.insert(by=by, at=at)
    return tuple(dict.fromkeys(added.get(number, number) for number in numbers))


def hold_companies(session: Session, numbers: Sequence[int]) -> None:
    """Keep others from beginning a reading of these companies until the commit. Unknown ids are ignored."""
    if numbers:
        session.connection().execute(_HOLD, [{"number": number} for number in sorted(set(numbers))])


def read_company(session: Session, company_id: int) -> ReadCompany:
    """Return one company. Raise NotFound."""
    return _one_company(session, _C.id == company_id)


def find_read_company(session: Session, slug: str) -> ReadCompany:
    """Return the company with this slug. Raise NotFound."""
    return _one_company(session, _C.slug == slug)


def read_companies(session: Session) -> tuple[ReadCompany, ...]:
    """Return every company that is or was read, sorted by name."""
    return tuple(ReadCompany(*row) for row in session.execute(select(*COMPANY_COLUMNS).order_by(_C.name, _C.id)))


def _one_company(session: Session, condition: Any) -> ReadCompany:
    row = session.execute(select(*COMPANY_COLUMNS).where(condition)).first()
    if row is None:
        raise NotFound("no such company is read")
    return ReadCompany(*row)


def _identity(company: CompanyToRead) -> CompanyIdentity:
    return invited_identity(company.name, company.website_domain, company.email, company.lei)


class _Known:
    """Every company on the list and every registered one, loaded once so that many can be looked up among them.

    Nobody else can add companies until the commit. `coming`: companies that may be added; each is found once it was.
    """

    def __init__(self, session: Session, coming: Sequence[CompanyToRead]) -> None:
        take_lock(session, _LOCK)
        self._session = session
        read = read_companies(session)
        self._read = {each.id: each.name for each in read}
        # Companies to come have negative ids until they are inserted, since no stored id is below 0. Lookups skip
        # them until they are added.
        self._numbers = {company: -place for place, company in enumerate(dict.fromkeys(coming), 1)}
        self._awaited = set(self._numbers.values())
        everyone: list[tuple[int, ReadCompany | CompanyToRead]] = [(each.id, each) for each in read]
        everyone += [(number, one) for one, number in self._numbers.items()]
        self._names = KnownCompanies(
            CompanyIdentity.of(number, one.name, (one.website_domain,), one.lei) for number, one in everyone
        )
        o = Organisation
        query = select(o.id, o.name, o.website_domain, o.lei).where(o.status != "refused").order_by(o.id)
        self._registered = KnownCompanies(
            CompanyIdentity.of(id, name, (domain,), lei) for id, name, domain, lei in session.execute(query)
        )
        self._taken = {each.organisation_id for each in read if each.organisation_id is not None}
        self._slugs = {each.slug for each in read}
        self._next_slugs: dict[str, int] = {}
        self._rows: dict[int, dict[str, Any]] = {}

    def same(self, company: CompanyToRead) -> int | None:
        """Return the id of the company on the list that certainly matches, or None. Below 0: not inserted yet."""
        return _certain(company, self._names, self._awaited)

    def name_of(self, number: int) -> str:
        """Return the name of a company on the list."""
        return self._read[number]

    def add(self, company: CompanyToRead, *, demonstration: bool = False) -> int:
        """Add one of the companies to come, and return its temporary id. Adding it twice adds it once."""
        number = self._numbers[company]
        if number not in self._awaited:
            return number
        # None if another company on the list is already matched with that registered company.
        registered = _certain(company, self._registered, self._taken)
        name = storable_text(company.name).strip()
        self._rows[number] = {
            "name": name,
            "slug": self._free_slug(name),
            "sector": company.sector,
            "country": company.country,
            "website_domain": company.website_domain,
            "lei": company.lei,
            "email": storable_text(company.email).strip(),
            "organisation_id": registered,
            "demonstration": demonstration,
        }
        self._awaited.discard(number)
        if registered is not None:
            self._taken.add(registered)
        return number

    def insert(self, *, by: int | None, at: datetime) -> Mapping[int, int]:
        """Insert the added companies. Return their ids by their temporary ids."""
        if not self._rows:
            return {}
        rows = [{**row, "by": by, "at": at} for row in self._rows.values()]
        new = insert(table_of(_C)).returning(_C.id, sort_by_parameter_order=True)
        numbers = self._session.connection().execute(new, rows).scalars().all()
        events = []
        for number, row in zip(numbers, rows, strict=True):
            organisation = f"organisation/{row['organisation_id']}" if row["organisation_id"] else ""
            said = "\n".join(filter(None, (row["name"], row["slug"], organisation)))
            events.append(TrailEvent("reading", f"read-company/{number}", "", said))
        record_events(self._session, events, by=by, at=at)
        return dict(zip(self._rows, numbers, strict=True))

    def _free_slug(self, name: str) -> str:
        slug = _slug(name)
        n = self._next_slugs.get(slug, 1)
        while (free := slug if n == 1 else f"{slug}-{n}") in self._slugs:
            n += 1
        self._next_slugs[slug] = n + 1
        self._slugs.add(free)
        return free


def _certain(company: CompanyToRead, known: KnownCompanies, without: Collection[int]) -> int | None:
    match = find_match(_identity(company), known, without)
    return match.organisation_id if match is not None and match.ground is not None else None


def _slug(name: str) -> str:
    """Return the slug for a name, whether or not another company has it."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or "company"
    return f"company-{slug}" if slug.isdigit() else slug  # an all-digit slug would be read as a registered company's id
