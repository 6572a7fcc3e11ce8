"""The history of one question: every version of its answer with what changed, restoring a version, and comments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from flask import abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField

from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import question_words, saved_answer_words
from compliance.questionnaire.answer_parser import AnswerFault, offered_words, read_answer, read_profile
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.store import NotFound, SavedAnswer, save_answers
from compliance.store.answer_versions import answer_version, answer_versions, restoring
from compliance.store.comments import add_comments, comments_on, withdraw_comment
from compliance.web.access_control import readers
from compliance.web.accounts import may, me, require
from compliance.web.answer_forms import comment_fault
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment, own_assessment
from compliance.web.database import db, now
from compliance.web.forms import as_stored, small_number
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.conflicts import ConflictView, conflict_view

VERSIONS_PER_PAGE = 10
COMMENTS_PER_PAGE = 20


class RestoreForm(FlaskForm):
    """The version to restore, and the version that the page showed as the current answer."""

    version = StringField()
    seen = StringField()


class CommentForm(FlaskForm):
    """The text of a new comment, or the id of a comment to withdraw."""

    text = StringField()
    comment = StringField()


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of an answer in words, and how it differs from the version before."""

    number: int
    who: str
    at: datetime | None
    answer: str
    typed: bool  # free text
    reason: str
    ask_whom: str
    carried: bool  # carried over from another questionnaire
    changes: Sequence[tuple[str, str]]  # heading and words of each change
    stands: bool  # whether it is the current answer
    restorable: bool  # whether the question still accepts it, and the person signed in may answer


@dataclass(frozen=True, slots=True)
class RestoreConflict:
    """A restore that was not done because the answer has changed in the meantime, with both answers to choose from."""

    version: int
    seen: int  # the current version
    words: ConflictView


@bp.get("/assessments/<int:assessment_id>/questions/<question>/history")
@readers("company")
def history(assessment_id: int, question: str) -> str:
    """Show every version of an answer, and all comments, in pages. Raise NotFound."""
    return _page(_opened(assessment_id, question), question)


@bp.post("/assessments/<int:assessment_id>/questions/<question>/restore")
@readers("company")
def restore(assessment_id: int, question: str) -> str | BaseResponse:
    """Restore a version of an answer, unless the answer has changed since the page was shown.

    Raise NotFound, NotAllowed or PeriodClosed.
    """
    here, form = _opened(assessment_id, question), RestoreForm()
    require("answer", here.assessment.held_by)
    number, seen = small_number(form.version.data), small_number(form.seen.data)
    if number is None or seen is None:
        raise BadRequest
    version = answer_version(db(), assessment_id, question, number)
    if not _fits(here.edition, version):
        flash(_("The question has changed since: it no longer takes this answer. Nothing was changed."))
        return redirect(_address(assessment_id, question))
    stood = here.saved_answers.get(question)
    saved = save_answers(db(), assessment_id, [restoring(version, seen=seen)], by=me().id, at=now())
    db().commit()
    if saved.conflicts:
        [conflict] = saved.conflicts
        words = conflict_view(here.edition, conflict)
        return _page(_opened(assessment_id, question), question, RestoreConflict(number, conflict.kept.version, words))
    if saved.versions[question] == (stood.version if stood else 0):
        flash(_("This is the answer already. Nothing was changed."))
    else:
        flash(_("Restored. What was there before is kept below."))
    return redirect(_address(assessment_id, question))


@bp.post("/assessments/<int:assessment_id>/questions/<question>/comments")
@readers("company")
def comment(assessment_id: int, question: str) -> str | BaseResponse:
    """Save a comment on a question. Raise NotFound, CompanyMerged or PeriodClosed."""
    here, form = _opened(assessment_id, question), CommentForm()
    text = as_stored(form.text.data)
    fault = comment_fault(text) or ("" if text else _("Write something first."))
    if fault:
        return _page(here, question, draft=text, fault=fault)
    add_comments(db(), assessment_id, [(question, text)], by=me().id, at=now())
    db().commit()
    flash(_("Your comment is saved."))
    return redirect(_address(assessment_id, question, "comments"))


@bp.post("/assessments/<int:assessment_id>/questions/<question>/comments/withdraw")
@readers("company")
def withdraw_own_comment(assessment_id: int, question: str) -> BaseResponse:
    """Withdraw one's own comment. Raise NotFound for an assessment of another company, or CompanyMerged."""
    own_assessment(assessment_id)
    number = small_number(CommentForm().comment.data)
    if number is None:
        raise BadRequest
    try:
        withdraw_comment(db(), assessment_id, number, by=me().id, at=now())
    except NotFound:
        db().rollback()
        flash(_("Only the person who wrote a comment can withdraw it. Nothing was changed."))
    else:
        db().commit()
        flash(_("Your comment is withdrawn, and its text is deleted."))
    return redirect(_address(assessment_id, question, "comments"))


