"""Where one stands among the companies of its sector: from what is published of a closed year, never from live rows."""

from compliance.benchmark.published import Withheld
from compliance.benchmark.snapshot import Snapshot
from compliance.languages.formats import number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.languages.words import value_words
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.steering import PEER_GROUP
from compliance.scoring.rounding import rounded
from compliance.scoring.scorecard import Scorecard, Standing
from compliance.web.shapes import Shape


def peers_shape(snapshot: Snapshot | None, card: Scorecard) -> Shape | None:
    """The middle of one's sector and one's own score on it; None where nothing comparable is published."""
    sector = str(card.sheet.profile.get(PEER_GROUP, ""))
    if snapshot is None or snapshot.edition != card.edition.id or not sector:
        return None
    try:
        figure = snapshot.sector(sector).figure(OVERALL)
    except KeyError:
        return None
    spread, middle = figure.claimed, figure.claimed.median
    words = {"sector": value_words(PEER_GROUP, sector), "period": snapshot.period}
    if isinstance(middle, Withheld) or isinstance(figure.n, Withheld):
        why = _("Too few companies of this sector had a score in %(period)s: %(sector)s.", **words)
        return {"headline": _("No comparison can be shown"), "how": why, "median": None}
    quartiles = None if isinstance(spread.lower, Withheld) or isinstance(spread.upper, Withheld) else spread
    return {
        "headline": headline(card.overall, middle),
        "how": ngettext(
            "%(sector)s: what is published of %(period)s rests on one company.",
            "%(sector)s: what is published of %(period)s rests on %(num)s companies.",
            figure.n,
            **words,
        ),
        "median": middle,
        "low": quartiles.lower if quartiles else None,
        "high": quartiles.upper if quartiles else None,
    }


def headline(overall: Standing, median: int) -> str:
    """Above, at or below the median, in the whole points that pages show; neither while its interval crosses it."""
    if overall.score is None:
        return _("Half the companies of the sector reached %(median)s", median=number(median))
    worst, best = (int(rounded(overall.score if end is None else end, 0)) for end in (overall.worst, overall.best))
    if worst > median:
        return _("Above the median of its sector")
    if best < median:
        return _("Below the median of its sector")
    if worst == best:
        return _("At the median of its sector, in whole points")
    return _("Around the median of its sector, as long as its score is open")
