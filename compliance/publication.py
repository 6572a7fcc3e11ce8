"""Publication: from what the store keeps to the published snapshot of a closed period.

The only module that knows both the store and disclosure control, which know nothing of each other.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.aggregates import Contribution, contributions_from_json, contributions_to_json
from compliance.disclosure.closing import ClosedPeriod, close_figures, named_rankings, verified_record
from compliance.disclosure.company_table import Consent, RegisteredCompany
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
from compliance.store import company_erasures
from compliance.store.erasures import Erasure
from compliance.store.exceptions import CompanyMerged
from compliance.store.models import TrailKind
from compliance.store.sign_offs import SignedReview, name_when_published, sign_offs_to_publish

#: The sector of companies that never said theirs.
UNSTATED_SECTOR = "unstated"
#: A submission of a company that agreed to be named, and its answers with the verdicts on them.
NamedSubmission: TypeAlias = tuple[store.FrozenSubmission, AnswerSheet]


#: What may be noted in the trail without any effect on the figures of an open period. The sectors that companies say in
#: their profiles count for those that are silent, and are read with them.
WITHOUT_EFFECT: frozenset[TrailKind] = frozenset(
    {
        "answer",
        "carried",
        "profile",
        "evidence",
        "assignment",
        "interest",
        "sign-off",
        "role",
        "person",
        "correction",
        "mail",
        "job",
        "reopening",
    }
)
#: Gets how many submissions were read, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


class ClosingOutdated(Exception):
    """What the figures were computed from has changed since: they have to be computed anew."""


@dataclass(frozen=True, slots=True)
class ComputedClosing:
    """The figures that closing a period would publish, and a digest of all that they were computed from."""

    edition: Edition
    year: int
    closed: ClosedPeriod
    inputs: str


def compute_closing(
    session: Session, edition: Edition, year: int, *, as_of: date, progress: Progress | None = None
) -> ComputedClosing:
    """Compute the figures of a period, which stays open: others may save and submit meanwhile. Raise NotFound."""
    inputs = inputs_digest(session, edition, year)  # first, so that no change in between goes unnoticed
    return ComputedClosing(edition, year, _closed_period(session, edition, year, as_of, progress), inputs)


def publish_closing(session: Session, computed: ComputedClosing, *, by: int | None, at: datetime) -> PublishedSnapshot:
    """Close the period for good and freeze the figures that were computed, in one transaction, the caller's.

    `at`: a moment at which the period was held already (`store.hold_period`), so that no submission is later. Raise
    NotFound or PeriodClosed, or ClosingOutdated if the figures would be others by now.
    """
    edition, year, closed = computed.edition, computed.year, computed.closed

    def snapshot() -> str:
        if inputs_digest(session, edition, year) != computed.inputs:
            raise ClosingOutdated(f"the figures of {year} changed while they were computed")
        return snapshot_to_json(closed.snapshot)

    def places() -> str:
        return contributions_to_json(closed.contributions)

    store.close_period(session, year, by=by, at=at, snapshot=snapshot, places=places)
    store.store_edition(session, edition, at=at)  # also where nobody submitted, or the figures could not be read again
    return closed.snapshot


def close_and_publish(
    session: Session, edition: Edition, year: int, *, by: int | None, at: datetime
) -> PublishedSnapshot:
    """Compute and publish in one go, while nobody else can write. Raise NotFound or PeriodClosed."""
    store.hold_period(session, year)
    return publish_closing(session, compute_closing(session, edition, year, as_of=at.date()), by=by, at=at)


def inputs_digest(session: Session, edition: Edition, year: int) -> str:
    """SHA-256 over what a period's figures rest on: the edition, every change that may count, and who is silent."""
    changes = store.last_event_but(session, WITHOUT_EFFECT)
    # Invited companies, too: when somebody of one signs in for the first time, the trail has no entry for it.
    invited = _public_lists(session, year)
    parts = (edition.digest, changes, *map(repr, store.nonrespondents(session, year)), *map(repr, invited))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def preview_closing(session: Session, edition: Edition, year: int, *, as_of: date) -> PublishedSnapshot:
    """The snapshot that closing a period on that day would freeze, for the steward to look at first."""
    return _closed_period(session, edition, year, as_of).snapshot


def _closed_period(
    session: Session, edition: Edition, year: int, as_of: date, progress: Progress | None = None
) -> ClosedPeriod:
    years = store.published_years(session)
    before, after = [y for y in years if y < year][:1], [y for y in years if y > year][-1:]
    neighbours = [_published_contributions(session, neighbour) for neighbour in (*before, *after)]
    last = LastPublication(_published_snapshot(session, before[0]), neighbours[0]) if before else None
    agreed: list[NamedSubmission] = []
    registered: dict[str, str] = {}
    compiled = compile_edition(edition)
    return close_figures(
        compiled.edition,  # what is by choice is in no figure
        year,
        _noting_sectors(_registered_companies(session, compiled, year, agreed, progress), registered),
        as_of,
        neighbours=neighbours,
        last=last,
        rank_named=lambda places: named_rankings(compiled, _verified_sheets(agreed, places)),
        count_invited=lambda: publish_invitations(_public_lists(session, year), registered),
    )


