"""The submissions of a period that count in its figures: counted, found, and read."""

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
    """As `iter_latest_submissions`; without `content`, no sheet or scores."""
    query = _of_period(select_latest(content=content, at_closing=True), year, voice, counting=counting)
    return tuple(FrozenSubmission(*row) for row in session.execute(query))


@dataclass(frozen=True, slots=True)
class SubmissionCount:
    """How many submissions of companies that count are to one edition with one choice of what may be published."""

    edition_id: str
    edition_digest: str
    consent: str
    count: int
    latest: int  # id


def submission_counts(session: Session, year: int) -> tuple[SubmissionCount, ...]:
    """The submissions that count in figures of a period, counted by edition and consent."""
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
    """The latest submissions to an edition in a period that are not private: company by id, at most so many.

    `among`: of these companies.
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
    """The submission of each assessment that counts in figures of a period, by company: the latest by its closing.

    `counting`: of companies that count.
    """
    query = _of_period(select_latest(at_closing=True), year, voice, counting=counting)
    with session.execute(query.execution_options(yield_per=BATCH_SIZE)) as rows:  # closed also if not read to the end
        for row in rows:
            yield FrozenSubmission(*row)


def _of_period(query: Select[*tuple[Any, ...]], year: int, voice: str, *, counting: bool) -> Select[*tuple[Any, ...]]:
    query = query.where(Assessment.period_year == year, Assessment.voice == voice)
    return query.where(counts_in_figures()) if counting else query
