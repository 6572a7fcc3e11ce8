"""What is due to go of the data that nothing else rests on, by the days that each kind is kept, and its deletion.

What the audit trail vouches for, and what figures rest on, has no period: it is kept for good.
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
#: After which a file that is not whole is no longer being written.
_DAYS_TO_WRITE = 1
#: Data and a moment before which they are due → their numbers, or their digests.
_Find: TypeAlias = Callable[[Session, datetime], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class DueData:
    """Data of one kind whose time has come."""

    kind: str
    days: int | None  # after which it is due; None: at once
    keys: tuple[Any, ...]  # numbers, digests of files, names of unfinished ones


def due_data(session: Session, storage: FileStorage, days: Mapping[str, int], *, at: datetime) -> tuple[DueData, ...]:
    """What is due to go, by kind; nothing changes."""
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
    """What was deleted of one kind, and what could not be."""

    kind: str
    number: int
    kept: tuple[str, ...] = ()  # of what had to stay, what it is and why
    erasures: tuple[Erasure, ...] = ()  # to be noted before the commit


def delete_due(session: Session, due: DueData, *, at: datetime) -> DeletedData:
    """Delete what is due of one kind, but for files: they go once the rows are gone (`remove_files`).

    Those that are unfinished have no rows (`clear_unfinished`).
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
    """Delete files that nothing names and that nobody sent again since, and what was read in them."""
    named = set(named_files(session.connection()))
    gone = [digest for digest in digests if digest not in named and storage.remove(digest, before=before)]
    for column in (DocumentTextRow.digest, KeptSuggestionsRow.digest):
        _delete(session, column, gone)
    return DeletedData("files", len(gone))


def clear_unfinished(storage: FileStorage, *, at: datetime) -> DeletedData:
    """Delete files whose writing was cut short, and put back those whose deletion was."""
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
    """People who were made inactive before a moment, by the last entry about that, or else by when they were added."""
    subject = "person/" + cast(Person.id, Text) + "/active"
    closed = select(func.max(TrailEntry.at)).where(TrailEntry.subject == subject)
    since = func.coalesce(closed.scalar_subquery(), Person.created_at)
    numbers = _numbers(session, Person.id, Person.active.is_(False), since < before)
    return [number for number in numbers if not is_erased(session, number)]


#: Kinds with a period, by rows alone.
_DATED: Mapping[str, _Find] = {
    "mails": _mails,
    "workbooks": _workbooks,
    "invitations": _invitations,
    "jobs": _jobs,
    "accounts": _accounts,
}


def unneeded_files(session: Session, storage: FileStorage, before: datetime) -> list[str]:
    """The digests of files that nothing names, and that nobody has sent since a moment."""
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
