"""What templates say for the ids of law, lenses, sectors and roles, beside the words of `compliance.web.words`."""

from collections.abc import Mapping
from datetime import date

from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from compliance.benchmark.published import ALL_SECTORS, Cell, Withheld
from compliance.publishing import UNSTATED
from compliance.web.text import day, shown
from compliance.web.words import CSR_GAPS, SECTORS, effort_words, lens_word

Labels = Mapping[str, LazyString]

LENSES: Labels = {
    "gap": _l("CSR gap"),
    "prevention": _l("Prevention level"),
    "aspect": _l("Aspect"),
    "demand": _l("Demand"),
    "audience": _l("Audience"),
}

LEVELS: Labels = {
    "pre-primary": _l("Pre-primary: what makes exploitation possible at all, such as wages and power."),
    "primary": _l("Primary: what everybody knows and does."),
    "secondary": _l("Secondary: groups at risk, and people who might offend."),
    "tertiary": _l("Tertiary: help and response once a child was harmed."),
}

ROLES: Labels = {
    "company": _l("Company member"),
    "auditor": _l("Auditor"),
    "advocate": _l("Advocate"),
    "steward": _l("Steward"),
}

CONSENTS: Labels = {
    "private": _l("private, in no figure"),
    "counted": _l("counted, without its name"),
    "named": _l("named"),
}

#: What each authority means for a company that is measured against it.
AUTHORITY_NOTES: Labels = {
    "company": _l("Applies to a company directly, where it is in force and the company falls under it."),
    "states": _l("Speaks to States and reaches a company through national law. A company is measured against it."),
    "interpretation": _l("How a treaty body reads a treaty. Addressed to States; it binds no company by itself."),
    "expectation": _l("Not law. What States, the United Nations or an industry expect of a company."),
    "proposal": _l("Drafted or proposed, and in force nowhere yet."),
}

MARKS: Labels = {
    "C": _l("Wording checked"),
    "P": _l("Wording not checked; a source confirms that it exists"),
    "M-high": _l("Wording not checked; general knowledge, held with high confidence"),
    "M-med": _l("Wording not checked; general knowledge, held with medium confidence"),
}

WITHHELD: Mapping[Withheld, LazyString] = {
    Withheld.FEW: _l("fewer than 5"),
    Withheld.NEARLY_ALL: _l("all but fewer than 5"),
    Withheld.NOT_SHOWN: _l("withheld"),
}


def label(app: Flask) -> None:
    """Give every template these words."""
    app.jinja_env.globals.update(
        cell_words=cell_words,
        sector_title=sector_title,
        lens_title=lambda lens: str(LENSES.get(lens, lens)),
        lens_word=lens_word,
        lens_note=lens_note,
        effort_words=effort_words,
        mark=lambda mark: str(MARKS[mark]),
        role=lambda role: str(ROLES[role]),
        consent=lambda consent: str(CONSENTS[consent]),
        authority_note=lambda authority: str(AUTHORITY_NOTES[authority]),
        iso_day=lambda text: day(date.fromisoformat(text)),
    )


def cell_words(cell: Cell) -> str:
    """A published count in words: the number, or what is said instead of it."""
    return str(WITHHELD[cell]) if isinstance(cell, Withheld) else shown(cell)


def sector_title(sector: str) -> str:
    """A sector in words; an id that is not known stands for itself."""
    if sector == ALL_SECTORS:
        return str(_l("All sectors shown"))
    if sector in ("", UNSTATED):
        return str(_l("Sector not stated"))
    return str(SECTORS.get(sector, sector))


def lens_note(lens: str, value: str) -> str:
    """How to read a lens value, in a sentence; empty where nothing is to be said."""
    notes: Mapping[str, Labels] = {"gap": CSR_GAPS, "prevention": LEVELS}
    return str(notes.get(lens, {}).get(value, ""))
