"""The day for which it is judged what law binds a company: today, unless another is named."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def on_day(command: _Command) -> _Command:
    """Let a command take the day, `--on`, as `day`."""
    said = "For which day it is judged whether law binds the company; today, if none is named."
    return click.option("--on", "day", metavar="DAY", callback=_day, help=said)(command)


def _day(_context: click.Context, _option: click.Parameter, written: str | None) -> date:
    """The day that is named, or today. Raise BadParameter."""
    if written is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written} is no day: write year-month-day, as in 2026-11-26") from None
