"""A company's search, which leads to the questions of its own form and says which are answered."""

from dataclasses import replace

from flask import render_template, url_for

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import PROFILE_PREFIX, Node
from compliance.questionnaire.routing import YES
from compliance.questionnaire.search import SearchEntry
from compliance.web.access_control import readers
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.edition_registry import edition_by_id, newest_edition
from compliance.web.presenters.search_results import SearchLead, is_public, public_address, search_results


@bp.get("/assessments/<int:assessment_id>/search")
@readers("company")
def search(assessment_id: int) -> str:
    """Show the results of a search, or only the search box. Raise NotFound."""
    here = open_assessment(assessment_id)
    asked = edition_by_id(here.assessment.edition_id)  # including questions that this company is not asked
    is_newest = asked is newest_edition()

    def lead(entry: SearchEntry) -> SearchLead:
        own = _lead_into_form(here, entry)
        is_there = is_public(entry) and (is_newest or entry.kind in ("instrument", "provision", "term"))
        return replace(own, href=public_address(entry)) if not own.href and is_there else own

    return render_template(
        "company/search.html", assessed=here.assessment, edition=here.edition, found=search_results(asked, lead)
    )


def _lead_into_form(here: AssessmentContext, entry: SearchEntry) -> SearchLead:
    """Return where an entry is in this company's form, "" if nowhere, and whether it is asked and answered."""
    if entry.kind == "field":
        return SearchLead(
            here.address_of(entry.id), _state(entry.id.removeprefix(PROFILE_PREFIX) in here.sheet.profile)
        )
    if entry.kind == "theme" and entry.id in here.served_edition.sections:
        return SearchLead(url_for("company.theme", assessment_id=here.assessment.id, theme=entry.id))
    if entry.kind not in ("requirement", "question"):
        return SearchLead("")
    part = here.edition.parts.get(entry.id)
    questions = () if part is None else part.questions() if isinstance(part, Node) else (part,)
    asked = [question.id for question in questions if here.routes[question.id].asked == YES]
    if not asked:
        return SearchLead("", _("not asked"))
    is_question = entry.kind == "question"
    return SearchLead(here.address_of(asked[0]), _state(entry.id in here.answered) if is_question else "")


def _state(is_answered: bool) -> str:
    return _("answered") if is_answered else _("blank")
