"""What the formulas of standings come to, from the data of any company: of nodes, values of lenses, and sums."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TypeAlias

from compliance.scoring.coded_answers import Basis
from compliance.scoring.scorecard import Standing
from compliance.workbook.formulas import ValueOf, ValuesOf
from compliance.workbook.scorecard_data import ScorecardData, cached_score

#: What says a standing, from the data of any company.
StandingOf: TypeAlias = Callable[[ScorecardData], Standing]


def standing_of_node(basis: Basis, node_id: str) -> StandingOf:
    """What says the standing of a node on a basis."""
    return lambda data: data.on(basis).card.nodes[node_id]


def values_of_standing(standing: StandingOf, *figures: str) -> ValuesOf:
    """What says some figures of a standing, as formula cells have them."""
    read = attrgetter(*figures)
    return lambda data: map(cached_score, read(standing(data)))


def standing_value(standing: StandingOf, figure: str) -> ValueOf:
    """What says a figure of a standing, as a formula cell has it."""
    read = attrgetter(figure)
    return lambda data: cached_score(read(standing(data)))


def standing_of_lens(basis: Basis, lens: str, value: str) -> StandingOf:
    """What says the standing of a value of a lens on a basis."""
    return lambda data: data.on(basis).card.lenses[lens][value]


def current_band_title(standing: Standing) -> str:
    """The title of a standing's band, empty for none."""
    return standing.band.title if standing.band else ""


def values_of_sums(questions: Sequence[str]) -> ValuesOf:
    """What says the eight sums over some questions."""
    ids = tuple(questions)
    return lambda data: data.sums(ids)
