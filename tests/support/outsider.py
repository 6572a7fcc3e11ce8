"""An attack on scores from what is published of two periods, by mixed-integer programming over all cells.

Written from the JSON of a snapshot and from public knowledge, not from the code that made it. Every company has one
score on each basis, the same in both periods (the worst case: nobody moved), and on evidence no more than as claimed.
A published median or quartile bounds order statistics: to a whole point if it is a number, to classes of scores if it
is a range. A count of bands says how many scores lie between two bounds. The attacker then looks for the least and the
most that one company's score can be. The attacker is even told which companies are in the figures, and the scores of
companies that collude.
"""

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

Json: TypeAlias = Mapping[str, Any]
FULL = 100.0
APART = FULL / 10
#: Bands are determined from scores rounded to one decimal. Published figures are whole points.
BAND_ROUNDING, FIGURE_ROUNDING = 0.05, 0.5
#: Statuses of the solver, and the seconds that it may take.
OPTIMAL, INFEASIBLE, LONGEST = 0, 2, 120.0
#: How far the solver may exceed bounds, in points.
SOLVER_TOLERANCE = 1e-4
BASES = ("claimed", "evidenced")
QUARTILES = {"lower": 0.25, "median": 0.5, "upper": 0.75}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the attacker knows about a company in one period. `rests`: it is in the figures of its sector.

    `together`: the groups by need and by size over all sectors in which it is counted.
    """

    sector: str
    region: str
    size: str
    rests: bool
    together: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Publication:
    """One period: what is published, and what is known about companies."""

    content: Json
    seen: Mapping[str, Seen]


#: The published bounds of a quantile: the least and the most that each of two neighbouring order statistics, and the
#: quantile between them, can be.
Bounds3: TypeAlias = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Cell:
    """Companies of which quantiles or counts in bands are known on one basis."""

    basis: str
    members: tuple[str, ...]
    quantiles: tuple[tuple[float, Bounds3], ...]
    bands: tuple[tuple[float, float, int], ...]  # from, to, count


@dataclass(slots=True)
class Program:
    """A mixed-integer program: variables, bounds and rows."""

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


#: The scores of colluding companies, by company and basis.
Insiders: TypeAlias = Mapping[str, Mapping[str, float]]
NOBODY: Insiders = {}


def is_open(
    publications: Sequence[Publication], target: str, basis: str = "claimed", insiders: Insiders = NOBODY
) -> bool:
    """Tell whether two worlds that fit the published figures have target scores a tenth of the scale apart."""
    program, scores = _program(publications, target, insiders)
    x = scores[target, basis]
    least, most = program.low[x], program.high[x]
    somewhere = _solve(program, x, 0.0)
    assert somewhere is not None, "what is published contradicts itself"
    for low, high in ((somewhere + APART, most), (least, somewhere - APART)):
        program.low[x], program.high[x] = low, high
        if low <= high and _solve(program, x, 0.0) is not None:
            return True
    program.low[x], program.high[x] = least, most
    ends = _solve(program, x, 1.0), _solve(program, x, -1.0)
    return None not in ends and float(ends[1] or 0) - float(ends[0] or 0) >= APART - SOLVER_TOLERANCE


def is_worked_out(
    publications: Sequence[Publication], target: str, basis: str = "claimed", insiders: Insiders = NOBODY
) -> bool:
    """Tell whether the target's score is proven to lie within less than a tenth of the scale."""
    program, scores = _program(publications, target, insiders)
    x = scores[target, basis]
    least = _solve(program, x, 1.0)
    if least is None:
        return False
    # Whether any score so far above the least fits is found faster than the most.
    program.low[x] = max(program.low[x], least + APART - SOLVER_TOLERANCE)
    return program.low[x] > program.high[x] or _solve(program, x, 0.0) is None


