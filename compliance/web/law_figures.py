"""How companies do on each provision: from what was published of a closed period, and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.benchmark.published import Share, Withheld
from compliance.benchmark.snapshot import Snapshot
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.web.labels import cell_words


@dataclass(frozen=True, slots=True)
class LawFigures:
    """The figures of one closed period, by provision, in words."""

    snapshot: Snapshot
    words: Mapping[str, str]


def law_figures(snapshot: Snapshot | None) -> LawFigures | None:
    """What was published of each provision, over all sectors; None while no period is closed."""
    if snapshot is None:
        return None
    return LawFigures(snapshot, {share.id: _words(share) for share in snapshot.together.provisions})


def _words(share: Share) -> str:
    if isinstance(share.n, Withheld) or share.meeting == Withheld.NOT_SHOWN:
        return _("Withheld, as too few companies would stand behind the figure.")
    return ngettext(
        "Of one company, %(count)s meet at least half of what is asked on its ground.",
        "Of %(num)s companies, %(count)s meet at least half of what is asked on its ground.",
        share.n,
        count=cell_words(share.meeting),
    )
