"""The command line: one module for each command or family of commands; `compliance.cli` lists them.

Here: options, reading of answers files, layout on the terminal and in files. Not here: arithmetic, sentences
about scores (`compliance.narrative`), the layout of workbooks (`compliance.workbook`).
Start with `score`, a short one. Shared: `shared_options`, `answer_files`, `terminal`, `output_files`, `report`, and
`CommandError`.
"""

import sys
from typing import IO, Any

import click


class CommandError(click.ClickException):
    """An error that ends the command with exit code 1. Its lines are printed as they are."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines to standard error."""
        click.echo(self.message, file=file or sys.stderr)
