"""Audit of published totals: which values each withheld count can still have beside a total that it is part of.

An outsider knows the rules too. That a count was *not* shown says something: in a group of 15 of which no split is
shown, one side holds fewer than 5. So each withheld count comes with its candidates, all values for which it would have
been withheld in the same way, and the total may leave gaps between those that remain. The sums are exact, in whole
companies.
"""

from collections.abc import Collection, Iterable, Sequence

from compliance.statistics.thresholds import MIN_FEASIBILITY_WIDTH


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
