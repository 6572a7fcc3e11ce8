"""Shared parts of the evidence library's pages: the form of an item, and an item in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField

from compliance.languages.formats import comma_list, long_date, number
from compliance.languages.interface_messages import LANGUAGE_NAMES, LANGUAGES, N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.store import FileStorageFailed, Link, NotFound, Quotation
from compliance.store.evidence_library import (
    NOTICE,
    Content,
    ItemDetails,
    ItemVersion,
    LibraryItem,
    StoredFile,
    library_item,
)
from compliance.store.evidence_models import RULE_TEXTS, SEEN_BY
from compliance.web.accounts import own_company
from compliance.web.answer_forms import EARLIEST, IN_THE_FUTURE, TOO_EARLY, short_enough, web_address
from compliance.web.database import db, now
from compliance.web.files import files
from compliance.web.forms import DayField, as_stored
from compliance.web.logs import note_event
from compliance.web.presenters import ErrorLink
from compliance.web.presenters.evidence import hidden_from_me
from compliance.workbook.document_checks import (
    FORMATS,
    MOST_BYTES,
    PAGE_FORMATS,
    PROBLEMS,
    EvidenceFileRefused,
    check_document,
)

RULE_TEXT_LABELS = {
    "code": N_("Code of conduct"),
    "supplier-code": N_("Code for suppliers"),
    "policy": N_("Policy"),
    "other": N_("Another text that sets rules"),
}
SEEN_BY_LABELS = {
    "everyone": N_("Everyone in your company, and your auditor"),
    "few": N_("Only the person who added it, the owners and approvers, and your auditor"),
}
_PAST = N_("This day has passed: give a later one, or leave it empty.")
_ALLOWANCE = timedelta(days=1)


class LibraryForm(FlaskForm):
    """A new item of the library, or a new version of one. Which fields are read depends on the kind."""

    title = StringField(validators=[short_enough])
    document = StringField(validators=[short_enough])
    page = StringField(validators=[short_enough])
    passage = StringField(validators=[short_enough])
    link = StringField(validators=[short_enough, web_address])
    opened = DayField()
    dated = DayField()
    expires = DayField()
    seen_by = StringField()
    rule_text = StringField()
    language = StringField()
    public_url = StringField(validators=[short_enough, web_address])
    published = StringField()

    def said(self, name: str) -> str:
        """Return the text of a field, as it is stored."""
        return as_stored(self[name].data)


@dataclass(frozen=True, slots=True)
class PostedItem:
    """A posted item: the typed texts, the errors by field, and details and content where there are no errors."""

    draft: Mapping[str, str]
    errors: Mapping[str, str]
    details: ItemDetails | None = None
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item of the library as its pages show it."""

    item: LibraryItem
    title: str
    about: str  # kind, size, who added it, in words
    dated: str
    expires: str
    is_due: bool  # it has expired, or will soon
    seen_by: str
    url: str  # of its page
    file_url: str
    link: str
    quotation: str


def seen_item(organisation_id: int, item_id: int) -> LibraryItem:
    """Return an item that the person signed in may see. Raise NotFound."""
    own_company(organisation_id)
    found = library_item(db(), organisation_id, item_id)
    if found.id in hidden_from_me():
        raise NotFound(f"no item {item_id} that one may see")
    return found


# ── What was posted


def typed_item_words() -> list[tuple[str, str]]:
    """Return the typed texts with their labels, to be shown to a person who may not save them."""
    form = LibraryForm()
    labels = {
        "title": _("Title"),
        "passage": _("The sentence, word for word"),
        "document": _("Document"),
        "page": _("Page"),
        "link": _("Link"),
        "public_url": _("Public address"),
    }
    return [(label, form[name].data) for name, label in labels.items() if form[name].data]


def posted_item(kind: str, item: LibraryItem | None = None, *, replaces: bool = True) -> PostedItem:
    """Read the posted form of a new item, or of `item`. `replaces`: with its content, which makes a new version."""
    form = LibraryForm()
    form.validate()
    typed = {name: form.said(name) for name in form.data if name != "csrf_token"}
    errors = {name: str(said[0]) for name, said in form.errors.items() if name and name != "csrf_token"}
    today = now().date()
    for name in ("dated", "opened"):
        day = form[name].day
        if day is not None and not EARLIEST <= day <= today + _ALLOWANCE:
            errors.setdefault(name, _(IN_THE_FUTURE if day > today else TOO_EARLY))
    if (ends := form.expires.day) is not None and ends <= today:
        errors.setdefault("expires", _(_PAST))
    rules = item.details.rule_text if item is not None else typed["rule_text"]
    content = _posted_content(kind, form, errors, sets_rules=rules in RULE_TEXTS) if replaces else None
    if item is not None and replaces:
        return PostedItem(typed, errors, replace(item.details, expires=form.expires.day), content)
    if kind == "passage":
        title = typed["document"] or (item.details.title if item else "")
    elif not typed["title"] and item is None and isinstance(content, Link):
        title = content.url
    else:
        title = typed["title"]
    if not title and "title" not in errors and kind != "passage":
        errors["title"] = _("Give it a title, as in “Contract with suppliers 2026”.")
    if typed["seen_by"] not in SEEN_BY:
        errors["seen_by"] = _("Say who may see it.")
    if errors:
        return PostedItem(typed, errors)
    published = {"yes": True, "no": False}.get(typed["published"])
    sets_rules = typed["rule_text"] in RULE_TEXTS and kind != "passage"
    details = ItemDetails(
        title,
        typed["seen_by"],
        form.expires.day,
        typed["rule_text"] if sets_rules else "",
        typed["language"] if sets_rules and typed["language"] in LANGUAGES else "",
        typed["public_url"] if sets_rules else "",
        published if sets_rules else None,
    )
    return PostedItem(typed, errors, details, content)


