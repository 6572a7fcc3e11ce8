"""The hearing on the desk: telling the company, entering its letters, and publishing or correcting the reading."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from compliance.disclosure.published_reading import content_to_json, reading_content
from compliance.languages.formats import and_list, long_date
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.reading_wording import heard_sentences
from compliance.questionnaire.desk_reading import BOTH
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.heard_reading import WHOLE, HeardReading, unsettled_points
from compliance.store import NotFound, company_members
from compliance.store.exceptions import NotHeard, ReadingUnsettled
from compliance.store.independence import NotIndependent, ties_of
from compliance.store.member_roles import role_may
from compliance.store.published_readings import reading_corrections
from compliance.store.reading_hearings import (
    LEAST_REPLY_DAYS,
    REPLY_DAYS,
    correct_reading,
    extend_window,
    heard_reading,
    publish_reading,
    renew_draft_link,
    save_reply,
    send_draft,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.advocate.blueprint import refused
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_id
from compliance.web.forms import DayField, TickField
from compliance.web.mail import queue_mail, whole_url
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink

bp = Blueprint("hearing", __name__)
bp.register_error_handler(NotIndependent, refused)

_NEEDED = _l("Fill this in.")
_TOLD_BY_OTHERS = _l(
    "You are one of the two readers, so you cannot do this. The person who decides can, or an advocate without a role "
    "in this reading."
)
_STRIPPED = [lambda text: (text or "").strip()]


class WindowForm(FlaskForm):
    """The last day on which the company may reply."""

    until = DayField(filters=_STRIPPED)


class LetterForm(FlaskForm):
    """A reply that came by letter."""

    words = TextAreaField(filters=_STRIPPED, validators=[DataRequired(_NEEDED), Length(max=5000)])
    name = StringField(filters=_STRIPPED, validators=[DataRequired(_NEEDED), Length(max=200)])
    role = StringField(filters=_STRIPPED, validators=[Length(max=200)])
    no_more = TickField()


class PublicationForm(FlaskForm):
    """The tick that confirms the publication, which cannot be taken back."""

    sure = TickField()


class ReadingCorrectionForm(FlaskForm):
    """A correction of a published reading, and its reason."""

    what = TextAreaField(filters=_STRIPPED, validators=[DataRequired(_NEEDED), Length(max=2000)])
    why = TextAreaField(filters=_STRIPPED, validators=[DataRequired(_NEEDED), Length(max=2000)])


class OnlyReads(Exception):
    """A reader may not tell the company, or publish."""

    def __init__(self, reading: HeardReading) -> None:
        super().__init__(f"whoever reads reading {reading.id} does not tell the company")
        self.reading = reading


@bp.get("/desk/readings/<int:reading_id>/hearing")
@readers("advocate")
def hearing(reading_id: int) -> str:
    """Show the state of the hearing, and what can be done next. Raise NotFound, or NotIndependent."""
    return _show(_reading(reading_id))


@bp.post("/desk/readings/<int:reading_id>/hearing/send")
@readers("advocate")
def send(reading_id: int) -> str | tuple[str, int] | BaseResponse:
    """Tell the company, by mail or with a letter to print. Raise NotFound or ReadingMovedOn."""
    reading, form = _to_change(reading_id), WindowForm()
    if not form.validate_on_submit() or form.until.day is None:
        return _refused(reading, "until", _("Enter a date as year-month-day, such as 2026-03-31."))
    token = token_urlsafe(32)
    try:
        reading = send_draft(
            db(), _edition(reading), reading_id, token=token, until=form.until.day, by=me().id, at=now()
        )
    except ValueError:
        days = _("Give the company at least %(days)s days to reply.", days=LEAST_REPLY_DAYS)
        return _refused(reading, "until", days)
    except ReadingUnsettled:
        db().rollback()
        return _refused(reading, "until", _("Some points are still open. Decide them first."))
    return _tell(reading, token)


@bp.post("/desk/readings/<int:reading_id>/hearing/link")
@readers("advocate")
def link(reading_id: int) -> str | BaseResponse:
    """Send a new link, because the old one was lost. Raise NotFound or ReadingMovedOn."""
    _to_change(reading_id)
    token = token_urlsafe(32)
    return _tell(renew_draft_link(db(), reading_id, token=token, by=me().id, at=now()), token)


@bp.post("/desk/readings/<int:reading_id>/hearing/extend")
@readers("advocate")
def extend(reading_id: int) -> tuple[str, int] | BaseResponse:
    """Give the company more time. Raise NotFound or ReadingMovedOn."""
    reading, form = _to_change(reading_id), WindowForm()
    if not form.validate_on_submit() or form.until.day is None:
        return _refused(reading, "until", _("Enter a date as year-month-day, such as 2026-03-31."))
    try:
        extend_window(db(), reading_id, until=form.until.day, by=me().id, at=now())
    except ValueError:
        db().rollback()
        return _refused(reading, "until", _("Enter a later day than the one the company was given."))
    return _done(reading_id, _("Saved. No e-mail is sent about this: tell the company that it has more time."))


@bp.post("/desk/readings/<int:reading_id>/hearing/letter")
@readers("advocate")
def letter(reading_id: int) -> tuple[str, int] | BaseResponse:
    """Enter a reply that the company sent by letter. Raise NotFound or ReadingMovedOn."""
    reading, form = _to_change(reading_id), LetterForm()
    if not form.validate_on_submit():
        return _refused(reading, *_first_error(form))
    save_reply(
        db(),
        reading_id,
        {WHOLE: str(form.words.data)},
        name=str(form.name.data),
        role=str(form.role.data),
        no_more=bool(form.no_more.data),
        by=me().id,
        at=now(),
        by_letter=True,
    )
    return _done(reading_id, _("Saved."))


@bp.post("/desk/readings/<int:reading_id>/hearing/publish")
@readers("advocate")
def publish(reading_id: int) -> tuple[str, int] | BaseResponse:
    """Publish a reading for good, and tell the company. Raise NotFound or ReadingMovedOn."""
    reading = _to_change(reading_id)
    edition = _edition(reading)
    is_due = reading.state == "hearing" and reading.may_be_published(now().date())
    if is_due and not PublicationForm().sure.data:
        return _refused(
            reading, "sure", _("Tick the box to confirm that you have checked it. It cannot be taken back.")
        )

    def content(heard: HeardReading) -> str:
        return content_to_json(reading_content(edition, heard, published=now().date()))

    try:
        publish_reading(db(), edition, reading_id, content, by=me().id, at=now())
    except NotHeard:
        db().rollback()
        return _refused(reading, "publish", _("The company can still reply: wait until its time is over."))
    except ReadingUnsettled:
        db().rollback()
        return _refused(reading, "publish", _("Some points are still open. Decide them first."))
    address = partial(whole_url, "company_readings.company", slug=reading.slug, version=reading.version)
    for email, language in _recipients(reading):
        said: dict[str, Any] = {"company": reading.company, "link": address, "replied": bool(reading.replies)}
        queue_mail("desk-published", email, language=language, **said)
    return _done(reading_id, _("Published."))


@bp.post("/desk/readings/<int:reading_id>/hearing/correct")
@readers("advocate")
def correct(reading_id: int) -> tuple[str, int] | BaseResponse:
    """Add a permanent correction to a published reading. Raise NotFound."""
    reading, form = _to_change(reading_id), ReadingCorrectionForm()
    if not form.validate_on_submit():
        return _refused(reading, *_first_error(form))
    correct_reading(db(), reading_id, what=str(form.what.data), why=str(form.why.data), by=me().id, at=now())
    return _done(reading_id, _("Saved. The correction is shown next to what was published."))


@bp.errorhandler(OnlyReads)
def only_reads(fault: OnlyReads) -> tuple[str, int]:
    """Show who may do what a reader may not."""
    db().rollback()
    return _show(fault.reading, [ErrorLink("reading", str(_TOLD_BY_OTHERS))]), 403


def _reading(reading_id: int) -> HeardReading:
    """Return a reading that both have finished. Raise NotFound, or NotIndependent for a tie to its company."""
    reading = heard_reading(db(), reading_id)
    if reading.state in ("reading", "stopped"):
        raise NotFound(f"reading {reading_id} is not decided yet, or was given up")
    if reading.organisation_id is not None and (tie := ties_of(db(), me().id).get(reading.organisation_id)):
        raise NotIndependent(tie)
    return reading


def _to_change(reading_id: int) -> HeardReading:
    """Return a reading if the user may tell the company and publish. Raise as `_reading`, or OnlyReads."""
    reading = _reading(reading_id)
    if not _may_tell(reading):
        raise OnlyReads(reading)
    return reading


def _may_tell(reading: HeardReading) -> bool:
    return all(reading.people.get(place) != me().id for place in BOTH)


def _edition(reading: HeardReading) -> Edition:
    return edition_by_id(reading.edition_id).complete


def _tell(reading: HeardReading, token: str) -> str | BaseResponse:
    """Mail the link, or without an address show a letter to print. It is shown only once: the link is not kept."""
    words: dict[str, Any] = {
        "company": reading.company,
        "documents": lambda: and_list(document.title for document in reading.documents),
        "link": partial(whole_url, "drafts.draft", token=token, page=0),
        "until": lambda: long_date(reading.reply_until or date.max),
    }
    recipients = list(_recipients(reading))
    for email, language in recipients:
        queue_mail("desk-draft", email, language=language, **words)
    db().commit()
    if recipients:
        to = and_list(email for email, _language in recipients)
        said = _("The link is on its way to %(addresses)s.", addresses=to)
        return _done(reading.id, said)
    known = {name: word() if callable(word) else word for name, word in words.items()}
    text = current_app.jinja_env.get_template("mail/desk-draft.txt").render(known, _=_, gettext=_)
    return render_template("desk/letter.html", reading=reading, paragraphs=text.strip().split("\n\n"))


def _recipients(reading: HeardReading) -> Iterator[tuple[str, str]]:
    """Yield the company's address, or those of members who may submit for it if it is registered, with languages."""
    if reading.email:
        yield reading.email, current_language()
    elif reading.organisation_id is not None:
        for member in company_members(db(), reading.organisation_id):
            if member.active and role_may(member.role, "submit"):
                yield member.email, member.language


