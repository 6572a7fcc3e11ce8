"""`compliance serve`: the web application on this machine, until it is stopped."""

import click

from compliance.commands.terminal import print_line
from compliance.web import serving
from compliance.web.installation import open_or_make_installation


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
    serving.serve(port, app=open_or_make_installation(), host=host, threads=threads, demonstration=demo, say=print_line)