def _posted_content(kind: str, form: LibraryForm, errors: dict[str, str], *, sets_rules: bool) -> Content | None:
    if kind == "file":
        return _posted_file(form, errors, sets_rules)
    if kind == "link":
        if not form.said("link"):
            errors.setdefault("link", _("Give the address of the page."))
        return Link(form.said("link"), form.opened.day or now().date()) if not errors else None
    for name, missing in (
        ("document", _("Name the document in which this is stated.")),
        ("passage", _("Quote the sentence that supports your answer.")),
    ):
        if not form.said(name):
            errors.setdefault(name, missing)
    if errors:
        return None
    return Quotation(form.said("document"), form.said("page"), form.dated.day, form.said("passage"))


def _posted_file(form: LibraryForm, errors: dict[str, str], sets_rules: bool) -> StoredFile | None:
    """Check the file that was sent, and store it before the database refers to it. None if there are any errors."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        errors.setdefault("file", _("Choose a file."))
        return None
    with sent.stream:
        content = sent.read(MOST_BYTES + 1)
    try:
        checked = check_document(content, sent.filename, sets_rules=sets_rules)
        if errors or (form.said("title") == "" and not request.form.get("do")):
            return None  # the form is shown again: store nothing
        digest = files().put(content)
    except EvidenceFileRefused as refused:
        note_event("file", "refused")
        errors.setdefault("file", _(PROBLEMS[refused.problem]))
        return None
    except FileStorageFailed:
        errors.setdefault(
            "file", _("The file could not be kept: this site has no room left, or cannot reach its files. Try later.")
        )
        return None
    return StoredFile(digest, checked.file_name, checked.media_type, len(content), form.dated.day)


# ── In words


def error_links(posted: PostedItem | None, *, replaces: bool = False) -> list[ErrorLink]:
    """Return the lines of the error summary. `replaces`: for the form of a new version, next to the form of details."""
    beside = {"expires": "r-expires"} if replaces else {}
    return [ErrorLink(beside.get(name, f"f-{name}"), text) for name, text in posted.errors.items()] if posted else []


def choices(draft: Mapping[str, str]) -> dict[str, object]:
    """Return the choices in the form of an item, with those selected."""

    def options(labels: Mapping[str, str], name: str, default: str = "") -> list[dict[str, object]]:
        chosen = draft.get(name, default)
        return [
            {"value": value, "label": _(label), "selected": value == chosen, "checked": value == chosen}
            for value, label in labels.items()
        ]

    languages = {code: LANGUAGE_NAMES[code] for code in LANGUAGES}
    return {
        "seen_by": options(SEEN_BY_LABELS, "seen_by", "everyone"),
        "rule_texts": options(RULE_TEXT_LABELS, "rule_text"),
        "languages_of_texts": [{**one, "own": True} for one in options(languages, "language")],
        "published": options({"yes": N_("Yes"), "no": N_("No")}, "published"),
    }


def item_view(item: LibraryItem) -> ItemView:
    """Return the view of an item."""
    latest, details, today = item.latest, item.details, now().date()
    return ItemView(
        item,
        latest.passage or details.title if item.kind == "passage" else details.title,
        version_words(item, latest),
        long_date(latest.dated) if latest.dated else "",
        _expiry(details.expires, today),
        item.needs_look(today),
        _(SEEN_BY_LABELS[details.seen_by]),
        url_for("company.library_entry", organisation_id=item.organisation_id, item_id=item.id),
        file_url(latest),
        latest.url,
        comma_list(part for part in (latest.document, _page(latest.page)) if part) if item.kind == "passage" else "",
    )


def _expiry(expires: date | None, today: date) -> str:
    if expires is None:
        return ""
    if expires <= today:
        return _("Expired on %(day)s", day=long_date(expires))
    if expires - today <= NOTICE:
        left = (expires - today).days
        return ngettext("Tomorrow, on %(day)s", "In %(num)s days, on %(day)s", left, day=long_date(expires))
    return long_date(expires)


def version_words(item: LibraryItem, version: ItemVersion) -> str:
    """Return the kind of a version, who added it and when, in words."""
    kind = {"file": _file_kind(version), "link": _("Link"), "passage": _("Quoted passage")}[item.kind]
    added = (
        _("added by %(name)s on %(day)s", name=version.by, day=long_date(version.at))
        if version.by
        else _("added on %(day)s", day=long_date(version.at))
    )
    later = _("version %(number)s", number=version.number) if version.number > 1 else ""
    return comma_list(part for part in (kind, later, added) if part)


def _file_kind(version: ItemVersion) -> str:
    known = (*FORMATS.values(), *PAGE_FORMATS.values())
    name = next((each.name for each in known if each.media_type == version.media_type), "")
    size = f"{number(max(version.size / 1000, 1))}\u00a0kB"
    return comma_list(part for part in (name, version.file_name, size) if part)


def file_url(version: ItemVersion) -> str:
    """Return the address of a version's file; "" if it has none."""
    return url_for("company.kept_file", version_id=version.id) if version.digest else ""


def _page(page: str) -> str:
    return _("page %(page)s", page=page) if page else ""
