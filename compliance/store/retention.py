"""Retention: finding and deleting the data whose retention period is over.

Only data that nothing else depends on has a retention period. What the audit trail vouches for, and what figures rest
on, is kept for good.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Text, cast, delete, func, or_, select
from sqlalchemy.orm import Session

from compliance.store.backups import named_files
from compliance.store.company_models import ColleagueInvitationRow, JoinRequestRow
from compliance.store.erasures import Erasure, erase_person, is_erased
from compliance.store.evidence_models import DocumentTextRow, KeptSuggestionsRow
from compliance.store.exceptions import LastOwner, NotFound
from compliance.store.file_storage import FileStorage
from compliance.store.models import AttemptCount, Person, TrailEntry
from compliance.store.review_models import WorkbookUpload
from compliance.store.sign_in_models import SignInSession
from compliance.store.sign_ins import ABSOLUTE_LIMIT
from compliance.store.work_models import Job, OutboxMail
from compliance.store.workbooks import discard_upload, workbook_upload

_AT_A_TIME = 500
#: Days after which an unfinished file is no longer being written.
_DAYS_TO_WRITE = 1
#: A function from a session and a moment to the keys of the data that are older, and so due.
_Find: TypeAlias = Callable[[Session, datetime], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class DueData:
    """Data of one kind whose retention period is over."""

    kind: str
    days: int | None  # retention period; None: due at once
    keys: tuple[Any, ...]  # ids, digests of files, or names of unfinished files


def due_data(session: Session, storage: FileStorage, days: Mapping[str, int], *, at: datetime) -> tuple[DueData, ...]:
    """Return the data that is due for deletion, by kind, without changing anything."""
    found = [
        DueData(kind, days[kind], tuple(find(session, at - timedelta(days[kind])))) for kind, find in _DATED.items()
    ]
    files = unneeded_files(session, storage, at - timedelta(days["files"]))
    sessions = _numbers(session, SignInSession.id, SignInSession.created_at < at - ABSOLUTE_LIMIT)
    forgotten = _numbers(session, AttemptCount.key, AttemptCount.forgotten_at <= at)
    return (
        *found,
        DueData("files", days["files"], tuple(files)),
        DueData("unfinished", _DAYS_TO_WRITE, tuple(storage.unfinished(at - timedelta(_DAYS_TO_WRITE)))),
        DueData("sign-ins", None, tuple(sessions)),
        DueData("attempts", None, tuple(forgotten)),
    )


@dataclass(frozen=True, slots=True)
class DeletedData:
    """How much data of one kind was deleted, and what could not be."""

    kind: str
    number: int
    kept: tuple[str, ...] = ()  # what could not be deleted, and why, in words
    erasures: tuple[Erasure, ...] = ()  # to be noted in the file of erasures before the commit


def delete_due(session: Session, due: DueData, *, at: datetime) -> DeletedData:
    """Delete the due data of one kind, except files.

    Files are deleted after the rows that refer to them (`remove_files`), and unfinished ones by `clear_unfinished`.
    """
    if due.kind == "accounts":
        return _close_accounts(session, due.keys, at=at)
    if due.kind == "workbooks":
        for number, assessment_id in due.keys:
            discard_upload(session, workbook_upload(session, assessment_id, number), by=None, at=at)
        return DeletedData(due.kind, len(due.keys))
    if due.kind == "invitations":
        for model in (ColleagueInvitationRow, JoinRequestRow):
            _delete(session, model.id, [number for table, number in due.keys if table == model.__tablename__])
        return DeletedData(due.kind, len(due.keys))
    column = {"mails": OutboxMail.id, "jobs": Job.id, "sign-ins": SignInSession.id, "attempts": AttemptCount.key}
    _delete(session, column[due.kind], due.keys)
    return DeletedData(due.kind, len(due.keys))


def remove_files(session: Session, storage: FileStorage, digests: Iterable[str], *, before: datetime) -> DeletedData:
    """Delete files that nothing refers to and that were last put in before a moment, with texts and suggestions."""
    named = set(named_files(session.connection()))
    gone = [digest for digest in digests if digest not in named and storage.remove(digest, before=before)]
    for column in (DocumentTextRow.digest, KeptSuggestionsRow.digest):
        _delete(session, column, gone)
    return DeletedData("files", len(gone))


def clear_unfinished(storage: FileStorage, *, at: datetime) -> DeletedData:
    """Delete files whose writing was interrupted, and restore those whose deletion was."""
    return DeletedData("unfinished", storage.clear_unfinished(at - timedelta(_DAYS_TO_WRITE)))


def _close_accounts(session: Session, numbers: Iterable[int], *, at: datetime) -> DeletedData:
    erased, kept = [], []
    for number in numbers:
        try:
            erased.append(erase_person(session, number, by=None, at=at))
        except LastOwner:
            kept.append(f"person {number} is the only owner of a company: let somebody else become one")
    return DeletedData("accounts", len(erased), tuple(kept), tuple(erased))


def _mails(session: Session, before: datetime) -> Sequence[int]:
    return _numbers(session, OutboxMail.id, or_(OutboxMail.sent_at < before, OutboxMail.given_up_at < before))


def _workbooks(session: Session, before: datetime) -> Sequence[Any]:
    u = WorkbookUpload
    query = select(u.id, u.assessment_id).where(u.applied_at.is_(None), u.at < before).order_by(u.id)
    return [tuple(row) for row in session.execute(query)]


def _invitations(session: Session, before: datetime) -> Sequence[Any]:
    invited, asked = ColleagueInvitationRow, JoinRequestRow
    found = _numbers(session, invited.id, or_(invited.decided_at < before, invited.expires_at < before))
    requests = _numbers(session, asked.id, asked.decided_at < before)
    return [*((invited.__tablename__, each) for each in found), *((asked.__tablename__, each) for each in requests)]


def _jobs(session: Session, before: datetime) -> Sequence[int]:
    return _numbers(session, Job.id, Job.finished_at < before)


def _accounts(session: Session, before: datetime) -> Sequence[int]:
    """Return the ids of people made inactive before a moment, by the trail, or else added inactive before it."""
    subject = "person/" + cast(Person.id, Text) + "/active"
    closed = select(func.max(TrailEntry.at)).where(TrailEntry.subject == subject)
    since = func.coalesce(closed.scalar_subquery(), Person.created_at)
    numbers = _numbers(session, Person.id, Person.active.is_(False), since < before)
    return [number for number in numbers if not is_erased(session, number)]


#: The kinds with a retention period that are found in the database alone.
_DATED: Mapping[str, _Find] = {
    "mails": _mails,
    "workbooks": _workbooks,
    "invitations": _invitations,
    "jobs": _jobs,
    "accounts": _accounts,
}


def unneeded_files(session: Session, storage: FileStorage, before: datetime) -> list[str]:
    """Return the digests of files that nothing refers to and that were last put in before a moment."""
    named, found = set(named_files(session.connection())), []
    for digest in sorted(set(storage.digests()) - named):
        try:
            if storage.kept_since(digest) < before:
                found.append(digest)
        except NotFound:  # somebody else deleted it
            continue
    return found


def _numbers(session: Session, column: Any, *which: ColumnElement[bool]) -> Sequence[Any]:
    return session.scalars(select(column).where(*which).order_by(column)).all()


def _delete(session: Session, column: Any, keys: Collection[Any]) -> None:
    wanted = list(keys)
    for begin in range(0, len(wanted), _AT_A_TIME):
        gone = delete(column.class_).where(column.in_(wanted[begin : begin + _AT_A_TIME]))
        session.execute(gone.execution_options(synchronize_session=False))
