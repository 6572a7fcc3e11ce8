"""How companies do on each provision: from what was published of a closed period, and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.benchmark.published import ALL_SECTORS, Share
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.sectors.shares import HowMany, known
from compliance.languages.speaking import gettext as _


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
    found = known(share)
    if found is None:
        return _("Suppressed, as too few companies would stand behind the figure.")
    return _(
        "Companies that meet at least half of what is asked on its ground: %(how_many)s.",
        how_many=HowMany(ALL_SECTORS, found).words(),
    )
