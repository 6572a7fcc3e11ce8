"""Change of a sector since the last published period, in words.

Medians are published as ranges. A median is said to have risen or fallen only if its two ranges do not overlap.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from compliance.disclosure.published import ChangeMedians, PeriodChange, ScoreRange, SectorFigures, Suppressed
from compliance.languages.formats import number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import BASIS_LABELS, figure_title
from compliance.narrative.published_counts import score_range_words
from compliance.narrative.sentence import SectorSentence, UnderlyingScores, contains
from compliance.questionnaire.edition import Edition
from compliance.scoring.coded_answers import Basis


@dataclass(frozen=True)
class MedianChange(SectorSentence):
    """The medians of two periods on one basis, of all companies in the figures or of those in both periods."""

    sector: str
    basis: Basis
    since: int
    period: int
    before: ScoreRange
    after: ScoreRange
    in_both: int | None = None  # number of companies in both periods; None: all in the figures of each period

    def words(self) -> str:
        """State the direction, if it is proven, and both ranges."""
        basis = _(BASIS_LABELS[self.basis])
        values = {
            "basis": basis
            if self.in_both is None
            else _("%(basis)s, the %(n)s companies in both years", basis=basis, n=number(self.in_both)),
            "before": score_range_words(self.before),
            "after": score_range_words(self.after),
            "since": str(self.since),
        }
        if self.before.is_below(self.after):
            return _("%(basis)s: the median rose from %(before)s to %(after)s", **values)
        if self.after.is_below(self.before):
            return _("%(basis)s: the median fell from %(before)s to %(after)s", **values)
        if self.before == self.after:
            return _("%(basis)s: the median lies in %(after)s, as in %(since)s", **values)
        return _(
            "%(basis)s: the median was in %(before)s and is in %(after)s; these overlap, so it may not have moved",
            **values,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both true medians are in their ranges, and moved in the stated direction."""
        if self.in_both is None:
            before, after = (truth.median_in(self.sector, self.basis, period) for period in (self.since, self.period))
        else:
            before, after = (
                truth.median_in_both(self.sector, self.basis, period) for period in (self.since, self.period)
            )
        rose = not self.before.is_below(self.after) or before < after
        fell = not self.after.is_below(self.before) or before > after
        counted = self.in_both is None or self.in_both == truth.companies_in_both(self.sector)
        return counted and rose and fell and contains(self.before, before) and contains(self.after, after)


