"""The data of a scorecard workbook: answers, metadata, the engine's results and the layout.

Each of its numbers is the present result of a formula cell; `answer_formulas` and `score_formulas` have the formulas.
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
    """An earlier submission, with the verdicts on it when it was superseded."""

    compiled: CompiledEdition
    sheet: AnswerSheet
    at: date


@dataclass(frozen=True, slots=True)
class AssessmentMetadata:
    """Who answered, when, and with which reasons and evidence. All texts are plain."""

    company: str = ""  # its name, if it differs from that in the answer sheet
    period: str = ""
    law_as_of: str = ""  # the day of the law catalogue, ISO 8601
    today: date | None = None  # the day for which the law that binds the company is determined; None: it is not
    voice: str = ""  # the company itself, or a desk analyst
    reasons: Mapping[str, str] = field(default_factory=dict)  # by question id, in addition to those of n/a
    evidence: Mapping[str, str] = field(default_factory=dict)  # by question id
    comments: Mapping[str, str] = field(default_factory=dict)  # an auditor's, by the key of a line of *Review*
    next_reviews: Mapping[str, date] = field(default_factory=dict)  # by question id, set by an auditor
    own_columns: tuple[OwnColumn, ...] = ()  # added to *Review* by an auditor
    assessment: str = ""  # its id in the installation; this and the next four are for the fingerprint
    submission: str = ""
    downloaded_by: str = ""
    downloaded_at: str = ""
    download: str = ""  # the id of this download in the installation
    published: PublishedSnapshot | None = None  # figures for comparison; None: *Peers* is left out
    earlier: tuple[EarlierSubmission, ...] | None = None  # the latest first; None: not known, *Changes* is left out
    by_choice: tuple[str, ...] = ()  # sentences on the scores of questions by choice
    passages: tuple[PassageLine, ...] = ()  # for an auditor to judge; (): *Passages* is left out
    improvement_plan: ImprovementPlan | None = None  # the least effort to the next band; None: not computed


#: Returns the scores of one sheet on a basis.
ScoredOn: TypeAlias = Callable[[Basis], ScoredSheet]


@dataclass(frozen=True)
class ScorecardData:
    """One sheet of one edition, scored on one basis; `on` returns it on another."""

    compiled: CompiledEdition
    sheet: AnswerSheet
    metadata: AssessmentMetadata
    basis: Basis = "claimed"
    plan: "ScorecardData | None" = field(default=None, repr=False, compare=False)  # its layout is reused
    scored: ScoredOn | None = field(default=None, repr=False, compare=False)  # None: they are computed here
    _made: dict[Basis, "ScorecardData"] = field(default_factory=dict, repr=False, compare=False)

    def on(self, basis: Basis) -> "ScorecardData":
        """Return the same data on another basis."""
        found = self if basis == self.basis else self._made.get(basis)
        if found is None:
            self._made[self.basis] = self
            found = self._made[basis] = replace(self, basis=basis)
        return found

    def forget(self) -> None:
        """Drop the data on other bases: they refer to each other, and would stay until Python collects cycles."""
        self._made.clear()

    @property
    def on_each_basis(self) -> Sequence["ScorecardData"]:
        """The same data on every basis: claimed, evidenced, verified."""
        return [self.on(basis) for basis in BASES]

    @property
    def edition(self) -> Edition:
        """The edition that the sheet answers."""
        return self.compiled.edition

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of the file, which identifies it when it is returned."""
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
        """The same data as evidenced and as verified, to show next to claimed scores."""
        return self.on("evidenced"), self.on("verified")

    @cached_property
    def facts(self) -> CompanyFacts | None:
        """The facts about the company that determine which law binds it today; None without `today`."""
        return company_facts(self.edition, self.sheet, self.metadata.today) if self.metadata.today else None

    @cached_property
    def layout(self) -> ScorecardLayout:
        """The cells of the workbook."""
        return self.plan.on(self.basis).layout if self.plan else ScorecardLayout(self.edition, self.basis)

    @cached_property
    def counted(self) -> AnswerSheet:
        """The sheet with the answers that count: results of questions of places; as verified, adjusted answers."""
        counted = counted_sheet(self.edition, self.sheet)
        return (
            replace(counted, answers={**counted.answers, **_adjusted_answers(counted)}) if self.by_verdict else counted
        )

    @property
    def by_verdict(self) -> bool:
        """Whether verdicts count: as verified."""
        return self.basis == "verified"

    @cached_property
    def _verdicts(self) -> Mapping[str, Verdict]:
        return counted_sheet(self.edition, self.sheet).verdicts

    @cached_property
    def read(self) -> Mapping[str, Answer]:
        """The answers as they are written: claimed, or, as verified, replaced by adjusted ones."""
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
        """The engine's scores."""
        return self._known.scores if self._known else score(self.compiled, [self.sheet], self.basis)

    @cached_property
    def card(self) -> Scorecard:
        """The scorecard; as verified, without scores until there is a verdict. It has gaps only as claimed."""
        if self._known:
            return self._known.card
        return read_scorecard(self.scores, self.sheet, self.basis, gaps=self.basis == "claimed", integration=False)

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """The route of every question, by the company's answers."""
        return route_questions(self.edition, self.sheet)

    @property
    def claimed(self) -> Scorecard:
        """The claimed scorecard."""
        return self.on("claimed").card

    @property
    def verified(self) -> Scorecard | None:
        """The verified scorecard; None if there are no verdicts."""
        return self.on("verified").card if self.has_verdicts else None

    @cached_property
    def has_verdicts(self) -> bool:
        """Whether an auditor judged any scored question."""
        return any(question in self._verdicts for question in self.compiled.points_ranges)

    @property
    def is_off(self) -> bool:
        """Whether there is no score because, as verified, nothing has been judged."""
        return self.by_verdict and not self.has_verdicts

    def verdict(self, question: Question) -> VerdictCode:
        """Return the determination of a question, as a code."""
        verdict = self._verdicts.get(question.id)
        if verdict is None:
            return VerdictCode.NOT_REVIEWED
        if isinstance(verdict, Adjusted):
            return VerdictCode.ADJUSTED
        return VerdictCode.CONFIRMED if verdict == "confirmed" else VerdictCode.NOT_SHOWN

    def judged(self, part: Node | Question) -> float:
        """Return the number of a part's scored questions that an auditor has judged."""
        if isinstance(part, Node):
            return float(len(self._verdicts.keys() & self.scored_ids[part.id]))
        return float(part.scored and part.id in self._verdicts)

    def credit(self, question: Question) -> float:
        """Return how far the answer is credited: CREDITED, UNCONFIRMED or REJECTED."""
        return float(self.scores.columns.credit[question.id][0])

    @cached_property
    def explanation(self) -> WorkedExample:
        """The calculation of the claimed score, step by step."""
        return explain(self.compiled, self.sheet, scores=self.on("claimed").scores)

    def written(self, question: Question) -> CachedValue:
        """Return the answer as *Calculation* reads it: a number, or its spelling."""
        answer = self.read.get(question.id)
        if isinstance(answer, float):
            return answer
        spelling = write_answer(answer)
        return spelling if question.kind in ("text", "date") else spelling.replace(" ", "")

    @cached_property
    def bands(self) -> OverallBands:
        """The overall bands, and the critical requirements that fail."""
        return self._known.bands if self._known else overall_bands(self.scores)

    def state(self, question: Question) -> AnswerState:
        """Return the state of the answer: blank, given or not applicable. In the file, a cell may also need a check."""
        answer = self.counted.answers.get(question.id)
        if answer is None:
            return AnswerState.BLANK
        return AnswerState.NOT_APPLICABLE if isinstance(answer, NotApplicable) else AnswerState.GIVEN

    def entered(self, question: Question) -> CachedValue:
        """Return the number, or the points of the options chosen; empty if there are none."""
        answer = self.counted.answers.get(question.id)
        if answer is None or isinstance(answer, NotApplicable):
            return ""
        if isinstance(answer, float):
            return answer
        points = option_points(question, answer)
        return "" if points is None else points

    def chosen(self, question: Question, option: str) -> bool:
        """Tell whether an option, or n/a, is the answer or part of it."""
        answer = self.counted.answers.get(question.id)
        if isinstance(answer, NotApplicable) or answer is None:
            return option == NOT_APPLICABLE_TEXT and answer is not None
        return option in answer if isinstance(answer, tuple) else option == answer

    def places(self, question: Question) -> PlacesResult | None:
        """Return the result of an answer about places; None for a blank, n/a, and any other question."""
        listed = {question.places: self.sheet.answers.get(question.places), question.id: self.read.get(question.id)}
        return result_in(question, {name: answer for name, answer in listed.items() if answer is not None})

    def asked(self, part: Node | Question) -> float:
        """Return whether a part is asked, with all conditions above it: 0, 0.5 (open) or 1."""
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
        """Return whether the gate of a question is open: 0, 0.5 (unknown) or 1."""
        return float(self.scores.routes.counts[question.id][0]) / 2

    def figure(self, part_id: str, track: Track) -> CachedValue:
        """Return a part's share of full marks, also at worst or at best, or its coverage; empty if it has none."""
        return self.figures[part_id][track.figure]

    @cached_property
    def figures(self) -> Mapping[str, Sequence[CachedValue]]:
        """Score, worst, best and coverage of each part."""
        results = self.scores.results.items()
        return {part: ["" if n != n else n for n in result.rows[0].tolist()] for part, result in results}  # NaN: none

    @cached_property
    def weights(self) -> Mapping[str, Sequence[float]]:
        """Effective weights of each part in the overall score, worst, best and coverage."""
        if self.is_off:
            return {part: [float(part == OVERALL)] * len(TRACKS) for part in self.scores.compiled.tree.slots}
        return {part: rows[0].tolist() for part, rows in all_effective_weights(self.scores).items()}

    def sums(self, questions: tuple[str, ...]) -> Sequence[float]:
        """Return sums over questions: contributions to score, worst, best and coverage, then weights in these."""
        if questions not in self._sums:
            columns = zip(*[self.carried[question] for question in questions], strict=True)
            self._sums[questions] = [*map(sum, columns)] or [0.0] * 2 * len(TRACKS)
        return self._sums[questions]

    @cached_property
    def _sums(self) -> dict[tuple[str, ...], Sequence[float]]:
        return {}

    @cached_property
    def carried(self) -> Mapping[str, Sequence[float]]:
        """The terms of `sums` for each scored question. A question that only deducts has no weight."""
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
        """Return the truth value of a condition's term: 0, 0.5 (open) or 1."""
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
    """Return the value of a formula cell: the share of the only company, or empty if it is missing."""
    return "" if math.isnan(share[0]) else float(share[0])


def cached_score(score: float | None) -> CachedValue:
    """Return a score as the value of a formula cell."""
    return "" if score is None else score
