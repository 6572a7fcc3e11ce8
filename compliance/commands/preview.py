"""`compliance preview`: one edition, draft or not, on this machine, until it is stopped."""

import click

from compliance.commands.terminal import print_line
from compliance.questionnaire.edition_folder import edition_path
from compliance.web import serving


@click.command()
@click.argument("edition")
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="The first one tried.")
def preview(edition: str, port: int) -> None:
    """Serve an edition, draft or not, to click through; what is answered is gone when it stops."""
    serving.preview(edition_path(edition), port, say=print_line)
