"""Participation by list of invited companies, as rows for the macro `invited` in `parts/sector_charts.html`."""

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
    """The progress of a group of invited companies."""

    title: str
    invited: int
    opened: PublishedCell
    answered: PublishedCell
    silent: PublishedCell
    only_opened: PublishedCell  # silent, but somebody signed in; 0 if suppressed
    unopened: PublishedCell  # silent, and nobody signed in; all silent ones if suppressed

    @property
    def shows_opened(self) -> bool:
        """Whether the number of companies that signed in is published."""
        return not isinstance(self.opened, Suppressed)


@dataclass(frozen=True, slots=True)
class ListView:
    """The participation of a list of invited companies, or of its part in a sector."""

    name: str
    invited_on: date
    headline: SectorSentence | None
    answers: SectorSentence
    rows: Sequence[InvitedRow]
    silent_companies: Sequence[str] | None  # None: they are not named


def list_views(found: Iterable[ListFindings]) -> list[ListView]:
    """Return the views of lists, or of their parts in a sector, with their findings."""
    return [_list_view(one) for one in found]


def invited_row(title: str, counts: InvitationCounts) -> InvitedRow:
    """Return a row of counts, including those that only the chart shows."""
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
