"""The draft of a desk reading, as the company sees it, and its reply: by a secret link, or signed in.

Page 0 is an overview, with the reply to the whole draft. Each further page has the points of a theme for one
kind of document.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from flask import abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from compliance.disclosure.published_reading import ReadingContent, reading_content
from compliance.languages.formats import long_date
from compliance.narrative.reading_wording import heard_sentences
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.heard_reading import WHOLE, HeardReading, PointKey
from compliance.store import Membership
from compliance.store.exceptions import ReadingMovedOn, ReplyWindowClosed
from compliance.store.reading_hearings import readings_heard, save_reply
from compliance.web.database import db, now
from compliance.web.edition_registry import edition_by_id
from compliance.web.forms import TickField
from compliance.web.page_text import lazy as _l
from compliance.web.page_text import own
from compliance.web.page_text import said as _
from compliance.web.presenters import ErrorLink, WaitingTask
from compliance.web.presenters.desk_readings import KindFigures, RequirementPoints, kind_views, requirement_points

LONGEST_REPLY, LONGEST_POINT_REPLY = 5000, 2000


class ReplyForm(FlaskForm):
    """The reply to the whole draft, and who signs it. Replies to points are read by `_posted_words`."""

    class Meta:
        """No CSRF check: anybody with the link may reply, and for people signed in the token was checked before."""

        csrf = False

    whole = TextAreaField(
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=LONGEST_REPLY, message=_l("Use at most 5,000 characters."))],
    )
    name = StringField(
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=200, message=_l("Use at most 200 characters."))],
    )
    role = StringField(
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=200, message=_l("Use at most 200 characters."))],
    )
    no_more = TickField()


@dataclass(frozen=True)
class DraftView:
    """A draft: the findings, the company's earlier replies, and whether it can still reply."""

    reading: HeardReading
    edition: Edition
    content: ReadingContent
    address: Callable[[int], str]  # of a page, by its number
    page: int
    open: bool
    words: Mapping[PointKey, str] = field(default_factory=dict)  # of replies, as typed in this post
    errors: Sequence[ErrorLink] = ()

    @cached_property
    def sections(self) -> list[tuple[KindFigures, str, list[RequirementPoints]]]:
        """The pages after the first: kind of document, theme, requirements."""
        found: list[tuple[KindFigures, str, list[RequirementPoints]]] = []
        for kind in kind_views(self.edition, self.content):
            by_theme: dict[str, list[RequirementPoints]] = {}
            points = self.content.points_of(kind.result.kind)
            for requirement in requirement_points(self.edition, self.content, points):
                by_theme.setdefault(requirement.theme, []).append(requirement)
            found += [(kind, theme, requirements) for theme, requirements in by_theme.items()]
        return found

    @property
    def keys(self) -> list[PointKey]:
        """The points of this page."""
        if not self.page:
            return [WHOLE]
        requirements = self.sections[self.page - 1][2]
        return [(view.point.kind, view.point.question) for each in requirements for view in each.points]

    def said(self, kind: str, question: str) -> str:
        """Return the reply to a point as typed in this post, or else as saved before."""
        reply = self.content.reply_on(kind, question)
        return self.words.get((kind, question), reply.words if reply else "")

    @property
    def signed(self) -> tuple[str, str]:
        """Name and role of the person who signed last."""
        last = max(self.reading.replies, key=lambda reply: reply.at, default=None)
        return (last.name, last.role) if last else ("", "")


def draft_view(reading: HeardReading, address: Callable[[int], str], page: int) -> DraftView:
    """Return a page of a draft. Abort with 404 if there is no such page."""
    edition = edition_by_id(reading.edition_id).complete
    content = reading_content(edition, reading, published=None)
    view = DraftView(reading, edition, content, address, page, reading.takes_replies(now().date()))
    return view if page <= len(view.sections) else abort(404)


def answer_draft(
    reading: HeardReading, address: Callable[[int], str], page: int, *, person_id: int | None, name: str = ""
) -> str | tuple[str, int] | BaseResponse:
    """Show the page, or save a posted reply. Redirect to the published reading if there is one."""
    if reading.state == "published":
        return redirect(url_for("company_readings.company", slug=reading.slug, version=reading.version))
    view = draft_view(reading, address, page)
    if request.method == "POST":
        return _answered(view, person_id)
    return _show(view, name=view.signed[0] or name, role=view.signed[1], no_more=reading.reply_ended_at is not None)


def _answered(view: DraftView, person_id: int | None) -> tuple[str, int] | BaseResponse:
    form = ReplyForm()
    words = _posted_words(view, form)
    errors = _errors(form, words)
    ended = bool(form.no_more.data) if not view.page else view.reading.reply_ended_at is not None
    if not errors:
        name, role = str(form.name.data), str(form.role.data)
        try:
            save_reply(db(), view.reading.id, words, name=name, role=role, no_more=ended, by=person_id, at=now())
            db().commit()
        except (ReplyWindowClosed, ReadingMovedOn):
            db().rollback()
            errors = [ErrorLink("reply", _("The time to reply is over. Nothing was saved."))]
        else:
            following = view.page + 1 if request.form.get("next") and view.page < len(view.sections) else view.page
            return redirect(f"{view.address(following)}?saved=yes")
    again = DraftView(
        view.reading, view.edition, view.content, view.address, view.page, view.open, words=words, errors=errors
    )
    status = 409 if not view.open else 422
    return _show(again, name=str(form.name.data), role=str(form.role.data), no_more=ended), status


def _posted_words(view: DraftView, form: ReplyForm) -> dict[PointKey, str]:
    if not view.page:
        return {WHOLE: str(form.whole.data)}
    return {key: request.form.get(f"reply:{key[0]}:{key[1]}", "").strip() for key in view.keys}


def _errors(form: ReplyForm, words: Mapping[PointKey, str]) -> list[ErrorLink]:
    form.validate()
    errors = [ErrorLink(name, str(found[0])) for name, found in form.errors.items() if name]
    errors += [
        ErrorLink(f"reply-{kind}-{question}", _("Use at most 2,000 characters."))
        for (kind, question), text in words.items()
        if question and len(text) > LONGEST_POINT_REPLY
    ]
    if any(words.values()) and not form.name.data:
        errors.append(ErrorLink("name", _("Enter the name of the person who signs the reply.")))
    return errors


def _show(view: DraftView, *, name: str, role: str, no_more: bool) -> str:
    return render_template(
        "company_readings/draft.html",
        view=view,
        content=view.content,
        edition=view.edition,
        section=view.sections[view.page - 1] if view.page else None,
        kinds=kind_views(view.edition, view.content) if not view.page else (),
        heard=heard_sentences(view.content),
        name=name,
        role=role,
        no_more=no_more,
        saved=request.args.get("saved") == "yes",
        errors=view.errors,
    )


def drafts_waiting(companies: Iterable[Membership]) -> Iterator[WaitingTask]:
    """Yield the draft readings of the user's companies to which they may still reply."""
    names = {one.organisation_id: own(one.organisation) for one in companies if one.may("submit")}
    for company, reading, until in readings_heard(db(), names.keys(), today=now().date()) if names else ():
        words = _(
            "What %(company)s publishes has been read. You can reply to the draft until %(day)s.",
            company=names[company],
            day=long_date(until),
        )
        yield WaitingTask(words, url_for("company.draft", organisation_id=company, reading_id=reading))
