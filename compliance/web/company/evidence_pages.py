"""The evidence library of a company, and adding to it. Items that a person may not see are not mentioned to them."""

from collections.abc import Callable, Mapping
from itertools import islice

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import Membership
from compliance.store.evidence_library import LibraryItem, StoredFile, add_item, library_of
from compliance.store.evidence_models import LIBRARY_KINDS
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import me, own_company, require
from compliance.web.company.blueprint import bp
from compliance.web.company.document_reading import keep_rule_text, unread_sentence
from compliance.web.company.evidence_forms import (
    PostedItem,
    choices,
    error_links,
    item_view,
    posted_item,
    typed_item_words,
)
from compliance.web.database import db, now
from compliance.web.desk_drafts import drafts_waiting
from compliance.web.forms import choice_of, choice_or_404
from compliance.web.presenters.evidence import hidden_from_me
from compliance.workbook.document_checks import MOST_BYTES

ITEMS_A_PAGE = 20
#: The filters of the list.
FILTERS = ("all", "texts", "files", "links", "passages", "unused")


@bp.get("/companies/<int:organisation_id>/evidence")
@readers("company")
def library(organisation_id: int) -> str:
    """Show the library of one's own company. Raise NotFound for others."""
    return _library_page(own_company(organisation_id))


@bp.post("/companies/<int:organisation_id>/evidence")
@readers("company")
@takes_file(MOST_BYTES)
def add_to_library(organisation_id: int) -> str | BaseResponse:
    """Add a file, a link or a passage. If there are errors, show the form again with the typed texts.

    Raise NotFound, or NotAllowed.
    """
    here, kind = own_company(organisation_id), request.form.get("kind", "")
    require("answer", organisation_id, typed_item_words())
    if kind not in LIBRARY_KINDS:
        raise BadRequest
    posted = posted_item(kind)
    if posted.errors or posted.details is None or posted.content is None:
        return _library_page(here, kind, posted)
    refusal = keep_rule_text(posted.details, posted.content) if isinstance(posted.content, StoredFile) else None
    add_item(db(), organisation_id, posted.details, posted.content, by=me().id, at=now())
    db().commit()
    flash(_("“%(title)s” is in the library. Every question can use it now.", title=posted.details.title))
    if refusal:
        flash(unread_sentence(refusal))
    return redirect(url_for("company.library", organisation_id=organisation_id))


def _library_page(here: Membership, adding: str = "", posted: PostedItem | None = None) -> str:
    organisation_id = here.organisation_id
    hidden = hidden_from_me()
    everything = [item for item in library_of(db(), organisation_id) if item.id not in hidden]
    items = [item for item in everything if item.withdrawn_at is None]
    shown = choice_or_404("show", FILTERS, "all")
    due = [item for item in items if item.needs_look(now().date())]
    counts = {name: sum(map(_IN_FILTER[name], items)) for name in FILTERS}
    pages = max(1, -(-counts[shown] // ITEMS_A_PAGE))
    page = choice_or_404("page", range(1, pages + 1), 1)
    listed = islice(filter(_IN_FILTER[shown], items), (page - 1) * ITEMS_A_PAGE, page * ITEMS_A_PAGE)
    return render_template(
        "company/library.html",
        company=here,
        items=[item_view(item) for item in listed],
        pages={
            "current": page,
            "total": pages,
            "previous_url": _address(organisation_id, shown, page - 1) if page > 1 else None,
            "next_url": _address(organisation_id, shown, page + 1) if page < pages else None,
        },
        due=[item_view(item) for item in due] if shown == "all" else [],
        withdrawn=[item_view(item) for item in everything if item.withdrawn_at is not None] if shown == "all" else [],
        filters=[(name, counts[name]) for name in FILTERS if counts[name] or name == "all"],
        shown=shown,
        answers_due=sum(item.uses for item in due),
        adding=adding or choice_of("add", LIBRARY_KINDS, "file"),
        heard=list(drafts_waiting([here])),
        draft=posted.draft if posted else {},
        errors=error_links(posted),
        faults=posted.errors if posted else {},
        **choices(posted.draft if posted else {}),
    )


def _address(organisation_id: int, shown: str, page: int) -> str:
    return url_for("company.library", organisation_id=organisation_id, show=shown, page=page, _anchor="list")


_IN_FILTER: Mapping[str, Callable[[LibraryItem], bool]] = {
    "all": lambda _item: True,
    "texts": lambda item: bool(item.details.rule_text),
    "files": lambda item: item.kind == "file",
    "links": lambda item: item.kind == "link",
    "passages": lambda item: item.kind == "passage",
    "unused": lambda item: item.uses == 0,
}
