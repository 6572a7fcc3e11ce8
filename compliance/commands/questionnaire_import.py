"""`compliance import`: reads a questionnaire workbook that was filled in, into an answers file or this installation."""

from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import refuse_overwriting
from compliance.commands.output_files import checked_ending
from compliance.commands.terminal import counted
from compliance.narrative.answer_wording import question_words
from compliance.questionnaire.answers_file import write_answers_csv
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.loader import find_edition
from compliance.store import NotFound, StoreError, assessment, saved_answers
from compliance.store.people_and_roles import login_account
from compliance.store.transactions import begin_save
from compliance.store.workbooks import apply_questionnaire, record_questionnaire, returned_questionnaire
from compliance.web.assessment_context import AssessmentContext, context_with_answers
from compliance.web.database import now
from compliance.web.edition_registry import edition_by_id
from compliance.web.files import files
from compliance.web.forms import small_number
from compliance.web.installation import installation_transaction
from compliance.web.returned_questionnaires import QuestionnaireComparison, compare_questionnaire
from compliance.web.returned_workbooks import WorkbookRefused
from compliance.workbook.answer_import import workbook_content
from compliance.workbook.fingerprint import QuestionnaireMark
from compliance.workbook.questionnaire_reading import read_questionnaire, read_questionnaire_mark
from compliance.workbook.reader import UnreadableWorkbook
from compliance.workbook.three_way import Side


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The answers file to write, .csv, instead of comparing.")
@click.option("--edition", default="", help="With --out: the edition, where it is not one that comes with the tool.")
@click.option("--apply", "applies", is_flag=True, help="Save its answers, all or none, as those of --as.")
@click.option("--as", "email", metavar="EMAIL", default="", help="The member of the company whose answers they are.")
@click.option("--keep", type=click.Choice(["web", "workbook"]), help="What to keep where both sides changed.")
@click.option("--without-faults", is_flag=True, help="Go on without the cells that were not understood.")
def import_command(
    file: Path, out: Path | None, edition: str, applies: bool, email: str, keep: Side | None, without_faults: bool
) -> None:
    """Read a questionnaire that was filled in: into an answers file, or into this installation if asked to.

    Without --out, FILE is compared with its assessment three ways: the answers as downloaded, as they are now, and as
    FILE has them. Exit code 1 means that there are conflicts or cells that were not understood.
    """
    content = workbook_content(file)
    try:
        mark = read_questionnaire_mark(content)
        if mark is None:
            raise CommandError(f"{file}: it is no questionnaire from this tool")
        if out is not None:
            if applies:
                raise CommandError("--out writes a file and --apply saves in this installation: choose one of them")
            click.echo(_written(file, content, mark, out, edition or mark.edition, without_faults=without_faults))
            return
        if applies and not email:
            raise CommandError("--apply saves answers as those of a member of the company: name one with --as EMAIL")
        with installation_transaction() as session:
            if applies:
                begin_save(session, _assessment_number(mark))
            compared = _compared(session, mark, content, file)
            for line in _lines(compared, file):
                click.echo(line)
            if is_open := list(_what_is_open(compared, keep, without_faults=without_faults)):
                raise CommandError("\n".join(is_open))
            if applies:
                click.echo(_applied(session, compared, content, file, email, keep or "web"))
    except StoreError as refused:
        raise CommandError(f"{file}: nothing is saved: {refused}") from refused
    except (UnreadableWorkbook, WorkbookRefused) as refused:
        raise CommandError(f"{file}: {refused}") from refused


# ── Into an answers file


def _written(
    file: Path, content: bytes, mark: QuestionnaireMark, out: Path, edition: str, *, without_faults: bool
) -> str:
    """Write the answers file. Raise CommandError, UnreadableWorkbook, or AnswerFileFaults with each cell at fault."""
    checked_ending(out, (".csv",))
    refuse_overwriting(out, file)
    if not mark.company.strip():
        raise CommandError(f"{file}: it names no company: write one with compliance questionnaire --company NAME")
    asked = find_edition(edition)
    returned = read_questionnaire(asked, content, str(file))
    for remark in returned.remarks:
        click.echo(str(remark), err=True)
    if returned.faults and not without_faults:
        raise AnswerFileFaults(returned.faults)
    sheet = returned.as_sheet(asked)
    with atomic_write(out) as target:
        write_answers_csv(asked, [sheet], target)
    return f"{out}: {counted(len(sheet.answers), 'answer')} of {sheet.company}"


# ── Into this installation


