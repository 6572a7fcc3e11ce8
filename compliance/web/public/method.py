"""Method, law and need classes of countries: public pages about the current edition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template

from compliance.languages.formats import country_name
from compliance.languages.labels import figure_title, lens_note, lens_value_label
from compliance.narrative.aggregation_notation import NOTATION
from compliance.narrative.answer_wording import asked_if, counting_conditions
from compliance.narrative.need_classes import need_class_title
from compliance.narrative.score_wording import standard_note
from compliance.narrative.sector_change import need_headline
from compliance.narrative.sector_findings import provision_figures
from compliance.questionnaire.answers import AnswerSheet, AnswerValue
from compliance.questionnaire.countries import MARKET_WEIGHT, NEED_WEIGHTS, country_need, coverage_by_need
from compliance.questionnaire.edition import GAP_LENS, OVERALL, Edition, Node, Option, Question
from compliance.questionnaire.portions import (
    PORTION_LENS,
    Effort,
    asked_counts,
    portion_questions,
    portions_by_choice,
    question_effort,
)
from compliance.questionnaire.routing import YES, route_questions
from compliance.statistics.thresholds import MIN_CONTRIBUTORS, MIN_FOR_QUARTILES
from compliance.web.edition_registry import edition_by_digest, newest_edition
from compliance.web.kept_pages import same_for_everybody
from compliance.web.pagination import neighbouring_themes
from compliance.web.presenters.country_needs import need_class_views, need_sign_views
from compliance.web.presenters.provisions import ProvisionView, by_authority, catalogue, provision_views
from compliance.web.presenters.scores import band_views
from compliance.web.presenters.sector_comparison import need_rows
from compliance.web.releases import latest_snapshot


@dataclass(frozen=True, slots=True)
class ThemeWeight:
    """A theme and its share of the whole, if nothing drops out."""

    id: str
    title: str
    weight: float
    share: float
    reason: str
    requirements: int
    questions: int
    by_choice: bool  # all its questions are: its share is of the score of questions by choice


@dataclass(frozen=True, slots=True)
class WeightedRequirement:
    """A requirement with its provisions."""

    node: Node
    share: float  # of its theme, if nothing drops out
    siblings: float  # sum of the weights of all its siblings, itself included
    provisions: list[ProvisionView]
    asked_if: str
    questions: tuple["WeightedQuestion", ...]


@dataclass(frozen=True, slots=True)
class WeightedQuestion:
    """A question, and when it is asked."""

    question: Question
    share: float  # of its requirement; 0 if it earns nothing
    siblings: float
    asked_if: str
    by_choice: bool


@dataclass(frozen=True, slots=True)
class WorkedAnswer:
    """One question of the worked example."""

    question: Question
    options: tuple[Option, ...]  # those chosen

    @property
    def share(self) -> float:
        """The share of full marks."""
        return self.points / self.question.unit_points

    @property
    def points(self) -> float:
        """The points of the options chosen, at most full marks."""
        return min(sum(option.points for option in self.options), self.question.full)

    @property
    def answer(self) -> AnswerValue:
        """The answer in this example."""
        ids = tuple(option.id for option in self.options)
        return ids if self.question.kind == "many" else ids[0]


@dataclass(frozen=True, slots=True)
class HandScoredRequirement:
    """One requirement scored by hand, up to its contribution to the whole. Shares are of 1."""

    theme: Node
    requirement: Node
    steps: tuple[WorkedAnswer, ...]
    weight: float  # sum of the weights of the questions
    score: float
    in_theme: float
    in_whole: float

    @property
    def points(self) -> float:
        """Its contribution to a score of 1, if nothing drops out."""
        return self.score * self.in_theme * self.in_whole


def theme_weights(edition: Edition) -> tuple[ThemeWeight, ...]:
    """Return every theme with its weight, in order."""
    return tuple(
        ThemeWeight(
            theme.id,
            theme.title or theme.id,
            theme.weight,
            theme.weight / _sum_of_weights(_counted_beside(edition, theme, edition.themes)),
            theme.weight_reason,
            sum(node.is_requirement for node in theme.nodes()),
            sum(question.scored for question in theme.questions()),
            _is_by_choice(edition, theme),
        )
        for theme in edition.themes
    )


def weighted_requirements(edition: Edition, theme: Node) -> tuple[WeightedRequirement, ...]:
    """Return every requirement of a theme, in order."""
    return tuple(_weighted_requirement(edition, node) for node in theme.nodes() if node.is_requirement)


def worked_example(edition: Edition) -> HandScoredRequirement | None:
    """Return the first requirement that can be calculated in a few lines; None if the edition has none."""
    for theme in edition.themes:
        for node in theme.parts:
            if isinstance(node, Node) and _is_plain(edition, theme, node):
                return _work_out(edition, theme, node)
    return None


def _weighted_requirement(edition: Edition, node: Node) -> WeightedRequirement:
    siblings = _sum_of_weights(_counted_beside(edition, node, edition.parents[node.id].parts))
    return WeightedRequirement(
        node,
        node.weight / siblings,
        siblings,
        provision_views(edition, node.law),
        asked_if(edition, node),
        tuple(_weighted_question(edition, node, question) for question in node.questions()),
    )


def _weighted_question(edition: Edition, node: Node, question: Question) -> WeightedQuestion:
    whole = _sum_of_weights(_counted_beside(edition, question, node.parts))
    share = question.weight / whole if question.scored else 0.0
    return WeightedQuestion(question, share, whole, asked_if(edition, question), _is_by_choice(edition, question))


def _counted_beside(
    edition: Edition, part: Node | Question, siblings: Iterable[Node | Question]
) -> list[Node | Question]:
    """Return the siblings that are scored together with a part: those by choice are scored separately."""
    return [each for each in siblings if _is_by_choice(edition, each) == _is_by_choice(edition, part)]


def _is_by_choice(edition: Edition, part: Node | Question) -> bool:
    held = part.questions() if isinstance(part, Node) else (part,)
    return not any(question.id in edition.main.questions for question in held)


def _sum_of_weights(parts: Iterable[Node | Question]) -> float:
    return sum(part.weight for part in parts if isinstance(part, Node) or part.scored)


def _is_plain(edition: Edition, theme: Node, node: Node) -> bool:
    """Tell whether a node is a mean of at least two questions with options, all counting with the example's answers."""
    scored = [part for part in node.parts if isinstance(part, Question) and part.scored]
    return (
        all(NOTATION[each.combine].is_plain_mean for each in (edition.root, theme, node))
        and node.is_requirement
        and theme.asked_when is node.asked_when is None
        and not any(question.asked_when for question in scored)
        and len(scored) == len(node.parts) >= 2
        and all(question.kind in ("one", "many") and not _is_by_choice(edition, question) for question in scored)
        and _all_count(edition, _worked_answers(scored))
    )


