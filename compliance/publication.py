"""Publication: from the data in the store to the published snapshot of a closed period.

Only this module uses both the store and disclosure control, which do not import each other.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TypeAlias

from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.aggregates import Contribution, contributions_from_json, contributions_to_json
from compliance.disclosure.closing import ClosedPeriod, close_figures, named_rankings, verified_record
from compliance.disclosure.company_table import (
    Consent,
    ReducedCompany,
    RegisteredCompany,
    TableLayout,
    reduce_company,
    table_layout,
)
from compliance.disclosure.invitations import ListedCompany, PublicList, publish_invitations
from compliance.disclosure.period_change import LastPublication
from compliance.disclosure.snapshot import PublishedSnapshot, snapshot_from_json, snapshot_to_json
from compliance.identity.names import comparable_name
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import countries, is_high_need, need_group
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, OPERATIONS_QUESTION, SIZE_FIELD, Edition
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.standing import record_from_json
from compliance.scoring.verified_card import signed_score
from compliance.store import company_erasures, company_rows
from compliance.store.assessments import StoredVerdict
from compliance.store.audit_trail import hold_trail
from compliance.store.erasures import Erasure
from compliance.store.exceptions import CompanyMerged
from compliance.store.models import TrailKind
from compliance.store.sign_offs import SignedReview, name_when_published, sign_offs_to_publish

#: The sector of companies that never stated theirs.
UNSTATED_SECTOR = "unstated"
#: Kinds of trail entries that do not affect the figures of an open period. The sectors in profiles matter for silent
#: companies, and are read with these.
WITHOUT_EFFECT: frozenset[TrailKind] = frozenset(
    {
        *("answer", "carried", "profile", "evidence", "assignment", "interest", "sign-off"),
        *("role", "person", "correction", "mail", "job", "reopening"),
    }
)
#: Called with the number of submissions read, and of all to read.
Progress: TypeAlias = Callable[[int, int], None]
#: What a submission is read from, in addition to its frozen texts: its other columns, and the verdicts that count.
MadeFrom: TypeAlias = tuple[store.FrozenSubmission, tuple[StoredVerdict, ...]]


@dataclass(frozen=True, slots=True)
class ReadSubmission:
    """A submission reduced to what figures need."""

    made_from: MadeFrom
    company: ReducedCompany
    sheet: AnswerSheet | None  # with verdicts; only of companies that agreed to be named and have any


#: Submissions read already, by id. If figures are computed again with them, only submissions that changed are read.
ReadSubmissions: TypeAlias = dict[int, ReadSubmission]


class ClosingOutdated(Exception):
    """The data behind computed figures have changed, so the figures have to be computed again."""


@dataclass(frozen=True, slots=True)
class ComputedClosing:
    """The figures that closing a period would publish, and a digest of the data behind them."""

    edition: Edition
    year: int
    closed: ClosedPeriod
    inputs: str


def compute_closing(
    session: Session,
    edition: Edition,
    year: int,
    *,
    as_of: date,
    progress: Progress | None = None,
    read: ReadSubmissions | None = None,
) -> ComputedClosing:
    """Compute the figures of a period without locking it: others may save and submit meanwhile. Raise NotFound.

    `read`: submissions read before. Those read now are added to it.
    """
    inputs = inputs_digest(session, edition, year)  # first, so that no change in between goes unnoticed
    return ComputedClosing(edition, year, _closed_period(session, edition, year, as_of, progress, read), inputs)


def publish_closing(session: Session, computed: ComputedClosing, *, by: int | None, at: datetime) -> PublishedSnapshot:
    """Close the period for good and freeze the computed figures, in the caller's transaction.

    `at`: a moment at which the period was already locked (`store.hold_period`), so that no submission is later. Raise
    NotFound, PeriodClosed, or ClosingOutdated if the data behind the figures have changed.
    """
    store.hold_period(session, computed.year)
    if inputs_digest(session, computed.edition, computed.year) != computed.inputs:
        raise ClosingOutdated(f"the figures of {computed.year} changed while they were computed")
    return _freeze(session, computed.edition, computed.year, computed.closed, by=by, at=at)


def close_and_publish(
    session: Session, edition: Edition, year: int, *, by: int | None, at: datetime, read: ReadSubmissions | None = None
) -> PublishedSnapshot:
    """Compute and publish under locks, so that no data that count can change. Raise NotFound or PeriodClosed.

    `at`: as for `publish_closing`. `read`: as for `compute_closing`.
    """
    store.hold_period(session, year)
    hold_trail(session)  # as confirming companies and importing lists do not lock the period
    closed = _closed_period(session, edition, year, at.date(), read=read)
    return _freeze(session, edition, year, closed, by=by, at=at)


def _freeze(
    session: Session, edition: Edition, year: int, closed: ClosedPeriod, *, by: int | None, at: datetime
) -> PublishedSnapshot:
    content, places = snapshot_to_json(closed.snapshot), contributions_to_json(closed.contributions)
    store.close_period(session, year, by=by, at=at, snapshot=lambda: content, places=lambda: places)
    store.store_edition(session, edition, at=at)  # even without submissions, as figures are read with their edition
    return closed.snapshot


def inputs_digest(session: Session, edition: Edition, year: int) -> str:
    """Return the SHA-256 of the data behind a period's figures: edition, relevant changes, and silent companies."""
    changes = store.last_event_but(session, WITHOUT_EFFECT)
    # Invited companies are included, as a member's first sign-in changes their progress without a trail entry.
    invited = _public_lists(session, year)
    parts = (edition.digest, changes, *map(repr, store.nonrespondents(session, year)), *map(repr, invited))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def preview_closing(session: Session, edition: Edition, year: int, *, as_of: date) -> PublishedSnapshot:
    """Return the snapshot that closing a period on a day would freeze, as a preview for the steward."""
    return _closed_period(session, edition, year, as_of).snapshot


