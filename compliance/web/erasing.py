"""Erasing a company, a draft or a person, and erasing a company once its other owners can no longer stop it.

An erasure is noted in the file of erasures and committed, and then its files are deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, current_app, render_template
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import LANGUAGES, SOURCE_LANGUAGE, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.publication import withdraw_company
from compliance.store import JobStatus, NotFound, company, company_members, member
from compliance.store.company_erasure_requests import (
    TIME_TO_UNDO,
    ask_company_erasure,
    company_erasure_request,
    take_due_company_erasure,
    undo_company_erasure,
)
from compliance.store.company_erasures import ErasedCompany, given_by_company
from compliance.store.database_setup import forget_written
from compliance.store.erasures import Erasure, note_erasure
from compliance.store.exceptions import StoreError
from compliance.store.memberships import lost_owners
from compliance.store.people_and_roles import Member, members_by_id
from compliance.store.retention import remove_files
from compliance.web.accounts import me
from compliance.web.database import db, now
from compliance.web.files import files
from compliance.web.forms import TickField
from compliance.web.jobs import RunningJob, done_when_due, job_kind
from compliance.web.mail import mail_is_set, queue_mail, whole_url

#: A newer file may belong to a page that is not saved yet. It is deleted by `retention`.
IN_FLIGHT = timedelta(minutes=1)
#: The kind of job that tells a company's owners of a deletion whose time to cancel began anew.
RENEWED_DELETION = "renewed-deletion"


def finish_erasure(done: ErasedCompany) -> None:
    """Note an erasure, commit it, and delete files that are no longer used. Raise OSError before the commit.

    Files that the storage fails to delete are deleted by `compliance retention`.
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


@done_when_due
def erase_due_companies(app: Flask) -> bool:
    """Delete a company whose owner requested it, once nobody can stop it any more. Return False if there is none."""
    with app.app_context():
        due = take_due_company_erasure(db(), at=now())
        if due is not None:
            finish_erasure(withdraw_company(db(), due.organisation_id, by=due.by, at=now()))
        return due is not None


def others_with_a_say(organisation_id: int) -> list[Member]:
    """Return the people, other than the one signed in, who can stop the deletion of a company."""
    return [person for person in _with_a_say(organisation_id) if person.id != me().id]


def _with_a_say(organisation_id: int) -> list[Member]:
    """Return everybody who can stop the deletion of a company: its owners, and those recently removed as owners.

    Otherwise an owner could remove the others and delete the company at once. Recently means from `TIME_TO_UNDO` before
    the request. Owners who gave up the role themselves, and people who cannot sign in, are left out.
    """
    asked = company_erasure_request(db(), organisation_id)
    owners = [one.person_id for one in company_members(db(), organisation_id) if one.role == "owner"]
    lost = lost_owners(db(), organisation_id, since=(asked.at if asked else now()) - TIME_TO_UNDO)
    known = members_by_id(db(), [*owners, *lost])
    return [known[number] for number in (*owners, *lost) if known[number].active]


def lost_ownership(organisation_id: int) -> bool:
    """Tell if the person signed in may stop the deletion of a company, although no longer its owner."""
    asked = company_erasure_request(db(), organisation_id)
    return asked is not None and me().id in lost_owners(db(), organisation_id, since=asked.at - TIME_TO_UNDO)


def ask_to_erase(organisation_id: int) -> datetime:
    """Request the deletion of a company, tell all who can stop it, and commit. Return the deadline. Raise NotFound."""
    is_new = ask_company_erasure(db(), organisation_id, by=me().id, at=now())
    asked = company_erasure_request(db(), organisation_id)
    if asked is None:
        raise NotFound(f"company {organisation_id} was deleted or merged meanwhile")
    if is_new:
        _tell(others_with_a_say(organisation_id), organisation_id, by=asked.name, until=asked.until)
    db().commit()
    return asked.until


def stop_erasure(organisation_id: int) -> None:
    """Cancel the deletion of a company, tell everybody else who could have done so, and commit."""
    others = others_with_a_say(organisation_id)
    if undo_company_erasure(db(), organisation_id, by=me().id, at=now()):
        _tell(others, organisation_id, by=member(db(), me().id).name)
    db().commit()


def _job_title(status: JobStatus) -> str:
    return _("About the deletion of %(company)s", company=company(db(), _number_of(status)).name)


def _number_of(status: JobStatus) -> int:
    return int(status.subject.partition("/")[2])


@job_kind(RENEWED_DELETION, title=_job_title, after_failure=lambda _status: None)
def tell_of_renewed_deletion(job: RunningJob) -> None:
    """Tell all who can stop the deletion of a company that the time for it has begun anew, after a restore."""
    number = _number_of(job.status)
    asked = company_erasure_request(db(), number)
    if asked is not None:  # None: somebody has stopped it meanwhile
        _tell(_with_a_say(number), number, by=asked.name, until=asked.until)


def _tell(people: Sequence[Member], organisation_id: int, *, by: str, until: datetime | None = None) -> None:
    """Queue mails that tell people until when they can stop it, or, with None, that somebody has stopped it.

    `by`: the name of whoever requested or stopped it.
    """
    named = company(db(), organisation_id).name
    for person in people:
        belongs = any(each.organisation_id == organisation_id for each in person.memberships)
        page = "company.erase" if until else "company.members" if belongs else ""
        with in_language(person.language if person.language in LANGUAGES else SOURCE_LANGUAGE):
            words = {
                "company": named,
                "name": by,
                "until": long_date(until) if until else "",
                "link": whole_url(page, organisation_id=organisation_id) if page else "",
            }
        queue_mail("company-deletion", person.email, language=person.language, person_id=person.id, **words)


class EraseCompanyForm(FlaskForm):
    """The name of a company, typed to confirm its deletion, or the choice to keep it."""

    name = StringField(validators=[Length(max=1000)])
    keep = TickField()

    def keeps(self) -> bool:
        """Tell if the form asks to keep a company that is to be deleted."""
        return bool(self.validate_on_submit() and self.keep.data)

    def confirms(self, name: str) -> bool:
        """Tell if the form was posted with the name of the company. If not, set an error on its field."""
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
    only_stops: bool = False,
) -> str:
    """Return the page that says what is deleted and what is kept, with the form.

    `data`: the address of the company's data, or "" for a steward. An owner among several requests the deletion, which
    the others may stop; nobody can stop an only owner or a steward.
    `only_stops`: the person is no longer an owner and can only stop the deletion.
    """
    return render_template(
        "company/erase.html",
        company=company(db(), organisation_id),
        given=given_by_company(db(), organisation_id),
        action=action,
        trail=trail,
        data=data,
        only_stops=only_stops,
        asked=company_erasure_request(db(), organisation_id),
        deletion_here=None,  # this page has its own message about it
        others=len(others_with_a_say(organisation_id)) if data else 0,
        days=TIME_TO_UNDO.days,
        mails=mail_is_set(),
        typed=form.name.data or "",
        fault=str(form.name.errors[0]) if form.name.errors else "",
    )
