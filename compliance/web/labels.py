"""What templates say for ids: the words of `compliance.languages.words`, and those of published counts."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from jinja2 import Environment

from compliance.benchmark.published import Cell, Withheld
from compliance.languages import words
from compliance.languages.formats import day, number
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _

WITHHELD: Mapping[Withheld, str] = {
    Withheld.FEW: N_("fewer than 5"),
    Withheld.NEARLY_ALL: N_("all but fewer than 5"),
    Withheld.NOT_SHOWN: N_("withheld"),
}


def label(environment: Environment) -> None:
    """Give every template these words."""
    environment.filters["role_words"] = _of(words.ROLES)
    environment.globals.update(
        cell_words=cell_words,
        sector_title=words.sector_title,
        lens_title=words.lens_title,
        lens_word=words.lens_word,
        lens_note=words.lens_note,
        effort_words=words.effort_words,
        cited=words.cited,
        aspect=_of(words.ASPECTS),
        mark=_of(words.MARKS),
        known=_of(words.KNOWN),
        role=_of(words.ROLES),
        consent=_of(words.CONSENTS),
        voice=_of(words.VOICES),
        authority=_of(words.AUTHORITIES),
        authority_note=_of(words.AUTHORITY_NOTES),
        iso_day=lambda text: day(date.fromisoformat(text)),
    )


def cell_words(cell: Cell) -> str:
    """A published count in words: the number, or what is said instead of it."""
    return _(WITHHELD[cell]) if isinstance(cell, Withheld) else number(cell)


def _of(table: words.Words) -> Callable[[str], str]:
    return partial(words.word, table)
