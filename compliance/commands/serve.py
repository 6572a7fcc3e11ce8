"""`compliance serve`, `add-user` and `set-password`: the commands that work on the database of an installation."""

import sys

import click

from compliance.commands.failure import Failure

#: As `compliance.store` has them; the commands that only read files do not load it.
ROLES = ("company", "auditor", "advocate", "steward")


@click.command()
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="the first one tried")
@click.option("--demo", is_flag=True, help="fill an empty database with invented companies")
def serve(port: int, demo: bool) -> None:
    """Serve the tool on this machine."""
    from compliance.web.serving import CannotServe
    from compliance.web.serving import serve as serve_until_stopped

    try:
        serve_until_stopped(port, demonstration=demo, say=_say)
    except CannotServe as refusal:
        raise Failure(str(refusal)) from refusal


@click.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="how pages call the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="may be given again")
@click.option("--organisation", default="", help="of a company member; made if there is none of that name")
@click.password_option(help="asked for if it is not given")
def add_user(email: str, name: str, roles: tuple[str, ...], organisation: str, password: str) -> None:
    """Let somebody sign in."""
    from compliance.store import AlreadyThere
    from compliance.web import serving

    try:
        _say(serving.add_user(email, name=name, roles=roles, organisation=organisation, password=password))
    except (serving.CannotServe, AlreadyThere) as refusal:
        raise Failure(str(refusal)) from refusal


@click.command("set-password")
@click.argument("email")
@click.password_option(help="asked for if it is not given")
def set_password(email: str, password: str) -> None:
    """Give somebody a new password."""
    from compliance.web import serving

    try:
        _say(serving.set_password(email, password))
    except serving.CannotServe as refusal:
        raise Failure(str(refusal)) from refusal


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
