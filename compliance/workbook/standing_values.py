"""Functions that compute the present results of the formulas of standings, from the data of any company.

Equal arguments give the same function object, so that a sheet calls it once.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

from compliance.scoring.coded_answers import Basis
from compliance.scoring.scorecard import Standing
from compliance.workbook.formulas import ValueOf, ValuesOf
from compliance.workbook.scorecard_data import ScorecardData

#: Returns a standing, from the data of any company.
StandingOf: TypeAlias = Callable[[ScorecardData], Standing]
_kept = lru_cache(1 << 13)  # an edition has some thousands


@_kept
def standing_of_node(basis: Basis, node_id: str) -> StandingOf:
    """Return a function for the standing of a node on a basis."""
    return lambda data: data.on(basis).card.nodes[node_id]


@_kept
def values_of_standing(standing: StandingOf, *figures: str) -> ValuesOf:
    """Return a function for some figures of a standing."""
    read = attrgetter(*figures)
    return lambda data: read(standing(data))


@_kept
def standing_value(standing: StandingOf, figure: str) -> ValueOf:
    """Return a function for one figure of a standing."""
    read = attrgetter(figure)
    return lambda data: read(standing(data))


@_kept
def standing_of_law(basis: Basis, provision_id: str) -> StandingOf:
    """Return a function for the standing of a provision on a basis."""
    return lambda data: data.on(basis).card.law[provision_id]


@_kept
def standing_of_lens(basis: Basis, lens: str, value: str) -> StandingOf:
    """Return a function for the standing of a value of a lens on a basis."""
    return lambda data: data.on(basis).card.lenses[lens][value]


@_kept
def band_title_now(standing: StandingOf) -> ValueOf:
    """Return a function for the title of a standing's band."""
    return lambda data: current_band_title(standing(data))


def current_band_title(standing: Standing) -> str:
    """Return the title of a standing's band; empty for none."""
    return standing.band.title if standing.band else ""


@_kept
def values_of_sums(questions: tuple[str, ...]) -> ValuesOf:
    """Return a function for the eight sums over some questions, by their ids."""
    return lambda data: data.sums(questions)
