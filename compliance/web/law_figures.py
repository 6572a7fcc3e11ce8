"""How companies do on each provision: from what was published of a closed period, and from nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.benchmark.published import ALL_SECTORS, Share
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.sectors.page import known_of
from compliance.findings.sectors.shares import HowMany, Known, known_together
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import Edition


@dataclass(frozen=True, slots=True)
class LawFigures:
    """The figures of one closed period, by provision, in words."""

    snapshot: Snapshot
    words: Mapping[str, str]


def law_figures(snapshot: Snapshot, edition: Edition) -> LawFigures:
    """What was published of each provision, over the sectors in which it may be shown.

    `edition`: the one that the figures are of.
    """
    of_sectors: dict[str, list[Known]] = {}
    for group in snapshot.sectors:
        for provision, found in known_of(edition, group, group.provisions):
            if found is not None:
                of_sectors.setdefault(provision, []).append(found)
    return LawFigures(snapshot, {s.id: _words(s, of_sectors.get(s.id, [])) for s in snapshot.together.provisions})


def _words(share: Share, of_sectors: Sequence[Known]) -> str:
    found = known_together(share, of_sectors)
    if found is None:
        return _("Not shown, to protect the identity of companies.")
    return _(
        "Companies that meet at least half of what is asked on its ground, in the sectors in which this can be shown: "
        "%(how_many)s.",
        how_many=HowMany(ALL_SECTORS, found).words(),
    )
