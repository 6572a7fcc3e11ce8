"""The company blueprint, and the assessments its readers may open: their own, or one assigned to an auditor.

A scorecard is read from a submission, or with `as=draft` from the answers as they stand now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Blueprint, url_for
from werkzeug.utils import secure_filename

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.scoring.coded_answers import Basis
from compliance.store import (
    AssessmentSummary,
    FrozenSubmission,
    NotFound,
    SavedAnswer,
    assessment,
    assigned_submission,
    latest_submission,
    saved_answers,
    submitted_sheet,
)
from compliance.store import submitted_answers as answers_of
from compliance.web.accounts import me
from compliance.web.assessment_context import AssessmentContext, UnsubmittedChanges, changes_since, context_with_answers
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_by_id, edition_submitted
from compliance.web.forms import choice_of

bp = Blueprint("company", __name__)


def own_assessment(assessment_id: int) -> AssessmentSummary:
    """An assessment of a company of whoever is signed in, or of one merged into it. Raise NotFound for others."""
    found = assessment(db(), assessment_id)
    if found.held_by not in {membership.organisation_id for membership in me().person.memberships}:
        raise NotFound(f"no assessment {assessment_id}")
    return found


def open_assessment(assessment_id: int) -> AssessmentContext:
    """One's own assessment, read whole. Raise NotFound."""
    assessed = own_assessment(assessment_id)
    asked = edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)
    return context_with_answers(assessed, asked, dict(saved_answers(db(), assessment_id)))


@dataclass(frozen=True)
class ScorecardSource:
    """The answers behind a scorecard: those submitted, or those of a draft as they stand now."""

    assessment_id: int
    organisation: str
    year: int
    voice: str
    asked: ServedEdition
    sheet: AnswerSheet
    answers: Mapping[str, SavedAnswer]
    submitted_at: datetime | None  # None: a draft
    changed: UnsubmittedChanges | None = None  # since it was submitted; None: it was not, or the reader is an auditor
    own: bool = True
    closed: bool = False  # the period
    submission_id: int | None = None  # None: a draft
    here: AssessmentContext | None = None  # the answers as they stand now; None: the reader is an auditor

    @property
    def id(self) -> int:
        """Of the assessment, as other pages of a company call it."""
        return self.assessment_id

    @property
    def edition(self) -> Edition:
        """What everybody is asked: scores rest on it."""
        return self.asked.compiled.edition

    @property
    def facts(self) -> CompanyFacts | None:
        """Facts of the company today, by which law binds it or not: it is told so itself, and nobody else is."""
        return company_facts(self.edition, self.sheet, self.today) if self.today else None

    @property
    def today(self) -> date | None:
        """The day for which its own company is told whether law binds it; None: the reader is an auditor."""
        return now().date() if self.own else None

    @property
    def file_name(self) -> str:
        """A name for files, safe on every system."""
        state = "" if self.submitted_at else "-draft"
        return f"scorecard-{secure_filename(self.organisation) or self.assessment_id}-{self.year}{state}"


def explanation_urls(read: ScorecardSource, basis: Basis | None = None) -> dict[str, str]:
    """The pages that explain each node, as submitted or as it stands now."""
    more: dict[str, Any] = {"assessment_id": read.assessment_id, "as": "draft" if is_draft() else None, "basis": basis}
    return {node: url_for("company.explained", node=node, **more) for node in read.edition.nodes}


def is_draft() -> bool:
    """Tell if the address asks for the answers as they stand now."""
    return choice_of("as", ("draft",), "") == "draft"


def scorecard_source(assessment_id: int) -> ScorecardSource:
    """One's own assessment, or one that is assigned to me. Raise NotFound."""
    roles = me().roles_held
    if "company" in roles:
        try:
            return _own_source(open_assessment(assessment_id))
        except NotFound:
            if "auditor" not in roles:
                raise
    return _submitted_source(assigned_submission(db(), assessment_id, auditor=me().id), own=False)


def _own_source(here: AssessmentContext) -> ScorecardSource:
    try:
        submitted = latest_submission(db(), here.assessment.id)
    except NotFound:
        return _draft_source(here, None)
    changed = changes_since(submitted, here.carried_answers)
    if is_draft():
        return _draft_source(here, changed)
    return replace(_submitted_source(submitted, own=True), changed=changed, closed=here.assessment.closed, here=here)


def _draft_source(here: AssessmentContext, changed: UnsubmittedChanges | None) -> ScorecardSource:
    a = here.assessment
    return ScorecardSource(
        a.id,
        a.organisation,
        a.year,
        a.voice,
        here.served_edition,
        here.sheet,
        here.saved_answers,
        None,
        changed,
        closed=a.closed,
        here=here,
    )


def _submitted_source(submitted: FrozenSubmission, *, own: bool) -> ScorecardSource:
    asked = edition_submitted(submitted)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    return ScorecardSource(
        submitted.assessment_id,
        submitted.organisation,
        submitted.year,
        submitted.voice,
        asked,
        sheet,
        answers_of(submitted),
        submitted.at,
        own=own,
        submission_id=submitted.id,
    )
