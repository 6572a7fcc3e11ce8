"""Who rests in which published cell: decided so that everyone hides among five, over two periods.

**Against whom.** An outsider sees everything published of a period and of its neighbours; knows who is
registered, in which sector, region and size, and who has a score; knows the scores of those that are named; and
may know that a company did not move from one period to the next.

**What is promised.** Companies that are in the same cells of all these publications are a *class*. Every class
of companies that are not named has at least five members, and in each period their claimed overall scores lie
at least a tenth of the scale apart. Every published figure is a count or an order statistic of a cell, so
exchanging two members of a class changes nothing that is published: for all that can be worked out, each could
have the score of any other. What is left of a group beside its shown cells is a class too, and so are those who
came and those who left. That is complementary suppression over the lattice, its totals and two periods, without
solving for each cell what it gives away.

**How.** Whoever was in no cell before comes in with at least four others of its sector, or waits. Of those that
were a class before, the ones who are in a sector's figures now are five or more or nobody, and so are the ones
who are in none: where too few left, some who stayed are left out beside them, chosen by a number that has
nothing to do with scores. Regions and sizes within a sector are then taken one by one, the largest first, as
long as every class holds. A company whose name would give away those it was counted with is counted once more.

**What is not.** That a figure is withheld is not taken for news. The look goes one period back and one ahead, not
along a chain. Of somebody named in one of the periods, anybody knows that score; it counts as no hiding place.
Who was asked about a theme is not taken to be known: figures of themes rest on those that were.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.benchmark.ledger import Ledger, order_of
from compliance.benchmark.places import Place
from compliance.benchmark.thresholds import MIN_COMPANIES, MIN_SPREAD, is_cell
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.types import Codes, Flags, Floats

#: The two ways in which a sector is cut, in the order in which equals are taken.
KINDS = ("region", "size")
#: In no cell of a neighbouring publication; named in it.
_NOWHERE, _NAMED, _NOT_HERE = -1, -2, -1


@dataclass(frozen=True, slots=True)
class Part:
    """A region or a size within a sector."""

    kind: str  # of KINDS
    value: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Who rests where in one publication."""

    rests: Flags  # is in the figures of its sector
    named: Flags  # stands there by its name
    parts: Mapping[str, tuple[Part, ...]]  # by sector: what is shown of it

    def places(self, ledger: Ledger) -> dict[str, Place]:
        """What the next closing has to know, by company."""
        places = {}
        for i in np.flatnonzero(self.rests | self.named):
            sector, score = ledger.sectors[i], float(ledger.score[i])
            shown = self.parts.get(sector, ())
            region, size = (
                value if Part(kind, value) in shown else ""
                for kind, value in zip(KINDS, (ledger.regions[i], ledger.sizes[i]), strict=True)
            )
            place = Place("", "", "", score) if self.named[i] else Place(sector, region, size, score)
            places[ledger.ids[i]] = place
        return places


def choose(
    ledger: Ledger, period: int, neighbours: Sequence[Mapping[str, Place]], vocabulary: Mapping[str, Sequence[str]]
) -> Cells:
    """Decide who rests where. `neighbours`: the places of the period before and after, where they are published.

    `vocabulary` lists the values of each of KINDS. The order of the companies does not matter.
    """
    panel = _panel(ledger, period, neighbours)
    named = _named(panel)
    rests = np.zeros(len(panel.ids), np.bool_)
    for members in _classes(panel, named):
        rests[_staying(panel, members)] = True
    rests = _with_named(panel, rests, named)
    here = len(ledger.ids)
    parts = {
        sector: tuple(_parts(ledger, panel, np.flatnonzero(rests & (panel.sector == code)), named, vocabulary))
        for code, sector in enumerate(panel.sectors)
    }
    return Cells(rests[:here], named[:here], parts)


@dataclass(frozen=True, slots=True)
class _Panel:
    """Everybody of now and of the neighbouring periods: those of the ledger first, in its order."""

    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    sector: Codes  # of those with a score now; _NOT_HERE: none
    agreed: Flags  # to be named now
    draw: Codes  # who is left out first
    then: Codes  # company × neighbour: a number for each cell, _NOWHERE or _NAMED
    former: Codes  # a number for each combination of those
    scores: tuple[Floats, ...]  # now, then in each neighbour where it was counted; NaN: not in it


def _panel(ledger: Ledger, period: int, neighbours: Sequence[Mapping[str, Place]]) -> _Panel:
    here = set(ledger.ids)
    gone = sorted({company for places in neighbours for company in places}.difference(here))
    ids = (*ledger.ids, *gone)
    sectors = order_of((), ledger.sectors)
    code = {sector: place for place, sector in enumerate(sectors)}
    absent = [_NOT_HERE] * len(gone)
    of_sector = [code[s] if there else _NOT_HERE for s, there in zip(ledger.sectors, ledger.scored, strict=True)]
    columns = [_then(ids, places) for places in neighbours]
    then = np.array([cells for cells, _ in columns], np.int64).reshape(len(neighbours), len(ids)).T
    former = np.unique(then, axis=0, return_inverse=True)[1] if neighbours else np.zeros(len(ids), np.int64)
    return _Panel(
        ids,
        sectors,
        np.array(of_sector + absent, np.int64),
        np.concatenate([ledger.named, np.zeros(len(gone), np.bool_)]),
        np.array([_draw(period, company) for company in ids], np.uint64),
        then,
        former.reshape(-1),
        (np.concatenate([ledger.score, np.full(len(gone), np.nan)]), *(scores for _, scores in columns)),
    )


