"""From what is kept to what is public: the record of a submission, and the closing of a period."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from compliance import store
from compliance.benchmark.named import named_leagues
from compliance.benchmark.places import Place, places_from_json, places_to_json
from compliance.benchmark.snapshot import Closing, Snapshot, make_closing, snapshot_from_json, snapshot_to_json
from compliance.benchmark.tally import Consent, Entry, Named, named_company
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.loader import edition_from_canonical
from compliance.questionnaire.steering import HEADQUARTERS
from compliance.scoring.plan import Plan, compile_edition
from compliance.scoring.record import Record, record_all

#: The sector of companies that never said theirs.
UNSTATED = "unstated"
#: A submission of a company that agreed to be named, and its answers with the verdicts on them.
Agreed: TypeAlias = tuple[store.Submitted, AnswerSheet]


def submission_scores(plan: Plan) -> Callable[[AnswerSheet], str]:
    """What `store.submit` keeps as scores: the claimed and the evidenced scorecard of a sheet, as text."""
    return lambda sheet: record_text(record_all(plan, [sheet])[0])


def record_text(record: Record) -> str:
    """A record as it is kept: JSON at full precision."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def would_name(plan: Plan, sheet: AnswerSheet) -> Named | None:
    """The line that would stand in public of a company that agrees to be named; None without a score."""
    (record,) = record_all(plan, [sheet])
    if not Entry(sheet.company, "", "named", record).has_score:
        return None
    return named_company(plan.edition, sheet.company, record, _verified(plan, sheet))


def _verified(plan: Plan, sheet: AnswerSheet) -> Record | None:
    return record_all(plan, [sheet], ["verified"])[0] if sheet.verdicts else None


def close_and_publish(session: Session, edition: Edition, year: int, *, by: int | None, at: datetime) -> Snapshot:
    """Close a period for good and freeze what the public may see of it. Raise NotFound or PeriodClosed."""
    frozen: list[Closing] = []

    def snapshot() -> str:
        frozen.append(_closing(session, edition, year, as_of=at.date()))
        return snapshot_to_json(frozen[0].snapshot)

    def places() -> str:
        return places_to_json(frozen[0].places)

    store.close_period(session, year, by=by, at=at, snapshot=snapshot, places=places)
    store.keep_edition(session, edition, at=at)  # also where nobody submitted, or the figures could not be read again
    return frozen[0].snapshot


def would_publish(session: Session, edition: Edition, year: int, *, as_of: date) -> Snapshot:
    """What closing a period on that day would freeze, for the steward to look at first."""
    return _closing(session, edition, year, as_of=as_of).snapshot


def _closing(session: Session, edition: Edition, year: int, *, as_of: date) -> Closing:
    years = store.published_years(session)
    nearest = (*[y for y in years if y < year][:1], *[y for y in years if y > year][-1:])
    agreed: list[Agreed] = []
    plan = compile_edition(edition)
    return make_closing(
        edition,
        year,
        _entries(session, plan, year, agreed),
        as_of,
        neighbours=[_places(session, edition, neighbour) for neighbour in nearest],
        leagues=lambda places: named_leagues(plan, _judged_sheets(agreed, places)),
    )


def published_snapshot(session: Session, year: int) -> Snapshot:
    """What the public may see of a period. Raise NotFound while it is open."""
    published = store.published(session, year)
    return snapshot_from_json(published.content, published.digest)


def _places(session: Session, edition: Edition, year: int) -> Mapping[str, Place]:
    """Who rested in which cell of what is published of a period.

    Before that was kept, everybody with a score was in the figures of a sector that showed any, and in no smaller cell.
    """
    published = store.published(session, year)
    if published.places is not None:
        return places_from_json(published.places)
    snapshot, places = snapshot_from_json(published.content, published.digest), {}
    shown = frozenset(snapshot.together.sectors)
    same = snapshot.digest == edition.digest
    scale = (edition if same else edition_from_canonical(store.edition_text(session, snapshot.digest))).scale
    for s in store.each_latest_submission(session, year):
        entry = _entry(s)
        if s.edition_digest != snapshot.digest:
            continue
        if entry.has_score and entry.consent != "private" and entry.scores is not None:
            score = entry.scores["claimed"]["standings"][OVERALL]["score"] / scale
            sector = "" if entry.consent == "named" else entry.sector
            if entry.consent == "named" or sector in shown:
                places[entry.id] = Place(sector, "", "", score)
    return places


def _judged_sheets(agreed: Sequence[Agreed], places: Mapping[str, Place]) -> Mapping[str, Sequence[AnswerSheet]]:
    """By sector, the sheets with their verdicts of those that stand there by their names and that somebody judged."""
    sheets: dict[str, list[AnswerSheet]] = {}
    for s, sheet in agreed:
        place = places.get(str(s.organisation_id))  # not by its name: two companies may bear the same
        if place is not None and place.is_named and sheet.verdicts:
            sheets.setdefault(s.sector or UNSTATED, []).append(sheet)
    return sheets


def _entries(session: Session, plan: Plan, year: int, agreed: list[Agreed]) -> Iterator[Entry]:
    """Every registered company of the period, one after the other; some may be invented.

    The sheets of those that agreed to be named are put into `agreed` as they go by.
    """
    judged = store.judged_in(session, year)
    for s in store.each_latest_submission(session, year):
        if s.edition_digest != plan.edition.digest:
            continue
        if s.consent == "named":
            if s.assessment_id in judged:
                sheet = store.submitted_sheet(session, s, plan.edition)
            else:
                sheet = store.claimed_sheet(s, plan.edition)  # without asking the database once for each company
            agreed.append((s, sheet))
            yield replace(_entry(s), verified=_verified(plan, sheet))
        else:
            yield _entry(s)
    # Silence does not take back that one wants to be in no figure.
    kept = store.kept_by_the_silent(session, year)
    for silent in store.silent_companies(session, year):
        consent: Consent = "private" if kept.get(silent.organisation_id) == "private" else "counted"
        yield Entry(
            silent.organisation,
            silent.sector or UNSTATED,
            consent,
            None,
            id=str(silent.organisation_id),
            demonstration=silent.demonstration,
        )


def _entry(s: store.Submitted) -> Entry:
    """What a company handed in, as it counts."""
    sheet = json.loads(s.sheet)
    return Entry(
        s.organisation,
        s.sector or UNSTATED,
        _consent(s.consent),
        json.loads(s.scores),
        id=str(s.organisation_id),
        region=_region(sheet["answers"].get(HEADQUARTERS, {}).get("value", "")),
        size=sheet["profile"].get("size", {}).get("value", ""),
        demonstration=s.demonstration,
    )


def _region(headquarters: str) -> str:
    """Of a headquarters in one country; where several are named it is not said which one counts."""
    country = countries().get(headquarters)
    return country.region if country else ""


def _consent(kept: str) -> Consent:
    if kept == "named":
        return "named"
    return "counted" if kept == "counted" else "private"
