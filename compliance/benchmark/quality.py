"""How each question does its work: who could answer it, what they answered, and whether it goes with its theme.

Counted over answers as claimed, of companies with an overall score: who gave up half-way left blank whatever came
after, which says nothing of any one question. A question is *put* to a company that is asked it and whose gate is not
shut: behind a shut gate there is nothing to answer. What is put is answered, left blank or not applicable, and these
add up.

Answers are looked at by what they are worth by themselves, as shares of full marks. How a question goes with its theme
is Spearman's rank correlation of that worth with the theme's score without the question, over the companies that
answered it: ranks, since worths are a few steps, unevenly spaced, and often heaped at an end. The rest of the theme is
worked out by the rules of the score, weights included, without the question itself and without those that count only
if it is answered in some way: with these it would go together by construction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from compliance.benchmark.consistency import Consistency, Item, consistency
from compliance.benchmark.need import Association, associate
from compliance.questionnaire.answers import Value
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Node, Question
from compliance.questionnaire.routing import NO, YES, hangs_on, terms, with_what_they_hang_on
from compliance.scoring.columns import BLANK, FIRST_VALUE, NA, Columns
from compliance.scoring.combine import combine
from compliance.scoring.plan import Plan, share
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.score import Scores, score_blocks
from compliance.scoring.types import SCORE, Codes, Flags, Floats

#: The least coverage with which a requirement stands for a company in the consistency of its theme.
ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Worths:
    """What the answers to a question are worth, in shares of full marks."""

    mean: float
    deviation: float | None  # standard deviation, n - 1; None: of one answer
    lower: float  # quartiles of type 7
    median: float
    upper: float
    full: float  # share of the answers with full marks
    nothing: float  # share of the answers that earn nothing, or less


@dataclass(frozen=True, slots=True)
class QuestionQuality:
    """One scored question as it was answered. Counts are companies."""

    question: Question
    theme: Node
    put: int
    shut: int  # asked, and its gate is shut
    answered: int
    blank: int
    na: int
    taken: Mapping[str, int]  # of a choice: how many took each option, in the order of the options; 0 is said
    commonest: tuple[Value, int] | None  # the answer that most gave; None: nobody answered
    worths: Worths | None  # None: nobody answered
    fit: Association | None  # None: fewer than ten companies, or no spread

    def of_put(self, count: int) -> float | None:
        """A count as a share of those it was put to; None: it was put to nobody."""
        return count / self.put if self.put else None

    def of_answered(self, count: int) -> float | None:
        """A count as a share of those who answered; None: nobody did."""
        return count / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Quality:
    """Every scored question, in file order, and every theme."""

    plan: Plan
    companies: int  # those with an overall score
    without_score: int  # and those without, which are in no figure
    questions: Mapping[str, QuestionQuality]
    themes: Mapping[str, Consistency]


@dataclass(slots=True)
class _Count:
    """What adds up of one question, block by block; `rest` has a place for every company."""

    question: Question
    theme: Node
    left_out: frozenset[str]
    values: tuple[Value, ...]
    of_code: Floats  # what each code of its column is worth; NaN for blank and n/a
    rest: Floats  # the theme without it, where it was put and the theme has a score
    codes: Codes  # how many of those it was put to gave each answer
    shut: int = 0


@dataclass(slots=True)
class _Items:
    """The requirements of one theme; `shares` has a row for each, and a place for every company."""

    theme: Node
    items: tuple[Node | Question, ...]
    weights: tuple[float, ...]
    shares: Floats = field(default_factory=lambda: np.empty((0, 0)))


def theme_of(edition: Edition, part: str) -> Node:
    """The theme of a question or requirement: the part of the whole that holds it, or the whole.

    The whole stands for the theme where right below it lie requirements or questions, as in a quick form.
    """
    top: Node | None = None
    node = edition.parents.get(part)
    while node is not None and node is not edition.root:
        top, node = node, edition.parents.get(node.id)
    return edition.root if top is None or top.is_requirement else top


def themes_of(edition: Edition) -> Mapping[str, Node]:
    """What questions are looked at beside: every theme that holds a scored one, by id, in file order."""
    found = (theme_of(edition, question.id) for question in edition.questions.values() if question.scored)
    return {node.id: node for node in found}


def quality_of(plan: Plan, columns: Columns, theme: str | None = None) -> Quality:
    """Look at every scored question, or at those of one theme, a block of companies at a time.

    What is kept meanwhile is four bytes for each company and question. Raise KeyError for what is no
    theme.
    """
    themes = themes_of(plan.edition)
    wanted = list(themes.values()) if theme is None else [themes[theme]]
    gated = _gated(plan.edition)
    counts = [_count(plan, columns, q, gated[q.id]) for q in _questions(plan, wanted)]
    items = [_items_of(plan, columns, node) for node in wanted]
    scored = 0
    for here, scores in score_blocks(plan, columns):
        scored += int(np.sum(~np.isnan(scores.overall.score)))
        for count in counts:
            _add(count, here, scores)
        for of_theme in items:
            _add_items(of_theme, here, scores)
    return Quality(
        plan,
        scored,
        len(columns.companies) - scored,
        {count.question.id: _finished(count, columns) for count in counts},
        {of.theme.id: consistency([Item(i.id, w) for i, w in zip(of.items, of.weights, strict=True)], of.shares)
         for of in items},
    )  # fmt: skip


def _questions(plan: Plan, themes: list[Node]) -> list[Question]:
    held = {node.id for node in themes}
    return [plan.edition.questions[q] for q in plan.worth if theme_of(plan.edition, q).id in held]


# ── One question


def _gated(edition: Edition) -> Mapping[str, frozenset[str]]:
    """For each question, itself and those that count only if it is answered in some way, however far behind it.

    A question that is not asked, or behind a shut gate, opens no other: so what its route looks at is looked at by the
    gate that looks at it.
    """
    hanging = hangs_on(edition)
    found = {question: {question} for question in edition.questions}
    for question in edition.questions.values():
        gate = with_what_they_hang_on(hanging, (term.id for term in terms(question.counts_when)))
        for above in gate & found.keys():
            found[above].add(question.id)
    return {question: frozenset(these) for question, these in found.items()}


def _count(plan: Plan, columns: Columns, question: Question, left_out: frozenset[str]) -> _Count:
    values, n = columns.answers[question.id].values, len(columns.companies)
    return _Count(
        question,
        theme_of(plan.edition, question.id),
        left_out,
        values,
        np.array([np.nan, np.nan, *(share(question, value) for value in values)]),
        np.full(n, np.nan, np.float32),
        np.zeros(len(values) + FIRST_VALUE, np.int64),
    )


def _add(count: _Count, here: slice, scores: Scores) -> None:
    question = count.question.id
    gate = scores.routes.counts[question]
    asked = (scores.routes.asked[question] == YES) & ~np.isnan(scores.overall.score)
    put: Flags = asked & (gate != NO)
    codes = scores.columns.answers[question].codes
    count.shut += int(np.sum(asked & (gate == NO)))
    count.codes += np.bincount(codes[put], minlength=len(count.codes))
    rest = _without(scores, count.theme, count.left_out)
    has_score = ~np.isnan(scores.results[count.theme.id].score)
    count.rest[here] = np.where(put & has_score, rest, np.nan)


def _without(scores: Scores, node: Node, left_out: frozenset[str]) -> Floats:
    """What a node would score without some questions, by its own rule; off where it is off, or nothing is left."""
    weights, shares = [], []
    for part in node.parts:
        if part.id in left_out or part.id not in scores.plan.weights[node.id]:
            continue
        weights.append(scores.plan.weights[node.id][part.id])
        holds = isinstance(part, Node) and any(question.id in left_out for question in part.questions())
        shares.append(
            _without(scores, part, left_out)
            if holds and isinstance(part, Node)
            else scores.results[part.id].value[SCORE]
        )
    as_is = scores.results[node.id].value[SCORE]
    if not shares:
        return np.full_like(as_is, np.nan)
    return np.where(np.isnan(as_is), np.nan, combine(node.combine, weights, shares))


def _finished(count: _Count, columns: Columns) -> QuestionQuality:
    codes = count.codes
    answers = codes[FIRST_VALUE:]
    answered = int(answers.sum())
    return QuestionQuality(
        question=count.question,
        theme=count.theme,
        put=int(codes.sum()),
        shut=count.shut,
        answered=answered,
        blank=int(codes[BLANK]),
        na=int(codes[NA]),
        taken=_taken(count),
        commonest=_commonest(count) if answered else None,
        worths=_worths(np.repeat(count.of_code[FIRST_VALUE:], answers)) if answered else None,
        fit=associate(count.of_code[columns.answers[count.question.id].codes], count.rest),
    )


def _taken(count: _Count) -> Mapping[str, int]:
    taken = {option.id: 0 for option in count.question.options}
    if count.question.kind == "many":
        taken[NONE_OF_THESE] = 0
    for value, companies in zip(count.values, count.codes[FIRST_VALUE:], strict=True):
        chosen = value if isinstance(value, tuple) else (value,)
        for option in (option for option in chosen if option in taken):
            taken[str(option)] += int(companies)
    return taken


def _commonest(count: _Count) -> tuple[Value, int]:
    """The answer that most companies gave; of several, the one that comes first as text, whoever gave it first."""
    told = zip(count.values, count.codes[FIRST_VALUE:], strict=True)
    value, companies = min(told, key=lambda pair: (-pair[1], str(pair[0])))
    return value, int(companies)


def _worths(worths: Floats) -> Worths:
    lower, median, upper = (float(q) for q in np.quantile(worths, [0.25, 0.5, 0.75]))
    return Worths(
        float(worths.mean()),
        float(worths.std(ddof=1)) if len(worths) > 1 else None,
        lower,
        median,
        upper,
        float(np.mean(worths >= 1.0 - TOLERANCE)),
        float(np.mean(worths <= TOLERANCE)),
    )


# ── One theme


def _items_of(plan: Plan, columns: Columns, theme: Node) -> _Items:
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
    return _Items(theme, items, weights, np.full((len(items), len(columns.companies)), np.nan, np.float32))


def _add_items(of_theme: _Items, here: slice, scores: Scores) -> None:
    for row, item in zip(of_theme.shares, of_theme.items, strict=True):
        result = scores.results[item.id]
        counts = (result.coverage >= ENOUGH - TOLERANCE) & ~np.isnan(scores.overall.score)
        row[here] = np.where(counts, result.score, np.nan)
