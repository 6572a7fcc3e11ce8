"""One item of the evidence library: its versions, the answers that rest on it, and its files.

Files are sent as downloads, with a policy that prevents a browser that shows one from running anything in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.interface_messages import gettext as _
from compliance.store import AlreadyDecided, NotFound, assessments_for_auditor, submitted_answers
from compliance.store.evidence_library import (
    ItemDetails,
    ItemUse,
    ItemVersion,
    LibraryItem,
    StoredFile,
    change_item,
    item_of_version,
    item_uses,
    item_versions,
    replace_item,
    withdraw_item,
)
from compliance.web.access_control import readers, takes_file
from compliance.web.accounts import me, require
from compliance.web.company.blueprint import bp
from compliance.web.company.document_reading import compare_ahead, find_again, keep_rule_text, unread_sentence
from compliance.web.company.evidence_forms import (
    PostedItem,
    choices,
    error_links,
    file_url,
    item_view,
    posted_item,
    seen_item,
    typed_item_words,
    version_words,
)
from compliance.web.database import db, now
from compliance.web.edition_registry import editions
from compliance.web.files import files
from compliance.web.forms import small_number
from compliance.web.presenters.evidence import hidden_from_me
from compliance.web.responses import download
from compliance.workbook.document_checks import MOST_BYTES

#: A browser that shows a file anyway runs nothing in it.
_FILE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class UseView:
    """An answer that rests on an item."""

    ask: str
    url: str
    part: str
    year: int


@bp.get("/companies/<int:organisation_id>/evidence/<int:item_id>")
@readers("company")
def library_entry(organisation_id: int, item_id: int) -> str:
    """Show an item with its versions and the answers that rest on it. Raise NotFound, also if one may not see it."""
    return _item_page(seen_item(organisation_id, item_id))


@bp.post("/companies/<int:organisation_id>/evidence/<int:item_id>")
@readers("company")
@takes_file(MOST_BYTES)
def change_entry(organisation_id: int, item_id: int) -> str | BaseResponse:
    """Replace an item, change its details, withdraw it or restore it. Raise NotFound, or NotAllowed."""
    item, do = seen_item(organisation_id, item_id), request.form.get("do", "")
    require("answer", organisation_id, typed_item_words())
    if do in ("withdraw", "restore"):
        withdraw_item(db(), item, withdrawn=do == "withdraw", by=me().id, at=now())
    elif do in ("replace", "details"):
        posted = posted_item(item.kind, item, replaces=do == "replace")
        if posted.errors or posted.details is None:
            return _item_page(item, do, posted)
        if do == "details":
            _read(posted.details, item.latest)
            change_item(db(), item, posted.details, by=me().id, at=now())
        elif not _replaced(item, posted):
            return _item_page(seen_item(organisation_id, item_id), do, posted)
    else:
        raise BadRequest
    found = find_again(seen_item(organisation_id, item_id))
    db().commit()
    flash(_("Saved."))
    page = "company.compare_versions" if found and do == "replace" else "company.library_entry"
    return redirect(url_for(page, organisation_id=organisation_id, item_id=item_id))


def _replaced(item: LibraryItem, posted: PostedItem) -> bool:
    """Replace an item. Return False if somebody else has done so since the page was shown."""
    seen = small_number(request.form.get("seen"))
    assert posted.content is not None and posted.details is not None
    if isinstance(posted.content, StoredFile):
        _read(posted.details, posted.content)
        db().commit()  # texts are shared by all who have the file, and nobody has to wait for the comparison
        compare_ahead(item, posted.content.digest)
    try:
        expires = posted.details.expires
        replace_item(db(), item, posted.content, seen=seen or 0, expires=expires, by=me().id, at=now())
    except AlreadyDecided:
        db().rollback()
        flash(_("Somebody else replaced this meanwhile. Look at their version first, then replace it again."))
        return False
    return True


def _read(details: ItemDetails, file: StoredFile | ItemVersion) -> None:
    if refusal := keep_rule_text(details, file):
        flash(unread_sentence(refusal))


@bp.get("/files/<int:version_id>")
@readers("company", "auditor")
def kept_file(version_id: int) -> Response:
    """Download a file of one's own company's library, or evidence of a submission that is assigned to the reader.

    Raise NotFound, also for files that the reader may not see, or FileStorageFailed.
    """
    item, version = item_of_version(db(), version_id)
    mine = {membership.organisation_id for membership in me().person.memberships}
    may_see = item.organisation_id in mine and item.id not in hidden_from_me()
    if not version.digest or not (may_see or _is_under_review(item, version)):
        raise NotFound(f"no file {version_id}")
    response = download("file", files().get(version.digest), version.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=_ascii_name(version), **_full_name(version))
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _ascii_name(version: ItemVersion) -> str:
    plain = version.file_name.encode("ascii", "ignore").decode()
    return plain if plain == version.file_name else f"file.{version.file_name.rpartition('.')[2]}"


def _full_name(version: ItemVersion) -> dict[str, str]:
    return {} if version.file_name.isascii() else {"filename*": f"UTF-8''{quote(version.file_name, safe='')}"}


def _is_under_review(item: LibraryItem, version: ItemVersion) -> bool:
    """Tell whether an assessment that is assigned to me was submitted with this version as evidence."""
    if "auditor" not in me().roles_held:
        return False
    return any(
        piece.version == version.id
        for submitted in assessments_for_auditor(db(), me().id, organisation=item.organisation_id)
        for kept in submitted_answers(submitted).values()
        for piece in kept.evidence
    )


def _item_page(item: LibraryItem, doing: str = "", posted: PostedItem | None = None) -> str:
    details = item.details
    kept = {
        "title": details.title,
        "seen_by": details.seen_by,
        "expires": details.expires.isoformat() if details.expires else "",
        "rule_text": details.rule_text,
        "language": details.language,
        "public_url": details.public_url,
        "published": {True: "yes", False: "no", None: ""}[details.published],
        "document": item.latest.document,
        "page": item.latest.page,
        "passage": item.latest.passage,
        "link": item.latest.url,
    }
    draft = {**kept, **(posted.draft if posted else {})}
    return render_template(
        "company/library_item.html",
        organisation_id=item.organisation_id,
        view=item_view(item),
        versions=[
            (version, version_words(item, version), file_url(version)) for version in item_versions(db(), item.id)
        ],
        uses=_use_views(item_uses(db(), item.id)),
        doing=doing,
        draft=draft,
        errors=error_links(posted, replaces=doing == "replace"),
        faults=posted.errors if posted else {},
        **choices(draft),
    )


def _use_views(uses: Sequence[ItemUse]) -> list[UseView]:
    views = []
    for use in uses:
        served = editions().get(use.edition_id)
        known = served.complete.questions if served else {}
        asked = known.get(use.question)
        address = url_for("company.check", assessment_id=use.assessment_id, _anchor=f"said-{use.question}")
        views.append(UseView(asked.ask if asked else use.question, address, use.part, use.year))
    return views
