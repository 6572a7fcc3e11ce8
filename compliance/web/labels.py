"""What templates say for ids: the words of `compliance.languages.words`, and those of published counts."""

from collections.abc import Callable
from datetime import date
from functools import partial

from jinja2 import Environment

from compliance.findings.sectors.cells import cell_words
from compliance.languages import words
from compliance.languages.formats import day


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
        law_body=_of(words.LAW_BODIES),
        authority=_of(words.AUTHORITIES),
        authority_note=_of(words.AUTHORITY_NOTES),
        iso_day=lambda text: day(date.fromisoformat(text)),
    )


def _of(table: words.Words) -> Callable[[str], str]:
    return partial(words.word, table)
