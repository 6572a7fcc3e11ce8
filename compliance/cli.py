"""The command `compliance`. Every command works on files; errors say what is wrong, where, and what to do."""

import warnings
from typing import Any

import click

from compliance.authoring.refusal import Refusal
from compliance.commands import authoring, benchmark, change, check, explain, improve, quality, score, serve, xlsform
from compliance.commands.failure import Failure
from compliance.questionnaire.answer_faults import AnswerFileFaults
from compliance.questionnaire.faults import EditionFaults
from compliance.workbook.reader import UnreadableWorkbook
from compliance.xlsform.judging import MissingExtra
from compliance.xlsform.sheets import FormFaults


class Commands(click.Group):
    """Turns what can be wrong in files into lines and an exit code, for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            with warnings.catch_warnings():  # of what openpyxl leaves out, such as lists to choose from: no cells
                warnings.filterwarnings("ignore", module="openpyxl")
                return super().invoke(ctx)
        except (EditionFaults, AnswerFileFaults, UnreadableWorkbook, FormFaults, MissingExtra, Refusal) as faults:
            raise Failure(str(faults)) from faults
        except BrokenPipeError:  # whoever read the screen has seen enough: `| head`
            raise
        except OSError as error:
            raise Failure(f"{error.filename or 'a file'}: {error.strerror or error}") from error


@click.group(cls=Commands)
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
    quality.questions,
    serve.serve,
    serve.add_user,
    serve.set_password,
    xlsform.xlsform,
    xlsform.xlsform_in,
    xlsform.submissions,
    authoring.new_edition,
    authoring.diff,
    authoring.translate,
    authoring.preview,
    authoring.publish,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
