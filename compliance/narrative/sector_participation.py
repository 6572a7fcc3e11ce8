"""Participation in a sector, always with its base, and the named companies.

Named companies are ordered by score only if an auditor verified their scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.disclosure.published import ALL_SECTORS, NamedCompany, Participation, SectorFigures, Suppressed
from compliance.languages.formats import number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.published_counts import count_if_shown
from compliance.narrative.sentence import SectorSentence, UnderlyingScores


@dataclass(frozen=True)
class ParticipationByStatus(SectorSentence):
    """Registered companies by participation."""

    sector: str
    period: int
    registered: int
    scored: int
    without_score: int
    nonrespondents: int

    def words(self) -> str:
        """State the registered companies, and the parts that add up to them."""
        counts = {
            "registered": number(self.registered),
            "period": self.period,
            "scored": number(self.scored),
            "without": number(self.without_score),
            "silent": number(self.nonrespondents),
        }
        if self.sector == ALL_SECTORS:
            return _("Of the %(registered)s companies registered for %(period)s in the sectors shown, %(scored)s have "
                     "a score, %(without)s answered too little for a score, and %(silent)s submitted nothing. Sectors "
                     "with too few companies are not in these totals.", **counts)  # fmt: skip
        return _("Of the %(registered)s companies registered for %(period)s, %(scored)s have a score, %(without)s "
                 "answered too little for a score, and %(silent)s submitted nothing.", **counts)  # fmt: skip

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether each count is true, and they add up."""
        parts = (self.scored, self.without_score, self.nonrespondents)
        true = (truth.participants(self.sector, how) for how in ("scored", "without_score", "silent"))
        return parts == tuple(true) and sum(parts) == self.registered == truth.participants(self.sector, "registered")


@dataclass(frozen=True)
class WithAndWithoutScore(SectorSentence):
    """Registered companies with and without a score."""

    sector: str
    period: int
    registered: int
    scored: int
    unscored: int

    def words(self) -> str:
        """State the registered companies, and the two parts that add up to them."""
        counts = {
            "registered": number(self.registered),
            "period": self.period,
            "scored": number(self.scored),
            "others": number(self.unscored),
        }
        if self.sector == ALL_SECTORS:
            return _("Of the %(registered)s companies registered for %(period)s in the sectors shown, %(scored)s have "
                     "a score; %(others)s submitted nothing, or too little for a score. Sectors with too few companies "
                     "are not in these totals.", **counts)  # fmt: skip
        return _("Of the %(registered)s companies registered for %(period)s, %(scored)s have a score; %(others)s "
                 "submitted nothing, or too little for a score.", **counts)  # fmt: skip

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether each count is true, and they add up."""
        true = (truth.participants(self.sector, "scored"), truth.participants(self.sector, "registered"))
        return (self.scored, self.registered) == true and self.scored + self.unscored == self.registered


@dataclass(frozen=True)
class WithScore(SectorSentence):
    """The number of companies with a score, if nothing else may be shown."""

    sector: str
    period: int
    scored: int

    def words(self) -> str:
        """State what is known."""
        return ngettext(
            "One company has a score for %(period)s.",
            "%(num)s companies have a score for %(period)s.",
            self.scored,
            period=self.period,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the count is true."""
        return self.scored == truth.participants(self.sector, "scored")


