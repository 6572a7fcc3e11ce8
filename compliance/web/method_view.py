"""The method as pages show it: what each part weighs, what each answer earns, the law each requirement rests on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compliance.questionnaire.edition import Edition, Node, Option, Question
from compliance.questionnaire.law import AUTHORITIES, Authority, Instrument, Provision
from compliance.web.gates import condition_words
from compliance.web.shapes import Shape, provision_shapes


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme and its share of the whole, where nothing drops out."""

    id: str
    title: str
    weight: float
    share: float
    reason: str
    requirements: int
    questions: int


@dataclass(frozen=True, slots=True)
class RequirementView:
    """A requirement with the law beside it."""

    node: Node
    share: float  # of its theme, where nothing drops out
    siblings: float  # sum of the weights it is one of
    provisions: list[Shape]
    asked_if: str
    questions: tuple["QuestionView", ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question, and when it is asked."""

    question: Question
    share: float  # of its requirement; 0 if it earns nothing
    siblings: float
    asked_if: str


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the worked example."""

    question: Question
    option: Option
    share: float  # of full marks


@dataclass(frozen=True, slots=True)
class Example:
    """One requirement scored by hand, up to what it adds to the whole. Shares are of 1."""

    theme: Node
    requirement: Node
    steps: tuple[Step, ...]
    weight: float  # of the questions together
    score: float
    in_theme: float
    in_whole: float

    @property
    def points(self) -> float:
        """What it adds to a score of 1, where nothing drops out."""
        return self.score * self.in_theme * self.in_whole


@dataclass(frozen=True, slots=True)
class Listed:
    """A provision in the catalogue, and the requirements that rest on it."""

    provision: Provision
    requirements: tuple[tuple[Node, str], ...]  # with the theme each is in


@dataclass(frozen=True, slots=True)
class Chapter:
    """An instrument in the catalogue."""

    instrument: Instrument
    provisions: tuple[Listed, ...]
    authority: Authority  # of its provisions, the one that weighs most for a company
    unchecked: int  # provisions whose wording nobody read

    @property
    def covered(self) -> tuple[Listed, ...]:
        """The provisions that a requirement rests on."""
        return tuple(listed for listed in self.provisions if listed.requirements)

    @property
    def uncovered(self) -> tuple[Listed, ...]:
        """The provisions that no requirement rests on."""
        return tuple(listed for listed in self.provisions if not listed.requirements)


@dataclass(frozen=True, slots=True)
class AuthorityGroup:
    """The instruments that speak to the same reader."""

    authority: Authority
    chapters: tuple[Chapter, ...]


def theme_rows(edition: Edition) -> tuple[ThemeRow, ...]:
    """Every theme, in order."""
    whole = _weights(edition.themes)
    return tuple(
        ThemeRow(
            theme.id,
            theme.title or theme.id,
            theme.weight,
            theme.weight / whole,
            theme.weight_reason,
            sum(node.is_requirement for node in theme.nodes()),
            sum(question.scored for question in theme.questions()),
        )
        for theme in edition.themes
    )


def requirement_views(edition: Edition, theme: Node) -> tuple[RequirementView, ...]:
    """Every requirement of a theme, in order."""
    return tuple(_requirement(edition, node) for node in theme.nodes() if node.is_requirement)


def gated(edition: Edition, theme: Node) -> Mapping[str, str]:
    """When the answers of a theme count, in words, for the questions where it hangs on something."""
    return {q.id: condition_words(edition, q.counts_when, {}) for q in theme.questions() if q.counts_when is not None}


def worked_example(edition: Edition) -> Example | None:
    """The first requirement that can be worked out in a few lines; None if the edition has none of that shape."""
    for theme in edition.themes:
        for node in theme.parts:
            if isinstance(node, Node) and _is_plain(edition, theme, node):
                return _example(edition, theme, node)
    return None


def catalogue(edition: Edition) -> tuple[Chapter, ...]:
    """Every instrument with its provisions, in the order of the catalogue."""
    resting: dict[str, list[tuple[Node, str]]] = {}
    for theme in edition.themes:
        for node in theme.nodes():
            for provision in node.law:
                resting.setdefault(provision, []).append((node, theme.id))
    return tuple(_chapter(instrument, resting) for instrument in edition.instruments)


def by_authority(chapters: Iterable[Chapter]) -> tuple[AuthorityGroup, ...]:
    """The instruments by whom they speak to, those that bind companies first."""
    groups: dict[Authority, list[Chapter]] = {authority: [] for authority in AUTHORITIES}
    for chapter in chapters:
        groups[chapter.authority].append(chapter)
    return tuple(AuthorityGroup(authority, tuple(found)) for authority, found in groups.items() if found)


def _requirement(edition: Edition, node: Node) -> RequirementView:
    siblings = _weights(edition.parents[node.id].parts)
    whole = _weights(part for part in node.parts if isinstance(part, Node) or part.scored)
    return RequirementView(
        node,
        node.weight / siblings,
        siblings,
        provision_shapes(edition, node.law),
        _asked_if(edition, node),
        tuple(
            QuestionView(q, q.weight / whole if q.scored else 0.0, whole, _asked_if(edition, q))
            for q in node.questions()
        ),
    )


def _asked_if(edition: Edition, part: Node | Question) -> str:
    return "" if part.asked_when is None else condition_words(edition, part.asked_when, {})


def _weights(parts: Iterable[Node | Question]) -> float:
    return sum(part.weight for part in parts if isinstance(part, Node) or part.scored)


def _is_plain(edition: Edition, theme: Node, node: Node) -> bool:
    """A mean of at least two questions with options to choose one of, none of them behind a condition it misses."""
    scored = [part for part in node.parts if isinstance(part, Question) and part.scored]
    return (
        edition.root.combine == theme.combine == node.combine == "mean"
        and node.is_requirement
        and len(scored) == len(node.parts) >= 2
        and all(q.kind == "one" and not q.counts_when and not q.asked_when for q in scored)
    )


def _example(edition: Edition, theme: Node, node: Node) -> Example:
    scored = [part for part in node.parts if isinstance(part, Question)]
    steps = [_step(question, 2 if place else 1) for place, question in enumerate(scored)]
    weight = _weights(scored)
    return Example(
        theme,
        node,
        tuple(steps),
        weight,
        sum(step.question.weight * step.share for step in steps) / weight,
        node.weight / _weights(theme.parts),
        theme.weight / _weights(edition.themes),
    )


def _step(question: Question, from_top: int) -> Step:
    """The answer so many places below the best."""
    ordered = sorted(question.options, key=lambda option: -option.points)
    option = ordered[min(from_top, len(ordered) - 1)]
    return Step(question, option, min(option.points, question.full) / question.full)


def _chapter(instrument: Instrument, resting: Mapping[str, list[tuple[Node, str]]]) -> Chapter:
    listed = tuple(Listed(p, tuple(resting.get(p.id, ()))) for p in instrument.provisions)
    first = min((p.authority for p in instrument.provisions), key=AUTHORITIES.index, default=AUTHORITIES[-1])
    return Chapter(instrument, listed, first, sum(not p.wording_checked for p in instrument.provisions))
