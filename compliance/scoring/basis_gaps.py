"""Gaps between the bases: points claimed and not shown, and points that an auditor found and nobody claimed."""

from collections.abc import Iterator
from dataclasses import dataclass

from compliance.questionnaire.edition import Node
from compliance.scoring.numeric import TOLERANCE
from compliance.scoring.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class BasisGap:
    """One requirement as claimed, evidenced and verified, on the edition's scale. None = no score."""

    requirement: Node
    claimed: float
    evidenced: float | None
    verified: float | None
    evidence_gap: float  # claimed, not shown: claimed − evidenced
    declaration_gap: float  # found by an auditor, not claimed: verified − claimed


def basis_gaps(claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None) -> tuple[BasisGap, ...]:
    """Return the requirements with either gap, widest evidence gap first, then in file order.

    Gaps are never below 0: a difference in the other direction is the other gap. `verified`: None before any verdict.
    """
    found = [gap for gap in _basis_gaps(claimed, evidenced, verified) if max(gap.evidence_gap, gap.declaration_gap) > 0]
    return tuple(sorted(found, key=lambda gap: -gap.evidence_gap))


def _basis_gaps(claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None) -> Iterator[BasisGap]:
    for requirement in claimed.edition.requirements:
        now = _score(claimed, requirement)
        if now is not None:
            shown, found = _score(evidenced, requirement), _score(verified, requirement) if verified else None
            yield BasisGap(requirement, now, shown, found, _excess(now, shown), _excess(found, now))


def _score(card: Scorecard, requirement: Node) -> float | None:
    standing = card.nodes.get(requirement.id)
    return standing.score if standing else None


def _excess(higher: float | None, lower: float | None) -> float:
    """Return by how much one score is above another, or 0 if it is not or one is None."""
    if higher is None or lower is None:
        return 0.0
    above = higher - lower
    return above if above > TOLERANCE else 0.0
