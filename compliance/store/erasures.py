"""Erasing a person: what identifies them is deleted; their number, and what they did under it, stays.

The audit trail knows people by number alone. The words of what it notes under that number, such as their interests and
the names of their passkeys, are deleted (`erased_entries`), and the hash chain remains valid. What a person signed
(submissions, sign-offs, replies) stays as it was signed, with the name. An earlier backup still contains the person, so
each erasure is also noted in a file outside the database, and repeated when such a backup is restored. Erasures of
companies and drafts are noted in the same file (`company_erasures`).
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from compliance.atomic_write import synchronise_folder
from compliance.store.assignments import unassign_auditor
from compliance.store.audit_trail import TrailEvent, hold_trail, record_events
from compliance.store.colleague_invitations import withdraw_invitation
from compliance.store.company_models import ColleagueInvitationRow, JoinRequestRow, MembershipRow
from compliance.store.erased_entries import (
    ERASED,
    NO_DIGESTS,
    entries_about_person,
    erase_words,
    last_said,
    state_anew,
)
from compliance.store.exceptions import LastOwner, NotFound
from compliance.store.independence import withdraw_interest
from compliance.store.memberships import lock_members, remove_member, withdraw_request
from compliance.store.models import Assignment, Organisation, Person, TrailEntry
from compliance.store.people_and_roles import member, new_session_mark, set_active, set_roles
from compliance.store.review_models import DeclaredInterest
from compliance.store.second_factors import reset_second_factor
from compliance.store.sign_in_models import ErasureRequestRow
from compliance.store.transactions import insert_unless_there
from compliance.store.work_models import MailOptOut, OutboxMail

#: In place of the name: the same in every language.
_NO_NAME = "#{}"
#: In place of an erased person's e-mail address. No mail can be delivered to it (RFC 2606).
_NO_ADDRESS = "erased-{}@erased.invalid"


#: Who or what was erased: a person, a company, or the draft of an assessment.
ErasedKind: TypeAlias = Literal["person", "company", "draft"]
ERASED_KINDS: tuple[ErasedKind, ...] = get_args(ErasedKind)


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of a person, a company or a draft: only what is needed to repeat it."""

    number: int
    created_at: datetime  # of the account, company or assessment: other installations may use the same number
    at: datetime
    kind: ErasedKind = "person"


def is_erased(session: Session, person_id: int) -> bool:
    """Tell whether a person was erased."""
    address = _NO_ADDRESS.format(person_id)
    return bool(session.scalar(select(exists().where(Person.id == person_id, Person.email == address))))


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """The ids of erased people and companies, and the counts of erased drafts and emptied trail entries."""

    people: tuple[int, ...]
    companies: tuple[int, ...]
    drafts: int
    entries: int  # emptied: their words are deleted
    unsalted: int  # of these, from before migration 0028: short words can be guessed from their hash


def erasure_counts(session: Session) -> ErasureCounts:
    """Count what was erased so far."""
    people = select(Person.id).where(Person.email.like(_NO_ADDRESS.format("%"))).order_by(Person.id)
    companies = select(Organisation.id).where(Organisation.erased_at.is_not(None)).order_by(Organisation.id)
    drafts = (TrailEntry.what == "erasure", TrailEntry.subject.like(f"assessment/%{ERASED}"))
    entries = select(func.count(), func.count().filter(TrailEntry.erased == NO_DIGESTS))
    return ErasureCounts(
        tuple(session.scalars(people)),
        tuple(session.scalars(companies)),
        session.scalar(select(func.count()).where(*drafts)) or 0,
        *session.execute(entries.where(TrailEntry.erased.is_not(None))).one(),
    )


def unsalted_words(number: int) -> str:
    """Return a warning, for the command line, about this number of emptied entries from before migration 0028."""
    those = "1 of the emptied entries is" if number == 1 else f"{number} of the emptied entries are"
    return (
        f"{those} from before migration 0028, without a salt. The words are deleted, but the chain rests on a hash of "
        "them, against which whoever has the database can try short answers; long texts cannot be guessed."
    )


