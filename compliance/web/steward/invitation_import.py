"""Import of a list of invited companies: first shown, in the right encoding, then saved whole or not at all."""

import hashlib
import zlib
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from compliance.company_lists.list_files import ENCODINGS, UnreadableList, possible_encodings
from compliance.company_lists.list_lines import CompanyList, encoding_choices, read_list
from compliance.languages.interface_messages import LANGUAGES, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import sector_label
from compliance.questionnaire.edition import PEER_GROUP_FIELD
from compliance.store import AlreadyExists, add_invitation_list, periods
from compliance.web.access_control import readers
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.edition_registry import newest_edition
from compliance.web.forms import TickField, small_number
from compliance.web.page_text import lazy as _l
from compliance.web.presenters import ErrorLink
from compliance.web.steward.blueprint import bp

#: The largest list, in bytes. Packed into the form, it stays below MAX_FORM_BYTES.
MAX_LIST_BYTES = 270_000
SHOWN_LINES = 20


class ListForm(FlaskForm):
    """A list to import: the file, or its content sent before, and its settings."""

    period = SelectField(coerce=small_number, validate_choice=False)
    name = StringField(
        _l("Name of the list"),
        [InputRequired(_l("Enter a name for the list.")), Length(max=200, message=_l("Use at most 200 characters."))],
    )
    sector = StringField()
    is_public = TickField()
    names_silent = TickField()
    file = FileField()
    content = StringField()  # of a file that was sent before
    file_name = StringField()
    encoding = StringField()
    do = StringField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, and then the period and the switches."""
        fine = super().validate(extra_validators)
        if self.period.data not in _open_years():
            self.period.errors = [_("Choose a period that is open.")]
        if self.names_silent.data and not self.is_public.data:
            self.names_silent.errors = [
                _("Only a public list can name companies. Tick the box that makes it public as well.")
            ]
        return fine and not self.period.errors and not self.names_silent.errors


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file that was sent."""

    name: str
    content: bytes

    @property
    def packed(self) -> str:
        """The compressed content, for a field of a form."""
        return b64encode(zlib.compress(self.content)).decode("ascii")


@bp.route("/steward/invitations/import", methods=["GET", "POST"])
@readers("steward")
def import_invitations() -> str | BaseResponse:
    """Show a list, and save it on request once it has no faults."""
    form = ListForm()
    if not form.is_submitted():
        return _page(form)
    form.validate()
    file = _sent_file(form)
    if file is None:
        form.file.errors = [*form.file.errors, _file_fault(form)]
        return _page(form)
    try:
        found = read_list(file.content, _sector_words(), form.encoding.data or "")
    except UnreadableList as fault:
        form.file.errors = [str(fault)]
        return _page(form)
    if form.errors or found.faults or form.do.data != "keep":
        return _page(form, file, found)
    return _kept(form, file, found) or _page(form, file, found)


def _kept(form: ListForm, file: ListFile, found: CompanyList) -> BaseResponse | None:
    """Save a list and redirect to it. Return None, with an error on the form, if the period has one with its name."""
    try:
        number = add_invitation_list(
            db(),
            form.period.data,
            form.name.data or "",
            found.companies,
            is_public=bool(form.is_public.data),
            names_silent=bool(form.names_silent.data),
            sector=form.sector.data if form.sector.data in _sectors() else "",
            file_name=file.name,
            digest=hashlib.sha256(file.content).hexdigest(),
            encoding=found.encoding,
            by=me().id,
            at=now(),
        )
    except AlreadyExists:
        db().rollback()
        form.name.errors = [_("This period already has a list with that name. Choose another name.")]
        return None
    db().commit()
    flash(_("The list is imported, and its companies are compared with those that are registered."))
    return redirect(url_for("steward.invited", list_id=number))


def _sent_file(form: ListForm) -> ListFile | None:
    """Return the file sent, or the one sent before, or None if there is none or it is too large."""
    if form.file.data:
        content = form.file.data.read(MAX_LIST_BYTES + 1)
        return ListFile(form.file.data.filename or "", content) if 0 < len(content) <= MAX_LIST_BYTES else None
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(b64decode(form.content.data or "", validate=True), MAX_LIST_BYTES)
    except (Base64Error, ValueError, zlib.error):
        return None
    return ListFile(form.file_name.data or "", content) if content and unpacking.eof else None


def _file_fault(form: ListForm) -> str:
    if form.file.data:
        return _("The file is empty, or larger than %(most)s kB. Choose another one, or split it.", most=270)
    return _("Choose a file.")


def _page(form: ListForm, file: ListFile | None = None, found: CompanyList | None = None) -> str:
    faults = {field.name: str(field.errors[0]) for field in form if field.errors and field.name != "csrf_token"}
    edition = newest_edition().edition
    return render_template(
        "steward/invitation_import.html",
        form=form,
        years=_open_years(),
        sectors=[(sector, sector_label(edition, sector)) for sector in _sectors()],
        faults=faults,
        errors=[ErrorLink(target, text) for target, text in faults.items()],
        file=file,
        found=found,
        shown=found.companies[:SHOWN_LINES] if found else (),
        encodings=ENCODINGS,
        choices=list(encoding_choices(file.content, possible_encodings(file.content))) if file else [],
    )


def _open_years() -> list[int]:
    return [one.year for one in periods(db()) if one.closed_at is None]


def _sectors() -> tuple[str, ...]:
    field = newest_edition().edition.profile.get(PEER_GROUP_FIELD)
    return field.values if field else ()


def _sector_words() -> dict[str, list[str]]:
    """Return the labels of each sector, in every language."""
    words: dict[str, list[str]] = {sector: [] for sector in _sectors()}
    for language in LANGUAGES:
        with in_language(language):
            edition = newest_edition().edition
            for sector, known in words.items():
                known.append(sector_label(edition, sector))
    return words
