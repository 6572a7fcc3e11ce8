"""Erasing a company, a draft or a person from a page.

It is noted in the file of erasures and committed, and its files go.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from flask import current_app, render_template
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from compliance.languages.interface_messages import gettext as _
from compliance.store import company
from compliance.store.company_erasures import ErasedCompany, given_by_company
from compliance.store.database_setup import forget_written
from compliance.store.erasures import Erasure, note_erasure
from compliance.store.exceptions import StoreError
from compliance.store.retention import remove_files
from compliance.web.database import db, now
from compliance.web.files import files

#: A file that came within this time may be that of somebody whose page is not saved yet. It goes with `retention`.
IN_FLIGHT = timedelta(minutes=1)


def finish_erasure(done: ErasedCompany) -> None:
    """Note an erasure, commit it, and delete the files that nothing names any more. Raise OSError before the commit.

    Files that the storage does not let go are deleted by `compliance retention`.
    """
    note_erasure(Path(current_app.config["ERASURES"]), *done.erasures)
    db().commit()
    try:
        remove_files(db(), files(), done.files, before=now() - IN_FLIGHT)
        db().commit()
        forget_written(db())
    except StoreError as fault:
        db().rollback()
        current_app.logger.warning("files of what was erased are still there: %s", fault)


def finish_erasure_of_person(erasure: Erasure) -> None:
    """Note the erasure of a person, and commit it. Raise OSError before the commit."""
    note_erasure(Path(current_app.config["ERASURES"]), erasure)
    db().commit()
    forget_written(db())


class EraseCompanyForm(FlaskForm):
    """The name of a company, typed by whoever is sure that it is to be deleted."""

    name = StringField(validators=[Length(max=1000)])

    def confirms(self, name: str) -> bool:
        """Tell if the form was posted with the name of the company; if not, its field says so."""
        if not self.is_submitted():
            return False
        if self.validate() and _same(self.name.data or "", name):
            return True
        self.name.errors = [_("Type the name exactly as it stands above.")]
        return False


def _same(typed: str, name: str) -> bool:
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


def erasing_page(
    organisation_id: int,
    form: EraseCompanyForm,
    action: str,
    trail: Sequence[Mapping[str, str]],
    data: str = "",
) -> str:
    """What goes and what stays, and the form. `data`: the address of all that the company gave; "": for a steward."""
    return render_template(
        "company/erase.html",
        company=company(db(), organisation_id),
        given=given_by_company(db(), organisation_id),
        action=action,
        trail=trail,
        data=data,
        typed=form.name.data or "",
        fault=str(form.name.errors[0]) if form.name.errors else "",
    )