@dataclass(frozen=True)
class Registered(SectorSentence):
    """The number of registered companies, if too few have a score."""

    sector: str
    period: int
    registered: int

    def words(self) -> str:
        """State what is known."""
        return ngettext(
            "One company is registered for %(period)s.",
            "%(num)s companies are registered for %(period)s.",
            self.registered,
            period=self.period,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the count is true."""
        return self.registered == truth.participants(self.sector, "registered")


def participation_sentence(sector: str, period: int, p: Participation) -> SectorSentence | None:
    """Return a sentence on participation as far as it is published, or None if nothing is."""
    registered, scored, nonrespondents, without = map(
        count_if_shown, (p.registered, p.scored, p.nonrespondents, p.without_score)
    )
    unscored = count_if_shown(p.unscored)
    if registered is not None and scored is not None and nonrespondents is not None and without is not None:
        return ParticipationByStatus(sector, period, registered, scored, without, nonrespondents)
    if registered is not None and scored is not None and unscored is not None:
        return WithAndWithoutScore(sector, period, registered, scored, unscored)
    if scored is not None:
        return WithScore(sector, period, scored)
    return None if registered is None else Registered(sector, period, registered)


@dataclass(frozen=True)
class Nonresponse(SectorSentence):
    """The number of registered companies that submitted nothing."""

    sector: str
    nonrespondents: int
    registered: int

    def words(self) -> str:
        """State the count with its base."""
        if self.nonrespondents == 0:
            return _("All %(count)s registered companies submitted something", count=number(self.registered))
        if self.sector == ALL_SECTORS:
            return _(
                "%(count)s of the %(all)s companies registered in the sectors shown submitted nothing",
                count=number(self.nonrespondents),
                all=number(self.registered),
            )
        return _(
            "%(count)s of the %(all)s registered companies submitted nothing",
            count=number(self.nonrespondents),
            all=number(self.registered),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        true = (truth.participants(self.sector, "silent"), truth.participants(self.sector, "registered"))
        return (self.nonrespondents, self.registered) == true


@dataclass(frozen=True)
class NonresponseOrNoScore(SectorSentence):
    """The number of registered companies without a score, if nonrespondents are not shown separately."""

    sector: str
    unscored: int
    registered: int

    def words(self) -> str:
        """State the count with its base."""
        return _(
            "%(count)s of the %(all)s registered companies submitted nothing, or too little for a score",
            count=number(self.unscored),
            all=number(self.registered),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        registered = truth.participants(self.sector, "registered")
        return (self.unscored, self.registered) == (registered - truth.participants(self.sector, "scored"), registered)


def nonresponse_headline(sector: str, p: Participation) -> SectorSentence | None:
    """Return a headline on the nonrespondents among registered companies, or None if it may not be shown."""
    if isinstance(p.registered, Suppressed):
        return None
    if not isinstance(p.nonrespondents, Suppressed):
        return Nonresponse(sector, p.nonrespondents, p.registered)
    return None if isinstance(p.unscored, Suppressed) else NonresponseOrNoScore(sector, p.unscored, p.registered)


@dataclass(frozen=True)
class LeftOutOfFigures(SectorSentence):
    """The number of companies with a score that are in no figure of this period."""

    sector: str
    contributors: int
    scored: int

    def words(self) -> str:
        """State count, base and reason."""
        if self.sector == ALL_SECTORS:
            return ngettext(
                "The figures of the sectors shown rest on %(resting)s of their %(scored)s companies with a score. One "
                "company is left out this year to protect its identity.",
                "The figures of the sectors shown rest on %(resting)s of their %(scored)s companies with a score. "
                "%(num)s companies are left out this year to protect their identity.",
                self.scored - self.contributors,
                resting=number(self.contributors),
                scored=number(self.scored),
            )
        return ngettext(
            "The figures rest on %(resting)s of the %(scored)s companies with a score. One company is left out this "
            "year to protect its identity.",
            "The figures rest on %(resting)s of the %(scored)s companies with a score. %(num)s companies are left out "
            "this year to protect their identity.",
            self.scored - self.contributors,
            resting=number(self.contributors),
            scored=number(self.scored),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true, and differ."""
        true = (truth.participants(self.sector, "contributors"), truth.participants(self.sector, "scored"))
        return (self.contributors, self.scored) == true and self.contributors < self.scored


def left_out_of_figures(group: SectorFigures) -> SectorSentence | None:
    """Return why figures rest on fewer companies than have a score, or None if they do not."""
    resting, scored = count_if_shown(group.contributors), count_if_shown(group.participation.scored)
    if not group.embargoed or resting is None or scored is None:
        return None
    return LeftOutOfFigures(group.sector, resting, scored)


@dataclass(frozen=True)
class HighestVerified(SectorSentence):
    """The verified company with a higher score than all other verified companies."""

    sector: str
    company: str
    among: int

    def words(self) -> str:
        """State the company's name, and the number of companies compared."""
        return ngettext(
            "%(company)s is the only named company that an auditor verified",
            "%(company)s has the highest score of the %(num)s named companies that an auditor verified",
            self.among,
            company=self.company,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether its true verified score is above all others, and their number is true."""
        true = dict(truth.named(self.sector, "verified"))
        own = true.pop(self.company, None)
        return own is not None and len(true) + 1 == self.among and all(own > other for other in true.values())


@dataclass(frozen=True)
class VerifiedAmongNamed(SectorSentence):
    """The number of named companies that were verified."""

    sector: str
    verified: int
    named: int

    def words(self) -> str:
        """State the count with its base."""
        return ngettext(
            "One named company, %(verified)s verified by an auditor",
            "%(num)s named companies, %(verified)s verified by an auditor",
            self.named,
            verified=number(self.verified),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        true = (len(truth.named(self.sector, "verified")), len(truth.named(self.sector, "claimed")))
        return (self.verified, self.named) == true


@dataclass(frozen=True)
class NoneVerified(SectorSentence):
    """The number of named companies, if no auditor had verified one by the closing."""

    sector: str
    named: int

    def words(self) -> str:
        """State the count, and that none is verified."""
        return ngettext(
            "One company agreed to be named; no auditor had verified it when the figures were published",
            "%(num)s companies agreed to be named; no auditor had verified any of them when the figures were published",
            self.named,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the number of named companies is true, and none has a verified score."""
        return len(truth.named(self.sector, "claimed")) == self.named and not truth.named(self.sector, "verified")


@dataclass(frozen=True, slots=True)
class NamedCompanies:
    """The named companies of a sector, in the order of their lists."""

    headline: SectorSentence | None  # None: no company is named
    ranked: tuple[NamedCompany, ...]  # verified, best first
    others: tuple[NamedCompany, ...]  # not verified, in alphabetical order


def named_companies(group: SectorFigures) -> NamedCompanies:
    """Separate the verified companies from the others. `group.named` must be in alphabetical order."""
    verified = [(named.verified.score, named) for named in group.named if named.verified is not None]
    others = tuple(named for named in group.named if named.verified is None)
    best_first = sorted(verified, key=lambda pair: -pair[0])
    return NamedCompanies(_named_headline(group, best_first), tuple(named for _score, named in best_first), others)


def _named_headline(group: SectorFigures, verified: Sequence[tuple[int, NamedCompany]]) -> SectorSentence | None:
    if not group.named:
        return None
    if not verified:
        return NoneVerified(group.sector, len(group.named))
    (score, first), *others = verified
    if all(score > other and first.company != named.company for other, named in others):
        return HighestVerified(group.sector, first.company, len(verified))
    return VerifiedAmongNamed(group.sector, len(verified), len(group.named))
