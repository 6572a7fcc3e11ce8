"""Equivalence classes: which company contributes to which cells, so that k-anonymity (k = 5) holds over two periods.

**Attacker.** An outsider sees everything published about a period and its neighbours; knows the quasi-identifiers
(which companies are registered, in which sector, region and size, and which have a score); knows the scores of named
companies; and may know that a company did not change from one period to the next.

**Promise.** Companies in the same cells of all these publications are an equivalence class. Every class of unnamed
companies has at least five members. Every published figure is a count or an order statistic of a cell, so exchanging
all answers of two members of a class changes nothing published: whatever is known about one of them is known about five
or more. The rest of a group outside its shown cells is a class too, and so are companies that came and that left. This
is complementary suppression over the lattice, its totals and two periods, without computing what each cell discloses.

**How.** A company that was in no cell before is counted only together with four others of its sector; otherwise it is
embargoed until the next period. Of each former class, five or more members or none are in a sector's figures now, and
likewise in none: if too few left, some that stayed are left out too, chosen by a pseudorandom number. Groups by need
over all sectors come next: of each class, five or more members or none are in a group, and likewise in none. Regions
and sizes within a sector are then added one by one, largest first, as long as every class is large enough. Sizes over
all sectors come last, in the same way as need. The companies in the figures of a sector in both periods are a union of
classes. A company is not named if that would disclose those it was counted with. No rule uses a score, so withholding
says nothing about scores.

**Not covered.** Only the periods before and after are considered, not a longer chain. A company named in one of the
periods does not hide others there. It is not assumed to be known which companies were asked about a theme: figures of
themes rest on those that were. `score_classes` protects against companies that work together.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.disclosure.aggregates import (
    BREAKDOWN_KINDS,
    TOGETHER_KINDS,
    BreakdownCell,
    CellAssignment,
    Contribution,
)
from compliance.disclosure.company_table import CompanyTable, in_listed_order
from compliance.scoring.numeric import Codes, Flags
from compliance.statistics.thresholds import MIN_CONTRIBUTORS, is_publishable_count

#: Codes: in no cell of a neighbouring publication; named in it; without a score now.
_NOWHERE, _NAMED, _NOT_HERE = -1, -2, -1


def assign_cells(
    table: CompanyTable,
    period: int,
    neighbours: Sequence[Mapping[str, Contribution]],
    vocabulary: Mapping[str, Sequence[str]],
) -> CellAssignment:
    """Decide which company contributes to which cells, whatever the order of companies.

    `neighbours`: the contributions to the published periods before and after. `vocabulary`: the values of each kind of
    breakdown and of groups over all sectors.
    """
    linked = _link_periods(table, period, neighbours)
    named = _names_published(linked)
    contributing = np.zeros(len(linked.ids), np.bool_)
    for members in _equivalence_classes(linked, named):
        contributing[_contributors_of_class(linked, members)] = True
    contributing = _contributors(linked, contributing, named)
    here = len(table.ids)
    contributes, is_named = contributing[:here], named[:here]
    who = np.flatnonzero(contributes)
    classes = _distinct(linked.former[:here], linked.sector[:here])
    need = _groups_together(linked, who, is_named, classes, table.needs, vocabulary.get("need", ()))
    classes = _distinct(classes, need)
    parts = {
        sector: tuple(_publishable_breakdowns(table, who[linked.sector[who] == code], is_named, classes, vocabulary))
        for code, sector in enumerate(linked.sectors)
    }
    classes = _distinct(classes, _shown_cells(table, parts))
    size = _groups_together(linked, who, is_named, classes, table.sizes, vocabulary.get("size", ()))
    together = {
        kind: tuple(("", *vocabulary.get(kind, ()))[place] for place in groups.tolist())
        for kind, groups in zip(TOGETHER_KINDS, (need, size), strict=True)
    }
    return CellAssignment(contributes=contributes, named=is_named, breakdowns=parts, together=together)


@dataclass(frozen=True, slots=True)
class _LinkedPeriods:
    """The companies of this and the neighbouring periods: first those of the company table, in its order."""

    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    sector: Codes  # the sector's position; _NOT_HERE: no score now
    agreed: Flags  # whether it agreed to be named now
    draw: Codes  # pseudorandom order in which companies are left out
    then: Codes  # company × neighbour: the number of the cell, _NOWHERE or _NAMED
    former: Codes  # the number of the combination of these cells: the former class


def _link_periods(table: CompanyTable, period: int, neighbours: Sequence[Mapping[str, Contribution]]) -> _LinkedPeriods:
    registered = set(table.ids)
    departed = sorted({company for contributions in neighbours for company in contributions}.difference(registered))
    ids = (*table.ids, *departed)
    sectors = in_listed_order((), table.sectors)
    code = {sector: position for position, sector in enumerate(sectors)}
    absent = [_NOT_HERE] * len(departed)
    of_sector = [code[s] if has_score else _NOT_HERE for s, has_score in zip(table.sectors, table.scored, strict=True)]
    columns = [_neighbouring_cells(ids, contributions) for contributions in neighbours]
    then = np.array(columns, np.int64).reshape(len(neighbours), len(ids)).T
    former = np.unique(then, axis=0, return_inverse=True)[1] if neighbours else np.zeros(len(ids), np.int64)
    return _LinkedPeriods(
        ids,
        sectors,
        np.array(of_sector + absent, np.int64),
        np.concatenate([table.named, np.zeros(len(departed), np.bool_)]),
        np.array([_pseudorandom_order(period, company) for company in ids], np.uint64),
        then,
        former.reshape(-1),
    )


def _neighbouring_cells(ids: Sequence[str], contributions: Mapping[str, Contribution]) -> list[int]:
    """Return the number of each company's cell in a neighbouring publication, _NOWHERE or _NAMED."""
    numbers: dict[tuple[str, ...], int] = {}
    cells = []
    for company in ids:
        contribution = contributions.get(company)
        if contribution is None:
            cells.append(_NOWHERE)
        elif contribution.is_named:
            cells.append(_NAMED)
        else:
            cells.append(numbers.setdefault(contribution.cells, len(numbers)))
    return cells


