"""An attack by subtraction: narrow down suppressed counts from the other counts of a row and their total.

Written from the published JSON and the published rules, not from the code that made it. The rows are those of the table
of requirements by sector, and of the provisions behind it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
#: The rule of five: a count below it is suppressed, and so is a count whose remainder is below it.
FIVE = 5
LISTS = ("requirements", "provisions")


def possible(meeting: object, n: int) -> Collection[int]:
    """Return every count for which this cell would have been published."""
    if isinstance(meeting, int):
        return [meeting]
    if meeting == "few":
        return range(min(FIVE, n + 1))
    return range(max(FIVE, n - FIVE + 1), n + 1) if meeting == "nearly-all" else range(n + 1)


def worked_out_counts(content: Json) -> list[tuple[str, str]]:
    """Return sector and id of each suppressed count that its row narrows down to fewer than five possible numbers."""
    return [found for name in LISTS for row in _rows(content, name) for found in _worked_out(*row)]


def _rows(content: Json, name: str) -> Iterator[tuple[Json, list[tuple[str, Json]]]]:
    """Yield the total of each row, and the cells of sectors that are included in it, which are public."""
    for total in content["together"][name]:
        cells = [(g["sector"], s) for g in content["sectors"] for s in g[name] if s["id"] == total["id"]]
        yield total, [(sector, share) for sector, share in cells if isinstance(share["n"], int)]


def _worked_out(total: Json, cells: Sequence[tuple[str, Json]]) -> Iterator[tuple[str, str]]:
    if not cells or not isinstance(total["n"], int):
        return
    alone = [possible(share["meeting"], share["n"]) for _sector, share in cells]
    sums = set(possible(total["meeting"], total["n"]))
    for place, (sector, share) in enumerate(cells):
        others = _sums([*alone[:place], *alone[place + 1 :]])
        left = [value for value in alone[place] if any(value + other in sums for other in others)]
        if not isinstance(share["meeting"], int) and len(left) < min(FIVE, len(alone[place])):
            yield sector, share["id"]


def _sums(candidates: Sequence[Collection[int]]) -> set[int]:
    sums = {0}
    for values in candidates:
        sums = {sum_ + value for sum_ in sums for value in values}
    return sums


def with_every_total(content: Json, meeting: Mapping[tuple[str, str], int]) -> Json:
    """Return the content with the true total of each row. `meeting`: true counts by sector and id."""
    totals = {}
    for name in LISTS:
        rows = [(total, [(sector, total["id"]) for sector, _share in cells]) for total, cells in _rows(content, name)]
        totals[name] = [{**total, "meeting": sum(meeting[cell] for cell in cells)} for total, cells in rows]
    return {**content, "together": {**content["together"], **totals}}
