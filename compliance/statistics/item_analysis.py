"""Item analysis: nonresponse, score distribution and item-rest correlation of each question, and flags for review.

It counts answers as claimed, of companies with an overall score: a form abandoned half-way says nothing about the
questions after that. A question is *put* to a company that is asked it and whose gate is not shut. Questions put are
answered, left blank or not applicable, and these add up.

The item-rest correlation is Spearman's, between an answer's normalised score and the theme's score without the
question: on ranks, since such scores are a few uneven steps, often concentrated at one end. The rest is aggregated by
the rules of the score, without the question and without those that count only after certain answers to it, which would
correlate with it by construction.

A review flag is not a verdict: it says where to look. The threshold and source of each are beside it. Fewer than ten
companies raise none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from compliance.questionnaire.answers import AnswerValue
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question
from compliance.questionnaire.routing import NO, YES, predicates, routing_dependencies, with_dependencies
from compliance.questionnaire.themes import theme_of, themes_of
from compliance.scoring.aggregation import aggregate
from compliance.scoring.answer_columns import BLANK, FIRST_VALUE, NA
from compliance.scoring.coded_answers import CodedAnswers
from compliance.scoring.compiled_edition import CompiledEdition, normalised_score
from compliance.scoring.numeric import SCORE, TOLERANCE, Codes, Flags, Floats
from compliance.scoring.score import Scores, score_blocks
from compliance.statistics.correlation import (
    InternalConsistency,
    RankCorrelation,
    WeightedItem,
    internal_consistency,
    spearman,
)
from compliance.statistics.inter_rater import Agreement, QuestionAgreement, RaterComparison
from compliance.statistics.thresholds import MIN_UNITS

#: The least coverage with which a company's score on a requirement enters the consistency of its theme.
MIN_ITEM_COVERAGE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScoreDistribution:
    """Distribution of the normalised scores of a question's answers."""

    mean: float
    standard_deviation: float | None  # with n - 1; None: only one answer
    lower: float  # quartiles of type 7
    median: float
    upper: float
    ceiling: float  # share of the answers with full marks
    floor: float  # share of the answers that earn nothing or less


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStatistics:
    """Statistics of one scored question. Counts are numbers of companies."""

    question: Question
    theme: Node
    asked: int
    gated_out: int  # asked, but its gate is shut
    answered: int
    blank: int
    na: int
    option_counts: Mapping[str, int]  # for a choice: how many chose each option, including zeros
    mode: tuple[AnswerValue, int] | None  # the most frequent answer with its count; None: no answers
    distribution: ItemScoreDistribution | None  # None: no answers
    item_rest: RankCorrelation | None  # None: fewer than ten companies, or no variation

    def share_of_asked(self, count: int) -> float | None:
        """Return a count as a share of the companies that the question was put to, or None if there are none."""
        return count / self.asked if self.asked else None

    def share_of_answered(self, count: int) -> float | None:
        """Return a count as a share of the companies that answered, or None if there are none."""
        return count / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """The analysis of every scored question, in file order, and of every theme."""

    compiled: CompiledEdition
    companies: int  # companies with an overall score
    without_score: int  # companies without one, which are in no figure
    questions: Mapping[str, ItemStatistics]
    themes: Mapping[str, InternalConsistency]


@dataclass(slots=True)
class _ItemCounter:
    """Running counts of one question, updated block by block. `rest` has an element for every company."""

    question: Question
    theme: Node
    left_out: frozenset[str]
    values: tuple[AnswerValue, ...]
    of_code: Floats  # the normalised score of each code of its column; NaN for blank and n/a
    rest: Floats  # the theme's score without it, if it was put and the theme has a score
    codes: Codes  # how many companies gave each answer, of those it was put to
    shut: int = 0


@dataclass(slots=True)
class _ThemeItems:
    """The requirements of one theme. `shares` has a row for each, and a column for every company."""

    theme: Node
    items: tuple[Node | Question, ...]
    weights: tuple[float, ...]
    shares: Floats = field(default_factory=lambda: np.empty((0, 0)))


