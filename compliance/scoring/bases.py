"""Between the bases: what is claimed and not shown, and what an auditor found that nobody claimed."""

from collections.abc import Iterator
from dataclasses import dataclass

from compliance.questionnaire.edition import Node
from compliance.scoring.rounding import TOLERANCE
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
    """The requirements with either gap, the widest evidence gap first, then in file order.

    A gap is never below 0: what stands above on the other basis is the other gap. `verified`: None before any verdict.
    """
    found = [gap for gap in _all(claimed, evidenced, verified) if max(gap.evidence_gap, gap.declaration_gap) > 0]
    return tuple(sorted(found, key=lambda gap: -gap.evidence_gap))


def _all(claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None) -> Iterator[BasisGap]:
    for requirement in claimed.edition.requirements:
        now = _score(claimed, requirement)
        if now is not None:
            shown, found = _score(evidenced, requirement), _score(verified, requirement) if verified else None
            yield BasisGap(requirement, now, shown, found, _above(now, shown), _above(found, now))


def _score(card: Scorecard, requirement: Node) -> float | None:
    standing = card.nodes.get(requirement.id)
    return standing.score if standing else None


def _above(higher: float | None, lower: float | None) -> float:
    """By how much one score is above another; 0 where it is not, or where one of them is none."""
    if higher is None or lower is None:
        return 0.0
    above = higher - lower
    return above if above > TOLERANCE else 0.0
