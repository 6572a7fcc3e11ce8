"""Item analysis: nonresponse, score distribution and item-rest correlation of each question, and flags for review.

Counted over answers as claimed, of companies with an overall score: a form given up half-way says nothing about
the questions after that. A question is *put* to a company that is asked it and whose gate is not shut; what is
put is answered, left blank or not applicable, and these add up.

The item-rest correlation is Spearman's, of what an answer is worth with the theme's score without the question:
ranks, since worths are a few uneven steps, often heaped at an end. The rest is aggregated by the rules of the
score, without the question and without those that count only if it is answered in some way, which would go with
it by construction.

A review flag is no verdict: it says where to look. Each has its threshold and its source beside it; fewer than
ten companies raise none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from compliance.questionnaire.answers import AnswerValue
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question, theme_of, themes_of
from compliance.questionnaire.routing import NO, YES, predicates, routing_dependencies, with_dependencies
from compliance.scoring.aggregation import ARITHMETIC
from compliance.scoring.coded_answers import BLANK, FIRST_VALUE, NA, CodedAnswers
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

#: The least coverage with which a requirement stands for a company in the consistency of its theme.
MIN_ITEM_COVERAGE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScoreDistribution:
    """Distribution of the normalised scores of the answers to a question: shares of full marks."""

    mean: float
    standard_deviation: float | None  # standard deviation, n - 1; None: of one answer
    lower: float  # quartiles of type 7
    median: float
    upper: float
    ceiling: float  # share of the answers with full marks
    floor: float  # share of the answers that earn nothing, or less


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStatistics:
    """One scored question as it was answered. Counts are companies."""

    question: Question
    theme: Node
    put: int
    gated_out: int  # asked, and its gate is shut
    answered: int
    blank: int
    na: int
    option_counts: Mapping[str, int]  # of a choice: how many took each option, in the order of the options; 0 is said
    mode: tuple[AnswerValue, int] | None  # the answer that most gave; None: nobody answered
    distribution: ItemScoreDistribution | None  # None: nobody answered
    item_rest: RankCorrelation | None  # None: fewer than ten companies, or no spread

    def share_of_put(self, count: int) -> float | None:
        """A count as a share of those it was put to; None: it was put to nobody."""
        return count / self.put if self.put else None

    def share_of_answered(self, count: int) -> float | None:
        """A count as a share of those who answered; None: nobody did."""
        return count / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """Every scored question, in file order, and every theme."""

    plan: CompiledEdition
    companies: int  # those with an overall score
    without_score: int  # and those without, which are in no figure
    questions: Mapping[str, ItemStatistics]
    themes: Mapping[str, InternalConsistency]


@dataclass(slots=True)
class _ItemCounter:
    """Running counts of one question, block by block; `rest` has a place for every company."""

    question: Question
    theme: Node
    left_out: frozenset[str]
    values: tuple[AnswerValue, ...]
    of_code: Floats  # what each code of its column is worth; NaN for blank and n/a
    rest: Floats  # the theme without it, where it was put and the theme has a score
    codes: Codes  # how many of those it was put to gave each answer
    shut: int = 0


@dataclass(slots=True)
class _ThemeItems:
    """The requirements of one theme; `shares` has a row for each, and a place for every company."""

    theme: Node
    items: tuple[Node | Question, ...]
    weights: tuple[float, ...]
    shares: Floats = field(default_factory=lambda: np.empty((0, 0)))


def analyse_items(plan: CompiledEdition, columns: CodedAnswers, theme: str | None = None) -> ItemAnalysis:
    """Look at every scored question, or at those of one theme, a block of companies at a time.

    What is kept meanwhile is four bytes for each company and question. Raise KeyError for what is no
    theme.
    """
    themes = themes_of(plan.edition)
    wanted = list(themes.values()) if theme is None else [themes[theme]]
    gated = _dependent_questions(plan.edition)
    counts = [_item_counter(plan, columns, q, gated[q.id]) for q in _questions(plan, wanted)]
    items = [_theme_items(plan, columns, node) for node in wanted]
    scored = 0
    for here, scores in score_blocks(plan, columns):
        scored += int(np.sum(~np.isnan(scores.overall.score)))
        for count in counts:
            _count_block(count, here, scores)
        for of_theme in items:
            _add_theme_block(of_theme, here, scores)
    return ItemAnalysis(
        plan,
        scored,
        len(columns.companies) - scored,
        {count.question.id: _item_statistics(count, columns) for count in counts},
        {of.theme.id: internal_consistency(_weighted_items(of), of.shares) for of in items},
    )


def _weighted_items(of: _ThemeItems) -> list[WeightedItem]:
    return [WeightedItem(item.id, weight) for item, weight in zip(of.items, of.weights, strict=True)]


def _questions(plan: CompiledEdition, themes: list[Node]) -> list[Question]:
    held = {node.id for node in themes}
    return [plan.edition.questions[q] for q in plan.worth if theme_of(plan.edition, q).id in held]


# ── One question


def _dependent_questions(edition: Edition) -> Mapping[str, frozenset[str]]:
    """For each question, itself and those that count only if it is answered in some way, however far behind it.

    A question that is not asked, or behind a shut gate, opens no other: so what its route looks at is looked at by the
    gate that looks at it.
    """
    hanging = routing_dependencies(edition)
    found = {question: {question} for question in edition.questions}
    for question in edition.questions.values():
        gate = with_dependencies(hanging, (term.id for term in predicates(question.counts_when)))
        for above in gate & found.keys():
            found[above].add(question.id)
    return {question: frozenset(these) for question, these in found.items()}


def _item_counter(
    plan: CompiledEdition, columns: CodedAnswers, question: Question, left_out: frozenset[str]
) -> _ItemCounter:
    values, n = columns.answers[question.id].values, len(columns.companies)
    return _ItemCounter(
        question,
        theme_of(plan.edition, question.id),
        left_out,
        values,
        np.array([np.nan, np.nan, *(normalised_score(question, value) for value in values)]),
        np.full(n, np.nan, np.float32),
        np.zeros(len(values) + FIRST_VALUE, np.int64),
    )


def _count_block(count: _ItemCounter, here: slice, scores: Scores) -> None:
    question = count.question.id
    gate = scores.routes.counts[question]
    asked = (scores.routes.asked[question] == YES) & ~np.isnan(scores.overall.score)
    put: Flags = asked & (gate != NO)
    codes = scores.columns.answers[question].codes
    count.shut += int(np.sum(asked & (gate == NO)))
    count.codes += np.bincount(codes[put], minlength=len(count.codes))
    rest = _rest_score(scores, count.theme, count.left_out)
    has_score = ~np.isnan(scores.results[count.theme.id].score)
    count.rest[here] = np.where(put & has_score, rest, np.nan)


def _rest_score(scores: Scores, node: Node, left_out: frozenset[str]) -> Floats:
    """Score a node without some questions, by its own rule; NaN where it is off, or nothing is left."""
    weights, shares = [], []
    for part in node.parts:
        if part.id in left_out or part.id not in scores.plan.weights[node.id]:
            continue
        weights.append(scores.plan.weights[node.id][part.id])
        holds = isinstance(part, Node) and any(question.id in left_out for question in part.questions())
        shares.append(
            _rest_score(scores, part, left_out)
            if holds and isinstance(part, Node)
            else scores.results[part.id].value[SCORE]
        )
    as_is = scores.results[node.id].value[SCORE]
    if not shares:
        return np.full_like(as_is, np.nan)
    return np.where(np.isnan(as_is), np.nan, ARITHMETIC[node.combine].score(weights, shares))


def _item_statistics(count: _ItemCounter, columns: CodedAnswers) -> ItemStatistics:
    codes = count.codes
    answers = codes[FIRST_VALUE:]
    answered = int(answers.sum())
    return ItemStatistics(
        question=count.question,
        theme=count.theme,
        put=int(codes.sum()),
        gated_out=count.shut,
        answered=answered,
        blank=int(codes[BLANK]),
        na=int(codes[NA]),
        option_counts=_option_counts(count),
        mode=_mode(count) if answered else None,
        distribution=_score_distribution(np.repeat(count.of_code[FIRST_VALUE:], answers)) if answered else None,
        item_rest=spearman(count.of_code[columns.answers[count.question.id].codes], count.rest),
    )


def _option_counts(count: _ItemCounter) -> Mapping[str, int]:
    taken = {option.id: 0 for option in count.question.options}
    if count.question.kind == "many":
        taken[NONE_OF_THESE] = 0
    for value, companies in zip(count.values, count.codes[FIRST_VALUE:], strict=True):
        chosen = value if isinstance(value, tuple) else (value,)
        for option in (option for option in chosen if option in taken):
            taken[str(option)] += int(companies)
    return taken


def _mode(count: _ItemCounter) -> tuple[AnswerValue, int]:
    """The answer that most companies gave; of several, the one that comes first as text, whoever gave it first."""
    told = zip(count.values, count.codes[FIRST_VALUE:], strict=True)
    value, companies = min(told, key=lambda pair: (-pair[1], str(pair[0])))
    return value, int(companies)


def _score_distribution(worths: Floats) -> ItemScoreDistribution:
    lower, median, upper = (float(q) for q in np.quantile(worths, [0.25, 0.5, 0.75]))
    return ItemScoreDistribution(
        mean=float(worths.mean()),
        standard_deviation=float(worths.std(ddof=1)) if len(worths) > 1 else None,
        lower=lower,
        median=median,
        upper=upper,
        ceiling=float(np.mean(worths >= 1.0 - TOLERANCE)),
        floor=float(np.mean(worths <= TOLERANCE)),
    )


# ── One theme


def _theme_items(plan: CompiledEdition, columns: CodedAnswers, theme: Node) -> _ThemeItems:
    """The requirements of a theme with what each weighs in it; its own parts where it has none."""
    weighed: list[tuple[Node | Question, float]] = []

    def visit(node: Node, carried: float) -> None:
        weights = plan.weights[node.id]
        whole = sum(weights.values())
        for part in (part for part in node.parts if part.id in weights):
            here = carried * weights[part.id] / whole
            if isinstance(part, Node) and not part.is_requirement:
                visit(part, here)
            else:
                weighed.append((part, here))

    visit(theme, 1.0)
    items, weights = zip(*weighed, strict=True)
    return _ThemeItems(theme, items, weights, np.full((len(items), len(columns.companies)), np.nan, np.float32))


def _add_theme_block(of_theme: _ThemeItems, here: slice, scores: Scores) -> None:
    for row, item in zip(of_theme.shares, of_theme.items, strict=True):
        result = scores.results[item.id]
        counts = (result.coverage >= MIN_ITEM_COVERAGE - TOLERANCE) & ~np.isnan(scores.overall.score)
        row[here] = np.where(counts, result.score, np.nan)


#: Krippendorff, Content Analysis (2nd ed., 2004), p. 241: from 0.8 conclusions may rest on it, from 0.667 only
#: tentative ones.
RELIABLE, TENTATIVE = 0.8, 0.667
#: One company in five: where that many cannot answer, or need not, the question is put to the wrong ones, or asks for
#: what they do not know. A house rule.
HIGH_NONRESPONSE = 0.2
#: The same answer from nearly everybody hardly tells companies apart any longer. A house rule too.
NEARLY_UNANIMOUS = 0.95

ReviewFlag: TypeAlias = Literal["apart", "against", "blank", "applies", "tentative", "na", "alike"]
#: Signs that speak of the question itself weigh 2; those that may as well speak of the companies, 1.
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
    """One question to look at again, and why."""

    statistics: ItemStatistics
    agreement: QuestionAgreement | None  # None: nobody read a second time
    flags: tuple[ReviewFlag, ...]  # the gravest first

    @property
    def severity(self) -> int:
        """Sum of the weights of its flags."""
        return sum(SEVERITY[flag] for flag in self.flags)


def items_to_review(quality: ItemAnalysis, readings: RaterComparison | None = None) -> tuple[ItemReview, ...]:
    """The questions with a sign: those whose signs weigh most first, then in file order."""
    reviews = (review_item(each, readings.questions[q] if readings else None) for q, each in quality.questions.items())
    return tuple(sorted((review for review in reviews if review.flags), key=lambda review: -review.severity))


def review_item(quality: ItemStatistics, reading: QuestionAgreement | None) -> ItemReview:
    """One question with its signs, if it has any."""
    flags: Sequence[ReviewFlag] = [*_answer_flags(quality), *(_agreement_flags(reading) if reading else ())]
    return ItemReview(quality, reading, tuple(sorted(flags, key=list(SEVERITY).index)))


def _answer_flags(quality: ItemStatistics) -> Iterator[ReviewFlag]:
    if quality.item_rest is not None and quality.item_rest.high < 0:
        yield "against"
    if quality.put >= MIN_UNITS:
        if quality.blank >= HIGH_NONRESPONSE * quality.put - TOLERANCE:
            yield "blank"
        if quality.na >= HIGH_NONRESPONSE * quality.put - TOLERANCE:
            yield "na"
    most = quality.mode[1] if quality.mode else 0
    if quality.answered >= MIN_UNITS and most >= NEARLY_UNANIMOUS * quality.answered - TOLERANCE:
        yield "alike"


def _agreement_flags(reading: QuestionAgreement) -> Iterator[ReviewFlag]:
    if _is_unreliable(reading.answers):
        yield "apart"
    elif reading.answers.alpha is not None and reading.answers.alpha < RELIABLE - TOLERANCE:
        yield "tentative"
    if _is_unreliable(reading.applicability):
        yield "applies"


def _is_unreliable(found: Agreement) -> bool:
    """Not even tentative, and that is settled: where nearly all answer alike, one slip takes alpha to 0."""
    if found.alpha is None or found.high is None:
        return False
    return found.alpha < TENTATIVE - TOLERANCE and found.high < 1.0 - TOLERANCE
