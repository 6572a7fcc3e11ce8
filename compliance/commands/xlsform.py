"""`compliance xlsform`, `xlsform-in`, `submissions`: forms for ODK and KoboToolbox, and what they collect."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from compliance.atomic_write import atomic_write
from compliance.commands.answer_files import refuse_overwriting
from compliance.commands.output_files import checked_ending
from compliance.commands.terminal import counted
from compliance.questionnaire.csv_table import escaped_cell
from compliance.questionnaire.edition import Node
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.loader import find_edition
from compliance.xlsform.draft_writer import write_draft
from compliance.xlsform.form_export import export_form
from compliance.xlsform.form_import import ImportedDraft, import_form
from compliance.xlsform.form_workbook import convert_with_pyxform, form_workbook, language_title, omission_lines
from compliance.xlsform.submission_import import read_submissions


@click.command()
@click.argument("edition")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx file to write.")
@click.option("--evidence", is_flag=True, help="Ask for evidence too, once below each question that expects some.")
def xlsform(edition: str, out: Path, evidence: bool) -> None:
    """Write EDITION as an XLSForm, for ODK and KoboToolbox: in its own language and in each it is offered in.

    A company is not shown questions that it is not asked or that could earn it nothing. Questions by choice are left
    out. `compliance submissions` turns what is collected into an answers file.
    """
    checked_ending(out, (".xlsx",))
    in_languages = edition_in_languages(edition_path(edition))
    form = export_form({code: made.main for code, made in in_languages.items()}, evidence=evidence)
    convert_with_pyxform(form.sheets, {sheet: form.columns(sheet) for sheet in form.sheets})
    content = form_workbook(form)
    with atomic_write(out, binary=True) as file:
        file.write(content)
    languages = ", ".join(map(language_title, form.languages))
    click.echo(f"{out}: {len(form.sheets['survey'])} rows, {languages}; pyxform takes it for a form")


@click.command("xlsform-in")
@click.argument("form", type=click.Path(path_type=Path))
@click.argument("new_id", metavar="NEW-ID")
@click.option(
    "--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where it will lie."
)
def xlsform_in(form: Path, new_id: str, folder: Path) -> None:
    """Make a draft of an edition from the XLSForm FORM, and list what could not be carried, by sheet and row.

    Options earn the points in a column `points` of the sheet `choices`. Without that column, they become remarks.
    """
    draft = import_form(form)
    place, lacking = write_draft(draft, new_id, folder)
    for line in _import_summary(draft, place, lacking):
        click.echo(line)


@click.command()
@click.argument("edition")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The answers file to write, a .csv.")
def submissions(edition: str, file: Path, out: Path) -> None:
    """Make an answers file of what was collected with the form of EDITION: FILE, a CSV file of ODK or KoboToolbox."""
    checked_ending(out, (".csv",))
    refuse_overwriting(out, file)
    collected = read_submissions(find_edition(edition), file)
    with atomic_write(out) as written:
        writer = csv.writer(written)
        writer.writerow(collected.header)
        writer.writerows([escaped_cell(cell) for cell in row] for row in collected.rows)
    for note in collected.notes:
        click.echo(f"{file}, {note}")
    companies = f"{len(collected.rows)} {'company' if len(collected.rows) == 1 else 'companies'}"
    click.echo(f"{out}: answers of {companies}")


def _import_summary(draft: ImportedDraft, place: Path, lacking: Sequence[str]) -> Iterator[str]:
    questions = [q for part in draft.parts for q in (part.questions() if isinstance(part, Node) else (part,))]
    earning = sum(question.scored for question in questions)
    yield f"{place}: a draft with {counted(len(questions), 'question')}, {earning} of them earning points"
    yield ""
    yield "Not carried, or not as it was:" if draft.omissions else "Everything was carried as it was."
    yield from (f"  {line}" for line in omission_lines(draft.omissions))
    if lacking:
        yield from ("", "Before it is offered in its other languages:", *(f"  {line}" for line in lacking))
    yield ""
    yield "Next: give it what a form does not have (`expects`, `law`, weights, bands), then"
    yield f"  compliance check {place}"
    yield f"  compliance preview {place}"
