"""Contradictions between answers, shown on question pages and before submission. They block nothing."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from compliance.languages.formats import nested_quotes
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import question_words, saved_answer_words
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import PEER_GROUP_FIELD, PROFILE_PREFIX
from compliance.questionnaire.routing import NO, YES, counted_answer, predicates
from compliance.scoring.compiled_edition import normalised_score
from compliance.web.assessment_context import AssessmentContext


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An answer, and the answers that it contradicts."""

    question: str  # id, or `profile.<field>`
    others: tuple[str, ...]
    words: str  # what is contradictory, in a sentence

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all answers involved."""
        return frozenset({self.question, *self.others})


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question as a link to where it is answered."""

    label: str
    url: str
    answer: str = ""  # in words, for a contradiction
    note: str = ""  # for example the reason of a blank


@dataclass(frozen=True, slots=True)
class ContradictionView:
    """A contradiction with links to its answers."""

    answers: tuple[QuestionLink, ...]
    note: str


def contradictions_of(here: AssessmentContext) -> tuple[Contradiction, ...]:
    """Return all contradictions, first about the profile, then in the order of the questions."""
    return (*_sector_without_work(here), *_answers_behind_closed_conditions(here))


def contradiction_views(here: AssessmentContext, among: Collection[str] | None = None) -> list[ContradictionView]:
    """Return contradictions with links to their answers. `among`: only those that involve one of these questions."""
    found = (each for each in contradictions_of(here) if among is None or each.ids & set(among))
    return [
        ContradictionView(tuple(_answer_link(here, i) for i in (each.question, *each.others)), each.words)
        for each in found
    ]


def new_contradictions(before: AssessmentContext, after: AssessmentContext) -> bool:
    """Tell whether saving led to a new contradiction, so that the page is shown again."""
    return bool(set(contradictions_of(after)) - set(contradictions_of(before)))


def _answers_behind_closed_conditions(here: AssessmentContext) -> tuple[Contradiction, ...]:
    return tuple(
        Contradiction(question, others, _earns_nothing(len(others)))
        for question, at in here.routes.items()
        if at.asked == YES
        and at.counts == NO
        and _earns(here, question)
        and (others := _condition_answers(here, question))
    )


def _earns_nothing(others: int) -> str:
    return ngettext(
        "The first answer earns nothing unless the other one changes.",
        "The first answer earns nothing unless the others change.",
        others,
    )


def _condition_answers(here: AssessmentContext, question_id: str) -> tuple[str, ...]:
    """Return the answered questions in the condition `counts_when` of a question."""
    looked_at = dict.fromkeys(term.id for term in predicates(here.edition.questions[question_id].counts_when))
    return tuple(i for i in looked_at if i in here.saved_answers and here.saved_answers[i].text)


def _earns(here: AssessmentContext, question_id: str) -> bool:
    question, answers = here.edition.questions[question_id], here.sheet.answers
    answer = counted_answer(question, answers, answers.get(question_id))
    return (
        question.scored
        and answer is not None
        and not isinstance(answer, NotApplicable)
        and normalised_score(question, answer) > 0
    )


def _sector_without_work(here: AssessmentContext) -> tuple[Contradiction, ...]:
    """Return a contradiction if the company says that it does no work in its main sector."""
    sector = str(here.sheet.profile.get(PEER_GROUP_FIELD, ""))
    if here.sheet.profile.get(sector) != "no":
        return ()
    return (
        Contradiction(
            PROFILE_PREFIX + sector, (PROFILE_PREFIX + PEER_GROUP_FIELD,), _("You answered “no” for your main sector.")
        ),
    )


def _answer_link(here: AssessmentContext, question_id: str) -> QuestionLink:
    words = saved_answer_words(here.edition, question_id, here.saved_answers[question_id].text)
    return replace(question_link(here, question_id), answer=nested_quotes(words))


def question_link(here: AssessmentContext, question_id: str) -> QuestionLink:
    """Return a question as a link to where it is answered."""
    return QuestionLink(question_words(here.edition, question_id), here.address_of(question_id))
