"""A snapshot as a long table: one figure a row, each with its n, period, edition and date."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import NamedTuple

from compliance.benchmark.published import Cell, Figure, Group, NamedLeague, Withheld
from compliance.benchmark.snapshot import Snapshot
from compliance.scoring.columns import Basis

#: What a table says in place of a figure that is not shown.
WORDS = {Withheld.FEW: "fewer than 5", Withheld.NEARLY_ALL: "all but fewer than 5", Withheld.NOT_SHOWN: "withheld"}


class FigureRow(NamedTuple):
    """Texts ready to write."""

    sector: str
    region: str  # of the headquarters; empty: of all
    size: str  # empty: of all
    #: registered … silent, in_figures, median, lower_quartile, upper_quartile, band, meets_half; of a named company
    #: score, worst, best, rank_from, rank_to, tie_group; rank_draws and rank_seed, how these were drawn
    figure: str
    of: str  # node, lens value, bands joined by +, requirement, law:provision, a named company, or moves joined by +
    basis: str  # claimed or evidenced; empty for counts
    value: str
    n: str  # companies it rests on
    period: str
    edition: str
    edition_digest: str
    as_of: str
    seal: str


def snapshot_rows(snapshot: Snapshot, sector: str | None = None) -> Iterator[FigureRow]:
    """Every figure of one sector ("all" for all together), or of everything. Raise KeyError."""
    if sector is None:
        groups = (snapshot.together, *snapshot.sectors)
    elif sector == snapshot.together.sector:
        groups = (snapshot.together,)
    else:
        groups = (snapshot.sector(sector),)
    about = (
        str(snapshot.period),
        snapshot.edition,
        snapshot.digest,
        snapshot.as_of.isoformat(),
        snapshot.seal,
    )
    for group in groups:
        for row in _rows(group):
            yield FigureRow(group.sector, "", "", *row, *about)
        for cut in group.cuts:
            region, size = (cut.value if cut.kind == kind else "" for kind in ("region", "size"))
            for figure in cut.figures:
                for row in _figure_rows(figure):
                    yield FigureRow(group.sector, region, size, *row, *about)


def _rows(group: Group) -> Iterator[tuple[str, str, str, str, str]]:
    registered, scored = words(group.participation.registered), words(group.participation.scored)
    for name, cell in asdict(group.participation).items():
        yield name, "", "", words(cell), registered
    resting = words(group.resting)
    yield "in_figures", "", "", resting, scored  # the others wait: see `Group.waiting`
    for figure in group.figures:
        yield from _figure_rows(figure)
    for band in group.bands:
        yield "band", "+".join(band.bands), "claimed", words(band.count), resting
    for share in group.requirements:
        yield "meets_half", share.id, "claimed", words(share.meeting), words(share.n)
    for share in group.provisions:
        yield "meets_half", f"law:{share.id}", "claimed", words(share.meeting), words(share.n)
    for named in group.named:
        for basis in ("claimed", "evidenced", "verified"):
            standing = getattr(named, basis)
            for name in ("score", "worst", "best") if standing else ():
                yield name, named.company, basis, str(getattr(standing, name)), "1"
    if group.league is not None:
        yield from _league_rows(group.league)


def _league_rows(league: NamedLeague) -> Iterator[tuple[str, str, str, str, str]]:
    """Rank ranges and tie groups among the named, and how they were drawn."""
    n = str(len(league.places))
    yield "rank_draws", "+".join(league.moves), league.basis, str(league.draws), n
    yield "rank_seed", "+".join(league.moves), league.basis, str(league.seed), n
    for place in league.places:
        yield "rank_from", place.company, league.basis, str(place.first), n
        yield "rank_to", place.company, league.basis, str(place.last), n
        yield "tie_group", place.company, league.basis, str(place.tie), n


def _figure_rows(figure: Figure) -> Iterator[tuple[str, str, str, str, str]]:
    bases: tuple[Basis, Basis] = ("claimed", "evidenced")
    for basis, spread in zip(bases, (figure.claimed, figure.evidenced), strict=True):
        yield "median", figure.id, basis, words(spread.median), words(figure.n)
        yield "lower_quartile", figure.id, basis, words(spread.lower), words(figure.n)
        yield "upper_quartile", figure.id, basis, words(spread.upper), words(figure.n)


def words(cell: Cell) -> str:
    """A figure as a table has it."""
    return WORDS[cell] if isinstance(cell, Withheld) else str(cell)