def analyse_items(compiled: CompiledEdition, columns: CodedAnswers, theme: str | None = None) -> ItemAnalysis:
    """Return the analysis of every scored question, or of one theme's, computed in blocks of companies.

    Memory is four bytes for each company and question. Raise KeyError if `theme` is not a theme.
    """
    themes = themes_of(compiled.edition)
    wanted = list(themes.values()) if theme is None else [themes[theme]]
    gated = _dependent_questions(compiled.edition)
    counts = [_item_counter(compiled, columns, q, gated[q.id]) for q in _scored_questions(compiled, wanted)]
    items = [_theme_items(compiled, columns, node) for node in wanted]
    scored = 0
    for here, scores in score_blocks(compiled, columns):
        scored += int(np.sum(~np.isnan(scores.overall.score)))
        for count in counts:
            _count_block(count, here, scores)
        for of_theme in items:
            _add_theme_block(of_theme, here, scores)
    return ItemAnalysis(
        compiled,
        scored,
        len(columns.companies) - scored,
        {count.question.id: _item_statistics(count, columns) for count in counts},
        {of.theme.id: internal_consistency(_weighted_items(of), of.shares) for of in items},
    )


def _weighted_items(theme_items: _ThemeItems) -> list[WeightedItem]:
    return [WeightedItem(item.id, weight) for item, weight in zip(theme_items.items, theme_items.weights, strict=True)]


def _scored_questions(compiled: CompiledEdition, themes: list[Node]) -> list[Question]:
    wanted = {node.id for node in themes}
    return [compiled.edition.questions[q] for q in compiled.points_ranges if theme_of(compiled.edition, q).id in wanted]


# ── One question


def _dependent_questions(edition: Edition) -> Mapping[str, frozenset[str]]:
    """Return, for each question, itself and all questions that count only after certain answers to it.

    A question that is not asked, or whose gate is shut, opens no other. So a gate that looks at a question also looks
    at everything on that question's route.
    """
    dependencies = routing_dependencies(edition)
    dependents = {question: {question} for question in edition.questions}
    for question in edition.questions.values():
        looked_at = with_dependencies(dependencies, (term.id for term in predicates(question.counts_when)))
        for above in looked_at & dependents.keys():
            dependents[above].add(question.id)
    return {question: frozenset(ids) for question, ids in dependents.items()}


def _item_counter(
    compiled: CompiledEdition, columns: CodedAnswers, question: Question, left_out: frozenset[str]
) -> _ItemCounter:
    values, n = columns.answers[question.id].values, len(columns.companies)
    return _ItemCounter(
        question,
        theme_of(compiled.edition, question.id),
        left_out,
        values,
        np.array([np.nan, np.nan, *(normalised_score(question, value) for value in values)]),
        np.full(n, np.nan, np.float32),
        np.zeros(len(values) + FIRST_VALUE, np.int64),
    )


def _count_block(counter: _ItemCounter, here: slice, scores: Scores) -> None:
    question = counter.question.id
    gate = scores.routes.counts[question]
    asked = (scores.routes.asked[question] == YES) & ~np.isnan(scores.overall.score)
    put: Flags = asked & (gate != NO)
    codes = scores.columns.answers[question].codes
    counter.shut += int(np.sum(asked & (gate == NO)))
    counter.codes += np.bincount(codes[put], minlength=len(counter.codes))
    rest = _rest_score(scores, counter.theme, counter.left_out)
    has_score = ~np.isnan(scores.results[counter.theme.id].score)
    counter.rest[here] = np.where(put & has_score, rest, np.nan)


