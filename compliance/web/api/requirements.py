"""Requirements and provisions of law in the API, from the current edition or from that of a period."""

from datetime import date
from typing import Annotated, Literal

from flask import request

from compliance.languages.interface_messages import N_
from compliance.languages.labels import localised_citation
from compliance.questionnaire.conditions_and_law import AUTHORITIES, LAW_BODIES
from compliance.questionnaire.edition import Edition, Node
from compliance.store import published_years
from compliance.web.api.blueprint import (
    ApiParameter,
    EditionJson,
    Links,
    Record,
    RecordPage,
    about,
    address_of,
    asked_id,
    edition_record,
    endpoint,
    known_id,
    page_of,
)
from compliance.web.database import db
from compliance.web.edition_registry import edition_by_digest, newest_edition
from compliance.web.presenters.provisions import CatalogueProvision, catalogue
from compliance.web.releases import published_year, snapshot_of


class RequirementJson(Record, frozen=True, kw_only=True):
    """A requirement: what law expects of a code and of practice, which questions ask about."""

    id: str
    title: str
    theme: Annotated[str, about(N_("The id of the theme that it is in."))]
    theme_title: str
    expects: Annotated[str, about(N_("What law expects, in one sentence."))]
    critical: Annotated[bool, about(N_("True if an overall band is capped while it is not met."))]
    weight: Annotated[float, about(N_("Its weight among the requirements beside it."))]
    provisions: Annotated[tuple[str, ...], about(N_("The ids of the provisions that it rests on."))]
    questions: Annotated[tuple[str, ...], about(N_("The ids of its questions. The edition has them in full."))]
    edition: EditionJson
    links: Links


class ProvisionJson(Record, frozen=True, kw_only=True):
    """A provision of a treaty, a law, a comment or a standard, in our own words."""

    id: str
    instrument: Annotated[str, about(N_("The id of the treaty, law or standard that it is in."))]
    instrument_title: str
    instrument_short: str
    citation: Annotated[str, about(N_("Where it stands in the instrument, such as “art. 34”."))]
    paraphrase: Annotated[str, about(N_("What it says, in our own words. This is not legal advice."))]
    authority: Annotated[
        Literal[AUTHORITIES],  # type: ignore[valid-type]
        about(N_("Whether it binds companies, binds states, interprets law, states an expectation or is a proposal.")),
    ]
    body: Annotated[
        Literal[LAW_BODIES],  # type: ignore[valid-type]
        about(N_("What the instrument is about: children, due diligence, or voluntary standards.")),
    ]
    status: Annotated[str, about(N_("The status of the instrument on the day “as_of”."))]
    as_of: date | None
    wording_checked: Annotated[bool, about(N_("True if the provision itself was read for this paraphrase."))]
    url: Annotated[str | None, about(N_("Where the text of the instrument is."))]
    requirements: Annotated[
        tuple[str, ...], about(N_("The ids of the requirements that rest on it; empty if none does."))
    ]
    edition: EditionJson
    links: Links


OF_PERIOD = ApiParameter(
    "period",
    N_("The edition behind the figures of this year. Without it, the edition that is asked now."),
    "integer",
    least=1000,
    most=9999,
)
REQUIREMENT = ApiParameter("requirement", N_("The id of a requirement."))
PROVISION = ApiParameter("provision", N_("The id of a provision."), example="crc-34")


@endpoint(
    "/requirements",
    N_("Every requirement of an edition, with the law that it rests on"),
    RecordPage[RequirementJson],
    query=[
        OF_PERIOD,
        ApiParameter("theme", N_("Only those of the theme with this id.")),
        ApiParameter("provision", N_("Only those that rest on the provision with this id.")),
    ],
    paged=True,
)
def requirements() -> RecordPage[RequirementJson]:
    """Return requirements in the order of the edition."""
    edition = _edition()
    theme = asked_id("theme", {node.id for node in edition.themes})
    provision = asked_id("provision", edition.provisions)
    found = [
        (each, node)
        for each, node in _requirements(edition).values()
        if theme in ("", each.id) and (not provision or provision in node.law)
    ]
    return page_of(RecordPage[RequirementJson], found, lambda each: _requirement_record(edition, *each))