def _then(ids: Sequence[str], places: Mapping[str, Place]) -> tuple[list[int], Floats]:
    """The cell of each company in a neighbouring publication, and its score where it was counted there."""
    numbers: dict[tuple[str, str, str], int] = {}
    cells, scores = [], np.full(len(ids), np.nan)
    for i, company in enumerate(ids):
        place = places.get(company)
        if place is None:
            cells.append(_NOWHERE)
        elif place.is_named:
            cells.append(_NAMED)
        else:
            cells.append(numbers.setdefault((place.sector, place.region, place.size), len(numbers)))
            scores[i] = place.score
    return cells, scores


def _draw(period: int, company: str) -> int:
    """A number that looks like chance, is the same whenever it is asked for, and says nothing about a score."""
    return int.from_bytes(hashlib.blake2b(f"{period} {company}".encode(), digest_size=8).digest())


def _groups(labels: Codes, who: Codes) -> list[Codes]:
    """Positions `who` by equal label, in the order of labels."""
    ordered = who[np.argsort(labels[who], kind="stable")]
    cuts = np.flatnonzero(np.diff(labels[ordered])) + 1
    return np.split(ordered, cuts) if len(ordered) else []


def _hides(panel: _Panel, who: Codes, *, now: bool) -> bool:
    """Whether some companies, in the same cells throughout, hide each other. `now`: they have figures now as well."""
    if len(who) < MIN_COMPANIES:
        return False
    scores = [column[who] for column in panel.scores[0 if now else 1 :]]
    return all(np.isnan(s).all() or np.ptp(s) >= MIN_SPREAD - TOLERANCE for s in scores)


def _counted_then(panel: _Panel, who: Codes) -> bool:
    """Whether a former class was in any cell, without its names."""
    return bool((panel.then[who] >= 0).any())


def _named(panel: _Panel) -> Flags:
    """Who is named: all that agreed, unless it would leave those they were counted with too few to hide each other."""
    named = panel.agreed.copy()
    for members in _groups(panel.former, np.arange(len(panel.ids))):
        others = members[~panel.agreed[members]]
        if len(others) and _counted_then(panel, members) and not _hides(panel, others, now=False):
            named[members] = False
    return named


def _classes(panel: _Panel, named: Flags) -> list[Codes]:
    """The companies that are not named, by the cells that they were in before."""
    return _groups(panel.former, np.flatnonzero(~named))


def _staying(panel: _Panel, members: Codes) -> Codes:
    """Those of a former class that rest in figures now."""
    parts = _groups(panel.sector, members[panel.sector[members] != _NOT_HERE])
    parts = [part for part in parts if _hides(panel, part, now=True)]
    free = not _counted_then(panel, members)
    while parts:
        for tried in (parts, _left_out(panel, members, parts)):
            out = np.setdiff1d(members, np.concatenate(tried))
            holds = all(_hides(panel, part, now=True) for part in tried)
            if holds and (free or not len(out) or _hides(panel, out, now=False)):
                return np.concatenate(tried)
        parts.remove(min(parts, key=lambda part: (len(part), panel.sector[part[0]])))
    return members[:0]


def _left_out(panel: _Panel, members: Codes, parts: Sequence[Codes]) -> list[Codes]:
    """The parts without as many as it takes for those in no figures to be five; no part is left with fewer."""
    missing = MIN_COMPANIES - (len(members) - sum(map(len, parts)))
    room = [len(part) - MIN_COMPANIES for part in parts]
    drawn = sorted((panel.draw[i], i, p) for p, part in enumerate(parts) for i in part)
    out = set()
    for _, i, p in drawn:
        if missing > 0 and room[p] > 0:
            out.add(i)
            room[p] -= 1
            missing -= 1
    return [part[[i not in out for i in part]] for part in parts]


def _with_named(panel: _Panel, rests: Flags, named: Flags) -> Flags:
    """Those who rest in figures, the named ones included: they go with the others of their sector."""
    result = np.zeros_like(rests)
    for of_sector in _groups(panel.sector, np.flatnonzero(panel.sector != _NOT_HERE)):
        unnamed, by_name = of_sector[~named[of_sector]], of_sector[named[of_sector]]
        staying = unnamed[rests[unnamed]]
        nobody_waits_alone = len(staying) > 0 or len(unnamed) == 0
        if nobody_waits_alone and len(staying) + len(by_name) >= MIN_COMPANIES:
            result[staying] = result[by_name] = True
    return result


def _parts(
    ledger: Ledger, panel: _Panel, resting: Codes, named: Flags, vocabulary: Mapping[str, Sequence[str]]
) -> Iterator[Part]:
    """The regions and sizes of one sector that may be shown beside it and each other, the largest first."""
    said = {"region": ledger.regions, "size": ledger.sizes}
    inside = {
        Part(kind, value): np.array([said[kind][i] == value for i in resting], np.bool_)
        for kind in KINDS
        for value in vocabulary.get(kind, ())
    }
    unnamed = ~named[resting]
    classes = panel.former[resting]
    order = {part: place for place, part in enumerate(inside)}
    for part in sorted(inside, key=lambda part: (-int(inside[part].sum()), order[part])):
        cut = 2 * classes + inside[part]
        enough = inside[part].sum() >= MIN_COMPANIES and is_cell(int((inside[part] & unnamed).sum()))
        if enough and _all_hide(panel, resting[unnamed], cut[unnamed]):
            classes = np.unique(cut, return_inverse=True)[1].reshape(-1)
            yield part


def _all_hide(panel: _Panel, who: Codes, labels: Codes) -> bool:
    """Whether each class of some companies hides its members, now and then."""
    return all(_hides(panel, who[part], now=True) for part in _groups(labels, np.arange(len(who))))