def _rest_score(scores: Scores, node: Node, left_out: frozenset[str]) -> Floats:
    """Return the score of a node without some questions, by its own rule; NaN if it is off or nothing is left."""
    weights, counted, shares = [], [], []
    for part in node.parts:
        if part.id in left_out or part.id not in scores.compiled.weights[node.id]:
            continue
        weights.append(scores.compiled.weights[node.id][part.id])
        counted.append(scores.compiled.counted[node.id][part.id])
        has_left_out = isinstance(part, Node) and any(question.id in left_out for question in part.questions())
        shares.append(
            _rest_score(scores, part, left_out)
            if has_left_out and isinstance(part, Node)
            else scores.results[part.id].value[SCORE]
        )
    as_is = scores.results[node.id].value[SCORE]
    if not any(counted):
        return np.full_like(as_is, np.nan)
    return np.where(np.isnan(as_is), np.nan, aggregate(node, weights, shares, counted))


def _item_statistics(counter: _ItemCounter, columns: CodedAnswers) -> ItemStatistics:
    codes = counter.codes
    answers = codes[FIRST_VALUE:]
    answered = int(answers.sum())
    return ItemStatistics(
        question=counter.question,
        theme=counter.theme,
        asked=int(codes.sum()),
        gated_out=counter.shut,
        answered=answered,
        blank=int(codes[BLANK]),
        na=int(codes[NA]),
        option_counts=_option_counts(counter),
        mode=_mode(counter) if answered else None,
        distribution=_score_distribution(np.repeat(counter.of_code[FIRST_VALUE:], answers)) if answered else None,
        item_rest=spearman(counter.of_code[columns.answers[counter.question.id].codes], counter.rest),
    )


def _option_counts(counter: _ItemCounter) -> Mapping[str, int]:
    counts = {option.id: 0 for option in counter.question.options}
    if counter.question.kind == "many":
        counts[NONE_OF_THESE] = 0
    for value, companies in zip(counter.values, counter.codes[FIRST_VALUE:], strict=True):
        chosen = value if isinstance(value, tuple) else (value,)
        for option in (option for option in chosen if option in counts):
            counts[str(option)] += int(companies)
    return counts


def _mode(counter: _ItemCounter) -> tuple[AnswerValue, int]:
    """Return the most frequent answer and its count. Of equally frequent answers, take the first as text."""
    counts = zip(counter.values, counter.codes[FIRST_VALUE:], strict=True)
    value, companies = min(counts, key=lambda pair: (-pair[1], str(pair[0])))
    return value, int(companies)


def _score_distribution(scores: Floats) -> ItemScoreDistribution:
    lower, median, upper = (float(q) for q in np.quantile(scores, [0.25, 0.5, 0.75]))
    return ItemScoreDistribution(
        mean=float(scores.mean()),
        standard_deviation=float(scores.std(ddof=1)) if len(scores) > 1 else None,
        lower=lower,
        median=median,
        upper=upper,
        ceiling=float(np.mean(scores >= 1.0 - TOLERANCE)),
        floor=float(np.mean(scores <= TOLERANCE)),
    )


# ── One theme


def _theme_items(compiled: CompiledEdition, columns: CodedAnswers, theme: Node) -> _ThemeItems:
    """Return the requirements of a theme with their weights in it, or its own parts if it has none.

    Prerequisites and parts that only take points away weigh nothing and are left out.
    """
    weighed: list[tuple[Node | Question, float]] = []

    def visit(node: Node, carried: float) -> None:
        weights = {part: weight for part, weight in compiled.counted[node.id].items() if weight}
        whole = sum(weights.values())
        for part in (part for part in node.parts if part.id in weights):
            here = carried * weights[part.id] / whole
            if isinstance(part, Node) and not part.is_requirement:
                visit(part, here)
            else:
                weighed.append((part, here))

    visit(theme, 1.0)
    items, weights = zip(*weighed, strict=True) if weighed else ((), ())
    return _ThemeItems(theme, items, weights, np.full((len(items), len(columns.companies)), np.nan, np.float32))