def _closed_period(
    session: Session,
    edition: Edition,
    year: int,
    as_of: date,
    progress: Progress | None = None,
    read: ReadSubmissions | None = None,
) -> ClosedPeriod:
    years = store.published_years(session)
    before, after = [y for y in years if y < year][:1], [y for y in years if y > year][-1:]
    neighbours = [_published_contributions(session, neighbour) for neighbour in (*before, *after)]
    last = LastPublication(_published_snapshot(session, before[0]), neighbours[0]) if before else None
    compiled = compile_edition(edition)
    submitted = _read_submissions(session, compiled, year, {} if read is None else read, progress)
    entries: list[RegisteredCompany | ReducedCompany] = [one.company for one in submitted]
    entries += _silent_companies(session, year)
    registered = {one.id: one.sector for one in entries if one.consent != "private"}
    return close_figures(
        compiled.edition,  # without questions by choice
        year,
        entries,
        as_of,
        neighbours=neighbours,
        last=last,
        rank_named=lambda places: named_rankings(compiled, _verified_sheets(submitted, places)),
        count_invited=lambda: publish_invitations(_public_lists(session, year), registered),
    )


def sign_offs_beside_names(session: Session, snapshot: PublishedSnapshot, sector: str) -> Mapping[str, SignedReview]:
    """Return the latest sign-offs by published company name in a sector, of answers to the snapshot's edition.

    They may be later than the closing: they are shown with the name, and are in no figure. Companies are found by all
    the names they have had. If it is not certain which company a row is about, it has no sign-off.
    """
    to_publish = sign_offs_to_publish(session, snapshot.period)
    places = store.published(session, snapshot.period).places if to_publish else None
    if places is None:
        return {}
    contributions = contributions_from_json(places)
    rows = Counter(one.company for one in snapshot.sector(sector).named)
    found: dict[str, list[SignedReview]] = {}
    for one in to_publish:
        place = contributions.get(str(one.organisation_id))
        names = one.names & rows.keys()
        if place is None or place.named_in != sector or len(names) != 1:
            continue
        if signed_score(one.signed.card).edition == snapshot.digest:
            found.setdefault(next(iter(names)), []).append(one.signed)
    return {name: signed[0] for name, signed in found.items() if len(signed) == rows[name] == 1}