def _all_count(edition: Edition, steps: Sequence[WorkedAnswer]) -> bool:
    """Tell whether none of their gates is shut with these answers."""
    answers = {step.question.id: step.answer for step in steps}
    routes = dict(route_questions(edition, AnswerSheet("", {}, answers)))
    return all(routes[question].counts == YES for question in answers)


def _work_out(edition: Edition, theme: Node, node: Node) -> HandScoredRequirement:
    scored = [part for part in node.parts if isinstance(part, Question)]
    steps = _worked_answers(scored)
    weight = _sum_of_weights(scored)
    return HandScoredRequirement(
        theme,
        node,
        steps,
        weight,
        sum(step.question.weight * step.share for step in steps) / weight,
        node.weight / _sum_of_weights(_counted_beside(edition, node, theme.parts)),
        theme.weight / _sum_of_weights(_counted_beside(edition, theme, edition.themes)),
    )


def _worked_answers(questions: Sequence[Question]) -> tuple[WorkedAnswer, ...]:
    return tuple(_worked_answer(question, 2 if place else 1) for place, question in enumerate(questions))


def _worked_answer(question: Question, from_top: int) -> WorkedAnswer:
    """Return the option `from_top` places below the best; for a multiple choice, its first two options with points."""
    if question.kind == "many":
        ticked = tuple(option for option in question.options if option.points > 0)[:2]
        return WorkedAnswer(question, ticked)
    ordered = sorted(question.options, key=lambda option: -option.points)
    option = ordered[min(from_top, len(ordered) - 1)]
    return WorkedAnswer(question, (option,))


bp = Blueprint("method", __name__)


@bp.get("/method")
@same_for_everybody
def index() -> str:
    """The method of scoring."""
    edition = newest_edition().complete
    return render_template(
        "method/index.html",
        edition=edition,
        bands=band_views(edition),
        cap=next((band for band in band_views(edition) if band.id == edition.critical_cap), None),
        critical=[node for node in edition.requirements if node.critical is not None],
        standards=[
            standard_note(edition, standard)
            for standard in edition.minimum_standards
            if standard.band or standard.part.prerequisite
        ],
        themes=theme_weights(edition),
        example=worked_example(edition.main),
        min_companies=MIN_CONTRIBUTORS,
        quartiles_from=MIN_FOR_QUARTILES,
        questions=sum(question.scored for question in edition.questions.values()),
        counts=asked_counts(edition),
        portions=[
            (value, lens_value_label(edition, PORTION_LENS, value), lens_note(edition, PORTION_LENS, value), len(held))
            for value in edition.lenses.get(PORTION_LENS, ())
            if (held := portion_questions(edition, value))
        ],
        provisions=len({provision for requirement in edition.requirements for provision in requirement.law}),
    )


