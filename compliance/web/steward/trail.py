"""The audit trail: all or some changes, the latest first, and on request a check of the hash chain."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Form, StringField

from compliance.languages.formats import sort_key
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import trail_head
from compliance.store.list_pages import (
    AttributedEvent,
    ListPage,
    PageRequest,
    TrailQuery,
    companies_page,
    members_page,
    trail_batches,
    trail_page,
)
from compliance.store.models import TrailKind
from compliance.store.trail_check import TrailDifference, trail_difference
from compliance.web.access_control import readers
from compliance.web.database import db
from compliance.web.forms import DayField, choice_or_404, small_number
from compliance.web.list_requests import list_request, list_view, wanted_words
from compliance.web.presenters import ErrorLink
from compliance.web.responses import streamed_csv
from compliance.web.steward.blueprint import bp

#: How many characters of an entry's text are shown.
MOST_SHOWN = 40
_COLUMNS = ("number", "at", "who", "what", "subject", "before", "after", "left_out")
#: The labels of the kinds of changes.
TRAIL_KIND_LABELS: Mapping[TrailKind, str] = {
    "answer": N_("answer"),
    "carried": N_("answer carried over"),
    "profile": N_("profile"),
    "evidence": N_("evidence"),
    "comment": N_("comment"),
    "determination": N_("verdict"),
    "assignment": N_("assignment"),
    "delegation": N_("question assigned to a colleague"),
    "interest": N_("declared interest"),
    "sign-off": N_("sign-off"),
    "reopening": N_("reopening"),
    "workbook": N_("workbook"),
    "role": N_("role"),
    "person": N_("person"),
    "period": N_("period"),
    "snapshot": N_("published figures"),
    "correction": N_("correction"),
    "submission": N_("submission"),
    "consent": N_("consent"),
    "portions": N_("portions chosen"),
    "mail": N_("mail settings"),
    "job": N_("job"),
    "organisation": N_("company"),
    "membership": N_("membership"),
    "group": N_("group of companies"),
    "invitation": N_("invited companies"),
    "export": N_("export of answers"),
    "reading": N_("desk reading"),
    "state": N_("rows after an upgrade"),
    "erasure": N_("deletion"),
}
#: Entries with texts of a company: the page says that they changed, not what they say.
CONFIDENTIAL_KINDS: frozenset[TrailKind] = frozenset(
    {"answer", "carried", "profile", "evidence", "comment", "determination", "delegation", "interest", "reopening"}
)


class TrailFilters(Form):
    """The filters of the list of entries, in the query of the page."""

    kind = StringField()
    person = StringField()
    company = StringField()
    since = DayField()
    until = DayField()

    def wanted(self) -> TrailQuery:
        """Return the query, and set errors on fields that match nothing. Abort with 404 for an unknown kind."""
        kind: TrailKind | Literal[""] = choice_or_404("kind", ("", *TRAIL_KIND_LABELS), "")
        since, until = self.since.day, self.until.day
        return TrailQuery(
            kind=kind or None,
            people=_numbers(self.person, lambda asked: members_page(db(), asked)),
            companies=_numbers(self.company, lambda asked: companies_page(db(), asked)),
            since=datetime.combine(since, time.min, UTC) if since else None,
            until=datetime.combine(until, time.max, UTC) if until else None,
        )


@bp.get("/steward/trail")
@readers("steward")
def trail() -> str:
    """Show all or some changes, the latest first, and on request a check of the hash chain."""
    asked, filters, wanted = _asked()
    page: ListPage[AttributedEvent] = ListPage((), 0)
    if not filters.errors:
        page = trail_page(db(), wanted, asked)
    where = _where(filters)
    checked = request.args.get("check") == "yes"
    return render_template(
        "steward/trail.html",
        lines=[(line, *_said(line)) for line in page.rows],
        view=list_view(page, asked, {"latest": ""}, "steward.trail", **where),
        filters=filters,
        kinds=sorted(((kind, _kind_label(kind)) for kind in TRAIL_KIND_LABELS), key=lambda each: sort_key(each[1])),
        errors=[ErrorLink(field.name, str(field.errors[0])) for field in filters if field.errors],
        file_url=url_for("steward.trail_file", find=asked.find or None, **where),
        kind_label=_kind_label,
        head=trail_head(db()),
        checked=checked,
        difference=_difference_words(trail_difference(db())) if checked else "",
    )


@bp.get("/steward/trail.csv")
@readers("steward")
def trail_file() -> BaseResponse:
    """Return the filtered entries as CSV, with no more of each than the page shows."""
    asked, filters, wanted = _asked()
    if filters.errors:  # the page shows what is wrong
        return redirect(url_for("steward.trail", find=asked.find or None, **_where(filters)))
    return streamed_csv("article34-audit-trail.csv", _COLUMNS, _rows(wanted, asked.find))


def _rows(wanted: TrailQuery, find: str) -> Iterator[tuple[str, ...]]:
    for batch in trail_batches(db(), wanted, find):  # evaluated while sending: the view's session is closed by then
        yield from map(_row, batch)


def _asked() -> tuple[PageRequest, TrailFilters, TrailQuery]:
    filters = TrailFilters(request.args)
    filters.validate()
    return list_request(["latest"]), filters, filters.wanted()


def _where(filters: TrailFilters) -> dict[str, Any]:
    return {field.name: field.data or None for field in filters}


def _numbers(field: StringField, find: Callable[[PageRequest], ListPage[Any]]) -> tuple[int, ...]:
    """Return the ids that a field names, by number or by words."""
    words = wanted_words(field.data or "")
    if not words:
        return ()
    if (number := small_number(words)) is not None:
        return (number,)
    found = find(PageRequest(words))
    if not found.rows:
        field.errors = [_("Nothing matches these words.")]
    elif found.later:
        field.errors = [_("%(count)s match these words. Enter more of the name.", count=found.found)]
    return tuple(one.id for one in found.rows)


def _said(line: AttributedEvent) -> tuple[str, str, str]:
    """Return an entry's values before and after as shown, and why they are not, if so."""
    if line.is_erased:
        return "", "", "deleted"
    if line.what in CONFIDENTIAL_KINDS:
        return "", "", "not repeated"
    return _shortened(line.before), _shortened(line.after), ""


def _shortened(words: str) -> str:
    return words if len(words) <= MOST_SHOWN else words[: MOST_SHOWN - 1].rstrip() + "…"


def _row(line: AttributedEvent) -> tuple[str, ...]:
    at = line.at.astimezone(UTC).isoformat(timespec="seconds")
    return (str(line.number), at, line.name, line.what, line.subject, *_said(line))


def _difference_words(found: TrailDifference | None) -> str:
    """Return the first difference as a sentence, or ""."""
    if found is None:
        return ""
    about = {"number": str(found.entry or ""), "rows": found.rows}
    if found.kind == "entry":
        return _("Entry %(number)s is not as it was written.", **about)
    if found.kind == "signature":
        return _("What was signed as entry %(number)s is not that entry, or its signature is false.", **about)
    if found.kind == "edition":
        return _("The copy of the edition with the digest %(rows)s was altered.", **about)
    if found.kind == "unknown":
        return _("No entry records %(rows)s.", **about)
    if found.kind == "removed":
        return _("Rows that entry %(number)s records are gone: %(rows)s.", **about)
    return _("%(rows)s: the rows are not as entry %(number)s recorded them.", **about)


def _kind_label(kind: TrailKind) -> str:
    return _(TRAIL_KIND_LABELS[kind])
