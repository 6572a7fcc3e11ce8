"""The pages of a company, and the assessments it may open."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import Blueprint

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.facts import Facts, facts_of
from compliance.questionnaire.routing import Route, route
from compliance.scoring.progress import Progress, progress_of, questions_in
from compliance.store import Assessed, Kept, NotFound, answers_view, assessment
from compliance.store.assessments import sheet_of
from compliance.web.database import db, now
from compliance.web.editions import Asked, asked_edition
from compliance.web.signing_in import me

bp = Blueprint("company", __name__)


@dataclass(frozen=True)
class Opened:
    """One assessment of one's own company, with its answers as they stand."""

    assessed: Assessed
    asked: Asked
    kept: dict[str, Kept]  # answers and evidence by question id; the profile as `profile.<field>`
    sheet: AnswerSheet
    routes: dict[str, Route]

    @property
    def edition(self) -> Edition:
        """What is asked."""
        return self.asked.edition

    @cached_property
    def facts(self) -> Facts:
        """What is known of the company today, for whether law binds it."""
        return facts_of(self.edition, self.sheet, now().date())

    @property
    def saved_at(self) -> datetime | None:
        """When an answer was last saved."""
        return max((kept.at for kept in self.kept.values() if kept.at), default=None)

    @property
    def progress(self) -> Progress:
        """How far it is answered."""
        return progress_of(self.edition, self.sheet, self.routes, questions_in(self.edition))


def own_assessment(assessment_id: int) -> Assessed:
    """An assessment of the company of whoever is signed in. Raise NotFound for everybody else's."""
    found = assessment(db(), assessment_id)
    if found.organisation_id != me().person.organisation_id:
        raise NotFound(f"no assessment {assessment_id}")
    return found


def opened(assessment_id: int) -> Opened:
    """One's own assessment, read whole. Raise NotFound."""
    assessed = own_assessment(assessment_id)
    return with_answers(assessed, asked_edition(assessed.edition_id), dict(answers_view(db(), assessment_id)))


def with_answers(assessed: Assessed, asked: Asked, kept: dict[str, Kept]) -> Opened:
    """An assessment with these answers, routed."""
    texts = ((question, k.text, k.reason) for question, k in kept.items() if k.text)
    evidenced = (question for question, k in kept.items() if k.evidence)
    sheet = sheet_of(asked.edition, assessed.organisation, texts, evidenced, {}).sheet
    return Opened(assessed, asked, kept, sheet, dict(route(asked.edition, sheet)))
