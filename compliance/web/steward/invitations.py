"""Lists of invited companies: their progress, and which registered company each is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.countries import is_high_need
from compliance.store import (
    InvitedCompany,
    invitation_list,
    invitation_lists,
    invited_companies,
    remove_invitation_list,
    settle_match,
)
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.forms import choice_of, small_number
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.steward.blueprint import bp

LINES_PER_PAGE = 100
#: The filters of the lines of a list.
LINE_FILTERS = ("all", "answered", "opened", "unopened", "unsettled", "unconfirmed")


@dataclass(frozen=True, slots=True)
class InvitedNumbers:
    """Numbers of invited companies. Only for the steward, as nothing is suppressed here."""

    title: str
    invited: int
    opened: int
    answered: int

    @property
    def silent(self) -> int:
        """The number that have not answered."""
        return self.invited - self.answered


class MatchForm(FlaskForm):
    """The registered company that an invited one is, or nothing if it is not the suggested one."""

    company = StringField()


class ListWithdrawalForm(FlaskForm):
    """The reason for withdrawing a list."""

    reason = StringField(
        _l("Reason"),
        [InputRequired(_l("Give a reason.")), Length(max=500, message=_l("Use at most 500 characters."))],
    )


@bp.get("/steward/invitations")
@readers("steward")
def invitations() -> str:
    """Show all lists of invited companies."""
    return render_template("steward/invitations.html", lists=invitation_lists(db()))


@bp.get("/steward/invitations/<int:list_id>")
@readers("steward")
def invited(list_id: int) -> str:
    """Show a list: numbers by progress, and each company. Raise NotFound."""
    return _list_page(list_id)


@bp.post("/steward/invitations/<int:list_id>/lines/<int:line>")
@readers("steward")
def settle(list_id: int, line: int) -> BaseResponse:
    """Save which registered company an invited one is, or that it is another one. Raise NotFound or PeriodClosed."""
    form = MatchForm()
    settle_match(db(), list_id, line, small_number(form.company.data), by=me().id, at=now())
    db().commit()
    flash(_("Saved."))
    return redirect(url_for("steward.invited", list_id=list_id, _anchor="matches"))


@bp.post("/steward/invitations/<int:list_id>/withdraw")
@readers("steward")
def withdraw(list_id: int) -> str | BaseResponse:
    """Withdraw a list. Raise NotFound, or PeriodClosed."""
    form = ListWithdrawalForm()
    if not form.validate():
        return _list_page(list_id, form.reason.data or "", str(form.reason.errors[0]))
    remove_invitation_list(db(), list_id, reason=form.reason.data or "", by=me().id, at=now())
    db().commit()
    flash(_("The list was withdrawn. Only its entry in the audit trail remains."))
    return redirect(url_for("steward.invitations"))


def _list_page(list_id: int, reason: str = "", error: str = "") -> str:
    shown = invitation_list(db(), list_id)
    companies = invited_companies(db(), list_id)
    chosen = choice_of("show", LINE_FILTERS, LINE_FILTERS[0])
    wanted = [one for one in companies if _is_wanted(one, chosen)]
    page = max(1, small_number(request.args.get("page"), digits=4) or 1)
    pages = max(1, -(-len(wanted) // LINES_PER_PAGE))
    page = min(page, pages)
    return render_template(
        "steward/invited.html",
        list=shown,
        numbers=_numbers(companies),
        doubtful=[one for one in companies if one.possible is not None],
        unconfirmed=sum(_is_wanted(one, "unconfirmed") for one in companies),
        lines=wanted[(page - 1) * LINES_PER_PAGE : page * LINES_PER_PAGE],
        filters=LINE_FILTERS,
        chosen=chosen,
        pages={
            "current": page,
            "total": pages,
            "previous_url": _page_url(list_id, chosen, page - 1) if page > 1 else None,
            "next_url": _page_url(list_id, chosen, page + 1) if page < pages else None,
        },
        reason=reason,
        error=error,
        errors=[ErrorLink("reason", error)] if error else [],
    )


def _page_url(list_id: int, chosen: str, page: int) -> str:
    return url_for("steward.invited", list_id=list_id, show=chosen, page=page)


def _is_wanted(one: InvitedCompany, chosen: str) -> bool:
    if chosen == "unsettled":
        return one.possible is not None
    if chosen == "unconfirmed":
        return one.registered is not None and not one.counts and not one.is_left_out
    return chosen in ("all", _counted_progress(one))


def _counted_progress(one: InvitedCompany) -> str:
    """Return the progress of a company as published: an unconfirmed match does not count, so it is "unopened"."""
    return one.progress if one.counts else "unopened"


def _numbers(companies: Sequence[InvitedCompany]) -> list[InvitedNumbers]:
    """Return the numbers for all companies on a list, and by need of their countries."""
    counted = [one for one in companies if not one.is_left_out]
    high = [one for one in counted if is_high_need(one.country)]
    others = [one for one in counted if not is_high_need(one.country)]
    titled = (
        (_("All companies on the list"), counted),
        (_("From priority countries"), high),
        (_("From other countries, or not stated"), others),
    )
    found = []
    for title, those in titled:
        progress = Counter(map(_counted_progress, those))
        opened = progress["opened"] + progress["answered"]
        found.append(InvitedNumbers(title, len(those), opened, progress["answered"]))
    return found
