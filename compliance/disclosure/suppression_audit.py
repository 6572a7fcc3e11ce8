"""Audit of suppression: the feasibility interval of every withheld count, given all published sums.

Every withheld count is an edge from one sum it is part of to the other, with its true value and the least and
most that is said about it. An outsider knows the sums, not the edges. Another set of counts fits all the same
sums exactly if it differs by a circulation; so how far one count could move is a maximum flow through the rest,
and the answer is exact, in whole companies.

An outsider also knows these rules. That a count was *not* shown says something: in a group of 15 that was not
split at some band, one side holds fewer than 5. Such knowledge leaves gaps between the possible values:
`feasible_values` goes through them.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.statistics.thresholds import MIN_FEASIBILITY_WIDTH, is_publishable_count

#: The one node for all sums that nobody published: what flows there is nobody's contradiction.
UNPUBLISHED = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldCount:
    """A withheld count: an edge between the two sums that it is part of."""

    tail: Hashable
    head: Hashable
    least: int
    value: int
    most: int


def feasibility_interval(unknowns: Sequence[WithheldCount], target: int) -> tuple[int, int]:
    """The least and the most that the count at position `target` can be, for all an outsider knows."""
    count = unknowns[target]
    others = [*unknowns[:target], *unknowns[target + 1 :]]
    up = _maximum_flow(others, count.head, count.tail, count.most - count.value)
    down = _maximum_flow(others, count.tail, count.head, count.value - count.least)
    return count.value - down, count.value + up


def is_protected(unknowns: Sequence[WithheldCount], target: int) -> bool:
    """Return whether a count keeps five candidates, or all those that are said of it if they are fewer."""
    least, most = feasibility_interval(unknowns, target)
    return most - least >= min(MIN_FEASIBILITY_WIDTH, unknowns[target].most - unknowns[target].least)


def feasible_values(candidates: Sequence[Collection[int]], total: int) -> list[list[int]]:
    """The values of each count that add up to a known total with some values of the others."""
    others = [_sums([*candidates[:i], *candidates[i + 1 :]]) for i in range(len(candidates))]
    return [
        [value for value in values if value <= total and others[i] >> (total - value) & 1]
        for i, values in enumerate(candidates)
    ]


def are_protected_from_total(candidates: Sequence[Collection[int]], total: int) -> bool:
    """Return whether each count keeps five candidates beside a known total, or all that it had if they were fewer."""
    feasible = feasible_values(candidates, total)
    return all(
        len(after) > min(MIN_FEASIBILITY_WIDTH, len(before) - 1)
        for after, before in zip(feasible, candidates, strict=True)
    )


def _sums(candidates: Sequence[Collection[int]]) -> int:
    """The sums that one value of each can make, as the bits of a number."""
    sums = 1
    for values in candidates:
        sums = _any_of(sums << value for value in values)
    return sums


def _any_of(bits: Iterable[int]) -> int:
    joined = 0
    for some in bits:
        joined |= some
    return joined


def remainders_meet_threshold(unknowns: Sequence[WithheldCount]) -> bool:
    """Return whether what is left of every published column, without its published counts, is enough companies."""
    left: dict[Hashable, list[int]] = {}
    for unknown in unknowns:
        left.setdefault(unknown.head, []).append(unknown.value)
    return all(is_publishable_count(sum(values)) and sum(values) > 0 for values in left.values())


def _maximum_flow(unknowns: Sequence[WithheldCount], start: Hashable, end: Hashable, wanted: int) -> int:
    """Return how much can flow from start to end, at most `wanted`."""
    from scipy.sparse import csr_array  # here: only closing a period audits anything
    from scipy.sparse.csgraph import maximum_flow

    sums = dict.fromkeys([start, end, *(u.tail for u in unknowns), *(u.head for u in unknowns)])
    node = {name: place for place, name in enumerate(sums)}
    capacities = np.zeros((len(node), len(node)), np.int32)  # the type that SciPy asks for
    for u in unknowns:
        capacities[node[u.tail], node[u.head]] += u.most - u.value
        capacities[node[u.head], node[u.tail]] += u.value - u.least
    return min(wanted, int(maximum_flow(csr_array(capacities), node[start], node[end]).flow_value))
