"""Rows of the table of published figures: every kind of figure, and every figure of a snapshot as a row.

`FIGURES` lists all kinds. `figure_rows` yields the figures.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from compliance.disclosure.invitations import InvitationFigures
from compliance.disclosure.published import (
    BreakdownFigures,
    Figure,
    NamedRanking,
    PeriodChange,
    PublishedCell,
    ScoreRange,
    SectorFigures,
    count_bounds,
)
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import N_
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.coded_answers import Basis


@dataclass(frozen=True, slots=True)
class FigureKind:
    """A kind of figure: its title, and the unit of its value."""

    title: str
    unit: str


#: All kinds of figures, by id.
FIGURES: Mapping[str, FigureKind] = {
    "registered": FigureKind(N_("Companies registered"), "companies"),
    "submitted": FigureKind(N_("Companies that submitted"), "companies"),
    "scored": FigureKind(N_("Companies with a score"), "companies"),
    "without_score": FigureKind(N_("Companies that answered too little for a score"), "companies"),
    "silent": FigureKind(N_("Companies that submitted nothing"), "companies"),
    "unscored": FigureKind(N_("Companies without a score, or silent"), "companies"),
    "invited": FigureKind(N_("Invited companies on a public list"), "companies"),
    "invited_opened": FigureKind(N_("Invited companies that signed in"), "companies"),
    "invited_answered": FigureKind(N_("Invited companies that submitted"), "companies"),
    "invited_silent": FigureKind(N_("Invited companies that submitted nothing"), "companies"),
    "by_themselves": FigureKind(N_("Registered companies that are on no public list"), "companies"),
    "in_figures": FigureKind(N_("Companies with a score that are in the figures"), "companies"),
    "median": FigureKind(N_("Median"), "points"),
    "lower_quartile": FigureKind(N_("Lower quartile"), "points"),
    "upper_quartile": FigureKind(N_("Upper quartile"), "points"),
    "in_both": FigureKind(N_("Companies in the figures of both years"), "companies"),
    "median_before": FigureKind(N_("Median in the year of comparison"), "points"),
    "median_same_before": FigureKind(N_("Median of the companies in both years, in the year of comparison"), "points"),
    "median_same_after": FigureKind(N_("Median of the companies in both years, in this year"), "points"),
    "band": FigureKind(N_("Companies in the band"), "companies"),
    "capped": FigureKind(
        N_("Companies in the band with enough points for a higher one, limited by a critical requirement"), "companies"
    ),
    "meets_half": FigureKind(N_("Companies that meet at least half of it"), "companies"),
    "score": FigureKind(N_("Score of a named company"), "points"),
    "worst": FigureKind(N_("Lowest that the score could be"), "points"),
    "best": FigureKind(N_("Highest that the score could be"), "points"),
    "rank_from": FigureKind(N_("Best rank among the named companies"), "rank"),
    "rank_to": FigureKind(N_("Worst rank among the named companies"), "rank"),
    "tie_group": FigureKind(N_("Tie group among the named companies"), "group"),
    "rank_draws": FigureKind(N_("Number of draws behind the ranks"), "draws"),
    "rank_seed": FigureKind(N_("Seed of these draws"), ""),
}
#: Figures about a list of invited companies. Their `of` is the name of the list, followed by HIGH_NEED if the figure is
#: about its companies from high-need countries.
FIGURES_OF_LISTS = frozenset({"invited", "invited_opened", "invited_answered", "invited_silent"})
HIGH_NEED = "#high-need"
#: Figures about a named company. Their `of` is its name.
FIGURES_OF_NAMED = frozenset({"score", "worst", "best", "rank_from", "rank_to", "tie_group"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure of one sector, of a region or a size within it, or of a group over all sectors."""

    period: int
    sector: str
    region: str = ""  # of the headquarters; "": all
    size: str = ""  # "": all
    need: str = ""  # "": all
    since: int | None = None  # the earlier period, for figures of a change
    figure: str  # a key of FIGURES
    of: str = (
        ""  # node, lens value, bands joined by +, requirement, law:provision, named company, or factors joined by +
    )
    basis: Basis | Literal[""] = ""  # "" for counts
    value: PublishedCell | ScoreRange
    n: PublishedCell  # number of companies that the figure rests on

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The lowest and the highest possible value of a median, quartile or count. None: not known."""
        if isinstance(self.value, ScoreRange):
            return self.value.low, self.value.high
        found = count_bounds(self.value, self.n) if FIGURES[self.figure].unit == "companies" else None
        return found or (None, None)


def figure_rows(snapshot: PublishedSnapshot, sector: str | None = None) -> Iterator[FigureRow]:
    """Yield every figure of one sector ("all" for all together), or of all. Raise KeyError for an unknown sector."""
    if sector is None:
        groups = (snapshot.together, *snapshot.sectors)
    elif sector == snapshot.together.sector:
        groups = (snapshot.together,)
    else:
        groups = (snapshot.sector(sector),)
    for group in groups:
        row = partial(FigureRow, period=snapshot.period, sector=group.sector)
        yield from _sector_rows(row, group)
        yield from _invitation_rows(row, snapshot.invitations, group.sector)
        for cut in group.breakdowns:
            for figure in cut.figures:
                yield from _quartile_rows(partial(row, **_group_of(cut)), figure)


def _group_of(cut: BreakdownFigures) -> Mapping[str, str]:
    return {kind: cut.value for kind in ("region", "size", "need") if cut.kind == kind}


#: Makes the rows of one group, with period, sector, region and size preset.
_RowMaker: TypeAlias = Callable[..., FigureRow]


def _sector_rows(row: _RowMaker, group: SectorFigures) -> Iterator[FigureRow]:
    contributors = group.contributors
    for figure, count in group.participation.counts().items():
        yield row(figure=figure, value=count, n=group.participation.registered)
    yield row(figure="in_figures", value=contributors, n=group.participation.scored)  # without embargoed companies
    for of_figure in group.figures:
        yield from _quartile_rows(row, of_figure)
    for band in group.bands:
        yield row(figure="band", of="+".join(band.bands), basis="claimed", value=band.count, n=contributors)
    for prefix, shares in (("", group.requirements), ("law:", group.provisions)):
        for share in shares:
            yield row(figure="meets_half", of=prefix + share.id, basis="claimed", value=share.meeting, n=share.n)
    for named in group.named:
        for basis, score in named.scores().items():
            for figure, points in (("score", score.score), ("worst", score.worst), ("best", score.best)):
                yield row(figure=figure, of=named.company, basis=basis, value=points, n=1)
    if group.capped is not None:
        capped = group.capped
        yield row(figure="capped", of=capped.id, basis="claimed", value=capped.meeting, n=capped.n)
    if group.change is not None:
        yield from _change_rows(partial(row, since=group.change.since), group.change)
    if group.ranking is not None:
        yield from _ranking_rows(partial(row, basis=group.ranking.basis, n=len(group.ranking.companies)), group.ranking)


def _invitation_rows(row: _RowMaker, figures: InvitationFigures, sector: str) -> Iterator[FigureRow]:
    """Yield participation by public list, and the number of registered companies on no public list."""
    for one in figures.lists_of(sector):
        for ending, counts in (("", one.counts), (HIGH_NEED, one.high_need)):
            if counts is not None:
                of_list = partial(row, of=one.list_name + ending, n=counts.invited)
                yield from (of_list(figure=figure, value=count) for figure, count in counts.counts().items())
    themselves = figures.by_themselves_in(sector)
    if themselves is not None:
        yield row(figure="by_themselves", value=themselves, n=themselves)


def _ranking_rows(row: _RowMaker, ranking: NamedRanking) -> Iterator[FigureRow]:
    """Yield rank intervals and tie groups of named companies, and the settings of their simulation."""
    factors = "+".join(ranking.factors)
    yield row(figure="rank_draws", of=factors, value=ranking.draws)
    yield row(figure="rank_seed", of=factors, value=ranking.seed)
    for place in ranking.companies:
        yield row(figure="rank_from", of=place.company, value=place.first)
        yield row(figure="rank_to", of=place.company, value=place.last)
        yield row(figure="tie_group", of=place.company, value=place.tie_group)


def _change_rows(row: _RowMaker, change: PeriodChange) -> Iterator[FigureRow]:
    """Yield the medians that lead from the last published period to this one, whose median has a row already."""
    yield row(figure="in_both", value=change.n_both, n=change.n_after)
    for basis, medians in (("claimed", change.claimed), ("evidenced", change.evidenced)):
        of_basis = partial(row, of=OVERALL, basis=basis)
        yield of_basis(figure="median_before", value=medians.before, n=change.n_before)
        yield of_basis(figure="median_same_before", value=medians.same_before, n=change.n_both)
        yield of_basis(figure="median_same_after", value=medians.same_after, n=change.n_both)


def _quartile_rows(row: _RowMaker, figure: Figure) -> Iterator[FigureRow]:
    for basis, quartiles in (("claimed", figure.claimed), ("evidenced", figure.evidenced)):
        of_basis = partial(row, of=figure.id, basis=basis, n=figure.n)
        yield of_basis(figure="median", value=quartiles.median)
        yield of_basis(figure="lower_quartile", value=quartiles.lower)
        yield of_basis(figure="upper_quartile", value=quartiles.upper)
