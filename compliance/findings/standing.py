"""How one part stands on one basis, in a line: its score, what it could be, and how much of it is covered."""

from collections.abc import Mapping

from compliance.languages import formats
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _
from compliance.scoring.columns import Basis
from compliance.scoring.progress import Progress
from compliance.scoring.scorecard import Scorecard

#: What a score is called by what is counted.
BASES: Mapping[Basis, str] = {"claimed": N_("Claimed"), "evidenced": N_("Evidenced"), "verified": N_("Verified")}


def standing_words(card: Scorecard, node: str) -> str:
    """`64.6, between 50.0 and 80.0; 98 % covered; Substantial`; before any verdict, that no auditor has judged yet."""
    if card.basis == "verified" and not card.sheet.verdicts:
        return _("No auditor has judged yet.")
    standing, digits = card.nodes[node], card.edition.round
    if standing.coverage is None:
        return _("Not asked of this company.")
    covered = formats.percent(standing.coverage)
    if standing.score is None:
        return _("No score: %(covered)s covered, too little.", covered=covered)
    said = _(
        "%(score)s, between %(worst)s and %(best)s; %(covered)s covered",
        score=formats.number(standing.score, digits),
        worst=formats.number(standing.worst or 0.0, digits),
        best=formats.number(standing.score if standing.best is None else standing.best, digits),
        covered=covered,
    )
    return formats.listed_apart((said, standing.band.title or standing.band.id)) if standing.band else said


def progress_words(progress: Progress) -> str:
    """How much of what is asked is answered: `180 of 187 questions answered.`."""
    return ngettext(
        "%(answered)s of one question answered.",
        "%(answered)s of %(num)s questions answered.",
        progress.asked,
        answered=progress.answered,
    )


def reviewed_words(progress: Progress) -> str:
    """How much of what is asked an auditor has judged; before any verdict, that nobody has."""
    if not progress.judged:
        return _("No auditor has judged yet.")
    return ngettext(
        "An auditor has judged %(judged)s of one question.",
        "An auditor has judged %(judged)s of %(num)s questions.",
        progress.asked,
        judged=progress.judged,
    )
