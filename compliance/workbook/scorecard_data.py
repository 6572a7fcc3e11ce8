"""The data of a scorecard workbook: answers, metadata, the engine's results and the layout.

Each of its numbers is what a formula cell comes to now; `answer_formulas` and `score_formulas` have the formulas.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TypeAlias

from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.improvement.plan import ImprovementPlan
from compliance.questionnaire.answers import (
    NOT_APPLICABLE_TEXT,
    Adjusted,
    Answer,
    AnswerSheet,
    NotApplicable,
    Verdict,
    write_answer,
)
from compliance.questionnaire.conditions_and_law import Condition, Predicate
from compliance.questionnaire.edition import OVERALL, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.questionnaire.places import PlacesResult
from compliance.questionnaire.routing import (
    NO,
    OPEN,
    YES,
    Route,
    counted_sheet,
    evaluate_condition,
    once_for_edition,
    option_points,
    predicate_holds,
    result_in,
    route_questions,
)
from compliance.scoring.attribution import all_effective_weights
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import Floats
from compliance.scoring.score import OverallBands, Scores, overall_bands, score
from compliance.scoring.scorecard import Scorecard, ScoredSheet, read_scorecard
from compliance.scoring.worked_example import WorkedExample, explain
from compliance.workbook.fingerprint import Fingerprint
from compliance.workbook.formulas import CachedValue
from compliance.workbook.scorecard_columns import TRACKS, Track
from compliance.workbook.scorecard_layout import AnswerState, OwnColumn, PassageLine, ScorecardLayout, VerdictCode


@dataclass(frozen=True, slots=True)
class EarlierSubmission:
    """What was handed in before, with the verdicts as they were until something else took its place."""

    compiled: CompiledEdition
    sheet: AnswerSheet
    at: date


@dataclass(frozen=True, slots=True)
class AssessmentMetadata:
    """Who answered, when, and what the answers rest on. All texts are plain."""

    company: str = ""  # its name, where it is not that of the answer sheet
    period: str = ""
    law_as_of: str = ""  # the day of the law catalogue, ISO 8601
    today: date | None = None  # the day for which it is judged what law binds the company; None: it is not judged
    voice: str = ""  # the company itself, or a desk analyst
    reasons: Mapping[str, str] = field(default_factory=dict)  # by question id, beside those of n/a
    evidence: Mapping[str, str] = field(default_factory=dict)  # by question id
    comments: Mapping[str, str] = field(default_factory=dict)  # an auditor's, by the key of a line of *Review*
    next_reviews: Mapping[str, date] = field(default_factory=dict)  # by question id, what an auditor set
    own_columns: tuple[OwnColumn, ...] = ()  # that somebody added to *Review*
    assessment: str = ""  # its id in the installation, for the fingerprint; and what stands there beside it
    submission: str = ""
    downloaded_by: str = ""
    downloaded_at: str = ""
    download: str = ""  # the id of this download in the installation
    published: PublishedSnapshot | None = None  # the figures to stand beside; None: *Peers* is left out
    earlier: tuple[EarlierSubmission, ...] | None = None  # the latest first; None: not known, *Changes* is left out
    by_choice: tuple[str, ...] = ()  # sentences on the scores of what was asked by choice
    passages: tuple[PassageLine, ...] = ()  # for an auditor to judge; none: there is no such sheet
    improvement_plan: ImprovementPlan | None = None  # the least effort to the next band; None: not worked out


#: What says the scores of one sheet on a basis.
ScoredOn: TypeAlias = Callable[[Basis], ScoredSheet]


@dataclass(frozen=True)
class ScorecardData:
    """One sheet of one edition, scored on one basis; `on` has the same on another."""

    compiled: CompiledEdition
    sheet: AnswerSheet
    metadata: AssessmentMetadata
    basis: Basis = "claimed"
    plan: "ScorecardData | None" = field(default=None, repr=False, compare=False)  # its layout is the same
    scored: ScoredOn | None = field(default=None, repr=False, compare=False)  # what says its scores, if any does
    _made: dict[Basis, "ScorecardData"] = field(default_factory=dict, repr=False, compare=False)

    def on(self, basis: Basis) -> "ScorecardData":
        """The same on another basis."""
        found = self if basis == self.basis else self._made.get(basis)
        if found is None:
            self._made[self.basis] = self
            found = self._made[basis] = replace(self, basis=basis)
        return found

    def forget(self) -> None:
        """Let go of the same on other bases: each names the others, and would stay until Python looks for circles."""
        self._made.clear()

    @property
    def on_each_basis(self) -> Sequence["ScorecardData"]:
        """The same on every basis: claimed, evidenced, verified."""
        return [self.on(basis) for basis in BASES]

    @property
    def edition(self) -> Edition:
        """The edition it answers."""
        return self.compiled.edition

    @property
    def fingerprint(self) -> Fingerprint:
        """What the file says of itself, to be known by when it comes back."""
        said = self.metadata
        return Fingerprint(
            self.edition.id,
            self.edition.digest,
            said.company,
            said.assessment,
            said.submission,
            said.period,
            said.law_as_of,
            said.voice,
            said.downloaded_by,
            said.downloaded_at,
            said.download,
        )

    @property
    def beside(self) -> Sequence["ScorecardData"]:
        """What stands beside the claimed scores: the same as evidenced and as verified."""
        return self.on("evidenced"), self.on("verified")

    @cached_property
    def facts(self) -> CompanyFacts | None:
        """The facts about the company on the day, from which it follows what law binds it; None without a day."""
        return company_facts(self.edition, self.sheet, self.metadata.today) if self.metadata.today else None

    @cached_property
    def layout(self) -> ScorecardLayout:
        """Where everything stands."""
        return self.plan.on(self.basis).layout if self.plan else ScorecardLayout(self.edition, self.basis)

    @cached_property
    def counted(self) -> AnswerSheet:
        """The sheet with every answer as it counts: of a question of places, the result; as verified, as adjusted."""
        counted = counted_sheet(self.edition, self.sheet)
        return (
            replace(counted, answers={**counted.answers, **_adjusted_answers(counted)}) if self.by_verdict else counted
        )

    @property
    def by_verdict(self) -> bool:
        """True as verified, where verdicts count."""
        return self.basis == "verified"

    @cached_property
    def _verdicts(self) -> Mapping[str, Verdict]:
        return counted_sheet(self.edition, self.sheet).verdicts

    @cached_property
    def read(self) -> Mapping[str, Answer]:
        """The answers as they are written: those claimed, or as verified those adjusted in their place."""
        if not self.by_verdict:
            return self.sheet.answers
        adjusted = _adjusted_answers(self.sheet)
        return {
            **self.sheet.answers,
            **{question: adjusted[question] for question in adjusted.keys() & self._verdicts.keys()},
        }

    @cached_property
    def _known(self) -> ScoredSheet | None:
        return self.scored(self.basis) if self.scored else None

    @cached_property
    def scores(self) -> Scores:
        """The scores, as the engine has them."""
        return self._known.scores if self._known else score(self.compiled, [self.sheet], self.basis)

    @cached_property
    def card(self) -> Scorecard:
        """The scorecard; one without any score, as verified before any verdict. Its gaps are listed as claimed."""
        if self._known:
            return self._known.card
        return read_scorecard(self.scores, self.sheet, self.basis, gaps=self.basis == "claimed", integration=False)

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """The route of every question as the company answered."""
        return route_questions(self.edition, self.sheet)

    @property
    def claimed(self) -> Scorecard:
        """The claimed scorecard."""
        return self.on("claimed").card

    @property
    def verified(self) -> Scorecard | None:
        """The scorecard from an auditor's determinations; None while there is none."""
        return self.on("verified").card if self.has_verdicts else None

    @cached_property
    def has_verdicts(self) -> bool:
        """True if an auditor judged any scored question."""
        return any(question in self._verdicts for question in self.compiled.points_ranges)

    @property
    def is_off(self) -> bool:
        """True as verified, while nobody has judged anything: there is no score then."""
        return self.by_verdict and not self.has_verdicts

    def verdict(self, question: Question) -> VerdictCode:
        """The determination of a question, as a code."""
        verdict = self._verdicts.get(question.id)
        if verdict is None:
            return VerdictCode.NOT_REVIEWED
        if isinstance(verdict, Adjusted):
            return VerdictCode.ADJUSTED
        return VerdictCode.CONFIRMED if verdict == "confirmed" else VerdictCode.NOT_SHOWN

    def judged(self, part: Node | Question) -> float:
        """How many scored questions of a part an auditor has judged."""
        if isinstance(part, Node):
            return float(len(self._verdicts.keys() & self.scored_ids[part.id]))
        return float(part.scored and part.id in self._verdicts)

    def credit(self, question: Question) -> float:
        """How far the answer is credited."""
        return float(self.scores.columns.credit[question.id][0])

    @cached_property
    def explanation(self) -> WorkedExample:
        """The claimed score worked out step by step."""
        return explain(self.compiled, self.sheet, scores=self.on("claimed").scores)

    def written(self, question: Question) -> CachedValue:
        """The answer as a cell has it that reads it: a number, or its spelling."""
        answer = self.read.get(question.id)
        if isinstance(answer, float):
            return answer
        spelling = write_answer(answer)
        return spelling if question.kind in ("text", "date") else spelling.replace(" ", "")

    @cached_property
    def bands(self) -> OverallBands:
        """The bands of the whole, and the critical requirements that fail."""
        return self._known.bands if self._known else overall_bands(self.scores)

    def state(self, question: Question) -> AnswerState:
        """The state of the answer: blank, given or not applicable. In the file a cell may also need a check."""
        answer = self.counted.answers.get(question.id)
        if answer is None:
            return AnswerState.BLANK
        return AnswerState.NOT_APPLICABLE if isinstance(answer, NotApplicable) else AnswerState.GIVEN

    def entered(self, question: Question) -> CachedValue:
        """The number, or the points of what was chosen; empty where nothing was."""
        answer = self.counted.answers.get(question.id)
        if answer is None or isinstance(answer, NotApplicable):
            return ""
        if isinstance(answer, float):
            return answer
        points = option_points(question, answer)
        return "" if points is None else points

    def chosen(self, question: Question, option: str) -> bool:
        """True if an option, or n/a, is the answer or among it."""
        answer = self.counted.answers.get(question.id)
        if isinstance(answer, NotApplicable) or answer is None:
            return option == NOT_APPLICABLE_TEXT and answer is not None
        return option in answer if isinstance(answer, tuple) else option == answer

    def places(self, question: Question) -> PlacesResult | None:
        """What an answer about places comes to; None for a blank, n/a, and any other question."""
        listed = {question.places: self.sheet.answers.get(question.places), question.id: self.read.get(question.id)}
        return result_in(question, {name: answer for name, answer in listed.items() if answer is not None})

    def asked(self, part: Node | Question) -> float:
        """0, 0.5 (open) or 1, all conditions above it included."""
        if isinstance(part, Question):
            return float(self.scores.routes.asked[part.id][0]) / 2
        if part.id not in self._asked_nodes:
            parent, own = self.edition.parents.get(part.id), self._judged(part.asked_when) / 2
            self._asked_nodes[part.id] = min(own, self.asked(parent)) if parent else own
        return self._asked_nodes[part.id]

    @cached_property
    def _asked_nodes(self) -> dict[str, float]:
        return {}

    def gate(self, question: Question) -> float:
        """0, 0.5 (open) or 1."""
        return float(self.scores.routes.counts[question.id][0]) / 2

    def figure(self, part_id: str, track: Track) -> CachedValue:
        """A part's share of full marks as it stands, at worst or at best, or its coverage; empty where it has none."""
        return self.figures[part_id][track.figure]

    @cached_property
    def figures(self) -> Mapping[str, Sequence[CachedValue]]:
        """These four of each part."""
        results = self.scores.results.items()
        return {part: ["" if n != n else n for n in result.rows[0].tolist()] for part, result in results}  # NaN: none

    @cached_property
    def weights(self) -> Mapping[str, Sequence[float]]:
        """The part of the overall figures that each part carries: of score, worst, best and coverage."""
        if self.is_off:
            return {part: [float(part == OVERALL)] * len(TRACKS) for part in self.scores.compiled.tree.slots}
        return {part: rows[0].tolist() for part, rows in all_effective_weights(self.scores).items()}

    def sums(self, questions: tuple[str, ...]) -> Sequence[float]:
        """Over some questions: what they carry of score, worst, best and coverage, then their weights in these."""
        if questions not in self._sums:
            columns = zip(*[self.carried[question] for question in questions], strict=True)
            self._sums[questions] = [*map(sum, columns)] or [0.0] * 2 * len(TRACKS)
        return self._sums[questions]

    @cached_property
    def _sums(self) -> dict[tuple[str, ...], Sequence[float]]:
        return {}

    @cached_property
    def carried(self) -> Mapping[str, Sequence[float]]:
        """The same of each scored question: what only takes points away has no weight."""
        found = {}
        for question in self.scored_ids[OVERALL]:
            figures, weights = self.figures[question], self.weights[question]
            carried = [
                0.0 if isinstance(figure, str) else w * figure for w, figure in zip(weights, figures, strict=True)
            ]
            deducts = self.edition.questions[question].only_deducts
            found[question] = [*carried, *([0.0] * len(TRACKS) if deducts else weights)]
        return found

    @property
    def scored_ids(self) -> Mapping[str, tuple[str, ...]]:
        """The scored questions below each node, by its id."""
        return _scored_ids(self.edition)

    @cached_property
    def blanks(self) -> frozenset[str]:
        """The scored questions that are asked and blank."""
        scored = map(self.edition.questions.__getitem__, self.scored_ids[OVERALL])
        return frozenset(q.id for q in scored if self.state(q) == AnswerState.BLANK and self.asked(q) == 1)

    def term(self, term: Predicate) -> float:
        """The truth of a term of a condition: 0, 0.5 (open) or 1."""
        return self._term(term) / 2

    def _judged(self, condition: Condition | None) -> int:
        return int(evaluate_condition(condition, self._term))

    def _term(self, term: Predicate) -> int:
        if term.id.startswith(PROFILE_PREFIX):
            value = self.sheet.profile.get(term.id.removeprefix(PROFILE_PREFIX))
            return OPEN if value is None else YES if predicate_holds(term, value, None) else NO
        routes, answer = self.scores.routes, self.counted.answers.get(term.id)
        at = min(int(routes.asked[term.id][0]), int(routes.counts[term.id][0]))
        if answer is None:
            return min(at, OPEN)
        if isinstance(answer, NotApplicable):
            return NO
        return at if predicate_holds(term, answer, option_points(self.edition.questions[term.id], answer)) else NO


@once_for_edition
def _scored_ids(edition: Edition) -> Mapping[str, tuple[str, ...]]:
    return {node.id: tuple([q.id for q in node.questions() if q.scored]) for node in edition.nodes.values()}


def _adjusted_answers(sheet: AnswerSheet) -> dict[str, Answer]:
    return {question: said.answer for question, said in sheet.verdicts.items() if isinstance(said, Adjusted)}


def cached_share(share: Floats) -> CachedValue:
    """The value of a formula cell: the number of the one company there is, or empty where it is missing."""
    return "" if math.isnan(share[0]) else float(share[0])


def cached_score(score: float | None) -> CachedValue:
    """A score of the scorecard as a formula cell has it."""
    return "" if score is None else score
