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
from compliance.store.audit_trail import storable_text

T = TypeVar("T")
#: The longest reason, or other text in a few sentences, in characters.
LONGEST_REASON = 1_000
WRITE_A_DAY = N_("Enter a date as year-month-day, such as 2026-03-31.")


def small_number(text: str | None, *, digits: int = 9) -> int | None:
    """Return a whole number of at most `digits` ASCII digits, or None for any other text."""
    found = text or ""
    return int(found) if found.isascii() and found.isdigit() and len(found) <= digits else None


def as_stored(text: str | None) -> str:
    """Return a posted text as it is stored, so that one of which nothing is left is treated like an empty one."""
    return storable_text(text or "").replace("\r\n", "\n").strip()


def reason_fault(text: str, missing: str) -> str:
    """Return the message for a reason that is missing or longer than 1,000 characters, or "" if it is neither."""
    if not text:
        return missing
    return _("Use at most 1,000 characters.") if len(text) > LONGEST_REASON else ""


def choice_of(key: str, allowed: Iterable[T], default: T) -> T:
    """Return the query argument `key` if its value is allowed, or else the default."""
    wanted = request.args.get(key)
    return next((value for value in allowed if str(value) == wanted), default)


def choice_or_404(key: str, allowed: Iterable[T], default: T) -> T:
    """Return the query argument `key`, or the default if it is absent. Abort with 404 if its value is not allowed."""
    if key not in request.args:
        return default
    found = [value for value in allowed if str(value) == request.args[key]]
    return found[0] if found else abort(404)


class TickField(BooleanField):
    """A checkbox, sent as `yes`."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read whether the box was ticked."""
        self.data = valuelist[:1] == ["yes"]


class DayField(StringField):
    """A date, or nothing. An invalid date stays as it was typed."""

    day: date | None = None

    def pre_validate(self, form: BaseForm) -> None:
        """Read the date."""
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
    """The button with which a page of questions was saved."""

    next = StringField()

    @property
    def stops(self) -> bool:
        """True if the person wants to stop here."""
        return bool(self.next.data == "stop")
