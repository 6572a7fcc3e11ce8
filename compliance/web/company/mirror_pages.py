"""The mirror: each requirement on what the code says beside the company's own words, or beside the silence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template

from compliance.languages.formats import comma_list
from compliance.narrative.document_wording import MirrorCounts, mirror_headline, mirror_sentences
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.store.document_passages import PassageMark, passage_marks
from compliance.store.evidence_library import library_of
from compliance.web.access_control import readers
from compliance.web.assessment_context import AssessmentContext
from compliance.web.company.blueprint import bp, open_assessment
from compliance.web.company.document_reading import (
    PassagePlace,
    code_questions,
    mark_place,
    readable,
    shown_marks,
)
from compliance.web.database import db
from compliance.web.document_texts import paragraph_of


@dataclass(frozen=True, slots=True)
class MirrorElement:
    """One thing that a sufficient text says."""

    text: str
    is_said: bool
    instead: str = ""  # what was answered that is less


@dataclass(frozen=True, slots=True)
class MirroredRequirement:
    """A requirement, what it asks of a text, and the words of the company."""

    id: str
    title: str
    expects: str
    theme: str  # title
    elements: Sequence[MirrorElement]
    places: Sequence[PassagePlace]
    url: str  # where passages are found for it
    blank: int  # questions that are not answered

    @property
    def said(self) -> int:
        """How many elements are said."""
        return sum(each.is_said for each in self.elements)


@bp.get("/assessments/<int:assessment_id>/mirror")
@readers("company")
def mirror(assessment_id: int) -> str:
    """The page, of the answers as they stand now. Raise NotFound."""
    here = open_assessment(assessment_id)
    marks = shown_marks(passage_marks(db(), assessment_id))
    texts = readable(library_of(db(), here.assessment.held_by))
    requirements = mirrored(here, marks)
    counts = counted(requirements)
    paragraphs = {(text.digest, p.anchor) for _item, text in texts for p in text.document.paragraphs if not p.level}
    marked = {(m.version, paragraph_of(m.anchor)) for m in marks}
    latest = {item.latest.id for item, _text in texts}
    return render_template(
        "company/mirror.html",
        here=here,
        headline=mirror_headline(counts),
        sentences_below=mirror_sentences(counts),
        themes=_by_theme(requirements),
        requirements=requirements,
        silent=[each for each in requirements if not each.places],
        documents=[
            (item.details.title, item.latest, text.document.pages, item.organisation_id) for item, text in texts
        ],
        paragraphs=len(paragraphs),
        unmarked=len(paragraphs) - sum(version in latest for version, _anchor in marked),
        markers=comma_list(sorted({mark.by for mark in marks if mark.by})),
    )


def mirrored(here: AssessmentContext, marks: Iterable[PassageMark]) -> list[MirroredRequirement]:
    """Each requirement about what the code says that is asked now, in the order of the form."""
    by_question: dict[str, list[PassageMark]] = {}
    for mark in marks:
        by_question.setdefault(mark.question, []).append(mark)
    grouped: dict[str, tuple[Node | None, list[str]]] = {}
    for question in code_questions(here):
        requirement = here.edition.requirement_of(question)
        grouped.setdefault(requirement.id if requirement else question, (requirement, []))[1].append(question)
    return [_mirrored(here, key, node, questions, by_question) for key, (node, questions) in grouped.items()]


def _mirrored(
    here: AssessmentContext,
    key: str,
    requirement: Node | None,
    questions: Sequence[str],
    marks: Mapping[str, Sequence[PassageMark]],
) -> MirroredRequirement:
    places: dict[tuple[int, str], PassagePlace] = {}
    for question in questions:
        for mark in marks.get(question, ()):
            places.setdefault((mark.version, mark.anchor), mark_place(here, mark))
    return MirroredRequirement(
        key,
        requirement.title if requirement else here.edition.questions[key].ask,
        requirement.expects if requirement else "",
        _theme(here.edition, questions[0]),
        [each for i in questions for each in elements_of(here.edition.questions[i], here.saved_texts.get(i, ""))],
        list(places.values()),
        here.address_of(questions[0]),
        sum(question not in here.answered for question in questions),
    )


def elements_of(question: Question, answer: str) -> list[MirrorElement]:
    """What a sufficient text says, with what the answer ticked; where one option is chosen, it is the fullest one."""
    chosen = set(answer.split("|")) if answer else set()
    worth = [option for option in question.options if option.points > 0]
    if question.is_multiple_choice or not worth:
        return [MirrorElement(option.text, option.id in chosen) for option in worth]
    fullest = max(worth, key=lambda option: option.points)
    less = next((option.text for option in worth if option.id in chosen and option.points < fullest.points), "")
    full = any(option.id in chosen for option in worth if option.points == fullest.points)
    return [MirrorElement(fullest.text, full, less)]


def counted(requirements: Sequence[MirroredRequirement]) -> MirrorCounts:
    """What the mirror shows, in numbers."""
    return MirrorCounts(
        sum(len(each.elements) for each in requirements),
        sum(each.said for each in requirements),
        len(requirements),
        sum(each.said == len(each.elements) for each in requirements),
        sum(0 < each.said < len(each.elements) for each in requirements),
        sum(not each.places for each in requirements),
        sum(each.blank for each in requirements),
    )


def _theme(edition: Edition, question: str) -> str:
    themes = {theme.id for theme in edition.themes}
    return next((node.title for node in edition.holders(question) if node.id in themes), "")


def _by_theme(requirements: Iterable[MirroredRequirement]) -> list[tuple[str, list[MirroredRequirement]]]:
    found: dict[str, list[MirroredRequirement]] = {}
    for each in requirements:
        found.setdefault(each.theme, []).append(each)
    return list(found.items())
