"""The rows that belong to a company or to an assessment: how an erasure finds, locks and deletes them.

Locks are taken in this order: companies, texts of files, library items, assessments, other rows, and last the trail.
Others hold a row while they wait for the trail. An erasure that held the trail and waited for that row would end in a
deadlock, so it locks every row that it changes or deletes before the trail.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.answer_models import AnswerVersionRow, QuestionCommentRow
from compliance.store.backups import named_files
from compliance.store.company_models import (
    ColleagueInvitationRow,
    CompanyGroupRow,
    DelegationRow,
    JoinRequestRow,
    MembershipRow,
)
from compliance.store.desk_models import ReadCompanyRow
from compliance.store.evidence_models import (
    DocumentTextRow,
    Evidence,
    KeptSuggestionsRow,
    LibraryItemRow,
    LibraryVersion,
    PassageMarkRow,
    PassageOutcomeRow,
)
from compliance.store.invitation_models import InvitedCompanyRow
from compliance.store.models import (
    AnswerRow,
    Assessment,
    Assignment,
    ConsentChange,
    Determination,
    Organisation,
    Submission,
    TrailEntry,
)
from compliance.store.review_models import (
    DeclaredInterest,
    PassageCheckRow,
    Reopening,
    ReviewProgress,
    SignOff,
    WorkbookDownload,
    WorkbookUpload,
)
from compliance.store.work_models import ClosingPreview, Job, KeptScorecards

#: Tables of an assessment whose rows are deleted with a draft. A table comes before those that its rows refer to.
OF_DRAFT: tuple[Any, ...] = (
    PassageCheckRow,
    PassageMarkRow,
    Evidence,
    DelegationRow,
    QuestionCommentRow,
    AnswerRow,
    AnswerVersionRow,
    KeptScorecards,
)
#: Tables of an assessment whose rows are deleted with its company.
OF_ASSESSMENT: tuple[Any, ...] = (
    *OF_DRAFT,
    Determination,
    Assignment,
    WorkbookUpload,
    WorkbookDownload,
    SignOff,
    Reopening,
    Submission,
)
OF_SUBMISSION: tuple[Any, ...] = (ReviewProgress, ConsentChange)
OF_COMPANY: tuple[Any, ...] = (
    LibraryItemRow,
    MembershipRow,
    JoinRequestRow,
    ColleagueInvitationRow,
    DeclaredInterest,
)
_TEXTS: tuple[Any, ...] = (DocumentTextRow.digest, KeptSuggestionsRow.digest)
UNSYNCHRONISED: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def with_merged(session: Session, organisation_id: int) -> list[int]:
    """Return the ids of a company and of those that were merged into it."""
    one = or_(Organisation.id == organisation_id, Organisation.merged_into == organisation_id)
    return row_numbers(session, Organisation.id, one)


def row_numbers(session: Session, column: Any, *which: Any) -> list[Any]:
    """Return the values of a column in some rows, each once, in order."""
    return list(session.scalars(select(column).where(*which).distinct().order_by(column)))


# ── Locks


def hold_company(session: Session, organisation_id: int) -> list[int]:
    """Lock a company and those that were merged into it until the commit, and return their ids.

    Nobody can add a row that refers to them meanwhile.
    """
    for number in with_merged(session, organisation_id):  # on SQLite, other writers wait from here on
        same = update(Organisation).where(Organisation.id == number).values(name=Organisation.name)
        session.execute(same, **UNSYNCHRONISED)
    companies = with_merged(session, organisation_id)
    _hold(session, Organisation, Organisation.id.in_(companies))
    return companies


def hold_rows(session: Session, companies: Collection[int], groups: Collection[int]) -> list[int]:
    """Lock what belongs to locked companies, or refers to them, until the commit. Return the ids of their assessments.

    Memberships, join requests and invitations need no lock, as whoever changes one locks its company first. Assignments
    and interests must not be locked here, as whoever ends one locks the trail first.
    """
    assessments = row_numbers(session, Assessment.id, Assessment.organisation_id.in_(companies))
    for text in _TEXTS:
        _hold(session, text.class_, text.in_(files_of(session, companies, assessments)))
    _hold(session, LibraryItemRow, LibraryItemRow.organisation_id.in_(companies), key_share=True)
    for assessment_id in assessments:  # waits for a save under way; later saves find nothing
        held = update(Assessment).where(Assessment.id == assessment_id)
        session.execute(held.values(saves=Assessment.saves + 1), **UNSYNCHRONISED)
    hold_of_assessments(session, OF_ASSESSMENT, assessments)
    for model in OF_SUBMISSION:
        _hold(session, model, model.submission_id.in_(_submissions(assessments)))
    items = select(LibraryItemRow.id).where(LibraryItemRow.organisation_id.in_(companies))
    _hold(session, LibraryVersion, LibraryVersion.item_id.in_(items))
    _hold(session, CompanyGroupRow, CompanyGroupRow.id.in_(groups), key_share=True)
    for column in (InvitedCompanyRow.organisation_id, InvitedCompanyRow.possible_organisation_id):
        _hold(session, InvitedCompanyRow, column.in_(companies))
    _hold(session, ReadCompanyRow, ReadCompanyRow.organisation_id.in_(companies))
    _hold(session, ClosingPreview)
    return assessments


def hold_of_assessments(session: Session, models: Sequence[Any], assessments: Collection[int]) -> None:
    """Lock what `delete_of_assessments` deletes until the commit."""
    for model in models:
        if model is not Assignment:
            _hold(session, model, model.assessment_id.in_(assessments))
    _hold(session, Job, Job.subject.in_(_subjects(assessments)))


def _hold(session: Session, model: Any, *which: Any, key_share: bool = False) -> None:
    """Lock rows until the commit. `key_share`: others may still add rows that refer to them."""
    keys = model.__table__.primary_key.columns
    locked = select(*keys).where(*which).order_by(*keys).with_for_update(key_share=key_share)
    session.connection().execute(locked).all()


# ── Deletion


def delete_of_assessments(session: Session, models: Sequence[Any], assessments: Collection[int]) -> None:
    """Delete the rows of assessments in these tables, and the jobs about them."""
    marks = select(PassageMarkRow.id).where(PassageMarkRow.assessment_id.in_(assessments))
    session.execute(delete(PassageOutcomeRow).where(PassageOutcomeRow.mark_id.in_(marks)), **UNSYNCHRONISED)
    for model in models:
        session.execute(delete(model).where(model.assessment_id.in_(assessments)), **UNSYNCHRONISED)
    session.execute(delete(Job).where(Job.subject.in_(_subjects(assessments))), **UNSYNCHRONISED)


def delete_rows(session: Session, companies: Collection[int], assessments: Collection[int]) -> None:
    """Delete everything that companies gave, and what was decided about it."""
    for model in OF_SUBMISSION:
        session.execute(delete(model).where(model.submission_id.in_(_submissions(assessments))), **UNSYNCHRONISED)
    delete_of_assessments(session, OF_ASSESSMENT, assessments)
    items = select(LibraryItemRow.id).where(LibraryItemRow.organisation_id.in_(companies))
    session.execute(delete(LibraryVersion).where(LibraryVersion.item_id.in_(items)), **UNSYNCHRONISED)
    for model in OF_COMPANY:
        session.execute(delete(model).where(model.organisation_id.in_(companies)), **UNSYNCHRONISED)
    session.execute(delete(ClosingPreview), **UNSYNCHRONISED)


def unlink_companies(session: Session, companies: Collection[int]) -> None:
    """Let no invited company, and no company that is read, refer to these companies."""
    for column in (InvitedCompanyRow.organisation_id, InvitedCompanyRow.possible_organisation_id):
        unlinked = {column.key: None} | ({"matched_by": ""} if column.key == "organisation_id" else {})
        session.execute(update(InvitedCompanyRow).where(column.in_(companies)).values(unlinked), **UNSYNCHRONISED)
    read = update(ReadCompanyRow).where(ReadCompanyRow.organisation_id.in_(companies)).values(organisation_id=None)
    session.execute(read, **UNSYNCHRONISED)


def _submissions(assessments: Collection[int]) -> Any:
    return select(Submission.id).where(Submission.assessment_id.in_(assessments))


def _subjects(assessments: Collection[int]) -> list[str]:
    return [f"assessment/{number}" for number in assessments]


# ── Files


def files_of(session: Session, companies: Collection[int], assessments: Collection[int]) -> set[str]:
    """Return the digests of the files that these companies uploaded, and of uploaded workbooks and questionnaires."""
    versions = (
        select(LibraryVersion.digest)
        .join(LibraryItemRow, LibraryItemRow.id == LibraryVersion.item_id)
        .where(LibraryItemRow.organisation_id.in_(companies), LibraryVersion.digest != "")
    )
    uploads = select(WorkbookUpload.digest).where(WorkbookUpload.assessment_id.in_(assessments))
    return {*session.scalars(versions), *session.scalars(uploads), *returned_files(session, assessments)}


def returned_files(session: Session, assessments: Collection[int]) -> set[str]:
    """Return the digests of uploaded questionnaires, which only the trail contains."""
    found = set()
    for number in assessments:
        begin = f"assessment/{number}/questionnaire/"
        subjects = select(TrailEntry.subject).where(TrailEntry.subject.startswith(begin, autoescape=True))
        found |= {subject.removeprefix(begin) for subject in session.scalars(subjects)}
    return found


def forget_texts(session: Session, files: Collection[str]) -> None:
    """Delete the texts and suggestions of those files that nothing in the database refers to any more."""
    gone = sorted(set(files) - set(named_files(session.connection())))
    for text in _TEXTS:
        session.execute(delete(text.class_).where(text.in_(gone)), **UNSYNCHRONISED)
