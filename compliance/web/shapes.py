"""The plain shapes that the template macros read: a band, a row with its interval, a provision."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Protocol, TypeAlias

from flask import current_app, url_for

from compliance.findings.law import Binding, binding, binding_words
from compliance.languages.formats import country_name, sort_key
from compliance.languages.speaking import language
from compliance.languages.words import REGIONS, cited, word
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import Band, Edition
from compliance.questionnaire.facts import Facts
from compliance.scoring.bands import decimals_to_show
from compliance.web.text import of_edition

#: What a macro reads; its keys are named in the macro's own file.
Shape: TypeAlias = dict[str, Any]


class Stands(Protocol):
    """Whatever has a score with its interval on the edition's scale, and a band: a `Standing`, or a score so far."""

    @property
    def score(self) -> float | None:
        """None = no score."""

    @property
    def worst(self) -> float | None:
        """The least it can become."""

    @property
    def best(self) -> float | None:
        """The most it can become."""

    @property
    def band(self) -> Band | None:
        """The band of the score."""


def band_shape(edition: Edition, band: Band | None) -> Shape | None:
    """A band with its place among the bands, 1 the lowest."""
    if band is None:
        return None
    steps = len(edition.bands)
    return {"id": band.id, "title": band.title, "at": band.at, "step": edition.bands.index(band) + 1, "steps": steps}


def band_shapes(edition: Edition) -> list[Shape]:
    """Every band, lowest first."""
    return [shape for band in edition.bands if (shape := band_shape(edition, band))]


def row_shape(edition: Edition, title: str, standing: Stands | None, **more: Any) -> Shape:
    """A score with its interval and band, under a title, and the decimals that every page shows it with."""
    if standing is None:
        return {"title": title, "score": None, "worst": None, "best": None, "band": None, "decimals": 0, **more}
    return {
        "title": title,
        "score": standing.score,
        "worst": standing.worst,
        "best": standing.best,
        "band": band_shape(edition, standing.band),
        "decimals": decimals_to_show(edition, standing.score),
        **more,
    }


def provision_shapes(edition: Edition, law: Iterable[str], facts: Facts | None = None) -> list[Shape]:
    """Provisions as a margin shows them, each linked to its place in the catalogue.

    `facts`: of the company that reads, for whether they bind it; None: no company is known.
    """
    catalogue = url_for("method.law") if "method.law" in current_app.view_functions else ""
    shapes = []
    for provision_id in law:
        provision, instrument = edition.provisions.get(provision_id), edition.instrument_of.get(provision_id)
        if provision is None or instrument is None:  # an edition whose law is not at hand
            continue
        found = binding(edition, provision, facts)
        shapes.append(
            {
                "short": instrument.short or instrument.title,
                "provision": cited(provision.provision),
                "paraphrase": of_edition(provision.paraphrase, edition),
                "outcome": found.outcome,
                "label": found.label,
                "because": of_edition(_because(found), edition),
                "wording_checked": provision.wording_checked,
                "href": f"{catalogue}/{instrument.id}#{provision_id}" if catalogue else "",
            }
        )
    return shapes


def _because(found: Binding) -> str:
    """Why, beside the label; in general, whom it binds as one sentence that needs no label."""
    return f"{binding_words(found)}." if found.outcome == "general" and found.because else found.because


def region_shapes() -> tuple[Shape, ...]:
    """Every country under its region, both in reading order; what belongs to no region comes last."""
    return _region_shapes(language())


@cache
def _region_shapes(_language: str) -> tuple[Shape, ...]:
    regions: dict[str, list[Shape]] = {}
    for country in countries().values():
        shape = {"code": country.alpha3, "name": country_name(country.alpha3)}
        regions.setdefault(country.region, []).append(shape)
    order = sorted(regions, key=lambda region: (not region, sort_key(word(REGIONS, region))))
    return tuple(
        {
            "title": word(REGIONS, region),
            "countries": sorted(regions[region], key=lambda shape: sort_key(shape["name"])),
        }
        for region in order
    )
