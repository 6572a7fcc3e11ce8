"""What a total reveals about the withheld counts in it, and whether it may be shown.

An outsider knows the rules: the candidates of a count are all values that would have been withheld in the same way. A
withheld total reveals something too: it is one of the totals that would have been withheld.
"""

from collections.abc import Callable, Collection, Sequence

from compliance.disclosure.published import PublishedCell, Suppressed
from compliance.statistics.thresholds import MIN_FEASIBILITY_WIDTH


def feasible_values(candidates: Sequence[Collection[int]], *totals: int) -> list[list[int]]:
    """Return the candidates of each withheld count that add up to one of the totals with candidates of the others.

    There may be gaps between them.
    """
    others = [_sums([*candidates[:i], *candidates[i + 1 :]]) for i in range(len(candidates))]
    return [
        [value for value in values if any(total - value in others[i] for total in totals)]
        for i, values in enumerate(candidates)
    ]


def are_protected_from_total(candidates: Sequence[Collection[int]], *totals: int) -> bool:
    """Tell whether, given one of these totals, each count keeps five candidates, or all of its candidates if fewer."""
    feasible = feasible_values(candidates, *totals)
    return all(
        len(after) > min(MIN_FEASIBILITY_WIDTH, len(before) - 1)
        for after, before in zip(feasible, candidates, strict=True)
    )


def is_shown_total(candidates: Sequence[Collection[int]], said: Callable[[int], PublishedCell], total: int) -> bool:
    """Tell whether the cell of a total of withheld counts may be shown.

    `said`: returns the cell that would be shown for a total, or `Suppressed.NOT_SHOWN`. Totals with the same cell are
    shown if together they protect every count. As long as the withheld totals would reveal a count exactly, the totals
    nearest to them are withheld too. This depends only on the candidates, not on the true counts.
    """
    alike: dict[PublishedCell, list[int]] = {}
    for possible in sorted(_sums(candidates)):
        alike.setdefault(said(possible), []).append(possible)
    withheld = alike.pop(Suppressed.NOT_SHOWN, [])
    for words in [words for words, totals in alike.items() if not are_protected_from_total(candidates, *totals)]:
        withheld += alike.pop(words)
    while withheld and alike and _tell_a_count(candidates, withheld):
        withheld += alike.pop(min(alike, key=lambda words: _distance(alike[words], withheld)))
    return total not in withheld


def _tell_a_count(candidates: Sequence[Collection[int]], totals: Collection[int]) -> bool:
    feasible = feasible_values(candidates, *totals)
    return any(len(after) == 1 < len(before) for after, before in zip(feasible, candidates, strict=True))


def _distance(totals: Collection[int], others: Collection[int]) -> int:
    return min(abs(one - other) for one in totals for other in others)


def _sums(candidates: Sequence[Collection[int]]) -> set[int]:
    """Return the sums of one value of each collection."""
    sums = {0}
    for values in candidates:
        sums = {total + value for total in sums for value in values}
    return sums
