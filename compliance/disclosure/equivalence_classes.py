"""Equivalence classes: who contributes to which published cell, so that k-anonymity (k = 5) holds over two periods.

**Attacker.** An outsider sees everything published of a period and of its neighbours; knows the quasi-identifiers
(who is registered, in which sector, region and size, and who has a score); knows the scores of those that are
named; and may know that a company did not move from one period to the next.

**Promise.** Companies in the same cells of all these publications are an equivalence class. Every class of companies
that are not named has at least five members. Every published figure is a count or an order statistic of a cell, so
exchanging all answers of two members of a class changes nothing that is published: whatever is known of one of them
is known of five or more. What is left of a group beside its shown cells is a class too, and so are those who came and
those who left: that is complementary suppression over the lattice, its totals and two periods, without solving for
each cell what it discloses.

**How.** No company that was in no cell before comes in without four others of its sector; else it is embargoed until
the next period. Of a former class, those in a sector's figures now are five or more or nobody, and so are those in
none: where too few left, some who stayed are left out beside them, chosen by a pseudorandom number. Groups by need
over all sectors come next: in each class, those in a group are five or more or nobody, and so are those in none.
Regions and sizes within a sector are then taken one by one, the largest first, as long as every class holds; then
come sizes over all sectors, as need did. Who is in the figures of a sector in both periods is a union of classes. A
company whose name would disclose those it was counted with is counted once more. No score is looked at anywhere: that
a figure is withheld says nothing about scores.

**Not covered.** The look goes one period back and one ahead, not along a chain. Somebody named in one of the periods
counts as no hiding place there. Who was asked about a theme is not taken to be known: figures of themes rest on those
that were. Companies that work together are the business of `score_classes`.
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

#: In no cell of a neighbouring publication; named in it.
_NOWHERE, _NAMED, _NOT_HERE = -1, -2, -1


def assign_cells(
    table: CompanyTable,
    period: int,
    neighbours: Sequence[Mapping[str, Contribution]],
    vocabulary: Mapping[str, Sequence[str]],
) -> CellAssignment:
    """Decide who contributes to which cells. `neighbours`: contributions to the published periods before and after.

    `vocabulary` lists the values of each of BREAKDOWN_KINDS. The order of the companies does not matter.
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
    """Everybody of now and of the neighbouring periods: those of the company table first, in its order."""

    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    sector: Codes  # of those with a score now; _NOT_HERE: none
    agreed: Flags  # to be named now
    draw: Codes  # who is left out first
    then: Codes  # company × neighbour: a number for each cell, _NOWHERE or _NAMED
    former: Codes  # a number for each combination of those


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
    """The cell of each company in a neighbouring publication."""
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
    """A pseudorandom number, reproducible from period and company, and independent of any score."""
    return int.from_bytes(hashlib.blake2b(f"{period} {company}".encode(), digest_size=8).digest())


def _group_by_label(labels: Codes, members: Codes) -> list[Codes]:
    """Positions `members` by equal label, in the order of labels."""
    ordered = members[np.argsort(labels[members], kind="stable")]
    cuts = np.flatnonzero(np.diff(labels[ordered])) + 1
    return np.split(ordered, cuts) if len(ordered) else []


def _contributed_before(linked: _LinkedPeriods, members: Codes) -> bool:
    """Return whether some of a former class were in a cell without being named."""
    return bool((linked.then[members] >= 0).any())


def _names_published(linked: _LinkedPeriods) -> Flags:
    """Flags of the companies to name: all that agreed, unless those they were counted with would be too few."""
    named = linked.agreed.copy()
    for members in _group_by_label(linked.former, np.arange(len(linked.ids))):
        others = int((~linked.agreed[members]).sum())
        if _contributed_before(linked, members) and not is_publishable_count(others):
            named[members] = False
    return named


def _equivalence_classes(linked: _LinkedPeriods, named: Flags) -> list[Codes]:
    """The companies that are not named, by the cells that they were in before."""
    return _group_by_label(linked.former, np.flatnonzero(~named))


def _contributors_of_class(linked: _LinkedPeriods, members: Codes) -> Codes:
    """The members of a former class that contribute to figures now."""
    parts = _group_by_label(linked.sector, members[linked.sector[members] != _NOT_HERE])
    parts = [part for part in parts if len(part) >= MIN_CONTRIBUTORS]
    counted = _parts_of_class(linked, members, parts) if _contributed_before(linked, members) else parts
    return np.concatenate([members[:0], *counted])


def _parts_of_class(linked: _LinkedPeriods, members: Codes, parts: Sequence[Codes]) -> list[Codes]:
    """Parts of a class that may be counted: each has five members or more, and beside them are five or more, or nobody.

    Where too few are beside them, some members of the parts are left out too; then the smallest parts as a whole.
    """
    left = list(parts)
    while left:
        for candidate in (left, _without_complement(linked, members, left)):
            if is_publishable_count(len(members) - sum(map(len, candidate))):
                return candidate
        del left[min(range(len(left)), key=lambda place: len(left[place]))]
    return []


def _without_complement(linked: _LinkedPeriods, members: Codes, parts: Sequence[Codes]) -> list[Codes]:
    """The parts less enough members for those in no figures to be five; no part is left with fewer than five."""
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
    """Flags of all contributors, the named ones included: these go with the others of their sector."""
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
    """The regions and sizes of one sector that may be shown beside it and each other, the largest first."""
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
    """The number of the group over all sectors that each company is counted in, from 1; 0: in none.

    Of a class, those in one group are five or more or nobody, and so are those in none.
    """
    parts = [BreakdownCell("", value) for value in values]
    own = np.array([_place_of(parts, label) for label in labels], np.int64)
    counted = np.zeros_like(own)
    known = contributors[named[contributors]]
    counted[known] = own[known]  # whoever is named is known anyway
    for members in _group_by_label(classes, contributors[~named[contributors]]):
        groups = _group_by_label(own, members[own[members] > 0])
        for group in _parts_of_class(linked, members, [g for g in groups if len(g) >= MIN_CONTRIBUTORS]):
            counted[group] = own[group]
    return counted


def _shown_cells(table: CompanyTable, shown: Mapping[str, Sequence[BreakdownCell]]) -> Codes:
    """A number for each combination of shown breakdowns of its sector that a company is in."""
    labels = {"region": table.regions, "size": table.sizes}
    inside = [
        tuple(part.holds(labels[part.kind][i]) for part in shown.get(sector, ()))
        for i, sector in enumerate(table.sectors)
    ]
    number = {cells: place for place, cells in enumerate(sorted(set(inside)))}
    return np.array([number[cells] for cells in inside], np.int64)


def _distinct(first: Codes, second: Codes) -> Codes:
    """A number for each combination of two numbers."""
    pairs = np.stack([first, second], axis=1).astype(np.int64)
    return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1) if len(pairs) else pairs[:, 0]


def _place_of(parts: Sequence[BreakdownCell], label: str) -> int:
    """The number of the part that holds a label, from 1; 0: none does."""
    return next((place for place, part in enumerate(parts, 1) if part.holds(label)), 0)
