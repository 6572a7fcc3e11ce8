"""Counting, finding and reading the submissions of a period that count in its figures."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from compliance.store.companies import counts_in_figures
from compliance.store.models import Assessment, Submission
from compliance.store.submissions import BATCH_SIZE, PERIOD_CONSENT, FrozenSubmission, select_latest


def latest_submissions(
    session: Session, year: int, *, voice: str = "self", content: bool = True, counting: bool = False
) -> tuple[FrozenSubmission, ...]:
    """Return what `iter_latest_submissions` yields; without `content`, sheet and scores are empty."""
    query = _of_period(select_latest(content=content, at_closing=True), year, voice, counting=counting)
    return tuple(FrozenSubmission(*row) for row in session.execute(query))


@dataclass(frozen=True, slots=True)
class SubmissionCount:
    """The number of submissions, of companies that count, to one edition with one consent."""

    edition_id: str
    edition_digest: str
    consent: str
    count: int
    latest: int  # id


def submission_counts(session: Session, year: int) -> tuple[SubmissionCount, ...]:
    """Count the submissions that count in figures of a period, by edition and consent."""
    each = _of_period(select_latest(content=False, at_closing=True), year, "self", counting=True).order_by(None)
    every = each.with_only_columns(
        Assessment.edition_id, Submission.edition_digest, PERIOD_CONSENT.label("consent"), Submission.id
    ).subquery()
    by = (every.c.edition_id, every.c.edition_digest, every.c.consent)
    rows = session.execute(select(*by, func.count(), func.max(every.c.id)).group_by(*by).order_by(*by))
    return tuple(SubmissionCount(*row) for row in rows)


def counted_submissions(
    session: Session, year: int, digest: str, *, voice: str = "self", most: int, among: Collection[int] | None = None
) -> Mapping[int, int]:
    """Return the latest submissions to an edition in a period that are not private, as company id by submission id.

    At most `most`, the latest. `among`: only of these companies.
    """
    query = _of_period(select_latest(content=False, at_closing=True), year, voice, counting=True)
    query = query.where(Submission.edition_digest == digest, PERIOD_CONSENT != "private")
    if among is not None:
        query = query.where(Assessment.organisation_id.in_(among))
    query = query.with_only_columns(Submission.id, Assessment.organisation_id)
    rows = session.execute(query.order_by(None).order_by(Submission.id.desc()).limit(most))
    return {row.id: row.organisation_id for row in rows}


def iter_latest_submissions(
    session: Session, year: int, *, voice: str = "self", counting: bool = False
) -> Iterator[FrozenSubmission]:
    """Yield the latest submission of each assessment of a period, as of its closing, sorted by company.

    `counting`: only of companies that count in figures.
    """
    query = _of_period(select_latest(at_closing=True), year, voice, counting=counting)
    with session.execute(query.execution_options(yield_per=BATCH_SIZE)) as rows:  # closed also if not read to the end
        for row in rows:
            yield FrozenSubmission(*row)


def _of_period(query: Select[*tuple[Any, ...]], year: int, voice: str, *, counting: bool) -> Select[*tuple[Any, ...]]:
    query = query.where(Assessment.period_year == year, Assessment.voice == voice)
    return query.where(counts_in_figures()) if counting else query