def _pseudorandom_order(period: int, company: str) -> int:
    """Return a pseudorandom number that is reproducible from period and company, and independent of scores."""
    return int.from_bytes(hashlib.blake2b(f"{period} {company}".encode(), digest_size=8).digest())


def _group_by_label(labels: Codes, members: Codes) -> list[Codes]:
    """Return `members` (positions) grouped by equal label, in the order of labels."""
    ordered = members[np.argsort(labels[members], kind="stable")]
    cuts = np.flatnonzero(np.diff(labels[ordered])) + 1
    return np.split(ordered, cuts) if len(ordered) else []


def _contributed_before(linked: _LinkedPeriods, members: Codes) -> bool:
    """Tell whether some members of a former class were in a cell without being named."""
    return bool((linked.then[members] >= 0).any())


def _names_published(linked: _LinkedPeriods) -> Flags:
    """Flag the companies to name: all that agreed, unless too few would be left of those they were counted with."""
    named = linked.agreed.copy()
    for members in _group_by_label(linked.former, np.arange(len(linked.ids))):
        others = int((~linked.agreed[members]).sum())
        if _contributed_before(linked, members) and not is_publishable_count(others):
            named[members] = False
    return named


def _equivalence_classes(linked: _LinkedPeriods, named: Flags) -> list[Codes]:
    """Return the companies that are not named, grouped by their former class."""
    return _group_by_label(linked.former, np.flatnonzero(~named))


def _contributors_of_class(linked: _LinkedPeriods, members: Codes) -> Codes:
    """Return the members of a former class that contribute to figures now."""
    parts = _group_by_label(linked.sector, members[linked.sector[members] != _NOT_HERE])
    parts = [part for part in parts if len(part) >= MIN_CONTRIBUTORS]
    counted = _parts_of_class(linked, members, parts) if _contributed_before(linked, members) else parts
    return np.concatenate([members[:0], *counted])


def _parts_of_class(linked: _LinkedPeriods, members: Codes, parts: Sequence[Codes]) -> list[Codes]:
    """Return the parts of a class that may be counted, so that five or more members or none are left out of them.

    `parts`: each with five members or more. If too few are left out, some members of the parts are left out too. If
    that is not possible, the smallest parts are dropped one by one.
    """
    left = list(parts)
    while left:
        for candidate in (left, _without_complement(linked, members, left)):
            if is_publishable_count(len(members) - sum(map(len, candidate))):
                return candidate
        del left[min(range(len(left)), key=lambda place: len(left[place]))]
    return []


