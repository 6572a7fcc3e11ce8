"""An improvement plan in words: what would have to be true, in which order, for which effort.

The words also say whether the plan is proven to take the least effort, or was only found by searching.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from compliance.improvement.options import DECENT_PROOF, asks_for_proof
from compliance.improvement.plan import ImprovementPlan, PlanStep, UnreachableReason
from compliance.improvement.problem import Target
from compliance.improvement.what_if import WhatIf
from compliance.languages import formats
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import quoted_answer
from compliance.narrative.legal_basis import LegalReference, legal_references
from compliance.narrative.places_wording import missing_places_words
from compliance.narrative.score_wording import (
    decimals_between,
    decimals_of_points,
    decimals_seen,
    part_title,
    points_words,
)
from compliance.questionnaire.edition import Edition, Node
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.questionnaire.routing import result_in
from compliance.scoring.standing import ScoreWithBounds

#: Codes in files: proven to take the least effort, found by searching, or no plan.
LEAST, SEARCHED, NONE = "least", "searched", "none"


@dataclass(frozen=True, slots=True)
class PlanStepWords:
    """The texts and figures of one step, ready to show."""

    number: int
    requirement: str  # id; "" if the question is in no requirement
    title: str  # of the requirement, or the text of the question
    question: str  # id
    ask: str
    before: str
    after: str
    effort: float
    gain: float  # points on the edition's scale
    score: float
    sentence: str
    closes: str
    law: tuple[LegalReference, ...]


def target_title(target: Target) -> str:
    """Return the name of a band, or a number of points."""
    if target.band is not None:
        return target.band.title or target.band.id
    return points_words(target.points)


def plan_headline(plan: ImprovementPlan) -> str:
    """Return the headline of a plan: its number of steps, or that there are none."""
    if plan.target is None:
        return _("There is no higher band") if plan.reason == "top" else _("There is no band to reach")
    name = target_title(plan.target)
    if plan.reason:
        return _("No way to reach %(target)s was found", target=name)
    if not plan.steps:
        return _("%(target)s is reached", target=name)
    return ngettext("One step leads to %(target)s", "%(num)s steps lead to %(target)s", len(plan.steps), target=name)


def plan_sentences(plan: ImprovementPlan, digits: int | None = None) -> tuple[str, ...]:
    """Return sentences on a plan's gain, cost and certainty, or why there is none. `digits`: the edition's if None."""
    digits = plan.edition.round if digits is None else digits
    if plan.reason:
        return (_unreachable_words(plan, digits),)
    if not plan.steps:
        return ()
    return (*_outcome_words(plan, digits), *_optimality_words(plan), *_proof_words(plan.edition), caution_sentence())


def _proof_words(edition: Edition) -> tuple[str, ...]:
    if not any(asks_for_proof(question) for question in edition.questions.values()):
        return ()
    share = formats.percent(DECENT_PROOF)
    return (_("No step asks for proof that would earn less than %(share)s of its points.", share=share),)


def caution_sentence() -> str:
    """Return a warning not to change an answer before it is true."""
    return _("Take the step first, then change the answer: an answer counts only once it is true.")


def _outcome_words(plan: ImprovementPlan, digits: int) -> tuple[str, ...]:
    then, effort = plan.after.score or 0.0, formats.number(plan.effort, decimals_seen(plan.effort, 1))
    if plan.before.score is None:
        score = formats.number(then, digits)
        return (_("There would be a score, %(then)s, for an effort of %(effort)s.", then=score, effort=effort),)
    digits = decimals_between(plan.before.score, then, digits)
    now, score = formats.number(plan.before.score, digits), formats.number(then, digits)
    parts = {"now": now, "then": score, "effort": effort}
    if now == score:  # a prerequisite weighs nothing
        said = _("The score would stay at %(now)s, for an effort of %(effort)s.", now=now, effort=effort)
    elif then < plan.before.score:  # because an answer that was left out so far now counts
        said = _("The score would fall from %(now)s to %(then)s, for an effort of %(effort)s.", **parts)
    else:
        said = _("The score would rise from %(now)s to %(then)s, for an effort of %(effort)s.", **parts)
    return said, effort_note(plan.edition)


def effort_note(edition: Edition) -> str:
    """Return a sentence on how effort is counted."""
    named = sorted({requirement.effort for requirement in edition.requirements}) or [1.0]
    if all(1.0 <= effort <= 3.0 for effort in named):
        return _(
            "Meeting a requirement that is not met at all takes an effort of 1 (small) to 3 (large); meeting part "
            "of it takes that part of the effort."
        )
    least, most = formats.short_decimal(named[0]), formats.short_decimal(named[-1])
    if least == most:
        return _(
            "Meeting a requirement that is not met at all takes an effort of %(effort)s; meeting part of "
            "it takes that part of the effort.",
            effort=least,
        )
    return _(
        "Meeting a requirement that is not met at all takes an effort of %(least)s to %(most)s; meeting "
        "part of it takes that part of the effort.",
        least=least,
        most=most,
    )


def _optimality_words(plan: ImprovementPlan) -> tuple[str, ...]:
    if plan.is_exact:
        return (_("No other plan takes less effort."),)
    digits = decimals_seen(plan.effort, 1)  # as the effort is shown, which could otherwise seem to be less
    bound = math.floor((plan.lower_bound or 0.0) * 10**digits) / 10**digits
    if bound > 0:
        least = formats.number(bound, digits)
        return (_("A plan with less effort may exist, but none takes less than %(effort)s.", effort=least),)
    return (_("This plan was found by a search: one with less effort may exist."),)


_UNREACHABLE_REASONS: Mapping[UnreachableReason, str] = {
    "top": N_("The highest band is reached. Gaps that are left still count."),
    "no-bands": N_("This edition has no bands. Choose a number of points."),
    "coverage": N_(
        "Even with every question answered, the coverage would be too low: what does not apply is not covered."
    ),
    "critical": N_("Even with the best answers, these stay below what the band needs: %(requirements)s."),
    "points": N_("With every answer at its best, the score would be %(score)s."),
    "not-found": N_("The search found no way to reach it. That does not prove that there is none."),
}


def _unreachable_words(plan: ImprovementPlan, digits: int) -> str:
    score = "" if plan.after.score is None else formats.number(plan.after.score, digits)
    named = formats.semicolon_list(part_title(part) for part in plan.failing_critical)
    return _(_UNREACHABLE_REASONS[plan.reason], score=score, requirements=named)


def optimality_code(plan: ImprovementPlan) -> str:
    """Return the code of a plan's certainty in files: `least`, `searched`, or `none` without a plan."""
    if plan.reason:
        return NONE
    return LEAST if plan.is_exact else SEARCHED


