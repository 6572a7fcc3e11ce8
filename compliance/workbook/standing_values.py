"""What the formulas of standings come to, from the data of any company: of nodes, values of lenses, and sums.

What says the same is one object, however often it is asked for, so that a sheet asks it once.
"""

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

from compliance.scoring.coded_answers import Basis
from compliance.scoring.scorecard import Standing
from compliance.workbook.formulas import ValueOf, ValuesOf
from compliance.workbook.scorecard_data import ScorecardData

#: What says a standing, from the data of any company.
StandingOf: TypeAlias = Callable[[ScorecardData], Standing]
_kept = lru_cache(1 << 13)  # an edition has some thousands


@_kept
def standing_of_node(basis: Basis, node_id: str) -> StandingOf:
    """What says the standing of a node on a basis."""
    return lambda data: data.on(basis).card.nodes[node_id]


@_kept
def values_of_standing(standing: StandingOf, *figures: str) -> ValuesOf:
    """What says some figures of a standing, as formula cells have them."""
    read = attrgetter(*figures)
    return lambda data: read(standing(data))


@_kept
def standing_value(standing: StandingOf, figure: str) -> ValueOf:
    """What says a figure of a standing, as a formula cell has it."""
    read = attrgetter(figure)
    return lambda data: read(standing(data))


@_kept
def standing_of_law(basis: Basis, provision_id: str) -> StandingOf:
    """What says the standing of a provision on a basis."""
    return lambda data: data.on(basis).card.law[provision_id]


@_kept
def standing_of_lens(basis: Basis, lens: str, value: str) -> StandingOf:
    """What says the standing of a value of a lens on a basis."""
    return lambda data: data.on(basis).card.lenses[lens][value]


@_kept
def band_title_now(standing: StandingOf) -> ValueOf:
    """What says the title of a standing's band."""
    return lambda data: current_band_title(standing(data))


def current_band_title(standing: Standing) -> str:
    """The title of a standing's band, empty for none."""
    return standing.band.title if standing.band else ""


@_kept
def values_of_sums(questions: tuple[str, ...]) -> ValuesOf:
    """What says the eight sums over some questions, by their ids."""
    return lambda data: data.sums(questions)
