"""An outsider who works out scores from what is published of two periods: mixed-integer programming over all cells.

Written from what a snapshot's JSON says and from what anybody may know, not from the code that made it. Every company
has one score, the same in both periods (the worst case: nobody moved). A published median or quartile says which
order statistic lies where, to a whole point; a count of bands says how many lie between two bounds. The outsider then
asks for the least and the most that one company's score can be. To be on the safe side he is even told who waits.
"""

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Json: TypeAlias = Mapping[str, Any]
FULL = 100.0
APART = FULL / 10
#: Bands are looked up with the score rounded to one decimal; published figures are whole points.
BAND_ROUNDING, FIGURE_ROUNDING = 0.05, 0.5
#: What the solver says, and how long it may take, in seconds.
OPTIMAL, INFEASIBLE, LONGEST = 0, 2, 120.0
QUARTILES = {"lower": 0.25, "median": 0.5, "upper": 0.75}


@dataclass(frozen=True, slots=True)
class Seen:
    """What anybody knows of a company in one period. `rests`: it is in the figures of its sector."""

    sector: str
    region: str
    size: str
    rests: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """One period: what is published, and who has a score."""

    content: Json
    seen: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class Cell:
    """Companies of whom an order statistic or a number in bands is known."""

    members: tuple[str, ...]
    quantiles: tuple[tuple[float, int], ...]
    bands: tuple[tuple[float, float, int], ...]  # from, to, count


@dataclass(slots=True)
class Program:
    """Variables, bounds and rows, as they come."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def number(self, low: float, high: float) -> int:
        self.low.append(low)
        self.high.append(high)
        self.whole.append(0)
        return len(self.low) - 1

    def choice(self) -> int:
        position = self.number(0, 1)
        self.whole[position] = 1
        return position

    def add(self, row: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append((row, low, high))


def is_open(publications: Sequence[Publication], target: str) -> bool:
    """Whether two worlds that fit all that is published have the target's score a tenth of the scale apart."""
    program, scores = _program(publications, target)
    x = scores[target]
    least, most = program.low[x], program.high[x]
    somewhere = _solve(program, x, 0.0)
    assert somewhere is not None, "what is published contradicts itself"
    for low, high in ((somewhere + APART, most), (least, somewhere - APART)):
        program.low[x], program.high[x] = low, high
        if low <= high and _solve(program, x, 0.0) is not None:
            return True
    program.low[x], program.high[x] = least, most
    ends = _solve(program, x, 1.0), _solve(program, x, -1.0)
    return None not in ends and float(ends[1] or 0) - float(ends[0] or 0) >= APART


def is_worked_out(publications: Sequence[Publication], target: str) -> bool:
    """Whether the target's score is proven to lie within less than a tenth of the scale."""
    program, scores = _program(publications, target)
    least, most = (_solve(program, scores[target], sign) for sign in (1.0, -1.0))
    return least is not None and most is not None and most - least < APART


def groups(publications: Sequence[Publication]) -> list[tuple[str, ...]]:
    """Companies that nobody can tell apart but by their names, and that are named nowhere."""
    named = set(_named(publications))
    alike: dict[Hashable, list[str]] = {}
    for company in dict.fromkeys(name for p in publications for name in p.seen):
        if company not in named:
            alike.setdefault(tuple(p.seen.get(company) for p in publications), []).append(company)
    return [tuple(group) for group in alike.values()]


def cells(publication: Publication) -> Iterator[Cell]:
    """Every cell of whom something is published, the total included."""
    content, seen = publication.content, publication.seen
    bounds_of = content["band_bounds"]
    for group in content["sectors"]:
        here = [c for c, s in seen.items() if s.rests and s.sector == group["sector"]]
        yield _cell(here, group, bounds_of)
        for cut in group.get("cuts", ()):
            inside = [c for c in here if getattr(seen[c], cut["kind"]) == cut["value"]]
            yield _cell(inside, {"figures": cut["figures"], "bands": ()}, bounds_of)
    together = content["together"]
    if together["figures"]:
        everybody = [c for c, s in seen.items() if s.rests and s.sector in together["sectors"]]
        yield _cell(everybody, together, bounds_of)


def _cell(members: Sequence[str], group: Json, bounds_of: Mapping[str, tuple[float, float]]) -> Cell:
    overall = next(figure for figure in group["figures"] if figure["id"] == "overall")
    if not isinstance(overall["n"], int):
        return Cell((), (), ())
    assert overall["n"] == len(members), "the outsider was told who rests in it"
    stated = overall["claimed"]
    said = tuple((p, stated[name]) for name, p in QUARTILES.items() if isinstance(stated[name], int))
    blocks = [(b["bands"], b["count"]) for b in group["bands"] if isinstance(b["count"], int)]
    return Cell(tuple(members), said, tuple((bounds_of[b[0]][0], bounds_of[b[-1]][1], count) for b, count in blocks))


def _named(publications: Sequence[Publication]) -> dict[str, int]:
    return {n["company"]: n["claimed"]["score"] for p in publications for g in p.content["sectors"] for n in g["named"]}


