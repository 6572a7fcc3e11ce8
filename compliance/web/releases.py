"""What is published of closed periods. Public pages read this and nothing else of what companies answered."""

from flask import current_app

from compliance.benchmark.snapshot import Snapshot, snapshot_from_json
from compliance.store import published, published_years
from compliance.web.database import db

_READ = "article34_snapshots"


def snapshot_of(year: int) -> Snapshot:
    """What was published of a period. Raise NotFound while nothing is, ValueError if it was tampered with."""
    release = published(db(), year)
    read: dict[str, Snapshot] = current_app.extensions.setdefault(_READ, {})
    if release.digest not in read:
        read[release.digest] = snapshot_from_json(release.content, release.digest)
    return read[release.digest]


def latest_snapshot() -> Snapshot | None:
    """What was published last, or None while no period is closed."""
    years = published_years(db())
    return snapshot_of(years[0]) if years else None