def groups(publications: Sequence[Publication]) -> list[tuple[str, ...]]:
    """Return groups of companies that are not published by name and are indistinguishable otherwise."""
    named = set(_named(publications))
    alike: dict[Hashable, list[str]] = {}
    for company in dict.fromkeys(name for p in publications for name in p.seen):
        if company not in named:
            alike.setdefault(tuple(p.seen.get(company) for p in publications), []).append(company)
    return [tuple(group) for group in alike.values()]


def cells(publication: Publication) -> Iterator[Cell]:
    """Yield every cell with published figures, including those over all sectors."""
    content, seen = publication.content, publication.seen
    for group in content["sectors"]:
        here = [c for c, s in seen.items() if s.rests and s.sector == group["sector"]]
        yield from _cells(here, group, content)
        for cut in group.get("cuts", ()):
            inside = [c for c in here if getattr(seen[c], cut["kind"]) in cut["value"].split("+")]
            yield from _cells(inside, {"figures": cut["figures"], "bands": ()}, content)
    together = content["together"]
    if together["figures"]:
        everybody = [c for c, s in seen.items() if s.rests and s.sector in together["sectors"]]
        yield from _cells(everybody, together, content)
        for cut in together.get("cuts", ()):
            kind = ("need", "size").index(cut["kind"])
            inside = [c for c in everybody if seen[c].together[kind] == cut["value"]]
            yield from _cells(inside, {"figures": cut["figures"], "bands": ()}, content)


def cells_in_both(before: Publication, after: Publication) -> Iterator[Cell]:
    """Yield the cells of companies in a sector's figures of both periods, with their medians then and now."""
    edges = after.content.get("edges", ())
    for group in after.content["sectors"]:
        change = group.get("change")
        if change is None or not isinstance(change["n"]["both"], int):
            continue
        stayed = tuple(
            c
            for c, now in after.seen.items()
            if (then := before.seen.get(c)) is not None
            and then.rests
            and now.rests
            and then.sector == now.sector == group["sector"]
        )
        assert change["n"]["both"] == len(stayed), "the outsider was told who rests in both"
        for basis, step in itertools.product(BASES, ("same_before", "same_after")):
            part = (len(stayed) - 1) * QUARTILES["median"] % 1
            yield Cell(basis, stayed, ((QUARTILES["median"], _bounds(change[basis][step], part, edges)),), ())


def _cells(members: Sequence[str], group: Json, content: Json) -> Iterator[Cell]:
    overall = next(figure for figure in group["figures"] if figure["id"] == "overall")
    if not isinstance(overall["n"], int):
        return
    assert overall["n"] == len(members), "the outsider was told who rests in it"
    bounds_of, edges = content["band_bounds"], content.get("edges", ())
    for basis in BASES:
        stated = overall[basis]
        said = tuple(
            (p, _bounds(stated[name], (len(members) - 1) * p % 1, edges))
            for name, p in QUARTILES.items()
            if stated[name] != "withheld"
        )
        blocks = [(b["bands"], b["count"]) for b in group["bands"] if isinstance(b["count"], int)]
        bands = tuple((bounds_of[b[0]][0], bounds_of[b[-1]][1], count) for b, count in blocks)
        yield Cell(basis, tuple(members), said, bands if basis == "claimed" else ())


def _bounds(stated: int | Sequence[int], part: float, edges: Sequence[float]) -> Bounds3:
    """Return the bounds that a published quantile sets for its two neighbouring order statistics and itself.

    `part`: where the quantile lies between the two, from 0 to 1.
    """
    if isinstance(stated, int):
        return (0.0, FULL), (0.0, FULL), (stated - FIGURE_ROUNDING, stated + FIGURE_ROUNDING)
    classes = [*itertools.pairwise(edges)]
    fitting = [
        (one, other)
        for one, other in itertools.combinations_with_replacement(classes, 2)
        if [floor((1 - part) * one[0] + part * other[0] + 1e-9), ceil((1 - part) * one[1] + part * other[1] - 1e-9)]
        == [*stated]
    ]
    first, second = (
        (_reached(min(pair[at][0] for pair in fitting)), _reached(max(pair[at][1] for pair in fitting)))
        for at in (0, 1)
    )
    return first, (second if part else (0.0, FULL)), (stated[0] - FIGURE_ROUNDING, stated[1] + FIGURE_ROUNDING)


