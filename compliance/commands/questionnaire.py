"""`compliance questionnaire`: the questionnaire as a workbook to fill in, blank or with one company's answers."""

from pathlib import Path

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import company_sheet, refuse_overwriting
from compliance.commands.output_files import checked_ending
from compliance.commands.shared_options import ANSWERS_EPILOG, localised_edition
from compliance.languages.interface_messages import SOURCE_LANGUAGE
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.workbook.questionnaire_lines import too_long_for_cells
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path), required=False)
@click.option("--company", default="", help="The company, as the answers file calls it; without answers, any name.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx file to write.")
@click.option("--language", default=SOURCE_LANGUAGE, show_default=True, help="The language it is in, by its code.")
@click.option("--only", default="", metavar="IDS", help="The questions it holds, joined by commas; without, all.")
def questionnaire(edition: str, answers: Path | None, company: str, out: Path, language: str, only: str) -> None:
    """Write the questionnaire as a workbook to fill in: blank, or with one company's answers.

    It has every question that may be asked with the profile in ANSWERS. `compliance import` reads it back.
    """
    checked_ending(out, (".xlsx",))
    if answers is not None:
        refuse_overwriting(out, answers)
        if not company:
            raise CommandError(f"{answers}: name the company whose answers they are, with --company")
    with localised_edition(edition, language) as asked:
        sheet = AnswerSheet(company) if answers is None else company_sheet(asked, answers, company)
        if long := too_long_for_cells(sheet):
            raise CommandError(f"{answers}: a cell holds no text as long as that of {one_of(long)}: shorten it")
        wanted = [name.strip() for name in only.split(",") if name.strip()]
        for name in wanted:
            known = [*asked.questions, *(f"profile.{field}" for field in asked.profile)]
            if name not in known:
                hint = did_you_mean(name, known) or ": see the edition"
                raise CommandError(f"--only {name}: {asked.id} has no such question{hint}")
        content = questionnaire_workbook(asked, sheet, QuestionnaireMetadata(), wanted or None)
    with atomic_write(out, binary=True) as file:
        file.write(content)
    click.echo(f"{out}: questionnaire of {company}" if company else f"{out}: questionnaire")
