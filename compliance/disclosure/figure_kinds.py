"""Kinds of published figure, by the ids that stand in the tables, and what each is a figure of."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.languages.interface_messages import N_


@dataclass(frozen=True, slots=True)
class FigureKind:
    """Kind of figure: what it says, and the unit of its value."""

    title: str
    unit: str


#: Every kind of figure by its id, which is the same in every language.
FIGURES: Mapping[str, FigureKind] = {
    "registered": FigureKind(N_("Companies registered"), "companies"),
    "submitted": FigureKind(N_("Companies that submitted"), "companies"),
    "scored": FigureKind(N_("Companies with a score"), "companies"),
    "without_score": FigureKind(N_("Companies that answered too little for a score"), "companies"),
    "silent": FigureKind(N_("Companies that submitted nothing"), "companies"),
    "unscored": FigureKind(N_("Companies without a score, or silent"), "companies"),
    "invited": FigureKind(N_("Companies on a public list that were invited"), "companies"),
    "invited_opened": FigureKind(N_("Invited companies that signed in"), "companies"),
    "invited_answered": FigureKind(N_("Invited companies that submitted"), "companies"),
    "invited_silent": FigureKind(N_("Invited companies that submitted nothing"), "companies"),
    "by_themselves": FigureKind(N_("Registered companies that are on no public list"), "companies"),
    "in_figures": FigureKind(N_("Companies with a score that the figures rest on"), "companies"),
    "median": FigureKind(N_("Median"), "points"),
    "lower_quartile": FigureKind(N_("Lower quartile"), "points"),
    "upper_quartile": FigureKind(N_("Upper quartile"), "points"),
    "in_both": FigureKind(N_("Companies in the figures of both years"), "companies"),
    "median_before": FigureKind(N_("Median in the year compared with"), "points"),
    "median_same_before": FigureKind(N_("Median of the companies in both years, in the year compared with"), "points"),
    "median_same_after": FigureKind(N_("Median of the companies in both years, in this year"), "points"),
    "band": FigureKind(N_("Companies in the band"), "companies"),
    "capped": FigureKind(
        N_("Companies in the band with the points of a higher one, held down by a critical requirement"), "companies"
    ),
    "meets_half": FigureKind(N_("Companies that meet at least half of it"), "companies"),
    "score": FigureKind(N_("Score of a named company"), "points"),
    "worst": FigureKind(N_("Least that the score could be"), "points"),
    "best": FigureKind(N_("Most that the score could be"), "points"),
    "rank_from": FigureKind(N_("Best rank among the named"), "rank"),
    "rank_to": FigureKind(N_("Worst rank among the named"), "rank"),
    "tie_group": FigureKind(N_("Tie group among the named"), "group"),
    "rank_draws": FigureKind(N_("Draws that the ranks rest on"), "draws"),
    "rank_seed": FigureKind(N_("Seed of these draws"), ""),
}
#: The figures that are of a list of invited companies, by its name; of its companies from high-need countries, by the
#: name and this ending.
FIGURES_OF_LISTS = frozenset({"invited", "invited_opened", "invited_answered", "invited_silent"})
HIGH_NEED = "#high-need"
#: The figures that are of a company, by its name.
FIGURES_OF_NAMED = frozenset({"score", "worst", "best", "rank_from", "rank_to", "tie_group"})
