"""The blueprints, one for each reader. Add yours here."""

from flask import Blueprint

from compliance.web import account, company


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint, public pages first."""
    return (account.bp, company.bp)
