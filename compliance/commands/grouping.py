"""`--by`: what companies are grouped by, as `benchmark` and `change` take it."""

from compliance.benchmark.peers import can_group_by
from compliance.commands.failure import Failure
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, either


def labels_of(edition: Edition, by: str) -> tuple[str, ...]:
    """The labels that `sector,size` names. Raise Failure for one that the edition knows nothing of."""
    known = can_group_by(edition)
    labels = tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))
    for name in labels:
        if name not in known:
            hint = did_you_mean(name, known) or f": name some of {either(known)}, joined by commas"
            raise Failure(f"--by {name}: companies of {edition.id} cannot be grouped by that{hint}")
    return labels
