"""The command `compliance`: its commands, and how errors in files become lines and exit code 1.

Every command works on files without a server, except those in `compliance.commands.serve`, `preview`, `people`,
`export`, `keeping`, `trail`, `retention`, `doctor`, `review` and `import`. A command's module is imported when it is
called, so that each loads only what it needs.
"""

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from compliance.commands import CommandError
from compliance.package_data import DISTRIBUTION
from compliance.questionnaire.faults import UserFacingError


class LazyCommand(NamedTuple):
    """A command that is not imported yet."""

    module: str  # below compliance.commands
    attribute: str
    short_help: str  # the first sentence of its docstring, for `compliance --help`; a test compares them


COMMANDS: Mapping[str, LazyCommand] = {
    "check": LazyCommand(
        "check",
        "check",
        "Load law, crosswalks and editions and print a line for each; print every fault and exit 1 if there is one.",
    ),
    "schema": LazyCommand("schema", "schema", "Print the JSON Schema of editions and law files, for editors."),
    "score": LazyCommand(
        "score", "score", "Score an answers file: a row for each company and node, lens values as lens:value."
    ),
    "score-parts": LazyCommand(
        "score_parts",
        "score_parts",
        "Score every .csv file in the folder ANSWERS, each into a file of that name in another folder.",
    ),
    "scorecard": LazyCommand(
        "scorecard",
        "scorecard",
        "Write one company's scorecard as a workbook that follows every changed answer; or those of all companies.",
    ),
    "explain": LazyCommand(
        "explain",
        "explain_command",
        "Work one company's score out so that it can be redone by hand: answer, points, requirement, theme, whole, "
        "band.",
    ),
    "crosswalk": LazyCommand(
        "crosswalk",
        "crosswalk_command",
        "Put a company's answers, evidence and gaps in the order of a reporting standard, to start a report from.",
    ),
    "improve": LazyCommand(
        "improve",
        "improve_command",
        "Find the least effort that takes a company to the next band, in steps, each with the law behind it.",
    ),
    "benchmark": LazyCommand(
        "benchmark",
        "benchmark",
        "Compare the companies of an answers file: median, quartiles and spread of each group, claimed beside "
        "evidenced.",
    ),
    "change": LazyCommand(
        "change",
        "change",
        "Say why scores moved from the answers file BEFORE to the answers file AFTER, whose edition is EDITION.",
    ),
    "questions": LazyCommand(
        "item_report",
        "questions",
        "Show how each question does its work, and which to write anew: for authors, over an answers file.",
    ),
    "serve": LazyCommand("serve", "serve", "Serve the tool on this machine."),
    "preview": LazyCommand(
        "preview",
        "preview",
        "Serve an edition, draft or not, to click through; what is answered is gone when it stops.",
    ),
    "export": LazyCommand(
        "export",
        "export",
        "Write the submitted answers of PERIOD as answers files, one for each edition, for the other commands.",
    ),
    "migrate": LazyCommand(
        "keeping",
        "migrate",
        "Bring the database of this installation up to this version, or make the installation where there is none.",
    ),
    "backup": LazyCommand(
        "keeping",
        "backup",
        "Write database and files of this installation into one archive FILE, while it is served.",
    ),
    "restore": LazyCommand(
        "keeping",
        "restore",
        "Put the archive FILE of a backup into this installation, whose database must be empty: all of it or nothing.",
    ),
    "trail-key": LazyCommand(
        "trail",
        "trail_key",
        "Make the key that signs the head of the audit trail, as FILE outside of the installation's folder.",
    ),
    "verify-trail": LazyCommand(
        "trail",
        "verify_trail_command",
        "Check every entry of the audit trail, and the rows that entries vouch for; exit code 1 if one was altered.",
    ),
    "doctor": LazyCommand(
        "doctor",
        "doctor",
        "Look this installation over: settings, disk, permissions, database, files, mail, clocks; exit code 1 with "
        "problems.",
    ),
    "retention": LazyCommand(
        "retention",
        "retention",
        "List the data whose time has come, by the periods of ARTICLE34_RETENTION, and delete them if asked to.",
    ),
    "erase-company": LazyCommand(
        "retention",
        "erase_company_command",
        "Delete all that ORGANISATION gave, a company by its number or its name, and those that were merged into it.",
    ),
    "erase-person": LazyCommand(
        "retention",
        "erase_person_command",
        "Erase the person with the address EMAIL: name, address and sign-in go, and what the trail says of them.",
    ),
    "review": LazyCommand(
        "review",
        "review",
        "Show what a scorecard that an auditor filled in would change in this installation, and apply it if asked to.",
    ),
    "questionnaire": LazyCommand(
        "questionnaire",
        "questionnaire",
        "Write the questionnaire as a workbook to fill in: blank, or with one company's answers.",
    ),
    "import": LazyCommand(
        "questionnaire_import",
        "import_command",
        "Read a questionnaire that was filled in: into an answers file, or into this installation if asked to.",
    ),
    "add-user": LazyCommand(
        "people", "add_user", "Let somebody sign in, with a password that they must change when they do."
    ),
    "set-password": LazyCommand(
        "people", "set_password", "Give somebody a new password, which they must change when they sign in."
    ),
    "reset-second-factor": LazyCommand(
        "people",
        "reset_second_factor",
        "Remove the second factor of somebody who has lost it, such as the only steward.",
    ),
    "xlsform": LazyCommand(
        "xlsform",
        "xlsform",
        "Write EDITION as an XLSForm, for ODK and KoboToolbox: in its own language and in each it is offered in.",
    ),
    "xlsform-in": LazyCommand(
        "xlsform",
        "xlsform_in",
        "Make a draft of an edition from the XLSForm FORM, and list what could not be carried, by sheet and row.",
    ),
    "submissions": LazyCommand(
        "xlsform",
        "submissions",
        "Make an answers file of what was collected with the form of EDITION: FILE, a CSV file of ODK or KoboToolbox.",
    ),
    "new-edition": LazyCommand(
        "authoring",
        "new_edition",
        "Begin a draft from another edition: every file copied, comments too, under the id NEW-ID.",
    ),
    "diff": LazyCommand(
        "authoring",
        "diff",
        "Say in words what changed from edition OLD to edition NEW, and what that does to comparability.",
    ),
    "translate": LazyCommand(
        "authoring",
        "translate",
        "Give a translator a workbook of every text, or take it back into the file of the language.",
    ),
    "publish": LazyCommand(
        "authoring", "publish", "Publish an edition: its digest is kept, and it never changes again."
    ),
}


class CommandGroup(click.Group):
    """A group that imports a command when it is called, and prints errors in files as lines, with exit code 1.

    The lazy import follows the pattern "Lazily Loading Subcommands" in click's documentation.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in alphabetical order."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or return None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        lazy = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"compliance.commands.{lazy.module}"), lazy.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called. Raise NoSuchCommand with similar names."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # click itself suggests only commands that are imported
            raise click.NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write all commands with their short help, without importing them."""
        listed = [click.Command(name, help=lazy.short_help) for name, lazy in COMMANDS.items()]
        click.Group(commands=listed).format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Raise CommandError for errors in files."""
        try:
            with warnings.catch_warnings():  # openpyxl warns of parts that it leaves out, such as data validation
                warnings.filterwarnings("ignore", module="openpyxl")
                return super().invoke(ctx)
        except UserFacingError as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:  # the reader of a pipe stopped reading, as with `| head`
            raise
        except OSError as error:
            raise CommandError(f"{error.filename or 'a file'}: {error.strerror or error}") from error


@click.group(cls=CommandGroup)
@click.version_option(package_name=DISTRIBUTION)
def main() -> None:
    """Article 34: codes of conduct measured against children's law."""
