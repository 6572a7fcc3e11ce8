"""What a total tells of the withheld counts in it, and whether it may be shown beside them.

An outsider knows the rules: the candidates of a count are all values for which it would have been withheld in the same
way. That a total is withheld tells something, too: it is one of those that would have been.
"""

from collections.abc import Callable, Collection, Sequence

from compliance.disclosure.published import PublishedCell, Suppressed
from compliance.statistics.thresholds import MIN_FEASIBILITY_WIDTH


def feasible_values(candidates: Sequence[Collection[int]], *totals: int) -> list[list[int]]:
    """The values of each withheld count that add up to one of some totals with some values of the others.

    The totals may leave gaps between those that remain.
    """
    others = [_sums([*candidates[:i], *candidates[i + 1 :]]) for i in range(len(candidates))]
    return [
        [value for value in values if any(total - value in others[i] for total in totals)]
        for i, values in enumerate(candidates)
    ]


def are_protected_from_total(candidates: Sequence[Collection[int]], *totals: int) -> bool:
    """Return whether each count keeps five candidates beside one of these totals, or all that it had if fewer."""
    feasible = feasible_values(candidates, *totals)
    return all(
        len(after) > min(MIN_FEASIBILITY_WIDTH, len(before) - 1)
        for after, before in zip(feasible, candidates, strict=True)
    )


def is_shown_total(candidates: Sequence[Collection[int]], said: Callable[[int], PublishedCell], total: int) -> bool:
    """Return whether what is said of a total of withheld counts may be shown.

    `said`: of each total, what would be shown of it; `Suppressed.NOT_SHOWN`: nothing. Totals of which the same is said
    are shown if all of them together protect every count. As long as those that are withheld tell one exactly, those
    that are nearest to them are withheld as well. Which these are follows from the candidates alone.
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
    """The sums that one value of each can make."""
    sums = {0}
    for values in candidates:
        sums = {total + value for total in sums for value in values}
    return sums
