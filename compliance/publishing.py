"""From what is kept to what is public: the record of a submission, and the closing of a period."""

import json
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from compliance import store
from compliance.benchmark.snapshot import Snapshot, make_snapshot, snapshot_from_json, snapshot_to_json
from compliance.benchmark.tally import Consent, Entry
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.plan import Plan
from compliance.scoring.record import Record, record_all

#: The sector of companies that never said theirs.
UNSTATED = "unstated"


def submission_scores(plan: Plan) -> Callable[[AnswerSheet], str]:
    """What `store.submit` keeps as scores: the claimed and the evidenced scorecard of a sheet, as text."""
    return lambda sheet: record_text(record_all(plan, [sheet])[0])


def record_text(record: Record) -> str:
    """A record as it is kept: JSON at full precision."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def close_and_publish(session: Session, edition: Edition, year: int, *, by: int | None, at: datetime) -> Snapshot:
    """Close a period for good and freeze what the public may see of it. Raise NotFound or PeriodClosed."""
    frozen: list[Snapshot] = []

    def snapshot() -> str:
        frozen.append(would_publish(session, edition, year, as_of=at.date()))
        return snapshot_to_json(frozen[0])

    store.close_period(session, year, by=by, at=at, snapshot=snapshot)
    store.keep_edition(session, edition, at=at)  # also where nobody submitted, or the figures could not be read again
    return frozen[0]


def would_publish(session: Session, edition: Edition, year: int, *, as_of: date) -> Snapshot:
    """What closing a period on that day would freeze, for the steward to look at first."""
    entries, demonstration = _entries(session, edition, year)
    return make_snapshot(edition, year, entries, as_of, demonstration=demonstration)


def published_snapshot(session: Session, year: int) -> Snapshot:
    """What the public may see of a period. Raise NotFound while it is open."""
    return snapshot_from_json(store.published(session, year).content)


def _entries(session: Session, edition: Edition, year: int) -> tuple[list[Entry], bool]:
    """Every registered company of the period; and whether some of them are invented."""
    handed_in = [s for s in store.latest_submissions(session, year) if s.edition_digest == edition.digest]
    silent = store.silent_companies(session, year)
    private = _last_private(session, year)
    entries = [
        Entry(s.organisation, s.sector or UNSTATED, _consent(s.consent), json.loads(s.scores)) for s in handed_in
    ]
    entries += [
        Entry(s.organisation, s.sector or UNSTATED, "private" if s.organisation_id in private else "counted", None)
        for s in silent
    ]
    return entries, any(s.demonstration for s in handed_in) or any(s.demonstration for s in silent)


def _last_private(session: Session, year: int) -> set[int]:
    """Who last asked to be in no figure at all, before the period: silence does not take that back."""
    last: dict[int, str] = {}
    for earlier in sorted(p.year for p in store.periods(session) if p.year < year):
        last |= {s.organisation_id: s.consent for s in store.latest_submissions(session, earlier)}
    return {organisation for organisation, consent in last.items() if consent == "private"}


def _consent(kept: str) -> Consent:
    if kept == "named":
        return "named"
    return "counted" if kept == "counted" else "private"
