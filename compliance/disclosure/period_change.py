"""Change since the last published period: medians of the companies in both periods, between those of each period.

Four medians lead from one period to the next, on each basis: of all companies in the figures then, of those in the
figures of both periods with their scores then, of the same companies with their scores now, and of all now. The
companies in both periods are a cell like any other: `equivalence_classes` divides companies by their cells then and
now, so that this cell contains each class completely or not at all. Only classes of scores are used, and no score is
computed for the comparison. Between two editions, the old answers would have to be scored a second time, and the
classes of two scores of nearly the same answers would bound a company more closely than each alone. So two editions are
not compared here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from compliance.disclosure.aggregates import CellAssignment, Contribution
from compliance.disclosure.company_table import FIGURE_BASES, CompanyTable
from compliance.disclosure.published import (
    ChangeMedians,
    PeriodChange,
    PublishedRange,
    Quartiles,
    SectorFigures,
    Suppressed,
)
from compliance.disclosure.score_classes import NO_CLASS
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.numeric import Codes
from compliance.statistics.thresholds import is_publishable_count, is_publishable_part


@dataclass(frozen=True, slots=True)
class LastPublication:
    """The nearest published period before, and the contributions to its cells by company."""

    snapshot: PublishedSnapshot
    contributions: Mapping[str, Contribution]


def with_changes(
    edition: Edition,
    sectors: Sequence[SectorFigures],
    table: CompanyTable,
    cells: CellAssignment,
    last: LastPublication,
) -> tuple[SectorFigures, ...]:
    """Return the figures of sectors, each with its change since the last published period."""
    if last.snapshot.digest != edition.digest:
        apart = PeriodChange(since=last.snapshot.period, is_one_edition=False)
        return tuple(replace(group, change=apart) for group in sectors)
    return tuple(
        replace(group, change=_change(group, _matched(group.sector, table, cells, last), table, last))
        for group in sectors
    )


@dataclass(frozen=True, slots=True)
class _Matched:
    """The companies in the figures of one sector in both periods, with a row for each."""

    before: Codes  # classes of the overall score, claimed and evidenced
    after: Codes
    named_before: Codes  # 1: published by name in that period
    named_after: Codes

    def may_be_shown(self) -> bool:
        """Tell whether there are enough companies, and five or more or none unnamed in each period and in both."""
        named = (self.named_before, self.named_after, self.named_before | self.named_after)
        scored = (np.minimum(self.before, self.after) != NO_CLASS).all()
        unnamed = [len(flags) - int(flags.sum()) for flags in named]
        return bool(scored) and is_publishable_part(len(self.before), len(self.before)) and all(
            map(is_publishable_count, unnamed)
        )  # fmt: skip


def _matched(sector: str, table: CompanyTable, cells: CellAssignment, last: LastPublication) -> _Matched:
    whole = table.layout.figures.index(OVERALL)
    rows = list(_contributors_of_both(sector, table, cells, last))
    places = np.array([place for place, _then in rows], np.int64)
    before = [then.classes or (NO_CLASS,) * len(FIGURE_BASES) for _place, then in rows]
    return _Matched(
        before=np.array(before, np.int64).reshape(-1, len(FIGURE_BASES)),
        after=table.figures[places, :, whole].astype(np.int64),
        named_before=np.array([then.is_named for _place, then in rows], np.int64),
        named_after=cells.named[places].astype(np.int64),
    )


def _contributors_of_both(
    sector: str, table: CompanyTable, cells: CellAssignment, last: LastPublication
) -> Iterator[tuple[int, Contribution]]:
    for place in np.flatnonzero(cells.contributes).tolist():
        then = last.contributions.get(table.ids[place])
        if then is not None and table.sectors[place] == sector == (then.sector or then.named_in):
            yield place, then


def _change(group: SectorFigures, matched: _Matched, table: CompanyTable, last: LastPublication) -> PeriodChange:
    since = last.snapshot.period
    then = next((figures.figure(OVERALL) for figures in last.snapshot.sectors if figures.sector == group.sector), None)
    now = group.figure(OVERALL)
    if then is None or isinstance(then.n, Suppressed) or isinstance(now.n, Suppressed) or not matched.may_be_shown():
        return PeriodChange(since=since)

    def medians(basis: int, spread_then: Quartiles, spread_now: Quartiles) -> ChangeMedians:
        same_then, same_now = (_median(table, classes[:, basis]) for classes in (matched.before, matched.after))
        return ChangeMedians(
            before=spread_then.median, same_before=same_then, same_after=same_now, after=spread_now.median
        )

    return PeriodChange(
        since=since,
        n_before=then.n,
        n_both=len(matched.before),
        n_after=now.n,
        claimed=medians(0, then.claimed, now.claimed),
        evidenced=medians(1, then.evidenced, now.evidenced),
    )


def _median(table: CompanyTable, classes: Codes) -> PublishedRange:
    return table.layout.classes.quantile_ranges(classes, [0.5])[0]
