"""Published snapshots, read directly from the store or made by hand."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.published import Figure, Participation, SectorFigures
from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json
from compliance.questionnaire.edition import Edition


def published_snapshot(session: Session, year: int) -> PublishedSnapshot:
    """Return the published snapshot of a period. Raise NotFound while it is open."""
    published = store.published(session, year)
    return snapshot_from_json(published.content, published.digest)


def snapshot_of_sector(edition: Edition, sector: str, figures: Iterable[Figure]) -> PublishedSnapshot:
    """Return a snapshot of one sector with only these figures."""
    group = SectorFigures(
        sector=sector, sectors=(sector,), participation=Participation(), figures=tuple(figures), bands=(),
        requirements=(), provisions=(), named=(),
    )  # fmt: skip
    return PublishedSnapshot(
        edition.id, edition.digest, edition.title, False, 2025, date(2025, 12, 15), True, group, (group,), "0" * 64
    )
