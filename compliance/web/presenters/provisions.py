"""View models of law: provisions next to a requirement, and the catalogue of instruments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from flask import current_app, url_for

from compliance.languages.formats import long_date
from compliance.languages.labels import localised_citation
from compliance.narrative.legal_basis import BindingForce, binding_force, binding_force_words
from compliance.questionnaire.conditions_and_law import AUTHORITIES, Authority, Instrument, Provision
from compliance.questionnaire.edition import Edition, Node
from compliance.questionnaire.law import CompanyFacts
from compliance.web.page_text import of_edition


@dataclass(frozen=True, slots=True)
class ProvisionView:
    """A provision as a margin shows it; see `parts/law.html`."""

    short: str  # short title of the instrument
    provision: str
    paraphrase: str
    outcome: str  # for law that binds companies: binds, may, not or general; otherwise empty
    label: str  # whom it binds, in a word or two
    because: str
    wording_checked: bool
    href: str  # in the catalogue; "": there are no such pages


#: The law behind each requirement, by its id.
LawByRequirement: TypeAlias = Mapping[str, tuple[ProvisionView, ...]]


def law_by_requirement(edition: Edition, facts: CompanyFacts | None = None) -> LawByRequirement:
    """Return the law behind each requirement, by id; see `provision_views`."""
    return {each.id: tuple(provision_views(edition, each.law, facts)) for each in edition.requirements}


def provision_views(edition: Edition, law: Iterable[str], facts: CompanyFacts | None = None) -> list[ProvisionView]:
    """Return provisions as shown in a margin, each with a link to the catalogue.

    `facts`: to say whether they bind the company that reads; None: no company is known.
    """
    catalogue = url_for("method.law") if "method.law" in current_app.view_functions else ""
    views = []
    for provision_id in law:
        provision, instrument = edition.provisions.get(provision_id), edition.instrument_of.get(provision_id)
        if provision is None or instrument is None:  # the edition comes without its law
            continue
        found = binding_force(edition, provision, facts)
        views.append(
            ProvisionView(
                short=instrument.short or instrument.title,
                provision=localised_citation(provision.provision),
                paraphrase=of_edition(provision.paraphrase, edition),
                outcome=found.outcome,
                label=found.label,
                because=of_edition(_because(found), edition),
                wording_checked=provision.wording_checked,
                href=f"{catalogue}/{instrument.id}#{provision_id}" if catalogue else "",
            )
        )
    return views


def _because(found: BindingForce) -> str:
    """Return the reason to show with the label, or, for `general` law, a full sentence on whom it binds."""
    return f"{binding_force_words(found)}." if found.outcome == "general" and found.reason else found.reason


@dataclass(frozen=True, slots=True)
class CatalogueProvision:
    """A provision in the catalogue, and the requirements that cite it."""

    provision: Provision
    requirements: tuple[tuple[Node, str], ...]  # each with the id of its theme


@dataclass(frozen=True, slots=True)
class CatalogueInstrument:
    """An instrument in the catalogue."""

    instrument: Instrument
    provisions: tuple[CatalogueProvision, ...]
    authority: Authority  # the first in `AUTHORITIES` among its provisions
    unchecked: int  # number of provisions whose wording nobody has checked

    @property
    def covered(self) -> tuple[CatalogueProvision, ...]:
        """The provisions that a requirement cites."""
        return tuple(listed for listed in self.provisions if listed.requirements)

    @property
    def uncovered(self) -> tuple[CatalogueProvision, ...]:
        """The provisions that no requirement cites."""
        return tuple(listed for listed in self.provisions if not listed.requirements)


@dataclass(frozen=True, slots=True)
class AuthorityGroup:
    """The instruments with the same authority: whom they bind."""

    authority: Authority
    chapters: tuple[CatalogueInstrument, ...]


def catalogue(edition: Edition) -> tuple[CatalogueInstrument, ...]:
    """Return every instrument with its provisions, in the order of the edition."""
    requirements: dict[str, list[tuple[Node, str]]] = {}
    for theme in edition.themes:
        for node in theme.nodes():
            for provision in node.law:
                requirements.setdefault(provision, []).append((node, theme.id))
    return tuple(_catalogue_instrument(instrument, requirements) for instrument in edition.instruments)


def by_authority(chapters: Iterable[CatalogueInstrument]) -> tuple[AuthorityGroup, ...]:
    """Return the instruments by authority, in the order of `AUTHORITIES`."""
    groups: dict[Authority, list[CatalogueInstrument]] = {authority: [] for authority in AUTHORITIES}
    for chapter in chapters:
        groups[chapter.authority].append(chapter)
    return tuple(AuthorityGroup(authority, tuple(found)) for authority, found in groups.items() if found)


def _catalogue_instrument(
    instrument: Instrument, requirements: Mapping[str, list[tuple[Node, str]]]
) -> CatalogueInstrument:
    listed = tuple(CatalogueProvision(p, tuple(requirements.get(p.id, ()))) for p in instrument.provisions)
    first = min((p.authority for p in instrument.provisions), key=AUTHORITIES.index, default=AUTHORITIES[-1])
    return CatalogueInstrument(instrument, listed, first, sum(not p.wording_checked for p in instrument.provisions))


def law_as_of(edition: Edition) -> str:
    """Return the latest date for which an instrument's status is known, in ISO 8601; "" without a law catalogue."""
    return max((instrument.as_of for instrument in edition.instruments), default="")


def law_as_of_words(edition: Edition) -> str:
    """Return the latest date for which an instrument's status is known, in words; "" without a law catalogue."""
    as_of = law_as_of(edition)
    return long_date(date.fromisoformat(as_of)) if as_of else ""