def sign_offs_beside_names(session: Session, snapshot: PublishedSnapshot, sector: str) -> Mapping[str, SignedReview]:
    """By company as it is published by name in a sector, the latest sign-off of its answers to that questionnaire.

    Also one given after the period was closed: it stands beside the name, and is in no figure. A company is found by
    the names it has had; where that leaves a doubt about whose a row is, nothing stands beside it.
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
    """Erase a company for good. What closed periods publish of it by name stays, and their pages say that it withdrew.

    Raise NotFound, CompanyMerged or AlreadyDecided.
    """
    marks = list(_named_in(session, organisation_id))
    return company_erasures.erase_company(session, organisation_id, by=by, at=at, named_in=marks)


def repeat_withdrawals(session: Session, erasures: Iterable[Erasure], *, at: datetime) -> frozenset[str]:
    """Erase again the companies and drafts that were erased since a backup was made.

    The digests of the files that may go once this is committed.
    """
    files: set[str] = set()
    for one in erasures:
        if company_erasures.is_to_repeat(session, one):
            company = one.kind == "company"
            erase = withdraw_company if company else company_erasures.erase_draft
            with suppress(CompanyMerged):  # it goes with the company that it was merged into, which is named, too
                files |= erase(session, one.number, by=None, at=at).files
    return frozenset(files)


def withdrawn_beside_names(session: Session, snapshot: PublishedSnapshot, sector: str) -> Mapping[str, datetime]:
    """By company as it is published by name in a sector, when it withdrew, and all else that it gave was deleted."""
    withdrawn = company_erasures.withdrawn_names(session, snapshot.period)
    rows = Counter(one.company for one in snapshot.sector(sector).named) if withdrawn else Counter()
    marks = {name: company_erasures.name_mark(sector, name) for name, count in rows.items() if count == 1}
    return {name: withdrawn[mark] for name, mark in marks.items() if mark in withdrawn}


def _named_in(session: Session, organisation_id: int) -> Iterator[tuple[int, str]]:
    """The closed periods that name a company, or one that was merged into it, each with the mark of the name there."""
    companies = company_erasures.with_merged(session, organisation_id)
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
    """Who rested in which cell of what is published of a period.

    Before that was kept, everybody with a score was in the figures of a sector that showed any, and in no smaller cell.
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
    agreed: Sequence[NamedSubmission], places: Mapping[str, Contribution]
) -> Mapping[str, Sequence[AnswerSheet]]:
    """By sector, the sheets with their verdicts of those that stand there by their names and that somebody judged."""
    sheets: dict[str, list[AnswerSheet]] = {}
    for s, sheet in agreed:
        place = places.get(str(s.organisation_id))  # not by its name: two companies may bear the same
        if place is not None and place.is_named and sheet.verdicts:
            sheets.setdefault(s.sector or UNSTATED_SECTOR, []).append(sheet)
    return sheets


def _registered_companies(
    session: Session,
    compiled: CompiledEdition,
    year: int,
    agreed: list[NamedSubmission],
    progress: Progress | None = None,
) -> Iterator[RegisteredCompany]:
    """Every company of the period that counts, one after the other; some may be invented.

    The sheets of those that agreed to be named are put into `agreed` as they go by.
    """
    verdicts = store.verdicts_of_period(session, year)  # at once, and not for each company
    total = store.submitted_count(session, year) if progress is not None else 0
    for number, s in enumerate(store.iter_latest_submissions(session, year, counting=True), 1):
        if progress is not None:
            progress(number, total)
        if s.edition_digest != compiled.edition.digest:
            continue
        if s.consent == "named":
            sheet = store.claimed_sheet(s, compiled.edition, verdicts.get(s.assessment_id, ()))
            agreed.append((s, sheet))
            yield replace(_registered_company(s), verified=verified_record(compiled, sheet))
        else:
            yield _registered_company(s)
    # Silence does not take back that one wants to be in no figure.
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


def _noting_sectors(entries: Iterable[RegisteredCompany], sectors: dict[str, str]) -> Iterator[RegisteredCompany]:
    """The entries, one after the other; the sectors of those that may be counted are put into `sectors`, by id."""
    for entry in entries:
        if entry.consent != "private":
            sectors[entry.id] = entry.sector
        yield entry


def _public_lists(session: Session, year: int) -> list[PublicList]:
    """The public lists of a period, in the order in which they were imported."""
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
    """A company of a list as it counts: what nobody has confirmed to be its own, it has not done."""
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
    """A submission as it counts in published figures."""
    sheet = json.loads(s.sheet)
    return RegisteredCompany(
        company=s.organisation,
        sector=s.sector or UNSTATED_SECTOR,
        consent=_consent(s.consent),
        scores=record_from_json(s.scores),
        id=str(s.organisation_id),
        region=_region(sheet["answers"].get(HEADQUARTERS_QUESTION, {}).get("value", "")),
        size=sheet["profile"].get(SIZE_FIELD, {}).get("value", ""),
        need=need_group(_known_countries(sheet["answers"].get(OPERATIONS_QUESTION, {}).get("value", ""))),
        demonstration=s.demonstration,
    )


def _region(headquarters: str) -> str:
    """Of a headquarters in one country; where several are named it is not said which one counts."""
    country = countries().get(headquarters)
    return country.region if country else ""


def _known_countries(written: str) -> list[str]:
    """Of an answer that names countries; none where it does not apply."""
    return [code for code in written.split("|") if code in countries()]


def _consent(kept: str) -> Consent:
    if kept == "named":
        return "named"
    return "counted" if kept == "counted" else "private"