@bp.get("/method/<theme>")
@same_for_everybody
def theme(theme: str) -> str:
    """One theme: every requirement, question and option, with points."""
    edition = newest_edition().complete
    themes = {node.id: node for node in edition.themes}
    if theme not in themes:
        abort(404)
    previous, following = neighbouring_themes(edition, themes[theme])
    return render_template(
        "method/theme.html",
        edition=edition,
        theme=themes[theme],
        row=next(row for row in theme_weights(edition) if row.id == theme),
        requirements=weighted_requirements(edition, themes[theme]),
        gates=counting_conditions(edition, themes[theme]),
        previous=previous,
        following=following,
    )


@bp.get("/method/portions/<portion>")
@same_for_everybody
def portion(portion: str) -> str:
    """The questions of one portion, by theme; 404 for an unknown one."""
    edition = newest_edition().complete
    found = portion_questions(edition, portion)
    if not found:
        abort(404)
    by_theme = [(theme, [q for q in theme.questions() if q in found]) for theme in edition.themes]
    return render_template(
        "method/portion.html",
        edition=edition,
        title=lens_value_label(edition, PORTION_LENS, portion),
        note=lens_note(edition, PORTION_LENS, portion),
        by_choice=portion in portions_by_choice(edition),
        effort=sum(map(question_effort, found), Effort()),
        themes=[(theme, questions) for theme, questions in by_theme if questions],
    )


@bp.get("/method/editions/<digest>.json")
@same_for_everybody
def edition_file(digest: str) -> Response:
    """An edition as canonical JSON: the text whose SHA-256 is its digest."""
    asked = edition_by_digest(digest)
    response = Response(asked.edition.canonical, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.edition.id}-{digest[:8]}.json"'
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.get("/law")
@same_for_everybody
def law() -> str:
    """Every instrument with its provisions, by whom it addresses."""
    edition = newest_edition().complete
    chapters = catalogue(edition)
    return render_template(
        "method/law.html",
        edition=edition,
        groups=by_authority(chapters),
        covered=sum(len(chapter.covered) for chapter in chapters),
        listed=sum(len(chapter.provisions) for chapter in chapters),
    )


@bp.get("/law/<instrument>")
@same_for_everybody
def instrument(instrument: str) -> str:
    """One instrument: every provision, its source, the requirements based on it, and the figures of companies."""
    edition = newest_edition().complete
    found = [chapter for chapter in catalogue(edition) if chapter.instrument.id == instrument]
    if not found:
        abort(404)
    snapshot = latest_snapshot()
    figures = provision_figures(snapshot, edition_by_digest(snapshot.digest).edition) if snapshot else None
    return render_template("method/instrument.html", edition=edition, chapter=found[0], figures=figures)


#: An example: countries of three classes, and the share of each that a measure covers.
EXAMPLE = {"KHM": 0.2, "DEU": 1.0, "CHL": 1.0}


#: The figures that are compared between groups by need: reach, and the overall score.
COMPARED_BY_NEED = (f"{GAP_LENS}:reach", OVERALL)


@bp.get("/countries")
@same_for_everybody
def countries() -> str:
    """Every country by class, and the scores of companies that work in high-need countries compared with others."""
    snapshot = latest_snapshot()
    edition = edition_by_digest(snapshot.digest).edition if snapshot else None
    there = {figure.id for figure in snapshot.together.figures} if snapshot else set()
    compared = [figure for figure in COMPARED_BY_NEED if figure in there]
    weights = {code: NEED_WEIGHTS[country_need(code).need_class] for code in EXAMPLE}
    return render_template(
        "method/countries.html",
        snapshot=snapshot,
        scored_edition=edition,
        found=need_headline(edition, snapshot.together, compared) if snapshot and edition else None,
        figures=[
            (figure_title(edition, figure), need_rows(edition, snapshot.together, figure))
            for figure in compared
            if snapshot and edition and snapshot.together.breakdowns
        ],
        classes=need_class_views(),
        signs=need_sign_views(),
        market_weight=MARKET_WEIGHT,
        example=[
            (country_name(c), need_class_title(country_need(c).need_class), weights[c], EXAMPLE[c]) for c in EXAMPLE
        ],
        covered=coverage_by_need(EXAMPLE),
        plain=sum(EXAMPLE.values()) / len(EXAMPLE),
    )