def withdraw_company(
    session: Session, organisation_id: int, *, by: int | None, at: datetime
) -> company_erasures.ErasedCompany:
    """Erase a company for good. What closed periods publish by name stays, with a note that the company withdrew.

    Raise NotFound, CompanyMerged or AlreadyDecided.
    """
    named_in = partial(_named_in, session, organisation_id)
    return company_erasures.erase_company(session, organisation_id, by=by, at=at, named_in=named_in)


def repeat_withdrawals(session: Session, erasures: Iterable[Erasure], *, at: datetime) -> frozenset[str]:
    """Erase again the companies and drafts that were erased since a backup was made.

    Return the digests of the files that may be deleted once this is committed.
    """
    files: set[str] = set()
    for one in erasures:
        if company_erasures.is_to_repeat(session, one):
            company = one.kind == "company"
            erase = withdraw_company if company else company_erasures.erase_draft
            with suppress(CompanyMerged):  # erased with the company that it was merged into, which is in `erasures` too
                files |= erase(session, one.number, by=None, at=at).files
    return frozenset(files)


def withdrawn_beside_names(session: Session, snapshot: PublishedSnapshot, sector: str) -> Mapping[str, datetime]:
    """Return by published company name in a sector when the company withdrew, and its other data were deleted."""
    withdrawn = company_erasures.withdrawn_names(session, snapshot.period)
    rows = Counter(one.company for one in snapshot.sector(sector).named) if withdrawn else Counter()
    marks = {name: company_erasures.name_mark(sector, name) for name, count in rows.items() if count == 1}
    return {name: withdrawn[mark] for name, mark in marks.items() if mark in withdrawn}


def _named_in(session: Session, organisation_id: int) -> Iterator[tuple[int, str]]:
    """Yield the closed periods that name a company, or one merged into it, each with the mark of the name there."""
    companies = company_rows.with_merged(session, organisation_id)
    for year in store.published_years(session):
        kept = store.published(session, year).places
        places = contributions_from_json(kept) if kept else {}
        for number in companies:
            place = places.get(str(number))
            if place is not None and place.named_in:
                name = name_when_published(session, number, year)
                if name in {one.company for one in _published_snapshot(session, year).sector(place.named_in).named}:
                    yield year, company_erasures.name_mark(place.named_in, name)


def _published_snapshot(session: Session, year: int) -> PublishedSnapshot:
    published = store.published(session, year)
    return snapshot_from_json(published.content, published.digest)


def _published_contributions(session: Session, year: int) -> Mapping[str, Contribution]:
    """Return the contributions to the published figures of a period, by company.

    Before these were stored, every company with a score was in its sector's figures, if shown, and in no smaller cell.
    """
    published = store.published(session, year)
    if published.places is not None:
        return contributions_from_json(published.places)
    snapshot, places = snapshot_from_json(published.content, published.digest), {}
    shown = frozenset(snapshot.together.sectors)
    for s in store.iter_latest_submissions(session, year):
        entry = _registered_company(s)
        if s.edition_digest != snapshot.digest:
            continue
        if entry.has_score and entry.consent != "private":
            sector = "" if entry.consent == "named" else entry.sector
            if entry.consent == "named" or sector in shown:
                places[entry.id] = Contribution(sector=sector, region="", size="")
    return places


def _verified_sheets(
    submitted: Iterable[ReadSubmission], places: Mapping[str, Contribution]
) -> Mapping[str, Sequence[AnswerSheet]]:
    """Return by sector the sheets, with verdicts, of the companies published by name."""
    sheets: dict[str, list[AnswerSheet]] = {}
    for one in submitted:
        place = places.get(one.company.id)  # not by name: two companies may have the same name
        if place is not None and place.is_named and one.sheet is not None:
            sheets.setdefault(one.company.sector, []).append(one.sheet)
    return sheets


