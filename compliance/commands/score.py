"""`compliance score` and `compliance scorecard`: what answers are worth, of all companies and of one."""

from datetime import date
from pathlib import Path

import click

from compliance.commands.answers import coded, refuse_overwriting, sheet_of
from compliance.commands.day import on_day
from compliance.commands.language import spoken
from compliance.commands.progress import begun
from compliance.commands.quiet import solver_kept_quiet
from compliance.commands.tables import ending_of, write_rows
from compliance.commands.words import TAKES, counted
from compliance.languages.catalogues import SOURCE
from compliance.questionnaire.editions import find_edition
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.improve import improve
from compliance.scoring.plan import compile_edition
from compliance.scoring.table import Row, long_table
from compliance.whole_file import whole_file
from compliance.workbook.scorecard import scorecard_workbook


@click.command(epilog=TAKES)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The CSV file to write.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
def score(edition: str, answers: Path, out: Path, basis: Basis) -> None:
    """Score an answers file: a row for each company and node, lens values as lens:value.

    Scores are on the edition's scale; an empty cell means that there is none.
    """
    ending_of(out, (".csv",))
    refuse_overwriting(out, answers)
    plan = compile_edition(find_edition(edition))
    columns = coded(plan.edition, answers, basis)
    begun("scoring", len(columns.companies))
    write_rows(out, Row._fields, long_table(plan, columns))
    click.echo(f"{out}: {counted(len(columns.companies), 'sheet')} scored")


@click.command(epilog=TAKES)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", required=True, help="Whose row of the answers file.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx file to write.")
@on_day
@click.option("--language", default=SOURCE, show_default=True, help="The language it is in, by its code.")
def scorecard(edition: str, answers: Path, company: str, out: Path, day: date, language: str) -> None:
    """Write one company's scorecard as a workbook that follows every changed answer.

    ANSWERS may also be such a workbook, in any language, after somebody worked in it.
    """
    ending_of(out, (".xlsx",))
    refuse_overwriting(out, answers)
    with spoken(edition, language) as asked:
        sheet = sheet_of(asked, answers, company)
        plan = compile_edition(asked)
        with solver_kept_quiet():
            way = improve(plan, sheet) if asked.bands else None
        content = scorecard_workbook(plan, sheet, today=day, way=way, language=language)
    with whole_file(out, binary=True) as file:
        file.write(content)
    click.echo(f"{out}: scorecard of {company}")
