"""Participation by list of invited companies as rows of the macro `invited` in `parts/sector_charts.html`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from compliance.disclosure.invitations import InvitationCounts, ListParticipation
from compliance.disclosure.published import PublishedCell, Suppressed
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.invitation_findings import ListFindings
from compliance.narrative.sentence import SectorSentence


@dataclass(frozen=True, slots=True)
class InvitedRow:
    """Some invited companies, and how far they came."""

    title: str
    invited: int
    opened: PublishedCell
    answered: PublishedCell
    silent: PublishedCell
    only_opened: PublishedCell  # of the silent; 0 where it is not shown how many these are
    unopened: PublishedCell  # of the silent; all of them where it is not shown how many these are

    @property
    def shows_opened(self) -> bool:
        """Whether it is shown how many signed in."""
        return not isinstance(self.opened, Suppressed)


@dataclass(frozen=True, slots=True)
class ListView:
    """A list of invited companies, or its part in a sector."""

    name: str
    invited_on: date
    headline: SectorSentence | None
    answers: SectorSentence
    rows: Sequence[InvitedRow]
    silent_companies: Sequence[str] | None  # None: they are not named


def list_views(found: Iterable[ListFindings]) -> list[ListView]:
    """Lists, or their parts in a sector, with what is said of them."""
    return [_list_view(one) for one in found]


def invited_row(title: str, counts: InvitationCounts) -> InvitedRow:
    """A row of counts, those of the chart among them."""
    opened, answered, silent = counts.opened, counts.answered, counts.silent
    only_opened: PublishedCell = 0
    unopened = silent
    if not isinstance(opened, Suppressed) and not isinstance(answered, Suppressed):
        only_opened, unopened = opened - answered, counts.invited - opened
    return InvitedRow(title, counts.invited, opened, answered, silent, only_opened, unopened)


def _list_view(found: ListFindings) -> ListView:
    of = found.figures
    return ListView(of.list_name, of.invited_on, found.headline, found.answers, _rows(of), of.silent_companies)


def _rows(of: ListParticipation) -> list[InvitedRow]:
    titled = (
        (_("All companies on the list"), of.counts),
        (_("From priority countries"), of.high_need),
        (_("From other countries, or not stated"), of.other_need),
    )
    return [invited_row(title, counts) for title, counts in titled if counts is not None]
