"""A snapshot as a long table: one figure a row, each with the number of companies it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import NamedTuple, TypeAlias

from compliance.benchmark.published import Cell, Figure, Group, NamedLeague, bounds
from compliance.benchmark.snapshot import Snapshot
from compliance.scoring.columns import Basis

#: Every kind of figure, and what it is counted in. These ids are the same in every language.
UNITS: Mapping[str, str] = {
    "registered": "companies",
    "submitted": "companies",
    "scored": "companies",
    "without_score": "companies",
    "silent": "companies",
    "unscored": "companies",
    "in_figures": "companies",
    "median": "points",
    "lower_quartile": "points",
    "upper_quartile": "points",
    "band": "companies",
    "capped": "companies",
    "meets_half": "companies",
    "score": "points",
    "worst": "points",
    "best": "points",
    "rank_from": "rank",
    "rank_to": "rank",
    "tie_group": "group",
    "rank_draws": "draws",
    "rank_seed": "",
}


class FigureRow(NamedTuple):
    """One figure of one sector, or of a region or a size within it."""

    sector: str
    region: str  # of the headquarters; empty: of all
    size: str  # empty: of all
    figure: str  # one of UNITS
    of: str  # node, lens value, bands joined by +, requirement, law:provision, a named company, or moves joined by +
    basis: str  # claimed or evidenced; empty for counts
    value: Cell
    n: Cell  # companies it rests on

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The least and the most that a count of companies can be, by what is published; None: not known."""
        found = bounds(self.value, self.n) if UNITS[self.figure] == "companies" else None
        return found or (None, None)


#: What a row says beside its group: figure, of, basis, value, n.
_Row: TypeAlias = tuple[str, str, str, Cell, Cell]


def snapshot_rows(snapshot: Snapshot, sector: str | None = None) -> Iterator[FigureRow]:
    """Every figure of one sector ("all" for all together), or of everything. Raise KeyError."""
    if sector is None:
        groups = (snapshot.together, *snapshot.sectors)
    elif sector == snapshot.together.sector:
        groups = (snapshot.together,)
    else:
        groups = (snapshot.sector(sector),)
    for group in groups:
        for row in _rows(group):
            yield FigureRow(group.sector, "", "", *row)
        for cut in group.cuts:
            region, size = (cut.value if cut.kind == kind else "" for kind in ("region", "size"))
            for figure in cut.figures:
                for row in _figure_rows(figure):
                    yield FigureRow(group.sector, region, size, *row)


def _rows(group: Group) -> Iterator[_Row]:
    registered, scored, resting = group.participation.registered, group.participation.scored, group.resting
    for name, cell in asdict(group.participation).items():
        yield name, "", "", cell, registered
    yield "in_figures", "", "", resting, scored  # the others wait: see `Group.waiting`
    for figure in group.figures:
        yield from _figure_rows(figure)
    for band in group.bands:
        yield "band", "+".join(band.bands), "claimed", band.count, resting
    for share in group.requirements:
        yield "meets_half", share.id, "claimed", share.meeting, share.n
    for share in group.provisions:
        yield "meets_half", f"law:{share.id}", "claimed", share.meeting, share.n
    for named in group.named:
        for basis in ("claimed", "evidenced", "verified"):
            standing = getattr(named, basis)
            for name in ("score", "worst", "best") if standing else ():
                yield name, named.company, basis, getattr(standing, name), 1
    if group.capped is not None:
        yield "capped", group.capped.id, "claimed", group.capped.meeting, group.capped.n
    if group.league is not None:
        yield from _league_rows(group.league)


def _league_rows(league: NamedLeague) -> Iterator[_Row]:
    """Rank ranges and tie groups among the named, and how they were drawn."""
    n = len(league.places)
    yield "rank_draws", "+".join(league.moves), league.basis, league.draws, n
    yield "rank_seed", "+".join(league.moves), league.basis, league.seed, n
    for place in league.places:
        yield "rank_from", place.company, league.basis, place.first, n
        yield "rank_to", place.company, league.basis, place.last, n
        yield "tie_group", place.company, league.basis, place.tie, n


def _figure_rows(figure: Figure) -> Iterator[_Row]:
    bases: tuple[Basis, Basis] = ("claimed", "evidenced")
    for basis, spread in zip(bases, (figure.claimed, figure.evidenced), strict=True):
        yield "median", figure.id, basis, spread.median, figure.n
        yield "lower_quartile", figure.id, basis, spread.lower, figure.n
        yield "upper_quartile", figure.id, basis, spread.upper, figure.n