def _opened(assessment_id: int, question: str) -> AssessmentContext:
    """Return one's own assessment. Abort with 404 if its edition has no such question or profile field."""
    here = open_assessment(assessment_id)
    known = question.removeprefix(PROFILE_PREFIX) in here.edition.profile and question.startswith(PROFILE_PREFIX)
    return here if known or question in here.edition.questions else abort(404)


def _address(assessment_id: int, question: str, anchor: str | None = None) -> str:
    return url_for("company.history", assessment_id=assessment_id, question=question, _anchor=anchor)


def _page(
    here: AssessmentContext,
    question: str,
    conflict: RestoreConflict | None = None,
    *,
    draft: str = "",
    fault: str = "",
) -> str:
    number, stands = here.assessment.id, here.saved_answers.get(question)
    before, older = small_number(request.args.get("before")), small_number(request.args.get("older"))
    found = answer_versions(db(), number, question, most=VERSIONS_PER_PAGE + 1, before=before)
    comments = comments_on(db(), number, question, most=COMMENTS_PER_PAGE + 1, before=older)
    errors = [ErrorLink("conflict", conflict.words.sentence)] if conflict else []
    errors += [ErrorLink("comment", fault)] if fault else []
    return render_template(
        "company/history.html",
        assessed=here.assessment,
        edition=here.edition,
        question=question,
        ask=question_words(here.edition, question),
        answered_at=here.address_of(question),
        versions=list(_version_views(here, found, stands, is_first=before is None))[:VERSIONS_PER_PAGE],
        earlier=found[VERSIONS_PER_PAGE - 1].version if len(found) > VERSIONS_PER_PAGE else None,
        is_first=before is None,
        seen=stands.version if stands else 0,
        comments=comments[:COMMENTS_PER_PAGE],
        older=comments[COMMENTS_PER_PAGE - 1].id if len(comments) > COMMENTS_PER_PAGE else None,
        own_id=me().id,
        conflict=conflict,
        draft=draft,
        fault=fault,
        errors=errors,
    )


def _version_views(
    here: AssessmentContext, found: Sequence[SavedAnswer], stands: SavedAnswer | None, *, is_first: bool
) -> Iterator[VersionView]:
    """Yield each version with its changes to the version before, which is the next in `found`."""
    may_restore = not here.assessment.closed and may("answer", here.assessment.held_by)
    for place, (version, before) in enumerate(pairwise([*found, None])):
        assert version is not None
        asked = here.edition.questions.get(version.question)
        now_is = is_first and not place and (stands is None or stands.version in (0, version.version))
        yield VersionView(
            number=version.version,
            who=version.by or _("Somebody"),
            at=version.at,
            answer=_words(here.edition, version),
            typed=asked is not None and asked.kind == "text" and bool(version.text),
            reason=version.reason,
            ask_whom=version.ask_whom,
            carried=bool(version.carried_from),
            changes=list(_changes(here.edition, version, before)) if before else [],
            stands=now_is,
            restorable=may_restore and not now_is and _fits(here.edition, version),
        )


def _words(edition: Edition, said: SavedAnswer, text: str | None = None) -> str:
    shown = said.text if text is None else text
    return saved_answer_words(edition, said.question, shown, word=said.word, title=said.title)


def _changes(edition: Edition, after: SavedAnswer, before: SavedAnswer) -> Iterator[tuple[str, str]]:
    """Yield the changes from one version to the next, each with its heading, in words."""
    if (after.text, after.word, after.title) != (before.text, before.word, before.title):
        asked = edition.questions.get(after.question)
        ticked = asked is not None and asked.kind in ("many", "countries", "places")
        lists = [said.text.split("|") for said in (after, before)]
        if ticked and all(said.text and said.text != NOT_APPLICABLE_TEXT for said in (after, before)):
            added, gone = ([part for part in lists[i] if part not in lists[1 - i]] for i in (0, 1))
            if added:
                yield _("Added"), _words(edition, after, "|".join(added))
            if gone:
                yield _("Removed"), _words(edition, before, "|".join(gone))
        else:
            yield _("Before"), _words(edition, before)
    if after.reason != before.reason:
        yield _("Reason before"), before.reason or _("none given")
    if after.ask_whom != before.ask_whom and after.word == before.word:
        yield _("Whom to ask before"), before.ask_whom or _("nobody named")


def _fits(edition: Edition, version: SavedAnswer) -> bool:
    """Tell whether the question, as it is now, accepts the answer of a version."""
    question = edition.questions.get(version.question)
    try:
        if question is None:
            read_profile(edition.profile[version.question.removeprefix(PROFILE_PREFIX)], version.text)
            return not version.word
        read_answer(question, version.text)
    except AnswerFault:
        return False
    return not version.word or version.word in offered_words(question)