@dataclass(frozen=True)
class CompaniesOfBoth(SectorSentence):
    """The numbers of companies in the figures of each period, and of both."""

    sector: str
    since: int
    period: int
    before: int
    in_both: int
    after: int

    def words(self) -> str:
        """State the three numbers, or that all companies are the same."""
        if self.before == self.in_both == self.after:
            return _(
                "The same %(n)s companies are in the figures of both years: none entered or left.",
                n=number(self.in_both),
            )
        return _(
            "Companies in the figures: %(before)s in %(since)s, %(after)s in %(period)s, and %(both)s in both years.",
            before=number(self.before),
            since=str(self.since),
            after=number(self.after),
            period=str(self.period),
            both=number(self.in_both),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether each number is true."""
        said = (self.before, self.after, self.in_both)
        sizes = (truth.companies_in(self.sector, period) for period in (self.since, self.period))
        return said == (*sizes, truth.companies_in_both(self.sector))


@dataclass(frozen=True, slots=True)
class ChangeFindings:
    """The findings about the change of a sector."""

    headline: SectorSentence | None  # None: nothing may be shown
    sentences: tuple[SectorSentence, ...]
    why_not: str  # why nothing is shown; "" if something is


@dataclass(frozen=True, slots=True)
class ChangeParts:
    """The components of the change between the middles of two ranges, in points. They add up exactly."""

    answers: float
    evidence: float
    sample: float

    @property
    def whole(self) -> float:
        """The whole change."""
        return self.answers + self.evidence + self.sample

    def points(self) -> tuple[float, ...]:
        """Return answers, evidence, method (0 within one edition), sample and the whole, in whole or half points."""
        return self.answers, self.evidence, 0.0, self.sample, self.whole


def change_findings(group: SectorFigures, period: int) -> ChangeFindings | None:
    """Return the findings about the change of a sector, or None if nothing was published before."""
    change = group.change
    if change is None:
        return None
    if not change.is_one_edition:
        return ChangeFindings(
            None,
            (),
            _("%(since)s and %(period)s use different editions of the questionnaire, so the two years cannot be "
              "compared.", since=str(change.since), period=str(period)),
        )  # fmt: skip
    evidenced, claimed = (_median_changes(group.sector, change, basis, period) for basis in ("evidenced", "claimed"))
    counts = _counts(group.sector, change, period)
    if counts is None or not evidenced:
        why = _("Too few companies are in the figures of both years to show what has changed since %(since)s.",
                since=str(change.since))  # fmt: skip
        return ChangeFindings(None, (), why)
    return ChangeFindings(evidenced[0], (claimed[0], counts, *claimed[1:], *evidenced[1:]), "")


def _median_changes(sector: str, change: PeriodChange, basis: Basis, period: int) -> tuple[MedianChange, ...]:
    """Return the change of all companies in the figures, then of those in both periods if they differ, or nothing."""
    medians = change.claimed if basis == "claimed" else change.evidenced
    before, same_before, same_after, after = _ranges(medians)
    if before is None or same_before is None or same_after is None or after is None:
        return ()
    if isinstance(change.n_both, Suppressed):
        return ()
    of_all = MedianChange(sector, basis, change.since, period, before, after)
    if change.n_before == change.n_both == change.n_after:
        return (of_all,)
    return of_all, MedianChange(sector, basis, change.since, period, same_before, same_after, change.n_both)


def _counts(sector: str, change: PeriodChange, period: int) -> CompaniesOfBoth | None:
    before, both, after = change.n_before, change.n_both, change.n_after
    if isinstance(before, Suppressed) or isinstance(both, Suppressed) or isinstance(after, Suppressed):
        return None
    return CompaniesOfBoth(sector, change.since, period, before, both, after)


def _ranges(medians: ChangeMedians) -> tuple[ScoreRange | None, ...]:
    steps = (medians.before, medians.same_before, medians.same_after, medians.after)
    return tuple(None if isinstance(step, Suppressed) else step for step in steps)


def change_parts(change: PeriodChange) -> tuple[ChangeParts, ChangeParts] | None:
    """Return the components of the claimed and of the evidenced change, or None if they are withheld.

    As in `compliance change`, the component of answers is the claimed like-for-like change, and evidence is the rest.
    """
    claimed, evidenced = (_middles(medians) for medians in (change.claimed, change.evidenced))
    if claimed is None or evidenced is None:
        return None
    answers = claimed[2] - claimed[1]
    return (
        ChangeParts(answers, 0.0, _sample(claimed)),
        ChangeParts(answers, evidenced[2] - evidenced[1] - answers, _sample(evidenced)),
    )


def _middles(medians: ChangeMedians) -> tuple[float, ...] | None:
    ranges = _ranges(medians)
    return None if None in ranges else tuple(step.middle for step in ranges if step is not None)


def _sample(middles: tuple[float, ...]) -> float:
    before, same_before, same_after, after = middles
    return (same_before - before) + (after - same_after)


# ── Need against scores


@dataclass(frozen=True)
class NeedAgainstScores(SectorSentence):
    """The claimed medians of one figure, of companies that work in high-need countries and of the others."""

    sector: str
    figure: str
    title: str
    high: ScoreRange
    other: ScoreRange

    def words(self) -> str:
        """State which is lower, if that is proven."""
        values = {
            "figure": self.title,
            "high": score_range_words(self.high),
            "other": score_range_words(self.other),
        }
        if self.high.is_below(self.other):
            return _(
                "Lower where need is high: on “%(figure)s” the claimed median is %(high)s for companies that work "
                "in priority countries, and %(other)s for the others",
                **values,
            )
        if self.other.is_below(self.high):
            return _(
                "Higher where need is high: on “%(figure)s” the claimed median is %(high)s for companies that work "
                "in priority countries, and %(other)s for the others",
                **values,
            )
        return _(
            "It cannot be said whether companies that work in priority countries do more or less on “%(figure)s”: "
            "their claimed median is in %(high)s, and that of the others in %(other)s",
            **values,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both true medians are in their ranges, and in the stated order."""
        high, other = (truth.median(self.sector, self.figure, "claimed", ("need", n)) for n in ("high", "other"))
        lower = not self.high.is_below(self.other) or high < other
        higher = not self.other.is_below(self.high) or high > other
        return lower and higher and contains(self.high, high) and contains(self.other, other)


def need_headline(edition: Edition, together: SectorFigures, figures: Iterable[str]) -> SectorSentence | None:
    """Return a headline on need against the first of `figures` shown for both groups, or None if none is."""
    groups = {
        cut.value: {figure.id: figure.claimed.median for figure in cut.figures}
        for cut in together.breakdowns
        if cut.kind == "need"
    }
    for figure in figures:
        high, other = (groups.get(need, {}).get(figure, Suppressed.NOT_SHOWN) for need in ("high", "other"))
        if not isinstance(high, Suppressed) and not isinstance(other, Suppressed):
            return NeedAgainstScores(together.sector, figure, figure_title(edition, figure), high, other)
    return None
