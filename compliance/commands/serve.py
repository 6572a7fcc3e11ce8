"""`compliance serve`, `preview`: the web application on this machine, until it is stopped."""

import sys

import click

from compliance.questionnaire.edition_folder import edition_path
from compliance.web import serving


@click.command()
@click.option(
    "--host",
    default=serving.LOOPBACK,
    show_default=True,
    envvar="ARTICLE34_HOST",
    show_envvar=True,
    help="the address of this machine that is listened on; 0.0.0.0 for all, as in a container",
)
@click.option(
    "--port",
    default=5034,
    show_default=True,
    envvar="ARTICLE34_PORT",
    show_envvar=True,
    type=click.IntRange(0, 65_535),
    help="the first one tried",
)
@click.option(
    "--threads",
    default=serving.THREADS,
    show_default=True,
    envvar="ARTICLE34_THREADS",
    show_envvar=True,
    type=click.IntRange(1, 256),
    help="requests answered at the same time",
)
@click.option("--demo", is_flag=True, help="fill an empty database with invented companies")
def serve(host: str, port: int, threads: int, demo: bool) -> None:
    """Serve the tool on this machine."""
    serving.serve(port, host=host, threads=threads, demonstration=demo, say=_print_line)


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
