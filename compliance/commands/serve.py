"""`compliance serve`, `preview`, `add-user`, `set-password`: the commands that run the web application or its database.

Only these load Flask and the store.
"""

import sys

import click

from compliance.authoring import AuthoringError
from compliance.commands import CommandError
from compliance.questionnaire.edition_folder import edition_path

#: As `compliance.store` has them; the commands that only read files do not load it.
ROLES = ("company", "auditor", "advocate", "steward")


@click.command()
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="the first one tried")
@click.option("--demo", is_flag=True, help="fill an empty database with invented companies")
def serve(port: int, demo: bool) -> None:
    """Serve the tool on this machine."""
    from compliance.web.serving import ServingError
    from compliance.web.serving import serve as serve_until_stopped

    try:
        serve_until_stopped(port, demonstration=demo, say=_say)
    except ServingError as refusal:
        raise CommandError(str(refusal)) from refusal


@click.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="how pages call the person")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="may be given again")
@click.option("--organisation", default="", help="of a company member; made if there is none of that name")
@click.password_option(help="asked for if it is not given")
def add_user(email: str, name: str, roles: tuple[str, ...], organisation: str, password: str) -> None:
    """Let somebody sign in."""
    from compliance.store import AlreadyExists as AlreadyThere
    from compliance.web import serving

    try:
        _say(serving.add_user(email, name=name, roles=roles, organisation=organisation, password=password))
    except (serving.ServingError, AlreadyThere) as refusal:
        raise CommandError(str(refusal)) from refusal


@click.command("set-password")
@click.argument("email")
@click.password_option(help="asked for if it is not given")
def set_password(email: str, password: str) -> None:
    """Give somebody a new password."""
    from compliance.web import serving

    try:
        _say(serving.set_password(email, password))
    except serving.ServingError as refusal:
        raise CommandError(str(refusal)) from refusal


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


@click.command()
@click.argument("edition")
@click.option("--port", default=5034, show_default=True, type=click.IntRange(0, 65_535), help="The first one tried.")
def preview(edition: str, port: int) -> None:
    """Serve an edition, draft or not, to click through; what is answered is gone when it stops."""
    from compliance.web.serving import ServingError
    from compliance.web.serving import preview as preview_until_stopped

    try:
        preview_until_stopped(edition_path(edition), port, say=_print_line)
    except ServingError as refusal:
        raise AuthoringError(str(refusal)) from refusal


def _print_line(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
