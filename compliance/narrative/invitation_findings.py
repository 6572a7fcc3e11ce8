"""Participation of invited companies, always out of the number on their list, and of those that came by themselves."""

from dataclasses import dataclass

from compliance.disclosure.invitations import InvitationCounts, InvitationFigures, ListParticipation
from compliance.disclosure.published import PublishedCell, Suppressed, count_bounds
from compliance.languages.formats import number
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.published_counts import count_if_shown, published_count_words
from compliance.narrative.sentence import SectorSentence, UnderlyingScores


@dataclass(frozen=True)
class AnswersOfList(SectorSentence):
    """How many companies of a list answered."""

    list_name: str
    sector: str
    invited: int
    answered: PublishedCell

    def words(self) -> str:
        """A count and what it is a share of, or why it is not shown."""
        said = {"list": self.list_name, "invited": number(self.invited)}
        if self.answered == Suppressed.FEW:
            return _("Of the %(invited)s companies on the list “%(list)s”, fewer than 5 answered.", **said)
        if self.answered == Suppressed.NEARLY_ALL:
            return _("Of the %(invited)s companies on the list “%(list)s”, all but at most 4 answered.", **said)
        if isinstance(self.answered, Suppressed):
            return _("How many of the %(invited)s companies on the list “%(list)s” answered is not shown, to protect "
                     "the identity of companies.", **said)  # fmt: skip
        return _(
            "Of the %(invited)s companies on the list “%(list)s”, %(answered)s answered and %(silent)s are silent.",
            answered=number(self.answered),
            silent=number(self.invited - self.answered),
            **said,
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """So many are on the list, and the true count is within what is published of it."""
        if self.invited != truth.invited(self.list_name, self.sector, "invited"):
            return False
        bounds = count_bounds(self.answered, self.invited)
        answered = truth.invited(self.list_name, self.sector, "answered")
        return bounds is None or bounds[0] <= answered <= bounds[1]


@dataclass(frozen=True)
class SilenceOfList(SectorSentence):
    """How many companies of a list are silent."""

    list_name: str
    sector: str
    silent: int
    invited: int

    def words(self) -> str:
        """A count and what it is a share of."""
        if self.silent == 0:
            return _("All %(invited)s invited companies answered", invited=number(self.invited))
        return _(
            "%(silent)s of the %(invited)s invited companies are silent",
            silent=number(self.silent),
            invited=number(self.invited),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Both counts are the true ones."""
        true = (truth.invited(self.list_name, self.sector, how) for how in ("silent", "invited"))
        return (self.silent, self.invited) == tuple(true)


@dataclass(frozen=True)
class SilenceByNeed(SilenceOfList):
    """How many companies of a list are silent, and how many of those from high-need countries."""

    high_need_silent: int
    high_need_invited: int

    def words(self) -> str:
        """Two counts, each with what it is a share of."""
        return _(
            "%(silent)s of the %(invited)s invited companies are silent, including %(high)s of the %(of)s from "
            "priority countries",
            silent=number(self.silent),
            invited=number(self.invited),
            high=number(self.high_need_silent),
            of=number(self.high_need_invited),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """All counts are the true ones."""
        high = (truth.invited(self.list_name, self.sector, how, high_need=True) for how in ("silent", "invited"))
        return super().holds(truth) and (self.high_need_silent, self.high_need_invited) == tuple(high)


@dataclass(frozen=True)
class FewOrNearlyAllOfList(SectorSentence):
    """Fewer than five companies of a list answered, or all but fewer than five."""

    list_name: str
    sector: str
    answered: Suppressed
    invited: int

    def words(self) -> str:
        """What is known of the count, and what it is a share of."""
        if self.answered == Suppressed.FEW:
            return _("Fewer than 5 of the %(invited)s invited companies answered", invited=number(self.invited))
        return _("All but at most 4 of the %(invited)s invited companies answered", invited=number(self.invited))

    def holds(self, truth: UnderlyingScores) -> bool:
        """The true count is within these bounds."""
        return AnswersOfList(self.list_name, self.sector, self.invited, self.answered).holds(truth)


@dataclass(frozen=True)
class RegisteredByThemselves(SectorSentence):
    """How many registered companies of a sector are on no public list."""

    sector: str
    companies: PublishedCell

    def words(self) -> str:
        """A count."""
        return _("Registered on their own initiative, and on no public list: %(count)s.",
                 count=published_count_words(self.companies))  # fmt: skip

    def holds(self, truth: UnderlyingScores) -> bool:
        """The true count is within what is published of it, and not 0 where it is not shown."""
        true = truth.by_themselves(self.sector)
        bounds = count_bounds(self.companies, self.companies) or (0, true)
        return bounds[0] <= true <= bounds[1] and (true > 0 or self.companies == 0)


@dataclass(frozen=True, slots=True)
class ListFindings:
    """What is said of a list, or of its part in a sector."""

    figures: ListParticipation
    headline: SectorSentence | None  # None: nothing of it is shown
    answers: SectorSentence


def list_findings(figures: InvitationFigures, sector: str | None = None) -> tuple[ListFindings, ...]:
    """What is said of the lists of a sector; None: of each list as a whole."""
    whole = {one.list_name: one for one in reversed(figures.lists)}  # the whole of a list comes before its sectors
    chosen = tuple(whole.values())[::-1] if sector is None else figures.lists_of(sector)
    return tuple(ListFindings(one, _headline(one), _answers(one)) for one in chosen)


def registered_by_themselves(figures: InvitationFigures, sector: str) -> RegisteredByThemselves | None:
    """How many companies of a sector are on no public list; None where no list has companies of the sector."""
    companies = figures.by_themselves_in(sector)
    return None if companies is None else RegisteredByThemselves(sector, companies)


def _answers(one: ListParticipation) -> AnswersOfList:
    return AnswersOfList(one.list_name, one.sector, one.counts.invited, one.counts.answered)


def _headline(one: ListParticipation) -> SectorSentence | None:
    name, sector, counts = one.list_name, one.sector, one.counts
    if isinstance(counts.silent, Suppressed):
        if not isinstance(counts.answered, Suppressed) or counts.answered == Suppressed.NOT_SHOWN:
            return None
        return FewOrNearlyAllOfList(name, sector, counts.answered, counts.invited)
    high = _exact_silence(one.high_need)
    if counts.silent == 0 or high is None or one.high_need is None:
        return SilenceOfList(name, sector, counts.silent, counts.invited)
    return SilenceByNeed(name, sector, counts.silent, counts.invited, high, one.high_need.invited)


def _exact_silence(counts: InvitationCounts | None) -> int | None:
    return None if counts is None else count_if_shown(counts.silent)
