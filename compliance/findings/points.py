"""Where points are lost and what could be gained: each with its sentence, and the law that asks for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from compliance.findings.explanation import gain_sentence, loss_sentences
from compliance.findings.law import Behind, law_behind
from compliance.questionnaire.edition import Node
from compliance.questionnaire.facts import Facts
from compliance.scoring.explain import Explanation
from compliance.scoring.gaps import Gap


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the overall score that one question loses, or that one requirement met would gain."""

    id: str  # of the question, or of the requirement
    title: str
    points: float  # on the edition's scale
    sentence: str
    law: tuple[Behind, ...]
    closes: str = ""  # what would close the gap, of a gain


def points_lost(explanation: Explanation, facts: Facts | None = None) -> tuple[Points, ...]:
    """The questions that cost something, dearest first; they add up to what the node loses of the whole.

    `facts`: of the company, for whom the law behind it binds; so below.
    """
    edition = explanation.edition
    return tuple(
        Points(
            earned.question.id,
            earned.question.ask,
            earned.loss * edition.scale,
            sentence,
            law_behind(edition, edition.requirement_of(earned.question.id), facts),
        )
        for earned, sentence in zip(explanation.lost, loss_sentences(explanation), strict=True)
    )


def points_to_gain(explanation: Explanation, gaps: Iterable[Gap], facts: Facts | None = None) -> tuple[Points, ...]:
    """What meeting each requirement that bears on the node would do to the whole, the most first; not additive."""
    edition = explanation.edition
    if explanation.overall is None:
        return ()
    bearing = {part.id for part in explanation.node.nodes()} | {_requirement_around(explanation)}
    found = [
        Points(
            gap.requirement.id,
            gap.requirement.title or gap.requirement.expects,
            gap.gain,
            gain_sentence(edition, gap),
            law_behind(edition, gap.requirement, facts),
            gap.requirement.closes,
        )
        for gap in gaps
        if gap.requirement.id in bearing
    ]
    return tuple(sorted(found, key=lambda points: -points.points))


def _requirement_around(explanation: Explanation) -> str:
    """The requirement of which the node is a part, if it is one."""
    around: Node | None = explanation.edition.requirement_of(explanation.node.id)
    return around.id if around else ""
