"""The blueprints, one for each reader. Add yours here."""

from flask import Blueprint

from compliance.web import (
    about,
    account,
    assigning,
    audit,
    company,
    correcting,
    countries,
    method,
    people,
    publications,
    quick,
    sectors,
    steward,
    steward_questions,
)

#: Modules whose views belong to the blueprint of another one.
_MORE_VIEWS = (assigning, correcting, countries, people, steward_questions)


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint, public pages first."""
    return (about.bp, quick.bp, sectors.bp, publications.bp, method.bp, account.bp, company.bp, audit.bp, steward.bp)