def erase_person(
    session: Session, person_id: int, *, by: int | None, at: datetime, although_last_owner: bool = False
) -> Erasure:
    """Erase a person and what the trail says about them. They can no longer sign in.

    What they wrote for companies stays. Raise NotFound, or LastOwner for the only owner of a company, before anything
    is changed. With `although_last_owner`, their number stays its owner.
    """
    known = member(session, person_id)
    _hold(session, person_id, known.email)
    if _owns_alone(session, person_id) and not although_last_owner:
        raise LastOwner("a company keeps at least one owner: make somebody else an owner first")
    for held in session.scalars(
        select(MembershipRow.organisation_id).where(MembershipRow.person_id == person_id)
    ).all():
        with suppress(LastOwner):
            remove_member(session, held, person_id, by=by, at=at)
    set_roles(session, person_id, (), by=by, at=at)
    for assessment_id in session.scalars(
        select(Assignment.assessment_id).where(Assignment.auditor_id == person_id)
    ).all():
        unassign_auditor(session, assessment_id, auditor=person_id, by=by, at=at)
    interests = select(DeclaredInterest.organisation_id).where(DeclaredInterest.person_id == person_id)
    for organisation_id in session.scalars(interests).all():
        withdraw_interest(session, person_id, organisation_id, by=None, at=at)
    _forget_letters(session, person_id, known.email, known.name, by=by, at=at)
    reset_second_factor(session, person_id, reason="erased", by=by, at=at)
    set_active(session, person_id, False, by=by, at=at)
    nothing = {
        "email": _NO_ADDRESS.format(person_id),
        "name": _NO_NAME.format(person_id),
        "language": "en",
        "password_hash": None,
        "confirmed_at": None,
        "first_password": False,
        "fs_uniquifier": new_session_mark(),
    }
    gone = update(Person).where(Person.id == person_id).values(nothing).returning(Person.created_at)
    created_at = session.execute(gone.execution_options(synchronize_session=False)).scalar_one()
    hold_trail(session)
    entries = entries_about_person(session, person_id, known.email)
    stated = last_said(session, entries, {"person": {person_id}})
    said = erase_words(session, entries)
    state_anew(session, stated, at=at)
    record_events(session, [TrailEvent("erasure", f"person/{person_id}{ERASED}", said, "erased")], by=by, at=at)
    session.expire_all()
    return Erasure(person_id, created_at, at)


def _hold(session: Session, person_id: int, email: str) -> None:
    """Lock a person, their request, and the companies that they belong to or may join: the trail comes last."""
    m, i, r = MembershipRow, ColleagueInvitationRow, JoinRequestRow
    companies = {
        *session.scalars(select(m.organisation_id).where(m.person_id == person_id)),
        *session.scalars(select(i.organisation_id).where(i.email == email, i.state == "open")),
        *session.scalars(select(r.organisation_id).where(r.person_id == person_id, r.state == "open")),
    }
    for number in sorted(companies):
        lock_members(session, number)
    for column in (Person.id, ErasureRequestRow.person_id):
        session.execute(select(column).where(column == person_id).with_for_update(key_share=True)).all()


def _forget_letters(session: Session, person_id: int, email: str, name: str, *, by: int | None, at: datetime) -> None:
    """Delete mails to a person, mails to others that name them, and the words of their invitations and requests."""
    to_them = or_(OutboxMail.person_id == person_id, OutboxMail.to == email)
    for gone in (
        delete(OutboxMail).where(or_(to_them, OutboxMail.id.in_(_mails_naming(session, email, name)))),
        delete(MailOptOut).where(MailOptOut.person_id == person_id),
        delete(ErasureRequestRow).where(ErasureRequestRow.person_id == person_id),
    ):
        session.execute(gone.execution_options(synchronize_session=False))
    invited, asked = ColleagueInvitationRow, JoinRequestRow
    opened = select(invited.organisation_id, invited.id).where(invited.email == email, invited.state == "open")
    for organisation_id, number in session.execute(opened).all():
        withdraw_invitation(session, organisation_id, number, by=by, at=at)
    for number in session.scalars(select(asked.id).where(asked.person_id == person_id, asked.state == "open")).all():
        withdraw_request(session, number, by=person_id, at=at)
    for blank in (
        update(invited).where(invited.email == email).values(email="", words=""),
        update(asked).where(asked.person_id == person_id).values(words="", reason=""),
    ):
        session.execute(blank.execution_options(synchronize_session=False))


def _mails_naming(session: Session, email: str, name: str) -> list[int]:
    """Return the ids of mails that contain a person's address, or that were given up and contain their name.

    A mail that is still to be sent is not deleted for the name alone, which may be somebody else's or an ordinary word.
    Its text is deleted once it is sent.
    """
    m = OutboxMail
    address, either = (
        re.compile(rf"(?<![\w.+-])({'|'.join(re.escape(' '.join(words.split())) for words in known)})(?!\w)")
        for known in ((email,), (email, name) if name else (email,))
    )
    kept = session.execute(select(m.id, m.subject, m.text, m.given_up_at).where(m.text != "")).all()
    return [
        row.id
        for row in kept
        if (either if row.given_up_at else address).search(" ".join([row.subject, *row.text.split()]))
    ]


