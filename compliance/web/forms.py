"""Forms, fields and query arguments that the pages of several readers share."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from flask import abort, request
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.form import BaseForm
from wtforms.validators import Regexp, ValidationError

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _

T = TypeVar("T")
WRITE_A_DAY = N_("Enter a date as year-month-day, such as 2026-03-31.")


def small_number(text: str | None, *, digits: int = 9) -> int | None:
    """A whole number of at most so many ASCII digits; None for anything else."""
    found = text or ""
    return int(found) if found.isascii() and found.isdigit() and len(found) <= digits else None


def choice_of(key: str, allowed: Iterable[T], default: T) -> T:
    """The query argument `key` as one of the values allowed; the default where it is absent or another."""
    wanted = request.args.get(key)
    return next((value for value in allowed if str(value) == wanted), default)


def choice_or_404(key: str, allowed: Iterable[T], default: T) -> T:
    """The query argument `key` as one of the values allowed; the default where it is absent. 404 for another value."""
    if key not in request.args:
        return default
    found = [value for value in allowed if str(value) == request.args[key]]
    return found[0] if found else abort(404)


class TickField(BooleanField):
    """A box to tick, sent as `yes`."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the box."""
        self.data = valuelist[:1] == ["yes"]


class DayField(StringField):
    """A day, or nothing; what is no day stays as it was typed."""

    day: date | None = None

    def pre_validate(self, form: BaseForm) -> None:
        """Read the day."""
        text = (self.data or "").strip()
        try:
            self.day = date.fromisoformat(text) if text else None
        except ValueError:
            raise ValidationError(_(WRITE_A_DAY)) from None


class YearForm(FlaskForm):
    """A year of four digits."""

    year = StringField(validators=[Regexp(r"[0-9]{4}\Z")])

    @property
    def number(self) -> int:
        """The year, once the form is valid."""
        return int(self.year.data or "")


class NextForm(FlaskForm):
    """The button that a page of questions was saved with."""

    next = StringField()

    @property
    def stops(self) -> bool:
        """True if the person wants to stop here."""
        return bool(self.next.data == "stop")
