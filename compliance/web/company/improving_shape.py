"""The way up as its page reads it: steps by requirement with their law, targets to choose, before and after."""

from collections.abc import Iterator
from itertools import accumulate, groupby

from compliance.findings.decimals import decimals_between
from compliance.findings.improvement import (
    StepWords,
    caution,
    improvement_headline,
    improvement_sentences,
    step_words,
    title_of,
    without_effect,
)
from compliance.languages.words import effort_words
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.facts import Facts
from compliance.questionnaire.routing import YES, route
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.improve import Improvement
from compliance.scoring.what_if import Stand, WhatIf
from compliance.web.shapes import Shape, provision_shapes, row_shape

#: Questions that are tried out at once where no requirement is chosen.
MOST_TRIED = 6


def improving_shape(found: Improvement, facts: Facts | None) -> Shape:
    """Everything but the form. `facts`: of the company, for whether law binds it; None: whom it binds in general."""
    edition, steps = found.edition, step_words(found)
    digits = max(decimals_to_show(edition, stand.score) for stand in (found.before, found.after))
    return {
        "headline": improvement_headline(found),
        "sentences": improvement_sentences(found, digits),
        "caution": caution(),
        "before": row_shape(edition, "", found.before),
        "after": row_shape(edition, "", found.after) if found.steps else None,
        "targets": [{"value": b.id, "label": b.title or b.id} for b in edition.bands if _is_above(found, b.at)],
        "cards": [
            _card(found, list(group), facts) for _key, group in groupby(steps, key=lambda step: step.requirement)
        ],
        "steps": list(zip(steps, accumulate(step.gain for step in steps), strict=True)),
        "requirements": [{"value": r.id, "label": title_of(r)} for r in _asked(found)],
    }


def _is_above(found: Improvement, at: float) -> bool:
    return found.before.band is None or at > found.before.band.at


def _asked(found: Improvement) -> Iterator[Node]:
    """The requirements of which something scored is asked of this company."""
    routes = route(found.edition, found.sheet)
    for requirement in found.edition.requirements:
        if any(question.scored and routes[question.id].asked == YES for question in requirement.questions()):
            yield requirement


def _card(found: Improvement, steps: list[StepWords], facts: Facts | None) -> Shape:
    """The steps within one requirement, which stand together unless another's step has to come between."""
    requirement = found.edition.nodes.get(steps[0].requirement)
    taken = [step for step in found.steps if step.question.id in {words.question for words in steps}]
    return {
        "title": steps[0].title,
        "requirement": steps[0].requirement,
        "gain": sum(step.gain for step in steps),
        "critical": any(step.lifts_critical for step in taken),
        "effort": effort_words(requirement.effort) if requirement else "",
        "provisions": provision_shapes(found.edition, requirement.law if requirement else (), facts),
        "closes": steps[0].closes,
        "steps": steps,
    }


def tried_questions(edition: Edition, found: Improvement, requirement: str) -> tuple[Question, ...]:
    """The scored questions of a requirement; without one, those of the first steps, in file order."""
    if requirement:
        return tuple(question for question in edition.nodes[requirement].questions() if question.scored)
    first = {step.question.id for step in found.steps[:MOST_TRIED]}
    return tuple(question for question in edition.questions.values() if question.id in first)


def what_if_shape(edition: Edition, seen: WhatIf) -> Shape:
    """The whole and every requirement that moves, before and after."""
    return {
        **_apart(edition, seen.before, seen.after),
        "rows": [
            {"id": one.requirement.id, "title": title_of(one.requirement), **_apart(edition, one.before, one.after)}
            for one in seen.moved
        ],
        "without_effect": without_effect(seen),
    }


def _apart(edition: Edition, before: Stand, after: Stand) -> Shape:
    """Two scores, with more decimals than elsewhere only where they would look the same and are not."""
    rows = {"before": row_shape(edition, "", before), "after": row_shape(edition, "", after)}
    if before.score is not None and after.score is not None:
        digits = max(row["decimals"] for row in rows.values())
        for row in rows.values():
            row["decimals"] = decimals_between(before.score, after.score, digits)
    return rows
