"""Submission: the check before it, attestation, and consent to publication (`consent_choices`).

Consent is given with the submission, and can be changed afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, RadioField, StringField
from wtforms.validators import AnyOf, DataRequired, ValidationError

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import blank_words
from compliance.narrative.document_wording import changed_sentence
from compliance.questionnaire.answers import ELSEWHERE, NotApplicable
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.flags import raised_flags
from compliance.questionnaire.routing import YES, unanswered_routing_questions
from compliance.scoring.progress import is_counted, lacks_evidence, questions_in
from compliance.scoring.serialisation import submission_json_writer
from compliance.store import (
    ConsentWithdrawal,
    FrozenSubmission,
    NotFound,
    PeriodClosed,
    SubmissionSigned,
    change_consent,
    claimed_sheet,
    company_members,
    consent_of,
    history,
    latest_submission,
    submit,
    submitted_answers,
    submitted_sheet,
    withdrawal_for,
)
from compliance.store.assessments import read_verdicts, verdicts_of
from compliance.store.audit_trail import storable_text
from compliance.store.comments import comment_counts
from compliance.store.document_passages import PassageMark
from compliance.store.member_roles import role_may
from compliance.store.transactions import begin_save
from compliance.web.access_control import readers
from compliance.web.accounts import may, me, require
from compliance.web.assessment_context import (
    AssessmentContext,
    UnsubmittedChanges,
    changes_since,
    context_with_answers,
)
from compliance.web.company.blueprint import bp, open_assessment, own_assessment
from compliance.web.company.consent_choices import (
    CONSENT_CHOICES,
    ConsentChoiceView,
    choice_views_after_closing,
    choices_after_closing,
    consent_choice_views,
)
from compliance.web.company.contradictions import contradiction_views, question_link
from compliance.web.company.document_reading import look_url, second_looks
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_submitted
from compliance.web.forms import TickField, as_stored
from compliance.web.mail import queue_mail
from compliance.web.page_text import lazy as _l
from compliance.web.page_text import own
from compliance.web.presenters import ErrorLink, fields_of
from compliance.web.presenters.given_answers import answers_on_page
from compliance.web.presenters.scores import ScoreView, score_view
from compliance.web.reopenings import tell_of_correction

_CHOOSE = N_("Choose what may be published. Nothing is chosen for you.")

#: The greatest length of a role in a company, in characters.
MAX_ROLE_LENGTH = 200


class ConsentForm(FlaskForm):
    """The choice of what may be published."""

    consent = RadioField()

    def allow(self, choices: Iterable[str]) -> None:
        """Accept only these choices."""
        self.consent.choices = [(choice, choice) for choice in choices]


class AttestationForm(FlaskForm):
    """Consent, role and confirmation, without which nothing is submitted."""

    consent = StringField(validators=[AnyOf([*CONSENT_CHOICES], _l(_CHOOSE))])
    role = StringField(
        filters=[as_stored],
        validators=[DataRequired(_l("Enter your role in your organisation, such as “Head of compliance”."))],
    )
    latest = StringField()  # id of the submission that the page showed; "": there was none
    confirmed = TickField(
        validators=[DataRequired(_l("Confirm that you are authorised to answer for your organisation."))]
    )

    def validate_role(self, field: Field) -> None:
        """Refuse a role that is too long."""
        if len(field.data or "") > MAX_ROLE_LENGTH:
            raise ValidationError(_("This is longer than %(most)s characters: shorten it.", most=MAX_ROLE_LENGTH))


@bp.post("/assessments/<int:assessment_id>/consent")
@readers("company")
def change(assessment_id: int) -> BaseResponse:
    """Change what may be published, without submitting again. Raise NotFound, NotAllowed or CompanyMerged."""
    assessed = own_assessment(assessment_id)
    require("submit", assessed.held_by)
    submitted = latest_submission(db(), assessment_id)
    form = ConsentForm()
    closed = assessed.closed or assessed.period_closed
    form.allow(choices_after_closing(submitted) if closed else CONSENT_CHOICES)
    if not form.validate():
        raise BadRequest
    at_once = change_consent(db(), assessment_id, form.consent.data, by=me().id, at=now())
    db().commit()
    flash(
        _("Changed. This applies from now on.")
        if at_once
        else _("Changed. This applies from the next closing. What was published does not change.")
    )
    return redirect(url_for("company.check", assessment_id=assessment_id, _anchor="consent-now"))


@dataclass(frozen=True)
class SubmissionIssues:
    """The open issues of an assessment, as question ids. Only unanswered routing questions prevent submission."""

    unanswered_routing: tuple[str, ...]
    blank_about: tuple[str, ...]  # blanks about the company that no routing depends on
    blank: tuple[str, ...]
    missing_reason: tuple[str, ...]
    missing_evidence: tuple[str, ...]


@dataclass(frozen=True)
class Attestation:
    """A posted attestation, with its errors by field."""

    consent: str = ""  # "": nothing chosen, which is the default for everybody
    role: str = ""
    confirmed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


@bp.get("/assessments/<int:assessment_id>/check")
@readers("company")
def check(assessment_id: int) -> str:
    """Show the check before submission, with the form to submit. Raise NotFound."""
    return _show(open_assessment(assessment_id), Attestation())


@bp.post("/assessments/<int:assessment_id>/check")
@readers("company")
def hand_in(assessment_id: int) -> str | BaseResponse:
    """Submit the answers. Raise NotFound, NotAllowed, PeriodClosed, SubmissionSigned or UnreadableAnswers."""
    here, form = open_assessment(assessment_id), AttestationForm()
    require("submit", here.assessment.held_by, [(_("Your role"), form.role.data)] if form.role.data else ())
    if not here.assessment.takes_submission:
        raise PeriodClosed if here.assessment.closed else SubmissionSigned
    if here.assessment.period_closed:
        form.consent.validators = [AnyOf(choices_after_closing(latest_submission(db(), assessment_id)), _l(_CHOOSE))]
    form.validate()
    errors = _attestation_errors(submission_issues(here), form)
    signing = Attestation(form.consent.data or "", form.role.data or "", form.confirmed.data, errors)
    if errors:
        return _show(here, signing)
    begin_save(db(), assessment_id)  # if the button is pressed twice, the second request waits for the first
    if (there := _submitted_already(here, signing, form.latest.data)) is not None:
        db().rollback()
        return redirect(url_for("company.receipt", assessment_id=assessment_id, submission_id=there))
    number = submit(
        db(),
        assessment_id,
        by=me().id,
        at=now(),
        edition=here.edition,
        consent=signing.consent,
        scores=submission_json_writer(here.served_edition.compiled),
        attested_name=_my_name(),
        attested_role=signing.role,
    )
    _queue_receipts(here, number, signing.role)
    if here.assessment.is_reopened:
        tell_of_correction(here.assessment)
    db().commit()
    if here.assessment.is_final:
        flash(_("Your correction is submitted. What you submitted before is kept."))
    else:
        flash(_("Your assessment is submitted. You can change answers and submit again until the year is closed."))
    return redirect(url_for("company.receipt", assessment_id=assessment_id, submission_id=number))


def _submitted_already(here: AssessmentContext, signing: Attestation, shown: str | None) -> int | None:
    """Return the id of a newer submission than the page showed, with the same content; None if there is none."""
    try:
        latest = latest_submission(db(), here.assessment.id)
    except NotFound:
        return None
    said = (latest.consent, latest.attested_name, latest.attested_role, latest.chosen_portions or "")
    wanted = (
        signing.consent,
        *map(storable_text, (_my_name(), signing.role)),
        "|".join(here.assessment.chosen_portions),
    )
    is_newer = shown is not None and shown != str(latest.id)
    return (
        latest.id if is_newer and said == wanted and not changes_since(latest, here.carried_answers).questions else None
    )


def _queue_receipts(here: AssessmentContext, submission_id: int, role: str) -> None:
    """Queue the receipt to all active members of the company."""
    [vouched, *_later] = history(db(), f"submission/{submission_id}")
    words = {
        "name": _my_name(),
        "role": role,
        "company": here.assessment.organisation,
        "year": str(here.assessment.year),
        "received": vouched.at,
        "digest": vouched.after,
        "where": {"assessment_id": here.assessment.id, "submission_id": submission_id},
    }
    for each in company_members(db(), here.assessment.held_by):
        if each.active:
            queue_mail("submission-receipt", each.email, language=each.language, person_id=each.person_id, **words)


def _my_name() -> str:
    return me().person.name or me().person.email


def submission_issues(here: AssessmentContext) -> SubmissionIssues:
    """Return the open issues that the check lists."""
    sheet, routes = here.sheet, here.routes
    steering = unanswered_routing_questions(here.edition, sheet, routes)
    about = [q.id for q in here.served_edition.questions_outside_themes if routes[q.id].asked == YES]
    themes = [i for i in questions_in(here.edition) if routes[i].asked == YES]
    asked = [*about, *themes]
    return SubmissionIssues(
        steering,
        tuple(i for i in about if i not in (*here.answered, *steering) and is_counted(routes[i])),
        tuple(i for i in themes if i not in here.answered and is_counted(routes[i])),
        tuple(i for i in asked if isinstance(a := sheet.answers.get(i), NotApplicable) and not a.reason),
        tuple(i for i in asked if lacks_evidence(here.edition, sheet, routes, i)),
    )


def _attestation_errors(issues: SubmissionIssues, form: AttestationForm) -> dict[str, str]:
    """Return the errors by field, those of the answers before those of the form."""
    fields = {name: str(form[name].errors[0]) for name in ("consent", "role", "confirmed") if form[name].errors}
    if issues.unanswered_routing:
        return {"steering": _("Answer the questions that decide what else you are asked."), **fields}
    return fields


def _show(here: AssessmentContext, signing: Attestation) -> str:
    issues, number = submission_issues(here), here.assessment.id
    submitted = latest_submission(db(), number) if here.assessment.submitted_at else None
    if submitted is not None and here.assessment.period_closed and here.assessment.is_final:
        choices = choice_views_after_closing(submitted, signing.consent)
    else:
        given = read_verdicts(here.edition, verdicts_of(db(), number), here.saved_answers.get)
        stands = replace(here.sheet, verdicts=given)
        choices = consent_choice_views(number, here.served_edition.compiled, stands, signing.consent)
    return render_template(
        "company/check.html",
        assessed=here.assessment,
        edition=here.edition,
        row=_current_score(here, submitted),
        steering=[question_link(here, i) for i in issues.unanswered_routing],
        progress=here.progress,
        about=[replace(question_link(here, i), note=_blank_note(here, i)) for i in issues.blank_about],
        blank=[replace(question_link(here, i), note=_blank_note(here, i)) for i in issues.blank],
        no_reason=[question_link(here, i) for i in issues.missing_reason],
        no_evidence=len(issues.missing_evidence),
        given=answers_on_page(_shown(here, submitted)),
        commented=len(comment_counts(db(), number)),
        contradictions=contradiction_views(here),
        second_looks=[
            replace(question_link(here, i), url=look_url(here, marks), note=_look_note(marks))
            for i, marks in second_looks(here).items()
        ],
        findings=[
            replace(question_link(here, found.question.id), note=found.option.flag)
            for found in raised_flags(here.edition, here.sheet, here.routes)
        ],
        choices=choices,
        signing=signing,
        errors=[ErrorLink(target, text) for target, text in signing.errors.items()],
        name=_my_name(),
        submitters=_submitters(here),
        **fields_of(_submitted(here, submitted)),
    )


def _look_note(marks: Sequence[PassageMark]) -> str:
    """Return what became of an answer's marked words, but not the words: the reader may not see every document."""
    said = (changed_sentence(mark.later.state, mark.later.number, of_answer=True) for mark in marks if mark.later)
    return " ".join(dict.fromkeys(said))


