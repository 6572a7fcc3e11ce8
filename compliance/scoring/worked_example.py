"""A score as a worked example: from answers to points, up the tree, to the band, as in a calculation by hand.

It has numbers and the names of rules, which `narrative` puts into words. Pages, workbooks and the command line use the
same object.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import Condition
from compliance.questionnaire.edition import OVERALL, Band, Edition, MinimumStandard, Node, Question
from compliance.questionnaire.places import PlacesResult
from compliance.questionnaire.routing import NO, YES, result_in
from compliance.scoring.aggregation import weighted_mean
from compliance.scoring.attribution import attribution_factors, losses_by_slot
from compliance.scoring.bands import band_at
from compliance.scoring.coded_answers import CREDITED, REJECTED, Basis
from compliance.scoring.compiled_edition import CompiledEdition, normalised_score
from compliance.scoring.numeric import SCORE, Floats, number_or_none
from compliance.scoring.score import Scores, overall_bands, score

#: Why a question counts as it does, in the order of checking.
CreditReason: TypeAlias = Literal[
    "not-asked",  # off: the company is not asked, or it is not settled whether it is
    "not-applicable",  # off
    "doubted",  # an N/A that is not credited on this basis: counts as a blank
    "gate-shut",  # earns nothing; deductions still count
    "gate-open-question",  # likewise, as an answer that the gate depends on is blank
    "blank",  # earns its least
    "left-out",  # off: a blank in an edition where blanks drop out
    "not-shown",  # answered, but not yet supported on this basis
    "refused",  # answered, and an auditor found it not shown
    "earned",
]


@dataclass(frozen=True, slots=True)
class QuestionCalculation:
    """The score of the answer to one question, in shares of full marks."""

    question: Question
    answer: Answer | None  # that counts: if verified, the adjusted answer
    worth: float | None  # normalised score of the answer itself; None: a blank, or not applicable
    share: float | None  # as it enters the score; None: off
    why: CreditReason
    gate: Condition | None  # the condition under which it counts
    loss: float  # of the overall score, 0 to 1
    places: PlacesResult | None = None  # for a question of places, the counts behind the answer


@dataclass(frozen=True, slots=True)
class WeightedPart:
    """One part of a node, with its weight and its score."""

    part: Node | Question
    weight: float
    share: float | None  # None: off, so that its weight is in no sum
    of_weight: float  # its weight over the sum of the weights that are on
    of_loss: float  # the c in 1 − S = Σ c·(f − s)
    counted: float  # its counted weight: 0 for parts that only take points away
    full: float = 1.0  # f, its score at full marks: 0 for parts that only take points away


@dataclass(frozen=True, slots=True)
class NodeCalculation:
    """The calculation of one node from its parts."""

    node: Node
    terms: tuple[WeightedPart, ...]
    share: float | None  # as it enters the node above; None: off
    score: float | None  # None: off, or below the node's minimum coverage
    coverage: float | None
    counted_coverage: float | None  # coverage for the minimum: a part with a minimum of its own counts as 1 or 0
    loss: float

    @property
    def has_too_little(self) -> bool:
        """Whether too little is answered for a score. In editions where blanks drop out, the node drops out too."""
        return self.score is None and any(term.share is not None for term in self.terms)


@dataclass(frozen=True, slots=True)
class StandardCheck:
    """A minimum standard of a part that is on, or fails for lack of answers, and the share that the part reaches."""

    standard: MinimumStandard
    share: float | None  # None: off, as too little is answered
    fails: bool
    highest: Band  # the highest band while it fails


@dataclass(frozen=True, slots=True)
class BandCalculation:
    """The way from the score to the band."""

    by_points: Band | None
    band: Band | None
    standards: tuple[StandardCheck, ...]


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """The calculation of the score of one node, and of the nodes above it."""

    edition: Edition
    company: str
    basis: Basis
    node: Node
    questions: Mapping[str, QuestionCalculation]  # every scored question below the node, in file order
    steps: tuple[NodeCalculation, ...]  # every node from the leaves to `node`, each after its parts
    above: tuple[NodeCalculation, ...]  # from the node's parent up to the whole
    overall: float | None  # on the edition's scale
    bands: BandCalculation

    @property
    def own(self) -> NodeCalculation:
        """The calculation of the node itself."""
        return self.steps[-1]

    @property
    def lost(self) -> tuple[QuestionCalculation, ...]:
        """The questions that lose points, costliest first. Losses add up to what the node loses of the whole.

        Empty if the whole has no score. A number beyond full marks has a negative loss, which makes up for others, and
        is last.
        """
        if self.overall is None:
            return ()
        return tuple(sorted((q for q in self.questions.values() if q.loss != 0), key=lambda q: -q.loss))


def explain(
    compiled: CompiledEdition,
    sheet: AnswerSheet,
    node: str = OVERALL,
    basis: Basis = "claimed",
    scores: Scores | None = None,
) -> WorkedExample:
    """Return the worked example of one node of one sheet. Raise KeyError if there is no such node, or no score below.

    `scores`: of this sheet on this basis, if computed already.
    """
    scores = scores or score(compiled, [sheet], basis)
    edition = compiled.edition
    chosen = edition.nodes[node]
    if node not in scores.results:
        raise KeyError(node)
    figures = _figures(scores)
    inside = [part for part in _leaves_first(chosen) if part.id in scores.results]
    return WorkedExample(
        edition=edition,
        company=sheet.company,
        basis=basis,
        node=chosen,
        questions={q.id: _question_calculation(scores, sheet, q, figures) for q in chosen.questions() if q.scored},
        steps=tuple(_node_calculation(scores, part, figures) for part in inside),
        above=tuple(_node_calculation(scores, part, figures) for part in _ancestors(edition, chosen)),
        overall=number_or_none(scores.overall.score[0], edition.scale),
        bands=_band_calculation(scores),
    )


class _Figures(NamedTuple):
    """The score and loss of every question and node for the company."""

    share: Mapping[str, float | None]  # None: off
    of_weight: Mapping[str, float]
    of_loss: Mapping[str, float]
    loss: Mapping[str, float]


def _figures(scores: Scores) -> _Figures:
    """Return the figures of the company. Each array is read at once, as reading single numbers is slow."""
    found = attribution_factors(scores)
    shares = _by_part(scores, scores.store.figure_by_slot(SCORE))
    return _Figures(
        share={part: None if math.isnan(share) else share for part, share in shares.items()},
        of_weight=_by_part(scores, found.of_weight),
        of_loss=_by_part(scores, found.of_loss),
        loss=_by_part(scores, losses_by_slot(scores, found)),
    )


def _by_part(scores: Scores, numbers: Floats) -> dict[str, float]:
    """Return the numbers of the company by part. `numbers`: (slots, 1)."""
    return dict(zip(scores.compiled.tree.slots, numbers[:, 0].tolist(), strict=True))


def _leaves_first(node: Node) -> Iterator[Node]:
    for part in node.parts:
        if isinstance(part, Node):
            yield from _leaves_first(part)
    yield node


def _ancestors(edition: Edition, node: Node) -> Iterator[Node]:
    parent = edition.parents.get(node.id)
    while parent is not None:
        yield parent
        parent = edition.parents.get(parent.id)


def _question_calculation(
    scores: Scores, sheet: AnswerSheet, question: Question, figures: _Figures
) -> QuestionCalculation:
    column = scores.columns.answers[question.id]
    value = column.values[0] if column.values else None
    answer: Answer | None = NotApplicable() if column.has_na else value
    places = result_in(question, sheet.answers)
    return QuestionCalculation(
        question=question,
        answer=answer,
        worth=None if value is None else normalised_score(question, value),
        share=figures.share[question.id],
        why=_credit_reason(scores, question, answer),
        gate=question.counts_when,
        loss=figures.loss[question.id],
        places=places if places and places.option == answer else None,  # an auditor may have found another answer
    )


def _credit_reason(scores: Scores, question: Question, answer: Answer | None) -> CreditReason:
    """Return why a question counts as it does, checking in order: not asked, not applicable, gate, blank, value."""
    credit = scores.columns.credit.get(question.id)
    credited = CREDITED if credit is None else int(credit[0])
    gate = int(scores.routes.counts[question.id][0])
    if scores.routes.asked[question.id][0] != YES:
        return "not-asked"
    if isinstance(answer, NotApplicable):
        return "not-applicable" if credited == CREDITED else "doubted"
    if gate != YES:
        return "gate-shut" if gate == NO else "gate-open-question"
    if answer is None:
        return "left-out" if scores.compiled.edition.blank == "drop" else "blank"
    if credited != CREDITED:
        return "refused" if credited == REJECTED else "not-shown"
    return "earned"


def _node_calculation(scores: Scores, node: Node, figures: _Figures) -> NodeCalculation:
    weights = scores.compiled.weights[node.id]
    parts = [part for part in node.parts if weights.get(part.id)]
    result = scores.results[node.id]
    counted = result.counted_coverage if node.min_coverage is None else _counted_coverage(scores, weights)
    return NodeCalculation(
        node=node,
        terms=tuple(_weighted_part(scores, node, part, figures) for part in parts),
        share=figures.share[node.id],
        score=number_or_none(result.score[0]),
        coverage=number_or_none(result.coverage[0]),
        counted_coverage=number_or_none(counted[0]),
        loss=figures.loss[node.id],
    )


def _weighted_part(scores: Scores, node: Node, part: Node | Question, figures: _Figures) -> WeightedPart:
    compiled, share = scores.compiled, figures.share[part.id]
    return WeightedPart(
        part=part,
        weight=compiled.weights[node.id][part.id],
        share=share,
        of_weight=figures.of_weight[part.id],
        of_loss=0.0 if share is None else figures.of_loss[part.id],
        counted=compiled.counted[node.id][part.id],
        full=0.0 if part.id in compiled.only_deducting else 1.0,
    )


def _counted_coverage(scores: Scores, weights: Mapping[str, float]) -> Floats:
    """Return the coverage of a node for its own minimum. For a minimum above, the node counts as 1 or 0."""
    return weighted_mean(list(weights.values()), [scores.results[part].counted_coverage for part in weights])


def _band_calculation(scores: Scores) -> BandCalculation:
    edition = scores.compiled.edition
    if not edition.bands:
        return BandCalculation(None, None, ())
    found = overall_bands(scores)
    checks = [
        StandardCheck(standard, share, bool(fails[SCORE, 0]), edition.bands[standard.highest])
        for standard, fails in found.unmet
        for share in [number_or_none(scores.results[standard.part.id].value[SCORE, 0])]
        if fails[SCORE, 0] or share is not None
    ]
    return BandCalculation(
        by_points=band_at(edition, found.by_points[SCORE, 0]),
        band=band_at(edition, found.capped[SCORE, 0]),
        standards=tuple(checks),
    )
