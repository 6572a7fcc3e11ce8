"""Provisions as the margin, the gaps and the catalogue show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.law import Authority


@dataclass(frozen=True, slots=True)
class ProvisionView:
    """One provision in a view: see templates/parts/law.html."""

    short: str  # "CRC"
    provision: str  # "art. 34"
    paraphrase: str
    authority: Authority
    wording_checked: bool
    href: str  # its place in the catalogue


def provision_views(edition: Edition, ids: Iterable[str]) -> tuple[ProvisionView, ...]:
    """Provisions by id, in that order; one that the catalogue no longer has is left out."""
    return tuple(provision_view(edition, i) for i in ids if i in edition.provisions)


def provision_view(edition: Edition, provision_id: str) -> ProvisionView:
    """One provision. Raise KeyError if the catalogue does not have it."""
    provision = edition.provisions[provision_id]
    return ProvisionView(
        edition.instrument_of[provision_id].short,
        provision.provision,
        provision.paraphrase,
        provision.authority,
        provision.wording_checked,
        url_for("method.law", _anchor=provision_id),
    )