def _without_complement(linked: _LinkedPeriods, members: Codes, parts: Sequence[Codes]) -> list[Codes]:
    """Return the parts without as many members as needed for five to be left out. No part falls below five."""
    missing = MIN_CONTRIBUTORS - (len(members) - sum(map(len, parts)))
    room = [len(part) - MIN_CONTRIBUTORS for part in parts]
    by_draw = sorted((linked.draw[i], i, p) for p, part in enumerate(parts) for i in part)
    embargoed = set()
    for _, i, p in by_draw:
        if missing > 0 and room[p] > 0:
            embargoed.add(i)
            room[p] -= 1
            missing -= 1
    return [part[[i not in embargoed for i in part]] for part in parts]


def _contributors(linked: _LinkedPeriods, contributing: Flags, named: Flags) -> Flags:
    """Flag all contributors. Named companies contribute if their sector has enough and its unnamed ones contribute."""
    result = np.zeros_like(contributing)
    for of_sector in _group_by_label(linked.sector, np.flatnonzero(linked.sector != _NOT_HERE)):
        unnamed, published_names = of_sector[~named[of_sector]], of_sector[named[of_sector]]
        contributing_unnamed = unnamed[contributing[unnamed]]
        no_unnamed_left_out = len(contributing_unnamed) > 0 or len(unnamed) == 0
        if no_unnamed_left_out and len(contributing_unnamed) + len(published_names) >= MIN_CONTRIBUTORS:
            result[contributing_unnamed] = result[published_names] = True
    return result


def _publishable_breakdowns(
    table: CompanyTable,
    contributors: Codes,
    named: Flags,
    former: Codes,
    vocabulary: Mapping[str, Sequence[str]],
) -> Iterator[BreakdownCell]:
    """Yield the regions and sizes that may be shown together with a sector and each other, largest first."""
    labels = {"region": table.regions, "size": table.sizes}
    parts = [BreakdownCell(kind, value) for kind in BREAKDOWN_KINDS for value in vocabulary.get(kind, ())]
    membership = {part: np.array([part.holds(labels[part.kind][i]) for i in contributors], np.bool_) for part in parts}
    unnamed = ~named[contributors]
    classes = former[contributors]
    order = {part: place for place, part in enumerate(membership)}
    for part in sorted(membership, key=lambda part: (-int(membership[part].sum()), order[part])):
        cut = 2 * classes + membership[part]
        enough = membership[part].sum() >= MIN_CONTRIBUTORS and is_publishable_count(
            int((membership[part] & unnamed).sum())
        )
        counts = np.unique(cut[unnamed], return_counts=True)[1]
        if enough and (counts >= MIN_CONTRIBUTORS).all():
            classes = np.unique(cut, return_inverse=True)[1].reshape(-1)
            yield part


def _groups_together(
    linked: _LinkedPeriods,
    contributors: Codes,
    named: Flags,
    classes: Codes,
    labels: Sequence[str],
    values: Sequence[str],
) -> Codes:
    """Return the number of the group over all sectors that each company is counted in, from 1, or 0 for none.

    Of each class, five or more members or none are in a group, and likewise in none.
    """
    parts = [BreakdownCell("", value) for value in values]
    own = np.array([_place_of(parts, label) for label in labels], np.int64)
    counted = np.zeros_like(own)
    known = contributors[named[contributors]]
    counted[known] = own[known]  # named companies are known anyway
    for members in _group_by_label(classes, contributors[~named[contributors]]):
        groups = _group_by_label(own, members[own[members] > 0])
        for group in _parts_of_class(linked, members, [g for g in groups if len(g) >= MIN_CONTRIBUTORS]):
            counted[group] = own[group]
    return counted


def _shown_cells(table: CompanyTable, shown: Mapping[str, Sequence[BreakdownCell]]) -> Codes:
    """Return for each company the number of its combination of shown breakdowns of its sector."""
    labels = {"region": table.regions, "size": table.sizes}
    inside = [
        tuple(part.holds(labels[part.kind][i]) for part in shown.get(sector, ()))
        for i, sector in enumerate(table.sectors)
    ]
    number = {cells: place for place, cells in enumerate(sorted(set(inside)))}
    return np.array([number[cells] for cells in inside], np.int64)


def _distinct(first: Codes, second: Codes) -> Codes:
    """Return a number for each combination of two numbers, element by element."""
    pairs = np.stack([first, second], axis=1).astype(np.int64)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1) if len(pairs) else pairs[:, 0]


def _place_of(parts: Sequence[BreakdownCell], label: str) -> int:
    """Return the number of the part that holds a label, from 1, or 0 for none."""
    return next((place for place, part in enumerate(parts, 1) if part.holds(label)), 0)