def _submitters(here: AssessmentContext) -> list[str]:
    """Return the names of members who can submit, or nothing if the reader can."""
    if may("submit", here.assessment.held_by):
        return []
    people = company_members(db(), here.assessment.held_by)
    return [own(one.name or one.email) for one in people if one.active and role_may(one.role, "submit")]


def _shown(here: AssessmentContext, submitted: FrozenSubmission | None) -> AssessmentContext:
    """Return the answers to show: the present ones or, once the year is closed, those submitted."""
    if not here.assessment.closed or submitted is None:
        return here
    asked, kept = edition_submitted(submitted), dict(submitted_answers(submitted))
    return context_with_answers(here.assessment, asked, kept, on=submitted.at.date())


def _current_score(here: AssessmentContext, submitted: FrozenSubmission | None) -> ScoreView:
    """Return the score of the present answers or, once the year is closed, of those submitted."""
    asked, sheet = here.served_edition, here.sheet
    if here.assessment.closed and submitted is not None:
        asked = edition_submitted(submitted)
        sheet = claimed_sheet(submitted, asked.edition)
    return score_view(asked.edition, "", asked.provisional_scores(sheet)[OVERALL])


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """The submission that counts, if any."""

    submitted: FrozenSubmission | None = None
    changed: UnsubmittedChanges | None = None  # since the submission
    chosen: str = ""  # the consent that applies, in words
    withdrawal: ConsentWithdrawal | None = None
    current: Sequence[ConsentChoiceView] = ()


