"""A company compared with the published figures of its sector, never with live answers or withheld figures."""

from compliance.disclosure.published import NamedRank, SectorFigures
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import sector_label
from compliance.narrative.published_counts import count_if_shown, range_if_shown
from compliance.narrative.scorecard_headlines import peer_median_headline
from compliance.questionnaire.edition import OVERALL, PEER_GROUP_FIELD
from compliance.scoring.scorecard import Scorecard


def peers_of(snapshot: PublishedSnapshot | None, card: Scorecard) -> SectorFigures | None:
    """Return the published figures of a company's sector, or None if there are none for its edition and sector."""
    sector = str(card.sheet.profile.get(PEER_GROUP_FIELD, ""))
    if snapshot is None or snapshot.edition != card.edition.id or not sector:
        return None
    of_sector = (group for group in snapshot.sectors if group.sector == sector)
    return next((group for group in of_sector if any(figure.id == OVERALL for figure in group.figures)), None)


def peer_group_sentences(snapshot: PublishedSnapshot, group: SectorFigures, card: Scorecard) -> tuple[str, str]:
    """Return a company's position relative to the published median of its sector, and what the figure rests on."""
    figure = group.figure(OVERALL)
    words = {"sector": sector_label(card.edition, group.sector), "period": snapshot.period}
    n, median = count_if_shown(figure.n), range_if_shown(figure.claimed.median)
    if n is None or median is None:
        why = _("Too few companies in this sector had a score in %(period)s: %(sector)s.", **words)
        return _("No comparison can be shown"), why
    rests_on = ngettext(
        "%(sector)s: what is published for %(period)s rests on one company.",
        "%(sector)s: what is published for %(period)s rests on %(num)s companies.",
        n,
        **words,
    )
    return peer_median_headline(card.overall, median), rests_on


def published_rank(group: SectorFigures, company: str) -> NamedRank | None:
    """Return a company's rank among the named companies of its sector with a verified score, or None."""
    ranked = group.ranking.companies if group.ranking else ()
    return next((rank for rank in ranked if rank.company == company), None)
