"""Words, numbers and dates as people read them, in their language. Numbers are rounded here and nowhere else."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from flask import Flask, request
from flask_babel import Babel

from compliance.scoring.rounding import rounded
from compliance.web.translation import LANGUAGES, language, said
from compliance.web.translation import gettext as _

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def speak(app: Flask) -> None:
    """Translate, and give templates the filters `shown`, `day`, `moment` and `percent`."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LANGUAGES[0])
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=_language)
    app.jinja_env.filters.update(shown=shown, day=day, moment=moment, percent=percent)
    app.jinja_env.globals.update(_=said, gettext=said)


def direction() -> str:
    """`ltr` or `rtl`."""
    return "rtl" if language().partition("_")[0] in _RIGHT_TO_LEFT else "ltr"


def shown(number: float, decimals: int = 0) -> str:
    """A number as people read it: half away from zero, whole unless said otherwise."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(rounded(number, decimals), pattern, locale=language())


def percent(part: float) -> str:
    """A share of 1 as whole per cent: `12 %`."""
    return _("%(number)s %%", number=shown(100 * part))


def day(when: date | datetime) -> str:
    """A day: 24 November 2026."""
    return format_date(when, "d MMMM y", locale=language())


def moment(when: datetime, today: date | None = None) -> str:
    """A point in time (UTC): the time alone if it was today."""
    if today is not None and when.date() == today:
        return format_time(when, "HH:mm", locale=language())
    return format_datetime(when, "d MMMM y, HH:mm", locale=language())


def _language() -> str:
    # A whitelist: whatever else a browser asks for, or an address names, is never handed to Babel.
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
