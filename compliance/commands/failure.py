"""How a command ends that cannot go on: lines that say what is wrong, where, and what to do, and exit code 1."""

import sys
from typing import IO, Any

import click


class Failure(click.ClickException):
    """An end with exit code 1 whose lines are printed as they are."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines to standard error."""
        click.echo(self.message, file=file or sys.stderr)
