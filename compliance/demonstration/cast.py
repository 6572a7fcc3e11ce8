"""Who is in the demonstration: about 120 companies that do not exist, and how each takes part in each period."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from compliance.benchmark.tally import Consent

#: scored: hands in; sparse: hands in too few answers for a score; silent: begins, and does not hand in.
Part: TypeAlias = Literal["scored", "sparse", "silent"]


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector of the demonstration. Numbers are companies; quality is a share of full marks, roughly."""

    id: str
    name: str  # "Foods": its companies are "Example Foods 01", "Example Foods 02" …
    companies: int
    quality: float
    silent: tuple[int, ...]  # in each closed period, oldest first
    sparse: int
    private: int
    named: int


SECTORS = (
    Sector("lodging", "Hotels", 32, 0.54, silent=(8, 7), sparse=0, private=1, named=4),
    Sector("travel", "Tours", 24, 0.60, silent=(6, 5), sparse=0, private=1, named=3),
    Sector("platform", "Apps", 18, 0.48, silent=(2, 1), sparse=5, private=1, named=2),
    Sector("goods", "Clothing", 17, 0.44, silent=(5, 5), sparse=0, private=1, named=2),
    Sector("farming", "Foods", 14, 0.34, silent=(6, 5), sparse=1, private=0, named=1),
    Sector("transport", "Coaches", 11, 0.42, silent=(5, 5), sparse=0, private=0, named=0),
    Sector("guards", "Guards", 4, 0.34, silent=(1, 1), sparse=0, private=0, named=0),
)
#: The company whose member signs in as company@demo.example.
LEAD = "Example Hotels 07"
CLOSED_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Actor:
    """One invented company."""

    number: int  # in the whole cast, from 0
    name: str
    sector: Sector
    consent: Consent
    parts: tuple[Part, ...]  # one for each closed period, oldest first


def cast(seed: int) -> tuple[Actor, ...]:
    """Everybody, in the order of sectors and names."""
    actors: list[Actor] = []
    for position, sector in enumerate(SECTORS):
        order = _order(sector, np.random.default_rng([seed, position]))
        for number in range(sector.companies):
            place = order.index(number)
            parts = tuple(_part(sector, place, period) for period in range(CLOSED_PERIODS))
            actors.append(Actor(len(actors), _name(sector, number), sector, _consent(sector, place), parts))
    return tuple(actors)


def _order(sector: Sector, rng: np.random.Generator) -> list[int]:
    """A random order: the silent come first, those that may be named last, and the lead last of all."""
    order = [int(i) for i in rng.permutation(sector.companies)]
    return sorted(order, key=lambda number: _name(sector, number) == LEAD)


def _part(sector: Sector, place: int, period: int) -> Part:
    first = max(sector.silent)
    if place < sector.silent[period]:
        return "silent"
    return "sparse" if first <= place < first + sector.sparse else "scored"


def _consent(sector: Sector, place: int) -> Consent:
    before = max(sector.silent) + sector.sparse
    if before <= place < before + sector.private:
        return "private"
    return "named" if place >= sector.companies - sector.named else "counted"


def _name(sector: Sector, number: int) -> str:
    return f"Example {sector.name} {number + 1:02}"
