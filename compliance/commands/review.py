"""`compliance review`: compares a scorecard that an auditor filled in with the verdicts in this installation."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import click
from sqlalchemy.orm import Session

from compliance.commands import CommandError
from compliance.commands.terminal import counted
from compliance.languages.formats import date_and_time
from compliance.narrative.score_wording import would_be_verified_words
from compliance.store import FrozenSubmission, NotFound, StoreError, assigned_submission, latest_submission
from compliance.store.people_and_roles import login_account
from compliance.store.workbooks import apply_upload, record_upload, workbook_upload
from compliance.web.database import now
from compliance.web.files import files
from compliance.web.forms import small_number
from compliance.web.installation import installation_transaction
from compliance.web.returned_reviews import ReturnedReview, compare_review
from compliance.web.returned_workbooks import WorkbookRefused
from compliance.workbook.answer_import import workbook_content
from compliance.workbook.fingerprint import Fingerprint
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.review_merge import ReviewChange, Side, StatedVerdict


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "applies", is_flag=True, help="Save its verdicts, all or none, as those of --as.")
@click.option("--as", "email", metavar="EMAIL", default="", help="The auditor whose verdicts they are.")
@click.option("--keep", type=click.Choice(["web", "workbook"]), help="What to keep where both sides changed.")
@click.option("--without-faults", is_flag=True, help="Go on without the cells that were not understood.")
def review(file: Path, applies: bool, email: str, keep: Side | None, without_faults: bool) -> None:
    """Show what a scorecard that an auditor filled in would change in this installation, and apply it if asked to.

    FILE itself says which assessment it belongs to. Its verdicts are compared three ways: as downloaded, as they are
    now, and as FILE has them. Exit code 1 means that there are conflicts or cells that were not understood.
    """
    if applies and not email:
        raise CommandError("--apply saves verdicts as those of an auditor: name one with --as EMAIL")
    with installation_transaction() as session:
        content = workbook_content(file)
        try:
            compared = compare_review(session, lambda mark: _submission(session, mark), content, file.name)
        except (UnreadableWorkbook, WorkbookRefused) as refused:
            raise CommandError(f"{file}: {refused}") from refused
        for line in _lines(compared, file):
            click.echo(line)
        is_open = _what_is_open(compared, keep, without_faults=without_faults)
        if is_open:
            raise CommandError("\n".join(is_open))
        if applies:
            try:
                click.echo(_apply(session, compared, content, file, email, keep or "web"))
            except StoreError as refused:
                raise CommandError(f"nothing is saved: {refused}") from refused


def _submission(session: Session, mark: Fingerprint) -> FrozenSubmission:
    """Return the latest submission of a workbook's assessment. Raise WorkbookRefused if there is none."""
    if not mark.assessment.isdecimal():
        raise WorkbookRefused("it does not say of which assessment it is, as a command wrote it: upload it on the page")
    number = small_number(mark.assessment)
    if number is not None:
        with suppress(NotFound):
            return latest_submission(session, number)
    raise WorkbookRefused(f"this installation has no submitted assessment {mark.assessment}")


# ── Printing it

_CHECKS: Mapping[bool | None, str] = {True: "shows it", False: "does not show it", None: "not judged"}