def plan_step_words(plan: ImprovementPlan, day: date | None = None) -> tuple[PlanStepWords, ...]:
    """Return the steps in order. `day`: on which law binding the company is determined; None: it is not."""
    facts = company_facts(plan.edition, plan.sheet, day) if day else None
    return tuple(_one_step_words(plan, number, step, facts) for number, step in enumerate(plan.steps, 1))


def _one_step_words(plan: ImprovementPlan, number: int, step: PlanStep, facts: CompanyFacts | None) -> PlanStepWords:
    edition, requirement, question = plan.edition, step.requirement, step.question
    return PlanStepWords(
        number=number,
        requirement=requirement.id if requirement else "",
        title=requirement_title(requirement) if requirement else question.ask,
        question=question.id,
        ask=question.ask,
        before=quoted_answer(question, step.before),
        after=quoted_answer(question, step.after),
        effort=step.effort,
        gain=step.gain,
        score=step.score,
        sentence=_step_sentence(plan, step),
        closes=requirement.closes if requirement else "",
        law=legal_references(edition, requirement, facts),
    )


def requirement_title(requirement: Node) -> str:
    """Return the title of a requirement, or what it expects if it has none."""
    return requirement.title or requirement.expects


def _step_sentence(plan: ImprovementPlan, step: PlanStep) -> str:
    """Return one step in words: what would have to be true, and what the step gains in its place in the plan."""
    then = quoted_answer(step.question, step.after)
    if step.only_shows:
        said = _("Answered %(answer)s, but without evidence so far: add evidence.", answer=then)
    elif step.before is None:
        said = _("Not answered yet. What would have to be true: %(answer)s.", answer=then)
    else:
        now = quoted_answer(step.question, step.before)
        said = _("Now %(now)s. What would have to be true: %(answer)s.", now=now, answer=then)
    return " ".join((said, *_missing_places(plan, step), *_step_effect_words(plan.edition, step)))


def _missing_places(plan: ImprovementPlan, step: PlanStep) -> tuple[str, ...]:
    result = result_in(step.question, plan.sheet.answers)
    said = missing_places_words(result, str(step.after)) if result and not step.only_shows else ""
    return (said,) if said else ()


def _step_effect_words(edition: Edition, step: PlanStep) -> tuple[str, ...]:
    points = formats.number(abs(step.gain), decimals_seen(step.gain, decimals_of_points(edition.round)))
    effort = formats.number(step.effort, decimals_seen(step.effort, 2))
    if step.gain < 0:
        said = [_("It takes away %(points)s points, for an effort of %(effort)s.", points=points, effort=effort)]
    else:
        said = [_("It adds %(points)s points for an effort of %(effort)s.", points=points, effort=effort)]
    if step.opens:
        asks = (formats.nested_quotes(edition.questions[opened].ask) for opened in step.opens)
        opened_words = formats.semicolon_list(_("“%(words)s”", words=ask) for ask in asks)
        said.append(_("It lets other answers count: %(questions)s.", questions=opened_words))
    return tuple(said)


def without_effect_sentences(trial: WhatIf) -> tuple[str, ...]:
    """Return sentences on the changed answers that cannot affect the score, and why."""
    said = []
    if trial.not_asked:
        questions = formats.semicolon_list(question.ask for question in trial.not_asked)
        said.append(_("Not asked because of the other answers, so without effect: %(questions)s", questions=questions))
    if trial.gate_shut:
        questions = formats.semicolon_list(question.ask for question in trial.gate_shut)
        said.append(
            _(
                "These earn nothing, because the answers that they depend on do not let them count: %(questions)s",
                questions=questions,
            )
        )
    return tuple(said)


def what_if_score_words(edition: Edition, standing: ScoreWithBounds) -> str:
    """Return a score in words, `57.1, between 52.0 and 65.3; Substantial`, or that there is none."""
    if standing.score is None:
        return _("No score")
    digits = edition.round
    said = _(
        "%(score)s, between %(worst)s and %(best)s",
        score=formats.number(standing.score, digits),
        worst=formats.number(standing.worst or 0.0, digits),
        best=formats.number(standing.score if standing.best is None else standing.best, digits),
    )
    return formats.semicolon_list((said, standing.band.title or standing.band.id)) if standing.band else said
