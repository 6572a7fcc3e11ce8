"""The published snapshot of a period, read straight from the store."""

from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json


def published_snapshot(session: Session, year: int) -> PublishedSnapshot:
    """The published snapshot of a period. Raise NotFound while it is open."""
    published = store.published(session, year)
    return snapshot_from_json(published.content, published.digest)