@endpoint(
    "/requirements/<requirement>",
    N_("One requirement"),
    RequirementJson,
    path_parameters=[REQUIREMENT],
    query=[OF_PERIOD],
)
def requirement(requirement: str) -> RequirementJson:
    """Return one requirement."""
    edition = _edition()
    return _requirement_record(edition, *known_id("requirement", _requirements(edition), requirement))


@endpoint(
    "/provisions",
    N_("Every provision of law, with the requirements that rest on it"),
    RecordPage[ProvisionJson],
    query=[
        OF_PERIOD,
        ApiParameter("instrument", N_("Only those of the treaty, law or standard with this id."), example="crc"),
        ApiParameter("authority", N_("Only those that speak to these."), values=AUTHORITIES),
        ApiParameter("body", N_("Only those of instruments about this."), values=LAW_BODIES),
    ],
    paged=True,
)
def provisions() -> RecordPage[ProvisionJson]:
    """Return provisions in the order of the catalogue."""
    edition = _edition()
    instrument = asked_id("instrument", {each.id for each in edition.instruments})
    authority, body = request.args.get("authority", ""), request.args.get("body", "")
    found = [
        each
        for each in _provisions(edition).values()
        if instrument in ("", each.provision.instrument)
        and authority in ("", each.provision.authority)
        and body in ("", edition.instrument_of[each.provision.id].body)
    ]
    return page_of(RecordPage[ProvisionJson], found, lambda each: _provision_record(edition, each))


@endpoint(
    "/provisions/<provision>",
    N_("One provision"),
    ProvisionJson,
    path_parameters=[PROVISION],
    query=[OF_PERIOD],
)
def provision(provision: str) -> ProvisionJson:
    """Return one provision."""
    edition = _edition()
    return _provision_record(edition, known_id("provision", _provisions(edition), provision))


def _edition() -> Edition:
    """Return the edition that the query asks for: that of a period, or the current one."""
    if "period" not in request.args:
        return newest_edition().complete
    year = published_year(request.args["period"], published_years(db()))
    return edition_by_digest(snapshot_of(year).digest).complete


def _requirements(edition: Edition) -> dict[str, tuple[Node, Node]]:
    """Return every requirement by id, with its theme."""
    return {node.id: (theme, node) for theme in edition.themes for node in theme.nodes() if node.is_requirement}


def _provisions(edition: Edition) -> dict[str, CatalogueProvision]:
    return {listed.provision.id: listed for chapter in catalogue(edition) for listed in chapter.provisions}


def _requirement_record(edition: Edition, theme: Node, node: Node) -> RequirementJson:
    return RequirementJson(
        id=node.id,
        title=node.title or node.id,
        theme=theme.id,
        theme_title=theme.title or theme.id,
        expects=node.expects,
        critical=node.critical is not None,
        weight=node.weight,
        provisions=node.law,
        questions=tuple(question.id for question in node.questions()),
        edition=edition_record(edition),
        links={
            "self": _address("api.requirement", requirement=node.id),
            "page": f"{address_of('method.theme', theme=theme.id)}#{node.id}",
        },
    )


def _provision_record(edition: Edition, listed: CatalogueProvision) -> ProvisionJson:
    one = listed.provision
    instrument = edition.instrument_of[one.id]
    return ProvisionJson(
        id=one.id,
        instrument=instrument.id,
        instrument_title=instrument.title,
        instrument_short=instrument.short or instrument.title,
        citation=localised_citation(one.provision),
        paraphrase=one.paraphrase,
        authority=one.authority,
        body=instrument.body,
        status=instrument.status,
        as_of=date.fromisoformat(instrument.as_of) if instrument.as_of else None,
        wording_checked=one.wording_checked,
        url=instrument.url or None,
        requirements=tuple(node.id for node, _theme in listed.requirements if node.is_requirement),
        edition=edition_record(edition),
        links={
            "self": _address("api.provision", provision=one.id),
            "requirements": _address("api.requirements", provision=one.id),
            "page": f"{address_of('method.instrument', instrument=instrument.id)}#{one.id}",
        },
    )


def _address(name: str, **values: str) -> str:
    """Return an absolute URL of the API, with the period of this request."""
    period = {"period": request.args["period"]} if "period" in request.args else {}
    return address_of(name, **values, **period)
