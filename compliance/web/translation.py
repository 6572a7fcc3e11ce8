"""Flask-Babel's functions with their types, which it does not tell."""

from typing import Any

import flask_babel


def gettext(message: str, **values: Any) -> str:
    """The message in the language of this page, its placeholders filled."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, several: str, num: int, **values: Any) -> str:
    """The message for a number of things, which it may name as `%(num)s`."""
    return str(flask_babel.ngettext(one, several, num, **values))
