"""The improvement plan: the least effort to the next band or another target, and trying out answers (what-if).

Answers that are tried out are scored and shown, but not saved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import Any

from flask import abort, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from compliance.improvement.plan import IMPROVABLE_BASES, ImprovementPlan, improve
from compliance.improvement.problem import SheetChange, Target, band_target, points_target
from compliance.improvement.what_if import WhatIf, what_if
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import effort_label
from compliance.narrative.answer_wording import quoted_answer
from compliance.narrative.improvement_plan import (
    PlanStepWords,
    caution_sentence,
    plan_headline,
    plan_sentences,
    plan_step_words,
    requirement_title,
    without_effect_sentences,
)
from compliance.narrative.score_wording import decimals_between
from compliance.questionnaire.answer_parser import read_answer
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, Answer, AnswerSheet, NotApplicable, write_answer
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question
from compliance.questionnaire.law import CompanyFacts
from compliance.questionnaire.routing import YES, counted_sheet, route_questions, with_possible_options
from compliance.questionnaire.vocabulary import QuestionKind
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.standing import ScoreWithBounds
from compliance.web.access_control import readers
from compliance.web.answer_forms import FieldError, read_answer_fields
from compliance.web.company.blueprint import ScorecardSource, bp, explanation_urls, is_draft, scorecard_source
from compliance.web.forms import choice_or_404
from compliance.web.presenters import ErrorLink, fields_of
from compliance.web.presenters.provisions import ProvisionView, provision_views
from compliance.web.presenters.scores import ScoreView, score_view

#: Most questions to try out at once if no requirement is chosen.
MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A value to choose, and its label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PlanCardView:
    """The steps within one requirement."""

    title: str
    requirement: str  # id
    gain: float
    critical: bool
    effort: str
    provisions: Sequence[ProvisionView]
    closes: str
    steps: Sequence[PlanStepWords]


@dataclass(frozen=True, slots=True)
class ImprovementView:
    """An improvement plan as its template uses it."""

    headline: str
    sentences: Sequence[str]
    caution: str
    before: ScoreView
    after: ScoreView | None
    targets: Sequence[ChoiceView]
    cards: Sequence[PlanCardView]
    steps: Sequence[tuple[PlanStepWords, float]]  # with the cumulative gain, in points
    requirements: Sequence[ChoiceView]


@dataclass(frozen=True, slots=True)
class MovedRequirementView:
    """A requirement whose score changes."""

    id: str
    title: str
    before: ScoreView
    after: ScoreView


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """The overall score and every requirement that changes, before and after some answers are changed."""

    before: ScoreView
    after: ScoreView
    rows: Sequence[MovedRequirementView]
    without_effect: Sequence[str]


@dataclass(frozen=True, slots=True)
class TrialOptionView:
    """An option to try out."""

    value: str
    label: str
    checked: bool

    @property
    def selected(self) -> bool:
        """The same state, under the name that select lists use."""
        return self.checked


@dataclass(frozen=True, slots=True)
class TrialFieldView:
    """A control to try out an answer."""

    id: str
    name: str
    kind: QuestionKind
    label: str
    value: str
    options: Sequence[TrialOptionView]
    hint: str
    error: str


def improvement_view(found: ImprovementPlan, facts: CompanyFacts | None) -> ImprovementView:
    """Return the plan, without the form. `facts`: to say whether law binds this company; None: whom it binds."""
    edition, steps = found.edition, plan_step_words(found)
    digits = max(decimals_to_show(edition, stand.score) for stand in (found.before, found.after))
    return ImprovementView(
        headline=plan_headline(found),
        sentences=plan_sentences(found, digits),
        caution=caution_sentence(),
        before=score_view(edition, "", found.before),
        after=score_view(edition, "", found.after) if found.steps else None,
        targets=[ChoiceView(band.id, band.title or band.id) for band in edition.bands if _is_above(found, band.at)],
        cards=[_card(found, list(group), facts) for _key, group in groupby(steps, key=lambda step: step.requirement)],
        steps=list(zip(steps, accumulate(step.gain for step in steps), strict=True)),
        requirements=[ChoiceView(r.id, requirement_title(r)) for r in _requirements_asked(found)],
    )


def _is_above(found: ImprovementPlan, at: float) -> bool:
    return found.before.band is None or at > found.before.band.at


def _requirements_asked(found: ImprovementPlan) -> Iterator[Node]:
    """Yield the requirements with a scored question that this company is asked."""
    routes = route_questions(found.edition, found.sheet)
    for requirement in found.edition.requirements:
        if any(question.scored and routes[question.id].asked == YES for question in requirement.questions()):
            yield requirement


def _card(found: ImprovementPlan, steps: list[PlanStepWords], facts: CompanyFacts | None) -> PlanCardView:
    """Return the card of consecutive steps within one requirement."""
    requirement = found.edition.nodes.get(steps[0].requirement)
    taken = [step for step in found.steps if step.question.id in {words.question for words in steps}]
    return PlanCardView(
        title=steps[0].title,
        requirement=steps[0].requirement,
        gain=sum(step.gain for step in steps),
        critical=any(step.lifts_critical for step in taken),
        effort=effort_label(requirement.effort) if requirement else "",
        provisions=provision_views(found.edition, requirement.law if requirement else (), facts),
        closes=steps[0].closes,
        steps=steps,
    )


def tried_questions(edition: Edition, found: ImprovementPlan, requirement: str) -> tuple[Question, ...]:
    """Return the scored questions of a requirement, or, with "", the questions of the first steps, in file order."""
    if requirement:
        return tuple(question for question in edition.nodes[requirement].questions() if question.scored)
    first = {step.question.id for step in found.steps[:MOST_TRIED]}
    return tuple(question for question in edition.questions.values() if question.id in first)


def what_if_view(edition: Edition, seen: WhatIf) -> WhatIfView:
    """Return the view of a what-if."""
    moved = []
    for one in seen.changed_requirements:
        before, after = _before_and_after(edition, one.before, one.after)
        moved.append(MovedRequirementView(one.requirement.id, requirement_title(one.requirement), before, after))
    return WhatIfView(*_before_and_after(edition, seen.before, seen.after), moved, without_effect_sentences(seen))


def _before_and_after(edition: Edition, before: ScoreWithBounds, after: ScoreWithBounds) -> tuple[ScoreView, ScoreView]:
    """Return the views of two scores, with more decimals than elsewhere if different scores would look the same."""
    first, second = score_view(edition, "", before), score_view(edition, "", after)
    if before.score is None or after.score is None:
        return first, second
    decimals = decimals_between(before.score, after.score, max(first.decimals, second.decimals))
    return replace(first, decimals=decimals), replace(second, decimals=decimals)


@dataclass(frozen=True, slots=True)
class TrialAnswers:
    """Answers to try out, the errors of invalid ones, and all texts as typed, by question id."""

    answers: Mapping[str, Answer | None]
    errors: Mapping[str, FieldError]
    typed: Mapping[str, str]


def read_trial_answers(questions: Sequence[Question], posted: MultiDict[str, str]) -> TrialAnswers:
    """Return the posted answers to these questions, None for a blank."""
    fields = read_answer_fields(questions, posted)
    errors = {name: FieldError(str(field.errors[0])) for name, field in fields.items() if field.errors}
    return TrialAnswers(
        {
            name: None if field.blank else read_answer(field.question, field.data)
            for name, field in fields.items()
            if name not in errors
        },
        errors,
        {name: field.data for name, field in fields.items()},
    )


def initial_texts(questions: Sequence[Question], answers: SheetChange, sheet: AnswerSheet) -> dict[str, str]:
    """Return the initial text of each control, by question id: the answer of a step, or else the present answer."""
    return {q.id: write_answer(answers.get(q.id, sheet.answers.get(q.id))) for q in questions}


def trial_field_views(
    questions: Sequence[Question], texts: Mapping[str, str], sheet: AnswerSheet, errors: Mapping[str, FieldError]
) -> list[TrialFieldView]:
    """Return a control for each question, with its text."""
    return [_trial_field_view(question, texts[question.id], sheet, errors.get(question.id)) for question in questions]


def _trial_field_view(question: Question, text: str, sheet: AnswerSheet, error: FieldError | None) -> TrialFieldView:
    now = sheet.answers.get(question.id)
    chosen = text.split("|")
    options = [(option.id, option.text or option.id) for option in question.options]
    if question.kind == "many":
        options.append((NONE_OF_THESE, _("None of these")))
    if isinstance(now, NotApplicable):
        options.append((NOT_APPLICABLE_TEXT, _("Does not apply")))
    return TrialFieldView(
        id=f"w-{question.id}",
        name=question.id,
        kind=question.kind,
        label=question.ask,
        value=text,
        options=[TrialOptionView(value, label, value in chosen) for value, label in options],
        hint=" · ".join([*_measure(question), _("Now: %(answer)s", answer=quoted_answer(question, now))]),
        error=error.message if error else "",
    )


def _measure(question: Question) -> list[str]:
    """Return a hint with the unit of a number, which is not shown elsewhere, or nothing."""
    return [_("Your answer, in %(unit)s", unit=question.unit)] if question.unit else []


@bp.get("/assessments/<int:assessment_id>/improve")
@readers("company", "auditor")
def improving(assessment_id: int) -> str:
    """Show the plan and the form to try out answers. 404 for an unknown target, basis or requirement."""
    read, found = _improvement(assessment_id)
    asked, counted = _questions_to_try(read, found), counted_sheet(read.asked.edition, read.sheet)
    return _show(
        read, found, trial_field_views(asked, initial_texts(asked, found.change, counted), counted, {}), None, []
    )


@bp.post("/assessments/<int:assessment_id>/improve")
@readers("company", "auditor")
def trying(assessment_id: int) -> str:
    """Show the score before and after some answers are changed, without saving them."""
    read, found = _improvement(assessment_id)
    asked, counted = _questions_to_try(read, found), counted_sheet(read.asked.edition, read.sheet)
    tried = read_trial_answers(asked, request.form)
    seen = (
        None
        if tried.errors
        else what_if(read.asked.compiled, read.sheet, _changed_answers(counted, tried), found.basis)
    )
    view = None if seen is None else what_if_view(read.edition, seen)
    errors = [ErrorLink(f"w-{question}", error.message) for question, error in tried.errors.items()]
    return _show(read, found, trial_field_views(asked, tried.typed, counted, tried.errors), view, errors)


def _improvement(assessment_id: int) -> tuple[ScorecardSource, ImprovementPlan]:
    read = scorecard_source(assessment_id)
    basis = choice_or_404("basis", IMPROVABLE_BASES, "claimed")
    return read, improve(read.asked.compiled, read.sheet, _target(read.edition), basis)


def _target(edition: Edition) -> Target | None:
    """Return the band or the number of points that the address gives as target; None: the next band."""
    wanted = request.args.get("to", "")
    ids = [band.id for band in edition.bands]
    if not wanted:
        return None
    if wanted in ids:
        return band_target(edition, ids.index(wanted))
    try:
        points = float(wanted)
    except ValueError:
        abort(404)
    return points_target(points) if 0 <= points <= edition.scale else abort(404)


def _questions_to_try(read: ScorecardSource, found: ImprovementPlan) -> tuple[Question, ...]:
    """Return the questions to try out: those of the requirement in the address, or else of the first steps."""
    wanted = request.args.get("requirement", "")
    if wanted and wanted not in {requirement.id for requirement in read.edition.requirements}:
        abort(404)
    asked = tried_questions(read.edition, found, wanted)
    return tuple(_as_choice(question, read.sheet) for question in asked)


def _as_choice(question: Question, sheet: AnswerSheet) -> Question:
    """Return a question of places as a choice of one of its possible options, which are tried out instead of places."""
    if not question.places:
        return question
    return replace(with_possible_options(question, sheet.answers), kind="one", places="")


def _changed_answers(standing: AnswerSheet, tried: TrialAnswers) -> dict[str, Any]:
    """Return the answers that differ from the present ones, by question id."""
    return {q: answer for q, answer in tried.answers.items() if answer != standing.answers.get(q)}


def _show(
    read: ScorecardSource,
    found: ImprovementPlan,
    fields: list[TrialFieldView],
    seen: WhatIfView | None,
    errors: list[ErrorLink],
) -> str:
    requirement = request.args.get("requirement", "")
    here: dict[str, Any] = {
        "assessment_id": read.assessment_id,
        "as": "draft" if is_draft() else None,
        "to": request.args.get("to") or None,
        "basis": found.basis if found.basis != "claimed" else None,
    }
    return render_template(
        "company/improving.html",
        read=read,
        edition=read.edition,
        draft=is_draft(),
        basis=found.basis,
        wanted=request.args.get("to", ""),
        requirement=requirement,
        leads=explanation_urls(read, found.basis if found.basis != "claimed" else None),
        tries={r.id: url_for("company.improving", requirement=r.id, **here) for r in read.edition.requirements},
        action=url_for("company.trying", requirement=requirement or None, _anchor="try", **here),
        fields=fields,
        seen=seen,
        errors=errors,
        **fields_of(improvement_view(found, read.facts)),
    )
