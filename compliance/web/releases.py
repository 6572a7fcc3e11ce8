"""Published snapshots of closed periods, the only company data that public pages read, and published desk readings,
which use only public texts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import current_app, request
from werkzeug.exceptions import NotFound

from compliance.disclosure.published_reading import ReadingContent, content_from_json
from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json
from compliance.store import corrections, published
from compliance.store.assessment_periods import snapshot_digests
from compliance.store.published_readings import PublishedVersion, reading_contents
from compliance.web.caches import cache_of
from compliance.web.database import db

_SNAPSHOTS = "article34_snapshots"


class NotPublished(NotFound):
    """Nothing is published for the requested period. `years`: the periods that are published."""

    def __init__(self, years: Sequence[int]) -> None:
        super().__init__()
        self.years = years


def requested_year(years: Sequence[int]) -> int:
    """Return the published period that the query asks for, or the latest. Raise NotPublished."""
    return published_year(request.args.get("period") or (str(years[0]) if years else ""), years)


def published_year(text: str, years: Sequence[int]) -> int:
    """Return the published period that a text names. Raise NotPublished."""
    for year in years:
        if text == str(year):
            return year
    raise NotPublished(years)


def snapshot_of(year: int, digest: str | None = None) -> PublishedSnapshot:
    """Return the published snapshot of a period. Raise NotFound if there is none, ValueError if it was altered.

    `digest`: of the snapshot, if already known.
    """
    read: dict[int, tuple[str, PublishedSnapshot]] = current_app.extensions.setdefault(_SNAPSHOTS, {})
    if year not in read or read[year][0] != (digest or snapshot_digests(db()).get(year)):
        release = published(db(), year)
        read[year] = release.digest, snapshot_from_json(release.content, release.digest)
    return read[year][1]


def corrected_on(year: int) -> datetime | None:
    """Return when the figures of a period were last corrected, or None if they never were."""
    return max((correction.at for correction in corrections(db(), year)), default=None)


def release_file_name(snapshot: PublishedSnapshot, what: str, kind: str) -> str:
    """Return the name of a published file, which says whether its companies are invented."""
    invented = "demonstration-" if snapshot.demonstration else ""
    return f"article34-{invented}{what}-{snapshot.period}.{kind}"


def latest_snapshot() -> PublishedSnapshot | None:
    """Return the latest published snapshot, or None if no period is closed."""
    return next((snapshot_of(year, digest) for year, digest in snapshot_digests(db()).items()), None)


def sector_named_in(one: PublishedVersion, snapshot: PublishedSnapshot | None) -> str:
    """Return the one sector in whose figures a company is named with its consent, or ""."""
    groups = snapshot.sectors if snapshot and one.organisation else ()
    named = [group.sector for group in groups for each in group.named if each.company == one.organisation]
    return named[0] if len(named) == 1 else ""


def published_contents(versions: Iterable[PublishedVersion]) -> dict[int, ReadingContent]:
    """Return the published content of readings by id. It never changes, so a process keeps it."""
    cache = cache_of(current_app, "readings")
    wanted = list(versions)
    found = {one.reading_id: cache.find(one.digest) for one in wanted}
    if unread := [one for one in wanted if found[one.reading_id] is None]:
        texts = reading_contents(db(), [one.reading_id for one in unread])
        for one in unread:
            found[one.reading_id] = content_from_json(texts[one.reading_id])
            cache.put(one.digest, found[one.reading_id])
    return found
