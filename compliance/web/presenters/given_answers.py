"""Given answers in words, with evidence, who gave them and when, and where they can be changed.

Where all of them are read over, each is drawn once as long as it stays the same, and so is each theme.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup

from compliance.languages.formats import long_date
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_value_label
from compliance.narrative.answer_wording import question_words, saved_answer_words
from compliance.questionnaire.edition import ASPECT_LENS, PROFILE_PREFIX, Edition
from compliance.questionnaire.routing import YES
from compliance.scoring.progress import lacks_evidence
from compliance.store import SavedAnswer
from compliance.web.assessment_context import AssessmentContext
from compliance.web.caches import cached_fragment, cached_html, drawn_alone
from compliance.web.database import now
from compliance.web.pagination import QuestionPlace
from compliance.web.presenters.evidence import EvidenceView, evidence_view, hidden_from_me


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswerView:
    """A question with its given answer; see `parts/given.html`."""

    id: str
    number: str  # in its theme; "": none
    aspect: str  # value of the aspect lens, in words; "": none
    ask: str
    answer: str
    typed: bool  # free text
    evidence: tuple[EvidenceView, ...]
    unshown: bool  # it earns points without evidence
    by: str
    on: str  # day
    href: str  # where it is answered, or judged
    evidence_href: str  # where all its evidence is shown


def given_answer_view(
    edition: Edition,
    question_id: str,
    kept: SavedAnswer | None,
    *,
    href: str,
    evidence_href: str = "",
    number: int = 0,
    unshown: bool = False,
) -> GivenAnswerView:
    """Return the view of a question or profile field with its answer. `kept` None: a blank; `number` 0: none."""
    said = kept or SavedAnswer(question_id, "", "", 0, "", None)
    question = edition.questions.get(question_id)
    return GivenAnswerView(
        id=question_id,
        number=str(number or ""),
        aspect=lens_value_label(edition, ASPECT_LENS, question.lenses.get(ASPECT_LENS, "")) if question else "",
        ask=question_words(edition, question_id),
        answer=saved_answer_words(edition, question_id, said.text, said.reason, said.word, said.title),
        typed=question is not None and question.kind == "text" and bool(said.text),
        evidence=tuple(evidence_view(piece) for piece in said.evidence),
        unshown=unshown,
        by=said.by,
        on=long_date(said.at) if said.at else "",
        href=href,
        evidence_href=evidence_href or href,
    )


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer to a question that is asked now: everything its view depends on except edition and reader."""

    id: str
    kept: SavedAnswer
    place: QuestionPlace | None  # None: it is in no theme
    unshown: bool


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """The answers of a theme, or those about the company, before they are put into words."""

    title: str
    answers: tuple[GivenAnswer, ...]
    is_theme: bool = True

    @property
    def unshown(self) -> int:
        """The number of answers that earn points without evidence."""
        return sum(1 for each in self.answers if each.unshown)


def _given_answers(here: AssessmentContext) -> list[GivenAnswers]:
    """Return all answers to what is asked now, first about the company, then by theme."""
    fields = [PROFILE_PREFIX + field for field in here.edition.profile]
    about = [*fields, *(question.id for question in here.served_edition.questions_outside_themes)]
    every = [
        GivenAnswers(_("About your company"), _answered(here, about), is_theme=False),
        *(
            GivenAnswers(section.title, _answered(here, [question.id for question in section.questions]))
            for section in here.served_edition.sections.values()
        ),
    ]
    return [given for given in every if given.answers]


def _mostly_given(given: Iterable[GivenAnswers]) -> tuple[str, str] | None:
    """Return the most frequent name and day of these answers, to be said only once; None if no answer has both."""
    kept = (each.kept for part in given for each in part.answers)
    named = Counter((one.by, long_date(one.at)) for one in kept if one.by and one.at)
    return named.most_common(1)[0][0] if named else None


def _answered(here: AssessmentContext, ids: Sequence[str]) -> tuple[GivenAnswer, ...]:
    return tuple(_given(here, question_id) for question_id in ids if _is_answered(here, question_id))


def _is_answered(here: AssessmentContext, question_id: str) -> bool:
    if question_id not in here.carried_answers or not here.saved_answers[question_id].text:
        return False
    return question_id.startswith(PROFILE_PREFIX) or here.routes[question_id].asked == YES


def _given(here: AssessmentContext, question_id: str) -> GivenAnswer:
    scored = question_id in here.routes
    unshown = scored and lacks_evidence(here.edition, here.sheet, here.routes, question_id)
    return GivenAnswer(question_id, here.saved_answers[question_id], here.places.get(question_id), unshown)


def _in_words(here: AssessmentContext, given: GivenAnswer) -> GivenAnswerView:
    return given_answer_view(
        here.edition,
        given.id,
        given.kept,
        href=here.address_of(given.id, **({"from": "check"} if given.place else {})),
        number=given.place.number if given.place else 0,
        unshown=given.unshown,
    )


def answers_on_page(shown: AssessmentContext) -> Markup:
    """Return all given answers as HTML, as this reader may see them today."""
    changing = not shown.assessment.closed
    read = (shown.assessment.id, shown.served_edition, changing, hidden_from_me(), now().date())

    def draw() -> str:
        mostly = _mostly_given(given := _given_answers(shown))
        page = _AnswersOnPage(shown, changing, mostly, (*read, mostly))
        drawn = [page.draw_part(part, f"part-{number}") for number, part in enumerate(given, 1)]
        return drawn_alone("parts/given_answers.html", given=given, drawn=drawn, mostly=mostly, changing=changing)

    # Submitted evidence counts as of that day; after a correction, equal answers may rest on other items.
    return cached_html(draw, "given", *read, frozenset(shown.sheet.evidenced), *shown.saved_answers.items())


@dataclass(frozen=True, slots=True)
class _AnswersOnPage:
    """The answers of a page, and what is said of all of them."""

    shown: AssessmentContext
    changing: bool  # whether they can still be changed
    mostly: tuple[str, str] | None  # who gave most of them, and on which day
    read: tuple[Hashable, ...]  # the part of the cache key that all of them share

    def draw_part(self, part: GivenAnswers, id: str) -> Markup:
        """Return the answers of a theme, or those about the company, as HTML. `id`: of its heading."""

        def drawn() -> str:
            each = [self._draw(given, "answer" if part.is_theme else "fact") for given in part.answers]
            return str(_macro("theme" if part.is_theme else "facts")(part, id, Markup().join(each)))

        return cached_fragment(drawn, self.read, part, id)

    def _draw(self, given: GivenAnswer, shape: str) -> Markup:
        def drawn() -> str:
            return str(_macro(shape)(_in_words(self.shown, given), self.mostly, self.changing))

        return cached_fragment(drawn, self.read, given, shape)


def _macro(name: str) -> Any:
    return get_template_attribute("parts/given.html", name)
