"""`compliance crosswalk`: a company's answers in the order of a reporting standard, as a table and as a text."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, company_sheet, refuse_overwriting
from compliance.commands.output_files import checked_ending, write_rows
from compliance.commands.report import Report, attributes, edition_metadata, keyed_table, write_report
from compliance.commands.shared_options import ANSWERS_EPILOG, localised_edition
from compliance.commands.terminal import counted
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.crosswalk_report import (
    TABLE_COLUMNS,
    CrosswalkReport,
    crosswalk_report,
    report_text,
    source_lines,
    start_words,
    summary_words,
    table_rows,
)
from compliance.questionnaire.crosswalk import Crosswalk, crosswalks_folder, load_crosswalks
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.workbook.report_tables import ReportColumn, ReportTable

_ENDINGS = (".md", ".csv", ".xlsx", ".json")


@click.command("crosswalk", epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--to", "standard", required=True, help="The standard: esrs, gri or the-code.")
@click.option("--company", help="The company, as the answers file calls it; for a .csv file, every company without it.")
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@click.option("--out", type=click.Path(path_type=Path), help="A .md, .csv, .xlsx or .json file, instead of the screen.")
def crosswalk_command(
    edition: str, answers: Path, standard: str, company: str | None, language: str, out: Path | None
) -> None:
    """Put a company's answers, evidence and gaps in the order of a reporting standard, to start a report from.

    The screen and .md files have a text with headings (Markdown); other files have a table with a row for each point
    and answer. It is not a statement of conformity.
    """
    ending = checked_ending(out, _ENDINGS)
    refuse_overwriting(out, answers)
    whose = company or "every company"
    with localised_edition(edition, language) as asked:
        crosswalk = _crosswalk(edition, asked, standard)
        if out is not None and ending == ".csv":
            rows = (row for report in _reports(crosswalk, asked, answers, company) for row in table_rows(report))
            write_rows(out, TABLE_COLUMNS, rows)
        else:
            report = _one_report(crosswalk, asked, answers, company)
            whose = report.company
            if out is None:
                click.echo(report_text(report), nl=False)
            elif ending == ".md":
                with atomic_write(out) as file:
                    file.write(report_text(report))
            else:
                write_report(_report(report), out)
    if out is not None:
        click.echo(f"{out}: answers of {whose} beside {counted(len(crosswalk.points), 'point')} of {crosswalk.short}")


def _crosswalk(name: str, edition: Edition, standard: str) -> Crosswalk:
    """Return the crosswalk of a standard for an edition. Raise CommandError if there is none, or EditionFaults."""
    folder = crosswalks_folder(edition_path(name))
    found = {each.id: each for each in load_crosswalks(folder) if each.is_about(edition)} if folder else {}
    if standard in found:
        return found[standard]
    if not found:
        raise CommandError(f"{edition.id}: there is no crosswalk for this edition: write one in crosswalks/ beside it")
    hint = did_you_mean(standard, found) or f": name one of {one_of(found)}"
    raise CommandError(f"--to {standard}: {edition.id} has no crosswalk to it{hint}")


def _reports(crosswalk: Crosswalk, edition: Edition, answers: Path, company: str | None) -> Iterator[CrosswalkReport]:
    """Yield the report of one company, or of each in the file. Raise as `answer_sheets` does."""
    if company is not None:
        yield crosswalk_report(crosswalk, edition, company_sheet(edition, answers, company))
        return
    for sheet in answer_sheets(edition, answers):
        yield crosswalk_report(crosswalk, edition, sheet)


def _one_report(crosswalk: Crosswalk, edition: Edition, answers: Path, company: str | None) -> CrosswalkReport:
    """Return the report of the named company, or of the only one in the file. Raise CommandError if there are more."""
    if company is None:
        sheets = answer_sheets(edition, answers)  # once, as a pipe cannot be read again
        sheet = next(sheets)
        names = [sheet.company, *(other.company for other in sheets)]
        if len(names) > 1:
            remedy = f"name one with --company ({one_of(names)}), or write a .csv file of all"
            raise CommandError(f"{answers}: there are {len(names)} companies: {remedy}")
        return crosswalk_report(crosswalk, edition, sheet)
    (report,) = _reports(crosswalk, edition, answers, company)
    return report


def _report(report: CrosswalkReport) -> Report:
    rows = [dict(zip(TABLE_COLUMNS, row, strict=True)) for row in table_rows(report)]
    crosswalk = report.crosswalk
    return Report(
        title=f"{report.company} · {crosswalk.short}",
        sentences=(start_words(report), summary_words(report), *source_lines(report)),
        metadata={"company": report.company, "standard": crosswalk.id, **edition_metadata(report.edition)},
        csv_keys=TABLE_COLUMNS,
        csv_rows=rows,
        tables=(_table(crosswalk, rows),),
        json={
            "standard": attributes(crosswalk, "id", "title", "version", "as_of", "source", "licence", "left_out"),
            "answers": rows,
        },
    )


def _table(crosswalk: Crosswalk, rows: Sequence[dict[str, str]]) -> ReportTable:
    columns = (
        ReportColumn("point", _("Point"), "name", 16),
        ReportColumn("provision", _("Paragraph"), "text", 18),
        ReportColumn("title", _("What it asks for"), "text", 40),
        ReportColumn("requirement_title", _("Requirement"), "text", 32),
        ReportColumn("ask", _("Question"), "text", 44),
        ReportColumn("answer", _("Answer"), "text", 52),
        ReportColumn("evidence", _("Evidence"), "text", 28),
        ReportColumn("verdict", _("Auditor"), "text", 24),
        ReportColumn("missing", _("Missing"), "text", 22),
        ReportColumn("closes", _("What closes it"), "text", 52),
        ReportColumn("open", _("To add"), "text", 32),
        ReportColumn("question", _("Id"), "id", 16),
    )
    return keyed_table(crosswalk.short, crosswalk.title, columns, rows)
