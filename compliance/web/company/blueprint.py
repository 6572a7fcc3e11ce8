"""The company blueprint, and the assessments that readers may open: their own, or those assigned to an auditor.

A scorecard shows the submission, or with `as=draft` the present answers.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_security import current_user

from compliance.questionnaire.edition import OVERALL
from compliance.scoring.coded_answers import Basis
from compliance.scoring.kept_scorecards import results_digest
from compliance.store import (
    AssessmentSummary,
    NotFound,
    assessment,
    assigned_submission,
    latest_submission,
    saved_answers,
)
from compliance.store.company_erasure_requests import CompanyErasureRequest, company_erasure_request
from compliance.web.accounts import may, me
from compliance.web.assessment_context import AssessmentContext, UnsubmittedChanges, changes_since, context_with_answers
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_id
from compliance.web.forms import choice_of
from compliance.web.presenters import fields_of
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.scorecard_sources import AnsweredAssessment, answers_handed_in

bp = Blueprint("company", __name__)


@bp.context_processor
def _deletion_here() -> dict[str, CompanyErasureRequest | None]:
    """Give `base.html` the request to delete the company of this page. None if there is none, or for other readers."""
    asked = {one.organisation_id for one in me().person.memberships if one.erasure_asked} if _is_read() else set()
    arguments = request.view_args or {}
    if asked and "assessment_id" in arguments:
        number = assessment(db(), arguments["assessment_id"]).held_by
    else:
        number = arguments.get("organisation_id", 0)
    return {"deletion_here": company_erasure_request(db(), number) if number in asked else None}


def _is_read() -> bool:
    """Tell whether somebody is signed in and the page is not an error page."""
    return current_user.is_authenticated and not g.get("failed")


def own_assessment(assessment_id: int) -> AssessmentSummary:
    """Return an assessment of one's own company, or of a company merged into it. Raise NotFound for others."""
    found = assessment(db(), assessment_id)
    if found.held_by not in {membership.organisation_id for membership in me().person.memberships}:
        raise NotFound(f"no assessment {assessment_id}")
    return found


def open_assessment(assessment_id: int) -> AssessmentContext:
    """Return one's own assessment with all its answers. Raise NotFound."""
    assessed = own_assessment(assessment_id)
    asked = edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)
    return context_with_answers(assessed, asked, dict(saved_answers(db(), assessment_id)))


@dataclass(frozen=True)
class ScorecardSource(AnsweredAssessment):
    """The answers behind a scorecard and, for its own company, what has changed since they were submitted."""

    changed: UnsubmittedChanges | None = None  # since the submission; None: there is none, or the reader is an auditor
    closed: bool = False  # whether nothing can be changed any more
    here: AssessmentContext | None = None  # the present answers; None: the reader is an auditor


def all_of(read: ScorecardSource) -> tuple[Hashable, ...]:
    """Return the cache key of a page that shows these answers and their scores: everything that affects its look."""
    here: tuple[Hashable, ...] = ()
    if read.here is not None:  # people who may submit see a button for it; for a draft, `read` has the same answers
        assessed = read.here.assessment
        kept = () if read.submission_id is None else read.here.saved_answers.items()
        here = (read.here.served_edition, assessed, may("submit", assessed.held_by), *kept)
    shown = (read.asked, results_digest(read.edition, read.sheet), *read.answers.items())
    return (
        *(read.id, read.organisation, read.submission_id, read.submitted_at, read.own, read.closed, now().date()),
        *(is_draft(), read.changed, here, shown, hidden_from_me()),
    )


#: Placeholder for the id of a node: building an address for each node takes longer than scoring them all.
_ANY_NODE = "any-node"


def explanation_urls(read: ScorecardSource, basis: Basis | None = None) -> dict[str, str]:
    """Return the addresses of the pages that explain each node, by node id, of the submission or of the draft."""
    more: dict[str, Any] = {"assessment_id": read.assessment_id, "as": "draft" if is_draft() else None, "basis": basis}
    before, after = url_for("company.explained", node=_ANY_NODE, **more).split(_ANY_NODE)
    urls = {node: before + node + after for node in read.edition.nodes}  # an id has no characters to escape
    return {**urls, OVERALL: url_for("company.explained", node=OVERALL, **more)}


def is_draft() -> bool:
    """Tell whether the address asks for the present answers instead of those submitted."""
    return choice_of("as", ("draft",), "") == "draft"


def scorecard_source(assessment_id: int) -> ScorecardSource:
    """Return the scorecard source of one's own assessment, or of one assigned to me as auditor. Raise NotFound."""
    roles = me().roles_held
    if "company" in roles:
        try:
            return _own_source(open_assessment(assessment_id))
        except NotFound:
            if "auditor" not in roles:
                raise
    submitted = assigned_submission(db(), assessment_id, auditor=me().id)
    return ScorecardSource(**fields_of(answers_handed_in(submitted, own=False)))


def _own_source(here: AssessmentContext) -> ScorecardSource:
    try:
        submitted = latest_submission(db(), here.assessment.id)
    except NotFound:
        return _draft_source(here, None)
    changed = changes_since(submitted, here.carried_answers)
    if is_draft():
        return _draft_source(here, changed)
    found = fields_of(answers_handed_in(submitted, own=True))
    return ScorecardSource(**found, changed=changed, closed=here.assessment.closed, here=here)


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
        changed=changed,
        closed=a.closed,
        here=here,
    )