def _done(reading_id: int, said: str) -> BaseResponse:
    db().commit()
    flash(said)
    return redirect(url_for("hearing.hearing", reading_id=reading_id))


def _refused(reading: HeardReading, target: str, fault: str) -> tuple[str, int]:
    return _show(reading, [ErrorLink(target, fault)]), 422


def _first_error(form: FlaskForm) -> tuple[str, str]:
    return next((str(name), str(found[0])) for name, found in form.errors.items() if found)


def _show(reading: HeardReading, errors: list[ErrorLink] | None = None) -> str:
    edition, today = _edition(reading), now().date()
    unsettled = unsettled_points(edition, reading)
    content = None if unsettled else reading_content(edition, reading, published=None)
    return render_template(
        "desk/hearing.html",
        reading=reading,
        edition=edition,
        unsettled=len(unsettled),
        may_tell=_may_tell(reading),
        told_by=_TOLD_BY_OTHERS,
        heard=heard_sentences(content) if content and reading.sent_at else [],
        by_mail=[email for email, _language in _recipients(reading)],
        until=(today + timedelta(days=REPLY_DAYS)).isoformat(),
        least=LEAST_REPLY_DAYS,
        may_publish=reading.may_be_published(today) and not unsettled,
        corrections=reading_corrections(db(), [reading.id]) if reading.state == "published" else (),
        errors=errors or [],
        typed=_typed(),
    )


def _typed() -> dict[str, str]:
    """Return the posted texts, so that none is lost if there is an error."""
    form = {**LetterForm().data, **ReadingCorrectionForm().data, **WindowForm().data}
    return {name: str(value) for name, value in form.items() if isinstance(value, str)}