def _lines(compared: ReturnedReview, file: Path) -> Iterator[str]:
    submitted, changes, out, checks = compared.submitted, compared.changes, compared.download, compared.check_changes
    if out is None:
        went = "it is not known what it showed when it went out, so that it is compared with nothing"
    else:
        went = f"went out {date_and_time(out.at)} to {out.by}"
    yield f"{submitted.organisation}, {submitted.year}: {file.name}, {went}"
    yield "; ".join(
        (
            counted(len(changes.fitting) + len(checks.fitting), "change fits", "changes fit"),
            counted(len(changes.conflicts) + len(checks.conflicts), "conflict", "conflicts"),
            counted(len(compared.faults), "cell not understood", "cells not understood"),
            counted(len(compared.ignored), "edit ignored", "edits ignored"),
            counted(changes.as_before, "verdict as before", "verdicts as before"),
        )
    )
    if changes.fitting:
        yield would_be_verified_words(compared.edition, *compared.verified)
    for change in changes.fitting:
        yield f"change: {_place(compared, change)}: {_said(change.web)} -> {_said(change.workbook)}"
    for change in changes.conflicts:
        sides = (("went out as", change.base), ("on the web", change.web), ("in the workbook", change.workbook))
        yield f"conflict: {_place(compared, change)}: " + "; ".join(f"{side} {_said(said)}" for side, said in sides)
    for check in checks.fitting:
        yield f"passage: {check.question}: {_CHECKS[check.web]} -> {_CHECKS[check.workbook]}"
    for check in checks.conflicts:
        said = (("went out as", check.base), ("on the web", check.web), ("in the workbook", check.workbook))
        yield f"conflict: {check.question}: " + "; ".join(f"{side} {_CHECKS[fits]}" for side, fits in said)
    for kind, remarks in (("not understood", compared.faults), ("ignored", compared.ignored)):
        for remark in remarks:
            where = " ".join(part for part in (remark.cell, repr(remark.holds) if remark.holds else "") if part)
            yield f"{kind}: {where}: {remark.says}" if where else f"{kind}: {remark.says}"


def _place(compared: ReturnedReview, change: ReviewChange) -> str:
    return " ".join((change.question, *compared.cells_of(change)))


def _said(said: StatedVerdict) -> str:
    """Return a verdict in the words of an answers file, with its note."""
    if not said.verdict:
        return "not reviewed"
    what = f"adjusted to {said.value}" if said.verdict == "adjusted" else said.verdict
    note = f" ({said.comment!r})" if said.comment else ""
    return f"{what}{note}, next review {said.next_review}" if said.next_review else what + note


def _what_is_open(compared: ReturnedReview, keep: Side | None, *, without_faults: bool) -> list[str]:
    """Return what has to be decided before anything is applied."""
    found = []
    both = (*compared.changes.conflicts, *compared.check_changes.conflicts)
    if both and keep is None:
        named = counted(len(both), "verdict was changed in both places", "verdicts were changed in both places")
        found.append(f"{named}: say which to keep with --keep web or --keep workbook, or choose one by one on the page")
    if compared.faults and not without_faults:
        named = counted(len(compared.faults), "cell was not understood", "cells were not understood")
        found.append(f"{named}: mend the file, or go on without with --without-faults")
    return found


# ── Applying it


def _apply(session: Session, compared: ReturnedReview, content: bytes, file: Path, email: str, keep: Side) -> str:
    """Store the file, save its verdicts, and return a sentence about it. With a CommandError, nothing is saved."""
    auditor, number, at = login_account(session, email=email), compared.submitted.assessment_id, now()
    if auditor is None:
        raise CommandError(f"nobody has the address {email}")
    try:
        assigned_submission(session, number, auditor=auditor.id)
    except NotFound as refusal:
        raise CommandError(f"{email} is not assigned this assessment: a steward assigns it") from refusal
    choices = {change.question: keep for change in compared.changes.conflicts}
    choices |= {change.question: keep for change in compared.check_changes.conflicts}
    edits, checks = compared.edits(choices), compared.check_edits(choices)
    if not edits and not checks:
        return "nothing was changed"
    upload = record_upload(
        session,
        number,
        download_id=compared.download.id if compared.download else None,
        file_name=file.name,
        digest=files().put(content),
        size=len(content),
        by=auditor.id,
        at=at,
    )
    saved = apply_upload(
        session,
        workbook_upload(session, number, upload),
        edits,
        submission=compared.submitted.id,
        by=auditor.id,
        at=at,
        choices="\n".join(f"{question}: {side}" for question, side in sorted(choices.items())),
        checks=checks,
    )
    if not saved.is_saved:
        raise CommandError("verdicts were changed meanwhile, and nothing is saved: run the command again")
    said = [counted(saved.changed, "verdict", "verdicts")]
    said += [counted(saved.checked, "passage", "passages")] if saved.checked else []
    return f"{' and '.join(said)} saved as those of {auditor.name}"
