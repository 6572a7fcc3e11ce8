"""Independence of auditors: the ties to a company that bar an auditor from its assessments.

An auditor is tied to every company that they work or worked for or have declared an interest in; to companies merged
into these, or that these were merged into; and to companies that share a group, an owner or a web domain with one of
them, even if the steward lets those count apart in figures. A tied auditor is not assigned, and an assignment ends when
a tie arises. Their earlier verdicts and sign-offs stay: pages say whose they are, the next auditor goes through them,
and the steward can revoke the sign-off.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from sqlalchemy import String, cast, delete, literal, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, hold_trail, record_events, storable_text
from compliance.store.company_models import MembershipRow
from compliance.store.exceptions import AlreadyExists, NotFound, StoreError
from compliance.store.models import Assessment, Assignment, Organisation, Person, TrailEntry
from compliance.store.review_models import DeclaredInterest
from compliance.store.transactions import insert_unless_there

#: What ties an auditor to a company: membership, an interest, or a group, owner or domain shared with such a company.
TieKind: TypeAlias = Literal["member", "interest", "group", "owner", "domain"]
TIE_KINDS: tuple[TieKind, ...] = get_args(TieKind)
_SAID: Mapping[TieKind, str] = {
    "member": "works or worked for {0}",
    "interest": "declared an interest in {0}",
    "group": "is tied to {0}, of the same group",
    "owner": "is tied to {0}, which has the same owner",
    "domain": "is tied to {0}, which has the same web domain",
}


@dataclass(frozen=True, slots=True)
class Tie:
    """Why an auditor is not independent of a company."""

    kind: TieKind
    through: str  # name of the company that the auditor works or worked for, or declared an interest in

    @property
    def words(self) -> str:
        """The tie in English, for the trail and the command line."""
        return _SAID[self.kind].format(self.through)


class NotIndependent(StoreError):
    """An auditor is tied to a company, so its assessments cannot be assigned to them."""

    def __init__(self, tie: Tie) -> None:
        super().__init__(f"the auditor {tie.words}: choose another auditor")
        self.tie = tie


@dataclass(frozen=True, slots=True)
class InterestOfAuditor:
    """An interest that was declared of an auditor."""

    organisation_id: int
    organisation: str
    what: str
    at: datetime
    by: int | None  # who declared it; None: from the command line
    by_name: str


@dataclass(frozen=True, slots=True)
class EndedAssignment:
    """An assignment that ended because a tie arose."""

    assessment_id: int
    organisation: str
    year: int
    auditor: int
    at: datetime
    tie: Tie


@dataclass(frozen=True, slots=True)
class _Registered:
    """What ties depend on of a registered company."""

    id: int
    name: str
    root: int  # id of the company that it was merged into, or its own
    group_id: int | None
    domain: str
    owners: frozenset[int]


def ties_of(session: Session, auditor: int) -> Mapping[int, Tie]:
    """Return the companies that an auditor is tied to, by id, each with the closest tie."""
    return _ties(session, [auditor])[auditor]


def require_independence(session: Session, auditor: int, organisation_id: int) -> None:
    """Raise NotIndependent if an auditor is tied to a company. No tie can arise until the commit."""
    # A transaction that creates a tie records it in the trail and then looks for assignments. With the trail locked,
    # either it sees the new assignment, or this sees the tie.
    hold_trail(session)
    tie = ties_of(session, auditor).get(organisation_id)
    if tie is not None:
        raise NotIndependent(tie)


def end_tied_assignments(
    session: Session, *, auditors: Collection[int] | None = None, by: int | None, at: datetime
) -> tuple[EndedAssignment, ...]:
    """End assignments of these auditors, or of all, to companies that they are now tied to. Return the ended ones."""
    hold_trail(session)
    query = (
        select(
            Assignment.auditor_id,
            Assignment.assessment_id,
            Assessment.organisation_id,
            Organisation.name,
            Assessment.period_year,
        )
        .join(Assessment, Assessment.id == Assignment.assessment_id)
        .join(Organisation, Organisation.id == Assessment.organisation_id)
        .order_by(Assignment.auditor_id, Assignment.assessment_id)
    )
    if auditors is not None:
        query = query.where(Assignment.auditor_id.in_(auditors))
    assigned = session.execute(query).all()
    if not assigned:
        return ()
    ties = _ties(session, {row.auditor_id for row in assigned})
    ended = []
    for auditor, assessment, organisation, name, year in assigned:
        if (tie := ties[auditor].get(organisation)) is not None:
            gone = delete(Assignment).where(Assignment.assessment_id == assessment, Assignment.auditor_id == auditor)
            session.execute(gone.execution_options(synchronize_session=False))
            ended.append(EndedAssignment(assessment, name, year, auditor, at, tie))
    record_events(session, [_ended_event(one) for one in ended], by=by, at=at)
    return tuple(ended)


def ended_assignments(session: Session, *, auditor: int | None = None) -> tuple[EndedAssignment, ...]:
    """Return the assignments of an auditor, or of all, that ended because a tie arose, the latest first."""
    ended = TrailEntry.after.startswith(_ENDED, autoescape=True)
    query = select(TrailEntry.subject, TrailEntry.before, TrailEntry.after, TrailEntry.at)
    query = query.where(TrailEntry.what == "assignment", ended).order_by(TrailEntry.id.desc())
    if auditor is not None:
        query = query.where(TrailEntry.before == person_subject(auditor))
    rows = session.execute(query).all()
    numbers = [int(row.subject.split("/")[1]) for row in rows]
    about = select(Assessment.id, Organisation.name, Assessment.period_year).join(Organisation)
    known = {row[0]: row[1:] for row in session.execute(about.where(Assessment.id.in_(numbers)))}
    return tuple(
        EndedAssignment(number, *known[number], int(row.before.split("/")[1]), row.at, _noted_tie(row.after))
        for number, row in zip(numbers, rows, strict=True)
    )


def declare_interest(
    session: Session, auditor: int, organisation_id: int, *, what: str, by: int | None, at: datetime
) -> tuple[EndedAssignment, ...]:
    """Declare an auditor's interest in a company. Return the assignments that end because of it.

    Raise NotFound for an unknown or erased company, or AlreadyExists if an interest is declared already.
    """
    _require_company(session, organisation_id)
    said = storable_text(what).strip()
    row = {"person_id": auditor, "organisation_id": organisation_id, "what": said, "at": at, "by": by}
    new = insert_unless_there(session, DeclaredInterest, ["person_id", "organisation_id"]).values(row)
    if session.execute(new.returning(DeclaredInterest.person_id)).first() is None:
        raise AlreadyExists(f"person {auditor} has declared an interest in company {organisation_id} already")
    _require_company(session, organisation_id)  # again: it may have been erased while this waited
    record_events(
        session, [TrailEvent("interest", _interest_subject(auditor, organisation_id), "", said)], by=by, at=at
    )
    return end_tied_assignments(session, auditors=[auditor], by=by, at=at)


def _require_company(session: Session, organisation_id: int) -> None:
    here = Organisation.id == organisation_id, Organisation.erased_at.is_(None)
    if session.scalar(select(Organisation.id).where(*here)) is None:
        raise NotFound(f"no company {organisation_id}")


def withdraw_interest(session: Session, auditor: int, organisation_id: int, *, by: int | None, at: datetime) -> None:
    """Withdraw an interest. Assignments that ended because of it are not restored. Raise NotFound.

    An auditor can only withdraw an interest that they declared themselves; other people can withdraw any.
    """
    same = (DeclaredInterest.person_id == auditor, DeclaredInterest.organisation_id == organisation_id)
    own = (DeclaredInterest.by == auditor,) if by == auditor else ()
    hold_trail(session)  # first, as when a company is erased, so that there is no deadlock
    gone = delete(DeclaredInterest).where(*same, *own).returning(DeclaredInterest.what)
    row = session.execute(gone.execution_options(synchronize_session=False)).first()
    if row is None:
        raise NotFound(f"person {auditor} has declared no interest in company {organisation_id}")
    record_events(
        session, [TrailEvent("interest", _interest_subject(auditor, organisation_id), row.what, "")], by=by, at=at
    )


def assignment_subject(assessment_id: int) -> str:
    """Return the trail subject of the auditors of an assessment."""
    return f"assessment/{assessment_id}/auditors"


def person_subject(person_id: int) -> str:
    """Return the trail subject of a person."""
    return f"person/{person_id}"


def _interest_subject(auditor: int, organisation_id: int) -> str:
    return f"{person_subject(auditor)}/interest/organisation/{organisation_id}"


_ENDED = "ended\n"


def _ended_event(ended: EndedAssignment) -> TrailEvent:
    after = f"{_ENDED}{ended.tie.kind}\n{ended.tie.through}"
    return TrailEvent("assignment", assignment_subject(ended.assessment_id), person_subject(ended.auditor), after)


def _noted_tie(after: str) -> Tie:
    kind, _line, through = after.removeprefix(_ENDED).partition("\n")
    return Tie(next(known for known in TIE_KINDS if known == kind), through)


def _registered(session: Session) -> Mapping[int, _Registered]:
    owners: defaultdict[int, set[int]] = defaultdict(set)
    m = MembershipRow
    for organisation, person in session.execute(select(m.organisation_id, m.person_id).where(m.role == "owner")):
        owners[organisation].add(person)
    o = Organisation
    query = select(o.id, o.name, o.merged_into, o.group_id, o.website_domain)
    return {
        number: _Registered(number, name, merged or number, group, domain, frozenset(owners[number]))
        for number, name, merged, group, domain in session.execute(query)
    }


def _ties(session: Session, auditors: Collection[int]) -> Mapping[int, Mapping[int, Tie]]:
    """Return the ties of several auditors, by auditor and company id."""
    registered = _registered(session)
    worked, interests = _companies_ever(session, auditors), _companies_of_interest(session, auditors)
    return {auditor: _ties_through(registered, worked[auditor], interests[auditor]) for auditor in auditors}


def _ties_through(
    registered: Mapping[int, _Registered], worked: Collection[int], interests: Collection[int]
) -> Mapping[int, Tie]:
    near: dict[int, Tie] = {}  # by root
    for number in sorted(worked):
        near.setdefault(registered[number].root, Tie("member", registered[number].name))
    for number in sorted(interests):
        near.setdefault(registered[number].root, Tie("interest", registered[number].name))
    found = {}
    for company in registered.values() if near else ():
        here = registered[company.root]
        shared = (Tie(kind, tie.through) for root, tie in near.items() for kind in _shared(registered[root], here))
        tie = near.get(company.root) or next(shared, None)
        if tie is not None:
            found[company.id] = tie
    return found


def _shared(one: _Registered, other: _Registered) -> Iterable[TieKind]:
    if one.group_id is not None and one.group_id == other.group_id:
        yield "group"
    if one.owners & other.owners:
        yield "owner"
    if one.domain and one.domain == other.domain:
        yield "domain"


def _companies_ever(session: Session, people: Collection[int]) -> Mapping[int, Collection[int]]:
    """Return the ids of companies that people work for or, according to the trail, once worked for, by person."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    m = MembershipRow
    for person, organisation in session.execute(select(m.person_id, m.organisation_id).where(m.person_id.in_(people))):
        found[person].add(organisation)
    p, o = Person, Organisation
    # Each subject in full, so that the index finds it: the trail is much longer than the list of companies.
    subject = literal("organisation/") + cast(o.id, String) + literal("/member/") + cast(p.id, String)
    recorded = select(TrailEntry.id).where(TrailEntry.subject == subject, TrailEntry.what == "membership").exists()
    ever = select(p.id, o.id).join_from(p, o, recorded).where(p.id.in_(people))
    for person, organisation in session.execute(ever):
        found[person].add(organisation)
    return found


def _companies_of_interest(session: Session, people: Collection[int]) -> Mapping[int, Collection[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    i = DeclaredInterest
    for person, organisation in session.execute(select(i.person_id, i.organisation_id).where(i.person_id.in_(people))):
        found[person].add(organisation)
    return found
