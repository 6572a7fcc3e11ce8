"""Published desk readings: everything that public pages show of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from compliance.store.desk_models import DeskReadingRow, PublishedReadingRow, ReadCompanyRow, ReadingCorrectionRow
from compliance.store.models import Organisation


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A published reading, which is a version of its company's page."""

    reading_id: int
    slug: str
    company: str  # name as a company that is read
    sector: str  # id; "": not known
    version: int
    organisation: str  # name of the registered company that it is; "": none
    edition_digest: str
    digest: str  # of the content
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadingCorrection:
    """A correction of a published reading: what is corrected, and why."""

    reading_id: int
    what: str
    why: str
    at: datetime


def latest_versions(session: Session) -> tuple[PublishedVersion, ...]:
    """Return the latest published version of each company that has one, sorted by name."""
    latest = (
        select(func.max(DeskReadingRow.version))
        .join(PublishedReadingRow, PublishedReadingRow.reading_id == DeskReadingRow.id)
        .where(DeskReadingRow.company_id == ReadCompanyRow.id)
        .correlate(ReadCompanyRow)
        .scalar_subquery()
    )
    query = _versions().where(DeskReadingRow.version == latest).order_by(ReadCompanyRow.name, ReadCompanyRow.id)
    return tuple(PublishedVersion(*row) for row in session.execute(query))


def recent_versions(session: Session, most: int) -> tuple[PublishedVersion, ...]:
    """Return the versions published last, of all companies, the latest first, `most` at most."""
    query = _versions().order_by(PublishedReadingRow.at.desc(), PublishedReadingRow.reading_id.desc()).limit(most)
    return tuple(PublishedVersion(*row) for row in session.execute(query))


def corrected_versions(session: Session) -> tuple[PublishedVersion, ...]:
    """Return the versions that have been corrected, of all companies."""
    query = _versions().where(PublishedReadingRow.reading_id.in_(select(ReadingCorrectionRow.reading_id)))
    return tuple(PublishedVersion(*row) for row in session.execute(query))


def versions_of(session: Session, slug: str) -> tuple[PublishedVersion, ...]:
    """Return all published versions of the company with this slug, the latest first."""
    query = _versions().where(ReadCompanyRow.slug == slug).order_by(DeskReadingRow.version.desc())
    return tuple(PublishedVersion(*row) for row in session.execute(query))


def every_version(session: Session) -> dict[str, tuple[PublishedVersion, ...]]:
    """Return all published versions by slug of the company, the latest first."""
    query = _versions().order_by(ReadCompanyRow.id, DeskReadingRow.version.desc())
    found: dict[str, list[PublishedVersion]] = {}
    for row in session.execute(query):
        found.setdefault(row.slug, []).append(PublishedVersion(*row))
    return {slug: tuple(versions) for slug, versions in found.items()}


def reading_contents(session: Session, reading_ids: list[int]) -> dict[int, str]:
    """Return the content of published readings, as JSON, by reading id."""
    query = select(PublishedReadingRow.reading_id, PublishedReadingRow.content)
    found = session.execute(query.where(PublishedReadingRow.reading_id.in_(reading_ids)))
    return {row.reading_id: row.content for row in found}


def reading_corrections(session: Session, reading_ids: list[int]) -> tuple[ReadingCorrection, ...]:
    """Return the corrections of published readings, the latest first."""
    c = ReadingCorrectionRow
    query = select(c.reading_id, c.what, c.why, c.at).where(c.reading_id.in_(reading_ids)).order_by(c.id.desc())
    return tuple(ReadingCorrection(*row) for row in session.execute(query))


def _versions() -> Any:
    return (
        select(
            PublishedReadingRow.reading_id,
            ReadCompanyRow.slug,
            ReadCompanyRow.name,
            ReadCompanyRow.sector,
            DeskReadingRow.version,
            func.coalesce(Organisation.name, ""),
            PublishedReadingRow.edition_digest,
            PublishedReadingRow.digest,
            PublishedReadingRow.at,
        )
        .join(DeskReadingRow, DeskReadingRow.id == PublishedReadingRow.reading_id)
        .join(ReadCompanyRow, ReadCompanyRow.id == DeskReadingRow.company_id)
        .outerjoin(Organisation, Organisation.id == ReadCompanyRow.organisation_id)
    )
