"""Messages, numbers and dates in templates, and lazily in forms: in the language of the page."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Flask
from flask_babel import Babel, LazyString
from jinja2 import Environment
from markupsafe import Markup, escape

from compliance.findings.standing import progress_words, reviewed_words
from compliance.languages import formats
from compliance.languages.speaking import gettext, language, ngettext
from compliance.questionnaire.edition import Edition


def speak(app: Flask) -> None:
    """Let the app and the libraries it rests on speak the language of the page."""
    Babel(app, locale_selector=language)  # for the messages of WTForms
    teach(app.jinja_env)


def teach(environment: Environment) -> None:
    """Give templates their messages, and their filters for numbers, days, shares and lists."""
    environment.filters.update(
        shown=formats.number,
        plain=formats.plain,
        percent=formats.percent,
        day=formats.day,
        moment=formats.moment,
        listed=listed,
        listed_apart=partial(listed, apart=True),
        own=own,
        of_edition=of_edition,
        answered=progress_words,
        reviewed=reviewed_words,
    )
    environment.globals.update(
        _=said, gettext=said, ngettext=said_many, comma=formats.comma, semicolon=formats.semicolon, own=own
    )


def own(words: object) -> Markup:
    """A name, an id, or what somebody wrote: in its own direction, and not ours to translate."""
    return Markup('<bdi translate="no">%s</bdi>') % words if words else Markup()


def of_edition(words: str, edition: Edition) -> str:
    """Words of an edition; marked as English where it is not offered in the language of the page."""
    if not words or edition.language == language():
        return words
    return Markup('<bdi lang="%s">%s</bdi>') % (edition.language, words)


def lazy(message: str) -> LazyString:
    """A message of a form, said in the language of the page that shows it."""
    return LazyString(gettext, message)


def said(message: str, **values: Any) -> Markup:
    """A message of a template: what is put into it is escaped."""
    return Markup(gettext(message, **_escaped(values)))  # noqa: S704  # our own words, those of visitors escaped


def said_many(one: str, several: str, num: int, **values: Any) -> Markup:
    """A message of a template for a number of things."""
    return Markup(ngettext(one, several, num, **_escaped(values)))  # noqa: S704  # as above


def listed(things: Iterable[str], apart: bool = False) -> Markup:
    """`a, b, c`, escaped; `apart`: `a; b; c`, where the things have commas in them."""
    return Markup(formats.semicolon() if apart else formats.comma()).join(things)  # noqa: S704  # it escapes them


def _escaped(values: dict[str, Any]) -> dict[str, Markup]:
    return {name: escape(value) for name, value in values.items()}