def _program(publications: Sequence[Publication], target: str) -> tuple[Program, dict[str, int]]:
    program, named = Program(), _named(publications)
    scores: dict[str, int] = {}
    for company in dict.fromkeys(name for p in publications for name in p.seen):
        known = named.get(company)
        around = (0.0, FULL) if known is None else (known - FIGURE_ROUNDING, known + FIGURE_ROUNDING)
        scores[company] = program.number(*around)
    chains = [[c for c in group if c != target] for group in groups(publications)]
    for chain in chains:  # who cannot be told apart may as well stand in order
        for lower, higher in itertools.pairwise(chain):
            program.add({scores[higher]: 1, scores[lower]: -1}, low=0)
    above: dict[tuple[str, float], int] = {}
    stands: dict[tuple[tuple[str, ...], int], int] = {}
    for publication in publications:
        for cell in dict.fromkeys(cells(publication)):
            _order_statistics(program, scores, chains, stands, cell)
            _bands(program, scores, chains, above, cell)
    return program, scores


def _order_statistics(
    program: Program,
    scores: Mapping[str, int],
    chains: Sequence[Sequence[str]],
    stands: dict[tuple[tuple[str, ...], int], int],
    cell: Cell,
) -> None:
    """A quantile of type 7 lies between two neighbours in order, in proportion."""
    n = len(cell.members)
    for p, value in cell.quantiles:
        place = (n - 1) * p
        k, part = floor(place) + 1, place - floor(place)
        row: dict[int, float] = {}
        for at, weight in ((k, 1 - part), (min(k + 1, n), part)):
            if weight and (cell.members, at) not in stands:
                stands[cell.members, at] = _standing(program, scores, chains, cell.members, at)
            if weight:
                row[stands[cell.members, at]] = weight
        program.add(row, value - FIGURE_ROUNDING, value + FIGURE_ROUNDING)


def _standing(
    program: Program, scores: Mapping[str, int], chains: Sequence[Sequence[str]], members: Sequence[str], k: int
) -> int:
    """The k-th lowest score: at least k companies lie at or below it, at least n - k + 1 at or above."""
    s = program.number(0, FULL)
    below = {c: program.choice() for c in members}
    beyond = {c: program.choice() for c in members}
    for c in members:
        program.add({scores[c]: 1, s: -1, below[c]: FULL}, high=FULL)
        program.add({scores[c]: -1, s: 1, beyond[c]: FULL}, high=FULL)
        program.add({below[c]: 1, beyond[c]: 1}, low=1)
    program.add(dict.fromkeys(below.values(), 1.0), low=k)
    program.add(dict.fromkeys(beyond.values(), 1.0), low=len(members) - k + 1)
    _in_order(program, chains, beyond)
    _in_order(program, chains, below, rising=False)
    return s


def _bands(
    program: Program,
    scores: Mapping[str, int],
    chains: Sequence[Sequence[str]],
    above: dict[tuple[str, float], int],
    cell: Cell,
) -> None:
    """How many companies lie at or above each bound is a count too."""
    for start, end, count in cell.bands:
        row: dict[int, float] = {}
        for bound, sign in ((start, 1.0), (end, -1.0)):
            for c in cell.members if 0 < bound < FULL else ():
                if (c, bound) not in above:
                    above[c, bound] = program.choice()
                    at = bound - BAND_ROUNDING
                    program.add({scores[c]: 1, above[c, bound]: -at}, low=0)
                    program.add({scores[c]: 1, above[c, bound]: -FULL}, high=at)
                row[above[c, bound]] = sign
            if 0 < bound < FULL:
                _in_order(program, chains, {c: above[c, bound] for c in cell.members})
        low = count - (len(cell.members) if start == 0 else 0)
        program.add(row, low, low)


def _in_order(
    program: Program, chains: Sequence[Sequence[str]], choices: Mapping[str, int], *, rising: bool = True
) -> None:
    """Where companies stand in order, so do the answers about them."""
    for chain in chains:
        inside = [choices[c] for c in chain if c in choices]
        for first, second in itertools.pairwise(inside):
            program.add({second: 1, first: -1} if rising else {first: 1, second: -1}, low=0)


def _solve(program: Program, variable: int, sign: float) -> float | None:
    """The least (sign 1) or most (sign -1) that a variable can be; any (sign 0); None: there is no world."""
    entries = [(r, column, value) for r, (row, _, _) in enumerate(program.rows) for column, value in row.items()]
    cost = np.zeros(len(program.low))
    cost[variable] = sign
    if entries:
        r, columns, values = zip(*entries, strict=True)
        matrix = coo_array((values, (r, columns)), shape=(len(program.rows), len(program.low))).tocsc()
        rows = LinearConstraint(matrix, [low for _, low, _ in program.rows], [high for _, _, high in program.rows])
    found = milp(
        cost,
        integrality=np.array(program.whole),
        bounds=Bounds(np.array(program.low), np.array(program.high)),
        constraints=rows if entries else None,
        options={"time_limit": LONGEST},
    )
    assert found.status in (OPTIMAL, INFEASIBLE), found.message
    return None if found.x is None else float(found.x[variable])
