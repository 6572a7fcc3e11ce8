"""Participation of invited companies, always with the number on their list, and of companies on no public list."""

from dataclasses import dataclass

from compliance.disclosure.invitations import InvitationCounts, InvitationFigures, ListParticipation
from compliance.disclosure.published import PublishedCell, Suppressed, count_bounds
from compliance.languages.formats import number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.published_counts import count_if_shown, published_count_words
from compliance.narrative.sentence import SectorSentence, UnderlyingScores


@dataclass(frozen=True)
class AnswersOfList(SectorSentence):
    """The number of companies of a list that answered."""

    list_name: str
    sector: str
    invited: int
    answered: PublishedCell

    def words(self) -> str:
        """State the count with its base, or why it is not shown."""
        if self.invited == 1:
            return self._words_of_one()
        said = {"list": self.list_name, "invited": number(self.invited)}
        if self.answered == Suppressed.FEW:
            return _("Of the %(invited)s companies on the list “%(list)s”, fewer than 5 answered.", **said)
        if self.answered == Suppressed.NEARLY_ALL:
            return _("Of the %(invited)s companies on the list “%(list)s”, all but at most 4 answered.", **said)
        if isinstance(self.answered, Suppressed):
            return _("How many of the %(invited)s companies on the list “%(list)s” answered is not shown, to protect "
                     "the identity of companies.", **said)  # fmt: skip
        return ngettext(
            "Of the %(invited)s companies on the list “%(list)s”, %(answered)s answered and %(num)s is silent.",
            "Of the %(invited)s companies on the list “%(list)s”, %(answered)s answered and %(num)s are silent.",
            self.invited - self.answered,
            answered=number(self.answered),
            **said,
        )

    def _words_of_one(self) -> str:
        if isinstance(self.answered, Suppressed):
            return _("Whether the only company of its sector on the list “%(list)s” answered is not shown, to protect "
                     "its identity.", list=self.list_name)  # fmt: skip
        if self.answered:
            return _("The only company of its sector on the list “%(list)s” answered.", list=self.list_name)
        return _("The only company of its sector on the list “%(list)s” is silent.", list=self.list_name)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the number on the list is right, and the true count is within the published bounds."""
        if self.invited != truth.invited(self.list_name, self.sector, "invited"):
            return False
        bounds = count_bounds(self.answered, self.invited)
        answered = truth.invited(self.list_name, self.sector, "answered")
        return bounds is None or bounds[0] <= answered <= bounds[1]


@dataclass(frozen=True)
class SilenceOfList(SectorSentence):
    """The number of silent companies of a list."""

    list_name: str
    sector: str
    silent: int
    invited: int

    def words(self) -> str:
        """State the count with its base."""
        if self.invited == 1:
            return _("The one invited company is silent") if self.silent else _("The one invited company answered")
        if self.silent == 0:
            return _("All %(invited)s invited companies answered", invited=number(self.invited))
        return ngettext(
            "%(num)s of the %(invited)s invited companies is silent",
            "%(num)s of the %(invited)s invited companies are silent",
            self.silent,
            invited=number(self.invited),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether both counts are true."""
        true = (truth.invited(self.list_name, self.sector, how) for how in ("silent", "invited"))
        return (self.silent, self.invited) == tuple(true)


@dataclass(frozen=True)
class SilenceByNeed(SilenceOfList):
    """The number of silent companies of a list, and of those from high-need countries."""

    high_need_silent: int
    high_need_invited: int

    def words(self) -> str:
        """State both counts with their bases."""
        return ngettext(
            "%(num)s of the %(invited)s invited companies is silent, including %(high)s of the %(of)s from "
            "priority countries",
            "%(num)s of the %(invited)s invited companies are silent, including %(high)s of the %(of)s from "
            "priority countries",
            self.silent,
            invited=number(self.invited),
            high=number(self.high_need_silent),
            of=number(self.high_need_invited),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether all counts are true."""
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
        """State the bound of the count with its base."""
        if self.answered == Suppressed.FEW:
            return _("Fewer than 5 of the %(invited)s invited companies answered", invited=number(self.invited))
        return _("All but at most 4 of the %(invited)s invited companies answered", invited=number(self.invited))

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the true count is within these bounds."""
        return AnswersOfList(self.list_name, self.sector, self.invited, self.answered).holds(truth)


@dataclass(frozen=True)
class RegisteredByThemselves(SectorSentence):
    """The number of registered companies of a sector that are on no public list."""

    sector: str
    companies: PublishedCell

    def words(self) -> str:
        """State the count."""
        return _("Registered on their own initiative, and on no public list: %(count)s.",
                 count=published_count_words(self.companies))  # fmt: skip

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the true count is within the published bounds, and not 0 if it is suppressed."""
        true = truth.by_themselves(self.sector)
        bounds = count_bounds(self.companies, self.companies) or (0, true)
        return bounds[0] <= true <= bounds[1] and (true > 0 or self.companies == 0)


@dataclass(frozen=True, slots=True)
class ListFindings:
    """The findings about a list, or about its companies in one sector."""

    figures: ListParticipation
    headline: SectorSentence | None  # None: nothing may be shown
    answers: SectorSentence


def list_findings(figures: InvitationFigures, sector: str | None = None) -> tuple[ListFindings, ...]:
    """Return the findings about the lists of a sector, or, for None, about each list as a whole."""
    whole = {one.list_name: one for one in reversed(figures.lists)}  # the whole of a list comes before its sectors
    chosen = tuple(whole.values())[::-1] if sector is None else figures.lists_of(sector)
    return tuple(ListFindings(one, _headline(one), _answers(one)) for one in chosen)


def registered_by_themselves(figures: InvitationFigures, sector: str) -> RegisteredByThemselves | None:
    """Return a sentence on a sector's companies on no public list, or None if no list has companies of the sector."""
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
