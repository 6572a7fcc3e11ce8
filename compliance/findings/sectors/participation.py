"""Who takes part, always as a share of a stated number of companies."""

from dataclasses import dataclass

from compliance.benchmark.published import ALL_SECTORS, Group, Participation, Withheld
from compliance.findings.sectors.cells import stated
from compliance.findings.sectors.truth import Sentence, Truth
from compliance.languages.formats import number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext


@dataclass(frozen=True)
class TakingPart(Sentence):
    """Every registered company, by how it takes part."""

    sector: str
    period: int
    registered: int
    scored: int
    without_score: int
    silent: int

    def words(self) -> str:
        """The parts add up to the registered companies."""
        counts = {
            "registered": number(self.registered),
            "period": self.period,
            "scored": number(self.scored),
            "without": number(self.without_score),
            "silent": number(self.silent),
        }
        if self.sector == ALL_SECTORS:
            return _("Of the %(registered)s companies registered for %(period)s in the sectors shown, %(scored)s have "
                     "a score, %(without)s answered too little for a score, and %(silent)s submitted nothing. Sectors "
                     "with too few companies are not in these totals.", **counts)  # fmt: skip
        return _("Of the %(registered)s companies registered for %(period)s, %(scored)s have a score, %(without)s "
                 "answered too little for a score, and %(silent)s submitted nothing.", **counts)  # fmt: skip

    def holds(self, truth: Truth) -> bool:
        """Each count is the true one, and they add up."""
        parts = (self.scored, self.without_score, self.silent)
        true = (truth.taking(self.sector, how) for how in ("scored", "without_score", "silent"))
        return parts == tuple(true) and sum(parts) == self.registered == truth.taking(self.sector, "registered")


@dataclass(frozen=True)
class WithAndWithoutScore(Sentence):
    """Registered companies with a score, and all others together."""

    sector: str
    period: int
    registered: int
    scored: int
    unscored: int

    def words(self) -> str:
        """The two parts add up to the registered companies."""
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

    def holds(self, truth: Truth) -> bool:
        """Each count is the true one, and they add up."""
        true = (truth.taking(self.sector, "scored"), truth.taking(self.sector, "registered"))
        return (self.scored, self.registered) == true and self.scored + self.unscored == self.registered


@dataclass(frozen=True)
class WithScore(Sentence):
    """How many have a score, where nothing else may be shown."""

    sector: str
    period: int
    scored: int

    def words(self) -> str:
        """Only what is known."""
        return ngettext(
            "One company has a score for %(period)s.",
            "%(num)s companies have a score for %(period)s.",
            self.scored,
            period=self.period,
        )

    def holds(self, truth: Truth) -> bool:
        """The count is the true one."""
        return self.scored == truth.taking(self.sector, "scored")


@dataclass(frozen=True)
class Registered(Sentence):
    """How many are registered, where too few have a score."""

    sector: str
    period: int
    registered: int

    def words(self) -> str:
        """Only what is known."""
        return ngettext(
            "One company is registered for %(period)s.",
            "%(num)s companies are registered for %(period)s.",
            self.registered,
            period=self.period,
        )

    def holds(self, truth: Truth) -> bool:
        """The count is the true one."""
        return self.registered == truth.taking(self.sector, "registered")


def taking_part(sector: str, period: int, p: Participation) -> Sentence | None:
    """As much as is published of who takes part; None where that is nothing."""
    registered, scored, silent, without = map(stated, (p.registered, p.scored, p.silent, p.without_score))
    unscored = stated(p.unscored)
    if registered is not None and scored is not None and silent is not None and without is not None:
        return TakingPart(sector, period, registered, scored, without, silent)
    if registered is not None and scored is not None and unscored is not None:
        return WithAndWithoutScore(sector, period, registered, scored, unscored)
    if scored is not None:
        return WithScore(sector, period, scored)
    return None if registered is None else Registered(sector, period, registered)


@dataclass(frozen=True)
class Silent(Sentence):
    """How many registered companies submitted nothing."""

    sector: str
    silent: int
    registered: int

    def words(self) -> str:
        """A count and what it is a share of."""
        if self.silent == 0:
            return _("All %(count)s registered companies submitted something", count=number(self.registered))
        if self.sector == ALL_SECTORS:
            return _(
                "%(count)s of the %(all)s companies registered in the sectors shown submitted nothing",
                count=number(self.silent),
                all=number(self.registered),
            )
        return _(
            "%(count)s of the %(all)s registered companies submitted nothing",
            count=number(self.silent),
            all=number(self.registered),
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones."""
        true = (truth.taking(self.sector, "silent"), truth.taking(self.sector, "registered"))
        return (self.silent, self.registered) == true


@dataclass(frozen=True)
class Unscored(Sentence):
    """How many registered companies have no score, where it is not shown how many of them are silent."""

    sector: str
    unscored: int
    registered: int

    def words(self) -> str:
        """A count and what it is a share of."""
        return _(
            "%(count)s of the %(all)s registered companies submitted nothing, or too little for a score",
            count=number(self.unscored),
            all=number(self.registered),
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones."""
        registered = truth.taking(self.sector, "registered")
        return (self.unscored, self.registered) == (registered - truth.taking(self.sector, "scored"), registered)


def silence(sector: str, p: Participation) -> Sentence | None:
    """How many are silent, as a share of those registered; None where it may not be shown."""
    if isinstance(p.registered, Withheld):
        return None
    if not isinstance(p.silent, Withheld):
        return Silent(sector, p.silent, p.registered)
    return None if isinstance(p.unscored, Withheld) else Unscored(sector, p.unscored, p.registered)


@dataclass(frozen=True)
class LeftOutToProtect(Sentence):
    """How many companies with a score are in no figure this time."""

    sector: str
    resting: int
    scored: int

    def words(self) -> str:
        """How many, of how many, and why."""
        if self.sector == ALL_SECTORS:
            return ngettext(
                "The figures of the sectors shown rest on %(resting)s of their %(scored)s companies with a score. One "
                "company is left out this year to protect its identity.",
                "The figures of the sectors shown rest on %(resting)s of their %(scored)s companies with a score. "
                "%(num)s companies are left out this year to protect their identity.",
                self.scored - self.resting,
                resting=number(self.resting),
                scored=number(self.scored),
            )
        return ngettext(
            "The figures rest on %(resting)s of the %(scored)s companies with a score. One company is left out this "
            "year to protect its identity.",
            "The figures rest on %(resting)s of the %(scored)s companies with a score. %(num)s companies are left out "
            "this year to protect their identity.",
            self.scored - self.resting,
            resting=number(self.resting),
            scored=number(self.scored),
        )

    def holds(self, truth: Truth) -> bool:
        """Both counts are the true ones, and they differ."""
        true = (truth.taking(self.sector, "resting"), truth.taking(self.sector, "scored"))
        return (self.resting, self.scored) == true and self.resting < self.scored


def left_out_to_protect(group: Group) -> Sentence | None:
    """Why figures rest on fewer companies than have a score; None where they do not."""
    resting, scored = stated(group.resting), stated(group.participation.scored)
    if not group.waiting or resting is None or scored is None:
        return None
    return LeftOutToProtect(group.sector, resting, scored)
