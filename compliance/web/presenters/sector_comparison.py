"""Comparisons of groups of companies as tables and chart rows: two years of a sector, and groups by need."""

from dataclasses import dataclass

from compliance.disclosure.published import Figure, PeriodChange, PublishedCell, PublishedRange, SectorFigures
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_change import signed_points
from compliance.narrative.sector_change import change_parts
from compliance.narrative.sector_comparisons import breakdown_label
from compliance.questionnaire.edition import Edition
from compliance.web.presenters.sector_charts import BasesRow, bases_row


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """A change since the last published period: the medians at each step, and its parts in points."""

    steps: tuple[tuple[str, PublishedCell, PublishedRange, PublishedRange], ...]  # title, companies, claimed, evidenced
    parts: tuple[tuple[str, str, str], ...]  # title, claimed, evidenced


def need_rows(edition: Edition, together: SectorFigures, figure: str) -> tuple[BasesRow, ...]:
    """Return one figure of each breakdown of all sectors together, including suppressed ones."""
    found = [(cut, {f.id: f for f in cut.figures}.get(figure, Figure(id=figure))) for cut in together.breakdowns]
    return tuple(bases_row(of, breakdown_label(edition, cut.kind, cut.value)) for cut, of in found)


def change_table(change: PeriodChange, period: int) -> ChangeTable | None:
    """Return the change of a sector as two tables; None if it is withheld."""
    parts = change_parts(change)
    if parts is None:
        return None
    claimed, evidenced = change.claimed, change.evidenced
    since, now = str(change.since), str(period)
    steps = (
        (_("%(period)s, all companies", period=since), change.n_before, claimed.before, evidenced.before),
        (
            _("%(period)s, the companies in both years", period=since),
            change.n_both,
            claimed.same_before,
            evidenced.same_before,
        ),
        (
            _("%(period)s, the companies in both years", period=now),
            change.n_both,
            claimed.same_after,
            evidenced.same_after,
        ),
        (_("%(period)s, all companies", period=now), change.n_after, claimed.after, evidenced.after),
    )
    titles = (_("Answers"), _("Evidence and verification"), _("Method"), _("Sample"), _("Together"))
    digits = 0 if all(points.is_integer() for of_basis in parts for points in of_basis.points()) else 1
    points = ([signed_points(part, digits) for part in of_basis.points()] for of_basis in parts)
    return ChangeTable(steps, tuple(zip(titles, *points, strict=True)))
