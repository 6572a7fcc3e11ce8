"""Signing off: the auditor reads the verdicts to sign, signs them by name, or revokes a sign-off with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.sign_off_words import signed_result_words, statement_words
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.themes import theme_of
from compliance.scoring.verified_card import (
    JudgedPassage,
    ReviewCoverage,
    card_digest,
    review_coverage,
    signed_score,
    unreviewed_critical_answers,
    verified_card,
)
from compliance.store import (
    AuditorVerdict,
    FrozenSubmission,
    SignOffRefused,
    determinations,
    submissions_of,
    submitted_answers,
    submitted_sheet,
    verdicts_on,
)
from compliance.store.passage_checks import passage_checks
from compliance.store.passage_marks import submitted_passages
from compliance.store.sign_offs import revoke_sign_off, sign_off, sign_offs_of
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.auditor.blueprint import assigned_review, bp
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_by_digest
from compliance.web.forms import as_stored, reason_fault, small_number
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.sign_offs import sign_off_views


class SignatureForm(FlaskForm):
    """A signature: the name, and the submission and the card that were shown."""

    name = StringField()
    submission = StringField()
    seen = StringField()


class RevocationForm(FlaskForm):
    """The sign-off to revoke, and the reason."""

    sign_off = StringField()
    why = StringField()


@dataclass(frozen=True)
class _ToSign:
    """What an auditor would sign now."""

    submitted: FrozenSubmission
    asked: ServedEdition
    sheet: AnswerSheet
    coverage: ReviewCoverage
    statement: str

    def card(self, verdicts: Mapping[str, AuditorVerdict]) -> str:
        """Return the card with the current verdicts. Raise SignOffRefused if there are too few."""
        sheet = submitted_sheet(db(), self.submitted, self.asked.edition)
        if not review_coverage(self.asked.compiled.edition, sheet).can_be_signed:
            raise SignOffRefused("too little is reviewed to be signed")
        return verified_card(self.asked.compiled, sheet, self.submitted, verdicts.values(), _judged(self.submitted))


def _judged(submitted: FrozenSubmission) -> list[JudgedPassage]:
    """Return the current passage checks of a submission."""
    if not (marked := {one.key for one in submitted_passages(submitted.sheet)}):
        return []
    kept = passage_checks(db(), submitted.assessment_id)
    return [JudgedPassage(*key, shows=one.fits) for key, one in kept.items() if key in marked]


def _to_sign(assessment_id: int) -> _ToSign:
    """Return what the auditor would sign now. Raise NotFound unless assigned."""
    submitted = assigned_review(assessment_id)
    asked = edition_by_digest(submitted.edition_digest)
    sheet = submitted_sheet(db(), submitted, asked.edition)
    coverage = review_coverage(asked.compiled.edition, sheet)
    statement = statement_words(coverage, company=submitted.organisation, year=submitted.year)
    return _ToSign(submitted, asked, sheet, coverage, statement)


@bp.get("/audit/<int:assessment_id>/sign-off")
@readers("auditor")
def signing(assessment_id: int) -> str:
    """Show what would be signed, or was signed. Raise NotFound unless assigned."""
    return _page(_to_sign(assessment_id))


@bp.post("/audit/<int:assessment_id>/sign-off")
@readers("auditor")
def sign(assessment_id: int) -> str | BaseResponse:
    """Sign the verdicts by name. Raise NotFound unless assigned, or AlreadyDecided."""
    here, form = _to_sign(assessment_id), SignatureForm()
    name = " ".join((form.name.data or "").split())
    own_name = " ".join(me().person.name.split())
    if not name or (own_name and name.casefold() != own_name.casefold()):
        said = _("Sign with the name of your account: %(name)s.", name=own_name) if own_name else _("Enter your name.")
        return _page(here, ErrorLink("name", said), name=name)
    try:
        sign_off(
            db(),
            assessment_id,
            submission=small_number(form.submission.data) or 0,
            seen=form.seen.data or "",
            card=here.card,
            name=own_name or name,
            statement=here.statement,
            by=me().id,
            at=now(),
        )
    except SignOffRefused:
        db().rollback()
        said = _("Something has changed since you opened this page. Nothing was signed. Read it again, then sign.")
        return _page(_to_sign(assessment_id), ErrorLink("main", said), name=name)
    db().commit()
    flash(_("Signed off. The verdicts stay as they are until the sign-off is revoked."))
    return redirect(url_for("audit.signing", assessment_id=assessment_id))


@bp.post("/audit/<int:assessment_id>/sign-off/revoke")
@readers("auditor")
def revoke(assessment_id: int) -> str | BaseResponse:
    """Revoke a sign-off with a reason. Raise NotFound unless assigned, or AlreadyDecided."""
    here, form = _to_sign(assessment_id), RevocationForm()
    why = as_stored(form.why.data)
    if fault := reason_fault(why, _("Give a reason. The company will read it.")):
        return _page(here, ErrorLink("why", fault), why=why)
    number = small_number(form.sign_off.data) or 0
    revoke_sign_off(db(), assessment_id, sign_off=number, why=why, by=me().id, at=now())
    db().commit()
    flash(_("The sign-off was revoked. Verdicts can be changed again."))
    return redirect(url_for("audit.signing", assessment_id=assessment_id))


def _missing(here: _ToSign) -> list[tuple[str, str]]:
    """Return the questions that have to be judged first, each with the address where that is done."""
    edition, number = here.asked.edition, here.submitted.assessment_id

    def address(question: str) -> str:
        theme = theme_of(edition, question).id
        return url_for("audit.theme", assessment_id=number, theme=theme, _anchor=question)

    left = unreviewed_critical_answers(here.asked.compiled.edition, here.sheet)
    return [(edition.questions[question].ask, address(question)) for question in left]


def _page(here: _ToSign, error: ErrorLink | None = None, *, name: str = "", why: str = "") -> str:
    submitted, number = here.submitted, here.submitted.assessment_id
    signed = sign_offs_of(db(), number)
    standing = next((one for one in signed if one.stands), None)
    is_signed = standing is not None and standing.is_of_latest
    kept = verdicts_on(determinations(db(), number), submitted_answers(submitted))
    card = here.card(kept) if here.coverage.can_be_signed and not is_signed else ""
    count = len(submissions_of(db(), number))
    return render_template(
        "audit/sign_off.html",
        submitted=submitted,
        about=_("This is submission %(number)s, of %(day)s.", number=count, day=long_date(submitted.at)),
        coverage=here.coverage,
        missing=_missing(here),
        statement=here.statement,
        result=signed_result_words(here.asked.edition, signed_score(card)) if card else "",
        digest=card_digest(card) if card else "",
        judged_by=sorted({one.by for one in kept.values()} - {"", me().person.name}),
        signed=sign_off_views(signed),
        standing=standing.id if standing is not None else None,
        is_signed=is_signed,
        error=error,
        name=name,
        why=why,
    )
