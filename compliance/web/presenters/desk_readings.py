"""View models of a desk reading: its points by requirement, with quotations or the words searched, and charts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compliance.disclosure.published_reading import (
    DocumentRead,
    KindResult,
    PrintedReply,
    ReadingContent,
    ReadPoint,
)
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import finding_sentences
from compliance.narrative.reading_wording import (
    LEAST_SHOWN,
    agreement_headline,
    agreement_sentences,
    band_sentence,
    kind_title,
    reading_lead,
    searched_sentence,
    shown_range,
    shown_score,
    silence_headline,
)
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.flags import flagged_options
from compliance.web.presenters.chart_marks import Marks, bar_mark, dot_mark
from compliance.web.presenters.charts import grid, interval_whisker, score_place
from compliance.web.presenters.group_charts import participation_bar
from compliance.web.presenters.provisions import ProvisionView, provision_views

#: Number of hexadecimal digits of a digest that are shown. The table of documents has all of them.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class QuotationView:
    """Words quoted from a document, with their place."""

    words: str
    document: DocumentRead
    place: str  # "page 9"; "": it has no pages

    @property
    def short_digest(self) -> str:
        """The first digits of the document's digest."""
        return self.document.digest[:_DIGITS]


@dataclass(frozen=True, slots=True)
class PointView:
    """A question, what the text says about it, and the quotations or the search behind that."""

    point: ReadPoint
    ask: str
    says: Sequence[str]  # options
    lacks: Sequence[str]  # other options with points, if several can be said
    findings: Sequence[str]
    quotations: Sequence[QuotationView]
    searched: str
    reply: PrintedReply | None

    @property
    def id(self) -> str:
        """The id of its element on the page."""
        return f"{self.point.kind}-{self.point.question}".replace(".", "-")


@dataclass(frozen=True, slots=True)
class RequirementPoints:
    """A requirement with its points, and the law behind it."""

    title: str
    theme: str  # title
    law: Sequence[ProvisionView]
    points: Sequence[PointView]


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The results of the documents of one kind, in words and marks."""

    result: KindResult
    title: str
    score: str
    range: str
    band: str
    lead: str
    silence: str
    agreement: str
    agreed_more: Sequence[str]
    score_marks: Marks
    count_marks: Marks
    agreement_marks: Marks


def kind_views(edition: Edition, content: ReadingContent) -> list[KindFigures]:
    """Return the results of each kind of document."""
    return [
        KindFigures(
            result=result,
            title=kind_title(edition, result.kind),
            score=shown_score(result.score),
            range=shown_range(result),
            band=band_sentence(edition, result),
            lead=reading_lead(edition, result),
            silence=silence_headline(edition, result),
            agreement=agreement_headline(result),
            agreed_more=agreement_sentences(result),
            score_marks=_score_marks(result, edition.scale),
            count_marks=participation_bar(result.points, result.said, result.referred, result.silent),
            agreement_marks=participation_bar(result.points, result.same, result.nothing, result.differed),
        )
        for result in content.kinds
    ]


def _score_marks(result: KindResult, scale: float) -> Marks:
    """Return a dot with its interval. Values too low to be shown as digits are a dashed bar, without a position."""
    at = score_place(result.score, result.worst, result.best, scale)
    least = 100 * LEAST_SHOWN / scale
    if at.score is None or at.worst is None or at.best is None:
        return grid(1.9)
    if at.worst >= least:
        return (*grid(1.9), *interval_whisker(at, 0.95, 0.28), dot_mark(at.score, 0.95, 7, "fill dot"))
    stretch = bar_mark(0, max(least, at.best), 0.6, 0.7, "hollow dashed")
    dots = (dot_mark(at.score, 0.95, 7, "fill dot"),) if at.score >= least else ()
    return (*grid(1.9), stretch, *dots)


def requirement_points(
    edition: Edition, content: ReadingContent, points: Iterable[ReadPoint]
) -> list[RequirementPoints]:
    """Return these points by requirement, in the order of the points."""
    themes = {theme.id: theme.title or theme.id for theme in edition.themes}
    grouped: dict[str, tuple[Node | None, list[ReadPoint]]] = {}
    for point in points:
        if point.question in edition.questions:
            requirement = edition.requirement_of(point.question)
            grouped.setdefault(requirement.id if requirement else point.question, (requirement, []))[1].append(point)
    return [
        RequirementPoints(
            title=(requirement.title if requirement else "") or edition.questions[held[0].question].ask,
            theme=next((themes[node.id] for node in edition.holders(held[0].question) if node.id in themes), ""),
            law=provision_views(edition, requirement.law if requirement else ()),
            points=[_point_view(edition.questions[point.question], content, point) for point in held],
        )
        for requirement, held in grouped.values()
    ]


def _point_view(question: Question, content: ReadingContent, point: ReadPoint) -> PointView:
    chosen = frozenset(point.value.split("|")) if point.state == "said" else frozenset()
    worth = [option for option in question.options if option.points > 0]
    return PointView(
        point=point,
        ask=question.ask,
        says=[option.text for option in question.options if option.id in chosen],
        lacks=[o.text for o in worth if o.id not in chosen] if chosen and question.is_multiple_choice else [],
        findings=finding_sentences(flagged_options(question, tuple(chosen))),
        quotations=[
            QuotationView(
                quoted.words,
                content.documents[quoted.document],
                _("page %(number)s", number=quoted.page) if quoted.page else "",
            )
            for quoted in point.quotations
        ],
        searched=searched_sentence(point) if point.state == "silent" else "",
        reply=content.reply_on(point.kind, point.question),
    )


def requirements_asked(edition: Edition, contents: Iterable[ReadingContent], kind: str) -> dict[str, str]:
    """Return the titles of the requirements that a kind of document was read for, by id, in the edition's order."""
    asked = {point.question for content in contents for point in content.points_of(kind)}
    found: dict[str, str] = {}
    for question in edition.questions:
        if question in asked:
            found.setdefault(*_requirement(edition, question))
    return found


def quotations_by_requirement(edition: Edition, content: ReadingContent, kind: str) -> dict[str, list[str]]:
    """Return the words that a reading quotes from documents of one kind, by requirement id, each once."""
    found: dict[str, dict[str, None]] = {}
    for point in content.points_of(kind):
        if point.question in edition.questions:
            words = found.setdefault(_requirement(edition, point.question)[0], {})
            words |= dict.fromkeys(quoted.words for quoted in point.quotations)
    return {requirement: list(words) for requirement, words in found.items()}


def _requirement(edition: Edition, question: str) -> tuple[str, str]:
    node = edition.requirement_of(question)
    return (node.id, node.title or node.id) if node else (question, edition.questions[question].ask)