def _submitted(here: AssessmentContext, submitted: FrozenSubmission | None) -> SubmissionView:
    """Return the submission that counts, the changes since, and what may be published of it."""
    if submitted is None:
        return SubmissionView()
    chosen = consent_of(db(), here.assessment.id)
    if here.assessment.closed or here.assessment.period_closed:
        choices = choice_views_after_closing(submitted, chosen)
    else:
        asked = edition_submitted(submitted)
        sheet = submitted_sheet(db(), submitted, asked.edition)
        choices = consent_choice_views(here.assessment.id, asked.compiled, sheet, chosen)
    return SubmissionView(
        submitted=submitted,
        changed=changes_since(submitted, here.carried_answers),
        chosen=_(CONSENT_CHOICES[chosen]),
        withdrawal=withdrawal_for(db(), here.assessment.id),
        current=choices,
    )


def _blank_note(here: AssessmentContext, question_id: str) -> str:
    """Return the reason given for a blank, or what is missing from it; "" if none was given."""
    kept = here.saved_answers.get(question_id)
    if kept is None or not kept.word:
        return ""
    if kept.word == ELSEWHERE and not kept.title:
        return _("You chose “Said in another document”, but its title is missing.")
    said = _("You said: %(reason)s.", reason=blank_words(kept.word, kept.title))
    return " ".join([said, _("Whom to ask: %(whom)s", whom=kept.ask_whom)]) if kept.ask_whom else said
