"""How far long work has come: lines on standard error, the first after a second, then more and more seldom."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

from compliance.commands.words import counted

Thing = TypeVar("Thing")
FIRST_AFTER = 1.0  # seconds; short work says nothing
MANY = 1_000  # companies, from which scoring them takes about that long


def begun(doing: str, companies: int) -> None:
    """Say that work begins which cannot be watched, if it is much."""
    if companies >= MANY:
        click.echo(f"{doing}: {counted(companies, 'company', 'companies')}", err=True)


def watched(things: Iterable[Thing], doing: str, thing: str, plural: str = "") -> Iterator[Thing]:
    """The same things; while they take long, how many went by: `reading answers.csv: 12000 rows so far`."""
    began, wait, number = time.monotonic(), FIRST_AFTER, 0
    for number, one in enumerate(things, 1):  # counted for the last line
        yield one
        if time.monotonic() - began >= wait:
            click.echo(f"{doing}: {counted(number, thing, plural)} so far", err=True)
            wait *= 2
    if wait > FIRST_AFTER:
        click.echo(f"{doing}: {counted(number, thing, plural)}", err=True)
