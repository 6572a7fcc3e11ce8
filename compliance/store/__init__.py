"""What is kept: the tables, and the only queries.

Plain functions that take a Session first, then ids; who and when are passed in.
They return frozen values, raise a `Refusal`, and never commit: a change is kept
once the caller's transaction is, and not acknowledged before.

    with Session(engine) as session, session.begin():
        saved = save_answers(session, 7, changes, by=3, at=now)
"""

from compliance.store.answers import Change, Conflict, Kept, Saved, answer_subject, answers_view, save_answers
from compliance.store.assessments import (
    Assessed,
    ReadSheet,
    answer_sheet,
    assessment,
    assessment_for,
    assessments_of,
    read_sheet,
)
from compliance.store.audit import (
    Found,
    assessments_for_auditor,
    assign_auditor,
    assigned_submission,
    auditors_of,
    determinations,
    determine,
    unassign_auditor,
)
from compliance.store.engine import open_store
from compliance.store.evidence import (
    Evidenced,
    Link,
    Quotation,
    add_all_evidence,
    add_evidence,
    evidence_of,
    remove_evidence,
)
from compliance.store.migrate import upgrade
from compliance.store.people import (
    Company,
    Member,
    add_organisation,
    add_person,
    companies,
    is_empty,
    member,
    member_by_email,
    members,
    register_company,
    set_active,
    set_roles,
)
from compliance.store.periods import (
    Published,
    Silent,
    Year,
    close_period,
    open_period,
    period,
    periods,
    published,
    published_years,
    silent_companies,
)
from compliance.store.refusals import AlreadyThere, NotFound, PeriodClosed, Refusal, Unreadable
from compliance.store.submissions import (
    Submitted,
    edition_text,
    latest_submission,
    latest_submissions,
    submission,
    submissions_of,
    submit,
    submitted_answers,
    submitted_sheet,
)
from compliance.store.trail import Noted, history, trail_head, verify_trail

__all__ = [
    "AlreadyThere",
    "Assessed",
    "Change",
    "Company",
    "Conflict",
    "Evidenced",
    "Found",
    "Kept",
    "Link",
    "Member",
    "NotFound",
    "Noted",
    "PeriodClosed",
    "Published",
    "Quotation",
    "ReadSheet",
    "Refusal",
    "Saved",
    "Silent",
    "Submitted",
    "Unreadable",
    "Year",
    "add_all_evidence",
    "add_evidence",
    "add_organisation",
    "add_person",
    "answer_sheet",
    "answer_subject",
    "answers_view",
    "assessment",
    "assessment_for",
    "assessments_for_auditor",
    "assessments_of",
    "assign_auditor",
    "assigned_submission",
    "auditors_of",
    "close_period",
    "companies",
    "determinations",
    "determine",
    "edition_text",
    "evidence_of",
    "history",
    "is_empty",
    "latest_submission",
    "latest_submissions",
    "member",
    "member_by_email",
    "members",
    "open_period",
    "open_store",
    "period",
    "periods",
    "published",
    "published_years",
    "read_sheet",
    "register_company",
    "remove_evidence",
    "save_answers",
    "set_active",
    "set_roles",
    "silent_companies",
    "submission",
    "submissions_of",
    "submit",
    "submitted_answers",
    "submitted_sheet",
    "trail_head",
    "unassign_auditor",
    "upgrade",
    "verify_trail",
]
