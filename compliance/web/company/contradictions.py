"""Answers that do not fit each other: said where they stand and on the check, with both, and nothing is blocked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask import url_for

from compliance.languages.formats import inside_quotes
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.languages.words import value_words
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import PROFILE
from compliance.questionnaire.routing import NO, YES, terms
from compliance.questionnaire.steering import PEER_GROUP
from compliance.scoring.plan import share
from compliance.web.company.blueprint import Opened
from compliance.web.company.questions import answer_words, question_words
from compliance.web.pages import page_with, pages_of
from compliance.web.shapes import Shape


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An answer, and those that it does not fit."""

    question: str  # id, or `profile.<field>`
    others: tuple[str, ...]
    words: str  # what does not fit

    @property
    def ids(self) -> frozenset[str]:
        """All that take part."""
        return frozenset({self.question, *self.others})


def contradictions_of(here: Opened) -> tuple[Contradiction, ...]:
    """Every one of them, in the order of the questions."""
    return (*_sector(here), *_shut(here))


def contradiction_shapes(here: Opened, among: Collection[str] | None = None) -> list[Shape]:
    """Each with its answers, linked; only those in which some of these questions take part, if they are named."""
    found = (each for each in contradictions_of(here) if among is None or each.ids & set(among))
    return [{"answers": [_given(here, i) for i in (each.question, *each.others)], "note": each.words} for each in found]


def new_contradictions(before: Opened, after: Opened) -> bool:
    """Whether what was just saved made answers that do not fit, so that the page is shown once more."""
    return bool(set(contradictions_of(after)) - set(contradictions_of(before)))


def _shut(here: Opened) -> tuple[Contradiction, ...]:
    return tuple(
        Contradiction(question, others, _earns_nothing(len(others)))
        for question, at in here.routes.items()
        if at.asked == YES and at.counts == NO and _earns(here, question) and (others := _gate(here, question))
    )


def _earns_nothing(others: int) -> str:
    return ngettext(
        "The first answer earns nothing while the other stands as it is.",
        "The first answer earns nothing while the others stand as they are.",
        others,
    )


def _gate(here: Opened, question_id: str) -> tuple[str, ...]:
    """The answers on which it hangs that a question counts."""
    looked_at = dict.fromkeys(term.id for term in terms(here.edition.questions[question_id].counts_when))
    return tuple(i for i in looked_at if i in here.kept and here.kept[i].text)


def _earns(here: Opened, question_id: str) -> bool:
    question, answer = here.edition.questions[question_id], here.sheet.answers.get(question_id)
    return (
        question.scored and answer is not None and not isinstance(answer, NotApplicable) and share(question, answer) > 0
    )


def _sector(here: Opened) -> tuple[Contradiction, ...]:
    """A main sector that the company says it has no work in."""
    sector = str(here.sheet.profile.get(PEER_GROUP, ""))
    if here.sheet.profile.get(sector) != "no":
        return ()
    return (Contradiction(PROFILE + sector, (PROFILE + PEER_GROUP,), _("You answered “no” for your main sector.")),)


def _given(here: Opened, question_id: str) -> Shape:
    text = here.kept[question_id].text
    field = question_id.removeprefix(PROFILE)
    words = value_words(field, text) if field != question_id else answer_words(here.edition, question_id, text)
    return {**link_to(here, question_id), "answer": inside_quotes(words)}


def link_to(here: Opened, question_id: str) -> Shape:
    """A question by its words, leading to where it is answered."""
    number, words = here.assessed.id, question_words(here.edition, question_id)
    if question_id.startswith(PROFILE):
        field = question_id.removeprefix(PROFILE)
        return {"label": words, "url": url_for("company.profile", assessment_id=number, _anchor=f"p-{field}")}
    for section in here.asked.sections.values():
        if any(q.id == question_id for q in section.questions):
            page = page_with(pages_of(section, here.routes), question_id)
            anchor = f"at-{question_id}"
            there: dict[str, Any] = {"theme": section.id, "page": page if page > 1 else None, "_anchor": anchor}
            return {"label": words, "url": url_for("company.theme", assessment_id=number, **there)}
    return {"label": words, "url": url_for("company.profile", assessment_id=number, _anchor=f"at-{question_id}")}
