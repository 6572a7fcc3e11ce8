"""A score worked out line by line, so that it can be redone with a pocket calculator, then losses and gains.

Losses add up to the points of the whole that the part loses. Gains do not add up: each is how far the overall score
would rise if only that requirement were met.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.languages import formats
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.answer_wording import finding_sentences, points_formula, quoted_answer
from compliance.narrative.legal_basis import LegalReference, legal_references
from compliance.narrative.places_wording import places_counts
from compliance.narrative.score_wording import (
    decimals_of_points,
    decimals_seen,
    minimum_words,
    part_title,
    reached_words,
)
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import OVERALL, Band, Edition, Node
from compliance.questionnaire.flags import flagged_options
from compliance.questionnaire.law import CompanyFacts
from compliance.questionnaire.routing import predicates
from compliance.scoring.numeric import TOLERANCE, rounded
from compliance.scoring.scorecard import Gap
from compliance.scoring.worked_example import (
    BandCalculation,
    CreditReason,
    NodeCalculation,
    QuestionCalculation,
    StandardCheck,
    WorkedExample,
)

#: The most decimals of a score at which the engine sees a difference.
MOST_DECIMALS = 9

WorkedExampleLineKind: TypeAlias = Literal["question", "node", "band"]


@dataclass(frozen=True, slots=True)
class WorkedExampleLine:
    """One line of a worked example: texts ready to show."""

    kind: WorkedExampleLineKind
    id: str  # of the question or node; "" for the band
    depth: int  # 0 is the whole
    title: str
    said: str  # the answer, or how parts are combined, and why it counts as it does
    sum: str  # "(1 × 0.6 + 2 × 0.7) ÷ 3"; "" if nothing is computed
    result: str  # "0.6667", or the name of a band; "" if the part is off
    share: float | None = None  # of full marks; None: the part is off, or the line is the band's


def worked_example_lines(explanation: WorkedExample) -> tuple[WorkedExampleLine, ...]:
    """Return lines from the answers up: each node after its parts, then the nodes above, then the band."""
    lines: list[WorkedExampleLine] = []
    for step in (*explanation.steps, *explanation.above):
        inside = [explanation.questions[t.part.id] for t in step.terms if t.part.id in explanation.questions]
        lines += [_question_line(explanation.edition, earned) for earned in inside]
        lines.append(_node_line(explanation.edition, step))
    if explanation.edition.bands and explanation.overall is not None:
        lines.append(_band_line(explanation.edition, explanation.bands, explanation.overall))
    return tuple(lines)


# ── Questions

_REASONS: Mapping[CreditReason, str] = {
    "not-asked": N_("Not asked of this company: it drops out, with its weight."),
    "not-applicable": N_("Does not apply: it drops out, with its weight."),
    "doubted": N_("“Does not apply” is not accepted here: it counts as no answer."),
    "gate-shut": N_("It earns nothing, because the answer that it depends on (%(questions)s) does not let it count."),
    "gate-open-question": N_("It earns nothing yet, because what it depends on (%(questions)s) is not answered."),
    "blank": N_("Not answered, so it earns nothing."),
    "left-out": N_("No answer: it drops out, with its weight."),
    "not-shown": N_("There is no evidence for this yet, so it earns nothing here."),
    "refused": N_("An auditor found that this is not shown, so it earns nothing."),
}
#: Reasons before which the answer itself is stated.
_ANSWERED: frozenset[CreditReason] = frozenset({"earned", "gate-shut", "gate-open-question", "not-shown", "refused"})


def _question_line(edition: Edition, earned: QuestionCalculation) -> WorkedExampleLine:
    question, answer = earned.question, earned.answer
    counts = earned.why == "earned" and answer is not None and not isinstance(answer, NotApplicable)
    return WorkedExampleLine(
        kind="question",
        id=question.id,
        depth=_depth(edition, question.id),
        title=question.ask,
        said=earned_words(earned),
        sum=points_formula(question, answer) if counts else "",  # type: ignore[arg-type]  # counts: it is a value
        result=share_words(earned.share),
        share=earned.share,
    )


def earned_words(earned: QuestionCalculation) -> str:
    """Return the answer to a question, and why it counts as it does."""
    said = [quoted_answer(earned.question, earned.answer) + "."] if _says_answer(earned) else []
    if said and earned.places is not None:
        said = [_("%(answer)s: %(counts)s.", answer=said[0][:-1], counts=places_counts(earned.places))]
    if earned.why in _REASONS:
        gate = formats.comma_list(dict.fromkeys(term.id for term in predicates(earned.gate)))
        said.append(_(_REASONS[earned.why], questions=gate))
    if earned.share is not None and earned.share < 0 and earned.why != "earned":
        said.append(_("What it takes away still counts: %(share)s.", share=share_words(earned.share)))
    if _says_answer(earned):
        said += finding_sentences(flagged_options(earned.question, earned.answer))
    return " ".join(said)


def _says_answer(earned: QuestionCalculation) -> bool:
    return earned.why in _ANSWERED and earned.answer is not None


# ── Nodes


def _node_line(edition: Edition, step: NodeCalculation) -> WorkedExampleLine:
    return WorkedExampleLine(
        kind="node",
        id=step.node.id,
        depth=_depth(edition, step.node.id),
        title=edition.title if step.node.id == OVERALL else step.node.title or step.node.id,
        said=" ".join(
            [
                _(NOTATION[step.node.combine].sentence),
                *limit_sentences(step.node),
                *_dropped_out(step),
                *_below_minimum_coverage(step),
            ]
        ),
        sum=aggregation_formula(step),
        result=share_words(step.share),
        share=step.share,
    )


def aggregation_formula(step: NodeCalculation) -> str:
    """Return the calculation of a node from its parts, `(1 × 0.6 + 2 × 0.7) ÷ (1 + 2)`, or "" if it is off."""
    if step.share is None:
        return ""
    terms_on = [term for term in step.terms if term.share is not None]
    largest = max(term.weight for term in terms_on)
    on = [(formats.summand(term.weight, largest), share_words(term.share)) for term in terms_on]
    counted = sum(term.counted for term in terms_on)
    is_limited = step.node.max is not None and step.node.max < counted
    written = NOTATION[step.node.combine].written(on)
    if is_limited or any(term.counted != term.weight for term in terms_on):
        most = step.node.max if is_limited and step.node.max is not None else counted
        points = " + ".join(f"{weight} × {score}" for weight, score in on)
        written = f"({points}) ÷ {formats.summand(most, largest)}"
    written = f"min(1; {written})" if is_limited else written
    return f"max(0; {written})" if step.node.floor else written


def limit_sentences(node: Node) -> list[str]:
    """Return sentences on the full marks that a sum sets, and on its floor, if it has them."""
    said = []
    if node.max is not None:
        full = formats.short_decimal(node.max)
        said.append(_("Full marks here are %(points)s: any points beyond that do not add to the score.", points=full))
    if node.floor:
        said.append(_("A score below 0 counts as 0."))
    return said


def _dropped_out(step: NodeCalculation) -> list[str]:
    off = sum(term.share is None for term in step.terms)
    return [ngettext("One part drops out.", "%(num)s parts drop out.", off)] if off else []


def _below_minimum_coverage(step: NodeCalculation) -> list[str]:
    if not step.has_too_little or step.node.min_coverage is None or step.counted_coverage is None:
        return []
    covered, needed = formats.distinct_percents(step.counted_coverage, step.node.min_coverage)
    said = _(
        "Too little is answered for a score here: %(covered)s, and %(needed)s is needed.",
        covered=covered,
        needed=needed,
    )
    return [said]


# ── The band


def _band_line(edition: Edition, calculation: BandCalculation, overall: float) -> WorkedExampleLine:
    bounds = formats.comma_list(
        _("%(band)s from %(score)s", band=band.title or band.id, score=formats.short_decimal(band.at))
        for band in edition.bands
    )
    said = [_("Bands: %(bands)s.", bands=bounds), *_looked_up(edition, calculation.by_points, overall)]
    said += [_held_by(check) for check in calculation.standards if check.fails]
    score = formats.number(overall, edition.round)
    scale = formats.short_decimal(edition.scale)
    band = calculation.band.title or calculation.band.id if calculation.band else ""
    share = formats.at_most_decimals(overall / edition.scale, _decimals_of_share(edition, overall))
    return WorkedExampleLine("band", "", 0, _("Band"), " ".join(said), f"{share} × {scale} = {score}", band)


def _decimals_of_share(edition: Edition, overall: float) -> int:
    """Return the fewest decimals, at least 4, with which a share times the scale gives the score as shown."""
    share, shown = overall / edition.scale, rounded(overall, edition.round)
    decimals = range(4, edition.round + MOST_DECIMALS)
    return next(
        (d for d in decimals if rounded(rounded(share, d) * edition.scale, edition.round) == shown), decimals[-1]
    )


def _looked_up(edition: Edition, by_points: Band | None, overall: float) -> list[str]:
    """Return a sentence on the score that determines the band, if the score as shown would have another band."""
    if _band_at(edition, rounded(overall, edition.round)) == by_points:
        return []
    digits = range(edition.round, MOST_DECIMALS) if edition.band_at is None else (edition.band_at,)
    told = next((d for d in digits if _band_at(edition, rounded(overall, d)) == by_points), MOST_DECIMALS)
    return [_("The score that determines the band is %(score)s.", score=formats.at_most_decimals(overall, told))]


def _band_at(edition: Edition, points: float) -> Band | None:
    """Return the highest band that `points` reach."""
    return next((band for band in reversed(edition.bands) if band.at <= points + TOLERANCE), None)


def _held_by(check: StandardCheck) -> str:
    """Return a sentence on a minimum standard that is not met: share reached, share needed, highest band meanwhile."""
    standard = check.standard
    values = {"requirement": part_title(standard.part), "cap": check.highest.title or check.highest.id}
    if standard.band is not None:
        return _(
            "%(band)s requires %(needed)s of “%(requirement)s”, which reaches %(share)s, so the band is at most "
            "%(cap)s.",
            band=standard.band.title or standard.band.id,
            needed=minimum_words(standard),
            share=reached_words(standard, check.share),
            **values,
        )
    if standard.part.prerequisite:
        return _("Prerequisite: “%(requirement)s” is not met, so the band is at most %(cap)s.", **values)
    if check.share is None:
        return _("Critical: too little of “%(requirement)s” is answered, so the band is at most %(cap)s.", **values)
    share, needed = formats.distinct_percents(check.share, standard.share)
    return _(
        "Critical: “%(requirement)s” reaches %(share)s and needs %(needed)s, so the band is at most %(cap)s.",
        share=share,
        needed=needed,
        **values,
    )


# ── Losses and gains


def loss_sentences(explanation: WorkedExample, most: int | None = None) -> tuple[str, ...]:
    """Return sentences on lost points, costliest first: one for each question, and one for all beyond `most`."""
    edition, lost = explanation.edition, explanation.lost
    said = [_loss_sentence(edition, earned) for earned in lost[:most]]
    if rest := lost[len(said) :]:
        points = _points(edition, sum(earned.loss for earned in rest))
        said.append(
            ngettext(
                "One more question loses %(points)s points.",
                "%(num)s more questions together lose %(points)s points.",
                len(rest),
                points=points,
            )
        )
    return tuple(said)


def _loss_sentence(edition: Edition, earned: QuestionCalculation) -> str:
    values = {"question": earned.question.id, "points": _points(edition, abs(earned.loss)), "why": earned_words(earned)}
    if earned.loss < 0:
        return _("%(question)s adds %(points)s points beyond full marks. %(why)s", **values)
    return _("%(question)s loses %(points)s points. %(why)s", **values)


def gain_sentence(edition: Edition, gap: Gap) -> str:
    """Return by how much closing one gap alone would raise the score, and why the gap may cost more or less."""
    digits = decimals_seen(gap.gain, max(1, edition.round))
    points = formats.number(abs(gap.gain), digits)
    if not rounded(gap.gain, digits):
        said = _("Closing this gap alone would not change the score.")
    elif gap.gain < 0:
        said = _("Closing this gap alone would lower the score by %(loss)s points.", loss=points)
    else:
        said = _("Closing this gap alone would raise the score by %(gain)s points.", gain=points)
    return " ".join((said, *_why_not_the_loss(edition, gap)))


def _why_not_the_loss(edition: Edition, gap: Gap) -> tuple[str, ...]:
    """Return why closing a gap gains more or less than the gap costs, if it does."""
    if abs(gap.gain - gap.loss) < edition.scale / 2000:
        return ()
    if gap.gain > gap.loss:
        return (_("That is more than the gap costs now, because it also lets other answers count."),)
    if gap.gain < 0:
        return (_("Other answers, which depend on it, would then cost more than it brings."),)
    return (_("That is less than the gap costs now, because other answers would hold the score down."),)


# ── Numbers


def share_words(share: float | None) -> str:
    """Return a share of full marks with at most four decimals, or "" if the part is off."""
    return "" if share is None else formats.short_decimal(share)


def _points(edition: Edition, share: float) -> str:
    return formats.number(share * edition.scale, decimals_of_points(edition.round))


def _depth(edition: Edition, part: str) -> int:
    depth, node = 0, edition.parents.get(part)
    while node is not None:
        depth, node = depth + 1, edition.parents.get(node.id)
    return depth


@dataclass(frozen=True, slots=True)
class PointsAtStake:
    """Points of the overall score that a question loses, or that meeting a requirement would gain."""

    id: str  # of the question, or of the requirement
    title: str
    points: float  # on the edition's scale
    sentence: str
    law: tuple[LegalReference, ...]
    closes: str = ""  # what would close the gap; only for gains


def points_lost(explanation: WorkedExample, facts: CompanyFacts | None = None) -> tuple[PointsAtStake, ...]:
    """Return the questions that lose points, costliest first. They add up to the points that the node loses.

    `facts`: about the company, for the law that binds it.
    """
    edition = explanation.edition
    return tuple(
        PointsAtStake(
            earned.question.id,
            earned.question.ask,
            earned.loss * edition.scale,
            sentence,
            legal_references(edition, edition.requirement_of(earned.question.id), facts),
        )
        for earned, sentence in zip(explanation.lost, loss_sentences(explanation), strict=True)
    )


def points_to_gain(
    explanation: WorkedExample, gaps: Iterable[Gap], facts: CompanyFacts | None = None
) -> tuple[PointsAtStake, ...]:
    """Return what meeting each requirement of the node alone would gain overall, largest first. Gains do not add up."""
    edition = explanation.edition
    if explanation.overall is None:
        return ()
    bearing = {part.id for part in explanation.node.nodes()} | {_requirement_around(explanation)}
    gains = [
        PointsAtStake(
            gap.requirement.id,
            gap.requirement.title or gap.requirement.expects,
            gap.gain,
            gain_sentence(edition, gap),
            legal_references(edition, gap.requirement, facts),
            gap.requirement.closes,
        )
        for gap in gaps
        if gap.requirement.id in bearing
    ]
    return tuple(sorted(gains, key=lambda points: -points.points))


def _requirement_around(explanation: WorkedExample) -> str:
    """Return the id of the requirement that contains the node, or ""."""
    around: Node | None = explanation.edition.requirement_of(explanation.node.id)
    return around.id if around else ""