def _add_theme_block(theme_items: _ThemeItems, here: slice, scores: Scores) -> None:
    for row, item in zip(theme_items.shares, theme_items.items, strict=True):
        result = scores.results[item.id]
        counts = (result.coverage >= MIN_ITEM_COVERAGE - TOLERANCE) & ~np.isnan(scores.overall.score)
        row[here] = np.where(counts, result.score, np.nan)


#: Krippendorff, Content Analysis (2nd ed., 2004), p. 241: conclusions may rest on alpha from 0.8, and only tentative
#: ones from 0.667.
RELIABLE, TENTATIVE = 0.8, 0.667
#: One company in five: if that many cannot or need not answer, the question is put to the wrong companies, or asks for
#: what they do not know. A house rule.
HIGH_NONRESPONSE = 0.2
#: The same answer from nearly everybody hardly distinguishes companies. A house rule too.
NEARLY_UNANIMOUS = 0.95

ReviewFlag: TypeAlias = Literal["apart", "against", "blank", "applies", "tentative", "na", "alike"]
#: Flags about the question itself weigh 2. Flags that may concern the companies instead weigh 1.
SEVERITY: dict[ReviewFlag, int] = {
    "apart": 2,
    "against": 2,
    "blank": 2,
    "applies": 2,
    "tentative": 1,
    "na": 1,
    "alike": 1,
}


@dataclass(frozen=True, slots=True)
class ItemReview:
    """One question to review, and why."""

    statistics: ItemStatistics
    agreement: QuestionAgreement | None  # None: there was no second reading
    flags: tuple[ReviewFlag, ...]  # the gravest first

    @property
    def severity(self) -> int:
        """The sum of the weights of its flags."""
        return sum(SEVERITY[flag] for flag in self.flags)


def items_to_review(analysis: ItemAnalysis, comparison: RaterComparison | None = None) -> tuple[ItemReview, ...]:
    """Return the questions with a flag, by descending severity, then in file order."""
    reviews = (
        review_item(each, comparison.questions[question] if comparison else None)
        for question, each in analysis.questions.items()
    )
    return tuple(sorted((review for review in reviews if review.flags), key=lambda review: -review.severity))


def review_item(statistics: ItemStatistics, agreement: QuestionAgreement | None) -> ItemReview:
    """Return one question with its flags, if it has any."""
    flags: Sequence[ReviewFlag] = [*_answer_flags(statistics), *(_agreement_flags(agreement) if agreement else ())]
    return ItemReview(statistics, agreement, tuple(sorted(flags, key=list(SEVERITY).index)))


def _answer_flags(item: ItemStatistics) -> Iterator[ReviewFlag]:
    if item.item_rest is not None and item.item_rest.high < 0:
        yield "against"
    if item.asked >= MIN_UNITS:
        if item.blank >= HIGH_NONRESPONSE * item.asked - TOLERANCE:
            yield "blank"
        if item.na >= HIGH_NONRESPONSE * item.asked - TOLERANCE:
            yield "na"
    most = item.mode[1] if item.mode else 0
    if item.answered >= MIN_UNITS and most >= NEARLY_UNANIMOUS * item.answered - TOLERANCE:
        yield "alike"


def _agreement_flags(agreement: QuestionAgreement) -> Iterator[ReviewFlag]:
    if _is_unreliable(agreement.answers):
        yield "apart"
    elif agreement.answers.alpha is not None and agreement.answers.alpha < RELIABLE - TOLERANCE:
        yield "tentative"
    if _is_unreliable(agreement.applicability):
        yield "applies"


def _is_unreliable(agreement: Agreement) -> bool:
    """Tell whether alpha is below even TENTATIVE, and the upper end of its interval below 1.

    If nearly all answers are the same, a single disagreement takes alpha to 0.
    """
    if agreement.alpha is None or agreement.high is None:
        return False
    return agreement.alpha < TENTATIVE - TOLERANCE and agreement.high < 1.0 - TOLERANCE