def _read_submissions(
    session: Session, compiled: CompiledEdition, year: int, read: ReadSubmissions, progress: Progress | None
) -> Sequence[ReadSubmission]:
    """Return the submissions that count in a period, by company, including those of invented companies.

    Submissions that are not in `read`, or have changed, are read and added to it.
    """
    given = store.verdicts_of_period(session, year)  # all at once, instead of by company
    listed: dict[int, MadeFrom] = {
        s.id: (s, tuple(given.get(s.assessment_id, ())) if s.consent == "named" else ())
        for s in store.latest_submissions(session, year, content=False, counting=True)
        if s.edition_digest == compiled.edition.digest
    }
    anew = [i for i, made_from in listed.items() if i not in read or read[i].made_from != made_from]
    layout, done = table_layout(compiled.edition), 0
    for batch in store.submission_batches(session, anew):
        for frozen in batch:
            read[frozen.id] = _read_submission(compiled, layout, listed[frozen.id], frozen)
        done += len(batch)
        if progress is not None:
            progress(done, len(anew))
    return [read[i] for i in listed if i in read]  # without submissions erased meanwhile


def _read_submission(
    compiled: CompiledEdition, layout: TableLayout, made_from: MadeFrom, frozen: store.FrozenSubmission
) -> ReadSubmission:
    listed, verdicts = made_from
    s = replace(listed, sheet=frozen.sheet, scores=frozen.scores)
    sheet = store.claimed_sheet(s, compiled.edition, verdicts) if verdicts else None
    entry = replace(_registered_company(s), verified=verified_record(compiled, sheet) if sheet else None)
    reduced = reduce_company(compiled.edition, layout, entry)
    return ReadSubmission(made_from, reduced, sheet if sheet and sheet.verdicts else None)


def _silent_companies(session: Session, year: int) -> Iterator[RegisteredCompany]:
    """Yield every company that counts and submitted nothing for a period, including invented companies."""
    # A silent company's earlier wish to be in no figure still holds.
    kept = store.nonrespondent_consents(session, year)
    for nonrespondent in store.nonrespondents(session, year):
        consent: Consent = "private" if kept.get(nonrespondent.organisation_id) == "private" else "counted"
        yield RegisteredCompany(
            company=nonrespondent.organisation,
            sector=nonrespondent.sector or UNSTATED_SECTOR,
            consent=consent,
            scores=None,
            id=str(nonrespondent.organisation_id),
            demonstration=nonrespondent.demonstration,
        )


def _public_lists(session: Session, year: int) -> list[PublicList]:
    """Return the public lists of a period, in the order in which they were imported."""
    companies = store.invited_by_list(session, year)
    return [
        PublicList(
            name=one.name,
            invited_on=one.imported_at.date(),
            companies=[
                _listed_company(company, one.sector) for company in companies.get(one.id, ()) if not company.is_left_out
            ],
            names_silent=one.names_silent,
        )
        for one in store.invitation_lists(session, year)
        if one.is_public
    ]


def _listed_company(company: store.InvitedCompany, sector: str) -> ListedCompany:
    """Return a company of a list. Progress counts only if a confirmed registered company matches it."""
    unregistered = f"not registered: {comparable_name(company.name)}, {company.country}"
    return ListedCompany(
        id=str(company.stands_for) if company.counts else unregistered,
        name=company.name,
        sector=sector or company.sector or UNSTATED_SECTOR,
        is_high_need=is_high_need(company.country),
        progress=company.progress if company.counts else "unopened",
        is_private=company.counts and company.is_private,
    )


def _registered_company(s: store.FrozenSubmission) -> RegisteredCompany:
    """Return a submission as a registered company for figures."""
    sheet = json.loads(s.sheet)
    # None also if several countries are named, as it is not known which one counts.
    headquarters = countries().get(sheet["answers"].get(HEADQUARTERS_QUESTION, {}).get("value", ""))
    return RegisteredCompany(
        company=s.organisation,
        sector=s.sector or UNSTATED_SECTOR,
        consent=_consent(s.consent),
        scores=record_from_json(s.scores),
        id=str(s.organisation_id),
        region=headquarters.region if headquarters else "",
        size=sheet["profile"].get(SIZE_FIELD, {}).get("value", ""),
        need=need_group(_known_countries(sheet["answers"].get(OPERATIONS_QUESTION, {}).get("value", ""))),
        demonstration=s.demonstration,
    )


def _known_countries(written: str) -> list[str]:
    """Return the known country codes in an answer, or none if it does not apply."""
    return [code for code in written.split("|") if code in countries()]


def _consent(kept: str) -> Consent:
    if kept == "named":
        return "named"
    return "counted" if kept == "counted" else "private"