def _assessment_number(mark: QuestionnaireMark) -> int:
    if not mark.assessment.isdecimal():
        raise WorkbookRefused("it does not say of which assessment it is, as a command wrote it: upload it on the page")
    number = small_number(mark.assessment)
    if number is None:
        raise _no_assessment(mark.assessment)
    return number


def _no_assessment(number: int | str) -> WorkbookRefused:
    return WorkbookRefused(f"this installation has no assessment {number}")


def _compared(session: Session, mark: QuestionnaireMark, content: bytes, file: Path) -> QuestionnaireComparison:
    return compare_questionnaire(_context(session, _assessment_number(mark)), content, file.name, today=now().date())


def _context(session: Session, number: int) -> AssessmentContext:
    """Return the assessment with its present answers. Raise WorkbookRefused if there is none of that number."""
    try:
        assessed = assessment(session, number)
    except NotFound as unknown:
        raise _no_assessment(number) from unknown
    asked = edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)
    return context_with_answers(assessed, asked, dict(saved_answers(session, number)))


def _lines(compared: QuestionnaireComparison, file: Path) -> Iterator[str]:
    assessed, changes = compared.here.assessment, compared.changes
    yield f"{assessed.organisation}, {assessed.year}: {file.name}"
    yield "; ".join(
        (
            counted(len(changes.fitting), "change fits", "changes fit"),
            counted(len(changes.conflicts), "conflict", "conflicts"),
            counted(len(compared.evidence), "piece of evidence to add", "pieces of evidence to add"),
            counted(len(compared.faults), "cell not understood", "cells not understood"),
            counted(len(compared.ignored), "edit ignored", "edits ignored"),
            counted(changes.as_before, "answer as before", "answers as before"),
        )
    )
    for change in changes.fitting:
        web, workbook = (compared.words(change.question, said) for said in (change.web, change.workbook))
        yield f"change: {change.question} {compared.returned.cells.get(change.question, '')}: {web} -> {workbook}"
    for change in changes.conflicts:
        sides = (("went out as", change.base), ("on the web", change.web), ("in the workbook", change.workbook))
        said = "; ".join(f"{side} {compared.words(change.question, stated)}" for side, stated in sides)
        yield f"conflict: {question_words(compared.here.edition, change.question)} ({change.question}): {said}"
    for kind, remarks in (("not understood", compared.faults), ("ignored", compared.ignored)):
        for remark in remarks:
            where = " ".join(part for part in (remark.cell, repr(remark.holds) if remark.holds else "") if part)
            yield f"{kind}: {where}: {remark.says}" if where else f"{kind}: {remark.says}"


def _what_is_open(compared: QuestionnaireComparison, keep: Side | None, *, without_faults: bool) -> Iterator[str]:
    """Yield what has to be decided before anything is applied."""
    if (conflicts := len(compared.changes.conflicts)) and keep is None:
        named = counted(conflicts, "answer was changed in both places", "answers were changed in both places")
        yield f"{named}: say which to keep with --keep web or --keep workbook, or choose one by one on the page"
    if compared.faults and not without_faults:
        named = counted(len(compared.faults), "cell was not understood", "cells were not understood")
        yield f"{named}: mend the file, or go on without with --without-faults"


def _applied(
    session: Session, compared: QuestionnaireComparison, content: bytes, file: Path, email: str, keep: Side
) -> str:
    """Store the file, save its answers, and return a sentence about it. With a CommandError, nothing is saved."""
    member, assessed, at = login_account(session, email=email), compared.here.assessment, now()
    if member is None:
        raise CommandError(f"nobody has the address {email}")
    held = [each for each in member.memberships if each.organisation_id == assessed.held_by]
    if not held:
        raise CommandError(f"{email} does not belong to {assessed.organisation}: an owner of it invites them")
    if not any(each.may("answer") for each in held):
        raise CommandError(f"{email} may read what {assessed.organisation} answers, and change none of it")
    choices = {change.question: keep for change in compared.changes.conflicts}
    edits = compared.edits(choices)
    if not edits and not compared.evidence:
        return "nothing was changed"
    digest = files().put(content)
    record_questionnaire(session, assessed.id, digest=digest, file_name=file.name, by=member.id, at=at)
    saved = apply_questionnaire(
        session,
        returned_questionnaire(session, assessed.id, digest),
        edits,
        compared.evidence,
        by=member.id,
        at=at,
        choices="\n".join(f"{question}: {side}" for question, side in sorted(choices.items())),
    )
    if not saved:
        raise CommandError("answers were changed meanwhile, and nothing is saved: run the command again")
    return f"{counted(len(edits), 'answer', 'answers')} saved as those of {member.name}"
