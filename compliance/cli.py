"""The command `compliance`: which commands there are, and how errors in files become lines and exit code 1.

Every command works on files without a server, except those in `compliance.commands.serve`.
"""

import warnings
from typing import Any

import click

from compliance.authoring import AuthoringError
from compliance.commands import (
    CommandError,
    authoring,
    benchmark,
    change,
    check,
    explain,
    improve,
    item_report,
    score,
    serve,
    xlsform,
)
from compliance.questionnaire.csv_table import AnswerFileFaults
from compliance.questionnaire.faults import EditionFaults
from compliance.workbook.reader import UnreadableWorkbook
from compliance.xlsform.form_workbook import FormFaults, MissingExtra


class CommandGroup(click.Group):
    """Turns what can be wrong in files into lines and an exit code, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            with warnings.catch_warnings():  # of what openpyxl leaves out, such as lists to choose from: no cells
                warnings.filterwarnings("ignore", module="openpyxl")
                return super().invoke(ctx)
        except (
            EditionFaults,
            AnswerFileFaults,
            UnreadableWorkbook,
            FormFaults,
            MissingExtra,
            AuthoringError,
        ) as faults:
            raise CommandError(str(faults)) from faults
        except BrokenPipeError:  # whoever read the screen has seen enough: `| head`
            raise
        except OSError as error:
            raise CommandError(f"{error.filename or 'a file'}: {error.strerror or error}") from error


@click.group(cls=CommandGroup)
@click.version_option(package_name="compliance")
def main() -> None:
    """Article 34: codes of conduct held against children's law."""


for command in (
    check.check,
    check.schema,
    score.score,
    score.scorecard,
    explain.explain_command,
    improve.improve_command,
    benchmark.benchmark,
    change.change,
    item_report.questions,
    serve.serve,
    serve.add_user,
    serve.set_password,
    xlsform.xlsform,
    xlsform.xlsform_in,
    xlsform.submissions,
    authoring.new_edition,
    authoring.diff,
    authoring.translate,
    serve.preview,
    authoring.publish,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
