"""Formats of numbers, dates, lists and country names, as people of a language write them. All formats are here.

Digits are 0 to 9 in every language, as in workbook cells. Separators and names of months follow the current language.
English is the English of the United Kingdom: 24 November 2026.
"""

import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal

from compliance.languages.interface_messages import current_language, without_marks
from compliance.questionnaire.countries import countries
from compliance.questionnaire.search import folded_letters
from compliance.scoring.numeric import TOLERANCE, rounded

#: Significant digits that a number keeps through a file.
_SIGNIFICANT = 15

#: The most decimals of a percentage at which the engine sees a difference.
_MOST_DECIMALS = 7

#: Names used by people and the United Nations, where Unicode's differ.
_COUNTRY_NAMES = {
    "HKG": {"fr": "Hong Kong", "es": "Hong Kong", "ar": "هونغ كونغ"},
    "MAC": {"fr": "Macao", "es": "Macao", "ar": "ماكاو"},
    "PSE": {"fr": "Palestine", "es": "Palestina", "ar": "فلسطين"},
}


def number(value: float, decimals: int = 0) -> str:
    """Return a number as people read it: halves rounded away from zero, and no decimals by default."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return _formatted(rounded(value, decimals), pattern, current_language())


@lru_cache(maxsize=4096)
def _formatted(value: float, pattern: str, language: str) -> str:
    return format_decimal(value, pattern, locale=_babel_locale(language))


def short_decimal(value: float) -> str:
    """Return a weight or points with as many decimals as it has, at most four; a small one with its first digits."""
    decimals = 3 - math.floor(math.log10(abs(value))) if TOLERANCE <= abs(value) < 0.001 else 4
    return at_most_decimals(value, decimals)


def full_decimal(value: float) -> str:
    """Return a number that somebody entered, with all its decimals."""
    given = Decimal(f"{value:.{_SIGNIFICANT}g}")
    exponent = given.as_tuple().exponent
    decimals = min(max(-exponent, 0), _SIGNIFICANT) if isinstance(exponent, int) else 0
    return format_decimal(given, "#,##0." + "#" * decimals, locale=_locale(), decimal_quantization=True)


def summand(value: float, largest: float) -> str:
    """Return a weight or points in a sum, with enough decimals to redo it. `largest`: the largest in it, above 0."""
    return at_most_decimals(value, max(4, 4 - math.floor(math.log10(largest))))


def at_most_decimals(value: float, decimals: int) -> str:
    """Return a number with as many decimals as it has, up to `decimals`."""
    return _formatted(rounded(value, decimals), "#,##0." + "#" * decimals, current_language())


def percent(part: float) -> str:
    """Return a share of 1 as whole per cent: `12 %`, with the language's space."""
    return number(100 * part) + percent_sign()


def distinct_percents(part: float, bound: float) -> tuple[str, str]:
    """Return a share and the bound that it misses or keeps, with enough decimals to differ: `39.97 %` and `40 %`."""
    parts = (100 * part, 100 * bound)
    decimals = next((d for d in range(_MOST_DECIMALS) if _are_distinct(*parts, d)), _MOST_DECIMALS)
    of_part, of_bound = (at_most_decimals(each, decimals) + percent_sign() for each in parts)
    return of_part, of_bound


def _are_distinct(part: float, bound: float, decimals: int) -> bool:
    """Tell whether the bound is whole at these decimals and the other number looks different, or equals it."""
    is_whole = abs(rounded(bound, decimals) - bound) <= TOLERANCE
    return is_whole and (rounded(part, decimals) != rounded(bound, decimals) or abs(part - bound) <= 100 * TOLERANCE)


def percent_sign() -> str:
    """Return the per cent sign with the space that the language puts before it, if any."""
    return " %" if current_language() == "en" else str(_locale().percent_formats[None].pattern).removeprefix("#,##0")


def long_date(when: date | datetime) -> str:
    """Return a day: 24 November 2026."""
    return _formatted_day(when.year, when.month, when.day, current_language())


@lru_cache(maxsize=4096)
def _formatted_day(year: int, month: int, day: int, language: str) -> str:
    return format_date(date(year, month, day), "long", locale=_babel_locale(language))


def date_and_time(when: datetime, today: date | None = None) -> str:
    """Return a point in time: 24 November 2026, 14:02. Return only the time if it was `today`."""
    time = format_time(when, "HH:mm", locale=_locale())
    if today is not None and when.date() == today:
        return time
    return str(get_datetime_format("medium", locale=_locale())).format(time, long_date(when))


def comma() -> str:
    """Return the separator of a list, with its space."""
    return "، " if current_language() == "ar" else ", "


def semicolon() -> str:
    """Return the separator of a list whose items contain commas, with its space."""
    return {"ar": "؛ ", "fr": "\u00a0; "}.get(current_language(), "; ")


def comma_list(things: Iterable[object]) -> str:
    """Return `a, b, c`."""
    return comma().join(str(thing) for thing in things)


def semicolon_list(things: Iterable[object]) -> str:
    """Return `a; b; c`, for items that contain commas."""
    return semicolon().join(str(thing) for thing in things)


def nested_quotes(words: str) -> str:
    """Return words for a quotation in a sentence: without their full stop, and with nested quotation marks."""
    words = words.removesuffix(".")  # the sentence around them ends with its own full stop
    if current_language() == "en":
        return words.translate(str.maketrans("“”", "‘’"))
    return re.sub(r"«\s*(.*?)\s*»", r"“\1”", words)


def and_list(things: Iterable[object]) -> str:
    """Return `a, b and c`."""
    return format_list([str(thing) for thing in things], "standard", locale=_locale())


def or_list(things: Iterable[object]) -> str:
    """Return `a, b or c`."""
    return format_list([str(thing) for thing in things], "or", locale=_locale())


def country_name(alpha3: str) -> str:
    """Return a country's name by its ISO 3166 alpha-3 code. An unknown code is returned as it is."""
    if alpha3 not in countries():
        return alpha3
    if current_language() == "en":
        return countries()[alpha3].name
    return _country_name(current_language(), alpha3)


def sort_key(name: str) -> str:
    """Return the sort key of a name: its letters without accents."""
    return folded_letters(without_marks(name))


def _locale() -> Locale:
    return _babel_locale(current_language())


@cache
def _babel_locale(code: str) -> Locale:
    return Locale.parse("en_GB" if code == "en" else code)


@cache
def _country_name(code: str, alpha3: str) -> str:
    if alpha3 in _COUNTRY_NAMES:
        return _COUNTRY_NAMES[alpha3][code]
    (alpha2,) = get_global("territory_aliases")[alpha3]
    return str(_babel_locale(code).territories[alpha2])