# ── Requests of people


def needs_steward(session: Session, person_id: int) -> bool:
    """Tell whether only a steward can erase a person, since others depend on what they do.

    This applies to anybody with a role other than working for companies, and to the only owner of a company.
    """
    return bool(member(session, person_id).roles - {"company"}) or _owns_alone(session, person_id)


def _owns_alone(session: Session, person_id: int) -> bool:
    """Tell whether a person is the only owner of a company."""
    owned = select(MembershipRow.organisation_id).where(
        MembershipRow.person_id == person_id, MembershipRow.role == "owner"
    )
    others = exists().where(
        MembershipRow.organisation_id == Organisation.id,
        MembershipRow.role == "owner",
        MembershipRow.person_id != person_id,
    )
    return bool(session.scalar(select(exists().where(Organisation.id.in_(owned), ~others))))


def ask_erasure(session: Session, person_id: int, *, at: datetime) -> None:
    """Record a person's request to be erased, unless there is one already."""
    new = insert_unless_there(session, ErasureRequestRow, ["person_id"]).values(person_id=person_id, at=at)
    if session.execute(new.returning(ErasureRequestRow.person_id)).first() is not None:
        event = TrailEvent("person", f"person/{person_id}/erasure", "", "asked for")
        record_events(session, [event], by=person_id, at=at)


def withdraw_erasure(session: Session, person_id: int, *, at: datetime) -> None:
    """Withdraw a person's request to be erased, if there is one."""
    gone = delete(ErasureRequestRow).where(ErasureRequestRow.person_id == person_id)
    taken_back = session.execute(
        gone.returning(ErasureRequestRow.person_id).execution_options(synchronize_session=False)
    )
    if taken_back.first() is not None:
        event = TrailEvent("person", f"person/{person_id}/erasure", "asked for", "")
        record_events(session, [event], by=person_id, at=at)


def erasure_requests(session: Session) -> Mapping[int, datetime]:
    """Return when people asked to be erased, by person id, the oldest request first."""
    r = ErasureRequestRow
    rows = session.execute(select(r.person_id, r.at).order_by(r.at, r.person_id))
    return {row.person_id: row.at for row in rows}


# ── The file of erasures


def note_erasure(file: Path, *erasures: Erasure) -> None:
    """Append erasures to the file and flush it to disk, before the database commits. Raise OSError."""
    lines = [
        {
            erasure.kind: erasure.number,
            "created": erasure.created_at.astimezone(UTC).isoformat(),
            "erased": erasure.at.astimezone(UTC).isoformat(),
        }
        for erasure in erasures
    ]
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as opened:
        opened.writelines(json.dumps(line) + "\n" for line in lines)
        opened.flush()
        os.fsync(opened.fileno())
    synchronise_folder(file.absolute().parent)


def read_erasures(file: Path) -> tuple[Erasure, ...]:
    """Return the erasures in a file, oldest first. Raise OSError, or ValueError, which names the unreadable line."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            said = json.loads(line)
            kind = next(kind for kind in ERASED_KINDS if kind in said)
            created, at = datetime.fromisoformat(said["created"]), datetime.fromisoformat(said["erased"])
            if type(said[kind]) is not int or created.tzinfo is None or at.tzinfo is None:
                raise ValueError
        except (ValueError, KeyError, TypeError, StopIteration) as fault:
            raise ValueError(f"line {number} is not as this tool writes it") from fault
        found.append(Erasure(said[kind], created, at, kind))
    return tuple(found)


def repeat_erasures(session: Session, erasures: Iterable[Erasure], *, at: datetime) -> int:
    """Erase again the people who were erased since a backup was made, and return how many.

    Erasures of other kinds, and of people of other installations, are skipped.
    """
    done = 0
    for erasure in erasures:
        same = exists().where(Person.id == erasure.number, Person.created_at == erasure.created_at)
        if erasure.kind == "person" and session.scalar(select(same)) and not is_erased(session, erasure.number):
            erase_person(session, erasure.number, by=None, at=at, although_last_owner=True)
            done += 1
    return done


def require_person(session: Session, email: str) -> int:
    """Return the id of the person with an e-mail address. Raise NotFound."""
    found = session.scalar(select(Person.id).where(Person.email == email.strip().lower()))
    if found is None:
        raise NotFound(f"nobody has the address {email}")
    return found
