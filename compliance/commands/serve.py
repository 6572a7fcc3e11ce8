"""`compliance serve`, `preview`: the web application on this machine, until it is stopped."""

import sys

import click

from compliance.questionnaire.edition_folder import edition_path
from compliance.web import serving


@click.command()
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="the first one tried")
@click.option("--demo", is_flag=True, help="fill an empty database with invented companies")
def serve(port: int, demo: bool) -> None:
    """Serve the tool on this machine."""
    serving.serve(port, demonstration=demo, say=_print_line)


@click.command()
@click.argument("edition")
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="The first one tried.")
def preview(edition: str, port: int) -> None:
    """Serve an edition, draft or not, to click through; what is answered is gone when it stops."""
    serving.preview(edition_path(edition), port, say=_print_line)


def _print_line(line: str) -> None:
    """Print a line at once, also where somebody reads it through a pipe."""
    click.echo(line)
    sys.stdout.flush()