def _reached(edge: float) -> float:
    """Return the lowest score that is rounded to an edge of classes."""
    return edge if edge in (0.0, FULL) else edge - BAND_ROUNDING


def _named(publications: Sequence[Publication]) -> dict[str, dict[str, int]]:
    return {
        n["company"]: {basis: n[basis]["score"] for basis in BASES}
        for p in publications
        for g in p.content["sectors"]
        for n in g["named"]
    }


def _program(
    publications: Sequence[Publication], target: str, insiders: Insiders
) -> tuple[Program, dict[tuple[str, str], int]]:
    program, named = Program(), _named(publications)
    scores: dict[tuple[str, str], int] = {}
    for company in dict.fromkeys(name for p in publications for name in p.seen):
        for basis in BASES:
            around = (0.0, FULL)
            if company in insiders:
                around = (insiders[company][basis],) * 2
            elif company in named:
                around = (named[company][basis] - FIGURE_ROUNDING, named[company][basis] + FIGURE_ROUNDING)
            scores[company, basis] = program.number(*around)
        if company not in insiders and company not in named:
            program.add({scores[company, "claimed"]: 1, scores[company, "evidenced"]: -1}, low=0)
    chains = [[c for c in group if c != target and c not in insiders] for group in groups(publications)]
    for chain in chains:  # companies that are indistinguishable can be assumed to be in order
        for lower, higher in itertools.pairwise(chain):
            program.add({scores[higher, "claimed"]: 1, scores[lower, "claimed"]: -1}, low=0)
    above: dict[tuple[str, float], int] = {}
    stands: dict[tuple[str, tuple[str, ...], int], int] = {}
    every = [cell for publication in publications for cell in cells(publication)]
    every += [cell for pair in itertools.pairwise(publications) for cell in cells_in_both(*pair)]
    for cell in dict.fromkeys(every):
        of_basis = {company: x for (company, basis), x in scores.items() if basis == cell.basis}
        in_order = chains if cell.basis == "claimed" else ()
        _order_statistics(program, of_basis, in_order, stands, cell)
        _bands(program, of_basis, in_order, above, cell)
    return program, scores


def _order_statistics(
    program: Program,
    scores: Mapping[str, int],
    chains: Sequence[Sequence[str]],
    stands: dict[tuple[str, tuple[str, ...], int], int],
    cell: Cell,
) -> None:
    """Add rows for quantiles of type 7, which interpolate between two neighbouring order statistics."""
    n = len(cell.members)
    for p, (first, second, between) in cell.quantiles:
        place = (n - 1) * p
        k, part = floor(place) + 1, place - floor(place)
        row: dict[int, float] = {}
        for at, weight, (low, high) in ((k, 1 - part, first), (min(k + 1, n), part, second)):
            key = (cell.basis, cell.members, at)
            if weight and key not in stands:
                stands[key] = _standing(program, scores, chains, cell.members, at)
            if weight:
                row[stands[key]] = weight
                program.low[stands[key]] = max(program.low[stands[key]], low)
                program.high[stands[key]] = min(program.high[stands[key]], high)
        program.add(row, *between)


def _standing(
    program: Program, scores: Mapping[str, int], chains: Sequence[Sequence[str]], members: Sequence[str], k: int
) -> int:
    """Add and return the k-th lowest score, with at least k companies at or below it and n - k + 1 at or above."""
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
    """Add rows for the counts of companies between bounds of bands."""
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
    """Order the choices about companies that are in order."""
    for chain in chains:
        inside = [choices[c] for c in chain if c in choices]
        for first, second in itertools.pairwise(inside):
            program.add({second: 1, first: -1} if rising else {first: 1, second: -1}, low=0)


def _solve(program: Program, variable: int, sign: float) -> float | None:
    """Return the least (sign 1), the most (-1) or any value (0) of a variable, or None if no world fits."""
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
